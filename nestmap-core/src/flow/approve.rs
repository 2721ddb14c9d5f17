//! Deciding about a trip, and what silence decides.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::settle::Orders;
use super::{Call, Work, found, home};
use crate::access::{Actor, Permission, Resource, may};
use crate::approval::{Answer, Approval, ApprovalState};
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::id::{ApprovalId, OrganizationId};
use crate::nestmap::NestMap;
use crate::organization::check_text;
use crate::page::{Page, PageRequest};
use crate::port::store::{Change, Stored, Version, Write};
use crate::trip::TripState;

/// An approver's decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewDecision {
    /// Yes or no.
    pub answer: Answer,
    /// Why.
    #[serde(default)]
    pub comment: Option<String>,
    /// The digest of what the approver saw; the decision is about nothing else.
    pub digest: Digest,
}

impl NestMap {
    /// One request for approval.
    pub async fn approval(&self, call: &Call, id: ApprovalId) -> Result<Stored<Approval>> {
        let stored = found("approval", self.store.approval(home(call), id).await?)?;
        let mut concerned: Vec<_> = stored.value.approvers().collect();
        concerned.extend(stored.value.parties());
        let resource = Resource::concerning("approval", stored.value.organization, &concerned);
        may(&call.actor, Permission::TripRead, resource)?;
        Ok(stored)
    }

    /// Requests that wait for the caller, newest first; for those who may decide.
    pub async fn approvals(
        &self,
        call: &Call,
        page: PageRequest<ApprovalId>,
    ) -> Result<Page<Stored<Approval>, ApprovalId>> {
        let person = call.actor.need_person()?;
        let own = [person];
        let resource = Resource::concerning("approval", home(call), &own);
        may(&call.actor, Permission::ApprovalDecide, resource)?;
        Ok(self.store.approvals_waiting_for(home(call), person, page).await?)
    }

    /// Records the caller's decision; the last consent clears the trip, a refusal reopens it.
    pub async fn decide(
        &self,
        call: &Call,
        id: ApprovalId,
        decision: NewDecision,
        expected: Option<Version>,
    ) -> Result<Stored<Approval>> {
        decision.comment.as_deref().map_or(Ok(()), |text| check_text("comment", text, 0, 1_000))?;
        self.write(call, "decide", &(id, &decision), |work| {
            let decision = decision.clone();
            async move {
                let stored = self.asked(call, id).await?.expect(expected)?;
                if stored.value.binding.digest != decision.digest {
                    return Err(
                        Error::new(Code::ApprovalStale, "this isn't what you saw").field("digest")
                    );
                }
                let by = call.actor.need_person()?;
                let now = work.now;
                let decided =
                    stored.value.decide(by, decision.answer, decision.comment.clone(), now)?;
                let facts = json!({ "answer": decision.answer, "digest": decision.digest });
                let work = self
                    .follow_approval(work, decided, stored.version, "approval.decided", facts)
                    .await?;
                Ok((work, ()))
            }
        })
        .await?;
        found("approval", self.store.approval(home(call), id).await?)
    }

    /// The approval, if the caller is asked about it.
    async fn asked(&self, call: &Call, id: ApprovalId) -> Result<Stored<Approval>> {
        let stored = found("approval", self.store.approval(home(call), id).await?)?;
        let mut concerned: Vec<_> = stored.value.approvers().collect();
        // Parties to the trip hear why they may not decide, rather than that roles are missing.
        concerned.extend(stored.value.parties());
        let resource = Resource::concerning("approval", stored.value.organization, &concerned);
        may(&call.actor, Permission::ApprovalDecide, resource)?;
        Ok(stored)
    }

    /// The deadline has passed: silence means what was declared.
    pub(crate) async fn fall_silent(
        &self,
        organization: OrganizationId,
        id: ApprovalId,
    ) -> Result<()> {
        let call = Call::by(Actor::system(organization));
        self.write(&call, "fall_silent", &id, |work| async move {
            let Some(stored) = self.store.approval(organization, id).await? else {
                return Ok((work, ()));
            };
            if stored.value.due_at().is_none_or(|due| work.now < due) {
                return Ok((work, ()));
            }
            let now = work.now;
            let meant = stored.value.silence_means();
            let silent = stored.value.fall_silent(now)?;
            let facts = json!({ "meant": meant, "deadline": silent.deadline });
            let work = self
                .follow_approval(work, silent, stored.version, "approval.silent", facts)
                .await?;
            Ok((work, ()))
        })
        .await
    }

    /// Records a changed approval with what follows from it for the trip and its orders.
    pub(super) async fn follow_approval<'a>(
        &self,
        mut work: Work<'a>,
        approval: Approval,
        version: Version,
        action: &str,
        facts: serde_json::Value,
    ) -> Result<Work<'a>> {
        if !approval.is_pending() {
            let organization = approval.organization;
            let trip = found("trip", self.store.trip(organization, approval.trip).await?)?;
            let waits = matches!(trip.value.state,
                TripState::Submitted { approval: open, .. } if open == approval.id);
            if !waits {
                return Err(Error::new(
                    Code::ApprovalState,
                    "the trip doesn't wait for this approval",
                ));
            }
            let orders = Orders::of(self, organization, approval.trip).await?;
            let (trip_after, done) = if approval.is_granted() {
                orders.clear_waiting(&mut work)?;
                (trip.value.clear(work.now)?, "trip.cleared")
            } else {
                let withdrawn = orders.withdraw_waiting(&mut work)?;
                (trip.value.reopen(why(&approval), &withdrawn, work.now)?, "trip.reopened")
            };
            let facts = json!({ "approval": approval.id, "state": approval.state_name() });
            work.record(Change::Trip(Write::Update(trip_after, trip.version)), done, facts);
        }
        work.record(Change::Approval(Write::Update(approval, version)), action, facts);
        Ok(work)
    }
}

fn why(approval: &Approval) -> &'static str {
    match approval.state {
        ApprovalState::Rejected { .. } => "the approver rejected it",
        ApprovalState::Silent { .. } => "nobody decided in time",
        _ => "the approval was withdrawn",
    }
}
