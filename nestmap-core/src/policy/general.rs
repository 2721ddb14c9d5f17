//! Rules about any travel: their parameters.

use std::collections::BTreeSet;

use serde::Serialize;

use super::entry::Entry;
use super::word::words;
use crate::money::Money;
use crate::place::Country;

words! {
    /// What a list of countries means.
    CountryMode, "a country mode" {
        /// Only these.
        Allow = "allow",
        /// All but these.
        Ban = "ban",
    }
}

words! {
    /// Which countries of a journey count.
    Reach, "a reach" {
        /// Those each slice ends in, that of the way home included.
        Destination = "destination",
        /// Those and every country the traveler lands in on the way.
        Transit = "transit",
    }
}

/// Countries the traveler may or may not go to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Countries {
    /// What the list means.
    pub mode: CountryMode,
    /// The list; never empty.
    pub countries: BTreeSet<Entry<Country>>,
    /// Which countries of a journey count.
    pub reach: Reach,
}

/// A highest price for the trip: the subject and the trip's other items together, everything
/// included; the amount itself is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TripBudget {
    /// The highest price.
    pub amount: Money,
}
