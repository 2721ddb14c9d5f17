//! A quote first, then its confirmation.

use super::{Desk, Ran, confirmed, refused};
use crate::order::{Paid, Refund};
use crate::port::flights::{CancellationQuote, RejectionKind, SupplierOrder, SupplierOrderState};

async fn quote(desk: &Desk<'_>, order: &SupplierOrder) -> CancellationQuote {
    let quote = desk.provider().quote_cancellation(&order.order).await;
    quote.expect("what was just booked can be canceled")
}

/// Asking what would come back changes nothing.
pub(super) async fn a_quote_cancels_nothing(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.held_and_paid().await;
    let quote = quote(desk, &order).await;
    assert!(quote.expires_at.is_none_or(|end| desk.bench.now() < end), "{:?}", quote.expires_at);
    if let Some(amount) = quote.refund.amount {
        assert!((0..=order.total.minor).contains(&amount.minor), "{amount} of {}", order.total);
    }
    assert!(matches!(desk.look_up(&order.order).await.state, SupplierOrderState::Paid { .. }));
    assert!(!desk.only_order().await.canceled);
    Ran::Whole
}

/// What was quoted is what comes back, and the order is canceled.
pub(super) async fn a_confirmed_quote_brings_its_refund(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.held_and_paid().await;
    let quote = quote(desk, &order).await;
    let refund = confirmed(desk.provider().confirm_cancellation(&quote.quote).await);
    assert_eq!(refund, quote.refund);
    let (paid, seen) = canceled(desk, &order).await;
    assert!([Paid::Amount(order.total), Paid::Unknown].contains(&paid), "{paid:?}");
    assert!(seen.amount.is_none() || seen == refund, "{seen:?} came back, not {refund:?}");
    assert!(desk.only_order().await.canceled);
    Ran::Whole
}

/// What the order itself says of its end, to whoever didn't see it coming.
async fn canceled(desk: &Desk<'_>, order: &SupplierOrder) -> (Paid, Refund) {
    match desk.look_up(&order.order).await.state {
        SupplierOrderState::Canceled { paid, refund, .. } => (paid, refund),
        other => panic!("{other:?}"),
    }
}

/// Seats nobody paid for bring nothing back and are free again.
pub(super) async fn an_unpaid_hold_is_given_back(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.hold().await;
    let quote = quote(desk, &order).await;
    let refund = confirmed(desk.provider().confirm_cancellation(&quote.quote).await);
    assert!(refund.amount.is_none_or(|amount| amount.minor == 0), "{refund:?}");
    let (paid, seen) = canceled(desk, &order).await;
    assert!([Paid::Nothing, Paid::Unknown].contains(&paid), "{paid:?}");
    assert!(seen.amount.is_none_or(|amount| amount.minor == 0), "{seen:?}");
    assert_eq!(desk.only_order().await.payments, 0);
    Ran::Whole
}

/// Only the newest quote counts: an older one may promise what isn't true any more.
pub(super) async fn a_stale_quote_is_refused(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.held_and_paid().await;
    let stale = quote(desk, &order).await;
    let newest = quote(desk, &order).await;
    assert_ne!(stale.quote, newest.quote, "every quote has an id of its own");
    let outcome = desk.provider().confirm_cancellation(&stale.quote).await;
    assert_eq!(refused(outcome), RejectionKind::QuoteStale);
    assert!(!desk.only_order().await.canceled);
    Ran::Whole
}

/// Confirming again is refused, and the refusal says that it was done.
pub(super) async fn an_order_is_canceled_once(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.held_and_paid().await;
    let quote = quote(desk, &order).await;
    confirmed(desk.provider().confirm_cancellation(&quote.quote).await);
    let again = desk.provider().confirm_cancellation(&quote.quote).await;
    assert_eq!(refused(again), RejectionKind::AlreadyDone);
    Ran::Whole
}

/// No money goes into an order that was given back.
pub(super) async fn a_canceled_hold_is_not_paid(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.hold().await;
    let quote = quote(desk, &order).await;
    confirmed(desk.provider().confirm_cancellation(&quote.quote).await);
    refused(desk.provider().pay(&desk.payment(&order)).await);
    assert_eq!(desk.only_order().await.payments, 0);
    Ran::Whole
}
