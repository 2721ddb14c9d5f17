//! The status for every combination of a trip's state and its orders' states.

use super::*;
use crate::order::tests::one_in_each_state as orders_in_each_state;
use crate::order::{Order, OrderState, Ticket};
use crate::time::Timestamp;

/// The trip with its first flight's order in that state.
fn with_order(trip: &Trip, order: &Order) -> (Trip, Order) {
    let mut trip = trip.clone();
    let id = self::order(&mut trip.items[0]).id;
    (trip.clone(), Order { id, item: trip.items[0].id, ..order.clone() })
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::json!(value).as_str().unwrap().to_owned()
}

#[test]
fn the_status_of_one_flight_is_what_the_table_says() {
    let trips = one_in_each_state();
    let names: String = trips.iter().map(|(name, _)| format!("{name:<18}")).collect();
    let mut table = vec![format!("{:<14}{names}", "")];
    let mut row = |name: &str, status: &dyn Fn(&Trip) -> TripStatus| {
        let cells = trips.iter().map(|(_, trip)| format!("{:<18}", word(status(trip))));
        table.push(format!("{name:<14}{}", cells.collect::<String>()));
    };
    row("no order", &|trip| trip.status(&[], now()));
    for (name, order) in orders_in_each_state() {
        row(name, &|trip| {
            let (trip, order) = with_order(trip, &order);
            trip.status(&[order], now())
        });
    }
    let table: Vec<_> = table.iter().map(|line| line.trim_end()).collect();
    assert_eq!(table, include_str!("status.txt").lines().collect::<Vec<_>>());
}

#[test]
fn every_combination_has_a_status_and_actions() {
    let orders = orders_in_each_state();
    let mut seen = std::collections::BTreeSet::new();
    for (_, trip) in one_in_each_state() {
        for (_, first) in &orders {
            for (_, second) in &orders {
                let mut trip = trip.clone();
                trip.items.push(flight(2, &[OUT]));
                let ids = [order(&mut trip.items[0]).id, order(&mut trip.items[1]).id];
                let both =
                    [Order { id: ids[0], ..first.clone() }, Order { id: ids[1], ..second.clone() }];
                for at in [now(), now().plus_hours(24 * 365)] {
                    seen.insert(trip.status(&both, at));
                    // Which order comes first doesn't matter.
                    let turned = [both[1].clone(), both[0].clone()];
                    assert_eq!(trip.status(&both, at), trip.status(&turned, at));
                    assert_eq!(trip.actions(&both), trip.actions(&turned));
                }
            }
        }
    }
    assert_eq!(seen.len(), 7, "{seen:?}");
}

#[test]
fn a_person_is_needed_before_anything_else_is_said() {
    let asked = Timestamp::from_micros(1).unwrap();
    for (_, trip) in one_in_each_state() {
        for (name, order) in orders_in_each_state() {
            let (trip, mut order) = with_order(&trip, &order);
            let Some(attempt) = order.attempt().cloned() else { continue };
            let waiting = crate::order::Attempt { needs_person_since: Some(asked), ..attempt };
            if let OrderState::Purchasing { attempt, .. }
            | OrderState::Paying { attempt, .. }
            | OrderState::Canceling { attempt, .. } = &mut order.state
            {
                *attempt = waiting;
            }
            assert_eq!(trip.status(&[order], now()), TripStatus::NeedsAttention, "{name}");
        }
    }
}

fn booked() -> (Trip, Order) {
    let cleared = one_flight().clear(now()).unwrap();
    let (_, order) =
        orders_in_each_state().into_iter().find(|(name, _)| *name == "booked").unwrap();
    with_order(&cleared, &order)
}

#[test]
fn a_trip_is_ticketed_when_every_order_has_its_tickets() {
    let (trip, mut order) = booked();
    assert_eq!(trip.status(std::slice::from_ref(&order), now()), TripStatus::Booked);
    let OrderState::Booked { booking, .. } = &mut order.state else { panic!() };
    booking.tickets.push(Ticket { number: "220-1".into(), kind: "electronic_ticket".into() });
    assert_eq!(trip.status(&[order], now()), TripStatus::Ticketed);
}

#[test]
fn a_trip_is_completed_after_its_last_arrival_and_its_last_day_at_a_hotel() {
    let (mut trip, order) = booked();
    let orders = [order];
    let lands = orders[0].offer.flight.arrives_at().unwrap();
    for (seconds, status) in
        [(-1, TripStatus::Booked), (0, TripStatus::Completed), (1, TripStatus::Completed)]
    {
        assert_eq!(trip.status(&orders, lands.plus_seconds(seconds)), status, "{seconds}");
    }
    trip.items.push(stay(2, "Hotel Nine", "NYC", "2026-03-16", "2026-03-20"));
    assert_eq!(trip.status(&orders, lands), TripStatus::Booked);
    // Midnight after the 20th in New York.
    let ends: Timestamp = "2026-03-21T04:00:00Z".parse().unwrap();
    assert_eq!(trip.status(&orders, ends.plus_seconds(-1)), TripStatus::Booked);
    assert_eq!(trip.status(&orders, ends), TripStatus::Completed);
}

#[test]
fn a_trip_of_stays_has_nothing_to_buy() {
    let trip = trip(vec![stay(1, "Hotel", "BER", "2026-03-16", "2026-03-17")]);
    let trip = trip.clear(now()).unwrap();
    assert_eq!(trip.status(&[], now()), TripStatus::Booked);
    assert_eq!(trip.status(&[], now().plus_hours(24 * 30)), TripStatus::Completed);
}

#[test]
fn an_order_that_the_trip_gave_up_does_not_count() {
    let (mut trip, order) = booked();
    trip.items[0].order = None;
    assert_eq!(trip.status(&[order], now()), TripStatus::Booking);
}

#[test]
fn what_is_canceled_does_not_keep_the_rest_from_being_booked() {
    let (mut trip, first) = booked();
    trip.items.push(flight(2, &[OUT]));
    let id = order(&mut trip.items[1]).id;
    let (_, canceled) =
        orders_in_each_state().into_iter().find(|(name, _)| *name == "canceled").unwrap();
    let second = Order { id, ..canceled };
    assert_eq!(trip.status(&[first, second], now()), TripStatus::Booked);
}

#[test]
fn actions_are_those_that_the_state_allows() {
    use TripAction::{Cancel, Edit, QuoteCancellation, Submit};
    let actions = |trip: usize, order: &str| {
        let (_, trip) = one_in_each_state().remove(trip);
        let order = orders_in_each_state().into_iter().find(|(name, _)| *name == order);
        match order {
            Some((_, order)) => {
                let (trip, order) = with_order(&trip, &order);
                trip.actions(&[order])
            }
            None => trip.actions(&[]),
        }
    };
    assert_eq!(actions(0, ""), [Edit, Submit, Cancel]);
    assert_eq!(actions(1, ""), [Cancel]);
    assert_eq!(actions(1, "held"), [Cancel]);
    assert_eq!(actions(2, "planned"), [Cancel]);
    assert_eq!(actions(2, "held"), [QuoteCancellation]);
    assert_eq!(actions(2, "paying"), []);
    assert_eq!(actions(2, "booked"), [QuoteCancellation]);
    assert_eq!(actions(2, "failed"), [Cancel]);
    assert_eq!(actions(3, ""), []);
    assert_eq!(actions(3, "booked"), [QuoteCancellation]);
}

#[test]
fn a_trip_is_not_booked_while_one_of_its_flights_is_lost() {
    let (mut trip, bought) = booked();
    trip.items.push(flight(2, &[OUT]));
    let second = order(&mut trip.items[1]).id;
    for (name, other) in orders_in_each_state() {
        let lost = other.is_lost();
        let other = Order { id: second, ..other };
        let status = trip.status(&[bought.clone(), other], now());
        let done = [TripStatus::Booked, TripStatus::Ticketed, TripStatus::Completed];
        assert!(!lost || !done.contains(&status), "{name}: {status:?}");
    }
}
