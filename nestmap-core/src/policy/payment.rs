//! Who pays: what a policy says about it is kept by refusing what can't be kept.
//!
//! Everything is paid whole, from what the company pays with. A policy may name other sources, or
//! the most that the company pays; that is fine as long as nothing has to be paid otherwise.

use super::PolicyInForce;
use super::judge::{FreshRates, Rates};
use super::outcome::{Outcome, PaymentSource};
use crate::error::{Code, Error};
use crate::money::{Money, Rate};
use crate::time::Date;

/// Refuses what the company may not pay whole: `costs` of something that led to `outcome`, on
/// `day`.
///
/// A limit counts as exceeded when no rate to its currency is known that is young enough for every
/// policy.
pub(crate) fn check_payment(
    policies: &[PolicyInForce],
    outcome: &Outcome,
    costs: &[Money],
    rates: &[Rate],
    day: Date,
) -> Result<(), Error> {
    let ages = policies.iter().map(|policy| policy.document.rates.age_days_max);
    let rates = Rates::new(rates, day);
    check(outcome, costs, rates.not_older_than(ages.min().unwrap_or(0)))
}

fn check(outcome: &Outcome, costs: &[Money], rates: FreshRates<'_>) -> Result<(), Error> {
    let limits = &outcome.obligations.amount_limits;
    match outcome.payment {
        PaymentSource::Named => return Err(refused("from sources it names", outcome)),
        PaymentSource::Split if limits.is_empty() => {
            return Err(refused("by the traveler in part", outcome));
        }
        PaymentSource::Any | PaymentSource::Split => {}
    }
    for limit in limits.values() {
        if !is_within(costs, *limit, rates) {
            let most = format!("by the company up to {limit} at most");
            return Err(refused(&most, outcome).detail("limit", serde_json::json!(limit)));
        }
    }
    Ok(())
}

fn is_within(costs: &[Money], limit: Money, rates: FreshRates<'_>) -> bool {
    let sum = costs.iter().try_fold(Money::zero(limit.currency), |sum, cost| {
        let cost = rates.convert(*cost, limit.currency).ok()?;
        sum.plus(cost).ok()
    });
    sum.is_some_and(|sum| sum.minor <= limit.minor)
}

fn refused(how: &str, outcome: &Outcome) -> Error {
    Error::new(Code::PaymentTerms, format!("the travel policy wants this paid {how}"))
        .detail("payment", serde_json::json!(outcome.payment))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::fixture::parse;

    fn euros(amount: &str) -> Money {
        Money::parse(amount, "EUR").unwrap()
    }

    fn outcome(payment: PaymentSource, limits: &[Money]) -> Outcome {
        let mut outcome = Outcome { payment, ..Outcome::ALLOW };
        let limits = limits.iter().map(|limit| (limit.currency, *limit));
        outcome.obligations.amount_limits = limits.collect();
        outcome
    }

    fn is_paid(outcome: &Outcome, costs: &[Money], rates: &[Rate]) -> bool {
        let rates = Rates::new(rates, parse("2026-03-02"));
        match check(outcome, costs, rates.not_older_than(7)) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.code, Code::PaymentTerms);
                false
            }
        }
    }

    #[test]
    fn the_company_pays_whole_up_to_the_limit_and_not_a_cent_above() {
        use PaymentSource::{Any, Split};
        for payment in [Any, Split] {
            let limited = outcome(payment, &[euros("500.00")]);
            for (amount, paid) in [("499.99", true), ("500.00", true), ("500.01", false)] {
                assert_eq!(is_paid(&limited, &[euros(amount)], &[]), paid, "{payment:?} {amount}");
            }
            let both = [euros("250.00"), euros("250.01")];
            assert!(!is_paid(&limited, &both, &[]), "what a trip costs is the sum");
        }
    }

    #[test]
    fn a_source_that_is_not_kept_pays_nothing() {
        let free = [euros("0.00")];
        assert!(is_paid(&outcome(PaymentSource::Any, &[]), &free, &[]));
        assert!(!is_paid(&outcome(PaymentSource::Split, &[]), &free, &[]));
        assert!(!is_paid(&outcome(PaymentSource::Named, &[]), &free, &[]));
        let limited = outcome(PaymentSource::Named, &[euros("500.00")]);
        assert!(!is_paid(&limited, &free, &[]));
    }

    #[test]
    fn each_limit_holds_in_its_own_currency_and_one_that_cannot_be_held_against_is_exceeded() {
        let dollars = Money::parse("600.00", "USD").unwrap();
        let limited = outcome(PaymentSource::Any, &[euros("500.00"), dollars]);
        let rate = |rate: &str| Rate {
            from: euros("1.00").currency,
            to: dollars.currency,
            rate: rate.parse().unwrap(),
            date: parse("2026-03-02"),
            source: "test".into(),
        };
        let cost = [euros("500.00")];
        assert!(!is_paid(&limited, &cost, &[]), "no rate");
        assert!(is_paid(&limited, &cost, &[rate("1.20")]));
        assert!(!is_paid(&limited, &cost, &[rate("1.21")]), "605.00 USD");
    }
}
