//! A company with a policy, an administrator, an approver and a traveler.

use nestmap_core::access::{Actor, Role};
use nestmap_core::digest::Digest;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::onboard::{Login, NewInvitation, NewPerson, SignUp};
use nestmap_core::flow::search::{AssessedOffer, AssessedOffers, NewSearch};
use nestmap_core::flow::trips::TripView;
use nestmap_core::id::{OrganizationId, PersonId};
use nestmap_core::page::PageRequest;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::policy::outcome::Level;
use nestmap_core::shopping::{HoldTerms, SearchRequest};
use nestmap_core::testing::fixture;
use nestmap_core::trip::Reason;
use nestmap_core::{Call, Currency, NestMap};

/// The policy that the examples show.
pub fn travel_policy() -> PolicyDocument {
    let text = include_str!("../../../examples/policies/travel.json");
    PolicyDocument::parse_json(text).expect("the policy of the examples is well-formed")
}

/// A company that is ready to travel.
pub struct Company {
    pub id: OrganizationId,
    pub admin: Call,
    pub approver: Call,
    pub traveler: Call,
}

impl Company {
    /// Signs up, publishes the travel policy, invites an approver and adds a traveler who reports
    /// to them.
    pub async fn found(nestmap: &NestMap, name: &str) -> Self {
        let domain = format!("{}.example.com", name.to_lowercase());
        let founder = SignUp {
            organization: name.into(),
            country: fixture::parse("DE"),
            currency: Currency::parse("EUR").expect("a currency"),
            name: "Rosa Boss".into(),
            email: format!("rosa@{domain}"),
            login: Some(Login::New { password_hash: "$argon2id$…".into() }),
        };
        let signed_up = nestmap.sign_up(founder, None, None).await.expect("a company signs up");
        let id = signed_up.organization;
        let admin = Self::call(nestmap, id, signed_up.person).await;

        let draft = nestmap.draft_policy(&admin, travel_policy()).await.expect("a policy is kept");
        let published = nestmap.publish_policy(&admin, draft.value.id, Some(draft.version)).await;
        published.expect("a draft is published");

        let secret = Digest::of("secret", &domain);
        let invitation = NewInvitation {
            email: format!("max@{domain}"),
            name: "Max Manager".into(),
            roles: [Role::Approver].into(),
            manager: None,
        };
        let invited = nestmap.invite(&admin, invitation, secret).await.expect("an invitation");
        let joined = nestmap.accept_invitation(id, invited.value.id, secret, None, None).await;
        let approver = joined.expect("an invitation is taken up").person;

        let traveler = NewPerson {
            email: format!("ana@{domain}"),
            name: "Ana Silva".into(),
            roles: [Role::Member].into(),
            manager: Some(approver),
            profile: Default::default(),
        };
        let traveler = nestmap.add_person(&admin, traveler).await.expect("a person joins").value.id;
        let company = Self {
            id,
            admin,
            approver: Self::call(nestmap, id, approver).await,
            traveler: Self::call(nestmap, id, traveler).await,
        };
        let profile = fixture::profile("Ana", "Silva");
        let saved = nestmap.update_profile(&company.traveler, traveler, profile, None).await;
        saved.expect("a traveler completes the profile");
        company
    }

    async fn call(nestmap: &NestMap, id: OrganizationId, person: PersonId) -> Call {
        Call::by(nestmap.actor(id, person).await.expect("the person belongs to the company"))
    }

    pub fn admin_id(&self) -> PersonId {
        self.admin.actor.person_id().expect("an administrator is a person")
    }

    /// The administrator with every role there is.
    pub fn all_powerful(&self) -> Call {
        Call::by(Actor::person(self.id, self.admin_id(), Role::ALL.into()))
    }

    pub fn traveler_id(&self) -> PersonId {
        self.traveler.actor.person_id().expect("a traveler is a person")
    }

    pub fn approver_id(&self) -> PersonId {
        self.approver.actor.person_id().expect("an approver is a person")
    }

    /// Takes the policies in force out of it and publishes another.
    pub async fn adopt(&self, nestmap: &NestMap, document: PolicyDocument) {
        let policies = nestmap.policies(&self.admin, PageRequest::first()).await;
        let policies = policies.expect("policies").items.into_iter();
        for policy in policies.filter(|policy| policy.value.state.is_published()) {
            let retired = nestmap.retire_policy(&self.admin, policy.value.id, None).await;
            retired.expect("a published policy is retired");
        }
        let draft = nestmap.draft_policy(&self.admin, document).await.expect("a policy is kept");
        let published = nestmap.publish_policy(&self.admin, draft.value.id, None).await;
        published.expect("a draft is published");
    }

    /// The traveler searches for themselves.
    pub async fn search(&self, nestmap: &NestMap, request: SearchRequest) -> AssessedOffers {
        let new = NewSearch { traveler: self.traveler_id(), request };
        nestmap.search(&self.traveler, new).await.expect("a search brings offers")
    }

    /// The traveler drafts a trip of one offer.
    pub async fn draft(
        &self,
        nestmap: &NestMap,
        found: &AssessedOffers,
        chosen: &AssessedOffer,
        reason: Option<&str>,
    ) -> TripView {
        let new = self.new_trip(found, chosen, reason);
        nestmap.draft_trip(&self.traveler, new).await.expect("a trip is drafted")
    }

    pub fn new_trip(
        &self,
        found: &AssessedOffers,
        chosen: &AssessedOffer,
        reason: Option<&str>,
    ) -> NewTrip {
        NewTrip {
            title: "Kick-off in New York".into(),
            purpose: Some("client".into()),
            travelers: vec![self.traveler_id()],
            items: vec![NewItem::Flight { offer_set: found.id, offer: chosen.offer.id }],
            reason: reason.map(|code| Reason { code: code.into(), text: None }),
        }
    }

    /// A trip within the policy, submitted.
    pub async fn compliant_trip(&self, nestmap: &NestMap, request: SearchRequest) -> TripView {
        let found = self.search(nestmap, request).await;
        let drafted = self.draft(nestmap, &found, compliant(&found), None).await;
        let id = drafted.trip.value.id;
        let version = drafted.trip.version;
        nestmap.submit_trip(&self.traveler, id, Some(version)).await.expect("it is submitted")
    }

    /// A trip that somebody has to approve, submitted, its seats not held yet.
    pub async fn trip_to_approve(&self, nestmap: &NestMap, request: SearchRequest) -> TripView {
        let found = self.search(nestmap, request).await;
        let chosen = to_approve(&found);
        let drafted = self.draft(nestmap, &found, chosen, Some("client_meeting")).await;
        let id = drafted.trip.value.id;
        nestmap.submit_trip(&self.traveler, id, None).await.expect("it is submitted")
    }
}

/// The cheapest offer that needs nobody.
pub fn compliant(found: &AssessedOffers) -> &AssessedOffer {
    let fits = |offer: &&AssessedOffer| offer.assessment.level() <= Level::Warn;
    found.offers.iter().find(fits).expect("an offer within the policy")
}

/// The cheapest offer that somebody has to approve and that can be held.
pub fn to_approve(found: &AssessedOffers) -> &AssessedOffer {
    let fits = |offer: &&AssessedOffer| {
        offer.assessment.level() == Level::Approve && offer.offer.flight.hold != HoldTerms::None
    };
    found.offers.iter().find(fits).expect("an offer outside the policy that can be held")
}
