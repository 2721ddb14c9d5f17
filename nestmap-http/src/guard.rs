//! What stands around every route: load shedding, time limits, security headers.

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use nestmap_core::{Code, Error};

use crate::app::App;
use crate::limit;
use crate::problem::{Problem, retry_after};

/// Refuses a request while too many are worked on, or too many of its asker's. Liveness is always answered: a busy server is
/// no reason to restart it.
pub(crate) async fn shed(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_liveness(&request) {
        return next.run(request).await;
    }
    match app.slots().take(limit::asker(&app, &request)) {
        Ok(_slot) => next.run(request).await,
        Err(error) => Problem::from(error).into_response(),
    }
}

fn is_liveness(request: &Request) -> bool {
    request
        .extensions()
        .get::<MatchedPath>()
        .is_some_and(|path| path.as_str().ends_with("/api/health"))
}

/// Gives up waiting for an answer after the configured time. What a write was about to commit is
/// either committed or not; the idempotency key finds out.
pub(crate) async fn time_limit(State(app): State<App>, request: Request, next: Next) -> Response {
    match tokio::time::timeout(app.config().request_timeout, next.run(request)).await {
        Ok(response) => response,
        Err(_) => {
            let error = Error::new(Code::Timeout, "the request took too long");
            Problem::from(retry_after(error, 1)).into_response()
        }
    }
}

/// Nothing may be loaded, framed or run from an answer of the API.
const API_POLICY: &str =
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
/// The documentation runs its own script and calls the API beside it; nothing inline, nothing from
/// elsewhere. Its style sheet draws icons from `data:`.
pub(crate) const DOCS_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const HEADERS: [(HeaderName, &str); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CACHE_CONTROL, "no-store"),
    (header::CONTENT_SECURITY_POLICY, API_POLICY),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Tells browsers what an answer is not for. A route may have set its own.
pub(crate) async fn secure(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.config().hsts {
        let two_years = HeaderValue::from_static("max-age=63072000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, two_years);
    }
    response
}
