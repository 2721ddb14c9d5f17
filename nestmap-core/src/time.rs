//! Instants, dates and local times, without a clock.
//!
//! The time library stays behind these types, so that it can be replaced without a word to callers.

use std::fmt;
use std::str::FromStr;

use jiff::civil;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::error::Error;

/// An instant in UTC, whole microseconds; JSON is RFC 3339 such as `2026-03-02T09:30:00Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(jiff::Timestamp);

impl Timestamp {
    /// The instant so many microseconds after 1970-01-01T00:00:00Z.
    pub fn from_micros(micros: i64) -> Result<Self, Error> {
        jiff::Timestamp::from_microsecond(micros).map(Self).map_err(|_| {
            Error::invalid("timestamp", "within the years -9999 to 9999", &micros.to_string())
        })
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub fn micros(self) -> i64 {
        self.0.as_microsecond()
    }

    /// The instant `seconds` later (earlier when negative), stopping at the ends of the calendar.
    pub fn plus_seconds(self, seconds: i64) -> Self {
        let span = jiff::SignedDuration::from_secs(seconds);
        Self::stored(self.0.saturating_add(span).unwrap_or(if seconds < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        }))
    }

    /// The instant, stopping at the calendar's last whole second: the nanoseconds after it
    /// wouldn't be kept by a store.
    fn stored(instant: jiff::Timestamp) -> Self {
        Self(instant.min(jiff::Timestamp::constant(jiff::Timestamp::MAX.as_second(), 0)))
    }

    /// The instant so many minutes later.
    pub fn plus_minutes(self, minutes: i64) -> Self {
        self.plus_seconds(minutes.saturating_mul(60))
    }

    /// The instant so many hours later.
    pub fn plus_hours(self, hours: i64) -> Self {
        self.plus_minutes(hours.saturating_mul(60))
    }

    /// Whole seconds from `self` to `later`, negative when it is earlier.
    pub fn seconds_until(self, later: Self) -> i64 {
        (later.micros() - self.micros()).div_euclid(1_000_000)
    }

    /// The calendar day and clock time this instant has in `zone`.
    pub fn in_zone(self, zone: &Zone) -> Local {
        let civil = self.0.to_zoned(zone.lookup()).datetime();
        Local { civil: Civil(civil), zone: zone.clone() }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Timestamp {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let instant: jiff::Timestamp = text
            .parse()
            .map_err(|_| Error::invalid("timestamp", "an RFC 3339 instant", &shorten(text)))?;
        Self::from_micros(instant.as_microsecond())
    }
}

/// A calendar day without a place; JSON is `2026-03-02`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(civil::Date);

impl Date {
    /// The day of a year, month and day.
    pub fn new(year: i16, month: i8, day: i8) -> Result<Self, Error> {
        civil::Date::new(year, month, day).map(Self).map_err(|_| {
            Error::invalid("date", "a day of the calendar", &format!("{year}-{month}-{day}"))
        })
    }

    /// Whole days from `self` to `later`, negative when it is earlier.
    pub fn days_until(self, later: Self) -> i64 {
        i64::from(self.0.until((jiff::Unit::Day, later.0)).map_or(0, |span| span.get_days()))
    }

    /// The day so many days later, stopping at the ends of the calendar.
    pub fn plus_days(self, days: i64) -> Self {
        Self(self.0.saturating_add(jiff::SignedDuration::from_secs(days.saturating_mul(86_400))))
    }

    /// Year, month (1 to 12) and day (1 to 31).
    pub fn parts(self) -> (i16, i8, i8) {
        (self.0.year(), self.0.month(), self.0.day())
    }

    /// Midnight as a clock time of this day.
    pub fn at_midnight(self) -> Civil {
        Civil(self.0.at(0, 0, 0, 0))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Date {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong = || Error::invalid("date", "a day such as 2026-03-02", &shorten(text));
        if text.len() != 10 {
            return Err(wrong());
        }
        text.parse().map(Self).map_err(|_| wrong())
    }
}

/// A day and clock time without a zone, whole seconds; JSON is `2026-03-02T09:30:00`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Civil(civil::DateTime);

impl Civil {
    /// The calendar day.
    pub fn date(self) -> Date {
        Date(self.0.date())
    }

    /// Minutes since midnight, 0 to 1439.
    pub fn minute_of_day(self) -> i64 {
        i64::from(self.0.hour()) * 60 + i64::from(self.0.minute())
    }

    /// The clock time so many minutes later, ignoring zones, stopping at the ends of the calendar.
    pub fn plus_minutes(self, minutes: i64) -> Self {
        let span = jiff::SignedDuration::from_secs(minutes.saturating_mul(60));
        // The calendar's last clock time has a fraction of a second.
        let last = civil::DateTime::constant(9999, 12, 31, 23, 59, 59, 0);
        Self(self.0.saturating_add(span).min(last))
    }

    /// Hour, minute and second.
    pub fn clock(self) -> (i8, i8, i8) {
        (self.0.hour(), self.0.minute(), self.0.second())
    }
}

impl fmt::Display for Civil {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Civil {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let wrong =
            || Error::invalid("time", "a local time such as 2026-03-02T09:30:00", &shorten(text));
        let parsed: civil::DateTime = text.parse().map_err(|_| wrong())?;
        // A text with an offset or a zone is an instant, not a local time.
        let bare = text.bytes().all(|b| b.is_ascii_digit() || b"-:.T ".contains(&b));
        let whole = parsed.with().subsec_nanosecond(0).build().map_err(|_| wrong())?;
        if bare && text.len() >= 16 { Ok(Self(whole)) } else { Err(wrong()) }
    }
}

/// An IANA time zone by name, such as `Europe/Berlin`; only known names exist.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Zone(String);

impl Zone {
    /// The zone of that name; unknown names are refused.
    pub fn parse(name: &str) -> Result<Self, Error> {
        jiff::tz::db().get(name).map(|_| Self(name.to_owned())).map_err(|_| {
            Error::invalid("zone", "an IANA time zone such as Europe/Berlin", &shorten(name))
        })
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }

    fn lookup(&self) -> TimeZone {
        // INVARIANT: `parse` found the name in the same bundled database.
        jiff::tz::db().get(&self.0).unwrap_or(TimeZone::UTC)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Zone {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

/// What a clock on the wall of a place shows: the time of a flight or a check-in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Local {
    /// Day and clock time.
    pub civil: Civil,
    /// The zone of the place.
    pub zone: Zone,
}

impl Local {
    /// The instant. In the hour a clock skips, the later reading holds; in the hour it repeats,
    /// the earlier one (RFC 5545, section 3.3.5, says the same of calendars).
    pub fn instant(&self) -> Timestamp {
        let zoned = self.zone.lookup().to_ambiguous_zoned(self.civil.0).compatible();
        let nearest = zoned.map(|zoned| zoned.timestamp()).unwrap_or(jiff::Timestamp::MAX);
        Timestamp::stored(nearest)
    }

    /// The calendar day at the place.
    pub fn date(&self) -> Date {
        self.civil.date()
    }

    /// Minutes from `self` to `later` as they really pass.
    pub fn minutes_until(&self, later: &Self) -> i64 {
        self.instant().seconds_until(later.instant()).div_euclid(60)
    }
}

/// Days from `from` up to and without `until`; open ends are allowed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DateRange {
    /// The first day, or none for "always before".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The day after the last, or none for "until further notice".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
}

impl DateRange {
    /// Whether `day` lies in the range.
    pub fn contains(&self, day: Date) -> bool {
        self.from.is_none_or(|from| from <= day) && self.until.is_none_or(|until| day < until)
    }
}

fn shorten(text: &str) -> String {
    text.chars().take(40).collect()
}

macro_rules! text_form {
    ($($name:ident)*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = String::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

text_form! { Timestamp Date Civil Zone }

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn local(civil: &str, zone: &str) -> Local {
        Local { civil: civil.parse().unwrap(), zone: zone.parse().unwrap() }
    }

    #[test]
    fn nanoseconds_do_not_survive() {
        let instant: Timestamp = "2026-03-02T09:30:00.123456789Z".parse().unwrap();
        assert_eq!(instant.to_string(), "2026-03-02T09:30:00.123456Z");
    }

    #[test]
    fn the_ends_of_the_calendar_are_written_and_read_exactly() {
        let start: Timestamp = "2026-03-02T09:30:00.123456Z".parse().unwrap();
        let noon: Civil = "2026-03-02T12:00:00".parse().unwrap();
        for amount in [i64::MIN, i64::MAX] {
            for end in [start.plus_seconds(amount), start.plus_hours(amount)] {
                assert_eq!(Timestamp::from_micros(end.micros()).unwrap(), end);
                assert_eq!(end.to_string().parse::<Timestamp>().unwrap(), end);
            }
            assert_eq!(noon.date().plus_days(amount).parts().0.abs(), 9_999);
            let end = noon.plus_minutes(amount);
            assert_eq!(end.to_string().parse::<Civil>().unwrap(), end);
            let end = Local { civil: end, zone: "Asia/Tokyo".parse().unwrap() }.instant();
            assert_eq!(Timestamp::from_micros(end.micros()).unwrap(), end);
        }
    }

    #[test]
    fn a_night_flight_across_the_date_line_has_its_true_length() {
        let out = local("2026-03-02T22:30:00", "America/Los_Angeles");
        let back = local("2026-03-04T08:30:00", "Australia/Sydney");
        assert_eq!(out.minutes_until(&back), 15 * 60);
    }

    #[test]
    fn the_skipped_and_the_repeated_hour_have_one_instant() {
        let skipped = local("2026-03-29T02:30:00", "Europe/Berlin");
        assert_eq!(skipped.instant().to_string(), "2026-03-29T01:30:00Z");
        let repeated = local("2026-10-25T02:30:00", "Europe/Berlin");
        assert_eq!(repeated.instant().to_string(), "2026-10-25T00:30:00Z");
    }

    #[test]
    fn an_instant_is_not_a_local_time() {
        for text in ["2026-03-02T09:30:00Z", "2026-03-02T09:30:00+01:00", "2026-03-02", "", "9:30"]
        {
            assert!(text.parse::<Civil>().is_err(), "{text}");
        }
        assert!("Mars/Olympus".parse::<Zone>().is_err());
    }

    #[test]
    fn a_range_has_its_first_day_and_not_its_last() {
        let range = DateRange {
            from: Some("2026-01-01".parse().unwrap()),
            until: Some("2026-02-01".parse().unwrap()),
        };
        assert!(range.contains("2026-01-01".parse().unwrap()));
        assert!(!range.contains("2026-02-01".parse().unwrap()));
        assert!(DateRange::default().contains("1999-01-01".parse().unwrap()));
    }

    proptest! {
        #[test]
        fn instants_print_and_parse(micros in -62_135_596_800_000_000i64..253_402_300_799_000_000) {
            let instant = Timestamp::from_micros(micros).unwrap();
            prop_assert_eq!(instant.to_string().parse::<Timestamp>().unwrap(), instant);
        }

        #[test]
        fn days_add_up(days in -10_000i64..10_000) {
            let start: Date = "2026-03-02".parse().unwrap();
            prop_assert_eq!(start.days_until(start.plus_days(days)), days);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<Timestamp>();
            let _ = text.parse::<Date>();
            let _ = text.parse::<Civil>();
            let _ = text.parse::<Zone>();
        }
    }
}
