//! A client that doesn't give up: what gets no answer is asked again, with the same key.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long one try may take.
const TRY: Duration = Duration::from_secs(40);
/// How long a request may take with all its tries. The server is away for seconds at most.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(60);

#[derive(Clone)]
pub struct Api {
    address: SocketAddr,
    counts: Arc<Mutex<Counts>>,
}

/// What clients have seen.
#[derive(Default)]
struct Counts {
    answered: usize,
    repeated: usize,
    refused: BTreeMap<String, usize>,
}

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    method: &'static str,
    path: String,
    token: Option<String>,
    key: Option<String>,
    body: Value,
}

/// An answer.
#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

/// There was no answer: nobody knows whether it was done.
struct Lost;

impl Ask {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), token: None, key: None, body: Value::Null }
    }

    /// A write that happens once, however often it is sent.
    pub fn post(path: impl Into<String>, key: impl Into<String>, body: Value) -> Self {
        Self { method: "POST", key: Some(key.into()), body, ..Self::get(path) }
    }

    pub fn put(path: impl Into<String>, key: impl Into<String>, body: Value) -> Self {
        Self { method: "PUT", ..Self::post(path, key, body) }
    }

    pub fn token(self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self }
    }

    fn request(&self) -> Request<Full<Bytes>> {
        let mut request = Request::builder()
            .method(self.method)
            .uri(format!("/api{}", self.path))
            .header("host", "nestmap.test");
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(key) = &self.key {
            request = request.header("idempotency-key", key);
        }
        let body = match &self.body {
            Value::Null => Bytes::new(),
            body => {
                request = request.header("content-type", "application/json");
                body.to_string().into()
            }
        };
        request.body(Full::new(body)).expect("the parts are well-formed")
    }
}

impl Api {
    pub fn of(address: SocketAddr) -> Self {
        Self { address, counts: Arc::default() }
    }

    /// Whether the server is there and says that it is well.
    pub async fn is_well(&self) -> bool {
        matches!(self.try_once(&Ask::get("/health")).await, Ok(Reply { status: 200, .. }))
    }

    /// Asks until there is an answer that says yes or no.
    pub async fn send(&self, ask: Ask) -> Reply {
        let deadline = Instant::now() + PATIENCE;
        loop {
            if let Ok(reply) = self.try_once(&ask).await
                && !reply.says_later()
            {
                assert!(reply.status < 500 || reply.code() != "internal", "{ask:?}: {reply:?}");
                self.count(&ask, &reply);
                return reply;
            }
            self.counts().repeated += 1;
            assert!(Instant::now() < deadline, "no answer to {ask:?}");
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_once(&self, ask: &Ask) -> Result<Reply, Lost> {
        tokio::time::timeout(TRY, self.exchange(ask)).await.map_err(|_| Lost)?
    }

    async fn exchange(&self, ask: &Ask) -> Result<Reply, Lost> {
        let stream = TcpStream::connect(self.address).await.map_err(|_| Lost)?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.map_err(|_| Lost)?;
        let connection = tokio::spawn(connection);
        let answer = sender.send_request(ask.request()).await.map_err(|_| Lost)?;
        let status = answer.status().as_u16();
        // An answer that breaks off is no answer.
        let bytes = answer.into_body().collect().await.map_err(|_| Lost)?.to_bytes();
        connection.abort();
        Ok(Reply { status, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
    }

    fn count(&self, ask: &Ask, reply: &Reply) {
        let mut counts = self.counts();
        counts.answered += 1;
        if reply.status >= 400 {
            let what = ask.path.rsplit('/').next().unwrap_or_default();
            *counts.refused.entry(format!("{what}: {}", reply.code())).or_default() += 1;
        }
    }

    /// How many requests were answered with yes or no.
    pub fn answered(&self) -> usize {
        self.counts().answered
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().expect("nobody panics while counting")
    }

    /// What clients have seen, in a line.
    pub fn tally(&self) -> String {
        let Counts { answered, repeated, refused } = &*self.counts();
        format!("{answered} requests answered after {repeated} repetitions, refused: {refused:?}")
    }
}

impl Reply {
    /// Whether the same request may be answered otherwise in a moment.
    fn says_later(&self) -> bool {
        matches!(self.status, 429 | 503 | 504) || self.code() == "conflict"
    }

    /// The problem's code; empty where there is none.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// Whether it was done.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body of an answer that can only be yes.
    #[track_caller]
    pub fn done(self) -> Value {
        assert!(self.is_done(), "{self:?}");
        self.body
    }
}

/// Text in a body.
#[track_caller]
pub fn text<'a>(body: &'a Value, pointer: &str) -> &'a str {
    let value = body.pointer(pointer).and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("no text at {pointer}: {body}"))
}
