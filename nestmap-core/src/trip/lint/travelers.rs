//! Lints about travelers: what airlines and borders will ask them for.

use super::plan::Plan;
use super::{DOCUMENT_MONTHS, Lint, LintKind, Severity};
use crate::id::ItemId;
use crate::people::{Person, TravelerProfile};
use crate::time::Date;
use crate::trip::Trip;

/// Profiles that lack what a booking needs.
pub(super) fn profiles(trip: &Trip, plan: &Plan<'_>, travelers: &[Person]) -> Vec<Lint> {
    let open = plan.flights.iter().filter(|flight| !flight.bought);
    let items: Vec<ItemId> = open.map(|flight| flight.item).collect();
    if items.is_empty() {
        return Vec::new();
    }
    people(trip, travelers)
        .filter_map(|person| {
            let missing = missing(&person.profile);
            let kind = LintKind::ProfileIncomplete {
                traveler: person.id,
                name: person.name.clone(),
                missing: missing.iter().map(|&field| field.to_owned()).collect(),
            };
            (!missing.is_empty()).then(|| Lint::new(Severity::Error, items.clone(), kind))
        })
        .collect()
}

/// The fields an airline needs that are empty.
fn missing(profile: &TravelerProfile) -> Vec<&'static str> {
    let fields = [
        ("given_name", profile.given_name.is_none()),
        ("family_name", profile.family_name.is_none()),
        ("title", profile.title.is_none()),
        ("gender", profile.gender.is_none()),
        ("born_on", profile.born_on.is_none()),
        ("phone", profile.phone.is_none()),
    ];
    fields.into_iter().filter(|(_, is_missing)| *is_missing).map(|(field, _)| field).collect()
}

/// Documents that are missing or end too early, where a flight crosses a border or asks for one.
pub(super) fn documents(trip: &Trip, plan: &Plan<'_>, travelers: &[Person]) -> Vec<Lint> {
    let asks = |flight: &&super::plan::Flight<'_>| {
        flight.offer.documents_required
            || flight.offer.segments().any(|s| s.origin.country() != s.destination.country())
    };
    let flights: Vec<_> = plan.flights.iter().filter(asks).collect();
    let Some(last_day) = plan.last_day().filter(|_| !flights.is_empty()) else {
        return Vec::new();
    };
    let journey = Journey {
        last_day,
        items: flights.iter().map(|flight| flight.item).collect(),
        for_booking: flights.iter().any(|f| f.offer.documents_required && !f.bought),
    };
    people(trip, travelers).filter_map(|person| journey.document(person)).collect()
}

/// What a document must be good for.
struct Journey {
    last_day: Date,
    items: Vec<ItemId>,
    for_booking: bool,
}

impl Journey {
    fn document(&self, person: &Person) -> Option<Lint> {
        let (traveler, name) = (person.id, person.name.clone());
        let severity = if self.for_booking { Severity::Error } else { Severity::Warning };
        let lint = |severity, kind| Some(Lint::new(severity, self.items.clone(), kind));
        let Some(document) = &person.profile.document else {
            let for_booking = self.for_booking;
            return lint(severity, LintKind::DocumentMissing { traveler, name, for_booking });
        };
        let (expires_on, last_day) = (document.expires_on, self.last_day);
        let wanted_until = plus_months(last_day, DOCUMENT_MONTHS);
        if expires_on < last_day {
            let kind = LintKind::DocumentExpires { traveler, name, expires_on, last_day };
            lint(severity, kind)
        } else if expires_on < wanted_until {
            let kind = LintKind::DocumentExpiresSoon { traveler, name, expires_on, wanted_until };
            lint(Severity::Note, kind)
        } else {
            None
        }
    }
}

/// The travelers that are known, in the order of the trip.
fn people<'a>(trip: &'a Trip, travelers: &'a [Person]) -> impl Iterator<Item = &'a Person> {
    trip.travelers.iter().filter_map(|id| travelers.iter().find(|person| person.id == *id))
}

/// The same day so many months later, or the last day of that month.
fn plus_months(day: Date, months: i64) -> Date {
    let (year, month, of_month) = day.parts();
    let months = i64::from(year) * 12 + i64::from(month) - 1 + months;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    let (Ok(year), Ok(month)) = (i16::try_from(year), i8::try_from(month)) else { return day };
    let days = [of_month, 30, 29, 28];
    days.into_iter()
        .filter(|day| *day <= of_month)
        .find_map(|day| Date::new(year, month, day).ok())
        .unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::plus_months;

    #[test]
    fn months_end_when_they_end() {
        for (day, months, wanted) in [
            ("2026-03-10", 6, "2026-09-10"),
            ("2026-08-31", 6, "2027-02-28"),
            ("2027-08-31", 6, "2028-02-29"),
            ("2026-03-31", 6, "2026-09-30"),
            ("2026-08-29", 6, "2027-02-28"),
            ("2026-12-01", 1, "2027-01-01"),
            ("9999-12-31", 6, "9999-12-31"),
        ] {
            assert_eq!(plus_months(day.parse().unwrap(), months).to_string(), wanted, "{day}");
        }
    }
}
