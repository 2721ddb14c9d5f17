//! A trip within policy: nobody is asked.

use nestmap_core::flow::search::AssessedOffer;
use nestmap_core::id::{OrderId, TripId};
use nestmap_core::policy::{Headline, Level};
use nestmap_core::shopping::HoldTerms;
use nestmap_core::trip::{TripState, TripStatus};
use nestmap_providers::sandbox::OrderState as AtSupplier;

use super::Stop;
use super::choice::{searched, show, trip};
use super::company::Company;
use super::stage::Stage;

/// A trip and the order that bought it.
pub(super) struct Bought {
    pub(super) trip: TripId,
    pub(super) order: OrderId,
    /// The offer's id at the supplier.
    pub(super) offer: String,
}

pub(super) async fn booked(stage: &mut Stage, company: &Company) -> Result<Bought, Stop> {
    stage.chapter("A trip within policy is booked without asking anybody")?;
    stage.tell("Chloe looks for a return flight from Munich to London, 17 to 19 March.")?;
    let found = searched(stage, company, ["MUC", "LHR"], ["2026-03-17", "2026-03-19"]).await?;
    let fits = |one: &&AssessedOffer| {
        one.assessment.headline() == Headline::Within && one.assessment.level() == Level::Allow
    };
    let holdable = |one: &&AssessedOffer| one.offer.flight.hold != HoldTerms::None;
    let chosen = found.offers.iter().filter(fits).find(holdable);
    let chosen = chosen
        .or_else(|| found.offers.iter().find(fits))
        .ok_or_else(|| Stop::Around("no offer is within policy; try another seed".to_owned()))?;
    show(stage, &found, chosen)?;

    stage.clock.advance_seconds(240);
    let nestmap = stage.nestmap();
    let new = trip(company, "Workshop in London", &found, chosen, None);
    let draft = nestmap.draft_trip(&company.chloe, new).await?;
    let id = draft.trip.value.id;
    nestmap.submit_trip(&company.chloe, id, Some(draft.trip.version)).await?;
    let number = found.offers.iter().position(|one| one.offer.id == chosen.offer.id);
    let number = number.map_or(0, |at| at + 1);
    stage.tell(&format!(
        "She takes number {number} for {} and submits the trip.",
        chosen.offer.flight.total
    ))?;
    let bought = check_cleared(stage, company, id, &chosen.offer.flight.supplier.id).await?;

    stage.settle().await?;
    stage.clock.advance_seconds(60);
    stage.settle().await?;
    check_booked(stage, company, &bought).await?;
    Ok(bought)
}

async fn check_cleared(
    stage: &mut Stage,
    company: &Company,
    id: TripId,
    offer: &str,
) -> Result<Bought, Stop> {
    let store = stage.store();
    let trip = store.trip(company.organization, id).await?;
    let state = trip.map(|trip| trip.value.state);
    let cleared = matches!(state, Some(TripState::Cleared { approval: None, .. }));
    stage.claim("the trip is cleared at once", cleared, &state)?;
    let approvals = store.approvals_of_trip(company.organization, id).await?;
    stage.claim_eq("nobody was asked", &approvals.len(), &0)?;
    let orders = store.orders_of_trip(company.organization, id).await?;
    stage.claim_eq(
        "it has one order, and nothing was sent yet",
        &(orders.len(), stage.supplier_orders(offer).len()),
        &(1, 0),
    )?;
    let order = orders.first().map(|order| order.value.id);
    let order = order.ok_or_else(|| Stop::Around("the trip has no order".to_owned()))?;
    Ok(Bought { trip: id, order, offer: offer.to_owned() })
}

async fn check_booked(stage: &mut Stage, company: &Company, bought: &Bought) -> Result<(), Stop> {
    let order = stage.stored_order(company.organization, bought.order).await?.value;
    let booking = order.booking().cloned();
    let booking = booking
        .ok_or_else(|| Stop::Around(format!("nothing was booked: {}", order.state_name())))?;
    let calls: Vec<_> = order.past.iter().map(|past| past.call.as_str()).collect();
    let reference = booking.booking_reference.as_deref().unwrap_or("not given yet").to_owned();
    let tickets = booking.tickets.len();
    stage.tell(&format!(
        "The worker does what is due: {}. The booking reference is {reference}, tickets: {tickets}.",
        calls.join(", then "),
    ))?;
    let view = stage.nestmap().trip(&company.chloe, bought.trip).await?;
    let done = matches!(view.status, TripStatus::Booked | TripStatus::Ticketed);
    stage.claim("the trip is booked", done, &view.status)?;

    let books = stage.supplier_orders(&bought.offer);
    let states: Vec<_> = books.iter().map(|order| order.state).collect();
    stage.claim_eq(
        "the sandbox's books have one order for it, paid",
        &states,
        &vec![AtSupplier::Paid],
    )?;
    let paid: Vec<_> = books.iter().flat_map(|order| &order.payments).collect();
    let total = booking.total.decimal().to_string();
    let exact =
        paid.len() == 1 && paid.iter().all(|payment| payment.succeeded && payment.amount == total);
    stage.claim(&format!("with one payment of {}", booking.total), exact, &paid)?;
    let references: Vec<_> = books.iter().map(|order| order.booking_reference.clone()).collect();
    stage.claim_eq("and the same booking reference", &references, &vec![booking.booking_reference])
}
