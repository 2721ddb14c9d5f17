//! Money as the sandbox counts it: whole minor units of one account currency.

use nestmap_core::money::CURRENCIES_TSV;

/// The currency of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Currency {
    pub(super) code: &'static str,
    digits: u32,
    /// How many whole units 1,000 pounds sterling buy. Round figures; nobody trades on them.
    per_thousand_pounds: i64,
}

const RATES: &[(&str, i64)] = &[
    ("GBP", 1_000),
    ("USD", 1_270),
    ("EUR", 1_170),
    ("CHF", 1_120),
    ("CAD", 1_740),
    ("AUD", 1_930),
    ("NZD", 2_110),
    ("SEK", 13_300),
    ("NOK", 13_600),
    ("DKK", 8_730),
    ("PLN", 5_000),
    ("CZK", 29_400),
    ("HUF", 462_000),
    ("JPY", 190_000),
    ("SGD", 1_700),
    ("HKD", 9_900),
    ("INR", 108_000),
    ("AED", 4_660),
    ("ZAR", 23_300),
    ("BRL", 7_200),
    ("MXN", 23_800),
    ("KRW", 1_760_000),
];

const EURO_COUNTRIES: &str = "AT BE CY DE EE ES FI FR GR HR IE IT LT LU LV MT NL PT SI SK BG";

const COUNTRIES: &[(&str, &str)] = &[
    ("GB", "GBP"),
    ("US", "USD"),
    ("CH", "CHF"),
    ("CA", "CAD"),
    ("AU", "AUD"),
    ("NZ", "NZD"),
    ("SE", "SEK"),
    ("NO", "NOK"),
    ("DK", "DKK"),
    ("PL", "PLN"),
    ("CZ", "CZK"),
    ("HU", "HUF"),
    ("JP", "JPY"),
    ("SG", "SGD"),
    ("HK", "HKD"),
    ("IN", "INR"),
    ("AE", "AED"),
    ("ZA", "ZAR"),
    ("BR", "BRL"),
    ("MX", "MXN"),
    ("KR", "KRW"),
];

impl Currency {
    /// One of the currencies the sandbox has a rate for.
    pub(super) fn named(code: &str) -> Option<Self> {
        let (code, per_thousand_pounds) = *RATES.iter().find(|(known, _)| *known == code)?;
        let row = CURRENCIES_TSV.lines().find(|line| line.starts_with(code))?;
        let digits = row.split('\t').nth(2)?.parse().ok()?;
        Some(Self { code, digits, per_thousand_pounds })
    }

    /// The currency a seller in this country is billed in; dollars where we know no better.
    pub(super) fn of_country(country: &str) -> Self {
        let listed = COUNTRIES.iter().find(|(known, _)| *known == country).map(|(_, code)| *code);
        let euro = EURO_COUNTRIES.split(' ').any(|known| known == country).then_some("EUR");
        Self::named(listed.or(euro).unwrap_or("USD")).expect("every listed currency has a rate")
    }

    /// Converts pence sterling, rounding down.
    pub(super) fn pence(self, pence: i64) -> i64 {
        pence * self.per_thousand_pounds * 10_i64.pow(self.digits) / 100_000
    }

    /// The amount as the supplier writes it: a plain decimal.
    pub(super) fn text(self, minor: i64) -> String {
        let sign = if minor < 0 { "-" } else { "" };
        let (minor, scale) = (minor.unsigned_abs(), 10_u64.pow(self.digits));
        match self.digits {
            0 => format!("{sign}{minor}"),
            digits => {
                let width = usize::try_from(digits).expect("a few digits");
                format!("{sign}{}.{:0width$}", minor / scale, minor % scale)
            }
        }
    }

    /// Reads a decimal of any precision that is exact in this currency; signs are refused.
    pub(super) fn parse(self, text: &str) -> Option<i64> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits = usize::try_from(self.digits).expect("a few digits");
        let numeric = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !numeric(whole) || !numeric(fraction) {
            return None;
        }
        let (kept, rest) = fraction.split_at(fraction.len().min(digits));
        if rest.bytes().any(|byte| byte != b'0') {
            return None;
        }
        format!("{whole}{kept:0<digits$}").parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(code: &str) -> Currency {
        Currency::named(code).expect("a currency with a rate")
    }

    #[test]
    fn every_rate_belongs_to_a_real_currency() {
        for (code, _) in RATES {
            assert_eq!(named(code).code, *code);
        }
        for (country, code) in COUNTRIES {
            assert_eq!(Currency::of_country(country).code, *code);
        }
        assert_eq!(Currency::of_country("FR").code, "EUR");
    }

    #[test]
    fn amounts_have_as_many_digits_as_their_currency() {
        assert_eq!(named("GBP").text(1_005), "10.05");
        assert_eq!(named("GBP").text(-7), "-0.07");
        assert_eq!(named("JPY").text(1_005), "1005");
        assert_eq!(named("JPY").pence(1_000), 1_900);
        assert_eq!(named("USD").pence(1_000), 1_270);
    }

    #[test]
    fn a_decimal_is_read_exactly_or_not_at_all() {
        for (text, minor) in [("20.0", 2_000), ("50", 5_000), ("0.07", 7), ("1.500", 150)] {
            assert_eq!(named("EUR").parse(text), Some(minor), "{text}");
        }
        for text in ["", "-1", "+1", "1.005", "1,00", "1e2", ".5", "99999999999999999999"] {
            assert_eq!(named("EUR").parse(text), None, "{text}");
        }
        assert_eq!(named("JPY").parse("12.0"), Some(12));
        assert_eq!(named("JPY").parse("12.5"), None);
    }
}
