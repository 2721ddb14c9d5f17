//! Predicates: closed tests of facts, joined by all, any and not. Nothing in them runs code.
//!
//! Every test is true, false or unknown, and joining follows Kleene: what is unknown decides only
//! where it could change the answer.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::entry::Entry;
use super::facts::Flexibility;
use super::scope::TravelKind;
use super::word::words;
use crate::money::Money;
use crate::shopping::Cabin;

/// Most tests in the predicates of one rule.
pub const TESTS_MAX: usize = 64;
/// Most levels of all, any and not around a test, the test included.
pub const DEPTH_MAX: usize = 8;

words! {
    /// What can be tested. A fact that isn't known makes its test unknown.
    Fact, "a fact" {
        /// The country the traveler works in.
        TravelerCountry = "traveler.country",
        /// The grade, by the company's own name.
        TravelerGrade = "traveler.grade",
        /// The department, by the company's own name.
        TravelerDepartment = "traveler.department",
        /// The cost center, by the company's own name.
        TravelerCostCenter = "traveler.cost_center",
        /// The traveler's groups; always known, possibly none.
        TravelerGroups = "traveler.groups",
        /// Whether the traveler is a guest rather than an employee.
        TravelerGuest = "traveler.guest",
        /// Why the traveler travels, by the company's own name.
        TripPurpose = "trip.purpose",
        /// Reason codes the traveler gave; always known, possibly none.
        TripReasons = "trip.reasons",
        /// The price for all travelers, taxes included.
        FlightTotal = "flight.total",
        /// Travelers with a seat who share the price.
        FlightTravelers = "flight.travelers",
        /// Directions of the journey.
        FlightSlices = "flight.slices",
        /// Plane changes of the slice that has most.
        FlightConnections = "flight.connections",
        /// Minutes from first departure to last arrival of the slice that lasts longest.
        FlightElapsedMinutes = "flight.elapsed_minutes",
        /// Calendar days between booking and first departure, on the clocks of its airport.
        FlightDaysAhead = "flight.days_ahead",
        /// Minutes after midnight of the first departure, on the clocks of its airport.
        FlightDepartureMinute = "flight.departure_minute",
        /// The best cabin of the journey.
        FlightCabinHighest = "flight.cabin_highest",
        /// The plainest cabin of the journey.
        FlightCabinPlainest = "flight.cabin_plainest",
        /// Airlines whose numbers the flights carry.
        FlightMarketingCarriers = "flight.marketing_carriers",
        /// Airlines that fly.
        FlightOperatingCarriers = "flight.operating_carriers",
        /// The country the journey begins in.
        FlightOriginCountry = "flight.origin_country",
        /// The countries slices end in, that of the way home included.
        FlightDestinationCountries = "flight.destination_countries",
        /// Every country left from or landed in.
        FlightCountries = "flight.countries",
        /// Every airport left from or landed at.
        FlightAirports = "flight.airports",
        /// Money back before departure.
        FlightRefund = "flight.refund",
        /// Another flight before departure.
        FlightChange = "flight.change",
        /// Nights.
        StayNights = "stay.nights",
        /// Tenths of a star.
        StayStarsTenths = "stay.stars_tenths",
        /// The country of the property.
        StayCountry = "stay.country",
        /// The town of the property.
        StayTown = "stay.town",
        /// The property, by the supplier's or the company's id.
        StayProperty = "stay.property",
        /// What comes back on cancellation.
        StayRefund = "stay.refund",
    }
}

/// What values of a fact look like, and so how it is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// A whole number; bounds of a test lie in the range.
    Number(RangeInclusive<i64>),
    /// An amount.
    Amount,
    /// A cabin.
    Cabin,
    /// What a fare or rate allows.
    Flexibility,
    /// True or false.
    Flag,
    /// Countries; tests can name country groups.
    Countries,
    /// Airlines; tests can name lists of airlines.
    Carriers,
    /// Airports.
    Airports,
    /// The company's or a supplier's own words, compared as they are written.
    Texts,
}

impl Fact {
    pub(super) fn form(self) -> Form {
        match self {
            Self::FlightTravelers | Self::FlightSlices | Self::FlightConnections => {
                Form::Number(0..=1_000)
            }
            Self::FlightElapsedMinutes => Form::Number(0..=10_080),
            Self::FlightDaysAhead => Form::Number(0..=361),
            Self::FlightDepartureMinute => Form::Number(0..=1_439),
            Self::StayNights => Form::Number(0..=1_000),
            Self::StayStarsTenths => Form::Number(0..=50),
            Self::FlightTotal => Form::Amount,
            Self::FlightCabinHighest | Self::FlightCabinPlainest => Form::Cabin,
            Self::FlightRefund | Self::FlightChange | Self::StayRefund => Form::Flexibility,
            Self::TravelerGuest => Form::Flag,
            Self::TravelerCountry
            | Self::FlightOriginCountry
            | Self::FlightDestinationCountries
            | Self::FlightCountries
            | Self::StayCountry => Form::Countries,
            Self::FlightMarketingCarriers | Self::FlightOperatingCarriers => Form::Carriers,
            Self::FlightAirports => Form::Airports,
            Self::TravelerGrade
            | Self::TravelerDepartment
            | Self::TravelerCostCenter
            | Self::TravelerGroups
            | Self::TripPurpose
            | Self::TripReasons
            | Self::StayTown
            | Self::StayProperty => Form::Texts,
        }
    }

    /// What only has this fact; none for facts of the traveler and the trip.
    pub fn travel(self) -> Option<TravelKind> {
        match self.as_str().split_once('.') {
            Some(("flight", _)) => Some(TravelKind::Flight),
            Some(("stay", _)) => Some(TravelKind::Stay),
            _ => None,
        }
    }
}

/// A test of facts. JSON is `{"all":[…]}`, `{"any":[…]}`, `{"not":…}` or a [`FactTest`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Predicate {
    /// Each of them holds; never empty.
    All(Vec<Self>),
    /// At least one of them holds; never empty.
    Any(Vec<Self>),
    /// It doesn't hold.
    Not(Box<Self>),
    /// One fact is as asked for.
    #[serde(untagged)]
    Test(FactTest),
}

/// A test of one fact. JSON is the fact's name and the test's fields:
/// `{"fact":"flight.connections","at_most":1}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FactTest {
    /// Which fact.
    pub fact: Fact,
    /// How it has to be.
    #[serde(flatten)]
    pub test: Test,
}

/// How a fact has to be; which variant it is follows from the fact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Test {
    /// A number within bounds.
    Number(Bounds<i64>),
    /// An amount within bounds, converted into their currency.
    Amount(Bounds<Money>),
    /// A cabin within bounds.
    Cabin(Bounds<Cabin>),
    /// A flexibility within bounds.
    Flexibility(Bounds<Flexibility>),
    /// True or false.
    Flag {
        /// Which of them.
        is: bool,
    },
    /// Codes or words from a list.
    Listed(Listed),
}

/// Bounds, themselves allowed. At least one is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds<T> {
    /// The least.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_least: Option<T>,
    /// The most.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at_most: Option<T>,
}

/// How a fact of one or several codes relates to a list; the list is never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Listed {
    /// At least one of the fact's codes is in the list; false for a fact without codes.
    AnyOf(BTreeSet<Entry<String>>),
    /// No code of the fact is outside of the list; true for a fact without codes.
    Only(BTreeSet<Entry<String>>),
}

impl Listed {
    /// The list.
    pub fn list(&self) -> &BTreeSet<Entry<String>> {
        match self {
            Self::AnyOf(list) | Self::Only(list) => list,
        }
    }
}

impl Predicate {
    /// Every test, with where it stands below `path`.
    pub fn tests(&self, path: &str) -> Vec<(String, &FactTest)> {
        let each = |name: &str, list: &'_ [Self]| -> Vec<String> {
            (0..list.len()).map(|at| format!("{path}.{name}[{at}]")).collect()
        };
        match self {
            Self::Test(test) => vec![(path.to_owned(), test)],
            Self::Not(inner) => inner.tests(&format!("{path}.not")),
            Self::All(list) => below(each("all", list), list),
            Self::Any(list) => below(each("any", list), list),
        }
    }
}

fn below(paths: Vec<String>, list: &[Predicate]) -> Vec<(String, &FactTest)> {
    paths.iter().zip(list).flat_map(|(path, inner)| inner.tests(path)).collect()
}

/// In the words of documents: `any (flight.connections at_most 1; traveler.guest is true)`.
impl fmt::Display for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All(list) => write!(f, "all ({})", joined(list, "; ")),
            Self::Any(list) => write!(f, "any ({})", joined(list, "; ")),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Test(test) => write!(f, "{} {}", test.fact, test.test),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(bounds) => bounds.fmt(f),
            Self::Amount(bounds) => bounds.fmt(f),
            Self::Cabin(bounds) => bounds.map(Cabin::as_str).fmt(f),
            Self::Flexibility(bounds) => bounds.fmt(f),
            Self::Flag { is } => write!(f, "is {is}"),
            Self::Listed(Listed::AnyOf(list)) => write!(f, "any_of {}", joined(list, ", ")),
            Self::Listed(Listed::Only(list)) => write!(f, "only {}", joined(list, ", ")),
        }
    }
}

impl<T: Copy> Bounds<T> {
    fn map<U>(self, map: impl Fn(T) -> U) -> Bounds<U> {
        Bounds { at_least: self.at_least.map(&map), at_most: self.at_most.map(&map) }
    }
}

impl<T: fmt::Display> fmt::Display for Bounds<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.at_least, &self.at_most) {
            (Some(least), Some(most)) => write!(f, "at_least {least} at_most {most}"),
            (Some(least), None) => write!(f, "at_least {least}"),
            (None, Some(most)) => write!(f, "at_most {most}"),
            (None, None) => Ok(()),
        }
    }
}

/// The first few, with how many more there are.
pub(super) fn joined<T: fmt::Display>(
    list: impl IntoIterator<Item = T>,
    separator: &str,
) -> String {
    const SHOWN: usize = 8;
    let words: Vec<_> = list.into_iter().map(|word| word.to_string()).collect();
    let shown = words[..words.len().min(SHOWN)].join(separator);
    match words.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
