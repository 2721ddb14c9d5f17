//! The audit log.

use axum::Json;
use axum::extract::State;
use nestmap_core::Error;
use nestmap_core::access::Who;
use nestmap_core::audit::AuditRecord;
use nestmap_core::event::{Subject, SubjectKind};
use nestmap_core::id::{
    ApprovalId, AuditId, InvitationId, OfferSetId, OrderId, OrganizationId, PersonId, PolicyId,
    SessionId, TripId,
};
use nestmap_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::app::App;
use crate::extract::{Asked, Caller};
use crate::openapi::values as schema;
use crate::page::{List, PageBody, Paging};
use crate::problem::Answer;

/// Which lines to list.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct AuditQuery {
    /// Only lines about the thing with this id.
    subject: Option<String>,
    /// How many items at most, 1 to 100; 25 when not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    limit: Option<String>,
    /// `next` of the page before.
    after: Option<String>,
}

/// A line of the audit log.
#[derive(Serialize, ToSchema)]
pub(super) struct AuditLineBody {
    #[schema(value_type = schema::AuditId)]
    id: AuditId,
    #[schema(value_type = schema::Timestamp)]
    at: Timestamp,
    #[schema(value_type = schema::Who)]
    by: Who,
    /// What was done, such as `trip.submitted`.
    action: String,
    #[schema(value_type = schema::Subject)]
    subject: Subject,
    /// The id of the request it was part of.
    #[schema(required)]
    request: Option<String>,
    /// What makes the action understandable later.
    details: serde_json::Value,
}

impl From<AuditRecord> for AuditLineBody {
    fn from(record: AuditRecord) -> Self {
        let AuditRecord { id, at, by, action, subject, request, details, .. } = record;
        Self { id, at, by, action, subject, request, details }
    }
}

/// List what was done
#[utoipa::path(
    get, path = "/audit", tag = "audit", params(AuditQuery),
    responses((status = 200, description = "Lines, newest first.", body = PageBody<AuditLineBody>)),
)]
pub(super) async fn audit(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Asked(query): Asked<AuditQuery>,
) -> Answer<Json<PageBody<AuditLineBody>>> {
    let AuditQuery { subject, limit, after } = query;
    let subject = subject.as_deref().map(subject_of).transpose()?;
    let filter = subject.as_ref().map_or("", |subject| &subject.id);
    let list = List { organization: call.actor.organization, name: "audit", filter };
    let request = app.cursors().request(list, &Paging { limit, after })?;
    let page = app.nestmap().audit(&call, subject.as_ref(), request).await?;
    Ok(Json(app.cursors().answer(list, page, AuditLineBody::from)))
}

/// The thing an id names; its prefix tells the kind.
fn subject_of(id: &str) -> Result<Subject, Error> {
    let prefix = id.split('_').next().unwrap_or("");
    let (kind, checked) = match prefix {
        OrganizationId::PREFIX => (SubjectKind::Organization, id.parse::<OrganizationId>().err()),
        PersonId::PREFIX => (SubjectKind::Person, id.parse::<PersonId>().err()),
        InvitationId::PREFIX => (SubjectKind::Invitation, id.parse::<InvitationId>().err()),
        SessionId::PREFIX => (SubjectKind::Session, id.parse::<SessionId>().err()),
        PolicyId::PREFIX => (SubjectKind::Policy, id.parse::<PolicyId>().err()),
        OfferSetId::PREFIX => (SubjectKind::OfferSet, id.parse::<OfferSetId>().err()),
        ApprovalId::PREFIX => (SubjectKind::Approval, id.parse::<ApprovalId>().err()),
        OrderId::PREFIX => (SubjectKind::Order, id.parse::<OrderId>().err()),
        _ => (SubjectKind::Trip, id.parse::<TripId>().err()),
    };
    match checked {
        None => Ok(Subject::new(kind, id)),
        Some(error) => Err(error.field("subject")),
    }
}
