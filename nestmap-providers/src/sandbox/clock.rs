//! The time a sandbox believes it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::Timestamp;

/// A clock that tests can set and advance; clones share the same time.
///
/// It reads a source (the system, a fixed instant, or any function) and adds an offset.
/// Setting and advancing change the offset only, so a running source keeps running.
#[derive(Clone)]
pub struct SandboxClock(Arc<Inner>);

struct Inner {
    source: Box<dyn Fn() -> Timestamp + Send + Sync>,
    offset_micros: AtomicI64,
}

impl SandboxClock {
    /// The machine's time.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(Timestamp::now)
    }

    /// A clock that stands still at `now` until it is set or advanced.
    #[must_use]
    pub fn fixed(now: Timestamp) -> Self {
        Self::from_fn(move || now)
    }

    /// A clock that follows `source`, for example the test clock of the program under test.
    pub fn from_fn(source: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self(Arc::new(Inner { source: Box::new(source), offset_micros: AtomicI64::new(0) }))
    }

    /// The present instant, to the microsecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let micros = self.source_micros() + self.0.offset_micros.load(Ordering::SeqCst);
        Timestamp::from_microsecond(micros).unwrap_or(Timestamp::MAX)
    }

    /// Makes `now` the present instant.
    pub fn set(&self, now: Timestamp) {
        let offset = now.as_microsecond() - self.source_micros();
        self.0.offset_micros.store(offset, Ordering::SeqCst);
    }

    /// Moves the present forward, or back when `seconds` is negative.
    pub fn advance_seconds(&self, seconds: i64) {
        let micros = seconds.saturating_mul(1_000_000);
        self.0.offset_micros.fetch_add(micros, Ordering::SeqCst);
    }

    fn source_micros(&self) -> i64 {
        (self.0.source)().as_microsecond()
    }
}

impl std::fmt::Debug for SandboxClock {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("SandboxClock").field(&self.now()).finish()
    }
}
