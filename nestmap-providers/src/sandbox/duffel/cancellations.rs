//! Cancellations, first quoted and then confirmed: `/air/order_cancellations`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::amounts::Currency;
use super::call::{Call, Reply};
use super::credits::{self, AirlineCredit};
use super::errors::{Findings, Refusal};
use super::fares::Term;
use super::magic::Magic;
use super::orders::Order;
use super::paging::page_of_json;
use super::world::{World, instant};

/// A quote; with `confirmed_at` a cancellation.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Cancellation {
    id: String,
    pub(super) order_id: String,
    created_at: Timestamp,
    expires_at: Timestamp,
    confirmed_at: Option<Timestamp>,
    /// Minor units; none while the airline hasn't said.
    refund: Option<i64>,
    refund_to: String,
    airline_credits: Vec<Value>,
}

const QUOTE_LIVES: SignedDuration = SignedDuration::from_hours(1);

impl Cancellation {
    pub(super) fn json(&self, currency: Currency) -> Value {
        json!({
            "id": self.id,
            "order_id": self.order_id,
            "live_mode": false,
            "created_at": instant(self.created_at),
            "expires_at": instant(self.expires_at),
            "confirmed_at": self.confirmed_at.map(instant),
            "refund_amount": self.refund.map(|refund| currency.text(refund)),
            "refund_currency": self.refund.map(|_| currency.code),
            "refund_to": self.refund_to,
            "airline_credits": self.airline_credits,
        })
    }
}

/// What comes back, in minor units; none where the airline decides later.
fn refund(order: &Order, now: Timestamp) -> Option<i64> {
    let total = order.price.total();
    let voidable = order.void_until.is_some_and(|until| now < until);
    if order.paid_at.is_none() {
        return Some(0);
    }
    // The real test airline refunds in full whatever its conditions say.
    if voidable || order.owner == "ZZ" || order.magic() == Some(Magic::RefundAsCredits) {
        return Some(total);
    }
    match order.refund {
        Term::Unknown => None,
        Term::NotAllowed => Some(0),
        Term::Free => Some(total),
        Term::Fee(_) => Some((total - order.refund_fee).max(0)),
    }
}

fn refund_to(order: &Order) -> &str {
    match (order.paid_at, order.magic(), order.paid_with.as_deref()) {
        (None, _, _) => "awaiting_payment",
        (_, Some(Magic::RefundAsCredits), _) | (_, _, Some("airline_credit")) => "airline_credits",
        (_, _, paid_with) => paid_with.unwrap_or("balance"),
    }
}

fn check_cancellable(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    if order.cancelled_at.is_some() {
        return Err(Refusal::state("already_cancelled", "The order has already been cancelled"));
    }
    if !order.available_actions(now).contains(&"cancel") {
        let message = "The order can't be cancelled through the API";
        return Err(Refusal::state("order_not_cancellable", message));
    }
    Ok(())
}

/// `POST /air/order_cancellations`: a quote, which cancels nothing.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut findings = Findings::default();
    let order_id = findings.text(&call.data, "order_id", "").unwrap_or_default();
    findings.into_result()?;
    let order =
        world.orders.get(order_id).cloned().ok_or_else(|| {
            Refusal::field("not_found", "/order_id", "Linked record(s) not found")
        })?;
    check_cancellable(&order, call.now)?;
    let quote = Cancellation {
        id: world.id("ore", call.now),
        order_id: order.id.clone(),
        created_at: call.now,
        expires_at: call.now + QUOTE_LIVES,
        confirmed_at: None,
        refund: refund(&order, call.now),
        refund_to: refund_to(&order).to_owned(),
        airline_credits: Vec::new(),
    };
    world.cancellations.put(&quote.id, quote.clone());
    Ok(Reply::created(quote.json(world.currency)))
}

/// `POST /air/order_cancellations/{id}/actions/confirm`
pub(super) fn confirm(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut quote = world.cancellations.get(call.id()).cloned().ok_or_else(Refusal::not_found)?;
    let order = world.orders.get(&quote.order_id).cloned().ok_or_else(Refusal::not_found)?;
    check_cancellable(&order, call.now)?;
    let mut quotes = world.cancellations.rows().rev();
    let is_newest =
        quotes.find(|row| row.order_id == order.id).is_some_and(|row| row.id == quote.id);
    drop(quotes);
    // A payment after the quote changes what comes back.
    let outdated = quote.refund != refund(&order, call.now) || quote.refund_to != refund_to(&order);
    if !is_newest || call.now >= quote.expires_at || outdated {
        let message = "Only the newest cancellation of an order can be confirmed, while it is \
                       valid. Please create a new one.";
        return Err(Refusal::state("order_cancellation_stale", message));
    }

    quote.confirmed_at = Some(call.now);
    if quote.refund_to == "airline_credits" {
        quote.airline_credits = issue_credits(world, &order, quote.refund.unwrap_or(0), call.now);
    }
    world.cancellations.put(&quote.id, quote.clone());
    let row = world.orders.edit(&order.id).expect("the order was just read");
    row.cancelled_at = Some(call.now);
    row.cancellation = Some(quote.id.clone());
    Ok(Reply::ok(quote.json(world.currency)))
}

/// Splits the refund into one credit for each seated passenger.
fn issue_credits(world: &mut World, order: &Order, refund: i64, now: Timestamp) -> Vec<Value> {
    let seated: Vec<&Value> = order
        .passengers
        .iter()
        .filter(|passenger| passenger["type"] != "infant_without_seat")
        .collect();
    let count = i64::try_from(seated.len()).expect("a few passengers").max(1);
    let mut rows = Vec::new();
    for (index, passenger) in seated.into_iter().enumerate() {
        let extra = if index == 0 { refund % count } else { 0 };
        let amount = (refund / count + extra, world.currency);
        let id = world.id("acd", now);
        let credit = AirlineCredit::refund(id, &order.owner, passenger, &order.id, amount, now);
        rows.push(credit.refund_json(world.currency));
        credits::put(world, credit, now);
    }
    rows
}

/// `GET /air/order_cancellations?order_id=`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let order_id = call.query.get("order_id");
    let rows: Vec<Value> = world
        .cancellations
        .rows()
        .rev()
        .filter(|row| order_id.is_none_or(|wanted| row.order_id == wanted))
        .map(|row| row.json(world.currency))
        .collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `GET /air/order_cancellations/{id}`
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let row = world.cancellations.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(row.json(world.currency)))
}
