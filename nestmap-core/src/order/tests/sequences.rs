//! Any operations in any order: what must hold after each of them.

use proptest::prelude::*;

use super::*;
use crate::ledger::{Leg, movements};
use crate::port::flights::CallOutcome;
use crate::time::Timestamp;

#[derive(Clone, Debug)]
enum Operation {
    Clear,
    Withdraw,
    Fail,
    RefusePrice,
    Postpone,
    PassDays,
    Nudge,
    BeginPurchase(PurchaseKind, i64),
    BeginPayment(i64),
    Quote(u8),
    ConfirmQuote(u8),
    RefuseCancellation,
    BeginCancellation,
    DeclareAbsent,
    RecordPurchase(Which, CallOutcome<SupplierOrder>),
    RecordPayment(Which, CallOutcome<SupplierOrder>),
    RecordCancellation(Which, CallOutcome<Refund>),
    SightPurchase(Vec<SupplierOrder>),
    SurfacePurchase(Vec<SupplierOrder>),
    SightPayment(Option<SupplierOrder>),
    SightCancellation(Option<SupplierOrder>),
    SightHold(Option<SupplierOrder>),
    SightBooking(Option<SupplierOrder>),
    Watch(Vec<SupplierOrder>),
}

/// Whose answer it is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Which {
    Open,
    /// Of an attempt whose outcome is known.
    Past,
    Nobody,
}

fn euros(minor: i64) -> Money {
    Money::new(minor, price().currency)
}

fn any_price() -> impl Strategy<Value = i64> {
    prop::sample::select(vec![49_999, 50_000, 50_001, 60_000])
}

fn any_sight() -> impl Strategy<Value = SupplierOrder> {
    let states = prop::sample::select(vec![
        awaiting(),
        SupplierOrderState::AwaitingPayment { pay_by: None, price_until: None },
        SupplierOrderState::Unpaid,
        paid(),
        gone(Paid::Nothing),
        gone(Paid::Amount(price())),
        gone(Paid::Unknown),
    ]);
    (states, any_price(), any::<bool>()).prop_map(|(state, total, has_ticket)| SupplierOrder {
        total: euros(total),
        tickets: has_ticket.then(ticket).into_iter().collect(),
        ..supplier_order(state)
    })
}

fn any_outcome<T: Clone + std::fmt::Debug + 'static>(
    result: impl Strategy<Value = T> + 'static,
) -> impl Strategy<Value = CallOutcome<T>> {
    use RejectionKind::{
        AlreadyDone, HoldLapsed, HoldUnavailable, InstantUnavailable, NotCancelable, OfferGone,
        OfferUsed, Payment, PriceChanged, QuoteStale,
    };
    let kinds = vec![
        OfferGone,
        OfferUsed,
        PriceChanged,
        HoldUnavailable,
        InstantUnavailable,
        Payment,
        HoldLapsed,
        QuoteStale,
        NotCancelable,
        AlreadyDone,
    ];
    prop_oneof![
        4 => result.prop_map(|result| CallOutcome::Confirmed { result }),
        1 => any::<bool>().prop_map(|named| {
            CallOutcome::Accepted { order: named.then(|| reference("ord_1")) }
        }),
        2 => Just(CallOutcome::Unknown { cause: "timeout".into() }),
        2 => prop::sample::select(kinds).prop_map(|kind| {
            CallOutcome::Rejected { rejection: rejection(kind) }
        }),
        1 => Just(CallOutcome::NotMade { retry_at: None, cause: "busy".into() }),
    ]
}

fn any_operation() -> impl Strategy<Value = Operation> {
    let which = || prop::sample::select(vec![Which::Open, Which::Open, Which::Past, Which::Nobody]);
    let kind = prop::sample::select(vec![PurchaseKind::Hold, PurchaseKind::Instant]);
    let quote_number = || 1u8..3;
    let refund = prop::option::of(0i64..60_000)
        .prop_map(|minor| Refund { amount: minor.map(euros), to: RefundTo::Balance });
    let sight = || prop::option::of(any_sight());
    let sights = || prop::collection::vec(any_sight(), 0..3);
    prop_oneof![
        4 => Just(Operation::Clear),
        1 => Just(Operation::Withdraw),
        1 => Just(Operation::Fail),
        1 => Just(Operation::RefusePrice),
        1 => Just(Operation::Postpone),
        1 => Just(Operation::PassDays),
        1 => Just(Operation::Nudge),
        8 => (kind, any_price()).prop_map(|(kind, total)| Operation::BeginPurchase(kind, total)),
        6 => any_price().prop_map(Operation::BeginPayment),
        3 => quote_number().prop_map(Operation::Quote),
        2 => quote_number().prop_map(Operation::ConfirmQuote),
        1 => Just(Operation::RefuseCancellation),
        3 => Just(Operation::BeginCancellation),
        2 => Just(Operation::DeclareAbsent),
        6 => (which(), any_outcome(any_sight())).prop_map(|(w, o)| Operation::RecordPurchase(w, o)),
        6 => (which(), any_outcome(any_sight())).prop_map(|(w, o)| Operation::RecordPayment(w, o)),
        3 => (which(), any_outcome(refund)).prop_map(|(w, o)| Operation::RecordCancellation(w, o)),
        3 => sights().prop_map(Operation::SightPurchase),
        2 => sights().prop_map(Operation::SurfacePurchase),
        3 => sight().prop_map(Operation::SightPayment),
        2 => sight().prop_map(Operation::SightCancellation),
        2 => sight().prop_map(Operation::SightHold),
        2 => sight().prop_map(Operation::SightBooking),
        2 => sights().prop_map(Operation::Watch),
    ]
}

/// An order, and what has happened to it so far.
struct History {
    order: Order,
    at: Timestamp,
    attempts: u8,
    bought: bool,
    legs: Vec<Leg>,
}

impl History {
    fn new(may_hold: bool) -> Self {
        let clearance = Clearance::Waiting { may_hold, ceiling: price() };
        let order = Order { clearance, ..planned() };
        Self { order, at: now(), attempts: 0, bought: false, legs: Vec::new() }
    }

    fn attempt(&self, which: Which) -> AttemptId {
        let open = self.order.attempt().map(|attempt| attempt.id);
        // One that was taken up again is open, not past.
        let past = self.order.past.last().map(|past| past.id).filter(|past| Some(*past) != open);
        match which {
            Which::Open => open.unwrap_or(attempt_id(255)),
            Which::Past => past.unwrap_or(attempt_id(255)),
            Which::Nobody => attempt_id(255),
        }
    }

    /// The order after the operation; none when it is refused, or isn't about the order any more.
    fn applied(&self, operation: &Operation) -> Option<Order> {
        let (order, at) = (self.order.clone(), self.at);
        // Look-ups lead to a person at once, so that this is reached.
        let profile = SupplierProfile { call_seconds: 150, absence_polls: 2, absence_seconds: 60 };
        let fresh = attempt_id(self.attempts);
        let quoted = |n: &u8| reference(&format!("quo_{n}"));
        match operation {
            Operation::PassDays => None,
            Operation::Clear => order.clear(at).ok(),
            Operation::Withdraw => order.withdraw(at).ok(),
            Operation::Fail => order.fail(Failure::OfferGone, at).ok(),
            Operation::RefusePrice => order.refuse_price(Failure::OfferGone, at).ok(),
            Operation::Postpone => Some(order.postponed("busy", at, &profile)),
            Operation::Nudge => Some(order.nudged(at)),
            Operation::BeginPurchase(kind, total) => {
                let mut offer = order.offer.flight.clone();
                offer.total = euros(*total);
                order.begin_purchase(*kind, offer, fresh, at, &profile).ok()
            }
            Operation::BeginPayment(amount) => {
                order.begin_payment(euros(*amount), fresh, at, &profile).ok()
            }
            Operation::Quote(n) => order.quoted(quote(&format!("quo_{n}"))).ok(),
            Operation::ConfirmQuote(n) => order.confirm_quote(&quoted(n), at).ok(),
            Operation::RefuseCancellation => Some(order.cancellation_refused("no", at)),
            Operation::BeginCancellation => order.begin_cancellation(fresh, at, &profile).ok(),
            Operation::DeclareAbsent => order.declare_absent(sample::person_id(2), at).ok(),
            Operation::RecordPurchase(which, outcome) => {
                order.record_purchase(self.attempt(*which), outcome.clone(), at)
            }
            Operation::RecordPayment(which, outcome) => {
                order.record_payment(self.attempt(*which), outcome.clone(), at)
            }
            Operation::RecordCancellation(which, outcome) => {
                order.record_cancellation(self.attempt(*which), outcome.clone(), at)
            }
            Operation::SurfacePurchase(seen) => order.purchase_surfaced(seen, at, &profile).ok(),
            Operation::SightPurchase(seen) => Some(order.purchase_sighted(seen, at, &profile)),
            Operation::SightPayment(seen) => {
                Some(order.payment_sighted(seen.as_ref(), at, &profile))
            }
            Operation::SightCancellation(seen) => {
                Some(order.cancellation_sighted(seen.as_ref(), at, &profile))
            }
            Operation::SightHold(seen) => Some(order.hold_sighted(seen.as_ref(), at, &profile)),
            Operation::SightBooking(seen) => Some(order.booking_sighted(seen.as_ref(), at)),
            Operation::Watch(seen) => Some(order.watched(seen, at)),
        }
    }

    fn apply(&mut self, operation: &Operation) -> Result<(), TestCaseError> {
        let passes = if matches!(operation, Operation::PassDays) { 80 * 3_600 } else { 40 };
        self.at = self.at.plus_seconds(passes);
        self.attempts = self.attempts.saturating_add(1);
        let Some(after) = self.applied(operation) else { return Ok(()) };
        self.check_intent(operation, &after)?;
        self.check_answer(operation)?;
        self.check_nothing_is_lost(&after)?;
        self.check_agreement(&after)?;
        self.check_money(&after)?;
        check_next(&after)?;
        let json = serde_json::to_value(&after).unwrap();
        prop_assert_eq!(&serde_json::from_value::<Order>(json).unwrap(), &after);
        self.bought |= matches!(after.state, OrderState::Booked { .. });
        self.order = after;
        Ok(())
    }

    /// One call at a time; nothing is bought twice; nothing dearer than what was handed in.
    fn check_intent(&self, operation: &Operation, after: &Order) -> Result<(), TestCaseError> {
        let opens = matches!(
            operation,
            Operation::BeginPurchase(..)
                | Operation::BeginPayment(_)
                | Operation::BeginCancellation
        );
        if !opens {
            return Ok(());
        }
        prop_assert!(self.order.attempt().is_none(), "a call is open");
        prop_assert_eq!(after.attempt().map(|attempt| attempt.id), Some(attempt_id(self.attempts)));
        let (amount, pays) = match operation {
            Operation::BeginPurchase(PurchaseKind::Hold, amount) => (*amount, false),
            Operation::BeginPurchase(PurchaseKind::Instant, amount)
            | Operation::BeginPayment(amount) => (*amount, true),
            _ => return Ok(()),
        };
        prop_assert!(!self.bought, "it was bought before");
        prop_assert!(amount <= price().minor, "dearer than when it was handed in");
        let cleared = matches!(self.order.clearance, Clearance::Cleared { .. });
        prop_assert!(cleared || !pays, "paid without clearance");
        Ok(())
    }

    /// Only the open attempt is answered.
    fn check_answer(&self, operation: &Operation) -> Result<(), TestCaseError> {
        let which = match operation {
            Operation::RecordPurchase(which, _)
            | Operation::RecordPayment(which, _)
            | Operation::RecordCancellation(which, _) => *which,
            Operation::DeclareAbsent => {
                prop_assert!(self.order.needs_person_since().is_some());
                return Ok(());
            }
            _ => return Ok(()),
        };
        prop_assert_eq!(which, Which::Open);
        Ok(())
    }

    /// What an order is of, its attempts and its booking are never forgotten.
    fn check_nothing_is_lost(&self, after: &Order) -> Result<(), TestCaseError> {
        let before = &self.order;
        prop_assert_eq!(
            (before.id, before.trip, before.item, before.offer.id, &before.passengers),
            (after.id, after.trip, after.item, after.offer.id, &after.passengers)
        );
        prop_assert_eq!(after.past.get(..before.past.len()), Some(&before.past[..]));
        let ended = before.attempt().filter(|open| after.attempt().map(|a| a.id) != Some(open.id));
        let filed = after.past[before.past.len()..].iter().map(|past| past.id);
        match before.state {
            // One that was taken for not made can be filed once more.
            OrderState::Planned { .. } => {
                prop_assert!(filed.clone().all(|id| before.past.iter().any(|past| past.id == id)));
                prop_assert!(filed.count() <= 1);
            }
            _ => prop_assert_eq!(
                filed.collect::<Vec<_>>(),
                ended.map(|a| a.id).into_iter().collect::<Vec<_>>()
            ),
        }
        let reference = |order: &Order| order.booking().map(|booking| booking.order.clone());
        prop_assert!(before.booking().is_none() || reference(before) == reference(after));
        let is_final = |order: &Order| order.is_over() && order.next().is_none();
        prop_assert!(!is_final(before) || before.state == after.state);
        Ok(())
    }

    /// Terms that somebody agreed to are kept as they were, until it is canceled on them or a
    /// person is asked; and nothing paid for is canceled on others.
    fn check_agreement(&self, after: &Order) -> Result<(), TestCaseError> {
        let agreed = |order: &Order| match &order.cancellation {
            Cancellation::Agreed { quote, .. } => Some(quote.clone()),
            _ => None,
        };
        let before = agreed(&self.order);
        let kept = agreed(after) == before || after.needs_person_since().is_some();
        prop_assert!(before.is_none() || kept, "{:?}", after.cancellation);
        if let OrderState::Canceling { was: Before::Booked { .. }, quote, .. } = &after.state {
            prop_assert_eq!(Some(quote.clone()), agreed(after));
        }
        Ok(())
    }

    /// Paid at most once, and given back at most once, and only what was paid.
    fn check_money(&mut self, after: &Order) -> Result<(), TestCaseError> {
        for movement in movements(&self.order, after) {
            let leg = movement.leg();
            prop_assert!(movement.amount().minor > 0);
            prop_assert!(!self.legs.contains(&leg), "{leg:?} twice");
            self.legs.push(leg);
        }
        let refunded = self.legs.contains(&Leg::Refund);
        prop_assert!(!refunded || self.legs.contains(&Leg::Payment));
        let booked = matches!(after.state, OrderState::Booked { .. });
        prop_assert!(!booked || self.legs.contains(&Leg::Payment));
        Ok(())
    }
}

/// There is a next step unless a person must act first, or nothing is left to do.
fn check_next(order: &Order) -> Result<(), TestCaseError> {
    let waits = match (&order.state, &order.clearance) {
        (OrderState::Planned { hold_refused, .. }, Clearance::Waiting { may_hold, .. }) => {
            !may_hold || *hold_refused || order.offer.flight.hold == HoldTerms::None
        }
        (OrderState::Held { hold, .. }, Clearance::Waiting { .. }) => hold.ends_at().is_none(),
        (OrderState::Booked { check_at, .. }, _) => {
            check_at.is_none() && !matches!(order.cancellation, Cancellation::Agreed { .. })
        }
        (OrderState::Failed { watch_at, .. } | OrderState::Lapsed { watch_at, .. }, _) => {
            watch_at.is_none()
        }
        (OrderState::Canceled { .. }, _) => true,
        _ => false,
    };
    prop_assert_eq!(order.next().is_none(), waits, "{:?}", order);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn whatever_happens_an_order_is_bought_once_and_nothing_is_lost(
        may_hold: bool,
        operations in prop::collection::vec(any_operation(), 1..60),
    ) {
        let mut history = History::new(may_hold);
        for operation in &operations {
            history.apply(operation)?;
        }
    }
}

/// The property above would hold for an order that never moves: this shows that it does.
#[test]
fn the_sequences_reach_every_state() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let mut runner = TestRunner::deterministic();
    let mut reached = std::collections::BTreeMap::<&str, u32>::new();
    for _ in 0..150 {
        let operations = prop::collection::vec(any_operation(), 60);
        let operations = operations.new_tree(&mut runner).unwrap().current();
        let mut history = History::new(true);
        for operation in &operations {
            history.apply(operation).unwrap();
            *reached.entry(history.order.state_name()).or_default() += 1;
        }
    }
    assert_eq!(reached.len(), 9, "{reached:?}");
}
