//! The market: what the other offers of a search cost and how long they take.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::air::is_named;
use super::rates::FreshRates;
use super::route::RouteFilter;
use super::{Judged, Scalar};
use crate::money::{Currency, Money};
use crate::place::{Airline, Airport, City};
use crate::policy::air::{CabinMatch, OverLowestFare, WindowOn};
use crate::policy::document::PolicyDocument;
use crate::policy::entry::{AirportMatch, codes};
use crate::policy::facts::{AirFacts, AirPlace, AirSegment, AirSlice, CandidateSet};
use crate::policy::finding::Basis;
use crate::shopping::Cabin;
use crate::time::Timestamp;

/// The offers of a search, with what rules ask about all of them.
pub(in crate::policy) struct Market<'a> {
    pub(in crate::policy) offers: &'a [AirFacts],
    fastest: BTreeMap<(PlaceKey, PlaceKey), i64>,
    currencies: BTreeSet<Currency>,
}

/// One key for all airports of an area.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum PlaceKey {
    Area(City),
    Airport(Airport),
}

impl From<AirPlace> for PlaceKey {
    fn from(place: AirPlace) -> Self {
        place.area.map_or(Self::Airport(place.airport), Self::Area)
    }
}

impl<'a> Market<'a> {
    pub(in crate::policy) fn new(candidates: &'a CandidateSet) -> Self {
        let offers = candidates.offers();
        let mut fastest: BTreeMap<_, i64> = BTreeMap::new();
        for slice in offers.iter().flat_map(|offer| &offer.slices) {
            if let (Some((from, to)), Some(minutes)) = (slice.ends(), slice.elapsed_minutes) {
                let shortest = fastest.entry((from.into(), to.into())).or_insert(minutes);
                *shortest = minutes.min(*shortest);
            }
        }
        let currencies = offers.iter().map(|offer| offer.total.currency).collect();
        Self { offers, fastest, currencies }
    }

    /// The shortest elapsed time any offer has between the areas of two airports.
    pub(super) fn fastest_minutes(&self, from: AirPlace, to: AirPlace) -> Option<i64> {
        self.fastest.get(&(from.into(), to.into())).copied()
    }
}

/// A rule about the lowest logical fare with the offers it compares with, sorted by departure.
pub(in crate::policy) struct LowestFare<'a> {
    rule: &'a OverLowestFare,
    rows: Option<Vec<Row<'a>>>,
    market_currencies: BTreeSet<Currency>,
    document_currency: Currency,
    /// Ten-thousandths of a percent.
    percent_scaled: i128,
}

#[derive(Clone, Copy)]
struct Row<'a> {
    departs_at: Timestamp,
    minor: i64,
    plainest_cabin: Option<Cabin>,
    offer: &'a AirFacts,
}

/// One percent, and what it is a part of, in the unit of `percent_scaled`.
const PERCENT_SCALE: i128 = 10_000;
const WHOLE_SCALED: i128 = 100 * PERCENT_SCALE;

impl<'a> LowestFare<'a> {
    pub(super) fn new(
        rule: &'a OverLowestFare,
        document: &PolicyDocument,
        market: Option<&Market<'a>>,
    ) -> Self {
        let excluded = codes(&rule.carriers_excluded, &document.definitions.carrier_lists);
        let rows = market.map(|market| {
            let eligible = market.offers.iter().filter(|offer| eligible(rule, &excluded, offer));
            let mut rows: Vec<_> = eligible.filter_map(Row::of).collect();
            rows.sort_by_key(|row| (row.departs_at, row.minor, row.offer.offer));
            rows
        });
        let scaled = rule.over_percent.checked_mul(Decimal::from(PERCENT_SCALE));
        Self {
            rule,
            rows,
            market_currencies: market.map(|m| m.currencies.clone()).unwrap_or_default(),
            document_currency: document.currency,
            // INVARIANT: documents admit percentages up to 10,000 with four digits.
            percent_scaled: scaled.and_then(|scaled| scaled.to_i128()).unwrap_or(0),
        }
    }

    pub(super) fn judge(
        &self,
        flight: &AirFacts,
        route: &RouteFilter<'_>,
        rates: FreshRates<'_>,
    ) -> Judged {
        match self.compare(flight, route, rates) {
            Ok(judged) => judged,
            Err(missing) => Judged::unknown(missing),
        }
    }

    fn compare(
        &self,
        flight: &AirFacts,
        route: &RouteFilter<'_>,
        rates: FreshRates<'_>,
    ) -> Result<Judged, Basis> {
        let rows = self.rows.as_ref().ok_or(Basis::CandidatesMissing)?;
        // Prices are compared as they are where all are in one currency.
        let own = flight.total.currency;
        let one = self.market_currencies.iter().all(|&currency| currency == own);
        let currency = if one { own } else { self.document_currency };
        let wish = Wish::new(self.rule, flight, route)?;
        let price = rates.convert(flight.total, currency)?.minor;
        let mut lowest = price;
        let mut count = 1;
        for row in wish.in_window(rows) {
            let known = row.offer.total.currency == currency;
            if known && row.minor >= lowest && count >= self.rule.candidates_min {
                continue;
            }
            if flight.offer.is_some() && row.offer.offer == flight.offer {
                continue;
            }
            if wish.is_served_by(row) {
                let minor =
                    if known { row.minor } else { rates.convert(row.offer.total, currency)?.minor };
                lowest = lowest.min(minor);
                count += 1;
            }
        }
        if count < self.rule.candidates_min {
            let (limit, actual) = (self.rule.candidates_min, count);
            let few = Judged::unknown(Basis::CandidatesFew);
            let (limit, actual) = (Some(Scalar::Count(limit)), Some(Scalar::Count(actual)));
            return Ok(Judged { limit, actual, ..few });
        }
        let limit = self.limit(lowest, currency, rates)?;
        let money = |minor| Scalar::Money(Money::new(minor, currency));
        let judged = Judged::measured(price > limit, money(limit), money(price));
        Ok(Judged { basis: Basis::Candidates, ..judged }.context(money(lowest)))
    }

    /// The highest price allowed above `lowest`, rounded half to even once.
    fn limit(&self, lowest: i64, currency: Currency, rates: FreshRates<'_>) -> Result<i64, Basis> {
        let amount = match self.rule.over_amount {
            Some(amount) => rates.convert(amount, currency)?.minor,
            None => 0,
        };
        let raised = i128::from(lowest) * (WHOLE_SCALED + self.percent_scaled);
        let rounded = divide_half_even(raised, WHOLE_SCALED);
        i64::try_from(rounded + i128::from(amount)).map_err(|_| Basis::AmountOverflow)
    }
}

fn divide_half_even(number: i128, by: i128) -> i128 {
    let (whole, rest) = (number.div_euclid(by), number.rem_euclid(by));
    match (rest * 2).cmp(&by) {
        std::cmp::Ordering::Less => whole,
        std::cmp::Ordering::Greater => whole + 1,
        std::cmp::Ordering::Equal => whole + whole.rem_euclid(2),
    }
}

/// What makes an offer a candidate by itself, whatever it is compared with.
fn eligible(rule: &OverLowestFare, excluded: &BTreeSet<Airline>, offer: &AirFacts) -> bool {
    let flown_by = |airline: Option<Airline>| airline.is_some_and(|a| excluded.contains(&a));
    let changes_airport =
        |slice: &AirSlice| slice.changes().any(|(a, b)| a.destination.airport != b.origin.airport);
    let waits_long = |slice: &AirSlice, most: i64| {
        let minutes = |(a, b): (&_, &_)| minutes_between(a, b);
        slice.changes().map(minutes).any(|minutes| minutes > most)
    };
    let brand_excluded = |slice: &AirSlice| {
        slice.fare_brand.as_ref().is_some_and(|name| is_named(&rule.fare_brands_excluded, name))
    };
    !offer.segments().any(|s| flown_by(s.marketing) || flown_by(s.operating))
        && (rule.airport_change || !offer.slices.iter().any(changes_airport))
        && rule
            .layover_minutes_max
            .is_none_or(|most| !offer.slices.iter().any(|s| waits_long(s, most)))
        && !offer.slices.iter().any(brand_excluded)
}

fn minutes_between(arriving: &AirSegment, leaving: &AirSegment) -> i64 {
    arriving.arrives_at.seconds_until(leaving.departs_at).div_euclid(60)
}

impl<'a> Row<'a> {
    fn of(offer: &'a AirFacts) -> Option<Self> {
        let departs_at = offer.segments().next()?.departs_at;
        let plainest_cabin = offer.plainest_cabin();
        Some(Self { departs_at, minor: offer.total.minor, plainest_cabin, offer })
    }
}

/// What a candidate must offer to serve as well as the offer somebody looks at.
struct Wish<'r, 'f, 'g> {
    rule: &'r OverLowestFare,
    flight: &'f AirFacts,
    route: &'g RouteFilter<'g>,
    cabin: Option<Cabin>,
    /// One bit for each of the first 64 slices: whether it is domestic. It is asked of every
    /// candidate, and looking at the countries is most of what that costs.
    domestic: u64,
    first_departs_at: Timestamp,
}

impl<'r, 'f, 'g> Wish<'r, 'f, 'g> {
    fn new(
        rule: &'r OverLowestFare,
        flight: &'f AirFacts,
        route: &'g RouteFilter<'g>,
    ) -> Result<Self, Basis> {
        let cabin = match rule.cabin {
            CabinMatch::Any => None,
            CabinMatch::AtLeastSame => Some(flight.plainest_cabin().ok_or(Basis::CabinMissing)?),
        };
        let durations = flight.slices.iter().all(|slice| slice.elapsed_minutes.is_some());
        if rule.added_minutes_max.is_some() && !durations {
            return Err(Basis::DurationMissing);
        }
        let mut domestic = 0;
        for (at, slice) in flight.slices.iter().enumerate() {
            if route.is_domestic(slice).ok_or(Basis::CountryMissing)? && at < 64 {
                domestic |= 1 << at;
            }
        }
        let first = flight.segments().next().ok_or(Basis::DurationMissing)?;
        let first_departs_at = first.departs_at;
        Ok(Self { rule, flight, route, cabin, domestic, first_departs_at })
    }

    /// The candidates whose first departure is near enough; rows are sorted by it.
    fn in_window<'m, 'a>(&self, rows: &'m [Row<'a>]) -> &'m [Row<'a>] {
        let window = self.window_seconds(0);
        let from = self.first_departs_at.plus_seconds(-window);
        let until = self.first_departs_at.plus_seconds(window);
        let start = rows.partition_point(|row| row.departs_at < from);
        let end = rows.partition_point(|row| row.departs_at <= until);
        &rows[start..end.max(start)]
    }

    fn is_served_by(&self, row: &Row<'_>) -> bool {
        let other = row.offer;
        let mut pairs = self.flight.slices.iter().zip(&other.slices).enumerate();
        other.slices.len() == self.flight.slices.len()
            && other.travelers == self.flight.travelers
            && self.cabin.is_none_or(|cabin| row.plainest_cabin.is_some_and(|c| c >= cabin))
            && pairs.all(|(at, (wished, offered))| self.slice_served(at, wished, offered))
    }

    fn slice_served(&self, at: usize, wished: &AirSlice, offered: &AirSlice) -> bool {
        let rule = self.rule;
        let added = offered.connections() - wished.connections();
        let longer = || Some(offered.elapsed_minutes?.saturating_sub(wished.elapsed_minutes?));
        rule.added_connections_max.is_none_or(|most| added <= most)
            && rule.added_minutes_max.is_none_or(|most| longer().is_some_and(|l| l <= most))
            && self.times_near(at, wished, offered)
            && same_ends(rule.airports, wished, offered)
    }

    fn times_near(&self, at: usize, wished: &AirSlice, offered: &AirSlice) -> bool {
        let window = self.window_seconds(at);
        let near = |one: Timestamp, other: Timestamp| one.seconds_until(other).abs() <= window;
        let ends = |slice: &AirSlice| {
            Some((slice.segments.first()?.departs_at, slice.segments.last()?.arrives_at))
        };
        let (Some((departs, arrives)), Some((other_departs, other_arrives))) =
            (ends(wished), ends(offered))
        else {
            return false;
        };
        near(departs, other_departs)
            && (self.rule.window_on == WindowOn::Departure || near(arrives, other_arrives))
    }

    fn window_seconds(&self, at: usize) -> i64 {
        let domestic = match at {
            0..64 => self.domestic >> at & 1 == 1,
            _ => self.route.is_domestic(&self.flight.slices[at]) == Some(true),
        };
        let rule = self.rule;
        60 * if domestic { rule.window_minutes_domestic } else { rule.window_minutes_international }
    }
}

fn same_ends(airports: AirportMatch, wished: &AirSlice, offered: &AirSlice) -> bool {
    let (Some((from, to)), Some((other_from, other_to))) = (wished.ends(), offered.ends()) else {
        return false;
    };
    match airports {
        AirportMatch::Any => true,
        AirportMatch::SameArea => from.same_area(other_from) && to.same_area(other_to),
        AirportMatch::Same => from.airport == other_from.airport && to.airport == other_to.airport,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_to_the_even_neighbor() {
        for (number, expected) in [(4, 0), (5, 0), (6, 1), (15, 2), (25, 2), (-5, 0), (-15, -2)] {
            assert_eq!(divide_half_even(number, 10), expected, "{number}");
        }
    }
}
