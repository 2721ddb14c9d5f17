//! Orders as the supplier keeps them: `/air/orders`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::{Call, Reply};
use super::errors::{Findings, Refusal};
use super::fares::Term;
use super::geography::airline_json;
use super::magic::Magic;
use super::magic::magic;
use super::network::{Model, carrier};
use super::world::{World, instant, whole_second};
use crate::sandbox::dice::Dice;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) id: String,
    pub(super) offer_id: String,
    pub(super) created_at: Timestamp,
    pub(super) is_hold: bool,
    pub(super) owner: String,
    pub(super) booking_reference: String,
    /// Until then the supplier knows little more than the id.
    pub(super) complete_at: Option<Timestamp>,
    pub(super) price: Price,
    /// The day after booking, counted from 0, on which the market last moved the price.
    pub(super) priced_on_day: Option<i64>,
    pub(super) slices: Vec<Value>,
    pub(super) passengers: Vec<Value>,
    pub(super) services: Vec<Value>,
    pub(super) conditions: Value,
    pub(super) change: Term,
    /// What a change costs where `change` is a fee, in minor units.
    pub(super) change_fee: i64,
    pub(super) refund: Term,
    /// What a refund costs where `refund` is a fee, in minor units.
    pub(super) refund_fee: i64,
    pub(super) pay_by: Option<Timestamp>,
    pub(super) price_until: Option<Timestamp>,
    pub(super) paid_at: Option<Timestamp>,
    /// A payment is on its way.
    pub(super) paying: bool,
    /// How it was paid; the refund goes back the same way.
    pub(super) paid_with: Option<String>,
    pub(super) cancellation: Option<String>,
    pub(super) cancelled_at: Option<Timestamp>,
    pub(super) changes: Vec<Value>,
    pub(super) metadata: Map<String, Value>,
    pub(super) users: Vec<Value>,
    pub(super) void_until: Option<Timestamp>,
    pub(super) departs_at: Timestamp,
    pub(super) arrives_at: Timestamp,
    /// Whether the airline lets others cancel.
    pub(super) cancellable: bool,
}

/// So long the market leaves a fresh hold alone.
const QUIET_HOURS: i64 = 6;

/// What an order costs, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Price {
    pub(super) base: i64,
    pub(super) tax: i64,
    pub(super) services: i64,
    pub(super) changes: i64,
}

impl Price {
    pub(super) fn total(&self) -> i64 {
        self.base + self.tax + self.services + self.changes
    }
}

/// The airline's locator of a booking.
pub(super) fn booking_reference(owner: &str, order_id: &str) -> String {
    const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    let mut dice = Dice::of(0, &["booking reference", order_id]);
    let length = if owner == "U2" { 7 } else { 6 };
    (0..length).map(|_| char::from(*dice.pick(LETTERS))).collect()
}

impl Order {
    /// An order that was never paid and whose seats went back to the airline.
    pub(super) fn has_lapsed(&self, now: Timestamp) -> bool {
        let late = self.pay_by.is_some_and(|pay_by| now >= pay_by);
        late && self.paid_at.is_none() && !self.paying && self.cancelled_at.is_none()
    }

    pub(super) fn awaits_payment(&self, now: Timestamp) -> bool {
        self.is_hold
            && self.paid_at.is_none()
            && !self.paying
            && self.cancelled_at.is_none()
            && !self.has_lapsed(now)
    }

    pub(super) fn magic(&self) -> Option<Magic> {
        let end = |slice: &Value, key: &str| {
            slice[key]["iata_code"].as_str().unwrap_or_default().to_owned()
        };
        let first = self.slices.first()?;
        magic(&end(first, "origin"), &end(first, "destination"))
    }

    /// What the airline allows now: the only reliable word on it.
    pub(super) fn available_actions(&self, now: Timestamp) -> Vec<&'static str> {
        let over = self.cancelled_at.is_some() || self.has_lapsed(now) || now >= self.departs_at;
        let mut actions = Vec::new();
        if !over && self.cancellable {
            actions.push("cancel");
        }
        if !over && self.paid_at.is_some() && self.changes.is_empty() {
            actions.push("change");
        }
        actions.push("update");
        actions
    }

    fn is_complete(&self, now: Timestamp) -> bool {
        self.complete_at.is_none_or(|complete_at| now >= complete_at)
    }

    /// Brings the price of an unpaid hold up to date: without a guarantee, or once it is over,
    /// the market moves it a little every day.
    pub(super) fn follow_market(&mut self, seed: u64, now: Timestamp) {
        let guaranteed = self.price_until.is_some_and(|until| now < until);
        let hours = now.duration_since(self.created_at).as_hours();
        let day = hours / 24;
        let priced_today = self.priced_on_day.is_some_and(|priced| priced >= day);
        if guaranteed || hours < QUIET_HOURS || priced_today || !self.awaits_payment(now) {
            return;
        }
        let percent = Dice::of(seed, &["market", &self.id, &day.to_string()]).between(1, 5);
        self.price.base += self.price.base * percent / 100;
        self.priced_on_day = Some(day);
    }

    pub(super) fn booking_reference(&self, now: Timestamp) -> Option<&str> {
        self.is_complete(now).then_some(self.booking_reference.as_str())
    }

    /// Tickets exist once paid; low-cost airlines have none.
    fn documents_json(&self, now: Timestamp) -> Vec<Value> {
        let ticketed = self.paid_at.is_some() && self.is_complete(now);
        if !ticketed || carrier(&self.owner).model == Model::LowCost {
            return Vec::new();
        }
        self.passengers
            .iter()
            .map(|passenger| {
                let id = passenger["id"].as_str().unwrap_or_default();
                let mut dice = Dice::of(0, &["ticket", &self.id, id]);
                json!({
                    "type": "electronic_ticket",
                    "unique_identifier": format!("999{}", dice.between(1_000_000_000, 9_999_999_999)),
                    "passenger_ids": [id],
                })
            })
            .collect()
    }

    /// What can be said before the airline has told everything.
    pub(super) fn brief_json(&self) -> Value {
        json!({
            "id": self.id,
            "offer_id": self.offer_id,
            "live_mode": false,
            "created_at": instant(self.created_at),
            "booking_reference": null,
        })
    }

    pub(super) fn json(&self, world: &World, now: Timestamp) -> Value {
        let currency = world.currency;
        let reference = self.booking_reference(now);
        let references: Vec<Value> = reference
            .iter()
            .map(|text| json!({ "booking_reference": text, "carrier": airline_json(&self.owner) }))
            .collect();
        let cancellation = self.cancellation.as_ref().and_then(|id| world.cancellations.get(id));
        json!({
            "id": self.id,
            "offer_id": self.offer_id,
            "type": if self.is_hold { "hold" } else { "instant" },
            "live_mode": false,
            "content": "managed",
            "created_at": instant(self.created_at),
            "synced_at": whole_second(now),
            "booking_reference": reference,
            "booking_references": references,
            "total_amount": currency.text(self.price.total()), "total_currency": currency.code,
            "base_amount": currency.text(self.price.base), "base_currency": currency.code,
            "tax_amount": currency.text(self.price.tax), "tax_currency": currency.code,
            "owner": airline_json(&self.owner),
            "payment_status": {
                "awaiting_payment": self.awaits_payment(now),
                "payment_required_by": self.pay_by.map(whole_second),
                "price_guarantee_expires_at": self.price_until.map(whole_second),
                "paid_at": self.paid_at.map(instant),
            },
            "slices": self.slices,
            "passengers": self.passengers,
            "services": self.services,
            "documents": self.documents_json(now),
            "conditions": self.conditions,
            "available_actions": self.available_actions(now),
            "cancellation": cancellation.map(|found| found.json(currency)),
            "cancelled_at": self.cancelled_at.map(instant),
            "changes": self.changes,
            "airline_initiated_changes": super::disruptions::of_order(world, &self.id),
            "metadata": self.metadata,
            "users": self.users,
            "void_window_ends_at": self.void_until.map(whole_second),
        })
    }
}

/// `GET /air/orders/{id}`
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let order = world.orders.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(order.json(world, call.now)))
}

/// `PATCH /air/orders/{id}`: replaces the whole metadata, and the users.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    // A defect of the official JavaScript client wraps the change once more.
    let wrapped = &call.data["options"];
    let data = if world.client_defects && wrapped.is_object() { wrapped } else { &call.data };
    let metadata = read_metadata(data)?;
    let order = world.orders.edit(call.id()).ok_or_else(Refusal::not_found)?;
    if let Some(metadata) = metadata {
        order.metadata = metadata;
    }
    if let Some(users) = data["users"].as_array() {
        order.users = users.clone();
    }
    let order = order.clone();
    Ok(Reply::ok(order.json(world, call.now)))
}

/// `POST /air/orders/{id}/actions/price`: what a hold costs now.
pub(super) fn price(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let seed = world.seed;
    let twist = world.twist_amount(call);
    let order = world.orders.edit(call.id()).ok_or_else(Refusal::not_found)?;
    if !order.is_hold || order.paid_at.is_some() {
        let message = "Only an order that awaits payment can be priced";
        return Err(Refusal::state("order_type_not_eligible_for_payment", message));
    }
    order.follow_market(seed, call.now);
    order.price.base += twist.unwrap_or(0);
    let order = order.clone();
    Ok(Reply::ok(order.json(world, call.now)))
}

/// `GET /air/orders/{id}/available_services`: the sandbox sells nothing after booking.
pub(super) fn available_services(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    world.orders.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(json!([])))
}

/// `POST /air/orders/{id}/services`: refused with the numeric code of the real test airline.
pub(super) fn add_services(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    world.orders.get(call.id()).ok_or_else(Refusal::not_found)?;
    Err(Refusal::numeric(400, "invalid_request_error", "Unsupported operation"))
}

const METADATA_KEYS_MAX: usize = 50;

const METADATA_KEY_LENGTH_MAX: usize = 40;

const METADATA_VALUE_LENGTH_MAX: usize = 500;

/// The metadata of a request, if it has any.
pub(super) fn read_metadata(data: &Value) -> Result<Option<Map<String, Value>>, Refusal> {
    let metadata = match &data["metadata"] {
        Value::Null => return Ok(None),
        Value::Object(metadata) => metadata,
        _ => {
            let message = "Field 'metadata' must be a map of strings";
            return Err(Refusal::field("validation_type", "/metadata", message));
        }
    };
    let mut findings = Findings::default();
    if metadata.len() > METADATA_KEYS_MAX {
        let message = format!("Field 'metadata' must have at most {METADATA_KEYS_MAX} keys");
        findings.add("validation_length", "/metadata", &message);
    }
    for (key, value) in metadata {
        let pointer = format!("/metadata/{key}");
        let text = value.as_str();
        if text.is_none() {
            findings.add("validation_type", &pointer, "A metadata value must be a string");
        }
        let long = text.is_some_and(|text| text.chars().count() > METADATA_VALUE_LENGTH_MAX);
        if long || key.chars().count() > METADATA_KEY_LENGTH_MAX {
            let message = format!(
                "A metadata key has at most {METADATA_KEY_LENGTH_MAX} characters, a value \
                 {METADATA_VALUE_LENGTH_MAX}"
            );
            findings.add("validation_length", &pointer, &message);
        }
    }
    findings.into_result()?;
    Ok(Some(metadata.clone()))
}
