//! Searches: `/air/offer_requests` and `/air/batch_offer_requests`.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::errors::{Findings, Refusal};
use super::fares::{Cabin, days_between};
use super::geography::{Place, place};
use super::magic::{Magic, magic};
use super::offers::OfferState;
use super::paging::page_of_json;
use super::world::{World, instant};
use crate::sandbox::dice::Dice;

/// A search and what became of its offers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OfferRequest {
    pub(super) id: String,
    pub(super) created_at: Timestamp,
    pub(super) slices: Vec<SliceWish>,
    pub(super) passengers: Vec<Passenger>,
    pub(super) cabin: Option<Cabin>,
    pub(super) connections_max: usize,
    pub(super) batch: Option<Batch>,
    /// The offer that was booked; a search is good for one booking.
    pub(super) booked_offer: Option<String>,
    /// What differs from the offer as it was found, by offer id.
    pub(super) states: BTreeMap<String, OfferState>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SliceWish {
    origin: String,
    destination: String,
    pub(super) date: Date,
    pub(super) departs: Option<(Time, Time)>,
    pub(super) arrives: Option<(Time, Time)>,
}

/// A traveler as the search describes them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Passenger {
    pub(super) id: String,
    kind: Option<String>,
    pub(super) age: Option<i64>,
    fare_type: Option<String>,
    pub(super) given_name: Option<String>,
    pub(super) family_name: Option<String>,
    pub(super) loyalty: Vec<Value>,
}

/// How the offers of a batched search are dealt out.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Batch {
    total: usize,
    remaining: usize,
}

const PASSENGERS_MAX: usize = 9;
const BATCH_LIVES: SignedDuration = SignedDuration::from_mins(1);
/// Airlines sell about this far ahead.
pub(super) const DAYS_ON_SALE: i64 = 330;

impl SliceWish {
    pub(super) fn origin(&self) -> Place {
        place(&self.origin).expect("checked when the search was made")
    }

    pub(super) fn destination(&self) -> Place {
        place(&self.destination).expect("checked when the search was made")
    }

    fn json(&self) -> Value {
        let (origin, destination) = (self.origin(), self.destination());
        json!({
            "origin": origin.json(), "origin_type": origin.kind(),
            "destination": destination.json(), "destination_type": destination.kind(),
            "departure_date": self.date.to_string(),
            "departure_time": self.departs.map(window_json),
            "arrival_time": self.arrives.map(window_json),
        })
    }
}

fn window_json((from, to): (Time, Time)) -> Value {
    json!({ "from": from.strftime("%H:%M").to_string(), "to": to.strftime("%H:%M").to_string() })
}

impl Passenger {
    /// The airline's name for the traveler's age group.
    pub(super) fn kind(&self) -> &str {
        match (self.kind.as_deref(), self.age) {
            (Some(kind), _) => kind,
            (None, Some(0..=1)) => "infant_without_seat",
            (None, Some(2..=11)) => "child",
            (None, _) => "adult",
        }
    }

    pub(super) fn is_infant(&self) -> bool {
        self.kind() == "infant_without_seat"
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id, "type": self.kind(), "age": self.age, "fare_type": self.fare_type,
            "given_name": self.given_name, "family_name": self.family_name,
            "loyalty_programme_accounts": self.loyalty,
        })
    }
}

impl OfferRequest {
    /// What the first slice's route does specially.
    pub(super) fn magic(&self) -> Option<Magic> {
        let first = self.slices.first()?;
        match (first.origin(), first.destination()) {
            (Place::Airport(from), Place::Airport(to)) => magic(from.iata, to.iata),
            _ => None,
        }
    }

    fn json(&self, offers: Option<Vec<Value>>) -> Value {
        let passengers: Vec<Value> = self.passengers.iter().map(Passenger::json).collect();
        let slices: Vec<Value> = self.slices.iter().map(SliceWish::json).collect();
        let mut request = json!({
            "id": self.id,
            "live_mode": false,
            "created_at": instant(self.created_at),
            "cabin_class": self.cabin,
            "slices": slices,
            "passengers": passengers,
            "client_key": self.client_key(),
            "airline_credit_ids": [],
        });
        if let Some(offers) = offers {
            request["offers"] = Value::Array(offers);
        }
        request
    }

    fn batch_json(&self) -> Value {
        let batch = self.batch.as_ref();
        json!({
            "id": self.id,
            "live_mode": false,
            "created_at": instant(self.created_at),
            "total_batches": batch.map(|batch| batch.total),
            "remaining_batches": batch.map(|batch| batch.remaining),
            "client_key": self.client_key(),
        })
    }

    fn client_key(&self) -> String {
        format!("sandbox-client-key-{}", Dice::of(0, &[&self.id]).letters(24))
    }
}

/// `POST /air/offer_requests`
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let request = read(world, call)?;
    world.requests.put(&request.id, request.clone());
    let with_offers = call.query.flag("return_offers").unwrap_or(true);
    let offers = if with_offers { world.offers_json(&request) } else { Vec::new() };
    Ok(Reply::created(request.json(with_offers.then_some(offers))))
}

/// `GET /air/offer_requests/{id}`
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let request = world.requests.get(call.id()).cloned().ok_or_else(Refusal::not_found)?;
    let offers = world.offers_json(&request);
    Ok(Reply::ok(request.json(Some(offers))))
}

/// `GET /air/offer_requests`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let rows: Vec<Value> = world.requests.rows().rev().map(|row| row.json(None)).collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `POST /air/batch_offer_requests`
pub(super) fn create_batch(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut request = read(world, call)?;
    let total = Dice::of(world.seed, &["batches", &request.id]).between(3, 7);
    let total = usize::try_from(total).expect("a small number");
    request.batch = Some(Batch { total, remaining: total });
    world.requests.put(&request.id, request.clone());
    Ok(Reply::created(request.batch_json()))
}

/// `GET /air/batch_offer_requests/{id}`: the offers that are new since the last look.
///
/// Airlines answer when they like, so a look may bring one batch or several.
pub(super) fn get_batch(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut request = world.requests.get(call.id()).cloned().ok_or_else(Refusal::not_found)?;
    let batch = request.batch.clone().ok_or_else(Refusal::not_found)?;
    if call.now > request.created_at + BATCH_LIVES {
        return Err(Refusal::not_found());
    }
    let offers = world.offers_json(&request);
    let step = Dice::of(world.seed, &["batch step", &request.id, &batch.remaining.to_string()])
        .between(1, 4);
    let remaining = batch.remaining.saturating_sub(usize::try_from(step).expect("a small number"));
    let dealt = |remaining: usize| offers.len() * (batch.total - remaining) / batch.total;
    let fresh = offers[dealt(batch.remaining)..dealt(remaining)].to_vec();

    request.batch = Some(Batch { remaining, ..batch });
    world.requests.put(&request.id, request.clone());
    let mut data = request.batch_json();
    data["offers"] = Value::Array(fresh);
    Ok(Reply::ok(data))
}

fn read(world: &mut World, call: &Call) -> Result<OfferRequest, Refusal> {
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

fn read_passenger(row: &Value, path: &str, findings: &mut Findings) -> Passenger {
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
