//! Stored trips keep their form.

use super::*;
use crate::digest::Digest;
use crate::id::PolicyId;
use crate::policy::{
    Assessment, Basis, Finding, Outcome, PolicyRef, Quantity, RuleId, RuleKind, Verdict,
};
use crate::trip::sample::assert_golden;

fn assessment() -> Assessment {
    let policy = PolicyId::new(now(), [1; 10]);
    let digest = Digest::of_bytes(b"document");
    Assessment {
        outcome: Outcome::APPROVE,
        findings: vec![Finding {
            policy,
            rule: RuleId::new("air-cap"),
            kind: RuleKind::PriceCap,
            verdict: Verdict::Outside,
            basis: Basis::Measured,
            limit: Some(Quantity::Money(crate::Money::parse("400.00", "EUR").unwrap())),
            actual: Some(Quantity::Money(crate::Money::parse("500.00", "EUR").unwrap())),
            context: None,
            outcome: Outcome::APPROVE,
            lost: vec![],
        }],
        exempted: vec![],
        policies: vec![PolicyRef { id: policy, version: 3, title: "Travel".into(), digest }],
        facts_digest: Digest::of_bytes(b"facts"),
        engine: "1".into(),
        assessed_at: now(),
        nearest: None,
    }
}

fn stored() -> Vec<Trip> {
    let mut whole =
        trip(vec![flight(1, &[OUT]), stay(2, "Hôtel \"Neuf\"", "NYC", "2026-03-16", "2026-03-20")]);
    order(&mut whole.items[0]);
    whole.items[0].assessment = Some(assessment());
    whole.travelers = vec![person_id(1)];
    whole.booked_by = person_id(2);
    whole.reason = Some(Reason { code: "late".into(), text: Some("the fair moved".into()) });
    let small = || trip(vec![stay(1, "Hotel", "BER", "2026-03-16", "2026-03-17")]);
    let submitted = small().submit(approval_id(), now()).unwrap();
    vec![
        whole,
        small().reopen("nobody decided in time", &[], now()).unwrap(),
        submitted.clone(),
        submitted.clear(now()).unwrap(),
        small().clear(now()).unwrap(),
        small().cancel(now()).unwrap(),
    ]
}

#[test]
fn stored_trips_keep_their_form() {
    assert_golden(include_str!("../../../tests/golden/trips.json"), &stored());
}
