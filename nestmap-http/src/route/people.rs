//! The people of an organization and their profiles as travelers.

use std::collections::BTreeSet;

use axum::extract::State;
use nestmap_core::access::{Permission, Resource, Role, may};
use nestmap_core::error::Result;
use nestmap_core::flow::onboard::NewPerson;
use nestmap_core::flow::people::Placement;
use nestmap_core::id::{OrganizationId, PersonId};
use nestmap_core::people::{Gender, Person, Title, TravelDocument, TravelerProfile};
use nestmap_core::place::Country;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::time::Timestamp;
use nestmap_core::{Call, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Created, Versioned};
use crate::app::App;
use crate::extract::{Asked, Body, Caller, Expected, Here, Id, Writer, read, read_some};
use crate::openapi::values as schema;
use crate::page::{List, PageBody, Paging};
use crate::problem::Answer;

/// Somebody in an organization.
#[derive(Serialize, ToSchema)]
pub(super) struct PersonBody {
    #[schema(value_type = schema::PersonId)]
    id: PersonId,
    version: Version,
    name: String,
    email: String,
    /// Whether the person can log in.
    has_login: bool,
    /// What the person may do.
    #[schema(value_type = Vec<schema::Role>)]
    roles: BTreeSet<Role>,
    /// Whom the person reports to.
    #[schema(required, value_type = Option<schema::PersonId>)]
    manager: Option<PersonId>,
    #[schema(required)]
    department: Option<String>,
    #[schema(required)]
    grade: Option<String>,
    #[schema(required)]
    cost_center: Option<String>,
    groups: BTreeSet<String>,
    /// Where the person works.
    #[schema(required, value_type = Option<schema::Country>)]
    country: Option<Country>,
    /// Left out for those who may not change it: it holds personal data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = schema::TravelerProfile, required = false)]
    profile: Option<TravelerProfile>,
    #[schema(value_type = schema::Timestamp)]
    joined_at: Timestamp,
    #[schema(required, value_type = Option<schema::Timestamp>)]
    left_at: Option<Timestamp>,
}

impl PersonBody {
    fn of(call: &Call, stored: Stored<Person>) -> Self {
        let Stored { value: person, version } = stored;
        let concerned = [person.id];
        let resource = Resource::concerning("person", person.organization, &concerned);
        let is_self = call.actor.person_id() == Some(person.id);
        let shown = is_self || may(&call.actor, Permission::ProfileWrite, resource).is_ok();
        Self {
            id: person.id,
            version,
            name: person.name,
            email: person.email,
            has_login: person.identity.is_some(),
            roles: person.roles,
            manager: person.manager,
            department: person.department,
            grade: person.grade,
            cost_center: person.cost_center,
            groups: person.groups,
            country: person.country,
            profile: shown.then_some(person.profile),
            joined_at: person.joined_at,
            left_at: person.left_at,
        }
    }

    fn versioned(call: &Call, stored: Stored<Person>) -> Versioned<Self> {
        Versioned(stored.version, Self::of(call, stored))
    }
}

/// What is known of somebody as a traveler. It replaces everything that was known.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProfileBody {
    /// As in the travel document, 1 to 20 Latin letters.
    #[serde(default)]
    given_name: Option<String>,
    /// As in the travel document, 1 to 20 Latin letters.
    #[serde(default)]
    family_name: Option<String>,
    /// Form of address.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    title: Option<Title>,
    /// As in the travel document.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    gender: Option<Gender>,
    #[serde(default)]
    #[schema(value_type = Option<schema::Date>)]
    born_on: Option<String>,
    /// In E.164 form, such as `+4930123456`.
    #[serde(default)]
    phone: Option<String>,
    /// Passport or identity card.
    #[serde(default)]
    document: Option<DocumentBody>,
}

/// A passport or identity card.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DocumentBody {
    number: String,
    /// The country that issued it.
    #[schema(value_type = schema::Country)]
    issued_by: String,
    /// The last day it is valid.
    #[schema(value_type = schema::Date)]
    expires_on: String,
}

impl ProfileBody {
    /// `at` is where the profile stands in the body, with a dot at its end.
    fn read(self, at: &str) -> Result<TravelerProfile> {
        let field = |name: &str| format!("{at}{name}");
        let born_on = read_some(&field("born_on"), self.born_on.as_deref(), str::parse)?;
        let document = self.document.map(|document| -> Result<TravelDocument> {
            Ok(TravelDocument {
                issued_by: read(&field("document.issued_by"), &document.issued_by, Country::parse)?,
                expires_on: read(&field("document.expires_on"), &document.expires_on, str::parse)?,
                number: document.number,
            })
        });
        Ok(TravelerProfile {
            given_name: self.given_name,
            family_name: self.family_name,
            title: self.title,
            gender: self.gender,
            born_on,
            phone: self.phone,
            document: document.transpose()?,
        })
    }
}

/// What an administrator sets about a person. It replaces everything that was set.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct PlacementBody {
    /// What the person may do; nobody grants what they lack.
    #[schema(value_type = Vec<schema::Role>)]
    roles: BTreeSet<Role>,
    /// Whom the person reports to.
    #[serde(default)]
    #[schema(value_type = Option<schema::PersonId>)]
    manager: Option<String>,
    #[serde(default)]
    department: Option<String>,
    #[serde(default)]
    grade: Option<String>,
    #[serde(default)]
    cost_center: Option<String>,
    #[serde(default)]
    groups: BTreeSet<String>,
    /// Where the person works.
    #[serde(default)]
    #[schema(value_type = Option<schema::Country>)]
    country: Option<String>,
}

/// Somebody to add without a login, such as a guest.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewPersonBody {
    email: String,
    name: String,
    /// What the person may do; nobody grants what they lack.
    #[schema(value_type = Vec<schema::Role>)]
    roles: BTreeSet<Role>,
    /// Whom the person reports to.
    #[serde(default)]
    #[schema(value_type = Option<schema::PersonId>)]
    manager: Option<String>,
    #[serde(default)]
    profile: ProfileBody,
}

/// See oneself
#[utoipa::path(
    get, path = "/me", tag = "people",
    responses((status = 200, description = "The caller.", body = PersonBody)),
)]
pub(super) async fn me(
    State(app): State<App>,
    Caller { call, .. }: Caller,
) -> Answer<Versioned<PersonBody>> {
    Ok(PersonBody::versioned(&call, app.nestmap().me(&call).await?))
}

/// Replace one's profile
#[utoipa::path(
    put, path = "/me/profile", tag = "people",
    request_body = ProfileBody,
    responses((status = 200, description = "Replaced.", body = PersonBody)),
)]
pub(super) async fn update_my_profile(
    State(app): State<App>,
    Writer(call): Writer,
    Expected(version): Expected,
    Body(body): Body<ProfileBody>,
) -> Answer<Versioned<PersonBody>> {
    let me = call.actor.need_person()?;
    save_profile(&app, &call, me, body, version).await
}

/// Replace somebody's profile
#[utoipa::path(
    put, path = "/people/{person}/profile", tag = "people",
    params(("person" = String, Path)),
    request_body = ProfileBody,
    responses((status = 200, description = "Replaced.", body = PersonBody)),
)]
pub(super) async fn update_profile(
    State(app): State<App>,
    Writer(call): Writer,
    Id(person): Id<PersonId>,
    Expected(version): Expected,
    Body(body): Body<ProfileBody>,
) -> Answer<Versioned<PersonBody>> {
    save_profile(&app, &call, person, body, version).await
}

async fn save_profile(
    app: &App,
    call: &Call,
    person: PersonId,
    body: ProfileBody,
    version: Option<Version>,
) -> Answer<Versioned<PersonBody>> {
    let profile = body.read("")?;
    let saved = app.nestmap().update_profile(call, person, profile, version).await;
    Ok(PersonBody::versioned(call, saved.map_err(at_root)?))
}

/// The core says where a profile's field is in a person; here the profile is the whole body.
fn at_root(error: Error) -> Error {
    let field = error.details.get("field").and_then(|field| field.as_str());
    match field.and_then(|field| field.strip_prefix("profile.")).map(str::to_owned) {
        Some(field) => error.field(field),
        None => error,
    }
}

/// List people
#[utoipa::path(
    get, path = "/people", tag = "people", params(Paging),
    responses((status = 200, description = "People, newest first.", body = PageBody<PersonBody>)),
)]
pub(super) async fn people(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Asked(paging): Asked<Paging>,
) -> Answer<axum::Json<PageBody<PersonBody>>> {
    let list = list(call.actor.organization);
    let page = app.nestmap().people(&call, app.cursors().request(list, &paging)?).await?;
    Ok(axum::Json(app.cursors().answer(list, page, |person| PersonBody::of(&call, person))))
}

fn list(organization: OrganizationId) -> List<'static> {
    List { organization, name: "people", filter: "" }
}

/// Add somebody without a login
#[utoipa::path(
    post, path = "/people", tag = "people",
    request_body = NewPersonBody,
    responses((status = 201, description = "Added.", body = PersonBody)),
)]
pub(super) async fn add_person(
    State(app): State<App>,
    Writer(call): Writer,
    here: Here,
    Body(body): Body<NewPersonBody>,
) -> Answer<Created<Versioned<PersonBody>>> {
    let NewPersonBody { email, name, roles, manager, profile } = body;
    let manager = read_some("manager", manager.as_deref(), str::parse)?;
    let profile = profile.read("profile.")?;
    let new = NewPerson { email, name, roles, manager, profile };
    let person = app.nestmap().add_person(&call, new).await?;
    Ok(Created(here.member(person.value.id), PersonBody::versioned(&call, person)))
}

/// See somebody
#[utoipa::path(
    get, path = "/people/{person}", tag = "people",
    params(("person" = String, Path)),
    responses((status = 200, description = "The person.", body = PersonBody)),
)]
pub(super) async fn person(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(person): Id<PersonId>,
) -> Answer<Versioned<PersonBody>> {
    Ok(PersonBody::versioned(&call, app.nestmap().person(&call, person).await?))
}

/// Set roles, manager and place of somebody
#[utoipa::path(
    put, path = "/people/{person}", tag = "people",
    params(("person" = String, Path)),
    request_body = PlacementBody,
    responses((status = 200, description = "Set.", body = PersonBody)),
)]
pub(super) async fn place_person(
    State(app): State<App>,
    Writer(call): Writer,
    Id(person): Id<PersonId>,
    Expected(version): Expected,
    Body(body): Body<PlacementBody>,
) -> Answer<Versioned<PersonBody>> {
    let PlacementBody { roles, manager, department, grade, cost_center, groups, country } = body;
    let manager = read_some("manager", manager.as_deref(), str::parse)?;
    let country = read_some("country", country.as_deref(), Country::parse)?;
    let placement = Placement { roles, manager, department, grade, cost_center, groups, country };
    let placed = app.nestmap().place_person(&call, person, placement, version).await?;
    Ok(PersonBody::versioned(&call, placed))
}

/// Remove somebody
///
/// Ends their place in the organization: roles and login are gone, sessions end, and what waited
/// for their decision waits for others. What they booked stays. Removing them again changes
/// nothing; an invitation brings them back.
#[utoipa::path(
    delete, path = "/people/{person}", tag = "people",
    params(("person" = String, Path)),
    responses((status = 200, description = "Removed.", body = PersonBody)),
)]
pub(super) async fn remove_person(
    State(app): State<App>,
    Writer(call): Writer,
    Id(person): Id<PersonId>,
    Expected(version): Expected,
) -> Answer<Versioned<PersonBody>> {
    let left = app.nestmap().remove_person(&call, person, version).await?;
    Ok(PersonBody::versioned(&call, left))
}
