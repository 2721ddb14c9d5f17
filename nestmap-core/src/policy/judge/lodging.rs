//! Rules about stays: what each says about one stay.

use std::collections::{BTreeMap, BTreeSet};

use super::air::against_cap;
use super::rates::{FreshRates, Span};
use super::{Judged, Scalar};
use crate::money::{Currency, Money};
use crate::place::Country;
use crate::policy::entry::Place;
use crate::policy::facts::{LodgingFacts, LodgingPlace, Night};
use crate::policy::finding::{Basis, Verdict};
use crate::policy::lodging::{NightMeasure, NightlyCap, PlaceCap, PlaceStars, Stars};
use crate::policy::rule::Counted;
use crate::time::Date;

type CountryGroups = BTreeMap<String, BTreeSet<Country>>;

pub(super) fn nightly_cap(
    rule: &NightlyCap,
    groups: &CountryGroups,
    stay: &LodgingFacts,
    rates: FreshRates<'_>,
) -> Judged {
    if stay.nights.is_empty() {
        return Judged::unknown(Basis::PriceMissing);
    }
    match rule.measure {
        NightMeasure::EachNight => each_night(rule, groups, stay, rates),
        NightMeasure::Average => average(rule, groups, stay, rates).unwrap_or_else(Judged::unknown),
    }
}

fn each_night(
    rule: &NightlyCap,
    groups: &CountryGroups,
    stay: &LodgingFacts,
    rates: FreshRates<'_>,
) -> Judged {
    let mut worst = Judged::not_applicable(Basis::NoLimit);
    for (evening, night) in stay.evenings() {
        let Some(cap) = cap_for(rule, groups, &stay.place, evening) else { continue };
        let judged = match price(rule, night, cap.amount.currency, rates) {
            Ok(price) => against_cap(price, cap.amount, 1),
            Err(missing) => Judged::unknown(missing),
        };
        worst = worse_night(worst, judged.context(Scalar::Date(evening)));
    }
    worst
}

/// Of two nights outside, the one that is further outside says more.
fn worse_night(worst: Judged, night: Judged) -> Judged {
    let excess = |judged: &Judged| match (judged.limit, judged.actual) {
        (Some(Scalar::Money(limit)), Some(Scalar::Money(actual))) => {
            i128::from(actual.minor) - i128::from(limit.minor)
        }
        _ => 0,
    };
    let both_outside = worst.verdict == Verdict::Outside && night.verdict == Verdict::Outside;
    if both_outside && excess(&night) > excess(&worst) { night } else { worst.worse(night) }
}

fn average(
    rule: &NightlyCap,
    groups: &CountryGroups,
    stay: &LodgingFacts,
    rates: FreshRates<'_>,
) -> Result<Judged, Basis> {
    let mut currency: Option<Currency> = None;
    let (mut caps, mut prices, mut nights) = (0i64, Span::FREE, 0i64);
    for (evening, night) in stay.evenings() {
        let Some(cap) = cap_for(rule, groups, &stay.place, evening) else { continue };
        let to = *currency.get_or_insert(cap.amount.currency);
        let amount = rates.convert(cap.amount, to)?.minor;
        caps = caps.checked_add(amount).ok_or(Basis::AmountOverflow)?;
        let price = price(rule, night, to, rates)?;
        prices = prices.plus(price).ok_or(Basis::AmountOverflow)?;
        nights += 1;
    }
    let Some(currency) = currency else { return Ok(Judged::not_applicable(Basis::NoLimit)) };
    // The sums are compared; the shares of a night are only shown, the cap's rounded down.
    let judged = against_cap(prices, Money::new(caps, currency), 1);
    Ok(per_night(judged, nights).context(Scalar::Count(nights)))
}

fn per_night(judged: Judged, nights: i64) -> Judged {
    let share = |scalar: Option<Scalar>, added: i64| match scalar {
        Some(Scalar::Money(money)) => {
            let minor = money.minor.saturating_add(added).div_euclid(nights);
            Some(Scalar::Money(Money::new(minor, money.currency)))
        }
        other => other,
    };
    let basis = if judged.basis == Basis::Measured { Basis::Averaged } else { judged.basis };
    let (limit, actual) = (share(judged.limit, 0), share(judged.actual, nights - 1));
    Judged { basis, limit, actual, ..judged }
}

/// The cap of the most specific place that has one for the evening; a seasonal one goes first.
fn cap_for<'r>(
    rule: &'r NightlyCap,
    groups: &CountryGroups,
    place: &LodgingPlace,
    evening: Date,
) -> Option<&'r PlaceCap> {
    let holds = |cap: &&PlaceCap| {
        cap.season.is_none_or(|season| season.contains(evening)) && cap.place.covers(place, groups)
    };
    // INVARIANT: documents have at most one cap of a place and season for an evening, and no two
    // groups of one rule share a country.
    rule.caps.iter().filter(holds).max_by_key(|cap| (cap.place.rank(), cap.season.is_some()))
}

/// What of a night's price counts, in `to`; bounds where a part isn't known.
fn price(
    rule: &NightlyCap,
    night: &Night,
    to: Currency,
    rates: FreshRates<'_>,
) -> Result<Span, Basis> {
    let minor = |amount: Option<Money>| -> Result<Option<i64>, Basis> {
        amount.map(|amount| rates.convert(amount, to).map(|money| money.minor)).transpose()
    };
    let total = minor(night.total)?;
    let parts = [
        (minor(night.base)?, Counted::Included),
        (minor(night.tax)?, rule.tax),
        (minor(night.mandatory_fees)?, rule.mandatory_fees),
    ];
    counted(parts, total).ok_or(Basis::AmountOverflow)
}

fn counted(parts: [(Option<i64>, Counted); 3], total: Option<i64>) -> Option<Span> {
    let (mut sum, mut left_out) = (Span::FREE, 0i64);
    let mut all_left_out_known = true;
    for (part, counts) in parts {
        let unknown = Span { least: 0, most: None };
        match (counts, part) {
            (Counted::Included, part) => {
                sum = sum.plus(part.map_or(unknown, Span::exactly))?;
            }
            (Counted::Excluded, Some(part)) => left_out = left_out.checked_add(part)?,
            (Counted::Excluded, None) => all_left_out_known = false,
        }
    }
    let (Some(total), None) = (total, sum.most) else { return Some(sum) };
    // The sum is known though its parts aren't: what counts is the rest.
    let rest = total.checked_sub(left_out)?;
    Some(if all_left_out_known {
        Span::exactly(rest)
    } else {
        Span { least: sum.least, most: Some(rest) }
    })
}

/// What a stay costs with everything: base, taxes and mandatory fees.
pub(super) fn total(
    stay: &LodgingFacts,
    to: Currency,
    rates: FreshRates<'_>,
) -> Result<Span, Basis> {
    let everything = NightlyCap {
        caps: Vec::new(),
        tax: Counted::Included,
        mandatory_fees: Counted::Included,
        measure: NightMeasure::Average,
    };
    stay.nights.iter().try_fold(Span::FREE, |sum, night| {
        let night = price(&everything, night, to, rates)?;
        sum.plus(night).ok_or(Basis::AmountOverflow)
    })
}

pub(super) fn stars(rule: &Stars, groups: &CountryGroups, stay: &LodgingFacts) -> Judged {
    let covering = rule.ranges.iter().filter(|range| range.place.covers(&stay.place, groups));
    let Some(range) = covering.max_by_key(|range| Place::rank(&range.place)) else {
        return Judged::not_applicable(Basis::NoLimit);
    };
    match stay.stars_tenths {
        Some(stars) => within_range(range, stars),
        None => Judged::unknown(Basis::StarsMissing),
    }
}

fn within_range(range: &PlaceStars, stars: i64) -> Judged {
    let judged = |outside, limit: i64| {
        Judged::measured(outside, Scalar::StarsTenths(limit), Scalar::StarsTenths(stars))
    };
    if let Some(fewest) = range.stars_tenths_min.filter(|&fewest| stars < fewest) {
        return judged(true, fewest);
    }
    if let Some(most) = range.stars_tenths_max.filter(|&most| stars > most) {
        return judged(true, most);
    }
    // INVARIANT: a document gives at least one bound.
    judged(false, range.stars_tenths_max.or(range.stars_tenths_min).unwrap_or(stars))
}
