//! Time and entropy of the machine, for hosts that have no others.

use nestmap_core::id::IdEntropy;
use nestmap_core::port::clock::{Clock, Entropy};
use nestmap_core::time::Timestamp;

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let micros = since.ok().and_then(|since| i64::try_from(since.as_micros()).ok());
        Timestamp::from_micros(micros.unwrap_or(0)).expect("the machine's year has four digits")
    }
}

/// The machine's entropy.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        random(bytes);
    }

    fn for_id(&self) -> IdEntropy {
        let mut bytes = IdEntropy::default();
        random(&mut bytes);
        bytes
    }
}

/// Fills `bytes` from the machine's source of randomness.
pub(crate) fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("a machine without randomness can't serve anybody safely");
}
