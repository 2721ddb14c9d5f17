//! Logins, which belong to no organization, and sessions, which do.

use async_trait::async_trait;
use nestmap_core::id::{IdentityId, OrganizationId, PersonId, SessionId};
use nestmap_core::page::PageRequest;
use nestmap_core::people::{Identity, Session};
use nestmap_core::port::store::reads::{Found, Listed};
use nestmap_core::port::store::{IdentityReads, Membership, StoreError, Write};

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, List, Scope, Tx, statements};

const KIND: &str = "identity";
const SESSION: &str = "session";

statements! {
    BY_EMAIL = "select document, version from identities where email = $1";
    HOLD = "select version from identities where identity_id = $1" locking;
    INSERT = "insert into identities (identity_id, version, email, document)
        values ($1, 1, $2, $3)";
    UPDATE = "update identities set version = version + 1, email = $2, document = $3
        where identity_id = $1 and version = $4";

    /// Across organizations: whoever logs in hasn't said which one they mean.
    MEMBERSHIPS = "select organization_id, person_id from memberships
        where identity_id = $1 order by organization_id";

    SESSION_ONE = "select document, version from sessions
        where organization_id = $1 and session_id = $2";
    SESSIONS_OF_PERSON = "select document, version from sessions
        where organization_id = $1 and person_id = $2 and session_id < $3
        order by session_id desc limit $4";
    HOLD_SESSION = "select version from sessions
        where organization_id = $1 and session_id = $2" locking;
    SESSION_INSERT = "insert into sessions
        (organization_id, session_id, person_id, version, document) values ($1, $2, $3, 1, $4)";
    SESSION_UPDATE = "update sessions
        set version = version + 1, person_id = $3, document = $4
        where organization_id = $1 and session_id = $2 and version = $5";
}

#[async_trait]
impl IdentityReads for SqlStore {
    async fn identity_by_email(&self, email: &str) -> Found<Identity> {
        self.db.one(Scope::Global, KIND, BY_EMAIL, &[Arg::Text(email)]).await
    }

    async fn memberships(&self, identity: IdentityId) -> Result<Vec<Membership>, StoreError> {
        let args = [Arg::Id(identity.uuid())];
        let rows = self.db.read(Scope::Identity(identity), MEMBERSHIPS, &args).await;
        let rows = rows.map_err(|error| error.about(KIND))?;
        let read = |row: &crate::db::Row| {
            Ok(Membership {
                organization: OrganizationId::from_uuid(row.id(0)?),
                person: PersonId::from_uuid(row.id(1)?),
            })
        };
        let memberships: Result<_, crate::error::DbError> = rows.iter().map(read).collect();
        memberships.map_err(|error| error.about(KIND))
    }

    async fn session(&self, organization: OrganizationId, id: SessionId) -> Found<Session> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), SESSION, SESSION_ONE, &args).await
    }

    async fn sessions(
        &self,
        organization: OrganizationId,
        person: PersonId,
        request: PageRequest<SessionId>,
    ) -> Listed<Session, SessionId> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(person.uuid())];
        let (statement, uuid) = (SESSIONS_OF_PERSON, SessionId::uuid as fn(SessionId) -> _);
        let list = List { organization, statement, args: &args, request, uuid };
        self.db.page(list, SESSION, |session: &Session| session.id).await
    }
}

pub(crate) async fn write(tx: &mut Tx<'_>, write: &Write<Identity>) -> Result<(), StoreError> {
    let identity = write.value();
    let args =
        vec![Arg::Id(identity.id.uuid()), Arg::Text(&identity.email), Arg::document(identity)];
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await
}

pub(crate) async fn write_session(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Session>,
) -> Result<(), StoreError> {
    let session = write.value();
    let args = vec![
        Arg::Id(organization.uuid()),
        Arg::Id(session.id.uuid()),
        Arg::Id(session.person.uuid()),
        Arg::document(session),
    ];
    put(tx, SESSION, [SESSION_INSERT, SESSION_UPDATE], write.version_before(), args).await
}
