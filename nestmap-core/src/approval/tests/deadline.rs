//! Until when: the earliest of everything that binds, and which it was.

use proptest::prelude::*;

use crate::approval::deadline::{DEPARTURE_MARGIN_MINUTES, PURCHASE_MARGIN_MINUTES};
use crate::approval::{Deadline, DeadlineReason};
use crate::error::Code;
use crate::order::Hold;
use crate::shopping::{FlightOffer, HoldTerms};
use crate::testing::fixture::{flight, now};
use crate::time::Timestamp;

/// An offer that leaves in a fortnight and ends in ten days.
fn offer(hold: HoldTerms) -> FlightOffer {
    FlightOffer { hold, expires_at: hours(240), ..flight("off_1", "500.00") }
}

fn hours(hours: i64) -> Timestamp {
    now().plus_hours(hours)
}

fn guaranteed(price_until: Timestamp, pay_by: Timestamp) -> HoldTerms {
    HoldTerms::PriceGuaranteed { price_until, pay_by }
}

fn deadline(window_hours: i64, offers: &[FlightOffer]) -> Deadline {
    Deadline::of(now(), window_hours, true, offers).unwrap()
}

#[test]
fn each_kind_of_offer_binds_from_the_minute_it_is_earlier() {
    let margin = PURCHASE_MARGIN_MINUTES;
    // The window ends in 24 hours; the offer's own end moves around that.
    let end = |minutes: i64| hours(24).plus_minutes(margin + minutes);
    type Kind = (fn(Timestamp) -> FlightOffer, DeadlineReason);
    let kinds: [Kind; 4] = [
        (
            |at| FlightOffer { expires_at: at, ..offer(HoldTerms::None) },
            DeadlineReason::OfferExpiry,
        ),
        (|at| offer(HoldTerms::SeatOnly { pay_by: at }), DeadlineReason::HoldPayment),
        (|at| offer(guaranteed(at, hours(99))), DeadlineReason::PriceGuarantee),
        (|at| offer(guaranteed(at, at)), DeadlineReason::HoldPayment),
    ];
    for (make, reason) in kinds {
        let earlier = deadline(24, &[make(end(-1))]);
        assert_eq!(earlier, Deadline { at: hours(24).plus_minutes(-1), reason });
        for minutes in [0, 1] {
            let window = deadline(24, &[make(end(minutes))]);
            let reason = DeadlineReason::PolicyWindow;
            assert_eq!(window, Deadline { at: hours(24), reason }, "{minutes}");
        }
    }
}

#[test]
fn the_departure_binds_two_hours_before() {
    let mut offer = offer(HoldTerms::SeatOnly { pay_by: hours(999) });
    offer.expires_at = hours(999);
    let departs = offer.departs_at().unwrap();
    let wanted = departs.plus_minutes(-DEPARTURE_MARGIN_MINUTES);
    let window = now().seconds_until(wanted) / 3_600;
    let deadline_at = |hours| deadline(hours, std::slice::from_ref(&offer));
    // The fixture leaves at half past, so no whole hour is the same minute.
    assert_eq!(deadline_at(window).reason, DeadlineReason::PolicyWindow);
    let bound = deadline_at(window + 1);
    assert_eq!(bound, Deadline { at: wanted, reason: DeadlineReason::Departure });
}

#[test]
fn what_may_not_be_held_ends_with_the_offer() {
    let holdable = offer(guaranteed(hours(48), hours(72)));
    let held = Deadline::of(now(), 999, true, [&holdable]).unwrap();
    assert_eq!(held.reason, DeadlineReason::PriceGuarantee);
    let offer = FlightOffer { expires_at: hours(1), ..holdable };
    let unheld = Deadline::of(now(), 999, false, [&offer]).unwrap();
    assert_eq!(unheld.reason, DeadlineReason::OfferExpiry);
    assert_eq!(unheld.at, hours(1).plus_minutes(-PURCHASE_MARGIN_MINUTES));
}

#[test]
fn without_time_nobody_is_asked() {
    for (minutes, asks) in [(-1, false), (0, false), (1, true)] {
        let expires_at = now().plus_minutes(PURCHASE_MARGIN_MINUTES + minutes);
        let offer = FlightOffer { expires_at, ..offer(HoldTerms::None) };
        let result = Deadline::of(now(), 24, true, [&offer]);
        assert_eq!(result.is_ok(), asks, "{minutes}");
        if let Err(error) = result {
            assert_eq!(error.code, Code::OfferExpired);
            assert_eq!(error.details["reason"], "offer_expiry");
        }
    }
}

#[test]
fn a_trip_without_flights_has_the_window() {
    let window = Deadline { at: hours(24), reason: DeadlineReason::PolicyWindow };
    assert_eq!(deadline(24, &[]), window);
}

#[test]
fn a_hold_binds_by_what_it_really_allows() {
    let margin = -PURCHASE_MARGIN_MINUTES;
    let price = |h: i64| Deadline {
        at: hours(h).plus_minutes(margin),
        reason: DeadlineReason::PriceGuarantee,
    };
    let seat = |h: i64| Deadline {
        at: hours(h).plus_minutes(margin),
        reason: DeadlineReason::HoldPayment,
    };
    for (price_until, pay_by, wanted) in [
        (Some(47), Some(48), Some(price(47))),
        (Some(48), Some(48), Some(price(48))),
        (Some(49), Some(48), Some(seat(48))),
        (None, Some(48), Some(seat(48))),
        (Some(48), None, Some(price(48))),
        (None, None, None),
    ] {
        let hold = Hold { pay_by: pay_by.map(hours), price_until: price_until.map(hours) };
        assert_eq!(Deadline::of_hold(hold), wanted, "{price_until:?} {pay_by:?}");
    }
}

proptest! {
    #[test]
    fn more_offers_never_give_more_time_and_their_order_does_not_matter(
        ends in prop::collection::vec((1i64..400, any::<bool>()), 1..5),
        window in 1i64..200,
    ) {
        let offers: Vec<_> = ends.iter().map(|(end, holdable)| {
            let pay_by = hours(*end);
            let hold = if *holdable { HoldTerms::SeatOnly { pay_by } } else { HoldTerms::None };
            FlightOffer { expires_at: pay_by, ..offer(hold) }
        }).collect();
        let all = deadline(window, &offers);
        for offer in &offers {
            prop_assert!(all <= deadline(window, std::slice::from_ref(offer)));
        }
        let reversed: Vec<_> = offers.into_iter().rev().collect();
        prop_assert_eq!(all, deadline(window, &reversed));
    }
}
