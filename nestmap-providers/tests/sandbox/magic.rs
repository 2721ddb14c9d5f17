use serde_json::{Value, json};

use super::client::{Desk, hold_order, minor, one_way, text};

fn segments(offer: &Value) -> Vec<Value> {
    offer["slices"][0]["segments"].as_array().expect("a list").clone()
}

#[tokio::test]
async fn pvd_rai_finds_nothing() {
    assert!(Desk::open().await.search("PVD", "RAI").await.is_empty());
}

#[tokio::test]
async fn jfk_ewr_can_only_be_held() {
    let desk = Desk::open().await;
    let offers = desk.search("JFK", "EWR").await;
    assert!(!offers.is_empty());
    for offer in &offers {
        assert_eq!(offer["payment_requirements"]["requires_instant_payment"], false);
    }
    assert_eq!(desk.buy(&offers[0]).await.code(), "invalid_order_create_type");
    assert_eq!(desk.hold(&offers[0]).await["payment_status"]["awaiting_payment"], true);
}

#[tokio::test]
async fn lhr_dxb_always_changes_aircraft() {
    let offers = Desk::open().await.search("LHR", "DXB").await;
    assert!(offers.len() > 5);
    assert!(offers.iter().all(|offer| segments(offer).len() > 1));
}

#[tokio::test]
async fn dxb_ams_lands_once_on_the_way() {
    let offers = Desk::open().await.search("DXB", "AMS").await;
    assert!(!offers.is_empty());
    for segment in offers.iter().flat_map(segments) {
        assert_eq!(segment["stops"].as_array().map(Vec::len), Some(1));
    }
}

#[tokio::test]
async fn bts_mru_carries_no_bags_and_bts_abv_sells_no_services() {
    let desk = Desk::open().await;
    for segment in desk.search("BTS", "MRU").await.iter().flat_map(segments) {
        assert_eq!(segment["passengers"][0]["baggages"], json!([]));
    }
    let offer = desk.offer_of("ZZ", "BTS", "ABV").await;
    let path = format!("/air/offers/{}?return_available_services=true", text(&offer["id"]));
    assert_eq!(desk.get(&path).await.data()["available_services"], json!([]));
    let path = format!("/air/seat_maps?offer_id={}", text(&offer["id"]));
    assert_eq!(desk.get(&path).await.data(), json!([]));
}

#[tokio::test]
async fn stn_lhr_times_out() {
    let answer = Desk::open().await.post("/air/offer_requests", one_way("STN", "LHR")).await;
    assert_eq!((answer.status, answer.code().as_str()), (504, "gateway_timeout_error"));
}

#[tokio::test]
async fn lgw_lhr_is_gone_when_looked_at_again() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LGW", "LHR").await;
    let gone = desk.get(&format!("/air/offers/{}", text(&offer["id"]))).await;
    assert_eq!(gone.code(), "offer_no_longer_available");
    assert_eq!(desk.buy(&offer).await.code(), "offer_no_longer_available");
}

#[tokio::test]
async fn lhr_stn_costs_ten_more_with_each_look() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "STN").await;
    let path = format!("/air/offers/{}", text(&offer["id"]));
    let once = desk.get(&path).await.data();
    let twice = desk.get(&path).await.data();
    assert_eq!(minor(&once["total_amount"]), minor(&offer["total_amount"]) + 1_000);
    assert_eq!(minor(&twice["total_amount"]), minor(&offer["total_amount"]) + 2_000);
    let refused = desk.buy(&offer).await;
    assert_eq!(refused.code(), "payment_amount_does_not_match_order_amount");
    assert_eq!(desk.buy(&twice).await.status, 201);
}

#[tokio::test]
async fn lhr_lgw_fails_at_the_airline_and_leaves_nothing() {
    let desk = Desk::open().await;
    let failed = desk.buy(&desk.offer_of("ZZ", "LHR", "LGW").await).await;
    assert_eq!((failed.status, failed.code().as_str()), (502, "airline_unknown"));
    assert_eq!(failed.json()["errors"][0]["source"], "duffel_airways", "a plain text");
    assert!(desk.sandbox.inspect().orders.is_empty());
}

#[tokio::test]
async fn lgw_stn_has_no_money() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LGW", "STN").await;
    assert_eq!(desk.buy(&offer).await.code(), "insufficient_balance");
    let held = desk.hold(&offer).await;
    assert_eq!(desk.pay(&held).await.code(), "insufficient_balance");
}

#[tokio::test]
async fn ltn_stn_tells_the_details_later() {
    let desk = Desk::open().await;
    let answer = desk.buy(&desk.offer_of("ZZ", "LTN", "STN").await).await;
    assert_eq!(answer.status, 200);
    let brief = answer.data();
    assert!(brief.get("slices").is_none());
    let path = format!("/air/orders/{}", text(&brief["id"]));
    let early = desk.get(&path).await.data();
    assert_eq!((&early["booking_reference"], &early["documents"]), (&Value::Null, &json!([])));
    desk.sandbox.clock().advance_seconds(30);
    let late = desk.get(&path).await.data();
    assert!(late["booking_reference"].is_string());
    assert_eq!(late["documents"].as_array().map(Vec::len), Some(1));

    let held = desk.post("/air/orders", hold_order(&desk.offer_of("ZZ", "LTN", "STN").await)).await;
    let held = held.data();
    let full = desk.get(&format!("/air/orders/{}", text(&held["id"]))).await.data();
    assert_eq!(desk.pay(&full).await.status, 200);
    let path = format!("/air/orders/{}", text(&held["id"]));
    let running = desk.get(&path).await.data()["payment_status"].clone();
    assert_eq!((&running["awaiting_payment"], &running["paid_at"]), (&json!(false), &Value::Null));
    desk.sandbox.clock().advance_seconds(30);
    assert!(desk.get(&path).await.data()["payment_status"]["paid_at"].is_string());
}

#[tokio::test]
async fn sen_stn_is_accepted_and_made_later() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "SEN", "STN").await;
    assert_eq!(desk.buy(&offer).await.status, 202);
    let path = format!("/air/orders?offer_id={}", text(&offer["id"]));
    assert_eq!(desk.get(&path).await.data(), json!([]));
    assert_eq!(desk.buy(&offer).await.code(), "order_creation_already_attempted");
    assert_eq!(desk.sandbox.inspect().pending, 1);
    desk.sandbox.clock().advance_seconds(5);
    let found = desk.get(&path).await.data();
    assert_eq!(found.as_array().map(Vec::len), Some(1));
    assert!(found[0]["payment_status"]["paid_at"].is_string());
    let counts = desk.sandbox.inspect().offers[text(&offer["id"])];
    assert_eq!((counts.posts, counts.orders), (2, 1));
}

#[tokio::test]
async fn lcy_stn_is_accepted_and_fails_later() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LCY", "STN").await;
    let accepted = desk.buy(&offer).await;
    assert_eq!(accepted.status, 202);
    let pending = text(&accepted.data()["id"]).to_owned();
    desk.sandbox.clock().advance_seconds(29);
    let events = desk.get("/air/webhooks/events").await.data();
    assert_eq!(events, json!([]));
    desk.sandbox.clock().advance_seconds(1);
    let events = desk.get("/air/webhooks/events").await.data();
    assert_eq!(events[0]["type"], "order.creation_failed");
    let object = &events[0]["data"]["object"];
    assert_eq!((&object["offer_id"], text(&object["id"])), (&offer["id"], pending.as_str()));
    assert!(desk.sandbox.inspect().orders.is_empty());
    assert_eq!(desk.sandbox.inspect().pending, 0);
}

#[tokio::test]
async fn lhr_ltn_changes_with_each_look() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LHR", "LTN").await).await.data();
    let path = format!("/air/airline_initiated_changes?order_id={}", text(&order["id"]));
    let counts = [
        desk.get(&path).await.data().as_array().map(Vec::len),
        desk.get(&path).await.data().as_array().map(Vec::len),
    ];
    assert_eq!(counts, [Some(1), Some(2)]);
    let changes = desk.get(&path).await.data();
    let hour = |change: &Value| {
        text(&change["added"][0]["segments"][0]["departing_at"])[11..13].to_owned()
    };
    assert_ne!(hour(&changes[0]), hour(&changes[2]));
}

#[tokio::test]
async fn ltn_syd_refunds_in_airline_credits() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LTN", "SYD").await).await.data();
    let quoted =
        desk.post("/air/order_cancellations", json!({ "order_id": order["id"] })).await.data();
    assert_eq!(quoted["refund_to"], "airline_credits");
    let path = format!("/air/order_cancellations/{}/actions/confirm", text(&quoted["id"]));
    let confirmed = desk.send("POST", &path, None).await.expect("an answer").data();
    let credit = &confirmed["airline_credits"][0];
    assert_eq!(credit["credit_amount"], order["total_amount"]);
    assert_eq!(credit["passenger_id"], order["passengers"][0]["id"]);
    let path = format!("/air/airline_credits/{}", text(&credit["id"]));
    assert_eq!(desk.get(&path).await.data()["order_id"], order["id"]);
}

#[tokio::test]
async fn bqh_lcy_pays_slowly_with_airline_credits() {
    let desk = Desk::open().await;
    for (code, status) in [
        ("1000000000001", "succeeded"),
        ("1000000000002", "failed"),
        ("2000000000002", "cancelled"),
    ] {
        let credit = json!({
            "airline_iata_code": "ZZ", "amount": "900.00", "amount_currency": "GBP",
            "code": code, "type": "eticket", "issued_on": "2026-01-01",
            "given_name": "Amelia", "family_name": "Earhart",
        });
        let credit = desk.post("/air/airline_credits", credit).await.data();
        let order = desk.hold(&desk.offer_of("ZZ", "BQH", "LCY").await).await;
        let mut payment = super::client::payment(&order);
        payment["payment"]["type"] = json!("airline_credit");
        payment["payment"]["airline_credit_id"] = credit["id"].clone();
        let paid = desk.post("/air/payments", payment).await.data();
        assert_eq!(paid["status"], "pending");
        desk.sandbox.clock().advance_seconds(30);
        let path = format!("/air/payments/{}", text(&paid["id"]));
        assert_eq!(desk.get(&path).await.data()["status"], status, "{code}");
        let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
        let succeeded = status == "succeeded";
        assert_eq!(read["payment_status"]["paid_at"].is_string(), succeeded);
        assert_eq!(read["payment_status"]["awaiting_payment"], !succeeded);
        let kinds = desk.get("/air/webhooks/events?limit=200").await.data();
        let kind = format!("air.payment.{status}");
        assert!(kinds.as_array().expect("a list").iter().any(|event| event["type"] == kind));
    }
}
