//! From Duffel's JSON to the core's types, with bodies of our own.

use std::collections::BTreeMap;

use nestmap_core::money::Money;
use nestmap_core::order::{Paid, Refund, RefundTo};
use nestmap_core::port::flights::{SupplierOrder, SupplierOrderState};
use nestmap_core::shopping::offer::{Condition, FlightOffer, HoldTerms, Refundability};
use nestmap_core::shopping::request::{PassengerKind, SearchRequest};
use nestmap_core::shopping::slice::Cabin;
use nestmap_core::time::Timestamp;
use nestmap_providers::duffel::wire::Answer;
use nestmap_providers::duffel::wire::cancellation::Cancellation;
use nestmap_providers::duffel::wire::offer::Offer;
use nestmap_providers::duffel::wire::order::Order;
use nestmap_providers::duffel::wire::search::OfferRequest;
use nestmap_providers::duffel::{convert, listing};
use serde::de::DeserializeOwned;
use serde_json::json;

pub fn read<T: DeserializeOwned>(body: &[u8]) -> T {
    serde_json::from_slice::<Answer<T>>(body).unwrap().data
}

pub fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub fn money(amount: &str, currency: &str) -> Money {
    Money::parse(amount, currency).unwrap()
}

/// The offers of our own search, by id.
fn offers() -> BTreeMap<String, FlightOffer> {
    let search: OfferRequest = read(include_bytes!("bodies/offer_request.json"));
    let offers = search.offers.items.iter().map(|offer| convert::offer::offer(offer).unwrap());
    offers.map(|offer| (offer.supplier.id.clone(), offer)).collect()
}

#[test]
fn an_offer_keeps_price_passengers_and_end() {
    let offers = offers();
    let offer = &offers["off_hard"];
    assert_eq!(offer.supplier.supplier, "duffel");
    assert_eq!((offer.total, offer.tax), (money("612.40", "EUR"), Some(money("86.58", "EUR"))));
    assert_eq!(offer.expires_at, at("2026-03-02T10:00:00Z"));
    assert_eq!(offer.carrier.unwrap().code(), "LH");
    assert_eq!(offer.passengers[0].supplier_id, "pas_1");
    assert_eq!(offer.emissions_grams, Some(412_000));
    assert!(offer.sandbox && !offer.documents_required);
    assert_eq!(offers["off_soft"].total, money("655.10", "EUR"), "one decimal is cents too");
    assert!(offers["off_soft"].documents_required);
    assert_eq!((offers["off_instant"].tax, offers["off_instant"].emissions_grams), (None, None));
    assert_eq!(offers["off_via"].private_fares, ["corporate NEST01"]);
}

#[test]
fn the_three_kinds_of_hold_are_told_apart() {
    let offers = offers();
    let hard = HoldTerms::PriceGuaranteed {
        price_until: at("2026-03-04T09:30:00Z"),
        pay_by: at("2026-03-05T09:30:00Z"),
    };
    assert_eq!(offers["off_hard"].hold, hard);
    assert_eq!(offers["off_soft"].hold, HoldTerms::SeatOnly { pay_by: at("2026-03-03T22:59:00Z") });
    assert_eq!(offers["off_instant"].hold, HoldTerms::None);
}

#[test]
fn conditions_are_yes_no_or_unknown() {
    let offers = offers();
    let hard = &offers["off_hard"];
    assert_eq!(hard.refund, Condition::No);
    let foreign = Condition::Yes { penalty: Some(money("70.00", "GBP")) };
    assert_eq!(hard.change, foreign, "a penalty may be in another currency than the offer");
    let soft = &offers["off_soft"];
    assert_eq!(soft.refund.summary(), Refundability::Full);
    assert_eq!(soft.change, Condition::Yes { penalty: None });
    assert_eq!(offers["off_instant"].refund, Condition::Unknown);
    assert_eq!(offers["off_instant"].change, Condition::Unknown);
}

#[test]
fn flights_keep_local_times_cabins_and_carriers() {
    let offers = offers();
    let slice = &offers["off_via"].slices[0];
    let (first, second) = (&slice.segments[0], &slice.segments[1]);
    assert_eq!(first.departs.civil.to_string(), "2026-03-10T14:00:00");
    assert_eq!(first.departs.zone.name(), "Europe/Berlin");
    assert_eq!(first.departs_at(), at("2026-03-10T13:00:00Z"));
    assert_eq!(second.arrives.instant(), at("2026-03-10T23:15:00Z"));
    assert_eq!(slice.elapsed_minutes(), Some(615));
    assert_eq!(slice.duration_minutes, Some(615));
    assert_eq!((first.cabin, second.cabin), (Some(Cabin::Economy), Some(Cabin::PremiumEconomy)));
    assert_eq!((first.distance_km, second.distance_km), (None, Some(4_155)));
    assert_eq!((&first.aircraft, &second.destination_terminal), (&None, &Some("7".to_owned())));
    let flight = &offers["off_stop"].slices[0].segments[0];
    assert_eq!(flight.designator(), "ZZ 42");
    assert_eq!(
        flight.operating_carrier, None,
        "an airline without a designator isn't in the table"
    );
    assert_eq!(
        (flight.stops[0].airport.code(), flight.stops[0].duration_minutes),
        ("SNN", Some(90))
    );
    assert_eq!(offers["off_stop"].slices[0].fare_brand, None);
    let light = &offers["off_instant"].slices[1];
    assert_eq!(light.fare_brand.as_deref(), Some("Economy Light"));
}

#[test]
fn bags_are_none_zero_or_some() {
    let offers = offers();
    assert_eq!(offers["off_hard"].slices[0].segments[0].checked_bags, Some(1));
    let mut offer: Offer = read(include_bytes!("bodies/offer.json"));
    let baggages = &mut offer.slices[0].segments[0].passengers[0].baggages;
    baggages[0].quantity = 0;
    let bags =
        |offer: &Offer| convert::offer::offer(offer).unwrap().slices[0].segments[0].checked_bags;
    assert_eq!(bags(&offer), Some(0));
    offer.slices[0].segments[0].passengers[0].baggages.clear();
    assert_eq!(bags(&offer), None);
}

#[test]
fn a_family_is_an_adult_a_child_and_an_infant() {
    let offer = convert::offer::offer(&read(include_bytes!("bodies/offer_family.json"))).unwrap();
    let kinds: Vec<_> = offer.passengers.iter().map(|p| p.kind).collect();
    assert_eq!(kinds, [PassengerKind::Adult, PassengerKind::Child, PassengerKind::Infant]);
}

#[test]
fn without_a_zone_in_the_answer_the_airports_own_counts() {
    let offer =
        convert::offer::offer(&read(include_bytes!("bodies/offer_unplaceable.json"))).unwrap();
    let segment = &offer.slices[0].segments[0];
    assert_eq!(segment.departs.zone.name(), "Europe/Berlin");
    assert_eq!(segment.arrives.zone.name(), "Asia/Tokyo");
}

/// What makes an offer unusable, and which field is named.
#[test]
fn what_makes_no_sense_is_refused_by_field() {
    type Spoil = fn(&mut Offer);
    let cases: [(&str, Spoil); 9] = [
        ("total_amount", |offer| offer.total_amount.0 = "12,50".into()),
        ("total_amount", |offer| offer.total_currency = "XXQ".into()),
        ("total_amount", |offer| offer.total_amount.0 = "1.005".into()),
        ("expires_at", |offer| offer.expires_at = "soon".into()),
        ("slices", |offer| offer.slices.clear()),
        ("slices[1].segments", |offer| offer.slices[1].segments.clear()),
        ("slices[0].segments[0].origin", |offer| {
            offer.slices[0].segments[0].origin.iata_code = "QQQ".into();
        }),
        ("slices[0].segments[0].departing_at", |offer| {
            offer.slices[0].segments[0].departing_at = Some("2026-03-10T10:55:00Z".into());
        }),
        ("slices[1].segments[0].arriving_at", |offer| {
            offer.slices[1].segments[0].arriving_at = None;
        }),
    ];
    for (field, spoil) in cases {
        let mut offer: Offer = read(include_bytes!("bodies/offer.json"));
        spoil(&mut offer);
        let mismatch = convert::offer::offer(&offer).unwrap_err();
        assert_eq!(mismatch.field, field, "{mismatch}");
    }
    let mut offer: Offer = read(include_bytes!("bodies/offer.json"));
    offer.partial = Some(true);
    assert_eq!(convert::offer::offer(&offer).unwrap_err().field, "partial");
}

#[test]
fn what_may_be_unknown_stays_unknown() {
    let mut offer: Offer = read(include_bytes!("bodies/offer.json"));
    offer.conditions = None;
    offer.payment_requirements = None;
    offer.owner = None;
    offer.total_emissions_kg = Some("much".into());
    offer.slices[0].duration = Some("long".into());
    offer.slices[0].segments[0].passengers[0].cabin_class = Some("suite".into());
    let offer = convert::offer::offer(&offer).unwrap();
    assert_eq!((offer.refund, offer.hold), (Condition::Unknown, HoldTerms::None));
    assert_eq!((offer.carrier, offer.emissions_grams), (None, None));
    assert_eq!((offer.slices[0].duration_minutes, offer.slices[0].segments[0].cabin), (None, None));
}

#[test]
fn a_search_asks_for_each_passenger_in_one_way() {
    let request: SearchRequest = serde_json::from_value(json!({
        "slices": [{"origin": "FRA", "destination": "NYC", "departure_date": "2026-03-10"}],
        "passengers": [{"kind": "adult"}, {"kind": "adult", "age": 14}, {"kind": "adult", "age": 40},
                       {"kind": "child", "age": 8}, {"kind": "infant", "age": 1}],
        "cabin": "premium_economy", "max_connections": 0,
    }))
    .unwrap();
    let search = serde_json::to_value(convert::search::search(&request)).unwrap();
    let expected = json!({
        "slices": [{"origin": "FRA", "destination": "NYC", "departure_date": "2026-03-10"}],
        "passengers": [{"type": "adult"}, {"age": 14}, {"type": "adult"}, {"age": 8},
                       {"type": "infant_without_seat"}],
        "cabin_class": "premium_economy", "max_connections": 0,
    });
    assert_eq!(search, expected);
}

fn order(body: &str) -> SupplierOrder {
    convert::order::order(&read::<Order>(body.as_bytes())).unwrap()
}

#[test]
fn orders_are_held_paid_canceled_or_unclear() {
    let paid = order(include_str!("bodies/order_paid.json"));
    assert_eq!(paid.state, SupplierOrderState::Paid { at: at("2026-03-02T09:41:11Z") });
    assert_eq!(paid.booking_reference.as_deref(), Some("RZPNX8"));
    assert_eq!(paid.total, money("612.40", "EUR"));
    assert_eq!(paid.void_until, Some(at("2026-03-03T09:41:12Z")));
    let tickets: Vec<_> =
        paid.tickets.iter().map(|t| (t.kind.as_str(), t.number.as_str())).collect();
    assert_eq!(tickets[0], ("electronic_ticket", "2201234567890"));
    assert_eq!(tickets.len(), 2);
    let held = order(include_str!("bodies/order_held.json"));
    let awaiting = SupplierOrderState::AwaitingPayment {
        pay_by: Some(at("2026-03-05T09:30:00Z")),
        price_until: Some(at("2026-03-04T09:30:00Z")),
    };
    assert_eq!(held.state, awaiting);
    let pending = order(include_str!("bodies/order_pending.json"));
    assert_eq!((pending.state, pending.booking_reference), (SupplierOrderState::Unpaid, None));
    let gone = order(include_str!("bodies/order_canceled.json"));
    let canceled = SupplierOrderState::Canceled {
        at: at("2026-03-02T11:05:00Z"),
        paid: Paid::Amount(money("612.40", "EUR")),
        refund: Refund { amount: Some(money("612.40", "EUR")), to: RefundTo::Balance },
    };
    assert_eq!(gone.state, canceled);
}

/// A name, what is changed about the body, and what it says then.
type Canceled<'a> = (&'a str, &'a dyn Fn(&mut serde_json::Value), Paid, Refund);

/// Nothing that a canceled order doesn't say is taken for nothing.
#[test]
fn a_canceled_order_says_what_was_paid_and_what_came_back_or_that_nobody_knows() {
    let body: serde_json::Value =
        serde_json::from_str(include_str!("bodies/order_canceled.json")).unwrap();
    let state = |change: &dyn Fn(&mut serde_json::Value)| {
        let mut body = body.clone();
        change(&mut body["data"]);
        match order(&body.to_string()).state {
            SupplierOrderState::Canceled { paid, refund, .. } => (paid, refund),
            other => panic!("{other:?}"),
        }
    };
    let all = money("612.40", "EUR");
    let kept = Refund { amount: Some(money("0.00", "EUR")), to: RefundTo::Balance };
    let cases: [Canceled<'_>; 7] = [
        (
            "by the airline",
            &|o| o["cancellation"] = json!(null),
            Paid::Amount(all),
            Refund::unknown(),
        ),
        (
            "without a refund",
            &|o| o["cancellation"]["refund_amount"] = json!("0.00"),
            Paid::Amount(all),
            kept,
        ),
        (
            "by the airline, after a quote",
            &|o| o["cancellation"]["confirmed_at"] = json!(null),
            Paid::Amount(all),
            Refund::unknown(),
        ),
        (
            "an instant order with no time of payment",
            &|o| {
                o["payment_status"]["paid_at"] = json!(null);
                o["cancellation"] = json!(null);
            },
            Paid::Unknown,
            Refund::unknown(),
        ),
        (
            "as version 1 told it",
            &|o| {
                o["payment_status"] = json!({ "awaiting_payment": false });
                o["type"] = json!(null);
                o["cancellation"] = json!(null);
            },
            Paid::Unknown,
            Refund::unknown(),
        ),
        (
            "an unpaid hold",
            &|o| {
                o["type"] = json!("hold");
                o["payment_status"]["paid_at"] = json!(null);
                o["cancellation"]["refund_amount"] = json!("0.00");
                o["cancellation"]["refund_to"] = json!("awaiting_payment");
            },
            Paid::Nothing,
            Refund::of_nothing(all.currency),
        ),
        (
            "a hold that the airline gave up",
            &|o| {
                o["type"] = json!("hold");
                o["payment_status"]["paid_at"] = json!(null);
                o["cancellation"] = json!(null);
            },
            Paid::Nothing,
            Refund::of_nothing(all.currency),
        ),
    ];
    for (name, change, paid, refund) in cases {
        assert_eq!(state(change), (paid, refund), "{name}");
    }
}

#[test]
fn an_order_without_our_reference_is_an_order() {
    let paid = order(include_str!("bodies/order_paid.json"));
    assert_eq!(paid.reference, None, "the metadata holds somebody else's text");
}

#[test]
fn refunds_are_known_unknown_or_credit() {
    let quote = |body: &str| convert::order::quote(&read::<Cancellation>(body.as_bytes())).unwrap();
    let cash = quote(include_str!("bodies/cancellation_quote.json"));
    assert_eq!(cash.refund.amount, Some(money("542.40", "EUR")));
    assert_eq!(
        (cash.refund.to, cash.expires_at),
        (RefundTo::Balance, Some(at("2026-03-02T12:00:00Z")))
    );
    let credit = quote(include_str!("bodies/cancellation_credits.json"));
    assert_eq!(credit.refund.amount, Some(money("100.00", "AUD")));
    assert_eq!(credit.refund.to, RefundTo::AirlineCredit);
    let body = include_str!("bodies/cancellation_credits.json");
    let misnamed = body.replace(r#""refund_to": "airline_credits""#, r#""refund_to": "balance""#);
    let misnamed = quote(&misnamed);
    assert_eq!(misnamed.refund, credit.refund, "no money comes back, whatever it is called");
    let unknown = quote(include_str!("bodies/cancellation_unknown.json"));
    assert_eq!(unknown.refund.amount, None);
    assert_eq!(unknown.refund.to, RefundTo::Other("original_form_of_payment".into()));
}

#[test]
fn kept_answers_are_listed_and_say_what_is_left_out() {
    let listed = |body: &str| listing::read(body.as_bytes()).unwrap();
    assert_eq!(listed(include_str!("bodies/offer_request.json")).offers.len(), 5);
    assert_eq!(listed(include_str!("bodies/offers_page_1.json")).offers.len(), 3);
    assert_eq!(listed(include_str!("bodies/offer.json")).offers.len(), 1);
    let partly = listed(include_str!("bodies/batch_last.json"));
    assert_eq!((partly.offers.len(), partly.left_out.len()), (2, 1));
    let nowhere = include_str!("bodies/offers_page_1.json")
        .replace("\"iata_code\": \"JFK\"", "\"iata_code\": \"QQQ\"");
    let listing = listed(&nowhere);
    assert_eq!((listing.offers.len(), listing.left_out.len()), (0, 3));
    assert!(listing.left_out[0].starts_with("off_hard: `slices[0].segments[0].destination`"));
}
