//! What a careful colleague would notice about a trip before it is bought.
//!
//! Lints stop nothing: policies, approvers and suppliers do. Each is a typed fact with its numbers;
//! the sentence is made when somebody reads it. Same trip, orders, people and time: same list.
//!
//! The limits and where they come from:
//!
//! | limit | value | source |
//! |---|---|---|
//! | connection within a country | 30 min | the lowest domestic minimum OAG names in its guide to minimum connection times |
//! | connection that crosses a border | 60 min | ours: double the domestic one, for passport control and a second security check; OAG names up to 90 |
//! | connection with a change of airport | 180 min | ours: the minimums OAG shows between London's airports go from 150 to 210 |
//! | a night that wants a bed | 4 h on the ground between 23:00 and 6:00 | ours: half a night's sleep |
//! | a late check-in | midnight after the day of check-in | ours: the hotel's day ends, and with it the day the guest was expected |
//! | a document that is valid long enough | 6 months after the last day | what the U.S. Department of State tells travelers that some countries ask for |
//!
//! Airports and airlines publish minimum connection times of their own, and a supplier sells no
//! connection below them; ours are what a traveler is warned of.

mod flights;
mod nights;
mod plan;
mod sentence;
mod travelers;

use serde::{Deserialize, Serialize};

use self::plan::Plan;
use super::{Trip, TripStatus};
use crate::id::{ItemId, PersonId};
use crate::order::Order;
use crate::people::Person;
use crate::place::{Airport, Terminus};
use crate::time::{Date, Local, Timestamp};

/// Least minutes between two flights within one country.
pub const CONNECTION_MINUTES_MIN_DOMESTIC: i64 = 30;
/// Least minutes between two flights when a border is crossed before, at or after the connection.
pub const CONNECTION_MINUTES_MIN_INTERNATIONAL: i64 = 60;
/// Least minutes between two flights from different airports.
pub const CONNECTION_MINUTES_MIN_AIRPORT_CHANGE: i64 = 180;
/// When a night begins, in minutes of the day on the clocks of the place.
pub const NIGHT_FROM_MINUTE: i64 = 23 * 60;
/// How long a night is.
pub const NIGHT_MINUTES: i64 = 7 * 60;
/// Least minutes of a night on the ground for which a traveler wants a bed.
pub const BED_MINUTES_MIN: i64 = 4 * 60;
/// How many months a document should be valid after the last day of a journey abroad.
pub const DOCUMENT_MONTHS: i64 = 6;

/// Something to notice about a trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lint {
    /// What it is, with its facts.
    #[serde(flatten)]
    pub kind: LintKind,
    /// How much it matters.
    pub severity: Severity,
    /// The items it is about, in the order of the trip; empty when it is about the whole trip.
    pub items: Vec<ItemId>,
}

/// How much a lint matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Note,
    /// It may go wrong.
    Warning,
    /// It can't work as it stands.
    Error,
}

/// What a lint says. The code on the wire is the variant's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "code", content = "facts", rename_all = "snake_case")]
pub enum LintKind {
    /// A flight that isn't bought has left.
    DepartureInPast {
        /// Airline and number.
        flight: String,
        /// When it left.
        departs: Local,
    },
    /// A stay of a trip that isn't cleared has begun.
    StayInPast {
        /// The property.
        property: String,
        /// Its first night.
        check_in: Date,
    },
    /// One flight stands in the trip twice.
    FlightTwice {
        /// Airline and number.
        flight: String,
        /// When it leaves.
        departs: Local,
    },
    /// The way back, or on, begins before the way there has ended.
    ReturnBeforeOutbound {
        /// Where the way there ends.
        place: Airport,
        /// When the traveler is there.
        arrives: Local,
        /// When the traveler leaves again.
        departs: Local,
    },
    /// The traveler would be on two flights at once.
    FlightsOverlap {
        /// Airline and number of the one that leaves first.
        first: String,
        /// Airline and number of the other.
        second: String,
        /// For how many minutes, at least 1.
        minutes: i64,
    },
    /// The traveler would sleep in two places.
    StaysOverlap {
        /// The property of the stay that begins first.
        first: String,
        /// The other one.
        second: String,
        /// For how many nights.
        nights: i64,
    },
    /// Little time to change planes.
    ConnectionShort {
        /// Where.
        place: Airport,
        /// How many minutes there are.
        minutes: i64,
        /// How many there should be.
        minutes_min: i64,
    },
    /// The next flight leaves from another airport.
    AirportChange {
        /// Where the traveler lands.
        from: Airport,
        /// Where the next flight leaves.
        to: Airport,
        /// How many minutes there are.
        minutes: i64,
    },
    /// The traveler waits for the next flight at night, and no stay is planned.
    ConnectionOvernight {
        /// Where.
        place: Airport,
        /// Since when.
        arrives: Local,
        /// Until when.
        departs: Local,
    },
    /// The traveler arrives in one place and leaves from another, with nothing in between.
    Gap {
        /// Where the traveler lands.
        from: Airport,
        /// Where the traveler leaves.
        to: Airport,
        /// When the traveler lands.
        arrives: Local,
        /// When the traveler leaves.
        departs: Local,
    },
    /// Nights away from home for which no stay is planned.
    NightWithoutStay {
        /// Where the traveler landed before.
        place: Airport,
        /// The evenings, sorted.
        nights: Vec<Date>,
    },
    /// A stay in another town than the flights go to.
    StayElsewhere {
        /// The property.
        property: String,
        /// Where it is.
        place: Terminus,
        /// Where the traveler is then.
        traveler_in: Airport,
    },
    /// Nights of a stay on which the traveler isn't in town.
    StayUnused {
        /// The property.
        property: String,
        /// The evenings, sorted.
        nights: Vec<Date>,
    },
    /// The traveler lands after the day of check-in is over.
    LateCheckIn {
        /// The property.
        property: String,
        /// The day of check-in.
        check_in: Date,
        /// When the traveler lands.
        arrives: Local,
    },
    /// A traveler's profile lacks what an airline needs to book.
    ProfileIncomplete {
        /// Who.
        traveler: PersonId,
        /// The name colleagues use.
        name: String,
        /// The fields that are missing, in the order of the profile.
        missing: Vec<String>,
    },
    /// A traveler has no passport or identity card in the profile.
    DocumentMissing {
        /// Who.
        traveler: PersonId,
        /// The name colleagues use.
        name: String,
        /// Whether the booking needs it, or only the border.
        for_booking: bool,
    },
    /// A document ends before the journey does.
    DocumentExpires {
        /// Whose.
        traveler: PersonId,
        /// The name colleagues use.
        name: String,
        /// The last day it is valid.
        expires_on: Date,
        /// The last day of the journey.
        last_day: Date,
    },
    /// A document ends soon after the journey; some countries want it to be valid longer.
    DocumentExpiresSoon {
        /// Whose.
        traveler: PersonId,
        /// The name colleagues use.
        name: String,
        /// The last day it is valid.
        expires_on: Date,
        /// The day up to which some countries want it to be valid.
        wanted_until: Date,
    },
}

impl Lint {
    fn new(severity: Severity, items: impl Into<Vec<ItemId>>, kind: LintKind) -> Self {
        let mut items = items.into();
        items.dedup();
        Self { kind, severity, items }
    }
}

/// Everything to notice about `trip` at `now`, errors first.
///
/// `orders` are the trip's; `travelers` are its people, of whom a missing one isn't checked. Their
/// order doesn't matter. There is nothing to notice about a trip that is over or given up.
pub fn lint(trip: &Trip, orders: &[Order], travelers: &[Person], now: Timestamp) -> Vec<Lint> {
    if matches!(trip.status(orders, now), TripStatus::Canceled | TripStatus::Completed) {
        return Vec::new();
    }
    let plan = Plan::of(trip, orders);
    let checks = [
        flights::past(&plan, now),
        nights::past(trip, &plan, now),
        flights::twice(&plan),
        flights::backwards(&plan),
        flights::overlaps(&plan),
        nights::overlaps(&plan),
        flights::connections(&plan),
        nights::gaps(&plan),
        nights::without_stay(&plan),
        nights::stays(&plan),
        travelers::profiles(trip, &plan, travelers),
        travelers::documents(trip, &plan, travelers),
    ];
    let mut lints: Vec<Lint> = checks.into_iter().flatten().collect();
    let position = |id: &ItemId| trip.items.iter().position(|item| item.id == *id);
    lints.iter_mut().for_each(|lint| lint.items.sort_by_key(position));
    // A stable sort: lints of one severity stay in the order of the checks.
    lints.sort_by_key(|lint| std::cmp::Reverse(lint.severity));
    lints
}

#[cfg(test)]
mod tests;
