//! Somebody who travels, and remembers what they were promised.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::ToSpan as _;
use jiff::tz::TimeZone;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::api::{Api, Ask, text};
use crate::company::{Login, Promised};
use crate::dice::Dice;
use crate::patience::Patience;

/// Where people go; short flights, so that searches stay small.
const ROUTES: [(&str, &str); 5] =
    [("FRA", "LHR"), ("MUC", "CDG"), ("HAM", "VIE"), ("STR", "ZRH"), ("DUS", "MAD")];
/// How it is refused to take back what is being bought, is bought, or can't be given back.
const TOO_LATE: [&str; 3] = ["order-busy", "order-state", "supplier-rejected"];
/// How long somebody waits for a booking they want to cancel.
const A_WHILE: Duration = Duration::from_secs(8);

/// One of a company's people on the road.
pub struct Traveler {
    pub api: Api,
    pub who: Login,
    /// Who is asked for approval.
    pub decides: Login,
    pub dice: Dice,
    pub promised: Arc<Mutex<Promised>>,
    /// How many trips there were so far.
    pub trips: usize,
    pub name: String,
}

impl Traveler {
    /// One trip after the other.
    pub async fn travel(mut self, stop: CancellationToken) {
        while !stop.is_cancelled() {
            self.trips += 1;
            self.one_trip(&stop).await;
        }
    }

    async fn one_trip(&mut self, stop: &CancellationToken) {
        let offer = self.search().await;
        let trip = self.draft(offer).await;
        let submitted = self.write(format!("/v1/trips/{trip}/submit"), "submit", Value::Null).await;
        self.promise(|promised| &mut promised.submitted, trip.clone());
        if text(&submitted, "/status") == "awaiting_approval" && !self.dice.percent(15) {
            self.decide(&submitted).await;
        }
        if self.dice.percent(10) {
            self.give_up(trip).await;
        } else if self.dice.percent(60) {
            self.cancel_once_booked(&trip, stop).await;
        }
    }

    /// Searches, and chooses an item for a trip: mostly the first offer that is within the policy,
    /// sometimes the first that is outside of it.
    async fn search(&mut self) -> Value {
        let (origin, destination) = self.dice.choose(&ROUTES);
        let days = i64::try_from(self.dice.between(20, 60)).expect("small");
        let day = jiff::Timestamp::now().to_zoned(TimeZone::UTC).date() + days.days();
        let slice = json!({
            "origin": origin, "destination": destination, "departure_date": day.to_string(),
        });
        let search = json!({ "slices": [slice], "max_connections": 0 });
        let found = self.write("/v1/searches".into(), "search", search).await;
        let wanted = if self.dice.percent(70) { "within" } else { "outside" };
        let offers = found["offers"].as_array().expect("a search answers offers");
        let offer = offers.iter().find(|offer| offer["headline"] == wanted);
        let offer = offer.or(offers.first()).expect("somebody flies there every day");
        json!({
            "kind": "flight", "offer_set": text(&found, "/id"), "offer": text(offer, "/offer/id"),
        })
    }

    /// Drafts a trip; its id.
    async fn draft(&self, item: Value) -> String {
        let title = format!("Trip {} of {}", self.trips, self.name);
        let trip = json!({ "title": title, "purpose": "customer", "items": [item] });
        let drafted = self.write("/v1/trips".into(), "draft", trip).await;
        let id = text(&drafted, "/id").to_owned();
        self.promise(|promised| &mut promised.drafted, (id.clone(), title));
        id
    }

    async fn decide(&mut self, trip: &Value) {
        let approval = text(trip, "/approvals/0/id").to_owned();
        let answer = if self.dice.percent(80) { "approve" } else { "reject" };
        let digest = text(trip, "/approvals/0/binding/digest");
        let decision = json!({ "answer": answer, "comment": "seen", "digest": digest });
        let path = format!("/v1/approvals/{approval}/decisions");
        let ask = Ask::post(path, self.key("decide"), decision).token(&self.decides.token);
        self.api.send(ask).await.done();
        self.promise(|promised| &mut promised.decided, approval);
    }

    async fn give_up(&self, trip: String) {
        let path = format!("/v1/trips/{trip}/cancel");
        if self.try_write(path, "give-up", Value::Null).await.is_some() {
            self.promise(|promised| &mut promised.given_up, trip);
        }
    }

    /// Waits a moment for the flight to be booked; then asks for the terms and cancels on them.
    async fn cancel_once_booked(&self, trip: &str, stop: &CancellationToken) {
        let patience = Patience::of(A_WHILE);
        let order = loop {
            if let Some(order) = self.booked_order(trip).await {
                break order;
            }
            if stop.is_cancelled() || !patience.lasts().await {
                return;
            }
        };
        let quotes = format!("/v1/orders/{order}/cancellation-quotes");
        let Some(quoted) = self.try_write(quotes, "quote", Value::Null).await else { return };
        let agreed = json!({ "quote": quoted["quote"]["quote"] });
        let path = format!("/v1/orders/{order}/cancellation");
        if self.try_write(path, "confirm", agreed).await.is_some() {
            self.promise(|promised| &mut promised.canceled, order);
        }
    }

    async fn booked_order(&self, trip: &str) -> Option<String> {
        let ask = Ask::get(format!("/v1/trips/{trip}")).token(&self.who.token);
        let order = &self.api.send(ask).await.done()["orders"][0];
        (order["state"] == "booked").then(|| text(order, "/id").to_owned())
    }

    /// A write of this trip.
    async fn write(&self, path: String, step: &str, body: Value) -> Value {
        let ask = Ask::post(path, self.key(step), body).token(&self.who.token);
        self.api.send(ask).await.done()
    }

    /// A write that comes too late where the worker or the supplier was faster; none then.
    async fn try_write(&self, path: String, step: &str, body: Value) -> Option<Value> {
        let ask = Ask::post(path, self.key(step), body).token(&self.who.token);
        let reply = self.api.send(ask).await;
        let too_late = TOO_LATE.contains(&reply.code());
        assert!(too_late || reply.is_done(), "{step}: {reply:?}");
        reply.is_done().then_some(reply.body)
    }

    fn key(&self, step: &str) -> String {
        format!("{}-{}-{step}", self.name, self.trips)
    }

    /// Remembers what was answered with "done".
    fn promise<T: Ord>(&self, of: impl FnOnce(&mut Promised) -> &mut BTreeSet<T>, thing: T) {
        let mut promised = self.promised.lock().expect("nobody panics while keeping a promise");
        of(&mut promised).insert(thing);
    }
}
