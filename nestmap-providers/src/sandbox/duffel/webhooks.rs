//! Webhooks, their events and deliveries: `/air/webhooks`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, FollowUp, Reply};
use super::errors::{Findings, Refusal};
use super::events::{Delivery, Due, Event};
use super::paging::page_of_json;
use super::world::{World, instant};
use crate::sandbox::dice::Dice;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) url: String,
    events: Vec<String>,
    active: bool,
    pub(super) secret: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// All event types; a webhook may ask for any of them.
const EVENT_TYPES: &[&str] = &[
    "order.created",
    "order.creation_failed",
    "order.airline_initiated_change_detected",
    "payment.created",
    "air.payment.pending",
    "air.payment.succeeded",
    "air.payment.failed",
    "air.payment.cancelled",
    "air.airline_credit.created",
    "air.airline_credit.spent",
    "air.airline_credit.invalidated",
    "stays.booking.created",
    "stays.booking_creation_failed",
    "ping.triggered",
];

impl Webhook {
    /// The secret is told only when the webhook is made.
    fn json(&self) -> Value {
        json!({
            "id": self.id, "url": self.url, "events": self.events, "active": self.active,
            "live_mode": false, "created_at": instant(self.created_at),
            "updated_at": instant(self.updated_at),
        })
    }

    pub(super) fn wants(&self, kind: &str) -> bool {
        self.active && (kind == "ping.triggered" || self.events.iter().any(|event| event == kind))
    }
}

/// `POST /air/webhooks`
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut findings = Findings::default();
    let url = findings.text(&call.data, "url", "").unwrap_or_default().to_owned();
    check_url(&url, &mut findings);
    let events = read_events(&call.data, &mut findings);
    findings.into_result()?;
    if world.webhooks.rows().next().is_some() {
        let message = "There is already a webhook in this mode";
        return Err(Refusal::field("unsafe_unique", "/url", message));
    }
    let id = world.id("end", call.now);
    let secret = STANDARD.encode(Dice::of(world.seed, &["webhook secret", &id]).letters(16));
    let webhook = Webhook {
        id,
        url,
        events,
        active: true,
        secret,
        created_at: call.now,
        updated_at: call.now,
    };
    world.webhooks.put(&webhook.id, webhook.clone());
    let mut data = webhook.json();
    data["secret"] = json!(webhook.secret);
    Ok(Reply::created(data))
}

/// The real supplier wants https; the sandbox has no certificates to check and stays local.
fn check_url(url: &str, findings: &mut Findings) {
    let is_http = url.starts_with("http://") || url.starts_with("https://");
    let is_url = url.parse::<axum::http::Uri>().is_ok_and(|uri| uri.host().is_some());
    if !(url.is_empty() || is_http && is_url) {
        findings.add("validation_format", "/url", "Field 'url' must be a URL");
    }
}

fn read_events(data: &Value, findings: &mut Findings) -> Vec<String> {
    let mut events = Vec::new();
    for (index, event) in findings.list(data, "events", "").iter().enumerate() {
        match event.as_str() {
            Some(event) if EVENT_TYPES.contains(&event) => events.push(event.to_owned()),
            _ => {
                let pointer = format!("/events/{index}");
                findings.add("validation_inclusion", &pointer, "Unknown event type");
            }
        }
    }
    events
}

/// `GET /air/webhooks`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let rows: Vec<Value> = world.webhooks.rows().map(Webhook::json).collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `PATCH /air/webhooks/{id}`
pub(super) fn update(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut findings = Findings::default();
    let url = call.data["url"].as_str();
    check_url(url.unwrap_or_default(), &mut findings);
    let events = call.data["events"].is_array().then(|| read_events(&call.data, &mut findings));
    findings.into_result()?;
    let webhook = world.webhooks.edit(call.id()).ok_or_else(Refusal::not_found)?;
    webhook.active = call.data["active"].as_bool().unwrap_or(webhook.active);
    webhook.url = url.map_or_else(|| webhook.url.clone(), str::to_owned);
    webhook.events = events.unwrap_or_else(|| webhook.events.clone());
    webhook.updated_at = call.now;
    Ok(Reply::ok(webhook.json()))
}

/// `DELETE /air/webhooks/{id}`
pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    world.webhooks.remove(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::empty())
}

/// `POST /air/webhooks/{id}/actions/ping`
pub(super) fn ping(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    world.webhooks.get(call.id()).ok_or_else(Refusal::not_found)?;
    let id = world.emit("ping.triggered", json!({}), call.id(), call.now);
    // The answer waits for this one delivery; it isn't repeated.
    world.events.edit(&id).expect("the event was just made").due = None;
    Ok(Reply { follow_up: Some(FollowUp::Ping(id)), ..Reply::empty() })
}

/// `GET /air/webhooks/events`
pub(super) fn list_events(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let kind = call.query.get("type");
    let rows: Vec<Value> = world
        .events
        .rows()
        .rev()
        .filter(|event| kind.is_none_or(|wanted| event.kind == wanted))
        .map(Event::json)
        .collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `GET /air/webhooks/events/{id}`
pub(super) fn get_event(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let event = world.events.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(event.json()))
}

/// `POST /air/webhooks/events/{id}/actions/redeliver`
pub(super) fn redeliver(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let event = world.events.edit(call.id()).ok_or_else(Refusal::not_found)?;
    event.due = Some(Due { at: call.now, failures: 0 });
    Ok(Reply::empty())
}

/// `GET /air/webhooks/deliveries`
pub(super) fn list_deliveries(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (endpoint, kind) = (call.query.get("endpoint_id"), call.query.get("type"));
    let success = call.query.flag("delivery_success");
    let rows: Vec<Value> = world
        .deliveries
        .rows()
        .rev()
        .filter(|row| endpoint.is_none_or(|wanted| row.endpoint_id == wanted))
        .filter(|row| kind.is_none_or(|wanted| row.kind == wanted))
        .filter(|row| success.is_none_or(|wanted| row.succeeded() == wanted))
        .map(Delivery::json)
        .collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `GET /air/webhooks/deliveries/{id}`
pub(super) fn get_delivery(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let delivery = world.deliveries.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(delivery.json()))
}
