//! Policies.

use async_trait::async_trait;
use nestmap_core::id::{OrganizationId, PolicyId};
use nestmap_core::policy::Policy;
use nestmap_core::port::store::reads::Found;
use nestmap_core::port::store::{PolicyReads, StoreError, Stored, Write};

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, Scope, Tx, statements};

const KIND: &str = "policy";

statements! {
    ONE = "select document, version from policies where organization_id = $1 and policy_id = $2";
    ALL = "select document, version from policies
        where organization_id = $1 order by policy_id limit 1000";
    HOLD = "select version from policies where organization_id = $1 and policy_id = $2" locking;
    INSERT = "insert into policies (organization_id, policy_id, version, document)
        values ($1, $2, 1, $3)";
    UPDATE = "update policies set version = version + 1, document = $3
        where organization_id = $1 and policy_id = $2 and version = $4";
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
    ) -> Result<Vec<Stored<Policy>>, StoreError> {
        self.db.many(organization, KIND, ALL, &[Arg::Id(organization.uuid())]).await
    }
}

pub(crate) async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Policy>,
) -> Result<(), StoreError> {
    let policy = write.value();
    let args = vec![Arg::Id(organization.uuid()), Arg::Id(policy.id.uuid()), Arg::document(policy)];
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await
}
