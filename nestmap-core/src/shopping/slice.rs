//! Slices, segments and stops: where a journey goes, in the order it is flown.

use serde::{Deserialize, Serialize};

use crate::place::{Airline, Airport};
use crate::time::{Local, Timestamp};

/// A class of service, from the plainest up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cabin {
    /// Economy class.
    Economy,
    /// Premium economy class.
    PremiumEconomy,
    /// Business class.
    Business,
    /// First class.
    First,
}

impl Cabin {
    /// Every cabin, from the plainest up.
    pub const ALL: [Self; 4] = [Self::Economy, Self::PremiumEconomy, Self::Business, Self::First];

    /// The name on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Economy => "economy",
            Self::PremiumEconomy => "premium_economy",
            Self::Business => "business",
            Self::First => "first",
        }
    }
}

/// One direction of a journey: the flights from where it starts to where the traveler wants to be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slice {
    /// The flights, in the order they are flown; never empty.
    pub segments: Vec<Segment>,
    /// Scheduled minutes from first departure to last arrival; none when the supplier doesn't say.
    pub duration_minutes: Option<i64>,
    /// The airline's name for the fare, such as `Basic Economy`.
    pub fare_brand: Option<String>,
}

impl Slice {
    /// The first segment.
    pub fn first(&self) -> Option<&Segment> {
        self.segments.first()
    }

    /// The last segment.
    pub fn last(&self) -> Option<&Segment> {
        self.segments.last()
    }

    /// How many times the traveler changes planes.
    pub fn connections(&self) -> i64 {
        i64::try_from(self.segments.len()).unwrap_or(i64::MAX).saturating_sub(1)
    }

    /// Minutes from first departure to last arrival as they really pass, computed from zones.
    pub fn elapsed_minutes(&self) -> Option<i64> {
        Some(self.first()?.departs.minutes_until(&self.last()?.arrives))
    }

    /// The plainest and the best cabin over all segments.
    pub fn cabins(&self) -> Option<(Cabin, Cabin)> {
        let cabins = self.segments.iter().filter_map(|segment| segment.cabin);
        Some((cabins.clone().min()?, cabins.max()?))
    }
}

/// One flight under one number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Segment {
    /// Where it starts.
    pub origin: Airport,
    /// Where it ends.
    pub destination: Airport,
    /// Scheduled departure on the origin's clocks.
    pub departs: Local,
    /// Scheduled arrival on the destination's clocks.
    pub arrives: Local,
    /// Scheduled minutes from gate to gate, stops included; none when the supplier doesn't say.
    pub duration_minutes: Option<i64>,
    /// The airline whose number the flight carries; none when the supplier's code is unknown.
    pub marketing_carrier: Option<Airline>,
    /// The marketing airline as the supplier names it.
    pub marketing_name: String,
    /// The flight number without the airline.
    pub flight_number: String,
    /// The airline that flies; none when unknown.
    pub operating_carrier: Option<Airline>,
    /// The booked cabin; none when the supplier doesn't say.
    pub cabin: Option<Cabin>,
    /// The aircraft's IATA type code.
    pub aircraft: Option<String>,
    /// The terminal at the origin.
    pub origin_terminal: Option<String>,
    /// The terminal at the destination.
    pub destination_terminal: Option<String>,
    /// Landings on the way without a change of flight number.
    pub stops: Vec<Stop>,
    /// Great-circle kilometers, rounded; none when the supplier doesn't say.
    pub distance_km: Option<i64>,
    /// Checked bags included for each passenger; none when the supplier doesn't say.
    pub checked_bags: Option<i64>,
}

impl Segment {
    /// The instant of departure.
    pub fn departs_at(&self) -> Timestamp {
        self.departs.instant()
    }

    /// Airline and number as on a departure board, such as `LH 400`.
    pub fn designator(&self) -> String {
        let carrier = self.marketing_carrier.map_or(self.marketing_name.clone(), |a| a.to_string());
        format!("{carrier} {}", self.flight_number)
    }
}

/// A landing on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// Where.
    pub airport: Airport,
    /// Minutes on the ground; none when the supplier doesn't say.
    pub duration_minutes: Option<i64>,
}
