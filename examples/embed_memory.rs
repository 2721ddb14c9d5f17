//! NestMap inside a program, with everything in memory: a trip that somebody has to approve.
//!
//! A real host brings a store that lasts, a real supplier, the machine's clock and its entropy; see
//! `embed_sqlite.rs`. The flows are the same.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::sync::Arc;

use nestmap_core::approval::Answer;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::search::NewSearch;
use nestmap_core::memory::MemoryStore;
use nestmap_core::policy::Level;
use nestmap_core::shopping::Cabin;
use nestmap_core::testing::{
    CountedEntropy, FixedClock, ScriptedFlights, fixture, run_until_stuck,
};
use nestmap_core::trip::Reason;
use nestmap_core::{Error, NestMap, Result};
use nestmap_examples::Acme;

fn main() -> Result<()> {
    // Nothing here ever waits, so no runtime is needed. With a database, any runtime will do.
    run_until_stuck(play()).expect("memory never waits")
}

async fn play() -> Result<()> {
    let clock = Arc::new(FixedClock::at(fixture::now()));
    let flights = Arc::new(ScriptedFlights::new(clock.clone()));
    flights.sell(fixture::flight("economy", "480.00"));
    flights.sell(in_business(fixture::flight("business", "2900.00")));
    let store = Arc::new(MemoryStore::new());
    let nestmap = NestMap::new(store, flights, clock, Arc::new(CountedEntropy::default()));
    let acme = Acme::found(&nestmap).await?;
    let ana = acme.traveler.actor.need_person()?;

    println!("Ana looks for a flight to New York.");
    let search = NewSearch { traveler: ana, request: fixture::request() };
    let found = nestmap.search(&acme.traveler, search).await?;
    for assessed in &found.offers {
        let flight = &assessed.offer.flight;
        let cabin = flight.highest_cabin().map_or("unknown", Cabin::as_str);
        let (price, verdict) = (flight.total.to_string(), assessed.assessment.headline());
        println!("  {price:>11}  {cabin:<8}  {verdict}");
    }

    println!("She takes the one in business, and says why.");
    let needs_approval = |level: Level| level == Level::Approve;
    let chosen = found.offers.iter().find(|o| needs_approval(o.assessment.level()));
    let chosen = chosen.ok_or_else(|| Error::not_found("offer that needs approval"))?;
    let trip = NewTrip {
        title: "Kick-off in New York".into(),
        purpose: None,
        travelers: vec![ana],
        items: vec![NewItem::Flight { offer_set: found.id, offer: chosen.offer.id }],
        reason: Some(Reason { code: "client_meeting".into(), text: None }),
    };
    let drafted = nestmap.draft_trip(&acme.traveler, trip).await?.trip;
    let view = nestmap.submit_trip(&acme.traveler, drafted.value.id, Some(drafted.version)).await?;
    let approval = &view.approvals[0].value;
    println!("  {:?}, to be decided by {}", view.status, approval.deadline.at);
    println!("  because of {:?}", approval.deadline.reason);

    println!("The worker holds the seats in the meantime.");
    work(&nestmap).await?;
    let order = &nestmap.trip(&acme.traveler, drafted.value.id).await?.orders[0].value;
    println!("  the order is {}", order.state_name());

    println!("Max approves what he sees, and nothing else.");
    let digest = approval.binding.digest;
    let yes = NewDecision { answer: Answer::Approve, comment: None, digest };
    nestmap.decide(&acme.manager, approval.id, yes, None).await?;
    work(&nestmap).await?;

    let view = nestmap.trip(&acme.traveler, drafted.value.id).await?;
    println!("The trip is {:?}.", view.status);
    for transfer in nestmap.store().transfers(acme.id, view.orders[0].value.id).await? {
        println!("  {} paid, {:?} to {:?}", transfer.amount, transfer.from, transfer.to);
    }
    Ok(())
}

/// What a worker, a cron job or a phone does now and then.
async fn work(nestmap: &NestMap) -> Result<()> {
    while nestmap.tick().await?.done > 0 {}
    Ok(())
}

fn in_business(
    mut offer: nestmap_core::shopping::FlightOffer,
) -> nestmap_core::shopping::FlightOffer {
    for segment in offer.slices.iter_mut().flat_map(|slice| &mut slice.segments) {
        segment.cabin = Some(Cabin::Business);
    }
    offer
}
