//! What follows from an order that has moved on: money, the approval's deadline, the trip.

use serde_json::json;

use super::Work;
use crate::approval::Deadline;
use crate::error::Result;
use crate::id::{OrderId, OrganizationId, TransferId, TripId};
use crate::ledger::{Transfer, movements};
use crate::nestmap::NestMap;
use crate::order::{Clearance, Order, OrderState};
use crate::port::store::{Change, Stored, Write};
use crate::trip::{Trip, TripState};

/// The orders of a trip, to be changed together.
pub(crate) struct Orders(Vec<Stored<Order>>);

impl Orders {
    pub(crate) async fn of(
        nestmap: &NestMap,
        organization: OrganizationId,
        trip: TripId,
    ) -> Result<Self> {
        Ok(Self(nestmap.store.orders_of_trip(organization, trip).await?))
    }

    /// Lets every waiting order be paid, up to what consent was asked for.
    pub(crate) fn clear_waiting(&self, work: &mut Work<'_>) -> Result<()> {
        for stored in self.waiting() {
            let cleared = stored.value.clone().clear(work.now)?;
            let facts = json!({ "ceiling": cleared.clearance.ceiling() });
            work.record(
                Change::Order(Write::Update(cleared, stored.version)),
                "order.cleared",
                facts,
            );
        }
        Ok(())
    }

    /// Takes every waiting order back; answers which.
    pub(crate) fn withdraw_waiting(&self, work: &mut Work<'_>) -> Result<Vec<OrderId>> {
        let waiting: Vec<_> = self.waiting().collect();
        withdraw(work, &waiting)?;
        Ok(waiting.iter().map(|stored| stored.value.id).collect())
    }

    /// Takes every order back that isn't over; refuses when one is booked or busy.
    pub(crate) fn withdraw_all(&self, work: &mut Work<'_>) -> Result<()> {
        let open: Vec<_> = self.0.iter().filter(|stored| !stored.value.is_over()).collect();
        withdraw(work, &open)
    }

    fn waiting(&self) -> impl Iterator<Item = &Stored<Order>> {
        let waits = |order: &Order| matches!(order.clearance, Clearance::Waiting { .. });
        self.0.iter().filter(move |stored| waits(&stored.value) && !stored.value.is_over())
    }
}

fn withdraw(work: &mut Work<'_>, orders: &[&Stored<Order>]) -> Result<()> {
    for stored in orders {
        let withdrawn = stored.value.clone().withdraw(work.now)?;
        let change = Change::Order(Write::Update(withdrawn, stored.version));
        work.record(change, "order.withdrawn", json!({}));
    }
    Ok(())
}

impl NestMap {
    /// Records an order that has moved on, with everything that follows from it.
    pub(crate) async fn settle(
        &self,
        work: &mut Work<'_>,
        before: &Stored<Order>,
        after: Order,
    ) -> Result<()> {
        for movement in movements(&before.value, &after) {
            let id = TransferId::new(work.now, self.for_id());
            work.commit.transfers.push(Transfer::of(id, &after, movement, work.now));
        }
        self.tighten_approval(work, &before.value, &after).await?;
        if after.is_lost() && !before.value.is_lost() {
            self.reopen_trip(work, &after).await?;
        }
        let action = format!("order.{}", after.state_name());
        let facts = facts(&after);
        work.record(Change::Order(Write::Update(after, before.version)), &action, facts);
        Ok(())
    }

    /// Seats that were just held bind the approval to what the hold really allows.
    async fn tighten_approval(
        &self,
        work: &mut Work<'_>,
        before: &Order,
        after: &Order,
    ) -> Result<()> {
        let (OrderState::Held { hold, .. }, Clearance::Waiting { .. }) =
            (&after.state, &after.clearance)
        else {
            return Ok(());
        };
        let known =
            matches!(before.state, OrderState::Held { hold: earlier, .. } if earlier == *hold);
        let Some(deadline) = Deadline::of_hold(*hold).filter(|_| !known) else { return Ok(()) };
        let Some(trip) = self.store.trip(after.organization, after.trip).await? else {
            return Ok(());
        };
        let Some(id) = trip.value.approval() else { return Ok(()) };
        let Some(stored) = self.store.approval(after.organization, id).await? else {
            return Ok(());
        };
        let tightened = stored.value.clone().tighten(deadline);
        if tightened != stored.value {
            let facts = json!({ "deadline": tightened.deadline });
            let change = Change::Approval(Write::Update(tightened, stored.version));
            work.record(change, "approval.tightened", facts);
        }
        Ok(())
    }

    /// A trip that lost an order becomes a draft again: somebody has to choose anew. A draft that
    /// loses one more forgets that one, too; its version keeps it from being handed in meanwhile.
    async fn reopen_trip(&self, work: &mut Work<'_>, lost: &Order) -> Result<()> {
        let Some(stored) = self.store.trip(lost.organization, lost.trip).await? else {
            return Ok(());
        };
        let waits = matches!(stored.value.state, TripState::Submitted { .. });
        if matches!(stored.value.state, TripState::Canceled { .. })
            || !holds(&stored.value, lost.id)
        {
            return Ok(());
        }
        let mut gone = vec![lost.id];
        if waits {
            self.withdraw_approval(work, &stored.value, "an order of the trip was lost").await?;
            let others = Orders::of(self, lost.organization, lost.trip).await?;
            let others = Orders(others.0.into_iter().filter(|o| o.value.id != lost.id).collect());
            gone.extend(others.withdraw_waiting(work)?);
        }
        let why = loss(lost);
        let reopened = stored.value.reopen(&why, &gone, work.now)?;
        let facts = json!({ "order": lost.id, "why": why });
        work.record(Change::Trip(Write::Update(reopened, stored.version)), "trip.reopened", facts);
        Ok(())
    }
}

fn holds(trip: &Trip, order: OrderId) -> bool {
    trip.items.iter().any(|item| item.order == Some(order))
}

fn loss(order: &Order) -> String {
    match &order.state {
        OrderState::Failed { failure, .. } => failure.to_string(),
        OrderState::Lapsed { .. } => "the held seats weren't paid in time".into(),
        OrderState::Held { trouble: Some(trouble), .. } => trouble.what.clone(),
        OrderState::Canceled { .. } => "the supplier canceled the order".into(),
        _ => "the order was withdrawn".into(),
    }
}

/// What the audit log and receivers of events learn of an order; no personal data.
fn facts(order: &Order) -> serde_json::Value {
    let booking = order.booking();
    let attempt = order.attempt();
    let (paid, refund) = match &order.state {
        OrderState::Canceled { paid, refund, .. } => (Some(paid), Some(refund)),
        _ => (None, None),
    };
    json!({
        "trip": order.trip,
        "supplier_order": booking.map(|booking| &booking.order),
        "booking_reference": booking.and_then(|booking| booking.booking_reference.as_ref()),
        "total": booking.map(|booking| booking.total),
        "paid": paid,
        "refund": refund,
        "attempt": attempt.map(|attempt| attempt.id),
        "phase": attempt.map(|attempt| &attempt.phase),
        "needs_person": order.needs_person_since().is_some(),
        "trouble": order.trouble(),
    })
}
