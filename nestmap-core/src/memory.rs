//! A store in memory: the reference for what every store promises, for tests, trials and demos.
//!
//! It forgets everything when it is dropped. It looks through its maps instead of keeping indexes,
//! so that it is easy to see that it is right; it isn't made for large organizations.

mod commit;
mod reads;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::approval::Approval;
use crate::audit::AuditRecord;
use crate::event::Event;
use crate::id::{
    ApprovalId, AuditId, EventId, IdentityId, InvitationId, OfferSetId, OrderId, OrganizationId,
    PersonId, PolicyId, SessionId, TransferId, TripId,
};
use crate::ledger::Transfer;
use crate::order::Order;
use crate::organization::Organization;
use crate::people::{Identity, Invitation, Person, Session};
use crate::policy::Policy;
use crate::port::store::{Commit, IdempotencyKey, Store, StoreError, Stored, StoredReply};
use crate::shopping::OfferSet;
use crate::time::Timestamp;
use crate::trip::Trip;

/// Storage that ends with the process.
#[derive(Debug, Default)]
pub struct MemoryStore {
    state: Mutex<State>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A commit undoes itself before it returns an error, so what a panic left is whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Things of organizations by organization and id.
type Table<Id, T> = BTreeMap<(OrganizationId, Id), Stored<T>>;

/// Everything stored.
#[derive(Debug, Default)]
struct State {
    organizations: BTreeMap<OrganizationId, Stored<Organization>>,
    identities: BTreeMap<IdentityId, Stored<Identity>>,
    people: Table<PersonId, Person>,
    invitations: Table<InvitationId, Invitation>,
    sessions: Table<SessionId, Session>,
    policies: Table<PolicyId, Policy>,
    offer_sets: Table<OfferSetId, OfferSet>,
    trips: Table<TripId, Trip>,
    approvals: Table<ApprovalId, Approval>,
    orders: Table<OrderId, Order>,
    transfers: BTreeMap<(OrganizationId, TransferId), Transfer>,
    events: BTreeMap<(OrganizationId, EventId), Outgoing>,
    audit: BTreeMap<(OrganizationId, AuditId), AuditRecord>,
    replies: BTreeMap<(OrganizationId, String, IdempotencyKey), StoredReply>,
}

/// An event and how far its delivery has come.
#[derive(Clone, Debug)]
struct Outgoing {
    event: Event,
    /// Not before; none when it was delivered or given up.
    available_at: Option<Timestamp>,
    /// Until when a worker holds it.
    claimed_until: Option<Timestamp>,
    /// Counts claims; the newest one holds.
    token: i64,
}

impl Outgoing {
    fn new(event: Event) -> Self {
        let available_at = Some(event.at);
        Self { event, available_at, claimed_until: None, token: 0 }
    }

    fn is_deliverable(&self, now: Timestamp) -> bool {
        self.available_at.is_some_and(|at| at <= now)
            && self.claimed_until.is_none_or(|until| until <= now)
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        self.lock().commit(commit)
    }

    async fn ping(&self) -> Result<(), StoreError> {
        Ok(())
    }
}
