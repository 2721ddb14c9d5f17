//! Giving back: a quote first, then its confirmation.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, AttemptOutcome, retry_wait_seconds};
use super::{Before, Booking, Clearance, Order, OrderState, Trouble};
use crate::error::{Code, Error};
use crate::id::AttemptId;
use crate::money::Money;
use crate::port::flights::{
    CallOutcome, CancellationQuote, RejectionKind, SupplierOrder, SupplierOrderState,
    SupplierProfile,
};
use crate::shopping::SupplierRef;
use crate::time::Timestamp;

/// What comes back, and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refund {
    /// The amount; none when the supplier doesn't know yet.
    pub amount: Option<Money>,
    /// Where it goes.
    pub to: RefundTo,
}

/// Where a refund goes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefundTo {
    /// The company's balance at the supplier.
    Balance,
    /// The card it was paid with.
    Card,
    /// A credit with the airline.
    AirlineCredit,
    /// A voucher.
    Voucher,
    /// Nothing was paid.
    NothingPaid,
    /// The supplier's word for something else, or `unknown`.
    Other(String),
}

impl Refund {
    /// A refund nobody knows anything about.
    pub fn unknown() -> Self {
        Self { amount: None, to: RefundTo::Other("unknown".into()) }
    }
}

impl Order {
    /// Keeps a fresh quote, for a person to look at. Held and booked orders can be quoted.
    pub fn quoted(mut self, quote: CancellationQuote) -> Result<Self, Error> {
        match self.state {
            OrderState::Held { .. } | OrderState::Booked { .. } => {
                self.quote = Some(quote);
                Ok(self)
            }
            _ => Err(self.not_cancelable()),
        }
    }

    /// The order at the supplier, if this order can be canceled now.
    pub fn cancelable(&self) -> Result<&SupplierRef, Error> {
        match &self.state {
            OrderState::Held { booking, .. } | OrderState::Booked { booking, .. } => {
                Ok(&booking.order)
            }
            _ => Err(self.not_cancelable()),
        }
    }

    /// A person agrees to the newest quote. What is held is given back; what is booked is canceled.
    pub fn confirm_quote(mut self, quote: &SupplierRef, now: Timestamp) -> Result<Self, Error> {
        self.cancelable()?;
        self.valid_quote(quote, now)?;
        if let OrderState::Booked { .. } = self.state {
            self.cancel_at = Some(now);
            return Ok(self);
        }
        self.withdraw(now)
    }

    /// The supplier doesn't cancel on these terms: a person has to look at new ones.
    #[must_use]
    pub fn drop_quote(mut self) -> Self {
        self.quote = None;
        self.cancel_at = None;
        self
    }

    fn not_cancelable(&self) -> Error {
        if self.attempt().is_some() {
            Error::new(Code::OrderBusy, "a call to the supplier about this order is open")
        } else {
            self.state_error("can't be canceled")
        }
    }

    /// The intent to cancel on the terms of the newest quote. Held seats that somebody wanted to
    /// give back aren't paid for later, whatever comes of this call.
    pub fn begin_cancellation(
        mut self,
        quote: &SupplierRef,
        attempt: AttemptId,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Result<Self, Error> {
        self.cancelable()?;
        let quote = self.valid_quote(quote, now)?;
        let attempt = Attempt::dispatching(attempt, now, profile);
        self.state = match self.state {
            OrderState::Held { booking, hold, tries, .. } => {
                if !matches!(self.clearance, Clearance::Withdrawn { .. }) {
                    self.clearance = Clearance::Withdrawn { at: now };
                }
                let was = Before::Held { hold, tries };
                OrderState::Canceling { booking, was, quote, attempt }
            }
            OrderState::Booked { booking, paid, at, .. } => {
                let was = Before::Booked { paid, at };
                OrderState::Canceling { booking, was, quote, attempt }
            }
            other => other,
        };
        Ok(self)
    }

    fn valid_quote(&self, quote: &SupplierRef, now: Timestamp) -> Result<CancellationQuote, Error> {
        let newest = self.quote.clone().filter(|newest| newest.quote == *quote);
        let quote = newest
            .ok_or_else(|| Error::new(Code::QuoteExpired, "this isn't the order's newest quote"))?;
        match quote.expires_at {
            Some(end) if end <= now => {
                Err(Error::new(Code::QuoteExpired, format!("the quote ended at {end}")))
            }
            _ => Ok(quote),
        }
    }

    /// What became of the cancellation `attempt`; none when the order is about something else.
    pub fn record_cancellation(
        mut self,
        attempt: AttemptId,
        outcome: CallOutcome<Refund>,
        now: Timestamp,
    ) -> Option<Self> {
        let OrderState::Canceling { attempt: open, .. } = &self.state else { return None };
        if open.id != attempt {
            return None;
        }
        Some(match outcome {
            CallOutcome::Confirmed { result } => self.canceled(Some(result), now, now, false),
            CallOutcome::Accepted { order } => self.with_attempt(|a| a.accepted(order, now)),
            CallOutcome::Unknown { cause } => self.with_attempt(|a| a.unknown(cause, now)),
            CallOutcome::Rejected { rejection } if rejection.kind == RejectionKind::AlreadyDone => {
                self.with_attempt(|a| a.unknown(rejection.message, now))
            }
            CallOutcome::Rejected { rejection } => {
                self.file(AttemptOutcome::Rejected, now, false);
                self.restore(now, Some(rejection.message))
            }
            CallOutcome::NotMade { cause, .. } => {
                self.file(AttemptOutcome::NotMade, now, false);
                self.restore(now, Some(cause))
            }
        })
    }

    /// What a look-up of the order found while a cancellation is open.
    pub fn cancellation_sighted(
        self,
        found: Option<&SupplierOrder>,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Self {
        match (&self.state, found.map(|order| order.state)) {
            (OrderState::Canceling { .. }, Some(SupplierOrderState::Canceled { at })) => {
                self.canceled(None, at, now, true)
            }
            (OrderState::Canceling { .. }, _) => self.with_attempt(|a| a.polled(now, profile)),
            _ => self,
        }
    }

    fn canceled(
        mut self,
        refund: Option<Refund>,
        at: Timestamp,
        now: Timestamp,
        reconciled: bool,
    ) -> Self {
        self.file(AttemptOutcome::Confirmed, now, reconciled);
        self.cancel_at = None;
        if let OrderState::Canceling { booking, was, quote, .. } = self.state {
            let paid = match was {
                Before::Booked { paid, .. } => Some(paid),
                Before::Held { .. } => None,
            };
            let refund = refund.unwrap_or(quote.refund);
            self.state = OrderState::Canceled { booking, paid, refund, at };
        }
        self
    }

    fn restore(mut self, now: Timestamp, trouble: Option<String>) -> Self {
        self = self.drop_quote();
        if let OrderState::Canceling { booking, was, .. } = self.state {
            self.state = OrderState::restored(booking, was, now, trouble);
        }
        self
    }
}

impl OrderState {
    /// The state before a cancellation that wasn't done.
    pub(super) fn restored(
        booking: Booking,
        was: Before,
        now: Timestamp,
        trouble: Option<String>,
    ) -> Self {
        match was {
            Before::Held { hold, tries } => {
                let tries = tries.saturating_add(1);
                let not_before = now.plus_seconds(retry_wait_seconds(tries));
                let trouble = trouble.map(|what| Trouble::new(what, now));
                Self::Held { booking, hold, not_before, tries, trouble }
            }
            Before::Booked { paid, at } => {
                let check_at = booking.tickets.is_empty().then(|| now.plus_minutes(5));
                Self::Booked { booking, paid, at, check_at, checks: 0 }
            }
        }
    }
}
