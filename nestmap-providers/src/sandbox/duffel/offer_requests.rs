//! Searches: `/air/offer_requests` and `/air/batch_offer_requests`.

use std::collections::BTreeMap;

use jiff::civil::{Date, Time};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::errors::Refusal;
use super::fares::Cabin;
use super::geography::{Place, place};
use super::live_offer::OfferState;
use super::magic::Magic;
use super::magic::magic;
use super::paging::page_of_json;
use super::search_form::read;
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
    pub(super) origin: String,
    pub(super) destination: String,
    pub(super) date: Date,
    pub(super) departs: Option<(Time, Time)>,
    pub(super) arrives: Option<(Time, Time)>,
}

/// A traveler as the search describes them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Passenger {
    pub(super) id: String,
    pub(super) kind: Option<String>,
    pub(super) age: Option<i64>,
    pub(super) fare_type: Option<String>,
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
