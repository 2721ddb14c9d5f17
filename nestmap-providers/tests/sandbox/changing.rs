use nestmap_providers::sandbox::OrderState;
use serde_json::{Value, json};

use super::client::{DAY_BACK, Desk, minor, text};

async fn quote(desk: &Desk, order: &Value) -> Value {
    desk.post("/air/order_cancellations", json!({ "order_id": order["id"] })).await.data()
}

async fn confirm(desk: &Desk, quote: &Value) -> super::client::Answer {
    let path = format!("/air/order_cancellations/{}/actions/confirm", text(&quote["id"]));
    desk.send("POST", &path, None).await.expect("an answer")
}

/// Buys the first offer whose refund condition passes the test.
async fn bought(desk: &Desk, wanted: impl Fn(&Value) -> bool) -> Value {
    let offers = desk.search("LHR", "FRA").await;
    let offer = offers.iter().find(|offer| {
        let refund = &offer["conditions"]["refund_before_departure"];
        offer["owner"]["iata_code"] != "ZZ" && wanted(refund)
    });
    desk.buy(offer.expect("such a fare is on sale")).await.data()
}

#[tokio::test]
async fn a_quote_cancels_nothing_and_its_confirmation_refunds() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    let quoted = quote(&desk, &order).await;
    assert_eq!(quoted["refund_amount"], order["total_amount"]);
    assert_eq!(quoted["refund_to"], "balance");
    assert_eq!(quoted["expires_at"], "2026-09-10T10:00:00.000000Z");
    assert_eq!(quoted["confirmed_at"], Value::Null);
    assert_eq!(desk.sandbox.inspect().orders[0].state, OrderState::Paid);

    let confirmed = confirm(&desk, &quoted).await;
    assert_eq!(confirmed.status, 200);
    assert!(confirmed.data()["confirmed_at"].is_string());
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert_eq!(read["cancellation"]["id"], quoted["id"]);
    assert_eq!(read["available_actions"], json!(["update"]));
    assert_eq!(confirm(&desk, &quoted).await.code(), "already_cancelled");
    assert_eq!(desk.sandbox.inspect().orders[0].state, OrderState::Cancelled);
}

#[tokio::test]
async fn refunds_follow_the_fare() {
    let desk = Desk::open().await;
    let penalty = |refund: &Value| refund["penalty_amount"].as_str().map(str::to_owned);
    let with_fee =
        bought(&desk, |refund| penalty(refund).is_some_and(|amount| amount != "0.00")).await;
    let fee = minor(&with_fee["conditions"]["refund_before_departure"]["penalty_amount"]);
    let quoted = quote(&desk, &with_fee).await;
    let expected = (minor(&with_fee["total_amount"]) - fee).max(0);
    assert_eq!(minor(&quoted["refund_amount"]), expected);

    let strict = bought(&desk, |refund| refund["allowed"] == false).await;
    assert_eq!(quote(&desk, &strict).await["refund_amount"], "0.00");
}

#[tokio::test]
async fn an_airline_that_says_nothing_quotes_nothing() {
    let desk = Desk::open().await;
    let offers = desk.search("LHR", "NRT").await;
    let offer =
        offers.iter().find(|offer| offer["conditions"]["refund_before_departure"].is_null());
    let order = desk.buy(offer.expect("Japan Airlines keeps silent")).await.data();
    let quoted = quote(&desk, &order).await;
    assert_eq!(quoted["refund_amount"], Value::Null);
    assert_eq!(quoted["refund_currency"], Value::Null);
}

#[tokio::test]
async fn american_airlines_take_it_back_for_a_day() {
    let desk = Desk::open().await;
    let offers = desk.search("LHR", "JFK").await;
    let offer = offers.iter().find(|offer| {
        let refund = &offer["conditions"]["refund_before_departure"];
        ["AA", "DL", "UA"].contains(&text(&offer["owner"]["iata_code"]))
            && refund["allowed"] == false
    });
    let order = desk.buy(offer.expect("an American airline flies there")).await.data();
    assert_eq!(order["void_window_ends_at"], "2026-09-11T09:00:00Z");
    assert_eq!(quote(&desk, &order).await["refund_amount"], order["total_amount"]);
    desk.sandbox.clock().advance_seconds(24 * 3_600);
    assert_eq!(quote(&desk, &order).await["refund_amount"], "0.00");
}

#[tokio::test]
async fn only_the_newest_valid_quote_counts() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    let (older, newer) = (quote(&desk, &order).await, quote(&desk, &order).await);
    assert_eq!(confirm(&desk, &older).await.code(), "order_cancellation_stale");
    desk.sandbox.clock().advance_seconds(3_600);
    assert_eq!(confirm(&desk, &newer).await.code(), "order_cancellation_stale");
    let fresh = quote(&desk, &order).await;
    assert_eq!(confirm(&desk, &fresh).await.status, 200);
    let path = format!("/air/order_cancellations?order_id={}", text(&order["id"]));
    assert_eq!(desk.get(&path).await.data().as_array().map(Vec::len), Some(3));
    let path = format!("/air/order_cancellations/{}", text(&fresh["id"]));
    assert!(desk.get(&path).await.data()["confirmed_at"].is_string());
}

#[tokio::test]
async fn an_unpaid_hold_gives_nothing_back() {
    let desk = Desk::open().await;
    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    let quoted = quote(&desk, &order).await;
    assert_eq!(quoted["refund_amount"], "0.00");
    assert_eq!(quoted["refund_to"], "awaiting_payment");
    assert_eq!(confirm(&desk, &quoted).await.status, 200);
    assert_eq!(desk.pay(&order).await.code(), "already_cancelled");
}

#[tokio::test]
async fn a_payment_makes_the_quote_of_a_hold_stale() {
    let desk = Desk::open().await;
    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    let quoted = quote(&desk, &order).await;
    assert_eq!(desk.pay(&order).await.status, 201);
    assert_eq!(confirm(&desk, &quoted).await.code(), "order_cancellation_stale");
}

#[tokio::test]
async fn nothing_is_cancelled_after_departure() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    desk.sandbox.clock().set(super::client::at("2026-11-13T09:00:00Z"));
    let refused = desk.post("/air/order_cancellations", json!({ "order_id": order["id"] })).await;
    assert_eq!(refused.code(), "order_not_cancellable");
}

async fn change_request(desk: &Desk, order: &Value) -> super::client::Answer {
    let slice = &order["slices"][0];
    let add = json!({
        "origin": slice["origin"]["iata_code"],
        "destination": slice["destination"]["iata_code"],
        "departure_date": DAY_BACK,
    });
    let data = json!({
        "order_id": order["id"],
        "slices": { "remove": [{ "slice_id": slice["id"] }], "add": [add] },
    });
    desk.post("/air/order_change_requests", data).await
}

#[tokio::test]
async fn the_test_airline_changes_once_for_a_constant_price() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    let request = change_request(&desk, &order).await.data();
    let offers = request["order_change_offers"].as_array().expect("a list");
    assert_eq!(offers.len(), 9);
    for offer in offers {
        assert_eq!(offer["change_total_amount"], "125.00");
        assert_eq!(offer["penalty_total_amount"], "25.00");
        assert_eq!(minor(&offer["new_total_amount"]), minor(&order["total_amount"]) + 10_000);
    }
    let wish = json!({ "selected_order_change_offer": offers[0]["id"] });
    let change = desk.post("/air/order_changes", wish).await.data();
    assert_eq!(change["confirmed_at"], Value::Null);
    let path = format!("/air/order_changes/{}/actions/confirm", text(&change["id"]));
    assert_eq!(desk.post(&path, json!({})).await.pointers(), ["/payment"]);
    let pay = json!({ "payment": { "type": "balance", "amount": "125.00", "currency": "GBP" } });
    assert!(desk.post(&path, pay.clone()).await.data()["confirmed_at"].is_string());
    assert_eq!(desk.post(&path, pay).await.code(), "order_change_already_actioned");

    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert_eq!(minor(&read["total_amount"]), minor(&order["total_amount"]) + 12_500);
    assert!(text(&read["slices"][0]["segments"][0]["departing_at"]).starts_with(DAY_BACK));
    assert_ne!(read["slices"][0]["id"], order["slices"][0]["id"]);
    assert_eq!(read["available_actions"], json!(["cancel", "update"]));
    assert_eq!(change_request(&desk, &read).await.code(), "order_not_changeable");
    let quoted = quote(&desk, &read).await;
    assert_eq!(quoted["refund_amount"], read["total_amount"], "the change is refunded too");
}

#[tokio::test]
async fn other_airlines_charge_the_difference_and_a_cheaper_day_refunds() {
    let desk = Desk::open().await;
    // Three days ahead is dear; the week after is cheaper.
    desk.sandbox.clock().set(super::client::at("2026-11-10T09:00:00Z"));
    let offers = desk.search("LHR", "FRA").await;
    let free = offers.iter().find(|offer| {
        let change = &offer["conditions"]["change_before_departure"];
        offer["owner"]["iata_code"] != "ZZ" && change["penalty_amount"] == "0.00"
    });
    let order = desk.buy(free.expect("a flexible fare is on sale")).await.data();
    let request = change_request(&desk, &order).await.data();
    let offers = request["order_change_offers"].as_array().expect("a list");
    let refund = offers.iter().find(|offer| text(&offer["change_total_amount"]).starts_with('-'));
    let refund = refund.expect("a cheaper flight");
    assert_eq!(refund["refund_to"], "original_form_of_payment");
    let wish = json!({ "selected_order_change_offer": refund["id"] });
    let change = desk.post("/air/order_changes", wish).await.data();
    let path = format!("/air/order_changes/{}/actions/confirm", text(&change["id"]));
    assert_eq!(desk.send("POST", &path, None).await.expect("an answer").status, 200);
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert!(minor(&read["total_amount"]) < minor(&order["total_amount"]));
}

#[tokio::test]
async fn the_airline_can_move_a_flight_and_only_its_last_word_counts() {
    let desk = Desk::open().await;
    let order = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    assert!(desk.sandbox.disrupt(text(&order["id"])));
    assert!(desk.sandbox.disrupt(text(&order["id"])));
    assert!(!desk.sandbox.disrupt("ord_unknown"));
    let path = format!("/air/airline_initiated_changes?order_id={}", text(&order["id"]));
    let changes = desk.get(&path).await.data();
    assert_eq!(changes.as_array().map(Vec::len), Some(2));
    assert_eq!(desk.get("/air/orders?requires_action=true").await.data()[0]["id"], order["id"]);
    let accept = async |change: &Value| {
        let id = text(&change["id"]).to_owned();
        let path = format!("/air/airline_initiated_changes/{id}/actions/accept");
        desk.send("POST", &path, None).await.expect("an answer")
    };
    assert_eq!(accept(&changes[0]).await.code(), "stale_airline_initiated_change_accept");
    assert_eq!(accept(&changes[1]).await.data()["action_taken"], "accepted");
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    let hour = |order: &Value| {
        let text = text(&order["slices"][0]["segments"][0]["departing_at"]);
        text[11..13].parse::<u32>().expect("an hour")
    };
    assert_eq!(hour(&read), hour(&order) + 2);
    assert_eq!(desk.get("/air/orders?requires_action=true").await.data(), json!([]));
}
