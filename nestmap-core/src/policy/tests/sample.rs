//! Facts and policies to start from.

use serde_json::{Value, json};
use uuid::Uuid;

use crate::id::{OfferId, PersonId, PolicyId};
use crate::money::Money;
use crate::place::Airport;
use crate::policy::facts::{AirPlace, AirSegment, AirSlice, LodgingPlace, Night};
use crate::policy::{
    AirFacts, Assessment, CandidateSet, Facts, Finding, LodgingFacts, PolicyDocument,
    PolicyInForce, PolicyRef, Subject, TravelerFacts, TripFacts, Verdict, assess,
};
use crate::shopping::{Cabin, Condition};
use crate::time::Timestamp;

pub(super) const NOW: &str = "2026-03-02T12:00:00Z";

pub(super) fn person(number: u128) -> PersonId {
    PersonId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn offer(number: u128) -> OfferId {
    OfferId::from_uuid(Uuid::from_u128(number))
}

pub(super) fn money(text: &str) -> Money {
    let (amount, currency) = text.split_once(' ').unwrap();
    Money::parse(amount, currency).unwrap()
}

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(super) fn place(code: &str) -> AirPlace {
    AirPlace::of(Airport::parse(code).unwrap())
}

/// An economy flight of LH.
pub(super) fn segment(from: &str, to: &str, departs_at: Timestamp, minutes: i64) -> AirSegment {
    let zone = Airport::parse(from).unwrap().zone().unwrap();
    AirSegment {
        origin: place(from),
        destination: place(to),
        departs: departs_at.in_zone(&zone),
        departs_at,
        arrives_at: departs_at.plus_minutes(minutes),
        minutes: Some(minutes),
        stops: Vec::new(),
        marketing: Some("LH".parse().unwrap()),
        operating: Some("LH".parse().unwrap()),
        cabin: Some(Cabin::Economy),
        distance_km: None,
    }
}

pub(super) fn slice(segments: Vec<AirSegment>) -> AirSlice {
    let elapsed = segments
        .first()
        .zip(segments.last())
        .map(|(first, last)| first.departs_at.seconds_until(last.arrives_at) / 60);
    AirSlice { segments, elapsed_minutes: elapsed, fare_brand: Some("Classic".into()) }
}

/// A journey of one slice, 300.00 EUR of which 60.00 are taxes.
pub(super) fn flight(segments: Vec<AirSegment>) -> AirFacts {
    AirFacts {
        offer: Some(offer(1)),
        slices: vec![slice(segments)],
        total: money("300.00 EUR"),
        tax: Some(money("60.00 EUR")),
        travelers: 1,
        refund: Condition::No,
        change: Condition::No,
        emissions_grams: None,
    }
}

/// Frankfurt to New York on the 10th, ten hours.
pub(super) fn long_haul() -> AirFacts {
    flight(vec![segment("FRA", "JFK", at("2026-03-10T10:00:00Z"), 600)])
}

/// Frankfurt to Munich on the 10th, one hour.
pub(super) fn domestic() -> AirFacts {
    flight(vec![segment("FRA", "MUC", at("2026-03-10T10:00:00Z"), 60)])
}

/// Two nights in Munich, 100.00 EUR with 10.00 taxes and 5.00 fees each.
pub(super) fn stay() -> LodgingFacts {
    let night = Night {
        base: Some(money("100.00 EUR")),
        tax: Some(money("10.00 EUR")),
        mandatory_fees: Some(money("5.00 EUR")),
        total: None,
    };
    LodgingFacts {
        place: LodgingPlace {
            property: "hotel-1".into(),
            town: Some("Munich".into()),
            area: None,
            country: Some("DE".parse().unwrap()),
        },
        stars_tenths: Some(40),
        check_in: "2026-03-10".parse().unwrap(),
        nights: vec![night, night],
        refund: Condition::No,
    }
}

pub(super) fn facts(subject: Subject) -> Facts {
    Facts {
        traveler: TravelerFacts::of(person(7)),
        trip: TripFacts::at(at(NOW)),
        subject,
        rates: Vec::new(),
        candidates: None,
    }
}

pub(super) fn facts_among(flight: AirFacts, others: Vec<AirFacts>) -> Facts {
    let mut all = others;
    all.push(flight.clone());
    Facts { candidates: Some(CandidateSet::new(all)), ..facts(Subject::Flight(flight)) }
}

/// A document of those rules; ids `r0`, `r1`, … and outcome `approve` where they have none.
pub(super) fn document_json(rules: impl IntoIterator<Item = Value>) -> Value {
    let rules = rules.into_iter().enumerate().map(|(i, mut rule)| {
        let fields = rule.as_object_mut().unwrap();
        fields.entry("id").or_insert_with(|| json!(format!("r{i}")));
        fields.entry("outcome").or_insert_with(|| json!("approve"));
        rule
    });
    json!({
        "schema": "nestmap.policy/1",
        "title": "Sample",
        "currency": "EUR",
        "effective": {},
        "definitions": {
            "country_groups": { "near": ["DE", "FR", "CH"], "english": ["GB", "US"] },
            "carrier_lists": { "star": ["LH", "LX", "UA"] },
        },
        "rules": rules.collect::<Vec<_>>(),
    })
}

pub(super) fn document(rules: impl IntoIterator<Item = Value>) -> PolicyDocument {
    PolicyDocument::from_value(&document_json(rules)).unwrap()
}

pub(super) fn in_force(number: u128, document: PolicyDocument) -> PolicyInForce {
    let reference = PolicyRef {
        id: PolicyId::from_uuid(Uuid::from_u128(number)),
        version: 1,
        title: document.title.clone(),
        digest: document.digest(),
    };
    PolicyInForce { reference, document }
}

pub(super) fn assess_one(rule: Value, facts: &Facts) -> Assessment {
    assess(&[in_force(1, document([rule]))], facts)
}

/// What the only rule finds.
pub(super) fn finding(rule: Value, facts: &Facts) -> Finding {
    let mut findings = assess_one(rule, facts).findings;
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

pub(super) fn verdict(rule: Value, facts: &Facts) -> Verdict {
    finding(rule, facts).verdict
}
