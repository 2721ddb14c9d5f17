//! Searches and their offers.

use async_trait::async_trait;
use nestmap_core::id::{OfferSetId, OrganizationId};
use nestmap_core::port::store::reads::Found;
use nestmap_core::port::store::{ShoppingReads, StoreError, Write};
use nestmap_core::shopping::OfferSet;

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, Scope, Tx, statements};

const KIND: &str = "offer_set";

statements! {
    ONE = "select document, version from offer_sets
        where organization_id = $1 and offer_set_id = $2";
    HOLD = "select version from offer_sets
        where organization_id = $1 and offer_set_id = $2" locking;
    INSERT = "insert into offer_sets (organization_id, offer_set_id, version, document)
        values ($1, $2, 1, $3)";
    UPDATE = "update offer_sets set version = version + 1, document = $3
        where organization_id = $1 and offer_set_id = $2 and version = $4";
}

#[async_trait]
impl ShoppingReads for SqlStore {
    async fn offer_set(&self, organization: OrganizationId, id: OfferSetId) -> Found<OfferSet> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), KIND, ONE, &args).await
    }
}

pub(crate) async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<OfferSet>,
) -> Result<(), StoreError> {
    let set = write.value();
    let args = vec![Arg::Id(organization.uuid()), Arg::Id(set.id.uuid()), Arg::document(set)];
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await
}
