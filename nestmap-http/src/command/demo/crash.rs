//! The server dies between the order and its answer.

use nestmap_core::order::{AttemptCall, AttemptPhase, Order, OrderState};
use nestmap_core::port::store::Stored;
use nestmap_core::time::Timestamp;
use nestmap_providers::duffel::convert::order::ATTEMPT_KEY;
use nestmap_providers::sandbox::{OrderState as AtSupplier, SupplierOrder};

use super::Stop;
use super::company::Company;
use super::moments::Moments;
use super::outside::{Asked, tell_deadline};
use super::stage::Stage;
use super::victim;
use crate::command::when;

pub(super) async fn survived(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
) -> Result<(), Stop> {
    stage.chapter("The server is killed between the order and its answer")?;
    stage.tell(
        "The seats are to be held. Another process takes over the database, commits the intent \
         and sends the order. The sandbox makes it and answers. Before the process has read the \
         answer, it gets kill -9.",
    )?;
    let mut moments = Moments::default();
    moments.take(stage, company, asked, "before").await?;
    stage.clock.advance_seconds(5);
    stage.stop_server().await;
    let status = victim::killed(stage).await?;
    stage.claim("the process was killed", was_killed(status), &status)?;
    stage.start_server().await?;

    moments.take(stage, company, asked, "after kill -9").await?;
    let booked = check_what_is_left(stage, company, asked).await?;
    let due = check_left_alone(stage, company, asked).await?;
    let waited = stage.now().seconds_until(due);
    stage.tell(&format!(
        "{waited} seconds later, at {}, the longest time a call may take is over. The attempt \
         counts as unknown, and is looked up by its offer and by the reference that travelled \
         with it.",
        when::short_instant(due)
    ))?;
    stage.clock.advance_to(due);
    stage.tick().await?;
    moments.take(stage, company, asked, &format!("{waited} s later")).await?;
    stage.show(&moments.table())?;
    check_adopted(stage, company, asked, &booked).await
}

/// On Unix, by the signal that can't be caught.
fn was_killed(status: std::process::ExitStatus) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::process::ExitStatusExt as _;
        status.signal() == Some(9)
    }
    #[cfg(not(unix))]
    {
        !status.success()
    }
}

/// The supplier has an order of which the database knows only that it was wanted.
async fn check_what_is_left(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
) -> Result<SupplierOrder, Stop> {
    let books = stage.supplier_orders(&asked.bought.offer);
    let states: Vec<_> = books.iter().map(|order| order.state).collect();
    stage.claim_eq(
        "the sandbox's books have one order for it, held",
        &states,
        &vec![AtSupplier::Held],
    )?;
    let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
    let dispatching = order.attempt().map(|attempt| attempt.phase.clone());
    let blind = dispatching == Some(AttemptPhase::Dispatching) && order.booking().is_none();
    stage.claim("the database has the intent and no booking", blind, &order.state_name())?;
    books.into_iter().next().ok_or_else(|| Stop::Around("the sandbox made no order".to_owned()))
}

/// A new server doesn't touch what another process may still be at; answers until when.
async fn check_left_alone(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
) -> Result<Timestamp, Stop> {
    let before = stage.stored_order(company.organization, asked.bought.order).await?;
    stage.tick().await?;
    let after = stage.stored_order(company.organization, asked.bought.order).await?;
    stage.claim_eq(
        "a new server leaves it alone: the call may still be under way",
        &after.version,
        &before.version,
    )?;
    next_due(&before)
}

async fn check_adopted(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
    booked: &SupplierOrder,
) -> Result<(), Stop> {
    let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
    let adopted = matches!(order.state, OrderState::Held { .. });
    stage.claim("the order is held", adopted, &order.state_name())?;
    let ours = order.booking().map(|booking| booking.order.id.clone());
    stage.claim_eq("it is the order on the sandbox's books", &ours, &Some(booked.id.clone()))?;
    let past = order.past.last();
    let found = past.is_some_and(|past| past.call == AttemptCall::Hold && past.reconciled);
    stage.claim("found by looking it up, not by an answer", found, &order.past)?;
    let reference = past.map(|past| order.reference(past.id).to_string());
    let carried = booked.metadata.get(ATTEMPT_KEY).and_then(|value| value.as_str());
    stage.claim_eq("by the reference of the lost attempt", &carried, &reference.as_deref())?;
    check_sent_once(stage, asked, &order)?;
    check_deadline(stage, company, asked).await
}

fn check_sent_once(stage: &mut Stage, asked: &Asked, order: &Order) -> Result<(), Stop> {
    let books = stage.books();
    let counts = books.offers.get(&asked.bought.offer).copied().unwrap_or_default();
    stage.claim_eq("it was sent once and made once", &(counts.posts, counts.orders), &(1, 1))?;
    let tries = order.past.iter().filter(|past| past.call == AttemptCall::Hold).count();
    stage.claim_eq("by one attempt", &tries, &1)
}

async fn check_deadline(stage: &mut Stage, company: &Company, asked: &Asked) -> Result<(), Stop> {
    let approval = stage.store().approval(company.organization, asked.approval).await?;
    let deadline = approval.map(|approval| approval.value.deadline);
    let deadline = deadline.ok_or_else(|| Stop::Around("the request is gone".to_owned()))?;
    if deadline != asked.deadline {
        stage.tell("The hold allows less time than the offer had promised.")?;
        tell_deadline(stage, deadline)?;
    }
    stage.claim("the time to decide has not grown", deadline <= asked.deadline, &deadline)
}

/// When the order's next step is due.
pub(super) fn next_due(order: &Stored<Order>) -> Result<Timestamp, Stop> {
    let next = order.value.next().map(|(due, _)| due);
    next.ok_or_else(|| Stop::Around("the order has no next step".to_owned()))
}
