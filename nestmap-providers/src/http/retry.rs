//! Whether to send again, by what kind of call it was and what went wrong.

use std::time::Duration;

/// What a second copy of a call would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallClass {
    /// Reads; a second copy changes nothing.
    Read,
    /// Reads news that is handed out once; when the answer is lost, so is the news, and a second
    /// copy would silently skip it.
    Feed,
    /// Asks the supplier for prices; a second copy costs work there and counts against its limits.
    Search,
    /// Buys, pays or cancels; a second copy may do it twice. Never sent again from here: who
    /// dispatched the call decides, with the record of it before them.
    Book,
}

/// What went wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The request was not sent.
    NotSent,
    /// The request may have arrived; no answer came.
    NoAnswer,
    /// Refused before any work, for sending too much.
    RateLimited,
    /// The supplier is out of service.
    Unavailable,
    /// The supplier gave up waiting, for us or for someone behind it.
    TimedOut,
    /// The supplier, or someone behind it, broke.
    Broken,
    /// The supplier refuses; the same call will be refused again.
    Refused,
}

/// How often a call may be sent again after `trouble`.
pub fn retries_max(class: CallClass, trouble: Trouble) -> u32 {
    match (class, trouble) {
        (CallClass::Book, _) | (_, Trouble::Refused) => 0,
        (CallClass::Read, Trouble::Broken) => 2,
        (CallClass::Read, _) => 3,
        (CallClass::Feed, Trouble::NotSent | Trouble::RateLimited | Trouble::Unavailable) => 3,
        (CallClass::Feed, _) => 0,
        (
            CallClass::Search,
            Trouble::NotSent | Trouble::NoAnswer | Trouble::RateLimited | Trouble::Unavailable,
        ) => 2,
        (CallClass::Search, Trouble::TimedOut | Trouble::Broken) => 1,
    }
}

/// How long to wait before sending again for the time `retry` (0 is the first): 0.25 s, doubled
/// each time, 8 s at most, and up to half as much again spread by `jitter` so that callers who
/// failed together don't return together.
pub fn backoff(retry: u32, jitter: u32) -> Duration {
    let base = Duration::from_millis(250 << retry.min(5));
    base + base / 2 * (jitter % 1_000) / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_that_books_is_never_sent_again() {
        use Trouble::*;
        for trouble in [NotSent, NoAnswer, RateLimited, Unavailable, TimedOut, Broken, Refused] {
            assert_eq!(retries_max(CallClass::Book, trouble), 0, "{trouble:?}");
        }
    }

    #[test]
    fn other_calls_follow_the_table() {
        let table = [
            (Trouble::NotSent, 3, 3, 2),
            (Trouble::NoAnswer, 3, 0, 2),
            (Trouble::RateLimited, 3, 3, 2),
            (Trouble::Unavailable, 3, 3, 2),
            (Trouble::TimedOut, 3, 0, 1),
            (Trouble::Broken, 2, 0, 1),
            (Trouble::Refused, 0, 0, 0),
        ];
        for (trouble, read, feed, search) in table {
            assert_eq!(retries_max(CallClass::Feed, trouble), feed, "{trouble:?}");
            assert_eq!(retries_max(CallClass::Read, trouble), read, "{trouble:?}");
            assert_eq!(retries_max(CallClass::Search, trouble), search, "{trouble:?}");
        }
    }

    #[test]
    fn waiting_doubles_to_a_bound_and_spreads_by_half() {
        let millis = |retry, jitter| backoff(retry, jitter).as_millis();
        assert_eq!([millis(0, 0), millis(1, 0), millis(2, 0)], [250, 500, 1_000]);
        assert_eq!(millis(0, 999), 250 + 124);
        assert_eq!(millis(60, 0), 8_000);
    }
}
