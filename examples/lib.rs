//! What several examples start from: a company with a policy, a manager and a traveler.

use nestmap_core::access::Role;
use nestmap_core::flow::onboard::{NewPerson, SignUp};
use nestmap_core::id::{OrganizationId, PersonId};
use nestmap_core::people::TravelerProfile;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::policy::document::Problem;
use nestmap_core::{Call, Currency, NestMap, Result};

/// The travel policy in `policies/travel.json`.
pub fn travel_policy() -> Result<PolicyDocument> {
    PolicyDocument::parse_json(include_str!("policies/travel.json"))
        .map_err(|problems| Problem::error(&problems))
}

/// A company that is ready to travel.
#[derive(Clone, Debug)]
pub struct Acme {
    /// The company.
    pub id: OrganizationId,
    /// Who signed up.
    pub admin: Call,
    /// Who approves.
    pub manager: Call,
    /// Who travels, and reports to the manager.
    pub traveler: Call,
}

impl Acme {
    /// Signs a company up, publishes the travel policy, adds a manager and a traveler.
    pub async fn found(nestmap: &NestMap) -> Result<Self> {
        let founder = SignUp {
            organization: "Acme".into(),
            country: "DE".parse()?,
            currency: Currency::parse("EUR")?,
            name: "Rosa Boss".into(),
            email: "rosa@acme.example".into(),
            login: None,
        };
        let signed_up = nestmap.sign_up(founder, None, None).await?;
        let id = signed_up.organization;
        let admin = Call::by(nestmap.actor(id, signed_up.person).await?);
        let draft = nestmap.draft_policy(&admin, travel_policy()?).await?;
        nestmap.publish_policy(&admin, draft.value.id, Some(draft.version)).await?;

        let manager = person("max@acme.example", "Max Manager", Role::Approver, None);
        let manager = nestmap.add_person(&admin, manager).await?.value.id;
        let traveler = person("ana@acme.example", "Ana Silva", Role::Member, Some(manager));
        let traveler = nestmap.add_person(&admin, traveler).await?.value.id;
        Ok(Self {
            id,
            admin,
            manager: Call::by(nestmap.actor(id, manager).await?),
            traveler: Call::by(nestmap.actor(id, traveler).await?),
        })
    }
}

fn person(email: &str, name: &str, role: Role, manager: Option<PersonId>) -> NewPerson {
    NewPerson {
        email: email.into(),
        name: name.into(),
        roles: [role].into(),
        manager,
        profile: profile(name),
    }
}

/// What airlines ask for.
fn profile(name: &str) -> TravelerProfile {
    let (given, family) = name.split_once(' ').unwrap_or((name, ""));
    TravelerProfile {
        given_name: Some(given.into()),
        family_name: Some(family.into()),
        ..nestmap_core::testing::fixture::profile("", "")
    }
}
