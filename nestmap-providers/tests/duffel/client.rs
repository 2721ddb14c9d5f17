//! Sending: what is sent again, what never is, and how long is waited.

use std::time::Duration;

use nestmap_providers::duffel::call;
use nestmap_providers::duffel::client::Dispatch;
use nestmap_providers::duffel::error::{Effect, Failure};
use nestmap_providers::duffel::wire::Envelope;
use nestmap_providers::duffel::wire::order::{NewOrder, Receipt};
use nestmap_providers::duffel::wire::search::NewSearch;

use crate::transport::{Script, Scripted, TestTimer, answer, client};

const ORDER: &str = include_str!("bodies/order_paid.json");
const CREATED: &str = include_str!("bodies/batch_created.json");
const BUSY: &str = r#"{"errors":[{"type":"rate_limit_error","code":"rate_limit_exceeded"}]}"#;
const AWAY: &str = r#"{"errors":[{"type":"api_error","code":"service_unavailable"}]}"#;
const BROKEN: &str = r#"{"errors":[{"type":"airline_error","code":"airline_internal"}]}"#;

fn new_order() -> NewOrder {
    let envelope: Envelope<NewOrder> =
        serde_json::from_str(include_str!("bodies/new_order.json")).unwrap();
    envelope.data
}

fn new_search() -> NewSearch {
    let envelope: Envelope<NewSearch> =
        serde_json::from_str(include_str!("bodies/new_search.json")).unwrap();
    envelope.data
}

#[tokio::test]
async fn a_read_is_repeated_until_it_works() {
    let script = Script::new([
        Scripted::NotSent,
        answer(502, "<html>"),
        Scripted::NoAnswer,
        answer(200, ORDER),
    ]);
    let timer = TestTimer::new();
    let order = client(&script, &timer).fetch(&call::order("ord_paid")).await.unwrap().data;
    assert_eq!(order.booking_reference.as_deref(), Some("RZPNX8"));
    script.finished();
    let waited: Vec<_> = timer.waited().iter().map(Duration::as_millis).collect();
    assert_eq!(waited, [250, 500, 1_000]);
}

#[tokio::test]
async fn a_read_gives_up_at_last() {
    let script = Script::new((0..4).map(|_| Scripted::NoAnswer));
    let failure =
        client(&script, &TestTimer::new()).fetch(&call::order("ord_1")).await.unwrap_err();
    assert!(matches!(failure, Failure::Transport(_)), "{failure}");
    script.finished();
}

#[tokio::test]
async fn what_is_refused_is_not_asked_again() {
    let body = r#"{"errors":[{"type":"invalid_request_error","code":"not_found"}]}"#;
    let script = Script::new([answer(404, body)]);
    let failure =
        client(&script, &TestTimer::new()).fetch(&call::offer("off_1")).await.unwrap_err();
    assert!(matches!(failure, Failure::Refused(error) if error.code() == "not_found"));
    script.finished();
}

#[tokio::test]
async fn a_batch_is_not_asked_for_again_when_it_may_have_been_handed_out() {
    let batch = || call::next_batch("orq_own", Duration::from_secs(15));
    let script = Script::new([Scripted::NoAnswer]);
    assert!(client(&script, &TestTimer::new()).fetch(&batch()).await.is_err());
    script.finished();
    let script =
        Script::new([Scripted::NotSent, answer(200, include_str!("bodies/batch_first.json"))]);
    assert!(client(&script, &TestTimer::new()).fetch(&batch()).await.is_ok());
}

#[tokio::test]
async fn a_refused_search_waits_for_the_window_and_the_next_search_does_too() {
    let headers = vec![
        ("date", "Mon, 02 Mar 2026 09:30:00 GMT"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "Mon, 02 Mar 2026 09:30:20 GMT"),
    ];
    let last = vec![
        ("date", "Mon, 02 Mar 2026 09:30:20 GMT"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "Mon, 02 Mar 2026 09:31:20 GMT"),
    ];
    let script = Script::new([
        Scripted::Answer(429, BUSY.into(), headers),
        Scripted::Answer(201, CREATED.into(), last),
        answer(200, ORDER),
        answer(201, CREATED),
    ]);
    let timer = TestTimer::new();
    let client = client(&script, &timer);
    let search = call::search(&new_search(), Duration::from_secs(15));
    client.fetch(&search).await.unwrap();
    assert_eq!(timer.waited(), [Duration::from_secs(20)]);
    client.fetch(&call::order("ord_1")).await.unwrap();
    assert_eq!(timer.waited().len(), 1, "other calls have a window of their own");
    client.fetch(&search).await.unwrap();
    assert_eq!(timer.waited(), [Duration::from_secs(20), Duration::from_secs(60)]);
    script.finished();
}

#[tokio::test]
async fn a_window_beyond_patience_is_reported_instead_of_waited_for() {
    let headers = vec![
        ("date", "Mon, 02 Mar 2026 09:30:00 GMT"),
        ("ratelimit-reset", "Mon, 02 Mar 2026 09:31:30 GMT"),
    ];
    let script = Script::new([Scripted::Answer(429, BUSY.into(), headers)]);
    let timer = TestTimer::new();
    let failure = client(&script, &timer).fetch(&call::order("ord_1")).await.unwrap_err();
    assert!(
        matches!(failure, Failure::Refused(error) if error.retry_after == Some(Duration::from_secs(90)))
    );
    assert!(timer.waited().is_empty());
}

/// How an order ends for each thing that can happen to its one request.
#[tokio::test]
async fn an_order_is_sent_once_whatever_happens() {
    let cases = [
        (Scripted::NotSent, Effect::Later),
        (Scripted::NoAnswer, Effect::Unknown),
        (answer(429, BUSY), Effect::Later),
        (answer(503, AWAY), Effect::Later),
        (answer(503, ""), Effect::Unknown),
        (answer(500, BROKEN), Effect::Unknown),
        (answer(502, "<html>"), Effect::Unknown),
        (answer(504, ""), Effect::Unknown),
        (answer(408, ""), Effect::Unknown),
        (answer(307, ""), Effect::Unknown),
        (answer(201, r#"{"data":{"id":"ord_1","tot"#), Effect::Unknown),
        (
            answer(422, r#"{"errors":[{"type":"invalid_state_error","code":"offer_expired"}]}"#),
            Effect::Nothing,
        ),
        (
            answer(
                422,
                r#"{"errors":[{"type":"invalid_state_error","code":"order_creation_already_attempted"}]}"#,
            ),
            Effect::Unknown,
        ),
        (
            answer(502, r#"{"errors":[{"type":"airline_error","code":"order_not_created"}]}"#),
            Effect::Nothing,
        ),
    ];
    for (number, (happens, effect)) in cases.into_iter().enumerate() {
        let script = Script::new([happens]);
        let timer = TestTimer::new();
        match client(&script, &timer).dispatch(&call::create_order(&new_order()), 201).await {
            Dispatch::Failed(failure) => {
                assert_eq!(failure.effect(), effect, "case {number}: {failure}")
            }
            other => panic!("case {number}: {other:?}"),
        }
        script.finished();
        assert!(timer.waited().is_empty(), "case {number}");
    }
}

#[tokio::test]
async fn created_is_told_from_taken() {
    let dispatch = |status, body: &'static str| async move {
        let script = Script::new([answer(status, body)]);
        client(&script, &TestTimer::new()).dispatch(&call::create_order(&new_order()), 201).await
    };
    assert!(matches!(dispatch(201, ORDER).await, Dispatch::Done(order) if order.id == "ord_paid"));
    let taken = |id: &str| Receipt { id: Some(id.into()), ..Receipt::default() };
    match dispatch(200, r#"{"data":{"id":"ord_later"}}"#).await {
        Dispatch::Accepted(receipt) => assert_eq!(receipt, taken("ord_later")),
        other => panic!("{other:?}"),
    }
    for body in ["", "{}", r#"{"data":{}}"#] {
        match dispatch(202, body).await {
            Dispatch::Accepted(receipt) => assert_eq!(receipt, Receipt::default()),
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_used_up_budget_sends_no_order() {
    let headers = vec![
        ("date", "Mon, 02 Mar 2026 09:30:00 GMT"),
        ("ratelimit-remaining", "0"),
        ("ratelimit-reset", "Mon, 02 Mar 2026 09:30:20 GMT"),
    ];
    let script = Script::new([Scripted::Answer(200, ORDER.into(), headers)]);
    let client = client(&script, &TestTimer::new());
    client.fetch(&call::order("ord_1")).await.unwrap();
    match client.dispatch(&call::create_order(&new_order()), 201).await {
        Dispatch::Failed(failure) => assert_eq!(failure.effect(), Effect::Later),
        other => panic!("{other:?}"),
    }
    assert_eq!(script.sent().len(), 1);
}

#[tokio::test]
async fn a_list_is_read_to_its_missing_cursor() {
    let script = Script::new([
        answer(200, include_str!("bodies/offers_page_1.json")),
        answer(200, r#"{"data":[],"meta":{"limit":200,"after":"g3QAAAAE"}}"#),
        answer(200, include_str!("bodies/offers_page_2.json")),
    ]);
    let client = client(&script, &TestTimer::new());
    let pages = client.pages(|after| call::offers("orq_own", after)).await.unwrap();
    assert_eq!(pages.iter().map(|page| page.items.len()).collect::<Vec<_>>(), [3, 0, 2]);
    assert!(
        script.lines()[1].ends_with("&after=g3QAAAAC")
            && script.lines()[2].ends_with("&after=g3QAAAAE")
    );
    script.finished();
}

#[tokio::test]
async fn a_cursor_that_repeats_ends_in_an_error() {
    let page = r#"{"data":[],"meta":{"limit":200,"after":"same"}}"#;
    let script = Script::new([answer(200, page), answer(200, page)]);
    let failure = client(&script, &TestTimer::new()).pages(call::airlines).await.unwrap_err();
    assert!(matches!(failure, Failure::Unreadable { .. }), "{failure}");
}
