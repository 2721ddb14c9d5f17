//! Trips, orders and people for the tests of this crate, written in a line each.

use std::collections::BTreeSet;

use super::{Item, ItemKind, Stay, Trip, TripState};
use crate::access::Role;
use crate::id::{ItemId, OfferId, OfferSetId, OrderId, OrganizationId, PersonId, TripId};
use crate::money::Money;
use crate::order::{Cancellation, Clearance, Order, OrderState};
use crate::people::Person;
use crate::shopping::{FlightOffer, Offer, Segment, Slice};
use crate::testing::fixture::{self, local, parse};

/// A flight as `LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20`, on the clocks of its airports.
pub(crate) fn segment(line: &str) -> Segment {
    let words: Vec<&str> = line.split(' ').collect();
    let [flight, origin, departs, destination, arrives] = words[..] else { panic!("{line}") };
    let (carrier, number) = flight.split_at(2);
    let plain = fixture::flight("off_1", "500.00").slices.remove(0).segments.remove(0);
    Segment {
        origin: parse(origin),
        destination: parse(destination),
        departs: local(departs, origin),
        arrives: local(arrives, destination),
        marketing_carrier: Some(parse(carrier)),
        operating_carrier: Some(parse(carrier)),
        flight_number: number.to_owned(),
        origin_terminal: None,
        destination_terminal: None,
        ..plain
    }
}

/// An offer of those slices, each of flights as [`segment`] reads them.
pub(crate) fn offer(slices: &[&[&str]]) -> FlightOffer {
    let plain = fixture::flight("off_1", "500.00");
    let slice = |lines: &&[&str]| Slice {
        segments: lines.iter().map(|line| segment(line)).collect(),
        duration_minutes: None,
        fare_brand: None,
    };
    FlightOffer { slices: slices.iter().map(slice).collect(), ..plain }
}

/// The item of a flight journey.
pub(crate) fn flight(n: u8, slices: &[&[&str]]) -> Item {
    let offer = Offer { id: OfferId::new(fixture::now(), [n; 10]), flight: offer(slices) };
    let offer_set = OfferSetId::new(fixture::now(), [n; 10]);
    item(n, ItemKind::Flight { offer_set, offer })
}

/// The item of a stay: property, town and the days of check-in and check-out.
pub(crate) fn stay(n: u8, property: &str, place: &str, from: &str, until: &str) -> Item {
    let stay = Stay {
        property: property.to_owned(),
        place: crate::place::Terminus::parse(place).unwrap(),
        check_in: parse(from),
        check_out: parse(until),
        nightly: Money::parse("120.00", "EUR").unwrap(),
        nightly_tax: None,
        stars: Some(4),
        refundable: Some(true),
    };
    item(n, ItemKind::Stay { stay })
}

fn item(n: u8, kind: ItemKind) -> Item {
    let id = ItemId::new(fixture::now(), [n; 10]);
    Item { id, kind, chosen_by: person_id(1), assessment: None, order: None }
}

/// A draft of person 1 with those items.
pub(crate) fn trip(items: Vec<Item>) -> Trip {
    Trip {
        id: TripId::new(fixture::now(), [1; 10]),
        organization: OrganizationId::new(fixture::now(), [1; 10]),
        title: "Customer visit".into(),
        purpose: Some("sales".into()),
        travelers: vec![person_id(1)],
        booked_by: person_id(1),
        items,
        reason: None,
        state: TripState::Draft { reopened: None },
        created_at: fixture::now(),
    }
}

pub(crate) fn person_id(n: u8) -> PersonId {
    PersonId::new(fixture::now(), [n; 10])
}

/// A member of the organization with a complete profile and no travel document.
pub(crate) fn person(n: u8) -> Person {
    Person {
        id: person_id(n),
        organization: OrganizationId::new(fixture::now(), [1; 10]),
        name: format!("Person {n}"),
        email: format!("person{n}@example.com"),
        identity: None,
        roles: BTreeSet::from([Role::Member]),
        manager: None,
        department: None,
        grade: None,
        cost_center: None,
        groups: BTreeSet::new(),
        country: None,
        profile: fixture::profile("Ana", "Silva"),
        joined_at: fixture::now(),
        left_at: None,
    }
}

/// An order for the item, planned, that waits for approval and may be held.
pub(crate) fn order(item: &mut Item) -> Order {
    let (_, offer) = item.offer().expect("a flight");
    let bytes = item.id.uuid().into_bytes();
    let id = OrderId::new(fixture::now(), [bytes[15]; 10]);
    let offer = offer.clone();
    item.order = Some(id);
    Order {
        id,
        organization: OrganizationId::new(fixture::now(), [1; 10]),
        trip: TripId::new(fixture::now(), [1; 10]),
        item: item.id,
        clearance: Clearance::Waiting { may_hold: true, ceiling: offer.flight.total },
        offer,
        passengers: vec![
            person(1).passenger(false, parse("2026-03-16")).expect("a complete profile"),
        ],
        state: OrderState::Planned { not_before: fixture::now(), tries: 0, hold_refused: false },
        cancellation: Cancellation::NotAsked,
        past: Vec::new(),
        created_at: fixture::now(),
    }
}

/// What is stored keeps its form: the golden file reads as those values, and they write as it.
pub(crate) fn assert_golden<T>(golden: &str, values: &[T])
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    let written = serde_json::to_string_pretty(values).unwrap();
    for (number, (written, golden)) in written.lines().zip(golden.lines()).enumerate() {
        assert_eq!(written, golden, "line {}", number + 1);
    }
    assert_eq!(written.lines().count(), golden.lines().count());
    let read: Vec<T> = serde_json::from_str(golden).unwrap();
    assert_eq!(read, values);
}
