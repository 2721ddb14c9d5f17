//! How many requests are worked on at the same time, by everybody together and by each asker.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use nestmap_core::{Code, Error};
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::limit::Asker;
use crate::problem::retry_after;

/// One asker gets one in so many slots.
const SHARES: usize = 8;

/// The slots of this process.
pub(crate) struct Slots {
    free: Semaphore,
    share: usize,
    /// How many slots each asker holds; who holds none isn't listed.
    held: Mutex<HashMap<Asker, usize>>,
}

/// Lets one request be worked on, until it is dropped.
pub(crate) struct Slot<'a> {
    slots: &'a Slots,
    asker: Asker,
    _permit: SemaphorePermit<'a>,
}

impl Slots {
    pub(crate) fn new(max: usize) -> Self {
        let held = Mutex::default();
        Self { free: Semaphore::new(max), share: max.div_ceil(SHARES), held }
    }

    /// A slot; refuses when none is free, or when the asker has its share.
    pub(crate) fn take(&self, asker: Asker) -> Result<Slot<'_>, Error> {
        let Ok(permit) = self.free.try_acquire() else {
            let message = "the server has more work than it takes";
            return Err(retry_after(Error::new(Code::Overloaded, message), 1));
        };
        let mut held = self.held();
        let count = held.entry(asker).or_insert(0);
        if *count >= self.share {
            let message = "too many of your requests are worked on at the same time";
            return Err(retry_after(Error::new(Code::RateLimited, message), 1));
        }
        *count += 1;
        Ok(Slot { slots: self, asker, _permit: permit })
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Asker, usize>> {
        // Every count is right before and after each change.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        let mut held = self.slots.held();
        match held.get_mut(&self.asker) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(held.remove(&self.asker)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Client;

    fn asker(n: u8) -> Asker {
        Asker::Client(Client::of([192, 0, 2, n].into()))
    }

    fn code(slots: &Slots, n: u8) -> Option<Code> {
        slots.take(asker(n)).err().map(|error| error.code)
    }

    #[test]
    fn one_asker_holds_an_eighth_and_the_others_go_on() {
        let slots = Slots::new(16);
        let held = [slots.take(asker(1)).unwrap(), slots.take(asker(1)).unwrap()];
        assert_eq!(code(&slots, 1), Some(Code::RateLimited));
        assert_eq!(code(&slots, 2), None);
        drop(held);
        assert_eq!(code(&slots, 1), None);
        assert!(slots.held().is_empty(), "who holds nothing is forgotten");
        assert_eq!(slots.free.available_permits(), 16);
    }

    #[test]
    fn all_askers_together_hold_no_more_than_there_are() {
        let slots = Slots::new(3);
        let held: Vec<_> = (0..3).map(|n| slots.take(asker(n)).unwrap()).collect();
        assert_eq!(code(&slots, 9), Some(Code::Overloaded));
        drop(held);
        assert_eq!(code(&slots, 9), None);
    }
}
