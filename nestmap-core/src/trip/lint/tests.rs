use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::order::{Booking, OrderState};
use crate::people::{TravelDocument, TravelerProfile};
use crate::shopping::SupplierRef;
use crate::testing::fixture::{now, parse};
use crate::trip::sample::{flight, order, person, person_id, stay, trip};
use crate::trip::{Item, TripState};

const OUT: &[&str] = &["LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20"];
const BACK: &[&str] = &["LH401 JFK 2026-03-20T16:00 FRA 2026-03-21T05:30"];

/// The lints of a trip of one traveler whose papers are in order.
fn lints(items: Vec<Item>) -> Vec<Lint> {
    lint(&trip(items), &[], &[with_document("2036-01-01")], now())
}

fn codes(lints: &[Lint]) -> Vec<String> {
    lints.iter().map(|lint| json!(lint)["code"].as_str().unwrap().to_owned()).collect()
}

fn with_document(expires_on: &str) -> Person {
    let document = TravelDocument {
        number: "C01X00T47".into(),
        issued_by: parse("DE"),
        expires_on: parse(expires_on),
    };
    let mut person = person(1);
    person.profile.document = Some(document);
    person
}

fn booked(item: &mut Item) -> Order {
    let mut order = order(item);
    let booking = Booking {
        order: SupplierRef { supplier: "scripted".into(), id: "ord_1".into() },
        booking_reference: Some("X7K2PQ".into()),
        total: order.offer.flight.total,
        tickets: Vec::new(),
        void_until: None,
    };
    let paid = booking.total;
    order.state = OrderState::Booked { booking, paid, at: now(), check_at: None, checks: 0 };
    order
}

/// A whole journey with nothing wrong about it.
fn good_items() -> Vec<Item> {
    vec![flight(1, &[OUT, BACK]), stay(2, "Hotel Nine", "NYC", "2026-03-16", "2026-03-20")]
}

#[test]
fn a_sound_trip_has_no_lints() {
    assert_eq!(lints(good_items()), []);
    assert_eq!(lints(vec![]), []);
    assert_eq!(lints(vec![stay(1, "Hotel", "BER", "2026-03-16", "2026-03-17")]), []);
}

#[test]
fn connections_are_short_below_their_minimum() {
    let domestic = ["LH100 FRA 2026-03-16T08:00 MUC 2026-03-16T09:00", "LH200 MUC {} BER {}"];
    let border_before = ["BA900 FRA 2026-03-16T08:00 LHR 2026-03-16T08:00", "BA1400 LHR {} EDI {}"];
    let border_after = ["LH200 BER 2026-03-16T08:00 FRA 2026-03-16T09:00", "LH400 FRA {} JFK {}"];
    let other_airport = ["LH400 FRA 2026-03-16T06:00 JFK 2026-03-16T09:00", "DL10 LGA {} ORD {}"];
    let cases = [
        (domestic, "09", 30),
        (border_before, "08", 60),
        (border_after, "09", 60),
        (other_airport, "09", 180),
    ];
    for ([first, second], landed, minimum) in cases {
        let landed: i64 = landed.parse().unwrap();
        for minutes in [minimum - 1, minimum, minimum + 1] {
            let at = landed * 60 + minutes;
            let departs = format!("2026-03-16T{:02}:{:02}", at / 60, at % 60);
            let second = second.replacen("{}", &departs, 1).replace("{}", "2026-03-16T20:00");
            let found = lints(vec![flight(1, &[&[first, &second]])]);
            let short = found.iter().find_map(|lint| match lint.kind {
                LintKind::ConnectionShort { minutes, minutes_min, .. } => {
                    Some((minutes, minutes_min))
                }
                _ => None,
            });
            let wanted = (minutes < minimum).then_some((minutes, minimum));
            assert_eq!(short, wanted, "{first} {second}");
        }
    }
}

#[test]
fn a_connection_from_another_airport_is_told_however_long() {
    let lines = [
        "LH400 FRA 2026-03-16T06:00 JFK 2026-03-16T09:00",
        "DL10 LGA 2026-03-16T15:00 ORD 2026-03-16T17:00",
    ];
    let found = lints(vec![flight(1, &[&lines])]);
    assert_eq!(codes(&found), ["airport_change"]);
    assert_eq!(
        found[0].sentence(),
        "The traveler lands at JFK and goes on from LGA, 360 minutes later."
    );
}

#[test]
fn four_hours_of_the_night_on_the_ground_want_a_bed() {
    // Night is from 23:00 to 6:00; what lies outside doesn't count.
    let cases = [
        ("2026-03-16T22:00", "2026-03-17T02:59", false),
        ("2026-03-16T22:00", "2026-03-17T03:00", true),
        ("2026-03-16T22:00", "2026-03-17T03:01", true),
        ("2026-03-17T01:59", "2026-03-17T08:00", true),
        ("2026-03-17T02:00", "2026-03-17T08:00", true),
        ("2026-03-17T02:01", "2026-03-17T08:00", false),
        ("2026-03-16T06:00", "2026-03-16T23:00", false),
    ];
    for (lands, leaves, wants_bed) in cases {
        let first = format!("LH100 FRA 2026-03-16T05:00 LHR {lands}");
        let second = format!("BA200 LHR {leaves} JFK 2026-03-17T12:00");
        let found = codes(&lints(vec![flight(1, &[&[&first, &second]])]));
        let wanted: &[&str] = if wants_bed { &["connection_overnight"] } else { &[] };
        assert_eq!(found, wanted, "{lands} {leaves}");
    }
}

#[test]
fn a_stay_between_two_connecting_flights_is_a_bed() {
    let lines = [
        "LH100 FRA 2026-03-16T20:00 LHR 2026-03-16T21:00",
        "BA200 LHR 2026-03-17T10:00 JFK 2026-03-17T13:00",
    ];
    let hotel = stay(2, "Airport Inn", "LON", "2026-03-16", "2026-03-17");
    let found = codes(&lints(vec![flight(1, &[&lines]), hotel]));
    assert!(!found.contains(&"connection_overnight".to_owned()), "{found:?}");
}

#[test]
fn two_flights_are_not_in_the_air_at_once() {
    for (second_leaves, overlap) in
        [("2026-03-16T08:59", Some(1)), ("2026-03-16T09:00", None), ("2026-03-16T09:01", None)]
    {
        let first = flight(1, &[&["LH100 FRA 2026-03-16T08:00 MUC 2026-03-16T09:00"]]);
        let line = format!("LH900 MUC {second_leaves} BER 2026-03-16T11:00");
        let found = lints(vec![first, flight(2, &[&[&line]])]);
        let minutes = found.iter().find_map(|lint| match lint.kind {
            LintKind::FlightsOverlap { minutes, .. } => Some(minutes),
            _ => None,
        });
        assert_eq!(minutes, overlap, "{second_leaves}");
    }
}

#[test]
fn one_flight_planned_twice_is_told_once() {
    let found = lints(vec![flight(1, &[OUT]), flight(2, &[OUT])]);
    assert_eq!(codes(&found), ["flight_twice"]);
    assert_eq!(found[0].items.len(), 2);
    assert_eq!(found[0].severity, Severity::Error);
    assert_eq!(found[0].sentence(), "LH 400 on 2026-03-16 10:30 is in the trip twice.");
}

#[test]
fn the_way_back_is_not_before_the_way_there() {
    let early_back = &["LH401 JFK 2026-03-15T16:00 FRA 2026-03-16T05:30"];
    let in_one_offer = lints(vec![flight(1, &[OUT, early_back])]);
    assert_eq!(codes(&in_one_offer), ["return_before_outbound"]);
    assert_eq!(in_one_offer[0].severity, Severity::Error);
    // Bought one by one, it may be somebody who lives in New York.
    let in_two = lints(vec![flight(1, &[OUT]), flight(2, &[early_back])]);
    assert_eq!(codes(&in_two), ["return_before_outbound"]);
    assert_eq!(in_two[0].severity, Severity::Warning);
}

#[test]
fn the_way_back_leaves_when_the_traveler_is_there_at_the_earliest() {
    for (leaves, told) in [("13:19", true), ("13:20", false), ("13:21", false)] {
        let back = format!("LH401 JFK 2026-03-16T{leaves} FRA 2026-03-17T05:30");
        let found = codes(&lints(vec![flight(1, &[OUT, &[&back]])]));
        assert_eq!(found.contains(&"return_before_outbound".to_owned()), told, "{leaves}");
    }
}

#[test]
fn two_journeys_listed_in_another_order_are_fine() {
    let first = flight(1, &[OUT, BACK]);
    let second_out = flight(2, &[&["LH400 FRA 2026-04-16T10:30 JFK 2026-04-16T13:20"]]);
    let second_back = flight(3, &[&["LH401 JFK 2026-04-16T16:00 FRA 2026-04-17T05:30"]]);
    let stay = stay(4, "Hotel Nine", "NYC", "2026-03-16", "2026-03-20");
    assert_eq!(lints(vec![second_out, first, second_back, stay]), []);
}

#[test]
fn stays_share_no_night() {
    for (check_in, nights) in
        [("2026-03-17", Some(1)), ("2026-03-18", None), ("2026-03-16", Some(2))]
    {
        let first = stay(1, "Hotel Nine", "BER", "2026-03-16", "2026-03-18");
        let found = lints(vec![first, stay(2, "Motel Six", "BER", check_in, "2026-03-20")]);
        let told = found.iter().find_map(|lint| match lint.kind {
            LintKind::StaysOverlap { nights, .. } => Some(nights),
            _ => None,
        });
        assert_eq!(told, nights, "{check_in}");
    }
}

#[test]
fn leaving_from_another_town_than_one_landed_in_is_a_gap() {
    let back = &["LH453 LAX 2026-03-16T20:00 FRA 2026-03-17T15:00"];
    let found = lints(vec![flight(1, &[OUT]), flight(2, &[back])]);
    assert_eq!(codes(&found), ["gap"]);
    assert_eq!(
        found[0].sentence(),
        "The traveler lands in New York (JFK) on 2026-03-16 13:20 and leaves from Los Angeles \
         (LAX) on 2026-03-16 20:00; nothing is planned in between."
    );
    // Newark is New York.
    let newark = &["LH403 EWR 2026-03-16T20:00 FRA 2026-03-17T10:00"];
    assert_eq!(lints(vec![flight(1, &[OUT]), flight(2, &[newark])]), []);
}

#[test]
fn a_stay_elsewhere_on_the_way_explains_a_gap() {
    let back = &["LH453 LAX 2026-03-18T20:00 FRA 2026-03-19T15:00"];
    let flights = || vec![flight(1, &[OUT]), flight(2, &[back])];
    let with = |place: &str| {
        let mut items = flights();
        items.push(stay(3, "Hotel", place, "2026-03-16", "2026-03-18"));
        codes(&lints(items))
    };
    assert_eq!(codes(&lints(flights())), ["gap", "night_without_stay"]);
    assert_eq!(with("LAX"), [""; 0]);
    assert_eq!(with("NYC"), ["gap"]);
}

#[test]
fn nights_away_without_a_stay_are_counted() {
    let nights = |stays: Vec<Item>| {
        let mut items = vec![flight(1, &[OUT, BACK])];
        items.extend(stays);
        lints(items).into_iter().find_map(|lint| match lint.kind {
            LintKind::NightWithoutStay { nights, .. } => {
                Some(nights.iter().map(Date::to_string).collect::<Vec<_>>().join(" "))
            }
            _ => None,
        })
    };
    let all = "2026-03-16 2026-03-17 2026-03-18 2026-03-19";
    assert_eq!(nights(vec![]).as_deref(), Some(all));
    let short = stay(2, "Hotel", "NYC", "2026-03-16", "2026-03-19");
    assert_eq!(nights(vec![short]).as_deref(), Some("2026-03-19"));
    let whole = stay(2, "Hotel", "NYC", "2026-03-16", "2026-03-20");
    assert_eq!(nights(vec![whole]), None);
}

#[test]
fn at_home_nobody_needs_a_stay() {
    let monday = &["LH100 FRA 2026-03-16T08:00 BER 2026-03-16T09:00"];
    let evening = &["LH101 BER 2026-03-16T18:00 FRA 2026-03-16T19:00"];
    let again = &["LH100 FRA 2026-03-18T08:00 BER 2026-03-18T09:00"];
    assert_eq!(lints(vec![flight(1, &[monday, evening]), flight(2, &[again])]), []);
}

#[test]
fn a_stay_is_where_the_flights_go() {
    let elsewhere = stay(2, "Hotel Ten", "BOS", "2026-03-16", "2026-03-20");
    let found = lints(vec![flight(1, &[OUT, BACK]), elsewhere]);
    assert_eq!(codes(&found), ["stay_elsewhere"]);
    assert_eq!(found[0].sentence(), "Hotel Ten is in BOS; the traveler is in New York (JFK) then.");
    // One that leaves the town open is of the town.
    assert_eq!(lints(good_items()), []);
}

#[test]
fn nights_of_a_stay_before_the_landing_are_unused() {
    let unused = |check_in: &str, check_out: &str| {
        let hotel = stay(2, "Raffles", "SIN", check_in, check_out);
        let out: &[&str] = &["LH778 FRA 2026-03-16T22:00 SIN 2026-03-17T17:00"];
        let back: &[&str] = &["LH779 SIN 2026-03-20T23:30 FRA 2026-03-21T06:00"];
        lints(vec![flight(1, &[out, back]), hotel]).into_iter().find_map(|lint| match lint.kind {
            LintKind::StayUnused { nights, .. } => Some(nights.len()),
            _ => None,
        })
    };
    assert_eq!(unused("2026-03-16", "2026-03-20"), Some(1));
    assert_eq!(unused("2026-03-17", "2026-03-20"), None);
    // The last evening is half an hour in town, which is what some pay a night for.
    assert_eq!(unused("2026-03-17", "2026-03-21"), None);
    assert_eq!(unused("2026-03-17", "2026-03-22"), Some(1));
}

#[test]
fn the_hotel_hears_of_a_landing_after_midnight() {
    for (lands, late) in [
        ("2026-03-16T23:59", false),
        ("2026-03-17T00:00", true),
        ("2026-03-17T00:01", true),
        ("2026-03-17T05:59", true),
    ] {
        let line = format!("LH400 FRA 2026-03-16T18:00 JFK {lands}");
        let hotel = stay(2, "Hotel Nine", "JFK", "2026-03-16", "2026-03-18");
        let found = codes(&lints(vec![flight(1, &[&[&line]]), hotel]));
        let wanted: &[&str] = if late { &["late_check_in"] } else { &[] };
        assert_eq!(found, wanted, "{lands}");
    }
}

#[test]
fn a_flight_that_left_is_told_unless_it_is_bought() {
    let leaves: Timestamp = parse("2026-03-16T09:30:00Z");
    for (seconds, told) in [(-1, false), (0, true), (1, true)] {
        let trip = trip(vec![flight(1, &[OUT])]);
        let at = leaves.plus_seconds(seconds);
        let found = codes(&lint(&trip, &[], &[with_document("2036-01-01")], at));
        assert_eq!(found.contains(&"departure_in_past".to_owned()), told, "{seconds}");
    }
    let mut trip = trip(vec![flight(1, &[OUT])]);
    let order = booked(&mut trip.items[0]);
    trip.state = TripState::Cleared { at: now(), approval: None };
    assert_eq!(lint(&trip, &[order], &[with_document("2036-01-01")], leaves.plus_hours(1)), []);
}

#[test]
fn a_stay_that_began_is_told_while_the_trip_is_not_cleared() {
    let mut trip = trip(vec![stay(1, "Hotel", "HND", "2026-03-16", "2026-03-18")]);
    // Midnight in Tokyo is 15:00 UTC of the day before.
    for (at, told) in [("2026-03-16T14:59:59Z", false), ("2026-03-16T15:00:00Z", true)] {
        assert_eq!(lint(&trip, &[], &[], parse(at)).len(), usize::from(told), "{at}");
    }
    trip.state = TripState::Cleared { at: now(), approval: None };
    assert_eq!(lint(&trip, &[], &[], parse("2026-03-17T00:00:00Z")), []);
}

#[test]
fn documents_last_until_the_end_of_the_journey_and_better_longer() {
    // The journey ends on 2026-03-21 in Frankfurt.
    let cases = [
        ("2026-03-20", "document_expires"),
        ("2026-03-21", "document_expires_soon"),
        ("2026-03-22", "document_expires_soon"),
        ("2026-09-20", "document_expires_soon"),
        ("2026-09-21", ""),
        ("2026-09-22", ""),
    ];
    for (expires_on, wanted) in cases {
        let found = codes(&lint(&trip(good_items()), &[], &[with_document(expires_on)], now()));
        let wanted: Vec<_> = Some(wanted).filter(|code| !code.is_empty()).into_iter().collect();
        assert_eq!(found, wanted, "{expires_on}");
    }
}

#[test]
fn a_missing_document_matters_most_when_the_booking_needs_it() {
    let severity = |required: bool, bought: bool| {
        let mut trip = trip(good_items());
        let crate::trip::ItemKind::Flight { offer, .. } = &mut trip.items[0].kind else { panic!() };
        offer.flight.documents_required = required;
        let orders: Vec<_> = bought.then(|| booked(&mut trip.items[0])).into_iter().collect();
        let found = lint(&trip, &orders, &[person(1)], now());
        assert_eq!(codes(&found), ["document_missing"]);
        found[0].severity
    };
    assert_eq!(severity(true, false), Severity::Error);
    assert_eq!(severity(false, false), Severity::Warning);
    // Once it is bought, only the border asks.
    assert_eq!(severity(true, true), Severity::Warning);
}

#[test]
fn within_a_country_nobody_needs_a_document() {
    let line = "LH100 FRA 2026-03-16T08:00 MUC 2026-03-16T09:00";
    assert_eq!(lint(&trip(vec![flight(1, &[&[line]])]), &[], &[person(1)], now()), []);
}

#[test]
fn profiles_lack_what_airlines_need_until_the_flight_is_bought() {
    let mut traveler = with_document("2036-01-01");
    traveler.profile =
        TravelerProfile { given_name: None, phone: None, title: None, ..traveler.profile };
    let mut trip = trip(good_items());
    let found = lint(&trip, &[], std::slice::from_ref(&traveler), now());
    assert_eq!(codes(&found), ["profile_incomplete"]);
    assert_eq!(
        found[0].sentence(),
        "To book, the profile of Person 1 needs the given name, a form of address and a phone \
         number."
    );
    let order = booked(&mut trip.items[0]);
    assert_eq!(lint(&trip, &[order], &[traveler], now()), []);
}

#[test]
fn each_traveler_is_looked_at_in_the_order_of_the_trip() {
    let mut trip = trip(good_items());
    trip.travelers = vec![person_id(3), person_id(1), person_id(2)];
    let found = lint(&trip, &[], &[person(1), person(2), person(3), person(4)], now());
    let names: Vec<_> = found
        .iter()
        .map(|lint| match &lint.kind {
            LintKind::DocumentMissing { name, .. } => name.as_str(),
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(names, ["Person 3", "Person 1", "Person 2"]);
}

#[test]
fn nothing_is_told_about_a_trip_that_is_over_or_given_up() {
    let mut given_up = trip(vec![flight(1, &[OUT]), flight(2, &[OUT])]);
    given_up.state = TripState::Canceled { at: now() };
    assert_eq!(lint(&given_up, &[], &[person(1)], now()), []);
    let mut done = trip(vec![flight(1, &[OUT])]);
    let order = booked(&mut done.items[0]);
    done.state = TripState::Cleared { at: now(), approval: None };
    assert_eq!(lint(&done, &[order], &[person(1)], parse("2026-05-01T00:00:00Z")), []);
}

#[test]
fn a_flight_whose_order_failed_is_not_flown() {
    let mut trip = trip(vec![flight(1, &[OUT]), flight(2, &[OUT])]);
    let mut order = order(&mut trip.items[1]);
    let failure = crate::order::Failure::OfferGone;
    order.state = OrderState::Failed { failure, at: now(), watch_at: None };
    assert_eq!(lint(&trip, &[order], &[with_document("2036-01-01")], now()), []);
}

#[test]
fn errors_come_first_and_items_in_the_order_of_the_trip() {
    let bad = vec![
        stay(1, "Hotel Ten", "BOS", "2026-03-16", "2026-03-20"),
        flight(2, &[OUT, BACK]),
        flight(3, &[OUT]),
    ];
    let trip = trip(bad);
    let found = lint(&trip, &[], &[], now());
    assert!(found.is_sorted_by(|a, b| a.severity >= b.severity), "{found:?}");
    assert_eq!(found[0].items, [trip.items[1].id, trip.items[2].id]);
    assert!(found.len() > 1);
}

#[test]
fn a_lint_is_code_facts_severity_and_items_in_json() {
    let found = lints(vec![flight(1, &[OUT]), flight(2, &[OUT])]);
    let json = json!(found[0]);
    assert_eq!(json["code"], "flight_twice");
    assert_eq!(json["severity"], "error");
    assert_eq!(json["facts"]["departs"]["civil"], "2026-03-16T10:30:00");
    assert_eq!(json["items"].as_array().unwrap().len(), 2);
    assert_eq!(serde_json::from_value::<Lint>(json).unwrap(), found[0]);
}

/// Items between a few airports at any hour of a few days, valid or not.
fn any_items() -> impl Strategy<Value = Vec<Item>> {
    let airport = prop::sample::select(vec!["FRA", "JFK", "LGA", "SIN", "BER", "LHR"]);
    let minute = 0i64..(6 * 24 * 60);
    let at = |minute: i64| {
        let midnight: crate::time::Civil = parse("2026-03-16T00:00:00");
        midnight.plus_minutes(minute).to_string()
    };
    let line = (airport.clone(), airport.clone(), minute.clone(), minute).prop_map(
        move |(from, to, departs, arrives)| {
            format!("LH400 {from} {} {to} {}", at(departs), at(arrives))
        },
    );
    let slices = prop::collection::vec(prop::collection::vec(line, 1..3), 1..3);
    let fly = slices.prop_map(|slices| {
        let slices: Vec<Vec<&str>> =
            slices.iter().map(|lines| lines.iter().map(String::as_str).collect()).collect();
        let slices: Vec<&[&str]> = slices.iter().map(Vec::as_slice).collect();
        flight(0, &slices)
    });
    let sleep = (airport, 0i64..6, 1i64..4).prop_map(|(place, from, nights)| {
        let from = parse::<Date>("2026-03-16").plus_days(from);
        stay(0, "Hotel", place, &from.to_string(), &from.plus_days(nights).to_string())
    });
    prop::collection::vec(prop_oneof![fly, sleep], 0..5).prop_map(|mut items| {
        for (n, item) in (1u8..).zip(&mut items) {
            item.id = ItemId::new(now(), [n; 10]);
        }
        items
    })
}

proptest! {
    #[test]
    fn any_trip_has_lints_that_can_be_read(items in any_items()) {
        let trip = trip(items);
        for lint in lint(&trip, &[], &[person(1)], now()) {
            prop_assert!(lint.sentence().ends_with('.'), "{}", lint.sentence());
            prop_assert!(!lint.items.is_empty());
            prop_assert!(lint.items.iter().all(|id| trip.item(*id).is_ok()));
            prop_assert_eq!(serde_json::from_value::<Lint>(json!(lint)).unwrap(), lint);
        }
    }

    #[test]
    fn the_order_of_orders_and_people_does_not_matter(items in any_items()) {
        let mut trip = trip(items);
        trip.travelers = vec![person_id(1), person_id(2)];
        let mut orders = Vec::new();
        for item in trip.items.iter_mut().filter(|item| item.offer().is_some()) {
            orders.push(order(item));
        }
        let people = [person(1), person(2)];
        let one_way = lint(&trip, &orders, &people, now());
        orders.reverse();
        let [first, second] = people;
        prop_assert_eq!(one_way, lint(&trip, &orders, &[second, first], now()));
    }
}
