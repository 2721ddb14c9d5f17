//! Orders: what was bought, what canceling brings back, and what a person must find out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nestmap_core::Money;
use nestmap_core::id::{AttemptId, ItemId, OrderId, PersonId, TripId};
use nestmap_core::order::{
    AttemptPhase, Booking, Cancellation, Clearance, Hold, Order, OrderState, Paid, PastAttempt,
    Refund,
};
use nestmap_core::port::flights::CancellationQuote;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::shopping::{Offer, SupplierRef};
use nestmap_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Versioned;
use crate::app::App;
use crate::extract::{Body, Caller, Expected, Id, Writer};
use crate::openapi::values as schema;
use crate::problem::Answer;

/// Something bought, or to be bought. Who travels is told by id alone.
#[derive(Serialize, ToSchema)]
pub(super) struct OrderBody {
    #[schema(value_type = schema::OrderId)]
    id: OrderId,
    version: Version,
    #[schema(value_type = schema::TripId)]
    trip: TripId,
    /// The item of the trip that it buys.
    #[schema(value_type = schema::ItemId)]
    item: ItemId,
    /// `planned`, `purchasing`, `held`, `paying`, `booked`, `canceling`, `canceled`, `failed` or
    /// `lapsed`.
    state: &'static str,
    /// Whether it may be paid: `waiting`, `cleared` or `withdrawn`.
    clearance: &'static str,
    /// The most that may be paid, once it may be.
    #[schema(required, value_type = Option<schema::Money>)]
    ceiling: Option<Money>,
    #[schema(value_type = schema::Offer)]
    offer: Offer,
    /// In the order of the offer's passengers.
    #[schema(value_type = Vec<schema::PersonId>)]
    travelers: Vec<PersonId>,
    /// What the supplier booked.
    #[schema(required, value_type = Option<schema::Booking>)]
    booking: Option<Booking>,
    /// Until when seats are held.
    #[schema(required, value_type = Option<schema::Hold>)]
    hold: Option<Hold>,
    #[schema(required, value_type = Option<schema::Money>)]
    paid: Option<Money>,
    /// Whether it was canceled at the supplier, and nobody knows what had been paid for it: then
    /// the ledger has neither payment nor refund.
    paid_unknown: bool,
    #[schema(required, value_type = Option<schema::Refund>)]
    refund: Option<Refund>,
    /// Why nothing was bought, for people.
    #[schema(required)]
    failure: Option<String>,
    /// The call to the supplier whose outcome isn't known yet.
    #[schema(required)]
    attempt: Option<AttemptBody>,
    /// Calls whose outcome is known, oldest first.
    #[schema(value_type = Vec<schema::PastAttempt>)]
    attempts: Vec<PastAttempt>,
    /// The newest cancellation quote.
    #[schema(required, value_type = Option<schema::CancellationQuote>)]
    quote: Option<CancellationQuote>,
    /// Since when its cancellation on these terms is agreed to.
    #[schema(required, value_type = Option<schema::Timestamp>)]
    agreed_at: Option<Timestamp>,
    /// Since when a person has to look at the order: the outcome of a call isn't found out, or a
    /// cancellation that was agreed to can't be made.
    #[schema(required, value_type = Option<schema::Timestamp>)]
    needs_person_since: Option<Timestamp>,
    /// Why the last call to the supplier didn't succeed, for people.
    #[schema(required)]
    trouble: Option<String>,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
}

/// A call to the supplier whose outcome isn't known yet. It is looked up, never made again.
#[derive(Serialize, ToSchema)]
pub(super) struct AttemptBody {
    #[schema(value_type = schema::AttemptId)]
    id: AttemptId,
    #[schema(value_type = schema::Timestamp)]
    started_at: Timestamp,
    /// `dispatching`, `accepted` or `unknown`.
    phase: &'static str,
    /// When it is looked up next.
    #[schema(value_type = schema::Timestamp)]
    next_look_at: Timestamp,
    /// Since when a person has to find out.
    #[schema(required, value_type = Option<schema::Timestamp>)]
    needs_person_since: Option<Timestamp>,
}

/// Orders a person has to look at.
#[derive(Serialize, ToSchema)]
pub(super) struct OrdersBody {
    /// Oldest first.
    items: Vec<OrderBody>,
}

/// What is agreed to.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConfirmationBody {
    /// `quote.quote` of the order as it was read.
    #[schema(value_type = schema::SupplierRef)]
    quote: QuoteBody,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuoteBody {
    supplier: String,
    id: String,
}

impl OrderBody {
    pub(super) fn of(Stored { value: order, version }: Stored<Order>) -> Self {
        let (clearance, ceiling) = match order.clearance {
            Clearance::Waiting { .. } => ("waiting", None),
            Clearance::Cleared { ceiling, .. } => ("cleared", Some(ceiling)),
            Clearance::Withdrawn { .. } => ("withdrawn", None),
        };
        let agreed_at = match order.cancellation {
            Cancellation::Agreed { at, .. } => Some(at),
            _ => None,
        };
        let needs_person_since = order.needs_person_since();
        let trouble = order.trouble().map(str::to_owned);
        let facts = Facts::of(&order);
        Self {
            id: order.id,
            version,
            trip: order.trip,
            item: order.item,
            state: order.state_name(),
            clearance,
            ceiling,
            travelers: order.passengers.iter().map(|passenger| passenger.person).collect(),
            booking: order.booking().cloned(),
            hold: facts.hold,
            paid: facts.paid,
            paid_unknown: facts.paid_unknown,
            refund: facts.refund,
            failure: facts.failure,
            attempt: AttemptBody::of(&order),
            offer: order.offer,
            attempts: order.past,
            quote: order.cancellation.quote().cloned(),
            agreed_at,
            needs_person_since,
            trouble,
            created_at: order.created_at,
        }
    }

    fn versioned(stored: Stored<Order>) -> Versioned<Self> {
        Versioned(stored.version, Self::of(stored))
    }
}

/// What only some states know.
#[derive(Default)]
struct Facts {
    hold: Option<Hold>,
    paid: Option<Money>,
    paid_unknown: bool,
    refund: Option<Refund>,
    failure: Option<String>,
}

impl Facts {
    fn of(order: &Order) -> Self {
        match &order.state {
            OrderState::Held { hold, .. } | OrderState::Paying { hold, .. } => {
                Self { hold: Some(*hold), ..Self::default() }
            }
            OrderState::Booked { paid, .. } => Self { paid: Some(*paid), ..Self::default() },
            OrderState::Canceled { paid, refund, .. } => Self {
                paid: paid.amount(),
                paid_unknown: *paid == Paid::Unknown,
                refund: Some(refund.clone()),
                ..Self::default()
            },
            OrderState::Failed { failure, .. } => {
                Self { failure: Some(failure.to_string()), ..Self::default() }
            }
            OrderState::Planned { .. }
            | OrderState::Purchasing { .. }
            | OrderState::Canceling { .. }
            | OrderState::Lapsed { .. } => Self::default(),
        }
    }
}

impl AttemptBody {
    fn of(order: &Order) -> Option<Self> {
        let attempt = order.attempt()?;
        let phase = match attempt.phase {
            AttemptPhase::Dispatching => "dispatching",
            AttemptPhase::Accepted { .. } => "accepted",
            AttemptPhase::Unknown { .. } => "unknown",
        };
        Some(Self {
            id: attempt.id,
            started_at: attempt.started_at,
            phase,
            next_look_at: attempt.due_at,
            needs_person_since: attempt.needs_person_since,
        })
    }
}

/// See an order
#[utoipa::path(
    get, path = "/orders/{order}", tag = "orders",
    params(("order" = String, Path)),
    responses((status = 200, description = "The order.", body = OrderBody)),
)]
pub(super) async fn order(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(order): Id<OrderId>,
) -> Answer<Versioned<OrderBody>> {
    Ok(OrderBody::versioned(app.nestmap().order(&call, order).await?))
}

/// List orders a person has to look at
///
/// Their outcome at the supplier is unknown, and looking it up has found nothing for long; or a
/// cancellation that was agreed to can't be made, as `trouble` says.
#[utoipa::path(
    get, path = "/orders/needing-person", tag = "orders",
    responses((status = 200, description = "At most 100.", body = OrdersBody)),
)]
pub(super) async fn orders_needing_person(
    State(app): State<App>,
    Caller { call, .. }: Caller,
) -> Answer<Json<OrdersBody>> {
    let orders = app.nestmap().orders_needing_person(&call).await?;
    Ok(Json(OrdersBody { items: orders.into_iter().map(OrderBody::of).collect() }))
}

/// Ask what canceling would bring back
///
/// Cancels nothing. The newest quote is in the answer.
#[utoipa::path(
    post, path = "/orders/{order}/cancellation-quotes", tag = "orders",
    params(("order" = String, Path)),
    responses((status = 201, description = "Quoted.", body = OrderBody)),
)]
pub(super) async fn quote_cancellation(
    State(app): State<App>,
    Writer(call): Writer,
    Id(order): Id<OrderId>,
) -> Answer<(StatusCode, Versioned<OrderBody>)> {
    let quoted = app.nestmap().quote_cancellation(&call, order).await?;
    Ok((StatusCode::CREATED, OrderBody::versioned(quoted)))
}

/// Cancel on quoted terms
///
/// A worker asks the supplier, again and again on these terms while it can't be asked. The order
/// tells how that went: it is canceled, or `needs_person_since` and `trouble` say why it isn't.
#[utoipa::path(
    post, path = "/orders/{order}/cancellation", tag = "orders",
    params(("order" = String, Path)),
    request_body = ConfirmationBody,
    responses((status = 202, description = "Agreed.", body = OrderBody)),
)]
pub(super) async fn confirm_cancellation(
    State(app): State<App>,
    Writer(call): Writer,
    Id(order): Id<OrderId>,
    Expected(version): Expected,
    Body(body): Body<ConfirmationBody>,
) -> Answer<(StatusCode, Versioned<OrderBody>)> {
    let QuoteBody { supplier, id } = body.quote;
    let quote = SupplierRef { supplier, id };
    let agreed = app.nestmap().confirm_cancellation(&call, order, &quote, version).await?;
    Ok((StatusCode::ACCEPTED, OrderBody::versioned(agreed)))
}

/// Declare that the supplier has no such order
///
/// For a person who found out by other means. The order fails, and is watched for a while in case
/// it shows after all.
#[utoipa::path(
    post, path = "/orders/{order}/declare-absent", tag = "orders",
    params(("order" = String, Path)),
    responses((status = 200, description = "Declared.", body = OrderBody)),
)]
pub(super) async fn declare_absent(
    State(app): State<App>,
    Writer(call): Writer,
    Id(order): Id<OrderId>,
    Expected(version): Expected,
) -> Answer<Versioned<OrderBody>> {
    Ok(OrderBody::versioned(app.nestmap().declare_absent(&call, order, version).await?))
}

#[cfg(test)]
mod tests {
    use nestmap_core::id::OrganizationId;
    use nestmap_core::testing::store_suite::fixture::{Fixture, eur};
    use serde_json::json;

    use super::*;

    #[test]
    fn a_payment_nobody_knows_of_is_told_from_none() {
        let now = Fixture::now();
        let fixture = Fixture::new(OrganizationId::new(now, [1; 10]));
        let trip = fixture.trip(fixture.person().id);
        let shown = |paid| {
            let (booking, refund) = (fixture.booking("ord_1"), Refund::unknown());
            let state = OrderState::Canceled { booking, paid, refund, at: now };
            let value = Order { state, ..fixture.order(&trip) };
            let body = json!(OrderBody::of(Stored { value, version: 1 }));
            (body["paid"].clone(), body["paid_unknown"].clone())
        };
        assert_eq!(shown(Paid::Nothing), (json!(null), json!(false)));
        assert_eq!(shown(Paid::Unknown), (json!(null), json!(true)));
        let paid = json!({ "amount": "12.50", "currency": "EUR" });
        assert_eq!(shown(Paid::Amount(eur("12.50"))), (paid, json!(false)));
    }
}
