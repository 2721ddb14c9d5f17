//! A transport that answers from a script, and a timer that only counts.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use nestmap_providers::duffel::client::Client;
use nestmap_providers::http::{
    Headers, Lost, Request, Response, Secret, Timer, Transport, TransportError, Unsent,
};

/// What comes back for one request.
pub enum Scripted {
    /// An answer.
    Answer(u16, String, Vec<(&'static str, &'static str)>),
    /// No connection.
    NotSent,
    /// The request went out and nothing came back.
    NoAnswer,
}

/// An answer without further headers.
pub fn answer(status: u16, body: impl Into<String>) -> Scripted {
    Scripted::Answer(status, body.into(), vec![])
}

/// Answers in the order of the script and keeps what was sent. A request beyond the script fails
/// the test: it was one too many.
pub struct Script {
    answers: Mutex<VecDeque<Scripted>>,
    sent: Mutex<Vec<Request>>,
}

impl Script {
    pub fn new(answers: impl IntoIterator<Item = Scripted>) -> Arc<Self> {
        Arc::new(Self {
            answers: Mutex::new(answers.into_iter().collect()),
            sent: Mutex::default(),
        })
    }

    pub fn sent(&self) -> Vec<Request> {
        self.sent.lock().unwrap().clone()
    }

    /// Method and address of every request, in order.
    pub fn lines(&self) -> Vec<String> {
        self.sent().iter().map(|r| format!("{} {}", r.method.as_str(), r.url)).collect()
    }

    /// Fails the test if part of the script was never asked for.
    pub fn finished(&self) {
        assert_eq!(
            self.answers.lock().unwrap().len(),
            0,
            "answers left over after {:?}",
            self.lines()
        );
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.sent.lock().unwrap().push(request.clone());
        let next = self.answers.lock().unwrap().pop_front();
        match next.unwrap_or_else(|| panic!("one request too many: {request:?}")) {
            Scripted::Answer(status, body, headers) => {
                let headers: Headers =
                    headers.into_iter().chain([("x-request-id", "req_1")]).collect();
                Ok(Response { status, headers, body: body.into_bytes() })
            }
            Scripted::NotSent => {
                Err(TransportError::NotSent { reason: Unsent::NoConnection, source: None })
            }
            Scripted::NoAnswer => {
                Err(TransportError::MaybeSent { reason: Lost::Timeout, source: None })
            }
        }
    }
}

/// A clock that moves only by waiting.
pub struct TestTimer {
    now: Mutex<Timestamp>,
    waited: Mutex<Vec<Duration>>,
}

impl TestTimer {
    pub fn new() -> Arc<Self> {
        let now = "2026-03-02T09:30:00Z".parse().unwrap();
        Arc::new(Self { now: Mutex::new(now), waited: Mutex::default() })
    }

    pub fn waited(&self) -> Vec<Duration> {
        self.waited.lock().unwrap().clone()
    }
}

#[async_trait]
impl Timer for TestTimer {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap()
    }

    async fn sleep(&self, span: Duration) {
        *self.now.lock().unwrap() += span;
        self.waited.lock().unwrap().push(span);
    }
}

/// A client over a script.
pub fn client(script: &Arc<Script>, timer: &Arc<TestTimer>) -> Client {
    Client::new(
        "https://duffel.example".into(),
        Secret::new("duffel_test_1"),
        script.clone(),
        timer.clone(),
    )
}
