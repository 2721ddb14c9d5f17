//! Which slices and journeys a rule is about: domestic, international or any.

use std::collections::BTreeSet;

use super::Judged;
use crate::place::Country;
use crate::policy::facts::{AirFacts, AirSlice};
use crate::policy::finding::Basis;

/// Country groups whose inner flights are domestic.
pub(in crate::policy) type Groups<'a> = Vec<&'a BTreeSet<Country>>;

/// The routes a rule holds for, after more specific rules took theirs.
pub(in crate::policy) struct RouteFilter<'a> {
    pub(in crate::policy) domestic: bool,
    pub(in crate::policy) international: bool,
    pub(in crate::policy) groups: Groups<'a>,
}

impl RouteFilter<'_> {
    /// Whether every landing of the slice is in one country or in one group; `None` when a country
    /// isn't known.
    pub(super) fn is_domestic(&self, slice: &AirSlice) -> Option<bool> {
        let first = slice.segments.first()?.origin.country?;
        let mut one_country = true;
        for segment in &slice.segments {
            one_country &= segment.origin.country? == first;
            one_country &= segment.destination.country? == first;
        }
        let inside = |group: &&BTreeSet<Country>| {
            let holds = |country: Option<Country>| country.is_some_and(|c| group.contains(&c));
            slice.segments.iter().all(|s| holds(s.origin.country) && holds(s.destination.country))
        };
        Some(one_country || self.groups.iter().any(inside))
    }

    fn admits(&self, domestic: bool) -> bool {
        if domestic { self.domestic } else { self.international }
    }

    fn is_any(&self) -> bool {
        self.domestic && self.international
    }

    /// The worst verdict over the slices the rule is about.
    pub(super) fn each_slice(
        &self,
        flight: &AirFacts,
        mut judge: impl FnMut(&AirSlice) -> Judged,
    ) -> Judged {
        let mut worst = Judged::not_applicable(Basis::OtherScope);
        for slice in &flight.slices {
            let admitted = self.is_any()
                || match self.is_domestic(slice) {
                    Some(domestic) => self.admits(domestic),
                    None => {
                        worst = worst.worse(Judged::unknown(Basis::CountryMissing));
                        continue;
                    }
                };
            if admitted {
                worst = first_or_worse(worst, judge(slice));
            }
        }
        worst
    }

    /// The slices the rule is about, for naming what it found.
    pub(super) fn slices<'b>(&'b self, flight: &'b AirFacts) -> impl Iterator<Item = &'b AirSlice> {
        let admitted = |slice: &&AirSlice| {
            self.is_any() || self.is_domestic(slice).is_some_and(|domestic| self.admits(domestic))
        };
        flight.slices.iter().filter(admitted)
    }

    /// The verdict on the journey, where the rule is about it. A journey is domestic when all its
    /// slices are.
    pub(super) fn journey(&self, flight: &AirFacts, judge: impl FnOnce() -> Judged) -> Judged {
        if self.is_any() {
            return judge();
        }
        let mut domestic = true;
        for slice in &flight.slices {
            match self.is_domestic(slice) {
                Some(slice_is) => domestic &= slice_is,
                None => return Judged::unknown(Basis::CountryMissing),
            }
        }
        if self.admits(domestic) { judge() } else { Judged::not_applicable(Basis::OtherScope) }
    }
}

/// Like [`Judged::worse`], but a slice the rule has no limit for says more than no slice at all.
fn first_or_worse(worst: Judged, next: Judged) -> Judged {
    if worst.basis == Basis::OtherScope && next.verdict == worst.verdict {
        next
    } else {
        worst.worse(next)
    }
}
