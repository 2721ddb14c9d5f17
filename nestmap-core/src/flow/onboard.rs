//! Signing up, inviting colleagues, taking an invitation up.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Call, Work, found, home};
use crate::access::{Actor, Permission, Resource, Role, may, may_grant};
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::id::{IdentityId, InvitationId, OrganizationId, PersonId};
use crate::money::Currency;
use crate::nestmap::NestMap;
use crate::organization::{Organization, check_text};
use crate::people::invitation::{INVITATION_HOURS, InvitationState};
use crate::people::{Identity, Invitation, Person, TravelerProfile, parse_email};
use crate::place::Country;
use crate::port::store::{Change, IdempotencyKey, Stored, Version, Write};
use crate::time::Timestamp;

/// A company that signs up, with its first administrator.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignUp {
    /// The organization's name.
    pub organization: String,
    /// The country it is established in.
    pub country: Country,
    /// The currency of its budgets.
    pub currency: Currency,
    /// The administrator's name.
    pub name: String,
    /// The administrator's address.
    pub email: String,
    /// How the administrator will log in; none where the host authenticates people itself.
    pub login: Option<Login>,
}

impl SignUp {
    /// Refuses what can't be signed up, without looking anything up.
    pub fn check(&self) -> Result<()> {
        check_text("organization", &self.organization, 1, 120)?;
        check_text("name", &self.name, 1, 120)?;
        parse_email(&self.email).map(drop)
    }
}

/// How somebody who joins will log in. Passwords are made into hashes and checked by the host.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    /// The address has none yet. Refused where it has one, so that nobody joins with a login whose
    /// password they didn't show.
    New {
        /// The hash of the password in PHC string format.
        password_hash: String,
    },
    /// The one the address has; the host has just checked its password.
    Known(IdentityId),
}

impl std::fmt::Debug for Login {
    /// Without the hash: logs never hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::New { .. } => f.write_str("New"),
            Self::Known(id) => f.debug_tuple("Known").field(id).finish(),
        }
    }
}

/// What signing up made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedUp {
    /// The organization.
    pub organization: OrganizationId,
    /// Its first administrator.
    pub person: PersonId,
}

/// A colleague to invite.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewInvitation {
    /// The colleague's address.
    pub email: String,
    /// The colleague's name.
    pub name: String,
    /// What the colleague may do.
    pub roles: BTreeSet<Role>,
    /// Whom the colleague reports to.
    #[serde(default)]
    pub manager: Option<PersonId>,
}

/// A person to add without an invitation, for hosts that authenticate people themselves.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// What the person may do.
    pub roles: BTreeSet<Role>,
    /// Whom the person reports to.
    #[serde(default)]
    pub manager: Option<PersonId>,
    /// What is known of the person as a traveler.
    #[serde(default)]
    pub profile: TravelerProfile,
}

impl NestMap {
    /// Makes an organization and its first administrator.
    ///
    /// The organization's id follows from `once`, so that a repetition finds what the first call
    /// made; without a key every call makes another organization.
    pub async fn sign_up(
        &self,
        sign_up: SignUp,
        once: Option<IdempotencyKey>,
        request: Option<String>,
    ) -> Result<SignedUp> {
        sign_up.check()?;
        let email = parse_email(&sign_up.email)?;
        let organization = self.organization_id(&email, once.as_ref());
        let call = Call { actor: Actor::system(organization), once, request };
        // The hash is salted: a repetition has another one and is still the same request.
        let input =
            (&sign_up.organization, &sign_up.country, &sign_up.currency, &sign_up.name, &email);
        self.write(&call, "sign_up", &input, |work| self.decide_sign_up(work, &sign_up, &email))
            .await
    }

    fn organization_id(&self, email: &str, once: Option<&IdempotencyKey>) -> OrganizationId {
        let Some(key) = once else { return OrganizationId::new(self.now(), self.for_id()) };
        let digest = Digest::of("sign_up", &(email, key)).bytes();
        let mut entropy = [0; 10];
        entropy.copy_from_slice(&digest[..10]);
        let millis =
            i64::from(u32::from_be_bytes([digest[10], digest[11], digest[12], digest[13]]));
        let at = Timestamp::from_micros(millis.saturating_mul(1_000));
        OrganizationId::new(at.unwrap_or_else(|_| self.now()), entropy)
    }

    async fn decide_sign_up<'a>(
        &self,
        mut work: Work<'a>,
        sign_up: &SignUp,
        email: &str,
    ) -> Result<(Work<'a>, SignedUp)> {
        let organization = Organization {
            id: work.commit.organization,
            name: sign_up.organization.trim().to_owned(),
            country: sign_up.country,
            currency: sign_up.currency,
            created_at: work.now,
        };
        organization.check()?;
        let identity = self.joining_identity(&mut work, email, sign_up.login.as_ref()).await?;
        let mut person = self.new_person(&work, email, &sign_up.name, [Role::Admin].into());
        // Whoever signs a company up travels for it, too.
        person.roles.insert(Role::Member);
        person.identity = identity;
        person.country = Some(sign_up.country);
        person.check()?;
        let made = SignedUp { organization: organization.id, person: person.id };
        let facts = json!({ "name": organization.name, "country": organization.country });
        work.record(
            Change::Organization(Write::Insert(organization)),
            "organization.created",
            facts,
        );
        let roles = json!({ "roles": person.roles });
        work.record(Change::Person(Write::Insert(person)), "person.joined", roles);
        Ok((work, made))
    }

    /// Invites a colleague. `secret` is the digest of what the invitation's link carries.
    pub async fn invite(
        &self,
        call: &Call,
        new: NewInvitation,
        secret: Digest,
    ) -> Result<Stored<Invitation>> {
        may(&call.actor, Permission::PeopleManage, Resource::of("organization", home(call)))?;
        may_grant(&call.actor, &new.roles)?;
        let invited_by = call.actor.need_person()?;
        let email = parse_email(&new.email)?;
        check_text("name", &new.name, 1, 120)?;
        check_roles(&new.roles)?;
        let id = self
            .write(call, "invite", &new, |work| {
                let (new, email) = (&new, &email);
                async move { self.decide_invitation(work, new, email, invited_by, secret).await }
            })
            .await?;
        found("invitation", self.store.invitation(home(call), id).await?)
    }

    async fn decide_invitation<'a>(
        &self,
        mut work: Work<'a>,
        new: &NewInvitation,
        email: &str,
        invited_by: PersonId,
        secret: Digest,
    ) -> Result<(Work<'a>, InvitationId)> {
        let organization = work.commit.organization;
        let known = self.store.person_by_email(organization, email).await?;
        if known.is_some_and(|known| known.value.is_active()) {
            return Err(
                Error::new(Code::AlreadyExists, "a person with this address exists").field("email")
            );
        }
        self.check_manager(organization, new.manager).await?;
        let invitation = Invitation {
            id: InvitationId::new(work.now, self.for_id()),
            organization,
            email: email.to_owned(),
            name: new.name.trim().to_owned(),
            roles: new.roles.clone(),
            manager: new.manager,
            invited_by,
            secret,
            state: InvitationState::Open { until: work.now.plus_hours(INVITATION_HOURS) },
            created_at: work.now,
        };
        let (id, facts) = (invitation.id, json!({ "roles": invitation.roles }));
        work.record(Change::Invitation(Write::Insert(invitation)), "invitation.made", facts);
        Ok((work, id))
    }

    /// The invitation this secret opens, before it is taken up: the host looks here before it
    /// spends time on a password. Every refusal looks alike.
    pub async fn open_invitation(
        &self,
        organization: OrganizationId,
        invitation: InvitationId,
        secret: Digest,
    ) -> Result<Invitation> {
        let stored = self.store.invitation(organization, invitation).await?.ok_or_else(invalid)?;
        stored.value.check_open(secret, self.now())?;
        Ok(stored.value)
    }

    /// Takes an invitation up with the digest of its secret; the invited person joins.
    pub async fn accept_invitation(
        &self,
        organization: OrganizationId,
        invitation: InvitationId,
        secret: Digest,
        login: Option<Login>,
        request: Option<String>,
    ) -> Result<SignedUp> {
        let call = Call { actor: Actor::system(organization), once: None, request };
        self.write(&call, "accept_invitation", &invitation, |work| {
            let login = login.as_ref();
            async move { self.decide_acceptance(work, invitation, secret, login).await }
        })
        .await
    }

    async fn decide_acceptance<'a>(
        &self,
        mut work: Work<'a>,
        id: InvitationId,
        secret: Digest,
        login: Option<&Login>,
    ) -> Result<(Work<'a>, SignedUp)> {
        let organization = work.commit.organization;
        let stored = self.store.invitation(organization, id).await?.ok_or_else(invalid)?;
        let invitation = &stored.value;
        let former = self.former_person(organization, &invitation.email).await?;
        // Whoever left doesn't come back by an invitation from before.
        let since = former.as_ref().and_then(|former| former.value.left_at);
        if since.is_some_and(|left_at| invitation.created_at <= left_at) {
            return Err(invalid());
        }
        let new =
            self.new_person(&work, &invitation.email, &invitation.name, invitation.roles.clone());
        let (mut person, version) = joining(new, former);
        person.manager = invitation.manager;
        let accepted = stored.value.clone().accept(secret, person.id, work.now)?;
        person.identity = self.joining_identity(&mut work, &accepted.email, login).await?;
        person.check()?;
        let made = SignedUp { organization, person: person.id };
        let update = Write::Update(accepted, stored.version);
        work.record(Change::Invitation(update), "invitation.accepted", json!({}));
        let roles = json!({ "roles": person.roles });
        work.record(Change::Person(write(person, version)), "person.joined", roles);
        Ok((work, made))
    }

    /// Adds a person without a login, for hosts that authenticate people themselves.
    pub async fn add_person(&self, call: &Call, new: NewPerson) -> Result<Stored<Person>> {
        may(&call.actor, Permission::PeopleManage, Resource::of("organization", home(call)))?;
        may_grant(&call.actor, &new.roles)?;
        let email = parse_email(&new.email)?;
        check_roles(&new.roles)?;
        let id = self
            .write(call, "add_person", &new, |mut work| {
                let (new, email) = (&new, &email);
                async move {
                    let organization = work.commit.organization;
                    self.check_manager(organization, new.manager).await?;
                    let former = self.former_person(organization, email).await?;
                    let joined = self.new_person(&work, email, &new.name, new.roles.clone());
                    let (mut person, version) = joining(joined, former);
                    person.manager = new.manager;
                    person.profile = new.profile.clone();
                    person.check()?;
                    let (id, roles) = (person.id, json!({ "roles": person.roles }));
                    work.record(Change::Person(write(person, version)), "person.joined", roles);
                    Ok((work, id))
                }
            })
            .await?;
        found("person", self.store.person(home(call), id).await?)
    }

    /// The login of an address, for the host to check a password against.
    pub async fn identity_by_email(&self, email: &str) -> Result<Option<Stored<Identity>>> {
        Ok(self.store.identity_by_email(&email.trim().to_lowercase()).await?)
    }

    /// The login of who joins. An address that got a login in the meantime, or lost it, is refused:
    /// nobody is bound to a login on the word of the address alone.
    async fn joining_identity(
        &self,
        work: &mut Work<'_>,
        email: &str,
        login: Option<&Login>,
    ) -> Result<Option<IdentityId>> {
        let Some(login) = login else { return Ok(None) };
        let known = self.store.identity_by_email(email).await?.map(|known| known.value.id);
        match login {
            Login::Known(id) if known == Some(*id) => Ok(known),
            Login::Known(_) => {
                Err(Error::new(Code::CredentialsWrong, "the login isn't the one of this address"))
            }
            Login::New { .. } if known.is_some() => {
                Err(Error::new(Code::AlreadyExists, "this address has a login").field("email"))
            }
            Login::New { password_hash } => {
                let id = IdentityId::new(work.now, self.for_id());
                let (email, password_hash) = (email.to_owned(), password_hash.clone());
                let identity = Identity { id, email, password_hash, created_at: work.now };
                work.change(Change::Identity(Write::Insert(identity)));
                Ok(Some(id))
            }
        }
    }

    /// Who had this address and left.
    async fn former_person(
        &self,
        organization: OrganizationId,
        email: &str,
    ) -> Result<Option<Stored<Person>>> {
        let known = self.store.person_by_email(organization, email).await?;
        Ok(known.filter(|known| !known.value.is_active()))
    }

    fn new_person(
        &self,
        work: &Work<'_>,
        email: &str,
        name: &str,
        roles: BTreeSet<Role>,
    ) -> Person {
        Person {
            id: PersonId::new(work.now, self.for_id()),
            organization: work.commit.organization,
            name: name.trim().to_owned(),
            email: email.to_owned(),
            identity: None,
            roles,
            manager: None,
            department: None,
            grade: None,
            cost_center: None,
            groups: BTreeSet::new(),
            country: None,
            profile: TravelerProfile::default(),
            joined_at: work.now,
            left_at: None,
        }
    }

    pub(crate) async fn check_manager(
        &self,
        organization: OrganizationId,
        manager: Option<PersonId>,
    ) -> Result<()> {
        let Some(manager) = manager else { return Ok(()) };
        match self.store.person(organization, manager).await? {
            Some(person) if person.value.is_active() => Ok(()),
            _ => {
                Err(Error::invalid("manager", "a person of the organization", &manager.to_string()))
            }
        }
    }
}

/// Who joins: somebody new, or whoever left under the same address, with what is known of them.
fn joining(new: Person, former: Option<Stored<Person>>) -> (Person, Option<Version>) {
    let Some(Stored { value: former, version }) = former else { return (new, None) };
    let Person { name, roles, joined_at, .. } = new;
    (Person { name, roles, joined_at, left_at: None, ..former }, Some(version))
}

fn write(person: Person, version: Option<Version>) -> Write<Person> {
    match version {
        Some(version) => Write::Update(person, version),
        None => Write::Insert(person),
    }
}

fn invalid() -> Error {
    Error::new(Code::InvitationInvalid, "the invitation is unknown, used or expired")
}

pub(crate) fn check_roles(roles: &BTreeSet<Role>) -> Result<()> {
    if roles.is_empty() {
        return Err(Error::invalid("roles", "at least one role", "none"));
    }
    Ok(())
}
