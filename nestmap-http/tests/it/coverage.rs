//! Every route, from the list the router is built of: nobody without a token, nobody of another
//! company, no write without a key.

use std::collections::BTreeMap;

use nestmap_core::testing::fixture;
use serde_json::{Value, json};

use crate::client::Ask;
use crate::contract::{Operation, operations};
use crate::server::{Login, PASSWORD, Server, policy, profile, search};

/// Writes that need no idempotency key, with the reason.
const WITHOUT_KEY: [(&str, &str); 5] = [
    ("log_in", "opens a session; another one does no harm"),
    ("refresh", "a refresh token works once"),
    ("log_out", "ending a session twice is fine"),
    ("accept_invitation", "an invitation works once"),
    ("duffel_event", "a hint; the supplier's own id makes it repeatable"),
];

/// A body that fits the operation, but for whom it is about.
fn body(operation: &str) -> Value {
    match operation {
        "sign_up" => Server::sign_up_body("Another"),
        "log_in" => json!({ "email": "a@b.example.com", "password": PASSWORD }),
        "refresh" => json!({ "refresh_token": "nmr_" }),
        "accept_invitation" => json!({ "token": "nmi_", "password": PASSWORD }),
        "invite" => json!({ "email": "x@y.example.com", "name": "X", "roles": ["member"] }),
        "add_person" => json!({ "email": "x@y.example.com", "name": "X", "roles": ["member"] }),
        "update_my_profile" | "update_profile" => profile(),
        "place_person" => json!({ "roles": ["admin", "member"] }),
        "draft_policy" | "revise_policy" => policy("300.00"),
        "search" => search(),
        "draft_trip" | "change_trip" => json!({ "title": "Elsewhere" }),
        "decide" => json!({ "answer": "approve", "digest": "0".repeat(64) }),
        "confirm_cancellation" => json!({ "quote": { "supplier": "scripted", "id": "x" } }),
        "log_out" | "publish_policy" | "retire_policy" | "submit_trip" | "cancel_trip"
        | "quote_cancellation" | "declare_absent" | "remove_person" | "duffel_event" => Value::Null,
        other => panic!("`{other}` is new: say here what its body is"),
    }
}

fn ask(server: &Server, operation: &Operation, ids: &BTreeMap<&str, String>) -> Ask {
    let mut path = operation.path.clone();
    for (name, id) in ids {
        path = path.replace(&format!("{{{name}}}"), id);
    }
    assert!(!path.contains('{'), "{path}: say in `World` what this id is");
    let ask = server.ask(&operation.method, &path);
    match operation.method.as_str() {
        "GET" => ask,
        _ => match body(&operation.id) {
            Value::Null => ask,
            body => ask.json(&body),
        },
    }
}

/// A company with one of everything, and somebody of another company.
struct World {
    server: Server,
    insider: Login,
    outsider: Login,
    ids: BTreeMap<&'static str, String>,
}

async fn world() -> World {
    let server = Server::start().await;
    let insider = server.company("Acme").await;
    let outsider = server.company("Other").await;
    server.colleague(&insider, "ben@acme.example.com", &["approver"]).await;
    server.policy(&insider, "100.00").await;
    server.profile(&insider).await;
    server.sell([fixture::flight("off_1", "412.50")]);
    let found = server.post(&insider, "/searches", search()).await.expect(201);
    let (set, offer) = (found.text("/id"), found.text("/offers/0/offer/id"));
    let item = json!({ "kind": "flight", "offer_set": set, "offer": offer });
    let trip = json!({ "title": "New York", "items": [item] });
    let trip = server.post(&insider, "/trips", trip).await.expect(201).text("/id");
    let path = format!("/trips/{trip}/submit");
    let submitted = server.post(&insider, &path, Value::Null).await.expect(200);
    let policies = server.get(&insider, "/policies").await.expect(200);
    let ids = BTreeMap::from([
        ("person", insider.person.clone()),
        ("policy", policies.text("/items/0/id")),
        ("search", set),
        ("trip", trip),
        ("approval", submitted.text("/approvals/0/id")),
        ("order", submitted.text("/orders/0/id")),
    ]);
    World { server, insider, outsider, ids }
}

/// Well-formed ids of things that don't exist.
fn absent() -> BTreeMap<&'static str, String> {
    let kinds = [
        ("person", "per"),
        ("policy", "pol"),
        ("search", "ofs"),
        ("trip", "trip"),
        ("approval", "apr"),
        ("order", "ord"),
    ];
    kinds.map(|(name, prefix)| (name, format!("{prefix}_{}", "7".repeat(26)))).into()
}

#[tokio::test]
async fn every_protected_route_refuses_who_has_no_token_or_a_false_one() {
    let World { server, insider, ids, .. } = world().await;
    let before = server.audit(&insider).await.len();
    let mut routes = 0;
    for operation in operations().iter().filter(|operation| !operation.public) {
        routes += 1;
        let reply = ask(&server, operation, &ids).key("key").send().await;
        assert_eq!(reply.problem(401), "unauthenticated", "{}", operation.id);
        assert_eq!(reply.header("www-authenticate"), "Bearer");
        for authorization in ["Bearer nonsense", "Basic YTpi", "Bearer", "bearer "] {
            let ask = ask(&server, operation, &ids).key("key");
            let reply = ask.header("authorization", authorization).send().await;
            assert_eq!(reply.problem(401), "unauthenticated", "{}", operation.id);
        }
    }
    assert!(routes > 30, "{routes}");
    assert_eq!(server.audit(&insider).await.len(), before, "nothing was written");
}

#[tokio::test]
async fn every_protected_route_refuses_an_expired_token() {
    let World { server, insider, ids, .. } = world().await;
    server.clock.advance_seconds(600);
    for operation in operations().iter().filter(|operation| !operation.public) {
        let ask = ask(&server, operation, &ids).key("key").token(&insider.token);
        assert_eq!(ask.send().await.problem(401), "token-expired", "{}", operation.id);
    }
}

#[tokio::test]
async fn things_of_another_company_are_answered_like_things_that_do_not_exist() {
    let World { server, insider, outsider, ids } = world().await;
    let before = server.audit(&insider).await.len();
    let mut routes = 0;
    for operation in operations().iter().filter(|operation| operation.path.contains('{')) {
        routes += 1;
        let mut answers = Vec::new();
        for ids in [ids.clone(), absent()] {
            let key = server.fresh_key();
            let ask = ask(&server, operation, &ids).token(&outsider.token).key(&key);
            let mut reply = ask.send().await;
            assert_eq!(reply.problem(404), "not-found", "{}", operation.id);
            for what_differs in ["request_id", "instance"] {
                reply.body.as_object_mut().unwrap().remove(what_differs);
            }
            answers.push(reply.body);
        }
        assert_eq!(answers[0], answers[1], "{}", operation.id);
    }
    assert!(routes > 15, "{routes}");
    assert_eq!(server.audit(&insider).await.len(), before, "nothing was written");
}

#[tokio::test]
async fn lists_show_nothing_of_another_company() {
    let World { server, outsider, ids, insider } = world().await;
    for operation in operations() {
        let is_list = operation.method == "GET" && !operation.path.contains('{');
        if !is_list || operation.public {
            continue;
        }
        let reply = ask(&server, &operation, &ids).token(&outsider.token).send().await;
        let text = reply.expect(200).body.to_string();
        let leaked: Vec<_> = ids.values().filter(|id| text.contains(*id)).collect();
        assert!(leaked.is_empty(), "{}: {leaked:?}", operation.id);
        assert!(!text.contains(&insider.organization), "{}", operation.id);
    }
    let path = format!("/audit?subject={}", ids["trip"]);
    let lines = server.get(&outsider, &path).await.expect(200);
    assert_eq!(lines.body["items"], json!([]));
}

#[tokio::test]
async fn ids_of_another_company_in_a_body_are_refused() {
    let World { server, outsider, ids, insider } = world().await;
    let before = server.audit(&outsider).await.len();
    let offer = server.get(&insider, &format!("/searches/{}", ids["search"])).await.expect(200);
    let offer = offer.text("/offers/0/offer/id");
    let item = json!({ "kind": "flight", "offer_set": ids["search"], "offer": offer });
    let mut search = search();
    search["traveler"] = json!(ids["person"]);
    let member = |extra: Value| {
        let mut body = json!({ "email": "x@y.example.com", "name": "X", "roles": ["member"] });
        body["manager"] = extra;
        body
    };
    for (path, body) in [
        ("/searches", search),
        ("/trips", json!({ "title": "X", "travelers": [ids["person"]] })),
        ("/trips", json!({ "title": "X", "items": [item] })),
        ("/invitations", member(json!(ids["person"]))),
        ("/people", member(json!(ids["person"]))),
    ] {
        let reply = server.post(&outsider, path, body).await;
        assert!(reply.status.is_client_error(), "{path}: {}", reply.body);
        let code = reply.body["code"].as_str().unwrap();
        assert!(["not-found", "invalid-field"].contains(&code), "{path}: {code}");
    }
    assert_eq!(server.audit(&outsider).await.len(), before, "nothing was written");
}

#[tokio::test]
async fn every_write_needs_an_idempotency_key() {
    let World { server, insider, ids, .. } = world().await;
    let before = server.audit(&insider).await.len();
    for operation in operations().iter().filter(|operation| operation.method != "GET") {
        let described = operation.value["parameters"]
            .as_array()
            .is_some_and(|all| all.iter().any(|parameter| parameter["name"] == "Idempotency-Key"));
        let exempt = WITHOUT_KEY.iter().any(|(id, _)| *id == operation.id);
        assert_eq!(described, !exempt, "{}", operation.id);
        if exempt {
            continue;
        }
        let ask = || ask(&server, operation, &ids).token(&insider.token);
        let reply = ask().send().await;
        assert_eq!(reply.problem(400), "idempotency-key-missing", "{}", operation.id);
        for key in ["", "with space", &"k".repeat(256)] {
            let reply = ask().key(key).send().await;
            assert_eq!(reply.problem(400), "idempotency-key-invalid", "{}", operation.id);
        }
        let reply = ask().key("one").key("two").send().await;
        assert_eq!(reply.problem(400), "idempotency-key-invalid", "{}", operation.id);
    }
    assert_eq!(server.audit(&insider).await.len(), before, "nothing was written");
}

#[tokio::test]
async fn every_route_with_a_body_refuses_fields_it_does_not_know() {
    let World { server, insider, ids, .. } = world().await;
    for operation in operations() {
        if operation.value.get("requestBody").is_none() {
            continue;
        }
        let mut body = body(&operation.id);
        body["organization_id"] = json!(ids["person"]);
        let mut path = operation.path.clone();
        ids.iter().for_each(|(name, id)| path = path.replace(&format!("{{{name}}}"), id));
        let ask = server.ask(&operation.method, &path).token(&insider.token);
        let reply = ask.key(&server.fresh_key()).json(&body).send().await;
        let code = reply.problem(422);
        assert!(["invalid-field", "invalid-policy"].contains(&code), "{}: {code}", operation.id);
        assert!(reply.body.to_string().contains("organization_id"), "{}", operation.id);
    }
}
