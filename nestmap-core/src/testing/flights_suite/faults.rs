//! Lost requests, lost answers, and a supplier that has no time.

use super::{Desk, Ran, assert_unknown};
use crate::port::flights::{CallOutcome, SupplierOrderState};
use crate::testing::scripted::{Costly, Fault};

/// The answer to a hold is lost: nobody knows, and the reference brings exactly one order.
pub(super) async fn a_lost_answer_to_a_hold_leaves_one_order(desk: &Desk<'_>) -> Ran {
    let purchase = desk.purchase(desk.holdable().await);
    if !desk.bench.inject(Costly::Hold, Fault::AnswerLost).await {
        return Ran::LeftOut;
    }
    assert_unknown(desk.provider().hold(&purchase).await);
    let found = desk.find(&purchase).await;
    assert_eq!(found.len(), 1, "one order: {found:?}");
    assert_eq!(found[0].reference, Some(purchase.reference));
    assert!(matches!(found[0].state, SupplierOrderState::AwaitingPayment { .. }));
    assert_eq!(desk.only_order().await.payments, 0);
    Ran::Whole
}

/// The same for an instant order, which is paid.
pub(super) async fn a_lost_answer_to_an_order_leaves_one_paid_order(desk: &Desk<'_>) -> Ran {
    let purchase = desk.purchase(desk.holdable().await);
    if !desk.bench.inject(Costly::Order, Fault::AnswerLost).await {
        return Ran::LeftOut;
    }
    assert_unknown(desk.provider().order(&purchase).await);
    let found = desk.find(&purchase).await;
    assert_eq!(found.len(), 1, "one order: {found:?}");
    assert!(matches!(found[0].state, SupplierOrderState::Paid { .. }), "{:?}", found[0].state);
    assert_eq!(desk.only_order().await.payments, 1);
    Ran::Whole
}

/// The answer to a payment is lost: the order shows that it is paid, once.
pub(super) async fn a_lost_answer_to_a_payment_leaves_one_payment(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.hold().await;
    if !desk.bench.inject(Costly::Pay, Fault::AnswerLost).await {
        return Ran::LeftOut;
    }
    assert_unknown(desk.provider().pay(&desk.payment(&order)).await);
    assert!(matches!(desk.look_up(&order.order).await.state, SupplierOrderState::Paid { .. }));
    assert_eq!(desk.only_order().await.payments, 1);
    Ran::Whole
}

/// The answer to a cancellation is lost: the order shows that it is canceled.
pub(super) async fn a_lost_answer_to_a_cancellation_leaves_it_canceled(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.held_and_paid().await;
    let quote = desk.provider().quote_cancellation(&order.order).await;
    let quote = quote.expect("what was just booked can be canceled").quote;
    if !desk.bench.inject(Costly::Cancel, Fault::AnswerLost).await {
        return Ran::LeftOut;
    }
    assert_unknown(desk.provider().confirm_cancellation(&quote).await);
    assert!(matches!(desk.look_up(&order.order).await.state, SupplierOrderState::Canceled { .. }));
    Ran::Whole
}

/// The request never arrives. The adapter can't know that: it says so, and nothing is found.
pub(super) async fn a_lost_request_leaves_nothing(desk: &Desk<'_>) -> Ran {
    let purchase = desk.purchase(desk.holdable().await);
    if !desk.bench.inject(Costly::Hold, Fault::RequestLost).await {
        return Ran::LeftOut;
    }
    assert_unknown(desk.provider().hold(&purchase).await);
    assert_eq!(desk.find(&purchase).await, []);
    desk.assert_books_are_empty().await;
    Ran::Whole
}

/// The same for a payment: the seats are still held and unpaid.
pub(super) async fn a_lost_payment_request_leaves_the_hold(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.hold().await;
    if !desk.bench.inject(Costly::Pay, Fault::RequestLost).await {
        return Ran::LeftOut;
    }
    assert_unknown(desk.provider().pay(&desk.payment(&order)).await);
    assert_eq!(desk.look_up(&order.order).await.state, order.state);
    assert_eq!(desk.only_order().await.payments, 0);
    Ran::Whole
}

/// Refused before any work, and known to be: the same call may be made again.
pub(super) async fn a_busy_supplier_has_done_nothing(desk: &Desk<'_>) -> Ran {
    let purchase = desk.purchase(desk.holdable().await);
    if !desk.bench.inject(Costly::Hold, Fault::TooBusy).await {
        return Ran::LeftOut;
    }
    let outcome = desk.provider().hold(&purchase).await;
    assert!(matches!(outcome, CallOutcome::NotMade { .. }), "nothing was done, found {outcome:?}");
    assert_eq!(desk.find(&purchase).await, []);
    desk.assert_books_are_empty().await;
    Ran::Whole
}
