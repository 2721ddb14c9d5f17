//! Rules about flights: what each says about one slice or journey.

use std::collections::BTreeSet;

use super::market::Market;
use super::rates::{FreshRates, Span};
use super::route::RouteFilter;
use super::{Judged, Scalar, distinct};
use crate::money::Money;
use crate::place::Airline;
use crate::policy::air::{
    self as air_rules, AdvanceBooking, BasicEconomy, CabinBand, CabinByDuration, CarrierMode,
    CarrierRole, Connections, DurationMeasure, Emissions, EmissionsPer, FareFlexibility, Layover,
    PriceCap, PricePer,
};
use crate::policy::facts::{AirFacts, AirSegment, AirSlice, Flexibility};
use crate::policy::finding::{Basis, Verdict};
use crate::policy::rule::Counted;
use crate::shopping::{Cabin, Condition};
use crate::time::{Date, Zone};

pub(super) fn cabin_by_duration(
    rule: &CabinByDuration,
    slice: &AirSlice,
    market: Option<&Market<'_>>,
) -> Judged {
    let cabins = slice.segments.iter().filter_map(|segment| segment.cabin);
    let Some(highest) = cabins.max() else { return Judged::unknown(Basis::CabinMissing) };
    let complete = slice.segments.iter().all(|segment| segment.cabin.is_some());
    let minutes = match duration(rule.measure, slice, market) {
        Ok(minutes) => minutes,
        Err(missing) => return without_duration(rule, highest, complete, missing),
    };
    let Some(band) = rule.bands.iter().find(|band| band.holds(minutes)) else {
        return Judged::not_applicable(Basis::NoLimit).context(Scalar::Minutes(minutes));
    };
    if highest <= band.cabin && !complete {
        return Judged::unknown(Basis::CabinMissing).context(Scalar::Minutes(minutes));
    }
    let (limit, actual) = (Scalar::Cabin(band.cabin), Scalar::Cabin(highest));
    Judged::measured(highest > band.cabin, limit, actual).context(Scalar::Minutes(minutes))
}

/// A cabin that every band allows is allowed whatever the duration.
fn without_duration(
    rule: &CabinByDuration,
    highest: Cabin,
    complete: bool,
    missing: Basis,
) -> Judged {
    match rule.bands.iter().map(|band| band.cabin).min() {
        Some(lowest) if complete && highest <= lowest => {
            Judged::measured(false, Scalar::Cabin(lowest), Scalar::Cabin(highest))
        }
        _ => Judged::unknown(missing),
    }
}

impl CabinBand {
    fn holds(&self, minutes: i64) -> bool {
        self.at_least_minutes <= minutes && self.below_minutes.is_none_or(|below| minutes < below)
    }
}

fn duration(
    measure: DurationMeasure,
    slice: &AirSlice,
    market: Option<&Market<'_>>,
) -> Result<i64, Basis> {
    let mut segments = slice.segments.iter();
    let known = match measure {
        DurationMeasure::FlyingTime => {
            segments.try_fold(0i64, |sum, s| Some(sum.saturating_add(s.flying_minutes()?)))
        }
        DurationMeasure::Elapsed => slice.elapsed_minutes,
        DurationMeasure::LongestSegment => {
            segments.try_fold(0i64, |longest, s| Some(longest.max(s.minutes?)))
        }
        DurationMeasure::LowestOfLeg => {
            let market = market.ok_or(Basis::CandidatesMissing)?;
            let others = slice.ends().and_then(|(from, to)| market.fastest_minutes(from, to));
            // The slice's own time could be the lowest, so it has to be known.
            slice.elapsed_minutes.map(|own| others.map_or(own, |others| others.min(own)))
        }
    };
    // A schedule that runs backwards says nothing; below every band it would be free.
    known.filter(|&minutes| minutes >= 0).ok_or(Basis::DurationMissing)
}

pub(super) fn price_cap(rule: &PriceCap, flight: &AirFacts, rates: FreshRates<'_>) -> Judged {
    let to = rule.amount.currency;
    let minor = |amount: Money| rates.convert(amount, to).map(|money| money.minor);
    let price = minor(flight.total).and_then(|total| match (rule.tax, flight.tax) {
        (Counted::Included, _) => Ok(Span::exactly(total)),
        (Counted::Excluded, None) => Ok(Span { least: 0, most: Some(total) }),
        (Counted::Excluded, Some(tax)) => {
            let net = total.checked_sub(minor(tax)?).ok_or(Basis::AmountOverflow)?;
            Ok(Span::exactly(net))
        }
    });
    let travelers = match rule.per {
        PricePer::Traveler => flight.travelers.max(1),
        PricePer::Journey => 1,
    };
    match price {
        Ok(price) => against_cap(price, rule.amount, travelers),
        Err(missing) => Judged::unknown(missing),
    }
}

/// A price for `shares` against a cap for one. The quotient is shown rounded up, so that a price
/// above the cap never looks like the cap.
pub(super) fn against_cap(price: Span, cap: Money, shares: i64) -> Judged {
    let allowed = i128::from(cap.minor) * i128::from(shares);
    let share = |minor: i64| {
        let up = i128::from(minor) + i128::from(shares) - 1;
        // INVARIANT: a share is not larger than the whole, which fits.
        let share = up.div_euclid(i128::from(shares));
        Scalar::Money(Money::new(i64::try_from(share).unwrap_or(minor), cap.currency))
    };
    let limit = Scalar::Money(cap);
    let exact = price.most == Some(price.least);
    if i128::from(price.least) > allowed {
        let basis = if exact { Basis::Measured } else { Basis::PriceMissing };
        return Judged { basis, ..Judged::measured(true, limit, share(price.least)) };
    }
    match price.most {
        Some(most) if i128::from(most) <= allowed => {
            let within = Judged::measured(false, limit, share(most));
            if exact { within } else { Judged { actual: None, ..within } }
        }
        _ => Judged { limit: Some(limit), ..Judged::unknown(Basis::PriceMissing) },
    }
}

pub(super) fn advance_booking(
    rule: &AdvanceBooking,
    flight: &AirFacts,
    today: impl FnOnce(&Zone) -> Date,
) -> Judged {
    let Some(first) = flight.segments().next() else {
        return Judged::unknown(Basis::DurationMissing);
    };
    let days = today(&first.departs.zone).days_until(first.departs.date());
    Judged::measured(days < rule.days_min, Scalar::Days(rule.days_min), Scalar::Days(days))
}

/// A rule about airlines with its list looked up.
pub(in crate::policy) struct Carriers<'a> {
    rule: &'a air_rules::Carriers,
    pub(super) list: BTreeSet<Airline>,
    /// For a rule that is idle without an alternative: how good the best offer of the search is.
    best: Option<Judged>,
}

impl<'a> Carriers<'a> {
    pub(super) fn new(
        rule: &'a air_rules::Carriers,
        list: BTreeSet<Airline>,
        market: Option<&Market<'_>>,
    ) -> Self {
        let carriers = Self { rule, list, best: None };
        let best = rule.idle_without_alternative.then(|| carriers.best(market));
        Self { best, ..carriers }
    }

    fn best(&self, market: Option<&Market<'_>>) -> Judged {
        let Some(market) = market else { return Judged::unknown(Basis::CandidatesMissing) };
        let offers = market.offers.iter().map(|offer| self.judge_alone(offer));
        match offers.min_by_key(|judged| judged.verdict) {
            Some(best) if best.verdict != Verdict::Outside => best,
            _ => Judged::not_applicable(Basis::NoAlternative),
        }
    }

    pub(super) fn judge(&self, flight: &AirFacts) -> Judged {
        let alone = self.judge_alone(flight);
        match self.best {
            Some(best) if alone.verdict != Verdict::Within && best.verdict != Verdict::Within => {
                best
            }
            _ => alone,
        }
    }

    fn judge_alone(&self, flight: &AirFacts) -> Judged {
        let verdicts = flight.segments().map(|segment| self.judge_segment(segment));
        match verdicts.max().unwrap_or(Verdict::Unknown) {
            Verdict::Unknown => Judged::unknown(Basis::CarrierMissing),
            verdict => Judged::listed(verdict),
        }
    }

    fn judge_segment(&self, segment: &AirSegment) -> Verdict {
        let roles: [Option<Airline>; 2] = match self.rule.by {
            CarrierRole::Marketing => [segment.marketing; 2],
            CarrierRole::Operating => [segment.operating; 2],
            CarrierRole::Any => [segment.marketing, segment.operating],
        };
        let listed = roles.iter().flatten().any(|airline| self.list.contains(airline));
        let complete = roles.iter().all(Option::is_some);
        match (self.rule.mode, listed) {
            (CarrierMode::Ban, true) => Verdict::Outside,
            (CarrierMode::Allow | CarrierMode::Prefer, true) => Verdict::Within,
            (_, false) if !complete => Verdict::Unknown,
            (CarrierMode::Ban, false) => Verdict::Within,
            (CarrierMode::Allow | CarrierMode::Prefer, false) => Verdict::Outside,
        }
    }

    /// The airlines the rule takes offence at.
    pub(super) fn offending(&self, flight: &AirFacts) -> Vec<String> {
        let outside = |segment: &&AirSegment| self.judge_segment(segment) == Verdict::Outside;
        let airlines = flight.segments().filter(outside).flat_map(|segment| match self.rule.by {
            CarrierRole::Marketing => [segment.marketing, None],
            CarrierRole::Operating => [segment.operating, None],
            CarrierRole::Any => [segment.marketing, segment.operating],
        });
        let banned = self.rule.mode == CarrierMode::Ban;
        let named = airlines.flatten().filter(|airline| self.list.contains(airline) == banned);
        distinct(named.map(|airline| airline.to_string()).collect())
    }
}

/// Flights whose length isn't known only make the journey longer, and so cleaner a kilometer.
pub(super) fn emissions(rule: &Emissions, flight: &AirFacts) -> Judged {
    let Some(grams) = flight.emissions_grams.filter(|&grams| grams >= 0) else {
        return Judged::unknown(Basis::EmissionsMissing);
    };
    let travelers = i128::from(flight.travelers.max(1));
    let (kilometers, complete, basis) = match rule.per {
        EmissionsPer::Traveler => (1, true, Basis::Measured),
        EmissionsPer::TravelerKm => {
            let known: i128 = flight.segments().filter_map(length).map(i128::from).sum();
            let complete = flight.segments().all(|segment| length(segment).is_some());
            (known, complete && known > 0, Basis::PerKilometer)
        }
    };
    let shares = travelers.saturating_mul(kilometers);
    let limit = Scalar::Count(rule.grams_max);
    let outside = i128::from(grams) > i128::from(rule.grams_max).saturating_mul(shares);
    match (outside, complete) {
        (true, false) => Judged { limit: Some(limit), ..Judged::unknown(Basis::DistanceMissing) },
        (false, false) => Judged { limit: Some(limit), ..Judged::listed(Verdict::Within) },
        (outside, true) => {
            // Rounded up, so that what is above the limit never looks like it.
            let grams_exactly = i128::from(grams);
            let share = grams_exactly / shares + i128::from(grams_exactly % shares > 0);
            // INVARIANT: a share is not larger than the whole, which fits.
            let actual = Scalar::Count(i64::try_from(share).unwrap_or(grams));
            Judged { basis, ..Judged::measured(outside, limit, actual) }
        }
    }
}

/// A flight of no length isn't one.
fn length(segment: &AirSegment) -> Option<i64> {
    segment.distance_km.filter(|&kilometers| kilometers > 0)
}

pub(super) fn flexibility(rule: &FareFlexibility, condition: Condition) -> Judged {
    let (least, most) = Flexibility::bounds(condition);
    let shown = |limit: Flexibility, actual: Flexibility, outside| {
        Judged::measured(outside, Scalar::Flexibility(limit), Scalar::Flexibility(actual))
    };
    if let Some(at_least) = rule.at_least.filter(|&at_least| most < at_least) {
        return shown(at_least, most, true);
    }
    if let Some(at_most) = rule.at_most.filter(|&at_most| least > at_most) {
        return shown(at_most, least, true);
    }
    let enough = rule.at_least.is_none_or(|at_least| least >= at_least);
    let not_too_much = rule.at_most.is_none_or(|at_most| most <= at_most);
    // INVARIANT: a document gives at least one bound.
    let Some(limit) = rule.at_least.or(rule.at_most) else {
        return Judged::not_applicable(Basis::NoLimit);
    };
    match enough && not_too_much {
        true if least == most => shown(limit, least, false),
        true => Judged { actual: None, ..shown(limit, least, false) },
        false => {
            let limit = Some(Scalar::Flexibility(limit));
            Judged { limit, ..Judged::unknown(Basis::ConditionMissing) }
        }
    }
}

pub(super) fn basic_economy(rule: &BasicEconomy, slice: &AirSlice) -> Judged {
    let economy = |segment: &AirSegment| segment.cabin.is_none_or(|c| c == Cabin::Economy);
    if !slice.segments.iter().any(economy) {
        return Judged::not_applicable(Basis::NoLimit);
    }
    let Some(brand) = &slice.fare_brand else { return Judged::unknown(Basis::BrandMissing) };
    if !is_named(&rule.fare_brands, brand) {
        return Judged::listed(Verdict::Within);
    }
    // The name alone doesn't tell: other cabins have their own `Basic` and `Light`.
    match slice.segments.iter().any(|segment| segment.cabin == Some(Cabin::Economy)) {
        true => Judged::listed(Verdict::Outside),
        false => Judged::unknown(Basis::CabinMissing),
    }
}

/// Whether one of the names is this one, ignoring case.
pub(super) fn is_named(names: &BTreeSet<String>, name: &str) -> bool {
    let same = |listed: &String| {
        listed.eq_ignore_ascii_case(name)
            || (!name.is_ascii() && listed.to_lowercase() == name.to_lowercase())
    };
    names.iter().any(same)
}

pub(super) fn offending_brands(
    rule: &BasicEconomy,
    flight: &AirFacts,
    route: &RouteFilter<'_>,
) -> Vec<String> {
    let outside = |slice: &&AirSlice| basic_economy(rule, slice).verdict == Verdict::Outside;
    let brands = route.slices(flight).filter(outside).filter_map(|slice| slice.fare_brand.clone());
    distinct(brands.collect())
}

pub(super) fn connections(rule: &Connections, slice: &AirSlice) -> Judged {
    let landings = slice.segments.iter().map(|segment| segment.stops.len()).sum::<usize>();
    let stops = if rule.count_stops { i64::try_from(landings).unwrap_or(i64::MAX) } else { 0 };
    let count = slice.connections().saturating_add(stops);
    let limit = rule.connections_max;
    Judged::measured(count > limit, Scalar::Count(limit), Scalar::Count(count))
}

pub(super) fn layover(rule: &Layover, slice: &AirSlice) -> Judged {
    let mut worst = Judged::listed(Verdict::Within);
    for (arriving, leaving) in slice.changes() {
        let minutes = arriving.arrives_at.seconds_until(leaving.departs_at).div_euclid(60);
        worst = worst.worse(stay(rule, minutes));
    }
    worst
}

fn stay(rule: &Layover, minutes: i64) -> Judged {
    if minutes < 0 {
        return Judged::unknown(Basis::DurationMissing);
    }
    let outside = |limit: i64, basis| {
        let measured = Judged::measured(true, Scalar::Minutes(limit), Scalar::Minutes(minutes));
        Judged { basis, ..measured }
    };
    if let Some(limit) = rule.minutes_min.filter(|&limit| minutes < limit) {
        return outside(limit, Basis::LayoverShort);
    }
    if let Some(limit) = rule.minutes_max.filter(|&limit| minutes > limit) {
        return outside(limit, Basis::LayoverLong);
    }
    Judged::listed(Verdict::Within)
}

pub(super) fn airport_change(slice: &AirSlice) -> Judged {
    let count = slice.changes().filter(|(a, b)| a.destination.airport != b.origin.airport).count();
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    Judged::measured(count > 0, Scalar::Count(0), Scalar::Count(count))
}

/// The airports a traveler would have to change between.
pub(super) fn changed_airports(flight: &AirFacts, route: &RouteFilter<'_>) -> Vec<String> {
    let changes = route.slices(flight).flat_map(AirSlice::changes);
    let changed = changes.map(|(a, b)| [a.destination.airport, b.origin.airport]);
    let named = changed.filter(|[from, to]| from != to).flatten();
    distinct(named.map(|airport| airport.to_string()).collect())
}
