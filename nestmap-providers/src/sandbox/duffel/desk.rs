//! What all calls share: the world, its journal, the clock, the faults and the books about calls.

use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

use super::delivery::DeliveryMode;
use super::world::World;
use crate::sandbox::clock::SandboxClock;
use crate::sandbox::faults::{Fault, FaultQueue};
use crate::sandbox::journal::Journal;

/// A call the sandbox received.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CallRecord {
    /// When it arrived, on the sandbox's clock.
    pub at: Timestamp,
    /// The HTTP method.
    pub method: String,
    /// The path without the query.
    pub path: String,
    /// The status of the answer; none when the connection was closed instead.
    pub status: Option<u16>,
    /// Whether the work behind the call was carried out, whatever the answer said.
    pub worked: bool,
    /// The injected faults that hit the call.
    pub faults: Vec<Fault>,
}

/// How many calls a minute are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimits {
    /// Searches a minute.
    pub searches: u32,
    /// All other calls a minute.
    pub others: u32,
    /// Whether more than that is refused. The headers count in either case.
    ///
    /// A fixed clock never reaches the next minute by itself.
    pub enforced: bool,
}

impl Default for RateLimits {
    fn default() -> Self {
        Self { searches: 30, others: 4_000, enforced: false }
    }
}

/// A long-running sandbox forgets calls before the last so many.
const CALLS_KEPT: usize = 10_000;

pub(super) struct Desk {
    pub(super) clock: SandboxClock,
    pub(super) faults: FaultQueue,
    pub(super) token: Option<String>,
    pub(super) client_defects: bool,
    pub(super) turn: tokio::sync::Mutex<()>,
    pub(super) delivery_mode: Mutex<DeliveryMode>,
    books: Mutex<Books>,
    limits: RateLimits,
    calls: Mutex<VecDeque<CallRecord>>,
    calls_received: AtomicU64,
    window: Mutex<Window>,
}

/// The world with its journal: one lock, so that the file has the order of events.
struct Books {
    world: World,
    journal: Option<Journal>,
    closed: bool,
}

/// The calls of the present minute.
#[derive(Default)]
struct Window {
    minute: i64,
    searches: u32,
    others: u32,
}

/// What the rate-limit headers say.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance {
    pub(super) limit: u32,
    pub(super) remaining: u32,
    pub(super) reset: Timestamp,
    pub(super) exceeded: bool,
}

impl Desk {
    pub(super) fn new(
        clock: SandboxClock,
        world: World,
        journal: Option<Journal>,
        token: Option<String>,
        limits: RateLimits,
    ) -> Self {
        Self {
            clock,
            faults: FaultQueue::default(),
            token,
            client_defects: world.client_defects,
            turn: tokio::sync::Mutex::new(()),
            delivery_mode: Mutex::default(),
            books: Mutex::new(Books { world, journal, closed: false }),
            limits,
            calls: Mutex::default(),
            calls_received: AtomicU64::new(0),
            window: Mutex::default(),
        }
    }

    /// Works on the world as of now, and returns only after what changed is on disk.
    pub(super) fn with_world<R>(
        &self,
        work: impl FnOnce(&mut World, Timestamp) -> R,
    ) -> io::Result<R> {
        let mut books = lock(&self.books);
        if books.closed {
            return Err(io::Error::other("the sandbox is closed"));
        }
        let now = self.clock.now();
        books.world.settle(now);
        let result = work(&mut books.world, now);
        if let Some(entry) = books.world.drain_changes()
            && let Some(journal) = &mut books.journal
        {
            journal.append(&entry)?;
        }
        Ok(result)
    }

    /// Lets nothing more happen, so that another sandbox can take over the file.
    pub(super) fn close(&self) {
        let mut books = lock(&self.books);
        books.closed = true;
        books.journal = None;
    }

    pub(super) fn record(&self, call: CallRecord) {
        let mut calls = lock(&self.calls);
        if calls.len() == CALLS_KEPT {
            calls.pop_front();
        }
        calls.push_back(call);
    }

    pub(super) fn calls(&self) -> Vec<CallRecord> {
        lock(&self.calls).iter().cloned().collect()
    }

    /// A number that no other call of this sandbox gets.
    pub(super) fn number(&self) -> u64 {
        self.calls_received.fetch_add(1, Ordering::Relaxed)
    }

    pub(super) fn mode(&self) -> DeliveryMode {
        *lock(&self.delivery_mode)
    }

    /// Counts a call against the present minute.
    pub(super) fn count(&self, is_search: bool) -> Allowance {
        let now = self.clock.now();
        let minute = now.as_second().div_euclid(60);
        let mut window = lock(&self.window);
        if window.minute != minute {
            *window = Window { minute, ..Window::default() };
        }
        let (used, limit) = match is_search {
            true => (&mut window.searches, self.limits.searches),
            false => (&mut window.others, self.limits.others),
        };
        *used += 1;
        Allowance {
            limit,
            remaining: limit.saturating_sub(*used),
            reset: Timestamp::from_second((minute + 1) * 60).unwrap_or(now),
            exceeded: self.limits.enforced && *used > limit,
        }
    }
}

/// A lock whose holder panicked still guards whole values: each change is made in one step.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::super::amounts::Currency;
    use super::*;

    #[test]
    fn the_log_keeps_the_last_calls_and_numbers_go_on() {
        let world = World::new(7, Currency::of_country("GB"), false);
        let clock = SandboxClock::fixed(Timestamp::UNIX_EPOCH);
        let desk = Desk::new(clock, world, None, None, RateLimits::default());
        for number in 0..CALLS_KEPT + 2 {
            desk.record(CallRecord {
                at: Timestamp::UNIX_EPOCH,
                method: "GET".to_owned(),
                path: format!("/{number}"),
                status: Some(200),
                worked: true,
                faults: Vec::new(),
            });
        }
        let calls = desk.calls();
        assert_eq!(calls.len(), CALLS_KEPT);
        assert_eq!(calls[0].path, "/2", "the oldest are forgotten");
        assert_eq!(calls[CALLS_KEPT - 1].path, format!("/{}", CALLS_KEPT + 1));
        assert_eq!([desk.number(), desk.number()], [0, 1], "whatever was forgotten");
    }
}
