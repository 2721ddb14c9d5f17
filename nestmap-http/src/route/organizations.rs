//! Signing up, and the organization one belongs to.

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use nestmap_core::flow::onboard::{SignUp, SignedUp};
use nestmap_core::id::{OrganizationId, PersonId};
use nestmap_core::organization::Organization;
use nestmap_core::place::Country;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::time::Timestamp;
use nestmap_core::{Code, Currency};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::{Created, Versioned};
use crate::app::App;
use crate::auth::braked_joining_login;
use crate::extract::{Body, Caller, Here, Key, Peer, Request, read};
use crate::openapi::values as schema;
use crate::problem::{Answer, Problem};

/// A company that signs up, with its first administrator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignUpBody {
    /// The organization's name.
    organization: String,
    /// The country it is established in.
    #[schema(value_type = schema::Country)]
    country: String,
    /// The currency of its budgets.
    #[schema(value_type = schema::Currency)]
    currency: String,
    /// The administrator's name.
    name: String,
    /// The administrator's address, to log in with.
    email: String,
    /// At least 12 characters; where the address has a login already, the password of that.
    password: String,
}

/// Who was added where.
#[derive(Serialize, ToSchema)]
pub(super) struct JoinedBody {
    /// The organization.
    #[schema(value_type = schema::OrganizationId)]
    organization: OrganizationId,
    /// The person in it.
    #[schema(value_type = schema::PersonId)]
    person: PersonId,
}

impl From<SignedUp> for JoinedBody {
    fn from(SignedUp { organization, person }: SignedUp) -> Self {
        Self { organization, person }
    }
}

/// An organization.
#[derive(Serialize, ToSchema)]
pub(super) struct OrganizationBody {
    #[schema(value_type = schema::OrganizationId)]
    id: OrganizationId,
    version: Version,
    /// The name people know it by.
    name: String,
    /// The country it is established in.
    #[schema(value_type = schema::Country)]
    country: Country,
    /// The currency of its budgets.
    #[schema(value_type = schema::Currency)]
    currency: Currency,
    /// When it signed up.
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
}

/// Lets requests through where companies sign up by themselves.
pub(super) struct SignUpOpen;

impl FromRequestParts<App> for SignUpOpen {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        if app.config().sign_up_open {
            return Ok(Self);
        }
        Err(Problem::of(Code::SignUpClosed, "companies don't sign up by themselves here"))
    }
}

/// Sign a company up
///
/// Makes an organization and its first administrator, who then logs in. An address that has a
/// login joins with its password, and is slowed down like a log-in. Where the operator adds
/// companies, the answer is `sign-up-closed`.
#[utoipa::path(
    post, path = "/organizations", tag = "organizations", security(()),
    request_body = SignUpBody,
    responses((status = 201, description = "Signed up.", body = JoinedBody)),
)]
pub(super) async fn sign_up(
    State(app): State<App>,
    _: SignUpOpen,
    Key(once): Key,
    Request(request): Request,
    Peer(client): Peer,
    here: Here,
    Body(body): Body<SignUpBody>,
) -> Answer<Created<Json<JoinedBody>>> {
    let country = read("country", &body.country, Country::parse)?;
    let currency = read("currency", &body.currency, Currency::parse)?;
    let SignUpBody { organization, name, email, password, .. } = body;
    let mut sign_up = SignUp { organization, country, currency, name, email, login: None };
    // Before the password is looked at: what can't succeed tells nothing about the address.
    sign_up.check()?;
    let own_words = [&*sign_up.email, &sign_up.name, &sign_up.organization];
    let login = braked_joining_login(&app, client, &sign_up.email, &password, &own_words).await?;
    sign_up.login = Some(login);
    let made = app.nestmap().sign_up(sign_up, Some(once), request).await?;
    Ok(Created(here.sibling("organization"), Json(made.into())))
}

/// See one's organization
#[utoipa::path(
    get, path = "/organization", tag = "organizations",
    responses((status = 200, description = "The organization.", body = OrganizationBody)),
)]
pub(super) async fn organization(
    State(app): State<App>,
    Caller { call, .. }: Caller,
) -> Answer<Versioned<OrganizationBody>> {
    let Stored { value, version } = app.nestmap().organization(&call).await?;
    let Organization { id, name, country, currency, created_at } = value;
    Ok(Versioned(version, OrganizationBody { id, version, name, country, currency, created_at }))
}
