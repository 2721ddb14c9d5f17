use nestmap_providers::sandbox::RateLimits;
use serde_json::{Value, json};

use super::client::{DAY, DAY_BACK, Desk, config, instant_order, one_way};

const GOOD: [(&str, &str); 4] = [
    ("authorization", "Bearer duffel_test_x"),
    ("duffel-version", "v2"),
    ("accept", "application/json"),
    ("content-type", "application/json"),
];

/// The good headers with one of them replaced, or left out.
fn headers<'a>(name: &'a str, value: Option<&'a str>) -> Vec<(&'a str, &'a str)> {
    let others = GOOD.into_iter().filter(|(known, _)| *known != name);
    others.chain(value.map(|value| (name, value))).collect()
}

#[tokio::test]
async fn headers_are_checked_one_after_the_other() {
    let desk = Desk::open().await;
    let body = json!({ "data": one_way("LHR", "JFK") }).to_string();
    for (name, value, status, code) in [
        ("authorization", None, 401, "missing_authorization_header"),
        ("authorization", Some("Basic abc"), 401, "invalid_authorization_header"),
        ("authorization", Some("Bearer "), 401, "invalid_authorization_header"),
        ("authorization", Some("Bearer duffel_live_x"), 401, "access_token_not_found"),
        ("duffel-version", None, 400, "missing_version_header"),
        ("duffel-version", Some("v1"), 400, "unsupported_version"),
        ("duffel-version", Some("v9"), 400, "invalid_version_header"),
        ("accept", Some("text/html"), 406, "unsupported_format"),
        ("content-type", None, 400, "missing_content_type_header"),
        ("content-type", Some("text/plain"), 400, "invalid_content_type_header"),
    ] {
        let headers = headers(name, value);
        let answer = desk.raw("POST", "/air/offer_requests", &headers, body.clone()).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert!(answer.header("x-request-id").starts_with('F'));
        assert_eq!(answer.header("x-sandbox"), "duffel");
    }
}

#[tokio::test]
async fn only_the_configured_token_is_taken() {
    let mut config = config();
    config.token = Some("duffel_test_mine".to_owned());
    let desk = Desk::with(config).await;
    assert_eq!(desk.get("/air/airlines").await.code(), "access_token_not_found");
    let mine = headers("authorization", Some("Bearer duffel_test_mine"));
    let answer = desk.raw("GET", "/air/airlines", &mine, String::new()).await;
    assert_eq!(answer.expect("an answer").status, 200);
}

#[tokio::test]
async fn the_envelope_must_be_one() {
    let desk = Desk::open().await;
    for (body, status, code) in [
        ("", 400, "bad_request"),
        ("{\"data\": {", 400, "bad_request"),
        ("{}", 400, "missing_data_param"),
        ("{\"slices\": []}", 400, "missing_data_param"),
        ("{\"data\": null}", 400, "missing_data_param"),
        ("{\"data\": [1]}", 400, "invalid_data_param"),
        ("[]", 400, "missing_data_param"),
        ("\"text\"", 400, "missing_data_param"),
    ] {
        let answer = desk.raw("POST", "/air/offer_requests", &GOOD, body.to_owned()).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
    }
    let huge = format!("{{\"data\": \"{}\"}}", "x".repeat(2 * 1024 * 1024));
    let answer = desk.raw("POST", "/air/orders", &GOOD, huge).await.expect("an answer");
    assert_eq!(answer.status, 413);
}

async fn pointers(desk: &Desk, change: impl FnOnce(&mut Value)) -> Vec<String> {
    let mut request = one_way("LHR", "JFK");
    change(&mut request);
    let answer = desk.post("/air/offer_requests", request).await;
    assert_eq!(answer.status, 422);
    answer.pointers()
}

#[tokio::test]
async fn searches_are_checked_field_by_field() {
    let desk = Desk::open().await;
    let slice = |key: &'static str, value: Value| {
        move |request: &mut Value| request["slices"][0][key] = value
    };
    assert_eq!(pointers(&desk, |request| *request = json!({})).await, ["/slices", "/passengers"]);
    for (key, value) in [
        ("origin", json!("XXX")),
        ("origin", json!("lhr")),
        ("origin", json!("'; drop table orders; --")),
        ("destination", json!("LHR")),
        ("destination", json!(7)),
        ("departure_date", json!("2026-09-01")),
        ("departure_date", json!("2026-02-30")),
        ("departure_date", json!("12/11/2026")),
        ("departure_time", json!({ "from": "9", "to": "late" })),
    ] {
        assert_eq!(pointers(&desk, slice(key, value)).await, [format!("/slices/0/{key}")]);
    }
    for (passengers, pointer) in [
        (json!([]), "/passengers"),
        (json!([{}]), "/passengers/0/type"),
        (json!([{ "type": "pilot" }]), "/passengers/0/type"),
        (json!([{ "type": "adult", "age": 40 }]), "/passengers/0/type"),
        (json!([{ "age": -1 }]), "/passengers/0/age"),
        (json!([{ "type": "infant_without_seat" }]), "/passengers"),
        (Value::Array(vec![json!({ "type": "adult" }); 10]), "/passengers"),
    ] {
        let found = pointers(&desk, |request| request["passengers"] = passengers).await;
        assert_eq!(found, [pointer]);
    }
    let cabin = pointers(&desk, |request| request["cabin_class"] = json!("coach")).await;
    assert_eq!(cabin, ["/cabin_class"]);
    let stops = pointers(&desk, |request| request["max_connections"] = json!(3)).await;
    assert_eq!(stops, ["/max_connections"]);
}

#[tokio::test]
async fn a_return_before_the_outbound_is_refused() {
    let desk = Desk::open().await;
    let found = pointers(&desk, |request| {
        request["slices"] = json!([
            { "origin": "LHR", "destination": "JFK", "departure_date": DAY_BACK },
            { "origin": "JFK", "destination": "LHR", "departure_date": DAY },
        ]);
    })
    .await;
    assert_eq!(found, ["/slices/1/departure_date"]);
}

#[tokio::test]
async fn pages_have_limits() {
    let desk = Desk::open().await;
    for limit in ["0", "201", "10000", "-1", "ten", "99999999999999999999"] {
        let answer = desk.get(&format!("/air/airlines?limit={limit}")).await;
        assert_eq!((answer.status, answer.pointers()), (422, vec!["/limit".to_owned()]));
    }
    assert_eq!(desk.get("/air/airlines?after=%00%ff").await.pointers(), ["/after"]);
}

#[tokio::test]
async fn unknown_things_are_not_found() {
    let desk = Desk::open().await;
    for path in [
        "/",
        "/air",
        "/air/teapots",
        "/air/orders/ord_unknown",
        "/air/offers/off_0000zzzzzz",
        "/air/offers/%F0%9F%9A%80",
        "/air/offer_requests/orq_1",
        "/air/payments/pay_1",
        "/air/order_cancellations/ore_1",
        "/air/webhooks/events/wev_1",
        "/air/airports/arp_xxx_yy",
        "/air/airports/arp_%C3%A9%C3%A9",
    ] {
        assert_eq!(desk.get(path).await.status, 404, "{path}");
    }
    let answer = desk.send("DELETE", "/air/orders", None).await.expect("an answer");
    assert_eq!(answer.code(), "not_found");
}

#[tokio::test]
async fn broken_orders_are_refused_and_leave_nothing() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let cases: [(&str, Value, &str); 8] = [
        ("selected_offers", json!([]), "/selected_offers"),
        ("selected_offers", json!(["off_1", "off_2"]), "/selected_offers"),
        ("selected_offers", json!(["off_1"]), "/selected_offers/0"),
        ("type", json!("later"), "/type"),
        ("passengers", json!([]), "/passengers"),
        (
            "payments",
            json!([{ "type": "shells", "amount": "1", "currency": "GBP" }]),
            "/payments/0/type",
        ),
        ("metadata", json!({ "key": 7 }), "/metadata/key"),
        ("services", json!([{ "id": "ase_1", "quantity": 1 }]), "/services/0/id"),
    ];
    for (key, value, pointer) in cases {
        let mut order = instant_order(&offer);
        order[key] = value;
        let answer = desk.post("/air/orders", order).await;
        assert_eq!((answer.status, answer.pointers()), (422, vec![pointer.to_owned()]));
    }
    let mut order = instant_order(&offer);
    order["passengers"][0]["given_name"] = json!("Amelia\r\nX-Evil: 1");
    assert_eq!(desk.post("/air/orders", order).await.code(), "invalid_passenger_name");
    assert!(desk.sandbox.inspect().orders.is_empty());
}

#[tokio::test]
async fn products_that_are_not_enabled_answer_in_plain_text() {
    let desk = Desk::open().await;
    for path in ["/stays/search", "/cars/search"] {
        let answer = desk.post(path, json!({})).await;
        assert_eq!(answer.status, 403);
        assert!(answer.header("content-type").starts_with("text/plain"));
    }
}

#[tokio::test]
async fn rate_limits_are_counted_and_enforced_on_request() {
    let mut config = config();
    config.rate_limits = RateLimits { searches: 2, others: 100, enforced: true };
    let desk = Desk::with(config).await;
    let mut seen = Vec::new();
    for _ in 0..3 {
        let answer = desk.post("/air/offer_requests", one_way("LHR", "JFK")).await;
        seen.push((answer.status, answer.header("ratelimit-remaining").to_owned()));
    }
    let expected = [(201, "1"), (201, "0"), (429, "0")];
    assert_eq!(seen, expected.map(|(status, left)| (status, left.to_owned())));
    assert_eq!(desk.get("/air/airlines").await.status, 200, "searches have their own limit");
    desk.sandbox.clock().advance_seconds(60);
    let answer = desk.post("/air/offer_requests", one_way("LHR", "JFK")).await;
    assert_eq!(answer.status, 201);
}
