//! Reading and changing people.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::onboard::check_roles;
use super::{Call, found, home};
use crate::access::{Permission, Resource, Role, may, may_grant};
use crate::error::{Code, Error, Result};
use crate::id::PersonId;
use crate::nestmap::NestMap;
use crate::organization::Organization;
use crate::page::{Page, PageRequest};
use crate::people::{Person, TravelerProfile};
use crate::place::Country;
use crate::port::store::{Change, Stored, Version, Write};

/// What an administrator sets about a person. Everything is replaced.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Placement {
    /// What the person may do.
    pub roles: BTreeSet<Role>,
    /// Whom the person reports to.
    #[serde(default)]
    pub manager: Option<PersonId>,
    /// Department.
    #[serde(default)]
    pub department: Option<String>,
    /// Grade.
    #[serde(default)]
    pub grade: Option<String>,
    /// Cost center.
    #[serde(default)]
    pub cost_center: Option<String>,
    /// Groups.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Where the person works.
    #[serde(default)]
    pub country: Option<Country>,
}

impl NestMap {
    /// The caller's organization.
    pub async fn organization(&self, call: &Call) -> Result<Stored<Organization>> {
        let resource = Resource::of("organization", home(call));
        may(&call.actor, Permission::OrganizationRead, resource)?;
        found("organization", self.store.organization(home(call)).await?)
    }

    /// One person.
    pub async fn person(&self, call: &Call, id: PersonId) -> Result<Stored<Person>> {
        let person = found("person", self.store.person(home(call), id).await?)?;
        let concerned = [id];
        let resource = Resource::concerning("person", person.value.organization, &concerned);
        may(&call.actor, Permission::PeopleRead, resource)?;
        Ok(person)
    }

    /// The caller.
    pub async fn me(&self, call: &Call) -> Result<Stored<Person>> {
        found("person", self.store.person(home(call), call.actor.need_person()?).await?)
    }

    /// Everybody, newest first.
    pub async fn people(
        &self,
        call: &Call,
        page: PageRequest<PersonId>,
    ) -> Result<Page<Stored<Person>, PersonId>> {
        may(&call.actor, Permission::PeopleRead, Resource::of("organization", home(call)))?;
        Ok(self.store.people(home(call), page).await?)
    }

    /// Replaces what is known of a person as a traveler.
    pub async fn update_profile(
        &self,
        call: &Call,
        id: PersonId,
        profile: TravelerProfile,
        expected: Option<Version>,
    ) -> Result<Stored<Person>> {
        let change = |mut person: Person| {
            person.profile = profile.clone();
            Ok(person)
        };
        let facts = json!({});
        self.update_person(
            call,
            id,
            expected,
            Permission::ProfileWrite,
            "person.profile_changed",
            &profile,
            facts,
            change,
        )
        .await
    }

    /// Replaces what an administrator sets about a person.
    pub async fn place_person(
        &self,
        call: &Call,
        id: PersonId,
        placement: Placement,
        expected: Option<Version>,
    ) -> Result<Stored<Person>> {
        check_roles(&placement.roles)?;
        may_grant(&call.actor, &placement.roles)?;
        self.check_manager(home(call), placement.manager).await?;
        let change = |person: Person| {
            if !person.is_active() {
                return Err(Error::new(Code::PersonLeft, "this person has left"));
            }
            let Placement { roles, manager, department, grade, cost_center, groups, country } =
                placement.clone();
            Ok(Person { roles, manager, department, grade, cost_center, groups, country, ..person })
        };
        let facts = json!({ "roles": placement.roles, "manager": placement.manager });
        self.update_person(
            call,
            id,
            expected,
            Permission::PeopleManage,
            "person.placed",
            &placement,
            facts,
            change,
        )
        .await
    }

    #[expect(clippy::too_many_arguments, reason = "one private update behind two named ones")]
    async fn update_person<I: Serialize>(
        &self,
        call: &Call,
        id: PersonId,
        expected: Option<Version>,
        permission: Permission,
        action: &str,
        input: &I,
        facts: serde_json::Value,
        change: impl Fn(Person) -> Result<Person>,
    ) -> Result<Stored<Person>> {
        self.write(call, action, &(id, input), |mut work| {
            let (change, facts) = (&change, facts.clone());
            async move {
                let stored = found("person", self.store.person(home(call), id).await?)?;
                let concerned = [id];
                let resource =
                    Resource::concerning("person", stored.value.organization, &concerned);
                may(&call.actor, permission, resource)?;
                let stored = stored.expect(expected)?;
                let before = stored.value.clone();
                let person = change(stored.value)?;
                person.check()?;
                if !person.roles.contains(&Role::Admin) {
                    self.keep_an_administrator(&mut work, &before).await?;
                }
                work.record(Change::Person(Write::Update(person, stored.version)), action, facts);
                Ok((work, ()))
            }
        })
        .await?;
        found("person", self.store.person(home(call), id).await?)
    }
}
