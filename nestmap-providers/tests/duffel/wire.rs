//! Every body is read into wire types and written again; what isn't kept is listed here.

use nestmap_providers::duffel::wire::cancellation::Cancellation;
use nestmap_providers::duffel::wire::error::Errors;
use nestmap_providers::duffel::wire::offer::{Offer, OfferPassenger};
use nestmap_providers::duffel::wire::order::{NewOrder, Order, Price};
use nestmap_providers::duffel::wire::payment::Payment;
use nestmap_providers::duffel::wire::place::{Airline, PlaceRecord};
use nestmap_providers::duffel::wire::search::{Batch, NewSearch, OfferRequest};
use nestmap_providers::duffel::wire::webhook::{Event, Webhook};
use nestmap_providers::duffel::wire::{Answer, Each, Envelope};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::json::differences;

/// Keys the adapter doesn't read, as `key` or `parent/key`, and why.
pub const UNREAD: &[&str] = &[
    // A secret for browser components; never kept.
    "client_key",
    // What the core has in its own tables.
    "origin/name",
    "origin/id",
    "origin/icao_code",
    "origin/iata_country_code",
    "origin/iata_city_code",
    "origin/city_name",
    "origin/city",
    "origin/latitude",
    "origin/longitude",
    "origin/airports",
    "destination/name",
    "destination/id",
    "destination/icao_code",
    "destination/iata_country_code",
    "destination/iata_city_code",
    "destination/city_name",
    "destination/city",
    "destination/latitude",
    "destination/longitude",
    "destination/airports",
    "airport/name",
    "airport/id",
    "airport/icao_code",
    "airport/iata_country_code",
    "airport/iata_city_code",
    "airport/city_name",
    "airport/city",
    "airport/latitude",
    "airport/longitude",
    "airport/airports",
    "origin_type",
    "destination_type",
    // Of the airport list only: the city is named beside it.
    "data/*/city",
    "data/city",
    "airports/*/city",
    "country_name",
    // For a screen.
    "owner/id",
    "owner/logo_symbol_url",
    "owner/logo_lockup_url",
    "owner/conditions_of_carriage_url",
    "carrier/id",
    "carrier/logo_symbol_url",
    "carrier/logo_lockup_url",
    "carrier/conditions_of_carriage_url",
    "marketing_carrier/id",
    "marketing_carrier/logo_symbol_url",
    "marketing_carrier/logo_lockup_url",
    "marketing_carrier/conditions_of_carriage_url",
    "operating_carrier/id",
    "operating_carrier/logo_symbol_url",
    "operating_carrier/logo_lockup_url",
    "operating_carrier/conditions_of_carriage_url",
    "aircraft/id",
    "passengers/*/cabin",
    "stops/*/id",
    // Of things that aren't sold or done through this adapter yet.
    "services/*/metadata",
    "available_services/*/metadata",
    "available_payment_types",
    "available_airline_credit_ids",
    "airline_credit_ids",
    "intended_payment_methods",
    "intended_services",
    "supported_loyalty_programmes",
    "changes",
    "airline_initiated_changes",
    "airline_credits/*/credit_name",
    "airline_credits/*/credit_code",
    "airline_credits/*/issued_on",
    "airline_credit_id",
    "users",
    "user_id",
    "warnings",
    "identity_organisation_id",
    // Said elsewhere, or of no use.
    "created_at",
    "updated_at",
    "documentation_url",
    // Personal data of orders that we sent ourselves.
    "passengers/*/title",
    "passengers/*/gender",
    "passengers/*/born_on",
    "passengers/*/email",
    "passengers/*/phone_number",
    "passengers/*/loyalty_programme_accounts",
    // Only in answers of the retired version 1.
    "allowed_passenger_identity_document_types",
    "passengers/*/conditions",
    "offers/*/ngs_shelf",
    "slices/*/changeable",
    "slices/*/created_at",
    "conditions/refund_before_departure",
    "segments/*/departure_datetime",
    "segments/*/arrival_datetime",
    "segments/*/departure_terminal",
    "segments/*/arrival_terminal",
];

/// Reads a body as one type and writes it again, as JSON.
pub type Again = fn(&[u8]) -> Result<Value, String>;

fn again<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, String> {
    let read: T = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    serde_json::to_value(&read).map_err(|error| error.to_string())
}

/// Like [`again`] for lists that set unreadable items aside; here none may be.
fn again_each<T: DeserializeOwned + Serialize>(body: &[u8]) -> Result<Value, String> {
    again::<Answer<Vec<T>>>(body)?;
    again::<Answer<Each<T>>>(body)
}

fn again_search(body: &[u8]) -> Result<Value, String> {
    let read: Answer<OfferRequest> =
        serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match read.data.offers.unreadable.first() {
        Some(reason) => Err(reason.clone()),
        None => again::<Answer<OfferRequest>>(body),
    }
}

fn again_batch(body: &[u8]) -> Result<Value, String> {
    let read: Answer<Batch> = serde_json::from_slice(body).map_err(|error| error.to_string())?;
    match read.data.offers.unreadable.first() {
        Some(reason) => Err(reason.clone()),
        None => again::<Answer<Batch>>(body),
    }
}

/// How the answer to `method path` is read; none for calls this adapter doesn't make.
pub fn answer_to(method: &str, path: &str) -> Option<Again> {
    Some(match (method, path) {
        ("POST", "/air/offer_requests") | ("GET", "/air/offer_requests/{id}") => again_search,
        ("GET", "/air/offer_requests") => again_each::<OfferRequest>,
        ("GET", "/air/partial_offer_requests/{id}/fares") => again_search,
        ("POST", "/air/batch_offer_requests") | ("GET", "/air/batch_offer_requests/{id}") => {
            again_batch
        }
        ("GET", "/air/offers") => again_each::<Offer>,
        ("GET", "/air/offers/{id}") | ("POST", "/air/offers/{id}/actions/price") => {
            again::<Answer<Offer>>
        }
        ("PATCH", "/air/offers/{id}/passengers/{passenger_id}") => again::<Answer<OfferPassenger>>,
        ("POST", "/air/orders") | ("GET" | "PATCH", "/air/orders/{id}") => again::<Answer<Order>>,
        ("GET", "/air/orders") => again_each::<Order>,
        ("POST", "/air/orders/{id}/actions/price") => again::<Answer<Price>>,
        ("POST", "/air/payments") => again::<Answer<Payment>>,
        ("POST", "/air/order_cancellations" | "/air/order_cancellations/{id}/actions/confirm")
        | ("GET", "/air/order_cancellations/{id}") => again::<Answer<Cancellation>>,
        ("GET", "/air/order_cancellations") => again_each::<Cancellation>,
        ("GET", "/air/airlines") => again_each::<Airline>,
        ("GET", "/air/airlines/{id}") => again::<Answer<Airline>>,
        ("GET", "/air/airports" | "/places/suggestions") => again_each::<PlaceRecord>,
        ("GET", "/air/airports/{id}") => again::<Answer<PlaceRecord>>,
        ("POST", "/air/webhooks") | ("PATCH", "/air/webhooks/{id}") => again::<Answer<Webhook>>,
        ("GET", "/air/webhooks") => again_each::<Webhook>,
        ("GET", "/air/webhooks/events/{id}") => again::<Answer<Event>>,
        _ => return None,
    })
}

/// How the body sent with `method path` is read.
pub fn body_of(method: &str, path: &str) -> Option<Again> {
    Some(match (method, path) {
        ("POST", "/air/offer_requests") => again::<Envelope<NewSearch>>,
        ("POST", "/air/orders") => again::<Envelope<NewOrder>>,
        _ => return None,
    })
}

/// How an error is read.
pub const ERRORS: Again = again::<Errors>;

macro_rules! bodies {
    ($($name:literal: $read:expr,)*) => {
        [$(($name, include_str!(concat!("bodies/", $name, ".json")), $read as Again)),*]
    };
}

#[test]
fn every_body_of_our_own_comes_back() {
    let get = |path| answer_to("GET", path).unwrap();
    let post = |path| answer_to("POST", path).unwrap();
    let bodies = bodies! {
        "offer_request": post("/air/offer_requests"),
        "batch_created": post("/air/batch_offer_requests"),
        "batch_first": get("/air/batch_offer_requests/{id}"),
        "offers_page_1": get("/air/offers"),
        "offers_page_2": get("/air/offers"),
        "offer": get("/air/offers/{id}"),
        "offer_family": get("/air/offers/{id}"),
        "offer_unplaceable": get("/air/offers/{id}"),
        "order_paid": post("/air/orders"),
        "order_held": post("/air/orders"),
        "order_pending": get("/air/orders/{id}"),
        "order_canceled": get("/air/orders/{id}"),
        "orders_page": get("/air/orders"),
        "payment_succeeded": post("/air/payments"),
        "payment_failed": post("/air/payments"),
        "payment_pending": post("/air/payments"),
        "cancellation_quote": post("/air/order_cancellations"),
        "cancellation_confirmed": post("/air/order_cancellations/{id}/actions/confirm"),
        "cancellation_credits": get("/air/order_cancellations/{id}"),
        "cancellation_unknown": get("/air/order_cancellations/{id}"),
        "airlines": get("/air/airlines"),
        "airports": get("/air/airports"),
        "places": get("/places/suggestions"),
        "webhook_created": post("/air/webhooks"),
        "event": get("/air/webhooks/events/{id}"),
        "new_search": body_of("POST", "/air/offer_requests").unwrap(),
        "new_order": body_of("POST", "/air/orders").unwrap(),
    };
    for (name, body, read) in bodies {
        let original: Value = serde_json::from_str(body).unwrap();
        let again = read(body.as_bytes()).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(differences(&original, &again, UNREAD), Vec::<String>::new(), "{name}");
    }
}

#[test]
fn one_unreadable_offer_does_not_cost_the_others() {
    let body = include_str!("bodies/batch_last.json");
    let batch: Answer<Batch> = serde_json::from_str(body).unwrap();
    let ids: Vec<_> = batch.data.offers.items.iter().map(|offer| offer.id.as_str()).collect();
    assert_eq!(ids, ["off_instant", "off_stop"]);
    assert_eq!(batch.data.offers.unreadable.len(), 1, "an amount that is a number isn't believed");
    assert!(batch.data.offers.unreadable[0].contains("expected a string"));
}

#[test]
fn values_nobody_announced_survive() {
    let body = include_str!("bodies/offers_page_2.json");
    let page: Answer<Vec<Offer>> = serde_json::from_str(body).unwrap();
    let services = page.data[1].available_services.as_ref().unwrap();
    assert_eq!(services[1].kind.as_str(), "lounge");
}

#[test]
fn a_search_without_results_is_a_search() {
    let body = r#"{"data":{"id":"orq_1","remaining_batches":0}}"#;
    let batch: Answer<Batch> = serde_json::from_str(body).unwrap();
    assert!(batch.data.offers.items.is_empty() && batch.data.offers.unreadable.is_empty());
}
