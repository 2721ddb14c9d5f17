//! Leaving an organization: what the person could do ends, what waits for them goes to others.

use serde_json::json;

use super::{Call, Work, found, home};
use crate::access::{Permission, Resource, Role, may};
use crate::error::{Code, Error, Result};
use crate::id::PersonId;
use crate::nestmap::NestMap;
use crate::page::PageRequest;
use crate::people::Person;
use crate::people::session::SessionEnd;
use crate::port::store::{Change, Key, Stored, Version, Write};

impl NestMap {
    /// Ends somebody's place in the organization; ending it twice is fine.
    ///
    /// Roles and login are gone, every session ends, and what waited for their decision waits for
    /// others. Their login itself stays, for other organizations. Their trips stay as they are, and
    /// who sees everybody's trips sees them. The last administrator can't be removed.
    pub async fn remove_person(
        &self,
        call: &Call,
        id: PersonId,
        expected: Option<Version>,
    ) -> Result<Stored<Person>> {
        self.write(call, "remove_person", &id, |work| {
            self.decide_removal(call, work, id, expected)
        })
        .await?;
        found("person", self.store.person(home(call), id).await?)
    }

    async fn decide_removal<'a>(
        &self,
        call: &Call,
        mut work: Work<'a>,
        id: PersonId,
        expected: Option<Version>,
    ) -> Result<(Work<'a>, ())> {
        let stored = found("person", self.store.person(home(call), id).await?)?;
        let concerned = [id];
        let resource = Resource::concerning("person", stored.value.organization, &concerned);
        may(&call.actor, Permission::PeopleManage, resource)?;
        if !stored.value.is_active() {
            return Ok((work, ()));
        }
        let Stored { value: person, version } = stored.expect(expected)?;
        self.keep_an_administrator(&mut work, &person).await?;
        self.end_sessions(&mut work, id, SessionEnd::PersonLeft).await?;
        let mut work = self.pass_approvals_on(call, work, id).await?;
        let facts = json!({ "roles": person.roles });
        let left = person.leave(work.now);
        work.record(Change::Person(Write::Update(left, version)), "person.left", facts);
        Ok((work, ()))
    }

    /// Refuses to go on without `person` when nobody else administers the organization. Who has a
    /// login is followed by somebody who can log in, too.
    pub(super) async fn keep_an_administrator(
        &self,
        work: &mut Work<'_>,
        person: &Person,
    ) -> Result<()> {
        if !person.roles.contains(&Role::Admin) {
            return Ok(());
        }
        let follows = |other: &&Stored<Person>| {
            let logs_in = other.value.identity.is_some() || person.identity.is_none();
            other.value.id != person.id && logs_in
        };
        let admins = self.store.people_with_roles(person.organization, &[Role::Admin]).await?;
        let Some(other) = admins.iter().find(follows) else {
            let message = "nobody else administers the organization";
            return Err(Error::new(Code::LastAdministrator, message));
        };
        // Two administrators who remove each other at once must not both succeed.
        work.guard(Key::Person(other.value.id), other.version);
        Ok(())
    }

    /// Takes the person out of every pending approval; others are asked instead.
    async fn pass_approvals_on<'a>(
        &self,
        call: &Call,
        mut work: Work<'a>,
        person: PersonId,
    ) -> Result<Work<'a>> {
        let deciders = self.deciders(call).await?;
        let mut request = PageRequest { limit: 100, after: None };
        loop {
            let page = self.store.approvals_waiting_for(home(call), person, request).await?;
            for Stored { value, version } in page.items {
                let before = value.clone();
                let approval = value.without(person, &deciders, work.now)?;
                if approval == before {
                    continue;
                }
                let facts = json!({
                    "trip": approval.trip,
                    "left": person,
                    "approvers": approval.approvers().collect::<Vec<_>>(),
                    "state": approval.state_name(),
                    "deadline": approval.deadline,
                });
                let action = "approval.passed_on";
                work = self.follow_approval(work, approval, version, action, facts).await?;
            }
            match page.next {
                Some(next) => request.after = Some(next),
                None => return Ok(work),
            }
        }
    }
}
