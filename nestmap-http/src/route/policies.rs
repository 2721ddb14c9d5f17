//! Travel policies: drafted, revised, published, retired.

use axum::Json;
use axum::extract::State;
use nestmap_core::Error;
use nestmap_core::digest::Digest;
use nestmap_core::id::PolicyId;
use nestmap_core::policy::document::Problem;
use nestmap_core::policy::{Policy, PolicyDocument, PolicyState};
use nestmap_core::port::store::{Stored, Version};
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::{Created, Versioned};
use crate::app::App;
use crate::extract::{Asked, Caller, Expected, Here, Id, Text, Writer};
use crate::openapi::values as schema;
use crate::page::{List, PageBody, Paging};
use crate::problem::Answer;

/// A policy.
#[derive(Serialize, ToSchema)]
pub(super) struct PolicyBody {
    #[schema(value_type = schema::PolicyId)]
    id: PolicyId,
    version: Version,
    #[schema(value_type = schema::PolicyState)]
    state: PolicyState,
    /// What approvals and assessments name.
    #[schema(value_type = schema::Digest)]
    digest: Digest,
    #[schema(value_type = schema::PolicyDocument)]
    document: PolicyDocument,
}

impl PolicyBody {
    fn of(Stored { value, version }: Stored<Policy>) -> Self {
        let Policy { id, document, state, .. } = value;
        Self { id, version, state, digest: document.digest(), document }
    }

    fn versioned(stored: Stored<Policy>) -> Versioned<Self> {
        Versioned(stored.version, Self::of(stored))
    }
}

/// Reads a document; every mistake is in `details.problems`.
fn read(text: &str) -> Result<PolicyDocument, Error> {
    PolicyDocument::parse_json(text).map_err(|problems| Problem::error(&problems))
}

/// List policies
#[utoipa::path(
    get, path = "/policies", tag = "policies",
    params(Paging),
    responses((status = 200, description = "A page of policies.", body = PageBody<PolicyBody>)),
)]
pub(super) async fn policies(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<PageBody<PolicyBody>>> {
    let list = List { organization: call.actor.organization, name: "policies", filter: "" };
    let page = app.cursors().request(list, &paging)?;
    let policies = app.nestmap().policies(&call, page).await?;
    Ok(Json(app.cursors().answer(list, policies, PolicyBody::of)))
}

/// Draft a policy
#[utoipa::path(
    post, path = "/policies", tag = "policies",
    request_body = schema::PolicyDocument,
    responses((status = 201, description = "Drafted.", body = PolicyBody)),
)]
pub(super) async fn draft_policy(
    State(app): State<App>,
    Writer(call): Writer,
    here: Here,
    Text(text): Text,
) -> Answer<Created<Versioned<PolicyBody>>> {
    let policy = app.nestmap().draft_policy(&call, read(&text)?).await?;
    Ok(Created(here.member(policy.value.id), PolicyBody::versioned(policy)))
}

/// See a policy
#[utoipa::path(
    get, path = "/policies/{policy}", tag = "policies",
    params(("policy" = String, Path)),
    responses((status = 200, description = "The policy.", body = PolicyBody)),
)]
pub(super) async fn policy(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(policy): Id<PolicyId>,
) -> Answer<Versioned<PolicyBody>> {
    Ok(PolicyBody::versioned(app.nestmap().policy(&call, policy).await?))
}

/// Replace a draft's document
#[utoipa::path(
    put, path = "/policies/{policy}", tag = "policies",
    params(("policy" = String, Path)),
    request_body = schema::PolicyDocument,
    responses((status = 200, description = "Replaced.", body = PolicyBody)),
)]
pub(super) async fn revise_policy(
    State(app): State<App>,
    Writer(call): Writer,
    Id(policy): Id<PolicyId>,
    Expected(version): Expected,
    Text(text): Text,
) -> Answer<Versioned<PolicyBody>> {
    let document = read(&text)?;
    Ok(PolicyBody::versioned(app.nestmap().revise_policy(&call, policy, document, version).await?))
}

/// Publish a draft
///
/// From now on it holds, on the days its document names.
#[utoipa::path(
    post, path = "/policies/{policy}/publish", tag = "policies",
    params(("policy" = String, Path)),
    responses((status = 200, description = "Published.", body = PolicyBody)),
)]
pub(super) async fn publish_policy(
    State(app): State<App>,
    Writer(call): Writer,
    Id(policy): Id<PolicyId>,
    Expected(version): Expected,
) -> Answer<Versioned<PolicyBody>> {
    Ok(PolicyBody::versioned(app.nestmap().publish_policy(&call, policy, version).await?))
}

/// Retire a published policy
#[utoipa::path(
    post, path = "/policies/{policy}/retire", tag = "policies",
    params(("policy" = String, Path)),
    responses((status = 200, description = "Retired.", body = PolicyBody)),
)]
pub(super) async fn retire_policy(
    State(app): State<App>,
    Writer(call): Writer,
    Id(policy): Id<PolicyId>,
    Expected(version): Expected,
) -> Answer<Versioned<PolicyBody>> {
    Ok(PolicyBody::versioned(app.nestmap().retire_policy(&call, policy, version).await?))
}
