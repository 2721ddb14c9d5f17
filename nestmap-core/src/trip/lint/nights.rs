//! Lints about nights: on the ground without a bed, and beds without the traveler.

use super::plan::{Ground, Night, Plan, area_of, nights_between};
use super::{Lint, LintKind, Severity};
use crate::id::ItemId;
use crate::time::{Local, Timestamp, Zone};
use crate::trip::{Stay, Trip, TripState};

/// Stays that began before the trip was cleared.
pub(super) fn past(trip: &Trip, plan: &Plan<'_>, now: Timestamp) -> Vec<Lint> {
    if matches!(trip.state, TripState::Cleared { .. }) {
        return Vec::new();
    }
    let begun = plan.stays.iter().filter(|(_, stay)| {
        zone_of(stay).is_some_and(|zone| stay.check_in < now.in_zone(&zone).date())
    });
    begun
        .map(|(item, stay)| {
            let property = stay.property.clone();
            let kind = LintKind::StayInPast { property, check_in: stay.check_in };
            Lint::new(Severity::Warning, [*item], kind)
        })
        .collect()
}

/// Two stays for one night.
pub(super) fn overlaps(plan: &Plan<'_>) -> Vec<Lint> {
    let mut lints = Vec::new();
    for (i, (a_item, a)) in plan.stays.iter().enumerate() {
        for (b_item, b) in plan.stays.iter().skip(i + 1) {
            let nights = a.check_in.max(b.check_in).days_until(a.check_out.min(b.check_out));
            if nights > 0 {
                let (first, second) = if b.check_in < a.check_in { (b, a) } else { (a, b) };
                let (first, second) = (first.property.clone(), second.property.clone());
                let kind = LintKind::StaysOverlap { first, second, nights };
                lints.push(Lint::new(Severity::Warning, [*a_item, *b_item], kind));
            }
        }
    }
    lints
}

/// Landing in one town and leaving from another, without a stay on the way.
pub(super) fn gaps(plan: &Plan<'_>) -> Vec<Lint> {
    let grounds = plan.grounds();
    let gap = |ground: &Ground<'_>| {
        let (arrival, departure) = (ground.arrival?, ground.departure?);
        let (landed, leaves) = (arrival.areas().1, departure.areas().0);
        let moved = |stay: &Stay| area_of(stay.place) != landed && is_during(stay, ground);
        // Flights at once are told elsewhere.
        let at_once = departure.departs_at() < arrival.arrives_at();
        if at_once || landed == leaves || plan.stays.iter().any(|(_, stay)| moved(stay)) {
            return None;
        }
        let kind = LintKind::Gap {
            from: arrival.last.destination,
            to: departure.first.origin,
            arrives: arrival.last.arrives.clone(),
            departs: departure.first.departs.clone(),
        };
        Some(Lint::new(Severity::Warning, ground.items(), kind))
    };
    grounds.iter().filter_map(gap).collect()
}

/// Whether a night of `stay` lies in that time on the ground.
fn is_during(stay: &Stay, ground: &Ground<'_>) -> bool {
    nights_of(stay).iter().any(|night| ground.minutes_of(night) > 0)
}

/// Nights between two flights, away from where the trip began, that no stay covers.
pub(super) fn without_stay(plan: &Plan<'_>) -> Vec<Lint> {
    let grounds = plan.grounds();
    let bare = |ground: &Ground<'_>| {
        let (arrival, departure) = (ground.arrival?, ground.departure?);
        if Some(arrival.areas().1) == plan.home() {
            return None;
        }
        let nights = nights_between(&arrival.last.arrives, &departure.first.departs);
        let nights: Vec<_> = nights.into_iter().filter(|night| !plan.has_bed(*night)).collect();
        if nights.is_empty() {
            return None;
        }
        let kind = LintKind::NightWithoutStay { place: arrival.last.destination, nights };
        Some(Lint::new(Severity::Note, ground.items(), kind))
    };
    grounds.iter().filter_map(bare).collect()
}

/// Stays in another town, on nights away, or reached after the day of check-in.
pub(super) fn stays(plan: &Plan<'_>) -> Vec<Lint> {
    let grounds = plan.grounds();
    if grounds.is_empty() {
        return Vec::new();
    }
    plan.stays.iter().flat_map(|(item, stay)| stay_lints(*item, stay, &grounds)).collect()
}

fn stay_lints(item: ItemId, stay: &Stay, grounds: &[Ground<'_>]) -> Vec<Lint> {
    let area = area_of(stay.place);
    let here: Vec<_> = grounds.iter().filter(|ground| ground.touches(&area)).copied().collect();
    let nights = nights_of(stay);
    let is_here = |night: &Night| here.iter().any(|ground| ground.minutes_of(night) > 0);
    let property = || stay.property.clone();
    if here.is_empty() {
        let traveler_in = nights.iter().find_map(|night| whereabouts(night, grounds));
        let kind = traveler_in.map(|traveler_in| LintKind::StayElsewhere {
            property: property(),
            place: stay.place,
            traveler_in,
        });
        return kind.map(|kind| Lint::new(Severity::Warning, [item], kind)).into_iter().collect();
    }
    let unused: Vec<_> = nights.iter().filter(|night| !is_here(night)).map(|n| n.day).collect();
    let mut lints = Vec::new();
    if !unused.is_empty() {
        let kind = LintKind::StayUnused { property: property(), nights: unused };
        lints.push(Lint::new(Severity::Warning, [item], kind));
    }
    if let Some(arrives) = late_arrival(stay, &here) {
        let kind = LintKind::LateCheckIn { property: property(), check_in: stay.check_in, arrives };
        lints.push(Lint::new(Severity::Note, [item], kind));
    }
    lints
}

/// Where the traveler is on that night; none in the air.
fn whereabouts(night: &Night, grounds: &[Ground<'_>]) -> Option<crate::place::Airport> {
    grounds.iter().rev().find(|ground| ground.minutes_of(night) > 0)?.place()
}

/// The landing, when it is in the first night of the stay and after midnight.
fn late_arrival(stay: &Stay, here: &[Ground<'_>]) -> Option<Local> {
    let zone = zone_of(stay)?;
    let midnight = Local { civil: stay.check_in.plus_days(1).at_midnight(), zone: zone.clone() };
    let first = Night::of(stay.check_in, &zone);
    let ground = here.iter().find(|ground| ground.minutes_of(&first) > 0)?;
    let landed = &ground.arrival?.last.arrives;
    (landed.instant() >= midnight.instant()).then(|| landed.clone())
}

fn nights_of(stay: &Stay) -> Vec<Night> {
    let Some(zone) = zone_of(stay) else { return Vec::new() };
    (0..stay.nights()).map(|day| Night::of(stay.check_in.plus_days(day), &zone)).collect()
}

/// Every place of the tables has a zone; without one nothing can be said about its nights.
fn zone_of(stay: &Stay) -> Option<Zone> {
    stay.place.zone().ok()
}
