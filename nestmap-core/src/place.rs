//! Airports, cities, countries and airlines: codes are parsed once against bundled tables.
//!
//! The tables lie in `data/`; the first line of each names its source and licence.

use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::time::Zone;

/// Every place with an IATA airport code.
pub const AIRPORTS_TSV: &str = include_str!("../data/airports.tsv");
/// Metropolitan areas and their airports.
pub const CITIES_TSV: &str = include_str!("../data/cities.tsv");
/// Airlines by IATA designator.
pub const AIRLINES_TSV: &str = include_str!("../data/airlines.tsv");
/// Countries by ISO 3166-1 alpha-2 code.
pub const COUNTRIES_TSV: &str = include_str!("../data/countries.tsv");

/// Rows of a bundled table, sorted by their first cell.
type Table = Vec<Vec<&'static str>>;

fn table(cell: &'static OnceLock<Table>, text: &'static str) -> &'static Table {
    cell.get_or_init(|| {
        let rows = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        rows.map(|row| row.split('\t').collect()).collect()
    })
}

fn find(table: &'static Table, code: &str) -> Option<&'static [&'static str]> {
    let at = table.binary_search_by_key(&code, |row| row[0]).ok()?;
    Some(table[at].as_slice())
}

fn airports() -> &'static Table {
    static CELL: OnceLock<Table> = OnceLock::new();
    table(&CELL, AIRPORTS_TSV)
}

fn cities() -> &'static Table {
    static CELL: OnceLock<Table> = OnceLock::new();
    table(&CELL, CITIES_TSV)
}

fn airlines() -> &'static Table {
    static CELL: OnceLock<Table> = OnceLock::new();
    table(&CELL, AIRLINES_TSV)
}

fn countries() -> &'static Table {
    static CELL: OnceLock<Table> = OnceLock::new();
    table(&CELL, COUNTRIES_TSV)
}

fn unknown(code: Code, kind: &str, found: &str, expected: &str) -> Error {
    let shown: String = found.chars().take(20).collect();
    Error::new(code, format!("`{shown}` is not {kind}")).expected(expected)
}

macro_rules! code_type {
    ($(#[$doc:meta])* $name:ident, $length:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// The code.
            pub fn code(&self) -> &str {
                // INVARIANT: `parse` admits only codes of the table, which are ASCII.
                std::str::from_utf8(&self.0).unwrap_or("?")
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl std::str::FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::parse(text)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.serialize_str(self.code())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                Self::parse(&text).map_err(serde::de::Error::custom)
            }
        }
    };
}

code_type! {
    /// An airport by IATA code, such as `FRA`.
    Airport, 3
}
code_type! {
    /// An airline by IATA designator, such as `LH`.
    Airline, 2
}
code_type! {
    /// A country by ISO 3166-1 alpha-2 code, such as `DE`.
    Country, 2
}

impl Airport {
    /// The airport of that code; unknown codes are refused.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let wrong =
            || unknown(Code::UnknownAirport, "an airport", code, "an IATA code such as FRA");
        let bytes = code.as_bytes().try_into().map_err(|_| wrong())?;
        find(airports(), code).map(|_| Self(bytes)).ok_or_else(wrong)
    }

    /// Every airport of the table, sorted by code.
    pub fn all() -> impl Iterator<Item = Self> {
        airports().iter().filter_map(|row| row[0].as_bytes().try_into().ok().map(Self))
    }

    /// The airport's name.
    pub fn name(self) -> &'static str {
        self.cell(2)
    }

    /// The town it serves.
    pub fn town(self) -> &'static str {
        self.cell(3)
    }

    /// The country it lies in.
    pub fn country(self) -> Option<Country> {
        Country::parse(self.cell(4)).ok()
    }

    /// The state or province it lies in, as the source spells it; may be empty.
    pub fn subdivision(self) -> &'static str {
        self.cell(5)
    }

    /// Latitude and longitude in millionths of a degree, north and east positive.
    pub fn position(self) -> (i64, i64) {
        (self.cell(6).parse().unwrap_or(0), self.cell(7).parse().unwrap_or(0))
    }

    /// The zone of its clocks.
    pub fn zone(self) -> Result<Zone, Error> {
        Zone::parse(self.cell(8))
    }

    /// The code of its metropolitan area, its own where it has none.
    pub fn metropolis(self) -> &'static str {
        self.cell(9)
    }

    fn cell(self, column: usize) -> &'static str {
        let row = find(airports(), self.code());
        row.and_then(|row| row.get(column)).copied().unwrap_or("")
    }
}

impl Airline {
    /// The airline of that designator; unknown ones are refused.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let wrong =
            || unknown(Code::UnknownAirline, "an airline", code, "an IATA designator such as LH");
        let bytes = code.as_bytes().try_into().map_err(|_| wrong())?;
        find(airlines(), code).map(|_| Self(bytes)).ok_or_else(wrong)
    }

    /// The airline's name.
    pub fn name(self) -> &'static str {
        find(airlines(), self.code()).and_then(|row| row.get(2)).copied().unwrap_or("")
    }
}

impl Country {
    /// The country of that code; unknown codes are refused.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let wrong = || {
            unknown(
                Code::UnknownCountry,
                "a country",
                code,
                "an ISO 3166-1 alpha-2 code such as DE",
            )
        };
        let bytes = code.as_bytes().try_into().map_err(|_| wrong())?;
        find(countries(), code).map(|_| Self(bytes)).ok_or_else(wrong)
    }

    /// The English name.
    pub fn name(self) -> &'static str {
        find(countries(), self.code()).and_then(|row| row.get(2)).copied().unwrap_or("")
    }

    /// The continent: AF, AN, AS, EU, NA, OC or SA.
    pub fn continent(self) -> &'static str {
        find(countries(), self.code()).and_then(|row| row.get(3)).copied().unwrap_or("")
    }
}

/// An airport, or a metropolitan area that stands for all its airports (`LON`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Terminus {
    /// One airport.
    Airport(Airport),
    /// Any airport of a metropolitan area.
    City(City),
}

code_type! {
    /// A metropolitan area by IATA code, such as `LON`.
    City, 3
}

impl City {
    /// The area of that code; unknown codes are refused.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let wrong =
            || unknown(Code::UnknownAirport, "a city", code, "an IATA city code such as LON");
        let bytes = code.as_bytes().try_into().map_err(|_| wrong())?;
        find(cities(), code).map(|_| Self(bytes)).ok_or_else(wrong)
    }

    /// The area's name.
    pub fn name(self) -> &'static str {
        find(cities(), self.code()).and_then(|row| row.get(1)).copied().unwrap_or("")
    }

    /// Its airports.
    pub fn airports(self) -> Vec<Airport> {
        let codes = find(cities(), self.code()).and_then(|row| row.get(3)).copied().unwrap_or("");
        codes.split(',').filter_map(|code| Airport::parse(code).ok()).collect()
    }
}

impl Terminus {
    /// Reads an airport or city code. A code that is both (`BER`) means the airport.
    pub fn parse(code: &str) -> Result<Self, Error> {
        Airport::parse(code)
            .map(Self::Airport)
            .or_else(|error| City::parse(code).map(Self::City).map_err(|_| error))
    }

    /// The code.
    pub fn code(&self) -> &str {
        match self {
            Self::Airport(airport) => airport.code(),
            Self::City(city) => city.code(),
        }
    }

    /// The airports it stands for.
    pub fn airports(&self) -> Vec<Airport> {
        match self {
            Self::Airport(airport) => vec![*airport],
            Self::City(city) => city.airports(),
        }
    }

    /// The zone of its clocks: that of its first airport.
    pub fn zone(&self) -> Result<Zone, Error> {
        let first = self.airports().first().copied();
        first.map_or_else(|| Zone::parse("UTC"), Airport::zone)
    }
}

impl fmt::Display for Terminus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl TryFrom<String> for Terminus {
    type Error = Error;

    fn try_from(code: String) -> Result<Self, Error> {
        Self::parse(&code)
    }
}

impl From<Terminus> for String {
    fn from(terminus: Terminus) -> Self {
        terminus.code().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_airport_has_a_country_a_zone_and_a_position() {
        let mut count = 0;
        for airport in Airport::all() {
            assert!(airport.country().is_some(), "{airport}");
            assert!(airport.zone().is_ok(), "{airport}");
            let (latitude, longitude) = airport.position();
            assert!(latitude.abs() <= 90_000_000 && longitude.abs() <= 180_000_000, "{airport}");
            count += 1;
        }
        assert!(count > 7_000, "{count}");
    }

    #[test]
    fn tables_are_sorted_and_without_twins() {
        for table in [airports(), cities(), airlines(), countries()] {
            assert!(table.windows(2).all(|pair| pair[0][0] < pair[1][0]));
        }
    }

    #[test]
    fn london_is_a_city_of_several_airports() {
        let london = Terminus::parse("LON").unwrap();
        let codes: Vec<_> = london.airports().iter().map(|a| a.to_string()).collect();
        assert!(codes.contains(&"LHR".to_owned()) && codes.contains(&"LGW".to_owned()));
        assert_eq!(Airport::parse("LHR").unwrap().zone().unwrap().name(), "Europe/London");
        assert_eq!(Airport::parse("LHR").unwrap().metropolis(), "LON");
    }

    #[test]
    fn unknown_codes_are_refused_with_what_was_expected() {
        let error = Airport::parse("QQQ").unwrap_err();
        assert_eq!(error.code, Code::UnknownAirport);
        assert_eq!(error.message, "`QQQ` is not an airport");
        assert!(Airport::parse("fra").is_err());
        assert!(Airline::parse("LHX").is_err());
        assert!(Country::parse("").is_err());
        assert!(Terminus::parse("'; drop table trips; --").is_err());
    }
}
