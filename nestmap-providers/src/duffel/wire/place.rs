//! Airports, cities and airlines: briefly, as offers repeat them a thousand times, and in full, as
//! the reference calls give them.

use serde::{Deserialize, Serialize};
use serde_json::Number;

use super::null_as_empty;
use super::scalar::PlaceType;

/// An airport or city within an offer or order: what is needed to read local times.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Place {
    /// The airport's or city's code.
    pub iata_code: String,
    /// An airport or a city; order segments don't say.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PlaceType>,
    /// IANA zone; null for cities and a few airports.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
}

/// An airline within an offer or order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Carrier {
    /// The airline's designator; a few have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iata_code: Option<String>,
    /// The name travelers know.
    pub name: String,
}

/// An airline in full: `GET /air/airlines`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Airline {
    /// Duffel's id.
    pub id: String,
    /// The name travelers know.
    pub name: String,
    /// The designator; a few have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iata_code: Option<String>,
    /// A square logo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_symbol_url: Option<String>,
    /// A logo with the name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logo_lockup_url: Option<String>,
    /// Where the airline's terms are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions_of_carriage_url: Option<String>,
}

/// An airport or city in full: `GET /air/airports` and `GET /places/suggestions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlaceRecord {
    /// Duffel's id, readable for airports: `arp_lhr_gb`.
    pub id: String,
    /// An airport or a city; the airport list doesn't say.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PlaceType>,
    /// The name of the airport or city.
    pub name: String,
    /// The code.
    pub iata_code: String,
    /// The ICAO code of an airport.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub icao_code: Option<String>,
    /// ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iata_country_code: Option<String>,
    /// The code of the city the airport serves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iata_city_code: Option<String>,
    /// The name of that city.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub city_name: Option<String>,
    /// Degrees north.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latitude: Option<Number>,
    /// Degrees east.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longitude: Option<Number>,
    /// IANA zone; a few airports have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_zone: Option<String>,
    /// The airports of a city.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub airports: Vec<PlaceRecord>,
}
