//! A seeded list of offers with the spread of a real search: some hundred itineraries with five or
//! six fares each, most with one change of planes, prices with a long tail, and gaps where
//! suppliers leave gaps.

use std::str::FromStr;

use nestmap_core::id::OfferId;
use nestmap_core::place::{Airline, Airport};
use nestmap_core::shopping::offer::OfferPassenger;
use nestmap_core::shopping::{
    Cabin, Condition, FlightOffer, HoldTerms, Offer, PassengerKind, Segment, Slice, SupplierRef,
};
use nestmap_core::time::{Civil, Local, Timestamp};
use nestmap_core::{Currency, Money};

use crate::dice::Dice;

/// Airlines from the most to the least frequent, by hundredths.
const AIRLINES: [(&str, u64); 12] = [
    ("LH", 30),
    ("UA", 15),
    ("BA", 11),
    ("AF", 9),
    ("KL", 8),
    ("DL", 7),
    ("LX", 6),
    ("EI", 5),
    ("IB", 4),
    ("TP", 3),
    ("FI", 1),
    ("B2", 1),
];

const EUROPE: [(&str, u64); 9] = [
    ("LHR", 25),
    ("CDG", 18),
    ("AMS", 16),
    ("ZRH", 14),
    ("DUB", 9),
    ("MAD", 7),
    ("LIS", 7),
    ("KEF", 3),
    ("MSQ", 1),
];

const AMERICA: [(&str, u64); 4] = [("IAD", 4), ("BOS", 3), ("ORD", 2), ("YYZ", 1)];

/// How many flights a slice has, by hundredths.
const FLIGHTS: [(usize, u64); 3] = [(1, 20), (2, 65), (3, 15)];

/// What a fare allows.
#[derive(Clone, Copy)]
enum Terms {
    No,
    Fee,
    Free,
}

struct Fare {
    brand: &'static str,
    cabin: Cabin,
    /// Percent of the itinerary's base price.
    percent: i64,
    refund: Terms,
    change: Terms,
}

const FARES: [Fare; 6] = [
    fare("Light", Cabin::Economy, 100, Terms::No, Terms::No),
    fare("Classic", Cabin::Economy, 118, Terms::No, Terms::Fee),
    fare("Flex", Cabin::Economy, 165, Terms::Fee, Terms::Free),
    fare("Premium", Cabin::PremiumEconomy, 210, Terms::Fee, Terms::Fee),
    fare("Business", Cabin::Business, 450, Terms::Fee, Terms::Free),
    fare("First", Cabin::First, 900, Terms::Free, Terms::Free),
];

const fn fare(
    brand: &'static str,
    cabin: Cabin,
    percent: i64,
    refund: Terms,
    change: Terms,
) -> Fare {
    Fare { brand, cabin, percent, refund, change }
}

/// The instant of booking.
pub fn now() -> Timestamp {
    parse("2026-03-02T09:00:00Z")
}

/// So many offers from Frankfurt to New York; six in ten come back four days later.
pub fn offers(seed: u64, count: usize) -> Vec<Offer> {
    let mut dice = Dice::new(seed);
    let mut offers = Vec::with_capacity(count);
    while offers.len() < count {
        let journey = journey(&mut dice);
        let base = base_minor(&mut dice) * journey.len() as i64;
        let fares = 5 + usize::from(dice.per_mille(600));
        for fare in FARES.iter().take(fares).take(count - offers.len()) {
            offers.push(offer(&mut dice, offers.len(), &journey, fare, base));
        }
    }
    offers
}

/// Logarithmically normal around 330.00; the sum of twelve throws is normal enough.
fn base_minor(dice: &mut Dice) -> i64 {
    let normal = (0..12).map(|_| dice.below(1_000) as f64 / 1_000.0).sum::<f64>() - 6.0;
    (33_000.0 * (0.45 * normal).exp()) as i64
}

/// The flights of each direction, without cabins.
fn journey(dice: &mut Dice) -> Vec<Vec<Segment>> {
    let airline = dice.weighted(&AIRLINES);
    let goal = if dice.per_mille(700) { "JFK" } else { "EWR" };
    let out = stops(dice, "FRA", goal);
    let mut directions = vec![flights(dice, airline, &out, "2026-03-16")];
    if dice.per_mille(600) {
        let mut back = stops(dice, "FRA", goal);
        back.reverse();
        directions.push(flights(dice, airline, &back, "2026-03-20"));
    }
    directions
}

/// Where a direction leaves from and lands, in pairs.
fn stops(dice: &mut Dice, from: &'static str, to: &'static str) -> Vec<&'static str> {
    let mut stops = vec![from];
    let flights = dice.weighted(&FLIGHTS);
    stops.extend((flights > 1).then(|| dice.weighted(&EUROPE)));
    stops.extend((flights > 2).then(|| dice.weighted(&AMERICA)));
    stops.push(to);
    stops
}

fn flights(dice: &mut Dice, airline: &str, stops: &[&str], day: &str) -> Vec<Segment> {
    let zone = airport(stops[0]).zone().expect("the table has its zone");
    let midnight: Civil = parse(&format!("{day}T00:00:00"));
    let departs = midnight.plus_minutes(dice.between(5 * 60, 18 * 60) / 5 * 5);
    let mut at = Local { civil: departs, zone }.instant();
    let mut flights = Vec::new();
    for pair in stops.windows(2) {
        // In London some change from one airport to another.
        let from = if pair[0] == "LHR" && dice.per_mille(60) { "LGW" } else { pair[0] };
        let flight = flight(dice, airline, airport(from), airport(pair[1]), at);
        at = flight.arrives.instant().plus_minutes(wait_minutes(dice));
        flights.push(flight);
    }
    flights
}

/// Mostly one to four hours, sometimes too short or very long.
fn wait_minutes(dice: &mut Dice) -> i64 {
    match dice.below(100) {
        0..5 => dice.between(30, 44),
        5..92 => dice.between(45, 240),
        _ => dice.between(241, 480),
    }
}

fn flight(dice: &mut Dice, airline: &str, from: Airport, to: Airport, at: Timestamp) -> Segment {
    let kilometers = distance_km(from, to);
    let minutes = 40 + kilometers * 60 / 820;
    let local = |at: Timestamp, place: Airport| at.in_zone(&place.zone().expect("in the table"));
    let marketing = Airline::parse(airline).ok();
    let partner = dice.per_mille(150).then(|| dice.weighted(&AIRLINES));
    Segment {
        origin: from,
        destination: to,
        departs: local(at, from),
        arrives: local(at.plus_minutes(minutes), to),
        duration_minutes: (!dice.per_mille(10)).then_some(minutes),
        marketing_carrier: marketing,
        marketing_name: marketing.map(Airline::name).unwrap_or_default().to_owned(),
        flight_number: dice.between(100, 9_999).to_string(),
        operating_carrier: match partner {
            Some(code) => Airline::parse(code).ok(),
            None => marketing.filter(|_| !dice.per_mille(10)),
        },
        cabin: None,
        aircraft: (!dice.per_mille(80)).then(|| "359".to_owned()),
        origin_terminal: dice.per_mille(550).then(|| "1".to_owned()),
        destination_terminal: dice.per_mille(550).then(|| "4".to_owned()),
        stops: Vec::new(),
        distance_km: (!dice.per_mille(100)).then_some(kilometers),
        checked_bags: Some(dice.between(0, 2)),
    }
}

fn distance_km(from: Airport, to: Airport) -> i64 {
    let radians = |(north, east): (i64, i64)| {
        ((north as f64 / 1e6).to_radians(), (east as f64 / 1e6).to_radians())
    };
    let ((north, east), (north_to, east_to)) = (radians(from.position()), radians(to.position()));
    let cosine =
        north.sin() * north_to.sin() + north.cos() * north_to.cos() * (east_to - east).cos();
    (6_371.0 * cosine.clamp(-1.0, 1.0).acos()) as i64
}

fn offer(dice: &mut Dice, index: usize, journey: &[Vec<Segment>], fare: &Fare, base: i64) -> Offer {
    let euro = Currency::parse("EUR").expect("the euro is known");
    let total = Money::new(base * fare.percent / 100 + dice.between(0, 999), euro);
    let slices = journey.iter().map(|flights| slice(dice, flights, fare)).collect();
    let carrier = journey[0][0].marketing_carrier;
    let flight = FlightOffer {
        supplier: SupplierRef { supplier: "made-up".into(), id: format!("off_{index}") },
        carrier,
        carrier_name: journey[0][0].marketing_name.clone(),
        total,
        tax: (!dice.per_mille(20)).then(|| Money::new(total.minor / 4, euro)),
        slices,
        passengers: vec![OfferPassenger {
            supplier_id: "pas_1".into(),
            kind: PassengerKind::Adult,
        }],
        refund: condition(dice, fare.refund, euro),
        change: condition(dice, fare.change, euro),
        hold: hold(dice),
        expires_at: now().plus_minutes(30),
        documents_required: false,
        emissions_grams: Some(dice.between(300_000, 1_500_000)),
        private_fares: Vec::new(),
        sandbox: true,
    };
    let mut entropy = [0; 10];
    entropy[..8].copy_from_slice(&dice.next().to_be_bytes());
    Offer { id: OfferId::new(now(), entropy), flight }
}

fn slice(dice: &mut Dice, flights: &[Segment], fare: &Fare) -> Slice {
    let seat = |dice: &mut Dice, flight: &Segment| {
        let cabin = match fare.cabin {
            // Short flights have no premium economy and no first class.
            Cabin::PremiumEconomy if flight.distance_km < Some(3_000) => Cabin::Economy,
            Cabin::First if flight.distance_km < Some(3_000) => Cabin::Business,
            cabin => cabin,
        };
        Segment { cabin: (!dice.per_mille(10)).then_some(cabin), ..flight.clone() }
    };
    let segments: Vec<_> = flights.iter().map(|flight| seat(dice, flight)).collect();
    let (first, last) = (&segments[0], &segments[segments.len() - 1]);
    let minutes = first.departs.minutes_until(&last.arrives);
    Slice {
        duration_minutes: (!dice.per_mille(20)).then_some(minutes),
        fare_brand: (!dice.per_mille(30)).then(|| fare.brand.to_owned()),
        segments,
    }
}

fn condition(dice: &mut Dice, terms: Terms, currency: Currency) -> Condition {
    match terms {
        _ if dice.per_mille(20) => Condition::Unknown,
        Terms::No => Condition::No,
        Terms::Fee if dice.per_mille(100) => Condition::Yes { penalty: None },
        Terms::Fee => {
            Condition::Yes { penalty: Some(Money::new(dice.between(5_000, 20_000), currency)) }
        }
        Terms::Free => Condition::Yes { penalty: Some(Money::zero(currency)) },
    }
}

fn hold(dice: &mut Dice) -> HoldTerms {
    let pay_by = now().plus_hours(72);
    match dice.below(100) {
        0..10 => HoldTerms::None,
        10..13 => HoldTerms::SeatOnly { pay_by },
        _ => HoldTerms::PriceGuaranteed { price_until: now().plus_hours(48), pay_by },
    }
}

fn airport(code: &str) -> Airport {
    parse(code)
}

fn parse<T: FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("the text is well-formed")
}
