//! Amounts in another currency: the newest rate that isn't too old, or a reason why not.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use crate::money::{Currency, Money, Rate};
use crate::policy::finding::Basis;
use crate::time::Date;

/// The newest rate of each pair of currencies on a day. The order rates are given in doesn't
/// matter: of one day's rates, the source that sorts first holds.
pub(in crate::policy) struct Rates<'a> {
    day: Date,
    newest: BTreeMap<(Currency, Currency), &'a Rate>,
}

/// Rates of which those beyond an age aren't used.
#[derive(Clone, Copy)]
pub(in crate::policy) struct FreshRates<'a> {
    rates: &'a Rates<'a>,
    age_days_max: i64,
}

impl<'a> Rates<'a> {
    pub(in crate::policy) fn new(rates: &'a [Rate], day: Date) -> Self {
        let mut newest: BTreeMap<_, &'a Rate> = BTreeMap::new();
        let preference =
            |rate: &Rate| (std::cmp::Reverse(rate.date), rate.source.clone(), rate.rate);
        // A place east of UTC may already have tomorrow's rate; any later one isn't known yet.
        for rate in rates.iter().filter(|rate| rate.date <= day.plus_days(1)) {
            let kept = newest.entry((rate.from, rate.to)).or_insert(rate);
            if preference(rate) < preference(kept) {
                *kept = rate;
            }
        }
        Self { day, newest }
    }

    pub(in crate::policy) fn not_older_than(&'a self, age_days_max: i64) -> FreshRates<'a> {
        FreshRates { rates: self, age_days_max }
    }
}

impl FreshRates<'_> {
    /// The amount in `to`, rounded half to even on the minor unit. Where only the opposite rate is
    /// known, the amount is divided by it.
    pub(in crate::policy) fn convert(self, amount: Money, to: Currency) -> Result<Money, Basis> {
        if amount.currency == to {
            return Ok(amount);
        }
        let find = |pair| self.rates.newest.get(&pair).copied();
        let (direct, opposite) = (find((amount.currency, to)), find((to, amount.currency)));
        let fresh = |rate: &&Rate| rate.date.days_until(self.rates.day) <= self.age_days_max;
        if let Some(rate) = direct.filter(fresh) {
            return amount.convert(rate).map_err(|_| Basis::AmountOverflow);
        }
        if let Some(rate) = opposite.filter(fresh) {
            return divide(amount, rate.rate, to).ok_or(Basis::AmountOverflow);
        }
        let any = direct.or(opposite);
        Err(if any.is_some() { Basis::RateStale } else { Basis::RateMissing })
    }
}

fn divide(amount: Money, rate: Decimal, to: Currency) -> Option<Money> {
    let quotient = amount.decimal().checked_div(rate)?;
    let rounded =
        quotient.round_dp_with_strategy(to.exponent(), RoundingStrategy::MidpointNearestEven);
    Money::from_decimal(rounded, to).ok()
}

/// A price of which only bounds may be known; both are in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    /// It is at least this, minor units.
    pub(super) least: i64,
    /// It is at most this; none when nothing is known.
    pub(super) most: Option<i64>,
}

impl Span {
    pub(super) const FREE: Self = Self { least: 0, most: Some(0) };

    pub(super) fn exactly(minor: i64) -> Self {
        Self { least: minor, most: Some(minor) }
    }

    /// The sum; `None` on overflow.
    pub(super) fn plus(self, other: Self) -> Option<Self> {
        let most = match (self.most, other.most) {
            (Some(one), Some(two)) => Some(one.checked_add(two)?),
            _ => None,
        };
        Some(Self { least: self.least.checked_add(other.least)?, most })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(from: &str, to: &str, rate: &str, date: &str, source: &str) -> Rate {
        Rate {
            from: Currency::parse(from).unwrap(),
            to: Currency::parse(to).unwrap(),
            rate: rate.parse().unwrap(),
            date: date.parse().unwrap(),
            source: source.into(),
        }
    }

    fn convert(rates: &[Rate], amount: &str, to: &str) -> Result<String, Basis> {
        let (amount, currency) = amount.split_once(' ').unwrap();
        let day = "2026-03-10".parse().unwrap();
        Rates::new(rates, day)
            .not_older_than(7)
            .convert(Money::parse(amount, currency).unwrap(), Currency::parse(to).unwrap())
            .map(|money| money.to_string())
    }

    #[test]
    fn a_rate_holds_for_as_many_days_as_the_document_says() {
        for (date, expected) in [
            ("2026-03-02", Err(Basis::RateStale)),
            ("2026-03-03", Ok("200.00 EUR".to_owned())),
            ("2026-03-10", Ok("200.00 EUR".to_owned())),
            ("2026-03-11", Ok("200.00 EUR".to_owned())),
            ("2026-03-12", Err(Basis::RateMissing)),
        ] {
            let rates = [rate("USD", "EUR", "2", date, "a")];
            assert_eq!(convert(&rates, "100.00 USD", "EUR"), expected, "{date}");
        }
    }

    #[test]
    fn the_newest_rate_wins_in_any_order() {
        let mut rates = vec![
            rate("USD", "EUR", "3", "2026-03-08", "a"),
            rate("USD", "EUR", "2", "2026-03-09", "b"),
            rate("USD", "EUR", "4", "2026-03-09", "c"),
        ];
        for _ in 0..3 {
            rates.rotate_left(1);
            assert_eq!(convert(&rates, "1.00 USD", "EUR").unwrap(), "2.00 EUR");
        }
    }

    #[test]
    fn the_opposite_rate_divides_with_one_rounding() {
        let rates = [rate("EUR", "USD", "3", "2026-03-09", "a")];
        assert_eq!(convert(&rates, "1.00 USD", "EUR").unwrap(), "0.33 EUR");
        assert_eq!(convert(&rates, "2.00 USD", "EUR").unwrap(), "0.67 EUR");
        assert_eq!(convert(&[], "1.00 USD", "EUR"), Err(Basis::RateMissing));
        assert_eq!(convert(&[], "1.00 EUR", "EUR").unwrap(), "1.00 EUR");
    }

    #[test]
    fn a_rate_of_zero_is_not_divided_by() {
        let rates = [rate("EUR", "USD", "0", "2026-03-09", "a")];
        assert_eq!(convert(&rates, "1.00 USD", "EUR"), Err(Basis::AmountOverflow));
    }
}
