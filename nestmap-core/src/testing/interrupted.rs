//! A store whose commits get lost, fail or are held up, commit by commit.

use std::sync::Arc;

use async_trait::async_trait;

use crate::access::Role;
use crate::approval::Approval;
use crate::audit::AuditRecord;
use crate::event::Subject;
use crate::id::{
    ApprovalId, AuditId, EventId, IdentityId, InvitationId, OfferSetId, OrderId, OrganizationId,
    PersonId, PolicyId, SessionId, TripId,
};
use crate::ledger::Transfer;
use crate::order::Order;
use crate::organization::Organization;
use crate::page::{Page, PageRequest};
use crate::people::{Identity, Invitation, Person, Session};
use crate::policy::Policy;
use crate::port::store::reads::{Found, Listed};
use crate::port::store::{
    ApprovalReads, AuditReads, Claim, Commit, Delivery, Due, IdempotencyKey, IdentityReads,
    Membership, OrderReads, OrganizationReads, Outbox, PeopleReads, PolicyReads, ShoppingReads,
    Store, StoreError, Stored, StoredReply, TripFilter, TripReads, WorkReads,
};
use crate::shopping::OfferSet;
use crate::time::Timestamp;
use crate::trip::Trip;

/// What happens to one commit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Interruption {
    /// Nothing: it is applied and answered.
    #[default]
    None,
    /// It isn't applied; the caller sees the database fail.
    NotApplied,
    /// It is applied; the caller sees the database fail.
    AnswerLost,
    /// The caller dies before it is applied.
    CallerDiesBefore,
    /// It is applied; the caller dies before it hears of it.
    CallerDiesAfter,
}

/// Decides what happens to each commit; it may let others work before it answers.
pub type Interrupter = Box<dyn Fn(&Commit) -> Interruption + Send + Sync>;

/// A store whose commits get lost, fail or are held up. Reads are the inner store's.
pub struct InterruptedStore {
    inner: Arc<dyn Store>,
    interrupter: Interrupter,
}

impl InterruptedStore {
    /// The inner store, with `interrupter` asked before every commit.
    pub fn new(inner: Arc<dyn Store>, interrupter: Interrupter) -> Self {
        Self { inner, interrupter }
    }
}

fn failed() -> StoreError {
    StoreError::Backend { message: "the connection was lost".into() }
}

#[async_trait]
impl Store for InterruptedStore {
    async fn commit(&self, commit: Commit) -> Result<(), StoreError> {
        match (self.interrupter)(&commit) {
            Interruption::None => self.inner.commit(commit).await,
            Interruption::NotApplied => Err(failed()),
            Interruption::AnswerLost => {
                self.inner.commit(commit).await?;
                Err(failed())
            }
            Interruption::CallerDiesBefore => std::future::pending().await,
            Interruption::CallerDiesAfter => {
                self.inner.commit(commit).await?;
                std::future::pending().await
            }
        }
    }

    async fn ping(&self) -> Result<(), StoreError> {
        self.inner.ping().await
    }
}

/// Passes a read on.
macro_rules! pass_on {
    ($($reads:ident { $(fn $name:ident($($arg:ident: $type:ty),*) -> $result:ty;)* })*) => {$(
        #[async_trait]
        impl $reads for InterruptedStore {
            $(async fn $name(&self, $($arg: $type),*) -> $result {
                self.inner.$name($($arg),*).await
            })*
        }
    )*};
}

pass_on! {
    OrganizationReads {
        fn organization(organization: OrganizationId) -> Found<Organization>;
        fn reply(organization: OrganizationId, scope: &str, key: &IdempotencyKey) -> Result<Option<StoredReply>, StoreError>;
    }
    PeopleReads {
        fn person(organization: OrganizationId, id: PersonId) -> Found<Person>;
        fn person_by_email(organization: OrganizationId, email: &str) -> Found<Person>;
        fn people(organization: OrganizationId, page: PageRequest<PersonId>) -> Listed<Person, PersonId>;
        fn people_with_roles(organization: OrganizationId, roles: &[Role]) -> Result<Vec<Stored<Person>>, StoreError>;
        fn invitation(organization: OrganizationId, id: InvitationId) -> Found<Invitation>;
    }
    IdentityReads {
        fn identity_by_email(email: &str) -> Found<Identity>;
        fn memberships(identity: IdentityId) -> Result<Vec<Membership>, StoreError>;
        fn session(organization: OrganizationId, id: SessionId) -> Found<Session>;
        fn sessions(organization: OrganizationId, person: PersonId, page: PageRequest<SessionId>) -> Listed<Session, SessionId>;
    }
    PolicyReads {
        fn policy(organization: OrganizationId, id: PolicyId) -> Found<Policy>;
        fn policies(organization: OrganizationId, page: PageRequest<PolicyId>) -> Listed<Policy, PolicyId>;
        fn published_policies(organization: OrganizationId) -> Result<Vec<Stored<Policy>>, StoreError>;
        fn living_policies(organization: OrganizationId) -> Result<i64, StoreError>;
    }
    ShoppingReads {
        fn offer_set(organization: OrganizationId, id: OfferSetId) -> Found<OfferSet>;
    }
    TripReads {
        fn trip(organization: OrganizationId, id: TripId) -> Found<Trip>;
        fn trips(organization: OrganizationId, filter: TripFilter, page: PageRequest<TripId>) -> Listed<Trip, TripId>;
    }
    ApprovalReads {
        fn approval(organization: OrganizationId, id: ApprovalId) -> Found<Approval>;
        fn approvals_of_trip(organization: OrganizationId, trip: TripId) -> Result<Vec<Stored<Approval>>, StoreError>;
        fn approvals_waiting_for(organization: OrganizationId, approver: PersonId, page: PageRequest<ApprovalId>) -> Listed<Approval, ApprovalId>;
    }
    OrderReads {
        fn order(organization: OrganizationId, id: OrderId) -> Found<Order>;
        fn orders_of_trips(organization: OrganizationId, trips: &[TripId]) -> Result<Vec<Stored<Order>>, StoreError>;
        fn orders_needing_person(organization: OrganizationId) -> Result<Vec<Stored<Order>>, StoreError>;
        fn transfers(organization: OrganizationId, order: OrderId) -> Result<Vec<Transfer>, StoreError>;
    }
    AuditReads {
        fn audit(organization: OrganizationId, subject: Option<&Subject>, page: PageRequest<AuditId>) -> Result<Page<AuditRecord, AuditId>, StoreError>;
    }
    WorkReads {
        fn organizations_with_work(now: Timestamp, after: Option<OrganizationId>, limit: i64) -> Result<Vec<OrganizationId>, StoreError>;
        fn due(organization: OrganizationId, now: Timestamp, limit: i64) -> Result<Vec<Due>, StoreError>;
    }
    Outbox {
        fn claim_events(organization: OrganizationId, now: Timestamp, lease_until: Timestamp, limit: i64) -> Result<Vec<Claim>, StoreError>;
        fn finish_event(organization: OrganizationId, event: EventId, token: i64, delivery: Delivery) -> Result<bool, StoreError>;
    }
}
