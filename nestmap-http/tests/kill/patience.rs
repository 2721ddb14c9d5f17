//! Waiting for something to become so, but not for ever.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);

/// Until when it is waited for something:
/// `while !it_is_so && patience.lasts().await {}`.
#[derive(Debug)]
pub struct Patience(Instant);

impl Patience {
    pub fn of(time: Duration) -> Self {
        Self(Instant::now() + time)
    }

    /// Lets a moment pass; false when it was waited long enough.
    pub async fn lasts(&self) -> bool {
        tokio::time::sleep(PAUSE).await;
        Instant::now() < self.0
    }
}
