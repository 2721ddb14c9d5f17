//! From planned to held or booked.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, AttemptOutcome, retry_wait_seconds};
use super::{Booking, Clearance, Failure, Order, OrderState, Paid, PastAttempt, Trouble};
use crate::error::Error;
use crate::id::{AttemptId, PersonId};
use crate::port::flights::{
    CallOutcome, Rejection, RejectionKind, SupplierOrder, SupplierOrderState, SupplierProfile,
};
use crate::shopping::FlightOffer;
use crate::time::Timestamp;

/// For how long an order is still looked for that was taken for absent, in hours.
const WATCH_HOURS: i64 = 72;

/// How something is bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PurchaseKind {
    /// Seats are held first and paid later.
    Hold,
    /// Ordered and paid in one call.
    Instant,
}

impl PurchaseKind {
    /// The kind in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Instant => "instant",
        }
    }
}

impl Order {
    /// Whether the refreshed offer is still what was cleared, or what consent is asked for: the
    /// same flights, not above the ceiling.
    pub fn check_offer(&self, refreshed: &FlightOffer) -> Result<(), Failure> {
        if refreshed.itinerary_digest() != self.offer.flight.itinerary_digest() {
            return Err(Failure::ItineraryMoved);
        }
        let ceiling = self.clearance.ceiling();
        ceiling.map_or(Ok(()), |ceiling| self.check_price(ceiling, refreshed.total))
    }

    pub(super) fn check_price(
        &self,
        ceiling: crate::Money,
        asked: crate::Money,
    ) -> Result<(), Failure> {
        match asked.compare(ceiling) {
            Ok(order) if order.is_le() => Ok(()),
            _ => Err(Failure::PriceMoved { ceiling, asked }),
        }
    }

    /// The intent to buy. Committing it is the one right to make the call. An offer that isn't
    /// what was cleared is refused, see [`Order::check_offer`].
    pub fn begin_purchase(
        mut self,
        purchase: PurchaseKind,
        refreshed: FlightOffer,
        attempt: AttemptId,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Result<Self, Error> {
        let OrderState::Planned { hold_refused, .. } = self.state else {
            return Err(self.state_error("isn't planned"));
        };
        if self.purchase_kind(hold_refused, &self.clearance) != Some(purchase) {
            return Err(self.state_error("may not be bought like this"));
        }
        if let Err(failure) = self.check_offer(&refreshed) {
            return Err(self.state_error(&format!("may not be bought: {failure}")));
        }
        self.offer.flight = refreshed;
        let attempt = Attempt::dispatching(attempt, now, profile);
        self.state = OrderState::Purchasing { purchase, attempt };
        Ok(self)
    }

    /// What became of the purchase `attempt`; none when the order is about something else by now.
    pub fn record_purchase(
        mut self,
        attempt: AttemptId,
        outcome: CallOutcome<SupplierOrder>,
        now: Timestamp,
    ) -> Option<Self> {
        let OrderState::Purchasing { attempt: open, purchase } = &self.state else { return None };
        if open.id != attempt {
            return None;
        }
        // Only what can't be held is bought at once, also the next time.
        let hold_refused = *purchase == PurchaseKind::Instant;
        Some(match outcome {
            CallOutcome::Confirmed { result } => self.adopt(&result, now, false),
            CallOutcome::Accepted { order } => self.with_attempt(|a| a.accepted(order, now)),
            CallOutcome::Unknown { cause } => self.with_attempt(|a| a.unknown(cause, now)),
            CallOutcome::Rejected { rejection } => {
                self.purchase_rejected(rejection, hold_refused, now)
            }
            CallOutcome::NotMade { retry_at, .. } => {
                self.file(AttemptOutcome::NotMade, now, false);
                let tries = i64::try_from(self.past.len()).unwrap_or(i64::MAX);
                let wait = now.plus_seconds(retry_wait_seconds(tries));
                self.plan_again(retry_at.unwrap_or(wait), hold_refused, now)
            }
        })
    }

    fn purchase_rejected(
        mut self,
        rejection: Rejection,
        hold_refused: bool,
        now: Timestamp,
    ) -> Self {
        if matches!(rejection.kind, RejectionKind::AlreadyDone | RejectionKind::OfferUsed) {
            // Evidence of an order, not of failure: find it. A search serves one order, so who has
            // used it up is this one.
            return self.with_attempt(|a| a.unknown(rejection.message, now));
        }
        self.file(AttemptOutcome::Rejected, now, false);
        let withdrawn = matches!(self.clearance, Clearance::Withdrawn { .. });
        let failure = match rejection.kind {
            _ if withdrawn => Failure::Withdrawn,
            RejectionKind::HoldUnavailable if !hold_refused => {
                return self.plan_again(now, true, now);
            }
            RejectionKind::OfferGone => Failure::OfferGone,
            _ => Failure::Rejected { rejection },
        };
        self.failed(failure, now)
    }

    /// Nothing was bought, as far as is known. Where a call was said not to be made, what it may
    /// have made all the same is looked for a while longer.
    pub(super) fn failed(mut self, failure: Failure, now: Timestamp) -> Self {
        let denied = |past: &PastAttempt| {
            past.call.purchase().is_some() && past.outcome == AttemptOutcome::NotMade
        };
        let watch_at = self.past.iter().any(denied).then(|| now.plus_hours(1));
        self.state = OrderState::Failed { failure, at: now, watch_at };
        self
    }

    fn plan_again(mut self, not_before: Timestamp, hold_refused: bool, now: Timestamp) -> Self {
        if matches!(self.clearance, Clearance::Withdrawn { .. }) {
            return self.failed(Failure::Withdrawn, now);
        }
        let tries = i64::try_from(self.past.len()).unwrap_or(i64::MAX);
        self.state = OrderState::Planned { not_before, tries, hold_refused };
        self
    }

    /// Whether a call to buy was made before: then it is looked up before another one is.
    pub fn was_sent(&self) -> bool {
        self.past.iter().any(|past| past.call.purchase().is_some())
    }

    /// What a look-up found before a call is made again. A call that was said not to be made, and
    /// has made something all the same, is open again, and this is its answer.
    pub fn purchase_surfaced(
        mut self,
        found: &[SupplierOrder],
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Result<Self, Error> {
        let (OrderState::Planned { .. }, Some(made)) = (&self.state, living(found)) else {
            return Err(self.state_error("has nothing that could be taken for it"));
        };
        let named = made.reference.map(|reference| reference.attempt);
        let mut sent =
            self.past.iter().rev().filter_map(|past| Some((past, past.call.purchase()?)));
        let last = sent.clone().next();
        let Some((past, purchase)) = sent.find(|(past, _)| Some(past.id) == named).or(last) else {
            return Err(self.state_error("was never sent"));
        };
        let attempt = Attempt::reopened(past, made.order.clone(), now);
        self.state = OrderState::Purchasing { purchase, attempt };
        Ok(self.purchase_sighted(found, now, profile))
    }

    /// What a look-up of the open purchase found.
    pub fn purchase_sighted(
        self,
        found: &[SupplierOrder],
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Self {
        if !matches!(self.state, OrderState::Purchasing { .. }) {
            return self;
        }
        match living(found) {
            // Neither paid nor held: named, and not settled. A person is asked if it stays so.
            Some(order) if order.state == SupplierOrderState::Unpaid => {
                let named = Some(order.order.clone());
                self.with_attempt(|a| a.accepted(named, now).polled(now, profile))
            }
            Some(order) => self.adopt(order, now, true),
            None => self.with_attempt(|a| a.polled(now, profile)),
        }
    }

    /// Takes the supplier's order as ours.
    fn adopt(mut self, order: &SupplierOrder, now: Timestamp, reconciled: bool) -> Self {
        let booking = Booking::of(order);
        let state = match &order.state {
            SupplierOrderState::AwaitingPayment { pay_by, price_until } => OrderState::Held {
                booking,
                hold: super::Hold { pay_by: *pay_by, price_until: *price_until },
                not_before: now,
                tries: 0,
                trouble: None,
            },
            SupplierOrderState::Paid { at } => OrderState::booked(booking, order.total, *at, now),
            SupplierOrderState::Unpaid => {
                let named = Some(order.order.clone());
                return self.with_attempt(|a| a.accepted(named, now));
            }
            SupplierOrderState::Canceled { .. } => {
                self.file(AttemptOutcome::Confirmed, now, reconciled);
                return self.canceled_elsewhere(order, now);
            }
        };
        self.file(AttemptOutcome::Confirmed, now, reconciled);
        self.state = state;
        self
    }

    /// A person found out that the supplier never did what the open attempt asked for, or that a
    /// hold in doubt is gone.
    ///
    /// Only after look-ups have failed to settle it; what would have been bought or paid is watched
    /// for three days more.
    pub fn declare_absent(mut self, by: PersonId, now: Timestamp) -> Result<Self, Error> {
        if self.in_doubt_since().is_none() {
            return Err(self.state_error("isn't waiting for a person"));
        }
        self.file(AttemptOutcome::DeclaredAbsent, now, true);
        self.state = match self.state {
            OrderState::Purchasing { .. } => {
                let (failure, watch_at) = (Failure::DeclaredAbsent { by }, now.plus_hours(1));
                OrderState::Failed { failure, at: now, watch_at: Some(watch_at) }
            }
            OrderState::Held { booking, .. } => OrderState::given_up(booking, now),
            OrderState::Paying { booking, hold, .. }
                if hold.ends_at().is_some_and(|end| end <= now) =>
            {
                OrderState::given_up(booking, now)
            }
            OrderState::Paying { booking, hold, .. } => {
                OrderState::Held { booking, hold, not_before: now, tries: 0, trouble: None }
            }
            OrderState::Canceling { booking, was, .. } => {
                OrderState::restored(booking, was, now, None)
            }
            other => other,
        };
        Ok(self)
    }

    /// What a look-up found of an order that was taken for absent; one that shows is adopted, to be
    /// given back.
    pub fn watched(mut self, found: &[SupplierOrder], now: Timestamp) -> Self {
        let (at, lapsed) = match &self.state {
            OrderState::Failed { at, watch_at: Some(_), .. } => (*at, false),
            OrderState::Lapsed { at, watch_at: Some(_), .. } => (*at, true),
            _ => return self,
        };
        // Neither unpaid nor paid is what a hold that has lapsed looks like; what was canceled without
        // being paid is as good as absent.
        let shows = |order: &&SupplierOrder| match order.state {
            SupplierOrderState::Canceled { paid, .. } => paid != Paid::Nothing,
            SupplierOrderState::Unpaid => !lapsed,
            SupplierOrderState::AwaitingPayment { .. } | SupplierOrderState::Paid { .. } => true,
        };
        let living = found.iter().filter(is_living).find(shows);
        match living.or_else(|| found.iter().find(shows)) {
            Some(order) => {
                self.clearance = Clearance::Withdrawn { at: now };
                self.state = OrderState::surfaced(order, now);
                self
            }
            None => {
                let next = now.plus_hours(1);
                let watch_at = (at.plus_hours(WATCH_HOURS) > now).then_some(next);
                if let OrderState::Failed { watch_at: slot, .. }
                | OrderState::Lapsed { watch_at: slot, .. } = &mut self.state
                {
                    *slot = watch_at;
                }
                self
            }
        }
    }
}

/// What counts of several: a canceled order only where no living one is there.
fn living(found: &[SupplierOrder]) -> Option<&SupplierOrder> {
    found.iter().find(is_living).or(found.first())
}

fn is_living(order: &&SupplierOrder) -> bool {
    !matches!(order.state, SupplierOrderState::Canceled { .. })
}

impl OrderState {
    pub(super) fn booked(
        booking: Booking,
        paid: crate::Money,
        at: Timestamp,
        now: Timestamp,
    ) -> Self {
        let check_at = booking.tickets.is_empty().then(|| now.plus_minutes(1));
        Self::Booked { booking, paid, at, check_at, checks: 0 }
    }

    /// A hold that a person found gone.
    fn given_up(booking: Booking, now: Timestamp) -> Self {
        Self::Lapsed { booking, at: now, watch_at: Some(now.plus_hours(1)) }
    }

    fn surfaced(order: &SupplierOrder, now: Timestamp) -> Self {
        let booking = Booking::of(order);
        match &order.state {
            SupplierOrderState::Paid { at } => Self::booked(booking, order.total, *at, now),
            SupplierOrderState::Canceled { at, paid, refund } => {
                Self::Canceled { booking, paid: *paid, refund: refund.clone(), at: *at }
            }
            _ => Self::Held {
                booking,
                hold: order.hold().unwrap_or(super::Hold { pay_by: None, price_until: None }),
                not_before: now,
                tries: 0,
                trouble: Some(Trouble::new(
                    "showed at the supplier after it was taken for absent",
                    now,
                )),
            },
        }
    }
}
