//! The example policies say what they are meant to say.

use super::sample::{assess_one, facts, in_force, long_haul};
use crate::policy::facts::{Subject, TravelerFacts};
use crate::policy::{Headline, PolicyDocument, RuleKind, Verdict, assess};
use crate::shopping::Cabin;

const EXAMPLES: [(&str, &str); 2] = [
    (
        "technology-company.json",
        include_str!("../../../../examples/policies/technology-company.json"),
    ),
    ("strict.json", include_str!("../../../../examples/policies/strict.json")),
];

fn example(name: &str) -> PolicyDocument {
    let (_, text) = EXAMPLES.iter().find(|(known, _)| *known == name).unwrap();
    PolicyDocument::parse_json(text).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"))
}

#[test]
fn the_examples_parse_and_are_written_as_they_were_read() {
    for (name, _) in EXAMPLES {
        let document = example(name);
        let written = serde_json::to_string(&document).unwrap();
        let again = PolicyDocument::parse_json(&written).unwrap();
        assert_eq!(again, document, "{name}");
        assert_eq!(again.digest(), document.digest());
        let stored: PolicyDocument = serde_json::from_str(&written).unwrap();
        assert_eq!(stored, document);
    }
}

#[test]
fn the_examples_use_every_kind() {
    let mut kinds: Vec<_> = EXAMPLES
        .iter()
        .flat_map(|(name, _)| example(name).rules)
        .map(|rule| rule.body.kind())
        .collect();
    kinds.sort();
    kinds.dedup();
    assert_eq!(kinds, RuleKind::ALL);
}

#[test]
fn executives_sit_better_than_others() {
    let policies = [in_force(1, example("technology-company.json"))];
    let mut flight = long_haul();
    flight.slices[0].segments[0].cabin = Some(Cabin::Business);
    flight.slices[0].elapsed_minutes = Some(500);
    let mut facts = super::sample::facts_among(flight, vec![]);
    let verdict = |facts: &crate::policy::Facts, rule: &str| {
        let assessment = assess(&policies, facts);
        let found = assessment.findings.iter().find(|found| found.rule.as_str() == rule);
        found.map(|found| found.verdict)
    };
    assert_eq!(verdict(&facts, "air-cabin"), Some(Verdict::Outside));
    assert_eq!(verdict(&facts, "air-cabin-executives"), None);
    facts.traveler = TravelerFacts { grade: Some("executive".into()), ..facts.traveler };
    assert_eq!(verdict(&facts, "air-cabin"), None);
    assert_eq!(verdict(&facts, "air-cabin-executives"), Some(Verdict::Within));
}

#[test]
fn without_a_policy_nothing_is_silently_fine() {
    let assessment = assess(&[], &facts(Subject::Flight(long_haul())));
    assert_eq!(assessment.headline(), Headline::Unknown);
    assert_eq!(assessment.level(), crate::policy::Level::Approve);
    assert!(!assessment.outcome.obligations.approvers.is_empty());
    let scoped = serde_json::json!({"kind": "air.connections", "connections_max": 0});
    let none = assess_one(scoped, &facts(Subject::Flight(long_haul())));
    assert_eq!(none.headline(), Headline::Within);
}
