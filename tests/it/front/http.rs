//! NestMap's server, over real connections.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use nestmap_core::NestMap;
use nestmap_core::approval::Approval;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::NewTrip;
use nestmap_core::flow::search::AssessedOffers;
use nestmap_core::id::{ApprovalId, OrderId, TripId};
use nestmap_core::people::TravelerProfile;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::port::clock::Clock;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::shopping::{SearchRequest, SupplierRef};
use nestmap_core::testing::FixedClock;
use nestmap_core::time::Timestamp;
use nestmap_core::trip::Itinerary;
use nestmap_http::config::PasswordCost;
use nestmap_http::{App, Config};
use nestmap_providers::http::{HttpClient, Method, Request, Response, Secret, Transport};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{Answer, Caller, Colleague, Front, SeenLine, SeenOrder, SeenTrip};

const PASSWORD: &str = "a long walk to the station";

/// A server on a port of its own, and a client.
pub struct Http {
    base: String,
    client: HttpClient,
    clock: Arc<FixedClock>,
    keys: AtomicU64,
    /// Access tokens by address, with the moment they end.
    tokens: Mutex<BTreeMap<String, (String, Timestamp)>>,
}

impl Http {
    /// Serves `nestmap` without a worker: the story says when something is due.
    pub async fn serve(nestmap: NestMap, clock: Arc<FixedClock>) -> Self {
        let config = Config {
            password_cost: PasswordCost { memory_kib: 8, passes: 1 },
            rate_limit: None,
            worker: false,
            ..Config::default()
        };
        let router = App::new(nestmap, config).router();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it listens");
        // It ends with the runtime of the test.
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self {
            base: format!("http://{address}/api/v1"),
            client: HttpClient::loopback().expect("an HTTP client"),
            clock,
            keys: AtomicU64::new(0),
            tokens: Mutex::default(),
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        token: &str,
        version: Option<Version>,
        body: Option<Value>,
    ) -> Response {
        let key = self.keys.fetch_add(1, Ordering::Relaxed);
        let mut headers = vec![("idempotency-key".to_owned(), format!("key-{key}"))];
        if body.is_some() {
            headers.push(("content-type".into(), "application/json".into()));
        }
        headers.extend(version.map(|version| ("if-match".into(), format!("\"v{version}\""))));
        let request = Request {
            method,
            url: format!("{}{path}", self.base),
            bearer: Secret::new(token),
            headers,
            body: body.map(|body| body.to_string().into_bytes()),
            timeout: Duration::from_secs(30),
        };
        self.client.send(&request).await.expect("the server answers")
    }

    /// A token of the caller's that still holds.
    async fn token(&self, who: &Caller) -> String {
        let now = self.clock.now();
        let known = self.tokens.lock().expect("nobody panics here").get(&who.email).cloned();
        if let Some((token, until)) = known
            && now < until
        {
            return token;
        }
        let login = json!({ "email": who.email, "password": PASSWORD });
        let answer = self.send(Method::Post, "/sessions", "none", None, Some(login)).await;
        let session: Value = body(&answer).expect("the caller logs in");
        let token = session["access_token"].as_str().expect("a token").to_owned();
        let seconds = session["expires_in"].as_i64().expect("a number of seconds");
        let until = now.plus_seconds(seconds - 1);
        let mut tokens = self.tokens.lock().expect("nobody panics here");
        tokens.insert(who.email.clone(), (token.clone(), until));
        token
    }

    async fn get<T: DeserializeOwned>(&self, who: &Caller, path: &str) -> Answer<T> {
        let token = self.token(who).await;
        body(&self.send(Method::Get, path, &token, None, None).await)
    }

    async fn write<T: DeserializeOwned>(
        &self,
        who: &Caller,
        method: Method,
        path: &str,
        version: Option<Version>,
        new: Option<&(impl Serialize + Sync)>,
    ) -> Answer<T> {
        let token = self.token(who).await;
        let new = new.map(|new| serde_json::to_value(new).expect("a body is JSON"));
        body(&self.send(method, path, &token, version, new).await)
    }

    async fn post<T: DeserializeOwned>(
        &self,
        who: &Caller,
        path: &str,
        new: &(impl Serialize + Sync),
    ) -> Answer<T> {
        self.write(who, Method::Post, path, None, Some(new)).await
    }

    /// Without a login.
    async fn join(&self, path: &str, new: Value, email: String) -> Caller {
        let answer = self.send(Method::Post, path, "none", None, Some(new)).await;
        let joined: Value = body(&answer).expect("somebody joins");
        let id = |name: &str| joined[name].as_str().expect("an id").to_owned();
        Caller {
            organization: id("organization").parse().expect("an organization's id"),
            person: id("person").parse().expect("a person's id"),
            email,
        }
    }
}

/// Bodies name no organization: it is the caller's own. The core's approvals do.
fn with_organization(mut trip: Value, who: &Caller) -> Value {
    let organization = json!(who.organization);
    for approval in trip["approvals"].as_array_mut().into_iter().flatten() {
        approval["organization"] = organization.clone();
    }
    trip
}

fn seen_trip(trip: Value, who: &Caller) -> SeenTrip {
    serde_json::from_value(with_organization(trip, who)).expect("a trip is shown")
}

fn body<T: DeserializeOwned>(answer: &Response) -> Answer<T> {
    let text = String::from_utf8_lossy(&answer.body);
    if (200..300).contains(&answer.status) {
        return Ok(
            serde_json::from_slice(&answer.body).unwrap_or_else(|error| panic!("{error}: {text}"))
        );
    }
    let problem: Value = serde_json::from_slice(&answer.body).expect("a problem is JSON");
    Err(problem["code"].as_str().expect("a problem has a code").to_owned())
}

#[async_trait]
impl Front for Http {
    async fn sign_up(&self, company: &str) -> Caller {
        let email = format!("rosa@{}.example.com", company.to_lowercase());
        let founder = json!({
            "organization": company, "country": "DE", "currency": "EUR",
            "name": "Rosa Boss", "email": email, "password": PASSWORD,
        });
        self.join("/organizations", founder, email).await
    }

    async fn publish(&self, admin: &Caller, policy: PolicyDocument) {
        let draft: Value = self.post(admin, "/policies", &policy).await.expect("it is kept");
        let path = format!("/policies/{}/publish", draft["id"].as_str().expect("an id"));
        let version = draft["version"].as_i64();
        let nothing: Option<&Value> = None;
        let published = self.write::<Value>(admin, Method::Post, &path, version, nothing).await;
        published.expect("a draft is published");
    }

    async fn bring_in(&self, admin: &Caller, colleague: Colleague) -> Caller {
        let Colleague { name, email, role, manager } = colleague;
        let new = json!({ "email": email, "name": name, "roles": [role], "manager": manager });
        let invited: Value = self.post(admin, "/invitations", &new).await.expect("an invitation");
        let acceptance = json!({ "token": invited["token"], "password": PASSWORD });
        self.join("/invitations/accept", acceptance, email).await
    }

    async fn complete_profile(&self, who: &Caller, profile: TravelerProfile) {
        let saved =
            self.write::<Value>(who, Method::Put, "/me/profile", None, Some(&profile)).await;
        saved.expect("a traveler completes the profile");
    }

    async fn search(&self, who: &Caller, request: SearchRequest) -> AssessedOffers {
        self.post(who, "/searches", &request).await.expect("a search brings offers")
    }

    async fn draft(&self, who: &Caller, new: NewTrip) -> Answer<SeenTrip> {
        self.post(who, "/trips", &new).await.map(|trip| seen_trip(trip, who))
    }

    async fn change(
        &self,
        who: &Caller,
        id: TripId,
        new: NewTrip,
        version: Version,
    ) -> Answer<SeenTrip> {
        let path = format!("/trips/{id}");
        let changed = self.write(who, Method::Put, &path, Some(version), Some(&new)).await;
        changed.map(|trip| seen_trip(trip, who))
    }

    async fn submit(&self, who: &Caller, id: TripId, version: Version) -> Answer<SeenTrip> {
        let path = format!("/trips/{id}/submit");
        let nothing: Option<&Value> = None;
        let submitted = self.write(who, Method::Post, &path, Some(version), nothing).await;
        submitted.map(|trip| seen_trip(trip, who))
    }

    async fn trip(&self, who: &Caller, id: TripId) -> Answer<SeenTrip> {
        self.get(who, &format!("/trips/{id}")).await.map(|trip| seen_trip(trip, who))
    }

    async fn waiting(&self, who: &Caller) -> Vec<ApprovalId> {
        let page: Value = self.get(who, "/approvals").await.expect("a list");
        let items = page["items"].as_array().expect("a list");
        let id = |item: &Value| serde_json::from_value(item["id"].clone()).expect("an id");
        items.iter().map(id).collect()
    }

    async fn decide(
        &self,
        who: &Caller,
        id: ApprovalId,
        decision: NewDecision,
        version: Version,
    ) -> Answer<Stored<Approval>> {
        let path = format!("/approvals/{id}/decisions");
        let decided = self.write(who, Method::Post, &path, Some(version), Some(&decision)).await;
        decided.map(|mut approval: Value| {
            approval["organization"] = json!(who.organization);
            serde_json::from_value(approval).expect("an approval is shown")
        })
    }

    async fn order(&self, who: &Caller, id: OrderId) -> Answer<SeenOrder> {
        self.get(who, &format!("/orders/{id}")).await
    }

    async fn quote(&self, who: &Caller, id: OrderId) -> Answer<SeenOrder> {
        let path = format!("/orders/{id}/cancellation-quotes");
        let nothing: Option<&Value> = None;
        self.write(who, Method::Post, &path, None, nothing).await
    }

    async fn confirm(
        &self,
        who: &Caller,
        id: OrderId,
        quote: SupplierRef,
        version: Version,
    ) -> Answer<SeenOrder> {
        let path = format!("/orders/{id}/cancellation");
        let agreed = json!({ "quote": quote });
        self.write(who, Method::Post, &path, Some(version), Some(&agreed)).await
    }

    async fn itinerary(&self, who: &Caller, id: TripId) -> Answer<Itinerary> {
        self.get(who, &format!("/trips/{id}/itinerary")).await
    }

    async fn calendar(&self, who: &Caller, id: TripId) -> Answer<String> {
        let token = self.token(who).await;
        let path = format!("/trips/{id}/itinerary.ics");
        let answer = self.send(Method::Get, &path, &token, None, None).await;
        if answer.status != 200 {
            return body::<Value>(&answer).map(|body| body.to_string());
        }
        Ok(String::from_utf8(answer.body).expect("a calendar file is text"))
    }

    async fn audit(&self, who: &Caller) -> Answer<Vec<SeenLine>> {
        let (mut lines, mut path) = (Vec::new(), "/audit?limit=7".to_owned());
        loop {
            let mut page: Value = self.get(who, &path).await?;
            let items = serde_json::from_value::<Vec<SeenLine>>(page["items"].take());
            lines.extend(items.expect("lines are shown"));
            match page["next"].as_str() {
                Some(next) => path = format!("/audit?limit=7&after={next}"),
                None => return Ok(lines),
            }
        }
    }
}
