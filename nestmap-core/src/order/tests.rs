//! Orders for the tests below, one in each state, and what suppliers say about them.

mod golden;
mod sequences;
mod steps;
mod transitions;

use super::*;
use crate::id::AttemptId;
use crate::port::flights::{RejectionKind, SupplierOrder, SupplierOrderState, SupplierProfile};
use crate::shopping::SupplierRef;
use crate::testing::fixture::now;
use crate::trip::sample;

const LINE: &str = "LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20";

/// What the fixture's flight costs.
fn price() -> Money {
    Money::parse("500.00", "EUR").unwrap()
}

fn attempt_id(n: u8) -> AttemptId {
    AttemptId::new(now(), [n; 10])
}

fn reference(id: &str) -> SupplierRef {
    SupplierRef { supplier: "scripted".into(), id: id.into() }
}

/// Planned and holdable; somebody still has to approve.
fn planned() -> Order {
    sample::order(&mut sample::flight(1, &[&[LINE]]))
}

fn cleared() -> Clearance {
    Clearance::Cleared { at: now(), ceiling: price() }
}

fn withdrawn() -> Clearance {
    Clearance::Withdrawn { at: now() }
}

/// A cleared order in that state, with a quote.
fn order_in(state: OrderState) -> Order {
    Order { state, clearance: cleared(), cancellation: quoted("quo_1"), ..planned() }
}

fn booking() -> Booking {
    Booking::of(&supplier_order(paid()))
}

fn hold() -> Hold {
    Hold { pay_by: Some(now().plus_hours(72)), price_until: Some(now().plus_hours(48)) }
}

fn attempt() -> Attempt {
    Attempt::dispatching(attempt_id(1), now(), &SupplierProfile::default())
}

fn held_state() -> OrderState {
    let (booking, hold) = (booking(), hold());
    OrderState::Held { booking, hold, not_before: now(), tries: 0, trouble: None }
}

fn booked_state() -> OrderState {
    let at = now();
    let check_at = Some(now().plus_minutes(1));
    OrderState::Booked { booking: booking(), paid: price(), at, check_at, checks: 0 }
}

fn purchasing(purchase: PurchaseKind) -> OrderState {
    OrderState::Purchasing { purchase, attempt: attempt() }
}

fn paying_state() -> OrderState {
    OrderState::Paying { booking: booking(), hold: hold(), amount: price(), attempt: attempt() }
}

fn canceling(was: Before) -> OrderState {
    OrderState::Canceling { booking: booking(), was, quote: quote("quo_1"), attempt: attempt() }
}

fn failed(failure: Failure) -> OrderState {
    let watch_at = matches!(failure, Failure::DeclaredAbsent { .. }).then(|| now().plus_hours(1));
    OrderState::Failed { failure, at: now(), watch_at }
}

fn lapsed(watch_at: Option<Timestamp>) -> OrderState {
    OrderState::Lapsed { booking: booking(), at: now(), watch_at }
}

/// An order in each state, and in each of those that differ in what may follow.
pub(crate) fn one_in_each_state() -> Vec<(&'static str, Order)> {
    let booked = Before::Booked { paid: price(), at: now() };
    let absent = Failure::DeclaredAbsent { by: sample::person_id(2) };
    let refund = Refund { amount: Some(price()), to: RefundTo::Balance };
    let canceled =
        OrderState::Canceled { booking: booking(), paid: Paid::Amount(price()), refund, at: now() };
    vec![
        ("planned", Order { cancellation: Cancellation::NotAsked, ..order_in(planned().state) }),
        ("holding", order_in(purchasing(PurchaseKind::Hold))),
        ("buying", order_in(purchasing(PurchaseKind::Instant))),
        ("held", order_in(held_state())),
        ("paying", order_in(paying_state())),
        ("booked", order_in(booked_state())),
        ("agreed", Order { cancellation: agreed(), ..order_in(booked_state()) }),
        ("releasing", order_in(canceling(Before::Held { hold: hold(), tries: 0 }))),
        ("canceling", Order { cancellation: agreed(), ..order_in(canceling(booked)) }),
        ("canceled", order_in(canceled)),
        ("failed", order_in(failed(Failure::OfferGone))),
        ("absent", order_in(failed(absent))),
        ("lapsed", order_in(lapsed(None))),
        ("doubtful", order_in(lapsed(Some(now().plus_hours(1))))),
    ]
}

fn paid() -> SupplierOrderState {
    SupplierOrderState::Paid { at: now() }
}

fn awaiting() -> SupplierOrderState {
    let hold = hold();
    SupplierOrderState::AwaitingPayment { pay_by: hold.pay_by, price_until: hold.price_until }
}

/// Canceled at the supplier, whatever had been paid.
fn gone(paid: Paid) -> SupplierOrderState {
    let refund = match paid {
        Paid::Nothing => Refund::of_nothing(price().currency),
        Paid::Amount(amount) => Refund { amount: Some(amount), to: RefundTo::Balance },
        Paid::Unknown => Refund::unknown(),
    };
    SupplierOrderState::Canceled { at: now(), paid, refund }
}

/// The supplier's order, without tickets.
fn supplier_order(state: SupplierOrderState) -> SupplierOrder {
    SupplierOrder {
        order: reference("ord_1"),
        booking_reference: Some("X7K2PQ".into()),
        state,
        total: price(),
        tickets: Vec::new(),
        reference: None,
        void_until: None,
    }
}

fn ticket() -> Ticket {
    Ticket { number: "220-1234567890".into(), kind: "electronic_ticket".into() }
}

fn quote(id: &str) -> CancellationQuote {
    let refund = Refund { amount: Some(price()), to: RefundTo::Balance };
    CancellationQuote { quote: reference(id), refund, expires_at: None }
}

fn quoted(id: &str) -> Cancellation {
    Cancellation::Quoted { quote: quote(id) }
}

fn agreed() -> Cancellation {
    Cancellation::Agreed {
        quote: quote("quo_1"),
        at: now(),
        due_at: now(),
        tries: 0,
        trouble: None,
    }
}

fn rejection(kind: RejectionKind) -> Rejection {
    Rejection { kind, code: "code".into(), message: "no".into(), request_id: None }
}
