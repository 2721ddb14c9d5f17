//! Lists in documents: codes and names of lists, seasons, places.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::facts::LodgingPlace;
use super::word::words;
use crate::error::Error;
use crate::place::{City, Country};
use crate::time::Date;

/// A code, or the name of a list of the document's definitions: `LH`, `@alliance`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Entry<T> {
    /// A code.
    Code(T),
    /// A defined list, without its `@`.
    List(String),
}

impl<T: std::fmt::Display> std::fmt::Display for Entry<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Code(code) => code.fmt(f),
            Self::List(name) => write!(f, "@{name}"),
        }
    }
}

impl<T: std::fmt::Display> Serialize for Entry<T> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// The codes a list stands for, defined lists taken apart.
pub(super) fn codes<T: Copy + Ord>(
    entries: &BTreeSet<Entry<T>>,
    defined: &BTreeMap<String, BTreeSet<T>>,
) -> BTreeSet<T> {
    let mut codes = BTreeSet::new();
    for entry in entries {
        match entry {
            Entry::Code(code) => {
                codes.insert(*code);
            }
            // INVARIANT: a document names only lists it defines.
            Entry::List(name) => codes.extend(defined.get(name).into_iter().flatten()),
        }
    }
    codes
}

/// A place a lodging rule has a value for, the narrowest last. JSON is `world`, `group:eu`,
/// `country:DE`, `area:LON`, `town:DE/Munich` or `property:…`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Anywhere, places of unknown country included.
    World,
    /// A country group of the document's definitions.
    Group(String),
    /// A country.
    Country(Country),
    /// A metropolitan area by IATA city code.
    Area(City),
    /// A town by its name, compared without case.
    Town(Country, String),
    /// A property by id.
    Property(String),
}

impl Place {
    /// The forms, for messages.
    pub const FORMS: &'static str =
        "world, group:<name>, country:DE, area:LON, town:DE/Munich or property:<id>";

    /// Reads one of the forms.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("place", Self::FORMS, text);
        if text == "world" {
            return Ok(Self::World);
        }
        match text.split_once(':').ok_or_else(wrong)? {
            ("group", name) if !name.is_empty() => Ok(Self::Group(name.to_owned())),
            ("country", code) => Country::parse(code).map(Self::Country),
            ("area", code) => City::parse(code).map(Self::Area),
            ("town", rest) => {
                let (country, town) = rest.split_once('/').ok_or_else(wrong)?;
                if town.trim().is_empty() {
                    return Err(wrong());
                }
                Ok(Self::Town(Country::parse(country)?, town.trim().to_owned()))
            }
            ("property", id) if !id.is_empty() => Ok(Self::Property(id.to_owned())),
            _ => Err(wrong()),
        }
    }

    /// Whether the property lies there. Groups are looked up in the document's definitions.
    pub(super) fn covers(
        &self,
        place: &LodgingPlace,
        groups: &BTreeMap<String, BTreeSet<Country>>,
    ) -> bool {
        match self {
            Self::World => true,
            Self::Group(name) => {
                let countries = groups.get(name);
                place.country.is_some_and(|c| countries.is_some_and(|set| set.contains(&c)))
            }
            Self::Country(country) => place.country == Some(*country),
            Self::Area(area) => place.area == Some(*area),
            Self::Town(country, town) => {
                let same_name = |name: &String| name.to_lowercase() == town.to_lowercase();
                place.country == Some(*country) && place.town.as_ref().is_some_and(same_name)
            }
            Self::Property(id) => place.property == *id,
        }
    }

    /// How narrow the form is; the widest is 0.
    pub fn rank(&self) -> u8 {
        match self {
            Self::World => 0,
            Self::Group(_) => 1,
            Self::Country(_) => 2,
            Self::Area(_) => 3,
            Self::Town(..) => 4,
            Self::Property(_) => 5,
        }
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::World => f.write_str("world"),
            Self::Group(name) => write!(f, "group:{name}"),
            Self::Country(country) => write!(f, "country:{country}"),
            Self::Area(area) => write!(f, "area:{area}"),
            Self::Town(country, town) => write!(f, "town:{country}/{town}"),
            Self::Property(id) => write!(f, "property:{id}"),
        }
    }
}

impl Serialize for Place {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

/// Nights of every year from `from` up to and without `until`; may run over the new year.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Season {
    /// The first evening.
    pub from: MonthDay,
    /// The evening after the last.
    pub until: MonthDay,
}

/// A day of every year; JSON is `06-01`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct MonthDay {
    month: i8,
    day: i8,
}

impl MonthDay {
    /// Reads `06-01`; the 29th of February is a day.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("day", "a day of the year such as 06-01", text);
        // 2024 is a leap year, so every day of any year is in it.
        let date: Date = format!("2024-{text}").parse().map_err(|_| wrong())?;
        Ok(Self::of(date))
    }

    /// The day of the year a date is.
    pub fn of(date: Date) -> Self {
        let (_, month, day) = date.parts();
        Self { month, day }
    }
}

impl std::fmt::Display for MonthDay {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:02}-{:02}", self.month, self.day)
    }
}

impl Serialize for MonthDay {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl Season {
    /// Whether the evening is in it.
    pub fn contains(self, evening: Date) -> bool {
        self.contains_day(MonthDay::of(evening))
    }

    fn contains_day(self, day: MonthDay) -> bool {
        if self.from < self.until {
            self.from <= day && day < self.until
        } else {
            self.from <= day || day < self.until
        }
    }

    /// Whether some evening is in both.
    pub fn overlaps(self, other: Self) -> bool {
        self.contains_day(other.from) || other.contains_day(self.from)
    }
}

words! {
    /// Which airports count as the same.
    AirportMatch, "an airport match" {
        /// The very same.
        Same = "same",
        /// Those of one metropolitan area.
        SameArea = "same_area",
        /// All.
        Any = "any",
    }
}
