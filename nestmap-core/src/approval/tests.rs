//! Requests for approval: who decides, until when, about what.

mod binding;
mod deadline;
mod golden;
mod route;
mod stand_in;

use std::collections::BTreeSet;

use proptest::prelude::*;

use super::*;
use crate::approval::binding::Covered;
use crate::digest::Digest;
use crate::money::Money;
use crate::testing::fixture::now;
use crate::trip::sample::{person_id, trip};

const HOURS: i64 = 24;

/// Somebody travels, somebody books, somebody chooses and somebody submits, and none of them decides.
const TRAVELER: u8 = 1;
const BOOKER: u8 = 2;
const SUBMITTER: u8 = 3;
const CHOOSER: u8 = 4;

fn step(rule: StepRule, approvers: &[u8]) -> Step {
    Step::new(rule, approvers.iter().map(|n| person_id(*n)).collect())
}

fn approval(steps: Vec<Step>) -> Approval {
    let trip = trip(vec![]);
    let price = Money::parse("500.00", "EUR").unwrap();
    let covered = Covered { content: Digest::of_bytes(b"flights"), price };
    Approval {
        id: ApprovalId::new(now(), [1; 10]),
        organization: trip.organization,
        trip: trip.id,
        travelers: vec![person_id(TRAVELER)],
        booked_by: person_id(BOOKER),
        chosen_by: [person_id(CHOOSER)].into(),
        requested_by: person_id(SUBMITTER),
        need: ApprovalNeed::Hard,
        binding: Binding::new(&[covered], &[person_id(TRAVELER)], &[], Tolerance::default())
            .unwrap(),
        steps,
        deadline: Deadline { at: now().plus_hours(HOURS), reason: DeadlineReason::PolicyWindow },
        on_silence: Silence::Deny,
        state: ApprovalState::Pending,
        requested_at: now(),
    }
}

fn approve(approval: Approval, by: u8) -> Result<Approval, Error> {
    approval.decide(person_id(by), Answer::Approve, None, now())
}

fn reject(approval: Approval, by: u8) -> Result<Approval, Error> {
    approval.decide(person_id(by), Answer::Reject, Some("too dear".into()), now())
}

fn code(result: Result<Approval, Error>) -> Code {
    result.unwrap_err().code
}

#[test]
fn one_of_any_and_each_of_all_must_agree() {
    let any = approval(vec![step(StepRule::Any, &[7, 8, 9])]);
    assert!(approve(any, 8).unwrap().is_granted());

    let mut all = approval(vec![step(StepRule::All, &[7, 8, 9])]);
    for (by, granted) in [(7, false), (9, false), (8, true)] {
        all = approve(all, by).unwrap();
        assert_eq!(all.is_granted(), granted, "{by}");
        assert_eq!(all.is_pending(), !granted, "{by}");
    }
}

#[test]
fn every_step_needs_its_consent_and_one_person_can_give_several() {
    let steps = vec![step(StepRule::Any, &[7, 8]), step(StepRule::Any, &[8, 9])];
    let first = approve(approval(steps.clone()), 7).unwrap();
    assert!(first.is_pending());
    assert!(approve(first, 9).unwrap().is_granted());
    assert!(approve(approval(steps), 8).unwrap().is_granted());
}

#[test]
fn one_no_is_enough() {
    let steps = vec![step(StepRule::Any, &[7, 8]), step(StepRule::All, &[8, 9])];
    let rejected = reject(approve(approval(steps), 7).unwrap(), 9).unwrap();
    assert_eq!(
        rejected.state,
        ApprovalState::Rejected { at: now(), by: person_id(9), comment: Some("too dear".into()) }
    );
    assert!(!rejected.is_granted());
}

#[test]
fn a_yes_said_twice_counts_once_and_can_become_a_no() {
    let both = approval(vec![step(StepRule::Any, &[7]), step(StepRule::Any, &[8])]);
    let once = approve(both, 7).unwrap();
    assert!(once.steps[0].is_satisfied());
    let twice = approve(once.clone(), 7).unwrap();
    assert_eq!(once, twice);
    let rejected = reject(once, 7).unwrap();
    assert_eq!(rejected.state_name(), "rejected");
    let answers: Vec<_> = rejected.steps[0].decisions.iter().map(|d| d.answer).collect();
    assert_eq!(answers, [Answer::Approve, Answer::Reject]);
    assert!(!rejected.steps[0].is_satisfied());
}

#[test]
fn no_party_to_the_trip_decides_even_when_asked() {
    for party in [TRAVELER, BOOKER, SUBMITTER, CHOOSER] {
        let asked =
            || approval(vec![step(StepRule::Any, &[TRAVELER, BOOKER, SUBMITTER, CHOOSER, 7])]);
        assert_eq!(code(approve(asked(), party)), Code::SeparationOfDuties, "{party}");
        assert_eq!(code(reject(asked(), party)), Code::SeparationOfDuties, "{party}");
    }
    let mut second_traveler = approval(vec![step(StepRule::Any, &[5, 7])]);
    second_traveler.travelers.push(person_id(5));
    assert_eq!(code(approve(second_traveler, 5)), Code::SeparationOfDuties);
}

#[test]
fn nobody_decides_without_being_asked() {
    let asked = approval(vec![step(StepRule::Any, &[7])]);
    assert_eq!(code(approve(asked.clone(), 8)), Code::Forbidden);
    assert_eq!(code(approve(approval(vec![]), 7)), Code::Forbidden);
    assert!(asked.is_pending());
}

#[test]
fn the_deadline_ends_decisions_and_begins_silence() {
    let end = now().plus_hours(HOURS);
    for (seconds, in_time) in [(-1, true), (0, false), (1, false)] {
        let at = end.plus_seconds(seconds);
        let asked = approval(vec![step(StepRule::Any, &[7])]);
        let decided = asked.clone().decide(person_id(7), Answer::Approve, None, at);
        assert_eq!(decided.is_ok(), in_time, "{seconds}");
        assert_eq!(asked.fall_silent(at).is_ok(), !in_time, "{seconds}");
    }
}

#[test]
fn silence_means_what_was_declared() {
    let end = now().plus_hours(HOURS);
    for (on_silence, granted) in [(Silence::Approve, true), (Silence::Deny, false)] {
        let asked = Approval { on_silence, ..approval(vec![step(StepRule::All, &[7, 8])]) };
        // A yes of one of two doesn't change it.
        let silent = approve(asked, 7).unwrap().fall_silent(end).unwrap();
        assert_eq!(silent.state, ApprovalState::Silent { at: end, meant: on_silence });
        assert_eq!(silent.is_granted(), granted);
        assert_eq!(silent.due_at(), None);
    }
}

#[test]
fn silence_is_consent_only_when_the_policys_own_window_has_ended() {
    let reasons = [
        (DeadlineReason::PolicyWindow, Silence::Approve),
        (DeadlineReason::OfferExpiry, Silence::Expire),
        (DeadlineReason::PriceGuarantee, Silence::Expire),
        (DeadlineReason::HoldPayment, Silence::Expire),
        (DeadlineReason::Departure, Silence::Expire),
    ];
    for (reason, meant) in reasons {
        let mut asked = approval(vec![step(StepRule::Any, &[7])]);
        asked.on_silence = Silence::Approve;
        asked.deadline.reason = reason;
        assert_eq!(asked.silence_means(), meant, "{reason:?}");
        let at = asked.deadline.at;
        assert_eq!(asked.fall_silent(at).unwrap().state, ApprovalState::Silent { at, meant });
        for on_silence in [Silence::Deny, Silence::Expire] {
            let mut asked = Approval { on_silence, ..approval(vec![]) };
            asked.deadline.reason = reason;
            assert_eq!(asked.silence_means(), on_silence, "{reason:?}");
        }
    }
}

#[test]
fn a_hold_that_leaves_no_time_ends_the_request_without_consent() {
    let asked =
        Approval { on_silence: Silence::Approve, ..approval(vec![step(StepRule::Any, &[7])]) };
    let passed = Deadline { at: now().plus_minutes(-1), reason: DeadlineReason::HoldPayment };
    let tightened = asked.tighten(passed);
    assert_eq!(tightened.due_at(), Some(passed.at));
    assert!(!tightened.fall_silent(now()).unwrap().is_granted());
}

/// An approval in each state.
fn one_in_each_state() -> Vec<Approval> {
    let open = || approval(vec![step(StepRule::Any, &[7])]);
    vec![
        open(),
        approve(open(), 7).unwrap(),
        reject(open(), 7).unwrap(),
        open().fall_silent(now().plus_hours(HOURS)).unwrap(),
        open().withdraw("the trip was changed", now()).unwrap(),
    ]
}

#[test]
fn what_is_decided_stays_decided() {
    let states = one_in_each_state();
    let names: BTreeSet<_> = states.iter().map(Approval::state_name).collect();
    assert_eq!(names.len(), 5, "{names:?}");
    for decided in states.into_iter().filter(|approval| !approval.is_pending()) {
        let name = decided.state_name();
        assert_eq!(code(approve(decided.clone(), 7)), Code::ApprovalState, "{name}");
        assert_eq!(code(reject(decided.clone(), 7)), Code::ApprovalState, "{name}");
        let late = now().plus_hours(2 * HOURS);
        assert_eq!(code(decided.clone().fall_silent(late)), Code::ApprovalState, "{name}");
        assert_eq!(code(decided.clone().withdraw("why", now())), Code::ApprovalState, "{name}");
        assert_eq!(decided.due_at(), None, "{name}");
    }
}

#[test]
fn a_deadline_moves_only_forward_in_haste() {
    let open = approval(vec![step(StepRule::Any, &[7])]);
    let hold =
        |hours| Deadline { at: now().plus_hours(hours), reason: DeadlineReason::HoldPayment };
    assert_eq!(open.clone().tighten(hold(HOURS - 1)).deadline, hold(HOURS - 1));
    assert_eq!(open.clone().tighten(hold(HOURS)).deadline, open.deadline);
    assert_eq!(open.clone().tighten(hold(HOURS + 1)).deadline, open.deadline);
    let decided = approve(open, 7).unwrap();
    assert_eq!(decided.clone().tighten(hold(1)), decided);
}

proptest! {
    /// Whatever is answered by whomever in whatever order.
    #[test]
    fn granted_means_that_every_step_was_consented_and_nobody_said_no(
        steps in prop::collection::vec((any::<bool>(), prop::collection::btree_set(1u8..10, 1..4)), 1..4),
        answers in prop::collection::vec((1u8..10, any::<bool>()), 0..12),
    ) {
        let steps = steps.iter().map(|(all, people)| {
            let rule = if *all { StepRule::All } else { StepRule::Any };
            step(rule, &people.iter().copied().collect::<Vec<_>>())
        });
        let mut state = approval(steps.collect());
        let mut yes = BTreeSet::new();
        let mut no = false;
        for (by, is_yes) in answers {
            let decided = if is_yes { approve(state.clone(), by) } else { reject(state.clone(), by) };
            let Ok(decided) = decided else { continue };
            prop_assert!(by > CHOOSER, "a party decided");
            if is_yes { yes.insert(person_id(by)); } else { no = true; }
            state = decided;
        }
        let consented = |step: &Step| match step.rule {
            StepRule::Any => step.approvers.iter().any(|person| yes.contains(person)),
            StepRule::All => step.approvers.iter().all(|person| yes.contains(person)),
        };
        prop_assert_eq!(state.is_granted(), !no && state.steps.iter().all(consented));
        prop_assert_eq!(state.state_name() == "rejected", no);
        let json = serde_json::to_value(&state).unwrap();
        prop_assert_eq!(serde_json::from_value::<Approval>(json).unwrap(), state);
    }
}
