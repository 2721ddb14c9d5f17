//! One of everything, for cases that are about all kinds of things.

use super::fixture::Fixture;
use crate::approval::Approval;
use crate::audit::AuditRecord;
use crate::event::{Event, Subject, SubjectKind};
use crate::ledger::{Leg, Transfer};
use crate::order::Order;
use crate::organization::Organization;
use crate::people::{Identity, Invitation, Person, Session};
use crate::policy::Policy;
use crate::port::store::{Change, Commit, Key, Store, Stored, Write};
use crate::shopping::OfferSet;
use crate::trip::Trip;

/// One of everything.
#[derive(Clone, Debug, PartialEq)]
#[expect(missing_docs, reason = "each field is named like its type")]
pub struct Everything {
    pub organization: Organization,
    pub identity: Identity,
    pub person: Person,
    pub invitation: Invitation,
    pub session: Session,
    pub policy: Policy,
    pub offer_set: OfferSet,
    pub trip: Trip,
    pub approval: Approval,
    pub order: Order,
    pub transfer: Transfer,
    pub event: Event,
    pub audit: AuditRecord,
}

impl Everything {
    /// One of everything, of one organization.
    pub fn of(fixture: &Fixture) -> Self {
        let identity = fixture.identity();
        let person = Person { identity: Some(identity.id), ..fixture.person() };
        let trip = fixture.trip(person.id);
        let order = fixture.booked(fixture.order(&trip), "ord_everything");
        let subject = Subject::new(SubjectKind::Trip, trip.id);
        Self {
            organization: fixture.organization(),
            invitation: fixture.invitation(person.id),
            session: fixture.session(person.id, identity.id),
            policy: fixture.policy(person.id),
            offer_set: fixture.offer_set(person.id),
            approval: fixture.approval(&trip, &[person.id]),
            transfer: fixture.transfer(&order, Leg::Payment),
            event: fixture.event(&subject),
            audit: fixture.audit_record(&subject, person.id),
            identity,
            person,
            trip,
            order,
        }
    }

    /// The same things with the same ids as if they were of the organization of `fixture`; the
    /// login alone is another, because logins belong to no organization.
    pub fn moved_to(&self, fixture: &Fixture) -> Self {
        let organization = fixture.organization;
        let identity = fixture.identity();
        Self {
            organization: fixture.organization(),
            person: Person {
                organization,
                identity: Some(identity.id),
                name: "Theirs".into(),
                ..self.person.clone()
            },
            invitation: Invitation { organization, ..self.invitation.clone() },
            session: Session { organization, identity: identity.id, ..self.session.clone() },
            policy: Policy { organization, ..self.policy.clone() },
            offer_set: OfferSet { organization, ..self.offer_set.clone() },
            trip: Trip { organization, title: "Theirs".into(), ..self.trip.clone() },
            approval: Approval { organization, ..self.approval.clone() },
            order: Order { organization, ..self.order.clone() },
            transfer: Transfer { organization, ..self.transfer.clone() },
            event: Event { organization, ..self.event.clone() },
            audit: AuditRecord { organization, ..self.audit.clone() },
            identity,
        }
    }

    /// Inserts of everything that has a version, the organization left out.
    pub fn inserts(&self) -> Vec<Change> {
        vec![
            Change::Identity(Write::Insert(self.identity.clone())),
            Change::Person(Write::Insert(self.person.clone())),
            Change::Invitation(Write::Insert(self.invitation.clone())),
            Change::Session(Write::Insert(self.session.clone())),
            Change::Policy(Write::Insert(self.policy.clone())),
            Change::OfferSet(Write::Insert(self.offer_set.clone())),
            Change::Trip(Write::Insert(self.trip.clone())),
            Change::Approval(Write::Insert(self.approval.clone())),
            Change::Order(Write::Insert(self.order.clone())),
        ]
    }

    /// Updates of everything that has a version, each from `version`.
    pub fn updates(&self, version: i64) -> Vec<Change> {
        vec![
            Change::Organization(Write::Update(self.organization.clone(), version)),
            Change::Identity(Write::Update(self.identity.clone(), version)),
            Change::Person(Write::Update(self.person.clone(), version)),
            Change::Invitation(Write::Update(self.invitation.clone(), version)),
            Change::Session(Write::Update(self.session.clone(), version)),
            Change::Policy(Write::Update(self.policy.clone(), version)),
            Change::OfferSet(Write::Update(self.offer_set.clone(), version)),
            Change::Trip(Write::Update(self.trip.clone(), version)),
            Change::Approval(Write::Update(self.approval.clone(), version)),
            Change::Order(Write::Update(self.order.clone(), version)),
        ]
    }

    /// The key of everything that has a version.
    pub fn keys(&self) -> Vec<Key> {
        self.updates(1).iter().map(Change::key).collect()
    }

    /// A commit of everything into a signed-up organization.
    pub fn commit(&self, fixture: &Fixture) -> Commit {
        Commit {
            changes: self.inserts(),
            transfers: vec![self.transfer.clone()],
            events: vec![self.event.clone()],
            audit: vec![self.audit.clone()],
            ..fixture.commit()
        }
    }

    /// Asserts that the store gives back exactly this, each thing at `version`.
    pub async fn assert_stored(&self, store: &dyn Store, fixture: &Fixture, version: i64) {
        fn at<T: Clone>(value: &T, version: i64) -> Option<Stored<T>> {
            Some(Stored { value: value.clone(), version })
        }
        let organization = fixture.organization;
        let v = version;
        assert_eq!(store.organization(organization).await.unwrap(), at(&self.organization, v));
        let identity = store.identity_by_email(&self.identity.email).await.unwrap();
        assert_eq!(identity, at(&self.identity, v));
        let person = store.person(organization, self.person.id).await.unwrap();
        assert_eq!(person, at(&self.person, v));
        let invitation = store.invitation(organization, self.invitation.id).await.unwrap();
        assert_eq!(invitation, at(&self.invitation, v));
        let session = store.session(organization, self.session.id).await.unwrap();
        assert_eq!(session, at(&self.session, v));
        let policy = store.policy(organization, self.policy.id).await.unwrap();
        assert_eq!(policy, at(&self.policy, v));
        let offer_set = store.offer_set(organization, self.offer_set.id).await.unwrap();
        assert_eq!(offer_set, at(&self.offer_set, v));
        let trip = store.trip(organization, self.trip.id).await.unwrap();
        assert_eq!(trip, at(&self.trip, v));
        let approval = store.approval(organization, self.approval.id).await.unwrap();
        assert_eq!(approval, at(&self.approval, v));
        let order = store.order(organization, self.order.id).await.unwrap();
        assert_eq!(order, at(&self.order, v));
        let transfers = store.transfers(organization, self.order.id).await.unwrap();
        assert_eq!(transfers.as_slice(), std::slice::from_ref(&self.transfer));
        let page = crate::page::PageRequest::first();
        let audit = store.audit(organization, Some(&self.audit.subject), page).await.unwrap();
        assert_eq!(audit.items.as_slice(), std::slice::from_ref(&self.audit));
    }
}
