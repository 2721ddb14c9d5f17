//! People with their roles, and invitations.

use async_trait::async_trait;
use nestmap_core::access::Role;
use nestmap_core::id::{IdentityId, InvitationId, OrganizationId, PersonId};
use nestmap_core::page::PageRequest;
use nestmap_core::people::{Invitation, Person};
use nestmap_core::port::store::reads::{Found, Listed};
use nestmap_core::port::store::{PeopleReads, StoreError, Stored, Write};

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, List, Scope, Tx, statements};

const KIND: &str = "person";
const INVITATION: &str = "invitation";

statements! {
    ONE = "select document, version from people where organization_id = $1 and person_id = $2";
    BY_EMAIL = "select document, version from people where organization_id = $1 and email = $2";
    PAGE = "select document, version from people
        where organization_id = $1 and person_id < $2 order by person_id desc limit $3";
    WITH_ROLES = "select document, version from people
        where organization_id = $1 and left_at is null and person_id in (
            select person_id from person_roles
            where organization_id = $1 and role in (select value from json_each($2)))
        order by person_id limit 1000"
    postgres: "select document, version from people
        where organization_id = $1 and left_at is null and person_id in (
            select person_id from person_roles where organization_id = $1 and role = any($2))
        order by person_id limit 1000";
    HOLD = "select version from people where organization_id = $1 and person_id = $2" locking;
    INSERT = "insert into people
        (organization_id, person_id, version, email, identity_id, left_at, document)
        values ($1, $2, 1, $3, $4, $5, $6)";
    UPDATE = "update people
        set version = version + 1, email = $3, identity_id = $4, left_at = $5, document = $6
        where organization_id = $1 and person_id = $2 and version = $7";

    ROLES_DELETE = "delete from person_roles where organization_id = $1 and person_id = $2";
    ROLE_INSERT = "insert into person_roles (organization_id, role, person_id) values ($1, $2, $3)";

    IDENTITY = "select identity_id from people where organization_id = $1 and person_id = $2";
    MEMBERSHIP_DELETE = "delete from memberships where organization_id = $1 and identity_id = $2";
    MEMBERSHIP_INSERT = "insert into memberships (organization_id, identity_id, person_id)
        values ($1, $2, $3)";

    INVITATION_ONE = "select document, version from invitations
        where organization_id = $1 and invitation_id = $2";
    HOLD_INVITATION = "select version from invitations
        where organization_id = $1 and invitation_id = $2" locking;
    INVITATION_INSERT = "insert into invitations
        (organization_id, invitation_id, version, document) values ($1, $2, 1, $3)";
    INVITATION_UPDATE = "update invitations set version = version + 1, document = $3
        where organization_id = $1 and invitation_id = $2 and version = $4";
}

#[async_trait]
impl PeopleReads for SqlStore {
    async fn person(&self, organization: OrganizationId, id: PersonId) -> Found<Person> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), KIND, ONE, &args).await
    }

    async fn person_by_email(&self, organization: OrganizationId, email: &str) -> Found<Person> {
        let args = [Arg::Id(organization.uuid()), Arg::Text(email)];
        self.db.one(Scope::Organization(organization), KIND, BY_EMAIL, &args).await
    }

    async fn people(
        &self,
        organization: OrganizationId,
        request: PageRequest<PersonId>,
    ) -> Listed<Person, PersonId> {
        let args = [Arg::Id(organization.uuid())];
        let list =
            List { organization, statement: PAGE, args: &args, request, uuid: PersonId::uuid };
        self.db.page(list, KIND, |person: &Person| person.id).await
    }

    async fn people_with_roles(
        &self,
        organization: OrganizationId,
        roles: &[Role],
    ) -> Result<Vec<Stored<Person>>, StoreError> {
        let names: Vec<String> = roles.iter().map(|role| role_name(*role)).collect();
        let names = names.iter().map(String::as_str).collect();
        let args = [Arg::Id(organization.uuid()), Arg::Texts(names)];
        self.db.many(organization, KIND, WITH_ROLES, &args).await
    }

    async fn invitation(
        &self,
        organization: OrganizationId,
        id: InvitationId,
    ) -> Found<Invitation> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), INVITATION, INVITATION_ONE, &args).await
    }
}

/// The role's name in documents.
fn role_name(role: Role) -> String {
    match serde_json::to_value(role) {
        Ok(serde_json::Value::String(name)) => name,
        // INVARIANT: a role is a word in JSON.
        _ => unreachable!("a role is a word in JSON"),
    }
}

pub(crate) async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Person>,
) -> Result<(), StoreError> {
    let person = write.value();
    let key = [Arg::Id(organization.uuid()), Arg::Id(person.id.uuid())];
    let existed = write.version_before().is_some();
    let before = if existed { identity(tx, &key).await? } else { None };
    let [tenant, id] = key.clone();
    let args = vec![
        tenant,
        id,
        Arg::Text(&person.email),
        Arg::OptionalId(person.identity.map(IdentityId::uuid)),
        Arg::OptionalAt(person.left_at),
        Arg::document(person),
    ];
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await?;
    if existed {
        tx.run(ROLES_DELETE, &key).await.map_err(|error| error.about(KIND))?;
    }
    for role in &person.roles {
        let [tenant, id] = key.clone();
        let args = [tenant, Arg::Text(&role_name(*role)), id];
        tx.run(ROLE_INSERT, &args).await.map_err(|error| error.about(KIND))?;
    }
    join(tx, before, organization, person).await
}

/// The login the person has had until now.
async fn identity(tx: &mut Tx<'_>, key: &[Arg<'_>]) -> Result<Option<IdentityId>, StoreError> {
    let rows = tx.rows(IDENTITY, key).await.map_err(|error| error.about(KIND))?;
    let id = rows.first().map(|row| row.optional_id(0)).transpose();
    Ok(id.map_err(|error| error.about(KIND))?.flatten().map(IdentityId::from_uuid))
}

/// Keeps the way from a login to its organizations.
async fn join(
    tx: &mut Tx<'_>,
    before: Option<IdentityId>,
    organization: OrganizationId,
    person: &Person,
) -> Result<(), StoreError> {
    if before == person.identity {
        return Ok(());
    }
    let tenant = Arg::Id(organization.uuid());
    if let Some(identity) = before {
        let args = [tenant.clone(), Arg::Id(identity.uuid())];
        tx.run(MEMBERSHIP_DELETE, &args).await.map_err(|error| error.about(KIND))?;
    }
    if let Some(identity) = person.identity {
        let args = [tenant, Arg::Id(identity.uuid()), Arg::Id(person.id.uuid())];
        tx.run(MEMBERSHIP_INSERT, &args).await.map_err(|error| error.about(KIND))?;
    }
    Ok(())
}

pub(crate) async fn write_invitation(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Invitation>,
) -> Result<(), StoreError> {
    let invitation = write.value();
    let args = vec![
        Arg::Id(organization.uuid()),
        Arg::Id(invitation.id.uuid()),
        Arg::document(invitation),
    ];
    let statements = [INVITATION_INSERT, INVITATION_UPDATE];
    put(tx, INVITATION, statements, write.version_before(), args).await
}
