//! Finding out what became of a call whose answer is missing; never making it again.

use serde_json::json;

use super::{Call, found, home};
use crate::access::{Actor, Permission};
use crate::error::Result;
use crate::id::OrderId;
use crate::nestmap::NestMap;
use crate::order::{AttemptPhase, Order, OrderState};
use crate::port::flights::{AttemptReference, SupplierError, SupplierOrder};
use crate::port::store::{Change, Stored, Version, Write};

impl NestMap {
    pub(crate) async fn reconcile(&self, stored: Stored<Order>) -> Result<bool> {
        let profile = self.flights.profile();
        let seen = match &stored.value.state {
            OrderState::Purchasing { .. } => self.find_purchase(&stored.value).await,
            _ => self.look_at(&stored.value).await.map(|seen| seen.into_iter().collect()),
        };
        let seen = match seen {
            Ok(seen) => seen,
            Err(error) => return self.postpone(&stored, &error.message).await,
        };
        self.step(&stored, |order, now| {
            Ok(match order.state {
                OrderState::Purchasing { .. } => order.purchase_sighted(&seen, now, &profile),
                OrderState::Paying { .. } => order.payment_sighted(seen.first(), now, &profile),
                OrderState::Canceling { .. } => {
                    order.cancellation_sighted(seen.first(), now, &profile)
                }
                _ => order,
            })
        })
        .await
    }

    /// Everything the supplier has for the open purchase.
    async fn find_purchase(&self, order: &Order) -> Result<Vec<SupplierOrder>, SupplierError> {
        let Some(attempt) = order.attempt() else { return Ok(Vec::new()) };
        if let AttemptPhase::Accepted { order: Some(named) } = &attempt.phase
            && let Some(seen) = self.flights.look_up(named).await?
        {
            return Ok(vec![seen]);
        }
        self.find_made(order).await
    }

    /// Everything the supplier has made for the order, whichever attempt it was.
    pub(crate) async fn find_made(
        &self,
        order: &Order,
    ) -> Result<Vec<SupplierOrder>, SupplierError> {
        self.flights.find(&order.order_reference(), &order.offer.flight.supplier).await
    }

    async fn look_at(&self, order: &Order) -> Result<Option<SupplierOrder>, SupplierError> {
        match order.booking() {
            Some(booking) => self.flights.look_up(&booking.order).await,
            None => Ok(None),
        }
    }

    pub(crate) async fn check_hold(&self, stored: Stored<Order>) -> Result<bool> {
        match self.look_at(&stored.value).await {
            Ok(seen) => self.take_sight_of_hold(&stored, seen.as_ref()).await,
            Err(error) => self.postpone(&stored, &error.message).await,
        }
    }

    pub(crate) async fn check_tickets(&self, stored: Stored<Order>) -> Result<bool> {
        match self.look_at(&stored.value).await {
            Ok(seen) => {
                self.step(&stored, |order, now| Ok(order.booking_sighted(seen.as_ref(), now))).await
            }
            Err(error) => self.postpone(&stored, &error.message).await,
        }
    }

    /// Looks once more for what was taken for absent.
    pub(crate) async fn watch(&self, stored: Stored<Order>) -> Result<bool> {
        let seen = match stored.value.state {
            OrderState::Lapsed { .. } => {
                self.look_at(&stored.value).await.map(|seen| seen.into_iter().collect())
            }
            _ => self.find_made(&stored.value).await,
        };
        match seen {
            Ok(seen) => self.step(&stored, |order, now| Ok(order.watched(&seen, now))).await,
            Err(error) => self.postpone(&stored, &error.message).await,
        }
    }

    /// The supplier hinted at news about an order: it is looked up at the next tick. A hint is
    /// never taken as truth, so a forged or repeated one does no harm. Unknown orders are ignored.
    pub async fn hint(&self, reference: &AttemptReference) -> Result<()> {
        let call = Call::by(Actor::system(reference.organization));
        let id = reference.order;
        self.write(&call, "hint", &id, |mut work| async move {
            if let Some(stored) = self.store.order(reference.organization, id).await? {
                let nudged = stored.value.clone().nudged(work.now);
                if nudged != stored.value {
                    work.change(Change::Order(Write::Update(nudged, stored.version)));
                }
            }
            Ok((work, ()))
        })
        .await
    }

    /// A person found out that the supplier never did what the open attempt asked for.
    pub async fn declare_absent(
        &self,
        call: &Call,
        id: OrderId,
        expected: Option<Version>,
    ) -> Result<Stored<Order>> {
        let by = call.actor.need_person()?;
        self.write(call, "declare_absent", &id, |mut work| async move {
            let stored =
                self.order_for(call, id, Permission::OrderResolve).await?.expect(expected)?;
            let after = stored.value.clone().declare_absent(by, work.now)?;
            let facts = json!({ "attempt": stored.value.attempt().map(|attempt| attempt.id) });
            let subject = crate::event::Subject::new(crate::event::SubjectKind::Order, id);
            work.note(subject, "order.declared_absent", facts);
            self.settle(&mut work, &stored, after).await?;
            Ok((work, ()))
        })
        .await?;
        found("order", self.store.order(home(call), id).await?)
    }
}
