//! The invariants, read from the database, the supplier's books and the clients' promises.
//!
//! I1: an order has at most one living order at the supplier, and an attempt made at most one. I2:
//! booked here means one paid order there and one payment in the ledger, and the other way round.
//! I3: the ledger has the supplier's amounts. I4: nothing was paid without clearance or above the
//! ceiling. I5: nothing is open beyond its deadline unless a person is asked. Besides, the supplier
//! got no costly call that wasn't intended here first, every promise was kept, once, each change
//! has its line in the audit log, and nothing is half done.

mod audit;
mod order;
mod ours;
mod promises;
mod trip;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use nestmap_core::id::OrderId;
use nestmap_core::order::OrderState;
use nestmap_core::port::flights::AttemptReference;
use nestmap_providers::duffel::convert::order::ATTEMPT_KEY;
use nestmap_providers::sandbox::SupplierOrder;
use nestmap_store::SqlStore;

use crate::company::Company;
use crate::costly::{Costly, Intent};
use crate::killer::now;
use crate::supplier::Books;
use ours::Ours;

/// What the comparison found.
#[derive(Debug, Default)]
pub struct Found {
    pub trips: usize,
    /// How many orders there are in each state.
    pub orders: BTreeMap<&'static str, usize>,
    pub booked: usize,
    /// Calls whose outcome was found out by looking.
    pub reconciled: usize,
    /// Every costly call that was intended.
    pub calls: Vec<Intent>,
    /// What doesn't hold.
    pub complaints: Vec<String>,
}

/// The supplier's orders by ours, with the attempts they were made for.
type Theirs<'a> = BTreeMap<OrderId, Vec<(AttemptReference, &'a SupplierOrder)>>;

/// Compares everything.
pub async fn compare(store: &SqlStore, books: &Books, companies: &[Company]) -> Found {
    let mut found = Found::default();
    let theirs = found.theirs(books);
    let mut known = BTreeSet::new();
    for company in companies {
        let ours = Ours::read(store, company).await;
        known.extend(ours.orders.iter().map(|order| order.value.id));
        found.compare(&ours, company, &theirs);
    }
    for order in theirs.keys().filter(|order| !known.contains(order)) {
        found.complaints.push(format!("{order} is at the supplier and not in the database"));
    }
    found.need(books.state.pending == 0, || "the supplier still works on something".into());
    found.compare_calls(books);
    found
}

impl Found {
    fn need(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.complaints.push(what());
        }
    }

    fn theirs<'a>(&mut self, books: &'a Books) -> Theirs<'a> {
        let mut theirs = Theirs::new();
        for order in &books.state.orders {
            let reference = order.metadata.get(ATTEMPT_KEY).and_then(|text| text.as_str());
            match reference.and_then(|text| text.parse::<AttemptReference>().ok()) {
                Some(made_for) => theirs.entry(made_for.order).or_default().push((made_for, order)),
                None => self.complaints.push(format!("{} doesn't say whose it is", order.id)),
            }
        }
        theirs
    }

    /// One company's part of the comparison.
    fn compare(&mut self, ours: &Ours, company: &Company, theirs: &Theirs<'_>) {
        for order in &ours.orders {
            let order = &order.value;
            let transfers = ours.transfers.iter().filter(|transfer| transfer.order == order.id);
            let books = order::Books {
                order,
                theirs: theirs.get(&order.id).map_or(&[], Vec::as_slice),
                transfers: transfers.collect(),
                now: now(),
            };
            self.complaints.extend(books.compare());
            self.calls.extend(Intent::all_of(order));
            *self.orders.entry(order.state_name()).or_default() += 1;
            self.booked += usize::from(matches!(order.state, OrderState::Booked { .. }));
            self.reconciled += order.past.iter().filter(|past| past.reconciled).count();
        }
        self.trips += ours.trips.len();
        trip::compare(ours, now(), self);
        promises::compare(ours, &company.promised, self);
        audit::Lines::of(&ours.audit).compare(ours, &company.promised, self);
    }

    /// Each call the supplier got was intended here; an intent of which it got nothing is possible.
    fn compare_calls(&mut self, books: &Books) {
        for call in Costly::ALL {
            let got = books.calls.iter().filter(|record| call.is(record)).count();
            let intended = self.calls.iter().filter(|intent| intent.call == call).count();
            self.need(got <= intended, || {
                format!(
                    "I1: the supplier got {got} calls to {call:?}, and {intended} were intended"
                )
            });
        }
    }
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { trips, orders, reconciled, calls, .. } = self;
        let open = calls.iter().filter(|call| call.ended.is_none()).count();
        write!(
            f,
            "{trips} trips, orders {orders:?}, {} calls that cost money, the outcome of {reconciled} \
             found out by looking, {open} never arrived and are still looked for",
            calls.len()
        )
    }
}
