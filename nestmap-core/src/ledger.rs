//! Immutable movements of money between two accounts; every currency sums to zero by construction.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{OrderId, OrganizationId, TransferId};
use crate::money::Money;
use crate::order::{Before, Order, OrderState, Paid, RefundTo};
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
    /// What airlines owe travelers instead of money.
    AirlineCredits,
    /// Vouchers that were given instead of money.
    Vouchers,
    /// What goes back to cards.
    Cards,
    /// What comes back in a way the supplier has a word of its own for, or none.
    OtherRefunds,
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
            Self::AirlineCredits => "airline_credits",
            Self::Vouchers => "vouchers",
            Self::Cards => "cards",
            Self::OtherRefunds => "other_refunds",
        }
    }

    /// The account of that name.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "supplier_balance" => Ok(Self::SupplierBalance),
            "travel_expense" => Ok(Self::TravelExpense),
            "airline_credits" => Ok(Self::AirlineCredits),
            "vouchers" => Ok(Self::Vouchers),
            "cards" => Ok(Self::Cards),
            "other_refunds" => Ok(Self::OtherRefunds),
            _ => Err(Error::new(Code::Internal, format!("`{text}` is not an account"))),
        }
    }
}

/// A movement of an order that is due: which, from where to where, and how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Movement {
    leg: Leg,
    from: Account,
    to: Account,
    amount: Money,
}

impl Movement {
    /// What is paid comes from the balance with the supplier.
    pub fn payment(amount: Money) -> Self {
        let (from, to) = (Account::SupplierBalance, Account::TravelExpense);
        Self { leg: Leg::Payment, from, to, amount }
    }

    /// What comes back goes to where the supplier says; none where nothing comes back.
    pub fn refund(to: &RefundTo, amount: Money) -> Option<Self> {
        let to = match to {
            RefundTo::Balance => Account::SupplierBalance,
            RefundTo::Card => Account::Cards,
            RefundTo::AirlineCredit => Account::AirlineCredits,
            RefundTo::Voucher => Account::Vouchers,
            RefundTo::Other(_) => Account::OtherRefunds,
            RefundTo::NothingPaid => return None,
        };
        Some(Self { leg: Leg::Refund, from: Account::TravelExpense, to, amount })
    }

    /// Which movement of the order.
    pub fn leg(&self) -> Leg {
        self.leg
    }

    /// How much.
    pub fn amount(&self) -> Money {
        self.amount
    }
}

/// What an order moves when it goes from `before` to `after`: its payment, its refund, or nothing.
///
/// An order may be first seen as paid and canceled at once; then both legs are due. What nobody
/// knows moves nothing: the order says that it is unknown.
pub fn movements(before: &Order, after: &Order) -> Vec<Movement> {
    let paid = |order: &Order| match &order.state {
        OrderState::Booked { paid, .. } => Some(*paid),
        OrderState::Canceling { was: Before::Booked { paid, .. }, .. } => Some(*paid),
        OrderState::Canceled { paid, .. } => paid.amount(),
        _ => None,
    };
    let payment = |order: &Order| paid(order).map(Movement::payment);
    let refund = |order: &Order| match &order.state {
        OrderState::Canceled { paid: Paid::Amount(_), refund, .. } => {
            refund.amount.and_then(|amount| Movement::refund(&refund.to, amount))
        }
        _ => None,
    };
    let new = |before: Option<Movement>, after: Option<Movement>| {
        after.filter(|movement| before.is_none() && movement.amount.minor > 0)
    };
    let payment = new(payment(before), payment(after));
    payment.into_iter().chain(new(refund(before), refund(after))).collect()
}

impl Transfer {
    /// That movement of `order`.
    pub fn of(id: TransferId, order: &Order, movement: Movement, at: Timestamp) -> Self {
        let Movement { leg, from, to, amount } = movement;
        let (organization, order) = (order.organization, order.id);
        Self { id, organization, order, leg, from, to, amount, at }
    }
}

#[cfg(test)]
mod tests;
