//! Policies.

use async_trait::async_trait;
use nestmap_core::id::{OrganizationId, PolicyId};
use nestmap_core::page::PageRequest;
use nestmap_core::policy::{Policy, PolicyState};
use nestmap_core::port::store::reads::{Found, Listed};
use nestmap_core::port::store::{PolicyReads, StoreError, Stored, Write};

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, List, Scope, Tx, statements};

const KIND: &str = "policy";

statements! {
    ONE = "select document, version from policies where organization_id = $1 and policy_id = $2";
    PAGE = "select document, version from policies
        where organization_id = $1 and policy_id < $2 order by policy_id desc limit $3";
    PUBLISHED = "select document, version from policies
        where organization_id = $1 and state = 'published' order by policy_id";
    LIVING = "select count(*) from policies
        where organization_id = $1 and state in ('draft', 'published')";
    HOLD = "select version from policies where organization_id = $1 and policy_id = $2" locking;
    INSERT = "insert into policies (organization_id, policy_id, version, state, document)
        values ($1, $2, 1, $3, $4)";
    UPDATE = "update policies set version = version + 1, state = $3, document = $4
        where organization_id = $1 and policy_id = $2 and version = $5";
}

#[async_trait]
impl PolicyReads for SqlStore {
    async fn policy(&self, organization: OrganizationId, id: PolicyId) -> Found<Policy> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), KIND, ONE, &args).await
    }

    async fn policies(
        &self,
        organization: OrganizationId,
        request: PageRequest<PolicyId>,
    ) -> Listed<Policy, PolicyId> {
        let args = [Arg::Id(organization.uuid())];
        let list =
            List { organization, statement: PAGE, args: &args, request, uuid: PolicyId::uuid };
        self.db.page(list, KIND, |policy: &Policy| policy.id).await
    }

    async fn published_policies(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Stored<Policy>>, StoreError> {
        self.db.many(organization, KIND, PUBLISHED, &[Arg::Id(organization.uuid())]).await
    }

    async fn living_policies(&self, organization: OrganizationId) -> Result<i64, StoreError> {
        let scope = Scope::Organization(organization);
        let rows = self.db.read(scope, LIVING, &[Arg::Id(organization.uuid())]).await;
        let count = rows.and_then(|rows| rows.first().map_or(Ok(0), |row| row.int(0)));
        count.map_err(|error| error.about(KIND))
    }
}

/// The state as a word to look for; what it holds beside stays in the document.
fn state_name(state: PolicyState) -> &'static str {
    match state {
        PolicyState::Draft => "draft",
        PolicyState::Published { .. } => "published",
        PolicyState::Retired { .. } => "retired",
    }
}

pub(crate) async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Policy>,
) -> Result<(), StoreError> {
    let policy = write.value();
    let args = vec![
        Arg::Id(organization.uuid()),
        Arg::Id(policy.id.uuid()),
        Arg::Text(state_name(policy.state)),
        Arg::document(policy),
    ];
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await
}
