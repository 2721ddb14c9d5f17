//! A clock that stands still until it is moved, and entropy that counts.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use crate::port::clock::{Clock, Entropy};
use crate::time::Timestamp;

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct FixedClock(AtomicI64);

impl FixedClock {
    /// A clock that stands at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.micros()))
    }

    /// Moves it forward.
    pub fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Moves it to an instant.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.micros(), Ordering::SeqCst);
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
            .expect("it was set to an instant and moved by less than a calendar")
    }
}

/// Entropy that counts: every id differs, and every run is the same.
#[derive(Debug, Default)]
pub struct CountedEntropy(AtomicU64);

impl Entropy for CountedEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        bytes.fill(0);
        let shown = bytes.len().min(count.len());
        let at = bytes.len() - shown;
        bytes[at..].copy_from_slice(&count[count.len() - shown..]);
    }
}
