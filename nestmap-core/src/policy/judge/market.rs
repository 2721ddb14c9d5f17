//! The market: what the other offers of a search cost and how long they take, and the rules that
//! compare prices with theirs.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::air::is_named;
use super::rates::FreshRates;
use super::route::RouteFilter;
use super::{Judged, Scalar, Scratch};
use crate::money::{Currency, Money};
use crate::place::{Airline, Airport, City};
use crate::policy::air::{
    AddedTo, Average, CabinMatch, Comparable, OverAverageFare, OverLowestFare, WindowOn,
};
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

/// What a price is compared with.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Baseline {
    Lowest,
    Average(Average),
}

/// A rule that compares prices, with the offers it compares with, sorted by departure.
pub(in crate::policy) struct FareComparison<'a> {
    rule: &'a Comparable,
    baseline: Baseline,
    rows: Option<Vec<Row<'a>>>,
    document_currency: Currency,
    /// Ten-thousandths of a percent.
    percent_scaled: i128,
    over_amount: Option<Money>,
}

#[derive(Clone, Copy)]
struct Row<'a> {
    departs_at: Timestamp,
    minor: i64,
    plainest_cabin: Option<Cabin>,
    offer: &'a AirFacts,
}

/// A price as a fraction, so that it is rounded only once.
#[derive(Clone, Copy)]
struct Share {
    sum: i128,
    count: i128,
}

/// One percent, and what it is a part of, in the unit of `percent_scaled`.
const PERCENT_SCALE: i128 = 10_000;
const WHOLE_SCALED: i128 = 100 * PERCENT_SCALE;

impl<'a> FareComparison<'a> {
    pub(super) fn with_lowest(
        rule: &'a OverLowestFare,
        document: &PolicyDocument,
        market: Option<&Market<'a>>,
    ) -> Self {
        let over = (rule.over_percent, rule.over_amount);
        Self::new(Baseline::Lowest, over, &rule.comparable, document, market)
    }

    pub(super) fn with_average(
        rule: &'a OverAverageFare,
        document: &PolicyDocument,
        market: Option<&Market<'a>>,
    ) -> Self {
        let over = (rule.over_percent, rule.over_amount);
        Self::new(Baseline::Average(rule.average), over, &rule.comparable, document, market)
    }

    fn new(
        baseline: Baseline,
        (percent, over_amount): (Decimal, Option<Money>),
        rule: &'a Comparable,
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
        let scaled = percent.checked_mul(Decimal::from(PERCENT_SCALE));
        // INVARIANT: documents admit percentages up to 10,000 with four digits.
        let percent_scaled = scaled.and_then(|scaled| scaled.to_i128()).unwrap_or(0);
        let document_currency = document.currency;
        Self { rule, baseline, rows, document_currency, percent_scaled, over_amount }
    }

    pub(super) fn judge(
        &self,
        flight: &AirFacts,
        route: &RouteFilter<'_>,
        rates: FreshRates<'_>,
        market: Option<&Market<'_>>,
        scratch: &mut Scratch,
    ) -> Judged {
        let market = market.ok_or(Basis::CandidatesMissing);
        market
            .and_then(|market| self.compare(flight, route, rates, market, &mut scratch.prices))
            .unwrap_or_else(Judged::unknown)
    }

    fn compare(
        &self,
        flight: &AirFacts,
        route: &RouteFilter<'_>,
        rates: FreshRates<'_>,
        market: &Market<'_>,
        prices: &mut Vec<i64>,
    ) -> Result<Judged, Basis> {
        let rows = self.rows.as_ref().ok_or(Basis::CandidatesMissing)?;
        // Prices are compared as they are where all are in one currency.
        let own = flight.total.currency;
        let one = market.currencies.iter().all(|&currency| currency == own);
        let currency = if one { own } else { self.document_currency };
        let wish = Wish::new(self.rule, flight, route, market)?;
        let price = rates.convert(flight.total, currency)?.minor;
        prices.clear();
        prices.push(price);
        let mut lowest = price;
        for row in wish.in_window(rows) {
            let known = row.offer.total.currency == currency;
            let enough = prices.len() as i64 >= self.rule.candidates_min;
            if self.baseline == Baseline::Lowest && known && enough && row.minor >= lowest {
                continue;
            }
            if flight.offer.is_some() && row.offer.offer == flight.offer {
                continue;
            }
            if wish.is_served_by(row) {
                let minor =
                    if known { row.minor } else { rates.convert(row.offer.total, currency)?.minor };
                lowest = lowest.min(minor);
                prices.push(minor);
            }
        }
        let count = prices.len() as i64;
        if count < self.rule.candidates_min {
            let (limit, actual) = (self.rule.candidates_min, count);
            let few = Judged::unknown(Basis::CandidatesFew);
            let (limit, actual) = (Some(Scalar::Count(limit)), Some(Scalar::Count(actual)));
            return Ok(Judged { limit, actual, ..few });
        }
        let baseline = self.baseline.of(prices);
        let limit = self.limit(baseline, currency, rates)?;
        let money = |minor| Scalar::Money(Money::new(minor, currency));
        let judged = Judged::measured(price > limit, money(limit), money(price));
        Ok(Judged { basis: Basis::Candidates, ..judged }.context(money(baseline.rounded()?)))
    }

    /// The highest price allowed above the baseline, rounded half to even once.
    fn limit(
        &self,
        baseline: Share,
        currency: Currency,
        rates: FreshRates<'_>,
    ) -> Result<i64, Basis> {
        let amount = match self.over_amount {
            Some(amount) => rates.convert(amount, currency)?.minor,
            None => 0,
        };
        let raised = baseline.sum * (WHOLE_SCALED + self.percent_scaled);
        let rounded = divide_half_even(raised, WHOLE_SCALED * baseline.count);
        i64::try_from(rounded + i128::from(amount)).map_err(|_| Basis::AmountOverflow)
    }
}

impl Baseline {
    /// What the prices, of which there is at least one, come to.
    fn of(self, prices: &mut [i64]) -> Share {
        let one = |minor: i64| Share { sum: minor.into(), count: 1 };
        match self {
            Self::Lowest => one(prices.iter().copied().min().unwrap_or_default()),
            Self::Average(Average::Median) => {
                let (_, middle, _) = prices.select_nth_unstable((prices.len() - 1) / 2);
                one(*middle)
            }
            Self::Average(Average::Mean) => Share {
                sum: prices.iter().copied().map(i128::from).sum(),
                // INVARIANT: a list in memory has fewer entries than an `i128` can count.
                count: prices.len() as i128,
            },
        }
    }
}

impl Share {
    fn rounded(self) -> Result<i64, Basis> {
        let rounded = divide_half_even(self.sum, self.count);
        i64::try_from(rounded).map_err(|_| Basis::AmountOverflow)
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
fn eligible(rule: &Comparable, excluded: &BTreeSet<Airline>, offer: &AirFacts) -> bool {
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
    rule: &'r Comparable,
    flight: &'f AirFacts,
    route: &'g RouteFilter<'g>,
    market: &'g Market<'g>,
    cabin: Option<Cabin>,
    /// One bit for each of the first 64 slices: whether it is domestic. It is asked of every
    /// candidate, and looking at the countries is most of what that costs.
    domestic: u64,
    first_departs_at: Timestamp,
}

impl<'r, 'f, 'g> Wish<'r, 'f, 'g> {
    fn new(
        rule: &'r Comparable,
        flight: &'f AirFacts,
        route: &'g RouteFilter<'g>,
        market: &'g Market<'g>,
    ) -> Result<Self, Basis> {
        let cabin = match rule.cabin {
            CabinMatch::Any => None,
            CabinMatch::AtLeastSame | CabinMatch::Same => {
                Some(flight.plainest_cabin().ok_or(Basis::CabinMissing)?)
            }
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
        Ok(Self { rule, flight, route, market, cabin, domestic, first_departs_at })
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
            && self
                .cabin
                .is_none_or(|cabin| row.plainest_cabin.is_some_and(|c| self.sits(c, cabin)))
            && pairs.all(|(at, (wished, offered))| self.slice_served(at, wished, offered))
    }

    fn sits(&self, offered: Cabin, wished: Cabin) -> bool {
        if self.rule.cabin == CabinMatch::Same { offered == wished } else { offered >= wished }
    }

    fn slice_served(&self, at: usize, wished: &AirSlice, offered: &AirSlice) -> bool {
        let rule = self.rule;
        let added = offered.connections() - wished.connections();
        let longer = || Some(offered.elapsed_minutes?.saturating_sub(self.added_to(wished)?));
        rule.added_connections_max.is_none_or(|most| added <= most)
            && rule.fewer_connections_max.is_none_or(|most| -added <= most)
            && rule.added_minutes_max.is_none_or(|most| longer().is_some_and(|l| l <= most))
            && self.times_near(at, wished, offered)
            && same_ends(rule.airports, wished, offered)
    }

    /// The minutes candidates may exceed by so much.
    fn added_to(&self, wished: &AirSlice) -> Option<i64> {
        let own = wished.elapsed_minutes?;
        match self.rule.added_to {
            AddedTo::Offer => Some(own),
            AddedTo::Fastest => {
                let (from, to) = wished.ends()?;
                Some(self.market.fastest_minutes(from, to).map_or(own, |fastest| fastest.min(own)))
            }
        }
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
