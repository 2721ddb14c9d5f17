//! Changes that airlines make on their own: `/air/airline_initiated_changes`.

use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::errors::{Findings, Refusal};
use super::geography::airport_named;
use super::magic::Magic;
use super::world::{World, instant};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Disruption {
    id: String,
    pub(super) order_id: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    action_taken: Option<String>,
    action_taken_at: Option<Timestamp>,
    removed: Vec<Value>,
    added: Vec<Value>,
}

impl Disruption {
    fn is_open(&self) -> bool {
        self.action_taken.is_none()
    }

    fn json(&self) -> Value {
        let actions: &[&str] =
            if self.is_open() { &["accept", "cancel", "change", "update"] } else { &["update"] };
        json!({
            "id": self.id,
            "order_id": self.order_id,
            "live_mode": false,
            "created_at": instant(self.created_at),
            "updated_at": instant(self.updated_at),
            "action_taken": self.action_taken,
            "action_taken_at": self.action_taken_at.map(instant),
            "available_actions": actions,
            "removed": self.removed,
            "added": self.added,
            "travel_agent_ticket": null,
        })
    }
}

pub(super) fn of_order(world: &World, order_id: &str) -> Vec<Value> {
    let rows = world.disruptions.rows().filter(|row| row.order_id == order_id);
    rows.map(Disruption::json).collect()
}

/// Whether the airline changed something about the order that nobody has answered.
pub(super) fn has_open(world: &World, order_id: &str) -> bool {
    world.disruptions.rows().any(|row| row.is_open() && row.order_id == order_id)
}

/// The airline moves the first flight of the order by another hour.
pub(super) fn disrupt(world: &mut World, order_id: &str, now: Timestamp) -> Option<Value> {
    let order = world.orders.get(order_id).filter(|order| order.cancelled_at.is_none())?;
    let earlier = world.disruptions.rows().rfind(|row| row.order_id == order_id && row.is_open());
    let removed = order.slices.first()?.clone();
    let latest = earlier.and_then(|row| row.added.first()).unwrap_or(&removed);
    let added = an_hour_later(latest);
    let row = Disruption {
        id: world.id("aic", now),
        order_id: order_id.to_owned(),
        created_at: now,
        updated_at: now,
        action_taken: None,
        action_taken_at: None,
        removed: vec![removed],
        added: vec![added],
    };
    let object = json!({ "id": order_id, "order_id": order_id, "aic_id": row.id });
    world.emit("order.airline_initiated_change_detected", object, &row.id, now);
    world.disruptions.put(&row.id.clone(), row.clone());
    Some(row.json())
}

fn an_hour_later(slice: &Value) -> Value {
    let mut slice = slice.clone();
    for segment in slice["segments"].as_array_mut().into_iter().flatten() {
        for key in ["departing_at", "arriving_at"] {
            let time = segment[key].as_str().and_then(|text| text.parse::<DateTime>().ok());
            let later = time.and_then(|time| time.checked_add(SignedDuration::from_hours(1)).ok());
            if let Some(later) = later {
                segment[key] = json!(later.strftime("%Y-%m-%dT%H:%M:%S").to_string());
            }
        }
    }
    slice
}

/// When a rendered slice starts and ends.
pub(super) fn slice_instants(slice: &Value) -> Option<(Timestamp, Timestamp)> {
    let segments = slice["segments"].as_array()?;
    let at = |segment: &Value, place: &str, key: &str| {
        let airport = airport_named(segment[place]["iata_code"].as_str()?)?;
        let local: DateTime = segment[key].as_str()?.parse().ok()?;
        Some(airport.instant(local).timestamp())
    };
    let starts = at(segments.first()?, "origin", "departing_at")?;
    Some((starts, at(segments.last()?, "destination", "arriving_at")?))
}

/// `GET /air/airline_initiated_changes?order_id=`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let order_id = call.query.get("order_id").map(str::to_owned);
    if let Some(order_id) = &order_id {
        let order = world.orders.get(order_id).ok_or_else(Refusal::not_found)?;
        if order.magic() == Some(Magic::AirlineChanges) {
            disrupt(world, order_id, call.now);
        }
    }
    let rows: Vec<Value> = world
        .disruptions
        .rows()
        .filter(|row| order_id.as_ref().is_none_or(|wanted| row.order_id == *wanted))
        .map(Disruption::json)
        .collect();
    Ok(Reply::ok(Value::Array(rows)))
}

/// `POST /air/airline_initiated_changes/{id}/actions/accept`
pub(super) fn accept(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let row = newest(world, call, "stale_airline_initiated_change_accept")?;
    if let (Some(order), Some(added)) = (world.orders.edit(&row.order_id), row.added.first()) {
        if let Some(first) = order.slices.first_mut() {
            *first = added.clone();
        }
        if let Some((departs_at, arrives_at)) = slice_instants(added) {
            order.departs_at = departs_at;
            order.arrives_at = order.arrives_at.max(arrives_at);
        }
    }
    act(world, call, "accepted")
}

/// `PATCH /air/airline_initiated_changes/{id}`: says what was done elsewhere.
pub(super) fn update(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut findings = Findings::default();
    let action = findings.text(&call.data, "action_taken", "").unwrap_or_default().to_owned();
    if !action.is_empty() && !["accepted", "cancelled", "changed"].contains(&action.as_str()) {
        let message = "Field 'action_taken' must be accepted, cancelled or changed";
        findings.add("validation_inclusion", "/action_taken", message);
    }
    findings.into_result()?;
    newest(world, call, "stale_airline_initiated_change_update")?;
    act(world, call, &action)
}

/// The change named by the call, if it is the newest open one of its order.
fn newest(world: &World, call: &Call, code: &str) -> Result<Disruption, Refusal> {
    let row = world.disruptions.get(call.id()).ok_or_else(Refusal::not_found)?;
    let newest = world.disruptions.rows().rfind(|other| other.order_id == row.order_id);
    if newest.is_none_or(|newest| newest.id != row.id) || !row.is_open() {
        let message = "Only the newest open change of an order can be acted on";
        return Err(Refusal::state(code, message));
    }
    Ok(row.clone())
}

/// Closes the change, and the older ones it replaced.
fn act(world: &mut World, call: &Call, action: &str) -> Result<Reply, Refusal> {
    let order_id =
        world.disruptions.get(call.id()).ok_or_else(Refusal::not_found)?.order_id.clone();
    let open: Vec<String> = world
        .disruptions
        .rows()
        .filter(|row| row.order_id == order_id && row.is_open())
        .map(|row| row.id.clone())
        .collect();
    for id in open {
        let row = world.disruptions.edit(&id).expect("the row was just read");
        row.action_taken = Some(action.to_owned());
        row.action_taken_at = Some(call.now);
        row.updated_at = call.now;
    }
    let row = world.disruptions.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(row.json()))
}
