//! Time for adapters: now, and waiting. Tests bring one that doesn't wait.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

/// The present and the art of waiting.
#[async_trait]
pub trait Timer: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;

    /// Returns after `span`.
    async fn sleep(&self, span: Duration);
}

/// The machine's clock, waiting on tokio's timer.
#[cfg(feature = "client")]
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemTimer;

#[cfg(feature = "client")]
#[async_trait]
impl Timer for SystemTimer {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    async fn sleep(&self, span: Duration) {
        tokio::time::sleep(span).await;
    }
}
