//! Organizations.

use async_trait::async_trait;
use nestmap_core::id::OrganizationId;
use nestmap_core::organization::Organization;
use nestmap_core::port::store::reads::Found;
use nestmap_core::port::store::{
    IdempotencyKey, OrganizationReads, StoreError, StoredReply, Write,
};

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, Scope, Tx, statements};
use crate::replies;

const KIND: &str = "organization";

statements! {
    ONE = "select document, version from organizations where organization_id = $1";
    HOLD = "select version from organizations where organization_id = $1" locking;
    INSERT = "insert into organizations (organization_id, version, document) values ($1, 1, $2)";
    UPDATE = "update organizations set version = version + 1, document = $2
        where organization_id = $1 and version = $3";
}

#[async_trait]
impl OrganizationReads for SqlStore {
    async fn organization(&self, organization: OrganizationId) -> Found<Organization> {
        let args = [Arg::Id(organization.uuid())];
        self.db.one(Scope::Organization(organization), KIND, ONE, &args).await
    }

    async fn reply(
        &self,
        organization: OrganizationId,
        scope: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReply>, StoreError> {
        replies::find(&self.db, organization, scope, key).await
    }
}

pub(crate) async fn write(tx: &mut Tx<'_>, write: &Write<Organization>) -> Result<(), StoreError> {
    let organization = write.value();
    let args = vec![Arg::Id(organization.id.uuid()), Arg::document(organization)];
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await
}
