//! Requests as they leave.

use std::time::Duration;

use nestmap_providers::duffel::call;
use nestmap_providers::duffel::wire::Envelope;
use nestmap_providers::duffel::wire::order::NewOrder;
use nestmap_providers::duffel::wire::search::NewSearch;
use nestmap_providers::http::{Request, Secret};
use serde_json::{Value, json};

const BASE: &str = "https://api.duffel.com";

fn token() -> Secret {
    Secret::new("duffel_test_abc")
}

fn line(request: &Request) -> String {
    format!("{} {}", request.method.as_str(), request.url.strip_prefix(BASE).unwrap())
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    request.headers.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
}

fn body(request: &Request) -> Value {
    serde_json::from_slice(request.body.as_ref().unwrap()).unwrap()
}

fn new_order() -> NewOrder {
    let envelope: Envelope<NewOrder> =
        serde_json::from_str(include_str!("bodies/new_order.json")).unwrap();
    envelope.data
}

#[test]
fn every_request_says_version_two_and_who_asks() {
    let request = call::order("ord_1").request(BASE, &token());
    assert_eq!(header(&request, "duffel-version"), Some("v2"));
    assert_eq!(header(&request, "accept"), Some("application/json"));
    assert!(header(&request, "user-agent").unwrap().starts_with("nestmap/"));
    assert_eq!(header(&request, "content-type"), None, "there is no body");
    assert_eq!(request.bearer, token());
    assert!(
        request
            .headers
            .iter()
            .all(|(name, value)| name != "authorization" && !value.contains("abc"))
    );
}

#[test]
fn addresses_are_the_documented_ones() {
    let lines = [
        (
            line(&call::next_batch("orq_1", Duration::ZERO).request(BASE, &token())),
            "GET /air/batch_offer_requests/orq_1",
        ),
        (
            line(&call::offers("orq_1", None).request(BASE, &token())),
            "GET /air/offers?offer_request_id=orq_1&limit=200",
        ),
        (
            line(&call::offers("orq_1", Some("g3Q=")).request(BASE, &token())),
            "GET /air/offers?offer_request_id=orq_1&limit=200&after=g3Q%3D",
        ),
        (line(&call::offer("off_1").request(BASE, &token())), "GET /air/offers/off_1"),
        (line(&call::create_order(&new_order()).request(BASE, &token())), "POST /air/orders"),
        (
            line(&call::orders_of_offer("off_1", None).request(BASE, &token())),
            "GET /air/orders?offer_id=off_1&limit=200",
        ),
        (
            line(&call::price_order("ord_1").request(BASE, &token())),
            "POST /air/orders/ord_1/actions/price",
        ),
        (
            line(&call::payments_of_order("ord_1", None).request(BASE, &token())),
            "GET /air/payments?order_id=ord_1&limit=200",
        ),
        (
            line(&call::quote_cancellation("ord_1").request(BASE, &token())),
            "POST /air/order_cancellations",
        ),
        (
            line(&call::confirm_cancellation("ore_1").request(BASE, &token())),
            "POST /air/order_cancellations/ore_1/actions/confirm",
        ),
        (
            line(&call::cancellation("ore_1").request(BASE, &token())),
            "GET /air/order_cancellations/ore_1",
        ),
        (line(&call::airlines(None).request(BASE, &token())), "GET /air/airlines?limit=200"),
        (
            line(&call::airports(Some("x")).request(BASE, &token())),
            "GET /air/airports?limit=200&after=x",
        ),
        (
            line(&call::places("new york").request(BASE, &token())),
            "GET /places/suggestions?name=new%20york",
        ),
        (line(&call::event("wev_1").request(BASE, &token())), "GET /air/webhooks/events/wev_1"),
    ];
    for (sent, documented) in lines {
        assert_eq!(sent, documented);
    }
}

#[test]
fn an_id_from_outside_reaches_no_other_address() {
    let request = call::order("ord_1/actions/price?x=").request(BASE, &token());
    assert_eq!(line(&request), "GET /air/orders/ord_1%2Factions%2Fprice%3Fx%3D");
    let request = call::offer("..").request(BASE, &token());
    assert_eq!(line(&request), "GET /air/offers/%2E%2E");
}

#[test]
fn a_search_is_wrapped_and_waits_longer_than_the_airlines() {
    let search: Envelope<NewSearch> =
        serde_json::from_str(include_str!("bodies/new_search.json")).unwrap();
    let request = call::search(&search.data, Duration::from_secs(15)).request(BASE, &token());
    assert_eq!(line(&request), "POST /air/batch_offer_requests?supplier_timeout=15000");
    assert_eq!(request.timeout, Duration::from_secs(25));
    assert_eq!(header(&request, "content-type"), Some("application/json"));
    assert_eq!(
        body(&request),
        serde_json::from_str::<Value>(include_str!("bodies/new_search.json")).unwrap()
    );
}

#[test]
fn an_order_is_sent_as_it_stands_and_given_time() {
    let request = call::create_order(&new_order()).request(BASE, &token());
    assert_eq!(request.timeout, Duration::from_secs(130));
    let sent = body(&request);
    assert_eq!(
        sent["data"]["payments"],
        json!([{"type": "balance", "amount": "655.1", "currency": "EUR"}])
    );
    assert_eq!(sent["data"]["metadata"]["nestmap_attempt"], "x");
}

#[test]
fn a_hold_has_neither_payments_nor_services() {
    let hold = NewOrder { kind: "hold".into(), payments: vec![], services: vec![], ..new_order() };
    let sent = body(&call::create_order(&hold).request(BASE, &token()));
    assert_eq!(sent["data"]["type"], "hold");
    assert!(sent["data"].get("payments").is_none() && sent["data"].get("services").is_none());
}
