//! From held to booked, and the tickets afterwards.

use super::attempt::{Attempt, AttemptCall, AttemptOutcome, retry_wait_seconds};
use super::{Booking, Clearance, Failure, Hold, Order, OrderState, Paid, PastAttempt, Trouble};
use crate::error::Error;
use crate::id::AttemptId;
use crate::money::Money;
use crate::port::flights::{
    CallOutcome, Rejection, RejectionKind, SupplierOrder, SupplierOrderState, SupplierProfile,
};
use crate::time::Timestamp;

impl Order {
    /// What must be paid, or why it may not be: more than the ceiling is never paid.
    pub fn check_payment(&self, asked: Money) -> Result<(), Failure> {
        match self.clearance {
            Clearance::Cleared { ceiling, .. } => self.check_price(ceiling, asked),
            _ => Err(Failure::Withdrawn),
        }
    }

    /// The intent to pay. Committing it is the one right to make the call.
    pub fn begin_payment(
        mut self,
        amount: Money,
        attempt: AttemptId,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Result<Self, Error> {
        let covered = self.check_payment(amount).is_ok();
        match self.state {
            OrderState::Held { booking, hold, .. } if covered => {
                let attempt = Attempt::dispatching(attempt, now, profile);
                self.state = OrderState::Paying { booking, hold, amount, attempt };
                Ok(self)
            }
            _ => Err(self.state_error("may not be paid")),
        }
    }

    /// What became of the payment `attempt`; none when the order is about something else by now.
    pub fn record_payment(
        mut self,
        attempt: AttemptId,
        outcome: CallOutcome<SupplierOrder>,
        now: Timestamp,
    ) -> Option<Self> {
        let OrderState::Paying { attempt: open, .. } = &self.state else { return None };
        if open.id != attempt {
            return None;
        }
        Some(match outcome {
            CallOutcome::Confirmed { result } => self.payment_seen(&result, now, false),
            CallOutcome::Accepted { order } => self.with_attempt(|a| a.accepted(order, now)),
            CallOutcome::Unknown { cause } => self.with_attempt(|a| a.unknown(cause, now)),
            CallOutcome::Rejected { rejection } => self.payment_rejected(rejection, now),
            CallOutcome::NotMade { retry_at, cause } => {
                self.file(AttemptOutcome::NotMade, now, false);
                self.hold_again(retry_at, cause, now)
            }
        })
    }

    fn payment_rejected(mut self, rejection: Rejection, now: Timestamp) -> Self {
        match rejection.kind {
            // Evidence of a payment, not of failure: look at the order.
            RejectionKind::AlreadyDone => {
                return self.with_attempt(|a| a.unknown(rejection.message, now));
            }
            RejectionKind::HoldLapsed => {
                self.file(AttemptOutcome::Rejected, now, false);
                return match self.state.clone() {
                    OrderState::Paying { booking, hold, .. } => self.lapsed(booking, hold, now),
                    _ => self,
                };
            }
            _ => {}
        }
        self.file(AttemptOutcome::Rejected, now, false);
        // A low balance or another price may be right in a moment; anything else won't.
        if !matches!(rejection.kind, RejectionKind::Payment | RejectionKind::PriceChanged) {
            self.clearance = Clearance::Withdrawn { at: now };
        }
        self.hold_again(None, rejection.message, now)
    }

    fn hold_again(mut self, retry_at: Option<Timestamp>, trouble: String, now: Timestamp) -> Self {
        if let OrderState::Paying { booking, hold, .. } = self.state {
            let failed = self.past.iter().filter(|past| past.call == AttemptCall::Pay).count();
            let tries = i64::try_from(failed).unwrap_or(i64::MAX);
            let not_before =
                retry_at.unwrap_or_else(|| now.plus_seconds(retry_wait_seconds(tries)));
            let trouble = Some(Trouble::new(trouble, now));
            self.state = OrderState::Held { booking, hold, not_before, tries, trouble };
        }
        self
    }

    /// Whether a payment may be under way that was said not to be made, or that a person didn't
    /// find: then the order is looked at before another one is made, and isn't given up.
    pub fn payment_unsettled(&self) -> bool {
        use AttemptOutcome::{DeclaredAbsent, NotMade};
        let open = |past: &PastAttempt| {
            past.call == AttemptCall::Pay && matches!(past.outcome, NotMade | DeclaredAbsent)
        };
        self.past.iter().any(open)
    }

    /// The hold is over, as far as is known. Where it may have been paid, that is watched.
    pub(super) fn lapsed(mut self, booking: Booking, hold: Hold, now: Timestamp) -> Self {
        let early = hold.ends_at().is_none_or(|end| now < end);
        let watch_at = (early || self.payment_unsettled()).then(|| now.plus_hours(1));
        self.state = OrderState::Lapsed { booking, at: now, watch_at };
        self
    }

    /// What a look-up of the order found while a payment is open.
    pub fn payment_sighted(
        self,
        found: Option<&SupplierOrder>,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Self {
        match (&self.state, found) {
            (OrderState::Paying { .. }, Some(order)) if is_settled(order) => {
                self.payment_seen(order, now, true)
            }
            (OrderState::Paying { .. }, _) => self.with_attempt(|a| a.polled(now, profile)),
            _ => self,
        }
    }

    fn payment_seen(mut self, order: &SupplierOrder, now: Timestamp, reconciled: bool) -> Self {
        let OrderState::Paying { amount, .. } = self.state else { return self };
        match &order.state {
            SupplierOrderState::Paid { at } => {
                self.file(AttemptOutcome::Confirmed, now, reconciled);
                self.state = OrderState::booked(Booking::of(order), amount, *at, now);
                self
            }
            SupplierOrderState::Canceled { .. } => {
                self.file(AttemptOutcome::Canceled, now, reconciled);
                self.canceled_elsewhere(order, now)
            }
            // Taken, and not shown as paid yet.
            _ => self.with_attempt(|a| a.accepted(Some(order.order.clone()), now)),
        }
    }

    /// The supplier asks for more than may be paid: the seats are given back.
    pub fn refuse_price(mut self, failure: Failure, now: Timestamp) -> Result<Self, Error> {
        let OrderState::Held { trouble, not_before, .. } = &mut self.state else {
            return Err(self.state_error("isn't held"));
        };
        *trouble = Some(Trouble::new(failure.to_string(), now));
        *not_before = now;
        self.clearance = Clearance::Withdrawn { at: now };
        Ok(self)
    }

    /// What a look-up found of a hold.
    ///
    /// One that neither waits for payment nor is paid has lapsed, or is being paid. It is given up
    /// only when no payment can be under way and its time is over, or nobody wants it any more;
    /// else it is looked at again, and a person is asked if it stays so.
    pub fn hold_sighted(
        mut self,
        found: Option<&SupplierOrder>,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Self {
        let unsettled = self.payment_unsettled();
        let wanted = !matches!(self.clearance, Clearance::Withdrawn { .. });
        let OrderState::Held { booking, hold, not_before, trouble, .. } = &mut self.state else {
            return self;
        };
        let early = hold.ends_at().is_some_and(|end| now < end);
        match found.map(|order| (order, &order.state)) {
            Some((order, SupplierOrderState::AwaitingPayment { pay_by, price_until })) => {
                *booking = Booking::of(order);
                *hold = Hold { pay_by: *pay_by, price_until: *price_until };
                *not_before = now.plus_minutes(15);
                *trouble = None;
            }
            Some((order, SupplierOrderState::Paid { at })) => {
                self.state = OrderState::booked(Booking::of(order), order.total, *at, now);
            }
            Some((_, SupplierOrderState::Canceled { paid: Paid::Nothing, .. })) => {
                let booking = booking.clone();
                self.state = OrderState::Lapsed { booking, at: now, watch_at: None };
            }
            // Somebody may have paid it at the supplier before.
            Some((order, SupplierOrderState::Canceled { .. })) => {
                return self.canceled_elsewhere(order, now);
            }
            Some((_, SupplierOrderState::Unpaid)) | None if unsettled || (early && wanted) => {
                let what = "the supplier shows the hold neither as unpaid nor as paid";
                return self.postponed(what, now, profile);
            }
            Some((_, SupplierOrderState::Unpaid)) | None => {
                let (booking, hold) = (booking.clone(), *hold);
                return self.lapsed(booking, hold, now);
            }
        }
        self
    }

    /// What a look-up found of a hold after a call about it was refused because of `why`. A hold
    /// that still stands is tried again later.
    pub fn hold_doubted(
        mut self,
        found: Option<&SupplierOrder>,
        why: &str,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Self {
        match (&mut self.state, found.map(|order| (order, order.hold()))) {
            (OrderState::Held { booking, hold, .. }, Some((order, Some(seen)))) => {
                *booking = Booking::of(order);
                *hold = seen;
                self.postponed(why, now, profile)
            }
            _ => self.hold_sighted(found, now, profile),
        }
    }

    /// What a look-up found of a booked order: tickets, or a cancellation by the airline.
    pub fn booking_sighted(mut self, found: Option<&SupplierOrder>, now: Timestamp) -> Self {
        let departs_at = self.offer.flight.departs_at();
        let OrderState::Booked { booking, paid, check_at, checks, .. } = &mut self.state else {
            return self;
        };
        *checks = checks.saturating_add(1);
        *check_at = departs_at
            .filter(|departure| now < *departure)
            .map(|_| now.plus_minutes(ticket_wait_minutes(*checks)));
        if let Some(order) = found {
            if let SupplierOrderState::Canceled { at, refund, .. } = &order.state {
                let (booking, refund) = (Booking::of(order), refund.clone());
                let paid = Paid::Amount(*paid);
                self.state = OrderState::Canceled { booking, paid, refund, at: *at };
                return self;
            }
            *booking = Booking::of(order);
            if !booking.tickets.is_empty() {
                *check_at = None;
            }
        }
        self
    }
}

fn is_settled(order: &SupplierOrder) -> bool {
    matches!(order.state, SupplierOrderState::Paid { .. } | SupplierOrderState::Canceled { .. })
}

/// Tickets mostly come within minutes; some airlines take a day.
fn ticket_wait_minutes(checks: i64) -> i64 {
    match checks {
        ..=1 => 5,
        2..=4 => 15,
        5..=20 => 60,
        _ => 6 * 60,
    }
}
