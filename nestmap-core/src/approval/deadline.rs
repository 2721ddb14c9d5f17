//! Until when somebody must decide: the earliest of all that binds, with the reason.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::order::Hold;
use crate::shopping::{FlightOffer, HoldTerms};
use crate::time::Timestamp;

/// Minutes kept before a hold or an offer ends, so that the purchase can still be made.
pub const PURCHASE_MARGIN_MINUTES: i64 = 10;
/// Minutes kept before departure.
pub const DEPARTURE_MARGIN_MINUTES: i64 = 120;

/// An instant and why it isn't later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Deadline {
    /// The instant.
    pub at: Timestamp,
    /// What bound it.
    pub reason: DeadlineReason,
}

/// What binds a deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineReason {
    /// The time the policy gives approvers.
    PolicyWindow,
    /// The offer can't be held and ends.
    OfferExpiry,
    /// The held price isn't safe any longer.
    PriceGuarantee,
    /// The held seats must be paid.
    HoldPayment,
    /// The journey begins.
    Departure,
}

impl Deadline {
    /// The earliest of the policy's window and what each offer allows; offers that may be held
    /// are bound by their hold, the others by their expiry.
    ///
    /// Refuses when that has passed: there is no time left to ask anybody.
    pub fn of<'a>(
        now: Timestamp,
        window_hours: i64,
        may_hold: bool,
        offers: impl IntoIterator<Item = &'a FlightOffer>,
    ) -> Result<Self, Error> {
        let window =
            Self { at: now.plus_hours(window_hours), reason: DeadlineReason::PolicyWindow };
        let bounds =
            offers.into_iter().flat_map(|offer| [departure(offer), Some(sale(offer, may_hold))]);
        let deadline = bounds.flatten().fold(window, Self::min);
        if deadline.at <= now {
            return Err(Error::new(Code::OfferExpired, "no time is left to ask for approval")
                .detail("reason", serde_json::json!(deadline.reason)));
        }
        Ok(deadline)
    }

    /// What a hold that was placed really allows.
    pub fn of_hold(hold: Hold) -> Option<Self> {
        let price = hold.price_until.map(|at| (at, DeadlineReason::PriceGuarantee));
        let seat = hold.pay_by.map(|at| (at, DeadlineReason::HoldPayment));
        price.into_iter().chain(seat).map(|(at, reason)| before(at, reason)).min()
    }
}

fn before(at: Timestamp, reason: DeadlineReason) -> Deadline {
    Deadline { at: at.plus_minutes(-PURCHASE_MARGIN_MINUTES), reason }
}

fn sale(offer: &FlightOffer, may_hold: bool) -> Deadline {
    match offer.hold {
        _ if !may_hold => before(offer.expires_at, DeadlineReason::OfferExpiry),
        HoldTerms::None => before(offer.expires_at, DeadlineReason::OfferExpiry),
        HoldTerms::PriceGuaranteed { price_until, pay_by } if price_until < pay_by => {
            before(price_until, DeadlineReason::PriceGuarantee)
        }
        HoldTerms::PriceGuaranteed { pay_by, .. } | HoldTerms::SeatOnly { pay_by } => {
            before(pay_by, DeadlineReason::HoldPayment)
        }
    }
}

fn departure(offer: &FlightOffer) -> Option<Deadline> {
    let at = offer.departs_at()?.plus_minutes(-DEPARTURE_MARGIN_MINUTES);
    Some(Deadline { at, reason: DeadlineReason::Departure })
}
