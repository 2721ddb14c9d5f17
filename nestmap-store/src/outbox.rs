//! Events on their way out: claimed for a while, ended by whoever holds the newest claim.

use async_trait::async_trait;
use nestmap_core::event::Event;
use nestmap_core::id::{EventId, OrganizationId};
use nestmap_core::port::store::{Claim, Delivery, Outbox, StoreError};
use nestmap_core::time::Timestamp;

use crate::SqlStore;
use crate::commit::{Done, Job};
use crate::db::{Arg, Tx, statements};
use crate::error::DbError;

const KIND: &str = "event";

statements! {
    INSERT = "insert into outbox
        (organization_id, event_id, available_at, claim_token, document)
        values ($1, $2, $3, 0, $4)";
    /// Events that another worker is just claiming are passed over, not waited for.
    CLAIM = "update outbox set claimed_until = $3, claim_token = claim_token + 1
        where organization_id = $1 and event_id in (
            select event_id from outbox
            where organization_id = $1 and available_at <= $2
                and (claimed_until is null or claimed_until <= $2)
            order by event_id limit $4)
        returning document, claim_token"
    postgres: "with deliverable as materialized (
            select event_id from outbox
            where organization_id = $1 and available_at <= $2
                and (claimed_until is null or claimed_until <= $2)
            order by event_id limit $4 for update skip locked)
        update outbox o set claimed_until = $3, claim_token = o.claim_token + 1
        from deliverable d where o.organization_id = $1 and o.event_id = d.event_id
        returning o.document, o.claim_token";
    FINISH = "update outbox set claimed_until = null, available_at = $4, ended = $5
        where organization_id = $1 and event_id = $2 and claim_token = $3
            and claimed_until is not null";
}

#[async_trait]
impl Outbox for SqlStore {
    async fn claim_events(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        lease_until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Claim>, StoreError> {
        let limit = limit.max(0);
        match self.db.write(Job::Claim { organization, now, lease_until, limit }).await? {
            Done::Claimed(claims) => Ok(claims),
            other => unreachable!("a claim comes to claims, not to {other:?}"),
        }
    }

    async fn finish_event(
        &self,
        organization: OrganizationId,
        event: EventId,
        token: i64,
        delivery: Delivery,
    ) -> Result<bool, StoreError> {
        match self.db.write(Job::Finish { organization, event, token, delivery }).await? {
            Done::Finished(held) => Ok(held),
            other => unreachable!("a finish comes to yes or no, not to {other:?}"),
        }
    }
}

pub(crate) async fn append(tx: &mut Tx<'_>, event: &Event) -> Result<(), StoreError> {
    let args = [
        Arg::Id(event.organization.uuid()),
        Arg::Id(event.id.uuid()),
        Arg::At(event.at),
        Arg::document(event),
    ];
    tx.run(INSERT, &args).await.map(|_| ()).map_err(|error| error.about(KIND))
}

pub(crate) async fn claim(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    now: Timestamp,
    lease_until: Timestamp,
    limit: i64,
) -> Result<Vec<Claim>, StoreError> {
    let args = [Arg::Id(organization.uuid()), Arg::At(now), Arg::At(lease_until), Arg::Int(limit)];
    let rows = tx.rows(CLAIM, &args).await.map_err(|error| error.about(KIND))?;
    let read = |row: &crate::db::Row| {
        let token = row.int(1)?;
        Ok(Claim { event: row.document(0)?, token, attempts: token - 1 })
    };
    let claims: Result<Vec<_>, DbError> = rows.iter().map(read).collect();
    let mut claims = claims.map_err(|error| error.about(KIND))?;
    // The order of updated rows isn't that of the list they were found in.
    claims.sort_by_key(|claim| claim.event.id);
    Ok(claims)
}

pub(crate) async fn finish(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    event: EventId,
    token: i64,
    delivery: Delivery,
) -> Result<bool, StoreError> {
    let (again_at, ended) = match delivery {
        Delivery::Done => (None, Some("done")),
        Delivery::Again { at } => (Some(at), None),
        Delivery::Dead => (None, Some("dead")),
    };
    let args = [
        Arg::Id(organization.uuid()),
        Arg::Id(event.uuid()),
        Arg::Int(token),
        Arg::OptionalAt(again_at),
        Arg::OptionalText(ended),
    ];
    let finished = tx.run(FINISH, &args).await.map_err(|error| error.about(KIND))?;
    Ok(finished == 1)
}
