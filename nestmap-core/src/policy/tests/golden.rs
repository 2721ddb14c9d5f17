//! What is stored keeps its form: a changed file here means old records need a reader.

use serde_json::json;

use super::sample::{document_json, facts_among, in_force, long_haul, money, offer, person};
use crate::policy::{AirFacts, Assessment, PolicyDocument, assess};

/// Compares with a stored file of `golden/`, and shows what it would be now.
fn golden(stored: &str, value: &impl serde::Serialize) {
    let written = format!("{}\n", serde_json::to_string_pretty(value).unwrap());
    assert!(stored == written, "a stored form changed to:\n{written}");
}

fn document() -> PolicyDocument {
    let mut document = document_json([
        json!({"id": "cabin", "kind": "air.cabin_by_duration", "measure": "lowest_of_leg",
            "route": "international", "domestic_groups": ["near"],
            "bands": [{"below_minutes": 360, "cabin": "economy"},
                {"at_least_minutes": 360, "cabin": "premium_economy"}],
            "outcome": {"visibility": "mark", "approval": "hard", "approvers": ["manager",
                person(3).to_string()], "steps": "all", "notify": ["cost_center_owner"],
                "evidence": "code_and_text", "reasons": ["customer", "schedule"],
                "payment": "split", "amount_limit": "250.00 EUR"},
            "note": "Long flights have better seats."}),
        json!({"id": "lowest", "kind": "air.over_lowest_fare", "over_percent": "12.5",
            "over_amount": "10.00 EUR", "window_minutes_domestic": 60,
            "window_minutes_international": 120, "window_on": "departure_and_arrival",
            "added_connections_max": 1, "added_minutes_max": 90, "airports": "same_area",
            "airport_change": false, "layover_minutes_max": 240, "cabin": "at_least_same",
            "carriers_excluded": ["BA", "@star"], "fare_brands_excluded": ["light"],
            "candidates_min": 2}),
        json!({"id": "lowest-vp", "kind": "air.over_lowest_fare", "over_percent": 50,
            "window_minutes_domestic": 60, "window_minutes_international": 120,
            "window_on": "departure", "airports": "any", "airport_change": true, "cabin": "any",
            "applies": {"grades": ["vp"], "travel": ["flight"]}}),
        json!({"id": "price", "kind": "air.price_cap", "amount": "250.00 EUR", "tax": "excluded",
            "per": "traveler", "outcome": "deny", "when_unknown": "warn"}),
        json!({"id": "early", "kind": "air.advance_booking", "days_min": 14, "outcome": "justify"}),
        json!({"id": "airlines", "kind": "air.carriers", "mode": "ban", "by": "any",
            "carriers": ["@star"], "outcome": "warn"}),
        json!({"id": "refund", "kind": "air.refundable", "at_least": "with_penalty"}),
        json!({"id": "change", "kind": "air.changeable", "at_least": "none", "at_most": "full"}),
        json!({"id": "basic", "kind": "air.basic_economy", "fare_brands": ["basic"]}),
        json!({"id": "changes", "kind": "air.connections", "connections_max": 1,
            "count_stops": true}),
        json!({"id": "waits", "kind": "air.layover", "minutes_min": 40, "minutes_max": 300}),
        json!({"id": "airports", "kind": "air.airport_change", "selection": "most_specific"}),
        json!({"id": "nights", "kind": "lodging.nightly_cap", "tax": "included",
            "mandatory_fees": "excluded", "measure": "average", "caps": [
                {"place": "world", "amount": "150.00 EUR"},
                {"place": "group:english", "amount": "140.00 GBP"},
                {"place": "country:DE", "season": {"from": "12-20", "until": "01-06"},
                    "amount": "99.00 EUR"},
                {"place": "area:LON", "amount": "250.00 GBP"},
                {"place": "town:DE/Munich", "amount": "190.00 EUR"},
                {"place": "property:hotel-1", "amount": "170.00 EUR"}]}),
        json!({"id": "stars", "kind": "lodging.stars",
            "ranges": [{"place": "world", "stars_tenths_min": 20, "stars_tenths_max": 45}]}),
        json!({"id": "countries", "kind": "general.countries", "mode": "ban", "reach": "transit",
            "countries": ["KP", "@english"], "outcome": "hide"}),
        json!({"id": "budget", "kind": "general.trip_budget", "amount": "1000.00 EUR"}),
    ]);
    document["effective"] = json!({"from": "2026-01-01", "until": "2027-01-01"});
    document["applies"] = json!({"guests": false});
    document["domestic_groups"] = json!(["near"]);
    document["approvals"] = json!({"window_hours": 48, "silence": "deny",
        "approvers": ["any_approver", "cost_center_owner"], "steps": "all"});
    document["exemptions"] = json!([{"id": "ex-1", "rules": ["refund"],
        "persons": [person(7).to_string()], "period": {"until": "2026-12-31"},
        "reason": "fares without a refund are cheaper", "granted_by": person(9).to_string()}]);
    PolicyDocument::from_value(&document).unwrap()
}

/// Kinds of rules that came later, so that the first document's file can stay as it is.
fn later_kinds() -> PolicyDocument {
    super::sample::document([
        json!({"id": "airlines", "kind": "air.carriers", "mode": "prefer", "by": "marketing",
            "carriers": ["@star"], "idle_without_alternative": true}),
        json!({"id": "co2", "kind": "air.emissions", "per": "traveler_km", "grams_max": 110}),
        json!({"id": "average", "kind": "air.over_average_fare", "average": "median",
            "over_percent": "7.5", "over_amount": "5.00 EUR", "window_minutes_domestic": 60,
            "window_minutes_international": 120, "window_on": "departure",
            "added_connections_max": 0, "fewer_connections_max": 0, "added_minutes_max": 120,
            "added_to": "fastest", "airports": "same", "airport_change": false, "cabin": "same"}),
        json!({"id": "requirement", "kind": "general.requirement",
        "when": {"not": {"fact": "traveler.guest", "is": true}},
        "require": {"any": [
            {"all": [
                {"fact": "flight.total", "at_least": "1.00 EUR", "at_most": "250.00 EUR"},
                {"fact": "flight.cabin_highest", "at_most": "business"},
            ]},
            {"fact": "flight.refund", "at_least": "with_penalty"},
            {"fact": "flight.operating_carriers", "only": ["BA", "@star"]},
            {"fact": "flight.countries", "any_of": ["@near", "GB"]},
            {"fact": "flight.connections", "at_most": 1},
        ]}}),
    ])
}

fn assessment() -> (Assessment, crate::policy::Facts) {
    let cheaper = AirFacts { offer: Some(offer(2)), total: money("200.00 EUR"), ..long_haul() };
    let facts = facts_among(long_haul(), vec![cheaper]);
    (assess(&[in_force(1, document())], &facts), facts)
}

#[test]
fn a_stored_document_keeps_its_form() {
    let stored = include_str!("golden/document.json");
    golden(stored, &document());
    assert_eq!(PolicyDocument::parse_json(stored).unwrap(), document());
}

#[test]
fn stored_documents_of_later_kinds_keep_their_form() {
    let stored = include_str!("golden/later_kinds.json");
    golden(stored, &later_kinds());
    assert_eq!(PolicyDocument::parse_json(stored).unwrap(), later_kinds());
}

#[test]
fn a_stored_assessment_keeps_its_form() {
    let (assessment, facts) = assessment();
    golden(include_str!("golden/assessment.json"), &assessment);
    golden(include_str!("golden/facts.json"), &facts);
    let stored: Assessment = serde_json::from_str(include_str!("golden/assessment.json")).unwrap();
    let facts = serde_json::from_str(include_str!("golden/facts.json")).unwrap();
    assert_eq!(crate::policy::verify(&stored, &facts, &[in_force(1, document())]), Ok(()));
}

#[test]
fn a_stored_assessment_reads_like_this() {
    let (assessment, facts) = assessment();
    let sentences =
        crate::policy::explain::explain(&assessment, crate::policy::explain::Audience::Auditor);
    let mut text: Vec<_> = sentences.iter().map(|s| format!("{}: {}", s.rule, s.text)).collect();
    text.insert(0, crate::policy::explain::headline(&assessment));
    let candidates = facts.candidates.unwrap_or_default();
    text.extend(crate::policy::explain::nearest(&assessment, &candidates));
    golden(include_str!("golden/explanation.json"), &text);
}
