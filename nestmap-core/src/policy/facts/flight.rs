//! A flight offer as rules see it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::OfferId;
use crate::money::Money;
use crate::place::{Airline, Airport, City, Country};
use crate::shopping::{Cabin, Condition, FlightOffer, Offer, PassengerKind, Segment, Slice};
use crate::time::{Local, Timestamp};

use super::super::word::words;

/// A flight offer as rules see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirFacts {
    /// The offer's id, where it has one.
    #[serde(default)]
    pub offer: Option<OfferId>,
    /// The directions, in the order they are flown; never empty.
    pub slices: Vec<AirSlice>,
    /// The price for all travelers, taxes included, extras not.
    pub total: Money,
    /// The taxes and charges within it; none when unknown.
    #[serde(default)]
    pub tax: Option<Money>,
    /// How many travelers with a seat share the price; at least 1.
    pub travelers: i64,
    /// What comes back before departure.
    pub refund: Condition,
    /// What a change before departure costs.
    pub change: Condition,
    /// Grams of CO2 for all travelers, as the supplier computes it; none when it doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emissions_grams: Option<i64>,
}

/// One direction of a journey.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirSlice {
    /// The flights, in the order they are flown; never empty.
    pub segments: Vec<AirSegment>,
    /// Minutes from first departure to last arrival, plane changes included; none when unknown.
    pub elapsed_minutes: Option<i64>,
    /// The airline's name for the fare; none when unknown.
    #[serde(default)]
    pub fare_brand: Option<String>,
}

/// One flight under one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirSegment {
    /// Where it starts.
    pub origin: AirPlace,
    /// Where it ends.
    pub destination: AirPlace,
    /// Departure on the origin's clocks.
    pub departs: Local,
    /// The instant of departure.
    pub departs_at: Timestamp,
    /// The instant of arrival.
    pub arrives_at: Timestamp,
    /// Minutes from gate to gate, stops included; none when unknown.
    pub minutes: Option<i64>,
    /// Landings on the way.
    #[serde(default)]
    pub stops: Vec<AirStop>,
    /// The airline whose number the flight carries; none when unknown.
    #[serde(default)]
    pub marketing: Option<Airline>,
    /// The airline that flies; none when unknown.
    #[serde(default)]
    pub operating: Option<Airline>,
    /// The booked cabin; none when unknown.
    #[serde(default)]
    pub cabin: Option<Cabin>,
    /// Kilometers flown; none when unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance_km: Option<i64>,
}

/// A landing on the way, without a change of flight number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirStop {
    /// Where.
    pub place: AirPlace,
    /// Minutes on the ground; none when unknown.
    #[serde(default)]
    pub minutes: Option<i64>,
}

/// An airport with what rules ask about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AirPlace {
    /// The airport.
    pub airport: Airport,
    /// The country it lies in; none when the airport table doesn't say.
    pub country: Option<Country>,
    /// Its metropolitan area; none where it has none.
    #[serde(default)]
    pub area: Option<City>,
}

words! {
    /// What a fare allows, rising in freedom.
    Flexibility, "a flexibility" {
        /// Nothing.
        None = "none",
        /// For a penalty.
        WithPenalty = "with_penalty",
        /// For free.
        Full = "full",
    }
}

impl Flexibility {
    /// The least and the most a condition can turn out to be. They differ where the supplier
    /// doesn't say all: "allowed, at an unknown price" is at least `with_penalty`.
    pub fn bounds(condition: Condition) -> (Self, Self) {
        match condition {
            Condition::Unknown => (Self::None, Self::Full),
            Condition::No => (Self::None, Self::None),
            Condition::Yes { penalty: None } => (Self::WithPenalty, Self::Full),
            Condition::Yes { penalty: Some(fee) } if fee.minor == 0 => (Self::Full, Self::Full),
            Condition::Yes { .. } => (Self::WithPenalty, Self::WithPenalty),
        }
    }
}

impl AirFacts {
    /// What rules see of an offer with an id.
    pub fn from_offer(offer: &Offer) -> Self {
        Self::from_offer_at(offer, &mut Places::default())
    }

    /// What rules see of a supplier's offer.
    pub fn from_flight(flight: &FlightOffer) -> Self {
        Self::from_flight_at(flight, &mut Places::default())
    }

    pub(super) fn from_offer_at(offer: &Offer, places: &mut Places) -> Self {
        Self { offer: Some(offer.id), ..Self::from_flight_at(&offer.flight, places) }
    }

    fn from_flight_at(flight: &FlightOffer, places: &mut Places) -> Self {
        let seated = flight.passengers.iter().filter(|p| p.kind != PassengerKind::Infant).count();
        Self {
            offer: None,
            slices: flight.slices.iter().map(|s| AirSlice::from_slice(s, places)).collect(),
            total: flight.total,
            tax: flight.tax,
            travelers: i64::try_from(seated.max(1)).unwrap_or(1),
            refund: flight.refund,
            change: flight.change,
            emissions_grams: flight.emissions_grams,
        }
    }

    /// Every flight in the order it is flown.
    pub fn segments(&self) -> impl Iterator<Item = &AirSegment> + Clone {
        self.slices.iter().flat_map(|slice| &slice.segments)
    }

    /// The plainest cabin of the journey; none when any is unknown.
    pub fn plainest_cabin(&self) -> Option<Cabin> {
        self.segments().map(|segment| segment.cabin).min().flatten()
    }
}

impl AirSlice {
    fn from_slice(slice: &Slice, places: &mut Places) -> Self {
        let segments = slice.segments.iter().map(|s| AirSegment::from_segment(s, places));
        let segments: Vec<_> = segments.collect();
        let scheduled = match (segments.first(), segments.last()) {
            (Some(first), Some(last)) => minutes_between(first.departs_at, last.arrives_at),
            _ => None,
        };
        Self {
            elapsed_minutes: slice.duration_minutes.or(scheduled),
            fare_brand: slice.fare_brand.clone(),
            segments,
        }
    }

    /// How many times the traveler changes planes.
    pub fn connections(&self) -> i64 {
        i64::try_from(self.segments.len()).unwrap_or(i64::MAX).saturating_sub(1)
    }

    /// Where the traveler waits: each pair of consecutive flights.
    pub fn changes(&self) -> impl Iterator<Item = (&AirSegment, &AirSegment)> {
        self.segments.iter().zip(self.segments.iter().skip(1))
    }

    /// The first departure's place and the last arrival's.
    pub fn ends(&self) -> Option<(AirPlace, AirPlace)> {
        Some((self.segments.first()?.origin, self.segments.last()?.destination))
    }
}

impl AirSegment {
    fn from_segment(segment: &Segment, places: &mut Places) -> Self {
        let (departs_at, arrives_at) = (segment.departs.instant(), segment.arrives.instant());
        let stops = segment
            .stops
            .iter()
            .map(|stop| AirStop { place: places.of(stop.airport), minutes: stop.duration_minutes });
        let stops = stops.collect();
        Self {
            origin: places.of(segment.origin),
            destination: places.of(segment.destination),
            departs: segment.departs.clone(),
            departs_at,
            arrives_at,
            minutes: segment.duration_minutes.or_else(|| minutes_between(departs_at, arrives_at)),
            stops,
            marketing: segment.marketing_carrier,
            operating: segment.operating_carrier,
            cabin: segment.cabin,
            distance_km: segment.distance_km,
        }
    }

    /// Minutes in the air and on runways: from gate to gate without the landings on the way.
    pub fn flying_minutes(&self) -> Option<i64> {
        self.stops.iter().try_fold(self.minutes?, |left, stop| left.checked_sub(stop.minutes?))
    }
}

impl AirPlace {
    /// The airport with its country and area from the bundled tables.
    pub fn of(airport: Airport) -> Self {
        let area = City::parse(airport.metropolis()).ok();
        Self { airport, country: airport.country(), area }
    }

    /// Whether both are one airport, or airports of one metropolitan area.
    pub fn same_area(self, other: Self) -> bool {
        self.airport == other.airport || (self.area.is_some() && self.area == other.area)
    }
}

/// Airports looked up already: the offers of one search share a few.
#[derive(Default)]
pub(super) struct Places(BTreeMap<Airport, AirPlace>);

impl Places {
    fn of(&mut self, airport: Airport) -> AirPlace {
        *self.0.entry(airport).or_insert_with(|| AirPlace::of(airport))
    }
}

/// Minutes that pass; none when the schedule runs backwards.
fn minutes_between(from: Timestamp, until: Timestamp) -> Option<i64> {
    let minutes = from.seconds_until(until).div_euclid(60);
    (minutes >= 0).then_some(minutes)
}
