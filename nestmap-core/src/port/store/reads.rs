//! What can be read, by domain. Every method but the worker's and the login's names its organization.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{IdempotencyKey, StoreError, Stored, StoredReply};
use crate::access::Role;
use crate::approval::Approval;
use crate::audit::AuditRecord;
use crate::event::{Event, Subject};
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
use crate::shopping::OfferSet;
use crate::time::Timestamp;
use crate::trip::Trip;

/// What a read brings: the thing, or none where the organization has no such thing.
pub type Found<T> = Result<Option<Stored<T>>, StoreError>;

/// A page of stored things.
pub type Listed<T, C> = Result<Page<Stored<T>, C>, StoreError>;

/// Organizations, and the replies kept for repeated requests.
#[async_trait]
pub trait OrganizationReads {
    /// The organization.
    async fn organization(&self, organization: OrganizationId) -> Found<Organization>;

    /// The reply kept under a key.
    async fn reply(
        &self,
        organization: OrganizationId,
        scope: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReply>, StoreError>;
}

/// People and invitations.
#[async_trait]
pub trait PeopleReads {
    /// One person.
    async fn person(&self, organization: OrganizationId, id: PersonId) -> Found<Person>;

    /// The person of an address, lower case.
    async fn person_by_email(&self, organization: OrganizationId, email: &str) -> Found<Person>;

    /// Everybody, newest first.
    async fn people(
        &self,
        organization: OrganizationId,
        page: PageRequest<PersonId>,
    ) -> Listed<Person, PersonId>;

    /// Everybody who has not left and has at least one of `roles`, oldest first, at most 1,000.
    async fn people_with_roles(
        &self,
        organization: OrganizationId,
        roles: &[Role],
    ) -> Result<Vec<Stored<Person>>, StoreError>;

    /// One invitation.
    async fn invitation(&self, organization: OrganizationId, id: InvitationId)
    -> Found<Invitation>;
}

/// A person behind a login.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Membership {
    /// In which organization.
    pub organization: OrganizationId,
    /// Who there.
    pub person: PersonId,
}

/// Logins and sessions.
#[async_trait]
pub trait IdentityReads {
    /// The login of an address, lower case.
    async fn identity_by_email(&self, email: &str) -> Found<Identity>;

    /// Whom a login stands for, in every organization, oldest organization first.
    async fn memberships(&self, identity: IdentityId) -> Result<Vec<Membership>, StoreError>;

    /// One session.
    async fn session(&self, organization: OrganizationId, id: SessionId) -> Found<Session>;

    /// Sessions of a person, ended ones included, newest first.
    async fn sessions(
        &self,
        organization: OrganizationId,
        person: PersonId,
        page: PageRequest<SessionId>,
    ) -> Listed<Session, SessionId>;
}

/// Policies.
#[async_trait]
pub trait PolicyReads {
    /// One policy.
    async fn policy(&self, organization: OrganizationId, id: PolicyId) -> Found<Policy>;

    /// Policies in any state, newest first.
    async fn policies(
        &self,
        organization: OrganizationId,
        page: PageRequest<PolicyId>,
    ) -> Listed<Policy, PolicyId>;

    /// Every published policy, oldest first, and no other. The flows bound how many there are; a
    /// store leaves none out, because what it leaves out wouldn't hold.
    async fn published_policies(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Stored<Policy>>, StoreError>;

    /// How many policies are drafts or published.
    async fn living_policies(&self, organization: OrganizationId) -> Result<i64, StoreError>;
}

/// Searches and their offers.
#[async_trait]
pub trait ShoppingReads {
    /// One offer set.
    async fn offer_set(&self, organization: OrganizationId, id: OfferSetId) -> Found<OfferSet>;
}

/// Which trips to list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TripFilter {
    /// Only trips this person takes or booked.
    pub person: Option<PersonId>,
}

/// Trips.
#[async_trait]
pub trait TripReads {
    /// One trip.
    async fn trip(&self, organization: OrganizationId, id: TripId) -> Found<Trip>;

    /// Trips, newest first.
    async fn trips(
        &self,
        organization: OrganizationId,
        filter: TripFilter,
        page: PageRequest<TripId>,
    ) -> Listed<Trip, TripId>;
}

/// Requests for approval.
#[async_trait]
pub trait ApprovalReads {
    /// One request.
    async fn approval(&self, organization: OrganizationId, id: ApprovalId) -> Found<Approval>;

    /// Requests of a trip, oldest first.
    async fn approvals_of_trip(
        &self,
        organization: OrganizationId,
        trip: TripId,
    ) -> Result<Vec<Stored<Approval>>, StoreError>;

    /// Pending requests this person is asked about, newest first.
    async fn approvals_waiting_for(
        &self,
        organization: OrganizationId,
        approver: PersonId,
        page: PageRequest<ApprovalId>,
    ) -> Listed<Approval, ApprovalId>;
}

/// Orders and the money they moved.
#[async_trait]
pub trait OrderReads {
    /// One order.
    async fn order(&self, organization: OrganizationId, id: OrderId) -> Found<Order>;

    /// Orders of any of these trips, oldest first: what a page of trips needs, in one read.
    async fn orders_of_trips(
        &self,
        organization: OrganizationId,
        trips: &[TripId],
    ) -> Result<Vec<Stored<Order>>, StoreError>;

    /// Orders of a trip, oldest first.
    async fn orders_of_trip(
        &self,
        organization: OrganizationId,
        trip: TripId,
    ) -> Result<Vec<Stored<Order>>, StoreError> {
        self.orders_of_trips(organization, &[trip]).await
    }

    /// Orders whose open attempt waits for a person, oldest first, at most 100.
    async fn orders_needing_person(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Stored<Order>>, StoreError>;

    /// Transfers of an order, oldest first.
    async fn transfers(
        &self,
        organization: OrganizationId,
        order: OrderId,
    ) -> Result<Vec<Transfer>, StoreError>;
}

/// The audit log.
#[async_trait]
pub trait AuditReads {
    /// Lines about a thing, or about everything, newest first.
    async fn audit(
        &self,
        organization: OrganizationId,
        subject: Option<&Subject>,
        page: PageRequest<AuditId>,
    ) -> Result<Page<AuditRecord, AuditId>, StoreError>;
}

/// Something that has fallen due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// An order has a next step.
    Order(OrderId),
    /// An approval's deadline has passed.
    Approval(ApprovalId),
}

/// What a worker asks for. The first method alone looks across organizations, without locks.
#[async_trait]
pub trait WorkReads {
    /// Organizations in which something is due, or an event can be delivered; in the order of
    /// their ids, those after `after`, so that a worker gets round to everybody.
    async fn organizations_with_work(
        &self,
        now: Timestamp,
        after: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<OrganizationId>, StoreError>;

    /// What is due in one organization, longest due first.
    async fn due(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError>;
}

/// An event that one worker may deliver, until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The event.
    pub event: Event,
    /// Proves the claim; a later claim has another.
    pub token: i64,
    /// How often delivery was tried before.
    pub attempts: i64,
}

/// How a delivery ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// The receiver has it.
    Done,
    /// To be tried again.
    Again {
        /// Not before.
        at: Timestamp,
    },
    /// Given up; kept for a person to look at.
    Dead,
}

/// Events on their way out.
#[async_trait]
pub trait Outbox {
    /// Claims up to `limit` deliverable events of one organization, oldest first. An event is
    /// deliverable when its time has come and nobody holds an unexpired claim on it.
    async fn claim_events(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        lease_until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Claim>, StoreError>;

    /// Ends a claim. False when the claim was lost to another worker; then nothing happens.
    async fn finish_event(
        &self,
        organization: OrganizationId,
        event: EventId,
        token: i64,
        delivery: Delivery,
    ) -> Result<bool, StoreError>;
}
