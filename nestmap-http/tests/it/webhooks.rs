//! A supplier's event is a hint: it must be signed, and then the supplier is asked.

use std::time::Duration;

use nestmap_core::testing::{Fault, fixture};
use nestmap_http::{Config, Secret};
use nestmap_providers::http::signature::sign;
use serde_json::{Value, json};

use crate::server::{Server, config, search};

const SECRET: &str = "whsec_play";

/// A server whose supplier's first answer to a purchase gets lost.
async fn server() -> Server {
    let secret = Some(Secret::new(SECRET));
    let config = Config { duffel_webhook_secret: secret, ..config() };
    Server::faulty(config, [Fault::AnswerLost]).await
}

fn event(order: &str) -> String {
    json!({ "id": "wev_1", "type": "order.updated", "data": { "object": { "order_id": order } } })
        .to_string()
}

fn signature(server: &Server, body: &str, secret: &str) -> String {
    let now = nestmap_core::port::clock::Clock::now(&*server.clock);
    let now = jiff::Timestamp::from_microsecond(now.micros()).unwrap();
    sign(body.as_bytes(), &Secret::new(secret), now)
}

#[tokio::test]
async fn an_unsigned_or_forged_event_is_refused() {
    let server = server().await;
    let body = event("ord_1");
    let post = |body: &str| server.ask("POST", "/api/webhooks/duffel").bytes(body.to_owned());
    assert_eq!(post(&body).send().await.problem(401), "unauthenticated");
    let header = "x-duffel-signature";
    let forged = signature(&server, &body, "another secret");
    for value in [forged.as_str(), "t=1,v1=00", "nonsense", ""] {
        let reply = post(&body).header(header, value).send().await;
        assert_eq!(reply.problem(401), "unauthenticated", "{value}");
    }
    let signed = signature(&server, &body, SECRET);
    let changed = post(&body.replace("ord_1", "ord_2")).header(header, &signed).send().await;
    assert_eq!(changed.problem(401), "unauthenticated");
    post(&body).header(header, &signed).send().await.expect(202);
    let unset = Server::start().await;
    let ask = unset.ask("POST", "/api/webhooks/duffel").bytes(body).header(header, &signed);
    assert_eq!(ask.send().await.problem(401), "unauthenticated", "without a secret none is right");
}

/// What somebody once saw on the wire isn't worth keeping.
#[tokio::test]
async fn a_signature_counts_for_five_minutes() {
    let server = server().await;
    let body = event("ord_1");
    let signed = signature(&server, &body, SECRET);
    let send = || {
        let ask = server.ask("POST", "/api/webhooks/duffel").bytes(body.clone());
        ask.header("x-duffel-signature", &signed).send()
    };
    server.clock.advance_seconds(300);
    send().await.expect(202);
    server.clock.advance_seconds(1);
    assert_eq!(send().await.problem(401), "unauthenticated");
    let early = jiff::Timestamp::from_second(4_000_000_000).unwrap();
    let early = sign(body.as_bytes(), &Secret::new(SECRET), early);
    let ask = server.ask("POST", "/api/webhooks/duffel").bytes(body.clone());
    let reply = ask.header("x-duffel-signature", &early).send().await;
    assert_eq!(reply.problem(401), "unauthenticated", "signed in the future");
}

#[tokio::test]
async fn a_hint_makes_an_order_due_now() {
    let server = server().await;
    let admin = server.company("Acme").await;
    server.profile(&admin).await;
    server.sell([fixture::flight("off_1", "412.50")]);
    let found = server.post(&admin, "/searches", search()).await.expect(201);
    let offer = found.text("/offers/0/offer/id");
    let item = json!({ "kind": "flight", "offer_set": found.text("/id"), "offer": offer });
    let trip = json!({ "title": "New York", "items": [item] });
    let trip = server.post(&admin, "/trips", trip).await.expect(201).text("/id");
    server.post(&admin, &format!("/trips/{trip}/submit"), Value::Null).await.expect(200);
    server.settle().await;
    assert!(server.nestmap.due().await.unwrap().is_empty(), "it is looked up later");

    let order = server.flights.orders()[0].id.clone();
    let body = event(&order);
    let signed = signature(&server, &body, SECRET);
    let ask = server.ask("POST", "/api/webhooks/duffel").bytes(body);
    ask.header("x-duffel-signature", &signed).send().await.expect(202);
    let due = async {
        while server.nestmap.due().await.unwrap().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), due).await.unwrap();
    server.settle().await;
    let trip = server.get(&admin, &format!("/trips/{trip}")).await.expect(200);
    assert_eq!(trip.text("/orders/0/state"), "booked");
}
