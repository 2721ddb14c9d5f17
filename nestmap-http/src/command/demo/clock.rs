//! The story's time and chance: nothing waits, and every telling is the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use nestmap_core::port::clock::{Clock, Entropy};
use nestmap_core::time::Timestamp;
use nestmap_providers::http::Timer;
use nestmap_providers::sandbox::SandboxClock;

/// A clock that moves when the story says so. NestMap, the adapter and the sandbox all follow it.
#[derive(Clone, Debug)]
pub(super) struct StoryClock(Arc<AtomicI64>);

impl StoryClock {
    pub(super) fn at(now: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(now.micros())))
    }

    pub(super) fn advance_seconds(&self, seconds: i64) {
        self.0.fetch_add(seconds * 1_000_000, Ordering::SeqCst);
    }

    /// Moves to `now`, unless that is past.
    pub(super) fn advance_to(&self, now: Timestamp) {
        self.0.fetch_max(now.micros(), Ordering::SeqCst);
    }

    /// The same clock for the sandbox.
    pub(super) fn of_sandbox(&self) -> SandboxClock {
        let clock = self.clone();
        SandboxClock::from_fn(move || clock.as_jiff())
    }

    fn as_jiff(&self) -> jiff::Timestamp {
        let micros = self.0.load(Ordering::SeqCst);
        jiff::Timestamp::from_microsecond(micros).expect("the story takes place in this century")
    }
}

impl Clock for StoryClock {
    fn now(&self) -> Timestamp {
        let micros = self.0.load(Ordering::SeqCst);
        Timestamp::from_micros(micros).expect("the story takes place in this century")
    }
}

#[async_trait]
impl Timer for StoryClock {
    fn now(&self) -> jiff::Timestamp {
        self.as_jiff()
    }

    /// Waiting is moving the clock.
    async fn sleep(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

/// Entropy that follows from the seed. It counts, so that what is made at one instant of the
/// standing clock still sorts in the order it was made.
#[derive(Debug)]
pub(super) struct StoryEntropy {
    seed: u64,
    count: AtomicU64,
}

impl StoryEntropy {
    /// Two tellers of one story start at different counts.
    pub(super) fn new(seed: u64, start: u64) -> Self {
        Self { seed, count: AtomicU64::new(start) }
    }
}

impl Entropy for StoryEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let count = self.count.fetch_add(1, Ordering::SeqCst);
        let counted = count.to_be_bytes();
        let mixed = mix(self.seed ^ mix(count)).to_be_bytes();
        // The first bits of an id are its version's and variant's; the count begins behind them.
        let pattern = [0, 0].iter().chain(&counted[3..]).chain(&mixed);
        for (byte, value) in bytes.iter_mut().zip(pattern.cycle()) {
            *byte = *value;
        }
    }
}

/// The finalizer of SplitMix64: neighbors become strangers.
fn mix(mut bits: u64) -> u64 {
    bits = bits.wrapping_add(0x9e37_79b9_7f4a_7c15);
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use nestmap_core::id::AuditId;

    use super::*;

    #[test]
    fn ids_of_one_instant_sort_as_they_were_made_and_differ_by_seed() {
        let now: Timestamp = "2026-03-02T08:00:00Z".parse().unwrap();
        let ids = |seed| {
            let entropy = StoryEntropy::new(seed, 0);
            (0..2_000).map(|_| AuditId::new(now, entropy.for_id())).collect::<Vec<_>>()
        };
        let first = ids(1);
        assert!(first.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(first, ids(1));
        assert!(first.iter().zip(ids(2)).all(|(one, other)| *one != other));
    }

    #[tokio::test]
    async fn waiting_moves_the_clock_of_everybody() {
        let clock = StoryClock::at("2026-03-02T08:00:00Z".parse().unwrap());
        let sandbox = clock.of_sandbox();
        clock.sleep(Duration::from_secs(90)).await;
        assert_eq!(Clock::now(&clock), "2026-03-02T08:01:30Z".parse().unwrap());
        assert_eq!(sandbox.now(), Timer::now(&clock));
        clock.advance_to("2026-03-02T08:00:00Z".parse().unwrap());
        assert_eq!(sandbox.now().to_string(), "2026-03-02T08:01:30Z", "never back");
    }
}
