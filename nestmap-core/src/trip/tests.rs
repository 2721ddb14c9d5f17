//! Trips: what they may hold, how they move, what they have come to.

mod golden;
mod status;

use super::*;
use crate::testing::fixture::now;
use crate::trip::sample::{flight, order, person_id, stay, trip};

const OUT: &[&str] = &["LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20"];

fn approval_id() -> ApprovalId {
    ApprovalId::new(now(), [1; 10])
}

fn one_flight() -> Trip {
    trip(vec![flight(1, &[OUT])])
}

/// A trip in each state.
fn one_in_each_state() -> Vec<(&'static str, Trip)> {
    let submitted = one_flight().submit(approval_id(), now()).unwrap();
    vec![
        ("draft", one_flight()),
        ("submitted", submitted.clone()),
        ("cleared", submitted.clear(now()).unwrap()),
        ("canceled", one_flight().cancel(now()).unwrap()),
    ]
}

fn field_at_fault(trip: &Trip) -> String {
    trip.check().unwrap_err().details["field"].as_str().unwrap().to_owned()
}

#[test]
fn each_step_of_a_trip_is_taken_from_where_it_may() {
    // For draft, submitted, cleared, canceled.
    type Operation = fn(Trip) -> Result<Trip, Error>;
    let operations: [(&str, Operation, [Option<&str>; 4]); 5] = [
        ("edit", |trip| trip.must_be_draft().map(|()| trip), [Some("draft"), None, None, None]),
        ("submit", |trip| trip.submit(approval_id(), now()), [Some("submitted"), None, None, None]),
        ("clear", |trip| trip.clear(now()), [Some("cleared"), Some("cleared"), None, None]),
        (
            "reopen",
            |trip| trip.reopen("lost", &[], now()),
            [Some("draft"), Some("draft"), Some("draft"), None],
        ),
        (
            "cancel",
            |trip| trip.cancel(now()),
            [Some("canceled"), Some("canceled"), Some("canceled"), None],
        ),
    ];
    for (name, operation, wanted) in operations {
        for ((state, trip), wanted) in one_in_each_state().into_iter().zip(wanted) {
            match (operation(trip), wanted) {
                (Ok(after), Some(wanted)) => {
                    assert_eq!(serde_json::json!(after.state)["state"], wanted, "{name} {state}");
                }
                (Err(error), None) => {
                    assert_eq!(error.code, Code::TripState, "{name} {state}");
                    assert_eq!(error.details["state"], state, "{name}");
                }
                (result, _) => panic!("{name} {state}: {result:?}"),
            }
        }
    }
}

#[test]
fn a_trip_without_items_goes_nowhere() {
    for refused in [trip(vec![]).submit(approval_id(), now()), trip(vec![]).clear(now())] {
        let error = refused.unwrap_err();
        assert_eq!((error.code, &error.details["field"]), (Code::InvalidTrip, &"items".into()));
    }
}

#[test]
fn a_cleared_trip_remembers_who_was_asked() {
    let asked = one_flight().submit(approval_id(), now()).unwrap();
    assert_eq!(asked.approval(), Some(approval_id()));
    assert_eq!(asked.clear(now()).unwrap().approval(), Some(approval_id()));
    assert_eq!(one_flight().clear(now()).unwrap().approval(), None);
    assert_eq!(one_flight().cancel(now()).unwrap().approval(), None);
}

#[test]
fn reopening_frees_the_items_whose_order_is_over() {
    let mut trip = trip(vec![flight(1, &[OUT]), flight(2, &[OUT])]);
    let (over, living) = (order(&mut trip.items[0]).id, order(&mut trip.items[1]).id);
    let trip = trip.clear(now()).unwrap().reopen("the offer is gone", &[over], now()).unwrap();
    assert_eq!(trip.items[0].order, None);
    assert_eq!(trip.items[1].order, Some(living));
    let reopened = Reopened { at: now(), why: "the offer is gone".into() };
    assert_eq!(trip.state, TripState::Draft { reopened: Some(reopened) });
}

#[test]
fn everybody_a_trip_concerns_is_named_once() {
    let mut trip = one_flight();
    assert_eq!(trip.people(), [person_id(1)]);
    trip.travelers = vec![person_id(2), person_id(1)];
    trip.booked_by = person_id(3);
    assert_eq!(trip.people(), [person_id(2), person_id(1), person_id(3)]);
}

#[test]
fn texts_have_a_length_and_no_control_characters() {
    type Set = fn(&mut Trip, String);
    let fields: [(&str, Set, usize); 4] = [
        ("title", |trip, text| trip.title = text, 200),
        ("purpose", |trip, text| trip.purpose = Some(text), 80),
        ("reason.code", |trip, code| trip.reason = Some(Reason { code, text: None }), 80),
        (
            "reason.text",
            |trip, text| trip.reason = Some(Reason { code: "late".into(), text: Some(text) }),
            1_000,
        ),
    ];
    for (field, set, max) in fields {
        let with = |text: String| {
            let mut trip = one_flight();
            set(&mut trip, text);
            trip
        };
        for length in [1, max - 1, max] {
            assert!(with("é".repeat(length)).check().is_ok(), "{field} {length}");
        }
        for bad in
            [String::new(), "  ".into(), "é".repeat(max + 1), "a\r\nX: 1".into(), "\0".into()]
        {
            assert_eq!(field_at_fault(&with(bad.clone())), field, "{bad:?}");
        }
        assert!(with("'; drop table trips; --".into()).check().is_ok(), "{field} is only text");
    }
}

#[test]
fn one_to_nine_travelers_travel_each_once() {
    let with = |numbers: Vec<u8>| {
        let mut trip = trip(vec![]);
        trip.travelers = numbers.into_iter().map(person_id).collect();
        trip
    };
    for good in [vec![1], (1..=9).collect()] {
        assert!(with(good).check().is_ok());
    }
    for bad in [vec![], (1..=10).collect(), vec![1, 2, 1]] {
        assert_eq!(field_at_fault(&with(bad)), "travelers");
    }
}

#[test]
fn a_trip_has_at_most_twenty_items() {
    let stays = |n: u8| (1..=n).map(|n| stay(n, "Hotel", "BER", "2026-03-16", "2026-03-17"));
    assert!(trip(stays(20).collect()).check().is_ok());
    assert_eq!(field_at_fault(&trip(stays(21).collect())), "items");
}

#[test]
fn an_offer_has_a_seat_for_each_traveler() {
    let mut trip = one_flight();
    assert!(trip.check().is_ok());
    trip.travelers.push(person_id(2));
    assert_eq!(field_at_fault(&trip), "items[0].offer");
}

#[test]
fn stays_have_nights_prices_and_stars_within_bounds() {
    type Set = fn(&mut Stay);
    let with = |set: Set| {
        let mut trip =
            trip(vec![flight(1, &[OUT]), stay(2, "Hotel", "BER", "2026-03-16", "2026-03-17")]);
        let ItemKind::Stay { stay } = &mut trip.items[1].kind else { panic!() };
        set(stay);
        trip
    };
    let good: [Set; 5] = [
        |_| (),
        |stay| stay.check_out = stay.check_in.plus_days(180),
        |stay| stay.nightly.minor = 0,
        |stay| stay.stars = None,
        |stay| stay.nightly_tax = Some(crate::Money::zero(stay.nightly.currency)),
    ];
    for set in good {
        assert!(with(set).check().is_ok());
    }
    let bad: [(&str, Set); 9] = [
        ("property", |stay| stay.property = String::new()),
        ("check_out", |stay| stay.check_out = stay.check_in),
        ("check_out", |stay| stay.check_out = stay.check_in.plus_days(-1)),
        ("check_out", |stay| stay.check_out = stay.check_in.plus_days(181)),
        ("nightly", |stay| stay.nightly.minor = -1),
        ("nightly", |stay| stay.nightly_tax = Some(crate::Money::new(-1, stay.nightly.currency))),
        ("stars", |stay| stay.stars = Some(0)),
        ("stars", |stay| stay.stars = Some(6)),
        ("nightly", |stay| {
            stay.nightly.minor = i64::MAX;
            stay.check_out = stay.check_in.plus_days(2);
        }),
    ];
    for (field, set) in bad {
        assert!(field_at_fault(&with(set)).ends_with(field), "{field}");
    }
    let mut mixed = with(|_| ());
    let ItemKind::Stay { stay } = &mut mixed.items[1].kind else { panic!() };
    stay.nightly_tax = Some(crate::Money::parse("1.00", "USD").unwrap());
    assert_eq!(mixed.check().unwrap_err().code, Code::CurrencyMismatch);
}

#[test]
fn a_stay_costs_its_nights_with_their_taxes() {
    let item = stay(1, "Hotel", "BER", "2026-03-16", "2026-03-19");
    assert_eq!(item.price().unwrap(), crate::Money::parse("360.00", "EUR").unwrap());
    let ItemKind::Stay { mut stay } = item.kind else { panic!() };
    stay.nightly_tax = Some(crate::Money::parse("7.50", "EUR").unwrap());
    assert_eq!(stay.total().unwrap(), crate::Money::parse("382.50", "EUR").unwrap());
    let before = stay.digest();
    stay.property.push('!');
    assert_ne!(stay.digest(), before);
}

#[test]
fn an_itinerary_is_in_the_order_it_happens() {
    let late = &["LH401 JFK 2026-03-20T16:00 FRA 2026-03-21T05:30"];
    let trip = trip(vec![
        flight(1, &[late]),
        stay(2, "Hotel Nine", "NYC", "2026-03-16", "2026-03-20"),
        flight(3, &[OUT]),
    ]);
    let itinerary = Itinerary::of(&trip, &[]);
    let items: Vec<_> = itinerary.entries.iter().map(Entry::item).collect();
    assert_eq!(items, [trip.items[2].id, trip.items[1].id, trip.items[0].id]);
    assert_eq!(itinerary.title, trip.title);
}
