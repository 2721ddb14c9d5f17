//! Hints of suppliers: each event is taken once, and only so many are looked into at a time.

use std::sync::{Arc, Mutex, PoisonError};

use nestmap_core::digest::Digest;
use nestmap_core::{Code, Error};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::problem::retry_after;
use crate::recent::Recent;

/// How many hints are looked into at the same time; each asks the supplier.
const AT_A_TIME: usize = 16;
/// How many events are remembered: more than a supplier sends while a signature counts.
const EVENTS_MAX: usize = 10_000;

/// The hints this process has taken.
pub(crate) struct Hints {
    events: Mutex<Recent<Digest, ()>>,
    places: Arc<Semaphore>,
}

impl Default for Hints {
    fn default() -> Self {
        let events = Mutex::new(Recent::of(EVENTS_MAX));
        Self { events, places: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

impl Hints {
    /// A place to look into an event, until it is dropped; none where the event was taken before.
    /// Refuses when all places are taken: the supplier sends the event again.
    pub(crate) fn take(&self, event: &str) -> Result<Option<OwnedSemaphorePermit>, Error> {
        let event = Digest::of_bytes(event.as_bytes());
        // A lock for both steps: of two deliveries at once, one is the first.
        let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
        if events.get(&event).is_some() {
            return Ok(None);
        }
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else {
            let message = "too many events are looked into at the moment";
            return Err(retry_after(Error::new(Code::Overloaded, message), 5));
        };
        events.touch(event, || ());
        Ok(Some(place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_looked_into_once() {
        let hints = Hints::default();
        assert!(hints.take("wev_1").unwrap().is_some());
        assert!(hints.take("wev_1").unwrap().is_none());
        assert!(hints.take("wev_2").unwrap().is_some());
    }

    #[test]
    fn many_events_at_once_are_turned_away_and_may_come_again() {
        let hints = Hints::default();
        let take = |n: usize| hints.take(&format!("wev_{n}"));
        let held: Vec<_> = (0..AT_A_TIME).map(|n| take(n).unwrap().unwrap()).collect();
        assert_eq!(take(AT_A_TIME).unwrap_err().code, Code::Overloaded);
        assert!(take(0).unwrap().is_none(), "a repeated one needs no place");
        drop(held);
        assert!(take(AT_A_TIME).unwrap().is_some());
    }
}
