//! Payments: `/air/payments`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::amounts::Currency;
use super::call::{Call, Reply};
use super::credits::CreditOutcome;
use super::errors::{Findings, Refusal};
use super::magic::Magic;
use super::orders::Order;
use super::paging::page_of_json;
use super::world::{World, instant};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Payment {
    pub(super) id: String,
    pub(super) order_id: String,
    created_at: Timestamp,
    kind: String,
    amount: i64,
    pub(super) status: Status,
    credit_id: Option<String>,
    /// When a pending payment is decided, and how.
    decided: Option<(Timestamp, CreditOutcome)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Pending,
    Succeeded,
    Failed,
    Cancelled,
}

const SLOW_PAYMENT: SignedDuration = SignedDuration::from_secs(30);

impl Payment {
    /// A payment that went through with the order.
    pub(super) fn done(id: String, order: &Order, kind: &str, now: Timestamp) -> Self {
        Self {
            id,
            order_id: order.id.clone(),
            created_at: now,
            kind: kind.to_owned(),
            amount: order.price.total(),
            status: Status::Succeeded,
            credit_id: None,
            decided: None,
        }
    }

    pub(super) fn amount(&self) -> i64 {
        self.amount
    }

    fn json(&self, currency: Currency) -> Value {
        json!({
            "id": self.id,
            "order_id": self.order_id,
            "live_mode": false,
            "created_at": instant(self.created_at),
            "type": self.kind,
            "amount": currency.text(self.amount),
            "currency": currency.code,
            "status": self.status,
            "failure_reason": (self.status == Status::Failed).then_some("airline_credit_declined"),
            "airline_credit_id": self.credit_id,
        })
    }
}

pub(super) fn insufficient_balance() -> Refusal {
    let message = "Your balance is not high enough to pay for this order";
    Refusal::state("insufficient_balance", message)
}

/// Checks type, amount and currency of a payment against what is due; returns its type.
pub(super) fn check(
    payment: &Value,
    due: i64,
    currency: Currency,
    path: &str,
) -> Result<String, Refusal> {
    let mut findings = Findings::default();
    let kind = findings.text(payment, "type", path).map(str::to_owned);
    let amount = findings.text(payment, "amount", path);
    let code = findings.text(payment, "currency", path);
    match kind.as_deref() {
        None | Some("balance" | "arc_bsp_cash" | "airline_credit") => {}
        Some("card") => {
            let has = |key: &str| payment[key].is_string();
            if !has("three_d_secure_session_id") && !has("card_id") {
                let pointer = format!("{path}/three_d_secure_session_id");
                let message = "The 3-D Secure session was not found";
                findings.add("three_d_secure_session_not_found", &pointer, message);
            }
        }
        Some(_) => {
            let message = "Field 'type' must be balance, card, airline_credit or arc_bsp_cash";
            findings.add("validation_inclusion", &format!("{path}/type"), message);
        }
    }
    findings.into_result()?;

    if code != Some(currency.code) {
        let message = format!("The order must be paid in {}", currency.code);
        return Err(Refusal::state("payment_currency_does_not_match_order_currency", &message));
    }
    if amount.and_then(|amount| currency.parse(amount)) != Some(due) {
        let message = format!("The amount due is {} {}", currency.text(due), currency.code);
        return Err(Refusal::state("payment_amount_does_not_match_order_amount", &message));
    }
    Ok(kind.unwrap_or_default())
}

/// `POST /air/payments`
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut findings = Findings::default();
    let order_id = findings.text(&call.data, "order_id", "").unwrap_or_default().to_owned();
    if !call.data["payment"].is_object() {
        findings.required("/payment");
    }
    findings.into_result()?;
    let order =
        world.orders.get(&order_id).cloned().ok_or_else(|| {
            Refusal::field("not_found", "/order_id", "Linked record(s) not found")
        })?;
    let order = with_current_price(world, call, order)?;
    let payment = &call.data["payment"];
    let kind = check(payment, order.price.total(), world.currency, "/payment")?;
    if order.magic() == Some(Magic::InsufficientBalance) {
        return Err(insufficient_balance());
    }
    pay(world, call, order, &kind)
}

/// Refuses orders that can't be paid and brings the price up to date.
fn with_current_price(world: &mut World, call: &Call, order: Order) -> Result<Order, Refusal> {
    let refused = |code: &str, message: &str| Err(Refusal::state(code, message));
    if order.cancelled_at.is_some() {
        return refused("already_cancelled", "The order has been cancelled");
    }
    if !order.is_hold {
        let message = "Only hold orders are paid for separately";
        return refused("order_type_not_eligible_for_payment", message);
    }
    if order.paid_at.is_some() || order.paying {
        return refused("already_paid", "The order has already been paid for");
    }
    if order.has_lapsed(call.now) {
        let message = "The time to pay for this order has passed";
        return refused("past_payment_required_by_date", message);
    }
    let (seed, rise) = (world.seed, world.twist_amount(call).unwrap_or(0));
    let row = world.orders.edit(&order.id).expect("the order was just read");
    row.follow_market(seed, call.now);
    row.price.base += rise;
    Ok(row.clone())
}

fn pay(world: &mut World, call: &Call, order: Order, kind: &str) -> Result<Reply, Refusal> {
    let decided = match kind {
        "airline_credit" => Some(credit_decision(world, call)?),
        _ if order.magic() == Some(Magic::DetailLater) || call.twist.detail_later.is_some() => {
            let seconds = call
                .twist
                .detail_later
                .map_or(SLOW_PAYMENT, |seconds| SignedDuration::from_secs(seconds.into()));
            Some((call.now + seconds, CreditOutcome::Succeeds))
        }
        _ => None,
    };
    let id = world.id("pay", call.now);
    let mut payment = Payment::done(id, &order, kind, call.now);
    payment.credit_id = call.data["payment"]["airline_credit_id"].as_str().map(str::to_owned);
    payment.decided = decided;
    if decided.is_some() {
        payment.status = Status::Pending;
    }
    let row = world.orders.edit(&order.id).expect("the order was just read");
    row.paid_with = Some(kind.to_owned());
    match decided {
        Some(_) => row.paying = true,
        None => row.paid_at = Some(call.now),
    }
    world.payments.put(&payment.id, payment.clone());
    announce(world, &payment, "payment.created", call.now);
    if decided.is_some() && kind == "airline_credit" {
        announce(world, &payment, "air.payment.pending", call.now);
    }
    let data = payment.json(world.currency);
    let later = decided.is_some() && kind != "airline_credit";
    Ok(if later { Reply::ok(data) } else { Reply::created(data) })
}

fn credit_decision(world: &World, call: &Call) -> Result<(Timestamp, CreditOutcome), Refusal> {
    let id = call.data["payment"]["airline_credit_id"].as_str().unwrap_or_default();
    let credit = world.credits.get(id).filter(|credit| credit.is_usable()).ok_or_else(|| {
        let message = "The airline credit can't be used for this order";
        Refusal::field("ineligible_airline_credit", "/payment/airline_credit_id", message)
    })?;
    Ok((call.now + SLOW_PAYMENT, credit.outcome()))
}

fn announce(world: &mut World, payment: &Payment, kind: &str, now: Timestamp) {
    let object = json!({ "id": payment.id, "order_id": payment.order_id });
    world.emit(kind, object, &payment.id, now);
}

/// Decides the pending payments whose time has come.
pub(super) fn settle(world: &mut World, now: Timestamp) {
    let due: Vec<Payment> = world
        .payments
        .rows()
        .filter(|row| row.status == Status::Pending)
        .filter(|row| row.decided.is_some_and(|(at, _)| at <= now))
        .cloned()
        .collect();
    for mut payment in due {
        let (at, outcome) = payment.decided.take().expect("only decided payments are due");
        payment.status = match outcome {
            CreditOutcome::Succeeds => Status::Succeeded,
            CreditOutcome::Fails => Status::Failed,
            CreditOutcome::Cancels => Status::Cancelled,
        };
        if let Some(order) = world.orders.edit(&payment.order_id) {
            order.paying = false;
            order.paid_at = (outcome == CreditOutcome::Succeeds).then_some(at);
        }
        if payment.credit_id.is_some() {
            let kind = match payment.status {
                Status::Failed => "air.payment.failed",
                Status::Cancelled => "air.payment.cancelled",
                Status::Pending | Status::Succeeded => "air.payment.succeeded",
            };
            announce(world, &payment, kind, at);
            super::credits::spend(world, &payment, at);
        }
        world.payments.put(&payment.id.clone(), payment);
    }
}

impl Payment {
    pub(super) fn credit(&self) -> Option<&str> {
        self.credit_id.as_deref()
    }
}

/// `GET /air/payments?order_id=`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let order_id = call.query.get("order_id");
    let rows: Vec<Value> = world
        .payments
        .rows()
        .rev()
        .filter(|payment| order_id.is_none_or(|wanted| payment.order_id == wanted))
        .map(|payment| payment.json(world.currency))
        .collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `GET /air/payments/{id}`
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let payment = world.payments.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(payment.json(world.currency)))
}
