//! A trip outside of policy: a reason is asked for, and somebody has to approve.

use nestmap_core::approval::{Deadline, DeadlineReason};
use nestmap_core::error::Code;
use nestmap_core::flow::search::{AssessedOffer, AssessedOffers};
use nestmap_core::id::{ApprovalId, OfferSetId, TripId};
use nestmap_core::order::Clearance;
use nestmap_core::policy::explain::{Audience, explain, headline};
use nestmap_core::policy::{Headline, Level, Verdict};
use nestmap_core::shopping::{Condition, HoldTerms, OfferSet};
use nestmap_core::trip::{Reason, TripStatus};

use super::Stop;
use super::choice::{searched, show, trip};
use super::company::Company;
use super::stage::Stage;
use super::within::Bought;
use crate::command::screen::Tone;
use crate::command::table::{Cell, Column, Row, Table};
use crate::command::when;

/// The trip with the request for its approval.
pub(super) struct Asked {
    pub(super) bought: Bought,
    pub(super) approval: ApprovalId,
    pub(super) search: OfferSetId,
    /// Until when the approver must decide.
    pub(super) deadline: Deadline,
}

pub(super) async fn submitted(stage: &mut Stage, company: &Company) -> Result<Asked, Stop> {
    stage.chapter("A trip outside of policy needs a reason and an approval")?;
    stage.tell("A customer in New York wants Chloe to come, 24 to 27 March.")?;
    stage.clock.advance_seconds(3_600);
    let found = searched(stage, company, ["MUC", "JFK"], ["2026-03-24", "2026-03-27"]).await?;
    let chosen = choose(&found)?;
    show(stage, &found, chosen)?;
    explained(stage, &found, chosen)?;

    stage.clock.advance_seconds(300);
    let nestmap = stage.nestmap();
    let new = trip(company, "Customer in New York", &found, chosen, None);
    let draft = nestmap.draft_trip(&company.chloe, new).await?;
    let id = draft.trip.value.id;
    let silent = nestmap.submit_trip(&company.chloe, id, None).await;
    stage.claim_refused("without a reason it isn't taken", silent, Code::EvidenceMissing)?;

    let text = "I land at noon and train the customer's team the same afternoon";
    let reason = Reason { code: "rest_before_work".into(), text: Some(text.into()) };
    stage.tell(&format!("Chloe gives a reason, `rest_before_work`: “{text}.”"))?;
    let new = trip(company, "Customer in New York", &found, chosen, Some(reason));
    let changed = nestmap.change_trip(&company.chloe, id, new, Some(draft.trip.version)).await?;
    nestmap.submit_trip(&company.chloe, id, Some(changed.trip.version)).await?;
    check(stage, company, id, found.id, &chosen.offer.flight.supplier.id).await
}

/// The cheapest offer that somebody has to approve, with a price that is safe for a while and some
/// money back; one of a real airline, if there is one.
fn choose(found: &AssessedOffers) -> Result<&AssessedOffer, Stop> {
    let fits = |one: &&AssessedOffer| {
        let flight = &one.offer.flight;
        one.assessment.headline() == Headline::Outside
            && one.assessment.level() == Level::Approve
            && one.assessment.nearest.is_some()
            && matches!(flight.hold, HoldTerms::PriceGuaranteed { .. })
            && matches!(flight.refund, Condition::Yes { penalty: Some(_) })
    };
    let real = |one: &&AssessedOffer| one.offer.flight.carrier.is_some_and(|c| c.code() != "ZZ");
    let offers = || found.offers.iter().filter(fits);
    offers().find(real).or_else(|| offers().next()).ok_or_else(|| {
        Stop::Around("no holdable offer needs an approval; try another seed".to_owned())
    })
}

/// Every rule with its limit and the actual value, and the nearest offer within policy.
fn explained(
    stage: &mut Stage,
    found: &AssessedOffers,
    chosen: &AssessedOffer,
) -> Result<(), Stop> {
    let number = |id| found.offers.iter().position(|one| one.offer.id == id).map_or(0, |at| at + 1);
    stage.tell(&format!(
        "She wants number {}. {} In full:",
        number(chosen.offer.id),
        headline(&chosen.assessment)
    ))?;
    let mut table = Table::new(vec![Column::new("rule"), Column::new("says").shortened(30)]);
    let sentences = explain(&chosen.assessment, Audience::Auditor);
    for (finding, sentence) in chosen.assessment.findings.iter().zip(sentences) {
        let (mark, tone) = match finding.verdict {
            Verdict::Outside => ("✗", Tone::Bad),
            Verdict::Unknown => ("?", Tone::Doubt),
            Verdict::Within => ("✓", Tone::Good),
            Verdict::NotApplicable => ("–", Tone::Faint),
        };
        let rule = Cell::new(format!("{mark} {}", finding.rule)).toned(tone);
        table.push(Row::new(vec![rule, Cell::new(sentence.text)]));
    }
    stage.show(&table)?;
    let nearest = chosen.assessment.nearest;
    let nearest = nearest.and_then(|id| found.offers.iter().find(|one| one.offer.id == id));
    let Some(nearest) = nearest else { return Ok(()) };
    stage.tell(&format!(
        "The nearest offer within policy is number {} for {}.",
        number(nearest.offer.id),
        nearest.offer.flight.total
    ))?;
    let within = nearest.assessment.headline();
    stage.claim_eq("the nearest compliant offer is within policy", &within, &Headline::Within)?;
    let cheaper = found.offers.iter().filter(|one| {
        one.assessment.headline() == Headline::Within
            && one.offer.flight.total.minor < nearest.offer.flight.total.minor
    });
    stage.claim_eq("and none within policy is cheaper", &cheaper.count(), &0)
}

async fn check(
    stage: &mut Stage,
    company: &Company,
    id: TripId,
    search: OfferSetId,
    offer: &str,
) -> Result<Asked, Stop> {
    let store = stage.store();
    let organization = company.organization;
    let view = stage.nestmap().trip(&company.chloe, id).await?;
    stage.claim_eq("the trip waits for approval", &view.status, &TripStatus::AwaitingApproval)?;
    let orders = store.orders_of_trip(organization, id).await?;
    let order = orders.first().map(|order| &order.value);
    let clearance = order.map(|order| order.clearance.clone());
    let waits = matches!(clearance, Some(Clearance::Waiting { may_hold: true, .. }));
    stage.claim("its seats may be held, and nothing may be paid", waits, &clearance)?;
    let set: Option<OfferSet> = store.offer_set(organization, search).await?.map(|set| set.value);
    let used = set.and_then(|set| set.used_by);
    stage.claim_eq("its search can't be booked from again", &used, &order.map(|order| order.id))?;

    let approvals = store.approvals_of_trip(organization, id).await?;
    let approval = approvals.into_iter().next().map(|approval| approval.value);
    let approval = approval.ok_or_else(|| Stop::Around("nobody was asked".to_owned()))?;
    let asked: Vec<_> = approval.approvers().collect();
    stage.claim_eq("Ben alone is asked", &asked, &vec![company.ben.actor.need_person()?])?;
    tell_deadline(stage, approval.deadline)?;
    let order = order.map(|order| order.id);
    let order = order.ok_or_else(|| Stop::Around("the trip has no order".to_owned()))?;
    let bought = Bought { trip: id, order, offer: offer.to_owned() };
    Ok(Asked { bought, approval: approval.id, search, deadline: approval.deadline })
}

/// Until when somebody must decide, and why not later.
pub(super) fn tell_deadline(stage: &mut Stage, deadline: Deadline) -> Result<(), Stop> {
    let reason = match deadline.reason {
        DeadlineReason::PolicyWindow => "that is the time the policy gives",
        DeadlineReason::OfferExpiry => "ten minutes later the offer ends, which can't be held",
        DeadlineReason::PriceGuarantee => "ten minutes later the price is safe no longer",
        DeadlineReason::HoldPayment => "ten minutes later the held seats must be paid",
        DeadlineReason::Departure => "two hours later the journey begins",
    };
    let at = when::instant(deadline.at);
    stage.tell(&format!("The decision must be made before {at}: {reason}."))
}
