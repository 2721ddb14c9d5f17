//! The books at the end: who did what, who sees it, and what it cost.

use std::collections::BTreeMap;

use nestmap_core::Call;
use nestmap_core::access::Who;
use nestmap_core::audit::AuditRecord;
use nestmap_core::error::Code;
use nestmap_core::event::{Subject, SubjectKind};
use nestmap_core::id::PersonId;
use nestmap_core::ledger::{Account, Leg, Transfer};
use nestmap_core::page::PageRequest;
use nestmap_providers::sandbox::OrderState as AtSupplier;

use super::Stop;
use super::company::{Company, signed_up};
use super::outside::Asked;
use super::stage::Stage;
use super::within::Bought;
use crate::command::table::{Cell, Column, Row, Table};
use crate::command::when;

/// What a commit that changes nothing adds to the audit log.
const NOTE: &str = "order.cancellation_confirmed";

pub(super) async fn audited(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
) -> Result<(), Stop> {
    stage.chapter("Everything is in the audit log")?;
    let order = Subject::new(SubjectKind::Order, asked.bought.order);
    let subjects = [
        Subject::new(SubjectKind::Trip, asked.bought.trip),
        Subject::new(SubjectKind::Approval, asked.approval),
        order.clone(),
    ];
    let mut records = Vec::new();
    for subject in &subjects {
        let page = PageRequest::new(100, None)?;
        records.extend(stage.nestmap().audit(&company.ana, Some(subject), page).await?.items);
    }
    records.sort_by_key(|record| record.id);
    let names = names(stage, company).await?;
    stage.tell("Ana reads what happened to the trip, its approval and its order:")?;
    stage.show(&table(&records, &names))?;

    let stored = stage.stored_order(company.organization, asked.bought.order).await?;
    let about_order = |record: &&AuditRecord| record.subject == order && record.action != NOTE;
    let lines = i64::try_from(records.iter().filter(about_order).count()).unwrap_or(i64::MAX);
    stage.claim_eq("every version of the order has its line", &lines, &stored.version)?;
    let refused = stage.nestmap().audit(&company.chloe, Some(&order), PageRequest::first()).await;
    stage.claim_refused(
        "who only travels and approves can't read the log",
        refused,
        Code::Forbidden,
    )
}

async fn names(stage: &Stage, company: &Company) -> Result<BTreeMap<PersonId, String>, Stop> {
    let people = stage.store().people(company.organization, PageRequest::first()).await?;
    Ok(people.items.into_iter().map(|person| (person.value.id, person.value.name)).collect())
}

fn table(records: &[AuditRecord], names: &BTreeMap<PersonId, String>) -> Table {
    let mut table = Table::new(vec![
        Column::new("when"),
        Column::new("who"),
        Column::new("what"),
        Column::new("with").shortened(16).spare(1),
    ]);
    for record in records {
        let who = match &record.by {
            Who::Person { id, .. } => names.get(id).map_or("somebody", String::as_str),
            Who::System => "NestMap",
        };
        let cells =
            [when::short_instant(record.at), who.to_owned(), record.action.clone(), gist(record)];
        table.push(Row::new(cells.map(Cell::new).to_vec()));
    }
    table
}

/// The one detail of a line that tells most.
fn gist(record: &AuditRecord) -> String {
    let details = &record.details;
    let text = |pointer: &str| details.pointer(pointer).and_then(|value| value.as_str());
    let money = |pointer: &str| {
        let amount = details.pointer(pointer)?;
        Some(format!("{} {}", amount.get("amount")?.as_str()?, amount.get("currency")?.as_str()?))
    };
    let deadline = || text("/deadline/reason").map(|reason| format!("deadline: {reason}"));
    let phase = || text("/phase/phase").map(|phase| format!("attempt: {phase}"));
    let known = phase()
        .or_else(|| text("/booking_reference").map(|reference| format!("booking {reference}")))
        .or_else(deadline)
        .or_else(|| text("/answer").map(str::to_owned))
        .or_else(|| money("/refund/amount").map(|amount| format!("refund {amount}")))
        .or_else(|| money("/ceiling").map(|amount| format!("up to {amount}")))
        .or_else(|| money("/price"))
        .or_else(|| text("/level").map(str::to_owned));
    known.unwrap_or_default()
}

pub(super) async fn closed_to_others(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
) -> Result<(), Stop> {
    stage.chapter("Another company sees none of it")?;
    let (_, dora) =
        signed_up(stage, "Nordwind Logistik", "Dora Lindqvist", "dora@nordwind.example").await?;
    stage.tell("Dora Lindqvist administers another company. She somehow has all the ids.")?;
    let doors = doors(stage, company, asked, &dora).await;
    let count = doors.len();
    let open: Vec<_> =
        doors.into_iter().filter(|(_, code)| *code != Some(Code::NotFound)).collect();
    stage.claim(
        &format!(
            "{count} ways to read or change it are answered as if nothing were there ({})",
            Code::NotFound
        ),
        open.is_empty(),
        &open,
    )?;
    let nestmap = stage.nestmap();
    let trips = nestmap.trips(&dora, PageRequest::first()).await?.items.len();
    let approvals = nestmap.approvals(&dora, PageRequest::first()).await?.items.len();
    let policies = nestmap.policies(&dora, PageRequest::first()).await?.items.len();
    let people = nestmap.people(&dora, PageRequest::first()).await?.items.len();
    stage.claim_eq(
        "her lists hold no trip, no approval, no policy, and nobody but herself",
        &(trips, approvals, policies, people),
        &(0, 0, 0, 1),
    )?;
    let log = nestmap.audit(&dora, None, PageRequest::new(100, None)?).await?.items;
    let foreign = log.iter().filter(|record| record.organization != dora.actor.organization);
    stage.claim_eq("and her audit log tells of her own company", &foreign.count(), &0)
}

/// Every way in by an id, with what it is answered.
async fn doors(
    stage: &Stage,
    company: &Company,
    asked: &Asked,
    dora: &Call,
) -> Vec<(&'static str, Option<Code>)> {
    let nestmap = stage.nestmap();
    let (trip, order) = (asked.bought.trip, asked.bought.order);
    let decision = nestmap_core::flow::approve::NewDecision {
        answer: nestmap_core::approval::Answer::Reject,
        comment: None,
        digest: nestmap_core::digest::Digest::of("demo.other", &"nothing"),
    };
    let code = |outcome: Result<(), nestmap_core::Error>| outcome.err().map(|error| error.code);
    vec![
        ("trip", code(nestmap.trip(dora, trip).await.map(drop))),
        ("itinerary", code(nestmap.itinerary(dora, trip).await.map(drop))),
        ("calendar", code(nestmap.calendar(dora, trip).await.map(drop))),
        ("submit", code(nestmap.submit_trip(dora, trip, None).await.map(drop))),
        ("cancel trip", code(nestmap.cancel_trip(dora, trip, None).await.map(drop))),
        ("order", code(nestmap.order(dora, order).await.map(drop))),
        ("quote", code(nestmap.quote_cancellation(dora, order).await.map(drop))),
        ("declare absent", code(nestmap.declare_absent(dora, order, None).await.map(drop))),
        ("approval", code(nestmap.approval(dora, asked.approval).await.map(drop))),
        ("decide", code(nestmap.decide(dora, asked.approval, decision, None).await.map(drop))),
        ("offers", code(nestmap.offers(dora, asked.search).await.map(drop))),
        ("person", code(nestmap.person(dora, company.traveler).await.map(drop))),
    ]
}

pub(super) async fn balanced(
    stage: &mut Stage,
    company: &Company,
    bought: [&Bought; 2],
) -> Result<(), Stop> {
    stage.chapter("The ledger sums to zero and agrees with the sandbox's books")?;
    let mut transfers = Vec::new();
    for one in bought {
        transfers.extend(stage.store().transfers(company.organization, one.order).await?);
    }
    stage.show(&ledger(&transfers))?;
    let accounts = accounts(&transfers);
    let sum: i64 = accounts.values().sum();
    stage.claim_eq("over all accounts the ledger sums to zero", &sum, &0)?;

    let books = stage.books();
    let taken: Vec<_> = books.orders.iter().flat_map(|order| &order.payments).collect();
    let currency = nestmap_core::Currency::parse("EUR")?;
    let mut spent = 0;
    for payment in taken.iter().filter(|payment| payment.succeeded) {
        spent += nestmap_core::Money::parse(&payment.amount, currency.code())?.minor;
    }
    let paid: i64 = minor(&transfers, Leg::Payment);
    stage.claim_eq("the payments are those on the sandbox's books", &paid, &spent)?;
    let states: Vec<_> = books.orders.iter().map(|order| order.state).collect();
    stage.claim_eq(
        "which have two orders, one paid and one canceled, and no others",
        &states,
        &vec![AtSupplier::Paid, AtSupplier::Cancelled],
    )?;
    let once = books.offers.values().all(|counts| (counts.posts, counts.orders) == (1, 1));
    stage.claim("each of them was sent once and made once", once, &books.offers)?;
    stage.claim_eq("and nothing is pending", &books.pending, &0)
}

/// What each account gained, in minor units.
fn accounts(transfers: &[Transfer]) -> BTreeMap<Account, i64> {
    let mut accounts = BTreeMap::new();
    for transfer in transfers {
        *accounts.entry(transfer.from).or_default() -= transfer.amount.minor;
        *accounts.entry(transfer.to).or_default() += transfer.amount.minor;
    }
    accounts
}

fn minor(transfers: &[Transfer], leg: Leg) -> i64 {
    transfers.iter().filter(|one| one.leg == leg).map(|one| one.amount.minor).sum()
}

fn ledger(transfers: &[Transfer]) -> Table {
    let mut table = Table::new(vec![
        Column::new("when"),
        Column::new("what"),
        Column::new("from"),
        Column::new("to"),
        Column::new("amount").numeric(),
    ]);
    for transfer in transfers {
        let cells = [
            when::short_instant(transfer.at),
            transfer.leg.as_str().to_owned(),
            transfer.from.as_str().replace('_', " "),
            transfer.to.as_str().replace('_', " "),
            transfer.amount.to_string(),
        ];
        table.push(Row::new(cells.map(Cell::new).to_vec()));
    }
    table
}
