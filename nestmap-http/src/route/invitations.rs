//! Inviting colleagues, and taking an invitation up.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use nestmap_core::access::Role;
use nestmap_core::flow::onboard::NewInvitation;
use nestmap_core::id::{InvitationId, PersonId};
use nestmap_core::people::Invitation;
use nestmap_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::organizations::JoinedBody;
use crate::answer::Created;
use crate::app::App;
use crate::auth::{InvitationToken, braked_joining_login, digest};
use crate::extract::{Body, Here, Peer, Request, Writer, read_some};
use crate::openapi::values as schema;
use crate::problem::Answer;

/// A colleague to invite.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewInvitationBody {
    /// The colleague's address.
    email: String,
    /// The colleague's name.
    name: String,
    /// What the colleague may do; nobody grants what they lack.
    #[schema(value_type = Vec<schema::Role>)]
    roles: BTreeSet<Role>,
    /// Whom the colleague reports to.
    #[serde(default)]
    #[schema(value_type = Option<schema::PersonId>)]
    manager: Option<String>,
}

/// An invitation.
#[derive(Serialize, ToSchema)]
pub(super) struct InvitationBody {
    #[schema(value_type = schema::InvitationId)]
    id: InvitationId,
    email: String,
    name: String,
    #[schema(value_type = Vec<schema::Role>)]
    roles: BTreeSet<Role>,
    #[schema(required, value_type = Option<schema::PersonId>)]
    manager: Option<PersonId>,
    #[schema(value_type = schema::PersonId)]
    invited_by: PersonId,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
    /// What the colleague joins with; hand it over, it isn't shown again. Null only for a
    /// repetition of a request after the server's secret was changed.
    #[schema(required)]
    token: Option<String>,
}

/// An invitation taken up.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AcceptanceBody {
    /// The invitation's token.
    token: String,
    /// At least 12 characters; where the address has a login already, the password of that.
    password: String,
}

/// Invite a colleague
#[utoipa::path(
    post, path = "/invitations", tag = "people",
    request_body = NewInvitationBody,
    responses((status = 201, description = "Invited.", body = InvitationBody)),
)]
pub(super) async fn invite(
    State(app): State<App>,
    Writer(call): Writer,
    here: Here,
    Body(body): Body<NewInvitationBody>,
) -> Answer<Created<Json<InvitationBody>>> {
    let NewInvitationBody { email, name, roles, manager } = body;
    let manager = read_some("manager", manager.as_deref(), str::parse)?;
    let secret = app.invitations().secret(&call);
    let new = NewInvitation { email, name, roles, manager };
    let invitation = app.nestmap().invite(&call, new, digest(&secret)).await?.value;
    Ok(Created(here.member(invitation.id), Json(InvitationBody::of(invitation, secret))))
}

impl InvitationBody {
    fn of(invitation: Invitation, secret: String) -> Self {
        // A repetition after a change of the server's secret has another secret than the first.
        let token = (digest(&secret) == invitation.secret)
            .then(|| InvitationToken::new(invitation.organization, invitation.id, secret).text());
        let Invitation { id, email, name, roles, manager, invited_by, created_at, .. } = invitation;
        Self { id, email, name, roles, manager, invited_by, created_at, token }
    }
}

/// Join an organization
///
/// An invitation is taken up once, so this needs no idempotency key: who finds it used logs in. An
/// address that has a login joins with its password, and is slowed down like a log-in.
#[utoipa::path(
    post, path = "/invitations/accept", tag = "people", security(()),
    request_body = AcceptanceBody,
    responses((status = 201, description = "Joined.", body = JoinedBody)),
)]
pub(super) async fn accept_invitation(
    State(app): State<App>,
    Request(request): Request,
    Peer(client): Peer,
    Body(body): Body<AcceptanceBody>,
) -> Answer<(StatusCode, Json<JoinedBody>)> {
    let token = InvitationToken::parse(&body.token)?;
    let secret = token.digest();
    let InvitationToken { organization, invitation, .. } = token;
    let nestmap = app.nestmap();
    // Before the password is looked at, which takes long.
    let Invitation { email, name, .. } =
        nestmap.open_invitation(organization, invitation, secret).await?;
    let login =
        braked_joining_login(&app, client, &email, &body.password, &[&email, &name]).await?;
    let joined =
        nestmap.accept_invitation(organization, invitation, secret, Some(login), request).await?;
    Ok((StatusCode::CREATED, Json(joined.into())))
}
