//! What every call must have: token, version, content type and the `data` envelope.

use std::collections::BTreeMap;

use axum::body::Bytes;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use jiff::Timestamp;
use serde_json::Value;

use super::call::{Call, Query};
use super::desk::{Allowance, Desk};
use super::errors::Refusal;
use super::http::rate_limited;
use super::mishap::Plan;

/// Whether a route can do without `data` in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Data {
    Needed,
    Optional,
}

pub(super) const BODY_BYTES_MAX: usize = 1024 * 1024;

pub(super) fn check(
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
