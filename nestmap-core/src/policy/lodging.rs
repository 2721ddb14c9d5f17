//! Rules about stays: their parameters.

use serde::Serialize;

use super::entry::{Place, Season};
use super::rule::Counted;
use super::word::words;
use crate::money::Money;

words! {
    /// How a stay of several nights is held against caps of several nights.
    NightMeasure, "a night measure" {
        /// Each night against the cap of its own place and season.
        EachNight = "each_night",
        /// All nights together against all their caps together.
        Average = "average",
    }
}

/// A highest price per night and room, itself allowed.
///
/// The most specific place that has a cap for the evening wins; of one place's caps, one with a
/// season before one without. Nights without a cap are free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NightlyCap {
    /// The caps; never empty.
    pub caps: Vec<PlaceCap>,
    /// Whether taxes count.
    pub tax: Counted,
    /// Whether fees nobody can avoid count.
    pub mandatory_fees: Counted,
    /// How several nights are held against it.
    pub measure: NightMeasure,
}

/// The highest price of a place, all year or in a season.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceCap {
    /// Where.
    pub place: Place,
    /// When; none for the rest of the year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub season: Option<Season>,
    /// The highest price of a night.
    pub amount: Money,
}

/// Fewest and most stars. The most specific place wins; elsewhere the rule says nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stars {
    /// The ranges, each place once; never empty.
    pub ranges: Vec<PlaceStars>,
}

/// The stars allowed at a place, bounds included. At least one bound is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceStars {
    /// Where.
    pub place: Place,
    /// Fewest, in tenths of a star.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stars_tenths_min: Option<i64>,
    /// Most, in tenths of a star.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stars_tenths_max: Option<i64>,
}
