//! The payment is taken, and its answer gets lost.

use nestmap_core::order::{AttemptCall, AttemptPhase, OrderState};
use nestmap_providers::sandbox::{Fault, FaultRule, OrderState as AtSupplier};

use super::Stop;
use super::company::Company;
use super::crash::next_due;
use super::moments::Moments;
use super::outside::Asked;
use super::stage::Stage;

pub(super) async fn found_again(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
) -> Result<(), Stop> {
    stage.chapter("The payment is taken, and its answer gets lost")?;
    stage.tell(
        "The worker pays. This time the server lives, but the connection breaks after the sandbox \
         has taken the money.",
    )?;
    let mut moments = Moments::default();
    moments.take(stage, company, asked, "before").await?;
    stage.sandbox.inject(FaultRule::next("POST", "/air/payments", Fault::DropAfter));
    stage.tick().await?;
    moments.take(stage, company, asked, "answer lost").await?;
    check_unknown(stage, company, asked).await?;

    let order = stage.stored_order(company.organization, asked.bought.order).await?;
    let due = next_due(&order)?;
    let waited = stage.now().seconds_until(due);
    stage.tell(&format!("{waited} seconds later the order is looked up."))?;
    stage.clock.advance_to(due);
    stage.settle().await?;
    moments.take(stage, company, asked, &format!("{waited} s later")).await?;
    stage.show(&moments.table())?;
    check_paid_once(stage, company, asked).await
}

async fn check_unknown(stage: &mut Stage, company: &Company, asked: &Asked) -> Result<(), Stop> {
    let waiting = stage.sandbox.waiting_faults();
    stage.claim("the answer to the payment was lost", waiting.is_empty(), &waiting)?;
    let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
    let phase = order.attempt().map(|attempt| attempt.phase.clone());
    if let Some(AttemptPhase::Unknown { cause }) = &phase {
        stage.tell(&format!("All that was seen of it: {cause}."))?;
    }
    let unknown = matches!(phase, Some(AttemptPhase::Unknown { .. }));
    stage.claim("the attempt is unknown, neither paid nor failed", unknown, &phase)?;
    let transfers = stage.store().transfers(company.organization, order.id).await?;
    stage.claim_eq("nothing is in the ledger yet", &transfers.len(), &0)
}

async fn check_paid_once(stage: &mut Stage, company: &Company, asked: &Asked) -> Result<(), Stop> {
    let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
    let paid = match &order.state {
        OrderState::Booked { paid, .. } => Some(*paid),
        _ => None,
    };
    stage.claim("the order is booked", paid.is_some(), &order.state_name())?;
    let pay: Vec<_> = order.past.iter().filter(|past| past.call == AttemptCall::Pay).collect();
    let found = pay.len() == 1 && pay.iter().all(|past| past.reconciled);
    stage.claim("by the one payment, found by looking it up", found, &pay)?;

    let books = stage.supplier_orders(&asked.bought.offer);
    let states: Vec<_> = books.iter().map(|order| order.state).collect();
    stage.claim_eq(
        "the sandbox's books have one order for it, paid",
        &states,
        &vec![AtSupplier::Paid],
    )?;
    let payments: Vec<_> = books.iter().flat_map(|order| &order.payments).collect();
    let amounts: Vec<_> = payments.iter().filter(|payment| payment.succeeded).collect();
    let total = paid.map(|paid| paid.decimal().to_string());
    let exact = amounts.len() == 1 && amounts.iter().all(|one| Some(&one.amount) == total.as_ref());
    let paid = paid.map(|paid| paid.to_string()).unwrap_or_default();
    stage.claim(&format!("with one payment of {paid}"), exact, &payments)?;
    let calls = stage.sandbox.calls();
    let lost = calls.iter().filter(|call| !call.faults.is_empty()).count();
    stage.claim_eq(
        "and the call whose answer was lost was never sent again",
        &(lost, amounts.len()),
        &(1, 1),
    )
}
