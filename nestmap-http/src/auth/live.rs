//! Which sessions were found active a moment ago.
//!
//! An access token is valid for ten minutes; its session may end before. Asking the store with every
//! request would cost a read each, so the answer is remembered for a short time. A session that is
//! ended here is forgotten at once; one that is ended by another process, after that time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use nestmap_core::id::SessionId;
use nestmap_core::time::Timestamp;

use crate::recent::Recent;

/// For how many seconds an answer is remembered.
pub(crate) const REMEMBERED_SECONDS: i64 = 30;
/// Most sessions that are remembered.
const SESSIONS_MAX: usize = 100_000;

/// Sessions and when they were found active.
pub(crate) struct LiveSessions {
    seen: Mutex<Recent<SessionId, Timestamp>>,
}

impl Default for LiveSessions {
    fn default() -> Self {
        Self { seen: Mutex::new(Recent::of(SESSIONS_MAX)) }
    }
}

impl LiveSessions {
    /// Whether the session was found active a moment ago.
    pub(crate) fn is_known(&self, session: SessionId, now: Timestamp) -> bool {
        let seen = self.seen().get(&session).copied();
        seen.is_some_and(|seen| now < seen.plus_seconds(REMEMBERED_SECONDS))
    }

    /// The session was found active.
    pub(crate) fn remember(&self, session: SessionId, now: Timestamp) {
        *self.seen().touch(session, || now) = now;
    }

    /// The session was ended.
    pub(crate) fn forget(&self, session: SessionId) {
        self.seen().remove(&session);
    }

    fn seen(&self) -> MutexGuard<'_, Recent<SessionId, Timestamp>> {
        // The map has no invariant a panic could break.
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_known_for_a_moment_and_not_after_its_end() {
        let at = |seconds| Timestamp::from_micros(0).unwrap().plus_seconds(seconds);
        let session = SessionId::new(at(0), [1; 10]);
        let live = LiveSessions::default();
        assert!(!live.is_known(session, at(0)));
        live.remember(session, at(0));
        assert!(live.is_known(session, at(29)) && !live.is_known(session, at(30)));
        live.forget(session);
        assert!(!live.is_known(session, at(1)));
    }
}
