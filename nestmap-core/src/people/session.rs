//! A session: the chain of refresh tokens that grew from one login.
//!
//! Every refresh token is used once and replaced. A used one that comes back means that two hold
//! it; the session ends, unless the answer with its successor may simply have been lost. One that
//! was never issued means nothing: anybody can make it up.

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::id::{IdentityId, OrganizationId, PersonId, SessionId};
use crate::time::Timestamp;

/// A session ends so many hours after its login, whatever happens.
pub const SESSION_HOURS: i64 = 30 * 24;
/// A session ends after so many hours without a refresh.
pub const IDLE_HOURS: i64 = 7 * 24;
/// For so many seconds a used token may come back, while its successor is unused.
pub const FORGIVEN_SECONDS: i64 = 60;

/// A session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// The organization the person logged in to.
    pub organization: OrganizationId,
    /// The person.
    pub person: PersonId,
    /// The login.
    pub identity: IdentityId,
    /// When the person logged in.
    pub started_at: Timestamp,
    /// Active or ended.
    pub state: SessionState,
}

/// The state of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SessionState {
    /// Can be refreshed.
    Active {
        /// The digest of the refresh token that is valid now.
        current: Digest,
        /// The digest of the one it replaced.
        previous: Option<Digest>,
        /// When it replaced it.
        rotated_at: Timestamp,
    },
    /// Over.
    Ended {
        /// Since when.
        at: Timestamp,
        /// Why.
        why: SessionEnd,
    },
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SessionEnd {
    /// The person logged out.
    LoggedOut,
    /// A refresh token was used twice.
    TokenReused,
    /// The session was too old or idle for too long.
    Expired,
    /// The person left the organization.
    PersonLeft,
}

/// A refresh token as somebody presents it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presented {
    /// The digest of its secret.
    pub digest: Digest,
    /// Whether the host knows that it issued this token for this session, used up or not. What
    /// isn't the current token ends the session only if it was.
    pub issued: bool,
}

/// What presenting a refresh token led to. Both results are committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The token was valid and is replaced.
    Rotated(Session),
    /// The session is over now; say so to the caller.
    Ended(Session),
}

impl Session {
    /// Presents a refresh token, to be replaced by `next`.
    pub fn rotate(
        self,
        presented: Presented,
        next: Digest,
        now: Timestamp,
    ) -> Result<Rotation, Error> {
        let SessionState::Active { current, previous, rotated_at } = self.state else {
            return Err(Error::new(Code::SessionEnded, "the session has ended"));
        };
        let old = self.started_at.plus_hours(SESSION_HOURS) <= now;
        if old || rotated_at.plus_hours(IDLE_HOURS) <= now {
            return Ok(Rotation::Ended(self.end(SessionEnd::Expired, now)));
        }
        let Presented { digest, issued } = presented;
        let fresh = digest == current;
        let lost_answer =
            previous == Some(digest) && now <= rotated_at.plus_seconds(FORGIVEN_SECONDS);
        match (fresh || lost_answer, issued) {
            (true, _) => {}
            (false, true) => return Ok(Rotation::Ended(self.end(SessionEnd::TokenReused, now))),
            (false, false) => {
                let message = "the refresh token was never one of this session";
                return Err(Error::new(Code::SessionEnded, message).field("refresh_token"));
            }
        }
        let rotated_at = if fresh { now } else { rotated_at };
        let state = SessionState::Active { current: next, previous: Some(digest), rotated_at };
        Ok(Rotation::Rotated(Self { state, ..self }))
    }

    /// Ends the session; one that has ended stays as it is.
    pub fn end(mut self, why: SessionEnd, now: Timestamp) -> Self {
        if self.is_active() {
            self.state = SessionState::Ended { at: now, why };
        }
        self
    }

    /// Whether the session can still be refreshed.
    pub fn is_active(&self) -> bool {
        matches!(self.state, SessionState::Active { .. })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    fn token(name: &str) -> Digest {
        Digest::of_bytes(name.as_bytes())
    }

    fn issued(name: &str) -> Presented {
        Presented { digest: token(name), issued: true }
    }

    fn session() -> Session {
        let nil = uuid::Uuid::nil();
        Session {
            id: SessionId::from_uuid(nil),
            organization: OrganizationId::from_uuid(nil),
            person: PersonId::from_uuid(nil),
            identity: IdentityId::from_uuid(nil),
            started_at: at(0),
            state: SessionState::Active { current: token("a"), previous: None, rotated_at: at(0) },
        }
    }

    fn rotated(session: Session, presented: &str, next: &str, now: i64) -> Session {
        match session.rotate(issued(presented), token(next), at(now)).unwrap() {
            Rotation::Rotated(session) => session,
            Rotation::Ended(session) => panic!("ended: {:?}", session.state),
        }
    }

    fn ended(session: Session, presented: &str, now: i64) -> SessionEnd {
        match session.rotate(issued(presented), token("z"), at(now)).unwrap() {
            Rotation::Ended(Session { state: SessionState::Ended { why, .. }, .. }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_is_used_once_and_replaced() {
        let session = rotated(session(), "a", "b", 600);
        let session = rotated(session, "b", "c", 1_200);
        assert_eq!(ended(session, "a", 1_201), SessionEnd::TokenReused);
    }

    #[test]
    fn a_token_that_was_never_issued_ends_nothing() {
        let made_up = Presented { digest: token("x"), issued: false };
        let error = session().rotate(made_up, token("b"), at(1)).unwrap_err();
        assert_eq!(error.code, Code::SessionEnded);
        // The current one counts even where its host has lost the means to know it.
        let current = Presented { digest: token("a"), issued: false };
        assert!(matches!(session().rotate(current, token("b"), at(1)), Ok(Rotation::Rotated(_))));
    }

    #[test]
    fn a_lost_answer_is_forgiven_for_a_minute_and_once_only() {
        let session = rotated(session(), "a", "b", 600);
        let again = rotated(session.clone(), "a", "c", 630);
        // The answer that was lost must not work beside the one that arrived.
        assert_eq!(ended(again.clone(), "b", 640), SessionEnd::TokenReused);
        assert_eq!(
            rotated(again, "c", "d", 640).state,
            SessionState::Active {
                current: token("d"),
                previous: Some(token("c")),
                rotated_at: at(640)
            }
        );
        assert_eq!(ended(session, "a", 661), SessionEnd::TokenReused);
    }

    #[test]
    fn sessions_end_by_age_and_by_idleness() {
        assert_eq!(ended(session(), "a", IDLE_HOURS * 3_600), SessionEnd::Expired);
        let mut session = session();
        let day = 24 * 3_600;
        for n in (0..30).step_by(6) {
            session = rotated(session, if n == 0 { "a" } else { "b" }, "b", n * day);
        }
        assert_eq!(ended(session, "b", SESSION_HOURS * 3_600), SessionEnd::Expired);
    }

    #[test]
    fn an_ended_session_stays_ended() {
        let session = session().end(SessionEnd::LoggedOut, at(5));
        let error = session.rotate(issued("a"), token("b"), at(6)).unwrap_err();
        assert_eq!(error.code, Code::SessionEnded);
    }
}
