//! A quote first, then its confirmation, then the money back.

use nestmap_core::Money;
use nestmap_core::error::Code;
use nestmap_core::ledger::Leg;
use nestmap_core::order::{Order, OrderState, RefundTo};
use nestmap_core::trip::TripStatus;
use nestmap_providers::sandbox::OrderState as AtSupplier;

use super::Stop;
use super::company::Company;
use super::outside::Asked;
use super::stage::Stage;
use crate::command::when;

pub(super) async fn refunded(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
) -> Result<(), Stop> {
    stage.chapter("The customer calls it off: a quote, its confirmation, the refund")?;
    stage.clock.advance_seconds(26 * 3_600);
    let nestmap = stage.nestmap();
    let order = asked.bought.order;
    let quoted = nestmap.quote_cancellation(&company.chloe, order).await?.value;
    let quote = quoted.cancellation.quote().cloned();
    let quote = quote.ok_or_else(|| Stop::Around("there is no quote".to_owned()))?;
    let paid = paid(&quoted);
    let amount =
        quote.refund.amount.map_or_else(|| "an unknown amount".to_owned(), |m| m.to_string());
    let until =
        quote.expires_at.map_or_else(String::new, |at| format!(", until {}", when::instant(at)));
    let paid_text = paid.map(|paid| paid.to_string()).unwrap_or_default();
    stage.tell(&format!(
        "The quote: of {paid_text} come back {amount}, {}{until}.",
        place(&quote.refund.to)
    ))?;
    let books = states(stage, asked);
    stage.claim_eq("a quote cancels nothing", &books, &vec![AtSupplier::Paid])?;

    stage.clock.advance_seconds(120);
    nestmap.confirm_cancellation(&company.chloe, order, &quote.quote, None).await?;
    stage.settle().await?;
    stage.tell("Chloe confirms, and the worker cancels on these terms.")?;
    check(stage, company, asked, quote.refund.amount).await?;
    let again = nestmap.confirm_cancellation(&company.chloe, order, &quote.quote, None).await;
    stage.claim_refused("it can't be canceled twice", again, Code::OrderState)
}

async fn check(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
    quoted: Option<Money>,
) -> Result<(), Stop> {
    let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
    let refund = match &order.state {
        OrderState::Canceled { refund, .. } => refund.amount,
        _ => None,
    };
    let canceled = matches!(order.state, OrderState::Canceled { .. });
    stage.claim("the order is canceled", canceled, &order.state_name())?;
    stage.claim_eq("the refund is what was quoted", &refund, &quoted)?;
    let books = states(stage, asked);
    stage.claim_eq("the sandbox's books have it canceled", &books, &vec![AtSupplier::Cancelled])?;
    let given_back = refund_on_books(stage, &order).await?;
    stage.claim_eq("and the same refund", &given_back, &refund)?;
    let transfers = stage.store().transfers(company.organization, order.id).await?;
    let legs: Vec<_> = transfers.iter().map(|transfer| (transfer.leg, transfer.amount)).collect();
    let expected: Vec<_> = [(Leg::Payment, paid(&order)), (Leg::Refund, quoted)]
        .into_iter()
        .filter_map(|(leg, amount)| Some((leg, amount?)))
        .filter(|(_, amount)| amount.minor > 0)
        .collect();
    stage.claim_eq("the ledger has its payment and its refund, once each", &legs, &expected)?;
    let view = stage.nestmap().trip(&company.chloe, asked.bought.trip).await?;
    stage.claim_eq("and the trip is canceled", &view.status, &TripStatus::Canceled)
}

/// What the sandbox says it gave back: the sum of its confirmed cancellations of the order.
async fn refund_on_books(stage: &Stage, order: &Order) -> Result<Option<Money>, Stop> {
    let id = order.booking().map_or("", |booking| booking.order.id.as_str());
    let answer = stage.ask(&format!("/air/order_cancellations?order_id={id}")).await?;
    let rows = answer["data"].as_array().cloned().unwrap_or_default();
    let mut sum: Option<Money> = None;
    for row in rows.iter().filter(|row| !row["confirmed_at"].is_null()) {
        let text = |key: &str| row[key].as_str().unwrap_or_default();
        let refund = Money::parse(text("refund_amount"), text("refund_currency"))?;
        sum = Some(sum.map_or(Ok(refund), |sum| sum.plus(refund))?);
    }
    Ok(sum)
}

fn states(stage: &Stage, asked: &Asked) -> Vec<AtSupplier> {
    stage.supplier_orders(&asked.bought.offer).iter().map(|order| order.state).collect()
}

fn paid(order: &Order) -> Option<Money> {
    match &order.state {
        OrderState::Booked { paid, .. } => Some(*paid),
        OrderState::Canceled { paid, .. } => paid.amount(),
        _ => None,
    }
}

fn place(to: &RefundTo) -> String {
    match to {
        RefundTo::Balance => "to the company's balance at the supplier".to_owned(),
        RefundTo::Card => "to the card".to_owned(),
        RefundTo::AirlineCredit => "as a credit with the airline".to_owned(),
        RefundTo::Voucher => "as a voucher".to_owned(),
        RefundTo::NothingPaid => "since nothing was paid".to_owned(),
        RefundTo::Other(word) => format!("as `{word}`"),
    }
}
