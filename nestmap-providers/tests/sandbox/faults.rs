use nestmap_providers::sandbox::{Fault, FaultRule};
use serde_json::json;

use super::client::{Desk, instant_order, minor, one_way, text};

fn order_fault(fault: Fault) -> FaultRule {
    FaultRule::next("POST", "/air/orders", fault)
}

/// Tries to buy with a fault in the way; returns the answer, if any, and the orders made.
async fn buy_with(fault: Fault) -> (Option<super::client::Answer>, usize) {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    desk.sandbox.inject(order_fault(fault));
    let body = json!({ "data": instant_order(&offer) });
    let answer = desk.send("POST", "/air/orders", Some(body)).await.ok();
    let calls = desk.sandbox.calls();
    let last = calls.last().expect("the call is on record");
    assert_eq!(last.status, answer.as_ref().map(|answer| answer.status).or(last.status));
    (answer, desk.sandbox.inspect().orders.len())
}

#[tokio::test]
async fn a_connection_dropped_before_the_work_leaves_nothing() {
    let (answer, orders) = buy_with(Fault::DropBefore).await;
    assert!(answer.is_none());
    assert_eq!(orders, 0);
}

#[tokio::test]
async fn a_connection_dropped_after_the_work_leaves_the_order() {
    let (answer, orders) = buy_with(Fault::DropAfter).await;
    assert!(answer.is_none());
    assert_eq!(orders, 1);
}

#[tokio::test]
async fn a_truncated_answer_is_noticed_and_leaves_the_order() {
    let (answer, orders) = buy_with(Fault::Truncate).await;
    assert!(answer.is_none());
    assert_eq!(orders, 1);
}

#[tokio::test]
async fn server_errors_come_with_and_without_an_order() {
    for (committed, expected) in [(true, 1), (false, 0)] {
        let (answer, orders) = buy_with(Fault::ServerError { committed }).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.code().as_str()), (500, "airline_internal"));
        assert_eq!(orders, expected);
        let (answer, orders) = buy_with(Fault::GatewayTimeout { committed }).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.code().as_str()), (504, "gateway_timeout_error"));
        assert_eq!(orders, expected);
    }
}

#[tokio::test]
async fn a_bad_gateway_talks_html() {
    for (committed, expected) in [(true, 1), (false, 0)] {
        let (answer, orders) = buy_with(Fault::BadGateway { committed }).await;
        let answer = answer.expect("an answer");
        assert_eq!(answer.status, 502);
        assert!(answer.header("content-type").starts_with("text/html"));
        assert!(answer.body.starts_with(b"<html>"));
        assert_eq!(orders, expected);
    }
}

#[tokio::test]
async fn refusals_before_the_work_leave_nothing() {
    for (fault, status, code) in [
        (Fault::NotCreated, 502, "order_not_created"),
        (Fault::Unavailable, 503, "service_unavailable"),
        (Fault::RateLimit { reset_seconds: 90 }, 429, "rate_limit_exceeded"),
        (Fault::Expire, 422, "offer_expired"),
        (Fault::PriceRise { amount: "12.50".to_owned() }, 422, "price_changed"),
    ] {
        let (answer, orders) = buy_with(fault).await;
        let answer = answer.expect("an answer");
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        assert_eq!(orders, 0, "{code}");
    }
}

#[tokio::test]
async fn a_rate_limit_says_when_it_ends_as_an_http_date() {
    let desk = Desk::open().await;
    let rule = FaultRule::next("GET", "/air/airlines", Fault::RateLimit { reset_seconds: 90 });
    desk.sandbox.inject(rule);
    let refused = desk.get("/air/airlines").await;
    assert_eq!(refused.header("ratelimit-reset"), "Thu, 10 Sep 2026 09:01:30 GMT");
    assert_eq!(refused.header("ratelimit-remaining"), "0");
    assert_eq!(desk.get("/air/airlines").await.status, 200);
}

#[tokio::test]
async fn an_order_can_be_accepted_first_and_made_or_refused_later() {
    for (fails, expected) in [(false, 1), (true, 0)] {
        let desk = Desk::open().await;
        let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
        desk.sandbox.inject(order_fault(Fault::Accept { seconds: 600, fails }));
        assert_eq!(desk.buy(&offer).await.status, 202);
        assert_eq!(desk.sandbox.inspect().orders.len(), 0);
        desk.sandbox.clock().advance_seconds(600);
        assert_eq!(desk.sandbox.inspect().orders.len(), expected);
    }
}

#[tokio::test]
async fn an_order_can_be_complete_later_than_it_is_made() {
    let (answer, orders) = buy_with(Fault::DetailLater { seconds: 5 }).await;
    assert_eq!(answer.expect("an answer").status, 200);
    assert_eq!(orders, 1);
}

#[tokio::test]
async fn a_lost_payment_is_on_the_books() {
    let desk = Desk::open().await;
    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    desk.sandbox.inject(FaultRule::next("POST", "/air/payments", Fault::DropAfter));
    let body = json!({ "data": super::client::payment(&order) });
    assert!(desk.send("POST", "/air/payments", Some(body)).await.is_err());
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert!(read["payment_status"]["paid_at"].is_string());
    assert_eq!(desk.sandbox.inspect().orders[0].payments.len(), 1);
}

#[tokio::test]
async fn a_price_rise_hits_the_next_look_or_payment() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let rise = || Fault::PriceRise { amount: "10.00".to_owned() };
    desk.sandbox.inject(FaultRule::next("GET", "/air/offers/*", rise()));
    let dearer = desk.get(&format!("/air/offers/{}", text(&offer["id"]))).await.data();
    assert_eq!(minor(&dearer["total_amount"]), minor(&offer["total_amount"]) + 1_000);
    let order = desk.hold(&dearer).await;
    assert_eq!(order["total_amount"], dearer["total_amount"]);
    desk.sandbox.inject(FaultRule::next("POST", "/air/payments", rise()));
    assert_eq!(desk.pay(&order).await.code(), "payment_amount_does_not_match_order_amount");
    let read = desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
    assert_eq!(desk.pay(&read).await.status, 201);
}

#[tokio::test]
async fn the_work_is_done_even_if_the_caller_stops_waiting() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    // The answer would leave in an hour; the caller is gone as soon as the order exists.
    desk.sandbox.inject(order_fault(Fault::DelayAnswer { millis: 3_600_000 }));
    let body = json!({ "data": instant_order(&offer) });
    let waiting = desk.send("POST", "/air/orders", Some(body));
    let gone = async {
        while desk.sandbox.inspect().orders.is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        _ = waiting => panic!("the answer was delayed for an hour"),
        () = gone => {}
    }
    assert_eq!(desk.sandbox.inspect().orders.len(), 1);
}

#[tokio::test]
async fn a_delay_comes_before_the_work() {
    let desk = Desk::open().await;
    desk.sandbox.inject(FaultRule::next("POST", "/air/offer_requests", Fault::Delay { millis: 1 }));
    let answer = desk.post("/air/offer_requests", one_way("LHR", "JFK")).await;
    assert_eq!(answer.status, 201);
    let calls = desk.sandbox.calls();
    assert_eq!(calls[0].faults, [Fault::Delay { millis: 1 }]);
}

#[tokio::test]
async fn only_the_nth_call_is_hit() {
    let desk = Desk::open().await;
    desk.sandbox.inject(FaultRule::next("GET", "/air/airlines", Fault::Unavailable).on_call(2));
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(desk.get("/air/airlines").await.status);
    }
    assert_eq!(statuses, [200, 503, 200]);
    assert!(desk.sandbox.waiting_faults().is_empty());
}
