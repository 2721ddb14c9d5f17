//! How much more a supplier lets us send, learned from its answers.
//!
//! Suppliers say in `ratelimit-limit`, `ratelimit-remaining` and `ratelimit-reset` what is left of
//! the present window. Nothing is assumed before the first answer: the numbers differ by route, by
//! account and by day.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

use super::Headers;

/// A window that claims to end later than this is not believed: a wrong date must not stop us for
/// longer than any supplier's window lasts.
const WINDOW_MAX: Duration = Duration::from_secs(120);

/// What is left of each route's window. `R` names the classes of routes that share one.
#[derive(Debug)]
pub struct RateBudget<R> {
    windows: BTreeMap<R, Window>,
}

#[derive(Clone, Copy, Debug)]
struct Window {
    remaining: u32,
    ends: Timestamp,
}

impl<R: Ord> RateBudget<R> {
    /// A budget that knows nothing yet and lets everything pass.
    pub fn new() -> Self {
        Self { windows: BTreeMap::new() }
    }

    /// Takes one request of `route` from the budget, or says how long to wait for the next window.
    pub fn take(&mut self, route: R, now: Timestamp) -> Result<(), Duration> {
        let Some(window) = self.windows.get_mut(&route) else { return Ok(()) };
        if window.ends <= now {
            self.windows.remove(&route);
            return Ok(());
        }
        match window.remaining.checked_sub(1) {
            Some(left) => {
                window.remaining = left;
                Ok(())
            }
            None => Err(until(now, window.ends)),
        }
    }

    /// Learns from the headers of an answer. Answers may arrive out of order, so within a window
    /// the budget only falls.
    pub fn observe(&mut self, route: R, headers: &Headers, now: Timestamp) {
        let Some(remaining) =
            headers.get("ratelimit-remaining").and_then(|n| n.trim().parse().ok())
        else {
            return;
        };
        let Some(ends) = window_end(headers, now) else { return };
        self.learn(route, Window { remaining, ends });
    }

    /// Learns that the supplier refused a request for sending too much: nothing is left until the
    /// window ends, or for a second if the answer doesn't say when that is.
    pub fn exhaust(&mut self, route: R, headers: &Headers, now: Timestamp) -> Duration {
        let ends = window_end(headers, now).unwrap_or(now + Duration::from_secs(1));
        self.learn(route, Window { remaining: 0, ends });
        until(now, ends)
    }

    fn learn(&mut self, route: R, seen: Window) {
        let window = self.windows.entry(route).or_insert(seen);
        // Dates are in whole seconds: two answers of one window may differ by one.
        if seen.ends > window.ends + Duration::from_secs(1) {
            *window = seen;
        } else {
            window.remaining = window.remaining.min(seen.remaining);
        }
    }
}

impl<R: Ord> Default for RateBudget<R> {
    fn default() -> Self {
        Self::new()
    }
}

/// When the window ends by *our* clock. The reset is an HTTP date by the supplier's clock; the
/// answer's own `date` tells how far off that clock is.
fn window_end(headers: &Headers, now: Timestamp) -> Option<Timestamp> {
    let reset = http_date(headers.get("ratelimit-reset")?)?;
    let theirs = headers.get("date").and_then(http_date).unwrap_or(now);
    Some(now + until(theirs, reset).min(WINDOW_MAX))
}

fn until(now: Timestamp, then: Timestamp) -> Duration {
    Duration::try_from(then.duration_since(now)).unwrap_or(Duration::ZERO)
}

/// `Fri, 31 Dec 1999 23:59:59 GMT`.
fn http_date(text: &str) -> Option<Timestamp> {
    static PARSER: DateTimeParser = DateTimeParser::new();
    PARSER.parse_timestamp(text.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "Sun, 06 Nov 1994 12:00:00 GMT";

    fn at(seconds: i64) -> Timestamp {
        http_date(NOON).unwrap() + Duration::from_secs(seconds.unsigned_abs())
    }

    fn headers(remaining: &str, reset: &str, date: Option<&str>) -> Headers {
        [("ratelimit-remaining", remaining), ("ratelimit-reset", reset)]
            .into_iter()
            .chain(date.map(|d| ("date", d)))
            .collect()
    }

    #[test]
    fn a_fresh_budget_lets_everything_pass() {
        let mut budget = RateBudget::new();
        assert!((0..1_000).all(|_| budget.take("search", at(0)).is_ok()));
    }

    #[test]
    fn a_used_up_window_says_how_long_to_wait_and_then_opens() {
        let mut budget = RateBudget::new();
        budget.observe("search", &headers("1", "Sun, 06 Nov 1994 12:00:40 GMT", None), at(10));
        assert_eq!(budget.take("search", at(10)), Ok(()));
        assert_eq!(budget.take("search", at(15)), Err(Duration::from_secs(25)));
        assert_eq!(budget.take("orders", at(15)), Ok(()), "routes have windows of their own");
        assert_eq!(budget.take("search", at(40)), Ok(()));
    }

    #[test]
    fn answers_out_of_order_never_raise_the_budget_within_a_window() {
        let mut budget = RateBudget::new();
        budget.observe("search", &headers("0", "Sun, 06 Nov 1994 12:00:40 GMT", None), at(0));
        budget.observe("search", &headers("5", "Sun, 06 Nov 1994 12:00:40 GMT", None), at(1));
        assert!(budget.take("search", at(1)).is_err());
        budget.observe("search", &headers("5", "Sun, 06 Nov 1994 12:01:40 GMT", None), at(41));
        assert!(budget.take("search", at(41)).is_ok(), "a later window counts anew");
    }

    #[test]
    fn the_suppliers_clock_may_be_wrong() {
        let mut budget = RateBudget::new();
        let late =
            headers("0", "Sun, 06 Nov 1994 15:00:20 GMT", Some("Sun, 06 Nov 1994 15:00:00 GMT"));
        budget.observe("search", &late, at(0));
        assert_eq!(budget.take("search", at(0)), Err(Duration::from_secs(20)));
        let mut budget = RateBudget::new();
        budget.observe("search", &headers("0", "Sun, 06 Nov 2044 15:00:20 GMT", None), at(0));
        assert_eq!(budget.take("search", at(0)), Err(WINDOW_MAX));
    }

    #[test]
    fn a_refusal_empties_the_window_whatever_the_headers_say() {
        let mut budget = RateBudget::new();
        assert_eq!(budget.exhaust("search", &Headers::default(), at(0)), Duration::from_secs(1));
        assert!(budget.take("search", at(0)).is_err());
        let named = headers("3", "Sun, 06 Nov 1994 12:00:30 GMT", None);
        assert_eq!(budget.exhaust("orders", &named, at(0)), Duration::from_secs(30));
        assert!(budget.take("orders", at(0)).is_err());
    }

    #[test]
    fn headers_that_make_no_sense_are_ignored() {
        let mut budget = RateBudget::new();
        for (remaining, reset) in [("many", NOON), ("0", "60"), ("0", "soon"), ("-1", NOON)] {
            budget.observe("search", &headers(remaining, reset, None), at(0));
        }
        assert!(budget.take("search", at(0)).is_ok());
    }
}
