//! What clients were answered: everything that was done is there, and nothing else is.

use std::collections::BTreeSet;

use nestmap_core::order::{Cancellation, OrderState};
use nestmap_core::trip::TripState;

use super::Found;
use super::ours::Ours;
use crate::company::Promised;

pub(super) fn compare(ours: &Ours, promised: &Promised, found: &mut Found) {
    let trips = || ours.trips.iter().map(|trip| &trip.value);
    let stored: BTreeSet<_> =
        trips().map(|trip| (trip.id.to_string(), trip.title.clone())).collect();
    for trip in promised.drafted.difference(&stored) {
        found.complaints.push(format!("{trip:?} was promised and isn't there"));
    }
    // A request is repeated until it is answered, so this one would have been made twice.
    for trip in stored.difference(&promised.drafted) {
        found.complaints.push(format!("{trip:?} is there and nobody was told"));
    }
    for trip in trips().filter(|trip| promised.given_up.contains(&trip.id.to_string())) {
        let given_up = matches!(trip.state, TripState::Canceled { .. });
        found.need(given_up, || format!("{} was given up: {:?}", trip.id, trip.state));
    }
    let orders = ours.orders.iter().map(|order| &order.value);
    for order in orders.filter(|order| promised.canceled.contains(&order.id.to_string())) {
        let canceled = match order.state {
            OrderState::Canceled { .. } | OrderState::Canceling { .. } => true,
            // The supplier can't be asked yet, or it doesn't take the terms and a person is told.
            OrderState::Booked { .. } => matches!(
                order.cancellation,
                Cancellation::Agreed { .. } | Cancellation::Refused { .. }
            ),
            _ => false,
        };
        found.need(canceled, || format!("{} was canceled: {:?}", order.id, order.state));
    }
}
