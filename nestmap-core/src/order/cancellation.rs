//! Giving back: a quote first, then its confirmation.
//!
//! What people want done is kept apart from what the supplier has, as it is with [`Clearance`].
//! Terms that somebody agreed to are neither replaced nor forgotten: the supplier is asked until it
//! has answered, and where it doesn't cancel on them a person is asked.

use serde::{Deserialize, Serialize};

use super::attempt::{Attempt, AttemptOutcome, retry_wait_seconds};
use super::{Before, Booking, Clearance, Order, OrderState, Trouble};
use crate::error::{Code, Error};
use crate::id::AttemptId;
use crate::money::{Currency, Money};
use crate::port::flights::{
    CallOutcome, CancellationQuote, RejectionKind, SupplierOrder, SupplierOrderState,
    SupplierProfile,
};
use crate::shopping::SupplierRef;
use crate::time::Timestamp;

/// What had been paid for an order that is canceled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Paid {
    /// Nothing.
    Nothing,
    /// So much.
    Amount(Money),
    /// The supplier doesn't say; that isn't nothing.
    Unknown,
}

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

impl Paid {
    /// The amount, where one is known.
    pub fn amount(self) -> Option<Money> {
        match self {
            Self::Amount(amount) => Some(amount),
            Self::Nothing | Self::Unknown => None,
        }
    }
}

impl Refund {
    /// A refund nobody knows anything about.
    pub fn unknown() -> Self {
        Self { amount: None, to: RefundTo::Other("unknown".into()) }
    }

    /// Nothing comes back, because nothing was paid.
    pub fn of_nothing(currency: Currency) -> Self {
        Self { amount: Some(Money::zero(currency)), to: RefundTo::NothingPaid }
    }
}

/// What people want done about giving an order back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "cancellation", rename_all = "snake_case")]
pub enum Cancellation {
    /// Nobody has asked.
    NotAsked,
    /// Terms that a person may agree to.
    Quoted {
        /// The terms.
        quote: CancellationQuote,
    },
    /// A person agreed to these terms and to no others.
    Agreed {
        /// The terms.
        quote: CancellationQuote,
        /// Since when.
        at: Timestamp,
        /// When the supplier is asked, or asked again.
        due_at: Timestamp,
        /// How often the supplier couldn't be asked.
        tries: i64,
        /// Why it couldn't, for people.
        trouble: Option<String>,
    },
    /// The supplier doesn't cancel on the terms agreed to: a person has to look at new ones.
    Refused {
        /// The terms.
        quote: CancellationQuote,
        /// Why not, for people.
        why: String,
        /// Since when.
        since: Timestamp,
    },
}

/// For how long an agreement lasts whose quote names no end, in hours.
const AGREED_HOURS: i64 = 24;

impl Cancellation {
    /// The newest terms.
    pub fn quote(&self) -> Option<&CancellationQuote> {
        match self {
            Self::NotAsked => None,
            Self::Quoted { quote } | Self::Agreed { quote, .. } | Self::Refused { quote, .. } => {
                Some(quote)
            }
        }
    }

    fn is_agreed(&self) -> bool {
        matches!(self, Self::Agreed { .. })
    }
}

impl Order {
    /// Keeps a fresh quote, for a person to look at.
    pub fn quoted(mut self, quote: CancellationQuote) -> Result<Self, Error> {
        self.cancelable()?;
        self.cancellation = Cancellation::Quoted { quote };
        Ok(self)
    }

    /// The order at the supplier, if somebody may ask for terms now: what is held, and what is
    /// booked unless terms were agreed to already.
    pub fn cancelable(&self) -> Result<&SupplierRef, Error> {
        match &self.state {
            OrderState::Booked { .. } if self.cancellation.is_agreed() => {
                Err(Error::new(Code::OrderBusy, "its cancellation was agreed to"))
            }
            OrderState::Held { booking, .. } | OrderState::Booked { booking, .. } => {
                Ok(&booking.order)
            }
            _ => Err(self.not_cancelable()),
        }
    }

    /// A person agrees to the newest quote. What is held is given back; what is booked is canceled.
    pub fn confirm_quote(mut self, quote: &SupplierRef, now: Timestamp) -> Result<Self, Error> {
        self.cancelable()?;
        let quote = match &self.cancellation {
            Cancellation::Quoted { quote: newest } if newest.quote == *quote => newest.clone(),
            _ => {
                return Err(Error::new(Code::QuoteExpired, "this isn't the order's newest quote"));
            }
        };
        must_hold(&quote, now)?;
        if let OrderState::Booked { .. } = self.state {
            self.cancellation =
                Cancellation::Agreed { quote, at: now, due_at: now, tries: 0, trouble: None };
            return Ok(self);
        }
        self.withdraw(now)
    }

    /// Why the terms agreed to hold no longer; none while they hold, or when there are none.
    pub fn agreement_ended(&self, now: Timestamp) -> Option<String> {
        let Cancellation::Agreed { quote, at, trouble, .. } = &self.cancellation else {
            return None;
        };
        let end = quote.expires_at.unwrap_or_else(|| at.plus_hours(AGREED_HOURS));
        let why = "the terms ended before the supplier could cancel on them";
        (end <= now).then(|| match trouble {
            Some(trouble) => format!("{why}: {trouble}"),
            None => why.to_owned(),
        })
    }

    /// The supplier doesn't cancel on the terms agreed to: a person has to look at new ones. Held
    /// seats are given back on whatever terms come next; nothing was paid for them. An order about
    /// which a call is open, or that is over, stays as it is.
    #[must_use]
    pub fn cancellation_refused(mut self, why: &str, now: Timestamp) -> Self {
        if !matches!(self.state, OrderState::Held { .. } | OrderState::Booked { .. }) {
            return self;
        }
        self.cancellation = match self.cancellation {
            Cancellation::Agreed { quote, .. } => {
                Cancellation::Refused { quote, why: why.to_owned(), since: now }
            }
            Cancellation::Quoted { .. } => Cancellation::NotAsked,
            other => other,
        };
        self
    }

    fn not_cancelable(&self) -> Error {
        if self.attempt().is_some() {
            Error::new(Code::OrderBusy, "a call to the supplier about this order is open")
        } else {
            self.state_error("can't be canceled")
        }
    }

    /// The intent to cancel: what is booked on the terms agreed to, what is held on the newest.
    /// Held seats that somebody wanted to give back aren't paid for later, whatever comes of this.
    pub fn begin_cancellation(
        mut self,
        attempt: AttemptId,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Result<Self, Error> {
        let quote = match (&self.state, &self.cancellation) {
            (OrderState::Held { .. }, Cancellation::Quoted { quote })
            | (OrderState::Booked { .. }, Cancellation::Agreed { quote, .. }) => quote.clone(),
            (OrderState::Held { .. } | OrderState::Booked { .. }, _) => {
                return Err(self.state_error("has no terms that were agreed to"));
            }
            _ => return Err(self.not_cancelable()),
        };
        must_hold(&quote, now)?;
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
            CallOutcome::Confirmed { result } => {
                self.canceled(Paid::Unknown, result, now, now, false)
            }
            CallOutcome::Accepted { order } => self.with_attempt(|a| a.accepted(order, now)),
            CallOutcome::Unknown { cause } => self.with_attempt(|a| a.unknown(cause, now)),
            CallOutcome::Rejected { rejection } if rejection.kind == RejectionKind::AlreadyDone => {
                self.with_attempt(|a| a.unknown(rejection.message, now))
            }
            CallOutcome::Rejected { rejection } => {
                self.file(AttemptOutcome::Rejected, now, false);
                let why = rejection.message;
                self.restore(why.clone(), now).cancellation_refused(&why, now)
            }
            CallOutcome::NotMade { retry_at, cause } => {
                self.file(AttemptOutcome::NotMade, now, false);
                self.cancel_later(retry_at, &cause, now).restore(cause, now)
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
        let OrderState::Canceling { quote, .. } = &self.state else { return self };
        match found.map(|order| &order.state) {
            Some(SupplierOrderState::Canceled { at, paid, refund }) => {
                // A supplier that doesn't say what came back keeps to what it quoted.
                let known = if refund.amount.is_some() { refund } else { &quote.refund };
                let known = known.clone();
                self.canceled(*paid, known, *at, now, true)
            }
            _ => self.with_attempt(|a| a.polled(now, profile)),
        }
    }

    fn canceled(
        mut self,
        said: Paid,
        refund: Refund,
        at: Timestamp,
        now: Timestamp,
        reconciled: bool,
    ) -> Self {
        self.file(AttemptOutcome::Confirmed, now, reconciled);
        if let OrderState::Canceling { booking, was, .. } = self.state {
            let paid = was.paid(said, &refund);
            self.state = OrderState::Canceled { booking, paid, refund, at };
        }
        self
    }

    /// The supplier couldn't be asked: it is asked again on the terms agreed to, while they hold.
    fn cancel_later(mut self, retry_at: Option<Timestamp>, cause: &str, now: Timestamp) -> Self {
        if let Cancellation::Agreed { due_at, tries, trouble, .. } = &mut self.cancellation {
            *tries = tries.saturating_add(1);
            *due_at = retry_at.unwrap_or_else(|| now.plus_seconds(retry_wait_seconds(*tries)));
            *trouble = Some(cause.to_owned());
        }
        self
    }

    /// Somebody canceled it at the supplier before it was seen as booked here: nothing more is
    /// wanted of it, and what was paid and came back is what the supplier says.
    pub(super) fn canceled_elsewhere(mut self, order: &SupplierOrder, now: Timestamp) -> Self {
        let SupplierOrderState::Canceled { at, paid, refund } = &order.state else { return self };
        if !matches!(self.clearance, Clearance::Withdrawn { .. }) {
            self.clearance = Clearance::Withdrawn { at: now };
        }
        let (booking, refund) = (Booking::of(order), refund.clone());
        self.state = OrderState::Canceled { booking, paid: *paid, refund, at: *at };
        self
    }

    fn restore(mut self, trouble: String, now: Timestamp) -> Self {
        if let OrderState::Canceling { booking, was, .. } = self.state {
            self.state = OrderState::restored(booking, was, now, Some(trouble));
        }
        self
    }
}

fn must_hold(quote: &CancellationQuote, now: Timestamp) -> Result<(), Error> {
    match quote.expires_at {
        Some(end) if end <= now => {
            Err(Error::new(Code::QuoteExpired, format!("the quote ended at {end}")))
        }
        _ => Ok(()),
    }
}

impl Before {
    /// What had been paid when it was canceled: what we know, else what the supplier says. Money
    /// that comes back for seats we only held was paid by somebody else.
    fn paid(&self, said: Paid, refund: &Refund) -> Paid {
        match (self, said) {
            (Self::Booked { paid, .. }, _) => Paid::Amount(*paid),
            (Self::Held { .. }, Paid::Amount(_)) => said,
            (Self::Held { .. }, _) if refund.amount.is_some_and(|money| money.minor > 0) => {
                Paid::Unknown
            }
            (Self::Held { .. }, _) => Paid::Nothing,
        }
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
