//! Valid values: an organization, its people, a policy, a trip and what comes of it.
//!
//! A fixture belongs to one organization. Ids count upwards in time, so what is made later sorts
//! later; two fixtures of different organizations never make the same id.

mod travel;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicI64, Ordering};

use crate::access::{Role, Who};
use crate::audit::AuditRecord;
use crate::digest::Digest;
use crate::event::{Event, Subject, SubjectKind};
use crate::id::{
    AuditId, EventId, IdEntropy, IdentityId, InvitationId, OrganizationId, PersonId, PolicyId,
    SessionId,
};
use crate::money::{Currency, Money};
use crate::organization::Organization;
use crate::people::invitation::InvitationState;
use crate::people::session::SessionState;
use crate::people::traveler::{Gender, Title, TravelDocument, TravelerProfile};
use crate::people::{Identity, Invitation, Person, Session};
use crate::place::Country;
use crate::policy::{Policy, PolicyDocument};
use crate::port::store::{Change, Commit, IdempotencyKey, Once, Write};
use crate::time::Timestamp;

/// Makes valid values of one organization.
#[derive(Debug)]
pub struct Fixture {
    /// The organization.
    pub organization: OrganizationId,
    made: AtomicI64,
}

/// An amount in euros, such as `eur("12.50")`.
pub fn eur(amount: &str) -> Money {
    Money::parse(amount, "EUR").unwrap()
}

impl Fixture {
    /// Values of that organization.
    pub fn new(organization: OrganizationId) -> Self {
        Self { organization, made: AtomicI64::new(0) }
    }

    /// Monday, 2 March 2026, 09:30 UTC and some microseconds: the present of every fixture.
    pub fn now() -> Timestamp {
        "2026-03-02T09:30:00.123456Z".parse().unwrap()
    }

    /// Where the next id comes from: its time and entropy.
    pub fn draw(&self) -> (Timestamp, IdEntropy) {
        let n = self.made.fetch_add(1, Ordering::Relaxed);
        let at = Timestamp::from_micros(Self::now().micros() + n * 1_000).unwrap();
        let digest = Digest::of("fixture", &(self.organization, n)).bytes();
        let mut entropy = IdEntropy::default();
        entropy.copy_from_slice(&digest[..10]);
        (at, entropy)
    }

    /// The organization itself.
    pub fn organization(&self) -> Organization {
        Organization {
            id: self.organization,
            name: "Hafenkran AG".into(),
            country: Country::parse("DE").unwrap(),
            currency: Currency::parse("EUR").unwrap(),
            created_at: Self::now(),
        }
    }

    /// A login with an address nobody else has.
    pub fn identity(&self) -> Identity {
        let (at, entropy) = self.draw();
        let id = IdentityId::new(at, entropy);
        Identity {
            id,
            email: format!("{}@example.com", id.to_string().replace('_', "-")),
            password_hash: "$argon2id$v=19$m=47104,t=1,p=1$c2FsdA$aGFzaA".into(),
            created_at: Self::now(),
        }
    }

    /// A traveler with a complete profile and an address nobody else has.
    pub fn person(&self) -> Person {
        let (at, entropy) = self.draw();
        let id = PersonId::new(at, entropy);
        Person {
            id,
            organization: self.organization,
            name: "Ana Núñez".into(),
            email: format!("{}@example.com", id.to_string().replace('_', "-")),
            identity: None,
            roles: BTreeSet::from([Role::Member]),
            manager: None,
            department: Some("Sales".into()),
            grade: Some("M2".into()),
            cost_center: Some("4711".into()),
            groups: BTreeSet::from(["field".into(), "works council".into()]),
            country: Some(Country::parse("DE").unwrap()),
            profile: profile(),
            joined_at: Self::now(),
            left_at: None,
        }
    }

    /// Somebody with these roles.
    pub fn person_with(&self, roles: impl IntoIterator<Item = Role>) -> Person {
        Person { roles: roles.into_iter().collect(), ..self.person() }
    }

    /// An open invitation.
    pub fn invitation(&self, invited_by: PersonId) -> Invitation {
        let (at, entropy) = self.draw();
        Invitation {
            id: InvitationId::new(at, entropy),
            organization: self.organization,
            email: "ben@example.com".into(),
            name: "Ben".into(),
            roles: BTreeSet::from([Role::Member, Role::Approver]),
            manager: Some(invited_by),
            invited_by,
            secret: Digest::of_bytes(b"secret"),
            state: InvitationState::Open { until: Self::now().plus_hours(48) },
            created_at: Self::now(),
        }
    }

    /// A session that was refreshed once.
    pub fn session(&self, person: PersonId, identity: IdentityId) -> Session {
        let (at, entropy) = self.draw();
        Session {
            id: SessionId::new(at, entropy),
            organization: self.organization,
            person,
            identity,
            started_at: Self::now(),
            state: SessionState::Active {
                current: Digest::of_bytes(b"current"),
                previous: Some(Digest::of_bytes(b"previous")),
                rotated_at: Self::now().plus_minutes(10),
            },
        }
    }

    /// A published policy: a trip of more than 500 EUR needs approval.
    pub fn policy(&self, by: PersonId) -> Policy {
        let (at, entropy) = self.draw();
        let document = r#"{
            "schema": "nestmap.policy/1", "title": "Travel policy", "currency": "EUR",
            "rules": [{
                "id": "budget", "kind": "general.trip_budget", "outcome": "approve",
                "amount": {"amount": "500.00", "currency": "EUR"}
            }]
        }"#;
        let document = PolicyDocument::parse_json(document).unwrap();
        Policy::draft(PolicyId::new(at, entropy), self.organization, document)
            .publish(Self::now(), by)
            .unwrap()
    }

    /// Something that happened to `subject`.
    pub fn event(&self, subject: &Subject) -> Event {
        let (at, entropy) = self.draw();
        Event {
            id: EventId::new(at, entropy),
            organization: self.organization,
            subject: subject.clone(),
            sequence: 1,
            name: "trip.submitted".into(),
            at: Self::now(),
            data: serde_json::json!({"state": "submitted", "amounts": [1, 2, 3]}),
        }
    }

    /// A line about `subject` in the audit log.
    pub fn audit_record(&self, subject: &Subject, by: PersonId) -> AuditRecord {
        let (at, entropy) = self.draw();
        AuditRecord {
            id: AuditId::new(at, entropy),
            organization: self.organization,
            at: Self::now(),
            by: Who::Person { id: by, roles: BTreeSet::from([Role::Member, Role::Arranger]) },
            action: "trip.submitted".into(),
            subject: subject.clone(),
            request: Some("req-1".into()),
            details: serde_json::json!({"limit": "500.00 EUR", "why": null}),
        }
    }

    /// The organization as a subject.
    pub fn subject(&self) -> Subject {
        Subject::new(SubjectKind::Organization, self.organization)
    }

    /// An empty commit.
    pub fn commit(&self) -> Commit {
        Commit::new(self.organization, Self::now())
    }

    /// A commit of these changes.
    pub fn commit_of(&self, changes: impl IntoIterator<Item = Change>) -> Commit {
        Commit { changes: changes.into_iter().collect(), ..self.commit() }
    }

    /// A commit that signs the organization up.
    pub fn sign_up(&self) -> Commit {
        self.commit_of([Change::Organization(Write::Insert(self.organization()))])
    }

    /// What makes a commit happen once under that key.
    pub fn once(&self, key: &str) -> Once {
        Once {
            key: IdempotencyKey::parse(key).unwrap(),
            scope: "person".into(),
            fingerprint: Digest::of_bytes(key.as_bytes()),
            reply: serde_json::json!({"key": key, "nested": {"list": [1, "two", null]}}),
        }
    }
}

fn profile() -> TravelerProfile {
    TravelerProfile {
        given_name: Some("Ana".into()),
        family_name: Some("Núñez".into()),
        title: Some(Title::Ms),
        gender: Some(Gender::Female),
        born_on: Some("1984-02-29".parse().unwrap()),
        phone: Some("+4930123456".into()),
        document: Some(TravelDocument {
            number: "C01X00T47".into(),
            issued_by: Country::parse("DE").unwrap(),
            expires_on: "2031-05-31".parse().unwrap(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn fixture(n: u128) -> Fixture {
        Fixture::new(OrganizationId::from_uuid(Uuid::from_u128(n)))
    }

    #[test]
    fn what_is_made_later_sorts_later_and_organizations_share_nothing() {
        let (ours, theirs) = (fixture(1), fixture(2));
        let ids: Vec<_> = (0..50).map(|_| ours.person().id).collect();
        assert!(ids.is_sorted());
        assert!(!ids.contains(&theirs.person().id));
    }

    #[test]
    fn everything_made_is_valid() {
        let fixture = fixture(1);
        let person = fixture.person();
        fixture.organization().check().unwrap();
        person.check().unwrap();
        person.passenger(true, "2026-04-12".parse().unwrap()).unwrap();
        let offer_set = fixture.offer_set(person.id);
        offer_set.request.check(Fixture::now()).unwrap();
        fixture.trip(person.id).check().unwrap();
    }
}
