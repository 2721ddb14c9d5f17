//! How often a client may ask: a bucket of requests that fills up again evenly.

use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use nestmap_core::id::PersonId;
use nestmap_core::time::Timestamp;
use nestmap_core::{Code, Error};

use crate::app::App;
use crate::auth::token::Claims;
use crate::client::Client;
use crate::config::RateLimit;
use crate::problem::{Problem, retry_after};
use crate::recent::Recent;

/// Most buckets that are kept; beyond, who asked longest ago is forgotten and has a full one again.
const BUCKETS_MAX: usize = 100_000;

/// Who is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Asker {
    Person(PersonId),
    Client(Client),
}

/// Counts requests, in this process.
pub(crate) struct Limiter {
    max: i64,
    /// Microseconds after which one request is given back.
    interval: i64,
    /// For each asker the instant its bucket is full again, in microseconds.
    full_at: Mutex<Recent<Asker, i64>>,
}

/// What is left of a bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Left {
    requests: i64,
    /// Seconds until the bucket is full again.
    full_in_seconds: i64,
}

impl Limiter {
    pub(crate) fn new(limit: RateLimit) -> Self {
        let window = i64::try_from(limit.window.as_micros()).unwrap_or(i64::MAX);
        let max = i64::from(limit.max.max(1));
        Self { max, interval: (window / max).max(1), full_at: Mutex::new(Recent::of(BUCKETS_MAX)) }
    }

    /// Takes a request out of the bucket; refuses when it is empty.
    fn take(&self, asker: Asker, now: Timestamp) -> Result<Left, Error> {
        let now = now.micros();
        let mut buckets = self.buckets();
        let full_at = buckets.touch(asker, || now);
        let after = (*full_at).max(now).saturating_add(self.interval);
        let over = after - now - self.interval.saturating_mul(self.max);
        if over > 0 {
            let error = Error::new(Code::RateLimited, "too many requests");
            return Err(retry_after(error, seconds_up(over)));
        }
        *full_at = after;
        Ok(Left { requests: -over / self.interval, full_in_seconds: seconds_up(after - now) })
    }

    fn buckets(&self) -> MutexGuard<'_, Recent<Asker, i64>> {
        // Buckets have no invariant a panic could break.
        self.full_at.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `RateLimit-Policy` as draft-ietf-httpapi-ratelimit-headers has it.
    fn policy(&self) -> String {
        let window = seconds_up(self.interval.saturating_mul(self.max));
        format!("\"default\";q={};w={window}", self.max)
    }
}

fn seconds_up(micros: i64) -> i64 {
    micros.saturating_add(999_999) / 1_000_000
}

/// Who asks: the person of the token, or the address.
pub(crate) fn asker(app: &App, request: &Request) -> Asker {
    match request.extensions().get::<Claims>() {
        Some(claims) => Asker::Person(claims.person),
        None => Asker::Client(app.client(request)),
    }
}

/// Lets a request through while its asker has one left, and says how many there are.
pub(crate) async fn enforce(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(limiter) = app.limiter() else { return next.run(request).await };
    let asker = asker(&app, &request);
    let (mut response, left) = match limiter.take(asker, app.nestmap().now()) {
        Ok(left) => (next.run(request).await, left),
        Err(error) => {
            let full_in_seconds = seconds_up(limiter.interval.saturating_mul(limiter.max));
            (Problem::from(error).into_response(), Left { requests: 0, full_in_seconds })
        }
    };
    let state = format!("\"default\";r={};t={}", left.requests, left.full_in_seconds);
    for (name, text) in [("ratelimit-policy", limiter.policy()), ("ratelimit", state)] {
        if let Ok(value) = HeaderValue::from_str(&text) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000 + millis * 1_000).unwrap()
    }

    fn asker(n: u8) -> Asker {
        Asker::Client(Client::of([192, 0, 2, n].into()))
    }

    #[test]
    fn a_bucket_empties_and_fills_up_again_evenly() {
        let limiter = Limiter::new(RateLimit { max: 3, window: Duration::from_secs(3) });
        for left in [2, 1, 0] {
            assert_eq!(limiter.take(asker(1), at(0)).unwrap().requests, left);
        }
        let error = limiter.take(asker(1), at(0)).unwrap_err();
        assert_eq!(error.details["retry_after_seconds"], 1);
        assert!(limiter.take(asker(1), at(999)).is_err(), "refused requests cost nothing");
        assert_eq!(limiter.take(asker(1), at(1_000)).unwrap().requests, 0);
        assert_eq!(limiter.take(asker(1), at(60_000)).unwrap().requests, 2);
        assert_eq!(limiter.policy(), "\"default\";q=3;w=3");
    }

    #[test]
    fn everybody_has_a_bucket_of_their_own() {
        let limiter = Limiter::new(RateLimit { max: 1, window: Duration::from_secs(60) });
        assert!(limiter.take(asker(1), at(0)).is_ok());
        assert!(limiter.take(asker(1), at(0)).is_err());
        assert!(limiter.take(asker(2), at(0)).is_ok());
    }
}
