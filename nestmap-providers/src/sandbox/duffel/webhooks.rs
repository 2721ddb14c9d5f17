//! Webhooks, their events and deliveries: `/air/webhooks`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::call::{Call, FollowUp, Reply};
use super::errors::{Findings, Refusal};
use super::paging::page_of_json;
use super::world::{World, instant};
use crate::sandbox::dice::Dice;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Webhook {
    pub(super) id: String,
    pub(super) url: String,
    events: Vec<String>,
    active: bool,
    secret: String,
    created_at: Timestamp,
    updated_at: Timestamp,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    kind: String,
    object: Value,
    idempotency_key: String,
    created_at: Timestamp,
    /// The next attempt, while the event isn't delivered.
    due: Option<Due>,
}

/// When an event is sent next, and how often that failed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Due {
    at: Timestamp,
    failures: u32,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Delivery {
    id: String,
    endpoint_id: String,
    event_id: String,
    kind: String,
    url: String,
    status: Option<u16>,
    body: String,
    created_at: Timestamp,
}

/// An event ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) event_id: String,
    pub(super) url: String,
    pub(super) body: String,
    pub(super) signature: String,
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

const RETRIED_FOR: SignedDuration = SignedDuration::from_hours(72);
const ORGANISATION: &str = "org_0000sandboxsandboxsandb";

/// `t=…,v1=…`: HMAC-SHA256 over the time, a dot and the raw body, keyed with the secret's text.
pub(super) fn signature(secret: &str, at: Timestamp, body: &str) -> String {
    let seconds = at.as_second();
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

impl Webhook {
    /// The secret is told only when the webhook is made.
    fn json(&self) -> Value {
        json!({
            "id": self.id, "url": self.url, "events": self.events, "active": self.active,
            "live_mode": false, "created_at": instant(self.created_at),
            "updated_at": instant(self.updated_at),
        })
    }

    fn wants(&self, kind: &str) -> bool {
        self.active && (kind == "ping.triggered" || self.events.iter().any(|event| event == kind))
    }
}

impl Event {
    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "api_version": "v2",
            "type": self.kind,
            "data": { "object": self.object },
            "live_mode": false,
            "idempotency_key": self.idempotency_key,
            "created_at": instant(self.created_at),
            "identity_organisation_id": ORGANISATION,
        })
    }
}

impl Delivery {
    fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    fn json(&self) -> Value {
        json!({
            "id": self.id,
            "endpoint_id": self.endpoint_id,
            "event_id": self.event_id,
            "type": self.kind,
            "url": self.url,
            "response_status_code": self.status,
            "response_body": self.body,
            "delivery_success": self.succeeded(),
            "live_mode": false,
            "created_at": instant(self.created_at),
        })
    }
}

impl World {
    /// Records an event and has it delivered to the webhook that wants it.
    pub(super) fn emit(&mut self, kind: &str, object: Value, key: &str, now: Timestamp) -> String {
        let wanted = self.webhooks.rows().any(|webhook| webhook.wants(kind));
        let event = Event {
            id: self.id("wev", now),
            kind: kind.to_owned(),
            object,
            idempotency_key: key.to_owned(),
            created_at: now,
            due: wanted.then_some(Due { at: now, failures: 0 }),
        };
        let id = event.id.clone();
        self.events.put(&id, event);
        id
    }

    pub(super) fn emit_creation_failed(
        &mut self,
        pending_id: &str,
        order: &super::orders::Order,
        now: Timestamp,
    ) {
        let object = json!({ "id": pending_id, "offer_id": order.offer_id });
        let key = STANDARD.encode(format!("failed-{pending_id}"));
        self.emit("order.creation_failed", object, &key, now);
    }

    /// The events that are due, oldest first.
    pub(super) fn parcels(&self, now: Timestamp) -> Vec<Parcel> {
        let due = self.events.rows().filter(|event| event.due.is_some_and(|due| due.at <= now));
        due.filter_map(|event| self.parcel(event, now)).collect()
    }

    pub(super) fn parcel_of(&self, event_id: &str, now: Timestamp) -> Option<Parcel> {
        self.parcel(self.events.get(event_id)?, now)
    }

    fn parcel(&self, event: &Event, now: Timestamp) -> Option<Parcel> {
        let webhook = self.webhooks.rows().find(|webhook| webhook.wants(&event.kind))?;
        let body = event.json().to_string();
        let signature = signature(&webhook.secret, now, &body);
        Some(Parcel { event_id: event.id.clone(), url: webhook.url.clone(), body, signature })
    }

    /// Writes down how an attempt went and when the next one is.
    pub(super) fn record_delivery(
        &mut self,
        parcel: &Parcel,
        status: Option<u16>,
        body: String,
        now: Timestamp,
    ) -> bool {
        let endpoint = self.webhooks.rows().find(|webhook| webhook.url == parcel.url);
        let endpoint_id = endpoint.map(|webhook| webhook.id.clone()).unwrap_or_default();
        let id = self.id("del", now);
        let Some(event) = self.events.edit(&parcel.event_id) else { return false };
        let delivery = Delivery {
            id,
            endpoint_id,
            event_id: event.id.clone(),
            kind: event.kind.clone(),
            url: parcel.url.clone(),
            status,
            body,
            created_at: now,
        };
        let succeeded = delivery.succeeded();
        event.due = match (succeeded, event.due) {
            (true, _) | (_, None) => None,
            (false, Some(due)) => next_attempt(event.created_at, due, now),
        };
        self.deliveries.put(&delivery.id.clone(), delivery);
        succeeded
    }
}

/// After one minute, two, four and so on, for three days.
fn next_attempt(created_at: Timestamp, due: Due, now: Timestamp) -> Option<Due> {
    let wait = SignedDuration::from_mins(1_i64 << due.failures.min(10));
    let at = now + wait;
    let in_time = at.duration_since(created_at) <= RETRIED_FOR;
    in_time.then_some(Due { at, failures: due.failures + 1 })
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

#[cfg(test)]
mod tests {
    use super::*;

    // The expected digest comes from another implementation of HMAC.
    #[test]
    fn the_signature_is_keyed_with_the_text_of_the_secret() {
        let at = Timestamp::from_second(1_700_000_000).expect("an instant");
        let signed = signature("Jefe", at, "{\"id\":\"wev_1\"}");
        let (time, digest) = signed.split_once(",v1=").expect("two parts");
        assert_eq!(time, "t=1700000000");
        assert_eq!(digest, "de47ae17689c21153cac203328b9e45c332bfccb21daa5040229cc4029524b80");
    }

    #[test]
    fn failed_deliveries_are_repeated_with_growing_pauses_for_three_days() {
        let start = Timestamp::UNIX_EPOCH;
        let (mut now, mut due, mut pauses) = (start, Due { at: start, failures: 0 }, Vec::new());
        while let Some(next) = next_attempt(start, due, now) {
            pauses.push(next.at.duration_since(now).as_mins());
            (now, due) = (next.at, next);
        }
        assert_eq!(pauses[..4], [1, 2, 4, 8]);
        assert!(pauses.is_sorted());
        assert!(now.duration_since(start) <= RETRIED_FOR);
        assert!(pauses.len() > 10);
    }
}
