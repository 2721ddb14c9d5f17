//! A server with a company in it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nestmap_core::NestMap;
use nestmap_core::memory::MemoryStore;
use nestmap_core::port::flights::FlightProvider;
use nestmap_core::port::store::Store;
use nestmap_core::shopping::FlightOffer;
use nestmap_core::testing::{Fault, FixedClock, ScriptedFlights, fixture};
use nestmap_http::config::PasswordCost;
use nestmap_http::system::SystemEntropy;
use nestmap_http::{App, Config};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::client::{Ask, Reply};

pub const PASSWORD: &str = "correct horse battery";

/// A server on a port of its own. It stops when dropped.
pub struct Server {
    pub address: SocketAddr,
    pub nestmap: NestMap,
    pub clock: Arc<FixedClock>,
    pub flights: Arc<ScriptedFlights>,
    keys: AtomicUsize,
    pub stop: CancellationToken,
    pub done: JoinHandle<()>,
}

/// Somebody who is logged in.
#[derive(Clone, Debug)]
pub struct Login {
    pub token: String,
    pub refresh: String,
    pub organization: String,
    pub person: String,
}

/// The configuration of tests: cheap hashes, no limits, and nothing done behind a test's back.
pub fn config() -> Config {
    Config {
        password_cost: PasswordCost { memory_kib: 8, passes: 1 },
        rate_limit: None,
        worker: false,
        ..Config::default()
    }
}

impl Server {
    pub async fn start() -> Self {
        Self::with(config()).await
    }

    pub async fn with(config: Config) -> Self {
        Self::over(config, Arc::new(MemoryStore::new())).await
    }

    pub async fn over(config: Config, store: Arc<dyn Store>) -> Self {
        let clock = Arc::new(FixedClock::at(fixture::now()));
        let flights = Arc::new(ScriptedFlights::new(clock.clone()));
        let entropy = Arc::new(SystemEntropy);
        let nestmap = NestMap::new(store, flights.clone(), clock.clone(), entropy);
        Self::of(nestmap, config, clock, flights).await
    }

    /// A server to whose supplier these faults happen, one a costly call.
    pub async fn faulty(config: Config, faults: impl IntoIterator<Item = Fault>) -> Self {
        let clock = Arc::new(FixedClock::at(fixture::now()));
        let flights = Arc::new(ScriptedFlights::with_faults(clock.clone(), faults));
        let entropy = Arc::new(SystemEntropy);
        let store = Arc::new(MemoryStore::new());
        let nestmap = NestMap::new(store, flights.clone(), clock.clone(), entropy);
        Self::of(nestmap, config, clock, flights).await
    }

    /// A server with another supplier than the scripted one.
    pub async fn supplied(config: Config, supplier: Arc<dyn FlightProvider>) -> Self {
        let clock = Arc::new(FixedClock::at(fixture::now()));
        let flights = Arc::new(ScriptedFlights::new(clock.clone()));
        let entropy = Arc::new(SystemEntropy);
        let store = Arc::new(MemoryStore::new());
        let nestmap = NestMap::new(store, supplier, clock.clone(), entropy);
        Self::of(nestmap, config, clock, flights).await
    }

    async fn of(
        nestmap: NestMap,
        config: Config,
        clock: Arc<FixedClock>,
        flights: Arc<ScriptedFlights>,
    ) -> Self {
        let app = App::new(nestmap.clone(), config);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let done = tokio::spawn(nestmap_http::serve::serve(app, listener, stop.clone()));
        Self { address, nestmap, clock, flights, keys: AtomicUsize::new(0), stop, done }
    }

    pub fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path)
    }

    /// A key nobody has used.
    pub fn fresh_key(&self) -> String {
        format!("key-{}", self.keys.fetch_add(1, Ordering::Relaxed))
    }

    pub async fn get(&self, who: &Login, path: &str) -> Reply {
        self.ask("GET", &format!("/api/v1{path}")).token(&who.token).send().await
    }

    /// A write with a fresh key.
    pub async fn write(&self, who: &Login, method: &str, path: &str, body: &Value) -> Reply {
        let ask = self.ask(method, &format!("/api/v1{path}")).token(&who.token);
        let ask = ask.key(&self.fresh_key());
        if body.is_null() { ask.send().await } else { ask.json(body).send().await }
    }

    pub async fn post(&self, who: &Login, path: &str, body: Value) -> Reply {
        self.write(who, "POST", path, &body).await
    }

    pub async fn put(&self, who: &Login, path: &str, body: Value) -> Reply {
        self.write(who, "PUT", path, &body).await
    }

    pub fn sign_up_body(name: &str) -> Value {
        let email = format!("admin@{}.example.com", name.to_lowercase());
        json!({
            "organization": name, "country": "DE", "currency": "EUR",
            "name": "Ada Admin", "email": email, "password": PASSWORD,
        })
    }

    /// A company with a policy; its administrator.
    pub async fn company(&self, name: &str) -> Login {
        let body = Self::sign_up_body(name);
        let ask = self.ask("POST", "/api/v1/organizations").key(&self.fresh_key());
        ask.json(&body).send().await.expect(201);
        let admin = self.log_in(body["email"].as_str().unwrap()).await;
        self.policy(&admin, "500.00").await;
        admin
    }

    pub async fn log_in(&self, email: &str) -> Login {
        let body = json!({ "email": email, "password": PASSWORD });
        let reply = self.ask("POST", "/api/v1/sessions").json(&body).send().await.expect(201);
        Login::of(&reply)
    }

    /// A colleague with roles, joined by invitation.
    pub async fn colleague(&self, admin: &Login, email: &str, roles: &[&str]) -> Login {
        let invitation = json!({ "email": email, "name": "Col League", "roles": roles });
        let invited = self.post(admin, "/invitations", invitation).await.expect(201);
        let body = json!({ "token": invited.text("/token"), "password": PASSWORD });
        let accept = self.ask("POST", "/api/v1/invitations/accept").json(&body);
        accept.send().await.expect(201);
        self.log_in(email).await
    }

    /// A policy in force that asks for approval above the cap.
    pub async fn policy(&self, admin: &Login, cap: &str) {
        let drafted = self.post(admin, "/policies", policy(cap)).await.expect(201);
        let path = format!("/policies/{}/publish", drafted.text("/id"));
        self.post(admin, &path, Value::Null).await.expect(200);
    }

    /// Puts offers on sale.
    pub fn sell(&self, offers: impl IntoIterator<Item = FlightOffer>) {
        offers.into_iter().for_each(|offer| self.flights.sell(offer));
    }

    /// Fills in what airlines ask for.
    pub async fn profile(&self, who: &Login) {
        self.put(who, "/me/profile", profile()).await.expect(200);
    }

    /// Does everything that is due, as often as something is.
    pub async fn settle(&self) {
        for _ in 0..20 {
            let report = self.nestmap.tick().await.unwrap();
            assert!(report.failed.is_empty(), "{:?}", report.failed);
            if report.done == 0 {
                return;
            }
        }
        panic!("something is due for ever");
    }

    /// Every line of the organization's audit log that fits a page.
    pub async fn audit(&self, admin: &Login) -> Vec<Value> {
        let page = self.get(admin, "/audit?limit=100").await.expect(200);
        page.body["items"].as_array().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Login {
    pub fn of(reply: &Reply) -> Self {
        Self {
            token: reply.text("/access_token"),
            refresh: reply.text("/refresh_token"),
            organization: reply.text("/organization"),
            person: reply.text("/person"),
        }
    }
}

pub fn policy(cap: &str) -> Value {
    json!({
        "schema": "nestmap.policy/1",
        "title": "Everybody",
        "currency": "EUR",
        "approvals": { "approvers": ["any_approver"], "window_hours": 24 },
        "rules": [{
            "id": "cap",
            "kind": "air.price_cap",
            "amount": { "amount": cap, "currency": "EUR" }, "tax": "included", "per": "journey",
            "outcome": "approve",
        }],
    })
}

pub fn profile() -> Value {
    json!({
        "given_name": "Ada", "family_name": "Lovelace", "title": "ms", "gender": "female",
        "born_on": "1990-05-17", "phone": "+4930123456",
        "document": { "number": "C01X00T47", "issued_by": "DE", "expires_on": "2031-01-01" },
    })
}

/// A search from Frankfurt to New York on the day fixtures fly.
pub fn search() -> Value {
    json!({
        "slices": [{ "origin": "FRA", "destination": "JFK", "departure_date": "2026-03-16" }],
    })
}
