//! Searching, and reading offers again.

use std::collections::BTreeSet;

use super::{Desk, Ran, unlike};
use crate::port::flights::SupplierErrorKind;
use crate::shopping::{FlightOffer, HoldTerms, SearchSlice, Slice};

/// Passengers, places and days are those of the request, in its order.
pub(super) async fn offers_are_for_what_was_asked(desk: &Desk<'_>) -> Ran {
    let request = desk.bench.request();
    let offers = desk.offers().await;
    assert!(!offers.is_empty(), "the search brings offers");
    let asked: Vec<_> = request.passengers.iter().map(|passenger| passenger.kind).collect();
    for offer in &offers {
        let kinds: Vec<_> = offer.passengers.iter().map(|passenger| passenger.kind).collect();
        assert_eq!(kinds, asked, "passengers of {}", offer.supplier.id);
        assert_eq!(offer.slices.len(), request.slices.len(), "slices of {}", offer.supplier.id);
        for (slice, asked) in offer.slices.iter().zip(&request.slices) {
            assert_goes_where_asked(slice, asked);
        }
    }
    Ran::Whole
}

fn assert_goes_where_asked(slice: &Slice, asked: &SearchSlice) {
    let first = slice.first().expect("a slice has segments");
    let last = slice.last().expect("a slice has segments");
    assert!(asked.origin.airports().contains(&first.origin), "{first:?} starts elsewhere");
    assert!(asked.destination.airports().contains(&last.destination), "{last:?} ends elsewhere");
    assert_eq!(first.departs.date(), asked.departure_date, "the day of departure at the origin");
}

/// Names, times, prices and deadlines are ones that can be true.
pub(super) async fn offers_are_plausible(desk: &Desk<'_>) -> Ran {
    let offers = desk.offers().await;
    let ids: BTreeSet<_> = offers.iter().map(|offer| &offer.supplier).collect();
    assert_eq!(ids.len(), offers.len(), "every offer has an id of its own");
    for offer in &offers {
        assert_eq!(offer.supplier.supplier, desk.provider().name());
        assert_times_follow(offer);
        assert_price_is_whole(offer);
        assert_deadlines_follow(desk, offer);
    }
    Ran::Whole
}

fn assert_times_follow(offer: &FlightOffer) {
    let segments: Vec<_> = offer.segments().collect();
    assert!(!segments.is_empty(), "an offer flies somewhere");
    for segment in &segments {
        assert!(
            segment.departs_at() < segment.arrives.instant(),
            "{segment:?} lands after it left"
        );
        assert!(segment.duration_minutes.is_none_or(|minutes| minutes > 0), "{segment:?}");
        assert!(!segment.flight_number.is_empty(), "{segment:?} has a number");
    }
    for pair in segments.windows(2) {
        let (landing, next) = (pair[0].arrives.instant(), pair[1].departs_at());
        assert!(landing <= next, "{} leaves before the one before landed", pair[1].designator());
    }
}

fn assert_price_is_whole(offer: &FlightOffer) {
    assert!(offer.total.minor > 0, "a flight costs something: {}", offer.total);
    if let Some(tax) = offer.tax {
        assert_eq!(tax.currency, offer.total.currency, "tax and total are in one currency");
        assert!((0..=offer.total.minor).contains(&tax.minor), "tax is part of the total");
    }
}

fn assert_deadlines_follow(desk: &Desk<'_>, offer: &FlightOffer) {
    let now = desk.bench.now();
    assert!(now < offer.expires_at, "an offer is for sale when it is found");
    if let Some(pay_by) = offer.hold.pay_by() {
        assert!(now < pay_by, "a hold ends in the future");
    }
    if let HoldTerms::PriceGuaranteed { price_until, pay_by } = offer.hold {
        assert!(price_until <= pay_by, "no price is guaranteed for longer than the seat");
    }
}

/// What was found can be read again, and is the same journey.
pub(super) async fn a_refreshed_offer_flies_the_same(desk: &Desk<'_>) -> Ran {
    let offer = desk.holdable().await;
    let again = desk.provider().refresh(&offer.supplier).await.expect("the offer is for sale");
    assert_eq!(again.supplier, offer.supplier);
    assert_eq!(again.itinerary_digest(), offer.itinerary_digest());
    assert_eq!(again.passengers.len(), offer.passengers.len());
    assert!(desk.bench.now() < again.expires_at);
    Ran::Whole
}

/// An id the supplier never gave out is told from a supplier that is away.
pub(super) async fn an_unknown_offer_is_gone(desk: &Desk<'_>) -> Ran {
    let offer = desk.holdable().await;
    let error = desk.provider().refresh(&unlike(&offer.supplier)).await;
    assert_eq!(error.map_err(|error| error.kind), Err(SupplierErrorKind::Gone));
    Ran::Whole
}

/// After its end an offer is gone, too.
pub(super) async fn an_offer_that_ended_is_gone(desk: &Desk<'_>) -> Ran {
    let offer = desk.holdable().await;
    let left = desk.bench.now().seconds_until(offer.expires_at);
    if !desk.bench.pass_seconds(left + 60).await {
        return Ran::LeftOut;
    }
    let error = desk.provider().refresh(&offer.supplier).await;
    assert_eq!(error.map_err(|error| error.kind), Err(SupplierErrorKind::Gone));
    Ran::Whole
}
