//! Reading a search, field by field.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use serde_json::Value;

use super::call::Call;
use super::errors::{Findings, Refusal};
use super::fares::{Cabin, days_between};
use super::geography::place;
use super::magic::Magic;
use super::offer_requests::{OfferRequest, Passenger, SliceWish};
use super::world::World;

const PASSENGERS_MAX: usize = 9;

pub(super) fn read(world: &mut World, call: &Call) -> Result<OfferRequest, Refusal> {
    let mut findings = Findings::default();
    let today = call.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let slices = read_slices(&call.data, today, &mut findings);
    let drafts = read_passengers(&call.data, &mut findings);
    let cabin = read_cabin(&call.data, &mut findings);
    let connections_max = read_connections(&call.data, &mut findings);
    findings.into_result()?;

    let id = world.id("orq", call.now);
    let passengers = drafts
        .into_iter()
        .map(|passenger| Passenger { id: world.id("pas", call.now), ..passenger })
        .collect();
    let request = OfferRequest {
        id,
        created_at: call.now,
        slices,
        passengers,
        cabin,
        connections_max,
        batch: None,
        booked_offer: None,
        states: BTreeMap::new(),
    };
    if request.magic() == Some(Magic::SearchTimeout) {
        return Err(Refusal::gateway_timeout());
    }
    Ok(request)
}

pub(super) fn read_slices(data: &Value, today: Date, findings: &mut Findings) -> Vec<SliceWish> {
    let mut earlier: Option<Date> = None;
    let mut slices = Vec::new();
    for (index, slice) in findings.list(data, "slices", "").iter().enumerate() {
        let path = format!("/slices/{index}");
        let origin = read_place(slice, "origin", &path, findings);
        let destination = read_place(slice, "destination", &path, findings);
        if let (Some(origin), Some(destination)) = (&origin, &destination)
            && origin == destination
        {
            let message = "Field 'destination' must not be the origin";
            findings.add("validation_inclusion", &format!("{path}/destination"), message);
        }
        let date = read_date(slice, &path, today, earlier, findings);
        earlier = date.or(earlier);
        let departs = read_window(slice, "departure_time", &path, findings);
        let arrives = read_window(slice, "arrival_time", &path, findings);
        if let (Some(origin), Some(destination), Some(date)) = (origin, destination, date) {
            slices.push(SliceWish { origin, destination, date, departs, arrives });
        }
    }
    slices
}

fn read_place(slice: &Value, key: &str, path: &str, findings: &mut Findings) -> Option<String> {
    let code = findings.text(slice, key, path)?;
    if place(code).is_none() {
        let message = format!("Field '{key}' is not a known airport or city");
        findings.add("validation_inclusion", &format!("{path}/{key}"), &message);
        return None;
    }
    Some(code.to_owned())
}

fn read_date(
    slice: &Value,
    path: &str,
    today: Date,
    earlier: Option<Date>,
    findings: &mut Findings,
) -> Option<Date> {
    let pointer = format!("{path}/departure_date");
    let text = findings.text(slice, "departure_date", path)?;
    let Some(date) = calendar_date(text) else {
        let message = "Field 'departure_date' must be a date like 2026-03-31";
        findings.add("validation_format", &pointer, message);
        return None;
    };
    // It may still be yesterday at the place of departure.
    if days_between(today, date) < -1 {
        let message = format!("Field 'departure_date' must be after {today}");
        findings.add("validation_inclusion", &pointer, &message);
    }
    if earlier.is_some_and(|earlier| date < earlier) {
        let message = "Field 'departure_date' must not be before the slice before it";
        findings.add("validation_inclusion", &pointer, message);
    }
    Some(date)
}

/// A date in the one form the supplier reads, `YYYY-MM-DD`.
pub(super) fn calendar_date(text: &str) -> Option<Date> {
    (text.len() == 10).then(|| Date::strptime("%Y-%m-%d", text).ok()).flatten()
}

fn read_window(
    slice: &Value,
    key: &str,
    path: &str,
    findings: &mut Findings,
) -> Option<(Time, Time)> {
    let window = &slice[key];
    if window.is_null() {
        return None;
    }
    let time =
        |name: &str| window[name].as_str().and_then(|text| Time::strptime("%H:%M", text).ok());
    let both = time("from").zip(time("to"));
    if both.is_none() {
        let message = format!("Field '{key}' must have the times 'from' and 'to' like 09:30");
        findings.add("validation_format", &format!("{path}/{key}"), &message);
    }
    both
}

fn read_passengers(data: &Value, findings: &mut Findings) -> Vec<Passenger> {
    let rows = findings.list(data, "passengers", "");
    if rows.len() > PASSENGERS_MAX {
        let message = format!("Field 'passengers' must have at most {PASSENGERS_MAX} entries");
        findings.add("validation_length", "/passengers", &message);
    }
    let passengers: Vec<Passenger> = rows
        .iter()
        .enumerate()
        .map(|(index, row)| read_passenger(row, &format!("/passengers/{index}"), findings))
        .collect();
    let infants = passengers.iter().filter(|passenger| passenger.is_infant()).count();
    let adults = passengers.iter().filter(|passenger| passenger.kind() == "adult").count();
    if infants > adults {
        let message = "Each infant needs an adult to travel with";
        findings.add("validation_inclusion", "/passengers", message);
    }
    passengers
}

pub(super) fn read_passenger(row: &Value, path: &str, findings: &mut Findings) -> Passenger {
    let text = |key: &str| row[key].as_str().map(str::to_owned);
    let (kind, age, fare_type) = (text("type"), row["age"].as_i64(), text("fare_type"));
    if kind.is_none() && age.is_none() && fare_type.is_none() {
        findings.required(&format!("{path}/type"));
    }
    if kind.is_some() && (!row["age"].is_null() || fare_type.is_some()) {
        let message = "Only one of 'type', 'age' and 'fare_type' may be given";
        findings.add("validation_inclusion", &format!("{path}/type"), message);
    }
    if let Some(kind) = &kind
        && !["adult", "child", "infant_without_seat"].contains(&kind.as_str())
    {
        let message = "Field 'type' must be adult, child or infant_without_seat";
        findings.add("validation_inclusion", &format!("{path}/type"), message);
    }
    if !row["age"].is_null() && age.is_none_or(|age| !(0..=130).contains(&age)) {
        let message = "Field 'age' must be a whole number of years";
        findings.add("validation_type", &format!("{path}/age"), message);
    }
    let loyalty = row["loyalty_programme_accounts"].as_array().cloned().unwrap_or_default();
    let named = text("given_name").is_some() && text("family_name").is_some();
    if !loyalty.is_empty() && !named {
        findings.required(&format!("{path}/given_name"));
    }
    Passenger {
        id: String::new(),
        kind,
        age,
        fare_type,
        given_name: text("given_name"),
        family_name: text("family_name"),
        loyalty,
    }
}

fn read_cabin(data: &Value, findings: &mut Findings) -> Option<Cabin> {
    let code = &data["cabin_class"];
    let cabin = code.as_str().and_then(Cabin::parse);
    if cabin.is_none() && !code.is_null() {
        let message = "Field 'cabin_class' must be first, business, premium_economy or economy";
        findings.add("validation_inclusion", "/cabin_class", message);
    }
    cabin
}

fn read_connections(data: &Value, findings: &mut Findings) -> usize {
    match &data["max_connections"] {
        Value::Null => 1,
        number => match number.as_u64() {
            Some(number @ 0..=2) => usize::try_from(number).expect("at most two"),
            _ => {
                let message = "Field 'max_connections' must be 0, 1 or 2";
                findings.add("validation_inclusion", "/max_connections", message);
                0
            }
        },
    }
}
