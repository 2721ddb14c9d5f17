//! Rules about any travel: what each says about one subject.

use std::collections::BTreeSet;

use super::air::against_cap;
use super::rates::{FreshRates, Span};
use super::{Judged, distinct};
use crate::money::{Currency, Money};
use crate::place::Country;
use crate::policy::facts::{AirFacts, AirSlice, SubjectView, TripFacts};
use crate::policy::finding::{Basis, Verdict};
use crate::policy::general::{Countries, CountryMode, Reach, TripBudget};

pub(super) fn countries(
    rule: &Countries,
    list: &BTreeSet<Country>,
    visited: impl IntoIterator<Item = Option<Country>>,
) -> Judged {
    let mut worst = Verdict::NotApplicable;
    for country in visited {
        worst = worst.max(match country {
            None => Verdict::Unknown,
            Some(country) if offends(rule, list, country) => Verdict::Outside,
            Some(_) => Verdict::Within,
        });
    }
    match worst {
        Verdict::Unknown => Judged::unknown(Basis::CountryMissing),
        Verdict::NotApplicable => Judged::not_applicable(Basis::NoLimit),
        verdict => Judged::listed(verdict),
    }
}

fn offends(rule: &Countries, list: &BTreeSet<Country>, country: Country) -> bool {
    list.contains(&country) == (rule.mode == CountryMode::Ban)
}

pub(super) fn countries_of(
    rule: &Countries,
    list: &BTreeSet<Country>,
    flight: &AirFacts,
) -> Judged {
    let slices = &flight.slices;
    match rule.reach {
        Reach::Destination => countries(rule, list, slices.iter().map(ends_in)),
        Reach::Transit => countries(rule, list, slices.iter().flat_map(lands_in)),
    }
}

fn ends_in(slice: &AirSlice) -> Option<Country> {
    slice.segments.last().and_then(|segment| segment.destination.country)
}

fn lands_in(slice: &AirSlice) -> impl Iterator<Item = Option<Country>> {
    slice.segments.iter().enumerate().flat_map(|(i, segment)| {
        // A change of airports can cross a border, so where a later flight leaves from counts too.
        let leaves = (i > 0).then_some(segment.origin.country);
        let stops = segment.stops.iter().map(|stop| stop.place.country);
        leaves.into_iter().chain(stops).chain([segment.destination.country])
    })
}

/// The countries a rule about countries takes offence at.
pub(super) fn offending_countries(
    rule: &Countries,
    list: &BTreeSet<Country>,
    subject: SubjectView<'_>,
    trip: &TripFacts,
) -> Vec<String> {
    let visited: Vec<Option<Country>> = match (subject, rule.reach) {
        (SubjectView::Flight(flight), Reach::Destination) => {
            flight.slices.iter().map(ends_in).collect()
        }
        (SubjectView::Flight(flight), Reach::Transit) => {
            flight.slices.iter().flat_map(lands_in).collect()
        }
        (SubjectView::Stay(stay), _) => vec![stay.place.country],
        (SubjectView::Trip(total), _) => {
            trip.destinations.union(&total.destinations).copied().map(Some).collect()
        }
    };
    let offending = visited.into_iter().flatten().filter(|&country| offends(rule, list, country));
    distinct(offending.map(|country| country.to_string()).collect())
}

pub(super) fn trip_budget(
    rule: &TripBudget,
    own: impl FnOnce(Currency) -> Result<Span, Basis>,
    trip: &TripFacts,
    rates: FreshRates<'_>,
) -> Judged {
    let to = rule.amount.currency;
    let others = sum(&trip.other_costs, to, rates);
    let together = own(to).and_then(|own| own.plus(others?).ok_or(Basis::AmountOverflow));
    match together {
        Ok(price) => against_cap(price, rule.amount, 1),
        Err(missing) => Judged::unknown(missing),
    }
}

/// Each amount is converted and rounded by itself.
pub(super) fn sum(amounts: &[Money], to: Currency, rates: FreshRates<'_>) -> Result<Span, Basis> {
    amounts.iter().try_fold(Span::FREE, |sum, &amount| {
        let minor = rates.convert(amount, to)?.minor;
        sum.plus(Span::exactly(minor)).ok_or(Basis::AmountOverflow)
    })
}
