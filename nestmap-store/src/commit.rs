//! The one write: everything a commit says, in one transaction.

use nestmap_core::id::{EventId, OrganizationId};
use nestmap_core::port::store::{Change, Claim, Commit, Delivery, Guard, Key, StoreError, Version};
use nestmap_core::time::Timestamp;

use crate::db::{Arg, Statement, Tx};
use crate::{
    approvals, audit, identities, ledger, offer_sets, orders, organizations, outbox, people,
    policies, replies, trips,
};

/// What is done in a transaction of its own.
#[derive(Debug)]
pub(crate) enum Job {
    Commit(Box<Commit>),
    Claim { organization: OrganizationId, now: Timestamp, lease_until: Timestamp, limit: i64 },
    Finish { organization: OrganizationId, event: EventId, token: i64, delivery: Delivery },
}

/// What a job came to.
#[derive(Debug)]
pub(crate) enum Done {
    Committed,
    Claimed(Vec<Claim>),
    Finished(bool),
}

impl Job {
    /// Whose rows it writes.
    #[cfg(feature = "postgres")]
    pub(crate) fn organization(&self) -> OrganizationId {
        match self {
            Self::Commit(commit) => commit.organization,
            Self::Claim { organization, .. } | Self::Finish { organization, .. } => *organization,
        }
    }

    /// Does it; the caller commits the transaction, or rolls it back after an error.
    pub(crate) async fn run(&self, tx: &mut Tx<'_>) -> Result<Done, StoreError> {
        match self {
            Self::Commit(commit) => apply(tx, commit).await.map(|()| Done::Committed),
            Self::Claim { organization, now, lease_until, limit } => {
                outbox::claim(tx, *organization, *now, *lease_until, *limit)
                    .await
                    .map(Done::Claimed)
            }
            Self::Finish { organization, event, token, delivery } => {
                outbox::finish(tx, *organization, *event, *token, *delivery)
                    .await
                    .map(Done::Finished)
            }
        }
    }
}

/// The reply comes first: a repetition waits there for the first commit, holding nothing else, and
/// then finds the reply. What must have a version is locked next, in the order of keys. What is
/// new comes last.
async fn apply(tx: &mut Tx<'_>, commit: &Commit) -> Result<(), StoreError> {
    let organization = commit.organization;
    if let Some(once) = &commit.once {
        replies::keep(tx, organization, once, commit.at).await?;
    }
    for lock in commit.locks() {
        match update_of(commit, lock.key) {
            Some(change) if change.version_before() == Some(lock.version) => {
                write(tx, organization, change).await?;
            }
            _ => hold(tx, organization, lock).await?,
        }
    }
    for change in commit.changes.iter().filter(|change| change.version_before().is_none()) {
        write(tx, organization, change).await?;
    }
    for transfer in &commit.transfers {
        ledger::append(tx, transfer).await?;
    }
    for event in &commit.events {
        outbox::append(tx, event).await?;
    }
    for record in &commit.audit {
        audit::append(tx, record).await?;
    }
    Ok(())
}

fn update_of(commit: &Commit, key: Key) -> Option<&Change> {
    let updates = |change: &&Change| change.key() == key && change.version_before().is_some();
    commit.changes.iter().find(updates)
}

async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    change: &Change,
) -> Result<(), StoreError> {
    match change {
        Change::Organization(write) => organizations::write(tx, write).await,
        Change::Identity(write) => identities::write(tx, write).await,
        Change::Person(write) => people::write(tx, organization, write).await,
        Change::Invitation(write) => people::write_invitation(tx, organization, write).await,
        Change::Session(write) => identities::write_session(tx, organization, write).await,
        Change::Policy(write) => policies::write(tx, organization, write).await,
        Change::OfferSet(write) => offer_sets::write(tx, organization, write).await,
        Change::Trip(write) => trips::write(tx, organization, write).await,
        Change::Approval(write) => approvals::write(tx, organization, write).await,
        Change::Order(write) => orders::write(tx, organization, write).await,
    }
}

/// Refuses a guard whose thing has another version, and holds the thing until the commit.
async fn hold(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    Guard { key, version }: Guard,
) -> Result<(), StoreError> {
    let tenant = Arg::Id(organization.uuid());
    let (statement, args): (Statement, Vec<Arg<'_>>) = match key {
        // Another organization's is as good as absent.
        Key::Organization(id) if id != organization => {
            return Err(StoreError::Conflict { kind: key.kind() });
        }
        Key::Organization(_) => (organizations::HOLD, vec![tenant]),
        Key::Identity(id) => (identities::HOLD, vec![Arg::Id(id.uuid())]),
        Key::Person(id) => (people::HOLD, vec![tenant, Arg::Id(id.uuid())]),
        Key::Invitation(id) => (people::HOLD_INVITATION, vec![tenant, Arg::Id(id.uuid())]),
        Key::Session(id) => (identities::HOLD_SESSION, vec![tenant, Arg::Id(id.uuid())]),
        Key::Policy(id) => (policies::HOLD, vec![tenant, Arg::Id(id.uuid())]),
        Key::OfferSet(id) => (offer_sets::HOLD, vec![tenant, Arg::Id(id.uuid())]),
        Key::Trip(id) => (trips::HOLD, vec![tenant, Arg::Id(id.uuid())]),
        Key::Approval(id) => (approvals::HOLD, vec![tenant, Arg::Id(id.uuid())]),
        Key::Order(id) => (orders::HOLD, vec![tenant, Arg::Id(id.uuid())]),
    };
    let found = tx.version(statement, &args).await.map_err(|error| error.about(key.kind()))?;
    if found == Some(version) {
        return Ok(());
    }
    Err(StoreError::Conflict { kind: key.kind() })
}

/// Inserts a row at version 1, or updates the one that still has `version`; an update that finds
/// no such row is a conflict. Both statements take `args`, the update the version after them.
pub(crate) async fn put(
    tx: &mut Tx<'_>,
    kind: &'static str,
    [insert, update]: [Statement; 2],
    version: Option<Version>,
    mut args: Vec<Arg<'_>>,
) -> Result<(), StoreError> {
    args.extend(version.map(Arg::Int));
    let statement = if version.is_some() { update } else { insert };
    match tx.run(statement, &args).await.map_err(|error| error.about(kind))? {
        1 => Ok(()),
        _ => Err(StoreError::Conflict { kind }),
    }
}
