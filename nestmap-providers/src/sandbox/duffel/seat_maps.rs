//! Seat maps: `/air/seat_maps`.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::errors::Refusal;
use super::fares::cabin_on;
use super::live_offer::LiveOffer;
use super::magic::Magic;
use super::schedule::Flight;
use super::services::Service;
use super::world::{World, derived_id};
use crate::sandbox::dice::Dice;

/// Seats of every map, and how many of them are for sale: what the real test airline has.
const SEATS: usize = 192;
const SEATS_FOR_SALE: usize = 76;

struct Cabin {
    /// The letters of a row, section by section; an aisle runs between two sections.
    sections: &'static [&'static str],
    rows: usize,
    for_sale: Vec<bool>,
}

impl Cabin {
    fn width(&self) -> usize {
        self.sections.iter().map(|section| section.len()).sum()
    }

    /// Row numbers start where the cabins in front end.
    fn designator(row: usize, letter: char) -> String {
        format!("{}{letter}", row + 11)
    }
}

/// The cabin of a flight; none where the airline shows no seat map.
fn cabin(live: &LiveOffer, slice: usize, segment: usize) -> Option<Cabin> {
    let flight = &live.offer.itineraries[slice].0[segment];
    let shows_none = live.offer.owner != "ZZ"
        && Dice::of(live.seed, &["no seat map", live.offer.owner]).chance(20);
    if shows_none || live.offer.magic == Some(Magic::NoServices) {
        return None;
    }
    let sections: &[&str] =
        if flight.aircraft.is_wide() { &["AC", "DEFG", "HK"] } else { &["ABC", "DEF"] };
    let width: usize = sections.iter().map(|section| section.len()).sum();
    Some(Cabin { sections, rows: SEATS / width, for_sale: seats_left(live, slice, segment) })
}

/// Deals the seats still for sale over the cabin.
fn seats_left(live: &LiveOffer, slice: usize, segment: usize) -> Vec<bool> {
    let id = live.segment_id(slice, segment);
    let mut dice = Dice::of(live.seed, &["seats", &id]);
    let mut order: Vec<(u64, usize)> = (0..SEATS).map(|seat| (dice.roll(), seat)).collect();
    order.sort_unstable();
    let mut left = vec![false; SEATS];
    for (_, seat) in order.into_iter().take(SEATS_FOR_SALE) {
        left[seat] = true;
    }
    left
}

fn seat_price(live: &LiveOffer) -> i64 {
    if live.offer.owner == "ZZ" {
        return live.currency.parse("20").expect("a whole number fits every currency");
    }
    live.currency.pence(Dice::of(live.seed, &["seat price", live.offer.owner]).between(9, 32) * 100)
}

/// One service for each traveler and free seat.
pub(super) fn seats_for_sale(live: &LiveOffer) -> Vec<Service> {
    let mut services = Vec::new();
    for (slice, itinerary) in live.offer.itineraries.iter().enumerate() {
        for segment in 0..itinerary.0.len() {
            let Some(cabin) = cabin(live, slice, segment) else { continue };
            for row in 0..cabin.rows {
                let letters = cabin.sections.iter().flat_map(|section| section.chars());
                for (column, letter) in letters.enumerate() {
                    let seat = row * cabin.width() + column;
                    if cabin.for_sale[seat] {
                        services.extend(seat_services(live, (slice, segment, seat), row, letter));
                    }
                }
            }
        }
    }
    services
}

fn seat_services(
    live: &LiveOffer,
    (slice, segment, seat): (usize, usize, usize),
    row: usize,
    letter: char,
) -> Vec<Service> {
    live.request
        .passengers
        .iter()
        .enumerate()
        .filter(|(_, passenger)| !passenger.is_infant())
        .map(|(index, passenger)| {
            Service::seat(
                derived_id("ase", &live.offer.id, &[slice, segment, seat, index]),
                seat_price(live),
                passenger.id.clone(),
                live.segment_id(slice, segment),
                Cabin::designator(row, letter),
            )
        })
        .collect()
}

/// `GET /air/seat_maps?offer_id=`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let Some(offer_id) = call.query.get("offer_id") else {
        let message = "Field 'offer_id' can't be blank";
        return Err(Refusal::field("validation_required", "/offer_id", message));
    };
    let live = world.live_offer(offer_id).ok_or_else(Refusal::not_found)?;
    live.check_available(call.now)?;
    let mut maps = Vec::new();
    for (slice, itinerary) in live.offer.itineraries.iter().enumerate() {
        for (segment, flight) in itinerary.0.iter().enumerate() {
            if let Some(cabin) = cabin(&live, slice, segment) {
                maps.push(map_json(&live, (slice, segment), flight, &cabin));
            }
        }
    }
    Ok(Reply::ok(Value::Array(maps)))
}

fn map_json(
    live: &LiveOffer,
    (slice, segment): (usize, usize),
    flight: &Flight,
    cabin: &Cabin,
) -> Value {
    let segment_id = live.segment_id(slice, segment);
    let exit = cabin.rows / 2;
    let mut rows = vec![service_row(cabin, "lavatory", "galley")];
    for row in 0..cabin.rows {
        if row == exit {
            rows.push(service_row(cabin, "exit_row", "exit_row"));
        }
        rows.push(seat_row(live, (slice, segment), cabin, row));
    }
    json!({
        "id": derived_id("sea", &segment_id, &[]),
        "slice_id": live.slice_id(slice),
        "segment_id": segment_id,
        "cabins": [{
            "cabin_class": cabin_on(live.seed, flight, live.offer.brand.cabin).code(),
            "deck": 0,
            "aisles": cabin.sections.len() - 1,
            "wings": { "first_row_index": exit - 3, "last_row_index": exit + 5 },
            "rows": rows,
        }],
    })
}

/// A row without seats; the first section has one thing in it, the last another.
fn service_row(cabin: &Cabin, first: &str, last: &str) -> Value {
    let thing = |kind: &str| {
        json!({
            "type": kind, "designator": null, "name": null, "disclosures": null,
            "available_services": null,
        })
    };
    let ends = cabin.sections.len() - 1;
    let sections: Vec<Value> = (0..=ends)
        .map(|index| match index {
            0 => json!({ "elements": [thing(first)] }),
            index if index == ends => json!({ "elements": [thing(last)] }),
            _ => json!({ "elements": [] }),
        })
        .collect();
    json!({ "sections": sections })
}

fn seat_row(live: &LiveOffer, place: (usize, usize), cabin: &Cabin, row: usize) -> Value {
    let mut column = 0;
    let sections: Vec<Value> = cabin
        .sections
        .iter()
        .map(|section| {
            let seats: Vec<Value> = section
                .chars()
                .map(|letter| {
                    let seat = row * cabin.width() + column;
                    column += 1;
                    let services = if cabin.for_sale[seat] {
                        seat_services(live, (place.0, place.1, seat), row, letter)
                    } else {
                        Vec::new()
                    };
                    seat_json(live, row == cabin.rows / 2, row, letter, &services)
                })
                .collect();
            json!({ "elements": seats })
        })
        .collect();
    json!({ "sections": sections })
}

fn seat_json(
    live: &LiveOffer,
    at_exit: bool,
    row: usize,
    letter: char,
    services: &[Service],
) -> Value {
    let services: Vec<Value> = services
        .iter()
        .map(|service| {
            json!({
                "id": service.id,
                "passenger_id": service.passenger_id,
                "total_amount": live.currency.text(service.amount),
                "total_currency": live.currency.code,
            })
        })
        .collect();
    let disclosures: &[&str] =
        if at_exit { &["Do not seat children in exit row seats"] } else { &[] };
    json!({
        "type": "seat",
        "designator": Cabin::designator(row, letter),
        "name": null,
        "disclosures": disclosures,
        "available_services": services,
    })
}
