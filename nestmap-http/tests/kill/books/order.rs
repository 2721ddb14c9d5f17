//! One order: ours, the supplier's, the ledger's.

use std::collections::BTreeSet;
use std::fmt;

use nestmap_core::Money;
use nestmap_core::ledger::{Leg, Transfer};
use nestmap_core::order::{Before, Clearance, Failure, Order, OrderState, Paid};
use nestmap_core::port::flights::{AttemptReference, SupplierProfile};
use nestmap_core::time::Timestamp;
use nestmap_providers::sandbox::{OrderState as Theirs, SupplierOrder};

/// How late the worker may be on a busy machine.
const LATE_SECONDS: i64 = 10;

/// Everything that is written about an order.
pub(super) struct Books<'a> {
    pub(super) order: &'a Order,
    /// What the supplier has for it, with the attempts it was made for.
    pub(super) theirs: &'a [(AttemptReference, &'a SupplierOrder)],
    pub(super) transfers: Vec<&'a Transfer>,
    pub(super) now: Timestamp,
}

impl Books<'_> {
    /// What doesn't hold.
    pub(super) fn compare(&self) -> Vec<String> {
        let mut broken = Vec::new();
        let mut need = |holds: bool, what: &str| {
            if !holds {
                broken.push(format!("{what}: {self}"));
            }
        };
        self.exactly_once(&mut need);
        self.ledger(&mut need);
        self.clearance(&mut need);
        self.nothing_forgotten(&mut need);
        self.nothing_given_up(&mut need);
        broken
    }

    fn is_live(&self) -> bool {
        self.theirs.iter().any(|(_, there)| is_live(there))
    }

    /// I1 and the first half of I2.
    fn exactly_once(&self, need: &mut impl FnMut(bool, &str)) {
        let made: BTreeSet<_> = self.theirs.iter().map(|(made_for, _)| made_for.attempt).collect();
        need(made.len() == self.theirs.len(), "I1: an attempt made two orders");
        let past = self.order.past.iter().map(|past| past.id);
        let intended: BTreeSet<_> = past.chain(self.order.attempt().map(|open| open.id)).collect();
        need(made.is_subset(&intended), "I1: an order was made without an intent");
        let live = self.theirs.iter().filter(|(_, there)| is_live(there)).count();
        need(live <= 1, "I1: two living orders");
        let paid = self.theirs.iter().filter(|(_, there)| there.state == Theirs::Paid).count();
        let booked = match &self.order.state {
            OrderState::Booked { .. } => true,
            OrderState::Canceling { was, .. } => matches!(was, Before::Booked { .. }),
            _ => false,
        };
        need(usize::from(booked) == paid, "I2: booked here and paid there don't agree");
        if let Some(booking) = self.order.booking() {
            let named = self.theirs.iter().any(|(_, there)| there.id == booking.order.id);
            need(named, "I2: the booking isn't in the supplier's books");
        }
    }

    /// The second half of I2, and I3.
    fn ledger(&self, need: &mut impl FnMut(bool, &str)) {
        let moved = |leg| -> Vec<Money> {
            let legs = self.transfers.iter().filter(|transfer| transfer.leg == leg);
            legs.map(|transfer| transfer.amount).collect()
        };
        let charged = self.charged();
        need(charged.len() <= 1, "I2: the supplier took money twice");
        need(moved(Leg::Payment) == charged, "I3: the ledger has other payments than the supplier");
        let back = match &self.order.state {
            OrderState::Canceled { paid: Paid::Amount(_), refund, .. } => refund.amount,
            _ => None,
        };
        let back: Vec<_> = back.into_iter().filter(|money| money.minor > 0).collect();
        need(moved(Leg::Refund) == back, "I3: the ledger has another refund than agreed");
        let within = |back: &Money| charged.iter().any(|paid| back.minor <= paid.minor);
        need(back.iter().all(within), "I3: more came back than was paid");
        let moves =
            |transfer: &&Transfer| transfer.from != transfer.to && transfer.amount.minor > 0;
        need(self.transfers.iter().all(moves), "I3: a transfer moves nothing");
    }

    /// I4.
    fn clearance(&self, need: &mut impl FnMut(bool, &str)) {
        let most = self.charged().into_iter().map(|money| money.minor).max();
        match self.order.clearance {
            Clearance::Cleared { ceiling, .. } => {
                let within = most.is_none_or(|most| most <= ceiling.minor);
                need(within, "I4: more was paid than was approved");
            }
            _ => need(most.is_none(), "I4: it was paid without clearance"),
        }
    }

    /// I5.
    fn nothing_forgotten(&self, need: &mut impl FnMut(bool, &str)) {
        let known = self.order.is_live() || !self.is_live();
        need(known, "I5: something is alive there that isn't here");
        if let OrderState::Held { hold, .. } = self.order.state {
            let stands = hold.ends_at().is_none_or(|end| end > self.now);
            need(stands, "I5: a hold has run out unnoticed");
        }
        let Some(attempt) = self.order.attempt() else { return };
        let asked = attempt.needs_person_since.is_some();
        let in_time = attempt.due_at.plus_seconds(LATE_SECONDS) >= self.now;
        let age = attempt.started_at.seconds_until(self.now);
        let young = age < SupplierProfile::default().absence_seconds;
        need(asked || (in_time && young), "I5: an outcome isn't looked for any more");
        // It was looked for, and the supplier shows at once what it has done.
        let purchasing = matches!(self.order.state, OrderState::Purchasing { .. });
        let made = self.theirs.iter().any(|(made_for, _)| made_for.attempt == attempt.id);
        need(!purchasing || !made, "I5: the supplier has what isn't found");
    }

    /// Nothing is wrong with what is sold here: an order fails only where somebody took it back.
    fn nothing_given_up(&self, need: &mut impl FnMut(bool, &str)) {
        if let OrderState::Failed { failure, .. } = &self.order.state {
            need(*failure == Failure::Withdrawn, "it failed without a reason");
        }
    }

    /// What the supplier has taken.
    fn charged(&self) -> Vec<Money> {
        let mut charged = Vec::new();
        for (_, there) in self.theirs {
            for payment in there.payments.iter().filter(|payment| payment.succeeded) {
                let money = Money::parse(&payment.amount, &there.total_currency);
                charged.push(money.expect("the supplier's books have money"));
            }
        }
        charged
    }
}

impl fmt::Display for Books<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { order, theirs, transfers, .. } = self;
        write!(f, "{} is {} ({:?})", order.id, order.state_name(), order.clearance)?;
        write!(f, ", open {:?}, past {:?}", order.attempt(), order.past)?;
        for (made_for, there) in *theirs {
            let SupplierOrder { id, state, payments, .. } = there;
            write!(f, ", there {id} {state:?} for {} with {payments:?}", made_for.attempt)?;
        }
        write!(f, ", ledger {transfers:?}")
    }
}

fn is_live(there: &SupplierOrder) -> bool {
    matches!(there.state, Theirs::Held | Theirs::Paid | Theirs::Paying)
}
