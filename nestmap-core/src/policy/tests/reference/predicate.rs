//! Required predicates, by trying out how each unknown fact could turn out.

use std::collections::BTreeSet;

use super::{Found, Judge, NotApplicable, Outside, Unknown, Within};
use crate::money::Money;
use crate::place::Country;
use crate::policy::entry::Entry;
use crate::policy::facts::Flexibility;
use crate::policy::general::Requirement;
use crate::policy::predicate::{Bounds, Fact, FactTest, Form, Listed, Predicate, Test};
use crate::policy::{AirFacts, LodgingFacts, Subject};
use crate::shopping::{Cabin, Condition};

/// One way a fact could be. Ordered words are their place in the order.
#[derive(Clone)]
enum Value {
    Number(i64),
    Amount(Money),
    Flag(bool),
    Codes(Vec<String>),
}

/// What stands for a code nobody lists.
const STRANGER: &str = "a stranger";

impl Judge<'_> {
    pub(super) fn requirement(&self, rule: &Requirement) -> Found {
        let subject = match self.facts.subject {
            Subject::Flight(_) => "flight.",
            Subject::Stay(_) => "stay.",
            Subject::Trip(_) => "trip.",
        };
        let tests: Vec<_> = rule.predicates().flat_map(|p| p.tests("")).collect();
        let foreign = tests.iter().map(|(_, test)| test.fact.as_str()).any(|fact| {
            !fact.starts_with("traveler.")
                && !fact.starts_with("trip.")
                && !fact.starts_with(subject)
        });
        if foreign {
            return (NotApplicable, None);
        }
        let always = BTreeSet::from([true]);
        let never = BTreeSet::from([false]);
        let when = rule.when.as_ref().map_or(always.clone(), |when| self.truths(when));
        let required = self.truths(&rule.require);
        let verdict = match () {
            () if when == never => NotApplicable,
            () if required == always => Within,
            () if when == always && required == never => Outside,
            () => Unknown,
        };
        (verdict, None)
    }

    /// What the predicate can turn out to be, as if its parts had nothing to do with each other.
    fn truths(&self, predicate: &Predicate) -> BTreeSet<bool> {
        match predicate {
            Predicate::Test(test) => self.truths_of(test),
            Predicate::Not(inner) => self.truths(inner).into_iter().map(|truth| !truth).collect(),
            Predicate::All(list) => self.combined(list, |one, other| one && other),
            Predicate::Any(list) => self.combined(list, |one, other| one || other),
        }
    }

    fn combined(&self, list: &[Predicate], join: fn(bool, bool) -> bool) -> BTreeSet<bool> {
        let each = list.iter().map(|predicate| self.truths(predicate));
        each.reduce(|one, other| {
            one.iter().flat_map(|a| other.iter().map(|b| join(*a, *b))).collect()
        })
        .unwrap()
    }

    fn truths_of(&self, test: &FactTest) -> BTreeSet<bool> {
        let listed: Vec<String> = match &test.test {
            Test::Listed(listed) => self.codes(test.fact, listed),
            _ => Vec::new(),
        };
        let any_listed = listed.first().cloned().unwrap_or_default();
        self.values(test.fact, &any_listed)
            .iter()
            .flat_map(|value| match self.meets(&test.test, value, &listed) {
                Some(truth) => vec![truth],
                None => vec![true, false],
            })
            .collect()
    }

    /// Whether a value meets the test; none where an amount can't be converted.
    fn meets(&self, test: &Test, value: &Value, listed: &[String]) -> Option<bool> {
        fn within<T: Copy>(bounds: &Bounds<T>, value: i64, place: impl Fn(T) -> i64) -> bool {
            bounds.at_least.is_none_or(|least| value >= place(least))
                && bounds.at_most.is_none_or(|most| value <= place(most))
        }
        Some(match (test, value) {
            (Test::Number(bounds), Value::Number(number)) => within(bounds, *number, |n| n),
            (Test::Cabin(bounds), Value::Number(number)) => within(bounds, *number, cabin),
            (Test::Flexibility(bounds), Value::Number(number)) => {
                within(bounds, *number, flexibility)
            }
            (Test::Amount(bounds), Value::Amount(amount)) => {
                let least = match bounds.at_least {
                    Some(least) => self.convert(*amount, least)? >= least.decimal(),
                    None => true,
                };
                let most = match bounds.at_most {
                    Some(most) => self.convert(*amount, most)? <= most.decimal(),
                    None => true,
                };
                least && most
            }
            (Test::Flag { is }, Value::Flag(value)) => is == value,
            (Test::Listed(Listed::AnyOf(_)), Value::Codes(codes)) => {
                codes.iter().any(|code| listed.contains(code))
            }
            (Test::Listed(Listed::Only(_)), Value::Codes(codes)) => {
                codes.iter().all(|code| listed.contains(code))
            }
            _ => unreachable!("a test has its fact's form"),
        })
    }

    fn codes(&self, fact: Fact, listed: &Listed) -> Vec<String> {
        let definitions = &self.document.definitions;
        let mut codes = Vec::new();
        for entry in listed.list() {
            match entry {
                Entry::Code(code) => codes.push(code.clone()),
                Entry::List(name) if fact.form() == Form::Carriers => {
                    codes.extend(definitions.carrier_lists[name].iter().map(|a| a.to_string()));
                }
                Entry::List(name) => {
                    codes.extend(definitions.country_groups[name].iter().map(|c| c.to_string()));
                }
            }
        }
        codes
    }

    /// Every way the fact could be that makes a difference.
    fn values(&self, fact: Fact, listed: &str) -> Vec<Value> {
        let (traveler, trip) = (&self.facts.traveler, &self.facts.trip);
        let codes = |codes: Vec<Option<String>>| codes_of(&codes, listed);
        let country = |country: Option<Country>| country.map(|c| c.to_string());
        match (fact, &self.facts.subject) {
            (Fact::TravelerGuest, _) => vec![Value::Flag(traveler.guest)],
            (Fact::TravelerCountry, _) => codes(vec![country(traveler.country)]),
            (Fact::TravelerGrade, _) => codes(vec![traveler.grade.clone()]),
            (Fact::TravelerDepartment, _) => codes(vec![traveler.department.clone()]),
            (Fact::TravelerCostCenter, _) => codes(vec![traveler.cost_center.clone()]),
            (Fact::TravelerGroups, _) => codes(traveler.groups.iter().cloned().map(Some).collect()),
            (Fact::TripPurpose, _) => codes(vec![trip.purpose.clone()]),
            (Fact::TripReasons, _) => codes(trip.reasons.iter().cloned().map(Some).collect()),
            (_, Subject::Flight(flight)) => self.of_flight(fact, flight, listed),
            (_, Subject::Stay(stay)) => of_stay(fact, stay, listed),
            (_, Subject::Trip(_)) => unreachable!("no random trips"),
        }
    }

    fn of_flight(&self, fact: Fact, flight: &AirFacts, listed: &str) -> Vec<Value> {
        let segments: Vec<_> = flight.slices.iter().flat_map(|slice| &slice.segments).collect();
        let first = segments[0];
        let count = |count: usize| vec![Value::Number(count as i64)];
        let country = |country: Option<Country>| country.map(|c| c.to_string());
        let landed = |segment: &&crate::policy::facts::AirSegment| {
            let stops: Vec<_> = segment.stops.iter().map(|stop| stop.place).collect();
            [vec![segment.origin], stops, vec![segment.destination]].concat()
        };
        let places: Vec<_> = segments.iter().flat_map(landed).collect();
        let codes = |codes: Vec<Option<String>>| codes_of(&codes, listed);
        match fact {
            Fact::FlightTotal => vec![Value::Amount(flight.total)],
            Fact::FlightTravelers => vec![Value::Number(flight.travelers)],
            Fact::FlightSlices => count(flight.slices.len()),
            Fact::FlightConnections => {
                count(flight.slices.iter().map(|slice| slice.segments.len() - 1).max().unwrap())
            }
            // Every minute up to the highest bound there is in random rules, and one beyond any.
            Fact::FlightElapsedMinutes => (0..=460)
                .chain([1_000_000])
                .map(|unknown| {
                    let slices = flight.slices.iter();
                    let minutes = slices.map(|slice| slice.elapsed_minutes.unwrap_or(unknown));
                    Value::Number(minutes.max().unwrap())
                })
                .collect(),
            Fact::FlightDaysAhead => {
                let today = self.facts.trip.now.in_zone(&first.departs.zone).date();
                vec![Value::Number(today.days_until(first.departs.date()))]
            }
            Fact::FlightDepartureMinute => {
                let (hour, minute, _) = first.departs.civil.clock();
                vec![Value::Number(i64::from(hour) * 60 + i64::from(minute))]
            }
            Fact::FlightCabinHighest | Fact::FlightCabinPlainest => Cabin::ALL
                .map(|unknown| {
                    let cabins = segments.iter().map(|s| cabin(s.cabin.unwrap_or(unknown)));
                    Value::Number(match fact {
                        Fact::FlightCabinHighest => cabins.max().unwrap(),
                        _ => cabins.min().unwrap(),
                    })
                })
                .to_vec(),
            Fact::FlightMarketingCarriers => {
                codes(segments.iter().map(|s| s.marketing.map(|a| a.to_string())).collect())
            }
            Fact::FlightOperatingCarriers => {
                codes(segments.iter().map(|s| s.operating.map(|a| a.to_string())).collect())
            }
            Fact::FlightOriginCountry => codes(vec![country(first.origin.country)]),
            Fact::FlightDestinationCountries => {
                let last = flight.slices.iter().map(|slice| slice.segments.last().unwrap());
                codes(last.map(|segment| country(segment.destination.country)).collect())
            }
            Fact::FlightCountries => codes(places.iter().map(|p| country(p.country)).collect()),
            Fact::FlightAirports => {
                codes(places.iter().map(|p| Some(p.airport.to_string())).collect())
            }
            Fact::FlightRefund => conditions(flight.refund),
            Fact::FlightChange => conditions(flight.change),
            _ => unreachable!("not a fact of flights"),
        }
    }
}

fn of_stay(fact: Fact, stay: &LodgingFacts, listed: &str) -> Vec<Value> {
    let place = &stay.place;
    match fact {
        Fact::StayNights => vec![Value::Number(stay.nights.len() as i64)],
        Fact::StayStarsTenths => match stay.stars_tenths {
            Some(tenths) => vec![Value::Number(tenths)],
            None => (0..=50).map(Value::Number).collect(),
        },
        Fact::StayCountry => codes_of(&[place.country.map(|c| c.to_string())], listed),
        Fact::StayTown => codes_of(std::slice::from_ref(&place.town), listed),
        Fact::StayProperty => codes_of(&[Some(place.property.clone())], listed),
        Fact::StayRefund => conditions(stay.refund),
        _ => unreachable!("not a fact of stays"),
    }
}

/// Each unknown code could be one from the list, or another.
fn codes_of(codes: &[Option<String>], listed: &str) -> Vec<Value> {
    [listed, STRANGER]
        .map(|unknown| {
            let known = codes.iter().map(|code| code.clone().unwrap_or_else(|| unknown.to_owned()));
            Value::Codes(known.collect())
        })
        .to_vec()
}

fn conditions(condition: Condition) -> Vec<Value> {
    use Flexibility::{Full, None as Nothing, WithPenalty};
    let tries = match condition {
        Condition::Unknown => vec![Nothing, WithPenalty, Full],
        Condition::No => vec![Nothing],
        Condition::Yes { penalty: None } => vec![WithPenalty, Full],
        Condition::Yes { penalty: Some(fee) } if fee.minor == 0 => vec![Full],
        Condition::Yes { .. } => vec![WithPenalty],
    };
    tries.into_iter().map(|value| Value::Number(flexibility(value))).collect()
}

fn cabin(cabin: Cabin) -> i64 {
    Cabin::ALL.iter().position(|listed| *listed == cabin).unwrap() as i64
}

fn flexibility(value: Flexibility) -> i64 {
    Flexibility::ALL.iter().position(|listed| *listed == value).unwrap() as i64
}
