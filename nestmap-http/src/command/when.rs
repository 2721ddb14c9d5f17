//! Days and times as people read them.

use nestmap_core::time::{Civil, Date, Local, Timestamp, Zone};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `2 Mar`.
pub(crate) fn day(date: Date) -> String {
    let (_, month, day) = date.parts();
    // INVARIANT: a date's month is 1 to 12.
    let month = MONTHS[usize::try_from(month - 1).unwrap_or(0)];
    format!("{day} {month}")
}

/// `Mon 2 Mar 2026`.
pub(crate) fn full_day(date: Date) -> String {
    let monday = Date::new(1970, 1, 5).expect("the fifth of January is a day");
    let weekday = usize::try_from(monday.days_until(date).rem_euclid(7)).unwrap_or(0);
    format!("{} {} {}", WEEKDAYS[weekday], day(date), date.parts().0)
}

/// `09:05`.
pub(crate) fn clock(civil: Civil) -> String {
    let (hour, minute, _) = civil.clock();
    format!("{hour:02}:{minute:02}")
}

/// `09:05`, or `09:05 +1` when that is the day after `start`.
pub(crate) fn clock_after(start: Date, civil: Civil) -> String {
    match start.days_until(civil.date()) {
        0 => clock(civil),
        days => format!("{} {days:+}", clock(civil)),
    }
}

/// `2 h 5`, as in a timetable.
pub(crate) fn span(minutes: i64) -> String {
    format!("{} h {:02}", minutes / 60, minutes % 60)
}

/// `Mon 2 Mar 2026, 08:00 UTC`.
pub(crate) fn instant(at: Timestamp) -> String {
    let Local { civil, .. } = in_utc(at);
    format!("{}, {} UTC", full_day(civil.date()), clock(civil))
}

/// `2 Mar 08:00:05`, in UTC.
pub(crate) fn short_instant(at: Timestamp) -> String {
    let Local { civil, .. } = in_utc(at);
    format!("{} {}:{:02}", day(civil.date()), clock(civil), civil.clock().2)
}

fn in_utc(at: Timestamp) -> Local {
    at.in_zone(&Zone::parse("UTC").expect("UTC is a zone"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn days_have_their_weekday() {
        assert_eq!(full_day(date("2026-03-02")), "Mon 2 Mar 2026");
        assert_eq!(full_day(date("2024-02-29")), "Thu 29 Feb 2024");
        assert_eq!(full_day(date("1969-12-31")), "Wed 31 Dec 1969");
    }

    #[test]
    fn a_change_of_day_is_marked() {
        let at = |text: &str| text.parse::<Civil>().unwrap();
        assert_eq!(clock_after(date("2026-03-02"), at("2026-03-02T09:05:00")), "09:05");
        assert_eq!(clock_after(date("2026-03-02"), at("2026-03-03T00:10:00")), "00:10 +1");
        assert_eq!(clock_after(date("2026-03-02"), at("2026-03-01T23:10:00")), "23:10 -1");
    }

    #[test]
    fn instants_say_that_they_are_utc() {
        let at: Timestamp = "2026-03-02T08:00:05Z".parse().unwrap();
        assert_eq!(instant(at), "Mon 2 Mar 2026, 08:00 UTC");
        assert_eq!(short_instant(at), "2 Mar 08:00:05");
    }
}
