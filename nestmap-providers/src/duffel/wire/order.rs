//! Orders: what is sent to make one, and what comes back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::cancellation::Cancellation;
use super::null_as_empty;
use super::offer::{Conditions, LoyaltyAccount, Slice};
use super::place::Carrier;
use super::scalar::{
    Amount, DocumentType, IdentityDocumentType, OrderAction, OrderContent, OrderType,
    PassengerType, PaymentType, Personal, ServiceType,
};

/// The body of `POST /air/orders`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewOrder {
    /// Pay at once or hold.
    #[serde(rename = "type")]
    pub kind: OrderType,
    /// Exactly one offer.
    pub selected_offers: Vec<String>,
    /// Everybody of the offer.
    pub passengers: Vec<NewPassenger>,
    /// Services of the offer; not with a hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<NewService>,
    /// What is paid: the offer's total and the services. Must be absent for a hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub payments: Vec<NewPayment>,
    /// Ours; how an order is recognized as the outcome of an attempt.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
}

/// A passenger as the airline must know them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPassenger {
    /// The id within the offer.
    pub id: String,
    /// `mr`, `ms`, `mrs`, `miss`, `dr`.
    pub title: Personal,
    /// `m` or `f`.
    pub gender: Personal,
    /// As in the document.
    pub given_name: Personal,
    /// As in the document.
    pub family_name: Personal,
    /// `YYYY-MM-DD`.
    pub born_on: Personal,
    /// Where the airline writes to.
    pub email: Personal,
    /// E.164.
    pub phone_number: Personal,
    /// The infant on this adult's lap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infant_passenger_id: Option<String>,
    /// At most one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub identity_documents: Vec<IdentityDocument>,
    /// Frequent flyer accounts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loyalty_programme_accounts: Vec<LoyaltyAccount>,
}

/// A passenger's document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdentityDocument {
    /// What it is.
    #[serde(rename = "type")]
    pub kind: IdentityDocumentType,
    /// Its number.
    pub unique_identifier: Personal,
    /// Who issued it, ISO 3166-1 alpha-2.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuing_country_code: Option<String>,
    /// `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires_on: Option<Personal>,
}

/// A service to be booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewService {
    /// The id within the offer.
    pub id: String,
    /// How many.
    pub quantity: u8,
}

/// A payment to be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewPayment {
    /// From where.
    #[serde(rename = "type")]
    pub kind: PaymentType,
    /// How much: the very text the offer or order said.
    pub amount: Amount,
    /// In which currency.
    pub currency: String,
}

/// What was bought, or is held.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Duffel's id.
    pub id: String,
    /// The offer it came from; older answers don't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer_id: Option<String>,
    /// Paid at once or held; older answers don't say.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<OrderType>,
    /// Whether this cost real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When Duffel last asked the airline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub synced_at: Option<String>,
    /// The airline's locator; null while the order is still being made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booking_reference: Option<String>,
    /// One per airline, where there are several.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub booking_references: Vec<BookingReference>,
    /// The price with services; grows when the order is changed.
    pub total_amount: Amount,
    /// Its currency.
    pub total_currency: String,
    /// The fare within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_amount: Option<Amount>,
    /// Its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_currency: Option<String>,
    /// The taxes within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_amount: Option<Amount>,
    /// Their currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_currency: Option<String>,
    /// Who sold it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Carrier>,
    /// Paid, or until when to pay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_status: Option<PaymentStatus>,
    /// The journeys.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<Slice>,
    /// Who travels.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub passengers: Vec<OrderPassenger>,
    /// Services that were booked.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub services: Vec<OrderService>,
    /// Tickets and other papers; empty until they are issued.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub documents: Vec<Document>,
    /// What the fare says about changing and giving back; see `available_actions`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// What may be done now; version 1 doesn't say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_actions: Option<Vec<OrderAction>>,
    /// The cancellation that was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancellation: Option<Cancellation>,
    /// When it was cancelled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_at: Option<String>,
    /// Whether it was made through the API.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content: Option<OrderContent>,
    /// Ours; others may have put anything in.
    #[serde(
        default,
        deserialize_with = "null_as_empty",
        skip_serializing_if = "BTreeMap::is_empty"
    )]
    pub metadata: BTreeMap<String, Value>,
    /// Until when cancelling costs nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub void_window_ends_at: Option<String>,
}

/// One airline's locator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingReference {
    /// The locator.
    pub booking_reference: String,
    /// Whose it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<Carrier>,
}

/// Paid, or until when to pay. Paid is what has `paid_at`: awaiting nothing and never paid can
/// mean lapsed, cancelled, or still being paid.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentStatus {
    /// Whether a payment is awaited.
    #[serde(default)]
    pub awaiting_payment: bool,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_required_by: Option<String>,
    /// Until when the price is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_guarantee_expires_at: Option<String>,
    /// When it was paid.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid_at: Option<String>,
}

/// A passenger of an order; anything but the id may be missing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderPassenger {
    /// The id, the same as in the offer.
    pub id: String,
    /// What the airline takes them for.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PassengerType>,
    /// The given name as the airline keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<Personal>,
    /// The family name as the airline keeps it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<Personal>,
    /// The infant on this adult's lap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub infant_passenger_id: Option<String>,
}

/// A service that was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderService {
    /// Duffel's id.
    pub id: String,
    /// What it is; older answers don't say.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ServiceType>,
    /// How many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u8>,
    /// What they cost.
    pub total_amount: Amount,
    /// In which currency.
    pub total_currency: String,
    /// For whom.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub passenger_ids: Vec<String>,
    /// On which flights.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub segment_ids: Vec<String>,
}

/// A ticket or another paper of the airline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// What it is; older answers don't say and mean a ticket.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<DocumentType>,
    /// Its number.
    pub unique_identifier: String,
    /// Whose it is; older answers don't say.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub passenger_ids: Vec<String>,
}

/// What a held order costs now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Price {
    /// The total with services.
    pub total_amount: Amount,
    /// Its currency.
    pub total_currency: String,
}

/// What answers an order that isn't complete yet (200 and 202): whatever of it is there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// The id of what was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The id of the order, where that is another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order_id: Option<String>,
}
