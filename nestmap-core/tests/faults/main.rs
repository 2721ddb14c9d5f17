//! The order flow of the real core under every schedule of a few faults.
//!
//! A schedule says, for each costly call, each look-up and each commit, what goes wrong with it:
//! lost, late, refused, dearer, the process dead before or after, another worker running on while
//! this one sleeps, so that an outcome already found arrives a second time. Every schedule with up
//! to two faults is explored here; `make test` sets `NESTMAP_FAULTS=3`, and more can be asked for.
//! After each, the supplier's books, the orders, the trip and the ledger must agree (the invariants
//! I1 to I6 in `world.rs`).

mod explore;
mod scenario;
mod world;

use explore::explore;
use scenario::Scenario;

#[expect(clippy::disallowed_methods, reason = "how far to explore is asked for from outside")]
fn depth() -> usize {
    std::env::var("NESTMAP_FAULTS").ok().and_then(|text| text.parse().ok()).unwrap_or(2)
}

#[expect(clippy::print_stdout, reason = "how much was explored is worth knowing")]
fn every_schedule_of(scenario: Scenario) {
    let explored = explore(depth(), |chooser| scenario.run(chooser));
    println!("{scenario:?}: {} schedules of up to {} faults", explored.schedules, depth());
    assert!(explored.schedules > 20, "the schedules weren't explored");
    if let Some((faults, complaint)) = explored.complaints.first() {
        panic!(
            "{} of {} schedules break an invariant; the shortest: {faults:?}: {complaint}",
            explored.complaints.len(),
            explored.schedules
        );
    }
}

#[test]
fn a_trip_within_policy_is_held_and_paid_once() {
    every_schedule_of(Scenario::WithinPolicy);
}

#[test]
fn a_trip_that_cannot_be_held_is_bought_once() {
    every_schedule_of(Scenario::InstantOnly);
}

#[test]
fn an_approved_trip_is_paid_once() {
    every_schedule_of(Scenario::Approved);
}

#[test]
fn a_trip_that_became_dearer_is_not_paid_by_the_old_approval() {
    every_schedule_of(Scenario::Repriced);
}

#[test]
fn a_rejected_trip_leaves_nothing_behind() {
    every_schedule_of(Scenario::Rejected);
}

#[test]
fn a_supplier_that_answers_no_look_up_leads_to_a_person_and_then_to_an_end() {
    for ticks in 1..=2 {
        every_schedule_of(Scenario::Unanswered(ticks));
    }
}

#[test]
fn a_trip_of_two_flights_counts_on_none_that_was_lost() {
    every_schedule_of(Scenario::TwoFlights);
}

#[test]
fn an_order_whose_cancellation_was_agreed_to_is_refunded_once_or_shown_to_a_person() {
    every_schedule_of(Scenario::Canceled);
}
