//! Immutable movements of money between two accounts; every currency sums to zero by construction.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{OrderId, OrganizationId, TransferId};
use crate::money::Money;
use crate::order::{Order, OrderState};
use crate::time::Timestamp;

/// Money moved from one account to another. Transfers are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Transfer {
    /// The transfer's id.
    pub id: TransferId,
    /// Whose books.
    pub organization: OrganizationId,
    /// The order it belongs to.
    pub order: OrderId,
    /// Which movement of the order: each happens once.
    pub leg: Leg,
    /// Where the money comes from.
    pub from: Account,
    /// Where it goes.
    pub to: Account,
    /// How much, more than zero.
    pub amount: Money,
    /// When.
    pub at: Timestamp,
}

/// A movement that an order can have once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// The order was paid.
    Payment,
    /// Money came back.
    Refund,
}

/// An account in an organization's books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Account {
    /// What the company has deposited at suppliers.
    SupplierBalance,
    /// What trips cost.
    TravelExpense,
}

impl Leg {
    /// The name in stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
        }
    }

    /// The leg of that name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "payment" => Ok(Self::Payment),
            "refund" => Ok(Self::Refund),
            _ => Err(Error::new(Code::Internal, format!("`{text}` is not a leg"))),
        }
    }
}

impl Account {
    /// The name in stores.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SupplierBalance => "supplier_balance",
            Self::TravelExpense => "travel_expense",
        }
    }

    /// The account of that name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "supplier_balance" => Ok(Self::SupplierBalance),
            "travel_expense" => Ok(Self::TravelExpense),
            _ => Err(Error::new(Code::Internal, format!("`{text}` is not an account"))),
        }
    }
}

/// What an order moves when it goes from `before` to `after`: its payment, its refund, or nothing.
///
/// An order may be first seen as paid and canceled at once; then both legs are due.
pub fn movements(before: &Order, after: &Order) -> Vec<(Leg, Money)> {
    let paid = |order: &Order| match &order.state {
        OrderState::Booked { paid, .. } => Some(*paid),
        OrderState::Canceling { was: crate::order::Before::Booked { paid, .. }, .. } => Some(*paid),
        OrderState::Canceled { paid, .. } => *paid,
        _ => None,
    };
    let refunded = |order: &Order| match &order.state {
        OrderState::Canceled { paid: Some(_), refund, .. } => refund.amount,
        _ => None,
    };
    let new = |before: Option<Money>, after: Option<Money>| {
        after.filter(|money| before.is_none() && money.minor > 0)
    };
    let payment = new(paid(before), paid(after)).map(|money| (Leg::Payment, money));
    let refund = new(refunded(before), refunded(after)).map(|money| (Leg::Refund, money));
    payment.into_iter().chain(refund).collect()
}

impl Transfer {
    /// The movement of `leg` for `order`.
    pub fn of(id: TransferId, order: &Order, leg: Leg, amount: Money, at: Timestamp) -> Self {
        let (from, to) = match leg {
            Leg::Payment => (Account::SupplierBalance, Account::TravelExpense),
            Leg::Refund => (Account::TravelExpense, Account::SupplierBalance),
        };
        let (organization, order) = (order.organization, order.id);
        Self { id, organization, order, leg, from, to, amount, at }
    }
}

#[cfg(test)]
mod tests;
