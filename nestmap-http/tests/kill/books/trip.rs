//! Trips with their orders and approvals: what belongs together is there together.

use nestmap_core::approval::ApprovalState;
use nestmap_core::order::OrderState;
use nestmap_core::time::Timestamp;
use nestmap_core::trip::{Trip, TripState};

use super::Found;
use super::ours::Ours;

pub(super) fn compare(ours: &Ours, now: Timestamp, found: &mut Found) {
    for trip in &ours.trips {
        compare_trip(ours, &trip.value, found);
    }
    for approval in &ours.approvals {
        let approval = &approval.value;
        let pending = matches!(approval.state, ApprovalState::Pending);
        let in_time = approval.deadline.at > now;
        found.need(!pending || in_time, || format!("I5: {} is overdue", approval.id));
    }
}

fn compare_trip(ours: &Ours, trip: &Trip, found: &mut Found) {
    let id = trip.id;
    for item in trip.items.iter().filter_map(|item| item.order) {
        let there = ours.orders_of(id).any(|order| order.id == item);
        found.need(there, || format!("{id} names {item}, which isn't there"));
    }
    for order in ours.orders_of(id) {
        let there = trip.items.iter().any(|item| item.id == order.item);
        found.need(there, || format!("{} is for an item {id} hasn't", order.id));
    }
    let bought = ours.orders_of(id).any(|order| matches!(order.state, OrderState::Booked { .. }));
    let cleared = matches!(trip.state, TripState::Cleared { .. });
    found.need(!bought || cleared, || format!("{id} is booked and not cleared"));
    let handed_in = cleared || matches!(trip.state, TripState::Submitted { .. });
    let ordered = ours.orders_of(id).next().is_some();
    found.need(!handed_in || ordered, || format!("{id} has no order"));
}
