//! What requests with an idempotency key were answered.

use nestmap_core::id::OrganizationId;
use nestmap_core::port::store::{IdempotencyKey, Once, StoreError, StoredReply};
use nestmap_core::time::Timestamp;

use crate::db::{Arg, Db, Row, Scope, Tx, statements};
use crate::error::DbError;

const KIND: &str = "reply";

statements! {
    ONE = "select fingerprint, document from replies
        where organization_id = $1 and scope = $2 and key = $3";
    /// Waits for another transaction that has just inserted the same key.
    INSERT = "insert into replies
        (organization_id, scope, key, fingerprint, replied_at, document)
        values ($1, $2, $3, $4, $5, $6) on conflict do nothing";
}

pub(crate) async fn find(
    db: &Db,
    organization: OrganizationId,
    scope: &str,
    key: &IdempotencyKey,
) -> Result<Option<StoredReply>, StoreError> {
    let args = [Arg::Id(organization.uuid()), Arg::Text(scope), Arg::Text(key.as_str())];
    let rows = db.read(Scope::Organization(organization), ONE, &args).await;
    let rows = rows.map_err(|error| error.about(KIND))?;
    rows.first().map(read).transpose().map_err(|error| error.about(KIND))
}

fn read(row: &Row) -> Result<StoredReply, DbError> {
    Ok(StoredReply { fingerprint: row.digest(0)?, reply: row.document(1)? })
}

/// Keeps the reply; where one is kept already, this was done before.
pub(crate) async fn keep(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    once: &Once,
    at: Timestamp,
) -> Result<(), StoreError> {
    let key = [Arg::Id(organization.uuid()), Arg::Text(&once.scope), Arg::Text(once.key.as_str())];
    let fingerprint = once.fingerprint.bytes();
    let columns = [Arg::Bytes(&fingerprint), Arg::At(at), Arg::document(&once.reply)];
    let args = [key.as_slice(), &columns].concat();
    if tx.run(INSERT, &args).await.map_err(|error| error.about(KIND))? == 1 {
        return Ok(());
    }
    let rows = tx.rows(ONE, &key).await.map_err(|error| error.about(KIND))?;
    match rows.first().map(read).transpose().map_err(|error| error.about(KIND))? {
        Some(reply) => Err(StoreError::AlreadyDone(reply)),
        // The row that was in the way is gone: somebody cleans up. Try again.
        None => Err(StoreError::Conflict { kind: KIND }),
    }
}
