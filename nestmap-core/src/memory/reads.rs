//! The reads, each a look through one map.

use async_trait::async_trait;

use super::{MemoryStore, Table};
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
    ApprovalReads, AuditReads, Claim, Delivery, Due, IdempotencyKey, IdentityReads, Membership,
    OrderReads, OrganizationReads, Outbox, PeopleReads, PolicyReads, ShoppingReads, StoreError,
    Stored, StoredReply, TripFilter, TripReads, WorkReads,
};
use crate::shopping::OfferSet;
use crate::time::Timestamp;
use crate::trip::Trip;

/// The things of one organization, oldest first.
fn of<Id: Ord, T>(
    table: &Table<Id, T>,
    organization: OrganizationId,
) -> impl DoubleEndedIterator<Item = &Stored<T>> {
    table.iter().filter(move |(key, _)| key.0 == organization).map(|(_, stored)| stored)
}

fn count(limit: i64) -> usize {
    usize::try_from(limit).unwrap_or(0)
}

/// A page of things that stand newest first.
fn page<T, C: Ord>(
    newest_first: impl Iterator<Item = T>,
    request: PageRequest<C>,
    key: impl Fn(&T) -> C,
) -> Page<T, C> {
    let after = |item: &T| request.after.as_ref().is_none_or(|last| key(item) < *last);
    let items = newest_first.filter(after).take(count(request.limit.saturating_add(1))).collect();
    Page::cut(items, request.limit, &key)
}

#[async_trait]
impl OrganizationReads for MemoryStore {
    async fn organization(&self, organization: OrganizationId) -> Found<Organization> {
        Ok(self.lock().organizations.get(&organization).cloned())
    }

    async fn reply(
        &self,
        organization: OrganizationId,
        scope: &str,
        key: &IdempotencyKey,
    ) -> Result<Option<StoredReply>, StoreError> {
        Ok(self.lock().replies.get(&(organization, scope.to_owned(), key.clone())).cloned())
    }
}

#[async_trait]
impl PeopleReads for MemoryStore {
    async fn person(&self, organization: OrganizationId, id: PersonId) -> Found<Person> {
        Ok(self.lock().people.get(&(organization, id)).cloned())
    }

    async fn person_by_email(&self, organization: OrganizationId, email: &str) -> Found<Person> {
        Ok(of(&self.lock().people, organization).find(|p| p.value.email == email).cloned())
    }

    async fn people(
        &self,
        organization: OrganizationId,
        request: PageRequest<PersonId>,
    ) -> Listed<Person, PersonId> {
        let state = self.lock();
        Ok(page(of(&state.people, organization).rev().cloned(), request, |p| p.value.id))
    }

    async fn people_with_roles(
        &self,
        organization: OrganizationId,
        roles: &[Role],
    ) -> Result<Vec<Stored<Person>>, StoreError> {
        let wanted = |person: &&Stored<Person>| {
            person.value.is_active() && roles.iter().any(|role| person.value.roles.contains(role))
        };
        Ok(of(&self.lock().people, organization).filter(wanted).take(1_000).cloned().collect())
    }

    async fn invitation(
        &self,
        organization: OrganizationId,
        id: InvitationId,
    ) -> Found<Invitation> {
        Ok(self.lock().invitations.get(&(organization, id)).cloned())
    }
}

#[async_trait]
impl IdentityReads for MemoryStore {
    async fn identity_by_email(&self, email: &str) -> Found<Identity> {
        Ok(self.lock().identities.values().find(|i| i.value.email == email).cloned())
    }

    async fn memberships(&self, identity: IdentityId) -> Result<Vec<Membership>, StoreError> {
        let state = self.lock();
        let people = state.people.iter().filter(|(_, p)| p.value.identity == Some(identity));
        Ok(people.map(|(key, _)| Membership { organization: key.0, person: key.1 }).collect())
    }

    async fn session(&self, organization: OrganizationId, id: SessionId) -> Found<Session> {
        Ok(self.lock().sessions.get(&(organization, id)).cloned())
    }

    async fn sessions(
        &self,
        organization: OrganizationId,
        person: PersonId,
        request: PageRequest<SessionId>,
    ) -> Listed<Session, SessionId> {
        let state = self.lock();
        let theirs = |session: &&Stored<Session>| session.value.person == person;
        let sessions = of(&state.sessions, organization).rev().filter(theirs).cloned();
        Ok(page(sessions, request, |session| session.value.id))
    }
}

#[async_trait]
impl PolicyReads for MemoryStore {
    async fn policy(&self, organization: OrganizationId, id: PolicyId) -> Found<Policy> {
        Ok(self.lock().policies.get(&(organization, id)).cloned())
    }

    async fn policies(
        &self,
        organization: OrganizationId,
        request: PageRequest<PolicyId>,
    ) -> Listed<Policy, PolicyId> {
        let state = self.lock();
        Ok(page(of(&state.policies, organization).rev().cloned(), request, |p| p.value.id))
    }

    async fn published_policies(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Stored<Policy>>, StoreError> {
        let state = self.lock();
        let policies = of(&state.policies, organization);
        Ok(policies.filter(|policy| policy.value.state.is_published()).cloned().collect())
    }

    async fn living_policies(&self, organization: OrganizationId) -> Result<i64, StoreError> {
        let state = self.lock();
        let policies = of(&state.policies, organization);
        let living = policies.filter(|policy| !policy.value.state.is_retired()).count();
        Ok(i64::try_from(living).unwrap_or(i64::MAX))
    }
}

#[async_trait]
impl ShoppingReads for MemoryStore {
    async fn offer_set(&self, organization: OrganizationId, id: OfferSetId) -> Found<OfferSet> {
        Ok(self.lock().offer_sets.get(&(organization, id)).cloned())
    }
}

#[async_trait]
impl TripReads for MemoryStore {
    async fn trip(&self, organization: OrganizationId, id: TripId) -> Found<Trip> {
        Ok(self.lock().trips.get(&(organization, id)).cloned())
    }

    async fn trips(
        &self,
        organization: OrganizationId,
        filter: TripFilter,
        request: PageRequest<TripId>,
    ) -> Listed<Trip, TripId> {
        let state = self.lock();
        let concerns = |trip: &&Stored<Trip>| {
            filter.person.is_none_or(|person| trip.value.people().contains(&person))
        };
        let trips = of(&state.trips, organization).rev().filter(concerns).cloned();
        Ok(page(trips, request, |trip| trip.value.id))
    }
}

#[async_trait]
impl ApprovalReads for MemoryStore {
    async fn approval(&self, organization: OrganizationId, id: ApprovalId) -> Found<Approval> {
        Ok(self.lock().approvals.get(&(organization, id)).cloned())
    }

    async fn approvals_of_trip(
        &self,
        organization: OrganizationId,
        trip: TripId,
    ) -> Result<Vec<Stored<Approval>>, StoreError> {
        let state = self.lock();
        Ok(of(&state.approvals, organization).filter(|a| a.value.trip == trip).cloned().collect())
    }

    async fn approvals_waiting_for(
        &self,
        organization: OrganizationId,
        approver: PersonId,
        request: PageRequest<ApprovalId>,
    ) -> Listed<Approval, ApprovalId> {
        let state = self.lock();
        let waits = |approval: &&Stored<Approval>| {
            approval.value.is_pending() && approval.value.approvers().any(|id| id == approver)
        };
        let approvals = of(&state.approvals, organization).rev().filter(waits).cloned();
        Ok(page(approvals, request, |approval| approval.value.id))
    }
}

#[async_trait]
impl OrderReads for MemoryStore {
    async fn order(&self, organization: OrganizationId, id: OrderId) -> Found<Order> {
        Ok(self.lock().orders.get(&(organization, id)).cloned())
    }

    async fn orders_of_trips(
        &self,
        organization: OrganizationId,
        trips: &[TripId],
    ) -> Result<Vec<Stored<Order>>, StoreError> {
        let wanted = |order: &&Stored<Order>| trips.contains(&order.value.trip);
        Ok(of(&self.lock().orders, organization).filter(wanted).cloned().collect())
    }

    async fn orders_needing_person(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Stored<Order>>, StoreError> {
        let waits = |order: &&Stored<Order>| order.value.needs_person_since().is_some();
        Ok(of(&self.lock().orders, organization).filter(waits).take(100).cloned().collect())
    }

    async fn transfers(
        &self,
        organization: OrganizationId,
        order: OrderId,
    ) -> Result<Vec<Transfer>, StoreError> {
        let state = self.lock();
        let transfers = state.transfers.iter().filter(|(key, _)| key.0 == organization);
        Ok(transfers.map(|(_, t)| t).filter(|t| t.order == order).cloned().collect())
    }
}

#[async_trait]
impl AuditReads for MemoryStore {
    async fn audit(
        &self,
        organization: OrganizationId,
        subject: Option<&Subject>,
        request: PageRequest<AuditId>,
    ) -> Result<Page<AuditRecord, AuditId>, StoreError> {
        let state = self.lock();
        let lines = state.audit.iter().rev().filter(|(key, _)| key.0 == organization);
        let about = |line: &&AuditRecord| subject.is_none_or(|subject| line.subject == *subject);
        Ok(page(lines.map(|(_, line)| line).filter(about).cloned(), request, |line| line.id))
    }
}

#[async_trait]
impl WorkReads for MemoryStore {
    async fn organizations_with_work(
        &self,
        now: Timestamp,
        after: Option<OrganizationId>,
        limit: i64,
    ) -> Result<Vec<OrganizationId>, StoreError> {
        let state = self.lock();
        let things = state.due(now).map(|(organization, _, _)| organization);
        let events = state.events.iter().filter(|(_, outgoing)| outgoing.is_deliverable(now));
        let mut found: Vec<_> = things.chain(events.map(|(key, _)| key.0)).collect();
        found.retain(|organization| after.is_none_or(|after| *organization > after));
        found.sort();
        found.dedup();
        found.truncate(count(limit));
        Ok(found)
    }

    async fn due(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Due>, StoreError> {
        let state = self.lock();
        let mine = state.due(now).filter(|(owner, _, _)| *owner == organization);
        let mut due: Vec<_> = mine.map(|(_, at, thing)| (at, thing)).collect();
        due.sort();
        Ok(due.into_iter().map(|(_, thing)| thing).take(count(limit)).collect())
    }
}

impl super::State {
    /// Everything due in every organization, and since when.
    fn due(
        &self,
        now: Timestamp,
    ) -> impl Iterator<Item = (OrganizationId, Timestamp, Due)> + use<'_> {
        let orders = self.orders.iter().filter_map(|(key, order)| {
            order.value.next().map(|(at, _)| (key.0, at, Due::Order(key.1)))
        });
        let approvals = self.approvals.iter().filter_map(|(key, approval)| {
            approval.value.due_at().map(|at| (key.0, at, Due::Approval(key.1)))
        });
        orders.chain(approvals).filter(move |(_, at, _)| *at <= now)
    }
}

#[async_trait]
impl Outbox for MemoryStore {
    async fn claim_events(
        &self,
        organization: OrganizationId,
        now: Timestamp,
        lease_until: Timestamp,
        limit: i64,
    ) -> Result<Vec<Claim>, StoreError> {
        let mut state = self.lock();
        let deliverable = state
            .events
            .iter_mut()
            .filter(|(key, outgoing)| key.0 == organization && outgoing.is_deliverable(now))
            .take(count(limit));
        Ok(deliverable
            .map(|(_, outgoing)| {
                let attempts = outgoing.token;
                outgoing.token += 1;
                outgoing.claimed_until = Some(lease_until);
                Claim { event: outgoing.event.clone(), token: outgoing.token, attempts }
            })
            .collect())
    }

    async fn finish_event(
        &self,
        organization: OrganizationId,
        event: EventId,
        token: i64,
        delivery: Delivery,
    ) -> Result<bool, StoreError> {
        let mut state = self.lock();
        let Some(outgoing) = state.events.get_mut(&(organization, event)) else {
            return Ok(false);
        };
        if outgoing.token != token || outgoing.claimed_until.is_none() {
            return Ok(false);
        }
        outgoing.claimed_until = None;
        outgoing.available_at = match delivery {
            Delivery::Again { at } => Some(at),
            Delivery::Done | Delivery::Dead => None,
        };
        Ok(true)
    }
}
