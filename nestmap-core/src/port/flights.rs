//! The port to suppliers of flights.
//!
//! Contract for an adapter:
//!
//! - Searching, reading and quoting have no lasting effect and may be repeated; the adapter may
//!   retry them itself.
//! - [`FlightProvider::hold`], [`order`](FlightProvider::order), [`pay`](FlightProvider::pay) and
//!   [`confirm_cancellation`](FlightProvider::confirm_cancellation) are sent **once** by the
//!   adapter, never retried inside. Each answers a [`CallOutcome`]; there is no error beside it.
//! - `Unknown` is said whenever the supplier may have acted: a timeout or reset after bytes were
//!   sent, a 5xx, an unreadable answer, an answer that isn't the supplier's own but a gateway's.
//!   `Rejected` and `NotMade` promise that nothing was done.
//! - The [`AttemptReference`] travels with a purchase, so that the order can be found by it.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{AttemptId, OrderId, OrganizationId};
use crate::money::Money;
use crate::order::{Paid, Refund, Ticket};
use crate::people::Passenger;
use crate::shopping::{FlightOffer, SearchRequest, SupplierRef};
use crate::time::Timestamp;

/// A supplier of flights.
#[async_trait]
pub trait FlightProvider: Send + Sync + 'static {
    /// The short name that stands in every [`SupplierRef`] of this provider.
    fn name(&self) -> &str;

    /// How long calls last and how late their effects may show.
    fn profile(&self) -> SupplierProfile {
        SupplierProfile::default()
    }

    /// Offers for the request, in any order; none is an empty list.
    async fn search(&self, request: &SearchRequest) -> Result<Vec<FlightOffer>, SupplierError>;

    /// The offer as it is now; [`SupplierErrorKind::Gone`] when it isn't sold any more.
    async fn refresh(&self, offer: &SupplierRef) -> Result<FlightOffer, SupplierError>;

    /// Holds seats without paying.
    async fn hold(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder>;

    /// Orders and pays in one call.
    async fn order(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder>;

    /// Pays for held seats.
    async fn pay(&self, payment: &Payment) -> CallOutcome<SupplierOrder>;

    /// The order as the supplier sees it now; none when it has no such order.
    async fn look_up(&self, order: &SupplierRef) -> Result<Option<SupplierOrder>, SupplierError>;

    /// Everything made for this order of ours by any of its attempts, by reference and by offer.
    ///
    /// Absence isn't final: see [`SupplierProfile::absence_seconds`].
    async fn find(
        &self,
        order: &OrderReference,
        offer: &SupplierRef,
    ) -> Result<Vec<SupplierOrder>, SupplierError>;

    /// What held seats cost now.
    async fn price(&self, order: &SupplierRef) -> Result<Money, SupplierError>;

    /// What would come back if the order were canceled; cancels nothing.
    async fn quote_cancellation(
        &self,
        order: &SupplierRef,
    ) -> Result<CancellationQuote, SupplierError>;

    /// Cancels on the terms of a quote; only the newest quote of an order is accepted.
    async fn confirm_cancellation(&self, quote: &SupplierRef) -> CallOutcome<Refund>;
}

/// What the core must know about a supplier's timing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierProfile {
    /// After so many seconds a dispatched call is answered or lost.
    pub call_seconds: i64,
    /// How many look-ups must find nothing before a person is asked.
    pub absence_polls: i64,
    /// How many seconds must have passed before a person is asked.
    pub absence_seconds: i64,
}

impl Default for SupplierProfile {
    /// Two minutes for a call and up to two hours until an order shows, as Duffel documents.
    fn default() -> Self {
        Self { call_seconds: 150, absence_polls: 6, absence_seconds: 2 * 3_600 }
    }
}

/// The name of an order of ours, whichever of its attempts is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderReference {
    /// Whose order.
    pub organization: OrganizationId,
    /// Which order.
    pub order: OrderId,
}

/// The name of an attempt that travels to the supplier and back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttemptReference {
    /// Whose order.
    pub organization: OrganizationId,
    /// Which order.
    pub order: OrderId,
    /// Which attempt at it.
    pub attempt: AttemptId,
}

impl AttemptReference {
    /// The order it is an attempt at.
    pub fn of_order(&self) -> OrderReference {
        OrderReference { organization: self.organization, order: self.order }
    }
}

impl fmt::Display for AttemptReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.organization, self.order, self.attempt)
    }
}

impl FromStr for AttemptReference {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut parts = text.split('/');
        let mut next = || parts.next().unwrap_or("");
        Ok(Self { organization: next().parse()?, order: next().parse()?, attempt: next().parse()? })
    }
}

/// What is bought, for whom, at what price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// Travels with the order.
    pub reference: AttemptReference,
    /// The offer, as last refreshed.
    pub offer: FlightOffer,
    /// The passengers, in the order of the offer's.
    pub passengers: Vec<Passenger>,
}

/// The payment of held seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// The attempt this is.
    pub reference: AttemptReference,
    /// The held order.
    pub order: SupplierRef,
    /// What is paid: exactly what the supplier asks.
    pub amount: Money,
}

/// How a costly call ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CallOutcome<T> {
    /// Done, and this is the result.
    Confirmed {
        /// What the supplier answered.
        result: T,
    },
    /// The supplier took it and works on it, or did it and shows the result later.
    Accepted {
        /// The order, where the supplier named it already.
        order: Option<SupplierRef>,
    },
    /// Nobody knows whether it was done.
    Unknown {
        /// What was seen instead of an answer, for people.
        cause: String,
    },
    /// Refused; nothing was done, and the same call can't succeed.
    Rejected {
        /// Why.
        rejection: Rejection,
    },
    /// Nothing was sent, or refused before any work; the same call may be made later.
    NotMade {
        /// When to try again at the earliest, where the supplier says.
        retry_at: Option<Timestamp>,
        /// What went wrong, for people.
        cause: String,
    },
}

/// Why a supplier refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// What it means to us.
    pub kind: RejectionKind,
    /// The supplier's code.
    pub code: String,
    /// The supplier's words.
    pub message: String,
    /// The supplier's id of the request.
    pub request_id: Option<String>,
}

/// What a refusal means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectionKind {
    /// The offer isn't sold any more.
    OfferGone,
    /// An offer of the same search was booked: by us, because a search serves one order. Look for
    /// that.
    OfferUsed,
    /// The price isn't what we said.
    PriceChanged,
    /// This offer can't be held.
    HoldUnavailable,
    /// This offer can't be paid at once.
    InstantUnavailable,
    /// Something about a passenger.
    Passenger,
    /// The payment was refused, or the balance is too low.
    Payment,
    /// The hold ran out.
    HoldLapsed,
    /// The quote isn't the newest or has expired.
    QuoteStale,
    /// The order can't be canceled.
    NotCancelable,
    /// It was done before: look at the order.
    AlreadyDone,
    /// Our credentials.
    Credentials,
    /// Anything else that had no effect.
    Other,
}

/// An order as the supplier sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SupplierOrder {
    /// The order at the supplier.
    pub order: SupplierRef,
    /// The airline's locator (PNR); none while the airline hasn't given one.
    pub booking_reference: Option<String>,
    /// Held, paid, canceled.
    pub state: SupplierOrderState,
    /// What it costs in all.
    pub total: Money,
    /// The tickets; empty until issued.
    pub tickets: Vec<Ticket>,
    /// The attempt that made it, where the supplier kept the reference.
    pub reference: Option<AttemptReference>,
    /// Until when canceling is free by law or custom, where the supplier says.
    pub void_until: Option<Timestamp>,
}

/// The state of an order at the supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SupplierOrderState {
    /// Seats are held and not paid.
    AwaitingPayment {
        /// Until when it must be paid; none when the supplier doesn't say.
        pay_by: Option<Timestamp>,
        /// Until when the price is safe; none when it isn't.
        price_until: Option<Timestamp>,
    },
    /// Paid.
    Paid {
        /// Since when.
        at: Timestamp,
    },
    /// Neither paid nor waiting for payment: lapsed, or a payment is under way.
    Unpaid,
    /// Canceled.
    Canceled {
        /// Since when.
        at: Timestamp,
        /// What had been paid, as far as the supplier says.
        paid: Paid,
        /// What came back or will, as far as the supplier says.
        refund: Refund,
    },
}

/// What would come back if an order were canceled now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancellationQuote {
    /// The quote at the supplier.
    pub quote: SupplierRef,
    /// What would come back, and how.
    pub refund: Refund,
    /// When the quote ends; none when the supplier doesn't say.
    pub expires_at: Option<Timestamp>,
}

/// Why a reading call brought nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SupplierError {
    /// What it means to us.
    pub kind: SupplierErrorKind,
    /// The supplier's code, or ours where it gave none.
    pub code: String,
    /// For people.
    pub message: String,
    /// The supplier's id of the request.
    pub request_id: Option<String>,
}

/// What a failed reading call means to us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SupplierErrorKind {
    /// The thing isn't there any more.
    Gone,
    /// The supplier refuses the request as it is.
    Refused,
    /// Not now.
    Unavailable,
    /// Too fast.
    RateLimited,
    /// The answer can't be understood.
    Unreadable,
    /// Our credentials.
    Credentials,
}

impl From<SupplierError> for Error {
    fn from(error: SupplierError) -> Self {
        let code = match error.kind {
            SupplierErrorKind::Gone => Code::OfferExpired,
            SupplierErrorKind::Refused => Code::SupplierRejected,
            SupplierErrorKind::Unavailable | SupplierErrorKind::RateLimited => {
                Code::SupplierUnavailable
            }
            SupplierErrorKind::Unreadable => Code::SupplierUnreadable,
            SupplierErrorKind::Credentials => Code::SupplierCredentials,
        };
        let mut ours =
            Error::new(code, error.message.clone()).detail("supplier_code", error.code.clone());
        if let Some(request_id) = error.request_id.clone() {
            ours = ours.detail("supplier_request_id", request_id);
        }
        ours.because(error)
    }
}
