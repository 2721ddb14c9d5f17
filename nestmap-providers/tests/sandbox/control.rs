use serde_json::{Value, json};

use super::client::{Desk, text};

async fn control(desk: &Desk, path: &str, body: Value) -> (u16, Value) {
    let answer = desk.raw("POST", path, &[], body.to_string()).await.expect("an answer");
    (answer.status, answer.json())
}

#[tokio::test]
async fn the_clock_is_read_set_and_advanced_over_http() {
    let desk = Desk::open().await;
    let set = control(&desk, "/_sandbox/clock", json!({ "now": "2027-01-01T00:00:00Z" })).await;
    assert_eq!((set.0, text(&set.1["now"])), (200, "2027-01-01T00:00:00Z"));
    let advanced = control(&desk, "/_sandbox/clock", json!({ "advance_seconds": 90 })).await;
    assert_eq!(text(&advanced.1["now"]), "2027-01-01T00:01:30Z");
    for bad in [json!({}), json!({ "now": "soon" }), json!({ "now": null, "speed": 2 }), json!([])]
    {
        let refused = control(&desk, "/_sandbox/clock", bad).await;
        assert_eq!(refused.0, 400);
        assert!(refused.1["error"].is_string());
    }
    assert_eq!(desk.sandbox.clock().now().to_string(), "2027-01-01T00:01:30Z");
}

#[tokio::test]
async fn faults_are_queued_listed_and_cleared_over_http() {
    let desk = Desk::open().await;
    let rule = json!({
        "method": "GET", "path": "/air/airlines", "nth": 1,
        "fault": { "kind": "server_error", "committed": false },
    });
    let (status, queued) = control(&desk, "/_sandbox/faults", rule.clone()).await;
    assert_eq!((status, queued["faults"].as_array().map(Vec::len)), (200, Some(1)));
    assert_eq!(desk.get("/air/airlines").await.status, 500);
    let both = json!({ "faults": [rule.clone(), rule] });
    assert_eq!(control(&desk, "/_sandbox/faults", both).await.0, 200);
    let cleared = desk.raw("DELETE", "/_sandbox/faults", &[], String::new()).await;
    assert_eq!(cleared.expect("an answer").json()["faults"], json!([]));
    assert_eq!(desk.get("/air/airlines").await.status, 200);
    let unknown = json!({ "path": "/air/orders", "fault": { "kind": "earthquake" } });
    assert_eq!(control(&desk, "/_sandbox/faults", unknown).await.0, 400);
}

#[tokio::test]
async fn the_books_and_the_calls_can_be_read_over_http() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    let books = desk.raw("GET", "/_sandbox/orders", &[], String::new()).await;
    let books = books.expect("an answer").json();
    assert_eq!(books["orders"][0]["id"], order["id"]);
    assert_eq!(books["orders"][0]["state"], "paid");
    assert_eq!(books["offers"][text(&order["offer_id"])], json!({ "posts": 1, "orders": 1 }));
    let calls = desk.raw("GET", "/_sandbox/calls", &[], String::new()).await;
    let calls = calls.expect("an answer").json();
    let paths: Vec<&str> =
        calls["calls"].as_array().expect("a list").iter().map(|call| text(&call["path"])).collect();
    assert_eq!(paths, ["/air/offer_requests", "/air/orders"]);
    let id = text(&order["id"]);
    let path = format!("/_sandbox/orders/{id}/airline_initiated_changes");
    assert_eq!(control(&desk, &path, json!({})).await.0, 200);
}

#[tokio::test]
async fn it_says_that_it_is_a_sandbox() {
    let desk = Desk::open().await;
    let about = desk.raw("GET", "/_sandbox", &[], String::new()).await.expect("an answer");
    assert_eq!((&about.json()["sandbox"], about.header("x-sandbox")), (&json!("duffel"), "duffel"));
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    assert_eq!(offer["live_mode"], false);
    assert!(text(&offer["owner"]["id"]).contains("sandbox"));
    assert_eq!(desk.get("/air/airlines").await.header("x-sandbox"), "duffel");
}

#[tokio::test]
async fn mistakes_of_the_official_client_are_made_up_for_on_request() {
    let mut config = super::client::config();
    config.client_defects = true;
    let desk = Desk::with(config).await;
    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    let path = format!("/air/orders/{}", text(&order["id"]));
    let wrapped = json!({ "options": { "metadata": { "trip": "8" } } });
    assert_eq!(desk.patch(&path, wrapped).await.data()["metadata"], json!({ "trip": "8" }));
    let wish = json!({ "url": "http://127.0.0.1:9/", "events": ["order.created"] });
    let webhook = desk.post("/air/webhooks", wish).await.data();
    let path = format!("/air/webhooks/{}", text(&webhook["id"]));
    let deleted = desk.send("DELETE", &path, None).await.expect("an answer");
    assert_eq!((deleted.status, deleted.json()), (200, json!({})));
    let offer = desk.offer_of("BA", "LHR", "JFK").await;
    let path = format!("/air/offers/{}/upsell", text(&offer["id"]));
    assert_eq!(desk.send("POST", &path, None).await.expect("an answer").status, 200);
}
