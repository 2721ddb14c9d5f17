//! A small client that sees exactly what comes over the wire, also when little comes.

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use nestmap_providers::sandbox::{DuffelSandbox, SandboxClock, SandboxConfig};
use serde_json::{Value, json};
use tokio::net::TcpStream;

/// A Thursday; the flights of the tests leave on November 12, a Thursday too.
pub const NOW: &str = "2026-09-10T09:00:00Z";
pub const DAY: &str = "2026-11-12";
pub const DAY_BACK: &str = "2026-11-19";

pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// The connection ended before the whole answer was there.
#[derive(Debug)]
pub struct Lost;

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the body is JSON")
    }

    pub fn data(&self) -> Value {
        assert!((200..300).contains(&self.status), "{} {:?}", self.status, self.body);
        self.json()["data"].take()
    }

    pub fn code(&self) -> String {
        let body = self.json();
        assert_eq!(body["meta"]["status"], self.status, "the envelope repeats the status");
        assert!(body["meta"]["request_id"].is_string());
        body["errors"][0]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn pointers(&self) -> Vec<String> {
        let body = self.json();
        let errors = body["errors"].as_array().expect("errors are a list");
        let pointer = |error: &Value| error["source"]["pointer"].as_str().map(str::to_owned);
        errors.iter().filter_map(pointer).collect()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// A caller with good manners.
#[derive(Clone)]
pub struct Caller {
    /// Host and port.
    host: String,
}

/// A sandbox and its caller.
pub struct Desk {
    pub sandbox: DuffelSandbox,
    caller: Caller,
}

impl std::ops::Deref for Desk {
    type Target = Caller;

    fn deref(&self) -> &Caller {
        &self.caller
    }
}

pub fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

pub fn config() -> SandboxConfig {
    SandboxConfig {
        clock: SandboxClock::fixed(at(NOW)),
        seed: 7,
        seller_country: Some("GB".to_owned()),
        ..SandboxConfig::default()
    }
}

impl Desk {
    pub async fn open() -> Self {
        Self::with(config()).await
    }

    pub async fn with(config: SandboxConfig) -> Self {
        let sandbox = DuffelSandbox::start(config).await.expect("the sandbox starts");
        let caller = Caller::of(&sandbox.base_url());
        Self { sandbox, caller }
    }
}

impl Caller {
    pub fn of(url: &str) -> Self {
        Self { host: url.strip_prefix("http://").expect("plain http").to_owned() }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.send("GET", path, None).await.expect("an answer")
    }

    /// Sends `{"data": …}`.
    pub async fn post(&self, path: &str, data: Value) -> Answer {
        self.send("POST", path, Some(json!({ "data": data }))).await.expect("an answer")
    }

    pub async fn patch(&self, path: &str, data: Value) -> Answer {
        self.send("PATCH", path, Some(json!({ "data": data }))).await.expect("an answer")
    }

    /// A call with all the headers a good client sends.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Answer, Lost> {
        let headers = [
            ("authorization", "Bearer duffel_test_anything"),
            ("duffel-version", "v2"),
            ("accept", "application/json"),
            ("content-type", "application/json"),
        ];
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        self.raw(method, path, &headers, body).await
    }

    pub async fn raw(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: String,
    ) -> Result<Answer, Lost> {
        let host = self.host.as_str();
        let stream = TcpStream::connect(host).await.map_err(|_| Lost)?;
        let handshake = hyper::client::conn::http1::handshake(TokioIo::new(stream));
        let (mut sender, connection) = handshake.await.map_err(|_| Lost)?;
        tokio::spawn(connection);
        let mut request = Request::builder().method(method).uri(path).header("host", host);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(Bytes::from(body))).expect("a good request");
        let response = sender.send_request(request).await.map_err(|_| Lost)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Lost)?.to_bytes();
        Ok(Answer { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    /// The offers of a one-way search for one adult.
    pub async fn search(&self, from: &str, to: &str) -> Vec<Value> {
        let data = self.post("/air/offer_requests", one_way(from, to)).await.data();
        data["offers"].as_array().expect("offers are a list").clone()
    }

    /// The first offer of an airline.
    pub async fn offer_of(&self, airline: &str, from: &str, to: &str) -> Value {
        let offers = self.search(from, to).await;
        let found = offers.iter().find(|offer| offer["owner"]["iata_code"] == airline);
        found.unwrap_or_else(|| panic!("{airline} sells {from}-{to}")).clone()
    }

    /// Books an offer at once and returns the answer.
    pub async fn buy(&self, offer: &Value) -> Answer {
        self.post("/air/orders", instant_order(offer)).await
    }

    /// Holds an offer and returns the order.
    pub async fn hold(&self, offer: &Value) -> Value {
        self.post("/air/orders", hold_order(offer)).await.data()
    }

    pub async fn pay(&self, order: &Value) -> Answer {
        self.post("/air/payments", payment(order)).await
    }
}

pub fn one_way(from: &str, to: &str) -> Value {
    json!({
        "slices": [{ "origin": from, "destination": to, "departure_date": DAY }],
        "passengers": [{ "type": "adult" }],
    })
}

pub fn traveler(offer: &Value) -> Value {
    json!({
        "id": offer["passengers"][0]["id"], "title": "ms", "gender": "f",
        "given_name": "Amelia", "family_name": "Earhart", "born_on": "1987-07-24",
        "email": "amelia@example.com", "phone_number": "+442080160509",
        "identity_documents": [{
            "type": "passport", "unique_identifier": "19KL56147",
            "issuing_country_code": "GB", "expires_on": "2031-04-25",
        }],
    })
}

pub fn instant_order(offer: &Value) -> Value {
    json!({
        "type": "instant",
        "selected_offers": [offer["id"]],
        "passengers": [traveler(offer)],
        "payments": [{
            "type": "balance", "amount": offer["total_amount"],
            "currency": offer["total_currency"],
        }],
    })
}

pub fn hold_order(offer: &Value) -> Value {
    json!({
        "type": "hold", "selected_offers": [offer["id"]], "passengers": [traveler(offer)],
        "metadata": { "attempt": "1" },
    })
}

pub fn payment(order: &Value) -> Value {
    json!({
        "order_id": order["id"],
        "payment": {
            "type": "balance", "amount": order["total_amount"],
            "currency": order["total_currency"],
        },
    })
}

/// The text of a field that must be one.
pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text"))
}

/// Minor units of a two-digit amount.
pub fn minor(value: &Value) -> i64 {
    let (whole, fraction) = text(value).split_once('.').expect("two digits");
    assert_eq!(fraction.len(), 2);
    format!("{whole}{fraction}").parse().expect("digits")
}
