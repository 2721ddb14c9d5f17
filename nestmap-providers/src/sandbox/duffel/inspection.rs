//! The books as the supplier sees them, for tests of exactly-once purchase.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::orders::Order;
use super::payments::Status;
use super::world::World;

/// Everything the supplier has on its books.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// All orders, oldest first.
    pub orders: Vec<SupplierOrder>,
    /// By offer id: how often it was tried to be booked, and how often it was.
    pub offers: BTreeMap<String, OfferCounts>,
    /// Orders that were accepted and aren't decided yet.
    pub pending: usize,
}

/// An order on the supplier's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SupplierOrder {
    /// The supplier's id.
    pub id: String,
    /// The offer it was made from.
    pub offer_id: String,
    /// The airline's locator; none while details are still to come.
    pub booking_reference: Option<String>,
    /// How things stand with it now.
    pub state: OrderState,
    /// Decimal amount of the account's currency.
    pub total_amount: String,
    /// ISO 4217.
    pub total_currency: String,
    /// Money taken, in order.
    pub payments: Vec<SupplierPayment>,
    /// What the buyer attached.
    pub metadata: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A payment on the supplier's books.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct SupplierPayment {
    /// The supplier's id.
    pub id: String,
    /// Decimal amount of the account's currency.
    pub amount: String,
    /// Whether the money was taken; a pending or failed payment has taken none.
    pub succeeded: bool,
}

/// How things stand with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum OrderState {
    /// Waits for payment; seats are kept.
    Held,
    /// Paid.
    Paid,
    /// A payment is on its way.
    Paying,
    /// Was not paid in time; the seats are gone.
    Lapsed,
    /// Cancelled.
    Cancelled,
}

/// How often an offer was tried to be booked, and how often it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct OfferCounts {
    /// Calls that asked for an order, refused ones included.
    pub posts: u32,
    /// Orders made.
    pub orders: u32,
}

pub(super) fn inspect(world: &World, now: Timestamp) -> Inspection {
    let offers = world.orders.rows().map(|order| order.offer_id.clone());
    let offers = offers.chain(world.requests.rows().flat_map(|row| row.booked_offer.clone()));
    let counts = |id: String| {
        let attempts = world.attempts.get(&id).copied().unwrap_or_default();
        (id, OfferCounts { posts: attempts.posts, orders: attempts.orders })
    };
    Inspection {
        orders: world.orders.rows().map(|order| order_of(world, order, now)).collect(),
        offers: offers.map(counts).collect(),
        pending: world.pending_orders.rows().count(),
    }
}

fn order_of(world: &World, order: &Order, now: Timestamp) -> SupplierOrder {
    let payments = world
        .payments
        .rows()
        .filter(|payment| payment.order_id == order.id)
        .map(|payment| SupplierPayment {
            id: payment.id.clone(),
            amount: world.currency.text(payment.amount()),
            succeeded: payment.status == Status::Succeeded,
        })
        .collect();
    SupplierOrder {
        id: order.id.clone(),
        offer_id: order.offer_id.clone(),
        booking_reference: order.booking_reference(now).map(str::to_owned),
        state: state(order, now),
        total_amount: world.currency.text(order.price.total()),
        total_currency: world.currency.code.to_owned(),
        payments,
        metadata: order.metadata.clone(),
        created_at: order.created_at,
    }
}

fn state(order: &Order, now: Timestamp) -> OrderState {
    if order.cancelled_at.is_some() {
        OrderState::Cancelled
    } else if order.paid_at.is_some() {
        OrderState::Paid
    } else if order.paying {
        OrderState::Paying
    } else if order.has_lapsed(now) {
        OrderState::Lapsed
    } else {
        OrderState::Held
    }
}
