//! A company signs up, publishes its policy and invites its people.

use nestmap_core::Call;
use nestmap_core::access::Role;
use nestmap_core::digest::Digest;
use nestmap_core::error::Code;
use nestmap_core::flow::onboard::{NewInvitation, SignUp};
use nestmap_core::id::{OrganizationId, PersonId};
use nestmap_core::page::PageRequest;
use nestmap_core::people::{Gender, Title, TravelDocument, TravelerProfile};
use nestmap_core::policy::document::Problem;
use nestmap_core::policy::{PolicyDocument, PolicyState};

use super::Stop;
use super::stage::Stage;
use crate::command::when;

const POLICY: &str = include_str!("policy.json");

/// The company with the people of the story, each as somebody who calls.
pub(super) struct Company {
    pub(super) organization: OrganizationId,
    /// Ana Keller, who administers.
    pub(super) ana: Call,
    /// Ben Okafor, who approves.
    pub(super) ben: Call,
    /// Chloe Marin, who travels; she may approve, too, but not for herself.
    pub(super) chloe: Call,
    /// Chloe, as a traveler.
    pub(super) traveler: PersonId,
}

pub(super) async fn founded(stage: &mut Stage) -> Result<Company, Stop> {
    stage.chapter("A company signs up, publishes a policy and invites its people")?;
    let (organization, ana) =
        signed_up(stage, "Rhein Robotics", "Ana Keller", "ana@rhein-robotics.example").await?;
    stage.tell(
        "Ana Keller signs Rhein Robotics up. It is established in Germany and counts in euros.",
    )?;
    let rules = publish(stage, &ana).await?;
    stage.tell(&format!("She publishes the company's policy of {rules} rules."))?;

    let roles = [Role::Approver].into();
    let ben = joined(stage, &ana, "Ben Okafor", "ben@rhein-robotics.example", roles, None).await?;
    let ben_id = ben.actor.need_person()?;
    let roles = [Role::Member, Role::Approver].into();
    let chloe =
        joined(stage, &ana, "Chloe Marin", "chloe@rhein-robotics.example", roles, Some(ben_id))
            .await?;
    let traveler = chloe.actor.need_person()?;
    stage.nestmap().update_profile(&chloe, traveler, passport_holder(), None).await?;
    stage.tell(
        "Ben Okafor and Chloe Marin are invited and join. Chloe travels and reports to Ben; both \
         may approve trips.",
    )?;

    let company = Company { organization, ana, ben, chloe, traveler };
    check(stage, &company, ben_id).await?;
    Ok(company)
}

/// Signs an organization up; answers it and its administrator.
pub(super) async fn signed_up(
    stage: &mut Stage,
    organization: &str,
    name: &str,
    email: &str,
) -> Result<(OrganizationId, Call), Stop> {
    let sign_up = SignUp {
        organization: organization.to_owned(),
        country: "DE".parse()?,
        currency: nestmap_core::Currency::parse("EUR")?,
        name: name.to_owned(),
        email: email.to_owned(),
        login: None,
    };
    let nestmap = stage.nestmap();
    let made = nestmap.sign_up(sign_up, None, None).await?;
    stage.clock.advance_seconds(60);
    Ok((made.organization, Call::by(nestmap.actor(made.organization, made.person).await?)))
}

async fn publish(stage: &mut Stage, ana: &Call) -> Result<usize, Stop> {
    let document =
        PolicyDocument::parse_json(POLICY).map_err(|problems| Problem::error(&problems))?;
    let rules = document.rules.len();
    let nestmap = stage.nestmap();
    let draft = nestmap.draft_policy(ana, document).await?;
    nestmap.publish_policy(ana, draft.value.id, Some(draft.version)).await?;
    stage.clock.advance_seconds(120);
    Ok(rules)
}

/// Invites somebody, who joins with the secret of the invitation's link.
async fn joined(
    stage: &mut Stage,
    ana: &Call,
    name: &str,
    email: &str,
    roles: std::collections::BTreeSet<Role>,
    manager: Option<PersonId>,
) -> Result<Call, Stop> {
    let nestmap = stage.nestmap();
    let organization = ana.actor.organization;
    let secret = Digest::of("demo.invitation", &email);
    let new = NewInvitation { email: email.to_owned(), name: name.to_owned(), roles, manager };
    let invitation = nestmap.invite(ana, new, secret).await?.value.id;
    stage.clock.advance_seconds(180);
    let guessed = Digest::of("demo.invitation", &"a guess");
    let refused = nestmap.accept_invitation(organization, invitation, guessed, None, None).await;
    let made = nestmap.accept_invitation(organization, invitation, secret, None, None).await?;
    let again = nestmap.accept_invitation(organization, invitation, secret, None, None).await;
    let first = name.split(' ').next().unwrap_or(name);
    let code = Code::InvitationInvalid;
    stage.claim_refused(&format!("{first}'s invitation can't be guessed"), refused, code)?;
    stage.claim_refused(&format!("{first}'s invitation can't be used twice"), again, code)?;
    Ok(Call::by(nestmap.actor(organization, made.person).await?))
}

/// What airlines ask of a traveler.
fn passport_holder() -> TravelerProfile {
    TravelerProfile {
        given_name: Some("Chloe".into()),
        family_name: Some("Marin".into()),
        title: Some(Title::Ms),
        gender: Some(Gender::Female),
        born_on: "1991-04-23".parse().ok(),
        phone: Some("+4989123456".into()),
        document: "DE".parse().ok().zip("2031-08-31".parse().ok()).map(
            |(issued_by, expires_on)| TravelDocument {
                number: "C01X00T47".into(),
                issued_by,
                expires_on,
            },
        ),
    }
}

async fn check(stage: &mut Stage, company: &Company, ben: PersonId) -> Result<(), Stop> {
    let store = stage.store();
    let people = store.people(company.organization, PageRequest::first()).await?.items;
    let names: Vec<_> = people.iter().rev().map(|person| person.value.name.as_str()).collect();
    stage.claim_eq(
        "three people belong to the company",
        &names,
        &vec!["Ana Keller", "Ben Okafor", "Chloe Marin"],
    )?;
    let chloe = people.iter().find(|person| person.value.id == company.traveler);
    let manager = chloe.and_then(|chloe| chloe.value.manager);
    stage.claim_eq("Chloe reports to Ben", &manager, &Some(ben))?;
    let policies = store.policies(company.organization, PageRequest::first()).await?.items;
    let state = policies.first().map(|policy| policy.value.state);
    let published = matches!(state, Some(PolicyState::Published { .. }));
    let day = when::instant(stage.now());
    stage.claim(
        &format!("one policy is in force on {day}"),
        published && policies.len() == 1,
        &policies.len(),
    )
}
