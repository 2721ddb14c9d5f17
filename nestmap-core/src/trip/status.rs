//! What a trip has come to: a total function of its state, its orders and the time.

use serde::{Deserialize, Serialize};

use super::{Item, ItemKind, Trip, TripState};
use crate::order::{Before, Order, OrderState};
use crate::time::{Local, Timestamp};

/// The status of a trip, as people and lists show it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripStatus {
    /// Being planned.
    Draft,
    /// Waits for somebody's approval.
    AwaitingApproval,
    /// Cleared; purchases are under way.
    Booking,
    /// A person has to find out what became of a purchase.
    NeedsAttention,
    /// Everything that is bought is paid.
    Booked,
    /// Paid, and every ticket is there.
    Ticketed,
    /// A cancellation of something paid is under way, or the whole trip is being given up.
    Canceling,
    /// Given up, and nothing of it is left at a supplier.
    Canceled,
    /// The last arrival and the last day of the last stay have passed.
    Completed,
}

/// Something that can be done with a trip in its state; whether *you* may is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TripAction {
    /// Change it.
    Edit,
    /// Hand it in.
    Submit,
    /// Give it up.
    Cancel,
    /// Ask what canceling an order would bring back.
    QuoteCancellation,
}

impl Trip {
    /// What the trip has come to at `now`.
    pub fn status(&self, orders: &[Order], now: Timestamp) -> TripStatus {
        if orders.iter().any(|order| order.needs_person_since().is_some()) {
            return TripStatus::NeedsAttention;
        }
        // Seats given back unpaid don't keep the trip from being changed and handed in again.
        let canceled = |order: &Order| {
            matches!(order.state, OrderState::Canceling { was: Before::Booked { .. }, .. })
        };
        if orders.iter().any(canceled) {
            return TripStatus::Canceling;
        }
        match self.state {
            TripState::Canceled { .. } if orders.iter().any(Order::is_live) => {
                TripStatus::Canceling
            }
            TripState::Canceled { .. } => TripStatus::Canceled,
            TripState::Draft { .. } => TripStatus::Draft,
            TripState::Submitted { .. } => TripStatus::AwaitingApproval,
            TripState::Cleared { .. } => self.cleared_status(orders, now),
        }
    }

    fn cleared_status(&self, orders: &[Order], now: Timestamp) -> TripStatus {
        let mine: Vec<_> = orders
            .iter()
            .filter(|order| self.items.iter().any(|item| item.order == Some(order.id)))
            .collect();
        let living: Vec<_> = mine.iter().filter(|order| !order.is_over()).collect();
        if living.is_empty() && !mine.is_empty() {
            return TripStatus::Canceled;
        }
        // A lost order buys nothing: its item waits for another one.
        let ordered = |item: &Item| mine.iter().any(|o| item.order == Some(o.id) && !o.is_lost());
        let all_ordered = self.items.iter().all(|item| item.offer().is_none() || ordered(item));
        let booked = |order: &Order| matches!(order.state, OrderState::Booked { .. });
        if !all_ordered || !living.iter().all(|order| booked(order)) {
            return TripStatus::Booking;
        }
        let arrivals = living.iter().filter_map(|order| order.offer.flight.arrives_at());
        let end = arrivals.chain(self.items.iter().filter_map(stay_ends_at)).max();
        if end.is_some_and(|end| end <= now) {
            return TripStatus::Completed;
        }
        let ticketed = |order: &Order| order.booking().is_some_and(|b| !b.tickets.is_empty());
        if !living.is_empty() && living.iter().all(|order| ticketed(order)) {
            TripStatus::Ticketed
        } else {
            TripStatus::Booked
        }
    }

    /// What can be done with the trip in its state.
    pub fn actions(&self, orders: &[Order]) -> Vec<TripAction> {
        let cancelable = orders.iter().any(|order| order.cancelable().is_ok());
        let mut actions = match self.state {
            TripState::Draft { .. } => {
                vec![TripAction::Edit, TripAction::Submit, TripAction::Cancel]
            }
            TripState::Submitted { .. } => vec![TripAction::Cancel],
            TripState::Cleared { .. } => {
                let bought = orders.iter().any(Order::is_live);
                if bought { vec![] } else { vec![TripAction::Cancel] }
            }
            TripState::Canceled { .. } => vec![],
        };
        if cancelable && !matches!(self.state, TripState::Submitted { .. }) {
            actions.push(TripAction::QuoteCancellation);
        }
        actions
    }
}

/// Midnight after the day of check-out.
fn stay_ends_at(item: &Item) -> Option<Timestamp> {
    let ItemKind::Stay { stay } = &item.kind else { return None };
    let civil = stay.check_out.plus_days(1).at_midnight();
    Some(Local { civil, zone: stay.place.zone().ok()? }.instant())
}
