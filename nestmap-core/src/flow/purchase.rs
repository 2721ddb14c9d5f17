//! The longest story: an order's next step, taken once.
//!
//! Each costly call is made by whoever committed its intent, and by nobody else: the commit that
//! moves the order into "a call is open" is the only right to make the call. If this process dies
//! between the two, the order is found open later, and is looked up instead of sent again.

use super::{Call, Work, found};
use crate::access::Actor;
use crate::error::{Error, Result};
use crate::id::{AttemptId, OrderId, OrganizationId};
use crate::nestmap::NestMap;
use crate::order::{Failure, Order, OrderState, PurchaseKind, Step};
use crate::port::flights::{Payment, Purchase, SupplierError, SupplierErrorKind, SupplierOrder};
use crate::port::store::{StoreError, Stored};
use crate::shopping::SupplierRef;

/// How often an outcome is written before giving up; it is reconciled later then.
const RECORD_TRIES: usize = 8;

impl NestMap {
    /// Takes an order's next step, if it is due. True when something was done.
    pub async fn advance(&self, organization: OrganizationId, id: OrderId) -> Result<bool> {
        let stored = found("order", self.store.order(organization, id).await?)?;
        let Some((due, step)) = stored.value.next() else { return Ok(false) };
        if self.now() < due {
            return Ok(false);
        }
        match step {
            Step::Purchase(kind) => self.purchase(stored, kind).await,
            Step::Pay => self.pay(stored).await,
            Step::Release => self.release(stored).await,
            Step::Cancel => self.cancel(stored).await,
            Step::Reconcile => self.reconcile(stored).await,
            Step::CheckHold => self.check_hold(stored).await,
            Step::CheckTickets => self.check_tickets(stored).await,
            Step::Watch => self.watch(stored).await,
        }
    }

    async fn purchase(&self, stored: Stored<Order>, kind: PurchaseKind) -> Result<bool> {
        if stored.value.was_sent() {
            match self.find_made(&stored.value).await {
                Ok(made) if made.is_empty() => {}
                Ok(made) => return self.take_surfaced(&stored, &made).await,
                Err(error) => return self.postpone(&stored, &error.message).await,
            }
        }
        let offer = match self.flights.refresh(&stored.value.offer.flight.supplier).await {
            Ok(offer) => offer,
            Err(SupplierError { kind: SupplierErrorKind::Gone, .. }) => {
                return self.step(&stored, |order, now| order.fail(Failure::OfferGone, now)).await;
            }
            Err(error) => return self.postpone(&stored, &error.message).await,
        };
        if let Err(failure) = stored.value.check_offer(&offer) {
            return self.step(&stored, |order, now| order.fail(failure.clone(), now)).await;
        }
        let attempt = AttemptId::new(self.now(), self.for_id());
        let profile = self.flights.profile();
        let begun = self
            .begin(&stored, |order, now| {
                order.begin_purchase(kind, offer.clone(), attempt, now, &profile)
            })
            .await?;
        let Some(order) = begun else { return Ok(true) };
        let purchase = Purchase {
            reference: order.reference(attempt),
            offer: order.offer.flight.clone(),
            passengers: order.passengers.clone(),
        };
        let outcome = match kind {
            PurchaseKind::Hold => self.flights.hold(&purchase).await,
            PurchaseKind::Instant => self.flights.order(&purchase).await,
        };
        self.record(&order, |order, now| order.record_purchase(attempt, outcome.clone(), now)).await
    }

    /// An earlier call has made something after all, though it was said not to be made.
    async fn take_surfaced(&self, stored: &Stored<Order>, made: &[SupplierOrder]) -> Result<bool> {
        let profile = self.flights.profile();
        self.step(stored, |order, now| order.purchase_surfaced(made, now, &profile)).await
    }

    async fn pay(&self, stored: Stored<Order>) -> Result<bool> {
        let OrderState::Held { booking, hold, .. } = &stored.value.state else { return Ok(false) };
        if stored.value.payment_unsettled() {
            let seen = match self.flights.look_up(&booking.order).await {
                Ok(seen) => seen,
                Err(error) => return self.postpone(&stored, &error.message).await,
            };
            if seen.as_ref().and_then(SupplierOrder::hold).is_none() {
                return self.take_sight_of_hold(&stored, seen.as_ref()).await;
            }
        }
        let asked = if hold.price_is_safe(self.now()) {
            booking.total
        } else {
            match self.flights.price(&booking.order).await {
                Ok(price) => price,
                Err(error) => return self.hold_in_doubt(&stored, &booking.order, error).await,
            }
        };
        if let Err(failure) = stored.value.check_payment(asked) {
            return self.step(&stored, |order, now| order.refuse_price(failure.clone(), now)).await;
        }
        let supplier_order = booking.order.clone();
        let attempt = AttemptId::new(self.now(), self.for_id());
        let profile = self.flights.profile();
        let begun = self
            .begin(&stored, |order, now| order.begin_payment(asked, attempt, now, &profile))
            .await?;
        let Some(order) = begun else { return Ok(true) };
        let reference = order.reference(attempt);
        let payment = Payment { reference, order: supplier_order, amount: asked };
        let outcome = self.flights.pay(&payment).await;
        self.record(&order, |order, now| order.record_payment(attempt, outcome.clone(), now)).await
    }

    /// Gives held seats back. The terms don't matter: nothing was paid.
    async fn release(&self, stored: Stored<Order>) -> Result<bool> {
        let supplier_order = stored.value.cancelable()?.clone();
        let quote = match self.flights.quote_cancellation(&supplier_order).await {
            Ok(quote) => quote,
            Err(error) => return self.hold_in_doubt(&stored, &supplier_order, error).await,
        };
        self.cancel_on(stored, |order| order.quoted(quote.clone())).await
    }

    /// Cancels what is booked on the terms a person agreed to.
    async fn cancel(&self, stored: Stored<Order>) -> Result<bool> {
        match stored.value.agreement_ended(self.now()) {
            Some(why) => {
                self.step(&stored, |order, now| Ok(order.cancellation_refused(&why, now))).await
            }
            None => self.cancel_on(stored, Ok).await,
        }
    }

    async fn cancel_on(
        &self,
        stored: Stored<Order>,
        prepare: impl Fn(Order) -> Result<Order> + Send + Sync,
    ) -> Result<bool> {
        let attempt = AttemptId::new(self.now(), self.for_id());
        let profile = self.flights.profile();
        let begun = self
            .begin(&stored, |order, now| prepare(order)?.begin_cancellation(attempt, now, &profile))
            .await?;
        let Some(order) = begun else { return Ok(true) };
        let OrderState::Canceling { quote, .. } = &order.state else { return Ok(true) };
        let outcome = self.flights.confirm_cancellation(&quote.quote).await;
        self.record(&order, |order, now| order.record_cancellation(attempt, outcome.clone(), now))
            .await
    }

    /// Commits an intent. None when somebody else was faster: then it is theirs to make the call.
    async fn begin(
        &self,
        stored: &Stored<Order>,
        change: impl Fn(Order, crate::time::Timestamp) -> Result<Order> + Send + Sync,
    ) -> Result<Option<Order>> {
        let now = self.now();
        let order = change(stored.value.clone(), now)?;
        match self.commit_order(stored, order.clone()).await {
            Ok(()) => Ok(Some(order)),
            Err(StoreError::Conflict { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Commits a step that calls nobody. Somebody who was faster has done something, too.
    pub(crate) async fn step(
        &self,
        stored: &Stored<Order>,
        change: impl Fn(Order, crate::time::Timestamp) -> Result<Order> + Send + Sync,
    ) -> Result<bool> {
        self.begin(stored, change).await.map(|_| true)
    }

    pub(crate) async fn postpone(&self, stored: &Stored<Order>, why: &str) -> Result<bool> {
        let profile = self.flights.profile();
        self.step(stored, |order, now| Ok(order.postponed(why, now, &profile))).await
    }

    /// The supplier doesn't answer for held seats: they may be gone.
    async fn hold_in_doubt(
        &self,
        stored: &Stored<Order>,
        supplier_order: &SupplierRef,
        error: SupplierError,
    ) -> Result<bool> {
        if matches!(error.kind, SupplierErrorKind::Unavailable | SupplierErrorKind::RateLimited) {
            return self.postpone(stored, &error.message).await;
        }
        let Ok(seen) = self.flights.look_up(supplier_order).await else {
            return self.postpone(stored, &error.message).await;
        };
        let profile = self.flights.profile();
        self.step(stored, |order, now| {
            Ok(order.hold_doubted(seen.as_ref(), &error.message, now, &profile))
        })
        .await
    }

    pub(crate) async fn take_sight_of_hold(
        &self,
        stored: &Stored<Order>,
        seen: Option<&SupplierOrder>,
    ) -> Result<bool> {
        let profile = self.flights.profile();
        self.step(stored, |order, now| Ok(order.hold_sighted(seen, now, &profile))).await
    }

    /// Commits the outcome of a call that was made; again and again, because it is the truth.
    async fn record(
        &self,
        order: &Order,
        change: impl Fn(Order, crate::time::Timestamp) -> Option<Order> + Send + Sync,
    ) -> Result<bool> {
        let mut last: Option<Error> = None;
        for _ in 0..RECORD_TRIES {
            let stored = found("order", self.store.order(order.organization, order.id).await?)?;
            let Some(after) = change(stored.value.clone(), self.now()) else { return Ok(true) };
            match self.commit_order(&stored, after).await {
                Ok(()) => return Ok(true),
                Err(error) => last = Some(error.into()),
            }
        }
        Err(last.unwrap_or_else(|| Error::not_found("order")))
    }

    async fn commit_order(&self, stored: &Stored<Order>, after: Order) -> Result<(), StoreError> {
        let call = Call::by(Actor::system(stored.value.organization));
        let mut work = Work::new(self, &call, self.now());
        self.settle(&mut work, stored, after).await.map_err(as_store_error)?;
        self.store.commit(work.commit).await
    }
}

/// A read on the way to a commit failed: to the caller that is a failed commit.
fn as_store_error(error: Error) -> StoreError {
    StoreError::Backend { message: error.to_string() }
}
