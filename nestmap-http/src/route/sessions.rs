//! Logging in, staying logged in, logging out.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nestmap_core::id::{OrganizationId, PersonId, SessionId};
use nestmap_core::people::{Identity, Session};
use nestmap_core::port::store::{Change, Commit, Membership, Stored, Write};
use nestmap_core::{Code, Error};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::app::App;
use crate::auth::password::Checked;
use crate::auth::token::ACCESS_SECONDS;
use crate::auth::{Claims, RefreshSecret, RefreshToken};
use crate::extract::{Body, Caller, Peer, Request, read_some};
use crate::openapi::values as schema;
use crate::problem::Answer;
use crate::system::SystemEntropy;

/// A log-in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LogInBody {
    email: String,
    password: String,
    /// Needed only by who belongs to several organizations.
    #[serde(default)]
    #[schema(value_type = Option<schema::OrganizationId>)]
    organization: Option<String>,
}

/// A refresh.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RefreshBody {
    /// The one of the answer before.
    refresh_token: String,
}

/// Tokens of a session.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionBody {
    /// For `Authorization: Bearer`.
    access_token: String,
    /// `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    /// For one refresh; the answer has the next one. Used twice, it ends the session.
    refresh_token: String,
    #[schema(value_type = schema::SessionId)]
    session: SessionId,
    #[schema(value_type = schema::OrganizationId)]
    organization: OrganizationId,
    #[schema(value_type = schema::PersonId)]
    person: PersonId,
}

/// Log in
///
/// Wrong addresses and wrong passwords are answered alike, and after as long.
#[utoipa::path(
    post, path = "/sessions", tag = "sessions", security(()),
    request_body = LogInBody,
    responses((status = 201, description = "Logged in.", body = SessionBody)),
)]
pub(super) async fn log_in(
    State(app): State<App>,
    Request(request): Request,
    Peer(client): Peer,
    Body(body): Body<LogInBody>,
) -> Answer<(StatusCode, Json<SessionBody>)> {
    let wanted = read_some("organization", body.organization.as_deref(), str::parse)?;
    let account = body.email.trim().to_lowercase();
    app.throttle().attempt(&account, client, app.nestmap().now())?;
    let (identity, outdated) = authenticate(&app, &account, &body.password).await?;
    app.throttle().succeeded(&account, client);
    let id = identity.value.id;
    let membership = choose(app.nestmap().memberships(id).await?, wanted)?;
    if outdated {
        renew_hash(&app, membership.organization, identity, &body.password).await;
    }
    let secret = RefreshSecret::fresh();
    let session = app.nestmap().open_session(membership, id, secret.digest(), request).await?;
    Ok((StatusCode::CREATED, Json(tokens(&app, &session, &secret))))
}

/// Refresh a session
///
/// The refresh token is used up by it. One that comes back later ends the session, because two
/// must have it; for a minute it may come back, because the answer may have been lost.
#[utoipa::path(
    post, path = "/sessions/refresh", tag = "sessions", security(()),
    request_body = RefreshBody,
    responses((status = 200, description = "Refreshed.", body = SessionBody)),
)]
pub(super) async fn refresh(
    State(app): State<App>,
    Request(request): Request,
    Body(body): Body<RefreshBody>,
) -> Answer<Json<SessionBody>> {
    let RefreshToken { organization, session, presented } =
        app.refresh_tokens().read(&body.refresh_token)?;
    let next = RefreshSecret::fresh();
    let refreshed = app
        .nestmap()
        .refresh_session(organization, session, presented, next.digest(), request)
        .await
        .inspect_err(|_| app.sessions().forget(session))?;
    Ok(Json(tokens(&app, &refreshed, &next)))
}

/// Log out
///
/// Ends the session of the access token. Tokens of it that are still around stop working within
/// half a minute.
#[utoipa::path(
    delete, path = "/sessions/current", tag = "sessions",
    responses((status = 204, description = "Logged out.")),
)]
pub(super) async fn log_out(
    State(app): State<App>,
    Caller { call, session }: Caller,
) -> Answer<StatusCode> {
    app.nestmap().end_session(call.actor.organization, session, call.request).await?;
    app.sessions().forget(session);
    Ok(StatusCode::NO_CONTENT)
}

/// The login with this password, and whether its hash should be made anew.
async fn authenticate(
    app: &App,
    account: &str,
    password: &str,
) -> Result<(Stored<Identity>, bool), Error> {
    let identity = app.nestmap().identity_by_email(account).await?;
    let hash = identity.as_ref().map(|identity| identity.value.password_hash.as_str());
    match (app.passwords().check(password, hash).await?, identity) {
        (Checked::Right { outdated }, Some(identity)) => Ok((identity, outdated)),
        _ => Err(wrong_credentials()),
    }
}

fn wrong_credentials() -> Error {
    Error::new(Code::CredentialsWrong, "e-mail or password is wrong")
}

/// The membership to log in to.
fn choose(
    memberships: Vec<Membership>,
    wanted: Option<OrganizationId>,
) -> Result<Membership, Error> {
    let all: Vec<_> = memberships.iter().map(|membership| membership.organization).collect();
    let wants = |m: &Membership| wanted.is_none_or(|wanted| m.organization == wanted);
    let mut fitting = memberships.into_iter().filter(wants);
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::invalid("organization", "one of yours", "none")
            .detail("organizations", serde_json::json!(all))),
        (None, _) => Err(wrong_credentials()),
    }
}

/// Stores a hash of today's parameters. The log-in succeeds without it, too.
async fn renew_hash(
    app: &App,
    organization: OrganizationId,
    identity: Stored<Identity>,
    password: &str,
) {
    let renewed = async {
        let password_hash = app.passwords().hash(password, &SystemEntropy).await?;
        let renewed = Identity { password_hash, ..identity.value };
        let commit = Commit {
            organization,
            at: app.nestmap().now(),
            once: None,
            guards: Vec::new(),
            changes: vec![Change::Identity(Write::Update(renewed, identity.version))],
            transfers: Vec::new(),
            events: Vec::new(),
            audit: Vec::new(),
        };
        app.nestmap().store().commit(commit).await.map_err(Error::from)
    };
    if let Err(error) = renewed.await {
        tracing::warn!(code = error.code.as_str(), %error, "a password hash wasn't renewed");
    }
}

fn tokens(app: &App, session: &Session, secret: &RefreshSecret) -> SessionBody {
    let Session { id, organization, person, .. } = *session;
    let claims = Claims { organization, person, session: id };
    SessionBody {
        access_token: app.tokens().issue(claims, app.nestmap().now()),
        token_type: "Bearer",
        expires_in: ACCESS_SECONDS,
        refresh_token: app.refresh_tokens().issue(organization, id, secret),
        session: id,
        organization,
        person,
    }
}
