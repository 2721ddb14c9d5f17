//! What a supplier booked: its order, the airline's locator, the hold, the tickets.

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::port::flights::{SupplierOrder, SupplierOrderState};
use crate::shopping::SupplierRef;
use crate::time::Timestamp;

/// What the supplier booked for us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Booking {
    /// The order at the supplier.
    pub order: SupplierRef,
    /// The airline's locator (PNR); none while the airline hasn't given one.
    pub booking_reference: Option<String>,
    /// What it costs in all, as the supplier said last.
    pub total: Money,
    /// The tickets; empty until issued.
    pub tickets: Vec<Ticket>,
    /// Until when canceling is free by law or custom.
    pub void_until: Option<Timestamp>,
}

/// A document that proves the right to fly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// The number.
    pub number: String,
    /// What it is in the supplier's words, such as `electronic_ticket`.
    pub kind: String,
}

/// Until when seats are held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Until when it must be paid; none when the supplier doesn't say.
    pub pay_by: Option<Timestamp>,
    /// Until when the price is safe; none when it isn't.
    pub price_until: Option<Timestamp>,
}

impl Hold {
    /// When the seats go, where that is known.
    pub fn ends_at(self) -> Option<Timestamp> {
        self.pay_by.or(self.price_until)
    }

    /// Whether the price is safe at `now`.
    pub fn price_is_safe(self, now: Timestamp) -> bool {
        self.price_until.is_some_and(|until| now < until)
    }
}

impl Booking {
    /// What a supplier's order says of the booking.
    pub fn of(order: &SupplierOrder) -> Self {
        Self {
            order: order.order.clone(),
            booking_reference: order.booking_reference.clone(),
            total: order.total,
            tickets: order.tickets.clone(),
            void_until: order.void_until,
        }
    }
}

impl SupplierOrder {
    /// The hold, where the order is one.
    pub fn hold(&self) -> Option<Hold> {
        match self.state {
            SupplierOrderState::AwaitingPayment { pay_by, price_until } => {
                Some(Hold { pay_by, price_until })
            }
            _ => None,
        }
    }
}
