//! Who may do what: one function, deny by default.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{OrganizationId, PersonId};

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Inside which organization.
    pub organization: OrganizationId,
    /// A person or the system itself.
    pub who: Who,
}

/// A person or the system itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Who {
    /// A person with the roles at the time of the call.
    Person {
        /// The person.
        id: PersonId,
        /// The roles.
        roles: BTreeSet<Role>,
    },
    /// NestMap, when something falls due.
    System,
}

impl Actor {
    /// A person.
    pub fn person(organization: OrganizationId, id: PersonId, roles: BTreeSet<Role>) -> Self {
        Self { organization, who: Who::Person { id, roles } }
    }

    /// NestMap itself.
    pub fn system(organization: OrganizationId) -> Self {
        Self { organization, who: Who::System }
    }

    /// The person, unless it is the system.
    pub fn person_id(&self) -> Option<PersonId> {
        match self.who {
            Who::Person { id, .. } => Some(id),
            Who::System => None,
        }
    }

    /// The person; the system can't do what needs one.
    pub fn need_person(&self) -> Result<PersonId, Error> {
        self.person_id().ok_or_else(|| Error::new(Code::Forbidden, "only a person may do this"))
    }
}

/// A default role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Everything inside the organization, except deciding about their own trips.
    Admin,
    /// Travel manager: policies, everybody's trips and orders.
    Manager,
    /// Books and changes everybody's trips, without policies.
    Editor,
    /// Searches and books for themselves.
    Member,
    /// Reads their own trips.
    Viewer,
    /// Decides about approvals they are asked for.
    Approver,
    /// Books for others.
    Arranger,
    /// Reads everybody's trips and orders.
    Finance,
    /// Reads everything, the audit log included.
    Auditor,
}

impl Role {
    /// Every role.
    pub const ALL: [Self; 9] = [
        Self::Admin,
        Self::Manager,
        Self::Editor,
        Self::Member,
        Self::Viewer,
        Self::Approver,
        Self::Arranger,
        Self::Finance,
        Self::Auditor,
    ];
}

/// Something that can be permitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    /// See the organization.
    OrganizationRead,
    /// See people.
    PeopleRead,
    /// Invite people, change what they may do, and remove them.
    PeopleManage,
    /// Change a traveler's profile.
    ProfileWrite,
    /// See policies.
    PolicyRead,
    /// Draft, publish and retire policies.
    PolicyWrite,
    /// Search offers.
    Search,
    /// See a trip, its orders and its itinerary.
    TripRead,
    /// Draft, change, submit and cancel a trip.
    TripWrite,
    /// Decide about an approval.
    ApprovalDecide,
    /// Settle an order whose outcome a person must find out.
    OrderResolve,
    /// Read the audit log.
    AuditRead,
}

/// Whose things a role reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    Own,
    All,
}

/// What is acted upon, as far as access is concerned.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// The kind of thing, for "no such …".
    pub kind: &'static str,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The people it concerns: travelers, bookers, appointed approvers.
    pub people: &'a [PersonId],
}

impl<'a> Resource<'a> {
    /// A thing of the organization that concerns nobody in particular.
    pub fn of(kind: &'static str, organization: OrganizationId) -> Self {
        Self { kind, organization, people: &[] }
    }

    /// A thing that concerns `people`.
    pub fn concerning(
        kind: &'static str,
        organization: OrganizationId,
        people: &'a [PersonId],
    ) -> Self {
        Self { kind, organization, people }
    }
}

/// Whether `actor` may do `permission` to `resource`.
///
/// Another organization's thing doesn't exist. The system may do everything inside the organization
/// it acts for; a person what the union of their roles permits, on things that concern them or on all.
pub fn may(actor: &Actor, permission: Permission, resource: Resource<'_>) -> Result<(), Error> {
    if actor.organization != resource.organization {
        return Err(Error::not_found(resource.kind));
    }
    let Who::Person { id, roles } = &actor.who else { return Ok(()) };
    let reach = roles.iter().filter_map(|role| reach(*role, permission)).max();
    match reach {
        Some(Reach::All) => Ok(()),
        Some(Reach::Own) if resource.people.contains(id) => Ok(()),
        _ => Err(Error::new(Code::Forbidden, "your roles don't permit this")
            .detail("permission", serde_json::json!(permission))),
    }
}

/// The table of default roles.
fn reach(role: Role, permission: Permission) -> Option<Reach> {
    use Permission as P;
    use Reach::{All, Own};
    match (role, permission) {
        (_, P::OrganizationRead) => Some(All),
        (Role::Admin, P::ApprovalDecide) => Some(Own),
        (Role::Admin, _) => Some(All),
        (Role::Manager, P::PeopleManage) => None,
        (Role::Manager, P::ApprovalDecide) => Some(Own),
        (Role::Manager, _) => Some(All),
        (Role::Editor, P::PeopleRead | P::PolicyRead | P::Search | P::TripRead | P::TripWrite) => {
            Some(All)
        }
        (
            Role::Arranger,
            P::PeopleRead | P::PolicyRead | P::Search | P::TripRead | P::TripWrite,
        ) => Some(All),
        (Role::Arranger | Role::Editor, P::ProfileWrite) => Some(Own),
        (
            Role::Member,
            P::PeopleRead | P::ProfileWrite | P::Search | P::TripRead | P::TripWrite,
        ) => Some(Own),
        (Role::Member | Role::Viewer, P::PolicyRead) => Some(All),
        (Role::Viewer, P::TripRead | P::PeopleRead) => Some(Own),
        (Role::Approver, P::ApprovalDecide | P::TripRead) => Some(Own),
        (Role::Approver, P::PolicyRead) => Some(All),
        (Role::Finance, P::TripRead | P::PeopleRead | P::PolicyRead) => Some(All),
        (Role::Auditor, P::TripRead | P::PeopleRead | P::PolicyRead | P::AuditRead) => Some(All),
        _ => None,
    }
}

/// Refuses roles that `actor` may not hand out: nobody grants what they lack.
pub fn may_grant(actor: &Actor, granted: &BTreeSet<Role>) -> Result<(), Error> {
    let Who::Person { roles, .. } = &actor.who else { return Ok(()) };
    if roles.contains(&Role::Admin) || granted.is_subset(roles) {
        return Ok(());
    }
    Err(Error::new(Code::Forbidden, "nobody grants roles they lack").field("roles"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const PERMISSIONS: [Permission; 12] = [
        Permission::OrganizationRead,
        Permission::PeopleRead,
        Permission::PeopleManage,
        Permission::ProfileWrite,
        Permission::PolicyRead,
        Permission::PolicyWrite,
        Permission::Search,
        Permission::TripRead,
        Permission::TripWrite,
        Permission::ApprovalDecide,
        Permission::OrderResolve,
        Permission::AuditRead,
    ];

    fn organization(n: u128) -> OrganizationId {
        OrganizationId::from_uuid(Uuid::from_u128(n))
    }

    fn person(n: u128) -> PersonId {
        PersonId::from_uuid(Uuid::from_u128(n))
    }

    fn actor(role: Role) -> Actor {
        Actor::person(organization(1), person(1), [role].into())
    }

    #[test]
    fn another_organization_sees_nothing_whatever_the_role() {
        for role in Role::ALL {
            for permission in PERMISSIONS {
                let theirs = Resource::concerning("trip", organization(2), &[]);
                let error = may(&actor(role), permission, theirs).unwrap_err();
                assert_eq!((error.code, error.message.as_str()), (Code::NotFound, "no such trip"));
            }
        }
    }

    #[test]
    fn somebody_without_roles_may_nothing() {
        let nobody = Actor::person(organization(1), person(1), BTreeSet::new());
        for permission in PERMISSIONS {
            let own = [person(1)];
            let resource = Resource::concerning("trip", organization(1), &own);
            assert_eq!(may(&nobody, permission, resource).unwrap_err().code, Code::Forbidden);
        }
    }

    #[test]
    fn members_reach_their_own_trips_only() {
        let (own, other) = ([person(1)], [person(2)]);
        let own = Resource::concerning("trip", organization(1), &own);
        let other = Resource::concerning("trip", organization(1), &other);
        assert!(may(&actor(Role::Member), Permission::TripWrite, own).is_ok());
        assert!(may(&actor(Role::Member), Permission::TripWrite, other).is_err());
        assert!(may(&actor(Role::Arranger), Permission::TripWrite, other).is_ok());
        assert!(may(&actor(Role::Viewer), Permission::TripWrite, own).is_err());
    }

    #[test]
    fn nobody_decides_without_being_asked() {
        let resource = Resource::of("approval", organization(1));
        for role in Role::ALL {
            assert!(may(&actor(role), Permission::ApprovalDecide, resource).is_err(), "{role:?}");
        }
    }

    #[test]
    fn nobody_grants_what_they_lack() {
        assert!(may_grant(&actor(Role::Manager), &[Role::Admin].into()).is_err());
        assert!(may_grant(&actor(Role::Manager), &[Role::Manager].into()).is_ok());
        assert!(may_grant(&actor(Role::Admin), &Role::ALL.into()).is_ok());
    }
}
