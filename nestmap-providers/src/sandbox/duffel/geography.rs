//! Airports, cities and airlines, from the tables that ship with the core.
//!
//! The sandbox reads the tables itself: it speaks wire formats and shares no code with the
//! program under test, so a mistake there can't hide behind the same mistake here.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use nestmap_core::place::{AIRLINES_TSV, AIRPORTS_TSV, CITIES_TSV};
use serde_json::{Value, json};

/// An airport with scheduled flights somewhere in the world.
#[derive(Debug)]
pub(super) struct Airport {
    pub(super) iata: &'static str,
    pub(super) icao: &'static str,
    pub(super) name: &'static str,
    pub(super) town: &'static str,
    pub(super) country: &'static str,
    pub(super) zone: &'static str,
    /// The code of the city it serves; its own code when it serves no shared one.
    pub(super) metro: &'static str,
    latitude: f64,
    longitude: f64,
}

/// A city with several airports.
#[derive(Debug)]
pub(super) struct City {
    pub(super) iata: &'static str,
    pub(super) name: &'static str,
    pub(super) country: &'static str,
    pub(super) airports: Vec<&'static Airport>,
}

/// What a search may name as its start or end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Airport(&'static Airport),
    City(&'static City),
}

static AIRPORTS: LazyLock<BTreeMap<&'static str, Airport>> =
    LazyLock::new(|| rows(AIRPORTS_TSV).map(airport).map(|row| (row.iata, row)).collect());

static CITIES: LazyLock<BTreeMap<&'static str, City>> =
    LazyLock::new(|| rows(CITIES_TSV).map(city).map(|row| (row.iata, row)).collect());

static AIRLINES: LazyLock<BTreeMap<&'static str, &'static str>> =
    LazyLock::new(|| rows(AIRLINES_TSV).map(|row| (row[0], row[2])).collect());

fn rows(table: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    table.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn airport(row: Vec<&'static str>) -> Airport {
    Airport {
        iata: row[0],
        icao: row[1],
        name: row[2],
        town: row[3],
        country: row[4],
        zone: row[8],
        metro: row[9],
        latitude: degrees(row[6]),
        longitude: degrees(row[7]),
    }
}

fn degrees(micro: &str) -> f64 {
    micro.parse::<i32>().map(f64::from).expect("the table holds whole numbers") / 1_000_000.0
}

fn city(row: Vec<&'static str>) -> City {
    let airports = row[3].split(',').filter_map(airport_named).collect();
    City { iata: row[0], name: row[1], country: row[2], airports }
}

/// Every airport, by code.
pub(super) fn airports() -> impl Iterator<Item = &'static Airport> {
    AIRPORTS.values()
}

/// Every city with several airports, by code.
pub(super) fn cities() -> impl Iterator<Item = &'static City> {
    CITIES.values()
}

/// Every airline as (code, name), by code.
pub(super) fn airlines() -> impl Iterator<Item = (&'static str, &'static str)> {
    AIRLINES.iter().map(|(code, name)| (*code, *name))
}

pub(super) fn airport_named(iata: &str) -> Option<&'static Airport> {
    AIRPORTS.get(iata)
}

/// The airline's name; an unknown code stands for itself.
pub(super) fn airline_name(code: &str) -> &str {
    AIRLINES.get(code).copied().unwrap_or(code)
}

/// Finds an airport or city by IATA code or by id; a code of both means the airport.
pub(super) fn place(code_or_id: &str) -> Option<Place> {
    let by_id = |prefix: &str| Some(code_or_id.strip_prefix(prefix)?.get(..3)?.to_uppercase());
    if let Some(iata) = by_id("cit_") {
        return CITIES.get(iata.as_str()).map(Place::City);
    }
    let iata = by_id("arp_").unwrap_or_else(|| code_or_id.to_owned());
    let airport = AIRPORTS.get(iata.as_str()).map(Place::Airport);
    airport.or_else(|| CITIES.get(iata.as_str()).map(Place::City))
}

impl Place {
    pub(super) fn kind(self) -> &'static str {
        match self {
            Self::Airport(_) => "airport",
            Self::City(_) => "city",
        }
    }

    pub(super) fn airports(self) -> Vec<&'static Airport> {
        match self {
            Self::Airport(airport) => vec![airport],
            Self::City(city) => city.airports.clone(),
        }
    }

    pub(super) fn json(self) -> Value {
        match self {
            Self::Airport(airport) => airport.json(),
            Self::City(city) => city.json(),
        }
    }
}

impl Airport {
    /// Great-circle distance in kilometers (haversine on a sphere).
    pub(super) fn distance_km(&self, other: &Self) -> f64 {
        self.distance_to(other.latitude, other.longitude)
    }

    pub(super) fn distance_to(&self, latitude: f64, longitude: f64) -> f64 {
        let (from, to) = (self.latitude.to_radians(), latitude.to_radians());
        let north = (to - from) / 2.0;
        let east = (longitude - self.longitude).to_radians() / 2.0;
        let chord = north.sin().powi(2) + from.cos() * to.cos() * east.sin().powi(2);
        2.0 * 6371.0 * chord.sqrt().min(1.0).asin()
    }

    /// Whether the short way to `other` leads east, with the jet stream.
    pub(super) fn is_west_of(&self, other: &Self) -> bool {
        let east = (other.longitude - self.longitude).rem_euclid(360.0);
        east > 0.0 && east < 180.0
    }

    fn time_zone(&self) -> TimeZone {
        TimeZone::get(self.zone).unwrap_or(TimeZone::UTC)
    }

    /// The instant of a local time. A time skipped by a clock change means the one after the gap.
    pub(super) fn instant(&self, local: DateTime) -> Zoned {
        let zoned = self.time_zone().to_ambiguous_zoned(local).compatible();
        zoned.expect("times of flights are far from the ends of the calendar")
    }

    pub(super) fn zoned(&self, instant: Timestamp) -> Zoned {
        instant.to_zoned(self.time_zone())
    }

    fn city(&self) -> Option<&'static City> {
        CITIES.get(self.metro)
    }

    pub(super) fn id(&self) -> String {
        format!("arp_{}_{}", self.iata, self.country).to_lowercase()
    }

    /// The airport as it appears inside offers, with `type` and `airports`.
    pub(super) fn json(&self) -> Value {
        let mut row = self.reference_json();
        row["type"] = json!("airport");
        row["airports"] = Value::Null;
        row
    }

    /// The airport as `GET /air/airports` has it.
    pub(super) fn reference_json(&self) -> Value {
        let city = self.city().map(|city| {
            json!({
                "id": city.id(), "type": "city", "name": city.name, "iata_code": city.iata,
                "iata_city_code": city.iata, "iata_country_code": city.country,
                "icao_code": null, "city_name": null, "latitude": null, "longitude": null,
                "time_zone": null,
            })
        });
        json!({
            "id": self.id(),
            "name": self.name,
            "iata_code": self.iata,
            "icao_code": if self.icao.is_empty() { Value::Null } else { json!(self.icao) },
            "iata_country_code": self.country,
            "iata_city_code": self.metro,
            "city_name": if self.town.is_empty() { self.name } else { self.town },
            "city": city,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "time_zone": self.zone,
        })
    }
}

impl City {
    pub(super) fn id(&self) -> String {
        format!("cit_{}_{}", self.iata, self.country).to_lowercase()
    }

    pub(super) fn json(&self) -> Value {
        let airports: Vec<Value> = self
            .airports
            .iter()
            .map(|airport| {
                let mut row = airport.json();
                for inner in ["airports", "city"] {
                    row.as_object_mut().expect("an airport is an object").remove(inner);
                }
                row
            })
            .collect();
        json!({
            "id": self.id(), "type": "city", "name": self.name, "iata_code": self.iata,
            "iata_city_code": self.iata, "iata_country_code": self.country, "icao_code": null,
            "city_name": null, "city": null, "latitude": null, "longitude": null,
            "time_zone": null, "airports": airports,
        })
    }
}

/// An airline as Duffel shows it. The sandbox has no logos and no conditions to link to.
pub(super) fn airline_json(code: &str) -> Value {
    json!({
        "id": airline_id(code),
        "name": airline_name(code),
        "iata_code": code,
        "logo_symbol_url": null,
        "logo_lockup_url": null,
        "conditions_of_carriage_url": null,
    })
}

pub(super) fn airline_id(code: &str) -> String {
    format!("arl_sandbox_{}", code.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kilometers(from: &str, to: &str) -> f64 {
        let named = |code| airport_named(code).expect("a known airport");
        named(from).distance_km(named(to))
    }

    #[test]
    fn distances_are_those_of_the_globe() {
        assert!((kilometers("LHR", "JFK") - 5_540.0).abs() < 20.0);
        assert!((kilometers("SYD", "SCL") - 11_350.0).abs() < 60.0, "across the date line");
        assert!(kilometers("LHR", "LHR") < 0.001);
    }

    #[test]
    fn a_code_means_the_airport_and_an_id_says_which_it_is() {
        assert!(matches!(place("LHR"), Some(Place::Airport(_))));
        assert!(matches!(place("LON"), Some(Place::City(_))));
        assert!(matches!(place("arp_lhr_gb"), Some(Place::Airport(_))));
        assert!(matches!(place("cit_dxb_ae"), Some(Place::City(_))));
        assert!(place("XXX").is_none() && place("").is_none() && place("cit_é").is_none());
    }

    #[test]
    fn a_skipped_hour_becomes_the_hour_after_the_gap() {
        let berlin = airport_named("BER").expect("a known airport");
        let skipped = jiff::civil::date(2026, 3, 29).at(2, 30, 0, 0);
        assert_eq!(
            berlin.instant(skipped).datetime(),
            jiff::civil::date(2026, 3, 29).at(3, 30, 0, 0)
        );
    }

    #[test]
    fn east_is_the_short_way_round() {
        let named = |code| airport_named(code).expect("a known airport");
        assert!(named("JFK").is_west_of(named("LHR")));
        assert!(named("NRT").is_west_of(named("LAX")), "across the date line");
        assert!(!named("LHR").is_west_of(named("JFK")));
    }
}
