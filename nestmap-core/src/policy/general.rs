//! Rules about any travel: their parameters.

use std::collections::BTreeSet;

use serde::Serialize;

use super::entry::Entry;
use super::predicate::Predicate;
use super::scope::TravelKind;
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

/// Something that must hold, where something else does: for what no other kind of rule says.
///
/// Where it asks about flights, it is about flights alone; where about stays, about stays alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Requirement {
    /// Where the rule applies at all; none for everywhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub when: Option<Predicate>,
    /// What must hold there.
    pub require: Predicate,
}

impl Requirement {
    /// Both predicates.
    pub fn predicates(&self) -> impl Iterator<Item = &Predicate> {
        self.when.iter().chain([&self.require])
    }

    /// What it is about alone; none where it asks about traveler and trip only.
    pub fn travel(&self) -> Option<TravelKind> {
        // INVARIANT: a document asks about flights or about stays in one rule, not about both.
        let facts = self.predicates().flat_map(|predicate| predicate.tests(""));
        facts.filter_map(|(_, test)| test.fact.travel()).next()
    }
}
