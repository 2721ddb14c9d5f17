//! Whom to ask: managers, roles, persons, and what is left when they may not decide.

use std::collections::BTreeSet;

use proptest::prelude::*;

use crate::access::Role;
use crate::approval::route::{Parties, route};
use crate::approval::{Step, StepRule};
use crate::error::{Code, Error};
use crate::id::PersonId;
use crate::people::Person;
use crate::policy::outcome::{ApproverRef, ApproverStep};
use crate::testing::fixture::now;
use crate::trip::sample::{person, person_id};

const MANAGER: u8 = 10;

fn reporting_to(n: u8, manager: u8) -> Person {
    Person { manager: Some(person_id(manager)), ..person(n) }
}

fn with_role(n: u8, role: Role) -> Person {
    Person { roles: BTreeSet::from([role]), ..person(n) }
}

fn gone(person: Person) -> Person {
    Person { left_at: Some(now()), ..person }
}

fn any_of(references: &[ApproverRef]) -> BTreeSet<ApproverStep> {
    [ApproverStep { any_of: references.iter().copied().collect() }].into()
}

fn asked(steps: &Result<Vec<Step>, Error>) -> Vec<BTreeSet<PersonId>> {
    let steps = steps.as_ref().unwrap();
    assert!(steps.iter().all(|step| step.rule == StepRule::Any && step.decisions.is_empty()));
    steps.iter().map(|step| step.approvers.clone()).collect()
}

fn people(numbers: &[u8]) -> BTreeSet<PersonId> {
    numbers.iter().map(|n| person_id(*n)).collect()
}

fn routed(
    wanted: &[ApproverRef],
    travelers: &[Person],
    others: &[u8],
    deciders: &[Person],
) -> Result<Vec<Step>, Error> {
    let wanted = if wanted.is_empty() { BTreeSet::new() } else { any_of(wanted) };
    let others: Vec<_> = others.iter().map(|n| person_id(*n)).collect();
    route(&wanted, Parties { travelers, others: &others, deciders })
}

#[test]
fn a_policy_that_names_nobody_means_the_manager() {
    let steps = routed(&[], &[reporting_to(1, MANAGER)], &[1], &[person(MANAGER), person(11)]);
    assert_eq!(asked(&steps), [people(&[MANAGER])]);
}

#[test]
fn of_several_travelers_any_manager_may_decide() {
    let travelers = [reporting_to(1, MANAGER), reporting_to(2, 11), reporting_to(3, MANAGER)];
    let deciders = [person(MANAGER), person(11)];
    let steps = routed(&[ApproverRef::Manager], &travelers, &[1], &deciders);
    assert_eq!(asked(&steps), [people(&[MANAGER, 11])]);
}

#[test]
fn a_manager_who_may_not_decide_gives_way_to_approvers_and_then_administrators() {
    let traveler = || [reporting_to(1, MANAGER)];
    let approver = || with_role(20, Role::Approver);
    let admin = || with_role(30, Role::Admin);
    // Who can't: one who left, one who arranged the trip, one who travels along, one unknown.
    let left = [gone(person(MANAGER)), approver(), admin()];
    let steps = routed(&[ApproverRef::Manager], &traveler(), &[1], &left);
    assert_eq!(asked(&steps), [people(&[20])]);

    let arranged = [person(MANAGER), approver(), admin()];
    let steps = routed(&[ApproverRef::Manager], &traveler(), &[MANAGER], &arranged);
    assert_eq!(asked(&steps), [people(&[20])]);

    let along = [reporting_to(1, MANAGER), person(MANAGER)];
    let steps = routed(&[ApproverRef::Manager], &along, &[1], &arranged);
    assert_eq!(asked(&steps), [people(&[20])]);

    let steps = routed(&[ApproverRef::Manager], &traveler(), &[1], &[admin()]);
    assert_eq!(asked(&steps), [people(&[30])]);
}

#[test]
fn nobody_manages_themselves_through_a_trip() {
    let own = [reporting_to(1, 1)];
    let deciders = [with_role(1, Role::Admin), with_role(20, Role::Approver)];
    let steps = routed(&[ApproverRef::Manager], &own, &[1], &deciders);
    assert_eq!(asked(&steps), [people(&[20])]);
    let alone = routed(&[ApproverRef::Manager], &own, &[1], &deciders[..1]);
    assert_eq!(alone.unwrap_err().code, Code::ApprovalUnroutable);
}

#[test]
fn persons_are_asked_if_they_may_decide() {
    let deciders = [person(7), with_role(20, Role::Approver)];
    let named = |n| [ApproverRef::Person(person_id(n))];
    let traveler = || [person(1)];
    assert_eq!(asked(&routed(&named(7), &traveler(), &[1], &deciders)), [people(&[7])]);
    // Somebody who isn't there any more, or never was.
    assert_eq!(asked(&routed(&named(8), &traveler(), &[1], &deciders)), [people(&[20])]);
}

#[test]
fn the_owner_of_a_cost_center_is_stood_in_for_by_any_approver() {
    let deciders = [person(MANAGER), with_role(20, Role::Approver), with_role(21, Role::Approver)];
    let steps = routed(&[ApproverRef::CostCenterOwner], &[person(1)], &[1], &deciders);
    assert_eq!(asked(&steps), [people(&[20, 21])]);
}

#[test]
fn two_consents_are_two_steps_and_two_alike_are_one() {
    let deciders = [person(MANAGER), with_role(20, Role::Approver)];
    let one = |reference| ApproverStep { any_of: [reference].into() };
    let others = [person_id(1)];
    let travelers = [reporting_to(1, MANAGER)];
    let parties = Parties { travelers: &travelers, others: &others, deciders: &deciders };
    let wanted = BTreeSet::from([one(ApproverRef::Manager), one(ApproverRef::AnyApprover)]);
    assert_eq!(asked(&route(&wanted, parties)), [people(&[MANAGER]), people(&[20])]);

    let travelers = [person(1)];
    let parties = Parties { travelers: &travelers, ..parties };
    // Without a manager both fall to the approver, who is asked once.
    assert_eq!(asked(&route(&wanted, parties)), [people(&[20])]);
}

#[test]
fn nobody_left_is_told_and_not_cleared() {
    for deciders in [vec![], vec![with_role(1, Role::Admin)], vec![gone(with_role(9, Role::Admin))]]
    {
        let refused = routed(&[ApproverRef::AnyApprover], &[person(1)], &[1], &deciders);
        assert_eq!(refused.unwrap_err().code, Code::ApprovalUnroutable);
    }
}

proptest! {
    #[test]
    fn whoever_is_asked_is_active_a_decider_and_no_party(
        travelers in prop::collection::btree_set(1u8..6, 1..4),
        others in prop::collection::vec(1u8..10, 0..3),
        deciders in prop::collection::btree_map(1u8..12, (0usize..3, any::<bool>()), 0..8),
        managers in prop::collection::vec(prop::option::of(1u8..12), 5),
        wanted in prop::collection::vec(0usize..4, 0..4),
    ) {
        let travelers: Vec<_> = travelers.iter().map(|n| Person {
            manager: managers[usize::from(*n) - 1].map(person_id),
            ..person(*n)
        }).collect();
        let roles = [Role::Approver, Role::Admin, Role::Manager];
        let deciders: Vec<_> = deciders.iter().map(|(n, (role, left))| {
            let person = with_role(*n, roles[*role]);
            if *left { gone(person) } else { person }
        }).collect();
        let references = [
            ApproverRef::Manager,
            ApproverRef::AnyApprover,
            ApproverRef::CostCenterOwner,
            ApproverRef::Person(person_id(11)),
        ];
        let wanted: BTreeSet<_> =
            wanted.iter().map(|i| ApproverStep { any_of: [references[*i]].into() }).collect();
        let others: Vec<_> = others.iter().map(|n| person_id(*n)).collect();
        let parties = Parties { travelers: &travelers, others: &others, deciders: &deciders };
        let may_decide = |id: &PersonId| {
            deciders.iter().any(|p| p.id == *id && p.is_active())
                && !others.contains(id)
                && !travelers.iter().any(|t| t.id == *id)
        };
        match route(&wanted, parties) {
            Ok(steps) => {
                prop_assert!(!steps.is_empty());
                for step in &steps {
                    prop_assert!(!step.approvers.is_empty());
                    prop_assert!(step.approvers.iter().all(may_decide));
                }
            }
            Err(error) => {
                prop_assert_eq!(error.code, Code::ApprovalUnroutable);
                let able = |role| deciders.iter().any(|p| p.roles.contains(&role) && may_decide(&p.id));
                prop_assert!(!able(Role::Approver) && !able(Role::Admin));
            }
        }
    }
}
