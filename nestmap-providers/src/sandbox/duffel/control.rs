//! `/_sandbox`: the clock, the faults, and a look at the books. No real supplier has this.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::{get, post};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::delivery::DeliveryMode;
use super::desk::{Desk, lock};
use super::{disruptions, inspection};
use crate::sandbox::faults::FaultRule;

pub(super) fn router() -> Router<Arc<Desk>> {
    Router::new()
        .route("/_sandbox", get(about))
        .route("/_sandbox/clock", get(about).post(set_clock))
        .route("/_sandbox/faults", get(faults).post(add_faults).delete(clear_faults))
        .route("/_sandbox/orders", get(orders))
        .route("/_sandbox/orders/{id}/airline_initiated_changes", post(disrupt))
        .route("/_sandbox/calls", get(calls))
        .route("/_sandbox/webhooks", post(set_delivery_mode))
        .route("/_sandbox/flush", post(flush))
}

fn answer(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert("x-sandbox", HeaderValue::from_static("duffel"));
    response
}

fn ok(body: &Value) -> Response<Body> {
    answer(StatusCode::OK, body)
}

fn refused(reason: &str) -> Response<Body> {
    answer(StatusCode::BAD_REQUEST, &json!({ "error": reason }))
}

async fn about(State(desk): State<Arc<Desk>>) -> Response<Body> {
    let known = desk.with_world(|world, now| {
        json!({
            "sandbox": "duffel", "live_mode": false, "now": now.to_string(),
            "seed": world.seed, "currency": world.currency.code,
        })
    });
    known.map_or_else(|error| refused(&error.to_string()), |body| ok(&body))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClockWish {
    now: Option<Timestamp>,
    advance_seconds: Option<i64>,
}

/// Sets or advances the clock and lets happen what had to happen by then.
async fn set_clock(State(desk): State<Arc<Desk>>, body: Bytes) -> Response<Body> {
    match serde_json::from_slice(&body) {
        Ok(ClockWish { now: Some(now), advance_seconds: None }) => desk.clock.set(now),
        Ok(ClockWish { now: None, advance_seconds: Some(seconds) }) => {
            desk.clock.advance_seconds(seconds);
        }
        Ok(_) => return refused("give `now` or `advance_seconds`"),
        Err(error) => return refused(&error.to_string()),
    }
    if let Ok(true) = desk.with_world(|world, now| !world.parcels(now).is_empty()) {
        desk.flush_soon();
    }
    about(State(desk)).await
}

async fn faults(State(desk): State<Arc<Desk>>) -> Response<Body> {
    ok(&json!({ "faults": desk.faults.waiting() }))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum FaultWish {
    Many { faults: Vec<FaultRule> },
    One(FaultRule),
}

async fn add_faults(State(desk): State<Arc<Desk>>, body: Bytes) -> Response<Body> {
    let rules = match serde_json::from_slice(&body) {
        Ok(FaultWish::Many { faults }) => faults,
        Ok(FaultWish::One(rule)) => vec![rule],
        Err(_) => {
            let reason = "expected a rule `{method?, path, nth?, times?, fault: {kind, …}}` or \
                          `{\"faults\": [rules]}`";
            return refused(reason);
        }
    };
    for rule in rules {
        desk.faults.add(rule);
    }
    faults(State(desk)).await
}

async fn clear_faults(State(desk): State<Arc<Desk>>) -> Response<Body> {
    desk.faults.clear();
    faults(State(desk)).await
}

async fn orders(State(desk): State<Arc<Desk>>) -> Response<Body> {
    match desk.with_world(|world, now| inspection::inspect(world, now)) {
        Ok(found) => ok(&json!(found)),
        Err(error) => refused(&error.to_string()),
    }
}

async fn calls(State(desk): State<Arc<Desk>>) -> Response<Body> {
    ok(&json!({ "calls": desk.calls() }))
}

/// Makes the airline move the first flight of an order by an hour.
async fn disrupt(State(desk): State<Arc<Desk>>, Path(id): Path<String>) -> Response<Body> {
    match desk.with_world(|world, now| disruptions::disrupt(world, &id, now)) {
        Ok(Some(change)) => {
            desk.flush_soon();
            ok(&change)
        }
        Ok(None) => refused("there is no such order, or it is cancelled"),
        Err(error) => refused(&error.to_string()),
    }
}

async fn set_delivery_mode(State(desk): State<Arc<Desk>>, body: Bytes) -> Response<Body> {
    match serde_json::from_slice::<DeliveryMode>(&body) {
        Ok(mode) => {
            *lock(&desk.delivery_mode) = mode;
            ok(&json!(mode))
        }
        Err(error) => refused(&error.to_string()),
    }
}

async fn flush(State(desk): State<Arc<Desk>>) -> Response<Body> {
    ok(&json!(desk.flush().await))
}
