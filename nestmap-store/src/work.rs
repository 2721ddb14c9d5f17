//! What falls due.

use async_trait::async_trait;
use nestmap_core::id::{ApprovalId, OrderId, OrganizationId};
use nestmap_core::port::store::{Due, StoreError, WorkReads};
use nestmap_core::time::Timestamp;
use uuid::Uuid;

use crate::SqlStore;
use crate::db::{Arg, Row, Scope, statements};
use crate::error::DbError;

const KIND: &str = "work";

statements! {
    /// The one statement that looks across organizations; it sees ids of organizations and times.
    ORGANIZATIONS = "select organization_id from orders
            where due_at <= $1 and organization_id > $2
        union select organization_id from approvals
            where due_at <= $1 and organization_id > $2
        union select organization_id from outbox
            where available_at <= $1 and organization_id > $2
                and (claimed_until is null or claimed_until <= $1)
        order by organization_id limit $3";
    DUE = "select due_at, 0 as what, order_id as id from orders
            where organization_id = $1 and due_at <= $2
        union all select due_at, 1 as what, approval_id as id from approvals
            where organization_id = $1 and due_at <= $2
        order by due_at, what, id limit $3"
    postgres: "select due_at, 0::bigint as what, order_id as id from orders
            where organization_id = $1 and due_at <= $2
        union all select due_at, 1::bigint as what, approval_id as id from approvals
            where organization_id = $1 and due_at <= $2
        order by due_at, what, id limit $3";
}

#[async_trait]
impl WorkReads for SqlStore {
    async fn organizations_with_work(
        &self,
        now: Timestamp,
        after: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let after = after.map_or(Uuid::nil(), OrganizationId::uuid);
        let args = [Arg::At(now), Arg::Id(after), Arg::Int(limit.max(0))];
        let rows = self.db.read(Scope::Discovery, ORGANIZATIONS, &args).await;
        let rows = rows.map_err(|error| error.about(KIND))?;
        let ids = rows.iter().map(|row| row.id(0).map(OrganizationId::from_uuid));
        ids.collect::<Result<_, _>>().map_err(|error| error.about(KIND))
    }

    async fn due(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let args = [Arg::Id(organization.uuid()), Arg::At(now), Arg::Int(limit.max(0))];
        let rows = self.db.read(Scope::Organization(organization), DUE, &args).await;
        let rows = rows.map_err(|error| error.about(KIND))?;
        rows.iter().map(due).collect::<Result<_, _>>().map_err(|error| error.about(KIND))
    }
}

fn due(row: &Row) -> Result<Due, DbError> {
    let id = row.id(2)?;
    Ok(match row.int(1)? {
        0 => Due::Order(OrderId::from_uuid(id)),
        _ => Due::Approval(ApprovalId::from_uuid(id)),
    })
}
