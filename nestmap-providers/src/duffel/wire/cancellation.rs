//! Cancelling: first a quote, which cancels nothing, then its confirmation.

use serde::{Deserialize, Serialize};

use super::null_as_empty;
use super::scalar::{Amount, RefundTo};

/// The body of `POST /air/order_cancellations`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCancellation {
    /// Which order.
    pub order_id: String,
}

/// A quote, or once it has `confirmed_at`, a cancellation. Only the newest quote can be confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cancellation {
    /// Duffel's id.
    pub id: String,
    /// Which order.
    pub order_id: String,
    /// Whether it moves real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// When it was quoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// Until when it can be confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// When it was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<String>,
    /// What comes back; null while nobody knows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_amount: Option<Amount>,
    /// In which currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_currency: Option<String>,
    /// Where it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_to: Option<RefundTo>,
    /// Credit with the airline instead of money.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub airline_credits: Vec<AirlineCredit>,
}

/// Credit with an airline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AirlineCredit {
    /// Duffel's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// How much.
    pub credit_amount: Amount,
    /// In which currency.
    pub credit_currency: String,
    /// Whose.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passenger_id: Option<String>,
}
