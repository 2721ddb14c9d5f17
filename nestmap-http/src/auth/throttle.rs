//! The brake on guessing passwords.
//!
//! Attempts are counted per account and client together, per client, and per account. The first
//! two slow a guesser down to minutes; the third only to seconds, so that nobody can lock somebody
//! else out. An attempt is counted before its password is checked, so that many at the same time
//! don't slip through; a success takes the count back.
//!
//! Only so many counts are kept; beyond, the one whose last attempt is longest ago is forgotten.
//! Whoever can make that many attempts from that many addresses needs no forgotten count.

use std::sync::{Mutex, MutexGuard, PoisonError};

use nestmap_core::digest::Digest;
use nestmap_core::time::Timestamp;
use nestmap_core::{Code, Error};

use crate::client::Client;
use crate::problem::retry_after;
use crate::recent::Recent;

/// A count is forgotten so many seconds after its last attempt.
const FORGOTTEN_SECONDS: i64 = 3_600;
/// Most counts that are kept.
const COUNTS_MAX: usize = 100_000;

/// What is counted.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Pair(Digest, Client),
    Client(Client),
    Account(Digest),
}

/// How many attempts are free, and the longest wait between two after that.
struct Rule {
    free: u32,
    wait_seconds_max: i64,
}

impl Key {
    fn rule(self) -> Rule {
        match self {
            Self::Pair(..) => Rule { free: 5, wait_seconds_max: 900 },
            Self::Client(_) => Rule { free: 30, wait_seconds_max: 900 },
            Self::Account(_) => Rule { free: 50, wait_seconds_max: 30 },
        }
    }
}

struct Count {
    failures: u32,
    last: Timestamp,
}

impl Count {
    /// When the next attempt is allowed: after 1, 2, 4, … seconds once the free ones are used up.
    fn next(&self, rule: &Rule) -> Timestamp {
        match self.failures.checked_sub(rule.free) {
            None => self.last,
            Some(over) => {
                let wait = 1i64.checked_shl(over.min(32)).unwrap_or(i64::MAX);
                self.last.plus_seconds(wait.min(rule.wait_seconds_max))
            }
        }
    }
}

/// Counts failed log-ins, in this process.
pub struct Throttle {
    counts: Mutex<Recent<Key, Count>>,
}

impl Default for Throttle {
    fn default() -> Self {
        Self::keeping(COUNTS_MAX)
    }
}

impl Throttle {
    fn keeping(counts: usize) -> Self {
        Self { counts: Mutex::new(Recent::of(counts)) }
    }

    /// Counts an attempt on an account; refuses when it comes too early.
    pub fn attempt(&self, account: &str, client: Client, now: Timestamp) -> Result<(), Error> {
        let mut counts = self.counts();
        let keys = keys(account, client);
        let waits = keys.iter().filter_map(|key| counts.get(key).map(|c| c.next(&key.rule())));
        if let Some(until) = waits.max().filter(|&until| now < until) {
            let error = Error::new(Code::RateLimited, "too many log-ins have failed");
            return Err(retry_after(error, now.seconds_until(until) + 1));
        }
        for key in keys {
            let count = counts.touch(key, || Count { failures: 0, last: now });
            if count.last.plus_seconds(FORGOTTEN_SECONDS) <= now {
                count.failures = 0;
            }
            count.failures = count.failures.saturating_add(1);
            count.last = now;
        }
        Ok(())
    }

    /// The attempt succeeded: it wasn't a guess.
    pub fn succeeded(&self, account: &str, client: Client) {
        let mut counts = self.counts();
        for key in keys(account, client) {
            match (key, counts.get(&key)) {
                (Key::Pair(..), Some(_)) => drop(counts.remove(&key)),
                (_, Some(count)) => count.failures = count.failures.saturating_sub(1),
                (_, None) => {}
            }
        }
    }

    fn counts(&self) -> MutexGuard<'_, Recent<Key, Count>> {
        // Counts have no invariant a panic could break.
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Addresses are kept as digests: what is counted isn't worth stealing.
fn keys(account: &str, client: Client) -> [Key; 3] {
    let account = Digest::of_bytes(account.as_bytes());
    [Key::Pair(account, client), Key::Client(client), Key::Account(account)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    fn client(n: u8) -> Client {
        Client::of([192, 0, 2, n].into())
    }

    /// How many of the attempts, one a second, are let through.
    fn guesses(throttle: &Throttle, account: &str, client: Client, seconds: i64) -> usize {
        (0..seconds).filter(|s| throttle.attempt(account, client, at(*s)).is_ok()).count()
    }

    #[test]
    fn a_guesser_is_slowed_down_to_one_attempt_in_fifteen_minutes() {
        let throttle = Throttle::default();
        assert_eq!(guesses(&throttle, "ana@example.com", client(1), 5), 5);
        let error = throttle.attempt("ana@example.com", client(1), at(4)).unwrap_err();
        assert_eq!(error.code, Code::RateLimited);
        assert_eq!(error.details["retry_after_seconds"], 2);
        assert!(guesses(&throttle, "ana@example.com", client(1), 3_600) < 16);
    }

    #[test]
    fn the_owner_gets_in_from_elsewhere_while_somebody_guesses() {
        let throttle = Throttle::default();
        for n in 0..60 {
            let _ = throttle.attempt("ana@example.com", client(n), at(0));
        }
        assert!(throttle.attempt("ana@example.com", client(200), at(31)).is_ok());
        assert!(throttle.attempt("bo@example.com", client(200), at(31)).is_ok());
    }

    #[test]
    fn one_client_cannot_try_many_accounts() {
        let throttle = Throttle::default();
        let tried = (0..1_000).filter(|n| {
            throttle.attempt(&format!("user{n}@example.com"), client(1), at(0)).is_ok()
        });
        assert_eq!(tried.count(), 30);
    }

    #[test]
    fn counts_stay_few_and_whoever_goes_on_guessing_stays_slowed_down() {
        let throttle = Throttle::keeping(60);
        let held = || throttle.counts().len();
        let mut guesses = 0;
        for n in 0..1_000_u32 {
            let [_, b, c, d] = n.to_be_bytes();
            let other = Client::of([10, b, c, d].into());
            throttle.attempt(&format!("user{n}@example.com"), other, at(0)).unwrap();
            let guess = throttle.attempt("ana@example.com", client(1), at(0));
            guesses += usize::from(guess.is_ok());
            assert!(held() <= 60, "{}", held());
        }
        assert_eq!(guesses, 5);
    }

    #[test]
    fn success_and_time_are_forgiving() {
        let throttle = Throttle::default();
        for n in 0..100 {
            assert!(throttle.attempt("ana@example.com", client(1), at(n)).is_ok());
            throttle.succeeded("ana@example.com", client(1));
        }
        guesses(&throttle, "ana@example.com", client(1), 300);
        let later = at(300 + FORGOTTEN_SECONDS + 900);
        for _ in 0..5 {
            assert!(throttle.attempt("ana@example.com", client(1), later).is_ok());
        }
    }
}
