//! Exact amounts: minor units with a currency, rates with their evidence.

use std::fmt;
use std::sync::OnceLock;

use rust_decimal::{Decimal, RoundingStrategy};
use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::time::Date;

/// The currencies in circulation (ISO 4217), one a line; see the file's first line for its source.
pub const CURRENCIES_TSV: &str = include_str!("../data/currencies.tsv");

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

impl Currency {
    /// Reads a code such as `EUR`; unknown codes are refused.
    pub fn parse(code: &str) -> Result<Self, Error> {
        let unknown = || {
            let shown: String = code.chars().take(20).collect();
            Error::new(Code::UnknownCurrency, format!("`{shown}` is not a currency"))
                .expected("an ISO 4217 code such as EUR")
        };
        let bytes: [u8; 3] = code.as_bytes().try_into().map_err(|_| unknown())?;
        exponent_of(bytes).map(|_| Self(bytes)).ok_or_else(unknown)
    }

    /// The three letters.
    pub fn code(&self) -> &str {
        // INVARIANT: `parse` admits only codes of the table, which are ASCII.
        std::str::from_utf8(&self.0).unwrap_or("???")
    }

    /// How many decimal digits the minor unit has: 2 for EUR, 0 for JPY, 3 for BHD.
    pub fn exponent(self) -> u32 {
        exponent_of(self.0).unwrap_or(2)
    }
}

fn exponent_of(code: [u8; 3]) -> Option<u32> {
    static TABLE: OnceLock<Vec<([u8; 3], u32)>> = OnceLock::new();
    let table = TABLE.get_or_init(|| {
        let rows = CURRENCIES_TSV.lines().filter(|line| !line.starts_with('#'));
        rows.filter_map(|row| {
            let mut cells = row.split('\t');
            let code = cells.next()?.as_bytes().try_into().ok()?;
            Some((code, cells.nth(1)?.parse().ok()?))
        })
        .collect()
    });
    table.binary_search_by_key(&code, |row| row.0).ok().map(|at| table[at].1)
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let code = String::deserialize(d)?;
        Self::parse(&code).map_err(serde::de::Error::custom)
    }
}

/// An exact amount in one currency; JSON is `{"amount":"12.50","currency":"EUR"}`.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    /// The amount in the currency's minor unit: cents for EUR, yen for JPY.
    pub minor: i64,
    /// The currency.
    pub currency: Currency,
}

impl Money {
    /// An amount of `minor` units.
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Nothing, in `currency`.
    pub fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// Reads a decimal such as `12.5`; refuses more digits than the currency has.
    pub fn parse(amount: &str, currency: &str) -> Result<Self, Error> {
        let currency = Currency::parse(currency)?;
        Self::from_decimal(read_decimal(amount, currency)?, currency)
    }

    /// The exact amount of `decimal`; refuses fractions of the minor unit and overflow.
    pub fn from_decimal(decimal: Decimal, currency: Currency) -> Result<Self, Error> {
        let wrong = |why: &str| {
            Error::new(Code::InvalidMoney, format!("`{decimal}` {currency} {why}"))
                .expected(format!("at most {} decimal digits", currency.exponent()))
        };
        let scaled = decimal
            .checked_mul(Decimal::from(10i64.pow(currency.exponent())))
            .ok_or_else(|| wrong("is too large"))?;
        if !scaled.fract().is_zero() {
            return Err(wrong("has more digits than its currency"));
        }
        let minor = i64::try_from(scaled.trunc()).map_err(|_| wrong("is too large"))?;
        Ok(Self::new(minor, currency))
    }

    /// The amount as a decimal with the currency's digits.
    pub fn decimal(self) -> Decimal {
        Decimal::new(self.minor, self.currency.exponent())
    }

    /// The sum; refuses another currency and overflow.
    pub fn plus(self, other: Self) -> Result<Self, Error> {
        self.same_currency(other)?;
        self.minor.checked_add(other.minor).map(|minor| Self { minor, ..self }).ok_or_else(overflow)
    }

    /// The difference; refuses another currency and overflow.
    pub fn minus(self, other: Self) -> Result<Self, Error> {
        self.same_currency(other)?;
        self.minor.checked_sub(other.minor).map(|minor| Self { minor, ..self }).ok_or_else(overflow)
    }

    /// The sum of any number of amounts, zero for none; refuses mixed currencies.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, Error> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::plus)
    }

    /// `self` and `percent` of it more, rounded half to even on the minor unit.
    pub fn plus_percent(self, percent: Decimal) -> Result<Self, Error> {
        let factor = Decimal::ONE_HUNDRED
            .checked_add(percent)
            .and_then(|hundred| hundred.checked_div(Decimal::ONE_HUNDRED))
            .ok_or_else(overflow)?;
        self.times(factor, self.currency)
    }

    /// The amount in another currency; `None` when the rate isn't between the two.
    pub fn convert(self, rate: &Rate) -> Result<Self, Error> {
        if rate.from != self.currency {
            return Err(mixed(self.currency, rate.from));
        }
        self.times(rate.rate, rate.to)
    }

    /// Compares amounts of one currency.
    pub fn compare(self, other: Self) -> Result<std::cmp::Ordering, Error> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    fn times(self, factor: Decimal, currency: Currency) -> Result<Self, Error> {
        let product = self.decimal().checked_mul(factor).ok_or_else(overflow)?;
        let rounded = product
            .round_dp_with_strategy(currency.exponent(), RoundingStrategy::MidpointNearestEven);
        Self::from_decimal(rounded, currency)
    }

    fn same_currency(self, other: Self) -> Result<(), Error> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(mixed(self.currency, other.currency))
        }
    }
}

fn read_decimal(amount: &str, currency: Currency) -> Result<Decimal, Error> {
    let wrong = || {
        let shown: String = amount.chars().take(40).collect();
        Error::new(Code::InvalidMoney, format!("`{shown}` is not an amount in {currency}"))
            .expected("a decimal such as 12.50")
    };
    // Stricter than `Decimal`: no exponent, no underscore, no plus sign.
    let digits = amount.strip_prefix('-').unwrap_or(amount);
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if !plain {
        return Err(wrong());
    }
    Decimal::from_str_exact(amount).map_err(|_| wrong())
}

fn mixed(left: Currency, right: Currency) -> Error {
    Error::new(
        Code::CurrencyMismatch,
        format!("an amount in {left} and one in {right} can't be combined"),
    )
}

fn overflow() -> Error {
    Error::new(Code::InvalidMoney, "the amount is too large")
}

impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.decimal(), self.currency)
    }
}

impl fmt::Debug for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MoneyText {
    amount: String,
    currency: String,
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        let text =
            MoneyText { amount: self.decimal().to_string(), currency: self.currency.to_string() };
        text.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = MoneyText::deserialize(d)?;
        Self::parse(&text.amount, &text.currency).map_err(serde::de::Error::custom)
    }
}

/// What one unit of a currency was worth in another, when, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rate {
    /// The currency converted from.
    pub from: Currency,
    /// The currency converted to.
    pub to: Currency,
    /// Units of `to` for one unit of `from`.
    pub rate: Decimal,
    /// The day the rate is of.
    pub date: Date,
    /// Who published it, such as `ECB`.
    pub source: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(text: &str, currency: &str) -> Money {
        Money::parse(text, currency).unwrap()
    }

    #[test]
    fn digits_follow_the_currency() {
        assert_eq!(money("12.5", "EUR").minor, 1_250);
        assert_eq!(money("1200", "JPY").minor, 1_200);
        assert_eq!(money("1.234", "BHD").minor, 1_234);
        assert_eq!(money("-0.01", "EUR").to_string(), "-0.01 EUR");
        assert_eq!(Money::parse("1.5", "JPY").unwrap_err().code, Code::InvalidMoney);
        assert_eq!(Money::parse("1.005", "EUR").unwrap_err().code, Code::InvalidMoney);
    }

    #[test]
    fn text_that_is_not_an_amount_is_refused() {
        for text in
            ["", "-", "1e3", "+1", "1_000", "12,50", "NaN", "0x1", " 1", "99999999999999999999"]
        {
            assert_eq!(Money::parse(text, "EUR").unwrap_err().code, Code::InvalidMoney, "{text}");
        }
        assert_eq!(Money::parse("1", "XXA").unwrap_err().code, Code::UnknownCurrency);
        assert_eq!(Money::parse("1", "eur").unwrap_err().code, Code::UnknownCurrency);
    }

    #[test]
    fn currencies_do_not_mix() {
        let error = money("1", "EUR").plus(money("1", "USD")).unwrap_err();
        assert_eq!(error.code, Code::CurrencyMismatch);
        assert!(money("1", "EUR").compare(money("1", "USD")).is_err());
    }

    #[test]
    fn conversion_rounds_half_to_even_once() {
        let eur = Currency::parse("EUR").unwrap();
        let jpy = Currency::parse("JPY").unwrap();
        let rate = Rate {
            from: eur,
            to: jpy,
            rate: "150.5".parse().unwrap(),
            date: "2026-03-02".parse().unwrap(),
            source: "test".into(),
        };
        assert_eq!(money("1.00", "EUR").convert(&rate).unwrap(), money("150", "JPY"));
        assert_eq!(money("3.00", "EUR").convert(&rate).unwrap(), money("452", "JPY"));
        assert!(money("1", "JPY").convert(&rate).is_err());
    }

    #[test]
    fn overflow_is_an_error() {
        let eur = Currency::parse("EUR").unwrap();
        assert!(Money::new(i64::MAX, eur).plus(Money::new(1, eur)).is_err());
        assert!(Money::new(i64::MIN, eur).minus(Money::new(1, eur)).is_err());
        assert!(Money::new(i64::MAX, eur).plus_percent(Decimal::ONE_HUNDRED).is_err());
    }

    proptest! {
        #[test]
        fn json_is_exact(minor: i64, code in prop::sample::select(vec!["EUR", "JPY", "BHD"])) {
            let amount = Money::new(minor, Currency::parse(code).unwrap());
            let json = serde_json::to_string(&amount).unwrap();
            prop_assert_eq!(serde_json::from_str::<Money>(&json).unwrap(), amount);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}", currency in ".{0,4}") {
            let _ = Money::parse(&text, &currency);
        }
    }
}
