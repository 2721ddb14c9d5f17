//! The approver approves what he saw, and nobody else can.

use nestmap_core::approval::{Answer, ApprovalState};
use nestmap_core::digest::Digest;
use nestmap_core::error::Code;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::order::Clearance;
use nestmap_core::page::PageRequest;
use nestmap_core::trip::TripState;

use super::Stop;
use super::company::Company;
use super::outside::Asked;
use super::stage::Stage;
use crate::command::when;

pub(super) async fn given(stage: &mut Stage, company: &Company, asked: &Asked) -> Result<(), Stop> {
    stage.chapter("The approver approves exactly what he saw")?;
    stage.clock.advance_seconds(5_400);
    let nestmap = stage.nestmap();
    let waiting = nestmap.approvals(&company.ben, PageRequest::first()).await?.items;
    let ids: Vec<_> = waiting.iter().map(|approval| approval.value.id).collect();
    stage.claim_eq("Ben finds the request", &ids, &vec![asked.approval])?;
    let seen = nestmap.approval(&company.ben, asked.approval).await?.value.binding;
    let total: Vec<_> = seen.total.iter().map(ToString::to_string).collect();
    stage.tell(&format!(
        "What Ben sees is bound by a digest of itinerary, price, travelers and policy: {} over {}.",
        short(seen.digest),
        total.join(" and ")
    ))?;

    let consent = |digest| NewDecision {
        answer: Answer::Approve,
        comment: Some("The training counts. Good journey!".into()),
        digest,
    };
    let own = nestmap.decide(&company.chloe, asked.approval, consent(seen.digest), None).await;
    stage.claim_refused(
        "Chloe may approve trips, but not her own",
        own,
        Code::SeparationOfDuties,
    )?;
    let uninvited = nestmap.decide(&company.ana, asked.approval, consent(seen.digest), None).await;
    stage.claim_refused("an administrator who isn't asked can't", uninvited, Code::Forbidden)?;
    let other = Digest::of("demo.other", &"another price");
    let stale = nestmap.decide(&company.ben, asked.approval, consent(other), None).await;
    stage.claim_refused("Ben can't approve what he didn't see", stale, Code::ApprovalStale)?;
    nestmap.decide(&company.ben, asked.approval, consent(seen.digest), None).await?;
    stage.tell(&format!("Ben approves at {}.", when::instant(stage.now())))?;
    check(stage, company, asked).await
}

async fn check(stage: &mut Stage, company: &Company, asked: &Asked) -> Result<(), Stop> {
    let store = stage.store();
    let approval = store.approval(company.organization, asked.approval).await?;
    let approval = approval.map(|approval| approval.value);
    let state = approval.as_ref().map(|approval| &approval.state);
    let approved = matches!(state, Some(ApprovalState::Approved { .. }));
    stage.claim("the request is approved", approved, &state)?;
    let trip = store.trip(company.organization, asked.bought.trip).await?;
    let state = trip.map(|trip| trip.value.state);
    let by = matches!(state, Some(TripState::Cleared { approval: Some(id), .. }) if id == asked.approval);
    stage.claim("the trip is cleared by it", by, &state)?;
    let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
    let saw = approval.and_then(|approval| approval.binding.total.first().copied());
    stage.claim_eq(
        "the order may be paid up to the price he saw, not a cent more",
        &ceiling(&order.clearance),
        &saw,
    )
}

fn ceiling(clearance: &Clearance) -> Option<nestmap_core::Money> {
    match clearance {
        Clearance::Cleared { ceiling, .. } => Some(*ceiling),
        _ => None,
    }
}

/// The first letters of a digest, enough to tell two apart by eye.
fn short(digest: Digest) -> String {
    digest.to_string().chars().take(16).collect::<String>() + "…"
}
