use std::collections::BTreeMap;

use super::*;
use crate::order::{Booking, Order, OrderState};
use crate::shopping::SupplierRef;
use crate::testing::fixture::{now, parse};
use crate::trip::sample::{flight, order, stay, trip};
use crate::trip::{Item, ItemKind};

const OUT: &[&str] = &[
    "LH100 BER 2026-03-16T08:00 FRA 2026-03-16T09:10",
    "LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20",
];

type Properties = BTreeMap<String, String>;

/// The properties of the calendar and of each event, read by somebody else's parser, unescaped.
fn read(file: &str) -> (Properties, Vec<Properties>) {
    assert!(file.ends_with("\r\n"), "the last line is closed");
    for line in file.strip_suffix("\r\n").unwrap().split("\r\n") {
        assert!(line.len() <= 75, "{line}");
        assert!(!line.contains(|c: char| c.is_control()), "{line:?}");
    }
    let calendars: Vec<_> =
        ical::IcalParser::new(file.as_bytes()).map(|calendar| calendar.unwrap()).collect();
    let [calendar] = &calendars[..] else { panic!("one calendar") };
    let events = calendar.events.iter().map(|event| properties(&event.properties)).collect();
    (properties(&calendar.properties), events)
}

fn properties(list: &[ical::property::Property]) -> Properties {
    let mut map = Properties::new();
    for property in list {
        let value = unescape(property.value.as_deref().unwrap_or(""));
        let params = property.params.iter().flatten();
        let params: String = params.map(|(name, v)| format!(";{name}={}", v.join(","))).collect();
        let twice = map.insert(format!("{}{params}", property.name), value);
        assert_eq!(twice, None, "{} twice", property.name);
    }
    map
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (c, (c == '\\').then(|| chars.next()).flatten()) {
            ('\\', Some('n')) => plain.push('\n'),
            ('\\', Some(escaped @ ('\\' | ';' | ','))) => plain.push(escaped),
            ('\\', other) => panic!("{other:?} after a backslash in {text}"),
            (c, _) => plain.push(c),
        }
    }
    plain
}

fn events(trip: &Trip, orders: &[Order]) -> Vec<Properties> {
    read(&calendar(&Itinerary::of(trip, orders), trip, 7, now())).1
}

fn booked(item: &mut Item) -> Order {
    let mut order = order(item);
    let booking = Booking {
        order: SupplierRef { supplier: "scripted".into(), id: "ord_1".into() },
        booking_reference: Some("X7K2PQ".into()),
        total: order.offer.flight.total,
        tickets: vec![Ticket { number: "220-1234567890".into(), kind: "electronic_ticket".into() }],
        void_until: None,
    };
    let paid = booking.total;
    order.state = OrderState::Booked { booking, paid, at: now(), check_at: None, checks: 0 };
    order
}

#[test]
fn a_booked_flight_is_a_sure_event_in_utc() {
    let mut trip = trip(vec![flight(1, &[OUT])]);
    let order = booked(&mut trip.items[0]);
    let events = events(&trip, &[order]);
    let item = trip.items[0].id;
    assert_eq!(events.len(), 2);
    let flight = &events[1];
    assert_eq!(flight["UID"], format!("{item}-1@nestmap"));
    assert_eq!(flight["SEQUENCE"], "7");
    assert_eq!(flight["DTSTAMP"], "20260302T090000Z");
    assert_eq!(flight["DTSTART"], "20260316T093000Z");
    assert_eq!(flight["DTEND"], "20260316T172000Z");
    assert_eq!(flight["SUMMARY"], "LH 400 FRA → JFK (sandbox)");
    assert_eq!(flight["LOCATION"], "Frankfurt am Main International Airport (FRA)");
    assert_eq!(flight["STATUS"], "CONFIRMED");
    assert_eq!(flight["TRANSP"], "OPAQUE");
    assert_eq!(
        flight["DESCRIPTION"],
        "Departs 2026-03-16 10:30 in Frankfurt am Main (Europe/Berlin)\n\
         Arrives 2026-03-16 13:20 in New York (America/New_York)\n\
         Booking reference: X7K2PQ\n\
         Ticket: 220-1234567890\n\
         Sandbox: play money, nobody flies.\n\
         Trip: Customer visit"
    );
}

#[test]
fn real_flights_say_nothing_of_a_sandbox() {
    let mut item = flight(1, &[OUT]);
    let ItemKind::Flight { offer, .. } = &mut item.kind else { panic!() };
    offer.flight.sandbox = false;
    let trip = trip(vec![item]);
    let file = calendar(&Itinerary::of(&trip, &[]), &trip, 1, now());
    assert!(!file.to_lowercase().contains("sandbox"));
}

#[test]
fn a_stay_is_whole_days_until_the_morning_of_departure() {
    let mut trip = trip(vec![stay(1, "Hotel Nine", "NYC", "2026-03-16", "2026-03-20")]);
    let stay = &events(&trip, &[])[0];
    assert_eq!(stay["DTSTART;VALUE=DATE"], "20260316");
    assert_eq!(stay["DTEND;VALUE=DATE"], "20260320");
    assert_eq!(stay["SUMMARY"], "Stay at Hotel Nine");
    assert_eq!(stay["LOCATION"], "Hotel Nine, New York (NYC)");
    assert_eq!(stay["TRANSP"], "TRANSPARENT");
    assert_eq!(stay["STATUS"], "TENTATIVE");
    trip.state = TripState::Cleared { at: now(), approval: None };
    assert_eq!(events(&trip, &[])[0]["STATUS"], "CONFIRMED");
}

#[test]
fn an_event_is_as_sure_as_its_order() {
    let mut trip = trip(vec![flight(1, &[&[OUT[1]]])]);
    let planned = order(&mut trip.items[0]);
    let booked = booked(&mut trip.items[0]);
    let lapsed = {
        let booking = booked.booking().unwrap().clone();
        Order {
            state: OrderState::Lapsed { booking, at: now(), watch_at: None },
            ..planned.clone()
        }
    };
    let status = |orders: &[Order]| events(&trip, orders)[0]["STATUS"].clone();
    assert_eq!(status(&[planned]), "TENTATIVE");
    assert_eq!(status(std::slice::from_ref(&booked)), "CONFIRMED");
    assert_eq!(status(&[lapsed]), "CANCELLED");
    trip.state = TripState::Canceled { at: now() };
    assert_eq!(events(&trip, &[booked])[0]["STATUS"], "CANCELLED");
}

#[test]
fn a_flight_given_up_keeps_its_identity() {
    let mut trip = trip(vec![flight(1, &[OUT]), flight(2, &[&[OUT[1]]])]);
    let booked = booked(&mut trip.items[0]);
    let uids = |events: &[Properties]| {
        let mut uids: Vec<_> = events.iter().map(|event| event["UID"].clone()).collect();
        uids.sort();
        uids
    };
    let before = events(&trip, std::slice::from_ref(&booked));
    let refund = crate::order::Refund::unknown();
    let booking = booked.booking().unwrap().clone();
    let state =
        OrderState::Canceled { booking, paid: crate::order::Paid::Nothing, refund, at: now() };
    let after = events(&trip, &[Order { state, ..booked }]);
    assert_eq!(uids(&before), uids(&after));
    assert_eq!(uids(&before).len(), 3);
    let canceled = after.iter().filter(|event| event["STATUS"] == "CANCELLED");
    assert_eq!(canceled.count(), 2);
}

#[test]
fn nobodys_words_become_a_property() {
    let evil = "x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nATTACH:http://evil.example";
    let mut trip =
        trip(vec![flight(1, &[&[OUT[1]]]), stay(2, evil, "NYC", "2026-03-16", "2026-03-20")]);
    trip.title = evil.into();
    let ItemKind::Flight { offer, .. } = &mut trip.items[0].kind else { panic!() };
    let segment = &mut offer.flight.slices[0].segments[0];
    segment.marketing_carrier = None;
    segment.marketing_name = evil.into();
    segment.flight_number = "1\nSUMMARY:other".into();
    segment.origin_terminal = Some("B;\\,\u{85}STATUS:X".into());
    let (calendar, events) = read(&calendar(&Itinerary::of(&trip, &[]), &trip, 1, now()));
    let plain = evil.replace("\r\n", "\n");
    assert_eq!(calendar["NAME"], plain);
    assert_eq!(events.len(), 2);
    assert_eq!(events[0]["SUMMARY"], format!("{plain} 1\nSUMMARY:other FRA → JFK (sandbox)"));
    assert!(events[0]["LOCATION"].ends_with(", terminal B;\\,\nSTATUS:X"));
    assert_eq!(events[1]["SUMMARY"], format!("Stay at {plain}"));
    assert!(events.iter().all(|event| !event.contains_key("ATTACH")));
}

#[test]
fn an_event_never_ends_before_it_begins() {
    let lines: &[&str] = &["LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T05:30"];
    let trip = trip(vec![flight(1, &[lines])]);
    assert!(!events(&trip, &[])[0].contains_key("DTEND"));
}

#[test]
fn a_trip_without_items_is_a_calendar_without_events() {
    let trip = trip(vec![]);
    let (calendar, events) = read(&calendar(&Itinerary::of(&trip, &[]), &trip, 1, now()));
    assert_eq!(calendar["VERSION"], "2.0");
    assert_eq!(calendar["X-WR-CALNAME"], "Customer visit");
    assert_eq!(events.len(), 0);
}

#[test]
fn the_airline_that_flies_is_named_when_it_is_another() {
    let mut item = flight(1, &[&[OUT[1]]]);
    let ItemKind::Flight { offer, .. } = &mut item.kind else { panic!() };
    offer.flight.slices[0].segments[0].operating_carrier = Some(parse("UA"));
    let trip = trip(vec![item]);
    let about = &events(&trip, &[])[0]["DESCRIPTION"];
    assert!(about.contains("Operated by United Airlines (UA)\n"), "{about}");
}

#[test]
fn instants_lose_their_microseconds() {
    assert_eq!(instant(parse("2026-03-02T09:30:15.123456Z")), "20260302T093015Z");
    assert_eq!(instant(parse("2026-03-02T09:30:15Z")), "20260302T093015Z");
}
