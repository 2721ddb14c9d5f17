//! Rules about flights: their parameters.

use std::collections::BTreeSet;

use rust_decimal::Decimal;
use serde::Serialize;

use super::entry::{AirportMatch, Entry};
use super::facts::Flexibility;
use super::rule::{Counted, RouteClass};
use super::word::words;
use crate::money::Money;
use crate::place::Airline;
use crate::shopping::Cabin;

words! {
    /// What the length of a flight means.
    DurationMeasure, "a duration measure" {
        /// Minutes in the air and on runways, over all segments of the slice, without landings.
        FlyingTime = "flying_time",
        /// Minutes from first departure to last arrival of the slice.
        Elapsed = "elapsed",
        /// The shortest elapsed time any candidate needs between the slice's places, so that a slow
        /// routing can't buy a better cabin.
        LowestOfLeg = "lowest_of_leg",
        /// Minutes of the slice's longest segment, its landings included.
        LongestSegment = "longest_segment",
    }
}

/// The best cabin allowed on each slice, by how long the slice is. A slice whose duration lies in
/// no band is free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CabinByDuration {
    /// Slices it is about.
    pub route: RouteClass,
    /// What the length means.
    pub measure: DurationMeasure,
    /// Bands in rising order, without overlap; never empty.
    pub bands: Vec<CabinBand>,
}

/// The best cabin for durations from `at_least_minutes` up to and without `below_minutes`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct CabinBand {
    /// The shortest duration in the band, minutes.
    pub at_least_minutes: i64,
    /// The shortest duration beyond the band, minutes; none for no end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub below_minutes: Option<i64>,
    /// The best cabin allowed.
    pub cabin: Cabin,
}

words! {
    /// For how many travelers a price is.
    PricePer, "`traveler` or `journey`" {
        /// The price divided by the travelers with a seat.
        Traveler = "traveler",
        /// The price of the offer for all its travelers.
        Journey = "journey",
    }
}

/// A highest price, itself allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct PriceCap {
    /// Journeys it is about.
    pub route: RouteClass,
    /// The highest price allowed.
    pub amount: Money,
    /// Whether taxes and charges count.
    pub tax: Counted,
    /// For how many travelers the amount is.
    pub per: PricePer,
}

words! {
    /// Which times have to lie in the window around the offer's.
    WindowOn, "a window" {
        /// Departures.
        Departure = "departure",
        /// Departures and arrivals.
        DepartureAndArrival = "departure_and_arrival",
    }
}

words! {
    /// Which cabins are compared with.
    CabinMatch, "a cabin match" {
        /// Candidates whose plainest cabin is the offer's plainest.
        Same = "same",
        /// Candidates whose plainest cabin is at least the offer's plainest.
        AtLeastSame = "at_least_same",
        /// All.
        Any = "any",
    }
}

words! {
    /// What a candidate's duration is compared with.
    #[derive(Default)]
    AddedTo, "`offer` or `fastest`" {
        /// That of the offer's slice.
        #[default]
        Offer = "offer",
        /// The shortest any candidate needs between the slice's places, so that a slow offer doesn't
        /// make slow candidates comparable: the most direct route.
        Fastest = "fastest",
    }
}

/// Which offers of the search serve the traveler as well, so that prices can be compared. Prices
/// are those of the whole journey for as many travelers, taxes included. The offer itself is
/// always one of its candidates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Comparable {
    /// Minutes earlier or later a domestic slice may leave, both bounds included.
    pub window_minutes_domestic: i64,
    /// Minutes earlier or later an international slice may leave, both bounds included.
    pub window_minutes_international: i64,
    /// Which times the window is around.
    pub window_on: WindowOn,
    /// Plane changes a slice may have more than the offer's; none for any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_connections_max: Option<i64>,
    /// Plane changes a slice may have less than the offer's; none for any number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fewer_connections_max: Option<i64>,
    /// Minutes a slice may last longer than what `added_to` says; none for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub added_minutes_max: Option<i64>,
    /// What a slice may last so much longer than.
    #[serde(skip_serializing_if = "is_offer")]
    pub added_to: AddedTo,
    /// Whether a slice may start and end at other airports.
    pub airports: AirportMatch,
    /// Whether a slice may arrive at one airport and leave from another on the way.
    pub airport_change: bool,
    /// Longest stay on the ground between flights, minutes; none for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layover_minutes_max: Option<i64>,
    /// Which cabins are compared with.
    pub cabin: CabinMatch,
    /// Airlines whose flights, marketed or operated, aren't compared with.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub carriers_excluded: BTreeSet<Entry<Airline>>,
    /// Fares that aren't compared with, by the airline's name for them, ignoring case.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub fare_brands_excluded: BTreeSet<String>,
    /// Fewest candidates, the offer included, for the comparison to mean anything.
    pub candidates_min: i64,
}

fn is_offer(added_to: &AddedTo) -> bool {
    *added_to == AddedTo::Offer
}

/// A highest price relative to the lowest logical fare: the lowest price among the candidates
/// that serve the traveler as well.
///
/// Allowed is `lowest * (1 + over_percent / 100) + over_amount`, itself included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverLowestFare {
    /// Journeys it is about.
    pub route: RouteClass,
    /// Percent above the lowest fare.
    pub over_percent: Decimal,
    /// Amount above the lowest fare.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_amount: Option<Money>,
    /// Which candidates serve as well.
    #[serde(flatten)]
    pub comparable: Comparable,
}

words! {
    /// The middle of several prices.
    Average, "`median` or `mean`" {
        /// The price in the middle; of two in the middle the lower, so that it is somebody's price.
        Median = "median",
        /// The sum divided by the number.
        Mean = "mean",
    }
}

/// A highest price relative to what comparable candidates cost on average.
///
/// Allowed is `average * (1 + over_percent / 100) + over_amount`, itself included, where the first
/// product is rounded once, half to even on the minor unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OverAverageFare {
    /// Journeys it is about.
    pub route: RouteClass,
    /// Which middle of the prices counts.
    pub average: Average,
    /// Percent above the average.
    pub over_percent: Decimal,
    /// Amount above the average.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub over_amount: Option<Money>,
    /// Which candidates serve as well.
    #[serde(flatten)]
    pub comparable: Comparable,
}

/// Calendar days between the day of booking and that of the first departure, both on the clocks of
/// the first departure's airport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AdvanceBooking {
    /// Journeys it is about.
    pub route: RouteClass,
    /// Fewest days allowed.
    pub days_min: i64,
}

words! {
    /// What a list of airlines means.
    CarrierMode, "a carrier mode" {
        /// Only these.
        Allow = "allow",
        /// All but these.
        Ban = "ban",
        /// Better these; the same test as `allow`, said in milder words.
        Prefer = "prefer",
    }
}

words! {
    /// Which airline of a flight counts.
    CarrierRole, "a carrier role" {
        /// The one whose number the flight carries.
        Marketing = "marketing",
        /// The one that flies.
        Operating = "operating",
        /// Either: to be allowed one of them is enough, and so it is to be banned.
        Any = "any",
    }
}

/// Airlines of every segment allowed, banned or preferred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Carriers {
    /// Journeys it is about.
    pub route: RouteClass,
    /// What the list means.
    pub mode: CarrierMode,
    /// The list; never empty.
    pub carriers: BTreeSet<Entry<Airline>>,
    /// Which airline of a flight counts.
    pub by: CarrierRole,
    /// Whether the rule is idle where no offer of the search is within it, so that it never leaves
    /// the traveler nothing. Without a search it then can't tell.
    #[serde(skip_serializing_if = "is_false")]
    pub idle_without_alternative: bool,
}

fn is_false(flag: &bool) -> bool {
    !flag
}

/// What a fare must, or must not, allow before departure: money back for `air.refundable`, another
/// flight for `air.changeable`. At least one bound is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FareFlexibility {
    /// Journeys it is about.
    pub route: RouteClass,
    /// The least it must allow.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Flexibility>,
    /// The most it may allow, for companies that don't pay for flexibility.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Flexibility>,
}

/// Fares by name that lack the usual rights, in economy class.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BasicEconomy {
    /// Slices it is about.
    pub route: RouteClass,
    /// Airlines' names for such fares, compared as a whole, ignoring case; never empty.
    pub fare_brands: BTreeSet<String>,
}

impl BasicEconomy {
    /// What airlines call such fares, where a document doesn't list names itself.
    pub const FARE_BRANDS: [&'static str; 12] = [
        "basic",
        "basic economy",
        "blue basic",
        "eco light",
        "economy basic",
        "economy classic light",
        "economy light",
        "economy saver",
        "go light",
        "light",
        "main basic",
        "saver",
    ];
}

/// Plane changes on each slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Connections {
    /// Slices it is about.
    pub route: RouteClass,
    /// Most allowed.
    pub connections_max: i64,
    /// Whether landings without a plane change count too.
    pub count_stops: bool,
}

/// Minutes on the ground between two flights of a slice. At least one bound is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Layover {
    /// Slices it is about.
    pub route: RouteClass,
    /// Fewest allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes_min: Option<i64>,
    /// Most allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub minutes_max: Option<i64>,
}

/// No arriving at one airport and leaving from another between two flights of a slice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct AirportChange {
    /// Slices it is about.
    pub route: RouteClass,
}

words! {
    /// What emissions are divided by.
    EmissionsPer, "`traveler` or `traveler_km`" {
        /// The travelers with a seat.
        Traveler = "traveler",
        /// The travelers with a seat, and the kilometers of all flights.
        TravelerKm = "traveler_km",
    }
}

/// A highest emission of the journey, itself allowed; as the supplier computes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Emissions {
    /// Journeys it is about.
    pub route: RouteClass,
    /// What they are divided by.
    pub per: EmissionsPer,
    /// Grams of CO2 allowed, at least 1.
    pub grams_max: i64,
}
