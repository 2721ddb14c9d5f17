//! Lints as English sentences.

use std::fmt;

use super::{Lint, LintKind};
use crate::place::Airport;
use crate::time::{Date, Local};

impl Lint {
    /// The lint as an English sentence, for people. It holds names as they were typed: escape it
    /// where you print it.
    pub fn sentence(&self) -> String {
        self.kind.to_string()
    }
}

impl fmt::Display for LintKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DepartureInPast { flight, departs } => {
                write!(f, "{flight} left on {} and isn't bought.", clock(departs))
            }
            Self::StayInPast { property, check_in } => {
                write!(f, "The stay at {property} began on {check_in}.")
            }
            Self::FlightTwice { flight, departs } => {
                write!(f, "{flight} on {} is in the trip twice.", clock(departs))
            }
            Self::ReturnBeforeOutbound { place, arrives, departs } => write!(
                f,
                "The traveler leaves {} on {} and only lands there on {}.",
                town(*place),
                clock(departs),
                clock(arrives)
            ),
            Self::FlightsOverlap { first, second, minutes } => {
                let minutes = count(*minutes, "minute");
                write!(f, "{first} and {second} are in the air at the same time for {minutes}.")
            }
            Self::StaysOverlap { first, second, nights } => {
                let nights = count(*nights, "night");
                write!(f, "The stays at {first} and {second} share {nights}.")
            }
            Self::ConnectionShort { place, minutes, minutes_min } => write!(
                f,
                "There are {} to change planes in {}; {minutes_min} are advisable.",
                count(*minutes, "minute"),
                town(*place)
            ),
            Self::AirportChange { from, to, minutes } => write!(
                f,
                "The traveler lands at {from} and goes on from {to}, {} later.",
                count(*minutes, "minute")
            ),
            Self::ConnectionOvernight { place, arrives, departs } => write!(
                f,
                "The traveler waits in {} from {} to {}, without a stay for the night.",
                town(*place),
                clock(arrives),
                clock(departs)
            ),
            Self::Gap { from, to, arrives, departs } => write!(
                f,
                "The traveler lands in {} on {} and leaves from {} on {}; nothing is planned in \
                 between.",
                town(*from),
                clock(arrives),
                town(*to),
                clock(departs)
            ),
            Self::NightWithoutStay { place, nights } => {
                write!(f, "No stay is planned in {} for {}.", town(*place), evenings(nights))
            }
            Self::StayElsewhere { property, place, traveler_in } => write!(
                f,
                "{property} is in {place}; the traveler is in {} then.",
                town(*traveler_in)
            ),
            Self::StayUnused { property, nights } => {
                write!(f, "The traveler isn't in town for {} at {property}.", evenings(nights))
            }
            Self::LateCheckIn { property, check_in, arrives } => write!(
                f,
                "The traveler lands on {}, after the day of check-in at {property} ({check_in}); \
                 tell the hotel.",
                clock(arrives)
            ),
            Self::ProfileIncomplete { name, missing, .. } => {
                write!(f, "To book, the profile of {name} needs {}.", list(missing))
            }
            Self::DocumentMissing { name, for_booking, .. } => {
                let where_to = if *for_booking { "to book" } else { "at the border" };
                write!(f, "{name} needs a travel document {where_to}; the profile has none.")
            }
            Self::DocumentExpires { name, expires_on, last_day, .. } => write!(
                f,
                "The travel document of {name} is valid until {expires_on}; the journey ends on \
                 {last_day}."
            ),
            Self::DocumentExpiresSoon { name, expires_on, wanted_until, .. } => write!(
                f,
                "The travel document of {name} is valid until {expires_on}; some countries ask \
                 for six months more than the journey, until {wanted_until}."
            ),
        }
    }
}

/// Day and minute on the clocks of the place.
fn clock(local: &Local) -> String {
    let (hour, minute, _) = local.civil.clock();
    format!("{} {hour:02}:{minute:02}", local.date())
}

fn town(airport: Airport) -> String {
    match airport.town() {
        "" => airport.to_string(),
        town => format!("{town} ({airport})"),
    }
}

fn count(number: i64, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

fn evenings(nights: &[Date]) -> String {
    match nights {
        [] => "no night".to_owned(),
        [night] => format!("the night of {night}"),
        [first, .., last] => {
            let nights = i64::try_from(nights.len()).unwrap_or(i64::MAX);
            format!("{} between {first} and {last}", count(nights, "night"))
        }
    }
}

/// Field names as words: "given name, title and phone".
fn list(fields: &[String]) -> String {
    let words: Vec<_> = fields.iter().map(|field| word(field)).collect();
    match words.as_slice() {
        [] => "nothing".to_owned(),
        [one] => (*one).to_owned(),
        [all @ .., last] => format!("{} and {last}", all.join(", ")),
    }
}

fn word(field: &str) -> &str {
    match field {
        "given_name" => "the given name",
        "family_name" => "the family name",
        "title" => "a form of address",
        "gender" => "the gender as in the document",
        "born_on" => "the date of birth",
        "phone" => "a phone number",
        other => other,
    }
}
