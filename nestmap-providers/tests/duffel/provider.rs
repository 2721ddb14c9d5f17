//! The adapter as a provider of flights: what each call sends, and what the core is told.

use std::sync::Arc;
use std::time::Duration;

use nestmap_core::money::Money;
use nestmap_core::order::{Refund, RefundTo};
use nestmap_core::people::Passenger;
use nestmap_core::port::flights::{
    AttemptReference, CallOutcome, FlightProvider, Payment, Purchase, RejectionKind,
    SupplierErrorKind, SupplierOrder, SupplierOrderState,
};
use nestmap_core::shopping::offer::FlightOffer;
use nestmap_core::shopping::request::SearchRequest;
use nestmap_providers::duffel::convert::{self, reference};
use nestmap_providers::duffel::wire::Answer;
use nestmap_providers::duffel::wire::offer::Offer;
use nestmap_providers::duffel::{Duffel, Settings, SettingsError};
use nestmap_providers::http::Secret;
use serde_json::{Value, json};

use crate::transport::{Script, Scripted, TestTimer, answer};

const PAID: &str = include_str!("bodies/order_paid.json");
const HELD: &str = include_str!("bodies/order_held.json");
const CREATED: &str = include_str!("bodies/batch_created.json");
const FIRST: &str = include_str!("bodies/batch_first.json");
const LAST: &str = include_str!("bodies/batch_last.json");

fn settings() -> Settings {
    Settings::new(Secret::new("duffel_test_1"))
}

fn duffel(script: &Arc<Script>) -> Duffel {
    Duffel::over(settings(), script.clone(), TestTimer::new()).unwrap()
}

fn error(code: &str, kind: &str) -> String {
    json!({"errors": [{"type": kind, "code": code, "title": "Title", "message": "Said so"}],
           "meta": {"request_id": "in_body"}})
    .to_string()
}

fn request() -> SearchRequest {
    let slices = json!([{"origin": "FRA", "destination": "NYC", "departure_date": "2026-03-10"}]);
    serde_json::from_value(json!({"slices": slices, "passengers": [{"kind": "adult"}]})).unwrap()
}

pub fn attempt() -> AttemptReference {
    let ids = [
        "org_01h455vb4pex5vsknk084sn02q",
        "ord_01h455vb4pex5vsknk084sn02r",
        "att_01h455vb4pex5vsknk084sn02s",
    ];
    AttemptReference {
        organization: ids[0].parse().unwrap(),
        order: ids[1].parse().unwrap(),
        attempt: ids[2].parse().unwrap(),
    }
}

fn offer(body: &str) -> FlightOffer {
    let answer: Answer<Offer> = serde_json::from_str(body).unwrap();
    convert::offer::offer(&answer.data).unwrap()
}

pub fn ada() -> Passenger {
    serde_json::from_value(json!({
        "person": "per_01h455vb4pex5vsknk084sn02t", "given_name": "Ada", "family_name": "Muster",
        "title": "ms", "gender": "female", "born_on": "1987-07-24", "email": "ada@example.org",
        "phone": "+493012345678",
        "document": {"number": "C01X00T47", "issued_by": "DE", "expires_on": "2030-01-01"},
    }))
    .unwrap()
}

fn purchase() -> Purchase {
    let offer = offer(include_str!("bodies/offer.json"));
    Purchase { reference: attempt(), offer, passengers: vec![ada()] }
}

fn payment() -> Payment {
    let amount = Money::parse("612.40", "EUR").unwrap();
    Payment { reference: attempt(), order: reference("ord_held"), amount }
}

fn body(script: &Script, request: usize) -> Value {
    let sent = script.sent();
    serde_json::from_slice(sent[request].body.as_ref().unwrap()).unwrap()
}

/// The body of an order that says it was made for `reference`.
fn order_for(reference: Option<AttemptReference>, offer: &str) -> Value {
    let mut order: Value = serde_json::from_str::<Value>(PAID).unwrap()["data"].take();
    order["offer_id"] = offer.into();
    order["metadata"] =
        reference.map_or(Value::Null, |r| json!({"nestmap_attempt": r.to_string()}));
    order
}

#[test]
fn settings_that_would_leak_or_fail_silently_are_refused() {
    let over = |settings: Settings| Duffel::over(settings, Script::new([]), TestTimer::new()).err();
    assert_eq!(over(settings()), None);
    assert_eq!(over(settings().at("http://127.0.0.1:4100/")), None);
    let base = "http://api.duffel.com".to_owned();
    assert_eq!(over(settings().at(&base)), Some(SettingsError::Base(base)));
    for token in ["", "two words", "line\nbreak", "tökén"] {
        assert_eq!(
            over(Settings::new(Secret::new(token))),
            Some(SettingsError::Token),
            "{token:?}"
        );
    }
    for seconds in [0, 1, 61] {
        let settings = Settings { supplier_timeout: Duration::from_secs(seconds), ..settings() };
        assert_eq!(over(settings), Some(SettingsError::SupplierTimeout));
    }
    for seconds in [0, 4, 301] {
        let settings = Settings { booking_timeout: Duration::from_secs(seconds), ..settings() };
        assert_eq!(over(settings), Some(SettingsError::BookingTimeout));
    }
}

#[tokio::test]
async fn a_search_collects_its_batches_and_leaves_out_what_makes_no_sense() {
    let script = Script::new([answer(201, CREATED), answer(200, FIRST), answer(200, LAST)]);
    let offers = duffel(&script).search(&request()).await.unwrap();
    let ids: Vec<_> = offers.iter().map(|offer| offer.supplier.id.as_str()).collect();
    assert_eq!(ids, ["off_hard", "off_soft", "off_instant", "off_stop"]);
    let expected = [
        "POST https://api.duffel.com/air/batch_offer_requests?supplier_timeout=15000",
        "GET https://api.duffel.com/air/batch_offer_requests/orq_own",
        "GET https://api.duffel.com/air/batch_offer_requests/orq_own",
    ];
    assert_eq!(script.lines(), expected);
    assert_eq!(body(&script, 0)["data"]["passengers"], json!([{"type": "adult"}]));
}

#[tokio::test]
async fn a_lost_batch_is_made_up_for_by_listing_the_search() {
    let script = Script::new([
        answer(201, CREATED),
        answer(200, FIRST),
        Scripted::NoAnswer,
        answer(200, include_str!("bodies/offers_page_1.json")),
        answer(200, include_str!("bodies/offers_page_2.json")),
    ]);
    let offers = duffel(&script).search(&request()).await.unwrap();
    let mut ids: Vec<_> = offers.iter().map(|offer| offer.supplier.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["off_hard", "off_instant", "off_soft", "off_stop", "off_via"], "none twice");
    assert!(script.lines()[3].contains("/air/offers?offer_request_id=orq_own"));
    script.finished();
}

#[tokio::test]
async fn a_search_that_breaks_is_not_a_search_without_flights() {
    let timeout = error("gateway_timeout_error", "api_error");
    let script = Script::new([
        answer(201, CREATED),
        answer(504, &timeout),
        answer(200, r#"{"data":[],"meta":{"after":null}}"#),
    ]);
    let failed = duffel(&script).search(&request()).await.unwrap_err();
    assert_eq!(failed.kind, SupplierErrorKind::Unavailable);
    assert_eq!(failed.code, "gateway_timeout_error");
    let script = Script::new([answer(201, r#"{"data":{"id":"orq_1","remaining_batches":0}}"#)]);
    assert_eq!(duffel(&script).search(&request()).await.unwrap(), []);
}

#[tokio::test]
async fn a_search_of_which_nothing_makes_sense_says_so() {
    let mut batch: Value = serde_json::from_str(FIRST).unwrap();
    for offer in batch["data"]["offers"].as_array_mut().unwrap() {
        offer["expires_at"] = "soon".into();
    }
    batch["data"]["remaining_batches"] = 0.into();
    let script = Script::new([answer(201, CREATED), answer(200, batch.to_string())]);
    let failed = duffel(&script).search(&request()).await.unwrap_err();
    assert_eq!(failed.kind, SupplierErrorKind::Unreadable);
    assert!(failed.message.contains("expires_at"), "{failed}");
}

#[tokio::test]
async fn batches_that_never_end_are_left() {
    let again = r#"{"data":{"id":"orq_own","remaining_batches":1}}"#;
    let polls = (0..60).map(|_| answer(200, again));
    let list = answer(200, include_str!("bodies/offers_page_2.json"));
    let script = Script::new([answer(201, CREATED)].into_iter().chain(polls).chain([list]));
    assert_eq!(duffel(&script).search(&request()).await.unwrap().len(), 2);
    script.finished();
}

#[tokio::test]
async fn a_failed_read_is_explained() {
    let cases = [
        (422, error("offer_no_longer_available", "airline_error"), SupplierErrorKind::Gone),
        (422, error("offer_expired", "invalid_state_error"), SupplierErrorKind::Gone),
        (404, error("not_found", "invalid_request_error"), SupplierErrorKind::Gone),
        (
            401,
            error("expired_access_token", "authentication_error"),
            SupplierErrorKind::Credentials,
        ),
        (422, error("validation_required", "validation_error"), SupplierErrorKind::Refused),
        (403, "Forbidden".to_owned(), SupplierErrorKind::Refused),
        (200, r#"{"data":{"id":"off_1"}}"#.to_owned(), SupplierErrorKind::Unreadable),
    ];
    for (status, body, kind) in cases {
        let script = Script::new([answer(status, &body)]);
        let failed = duffel(&script).refresh(&reference("off_1")).await.unwrap_err();
        assert_eq!(failed.kind, kind, "{status} {body}");
        assert_eq!(failed.request_id.as_deref(), Some("req_1"));
    }
}

#[tokio::test]
async fn a_hold_carries_the_attempt_and_no_payment() {
    let script = Script::new([answer(201, HELD)]);
    match duffel(&script).hold(&purchase()).await {
        CallOutcome::Confirmed { result } => {
            assert_eq!(result.order, reference("ord_held"));
            assert!(matches!(result.state, SupplierOrderState::AwaitingPayment { .. }));
        }
        other => panic!("{other:?}"),
    }
    let sent = body(&script, 0);
    let expected = json!({"data": {
        "type": "hold",
        "selected_offers": ["off_hard"],
        "passengers": [{
            "id": "pas_1", "title": "ms", "gender": "f", "given_name": "Ada", "family_name": "Muster",
            "born_on": "1987-07-24", "email": "ada@example.org", "phone_number": "+493012345678",
        }],
        "metadata": {"nestmap_attempt": attempt().to_string()},
    }});
    assert_eq!(sent, expected);
    assert!(attempt().to_string().len() <= 500, "the longest value Duffel keeps");
}

#[tokio::test]
async fn a_document_is_sent_only_where_it_is_asked_for() {
    let mut asked = purchase();
    asked.offer.documents_required = true;
    let script = Script::new([answer(201, HELD)]);
    duffel(&script).hold(&asked).await;
    let documents = &body(&script, 0)["data"]["passengers"][0]["identity_documents"];
    let passport = json!([{"type": "passport", "unique_identifier": "C01X00T47",
                           "issuing_country_code": "DE", "expires_on": "2030-01-01"}]);
    assert_eq!(*documents, passport);
}

#[tokio::test]
async fn an_infant_goes_on_an_adults_lap() {
    let offer = offer(include_str!("bodies/offer_family.json"));
    let family = Purchase { offer, passengers: vec![ada(), ada(), ada()], ..purchase() };
    let script = Script::new([answer(201, HELD)]);
    duffel(&script).hold(&family).await;
    let sent = body(&script, 0);
    assert_eq!(sent["data"]["passengers"][0]["infant_passenger_id"], "pas_i");
    assert!(sent["data"]["passengers"][1].get("infant_passenger_id").is_none());
    let lonely = Purchase { passengers: vec![ada()], ..family };
    let script = Script::new([]);
    match duffel(&script).hold(&lonely).await {
        CallOutcome::Rejected { rejection } => assert_eq!(rejection.kind, RejectionKind::Passenger),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_instant_order_pays_the_amount_as_duffel_spelled_it() {
    for (spelled, sent_as) in [("612.4", "612.4"), ("612.40", "612.40"), ("612.400", "612.400")] {
        let mut offered: Value = serde_json::from_str(include_str!("bodies/offer.json")).unwrap();
        offered["data"]["total_amount"] = spelled.into();
        let script = Script::new([answer(200, offered.to_string()), answer(201, PAID)]);
        let duffel = duffel(&script);
        let refreshed = duffel.refresh(&reference("off_hard")).await.unwrap();
        duffel.order(&Purchase { offer: refreshed, ..purchase() }).await;
        let sent = body(&script, 1);
        assert_eq!(sent["data"]["type"], "instant");
        let paid = json!([{"type": "balance", "amount": sent_as, "currency": "EUR"}]);
        assert_eq!(sent["data"]["payments"], paid);
    }
    // After a restart the spelling is forgotten and the amount isn't.
    let script = Script::new([answer(201, PAID)]);
    duffel(&script).order(&purchase()).await;
    assert_eq!(body(&script, 0)["data"]["payments"][0]["amount"], "612.40");
}

/// A word for an outcome and the kind of refusal, for tables.
pub fn word<T: std::fmt::Debug>(outcome: &CallOutcome<T>) -> (&'static str, Option<RejectionKind>) {
    match outcome {
        CallOutcome::Confirmed { .. } => ("confirmed", None),
        CallOutcome::Accepted { .. } => ("accepted", None),
        CallOutcome::Unknown { .. } => ("unknown", None),
        CallOutcome::Rejected { rejection } => ("rejected", Some(rejection.kind)),
        CallOutcome::NotMade { .. } => ("not made", None),
    }
}

#[tokio::test]
async fn an_order_ends_as_the_outcome_table_says() {
    use RejectionKind::*;
    let invalid = |code| error(code, "invalid_state_error");
    let airline = |code| error(code, "airline_error");
    let cases: Vec<(Scripted, &str, Option<RejectionKind>)> = vec![
        (answer(201, PAID), "confirmed", None),
        (answer(200, r#"{"data":{"id":"ord_1"}}"#), "accepted", None),
        (answer(202, ""), "accepted", None),
        (Scripted::NotSent, "not made", None),
        (answer(429, ""), "not made", None),
        (answer(503, error("service_unavailable", "api_error")), "not made", None),
        (Scripted::NoAnswer, "unknown", None),
        (answer(408, ""), "unknown", None),
        (answer(500, airline("airline_internal")), "unknown", None),
        (answer(502, "<html>"), "unknown", None),
        (answer(503, "<html>"), "unknown", None),
        (answer(502, airline("airline_unknown")), "unknown", None),
        (answer(400, airline("airline_unknown")), "unknown", None),
        (answer(504, error("gateway_timeout_error", "api_error")), "unknown", None),
        (answer(201, "{"), "unknown", None),
        (answer(422, invalid("order_creation_already_attempted")), "unknown", None),
        (answer(422, airline("duplicate_booking")), "unknown", None),
        (answer(422, airline("nobody_has_seen_this")), "unknown", None),
        (answer(502, airline("order_not_created")), "rejected", Some(Other)),
        (answer(422, invalid("offer_expired")), "rejected", Some(OfferGone)),
        (answer(422, airline("offer_no_longer_available")), "rejected", Some(OfferGone)),
        (answer(422, error("not_found", "validation_error")), "rejected", Some(OfferGone)),
        (
            answer(422, error("offer_request_already_booked", "validation_error")),
            "rejected",
            Some(OfferUsed),
        ),
        (answer(422, airline("price_changed")), "rejected", Some(PriceChanged)),
        (
            answer(422, error("payment_amount_does_not_match_order_amount", "validation_error")),
            "rejected",
            Some(PriceChanged),
        ),
        (answer(422, invalid("insufficient_balance")), "rejected", Some(RejectionKind::Payment)),
        (
            answer(422, airline("invalid_passenger_name")),
            "rejected",
            Some(RejectionKind::Passenger),
        ),
        (answer(422, invalid("invalid_order_create_type")), "rejected", Some(InstantUnavailable)),
        (
            answer(401, error("access_token_not_found", "authentication_error")),
            "rejected",
            Some(Credentials),
        ),
        (answer(403, "Forbidden"), "rejected", Some(Other)),
        (answer(422, error("validation_required", "validation_error")), "rejected", Some(Other)),
    ];
    for (number, (happens, expected, kind)) in cases.into_iter().enumerate() {
        let script = Script::new([happens]);
        let outcome = duffel(&script).order(&purchase()).await;
        assert_eq!(word(&outcome), (expected, kind), "case {number}: {outcome:?}");
        assert_eq!(script.sent().len(), 1, "case {number}: sent once, whatever happens");
    }
}

#[tokio::test]
async fn a_refused_hold_is_told_from_a_refused_purchase() {
    let refused = error("invalid_order_create_type", "invalid_state_error");
    let script = Script::new([answer(422, refused)]);
    match duffel(&script).hold(&purchase()).await {
        CallOutcome::Rejected { rejection } => {
            assert_eq!(rejection.kind, RejectionKind::HoldUnavailable);
            assert_eq!(rejection.code, "invalid_order_create_type");
            assert_eq!(rejection.message, "Said so");
            assert_eq!(rejection.request_id.as_deref(), Some("req_1"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_order_that_is_named_but_not_complete_is_looked_up_by_name() {
    let named = |status, body: &'static str| async move {
        let script = Script::new([answer(status, body)]);
        match duffel(&script).order(&purchase()).await {
            CallOutcome::Accepted { order } => order,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(named(200, r#"{"data":{"id":"ord_1"}}"#).await, Some(reference("ord_1")));
    assert_eq!(
        named(202, r#"{"data":{"id":"ocj_1","order_id":"ord_2"}}"#).await,
        Some(reference("ord_2"))
    );
    assert_eq!(named(202, r#"{"data":{"id":"ocj_1"}}"#).await, None);
    // Made, and not understood: made all the same.
    let odd = r#"{"data":{"id":"ord_3","total_amount":"a lot","total_currency":"EUR"}}"#;
    assert_eq!(named(201, odd).await, Some(reference("ord_3")));
}

#[tokio::test]
async fn a_refusal_for_the_moment_says_when_to_come_back() {
    let headers = vec![
        ("date", "Mon, 02 Mar 2026 09:30:00 GMT"),
        ("ratelimit-reset", "Mon, 02 Mar 2026 09:30:40 GMT"),
    ];
    let script = Script::new([Scripted::Answer(429, String::new(), headers)]);
    match duffel(&script).order(&purchase()).await {
        CallOutcome::NotMade { retry_at, .. } => {
            assert_eq!(retry_at.unwrap().to_string(), "2026-03-02T09:30:41Z");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn paying_reads_pays_once_and_reads_again() {
    let script = Script::new([
        answer(200, HELD),
        answer(201, include_str!("bodies/payment_succeeded.json")),
        answer(200, PAID),
    ]);
    let outcome = duffel(&script).pay(&payment()).await;
    assert_eq!(word(&outcome), ("confirmed", None));
    let expected = [
        "GET https://api.duffel.com/air/orders/ord_held",
        "POST https://api.duffel.com/air/payments",
        "GET https://api.duffel.com/air/orders/ord_held",
    ];
    assert_eq!(script.lines(), expected);
    let paid = json!({"data": {"order_id": "ord_held",
        "payment": {"type": "balance", "amount": "612.40", "currency": "EUR"}}});
    assert_eq!(body(&script, 1), paid);
}

#[tokio::test]
async fn the_core_looks_for_a_call_after_everything_around_it_is_over() {
    for seconds in [5, 60, 130, 300] {
        let settings = Settings { booking_timeout: Duration::from_secs(seconds), ..settings() };
        let paid = include_str!("bodies/payment_succeeded.json");
        let script = Script::new([answer(200, HELD), answer(201, paid), answer(200, PAID)]);
        let duffel = Duffel::over(settings, script.clone(), TestTimer::new()).unwrap();
        duffel.pay(&payment()).await;
        assert_eq!(script.sent()[1].timeout, Duration::from_secs(seconds));
        let longest: Duration = script.sent().iter().map(|request| request.timeout).sum();
        assert!(longest.as_secs() < duffel.profile().call_seconds.unsigned_abs(), "{seconds}");
    }
}

#[tokio::test]
async fn a_payment_ends_as_its_parts_do() {
    use RejectionKind::*;
    const MADE: &str = include_str!("bodies/payment_succeeded.json");
    let unpaid = || answer(200, HELD);
    let invalid = |code| answer(422, error(code, "invalid_state_error"));
    let cases: Vec<(Vec<Scripted>, &str, Option<RejectionKind>)> = vec![
        // Before: nothing was paid.
        (vec![Scripted::NotSent], "not made", None),
        (vec![Scripted::NoAnswer], "not made", None),
        (vec![answer(500, "")], "not made", None),
        (vec![answer(404, error("not_found", "invalid_request_error"))], "rejected", Some(Other)),
        (vec![answer(200, PAID)], "rejected", Some(AlreadyDone)),
        (
            vec![answer(200, include_str!("bodies/order_canceled.json"))],
            "rejected",
            Some(AlreadyDone),
        ),
        // The payment itself.
        (vec![unpaid(), Scripted::NotSent], "not made", None),
        (vec![unpaid(), Scripted::NoAnswer], "unknown", None),
        (vec![unpaid(), answer(500, "")], "unknown", None),
        (vec![unpaid(), invalid("already_paid")], "rejected", Some(AlreadyDone)),
        (vec![unpaid(), invalid("past_payment_required_by_date")], "rejected", Some(HoldLapsed)),
        (vec![unpaid(), invalid("insufficient_balance")], "rejected", Some(RejectionKind::Payment)),
        (
            vec![unpaid(), invalid("payment_amount_does_not_match_order_amount")],
            "rejected",
            Some(PriceChanged),
        ),
        (
            vec![unpaid(), answer(201, include_str!("bodies/payment_failed.json"))],
            "rejected",
            Some(RejectionKind::Payment),
        ),
        (vec![unpaid(), answer(200, "")], "accepted", None),
        (vec![unpaid(), answer(202, "")], "accepted", None),
        // After: paid, and perhaps not visible yet.
        (
            vec![unpaid(), answer(201, include_str!("bodies/payment_pending.json")), unpaid()],
            "accepted",
            None,
        ),
        (vec![unpaid(), answer(201, MADE), unpaid()], "accepted", None),
        (vec![unpaid(), answer(201, MADE), Scripted::NoAnswer], "accepted", None),
    ];
    for (number, (happens, expected, kind)) in cases.into_iter().enumerate() {
        let script = Script::new(happens);
        let outcome = duffel(&script).pay(&payment()).await;
        assert_eq!(word(&outcome), (expected, kind), "case {number}: {outcome:?}");
        let posts = script.lines().iter().filter(|line| line.starts_with("POST")).count();
        assert!(posts <= 1, "case {number}");
        script.finished();
    }
}

#[tokio::test]
async fn an_order_is_looked_up_or_isnt_there() {
    let missing = error("not_found", "invalid_request_error");
    let script = Script::new([
        answer(200, PAID),
        answer(404, missing),
        answer(500, ""),
        answer(500, ""),
        answer(500, ""),
    ]);
    let duffel = duffel(&script);
    let order = reference("ord_paid");
    assert_eq!(duffel.look_up(&order).await.unwrap().unwrap().order, order);
    assert_eq!(duffel.look_up(&order).await.unwrap(), None);
    let failed = duffel.look_up(&order).await.unwrap_err();
    assert_eq!(failed.kind, SupplierErrorKind::Unavailable, "broken isn't absent");
}

#[tokio::test]
async fn orders_are_found_by_reference_or_by_offer_and_not_by_chance() {
    let ours = attempt();
    let earlier =
        AttemptReference { attempt: "att_01h455vb4pex5vsknk084sn03z".parse().unwrap(), ..ours };
    let other =
        AttemptReference { order: "ord_01h455vb4pex5vsknk084sn03z".parse().unwrap(), ..ours };
    let page = |orders: Vec<Value>, after: Option<&str>| {
        answer(200, json!({"data": orders, "meta": {"after": after}}).to_string())
    };
    let script = Script::new([
        page(vec![order_for(Some(other), "off_1"), order_for(None, "off_2")], Some("next")),
        page(
            vec![
                order_for(Some(ours), "off_1"),
                order_for(Some(earlier), "off_1"),
                order_for(None, "off_1"),
            ],
            None,
        ),
    ]);
    let found: Vec<SupplierOrder> =
        duffel(&script).find(&ours.of_order(), &reference("off_1")).await.unwrap();
    let references: Vec<_> = found.iter().map(|order| order.reference).collect();
    assert_eq!(references, [Some(ours), Some(earlier), None]);
    assert!(script.lines()[0].contains("offer_id=off_1"));
}

#[tokio::test]
async fn a_list_with_an_unreadable_order_is_not_an_absence() {
    let script = Script::new([answer(200, r#"{"data":[{"id":"ord_1"}],"meta":{"after":null}}"#)]);
    let failed =
        duffel(&script).find(&attempt().of_order(), &reference("off_1")).await.unwrap_err();
    assert_eq!(failed.kind, SupplierErrorKind::Unreadable);
}

#[tokio::test]
async fn held_seats_are_priced_again() {
    let script = Script::new([answer(200, include_str!("bodies/order_price.json"))]);
    let price = duffel(&script).price(&reference("ord_held")).await.unwrap();
    assert_eq!(price, Money::parse("622.40", "EUR").unwrap());
    assert_eq!(script.lines(), ["POST https://api.duffel.com/air/orders/ord_held/actions/price"]);
}

#[tokio::test]
async fn canceling_is_a_quote_and_its_confirmation() {
    let script = Script::new([
        answer(201, include_str!("bodies/cancellation_quote.json")),
        answer(200, include_str!("bodies/cancellation_confirmed.json")),
    ]);
    let duffel = duffel(&script);
    let quote = duffel.quote_cancellation(&reference("ord_paid")).await.unwrap();
    assert_eq!(quote.quote, reference("ore_1"));
    let refund =
        Refund { amount: Some(Money::parse("542.40", "EUR").unwrap()), to: RefundTo::Balance };
    assert_eq!(quote.refund, refund);
    assert_eq!(
        duffel.confirm_cancellation(&quote.quote).await,
        CallOutcome::Confirmed { result: refund }
    );
    assert_eq!(body(&script, 0), json!({"data": {"order_id": "ord_paid"}}));
    assert!(
        script.lines()[1]
            .ends_with("POST https://api.duffel.com/air/order_cancellations/ore_1/actions/confirm")
    );
}

#[tokio::test]
async fn a_confirmation_ends_as_the_outcome_table_says() {
    use RejectionKind::*;
    let invalid = |code| answer(422, error(code, "invalid_state_error"));
    let cases: Vec<(Scripted, &str, Option<RejectionKind>)> = vec![
        (answer(200, include_str!("bodies/cancellation_quote.json")), "unknown", None),
        (answer(202, ""), "accepted", None),
        (Scripted::NotSent, "not made", None),
        (Scripted::NoAnswer, "unknown", None),
        (answer(502, "<html>"), "unknown", None),
        (invalid("already_cancelled"), "rejected", Some(AlreadyDone)),
        (invalid("order_cancellation_stale"), "rejected", Some(QuoteStale)),
        (invalid("order_not_cancellable"), "rejected", Some(NotCancelable)),
        (answer(404, error("not_found", "invalid_request_error")), "rejected", Some(QuoteStale)),
    ];
    for (number, (happens, expected, kind)) in cases.into_iter().enumerate() {
        let script = Script::new([happens]);
        let outcome = duffel(&script).confirm_cancellation(&reference("ore_1")).await;
        assert_eq!(word(&outcome), (expected, kind), "case {number}: {outcome:?}");
        assert_eq!(script.sent().len(), 1, "case {number}");
    }
}

#[tokio::test]
async fn places_and_airlines_are_listed() {
    let script = Script::new([
        answer(200, include_str!("bodies/places.json")),
        answer(200, include_str!("bodies/airlines.json")),
        answer(200, include_str!("bodies/airports.json")),
    ]);
    let duffel = duffel(&script);
    let places = duffel.places("new y").await.unwrap();
    assert_eq!((places[0].iata_code.as_str(), places[0].airports.len()), ("NYC", 1));
    assert_eq!(duffel.airlines().await.unwrap().len(), 3);
    assert_eq!(duffel.airports().await.unwrap()[1].time_zone, None);
}
