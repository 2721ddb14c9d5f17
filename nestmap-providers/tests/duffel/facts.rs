//! What is known about recorded answers, found again in the core's types.

use std::collections::{BTreeMap, BTreeSet};

use nestmap_core::order::RefundTo;
use nestmap_core::port::flights::SupplierOrderState;
use nestmap_core::shopping::offer::{Condition, FlightOffer, HoldTerms, Refundability};
use nestmap_providers::duffel::wire::cancellation::Cancellation;
use nestmap_providers::duffel::wire::offer::Offer;
use nestmap_providers::duffel::wire::order::Order;
use nestmap_providers::duffel::wire::search::{Batch, OfferRequest};
use nestmap_providers::duffel::{convert, listing};

use crate::convert::{at, money, read};
use crate::recorded;

/// Every recorded offer of a search, in the core's terms.
fn recorded_offers(file: &str) -> Option<Vec<FlightOffer>> {
    let search: OfferRequest = read(&recorded::body(file)?);
    assert!(search.offers.unreadable.is_empty());
    Some(search.offers.items.iter().map(|offer| convert::offer::offer(offer).unwrap()).collect())
}

fn recorded_offer(file: &str) -> Option<FlightOffer> {
    Some(convert::offer::offer(&read::<Offer>(&recorded::body(file)?)).unwrap())
}

#[test]
fn the_220_live_offers_are_what_they_were() {
    let Some(offers) = recorded_offers("offer_requests.create.live_aa_oneway_220_offers.json")
    else {
        return;
    };
    assert_eq!(offers.len(), 220);
    assert!(offers.iter().all(|o| !o.sandbox && o.carrier.is_some_and(|c| c.code() == "AA")));
    let held_for_37_hours = HoldTerms::PriceGuaranteed {
        price_until: at("2024-05-03T03:59:00Z"),
        pay_by: at("2024-05-03T03:59:00Z"),
    };
    assert_eq!(offers.iter().filter(|o| o.hold == held_for_37_hours).count(), 219);
    assert!(offers.iter().all(|o| matches!(o.hold, HoldTerms::PriceGuaranteed { .. })));
    let flown: BTreeSet<Vec<_>> = offers
        .iter()
        .map(|o| o.segments().map(|s| (s.designator(), s.departs_at())).collect())
        .collect();
    assert_eq!(flown.len(), 39, "itineraries");
    let mut prices: Vec<_> = offers.iter().map(|o| o.total.minor).collect();
    prices.sort_unstable();
    assert_eq!((prices[0], prices[219]), (17_110, 843_505));
    assert_eq!((prices[109] + prices[110]) / 2, 55_260, "median");
    let mut brands: BTreeMap<&str, usize> = BTreeMap::new();
    for offer in &offers {
        *brands.entry(offer.slices[0].fare_brand.as_deref().unwrap()).or_default() += 1;
    }
    assert_eq!(brands["Basic Economy"], 9);
    assert_eq!((brands["Main Cabin"], brands["Flagship Business Flexible"]), (39, 1));
    let minutes = offers.iter().map(|o| o.slices[0].duration_minutes.unwrap());
    assert_eq!((minutes.clone().min(), minutes.max()), (Some(241), Some(749)));
    assert_eq!(offers.iter().filter(|o| o.segments().count() == 3).count(), 6);
    let refundable = offers.iter().filter(|o| o.refund.summary() == Refundability::Full);
    assert_eq!(refundable.count(), 94);
    assert_eq!(offers.iter().filter(|o| o.change == Condition::No).count(), 9);
    for offer in &offers {
        let slice = &offer.slices[0];
        assert_eq!(slice.elapsed_minutes(), slice.duration_minutes, "the zones are right");
    }
}

#[test]
fn the_18_offers_of_nk_differ_by_fare_brand_and_are_paid_at_once() {
    let Some(offers) = recorded_offers("offer_requests.create.live_nk_return_18_offers.json")
    else {
        return;
    };
    assert_eq!(offers.len(), 18);
    assert!(offers.iter().all(|o| o.hold == HoldTerms::None && o.refund == Condition::No));
    let change = |amount| Condition::Yes { penalty: Some(money(amount, "USD")) };
    assert_eq!(offers.iter().filter(|o| o.change == change("0")).count(), 12);
    assert_eq!(offers.iter().filter(|o| o.change == change("198.00")).count(), 6);
    assert_eq!(offers[0].segments().next().unwrap().designator(), "NK 207");
    assert_eq!(offers[0].segments().next().unwrap().checked_bags, Some(0));
    assert_eq!(offers[0].tax, Some(money("86.58", "USD")));
    let brands: BTreeSet<_> = offers
        .iter()
        .map(|o| o.slices.iter().map(|s| s.fare_brand.clone()).collect::<Vec<_>>())
        .collect();
    assert_eq!(brands.len(), 9);
}

#[test]
fn jl_says_nothing_about_conditions() {
    let Some(offer) = recorded_offer("offers.get.live_jl_unknown_conditions.json") else { return };
    assert_eq!(
        (offer.refund, offer.change, offer.hold),
        (Condition::Unknown, Condition::Unknown, HoldTerms::None)
    );
    let segments: Vec<_> = offer.segments().collect();
    assert_eq!(segments.len(), 6);
    assert_eq!(offer.emissions_grams, Some(1_814_000));
    assert_eq!(offer.slices[0].duration_minutes, Some(46 * 60 + 30));
    // Across the date line: the arrival's clock shows an earlier hour than the departure's.
    let home = segments[5];
    assert!(home.arrives.civil < home.departs.civil && home.arrives.instant() > home.departs_at());
}

#[test]
fn os_holds_the_seat_and_not_the_price() {
    let Some(offer) = recorded_offer("offers.get.os_soft_hold.json") else { return };
    assert_eq!(offer.hold, HoldTerms::SeatOnly { pay_by: at("2024-02-03T11:19:00Z") });
    assert_eq!((offer.refund, offer.change), (Condition::No, Condition::No));
    assert_eq!(offer.tax, Some(money("118.70", "GBP")), "recorded as 118.7");
    assert!(offer.sandbox);
}

#[test]
fn zz_guarantees_the_price_for_48_hours_and_waits_72_for_the_money() {
    let Some(offers) = recorded_offers("offer_requests.create.zz_return_3_offers.json") else {
        return;
    };
    assert_eq!(offers.len(), 3);
    for offer in &offers {
        let terms = HoldTerms::PriceGuaranteed {
            price_until: at("2023-10-27T10:56:21Z"),
            pay_by: at("2023-10-28T10:56:21Z"),
        };
        assert_eq!(offer.hold, terms);
    }
    let Some(two) = recorded_offer("offers.get.zz_two_passengers_bags_cfar.json") else { return };
    assert_eq!(two.passengers.len(), 2);
    assert!(two.segments().all(|segment| segment.checked_bags == Some(1)));
    assert_eq!(two.refund, Condition::Yes { penalty: Some(money("110.00", "GBP")) });
}

#[test]
fn every_recorded_full_offer_is_understood() {
    let lists = ["offers.list.page_50_ua_hr.json", "offers.list.single.json"];
    for file in lists {
        let Some(body) = recorded::body(file) else { return };
        for offer in read::<Vec<Offer>>(&body) {
            convert::offer::offer(&offer).unwrap_or_else(|e| panic!("{file} {}: {e}", offer.id));
        }
    }
    let single = [
        "offers.get.docs.json",
        "offers.get.live_nk_379_services.json",
        "offers.get.v2_mock.json",
        "offers.get.with_baggage_services.json",
        "offers.price.card_and_services.json",
    ];
    for file in single {
        let Some(body) = recorded::body(file) else { return };
        convert::offer::offer(&read(&body)).unwrap_or_else(|e| panic!("{file}: {e}"));
    }
    let Some(body) = recorded::body("batch_offer_requests.get.one_offer.json") else { return };
    let batch: Batch = read(&body);
    let mismatch = convert::offer::offer(&batch.offers.items[0]).unwrap_err();
    assert_eq!(mismatch.field, "partial", "an example from documentation that says so");
}

#[test]
fn a_slim_offer_is_refused_and_not_guessed_at() {
    let Some(body) = recorded::body("offer_requests.get.slim_offers.json") else { return };
    let search: OfferRequest = read(&body);
    for offer in &search.offers.items {
        assert_eq!(convert::offer::offer(offer).unwrap_err().field, "slices");
    }
}

#[test]
fn recorded_orders_are_what_their_payments_say() {
    let Some(body) = recorded::body("orders.list.page_50.json") else { return };
    let orders: Vec<_> = read::<Vec<Order>>(&body)
        .iter()
        .map(|order| convert::order::order(order).unwrap())
        .collect();
    let count = |wanted: fn(&SupplierOrderState) -> bool| {
        orders.iter().filter(|o| wanted(&o.state)).count()
    };
    assert_eq!(count(|s| matches!(s, SupplierOrderState::Canceled { .. })), 14);
    assert_eq!(count(|s| matches!(s, SupplierOrderState::AwaitingPayment { .. })), 1);
    // Instant orders of version 1, which doesn't say when they were paid, and holds that lapsed.
    assert_eq!(count(|s| matches!(s, SupplierOrderState::Unpaid)), 35);
    assert_eq!(orders.iter().filter(|order| order.tickets.is_empty()).count(), 13);
    let singles = [
        "orders.create.hold_docs.json",
        "orders.create.instant_docs.json",
        "orders.get.recorded_zz_return.json",
        "orders.get.v2_mock.json",
        "orders.update.recorded.json",
    ];
    for file in singles {
        let Some(body) = recorded::body(file) else { return };
        convert::order::order(&read(&body)).unwrap_or_else(|e| panic!("{file}: {e}"));
    }
}

#[test]
fn recorded_quotes_say_what_comes_back() {
    let Some(body) = recorded::body("order_cancellations.list.page_50.json") else { return };
    let quotes: Vec<_> = read::<Vec<Cancellation>>(&body)
        .iter()
        .map(|c| convert::order::quote(c).unwrap())
        .collect();
    assert_eq!(quotes.iter().filter(|quote| quote.expires_at.is_none()).count(), 16);
    assert_eq!(quotes.iter().filter(|quote| quote.refund.to == RefundTo::NothingPaid).count(), 3);
    assert!(quotes.iter().all(|quote| quote.refund.amount.is_some()));
}

#[test]
fn kept_answers_are_listed_whatever_call_they_answer() {
    let cases = [
        ("offer_requests.create.live_aa_oneway_220_offers.json", 220),
        ("offers.list.page_50_ua_hr.json", 50),
        ("offers.get.os_soft_hold.json", 1),
    ];
    for (file, count) in cases {
        let Some(body) = recorded::body(file) else { return };
        let listing = listing::read(&body).unwrap();
        assert_eq!((listing.offers.len(), listing.left_out.len()), (count, 0), "{file}");
    }
}
