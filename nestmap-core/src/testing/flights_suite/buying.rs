//! Holding, paying, ordering at once, and finding what was bought.

use super::{BookedOrder, Desk, Ran, confirmed, fresh_reference, refused, unlike};
use crate::money::Money;
use crate::port::flights::{AttemptReference, Purchase, RejectionKind, SupplierOrderState};
use crate::shopping::HoldTerms;

/// A hold costs what the offer said, waits for payment, and has a price that can be asked.
pub(super) async fn held_seats_wait_for_payment(desk: &Desk<'_>) -> Ran {
    let (purchase, order) = desk.hold().await;
    assert_eq!(order.total, purchase.offer.total);
    assert_eq!(order.order.supplier, desk.provider().name());
    assert!(order.tickets.is_empty(), "nothing unpaid has tickets");
    let SupplierOrderState::AwaitingPayment { pay_by, price_until } = order.state else {
        panic!("held seats wait for payment, found {:?}", order.state);
    };
    assert!(pay_by.is_some_and(|end| desk.bench.now() < end), "it says until when: {pay_by:?}");
    let promised = matches!(purchase.offer.hold, HoldTerms::PriceGuaranteed { .. });
    assert_eq!(price_until.is_some(), promised, "the price is as safe as the offer said");
    assert_eq!(desk.look_up(&order.order).await.state, order.state);
    assert_eq!(desk.provider().price(&order.order).await, Ok(order.total));
    assert_eq!(desk.only_order().await, booked(&order.order.id, 0));
    Ran::Whole
}

/// The reference travels with the order and brings back that order alone.
pub(super) async fn a_held_order_is_found_by_its_reference(desk: &Desk<'_>) -> Ran {
    let (purchase, order) = desk.hold().await;
    let found = desk.find(&purchase).await;
    assert_eq!(found.len(), 1, "one order: {found:?}");
    assert_eq!(found[0].order, order.order);
    assert_eq!(found[0].reference, Some(purchase.reference));
    Ran::Whole
}

/// What is only sold at once isn't held.
pub(super) async fn an_offer_without_a_hold_is_not_held(desk: &Desk<'_>) -> Ran {
    let Some(offer) = desk.offer(|offer| offer.hold == HoldTerms::None).await else {
        return Ran::LeftOut;
    };
    let outcome = desk.provider().hold(&desk.purchase(offer)).await;
    assert_eq!(refused(outcome), RejectionKind::HoldUnavailable);
    desk.assert_books_are_empty().await;
    Ran::Whole
}

/// The exact amount makes it paid.
pub(super) async fn a_hold_is_paid_with_what_it_costs(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.hold().await;
    let paid = confirmed(desk.provider().pay(&desk.payment(&order)).await);
    assert_eq!(paid.order, order.order);
    assert_eq!(paid.total, order.total);
    assert!(matches!(paid.state, SupplierOrderState::Paid { .. }), "{:?}", paid.state);
    assert!(matches!(desk.look_up(&order.order).await.state, SupplierOrderState::Paid { .. }));
    assert_eq!(desk.only_order().await, booked(&order.order.id, 1));
    Ran::Whole
}

/// What is paid is not charged again, and the refusal says that it was done.
pub(super) async fn a_second_payment_is_refused(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.held_and_paid().await;
    let again = desk.provider().pay(&desk.payment(&order)).await;
    assert_eq!(refused(again), RejectionKind::AlreadyDone);
    assert_eq!(desk.only_order().await, booked(&order.order.id, 1));
    Ran::Whole
}

/// Neither more nor less than it costs is taken.
pub(super) async fn another_amount_is_refused(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.hold().await;
    for minor in [order.total.minor - 1, order.total.minor + 1] {
        let amount = Money::new(minor, order.total.currency);
        let outcome = desk.provider().pay(&desk.payment_of(&order, amount)).await;
        assert_eq!(refused(outcome), RejectionKind::PriceChanged);
    }
    assert_eq!(desk.only_order().await, booked(&order.order.id, 0));
    Ran::Whole
}

/// Ordered at once is ordered and paid, once.
pub(super) async fn an_instant_order_is_paid(desk: &Desk<'_>) -> Ran {
    let offer = desk.offers().await.into_iter().min_by_key(|o| o.hold != HoldTerms::None);
    let purchase = desk.purchase(offer.expect("the bench's request brings offers"));
    let order = confirmed(desk.provider().order(&purchase).await);
    assert!(matches!(order.state, SupplierOrderState::Paid { .. }), "{:?}", order.state);
    assert_eq!(order.total, purchase.offer.total);
    let found = desk.find(&purchase).await;
    assert_eq!(found.len(), 1, "one order: {found:?}");
    assert_eq!(found[0].order, order.order);
    assert_eq!(desk.only_order().await, booked(&order.order.id, 1));
    Ran::Whole
}

/// A later attempt at the same order finds what an earlier one has made, though its call was taken
/// for not made.
pub(super) async fn an_order_is_found_whichever_attempt_is_asked_for(desk: &Desk<'_>) -> Ran {
    let (purchase, order) = desk.hold().await;
    let attempt = fresh_reference(desk.bench.now()).attempt;
    let reference = AttemptReference { attempt, ..purchase.reference };
    let found = desk.find(&Purchase { reference, ..purchase.clone() }).await;
    assert_eq!(found.len(), 1, "one order: {found:?}");
    assert_eq!(found[0].order, order.order);
    assert_eq!(found[0].reference, Some(purchase.reference), "it says which attempt made it");
    Ran::Whole
}

/// Absence is an empty list, not an error; another order of ours isn't taken for it.
pub(super) async fn an_order_never_made_finds_nothing(desk: &Desk<'_>) -> Ran {
    let untouched = desk.purchase(desk.holdable().await);
    assert_eq!(desk.find(&untouched).await, []);
    let (purchase, _) = desk.hold().await;
    let stranger = fresh_reference(desk.bench.now());
    let found = desk.provider().find(&stranger.of_order(), &purchase.offer.supplier).await;
    assert_eq!(found, Ok(Vec::new()), "another order isn't this one");
    Ran::Whole
}

/// An order the supplier never had is none, not an error.
pub(super) async fn an_unknown_order_is_not_there(desk: &Desk<'_>) -> Ran {
    let (_, order) = desk.hold().await;
    assert_eq!(desk.provider().look_up(&unlike(&order.order)).await, Ok(None));
    Ran::Whole
}

fn booked(id: &str, payments: i64) -> BookedOrder {
    BookedOrder { id: id.to_owned(), payments, canceled: false }
}
