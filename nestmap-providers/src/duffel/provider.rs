//! [`Duffel`] as the core's provider of flights.

use std::collections::BTreeMap;
use std::time::Duration;

use async_trait::async_trait;
use nestmap_core::money::Money;
use nestmap_core::order::Refund;
use nestmap_core::port::flights::{
    CallOutcome, CancellationQuote, FlightProvider, OrderReference, Payment, Purchase, Rejection,
    RejectionKind, SupplierError, SupplierErrorKind, SupplierOrder, SupplierOrderState,
    SupplierProfile,
};
use nestmap_core::shopping::{FlightOffer, SearchRequest, SupplierRef};
use nestmap_core::time::Timestamp;

use super::Duffel;
use super::call::{self, Call};
use super::client::Dispatch;
use super::convert::failure::{
    Asked, not_made, outcome, rejection, supplier_error, unreadable, unsendable,
};
use super::convert::{self, Mismatch, SUPPLIER, reference};
use super::error::Failure;
use super::listing::{Listing, understood};
use super::search::all_offers;
use super::totals::spell;
use super::wire::Each;
use super::wire::cancellation::Cancellation;
use super::wire::offer::Offer;
use super::wire::order::{NewOrder, Order, Receipt};
use super::wire::payment::{NewOrderPayment, Payment as PaymentMade};
use super::wire::scalar::{OrderType, PaymentState};
use crate::http::retry::Trouble;

/// How long the reads around a payment may take, unless the payment itself has less; together with
/// it they must fit into [`SupplierProfile::call_seconds`].
const BESIDE_TIMEOUT: Duration = Duration::from_secs(15);

#[async_trait]
impl FlightProvider for Duffel {
    fn name(&self) -> &str {
        SUPPLIER
    }

    /// A booking call, a read before it and one after it; absence as the core assumes it.
    fn profile(&self) -> SupplierProfile {
        let calls = self.booking_timeout + 2 * self.beside_timeout();
        let longest = calls + Duration::from_secs(10);
        let call_seconds = i64::try_from(longest.as_secs()).unwrap_or(i64::MAX);
        SupplierProfile { call_seconds, ..SupplierProfile::default() }
    }

    async fn search(&self, request: &SearchRequest) -> Result<Vec<FlightOffer>, SupplierError> {
        let search = convert::search::search(request);
        let found = all_offers(&self.client, &search, self.supplier_timeout).await;
        self.understood(&found.map_err(|failure| supplier_error(&failure))?)
    }

    async fn refresh(&self, offer: &SupplierRef) -> Result<FlightOffer, SupplierError> {
        let answer = self.fetch(&call::offer(&offer.id)).await?;
        let offer = convert::offer::offer(&answer.data);
        let offer = offer.map_err(|mismatch| unreadable(&mismatch, answer.request_id))?;
        self.totals.remember(&offer, &answer.data.total_amount, self.now());
        Ok(offer)
    }

    async fn hold(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        self.purchase(convert::order::new_hold(purchase)).await
    }

    async fn order(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        let total = self.totals.spelled(&purchase.offer);
        self.purchase(convert::order::new_instant(purchase, total)).await
    }

    async fn pay(&self, payment: &Payment) -> CallOutcome<SupplierOrder> {
        let id = &payment.order.id;
        let held = match self.client.fetch(&self.beside(call::order(id))).await {
            Ok(answer) => answer.data,
            Err(failure) => return unread(&failure, self.now()),
        };
        if let Some(rejection) = settled(&held) {
            return CallOutcome::Rejected { rejection };
        }
        let text = spell(payment.amount, &held.total_amount);
        let new = NewOrderPayment {
            order_id: id.clone(),
            payment: convert::order::payment(text, payment.amount),
        };
        match self.client.dispatch(&self.booking(call::pay(&new)), 201).await {
            Dispatch::Done(made) => self.paid(&payment.order, &made).await,
            Dispatch::Accepted(_) => CallOutcome::Accepted { order: Some(payment.order.clone()) },
            Dispatch::Failed(failure) => outcome(&failure, Asked::Payment, self.now()),
        }
    }

    async fn look_up(&self, order: &SupplierRef) -> Result<Option<SupplierOrder>, SupplierError> {
        match self.fetch(&call::order(&order.id)).await {
            Ok(answer) => match convert::order::order(&answer.data) {
                Ok(order) => Ok(Some(order)),
                Err(mismatch) => Err(unreadable(&mismatch, answer.request_id)),
            },
            Err(error) if error.kind == SupplierErrorKind::Gone => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn find(
        &self,
        order: &OrderReference,
        offer: &SupplierRef,
    ) -> Result<Vec<SupplierOrder>, SupplierError> {
        let pages = self.client.pages(|after| call::orders_of_offer(&offer.id, after)).await;
        let mut orders = Vec::new();
        for page in pages.map_err(|failure| supplier_error(&failure))? {
            if let Some(reason) = page.unreadable.into_iter().next() {
                // It may be the one that is looked for.
                return Err(unreadable_item(reason));
            }
            orders.extend(page.items.into_iter().filter(|made| made_for(made, order, offer)));
        }
        let orders = orders.iter().map(convert::order::order).collect::<Result<Vec<_>, _>>();
        orders.map_err(|mismatch| unreadable(&mismatch, None))
    }

    async fn price(&self, order: &SupplierRef) -> Result<Money, SupplierError> {
        let answer = self.fetch(&call::price_order(&order.id)).await?;
        convert::order::price(&answer.data)
            .map_err(|mismatch| unreadable(&mismatch, answer.request_id))
    }

    async fn quote_cancellation(
        &self,
        order: &SupplierRef,
    ) -> Result<CancellationQuote, SupplierError> {
        let answer = self.fetch(&call::quote_cancellation(&order.id)).await?;
        convert::order::quote(&answer.data)
            .map_err(|mismatch| unreadable(&mismatch, answer.request_id))
    }

    async fn confirm_cancellation(&self, quote: &SupplierRef) -> CallOutcome<Refund> {
        let call = self.booking(call::confirm_cancellation(&quote.id));
        match self.client.dispatch(&call, 200).await {
            Dispatch::Done(cancellation) => canceled(&cancellation),
            Dispatch::Accepted(receipt) => {
                CallOutcome::Accepted { order: receipt.order_id.as_deref().map(reference) }
            }
            Dispatch::Failed(failure) => outcome(&failure, Asked::Cancellation, self.now()),
        }
    }
}

impl Duffel {
    fn now(&self) -> Timestamp {
        let micros = self.client.now().as_microsecond();
        Timestamp::from_micros(micros).expect("both clocks have the same range")
    }

    /// A call that orders, pays or cancels.
    fn booking<T>(&self, call: Call<T>) -> Call<T> {
        call.within(self.booking_timeout)
    }

    /// A read beside a payment: once, and soon.
    fn beside<T>(&self, call: Call<T>) -> Call<T> {
        call.once().within(self.beside_timeout())
    }

    fn beside_timeout(&self) -> Duration {
        BESIDE_TIMEOUT.min(self.booking_timeout)
    }

    async fn fetch<T: serde::de::DeserializeOwned>(
        &self,
        call: &Call<T>,
    ) -> Result<super::wire::Answer<T>, SupplierError> {
        self.client.fetch(call).await.map_err(|failure| supplier_error(&failure))
    }

    /// The offers that make sense. The others are logged and left out, unless nothing is left.
    fn understood(&self, found: &Each<Offer>) -> Result<Vec<FlightOffer>, SupplierError> {
        let Listing { offers, left_out } = understood(found);
        for reason in &left_out {
            tracing::warn!("left out an offer: {reason}");
        }
        let now = self.now();
        let texts: BTreeMap<_, _> = found.items.iter().map(|o| (&o.id, &o.total_amount)).collect();
        for offer in &offers {
            if let Some(text) = texts.get(&offer.supplier.id) {
                self.totals.remember(offer, text, now);
            }
        }
        match left_out.into_iter().next() {
            Some(reason) if offers.is_empty() => Err(unreadable_item(reason)),
            _ => Ok(offers),
        }
    }

    async fn purchase(&self, new: Result<NewOrder, Mismatch>) -> CallOutcome<SupplierOrder> {
        let new = match new {
            Ok(new) => new,
            Err(mismatch) => return unsendable(&mismatch),
        };
        let asked = if new.kind == OrderType::Hold { Asked::Hold } else { Asked::Instant };
        match self.client.dispatch(&self.booking(call::create_order(&new)), 201).await {
            Dispatch::Done(order) => made(&order),
            Dispatch::Accepted(receipt) => CallOutcome::Accepted { order: named(&receipt) },
            Dispatch::Failed(failure) => outcome(&failure, asked, self.now()),
        }
    }

    /// The order after a payment was taken: confirmed once the order itself says that it is paid.
    async fn paid(&self, order: &SupplierRef, payment: &PaymentMade) -> CallOutcome<SupplierOrder> {
        if let Some(PaymentState::Failed | PaymentState::Cancelled) = payment.status {
            return CallOutcome::Rejected { rejection: payment_failed(payment) };
        }
        let seen = self.client.fetch(&self.beside(call::order(&order.id))).await;
        let seen = seen.ok().and_then(|answer| convert::order::order(&answer.data).ok());
        match seen.filter(|seen| matches!(seen.state, SupplierOrderState::Paid { .. })) {
            Some(result) => CallOutcome::Confirmed { result },
            None => CallOutcome::Accepted { order: Some(order.clone()) },
        }
    }
}

/// An order that was just made. One that makes no sense was made all the same.
fn made(order: &Order) -> CallOutcome<SupplierOrder> {
    match convert::order::order(order) {
        Ok(result) => CallOutcome::Confirmed { result },
        Err(mismatch) => {
            tracing::warn!(order = order.id, "made an order that can't be read: {mismatch}");
            CallOutcome::Accepted { order: Some(reference(&order.id)) }
        }
    }
}

/// The order a receipt names. Ids are opaque but for their first letters, which say what they name.
fn named(receipt: &Receipt) -> Option<SupplierRef> {
    let id = receipt.order_id.as_ref().or(receipt.id.as_ref());
    id.filter(|id| id.starts_with("ord_")).map(|id| reference(id))
}

/// Why an order doesn't take a payment: it was paid or canceled before.
fn settled(order: &Order) -> Option<Rejection> {
    let paid_at = order.payment_status.as_ref().and_then(|status| status.paid_at.as_ref());
    let (code, at) = match (&order.cancelled_at, paid_at) {
        (Some(at), _) => ("already_cancelled", at),
        (None, Some(at)) => ("already_paid", at),
        (None, None) => return None,
    };
    Some(Rejection {
        kind: RejectionKind::AlreadyDone,
        code: code.to_owned(),
        message: format!("the order was settled at {at}"),
        request_id: None,
    })
}

fn payment_failed(payment: &PaymentMade) -> Rejection {
    Rejection {
        kind: RejectionKind::Payment,
        code: payment.failure_reason.clone().unwrap_or_else(|| "payment_failed".to_owned()),
        message: format!("the payment {} failed", payment.id),
        request_id: None,
    }
}

/// How a payment ends when the order could not even be read before it: nothing was paid.
fn unread<T>(failure: &Failure, now: Timestamp) -> CallOutcome<T> {
    match failure {
        Failure::Refused(error) if error.trouble() == Trouble::Refused => {
            CallOutcome::Rejected { rejection: rejection(error, Asked::Payment) }
        }
        _ => not_made(failure, now),
    }
}

/// Whether this was made for `order`, by whichever attempt: it says so, or it says nothing and is
/// of the offer.
fn made_for(made: &Order, order: &OrderReference, offer: &SupplierRef) -> bool {
    match convert::order::attempt(made) {
        Some(attempt) => attempt.of_order() == *order,
        None => made.offer_id.as_deref() == Some(offer.id.as_str()),
    }
}

/// A confirmed cancellation. One whose refund makes no sense was confirmed all the same.
fn canceled(cancellation: &Cancellation) -> CallOutcome<Refund> {
    if cancellation.confirmed_at.is_none() {
        let cause = "Duffel answered with a cancellation that isn't confirmed".to_owned();
        return CallOutcome::Unknown { cause };
    }
    let refund = convert::order::refund(cancellation);
    CallOutcome::Confirmed { result: refund.unwrap_or_else(|_| Refund::unknown()) }
}

fn unreadable_item(reason: String) -> SupplierError {
    SupplierError {
        kind: SupplierErrorKind::Unreadable,
        code: "unreadable".to_owned(),
        message: reason,
        request_id: None,
    }
}
