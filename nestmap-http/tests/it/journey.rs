//! The main job over HTTP, with snapshots of what a client sees.

use nestmap_core::testing::{Fault, fixture};
use serde_json::{Value, json};

use crate::client::Reply;
use crate::server::{Login, Server, config, search};

/// The answer with everything that differs from run to run made alike.
fn shown(reply: &Reply) -> Value {
    let mut body = reply.body.clone();
    redact(&mut body);
    json!({ "status": reply.status.as_u16(), "body": body })
}

fn redact(value: &mut Value) {
    match value {
        Value::String(text) => {
            let id = text.rsplit_once('_').filter(|(_, rest)| rest.len() == 26);
            if let Some((prefix, _)) = id {
                *text = format!("{prefix}_…");
            } else if text.len() == 64 && text.bytes().all(|b| b.is_ascii_hexdigit()) {
                *text = "<digest>".into();
            } else if text.starts_with("nmr_") || text.starts_with("nmi_") || text.len() > 200 {
                *text = "<token>".into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(redact),
        Value::Object(fields) => {
            if let Some(id) = fields.get_mut("request_id") {
                *id = json!("<request>");
            }
            fields.values_mut().for_each(redact);
        }
        _ => {}
    }
}

macro_rules! snapshot {
    ($name:literal, $reply:expr) => {
        insta::assert_json_snapshot!($name, shown($reply))
    };
}

/// A company with a policy, a traveler and an approver, and two flights on sale.
struct Company {
    admin: Login,
    traveler: Login,
    approver: Login,
}

async fn company(server: &Server) -> Company {
    let admin = server.company("Acme").await;
    let traveler = server.colleague(&admin, "tess@acme.example.com", &["member"]).await;
    let approver = server.colleague(&admin, "ben@acme.example.com", &["approver"]).await;
    server.profile(&traveler).await;
    server.sell([fixture::flight("off_cheap", "412.50"), fixture::flight("off_dear", "1100.00")]);
    Company { admin, traveler, approver }
}

/// A draft with the nth cheapest offer of a search.
async fn draft(server: &Server, who: &Login, nth: usize) -> Reply {
    let found = server.post(who, "/searches", search()).await.expect(201);
    let offer = found.text(&format!("/offers/{nth}/offer/id"));
    let item = json!({ "kind": "flight", "offer_set": found.text("/id"), "offer": offer });
    let trip = json!({ "title": "New York", "purpose": "customer", "items": [item] });
    server.post(who, "/trips", trip).await.expect(201)
}

async fn submit(server: &Server, who: &Login, drafted: &Reply) -> Reply {
    let path = format!("/trips/{}/submit", drafted.text("/id"));
    server.post(who, &path, Value::Null).await.expect(200)
}

#[tokio::test]
async fn out_of_policy_an_approver_decides_and_the_flight_is_bought_once() {
    let server = Server::start().await;
    let Company { admin, traveler, approver } = company(&server).await;

    let found = server.post(&traveler, "/searches", search()).await.expect(201);
    snapshot!("search", &found);
    let assessed: Vec<_> = (0..2).map(|n| found.text(&format!("/offers/{n}/headline"))).collect();
    assert_eq!(assessed, ["within", "outside"]);

    let drafted = draft(&server, &traveler, 1).await;
    snapshot!("draft", &drafted);
    let trip = drafted.text("/id");
    assert_eq!(drafted.header("location"), format!("/api/v1/trips/{trip}"));
    assert_eq!(drafted.header("etag"), "\"v1\"");

    let submitted = submit(&server, &traveler, &drafted).await;
    assert_eq!(submitted.text("/status"), "awaiting_approval");
    snapshot!("submitted", &submitted);
    server.settle().await;
    let held = server.get(&traveler, &format!("/trips/{trip}")).await.expect(200);
    assert_eq!(held.text("/orders/0/state"), "held", "seats are held meanwhile");

    let waiting = server.get(&approver, "/approvals").await.expect(200);
    assert_eq!(waiting.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(waiting.text("/items/0/deadline/reason"), "policy_window");
    let path = format!("/approvals/{}/decisions", waiting.text("/items/0/id"));
    let digest = waiting.text("/items/0/binding/digest");
    let decision = json!({ "answer": "approve", "comment": "go", "digest": digest });
    let refused = server.post(&traveler, &path, decision.clone()).await;
    assert_eq!(refused.problem(403), "forbidden");
    let decided = server.post(&approver, &path, decision).await.expect(200);
    snapshot!("decided", &decided);

    server.settle().await;
    let booked = server.get(&traveler, &format!("/trips/{trip}")).await.expect(200);
    assert!(["booked", "ticketed"].contains(&&*booked.text("/status")), "{}", booked.body);
    let orders = server.flights.orders();
    assert_eq!(orders.iter().map(|order| order.payments).collect::<Vec<_>>(), [1]);
    let order = booked.text("/orders/0/id");
    snapshot!("order", &server.get(&traveler, &format!("/orders/{order}")).await.expect(200));

    let itinerary = server.get(&traveler, &format!("/trips/{trip}/itinerary")).await.expect(200);
    snapshot!("itinerary", &itinerary);
    let calendar = server.get(&traveler, &format!("/trips/{trip}/itinerary.ics")).await.expect(200);
    assert!(calendar.bytes.starts_with(b"BEGIN:VCALENDAR\r\n"));

    let audit = server.audit(&admin).await;
    let did: Vec<_> = audit.iter().rev().map(|line| line["action"].as_str().unwrap()).collect();
    for action in ["trip.drafted", "trip.submitted", "approval.decided", "trip.cleared"] {
        assert!(did.contains(&action), "{action} isn't in {did:?}");
    }
    assert!(audit.iter().all(|line| line["by"]["who"] == "system" || line["request"].is_string()));
}

#[tokio::test]
async fn in_policy_nobody_is_asked_and_canceling_quotes_first() {
    let server = Server::start().await;
    let Company { traveler, .. } = company(&server).await;
    let drafted = draft(&server, &traveler, 0).await;
    let submitted = submit(&server, &traveler, &drafted).await;
    assert_eq!(submitted.text("/status"), "booking");
    assert_eq!(submitted.body["approvals"], json!([]));
    server.settle().await;

    let trip = server.get(&traveler, &format!("/trips/{}", drafted.text("/id"))).await.expect(200);
    let order = trip.text("/orders/0/id");
    let quotes = format!("/orders/{order}/cancellation-quotes");
    let quoted = server.post(&traveler, &quotes, Value::Null).await.expect(201);
    let quote = quoted.body["quote"].clone();
    assert_eq!(quoted.text("/state"), "booked", "a quote cancels nothing");

    let confirm = format!("/orders/{order}/cancellation");
    let other = json!({ "quote": { "supplier": "scripted", "id": "not-the-newest" } });
    assert_eq!(server.post(&traveler, &confirm, other).await.problem(409), "quote-expired");
    let agreed = json!({ "quote": quote["quote"] });
    server.post(&traveler, &confirm, agreed).await.expect(202);
    server.settle().await;
    let canceled = server.get(&traveler, &format!("/orders/{order}")).await.expect(200);
    assert_eq!(canceled.text("/state"), "canceled");
    assert_eq!(canceled.body["refund"], quote["refund"], "what was quoted comes back");
}

#[tokio::test]
async fn a_lost_answer_is_looked_up_and_nothing_is_bought_twice() {
    let server = Server::faulty(config(), [Fault::AnswerLost]).await;
    let Company { traveler, .. } = company(&server).await;
    let drafted = draft(&server, &traveler, 0).await;
    submit(&server, &traveler, &drafted).await;
    server.settle().await;
    let path = format!("/trips/{}", drafted.text("/id"));
    let trip = server.get(&traveler, &path).await.expect(200);
    assert_eq!(trip.text("/orders/0/attempt/phase"), "unknown");
    server.clock.advance_seconds(60);
    server.settle().await;
    let trip = server.get(&traveler, &path).await.expect(200);
    assert_eq!(trip.text("/orders/0/state"), "booked");
    assert_eq!(server.flights.orders().len(), 1);
    assert_eq!(server.flights.orders()[0].payments, 1);
}

#[tokio::test]
async fn a_repeated_write_answers_what_the_first_did() {
    let server = Server::start().await;
    let Company { traveler, admin, .. } = company(&server).await;
    let trip = |title: &str| json!({ "title": title });
    let write = |key: &'static str, body: Value| {
        server.ask("POST", "/api/v1/trips").token(&traveler.token).key(key).json(&body).send()
    };
    let first = write("the-key", trip("Oslo")).await.expect(201);
    let again = write("the-key", trip("Oslo")).await.expect(201);
    assert_eq!(first.text("/id"), again.text("/id"));
    assert_eq!(write("the-key", trip("Rome")).await.problem(422), "idempotency-key-reused");
    let other = server.ask("POST", "/api/v1/trips").token(&admin.token).key("the-key");
    let other = other.json(&trip("Rome")).send().await.expect(201);
    assert_ne!(first.text("/id"), other.text("/id"), "keys of different people never meet");

    let both = tokio::join!(write("at-once", trip("Bern")), write("at-once", trip("Bern")));
    assert_eq!(both.0.expect(201).text("/id"), both.1.expect(201).text("/id"));

    let sign_up = |key: &'static str| {
        let body = Server::sign_up_body("Again");
        server.ask("POST", "/api/v1/organizations").key(key).json(&body).send()
    };
    let first = sign_up("sign-up").await.expect(201);
    assert_eq!(sign_up("sign-up").await.expect(201).body, first.body);
    assert_ne!(sign_up("another").await.expect(201).body, first.body);

    let invite = || {
        let body = json!({ "email": "new@acme.example.com", "name": "New", "roles": ["member"] });
        server
            .ask("POST", "/api/v1/invitations")
            .token(&admin.token)
            .key("invite")
            .json(&body)
            .send()
    };
    let first = invite().await.expect(201);
    assert_eq!(invite().await.expect(201).body, first.body, "the same link again");
}

#[tokio::test]
async fn a_change_based_on_an_old_version_is_refused() {
    let server = Server::start().await;
    let Company { traveler, .. } = company(&server).await;
    let trip = server.post(&traveler, "/trips", json!({ "title": "Oslo" })).await.expect(201);
    let path = format!("/api/v1/trips/{}", trip.text("/id"));
    let change = |tag: &'static str, title: &'static str| {
        let ask = server.ask("PUT", &path).token(&traveler.token).key(&server.fresh_key());
        ask.header("if-match", tag).json(&json!({ "title": title })).send()
    };
    assert_eq!(change("\"v1\"", "Bergen").await.expect(200).header("etag"), "\"v2\"");
    assert_eq!(change("\"v1\"", "Tromsø").await.problem(412), "version-stale");
    assert_eq!(change("W/\"v2\"", "Tromsø").await.problem(422), "invalid-field");
    assert_eq!(change("*", "Tromsø").await.expect(200).text("/title"), "Tromsø");
}

#[tokio::test]
async fn lists_go_on_where_the_page_before_ended() {
    let server = Server::start().await;
    let Company { traveler, admin, .. } = company(&server).await;
    for n in 0..5 {
        let trip = json!({ "title": format!("Trip {n}") });
        server.post(&traveler, "/trips", trip).await.expect(201);
        server.clock.advance_seconds(1);
    }
    let (mut titles, mut path) = (Vec::new(), "/trips?limit=2".to_owned());
    loop {
        let page = server.get(&traveler, &path).await.expect(200);
        let items = page.body["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        titles.extend(items.iter().map(|trip| trip["title"].as_str().unwrap().to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/trips?limit=2&after={next}");
    }
    assert_eq!(titles, ["Trip 4", "Trip 3", "Trip 2", "Trip 1", "Trip 0"]);
    let next = path.split("after=").nth(1).unwrap();
    let other = server.get(&admin, &format!("/people?after={next}")).await;
    assert_eq!(other.problem(400), "invalid-page");
}

#[tokio::test]
async fn a_profile_is_shown_to_those_who_may_change_it() {
    let server = Server::start().await;
    let Company { traveler, admin, .. } = company(&server).await;
    let finance = server.colleague(&admin, "fin@acme.example.com", &["finance"]).await;
    let path = format!("/people/{}", traveler.person);
    let mine = server.get(&traveler, "/me").await.expect(200);
    assert_eq!(mine.text("/profile/document/number"), "C01X00T47");
    assert_eq!(
        server.get(&admin, &path).await.expect(200).text("/profile/family_name"),
        "Lovelace"
    );
    let theirs = server.get(&finance, &path).await.expect(200);
    assert_eq!(theirs.body.get("profile"), None);
    let people = server.get(&finance, "/people").await.expect(200);
    assert!(!people.body.to_string().contains("C01X00T47"));

    let drafted = draft(&server, &traveler, 0).await;
    let submitted = submit(&server, &traveler, &drafted).await;
    assert!(!submitted.body.to_string().contains("C01X00T47"), "orders name travelers by id");
}
