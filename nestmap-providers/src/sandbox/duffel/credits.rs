//! Airline credits: `/air/airline_credits`.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::amounts::Currency;
use super::call::{Call, Reply};
use super::errors::{Findings, Refusal};
use super::geography::airlines;
use super::paging::page_of_json;
use super::payments::{Payment, Status};
use super::search_form::calendar_date;
use super::world::{World, instant};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AirlineCredit {
    id: String,
    airline: String,
    code: String,
    kind: String,
    amount: i64,
    currency: String,
    issued_on: String,
    expires_at: Value,
    holder: Value,
    created_at: Timestamp,
    spent_at: Option<Timestamp>,
    order_id: Option<String>,
    passenger_id: Option<String>,
}

/// What becomes of a payment with a credit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum CreditOutcome {
    Succeeds,
    Fails,
    Cancels,
}

impl AirlineCredit {
    /// A credit that a cancelled order leaves to one of its passengers.
    pub(super) fn refund(
        id: String,
        airline: &str,
        passenger: &Value,
        order_id: &str,
        (amount, currency): (i64, Currency),
        now: Timestamp,
    ) -> Self {
        let code = crate::sandbox::dice::Dice::of(0, &["credit", &id])
            .between(3_000_000_000_000, 3_999_999_999_999);
        Self {
            id,
            airline: airline.to_owned(),
            code: code.to_string(),
            kind: "eticket".to_owned(),
            amount,
            currency: currency.code.to_owned(),
            issued_on: now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string(),
            expires_at: Value::Null,
            holder: json!({
                "given_name": passenger["given_name"], "family_name": passenger["family_name"],
            }),
            created_at: now,
            spent_at: None,
            order_id: Some(order_id.to_owned()),
            passenger_id: passenger["id"].as_str().map(str::to_owned),
        }
    }

    pub(super) fn is_usable(&self) -> bool {
        self.spent_at.is_none()
    }

    /// The code picks the result of a payment. Any other code pays.
    pub(super) fn outcome(&self) -> CreditOutcome {
        match self.code.as_str() {
            "1000000000002" => CreditOutcome::Fails,
            "2000000000002" => CreditOutcome::Cancels,
            _ => CreditOutcome::Succeeds,
        }
    }

    /// The credit as a cancellation lists it.
    pub(super) fn refund_json(&self, currency: Currency) -> Value {
        json!({
            "id": self.id,
            "credit_name": "Sandbox travel credit",
            "credit_code": self.code,
            "credit_amount": currency.text(self.amount),
            "credit_currency": self.currency,
            "issued_on": self.issued_on,
            "passenger_id": self.passenger_id,
        })
    }

    fn json(&self) -> Value {
        let amount = Currency::named(&self.currency).map(|currency| currency.text(self.amount));
        let mut row = json!({
            "id": self.id,
            "live_mode": false,
            "airline_iata_code": self.airline,
            "amount": amount,
            "amount_currency": self.currency,
            "code": self.code,
            "type": self.kind,
            "issued_on": self.issued_on,
            "expires_at": self.expires_at,
            "created_at": instant(self.created_at),
            "spent_at": self.spent_at.map(instant),
            "invalidated_at": null,
            "order_id": self.order_id,
            "passenger_id": self.passenger_id,
            "penalty_amount": null,
            "penalty_currency": null,
        });
        for key in ["user_id", "given_name", "family_name"] {
            row[key] = self.holder[key].clone();
        }
        row
    }
}

/// `POST /air/airline_credits`
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let data = &call.data;
    let mut findings = Findings::default();
    let mut text = |key| findings.text(data, key, "").unwrap_or_default().to_owned();
    let (airline, code, kind) = (text("airline_iata_code"), text("code"), text("type"));
    let (amount, currency, issued_on) =
        (text("amount"), text("amount_currency"), text("issued_on"));
    if !airline.is_empty() && !airlines().any(|(known, _)| known == airline) {
        let message = "Field 'airline_iata_code' is not a known airline";
        findings.add("validation_inclusion", "/airline_iata_code", message);
    }
    if !kind.is_empty() && !["eticket", "mco", "emd"].contains(&kind.as_str()) {
        let message = "Field 'type' must be eticket, mco or emd";
        findings.add("validation_inclusion", "/type", message);
    }
    if !issued_on.is_empty() && calendar_date(&issued_on).is_none() {
        let message = "Field 'issued_on' must be a date like 2026-03-31";
        findings.add("validation_format", "/issued_on", message);
    }
    let named = Currency::named(&currency);
    let minor = named.and_then(|currency| currency.parse(&amount));
    if !amount.is_empty() && !currency.is_empty() && minor.is_none() {
        let message = "Field 'amount' must be a decimal amount of its currency";
        findings.add("validation_format", "/amount", message);
    }
    findings.into_result()?;

    let credit = AirlineCredit {
        id: world.id("acd", call.now),
        airline,
        code,
        kind,
        amount: minor.unwrap_or_default(),
        currency,
        issued_on,
        expires_at: data["expires_at"].clone(),
        holder: json!({
            "user_id": data["user_id"],
            "given_name": data["given_name"],
            "family_name": data["family_name"],
        }),
        created_at: call.now,
        spent_at: None,
        order_id: None,
        passenger_id: None,
    };
    put(world, credit.clone(), call.now);
    Ok(Reply::created(credit.json()))
}

/// Keeps the credit and tells the world of it.
pub(super) fn put(world: &mut World, credit: AirlineCredit, now: Timestamp) {
    let id = credit.id.clone();
    world.credits.put(&id, credit);
    world.emit("air.airline_credit.created", json!({ "id": id }), &id, now);
}

/// Marks the credit of a successful payment as spent.
pub(super) fn spend(world: &mut World, payment: &Payment, now: Timestamp) {
    let Some(id) = payment.credit().filter(|_| payment.status == Status::Succeeded) else { return };
    let Some(credit) = world.credits.edit(id) else { return };
    credit.spent_at = Some(now);
    credit.order_id = Some(payment.order_id.clone());
    world.emit("air.airline_credit.spent", json!({ "id": id }), id, now);
}

/// `GET /air/airline_credits?user_id=`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let user_id = call.query.get("user_id");
    let rows: Vec<Value> = world
        .credits
        .rows()
        .rev()
        .map(AirlineCredit::json)
        .filter(|row| user_id.is_none_or(|wanted| row["user_id"] == wanted))
        .collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `GET /air/airline_credits/{id}`
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let credit = world.credits.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(credit.json()))
}
