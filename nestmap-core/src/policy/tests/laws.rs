//! What holds for every policy and all facts.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::random::{
    any_facts, completed, flight_facts, market, parse, policies, rules, surroundings,
};
use super::sample::{document_json, in_force, money, offer, person};
use crate::digest::{Digest, tree};
use crate::policy::assess::{assess_candidates, screen};
use crate::policy::explain::{Audience, explain, headline};
use crate::policy::outcome::{
    ApprovalNeed, ApproverRef, ApproverStep, Bookability, Evidence, Level, Obligations, Outcome,
    PaymentSource, Visibility,
};
use crate::policy::receipt::Mismatch;
use crate::policy::{
    Assessment, CandidateSet, Facts, Headline, PolicyInForce, Quantity, Subject, Verdict, assess,
    verify,
};

fn outcome() -> impl Strategy<Value = Outcome> {
    fn word<T: Copy + std::fmt::Debug + 'static>(list: &'static [T]) -> impl Strategy<Value = T> {
        prop::sample::select(list)
    }
    let approver = prop_oneof![
        Just(ApproverRef::Manager),
        Just(ApproverRef::AnyApprover),
        Just(ApproverRef::CostCenterOwner),
        Just(ApproverRef::Person(person(1))),
    ];
    let step = prop::collection::btree_set(approver.clone(), 1..3)
        .prop_map(|any_of| ApproverStep { any_of });
    let limit = prop::sample::select(vec!["1.00 EUR", "2.00 EUR", "1.00 USD", "3 JPY"]);
    let obligations = (
        prop::collection::btree_set(prop::sample::select(vec!["a", "b", "c"]), 0..3),
        prop::collection::btree_set(step, 0..3),
        prop::collection::btree_set(approver, 0..2),
        prop::collection::vec(limit, 0..3),
    )
        .prop_map(|(reasons, approvers, notify, limits)| Obligations {
            reasons: reasons.into_iter().map(str::to_owned).collect(),
            approvers,
            notify,
            amount_limits: limits.into_iter().map(|l| (money(l).currency, money(l))).collect(),
        });
    let axes = (
        word(Visibility::ALL),
        word(Bookability::ALL),
        word(ApprovalNeed::ALL),
        word(Evidence::ALL),
        word(PaymentSource::ALL),
    );
    (axes, obligations).prop_map(
        |((visibility, bookability, approval, evidence, payment), obligations)| Outcome {
            visibility,
            bookability,
            approval,
            evidence,
            payment,
            obligations,
        },
    )
}

fn join(one: &Outcome, other: &Outcome) -> Outcome {
    one.clone().join(other.clone())
}

/// Whether `strict` asks for everything that `loose` asks for.
fn asks_for_all(strict: &Outcome, loose: &Outcome) -> bool {
    join(strict, loose) == *strict
}

/// Rules all of which hold, so that none can take another's place.
fn stacked(mut rules: Vec<serde_json::Value>) -> Vec<serde_json::Value> {
    for rule in &mut rules {
        rule["selection"] = json!("stack_all");
    }
    rules
}

fn under(rules: Vec<serde_json::Value>, facts: &Facts) -> Assessment {
    assess(&[in_force(1, parse(&document_json(rules)))], facts)
}

fn is_fine(verdict: Verdict) -> bool {
    verdict <= Verdict::Within
}

#[test]
fn plain_outcomes_have_their_levels() {
    for &level in Level::ALL {
        assert_eq!(Outcome::of_level(level).level(), level);
    }
    assert_eq!(Outcome::default(), Outcome::ALLOW);
}

proptest! {
    #[test]
    fn joining_knows_no_order(a in outcome(), b in outcome(), c in outcome()) {
        prop_assert_eq!(join(&a, &b), join(&b, &a));
        prop_assert_eq!(join(&join(&a, &b), &c), join(&a, &join(&b, &c)));
        prop_assert_eq!(join(&a, &a), a.clone());
        prop_assert_eq!(join(&a, &Outcome::ALLOW), a);
    }

    #[test]
    fn joining_never_lowers_the_level(a in outcome(), b in outcome()) {
        prop_assert_eq!(join(&a, &b).level(), a.level().max(b.level()));
    }

    #[test]
    fn outcomes_survive_storage(a in outcome()) {
        let stored = serde_json::to_string(&a).unwrap();
        prop_assert_eq!(serde_json::from_str::<Outcome>(&stored).unwrap(), a);
    }
}

proptest! {
    #[test]
    fn order_never_matters(
        policies in policies(),
        facts in flight_facts(),
        turn in 1usize..5,
    ) {
        let before = assess(&policies, &facts);
        let mut turned: Vec<PolicyInForce> = policies.clone();
        turned.reverse();
        for policy in &mut turned {
            // The reference stays, as if the digest didn't know the order of rules.
            let count = policy.document.rules.len();
            policy.document.rules.rotate_left(turn % count);
        }
        let mut shuffled = facts.clone();
        shuffled.rates.reverse();
        if let Some(set) = &facts.candidates {
            let mut offers = set.offers().to_vec();
            offers.reverse();
            shuffled.candidates = Some(CandidateSet::new(offers));
        }
        shuffled.trip.other_costs.reverse();
        let mut after = assess(&turned, &shuffled);
        after.facts_digest = before.facts_digest;
        prop_assert_eq!(before, after);
    }

    #[test]
    fn adding_a_rule_never_loosens(rules in rules(6), facts in any_facts()) {
        let rules = stacked(rules);
        let fewer = under(rules[..rules.len() - 1].to_vec(), &facts);
        let all = under(rules, &facts);
        prop_assert!(asks_for_all(&all.outcome, &fewer.outcome));
    }

    #[test]
    fn unknown_never_becomes_allow(policies in policies(), facts in any_facts()) {
        let assessment = assess(&policies, &facts);
        for finding in &assessment.findings {
            let asks = finding.outcome.level() > Level::Allow;
            prop_assert!(is_fine(finding.verdict) != asks, "{:?}", finding);
            prop_assert!(asks_for_all(&assessment.outcome, &finding.outcome));
        }
        if assessment.headline() == Headline::Unknown {
            prop_assert!(assessment.level() > Level::Allow);
        }
    }

    #[test]
    fn learning_more_never_overturns_a_verdict(
        rules in rules(4),
        facts in any_facts(),
        dice in prop::collection::vec(any::<u8>(), 24),
    ) {
        let rules = stacked(rules);
        let before = under(rules.clone(), &facts);
        let after = under(rules, &completed(&facts, &dice));
        for (before, after) in before.findings.iter().zip(&after.findings) {
            prop_assert_eq!(&before.rule, &after.rule);
            match before.verdict {
                Verdict::Unknown => {}
                Verdict::Outside => prop_assert_eq!(after.verdict, Verdict::Outside),
                _ => prop_assert!(is_fine(after.verdict), "{:?}\n{:?}", before, after),
            }
        }
    }

    #[test]
    fn every_outside_names_limit_and_actual(policies in policies(), facts in any_facts()) {
        let assessment = assess(&policies, &facts);
        for finding in &assessment.findings {
            if finding.verdict == Verdict::Outside {
                prop_assert!(finding.limit.is_some() && finding.actual.is_some(), "{:?}", finding);
                // A banned list can be met in full.
                let lists = matches!(finding.limit, Some(Quantity::Codes(_)));
                prop_assert!(lists || finding.limit != finding.actual, "{:?}", finding);
            }
        }
        for sentence in explain(&assessment, Audience::Auditor) {
            prop_assert!(!sentence.text.contains(['?', '{', '}']), "{:?}", sentence);
        }
        prop_assert!(headline(&assessment).ends_with('.'));
    }

    #[test]
    fn a_set_of_offers_is_assessed_like_each_of_them(
        policies in policies(),
        (traveler, trip, rates) in surroundings(),
        offers in market(6),
    ) {
        let set = CandidateSet::new(offers.clone());
        let ids = offers.iter().filter_map(|facts| facts.offer);
        let all = assess_candidates(&policies, &traveler, &trip, &set, ids, &rates);
        prop_assert_eq!(all.len(), offers.len());
        for (assessed, flight) in all.iter().zip(offers) {
            let facts = Facts {
                traveler: traveler.clone(),
                trip: trip.clone(),
                subject: Subject::Flight(flight),
                rates: rates.clone(),
                candidates: Some(set.clone()),
            };
            prop_assert_eq!(&assessed.assessment, &assess(&policies, &facts));
        }
        for screened in screen(&policies, &traveler, &trip, &set, &rates) {
            let assessed = all.iter().find(|assessed| Some(assessed.offer) == screened.offer);
            let assessment = &assessed.unwrap().assessment;
            prop_assert_eq!(screened.headline, assessment.headline());
            prop_assert_eq!(screened.level, assessment.level());
        }
        // Whatever is pointed at is within policy, and nothing within policy points elsewhere.
        let of = |id| &all.iter().find(|assessed| assessed.offer == id).unwrap().assessment;
        let within = all.iter().filter(|a| a.assessment.headline() == Headline::Within).count();
        for assessed in &all {
            match assessed.assessment.nearest {
                Some(id) => prop_assert_eq!(of(id).headline(), Headline::Within),
                None => prop_assert!(
                    within == 0 || assessed.assessment.headline() == Headline::Within
                ),
            }
        }
    }

    #[test]
    fn an_exemption_never_tightens(rules in rules(5), facts in any_facts(), at in 0usize..5) {
        let mut document = document_json(rules.clone());
        let before = assess(&[in_force(1, parse(&document))], &facts);
        let rule = &rules[at % rules.len()]["id"];
        document["exemptions"] = json!([{"id": "e", "rules": [rule],
            "persons": [facts.traveler.person.to_string()],
            "period": {"until": "2030-01-01"}, "reason": "agreed",
            "granted_by": person(9).to_string()}]);
        let after = assess(&[in_force(1, parse(&document))], &facts);
        prop_assert!(asks_for_all(&before.outcome, &after.outcome));
        let held: BTreeSet<_> = before.findings.iter().map(|found| found.rule.as_str()).collect();
        let freed = held.contains(rule.as_str().unwrap());
        prop_assert_eq!(after.exempted.len(), usize::from(freed));
    }

    #[test]
    fn every_assessment_can_be_derived_again(policies in policies(), facts in any_facts()) {
        let assessment = assess(&policies, &facts);
        let stored = serde_json::to_string(&(&assessment, &facts)).unwrap();
        let (assessment, facts): (Assessment, Facts) = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(verify(&assessment, &facts, &policies), Ok(()));
        let mut other = facts.clone();
        other.trip.now = other.trip.now.plus_minutes(1);
        prop_assert_eq!(verify(&assessment, &other, &policies), Err(Mismatch::Facts));
        let mut forged = assessment.clone();
        forged.outcome = join(&forged.outcome, &Outcome::of_level(Level::Hide));
        if forged != assessment {
            prop_assert_eq!(verify(&forged, &facts, &policies), Err(Mismatch::Outcome));
        }
        if !assessment.policies.is_empty() {
            let missing = Mismatch::PolicyMissing(assessment.policies[0].id);
            prop_assert_eq!(verify(&assessment, &facts, &[]), Err(missing));
        }
    }

    #[test]
    fn everything_digested_has_the_digest_of_its_tree(
        policies in policies(),
        facts in any_facts(),
    ) {
        prop_assert_eq!(Digest::of("x", &facts), tree::digest("x", &facts));
        let assessment = assess(&policies, &facts);
        prop_assert_eq!(Digest::of("x", &assessment), tree::digest("x", &assessment));
        for policy in &policies {
            prop_assert_eq!(policy.document.digest(), tree::digest("policy", &policy.document));
        }
    }

    #[test]
    fn absurd_numbers_are_survived(
        policies in policies(),
        mut facts in flight_facts(),
        number in prop::sample::select(vec![i64::MIN, -1, 0, i64::MAX]),
    ) {
        if let Subject::Flight(flight) = &mut facts.subject {
            flight.total.minor = number;
            flight.tax = Some(crate::money::Money::new(i64::MIN, flight.total.currency));
            flight.travelers = number;
            flight.emissions_grams = Some(i64::MAX);
            for slice in &mut flight.slices {
                slice.elapsed_minutes = Some(number);
                for segment in &mut slice.segments {
                    segment.minutes = Some(number);
                    segment.distance_km = Some(number);
                    segment.stops.iter_mut().for_each(|stop| stop.minutes = Some(i64::MIN));
                }
            }
        }
        let assessment = assess(&policies, &facts);
        explain(&assessment, Audience::Auditor);
    }

    #[test]
    fn documents_survive_storage(rules in rules(6)) {
        let document = parse(&document_json(rules));
        let written = serde_json::to_value(&document).unwrap();
        prop_assert_eq!(parse(&written), document);
    }
}

#[test]
fn a_changed_policy_or_finding_is_noticed() {
    let rule = json!({"kind": "air.connections", "connections_max": 0});
    let policies = [in_force(1, parse(&document_json([rule])))];
    let flight = super::sample::long_haul();
    let facts = super::sample::facts(Subject::Flight(flight));
    let assessment = assess(&policies, &facts);
    let mut changed = policies.clone();
    changed[0].document.title = "Another".into();
    let id = policies[0].reference.id;
    assert_eq!(verify(&assessment, &facts, &changed), Err(Mismatch::PolicyChanged(id)));
    let mut forged = assessment.clone();
    forged.findings[0].verdict = Verdict::Outside;
    assert!(matches!(verify(&forged, &facts, &policies), Err(Mismatch::Finding(_))));
    let mut forged = assessment.clone();
    forged.findings.clear();
    assert_eq!(verify(&forged, &facts, &policies), Err(Mismatch::Rules));
    let mut forged = assessment.clone();
    forged.nearest = Some(offer(5));
    assert_eq!(verify(&forged, &facts, &policies), Err(Mismatch::Surroundings));
    let mut forged = assessment;
    forged.engine = "nestmap-policy/0".into();
    assert!(matches!(verify(&forged, &facts, &policies), Err(Mismatch::Engine(_))));
}
