//! From HTTP to handlers and back: headers, envelope, faults.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Limited};
use jiff::Timestamp;
use serde_json::Value;

use super::call::{Call, FollowUp, Handler, Reply};
use super::desk::{Allowance, CallRecord, Desk};
use super::envelope::{BODY_BYTES_MAX, Data, check};
use super::errors::Refusal;
use super::mishap::{Instead, Plan};
use crate::sandbox::dice::Dice;
use crate::sandbox::server::{BrokenBody, HangUp};

const GZIP_FROM_BYTES: usize = 1024;

/// What leaves the sandbox, before it becomes bytes.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Payload,
}

pub(super) enum Payload {
    Empty,
    Json(Value),
    Html(&'static str),
    Text(&'static str),
}

pub(super) fn rate_limited() -> Refusal {
    let message = "Too many requests hit the API too quickly. Please retry your request after the \
                   time specified in the `ratelimit-reset` header.";
    Refusal::new(429, "rate_limit_error", "rate_limit_exceeded", message)
}

impl Answer {
    pub(super) fn refused(refusal: &Refusal, request_id: &str) -> Self {
        Self { status: refusal.status, body: Payload::Json(refusal.json(request_id)) }
    }

    fn of(result: Result<Reply, Refusal>, request_id: &str) -> Self {
        match result {
            Ok(reply) => {
                let body = reply.body.map_or(Payload::Empty, Payload::Json);
                Self { status: reply.status, body }
            }
            Err(refusal) => Self::refused(&refusal, request_id),
        }
    }
}

/// Answers one call. The work goes on when the caller hangs up: it was asked for.
pub(super) async fn answer(
    desk: Arc<Desk>,
    handler: Handler,
    data: Data,
    path: RawPathParams,
    request: Request,
) -> Response<Body> {
    let path = path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    let work = tokio::spawn(work(desk, handler, data, path, request));
    work.await.unwrap_or_else(|_| {
        let mut response = Response::new(Body::from("the sandbox failed to answer"));
        *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
        response
    })
}

async fn work(
    desk: Arc<Desk>,
    handler: Handler,
    data: Data,
    path: BTreeMap<String, String>,
    request: Request,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let faults = desk.faults.take(parts.method.as_str(), parts.uri.path());
    let plan = Plan::of(&faults);
    let mut record = CallRecord {
        at: desk.clock.now(),
        method: parts.method.to_string(),
        path: parts.uri.path().to_owned(),
        status: None,
        worked: false,
        faults,
    };
    if plan.drop_before {
        desk.record(record);
        return hang_up();
    }
    let body = Limited::new(body, BODY_BYTES_MAX).collect().await.map(|body| body.to_bytes());
    tokio::time::sleep(plan.delay).await;

    let is_search = parts.method == Method::POST && parts.uri.path().contains("offer_requests");
    let mut allowance = desk.count(is_search);
    let request_id = request_id(&desk, record.at);
    let checked = check(&desk, &parts, body.ok().as_ref(), data, path, &plan, allowance);
    let answer = match (plan.instead, checked) {
        (Some(instead), _) => {
            if let Instead::RateLimit(seconds) = instead {
                allowance.remaining = 0;
                allowance.reset = record.at + jiff::SignedDuration::from_secs(i64::from(seconds));
            }
            instead.answer(&request_id)
        }
        (None, Err(refusal)) => Answer::refused(&refusal, &request_id),
        (None, Ok(call)) => {
            record.worked = true;
            let done = carry_out(&desk, handler, call).await;
            match plan.afterwards {
                Some(failure) => failure.answer(&request_id),
                None => Answer::of(done, &request_id),
            }
        }
    };
    tokio::time::sleep(plan.delay_answer).await;
    if plan.drop_after {
        desk.record(record);
        return hang_up();
    }
    record.status = Some(answer.status);
    desk.record(record);
    let answer = softened(&desk, answer);
    response(answer, &parts.headers, &request_id, allowance, plan.truncate)
}

/// Runs the handler on the world, and what follows from its answer.
async fn carry_out(desk: &Arc<Desk>, handler: Handler, mut call: Call) -> Result<Reply, Refusal> {
    let done = desk.with_world(|world, now| {
        call.now = now;
        (handler(world, &call), !world.parcels(now).is_empty())
    });
    let (result, has_mail) = done.map_err(|error| {
        Refusal::api(500, "internal_server_error", &format!("the sandbox can't go on: {error}"))
    })?;
    if has_mail {
        desk.flush_soon();
    }
    let reply = result?;
    if let Some(FollowUp::Ping(event_id)) = &reply.follow_up
        && !desk.deliver_event(event_id).await
    {
        return Err(Refusal::state("webhook_client_error", ""));
    }
    Ok(reply)
}

/// The official JavaScript client stumbles over empty answers; on request they get a body.
fn softened(desk: &Desk, answer: Answer) -> Answer {
    match (desk.client_defects, &answer.body) {
        (true, Payload::Empty) => {
            Answer { status: 200, body: Payload::Json(Value::Object(serde_json::Map::new())) }
        }
        _ => answer,
    }
}

fn request_id(desk: &Desk, now: Timestamp) -> String {
    let number = desk.number().to_string();
    let mut dice = Dice::of(0, &["request", &number, &now.as_microsecond().to_string()]);
    format!("F{}", dice.letters(19))
}

fn hang_up() -> Response<Body> {
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(HangUp);
    response
}

fn response(
    answer: Answer,
    asked: &HeaderMap,
    request_id: &str,
    allowance: Allowance,
    truncate: bool,
) -> Response<Body> {
    let (kind, bytes) = match answer.body {
        Payload::Empty => (None, Bytes::new()),
        Payload::Json(value) => {
            (Some("application/json; charset=utf-8"), Bytes::from(value.to_string()))
        }
        Payload::Html(text) => {
            (Some("text/html; charset=utf-8"), Bytes::from_static(text.as_bytes()))
        }
        Payload::Text(text) => {
            (Some("text/plain; charset=utf-8"), Bytes::from_static(text.as_bytes()))
        }
    };
    let zipped =
        if wants_gzip(asked) && bytes.len() >= GZIP_FROM_BYTES { gzip(&bytes) } else { None };
    let is_zipped = zipped.is_some();
    let bytes = zipped.unwrap_or(bytes);
    let body = if truncate { Body::new(BrokenBody::of(&bytes)) } else { Body::from(bytes) };
    let mut response = Response::new(body);
    *response.status_mut() =
        StatusCode::from_u16(answer.status).expect("handlers answer known statuses");
    let headers = response.headers_mut();
    if let Some(kind) = kind {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    if is_zipped {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    headers.insert("x-sandbox", HeaderValue::from_static("duffel"));
    for (name, value) in [
        ("x-request-id", request_id.to_owned()),
        ("ratelimit-limit", allowance.limit.to_string()),
        ("ratelimit-remaining", allowance.remaining.to_string()),
        ("ratelimit-reset", http_date(allowance.reset)),
    ] {
        headers.insert(name, HeaderValue::from_str(&value).expect("plain ASCII"));
    }
    response
}

fn wants_gzip(asked: &HeaderMap) -> bool {
    let accepted = asked.get(header::ACCEPT_ENCODING).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("gzip"))
}

fn gzip(bytes: &Bytes) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

/// RFC 1123, as HTTP wants it.
fn http_date(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// Answers for products this account doesn't have: plain text, not JSON.
pub(super) async fn not_enabled() -> Response<Body> {
    let allowance =
        Allowance { limit: 0, remaining: 0, reset: Timestamp::UNIX_EPOCH, exceeded: false };
    let body = Payload::Text("Forbidden: this product is not enabled for your account (sandbox)");
    response(
        Answer { status: 403, body },
        &HeaderMap::new(),
        "F0000000000000000000",
        allowance,
        false,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        let at: Timestamp = "2026-03-01T09:05:07Z".parse().expect("an instant");
        assert_eq!(http_date(at), "Sun, 01 Mar 2026 09:05:07 GMT");
    }
}
