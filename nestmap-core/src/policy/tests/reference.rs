//! A second evaluator, slow and obviously right, and its comparison with the engine.
//!
//! It is written from the meaning of each rule: unknown facts are tried out one by one, markets
//! are searched from end to end, selection is spelled out for every pair of rules.

mod predicate;

use std::collections::BTreeSet;

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::random::{any_facts, policies};
use crate::id::OfferId;
use crate::money::{Currency, Money};
use crate::place::{Airline, Country};
use crate::policy::air::{
    AddedTo, Average, CabinMatch, CarrierMode, CarrierRole, Carriers, Comparable, DurationMeasure,
    EmissionsPer, PricePer, WindowOn,
};
use crate::policy::document::PolicyDocument;
use crate::policy::entry::{AirportMatch, Entry, Place, Season};
use crate::policy::facts::{AirSegment, AirSlice, Flexibility, Night};
use crate::policy::finding::RuleId;
use crate::policy::general::{CountryMode, Reach};
use crate::policy::lodging::NightMeasure;
use crate::policy::rule::{Counted, RouteClass, Selection};
use crate::policy::scope::Scope;
use crate::policy::{
    AirFacts, Facts, LodgingFacts, Outcome, PolicyInForce, Quantity, Rule, RuleBody, Subject,
    Verdict, assess,
};
use crate::shopping::{Cabin, Condition};
use crate::time::Date;
use Verdict::{NotApplicable, Outside, Unknown, Within};

/// A verdict, and the limit where the reference knows it.
type Found = (Verdict, Option<Quantity>);

struct InScope<'a> {
    policy: &'a PolicyInForce,
    rule: &'a Rule,
    /// Narrowness, the most telling part first.
    narrowness: Vec<bool>,
}

fn in_scope<'a>(policies: &'a [PolicyInForce], facts: &Facts) -> Vec<InScope<'a>> {
    let mut found = Vec::new();
    for policy in policies {
        for rule in &policy.document.rules {
            let kind = rule.body.kind().as_str();
            let about = match &facts.subject {
                Subject::Flight(_) => !kind.starts_with("lodging"),
                Subject::Stay(_) => !kind.starts_with("air"),
                Subject::Trip(_) => kind.starts_with("general"),
            };
            if about && covers(&policy.document.applies, facts) && covers(&rule.applies, facts) {
                let (outer, inner) = (narrow(&policy.document.applies), narrow(&rule.applies));
                let narrowness = outer.iter().zip(inner).map(|(a, b)| *a || b).collect();
                found.push(InScope { policy, rule, narrowness });
            }
        }
    }
    found
}

fn covers(scope: &Scope, facts: &Facts) -> bool {
    let traveler = &facts.traveler;
    let grade = traveler.grade.iter().any(|grade| scope.grades.contains(grade));
    let group = traveler.groups.iter().any(|group| scope.groups.contains(group));
    let travel = match facts.subject {
        Subject::Flight(_) => "flight",
        Subject::Stay(_) => "stay",
        Subject::Trip(_) => "trip",
    };
    let travel = scope.travel.iter().any(|kind| kind.as_str() == travel);
    (scope.persons.is_empty() || scope.persons.contains(&traveler.person))
        && (scope.grades.is_empty() || grade)
        && (scope.groups.is_empty() || group)
        && (scope.travel.is_empty() || travel)
}

fn narrow(scope: &Scope) -> Vec<bool> {
    vec![!scope.persons.is_empty(), !scope.groups.is_empty(), !scope.grades.is_empty()]
}

/// Whether the rule holds for journeys of a class, or another one took its place.
fn holds(one: &InScope<'_>, all: &[InScope<'_>], domestic: bool) -> bool {
    let about = |rule: &Rule| match rule.body.route() {
        RouteClass::Any => true,
        RouteClass::Domestic => domestic,
        RouteClass::International => !domestic,
    };
    let selective = |rule: &Rule| rule.selection() == Selection::MostSpecific;
    let groups = |other: &InScope<'_>| -> BTreeSet<BTreeSet<Country>> {
        domestic_groups(other.rule, &other.policy.document).into_iter().collect()
    };
    about(one.rule)
        && (!selective(one.rule)
            || !all.iter().any(|other| {
                selective(other.rule)
                    && about(other.rule)
                    && other.rule.body.kind() == one.rule.body.kind()
                    && groups(other) == groups(one)
                    && other.narrowness > one.narrowness
            }))
}

fn domestic_groups(rule: &Rule, document: &PolicyDocument) -> Vec<BTreeSet<Country>> {
    if !rule.body.kind().is_air() {
        return Vec::new();
    }
    let names = rule.domestic_groups.as_ref().unwrap_or(&document.domestic_groups);
    names.iter().map(|name| document.definitions.country_groups[name].clone()).collect()
}

/// What the reference finds: every rule that holds, with its verdict and limit.
fn reference(
    policies: &[PolicyInForce],
    facts: &Facts,
) -> Vec<(RuleId, Verdict, Option<Quantity>)> {
    let all = in_scope(policies, facts);
    let mut found = Vec::new();
    for one in &all {
        let classes = [holds(one, &all, true), holds(one, &all, false)];
        let exempt = one.policy.document.exemptions.iter().any(|exemption| {
            exemption.rules.contains(&one.rule.id)
                && exemption.persons.contains(&facts.traveler.person)
                && exemption.period.contains(facts.trip.day())
        });
        if classes == [false, false] || exempt {
            continue;
        }
        let judge = Judge { rule: one.rule, document: &one.policy.document, facts, classes };
        let (verdict, limit) = judge.verdict();
        found.push((one.policy.reference.id, one.rule.id.clone(), verdict, limit));
    }
    found.sort_by(|a, b| (a.0, &a.1).cmp(&(b.0, &b.1)));
    found.into_iter().map(|(_, rule, verdict, limit)| (rule, verdict, limit)).collect()
}

struct Judge<'a> {
    rule: &'a Rule,
    document: &'a PolicyDocument,
    facts: &'a Facts,
    /// Whether it holds for domestic, and for international journeys.
    classes: [bool; 2],
}

impl Judge<'_> {
    fn verdict(&self) -> Found {
        if let RuleBody::Requirement(rule) = &self.rule.body {
            return self.requirement(rule);
        }
        match &self.facts.subject {
            Subject::Flight(flight) => self.flight(flight),
            Subject::Stay(stay) => self.stay(stay),
            Subject::Trip(_) => unreachable!("no random trips"),
        }
    }

    fn domestic(&self, slice: &AirSlice) -> Option<bool> {
        let places = slice.segments.iter().flat_map(|s| [s.origin.country, s.destination.country]);
        let countries: Option<BTreeSet<Country>> = places.collect();
        let countries = countries?;
        let groups = domestic_groups(self.rule, self.document);
        Some(countries.len() == 1 || groups.iter().any(|group| countries.is_subset(group)))
    }

    fn counts(&self, domestic: bool) -> bool {
        self.classes[usize::from(!domestic)]
    }

    fn slices(&self, flight: &AirFacts, judge: impl Fn(&AirSlice) -> Found) -> Found {
        let found = flight.slices.iter().map(|slice| match self.domestic(slice) {
            _ if self.classes == [true, true] => judge(slice),
            None => (Unknown, None),
            Some(domestic) if self.counts(domestic) => judge(slice),
            Some(_) => (NotApplicable, None),
        });
        worst(found)
    }

    fn journey(&self, flight: &AirFacts, judge: impl Fn() -> Found) -> Found {
        let slices: Option<Vec<bool>> = flight.slices.iter().map(|s| self.domestic(s)).collect();
        match slices {
            _ if self.classes == [true, true] => judge(),
            None => (Unknown, None),
            Some(slices) if self.counts(slices.iter().all(|domestic| *domestic)) => judge(),
            Some(_) => (NotApplicable, None),
        }
    }

    fn flight(&self, flight: &AirFacts) -> Found {
        match &self.rule.body {
            RuleBody::CabinByDuration(rule) => self.slices(flight, |slice| {
                let known: BTreeSet<Cabin> =
                    slice.segments.iter().filter_map(|s| s.cabin).collect();
                let unknown = slice.segments.iter().any(|segment| segment.cabin.is_none());
                let band = |minutes: i64| {
                    rule.bands.iter().find(|band| {
                        minutes >= band.at_least_minutes
                            && minutes < band.below_minutes.unwrap_or(i64::MAX)
                    })
                };
                let (Some(highest), duration) = (known.last(), self.duration(rule.measure, slice))
                else {
                    return (Unknown, None);
                };
                let allowed = match duration {
                    Some(minutes) => match band(minutes) {
                        Some(band) => band.cabin,
                        None => return (NotApplicable, None),
                    },
                    None => {
                        let least = rule.bands.iter().map(|band| band.cabin).min().unwrap();
                        if *highest > least || unknown {
                            return (Unknown, None);
                        }
                        least
                    }
                };
                let verdict = match (*highest > allowed, unknown) {
                    (true, _) => Outside,
                    (false, true) => return (Unknown, None),
                    (false, false) => Within,
                };
                (verdict, Some(Quantity::Cabin(allowed)))
            }),
            RuleBody::BasicEconomy(rule) => self.slices(flight, |slice| {
                let cabins: Vec<_> = slice.segments.iter().map(|segment| segment.cabin).collect();
                let economy = Some(Cabin::Economy);
                if cabins.iter().all(|cabin| cabin.is_some() && *cabin != economy) {
                    return (NotApplicable, None);
                }
                let Some(brand) = &slice.fare_brand else { return (Unknown, None) };
                let listed =
                    rule.fare_brands.iter().any(|b| b.to_lowercase() == brand.to_lowercase());
                match (listed, cabins.contains(&economy)) {
                    (false, _) => (Within, None),
                    (true, true) => (Outside, None),
                    (true, false) => (Unknown, None),
                }
            }),
            RuleBody::Connections(rule) => self.slices(flight, |slice| {
                let mut count = slice.segments.len() as i64 - 1;
                if rule.count_stops {
                    count += slice.segments.iter().map(|s| s.stops.len() as i64).sum::<i64>();
                }
                measured(count, rule.connections_max, Quantity::Count)
            }),
            RuleBody::Layover(rule) => self.slices(flight, |slice| {
                let found = waits(slice).into_iter().map(|minutes| match minutes {
                    ..0 => (Unknown, None),
                    m if rule.minutes_min.is_some_and(|least| m < least) => {
                        (Outside, rule.minutes_min.map(Quantity::Minutes))
                    }
                    m if rule.minutes_max.is_some_and(|most| m > most) => {
                        (Outside, rule.minutes_max.map(Quantity::Minutes))
                    }
                    _ => (Within, None),
                });
                worst(found.chain([(Within, None)]))
            }),
            RuleBody::AirportChange(_) => self.slices(flight, |slice| {
                let verdict = if changes_airport(slice) { Outside } else { Within };
                (verdict, Some(Quantity::Count(0)))
            }),
            RuleBody::PriceCap(rule) => self.journey(flight, || {
                let tries = match (rule.tax, flight.tax) {
                    (Counted::Included, _) => vec![Some(Money::zero(flight.total.currency))],
                    (Counted::Excluded, Some(tax)) => vec![Some(tax)],
                    (Counted::Excluded, None) => {
                        vec![Some(Money::zero(flight.total.currency)), Some(flight.total)]
                    }
                };
                let shares = if rule.per == PricePer::Traveler { flight.travelers } else { 1 };
                let verdicts = tries.into_iter().map(|tax| {
                    let total = self.convert(flight.total, rule.amount)?;
                    let tax = self.convert(tax?, rule.amount)?;
                    let share = (total - tax) / Decimal::from(shares);
                    Some(share > rule.amount.decimal())
                });
                (agreed(verdicts), Some(Quantity::Money(rule.amount)))
            }),
            RuleBody::OverLowestFare(rule) => self.journey(flight, || {
                let prices = self.fares(&rule.comparable, flight);
                prices.map_or((Unknown, None), |(prices, currency)| {
                    let lowest = vec![*prices.iter().min().unwrap()];
                    self.over(prices[0], lowest, rule.over_percent, rule.over_amount, currency)
                })
            }),
            RuleBody::OverAverageFare(rule) => self.journey(flight, || {
                let prices = self.fares(&rule.comparable, flight);
                prices.map_or((Unknown, None), |(prices, currency)| {
                    let mut sample = prices.clone();
                    sample.sort();
                    if rule.average == Average::Median {
                        // Take the ends away until one is left, or two of which the lower counts.
                        while sample.len() > 2 {
                            sample.pop();
                            sample.remove(0);
                        }
                        sample.truncate(1);
                    }
                    self.over(prices[0], sample, rule.over_percent, rule.over_amount, currency)
                })
            }),
            RuleBody::AdvanceBooking(rule) => self.journey(flight, || {
                let first = &flight.slices[0].segments[0];
                let today = self.facts.trip.now.in_zone(&first.departs.zone).date();
                let days = today.days_until(first.departs.date());
                let verdict = if days >= rule.days_min { Within } else { Outside };
                (verdict, Some(Quantity::Days(rule.days_min)))
            }),
            RuleBody::Carriers(rule) => self.journey(flight, || {
                let own = self.carriers(rule, flight);
                let set = self.facts.candidates.as_ref();
                let others = set.map(|set| set.offers().iter().map(|o| self.carriers(rule, o)));
                let others: Option<BTreeSet<Verdict>> = others.map(Iterator::collect);
                let verdict = match others {
                    _ if !rule.idle_without_alternative || own == Within => own,
                    None => Unknown,
                    Some(others) if others.contains(&Within) => own,
                    Some(others) if others.contains(&Unknown) => Unknown,
                    Some(_) => NotApplicable,
                };
                (verdict, None)
            }),
            RuleBody::Emissions(rule) => self.journey(flight, || {
                let grams = flight.emissions_grams.filter(|grams| !grams.is_negative());
                let Some(grams) = grams else { return (Unknown, None) };
                let tries = [0, 1_000_000].map(|unknown| {
                    let lengths = flight.segments().map(|segment| match segment.distance_km {
                        Some(known) if known > 0 => known,
                        _ => unknown,
                    });
                    let kilometers = match rule.per {
                        EmissionsPer::Traveler => 1,
                        EmissionsPer::TravelerKm => lengths.sum(),
                    };
                    Some(grams > rule.grams_max * flight.travelers * kilometers)
                });
                (agreed(tries), Some(Quantity::Count(rule.grams_max)))
            }),
            RuleBody::Refundable(rule) => {
                self.journey(flight, || flexible(rule.at_least, rule.at_most, flight.refund))
            }
            RuleBody::Changeable(rule) => {
                self.journey(flight, || flexible(rule.at_least, rule.at_most, flight.change))
            }
            RuleBody::Countries(rule) => {
                let visited: Vec<Option<Country>> = match rule.reach {
                    Reach::Destination => flight
                        .slices
                        .iter()
                        .map(|slice| slice.segments.last().unwrap().destination.country)
                        .collect(),
                    Reach::Transit => flight
                        .slices
                        .iter()
                        .flat_map(|slice| {
                            let leaves = slice.segments.iter().skip(1).map(|s| s.origin.country);
                            let lands = slice.segments.iter().map(|s| s.destination.country);
                            let stops = slice.segments.iter().flat_map(|s| &s.stops);
                            let stops = stops.map(|stop| stop.place.country);
                            leaves.chain(lands).chain(stops).collect::<Vec<_>>()
                        })
                        .collect(),
                };
                self.countries(rule.mode, &rule.countries, &visited)
            }
            RuleBody::TripBudget(rule) => {
                let spent = self.facts.trip.other_costs.iter().chain([&flight.total]);
                let sum: Option<Decimal> = spent.map(|m| self.convert(*m, rule.amount)).sum();
                let verdict = agreed([sum.map(|sum| sum > rule.amount.decimal())]);
                (verdict, Some(Quantity::Money(rule.amount)))
            }
            RuleBody::NightlyCap(_) | RuleBody::Stars(_) => unreachable!("not about flights"),
            RuleBody::Requirement(_) => unreachable!("about any travel"),
        }
    }

    fn carriers(&self, rule: &Carriers, flight: &AirFacts) -> Verdict {
        let list = airlines(&rule.carriers, self.document);
        let judged = flight.segments().map(|segment| {
            let names = match rule.by {
                CarrierRole::Marketing => vec![segment.marketing],
                CarrierRole::Operating => vec![segment.operating],
                CarrierRole::Any => vec![segment.marketing, segment.operating],
            };
            // Try a listed and an unlisted airline for each that isn't known.
            let strangers: [Airline; 2] = [*list.first().unwrap(), Airline::parse("QF").unwrap()];
            let mut tries: Vec<Vec<Airline>> = vec![vec![]];
            for name in names {
                let options = name.map_or(strangers.to_vec(), |name| vec![name]);
                tries = tries
                    .iter()
                    .flat_map(|t| options.iter().map(|o| [t.clone(), vec![*o]].concat()))
                    .collect();
            }
            let outside = |names: Vec<Airline>| {
                let listed = names.iter().any(|name| list.contains(name));
                Some(listed == (rule.mode == CarrierMode::Ban))
            };
            (agreed(tries.into_iter().map(outside)), None)
        });
        worst(judged).0
    }

    fn duration(&self, measure: DurationMeasure, slice: &AirSlice) -> Option<i64> {
        let flying = |segment: &AirSegment| {
            let ground: Option<i64> = segment.stops.iter().map(|stop| stop.minutes).sum();
            Some(segment.minutes? - ground?)
        };
        let minutes: Option<i64> = match measure {
            DurationMeasure::FlyingTime => slice.segments.iter().map(flying).sum(),
            DurationMeasure::Elapsed => slice.elapsed_minutes,
            DurationMeasure::LongestSegment => {
                let all: Option<Vec<i64>> = slice.segments.iter().map(|s| s.minutes).collect();
                all?.into_iter().max()
            }
            DurationMeasure::LowestOfLeg => {
                let own = slice.elapsed_minutes?;
                let set = self.facts.candidates.as_ref()?;
                let alike = set.offers().iter().flat_map(|offer| &offer.slices).filter(|other| {
                    let ((a, b), (c, d)) = (slice.ends().unwrap(), other.ends().unwrap());
                    a.same_area(c) && b.same_area(d)
                });
                alike.filter_map(|other| other.elapsed_minutes).chain([own]).min()
            }
        };
        minutes.filter(|minutes| !minutes.is_negative())
    }

    /// The offer's price and those of all that serve as well, in one currency.
    fn fares(&self, rule: &Comparable, flight: &AirFacts) -> Option<(Vec<Decimal>, Currency)> {
        let set = self.facts.candidates.as_ref()?;
        let same_currency =
            set.offers().iter().all(|offer| offer.total.currency == flight.total.currency);
        let currency = match same_currency {
            true => flight.total.currency,
            false => self.document.currency,
        };
        let zero = Money::zero(currency);
        let classes: Option<Vec<bool>> = flight.slices.iter().map(|s| self.domestic(s)).collect();
        let classes = classes?;
        if rule.cabin != CabinMatch::Any {
            flight.plainest_cabin()?;
        }
        if rule.added_minutes_max.is_some() {
            flight.slices.iter().map(|slice| slice.elapsed_minutes).collect::<Option<Vec<_>>>()?;
        }
        let mut prices = vec![self.convert(flight.total, zero)?];
        for other in set.offers() {
            if other.offer != flight.offer && self.serves(rule, flight, other, &classes) {
                prices.push(self.convert(other.total, zero)?);
            }
        }
        (prices.len() as i64 >= rule.candidates_min).then_some((prices, currency))
    }

    /// The price against the mean of the sample, raised.
    fn over(
        &self,
        price: Decimal,
        sample: Vec<Decimal>,
        percent: Decimal,
        amount: Option<Money>,
        currency: Currency,
    ) -> Found {
        let zero = Money::zero(currency);
        let Some(amount) = amount.map_or(Some(Decimal::ZERO), |a| self.convert(a, zero)) else {
            return (Unknown, None);
        };
        let count = Decimal::from(sample.len());
        let sum: Decimal = sample.into_iter().sum();
        let raised = sum * (Decimal::ONE_HUNDRED + percent) / (Decimal::ONE_HUNDRED * count);
        let limit = raised.round_dp(currency.exponent()) + amount;
        let verdict = if price > limit { Outside } else { Within };
        (verdict, Some(Quantity::Money(Money::from_decimal(limit, currency).unwrap())))
    }

    fn serves(
        &self,
        rule: &Comparable,
        flight: &AirFacts,
        other: &AirFacts,
        domestic: &[bool],
    ) -> bool {
        let excluded = airlines(&rule.carriers_excluded, self.document);
        let excluded_carrier = other
            .segments()
            .flat_map(|segment| [segment.marketing, segment.operating])
            .flatten()
            .any(|airline| excluded.contains(&airline));
        let excluded_brand =
            other.slices.iter().filter_map(|s| s.fare_brand.as_ref()).any(|brand| {
                rule.fare_brands_excluded.iter().any(|b| b.to_lowercase() == brand.to_lowercase())
            });
        let long_wait = other
            .slices
            .iter()
            .flat_map(waits)
            .any(|wait| rule.layover_minutes_max.is_some_and(|most| wait > most));
        let changes = !rule.airport_change && other.slices.iter().any(changes_airport);
        let (mine, theirs) = (flight.plainest_cabin(), other.plainest_cabin());
        let plain = match rule.cabin {
            CabinMatch::Any => false,
            CabinMatch::AtLeastSame => theirs.is_none() || theirs < mine,
            CabinMatch::Same => theirs != mine,
        };
        if excluded_carrier || excluded_brand || long_wait || changes || plain {
            return false;
        }
        if other.slices.len() != flight.slices.len() || other.travelers != flight.travelers {
            return false;
        }
        flight.slices.iter().zip(&other.slices).zip(domestic).all(|((mine, theirs), domestic)| {
            let window = match domestic {
                true => rule.window_minutes_domestic,
                false => rule.window_minutes_international,
            } * 60;
            let (a, b) = (mine.segments.first().unwrap(), theirs.segments.first().unwrap());
            let (y, z) = (mine.segments.last().unwrap(), theirs.segments.last().unwrap());
            let near = a.departs_at.seconds_until(b.departs_at).abs() <= window
                && (rule.window_on == WindowOn::Departure
                    || y.arrives_at.seconds_until(z.arrives_at).abs() <= window);
            let places = match rule.airports {
                AirportMatch::Any => true,
                AirportMatch::SameArea => {
                    a.origin.same_area(b.origin) && y.destination.same_area(z.destination)
                }
                AirportMatch::Same => {
                    a.origin.airport == b.origin.airport
                        && y.destination.airport == z.destination.airport
                }
            };
            let added = theirs.segments.len() as i64 - mine.segments.len() as i64;
            let measured = match rule.added_to {
                AddedTo::Offer => mine.elapsed_minutes,
                AddedTo::Fastest => self.duration(DurationMeasure::LowestOfLeg, mine),
            };
            let longer = theirs.elapsed_minutes.zip(measured).map(|(t, m)| t - m);
            near && places
                && rule.added_connections_max.is_none_or(|most| added <= most)
                && rule.fewer_connections_max.is_none_or(|most| added >= -most)
                && rule.added_minutes_max.is_none_or(|most| longer.is_some_and(|l| l <= most))
        })
    }

    fn stay(&self, stay: &LodgingFacts) -> Found {
        match &self.rule.body {
            RuleBody::NightlyCap(rule) => {
                let mut nights = Vec::new();
                for (i, night) in stay.nights.iter().enumerate() {
                    let evening = stay.check_in.plus_days(i as i64);
                    let cap = rule
                        .caps
                        .iter()
                        .filter(|cap| self.lies_in(&cap.place, stay))
                        .filter(|cap| cap.season.is_none_or(|season| in_season(season, evening)))
                        .max_by_key(|cap| (narrowness(&cap.place), cap.season.is_some()));
                    if let Some(cap) = cap {
                        nights.push((night, cap.amount));
                    }
                }
                let count = |part: Counted| part == Counted::Included;
                let parts = [true, count(rule.tax), count(rule.mandatory_fees)];
                if nights.is_empty() {
                    return (NotApplicable, None);
                }
                match rule.measure {
                    NightMeasure::EachNight => worst(nights.iter().map(|(night, cap)| {
                        let prices = self.prices(night, parts, *cap);
                        let over = |p: Option<Decimal>| p.map(|p| p > cap.decimal());
                        (agreed(prices.into_iter().map(over)), None)
                    })),
                    NightMeasure::Average => {
                        let first = nights[0].1;
                        let caps: Option<Decimal> =
                            nights.iter().map(|(_, cap)| self.convert(*cap, first)).sum();
                        let mut sums = vec![Some(Decimal::ZERO)];
                        for (night, _) in &nights {
                            let prices = self.prices(night, parts, first);
                            sums = sums
                                .iter()
                                .flat_map(|s| prices.iter().map(|p| Some((*s)? + (*p)?)))
                                .collect();
                        }
                        (agreed(sums.into_iter().map(|sum| Some(sum? > caps?))), None)
                    }
                }
            }
            RuleBody::Stars(rule) => {
                let range = rule
                    .ranges
                    .iter()
                    .filter(|range| self.lies_in(&range.place, stay))
                    .max_by_key(|range| narrowness(&range.place));
                let Some(range) = range else { return (NotApplicable, None) };
                let Some(stars) = stay.stars_tenths else { return (Unknown, None) };
                let (least, most) =
                    (range.stars_tenths_min.unwrap(), range.stars_tenths_max.unwrap());
                if stars < least {
                    (Outside, Some(Quantity::StarsTenths(least)))
                } else if stars > most {
                    (Outside, Some(Quantity::StarsTenths(most)))
                } else {
                    (Within, None)
                }
            }
            RuleBody::Countries(rule) => {
                self.countries(rule.mode, &rule.countries, &[stay.place.country])
            }
            RuleBody::TripBudget(rule) => {
                let mut sums = vec![Some(Decimal::ZERO)];
                for night in &stay.nights {
                    let prices = self.prices(night, [true; 3], rule.amount);
                    sums = sums
                        .iter()
                        .flat_map(|sum| prices.iter().map(|price| Some((*sum)? + (*price)?)))
                        .collect();
                }
                let others: Option<Decimal> =
                    self.facts.trip.other_costs.iter().map(|m| self.convert(*m, rule.amount)).sum();
                let over = |sum: Option<Decimal>| Some(sum? + others? > rule.amount.decimal());
                (agreed(sums.into_iter().map(over)), None)
            }
            _ => unreachable!("not about stays"),
        }
    }

    fn lies_in(&self, place: &Place, stay: &LodgingFacts) -> bool {
        let own = &stay.place;
        match place {
            Place::World => true,
            Place::Group(name) => {
                let group = &self.document.definitions.country_groups[name];
                own.country.is_some_and(|country| group.contains(&country))
            }
            Place::Country(country) => own.country == Some(*country),
            Place::Area(area) => own.area == Some(*area),
            Place::Town(country, town) => {
                own.country == Some(*country)
                    && own.town.as_ref().is_some_and(|own| own.eq_ignore_ascii_case(town))
            }
            Place::Property(id) => own.property == *id,
        }
    }

    /// What the counted parts of a night can cost, every unknown part tried at its extremes.
    fn prices(&self, night: &Night, counted: [bool; 3], cap: Money) -> Vec<Option<Decimal>> {
        let convert = |part: Option<Money>| part.map(|part| self.convert(part, cap));
        let parts = [convert(night.base), convert(night.tax), convert(night.mandatory_fees)];
        let total = convert(night.total);
        // An amount that can't be converted leaves everything open.
        if parts.iter().chain([&total]).any(|part| *part == Some(None)) {
            return vec![None];
        }
        let parts = parts.map(Option::flatten);
        let total = total.flatten();
        let known: Decimal = parts.iter().flatten().sum();
        let gaps: Vec<usize> = (0..3).filter(|&i| parts[i].is_none()).collect();
        let price = |filled: [Decimal; 3]| {
            Some((0..3).filter(|&i| counted[i]).map(|i| filled[i]).sum::<Decimal>())
        };
        let base = parts.map(Option::unwrap_or_default);
        if gaps.is_empty() {
            return vec![price(base)];
        }
        let large = Decimal::from(1_000_000);
        let mut prices = Vec::new();
        for &gap in &gaps {
            // One unknown part takes all there is to take, the others nothing.
            let mut filled = base;
            filled[gap] = total.map_or(large, |total| total - known);
            prices.push(price(filled));
            if total.is_none() {
                prices.push(price(base));
            }
        }
        prices
    }

    fn countries(
        &self,
        mode: CountryMode,
        list: &BTreeSet<Entry<Country>>,
        visited: &[Option<Country>],
    ) -> Found {
        let mut listed = BTreeSet::new();
        for entry in list {
            match entry {
                Entry::Code(code) => drop(listed.insert(*code)),
                Entry::List(name) => {
                    listed.extend(&self.document.definitions.country_groups[name]);
                }
            }
        }
        worst(visited.iter().map(|country| match country {
            None => (Unknown, None),
            Some(c) if listed.contains(c) == (mode == CountryMode::Ban) => (Outside, None),
            Some(_) => (Within, None),
        }))
    }

    /// The amount in the currency of another; none where no good rate is known.
    fn convert(&self, amount: Money, like: Money) -> Option<Decimal> {
        let to = like.currency;
        if amount.currency == to {
            return Some(amount.decimal());
        }
        let today = self.facts.trip.day();
        let newest = |from, to| {
            let mut rates: Vec<_> = self
                .facts
                .rates
                .iter()
                .filter(|rate| {
                    rate.from == from && rate.to == to && rate.date <= today.plus_days(1)
                })
                .collect();
            rates.sort_by_key(|rate| (rate.source.clone(), rate.rate));
            rates.sort_by_key(|rate| rate.date.days_until(today));
            let age = |rate: &&crate::money::Rate| rate.date.days_until(today);
            rates.first().copied().filter(|r| age(r) <= self.document.rates.age_days_max)
        };
        let value = match (newest(amount.currency, to), newest(to, amount.currency)) {
            (Some(direct), _) => amount.decimal() * direct.rate,
            (None, Some(opposite)) => amount.decimal() / opposite.rate,
            (None, None) => return None,
        };
        // Bankers' rounding is the library's own default.
        Some(value.round_dp(to.exponent()))
    }
}

fn worst(found: impl IntoIterator<Item = Found>) -> Found {
    let mut worst = (NotApplicable, None);
    for next in found {
        if next.0 > worst.0 {
            worst = next;
        }
    }
    worst
}

/// What all tries agree on: outside where all are above, unknown where they differ or one fails.
fn agreed(tries: impl IntoIterator<Item = Option<bool>>) -> Verdict {
    let tries: Option<BTreeSet<bool>> = tries.into_iter().collect();
    match tries {
        Some(tries) if tries == BTreeSet::from([true]) => Outside,
        Some(tries) if tries == BTreeSet::from([false]) => Within,
        _ => Unknown,
    }
}

fn measured(actual: i64, most: i64, unit: impl Fn(i64) -> Quantity) -> Found {
    (if actual > most { Outside } else { Within }, Some(unit(most)))
}

fn waits(slice: &AirSlice) -> Vec<i64> {
    let pairs = slice.segments.windows(2);
    pairs.map(|pair| pair[0].arrives_at.seconds_until(pair[1].departs_at).div_euclid(60)).collect()
}

fn changes_airport(slice: &AirSlice) -> bool {
    slice.segments.windows(2).any(|pair| pair[0].destination.airport != pair[1].origin.airport)
}

fn airlines(entries: &BTreeSet<Entry<Airline>>, document: &PolicyDocument) -> BTreeSet<Airline> {
    let mut all = BTreeSet::new();
    for entry in entries {
        match entry {
            Entry::Code(code) => drop(all.insert(*code)),
            Entry::List(name) => all.extend(&document.definitions.carrier_lists[name]),
        }
    }
    all
}

/// Every fee the supplier may have left out is tried: free, and not free.
fn flexible(
    at_least: Option<Flexibility>,
    at_most: Option<Flexibility>,
    condition: Condition,
) -> Found {
    use Flexibility::{Full, None as Nothing, WithPenalty};
    let tries = match condition {
        Condition::Unknown => vec![Nothing, WithPenalty, Full],
        Condition::No => vec![Nothing],
        Condition::Yes { penalty: None } => vec![WithPenalty, Full],
        Condition::Yes { penalty: Some(fee) } if fee.minor == 0 => vec![Full],
        Condition::Yes { .. } => vec![WithPenalty],
    };
    let outside = |value: Flexibility| {
        Some(
            at_least.is_some_and(|least| value < least) || at_most.is_some_and(|most| value > most),
        )
    };
    (agreed(tries.into_iter().map(outside)), None)
}

fn in_season(season: Season, evening: Date) -> bool {
    let day = evening.to_string()[5..].to_owned();
    let (from, until) = (season.from.to_string(), season.until.to_string());
    if from < until { from <= day && day < until } else { from <= day || day < until }
}

fn narrowness(place: &Place) -> usize {
    let order = ["world", "group", "country", "area", "town", "property"];
    let text = place.to_string();
    let form = text.split(':').next().unwrap();
    order.iter().position(|word| *word == form).unwrap()
}

/// The cheapest offer within policy; of equally cheap ones the nearest in time.
fn nearest(policies: &[PolicyInForce], facts: &Facts) -> Option<OfferId> {
    let Subject::Flight(flight) = &facts.subject else { return None };
    let fine = |flight: &AirFacts| {
        let facts = Facts { subject: Subject::Flight(flight.clone()), ..facts.clone() };
        reference(policies, &facts).iter().all(|(_, verdict, _)| *verdict <= Within)
    };
    if policies.iter().all(|policy| !covers(&policy.document.applies, facts)) || fine(flight) {
        return None;
    }
    let offers = facts.candidates.as_ref()?.offers();
    let within: Vec<_> = offers.iter().filter(|offer| fine(offer)).collect();
    let own: Vec<_> =
        within.iter().filter(|o| o.total.currency == flight.total.currency).copied().collect();
    let eligible = if own.is_empty() { within } else { own };
    let moved = |offer: &AirFacts| match offer.slices.len() == flight.slices.len() {
        false => i64::MAX,
        true => flight
            .slices
            .iter()
            .zip(&offer.slices)
            .map(|(a, b)| a.segments[0].departs_at.seconds_until(b.segments[0].departs_at).abs())
            .sum(),
    };
    let best = eligible
        .into_iter()
        .min_by_key(|o| (o.total.currency, o.total.minor, moved(o), o.offer))?;
    best.offer
}

/// Eight times the usual number of cases, more by `PROPTEST_CASES`.
fn many() -> ProptestConfig {
    let usual = ProptestConfig::default();
    ProptestConfig { cases: usual.cases * 8, ..usual }
}

proptest! {
    #![proptest_config(many())]

    #[test]
    fn the_engine_and_the_reference_agree(policies in policies(), facts in any_facts()) {
        let assessment = assess(&policies, &facts);
        let expected = reference(&policies, &facts);
        let found: Vec<_> =
            assessment.findings.iter().map(|f| (f.rule.clone(), f.verdict)).collect();
        let wanted: Vec<_> = expected.iter().map(|(rule, verdict, _)| (rule.clone(), *verdict)).collect();
        prop_assert_eq!(found, wanted, "{:#?}", assessment);
        for (finding, (_, verdict, limit)) in assessment.findings.iter().zip(&expected) {
            if matches!(verdict, Within | Outside) && limit.is_some() {
                prop_assert_eq!(&finding.limit, limit, "{:?}", finding);
            }
        }
        let outcomes = assessment.findings.iter().map(|finding| finding.outcome.clone());
        if !assessment.policies.is_empty() {
            prop_assert_eq!(&assessment.outcome, &outcomes.fold(Outcome::ALLOW, Outcome::join));
        }
        prop_assert_eq!(assessment.nearest, nearest(&policies, &facts));
    }
}
