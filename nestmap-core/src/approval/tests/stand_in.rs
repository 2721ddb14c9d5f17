//! What becomes of a request when somebody who is asked leaves.

use super::*;
use crate::access::Role;
use crate::people::Person;
use crate::testing::store_suite::Fixture;

/// Somebody with that number and these roles.
fn person(n: u8, roles: &[Role]) -> Person {
    let made = Fixture::new(trip(vec![]).organization).person_with(roles.iter().copied());
    Person { id: person_id(n), ..made }
}

fn without(approval: Approval, person: u8, deciders: &[Person]) -> Approval {
    approval.without(person_id(person), deciders, now()).unwrap()
}

fn asked(approval: &Approval) -> Vec<Vec<PersonId>> {
    approval.steps.iter().map(|step| step.approvers.iter().copied().collect()).collect()
}

fn ids(numbers: &[u8]) -> Vec<PersonId> {
    numbers.iter().map(|n| person_id(*n)).collect()
}

#[test]
fn those_asked_beside_somebody_who_left_decide() {
    let steps = vec![step(StepRule::Any, &[7, 8]), step(StepRule::Any, &[9])];
    let left = without(approval(steps), 7, &[person(10, &[Role::Approver])]);
    assert_eq!(asked(&left), [ids(&[8]), ids(&[9])]);
    assert!(left.is_pending());
}

#[test]
fn any_approver_stands_in_and_then_any_administrator_but_no_party() {
    let mut deciders = vec![
        person(7, &[Role::Approver, Role::Admin]),
        person(TRAVELER, &[Role::Approver]),
        person(BOOKER, &[Role::Admin, Role::Approver]),
        person(10, &[Role::Approver]),
        person(11, &[Role::Approver, Role::Manager]),
        person(12, &[Role::Admin]),
        person(13, &[Role::Manager]),
    ];
    let alone = || approval(vec![step(StepRule::Any, &[7])]);
    assert_eq!(asked(&without(alone(), 7, &deciders)), [ids(&[10, 11])]);
    deciders[3] = deciders[3].clone().leave(now());
    deciders[4].roles.remove(&Role::Approver);
    assert_eq!(asked(&without(alone(), 7, &deciders)), [ids(&[12])]);
}

#[test]
fn where_nobody_may_decide_the_request_is_withdrawn() {
    let parties = [person(TRAVELER, &[Role::Admin]), person(SUBMITTER, &[Role::Approver])];
    let left = without(approval(vec![step(StepRule::Any, &[7])]), 7, &parties);
    assert!(matches!(&left.state, ApprovalState::Withdrawn { why, .. } if why.contains("nobody")));
}

#[test]
fn a_consent_given_before_leaving_stands() {
    let steps = vec![step(StepRule::Any, &[7]), step(StepRule::Any, &[8])];
    let waiting = approve(approval(steps), 7).unwrap();
    let left = without(waiting.clone(), 7, &[person(10, &[Role::Approver])]);
    assert_eq!(left, waiting);
    assert!(approve(left, 8).unwrap().is_granted());
}

/// A request that everybody who is left has agreed to doesn't wait for ever.
#[test]
fn the_last_missing_consent_of_all_can_leave() {
    let waiting = approve(approval(vec![step(StepRule::All, &[7, 8])]), 7).unwrap();
    assert!(waiting.is_pending());
    assert!(without(waiting, 8, &[]).is_granted());
}

#[test]
fn a_request_that_was_decided_or_asks_others_stays_as_it_is() {
    let others = approval(vec![step(StepRule::Any, &[8])]);
    assert_eq!(without(others.clone(), 7, &[]), others);
}
