//! Time and entropy come from the host; the facade asks once for each flow.

use crate::id::IdEntropy;
use crate::time::Timestamp;

/// Tells the time.
pub trait Clock: Send + Sync + 'static {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// Gives unpredictable bytes.
pub trait Entropy: Send + Sync + 'static {
    /// Fills `bytes` with unpredictable ones. Ids need ten of them.
    fn fill(&self, bytes: &mut [u8]);

    /// The entropy of one id.
    fn for_id(&self) -> IdEntropy {
        let mut bytes = IdEntropy::default();
        self.fill(&mut bytes);
        bytes
    }
}
