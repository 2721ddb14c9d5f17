//! What the traveler gets: tickets, the itinerary, a calendar file.

use std::path::Path;

use nestmap_core::order::Ticket;
use nestmap_core::shopping::Segment;
use nestmap_core::trip::{Entry, Itinerary, TripStatus};

use super::Stop;
use super::company::Company;
use super::outside::Asked;
use super::stage::Stage;
use crate::command::table::{Cell, Column, Row, Table};
use crate::command::when;

pub(super) async fn handed_out(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
    file: &Path,
) -> Result<(), Stop> {
    stage.chapter("Chloe gets her tickets, her itinerary and a calendar file")?;
    stage.clock.advance_seconds(60);
    stage.settle().await?;
    let nestmap = stage.nestmap();
    let itinerary = nestmap.itinerary(&company.chloe, asked.bought.trip).await?;
    stage.show(&table(&itinerary))?;
    let status = nestmap.trip(&company.chloe, asked.bought.trip).await?.status;
    stage.claim_eq("every ticket is there", &status, &TripStatus::Ticketed)?;
    check_itinerary(stage, company, asked, &itinerary).await?;

    let calendar = nestmap.calendar(&company.chloe, asked.bought.trip).await?;
    std::fs::write(file, &calendar)
        .map_err(|error| Stop::Around(format!("`{}` can't be written: {error}", file.display())))?;
    stage.tell(&format!("The calendar file is {}.", file.display()))?;
    let events = calendar.matches("BEGIN:VEVENT\r\n").count();
    stage.claim_eq("it has an event for each flight", &events, &itinerary.entries.len())?;
    let says_so = calendar.to_lowercase().contains("sandbox");
    stage.claim("and says that it is a sandbox's", says_so, &"no such word")
}

async fn check_itinerary(
    stage: &mut Stage,
    company: &Company,
    asked: &Asked,
    itinerary: &Itinerary,
) -> Result<(), Stop> {
    let order = stage.stored_order(company.organization, asked.bought.order).await?.value;
    let booked: Vec<_> = order.offer.flight.segments().collect();
    let segments: Vec<_> = flights(itinerary).map(|(segment, ..)| segment).collect();
    stage.claim("its flights are those that were booked", segments == booked, &segments)?;
    let books = stage.supplier_orders(&asked.bought.offer);
    let reference = books.first().and_then(|order| order.booking_reference.as_deref());
    let same = references(itinerary).all(|given| given.is_some() && given == reference);
    stage.claim("under the booking reference on the sandbox's books", same, &reference)?;
    let issued =
        tickets_on_books(stage, order.booking().map_or("", |b| b.order.id.as_str())).await?;
    let has = |tickets: &[Ticket]| tickets.iter().map(|ticket| ticket.number.clone()).collect();
    let given: Vec<Vec<String>> = flights(itinerary).map(|(.., tickets)| has(tickets)).collect();
    let same = !issued.is_empty() && given.iter().all(|numbers| *numbers == issued);
    stage.claim("with the tickets the sandbox has issued", same, &(given, issued))
}

/// The numbers of the documents that the sandbox says it has issued.
async fn tickets_on_books(stage: &Stage, order: &str) -> Result<Vec<String>, Stop> {
    let answer = stage.ask(&format!("/air/orders/{order}")).await?;
    let documents = answer["data"]["documents"].as_array().cloned().unwrap_or_default();
    let numbers = documents.iter().filter_map(|document| document["unique_identifier"].as_str());
    Ok(numbers.map(str::to_owned).collect())
}

fn flights(itinerary: &Itinerary) -> impl Iterator<Item = (&Segment, Option<&str>, &[Ticket])> {
    itinerary.entries.iter().filter_map(|entry| match entry {
        Entry::Flight { segment, booking_reference, tickets, .. } => {
            Some((segment, booking_reference.as_deref(), tickets.as_slice()))
        }
        Entry::Stay { .. } => None,
    })
}

fn references(itinerary: &Itinerary) -> impl Iterator<Item = Option<&str>> {
    flights(itinerary).map(|(_, reference, _)| reference)
}

fn table(itinerary: &Itinerary) -> Table {
    let columns = ["day", "flight", "from", "to", "leaves", "arrives", "booking", "ticket"];
    let mut table = Table::new(columns.map(Column::new).to_vec());
    for (segment, reference, tickets) in flights(itinerary) {
        let (leaves, arrives) = (segment.departs.civil, segment.arrives.civil);
        let numbers: Vec<_> = tickets.iter().map(|ticket| ticket.number.as_str()).collect();
        let cells = [
            when::full_day(leaves.date()),
            segment.designator(),
            format!("{} {}", segment.origin, segment.origin.town()),
            format!("{} {}", segment.destination, segment.destination.town()),
            when::clock(leaves),
            when::clock_after(leaves.date(), arrives),
            reference.unwrap_or("").to_owned(),
            numbers.join(", "),
        ];
        table.push(Row::new(cells.map(Cell::new).to_vec()));
    }
    table
}
