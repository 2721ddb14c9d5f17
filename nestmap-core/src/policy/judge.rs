//! Holding one rule against one subject: small values, no allocation, no text.

mod air;
mod general;
mod lodging;
mod market;
mod predicate;
mod rates;
mod route;

pub(super) use market::{FareComparison, Market};
use predicate::View;
pub(super) use rates::{FreshRates, Rates};
pub(super) use route::{Groups, RouteFilter};

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Definitions, PolicyDocument};
use super::entry::codes;
use super::facts::{AirFacts, Flexibility, SubjectView, TravelerFacts, TripFacts};
use super::finding::{Basis, Quantity, Verdict};
use super::rule::RuleBody;
use super::{air as air_rules, general as general_rules, lodging as lodging_rules};
use crate::money::Money;
use crate::place::Country;
use crate::shopping::Cabin;
use crate::time::{Date, Timestamp, Zone};

/// What one rule says about one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) basis: Basis,
    pub(super) limit: Option<Scalar>,
    pub(super) actual: Option<Scalar>,
    pub(super) context: Option<Scalar>,
}

/// A quantity that fits into registers. Lists are rendered from the facts when a finding is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    Money(Money),
    Minutes(i64),
    Days(i64),
    Count(i64),
    Cabin(Cabin),
    StarsTenths(i64),
    Flexibility(Flexibility),
    Date(Date),
}

impl From<Scalar> for Quantity {
    fn from(scalar: Scalar) -> Self {
        match scalar {
            Scalar::Money(value) => Self::Money(value),
            Scalar::Minutes(value) => Self::Minutes(value),
            Scalar::Days(value) => Self::Days(value),
            Scalar::Count(value) => Self::Count(value),
            Scalar::Cabin(value) => Self::Cabin(value),
            Scalar::StarsTenths(value) => Self::StarsTenths(value),
            Scalar::Flexibility(value) => Self::Flexibility(value),
            Scalar::Date(value) => Self::Date(value),
        }
    }
}

impl Judged {
    pub(super) fn not_applicable(basis: Basis) -> Self {
        Self { verdict: Verdict::NotApplicable, basis, limit: None, actual: None, context: None }
    }

    pub(super) fn unknown(basis: Basis) -> Self {
        Self { verdict: Verdict::Unknown, ..Self::not_applicable(basis) }
    }

    pub(super) fn measured(outside: bool, limit: Scalar, actual: Scalar) -> Self {
        let verdict = if outside { Verdict::Outside } else { Verdict::Within };
        let (limit, actual) = (Some(limit), Some(actual));
        Self { verdict, basis: Basis::Measured, limit, actual, context: None }
    }

    /// A verdict whose limit and actual value are lists.
    pub(super) fn listed(verdict: Verdict) -> Self {
        Self { verdict, ..Self::not_applicable(Basis::Measured) }
    }

    pub(super) fn context(self, context: Scalar) -> Self {
        Self { context: Some(context), ..self }
    }

    /// Of two parts of a subject the one with the worse verdict; of equals the first.
    pub(super) fn worse(self, other: Self) -> Self {
        if other.verdict > self.verdict { other } else { self }
    }
}

/// What every rule can look at besides its subject.
pub(super) struct Surroundings<'a> {
    pub(super) traveler: &'a TravelerFacts,
    pub(super) trip: &'a TripFacts,
    pub(super) rates: Rates<'a>,
    pub(super) market: Option<Market<'a>>,
}

/// Values that many subjects share, computed once.
#[derive(Default)]
pub(super) struct Scratch {
    days: Vec<(Zone, Date)>,
    /// Room for the prices a comparison looks at.
    prices: Vec<i64>,
}

impl Scratch {
    /// The calendar day of `now` on the clocks of `zone`; journeys of one search begin in few.
    fn day_in(&mut self, now: Timestamp, zone: &Zone) -> Date {
        if let Some((_, day)) = self.days.iter().find(|(known, _)| known == zone) {
            return *day;
        }
        let day = now.in_zone(zone).date();
        self.days.push((zone.clone(), day));
        day
    }
}

/// A rule's body with its lists looked up and its market prepared.
pub(super) enum Check<'a> {
    CabinByDuration(&'a air_rules::CabinByDuration),
    PriceCap(air_rules::PriceCap),
    FareComparison(FareComparison<'a>),
    AdvanceBooking(air_rules::AdvanceBooking),
    Carriers(air::Carriers<'a>),
    Refundable(air_rules::FareFlexibility),
    Changeable(air_rules::FareFlexibility),
    BasicEconomy(&'a air_rules::BasicEconomy),
    Connections(air_rules::Connections),
    Layover(air_rules::Layover),
    AirportChange,
    Emissions(air_rules::Emissions),
    NightlyCap(&'a lodging_rules::NightlyCap, &'a BTreeMap<String, BTreeSet<Country>>),
    Stars(&'a lodging_rules::Stars, &'a BTreeMap<String, BTreeSet<Country>>),
    Countries(&'a general_rules::Countries, BTreeSet<Country>),
    TripBudget(general_rules::TripBudget),
    Requirement(&'a general_rules::Requirement, &'a Definitions),
}

impl<'a> Check<'a> {
    pub(super) fn new(
        body: &'a RuleBody,
        document: &'a PolicyDocument,
        surroundings: &Surroundings<'a>,
    ) -> Self {
        let definitions = &document.definitions;
        let groups = &definitions.country_groups;
        let market = surroundings.market.as_ref();
        match body {
            RuleBody::CabinByDuration(rule) => Self::CabinByDuration(rule),
            RuleBody::PriceCap(rule) => Self::PriceCap(*rule),
            RuleBody::OverLowestFare(rule) => {
                Self::FareComparison(FareComparison::with_lowest(rule, document, market))
            }
            RuleBody::OverAverageFare(rule) => {
                Self::FareComparison(FareComparison::with_average(rule, document, market))
            }
            RuleBody::AdvanceBooking(rule) => Self::AdvanceBooking(*rule),
            RuleBody::Carriers(rule) => {
                let list = codes(&rule.carriers, &definitions.carrier_lists);
                Self::Carriers(air::Carriers::new(rule, list, market))
            }
            RuleBody::Refundable(rule) => Self::Refundable(*rule),
            RuleBody::Changeable(rule) => Self::Changeable(*rule),
            RuleBody::BasicEconomy(rule) => Self::BasicEconomy(rule),
            RuleBody::Connections(rule) => Self::Connections(*rule),
            RuleBody::Layover(rule) => Self::Layover(*rule),
            RuleBody::AirportChange(_) => Self::AirportChange,
            RuleBody::Emissions(rule) => Self::Emissions(*rule),
            RuleBody::NightlyCap(rule) => Self::NightlyCap(rule, groups),
            RuleBody::Stars(rule) => Self::Stars(rule, groups),
            RuleBody::Countries(rule) => Self::Countries(rule, codes(&rule.countries, groups)),
            RuleBody::TripBudget(rule) => Self::TripBudget(*rule),
            RuleBody::Requirement(rule) => Self::Requirement(rule, definitions),
        }
    }

    /// What the rule says. `route` is for rules about flights: which slices and journeys count.
    pub(super) fn judge(
        &self,
        subject: SubjectView<'_>,
        route: &RouteFilter<'_>,
        age_days_max: i64,
        around: &Surroundings<'_>,
        scratch: &mut Scratch,
    ) -> Judged {
        let rates = around.rates.not_older_than(age_days_max);
        match (self, subject) {
            (Self::Requirement(rule, definitions), _) => {
                predicate::requirement(rule, View { subject, around, rates, definitions }, scratch)
            }
            (_, SubjectView::Flight(flight)) => {
                self.judge_flight(flight, route, rates, around, scratch)
            }
            (Self::NightlyCap(rule, groups), SubjectView::Stay(stay)) => {
                lodging::nightly_cap(rule, groups, stay, rates)
            }
            (Self::Stars(rule, groups), SubjectView::Stay(stay)) => {
                lodging::stars(rule, groups, stay)
            }
            (Self::Countries(rule, list), SubjectView::Stay(stay)) => {
                general::countries(rule, list, [stay.place.country])
            }
            (Self::Countries(rule, list), SubjectView::Trip(total)) => {
                let all = around.trip.destinations.union(&total.destinations);
                general::countries(rule, list, all.copied().map(Some))
            }
            (Self::TripBudget(rule), SubjectView::Stay(stay)) => {
                let own = |to| lodging::total(stay, to, rates);
                general::trip_budget(rule, own, around.trip, rates)
            }
            (Self::TripBudget(rule), SubjectView::Trip(total)) => {
                let own = |to| general::sum(&total.costs, to, rates);
                general::trip_budget(rule, own, around.trip, rates)
            }
            _ => Judged::not_applicable(Basis::OtherScope),
        }
    }

    pub(super) fn judge_flight(
        &self,
        flight: &AirFacts,
        route: &RouteFilter<'_>,
        rates: rates::FreshRates<'_>,
        around: &Surroundings<'_>,
        scratch: &mut Scratch,
    ) -> Judged {
        match self {
            Self::CabinByDuration(rule) => {
                let market = around.market.as_ref();
                route.each_slice(flight, |slice| air::cabin_by_duration(rule, slice, market))
            }
            Self::BasicEconomy(rule) => {
                route.each_slice(flight, |slice| air::basic_economy(rule, slice))
            }
            Self::Connections(rule) => {
                route.each_slice(flight, |slice| air::connections(rule, slice))
            }
            Self::Layover(rule) => route.each_slice(flight, |slice| air::layover(rule, slice)),
            Self::AirportChange => route.each_slice(flight, air::airport_change),
            Self::PriceCap(rule) => route.journey(flight, || air::price_cap(rule, flight, rates)),
            Self::FareComparison(rule) => {
                let market = around.market.as_ref();
                route.journey(flight, || rule.judge(flight, route, rates, market, scratch))
            }
            Self::AdvanceBooking(rule) => route.journey(flight, || {
                let now = around.trip.now;
                air::advance_booking(rule, flight, |zone| scratch.day_in(now, zone))
            }),
            Self::Carriers(rule) => route.journey(flight, || rule.judge(flight)),
            Self::Emissions(rule) => route.journey(flight, || air::emissions(rule, flight)),
            Self::Refundable(rule) => {
                route.journey(flight, || air::flexibility(rule, flight.refund))
            }
            Self::Changeable(rule) => {
                route.journey(flight, || air::flexibility(rule, flight.change))
            }
            Self::Countries(rule, list) => general::countries_of(rule, list, flight),
            Self::TripBudget(rule) => {
                let own = |to| general::sum(&[flight.total], to, rates);
                general::trip_budget(rule, own, around.trip, rates)
            }
            Self::NightlyCap(..) | Self::Stars(..) | Self::Requirement(..) => {
                Judged::not_applicable(Basis::OtherScope)
            }
        }
    }

    /// The limit and the actual value of rules whose values are lists or texts, and what names the
    /// place, of a subject that is outside or unknown.
    pub(super) fn lists(
        &self,
        verdict: Verdict,
        subject: SubjectView<'_>,
        route: &RouteFilter<'_>,
        age_days_max: i64,
        around: &Surroundings<'_>,
    ) -> Lists {
        if let Self::Requirement(rule, definitions) = self {
            let rates = around.rates.not_older_than(age_days_max);
            return Lists::of_requirement(
                rule,
                verdict,
                View { subject, around, rates, definitions },
            );
        }
        if verdict != Verdict::Outside {
            return Lists::default();
        }
        match (self, subject) {
            (Self::Carriers(rule), SubjectView::Flight(flight)) => {
                Lists::of(strings(&rule.list), rule.offending(flight))
            }
            (Self::BasicEconomy(rule), SubjectView::Flight(flight)) => {
                let brands = air::offending_brands(rule, flight, route);
                Lists::of(rule.fare_brands.iter().cloned().collect(), brands)
            }
            (Self::AirportChange, SubjectView::Flight(flight)) => {
                let changed = air::changed_airports(flight, route);
                Lists { context: Some(Quantity::Codes(changed)), ..Lists::default() }
            }
            (Self::Countries(rule, list), subject) => {
                let offending = general::offending_countries(rule, list, subject, around.trip);
                Lists::of(strings(list), offending)
            }
            _ => Lists::default(),
        }
    }
}

/// Quantities that are lists.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) limit: Option<Quantity>,
    pub(super) actual: Option<Quantity>,
    pub(super) context: Option<Quantity>,
}

impl Lists {
    fn of_requirement(rule: &general_rules::Requirement, verdict: Verdict, view: View<'_>) -> Self {
        let scratch = &mut Scratch::default();
        match verdict {
            Verdict::Outside => {
                let (limit, actual) = predicate::broken(rule, view, scratch);
                Self { limit: Some(limit), actual: Some(actual), context: None }
            }
            Verdict::Unknown => {
                let context = Some(predicate::missing(rule, view, scratch));
                Self { context, ..Self::default() }
            }
            Verdict::Within | Verdict::NotApplicable => Self::default(),
        }
    }

    fn of(limit: Vec<String>, actual: Vec<String>) -> Self {
        let (limit, actual) = (Some(Quantity::Codes(limit)), Some(Quantity::Codes(actual)));
        Self { limit, actual, context: None }
    }
}

fn strings<T: ToString>(list: &BTreeSet<T>) -> Vec<String> {
    list.iter().map(T::to_string).collect()
}

/// Sorts and takes twins out.
fn distinct(mut list: Vec<String>) -> Vec<String> {
    list.sort();
    list.dedup();
    list
}
