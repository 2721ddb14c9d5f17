use nestmap_providers::sandbox::OrderState;
use serde_json::{Value, json};

use super::client::{DAY, DAY_BACK, Desk, hold_order, instant_order, minor, payment, text};

#[tokio::test]
async fn an_instant_order_is_paid_and_ticketed() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let answer = desk.buy(&offer).await;
    assert_eq!(answer.status, 201);
    let order = answer.data();
    assert_eq!(order["offer_id"], offer["id"]);
    assert_eq!(order["total_amount"], offer["total_amount"]);
    assert!(order["payment_status"]["paid_at"].is_string());
    assert_eq!(order["payment_status"]["awaiting_payment"], false);
    assert_eq!(order["documents"][0]["type"], "electronic_ticket");
    assert_eq!(order["available_actions"], json!(["cancel", "change", "update"]));
    assert_eq!(text(&order["booking_reference"]).len(), 6);
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert_eq!(read, order);

    let books = desk.sandbox.inspect();
    assert_eq!(books.orders[0].state, OrderState::Paid);
    assert_eq!(books.orders[0].payments.len(), 1);
}

#[tokio::test]
async fn a_held_order_waits_for_its_payment_and_takes_it_once() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let order = desk.hold(&offer).await;
    assert_eq!(order["type"], "hold");
    assert_eq!(order["payment_status"]["awaiting_payment"], true);
    assert_eq!(order["payment_status"]["payment_required_by"], "2026-09-13T09:00:00Z");
    assert_eq!(order["payment_status"]["price_guarantee_expires_at"], "2026-09-12T09:00:00Z");
    assert_eq!(order["documents"], json!([]));

    let mut short = payment(&order);
    short["payment"]["amount"] = json!("1.00");
    let refused = desk.post("/air/payments", short).await;
    assert_eq!(refused.code(), "payment_amount_does_not_match_order_amount");
    let mut foreign = payment(&order);
    foreign["payment"]["currency"] = json!("USD");
    let refused = desk.post("/air/payments", foreign).await;
    assert_eq!(refused.code(), "payment_currency_does_not_match_order_currency");

    let paid = desk.pay(&order).await;
    assert_eq!((paid.status, &paid.data()["status"]), (201, &json!("succeeded")));
    assert_eq!(desk.pay(&order).await.code(), "already_paid");
    let path = format!("/air/payments?order_id={}", text(&order["id"]));
    assert_eq!(desk.get(&path).await.data().as_array().map(Vec::len), Some(1));
    let books = desk.sandbox.inspect();
    assert_eq!(books.orders[0].payments.len(), 1);
    assert_eq!(books.orders[0].metadata["attempt"], "1");
}

#[tokio::test]
async fn a_hold_that_nobody_pays_lapses_without_a_word() {
    let desk = Desk::open().await;
    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    desk.sandbox.clock().advance_seconds(72 * 3_600);
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert_eq!(read["payment_status"]["awaiting_payment"], false);
    assert_eq!(read["payment_status"]["paid_at"], Value::Null);
    assert_eq!(read["available_actions"], json!(["update"]));
    assert_eq!(desk.pay(&order).await.code(), "past_payment_required_by_date");
    assert_eq!(desk.sandbox.inspect().orders[0].state, OrderState::Lapsed);
}

#[tokio::test]
async fn a_hold_without_price_guarantee_follows_the_market() {
    let desk = Desk::open().await;
    let offers = desk.search("FRA", "JFK").await;
    let soft = offers
        .iter()
        .find(|offer| {
            let terms = &offer["payment_requirements"];
            offer["owner"]["iata_code"] == "LH" && terms["price_guarantee_expires_at"].is_null()
        })
        .expect("Lufthansa keeps seats but no prices");
    let order = desk.hold(soft).await;
    let path = format!("/air/orders/{}/actions/price", text(&order["id"]));
    desk.sandbox.clock().advance_seconds(7 * 3_600);
    let mut prices = Vec::new();
    for _ in 0..2 {
        let priced = desk.send("POST", &path, None).await.expect("an answer").data();
        prices.push(minor(&priced["total_amount"]));
    }
    assert!(prices[0] > minor(&order["total_amount"]), "the price moved");
    assert_eq!(prices[0], prices[1], "once a day");
    let paid = desk.pay(&order).await;
    assert_eq!(paid.code(), "payment_amount_does_not_match_order_amount");
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert_eq!(desk.pay(&read).await.status, 201);
}

#[tokio::test]
async fn a_search_is_good_for_one_booking() {
    let desk = Desk::open().await;
    let offers = desk.search("LHR", "JFK").await;
    let (first, second) = (&offers[0], &offers[1]);
    assert_eq!(desk.buy(first).await.status, 201);
    assert_eq!(desk.buy(second).await.code(), "offer_request_already_booked");
    assert_eq!(desk.buy(first).await.code(), "order_creation_already_attempted");
    let books = desk.sandbox.inspect();
    assert_eq!(books.orders.len(), 1);
    let counts = books.offers[text(&first["id"])];
    assert_eq!((counts.posts, counts.orders), (2, 1));
}

#[tokio::test]
async fn an_expired_offer_is_not_sold() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    desk.sandbox.clock().advance_seconds(31 * 60);
    assert_eq!(desk.buy(&offer).await.code(), "offer_expired");
    assert!(desk.sandbox.inspect().orders.is_empty());
}

#[tokio::test]
async fn the_type_of_the_order_must_fit_the_offer() {
    let desk = Desk::open().await;
    let offers = desk.search("LHR", "JFK").await;
    let instant_only = offers
        .iter()
        .find(|offer| offer["payment_requirements"]["requires_instant_payment"] == true)
        .expect("some airline wants its money at once");
    let refused = desk.post("/air/orders", hold_order(instant_only)).await;
    assert_eq!(refused.code(), "invalid_order_create_type");

    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let mut paid_hold = instant_order(&offer);
    paid_hold["type"] = json!("hold");
    let refused = desk.post("/air/orders", paid_hold).await;
    assert_eq!(refused.code(), "payments_not_allowed_for_order_type");
    let mut with_bag = hold_order(&offer);
    with_bag["services"] = json!([{ "id": "ase_x", "quantity": 1 }]);
    let refused = desk.post("/air/orders", with_bag).await;
    assert_eq!(refused.code(), "pay_later_order_no_payment_for_ancillaries");
    let mut unpaid = instant_order(&offer);
    unpaid["payments"] = json!([]);
    assert_eq!(desk.post("/air/orders", unpaid).await.pointers(), ["/payments"]);

    let mut spelled = hold_order(&offer);
    spelled["type"] = json!("pay_later");
    assert_eq!(desk.post("/air/orders", spelled).await.data()["type"], "hold");
}

#[tokio::test]
async fn the_passengers_must_be_those_of_the_offer() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut order = instant_order(&offer);
        change(&mut order["passengers"][0]);
        order
    };
    let stranger = broken(&|one| one["id"] = json!("pas_stranger"));
    let refused = desk.post("/air/orders", stranger).await;
    assert_eq!(
        (refused.code().as_str(), refused.pointers()[0].as_str()),
        ("not_found", "/passengers/0/id")
    );
    let child = broken(&|one| one["born_on"] = json!("2020-01-01"));
    let refused = desk.post("/air/orders", child).await;
    assert_eq!(refused.code(), "order_passengers_incompatible_with_offer");
    let nameless = broken(&|one| {
        one["given_name"] = json!("");
        one["email"] = json!("nobody");
        one["phone_number"] = json!("0123");
    });
    let refused = desk.post("/air/orders", nameless).await;
    assert_eq!(
        refused.pointers(),
        ["/passengers/0/given_name", "/passengers/0/email", "/passengers/0/phone_number"]
    );
    assert!(desk.sandbox.inspect().orders.is_empty());
    assert_eq!(desk.buy(&offer).await.status, 201, "refusals leave the offer alone");
}

#[tokio::test]
async fn an_infant_sits_on_an_adults_lap() {
    let desk = Desk::open().await;
    let request = json!({
        "slices": [{ "origin": "LHR", "destination": "JFK", "departure_date": DAY }],
        "passengers": [{ "type": "adult" }, { "type": "infant_without_seat" }],
    });
    let data = desk.post("/air/offer_requests", request).await.data();
    let offer = data["offers"].as_array().expect("a list")[0].clone();
    let mut order = instant_order(&offer);
    let mut infant = order["passengers"][0].clone();
    infant["id"] = offer["passengers"][1]["id"].clone();
    infant["given_name"] = json!("Grace");
    infant["born_on"] = json!("2025-12-24");
    order["passengers"].as_array_mut().expect("a list").push(infant);
    let refused = desk.post("/air/orders", order.clone()).await;
    assert_eq!(refused.pointers(), ["/passengers/0/infant_passenger_id"]);
    order["passengers"][0]["infant_passenger_id"] = offer["passengers"][1]["id"].clone();
    let made = desk.post("/air/orders", order).await.data();
    assert_eq!(made["passengers"][1]["type"], "infant_without_seat");
}

#[tokio::test]
async fn orders_are_found_by_what_is_known_of_them() {
    let desk = Desk::open().await;
    let paid = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    desk.sandbox.clock().advance_seconds(60);
    let held = desk.hold(&desk.offer_of("ZZ", "CDG", "FRA").await).await;
    let ids = async |query: &str| -> Vec<String> {
        let data = desk.get(&format!("/air/orders?{query}")).await.data();
        let rows = data.as_array().expect("a list").clone();
        rows.iter().map(|order| text(&order["id"]).to_owned()).collect()
    };
    let (paid_id, held_id) = (text(&paid["id"]), text(&held["id"]));
    assert_eq!(ids("").await, [held_id, paid_id], "newest first");
    assert_eq!(ids(&format!("offer_id={}", text(&paid["offer_id"]))).await, [paid_id]);
    let reference = text(&held["booking_reference"]);
    assert_eq!(ids(&format!("booking_reference={reference}")).await, [held_id]);
    assert_eq!(ids("awaiting_payment=true").await, [held_id]);
    assert_eq!(ids("awaiting_payment=false").await, [paid_id]);
    assert_eq!(ids("origin_id[]=arp_cdg_fr&origin_id[]=arp_ams_nl").await, [held_id]);
    assert_eq!(ids("passenger_name[]=Earhart").await.len(), 2);
    assert_eq!(ids("passenger_name[]=eARHART").await.len(), 2);
    assert_eq!(ids("passenger_name[]=Nobody").await.len(), 0);
    assert_eq!(ids("created_at[after]=2026-09-10T09:00:30Z").await, [held_id]);
    assert_eq!(ids("sort=-total_amount").await, [paid_id, held_id]);
    assert_eq!(ids("sort=payment_required_by").await, [held_id, paid_id]);
    assert_eq!(ids("requires_action=true").await.len(), 0);
    let first = desk.get("/air/orders?limit=1").await.json();
    let after = text(&first["meta"]["after"]);
    assert_eq!(ids(&format!("limit=1&after={after}")).await, [paid_id]);
    assert_eq!(desk.get("/air/orders?sort=name").await.pointers(), ["/sort"]);
}

#[tokio::test]
async fn metadata_is_replaced_as_a_whole() {
    let desk = Desk::open().await;
    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    let path = format!("/air/orders/{}", text(&order["id"]));
    let changed = desk.patch(&path, json!({ "metadata": { "trip": "7" } })).await.data();
    assert_eq!(changed["metadata"], json!({ "trip": "7" }));
    let long = json!({ "metadata": { "k": "x".repeat(501) } });
    assert_eq!(desk.patch(&path, long).await.code(), "validation_length");
    let wrapped = json!({ "options": { "metadata": { "trip": "8" } } });
    let unchanged = desk.patch(&path, wrapped).await.data();
    assert_eq!(unchanged["metadata"], json!({ "trip": "7" }), "only the compatible mode unwraps");
}

#[tokio::test]
async fn a_return_order_has_both_directions() {
    let desk = Desk::open().await;
    let request = json!({
        "slices": [
            { "origin": "LHR", "destination": "JFK", "departure_date": DAY },
            { "origin": "JFK", "destination": "LHR", "departure_date": DAY_BACK },
        ],
        "passengers": [{ "type": "adult" }],
    });
    let data = desk.post("/air/offer_requests", request).await.data();
    let order = desk.buy(&data["offers"][0]).await.data();
    assert_eq!(order["slices"].as_array().map(Vec::len), Some(2));
    assert_eq!(order["slices"][1]["destination"]["iata_code"], "LHR");
}
