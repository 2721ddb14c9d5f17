//! Rules that require a predicate: what is known of each fact, and what follows from it.

use super::rates::FreshRates;
use super::{Judged, Scratch, Surroundings};
use crate::money::Money;
use crate::place::{Airline, Country};
use crate::policy::document::Definitions;
use crate::policy::entry::Entry;
use crate::policy::facts::{
    AirFacts, AirPlace, AirSegment, Flexibility, LodgingFacts, SubjectView,
};
use crate::policy::finding::{Basis, Quantity, Verdict};
use crate::policy::general::Requirement;
use crate::policy::predicate::{Bounds, Fact, FactTest, Form, Listed, Predicate, Test, joined};
use crate::shopping::{Cabin, Condition};

/// Everything a predicate can look at.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) subject: SubjectView<'a>,
    pub(super) around: &'a Surroundings<'a>,
    pub(super) rates: FreshRates<'a>,
    pub(super) definitions: &'a Definitions,
}

/// What is known of a fact whose values have an order: it is at least this and at most that.
type Span<T> = Option<(T, T)>;

/// What stars can be.
const STARS_TENTHS: (i64, i64) = (0, 50);

pub(super) fn requirement(rule: &Requirement, view: View<'_>, scratch: &mut Scratch) -> Judged {
    if rule.travel().is_some_and(|kind| view.subject.travel_kind() != Some(kind)) {
        return Judged::not_applicable(Basis::OtherScope);
    }
    let asked = rule.when.as_ref().map_or(Some(true), |when| view.holds(when, scratch));
    if asked == Some(false) {
        return Judged::not_applicable(Basis::NoLimit);
    }
    match (asked, view.holds(&rule.require, scratch)) {
        (_, Some(true)) => Judged::listed(Verdict::Within),
        (Some(true), Some(false)) => Judged::listed(Verdict::Outside),
        _ => Judged::unknown(Basis::FactMissing),
    }
}

/// The part of the requirement that doesn't hold, and the facts it looks at.
pub(super) fn broken(
    rule: &Requirement,
    view: View<'_>,
    scratch: &mut Scratch,
) -> (Quantity, Quantity) {
    let part = view.broken(&rule.require, scratch);
    let mut facts: Vec<_> = part.tests("").into_iter().map(|(_, test)| test.fact).collect();
    facts.sort();
    facts.dedup();
    let shown = facts.into_iter().map(|fact| format!("{fact} {}", view.shown(fact, scratch)));
    (Quantity::Text(part.to_string()), Quantity::Text(joined(shown, "; ")))
}

/// The facts that leave the requirement open, by name.
pub(super) fn missing(rule: &Requirement, view: View<'_>, scratch: &mut Scratch) -> Quantity {
    let tests = rule.predicates().flat_map(|predicate| predicate.tests(""));
    let open = tests.filter(|(_, test)| view.test(test, scratch).is_none());
    Quantity::Codes(super::distinct(open.map(|(_, test)| test.fact.to_string()).collect()))
}

impl View<'_> {
    fn holds(self, predicate: &Predicate, scratch: &mut Scratch) -> Option<bool> {
        match predicate {
            Predicate::Test(test) => self.test(test, scratch),
            Predicate::Not(inner) => self.holds(inner, scratch).map(|holds| !holds),
            Predicate::All(list) => self.decided(list, false, scratch),
            Predicate::Any(list) => self.decided(list, true, scratch),
        }
    }

    /// `deciding` where one of them is that, unknown where one could be, the opposite otherwise.
    fn decided(self, list: &[Predicate], deciding: bool, scratch: &mut Scratch) -> Option<bool> {
        let mut answer = Some(!deciding);
        for predicate in list {
            match self.holds(predicate, scratch) {
                Some(holds) if holds == deciding => return Some(deciding),
                Some(_) => {}
                None => answer = None,
            }
        }
        answer
    }

    /// Of everything that must hold together the first that doesn't.
    fn broken<'p>(self, predicate: &'p Predicate, scratch: &mut Scratch) -> &'p Predicate {
        let Predicate::All(list) = predicate else { return predicate };
        let part = list.iter().find(|part| self.holds(part, scratch) == Some(false));
        part.map_or(predicate, |part| self.broken(part, scratch))
    }

    fn test(self, test: &FactTest, scratch: &mut Scratch) -> Option<bool> {
        match &test.test {
            Test::Number(bounds) => bounds.admit(self.number(test.fact, scratch)),
            Test::Amount(bounds) => self.amount_within(self.amount()?, bounds),
            Test::Cabin(bounds) => bounds.admit(self.cabin(test.fact)),
            Test::Flexibility(bounds) => bounds.admit(self.flexibility(test.fact)),
            Test::Flag { is } => Some(self.flag() == *is),
            Test::Listed(listed) => self.listed(test.fact, listed),
        }
    }

    fn flight(&self) -> Option<&AirFacts> {
        match self.subject {
            SubjectView::Flight(flight) => Some(flight),
            _ => None,
        }
    }

    fn stay(&self) -> Option<&LodgingFacts> {
        match self.subject {
            SubjectView::Stay(stay) => Some(stay),
            _ => None,
        }
    }

    fn number(self, fact: Fact, scratch: &mut Scratch) -> Span<i64> {
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        let known = match fact {
            Fact::FlightElapsedMinutes => return longest(self.flight()?),
            Fact::FlightTravelers => self.flight()?.travelers,
            Fact::FlightSlices => count(self.flight()?.slices.len()),
            Fact::FlightConnections => {
                let slices = &self.flight()?.slices;
                slices.iter().map(|slice| slice.connections()).max()?
            }
            Fact::FlightDaysAhead => {
                let first = &self.flight()?.segments().next()?.departs;
                let today = scratch.day_in(self.around.trip.now, &first.zone);
                today.days_until(first.date())
            }
            Fact::FlightDepartureMinute => {
                self.flight()?.segments().next()?.departs.civil.minute_of_day()
            }
            Fact::StayNights => count(self.stay()?.nights.len()),
            Fact::StayStarsTenths => match self.stay()?.stars_tenths {
                Some(tenths) => tenths,
                None => return Some(STARS_TENTHS),
            },
            _ => return None,
        };
        Some((known, known))
    }

    fn amount(self) -> Option<Money> {
        self.flight().map(|flight| flight.total)
    }

    fn amount_within(self, amount: Money, bounds: &Bounds<Money>) -> Option<bool> {
        let compare = |bound: Option<Money>, within: fn(i64, i64) -> bool| match bound {
            None => Some(true),
            Some(bound) => {
                let minor = self.rates.convert(amount, bound.currency).ok()?.minor;
                Some(within(minor, bound.minor))
            }
        };
        let least = compare(bounds.at_least, |minor, bound| minor >= bound)?;
        Some(least && compare(bounds.at_most, |minor, bound| minor <= bound)?)
    }

    fn cabin(self, fact: Fact) -> Span<Cabin> {
        let flight = self.flight()?;
        let known = flight.segments().filter_map(|segment| segment.cabin);
        let complete = flight.segments().all(|segment| segment.cabin.is_some());
        let (plainest, highest) = (known.clone().min(), known.max());
        let (first, last) = (Cabin::Economy, Cabin::First);
        match (fact, complete) {
            (Fact::FlightCabinHighest, true) => Some((highest?, highest?)),
            (Fact::FlightCabinHighest, false) => Some((highest.unwrap_or(first), last)),
            (_, true) => Some((plainest?, plainest?)),
            (_, false) => Some((first, plainest.unwrap_or(last))),
        }
    }

    fn flexibility(self, fact: Fact) -> Span<Flexibility> {
        let condition: Condition = match fact {
            Fact::FlightRefund => self.flight()?.refund,
            Fact::FlightChange => self.flight()?.change,
            _ => self.stay()?.refund,
        };
        Some(Flexibility::bounds(condition))
    }

    fn flag(self) -> bool {
        self.around.traveler.guest
    }

    fn listed(self, fact: Fact, listed: &Listed) -> Option<bool> {
        let list = listed.list();
        let (mut inside, mut outside, mut open) = (false, false, false);
        self.each_code(fact, &mut |code| match code {
            None => open = true,
            Some(code) if self.is_listed(fact, list, code) => inside = true,
            Some(_) => outside = true,
        });
        match listed {
            Listed::AnyOf(_) if inside => Some(true),
            Listed::Only(_) if outside => Some(false),
            _ if open => None,
            Listed::AnyOf(_) => Some(false),
            Listed::Only(_) => Some(true),
        }
    }

    fn is_listed<'b>(
        self,
        fact: Fact,
        list: impl IntoIterator<Item = &'b Entry<String>>,
        code: &str,
    ) -> bool {
        let Definitions { country_groups, carrier_lists } = self.definitions;
        list.into_iter().any(|entry| match entry {
            Entry::Code(listed) => listed == code,
            Entry::List(name) if fact.form() == Form::Carriers => {
                carrier_lists.get(name).is_some_and(|list| list.iter().any(|a| a.code() == code))
            }
            Entry::List(name) => {
                country_groups.get(name).is_some_and(|list| list.iter().any(|c| c.code() == code))
            }
        })
    }

    /// Each code of the fact; none stands for one that isn't known.
    fn each_code(&self, fact: Fact, found: &mut dyn FnMut(Option<&str>)) {
        let traveler = self.around.traveler;
        let trip = self.around.trip;
        match fact {
            Fact::TravelerCountry => found(traveler.country.as_ref().map(Country::code)),
            Fact::TravelerGrade => found(traveler.grade.as_deref()),
            Fact::TravelerDepartment => found(traveler.department.as_deref()),
            Fact::TravelerCostCenter => found(traveler.cost_center.as_deref()),
            Fact::TravelerGroups => traveler.groups.iter().for_each(|group| found(Some(group))),
            Fact::TripPurpose => found(trip.purpose.as_deref()),
            Fact::TripReasons => trip.reasons.iter().for_each(|reason| found(Some(reason))),
            _ => match self.subject {
                SubjectView::Flight(flight) => each_of_flight(flight, fact, found),
                SubjectView::Stay(stay) => each_of_stay(stay, fact, found),
                SubjectView::Trip(_) => found(None),
            },
        }
    }

    /// The fact's value in the words of documents.
    fn shown(self, fact: Fact, scratch: &mut Scratch) -> String {
        let unknown = || "unknown".to_owned();
        match fact.form() {
            Form::Number(_) => span(self.number(fact, scratch), |number| number.to_string()),
            Form::Amount => self.amount().map_or_else(unknown, |amount| amount.to_string()),
            Form::Cabin => span(self.cabin(fact), |cabin| cabin.as_str().to_owned()),
            Form::Flexibility => span(self.flexibility(fact), |value| value.to_string()),
            Form::Flag => self.flag().to_string(),
            Form::Countries | Form::Carriers | Form::Airports | Form::Texts => {
                let mut codes = Vec::new();
                self.each_code(fact, &mut |code| {
                    codes.push(code.map_or_else(unknown, str::to_owned));
                });
                match super::distinct(codes) {
                    none if none.is_empty() => "none".to_owned(),
                    codes => joined(codes, ", "),
                }
            }
        }
    }
}

fn span<T: PartialEq>(span: Span<T>, shown: impl Fn(T) -> String) -> String {
    match span {
        Some((least, most)) if least == most => shown(least),
        _ => "unknown".to_owned(),
    }
}

impl<T: PartialOrd + Copy> Bounds<T> {
    /// Whether a value of which only bounds may be known is within these.
    fn admit(&self, value: Span<T>) -> Option<bool> {
        let (least, most) = value?;
        let below = self.at_least.is_some_and(|bound| most < bound);
        let above = self.at_most.is_some_and(|bound| least > bound);
        let within = self.at_least.is_none_or(|bound| least >= bound)
            && self.at_most.is_none_or(|bound| most <= bound);
        match (below || above, within) {
            (true, _) => Some(false),
            (false, true) => Some(true),
            (false, false) => None,
        }
    }
}

fn longest(flight: &AirFacts) -> Span<i64> {
    let durations = flight.slices.iter().map(|slice| slice.elapsed_minutes.filter(|&m| m >= 0));
    let known = durations.clone().flatten().max();
    match durations.clone().all(|minutes| minutes.is_some()) {
        true => known.map(|minutes| (minutes, minutes)),
        false => Some((known.unwrap_or(0), i64::MAX)),
    }
}

fn each_of_flight(flight: &AirFacts, fact: Fact, found: &mut dyn FnMut(Option<&str>)) {
    let mut country = |place: &AirPlace| found(place.country.as_ref().map(Country::code));
    let segments = flight.segments();
    let places = segments.clone().flat_map(places);
    match fact {
        Fact::FlightOriginCountry => segments.take(1).for_each(|first| country(&first.origin)),
        Fact::FlightDestinationCountries => {
            let last = flight.slices.iter().filter_map(|slice| slice.segments.last());
            last.for_each(|segment| country(&segment.destination));
        }
        Fact::FlightMarketingCarriers => {
            segments.for_each(|s| found(s.marketing.as_ref().map(Airline::code)));
        }
        Fact::FlightOperatingCarriers => {
            segments.for_each(|s| found(s.operating.as_ref().map(Airline::code)));
        }
        Fact::FlightAirports => places.for_each(|place| found(Some(place.airport.code()))),
        _ => places.for_each(country),
    }
}

/// Everywhere a flight leaves from or lands.
fn places(segment: &AirSegment) -> impl Iterator<Item = &AirPlace> {
    let stops = segment.stops.iter().map(|stop| &stop.place);
    [&segment.origin, &segment.destination].into_iter().chain(stops)
}

fn each_of_stay(stay: &LodgingFacts, fact: Fact, found: &mut dyn FnMut(Option<&str>)) {
    match fact {
        Fact::StayCountry => found(stay.place.country.as_ref().map(Country::code)),
        Fact::StayTown => found(stay.place.town.as_deref()),
        _ => found(Some(&stay.place.property)),
    }
}
