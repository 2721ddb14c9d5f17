//! Paying an order that is held.

use serde::{Deserialize, Serialize};

use super::order::NewPayment;
use super::scalar::{Amount, PaymentState, PaymentType};

/// The body of `POST /air/payments`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewOrderPayment {
    /// Which order.
    pub order_id: String,
    /// How much, from where.
    pub payment: NewPayment,
}

/// A payment that was made, or is being made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payment {
    /// Duffel's id.
    pub id: String,
    /// Whether it cost real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// From where.
    #[serde(rename = "type")]
    pub kind: PaymentType,
    /// How much.
    pub amount: Amount,
    /// In which currency.
    pub currency: String,
    /// For which order; older answers don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
    /// Where it stands; older answers don't say and mean succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PaymentState>,
    /// Why it failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
}
