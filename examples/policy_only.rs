//! The policy engine alone: no store, no supplier, no async. Offers and a policy in, verdicts with
//! reasons out, and the same again later from what was kept.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use nestmap_core::id::{OfferId, OrganizationId, PersonId, PolicyId};
use nestmap_core::policy::explain::{Audience, explain, headline};
use nestmap_core::policy::{
    AirFacts, Facts, Policy, Subject, TravelerFacts, TripFacts, assess_offers, in_force, verify,
};
use nestmap_core::shopping::{Cabin, FlightOffer, Offer};
use nestmap_core::testing::fixture;
use nestmap_core::time::Zone;
use nestmap_core::{Error, Result};
use nestmap_examples::travel_policy;

fn main() -> Result<()> {
    let now = fixture::now();
    let (company, author) = (OrganizationId::new(now, [1; 10]), PersonId::new(now, [2; 10]));
    let policy = Policy::draft(PolicyId::new(now, [3; 10]), company, travel_policy()?);
    let policy = policy.publish(now, author)?;
    let today = now.in_zone(&Zone::parse("UTC")?).date();
    let policies = in_force([(&policy, 1)], today);

    let offers = offers();
    let traveler = TravelerFacts::of(PersonId::new(now, [4; 10]));
    let trip = TripFacts::at(now);
    let judged = assess_offers(&policies, &traveler, &trip, &offers, &[]);
    for (offer, judged) in offers.iter().zip(&judged.assessments) {
        let price = offer.flight.total.to_string();
        println!("{price:>11}  {}", headline(&judged.assessment));
        for sentence in explain(&judged.assessment, Audience::Traveler) {
            println!("             {}: {}", sentence.rule, sentence.text);
        }
        if let Some(nearest) = judged.assessment.nearest.and_then(|id| price_of(&offers, id)) {
            println!("             the nearest compliant offer costs {nearest}");
        }
    }

    // Facts are data. Whoever kept them can derive the assessment again, years later.
    let facts = Facts {
        traveler,
        trip,
        subject: Subject::Flight(AirFacts::from_offer(&offers[0])),
        rates: Vec::new(),
        candidates: Some(judged.candidates.clone()),
    };
    let kept = serde_json::to_string(&(&judged.assessments[0].assessment, &facts));
    let kept = kept.map_err(|error| Error::new(nestmap_core::Code::Internal, error.to_string()))?;
    let (assessment, facts) = serde_json::from_str(&kept)
        .map_err(|error| Error::new(nestmap_core::Code::Internal, error.to_string()))?;
    match verify(&assessment, &facts, &policies) {
        Ok(()) => println!("derived again from {} bytes: the same", kept.len()),
        Err(mismatch) => println!("derived again: {mismatch}"),
    }
    Ok(())
}

fn price_of(offers: &[Offer], id: OfferId) -> Option<nestmap_core::Money> {
    offers.iter().find(|offer| offer.id == id).map(|offer| offer.flight.total)
}

/// Three offers for one search: in economy, in business, and one whose cabin nobody knows.
fn offers() -> Vec<Offer> {
    let with_cabin = |id: u8, price: &str, cabin: Option<Cabin>| {
        let mut flight: FlightOffer = fixture::flight("example", price);
        flight.supplier.id = id.to_string();
        for segment in flight.slices.iter_mut().flat_map(|slice| &mut slice.segments) {
            segment.cabin = cabin;
        }
        Offer { id: OfferId::new(fixture::now(), [id; 10]), flight }
    };
    vec![
        with_cabin(1, "480.00", Some(Cabin::Economy)),
        with_cabin(2, "2900.00", Some(Cabin::Business)),
        with_cabin(3, "510.00", None),
    ]
}
