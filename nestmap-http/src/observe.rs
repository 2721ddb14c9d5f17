//! What an operator sees: request ids, one line a request, and how the log is written.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Config, LogFormat};
use crate::system;

const HEADER: &str = "x-request-id";

/// The id a request has in answers, logs and the audit log.
#[derive(Clone, Debug)]
pub(crate) struct RequestId(pub(crate) Arc<str>);

impl RequestId {
    /// The request's id; the caller's where it sent a usable one, else a fresh one.
    fn choose(request: &Request) -> Self {
        let sent = request.headers().get(HEADER).and_then(|value| value.to_str().ok());
        let id = sent.filter(|id| is_usable(id)).map_or_else(fresh, str::to_owned);
        Self(id.into())
    }

    /// The id [`trace`] gave the request.
    pub(crate) fn of(request: &Request) -> Arc<str> {
        let id = request.extensions().get::<Self>();
        id.map_or_else(|| Arc::from(""), |id| Arc::clone(&id.0))
    }
}

/// Short, and nothing that could be mistaken for something else in a log.
fn is_usable(id: &str) -> bool {
    (8..=64).contains(&id.len())
        && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
}

fn fresh() -> String {
    let mut bytes = [0; 12];
    system::random(&mut bytes);
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Gives the request its id, and logs one line when it is answered. Neither headers nor bodies nor
/// queries are logged.
pub(crate) async fn trace(mut request: Request, next: Next) -> Response {
    let id = RequestId::choose(&request);
    request.extensions_mut().insert(id.clone());
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let span = tracing::info_span!(
        "request",
        id = &*id.0,
        method = %request.method(),
        route = route.as_deref().unwrap_or("none"),
    );
    let started = Instant::now();
    let mut response = next.run(request).instrument(span.clone()).await;
    let micros = u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX);
    span.in_scope(|| tracing::info!(status = response.status().as_u16(), micros, "answered"));
    if let Ok(value) = HeaderValue::from_str(&id.0) {
        response.headers_mut().insert(HEADER, value);
    }
    response
}

/// Starts the log of this process, on its error stream. A second call changes nothing.
pub fn start_log(config: &Config) {
    let filter: Targets = config
        .log_level
        .parse()
        .unwrap_or_else(|_| Targets::new().with_default(tracing::Level::INFO));
    let registry = tracing_subscriber::registry().with(filter);
    let started = match config.log_format {
        LogFormat::Json => registry
            .with(layer().json().flatten_event(true).with_writer(std::io::stderr))
            .try_init(),
        LogFormat::Text => {
            registry.with(layer().with_target(false).with_writer(std::io::stderr)).try_init()
        }
    };
    if started.is_err() {
        tracing::debug!("the host has a log already");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_short_ids_are_taken_over() {
        for good in ["12345678", "a-b_c.d-9", "7f3b0c6e-0f4c-4d5b-9a4e-1c2d3e4f5a6b"] {
            assert!(is_usable(good), "{good}");
        }
        for bad in ["", "short", "has space", "new\nline-id", "\"quoted-id\"", &"x".repeat(65)] {
            assert!(!is_usable(bad), "{bad}");
        }
        assert!(is_usable(&fresh()) && fresh() != fresh());
    }
}
