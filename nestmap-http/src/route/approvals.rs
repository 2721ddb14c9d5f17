//! Requests for approval, and decisions about them.

use std::collections::BTreeSet;

use axum::Json;
use axum::extract::State;
use nestmap_core::approval::{Answer as Verdict, Approval, ApprovalState, Binding, Deadline, Step};
use nestmap_core::digest::Digest;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::id::{ApprovalId, PersonId, TripId};
use nestmap_core::policy::document::Silence;
use nestmap_core::policy::outcome::ApprovalNeed;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Versioned;
use crate::app::App;
use crate::extract::{Asked, Body, Caller, Expected, Id, Writer, read};
use crate::openapi::values as schema;
use crate::page::{List, PageBody, Paging};
use crate::problem::Answer;

/// A request for approval of a trip.
#[derive(Serialize, ToSchema)]
pub(super) struct ApprovalBody {
    #[schema(value_type = schema::ApprovalId)]
    id: ApprovalId,
    version: Version,
    #[schema(value_type = schema::TripId)]
    trip: TripId,
    #[schema(value_type = Vec<schema::PersonId>)]
    travelers: Vec<PersonId>,
    #[schema(value_type = schema::PersonId)]
    booked_by: PersonId,
    /// Who chose what is in it.
    #[schema(value_type = Vec<schema::PersonId>)]
    chosen_by: BTreeSet<PersonId>,
    /// Who submitted the trip.
    #[schema(value_type = schema::PersonId)]
    requested_by: PersonId,
    /// How strongly approval is needed.
    #[schema(value_type = schema::ApprovalNeed)]
    need: ApprovalNeed,
    /// What is approved; nothing else is covered.
    #[schema(value_type = schema::ApprovalBinding)]
    binding: Binding,
    /// Consents that are needed, all of them.
    #[schema(value_type = Vec<schema::ApprovalStep>)]
    steps: Vec<Step>,
    #[schema(value_type = schema::Deadline)]
    deadline: Deadline,
    /// What nobody's answer by the deadline means; `approve` only when the policy's own window ends
    /// the time to decide.
    #[schema(value_type = schema::Silence)]
    on_silence: Silence,
    #[schema(value_type = schema::ApprovalState)]
    state: ApprovalState,
    #[schema(value_type = schema::Timestamp)]
    requested_at: Timestamp,
}

impl ApprovalBody {
    pub(super) fn of(Stored { value, version }: Stored<Approval>) -> Self {
        let on_silence = value.silence_means();
        Self {
            id: value.id,
            version,
            trip: value.trip,
            travelers: value.travelers,
            booked_by: value.booked_by,
            chosen_by: value.chosen_by,
            requested_by: value.requested_by,
            need: value.need,
            binding: value.binding,
            steps: value.steps,
            deadline: value.deadline,
            on_silence,
            state: value.state,
            requested_at: value.requested_at,
        }
    }

    fn versioned(stored: Stored<Approval>) -> Versioned<Self> {
        Versioned(stored.version, Self::of(stored))
    }
}

/// An approver's decision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct DecisionBody {
    /// Yes or no.
    #[schema(value_type = String)]
    answer: Verdict,
    /// Why.
    #[serde(default)]
    comment: Option<String>,
    /// `binding.digest` of what the approver saw; the decision is about nothing else.
    #[schema(value_type = schema::Digest)]
    digest: String,
}

/// List what waits for one's decision
#[utoipa::path(
    get, path = "/approvals", tag = "approvals", params(Paging),
    responses((status = 200, description = "Pending requests the caller is asked about, newest first.", body = PageBody<ApprovalBody>)),
)]
pub(super) async fn approvals(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<PageBody<ApprovalBody>>> {
    let person = call.actor.need_person()?.to_string();
    let organization = call.actor.organization;
    let list = List { organization, name: "approvals", filter: &person };
    let page = app.nestmap().approvals(&call, app.cursors().request(list, &paging)?).await?;
    Ok(Json(app.cursors().answer(list, page, ApprovalBody::of)))
}

/// See a request for approval
#[utoipa::path(
    get, path = "/approvals/{approval}", tag = "approvals",
    params(("approval" = String, Path)),
    responses((status = 200, description = "The request.", body = ApprovalBody)),
)]
pub(super) async fn approval(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(approval): Id<ApprovalId>,
) -> Answer<Versioned<ApprovalBody>> {
    Ok(ApprovalBody::versioned(app.nestmap().approval(&call, approval).await?))
}

/// Decide about a trip
///
/// The last consent clears the trip; a refusal makes it a draft again.
#[utoipa::path(
    post, path = "/approvals/{approval}/decisions", tag = "approvals",
    params(("approval" = String, Path)),
    request_body = DecisionBody,
    responses((status = 200, description = "Decided.", body = ApprovalBody)),
)]
pub(super) async fn decide(
    State(app): State<App>,
    Writer(call): Writer,
    Id(approval): Id<ApprovalId>,
    Expected(version): Expected,
    Body(body): Body<DecisionBody>,
) -> Answer<Versioned<ApprovalBody>> {
    let digest: Digest = read("digest", &body.digest, str::parse)?;
    let decision = NewDecision { answer: body.answer, comment: body.comment, digest };
    Ok(ApprovalBody::versioned(app.nestmap().decide(&call, approval, decision, version).await?))
}
