//! Sessions: opened after a log-in the host has checked, refreshed, ended.

use serde_json::json;

use super::{Call, Work, found};
use crate::access::Actor;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::id::{IdentityId, OrganizationId, PersonId, SessionId};
use crate::nestmap::NestMap;
use crate::page::PageRequest;
use crate::people::Session;
use crate::people::session::{Presented, Rotation, SESSION_HOURS, SessionEnd, SessionState};
use crate::port::store::{Change, Key, Membership, Stored, Write};

impl NestMap {
    /// Whom a login stands for, in every organization.
    pub async fn memberships(&self, identity: IdentityId) -> Result<Vec<Membership>> {
        Ok(self.store.memberships(identity).await?)
    }

    /// Opens a session for a person whose log-in the host has checked.
    pub async fn open_session(
        &self,
        membership: Membership,
        identity: IdentityId,
        refresh: Digest,
        request: Option<String>,
    ) -> Result<Session> {
        let Membership { organization, person } = membership;
        let actor = self.actor(organization, person).await?;
        let call = Call { actor, once: None, request };
        self.write(&call, "open_session", &person, |mut work| async move {
            // Somebody who leaves meanwhile doesn't come in by this.
            let stored = found("person", self.store.person(organization, person).await?)?;
            if !stored.value.is_active() {
                return Err(left());
            }
            work.guard(Key::Person(person), stored.version);
            let state =
                SessionState::Active { current: refresh, previous: None, rotated_at: work.now };
            let id = SessionId::new(work.now, self.for_id());
            let started_at = work.now;
            let session = Session { id, organization, person, identity, started_at, state };
            let insert = Write::Insert(session.clone());
            work.record(Change::Session(insert), "session.opened", json!({}));
            Ok((work, session))
        })
        .await
    }

    /// Replaces a refresh token. A token used twice ends its session, and that is committed
    /// before the error is returned; one that was never issued is refused and changes nothing.
    pub async fn refresh_session(
        &self,
        organization: OrganizationId,
        session: SessionId,
        presented: Presented,
        next: Digest,
        request: Option<String>,
    ) -> Result<Session> {
        let call = Call { actor: Actor::system(organization), once: None, request };
        let session = self
            .write(&call, "refresh_session", &session, |mut work| async move {
                let stored = self.store.session(organization, session).await?.ok_or_else(ended)?;
                let (session, action) = match stored.value.rotate(presented, next, work.now)? {
                    Rotation::Rotated(session) => (session, None),
                    Rotation::Ended(session) => (session, Some("session.ended")),
                };
                let facts = json!({ "state": session.state });
                let change = Change::Session(Write::Update(session.clone(), stored.version));
                match action {
                    Some(action) => work.record(change, action, why(&facts)),
                    None => work.change(change),
                }
                Ok((work, session))
            })
            .await?;
        if session.is_active() { Ok(session) } else { Err(ended()) }
    }

    /// Ends a session; ending it twice is fine.
    pub async fn end_session(
        &self,
        organization: OrganizationId,
        session: SessionId,
        request: Option<String>,
    ) -> Result<()> {
        let call = Call { actor: Actor::system(organization), once: None, request };
        self.write(&call, "end_session", &session, |mut work| async move {
            if let Some(stored) = self.store.session(organization, session).await?
                && stored.value.is_active()
            {
                let over = stored.value.end(SessionEnd::LoggedOut, work.now);
                let change = Change::Session(Write::Update(over, stored.version));
                work.record(change, "session.ended", json!({ "why": SessionEnd::LoggedOut }));
            }
            Ok((work, ()))
        })
        .await
    }

    /// The person as an actor, with the roles they have now; who left isn't one.
    pub async fn actor(&self, organization: OrganizationId, person: PersonId) -> Result<Actor> {
        match self.store.person(organization, person).await? {
            Some(Stored { value, .. }) if value.is_active() => {
                Ok(Actor::person(organization, person, value.roles))
            }
            _ => Err(left()),
        }
    }

    /// Adds the end of every session of a person that can still be refreshed.
    pub(super) async fn end_sessions(
        &self,
        work: &mut Work<'_>,
        person: PersonId,
        why: SessionEnd,
    ) -> Result<()> {
        let organization = work.commit.organization;
        let too_old = |session: &Session| session.started_at.plus_hours(SESSION_HOURS) <= work.now;
        let (mut request, mut open) = (PageRequest { limit: 100, after: None }, Vec::new());
        loop {
            let page = self.store.sessions(organization, person, request).await?;
            let oldest_is_over = page.items.last().is_none_or(|oldest| too_old(&oldest.value));
            open.extend(page.items.into_iter().filter(|stored| stored.value.is_active()));
            match page.next {
                Some(next) if !oldest_is_over => request.after = Some(next),
                _ => break,
            }
        }
        for Stored { value, version } in open {
            let over = Change::Session(Write::Update(value.end(why, work.now), version));
            work.record(over, "session.ended", json!({ "why": why }));
        }
        Ok(())
    }

    /// A session that is still active, for hosts that check access tokens against it.
    pub async fn active_session(
        &self,
        organization: OrganizationId,
        session: SessionId,
    ) -> Result<Session> {
        let stored = found("session", self.store.session(organization, session).await?)?;
        if stored.value.is_active() { Ok(stored.value) } else { Err(ended()) }
    }
}

fn left() -> Error {
    Error::new(Code::Unauthenticated, "this person doesn't belong here any more")
}

fn ended() -> Error {
    Error::new(Code::SessionEnded, "the session has ended")
}

/// The reason alone: digests of tokens don't belong into the audit log.
fn why(facts: &serde_json::Value) -> serde_json::Value {
    json!({ "why": facts["state"]["why"] })
}
