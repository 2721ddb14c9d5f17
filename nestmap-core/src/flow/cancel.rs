//! Canceling an order: a quote first, then its confirmation by a person.

use serde_json::json;

use super::{Call, found, home};
use crate::access::Permission;
use crate::error::Result;
use crate::id::OrderId;
use crate::nestmap::NestMap;
use crate::order::Order;
use crate::port::store::{Change, Stored, Version, Write};
use crate::shopping::SupplierRef;

impl NestMap {
    /// Asks the supplier what canceling would bring back, and keeps the answer. Cancels nothing.
    pub async fn quote_cancellation(&self, call: &Call, id: OrderId) -> Result<Stored<Order>> {
        self.write(call, "quote_cancellation", &id, |mut work| async move {
            let stored = self.order_for(call, id, Permission::TripWrite).await?;
            let quote = self.flights.quote_cancellation(stored.value.cancelable()?).await?;
            let facts = json!({ "refund": quote.refund, "expires_at": quote.expires_at });
            let quoted = stored.value.quoted(quote)?;
            let change = Change::Order(Write::Update(quoted, stored.version));
            work.record(change, "order.cancellation_quoted", facts);
            Ok((work, ()))
        })
        .await?;
        found("order", self.store.order(home(call), id).await?)
    }

    /// Agrees to the newest quote; the cancellation is made at the next tick, or as soon as the
    /// supplier can be asked. If it can't be made on these terms, the order needs a person.
    pub async fn confirm_cancellation(
        &self,
        call: &Call,
        id: OrderId,
        quote: &SupplierRef,
        expected: Option<Version>,
    ) -> Result<Stored<Order>> {
        self.write(call, "confirm_cancellation", &(id, quote), |mut work| async move {
            let stored = self.order_for(call, id, Permission::TripWrite).await?.expect(expected)?;
            let confirmed = stored.value.clone().confirm_quote(quote, work.now)?;
            let subject = crate::event::Subject::new(crate::event::SubjectKind::Order, id);
            let refund = stored.value.cancellation.quote().map(|quote| &quote.refund);
            work.note(subject, "order.cancellation_confirmed", json!({ "refund": refund }));
            self.settle(&mut work, &stored, confirmed).await?;
            Ok((work, ()))
        })
        .await?;
        found("order", self.store.order(home(call), id).await?)
    }
}
