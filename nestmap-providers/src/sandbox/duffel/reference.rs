//! Reference data and the type-ahead for places.

use serde_json::{Value, json};

use super::aircraft::{AIRCRAFT, Aircraft};
use super::call::{Call, Reply};
use super::errors::Refusal;
use super::geography::{
    Airport, airline_id, airline_json, airlines, airport_named, airports, cities,
};
use super::network::size;
use super::paging::page;
use super::world::World;

const SUGGESTIONS_MAX: usize = 20;
const RADIUS_METERS_MAX: f64 = 1_000_000.0;

/// `GET /air/airlines`
pub(super) fn list_airlines(_: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let all: Vec<(&str, &str)> = airlines().collect();
    let (shown, meta) = page(&all, |(code, _)| code, &call.query)?;
    Ok(Reply::page(shown.iter().map(|(code, _)| airline_json(code)).collect(), meta))
}

/// `GET /air/airlines/{id}`
pub(super) fn get_airline(_: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let found = airlines().find(|(code, _)| airline_id(code) == call.id());
    let (code, _) = found.ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(airline_json(code)))
}

/// `GET /air/airports?iata_country_code=&iata_code=`
pub(super) fn list_airports(_: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let country = call.query.get("iata_country_code");
    let code = call.query.get("iata_code");
    let found: Vec<&Airport> = airports()
        .filter(|airport| country.is_none_or(|wanted| airport.country == wanted))
        .filter(|airport| code.is_none_or(|wanted| airport.iata == wanted))
        .collect();
    let (shown, meta) = page(&found, |airport| airport.iata, &call.query)?;
    Ok(Reply::page(shown.iter().map(|airport| airport.reference_json()).collect(), meta))
}

/// `GET /air/airports/{id}`
pub(super) fn get_airport(_: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let iata = call.id().strip_prefix("arp_").and_then(|rest| rest.get(..3));
    let airport = iata.and_then(|iata| airport_named(&iata.to_uppercase()));
    let airport = airport.filter(|airport| airport.id() == call.id());
    Ok(Reply::ok(airport.ok_or_else(Refusal::not_found)?.reference_json()))
}

/// `GET /air/aircraft`
pub(super) fn list_aircraft(_: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (shown, meta) = page(AIRCRAFT, |aircraft| aircraft.code, &call.query)?;
    Ok(Reply::page(shown.iter().map(Aircraft::json).collect(), meta))
}

/// `GET /air/aircraft/{id}`
pub(super) fn get_aircraft(_: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let found = AIRCRAFT.iter().find(|aircraft| aircraft.id() == call.id());
    Ok(Reply::ok(found.ok_or_else(Refusal::not_found)?.json()))
}

/// `GET /places/suggestions?name=` (or the older `query=`), or `?lat=&lng=&rad=`
pub(super) fn suggestions(_: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let words = call.query.get("name").or_else(|| call.query.get("query"));
    let mut found = match words {
        Some(words) => named(&words.to_lowercase()),
        None => near(call)?,
    };
    found.truncate(SUGGESTIONS_MAX);
    let mut reply = Reply::ok(Value::Array(found));
    if let Some(body) = &mut reply.body {
        body["meta"] = Value::Null;
        body["warnings"] = json!([]);
    }
    Ok(reply)
}

/// Best first: the exact code, then names that start with the words, then those that hold them.
fn named(words: &str) -> Vec<Value> {
    let rank = |code: &str, names: [&str; 2]| {
        let names = names.map(str::to_lowercase);
        if code.eq_ignore_ascii_case(words) {
            Some(0)
        } else if names.iter().any(|name| name.starts_with(words)) {
            Some(1)
        } else {
            names.iter().any(|name| name.contains(words)).then_some(2)
        }
    };
    let mut ranked: Vec<(u8, u8, &str, Value)> = Vec::new();
    for city in cities() {
        if let Some(rank) = rank(city.iata, [city.name, ""]) {
            ranked.push((rank, 0, city.iata, city.json()));
        }
    }
    for airport in airports() {
        if let Some(rank) = rank(airport.iata, [airport.town, airport.name]) {
            ranked.push((rank, 3 - size(airport) as u8, airport.iata, airport.json()));
        }
    }
    ranked.sort_by_key(|(rank, size, code, _)| (*rank, *size, *code));
    ranked.into_iter().map(|(_, _, _, json)| json).collect()
}

fn near(call: &Call) -> Result<Vec<Value>, Refusal> {
    let number = |name: &str| -> Result<f64, Refusal> {
        let parsed = call.query.get(name).and_then(|text| text.parse::<f64>().ok());
        parsed.filter(|number| number.is_finite()).ok_or_else(|| {
            let message =
                format!("Give a 'name', or 'lat', 'lng' and 'rad': '{name}' is no number");
            Refusal::field("validation_required", &format!("/{name}"), &message)
        })
    };
    let (latitude, longitude, radius) = (number("lat")?, number("lng")?, number("rad")?);
    if !(0.0..=RADIUS_METERS_MAX).contains(&radius) {
        let message = format!("Field 'rad' must be meters from 0 to {RADIUS_METERS_MAX}");
        return Err(Refusal::field("validation_inclusion", "/rad", &message));
    }
    let mut found: Vec<(f64, &Airport)> = airports()
        .map(|airport| (airport.distance_to(latitude, longitude), airport))
        .filter(|(kilometers, _)| kilometers * 1_000.0 <= radius)
        .collect();
    found.sort_by(|one, other| one.0.total_cmp(&other.0));
    Ok(found.into_iter().map(|(_, airport)| airport.json()).collect())
}
