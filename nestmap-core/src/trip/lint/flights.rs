//! Lints about flights: past, twice, backwards, at once, and the changes between them.

use super::plan::{Leg, Plan, nights_between};
use super::{
    CONNECTION_MINUTES_MIN_AIRPORT_CHANGE, CONNECTION_MINUTES_MIN_DOMESTIC,
    CONNECTION_MINUTES_MIN_INTERNATIONAL, Lint, LintKind, Severity,
};
use crate::id::ItemId;
use crate::shopping::Segment;
use crate::time::Timestamp;

/// Flights that left before they were bought.
pub(super) fn past(plan: &Plan<'_>, now: Timestamp) -> Vec<Lint> {
    let open = plan.flights.iter().filter(|flight| !flight.bought);
    open.filter_map(|flight| {
        let segment = flight.offer.segments().next()?;
        let kind = LintKind::DepartureInPast {
            flight: segment.designator(),
            departs: segment.departs.clone(),
        };
        (segment.departs_at() <= now).then(|| Lint::new(Severity::Error, [flight.item], kind))
    })
    .collect()
}

/// The same flight number at the same time, twice.
pub(super) fn twice(plan: &Plan<'_>) -> Vec<Lint> {
    let pairs = pairs(plan).into_iter().filter(|(a, b)| is_same(a.segment, b.segment));
    pairs
        .map(|(a, b)| {
            let kind = LintKind::FlightTwice {
                flight: a.segment.designator(),
                departs: a.segment.departs.clone(),
            };
            Lint::new(Severity::Error, [a.item, b.item], kind)
        })
        .collect()
}

/// Slices that go back, or on, before the slice before them has arrived.
pub(super) fn backwards(plan: &Plan<'_>) -> Vec<Lint> {
    backward_pairs(plan)
        .into_iter()
        .map(|(there, back)| {
            let kind = LintKind::ReturnBeforeOutbound {
                place: there.last.destination,
                arrives: there.last.arrives.clone(),
                departs: back.first.departs.clone(),
            };
            // Somebody may live at the other end and fly these two the other way around.
            let sure = there.item == back.item;
            let severity = if sure { Severity::Error } else { Severity::Warning };
            Lint::new(severity, [there.item, back.item], kind)
        })
        .collect()
}

/// Pairs of slices of which the one planned later leaves before the other has arrived.
fn backward_pairs<'a>(plan: &Plan<'a>) -> Vec<(Leg<'a>, Leg<'a>)> {
    let listed: Vec<Leg<'a>> = plan.flights.iter().flat_map(|flight| flight.legs()).collect();
    let mut pairs = Vec::new();
    for (i, there) in listed.iter().enumerate() {
        for (j, back) in listed.iter().enumerate().skip(i + 1) {
            let early = back.departs_at() < there.arrives_at();
            let follows = there.item == back.item && j == i + 1;
            let (from, to) = there.areas();
            let reversed = back.areas() == (to, from) && !is_continued(plan, back);
            if early && (follows || reversed) {
                pairs.push((*there, *back));
            }
        }
    }
    pairs
}

/// Whether the traveler has landed in the town that `leg` leaves from, just before.
fn is_continued(plan: &Plan<'_>, leg: &Leg<'_>) -> bool {
    let before = plan.legs.iter().rfind(|other| other.arrives_at() <= leg.departs_at());
    before.is_some_and(|before| before.areas().1 == leg.areas().0)
}

/// Two flights at once.
pub(super) fn overlaps(plan: &Plan<'_>) -> Vec<Lint> {
    let told = backward_pairs(plan);
    let is_told = |a: &Flown<'_>, b: &Flown<'_>| {
        let of = |leg: &Leg<'_>, flown: &Flown<'_>| std::ptr::eq(leg.first, flown.slice_first);
        told.iter().any(|(there, back)| of(there, a) && of(back, b))
    };
    pairs(plan)
        .into_iter()
        .filter(|(a, b)| !is_same(a.segment, b.segment) && !is_told(a, b))
        .filter_map(|(a, b)| overlap(&a, &b))
        .collect()
}

fn overlap(a: &Flown<'_>, b: &Flown<'_>) -> Option<Lint> {
    let (first, second) =
        if b.segment.departs_at() < a.segment.departs_at() { (b, a) } else { (a, b) };
    let until = first.segment.arrives.instant().min(second.segment.arrives.instant());
    let seconds = second.segment.departs_at().seconds_until(until);
    let kind = LintKind::FlightsOverlap {
        first: first.segment.designator(),
        second: second.segment.designator(),
        minutes: seconds.div_euclid(60).max(1),
    };
    (seconds > 0).then(|| Lint::new(Severity::Error, [a.item, b.item], kind))
}

/// What is wrong with changes of planes.
pub(super) fn connections(plan: &Plan<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for flight in &plan.flights {
        for slice in &flight.offer.slices {
            for pair in slice.segments.windows(2) {
                lints.extend(connection(plan, flight.item, &pair[0], &pair[1]));
            }
        }
    }
    lints
}

fn connection(plan: &Plan<'_>, item: ItemId, before: &Segment, after: &Segment) -> Vec<Lint> {
    let minutes = before.arrives.minutes_until(&after.departs);
    if minutes < 0 {
        // Two flights at once, which is told elsewhere.
        return Vec::new();
    }
    let (from, to) = (before.destination, after.origin);
    let mut lints = Vec::new();
    if from != to {
        let kind = LintKind::AirportChange { from, to, minutes };
        lints.push(Lint::new(Severity::Warning, [item], kind));
    }
    let minutes_min = minutes_min(before, after);
    if minutes < minutes_min {
        let kind = LintKind::ConnectionShort { place: from, minutes, minutes_min };
        lints.push(Lint::new(Severity::Warning, [item], kind));
    }
    let nights = nights_between(&before.arrives, &after.departs);
    if nights.iter().any(|night| !plan.has_bed(*night)) {
        let (arrives, departs) = (before.arrives.clone(), after.departs.clone());
        let kind = LintKind::ConnectionOvernight { place: from, arrives, departs };
        lints.push(Lint::new(Severity::Warning, [item], kind));
    }
    lints
}

fn minutes_min(before: &Segment, after: &Segment) -> i64 {
    if before.destination != after.origin {
        return CONNECTION_MINUTES_MIN_AIRPORT_CHANGE;
    }
    let here = before.destination.country();
    if before.origin.country() == here && after.destination.country() == here {
        CONNECTION_MINUTES_MIN_DOMESTIC
    } else {
        CONNECTION_MINUTES_MIN_INTERNATIONAL
    }
}

/// A segment, and where it belongs.
#[derive(Clone, Copy)]
struct Flown<'a> {
    item: ItemId,
    slice_first: &'a Segment,
    segment: &'a Segment,
}

/// Every two segments of the trip, the one listed first in front.
fn pairs<'a>(plan: &Plan<'a>) -> Vec<(Flown<'a>, Flown<'a>)> {
    let mut all: Vec<Flown<'a>> = Vec::new();
    for flight in &plan.flights {
        for slice in &flight.offer.slices {
            let Some(slice_first) = slice.first() else { continue };
            let flown = |segment| Flown { item: flight.item, slice_first, segment };
            all.extend(slice.segments.iter().map(flown));
        }
    }
    let after = |i: usize| all.iter().skip(i + 1);
    all.iter().enumerate().flat_map(|(i, a)| after(i).map(move |b| (*a, *b))).collect()
}

fn is_same(a: &Segment, b: &Segment) -> bool {
    a.designator() == b.designator() && a.origin == b.origin && a.departs == b.departs
}
