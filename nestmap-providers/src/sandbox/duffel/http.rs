//! From HTTP to handlers and back: headers, envelope, faults.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, header};
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body_util::{BodyExt as _, Limited};
use jiff::Timestamp;
use serde_json::Value;

use super::call::{Call, FollowUp, Handler, Query, Reply, Twist};
use super::desk::{Allowance, CallRecord, Desk};
use super::errors::Refusal;
use crate::sandbox::dice::Dice;
use crate::sandbox::faults::Fault;
use crate::sandbox::server::{BrokenBody, HangUp};

/// Whether a route can do without `data` in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Needed,
    Optional,
}

const BODY_BYTES_MAX: usize = 1024 * 1024;
const GZIP_FROM_BYTES: usize = 1024;

/// What leaves the sandbox, before it becomes bytes.
struct Answer {
    status: u16,
    body: Payload,
}

enum Payload {
    Empty,
    Json(Value),
    Html(&'static str),
    Text(&'static str),
}

/// What the faults of a call add up to.
#[derive(Default)]
struct Plan {
    delay: Duration,
    delay_answer: Duration,
    drop_before: bool,
    drop_after: bool,
    truncate: bool,
    /// An answer in place of the work.
    instead: Option<Instead>,
    /// An answer that hides work which was done.
    afterwards: Option<Instead>,
    twist: Twist,
}

#[derive(Clone, Copy)]
enum Instead {
    RateLimit(u32),
    ServerError,
    BadGateway,
    NotCreated,
    Unavailable,
    GatewayTimeout,
}

impl Plan {
    fn of(faults: &[Fault]) -> Self {
        let mut plan = Self::default();
        for fault in faults {
            plan.add(fault);
        }
        plan
    }

    fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::Delay { millis } => self.delay += Duration::from_millis(*millis),
            Fault::DelayAnswer { millis } => self.delay_answer += Duration::from_millis(*millis),
            Fault::DropBefore => self.drop_before = true,
            Fault::DropAfter => self.drop_after = true,
            Fault::Truncate => self.truncate = true,
            Fault::DetailLater { seconds } => self.twist.detail_later = Some(*seconds),
            Fault::Accept { seconds, fails } => self.twist.accepted = Some((*seconds, *fails)),
            Fault::PriceRise { amount } => self.twist.price_rise = Some(amount.clone()),
            Fault::Expire => self.twist.expire = true,
            Fault::RateLimit { reset_seconds } => {
                self.instead = Some(Instead::RateLimit(*reset_seconds));
            }
            Fault::NotCreated => self.instead = Some(Instead::NotCreated),
            Fault::Unavailable => self.instead = Some(Instead::Unavailable),
            Fault::ServerError { committed } => self.fail(Instead::ServerError, *committed),
            Fault::BadGateway { committed } => self.fail(Instead::BadGateway, *committed),
            Fault::GatewayTimeout { committed } => self.fail(Instead::GatewayTimeout, *committed),
        }
    }

    fn fail(&mut self, how: Instead, committed: bool) {
        match committed {
            true => self.afterwards = Some(how),
            false => self.instead = Some(how),
        }
    }
}

impl Instead {
    fn answer(self, request_id: &str) -> Answer {
        let refusal = match self {
            Self::BadGateway => {
                return Answer { status: 502, body: Payload::Html(BAD_GATEWAY_HTML) };
            }
            Self::RateLimit(_) => rate_limited(),
            Self::ServerError => {
                let message = "The airline responded with an internal_error error. The order may \
                               have been created. Please contact us.";
                Refusal::airline(500, "airline_internal", message).by_airline("Duffel Airways")
            }
            Self::NotCreated => {
                let message = "The airline could not create the order. There were no side effects.";
                Refusal::airline(502, "order_not_created", message)
            }
            Self::Unavailable => {
                let message = "There is a temporary issue with the server. Please retry later.";
                Refusal::api(503, "service_unavailable", message)
            }
            Self::GatewayTimeout => Refusal::gateway_timeout(),
        };
        Answer::refused(&refusal, request_id)
    }
}

/// What a load balancer says when the server behind it is gone.
const BAD_GATEWAY_HTML: &str = "<html>\n  <head><title>502 Server Error</title></head>\n  \
    <body>\n    <h1>Error: Server Error</h1>\n    <h2>The server encountered a temporary error \
    and could not complete your request.</h2>\n    <p>(This is a sandbox.)</p>\n  </body>\n</html>\n";

fn rate_limited() -> Refusal {
    let message = "Too many requests hit the API too quickly. Please retry your request after the \
                   time specified in the `ratelimit-reset` header.";
    Refusal::new(429, "rate_limit_error", "rate_limit_exceeded", message)
}

impl Answer {
    fn refused(refusal: &Refusal, request_id: &str) -> Self {
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

fn check(
    desk: &Desk,
    parts: &Parts,
    body: Option<&Bytes>,
    data: Data,
    path: BTreeMap<String, String>,
    plan: &Plan,
    allowance: Allowance,
) -> Result<Call, Refusal> {
    check_token(desk, &parts.headers)?;
    check_version(&parts.headers)?;
    check_accept(&parts.headers)?;
    if allowance.exceeded {
        return Err(rate_limited());
    }
    let has_body = [Method::POST, Method::PATCH, Method::PUT].contains(&parts.method);
    let data = match (has_body, body) {
        (false, _) => Value::Null,
        (true, Some(body)) => read_data(&parts.headers, body, data)?,
        (true, None) => {
            let message = format!("The body must be complete and at most {BODY_BYTES_MAX} bytes");
            return Err(Refusal::new(413, "invalid_request_error", "payload_too_large", &message));
        }
    };
    let query = Query::parse(parts.uri.query().unwrap_or_default());
    Ok(Call { now: Timestamp::UNIX_EPOCH, path, query, data, twist: plan.twist.clone() })
}

fn check_token(desk: &Desk, headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(header) = headers.get(header::AUTHORIZATION) else {
        let message = "The 'Authorization' header needs to be set and contain a valid API token.";
        return Err(Refusal::unauthenticated("missing_authorization_header", message));
    };
    let token = header.to_str().ok().and_then(|text| text.strip_prefix("Bearer "));
    let Some(token) = token.filter(|token| !token.trim().is_empty()) else {
        let message = "The 'Authorization' header must be 'Bearer' and an API token.";
        return Err(Refusal::unauthenticated("invalid_authorization_header", message));
    };
    if token.starts_with("duffel_live_") {
        let message = "This is a sandbox; a live token must never be sent to it.";
        return Err(Refusal::unauthenticated("access_token_not_found", message));
    }
    if desk.token.as_deref().is_some_and(|known| known != token) {
        let message = "The access token was not found.";
        return Err(Refusal::unauthenticated("access_token_not_found", message));
    }
    Ok(())
}

fn check_version(headers: &HeaderMap) -> Result<(), Refusal> {
    let Some(version) = headers.get("duffel-version") else {
        let message = "The 'Duffel-Version' header needs to be set.";
        return Err(Refusal::bad_request("missing_version_header", message));
    };
    match version.to_str() {
        Ok("v2") => Ok(()),
        Ok("v1" | "beta") => {
            let message = "The version set in the 'Duffel-Version' header is no longer supported.";
            Err(Refusal::bad_request("unsupported_version", message))
        }
        _ => {
            let message = "The version set in the 'Duffel-Version' header is not known.";
            Err(Refusal::bad_request("invalid_version_header", message))
        }
    }
}

fn check_accept(headers: &HeaderMap) -> Result<(), Refusal> {
    let accept = headers.get(header::ACCEPT).map_or(Ok("*/*"), HeaderValue::to_str);
    let fits = ["application/json", "application/*", "*/*"];
    if accept.is_ok_and(|accept| fits.iter().any(|kind| accept.contains(kind))) {
        return Ok(());
    }
    let message = "The API answers with 'application/json' only.";
    Err(Refusal::new(406, "invalid_request_error", "unsupported_format", message))
}

fn read_data(headers: &HeaderMap, body: &Bytes, rule: Data) -> Result<Value, Refusal> {
    if body.is_empty() && rule == Data::Optional {
        return Ok(Value::Null);
    }
    match headers.get(header::CONTENT_TYPE).map(|kind| kind.to_str().unwrap_or_default()) {
        None => {
            let message = "The 'Content-Type' header needs to be set to 'application/json'.";
            return Err(Refusal::bad_request("missing_content_type_header", message));
        }
        Some(kind) if !kind.starts_with("application/json") => {
            let message = "The 'Content-Type' header must be 'application/json'.";
            return Err(Refusal::bad_request("invalid_content_type_header", message));
        }
        Some(_) => {}
    }
    let body: Value = serde_json::from_slice(body).map_err(|error| {
        Refusal::bad_request("bad_request", &format!("The body is not valid JSON: {error}"))
    })?;
    match (&body["data"], rule) {
        (Value::Object(_), _) => Ok(body["data"].clone()),
        (Value::Null, Data::Optional) => Ok(Value::Null),
        (Value::Null, Data::Needed) => {
            let message = "The body must have its contents inside a 'data' key.";
            Err(Refusal::bad_request("missing_data_param", message))
        }
        _ => {
            let message = "The 'data' of the body must be an object.";
            Err(Refusal::bad_request("invalid_data_param", message))
        }
    }
}

fn request_id(desk: &Desk, now: Timestamp) -> String {
    let number = desk.calls().len().to_string();
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

    #[test]
    fn faults_add_up() {
        let plan = Plan::of(&[
            Fault::Delay { millis: 3 },
            Fault::Delay { millis: 4 },
            Fault::ServerError { committed: true },
            Fault::DropAfter,
        ]);
        assert_eq!(plan.delay, Duration::from_millis(7));
        assert!(plan.drop_after && plan.afterwards.is_some() && plan.instead.is_none());
    }
}
