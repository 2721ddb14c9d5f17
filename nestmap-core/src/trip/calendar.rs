//! An itinerary as a calendar file (iCalendar, RFC 5545) that a traveler's calendar takes in.
//!
//! It names no `METHOD`: it is a calendar to keep, not an invitation to answer. Flights stand in
//! UTC, so that no zone definitions are needed; their local times are in the description. Stays are
//! whole days that block nobody's time.

mod text;

use self::text::{escape, fold};
use super::{Entry, Itinerary, Stay, Trip, TripState};
use crate::id::ItemId;
use crate::order::Ticket;
use crate::place::{Airport, Terminus};
use crate::shopping::Segment;
use crate::time::{Date, Local, Timestamp};

/// The calendar file of `itinerary`, which is `trip`'s at the stored `version`.
///
/// An event keeps its identity from file to file: its `UID` is made of the item and the flight's
/// place in it, and the trip's version is its `SEQUENCE`, so a newer file moves what an older one
/// put in. Flights whose order was given up, and all of a canceled trip, are said to be canceled.
/// A trip without items gives a calendar without events. Lines end in CRLF.
pub fn calendar(itinerary: &Itinerary, trip: &Trip, version: i64, now: Timestamp) -> String {
    let mut file = Lines::default();
    file.line("BEGIN:VCALENDAR");
    file.line("VERSION:2.0");
    file.line("PRODID:-//NestMap//Itinerary//EN");
    file.line("CALSCALE:GREGORIAN");
    file.text("NAME", &itinerary.title);
    // The name before RFC 7986, which many programs still read.
    file.text("X-WR-CALNAME", &itinerary.title);
    for (index, entry) in numbered(itinerary.entries.iter().cloned()) {
        let status = status(trip, &entry);
        Event { entry, index, status, trip, version, now }.write(&mut file);
    }
    for (index, entry) in numbered(given_up(itinerary, trip)) {
        Event { entry, index, status: "CANCELLED", trip, version, now }.write(&mut file);
    }
    file.line("END:VCALENDAR");
    file.0
}

/// Each entry with its place among those of its item.
fn numbered(entries: impl Iterator<Item = Entry>) -> Vec<(usize, Entry)> {
    let mut seen: Vec<ItemId> = Vec::new();
    let mut numbered = Vec::new();
    for entry in entries {
        let index = seen.iter().filter(|item| **item == entry.item()).count();
        seen.push(entry.item());
        numbered.push((index, entry));
    }
    numbered
}

/// The flights that were ordered and stand in the itinerary no more.
fn given_up(itinerary: &Itinerary, trip: &Trip) -> impl Iterator<Item = Entry> {
    let is_gone = |item: ItemId| itinerary.entries.iter().all(|entry| entry.item() != item);
    let items = trip.items.iter().filter(move |item| item.order.is_some() && is_gone(item.id));
    items.flat_map(|item| {
        let offer = item.offer().map(|(_, offer)| &offer.flight);
        let segments = offer
            .into_iter()
            .flat_map(|flight| flight.segments().map(|segment| (segment.clone(), flight.sandbox)));
        segments.map(|(segment, sandbox)| Entry::Flight {
            item: item.id,
            segment,
            booking_reference: None,
            tickets: Vec::new(),
            order_state: None,
            sandbox,
        })
    })
}

/// How sure the event is: a booked flight is, and a stay of a trip that may be bought.
fn status(trip: &Trip, entry: &Entry) -> &'static str {
    let is_sure = match entry {
        Entry::Flight { order_state, .. } => order_state.as_deref() == Some("booked"),
        Entry::Stay { .. } => matches!(trip.state, TripState::Cleared { .. }),
    };
    match trip.state {
        TripState::Canceled { .. } => "CANCELLED",
        _ if is_sure => "CONFIRMED",
        _ => "TENTATIVE",
    }
}

/// One event to be written.
struct Event<'a> {
    entry: Entry,
    index: usize,
    status: &'static str,
    trip: &'a Trip,
    version: i64,
    now: Timestamp,
}

impl Event<'_> {
    fn write(&self, file: &mut Lines) {
        file.line("BEGIN:VEVENT");
        file.line(&format!("UID:{}-{}@nestmap", self.entry.item(), self.index));
        file.line(&format!("SEQUENCE:{}", self.version.max(0)));
        file.line(&format!("DTSTAMP:{}", instant(self.now)));
        match &self.entry {
            Entry::Flight { segment, booking_reference, tickets, sandbox, .. } => {
                let booking = booking_reference.as_deref();
                self.write_flight(file, segment, booking, tickets, *sandbox);
            }
            Entry::Stay { stay, .. } => self.write_stay(file, stay),
        }
        file.line(&format!("STATUS:{}", self.status));
        file.line("END:VEVENT");
    }

    fn write_flight(
        &self,
        file: &mut Lines,
        segment: &Segment,
        booking_reference: Option<&str>,
        tickets: &[Ticket],
        sandbox: bool,
    ) {
        let (departs, arrives) = (segment.departs_at(), segment.arrives.instant());
        file.line(&format!("DTSTART:{}", instant(departs)));
        // An event ends after it begins; a schedule that says otherwise is shown as a moment.
        if departs < arrives {
            file.line(&format!("DTEND:{}", instant(arrives)));
        }
        let flight = segment.designator();
        let mark = if sandbox { " (sandbox)" } else { "" };
        let route = format!("{} → {}", segment.origin, segment.destination);
        file.text("SUMMARY", &format!("{flight} {route}{mark}"));
        file.text("LOCATION", &gate(segment.origin, segment.origin_terminal.as_deref()));
        let mut about = vec![
            format!("Departs {}", on_the_clock(&segment.departs, segment.origin)),
            format!("Arrives {}", on_the_clock(&segment.arrives, segment.destination)),
        ];
        if let Some(carrier) =
            segment.operating_carrier.filter(|c| segment.marketing_carrier != Some(*c))
        {
            about.push(format!("Operated by {} ({carrier})", carrier.name()));
        }
        about.push(match booking_reference {
            Some(reference) => format!("Booking reference: {reference}"),
            None => "No booking reference yet".to_owned(),
        });
        about.extend(tickets.iter().map(|ticket| format!("Ticket: {}", ticket.number)));
        if sandbox {
            about.push("Sandbox: play money, nobody flies.".to_owned());
        }
        self.write_about(file, about);
        file.line("TRANSP:OPAQUE");
    }

    fn write_stay(&self, file: &mut Lines, stay: &Stay) {
        file.line(&format!("DTSTART;VALUE=DATE:{}", day(stay.check_in)));
        if stay.check_in < stay.check_out {
            // The day after the last night: `DTEND` isn't part of the event.
            file.line(&format!("DTEND;VALUE=DATE:{}", day(stay.check_out)));
        }
        let town = town(stay);
        file.text("SUMMARY", &format!("Stay at {}", stay.property));
        file.text("LOCATION", &format!("{}, {town}", stay.property));
        let about = vec![
            format!("Check-in {}, check-out {}", stay.check_in, stay.check_out),
            "Booked by the traveler, not by NestMap.".to_owned(),
        ];
        self.write_about(file, about);
        file.line("TRANSP:TRANSPARENT");
    }

    fn write_about(&self, file: &mut Lines, mut about: Vec<String>) {
        about.push(format!("Trip: {}", self.trip.title));
        file.text("DESCRIPTION", &about.join("\n"));
    }
}

/// The lines of a file, each closed by CRLF.
#[derive(Default)]
struct Lines(String);

impl Lines {
    /// A line of our own making.
    fn line(&mut self, line: &str) {
        self.0.push_str(&fold(line));
        self.0.push_str("\r\n");
    }

    /// A property whose value may be anybody's words.
    fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{}", escape(value)));
    }
}

/// `20260310T073000Z`; parts of a second don't count.
fn instant(at: Timestamp) -> String {
    let text = at.to_string();
    let seconds = text.split(['.', 'Z']).next().unwrap_or(&text);
    format!("{}Z", seconds.replace(['-', ':'], ""))
}

/// `20260310`
fn day(day: Date) -> String {
    day.to_string().replace('-', "")
}

/// `2026-03-10 08:30 in Frankfurt am Main (Europe/Berlin)`
fn on_the_clock(local: &Local, airport: Airport) -> String {
    let (hour, minute, _) = local.civil.clock();
    let town = airport.town();
    format!("{} {hour:02}:{minute:02} in {town} ({})", local.date(), local.zone)
}

fn gate(airport: Airport, terminal: Option<&str>) -> String {
    let terminal = terminal.map(|name| format!(", terminal {name}")).unwrap_or_default();
    format!("{} ({airport}){terminal}", airport.name())
}

fn town(stay: &Stay) -> String {
    let name = match stay.place {
        Terminus::Airport(airport) => airport.town(),
        Terminus::City(city) => city.name(),
    };
    format!("{name} ({})", stay.place)
}

#[cfg(test)]
mod tests;
