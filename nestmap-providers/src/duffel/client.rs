//! Sends Duffel calls: budget, transport, retries by class, pages.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::de::DeserializeOwned;

use super::call::{Call, Route};
use super::error::Failure;
use super::wire::Answer;
use super::wire::order::Receipt;
use crate::http::limit::RateBudget;
use crate::http::retry::{Trouble, backoff, retries_max};
use crate::http::{Response, Secret, Timer, Transport};

/// The longest a call waits for its rate window; rather than longer it fails.
const PATIENCE: Duration = Duration::from_secs(60);
/// More pages than any list of ours has; a supplier that never ends is broken.
const PAGES_MAX: usize = 200;

/// A connection to one Duffel account. The token alone decides between test and live.
pub struct Client {
    transport: Arc<dyn Transport>,
    timer: Arc<dyn Timer>,
    base: String,
    token: Secret,
    budget: Mutex<RateBudget<Route>>,
}

/// How a call that buys, pays or cancels ended. It was sent at most once.
#[derive(Debug)]
pub enum Dispatch<T> {
    /// Done; this is the result.
    Done(T),
    /// Taken; the result appears later. Whatever of it is known already comes along.
    Accepted(Receipt),
    /// Anything else; [`Failure::effect`] says what may have been done.
    Failed(Failure),
}

impl Client {
    /// A connection to `base`, which has no slash at its end.
    pub fn new(
        base: String,
        token: Secret,
        transport: Arc<dyn Transport>,
        timer: Arc<dyn Timer>,
    ) -> Self {
        Self { transport, timer, base, token, budget: Mutex::new(RateBudget::new()) }
    }

    /// The present, by the connection's clock.
    pub fn now(&self) -> Timestamp {
        self.timer.now()
    }

    /// Makes a call, again where its class allows it.
    pub async fn fetch<T: DeserializeOwned>(&self, call: &Call<T>) -> Result<Answer<T>, Failure> {
        let mut retry = 0;
        loop {
            let failure = match self.attempt(call).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            let pause = self.pause(&failure, retry);
            if retry >= retries_max(call.class, failure.trouble()) || pause > PATIENCE {
                return Err(failure);
            }
            self.timer.sleep(pause).await;
            retry += 1;
        }
    }

    /// Makes a call that buys, pays or cancels, once. `done` is the status that says it was done;
    /// other successes say that it was taken and appears later.
    pub async fn dispatch<T: DeserializeOwned>(&self, call: &Call<T>, done: u16) -> Dispatch<T> {
        let response = match self.exchange(call).await {
            Ok(response) => response,
            Err(failure) => return Dispatch::Failed(failure),
        };
        if (200..300).contains(&response.status) && response.status != done {
            return Dispatch::Accepted(receipt(&response));
        }
        match self.read(call, &response) {
            Ok(answer) => Dispatch::Done(answer.data),
            Err(failure) => Dispatch::Failed(failure),
        }
    }

    /// Reads a list to its end. A short or empty page isn't the end; a missing cursor is.
    pub async fn pages<T, F>(&self, page: F) -> Result<Vec<T>, Failure>
    where
        T: DeserializeOwned,
        F: Fn(Option<&str>) -> Call<T> + Send + Sync,
    {
        let mut pages = Vec::new();
        let mut seen = BTreeSet::new();
        let mut cursor: Option<String> = None;
        loop {
            let answer = self.fetch(&page(cursor.as_deref())).await?;
            cursor = answer.next_page().map(str::to_owned);
            pages.push(answer.data);
            match &cursor {
                None => return Ok(pages),
                Some(next) if pages.len() < PAGES_MAX && seen.insert(next.clone()) => {}
                Some(_) => return Err(endless()),
            }
        }
    }

    async fn attempt<T: DeserializeOwned>(&self, call: &Call<T>) -> Result<Answer<T>, Failure> {
        let response = self.exchange(call).await?;
        self.read(call, &response)
    }

    async fn exchange<T>(&self, call: &Call<T>) -> Result<Response, Failure> {
        let now = self.timer.now();
        self.budget().take(call.route, now).map_err(Failure::Budget)?;
        let response = self.transport.send(&call.request(&self.base, &self.token)).await?;
        self.budget().observe(call.route, &response.headers, self.timer.now());
        Ok(response)
    }

    fn read<T: DeserializeOwned>(
        &self,
        call: &Call<T>,
        response: &Response,
    ) -> Result<Answer<T>, Failure> {
        call.read(response).map_err(|failure| match failure {
            Failure::Refused(mut error) if error.status == 429 => {
                let window = self.budget().exhaust(call.route, &response.headers, self.timer.now());
                error.retry_after = Some(window);
                Failure::Refused(error)
            }
            other => other,
        })
    }

    fn pause(&self, failure: &Failure, retry: u32) -> Duration {
        let window = match failure {
            Failure::Budget(window) => Some(*window),
            Failure::Refused(error) => error.retry_after,
            Failure::Transport(_) | Failure::Unreadable { .. } => None,
        };
        let jitter = self.timer.now().subsec_microsecond().unsigned_abs();
        let backoff = backoff(retry, jitter);
        match (failure.trouble(), window) {
            (Trouble::RateLimited, Some(window)) => window,
            _ => backoff,
        }
    }

    fn budget(&self) -> MutexGuard<'_, RateBudget<Route>> {
        // A panic while counting leaves at worst a wrong count.
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn receipt(response: &Response) -> Receipt {
    serde_json::from_slice::<Answer<Receipt>>(&response.body)
        .map(|answer| answer.data)
        .unwrap_or_default()
}

fn endless() -> Failure {
    Failure::Unreadable { status: 200, request_id: None, reason: "the list never ends".to_owned() }
}
