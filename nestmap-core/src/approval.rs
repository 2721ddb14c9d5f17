//! A request for approval: who must decide, until when, and about exactly what.

pub mod binding;
pub mod deadline;
pub mod route;
mod stand_in;
pub mod step;

pub use binding::{Binding, Tolerance};
pub use deadline::{Deadline, DeadlineReason};
pub use step::{Decision, Step, StepRule};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{ApprovalId, OrganizationId, PersonId, TripId};
use crate::policy::document::Silence;
use crate::policy::outcome::ApprovalNeed;
use crate::time::Timestamp;

/// A request for approval of a trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The id.
    pub id: ApprovalId,
    /// Whose.
    pub organization: OrganizationId,
    /// The trip.
    pub trip: TripId,
    /// Who travels; none of them decides.
    pub travelers: Vec<PersonId>,
    /// Who booked the trip; doesn't decide either.
    pub booked_by: PersonId,
    /// Who chose what is in it; none of them decides either.
    pub chosen_by: BTreeSet<PersonId>,
    /// Who submitted it; doesn't decide either.
    pub requested_by: PersonId,
    /// How strongly approval is needed.
    pub need: ApprovalNeed,
    /// What is approved: nothing else is covered.
    pub binding: Binding,
    /// Consents that are needed, all of them; each step says by whom.
    pub steps: Vec<Step>,
    /// Until when, and why not later.
    pub deadline: Deadline,
    /// What nobody's answer means where the policy's own window ended the time to decide; see
    /// [`Approval::silence_means`].
    pub on_silence: Silence,
    /// Open or decided.
    pub state: ApprovalState,
    /// When it was asked for.
    pub requested_at: Timestamp,
}

/// The state of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum ApprovalState {
    /// Waits for decisions.
    Pending,
    /// Everybody who had to has agreed.
    Approved {
        /// Since when.
        at: Timestamp,
    },
    /// Somebody has refused.
    Rejected {
        /// Since when.
        at: Timestamp,
        /// Who.
        by: PersonId,
        /// Why, in their words.
        comment: Option<String>,
    },
    /// The deadline passed without an answer.
    Silent {
        /// When.
        at: Timestamp,
        /// What that meant.
        meant: Silence,
    },
    /// Not needed any more.
    Withdrawn {
        /// Since when.
        at: Timestamp,
        /// Why, for people.
        why: String,
    },
}

/// An approver's answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes.
    Approve,
    /// No.
    Reject,
}

impl Approval {
    /// Records an answer of `by`.
    ///
    /// Nobody decides about a trip they take, arranged or submitted, whatever their roles; nobody
    /// decides without being asked; nothing is decided twice or after the deadline. While others
    /// are still asked, a yes can become a no.
    pub fn decide(
        mut self,
        by: PersonId,
        answer: Answer,
        comment: Option<String>,
        now: Timestamp,
    ) -> Result<Self, Error> {
        self.must_be_pending(now)?;
        if self.is_party(by) {
            return Err(Error::new(
                Code::SeparationOfDuties,
                "nobody decides about a trip they take, arranged or asked for",
            ));
        }
        let mut asked = false;
        for step in self.steps.iter_mut().filter(|step| step.approvers.contains(&by)) {
            asked = true;
            step.record(Decision { by, answer, comment: comment.clone(), at: now });
        }
        if !asked {
            return Err(Error::new(Code::Forbidden, "you aren't asked about this trip"));
        }
        self.state = match answer {
            Answer::Reject => ApprovalState::Rejected { at: now, by, comment },
            Answer::Approve if self.steps.iter().all(Step::is_satisfied) => {
                ApprovalState::Approved { at: now }
            }
            Answer::Approve => ApprovalState::Pending,
        };
        Ok(self)
    }

    /// What nobody's answer by the deadline means.
    ///
    /// Silence is consent only when it lasted as long as the policy says. Where an offer, a hold or
    /// the departure ended the time to decide sooner, nobody may have had the time to look.
    pub fn silence_means(&self) -> Silence {
        match (self.on_silence, self.deadline.reason) {
            (Silence::Approve, DeadlineReason::PolicyWindow) => Silence::Approve,
            (Silence::Approve, _) => Silence::Expire,
            (declared, _) => declared,
        }
    }

    /// The deadline has passed; silence means what was declared.
    pub fn fall_silent(mut self, now: Timestamp) -> Result<Self, Error> {
        if self.state != ApprovalState::Pending || now < self.deadline.at {
            return Err(self.state_error("isn't overdue"));
        }
        self.state = ApprovalState::Silent { at: now, meant: self.silence_means() };
        Ok(self)
    }

    /// Takes the request back; one that was decided stays decided.
    pub fn withdraw(mut self, why: &str, now: Timestamp) -> Result<Self, Error> {
        if self.state != ApprovalState::Pending {
            return Err(self.state_error("was decided"));
        }
        self.state = ApprovalState::Withdrawn { at: now, why: why.to_owned() };
        Ok(self)
    }

    /// Moves the deadline to what is known now, never later than it was. One that has passed leaves
    /// nobody the time to decide, and no consent to silence.
    pub fn tighten(mut self, deadline: Deadline) -> Self {
        if self.is_pending() && deadline.at < self.deadline.at {
            self.deadline = deadline;
        }
        self
    }

    /// Whether it waits for decisions.
    pub fn is_pending(&self) -> bool {
        self.state == ApprovalState::Pending
    }

    /// Whether the trip may be paid for.
    pub fn is_granted(&self) -> bool {
        matches!(
            self.state,
            ApprovalState::Approved { .. } | ApprovalState::Silent { meant: Silence::Approve, .. }
        )
    }

    /// When somebody or something must act; none when decided.
    pub fn due_at(&self) -> Option<Timestamp> {
        self.is_pending().then_some(self.deadline.at)
    }

    /// Everybody who is asked.
    pub fn approvers(&self) -> impl Iterator<Item = PersonId> {
        self.steps.iter().flat_map(|step| step.approvers.iter().copied())
    }

    /// The state in one word, as events and tables name it.
    pub fn state_name(&self) -> &'static str {
        match self.state {
            ApprovalState::Pending => "pending",
            ApprovalState::Approved { .. } => "approved",
            ApprovalState::Rejected { .. } => "rejected",
            ApprovalState::Silent { .. } => "silent",
            ApprovalState::Withdrawn { .. } => "withdrawn",
        }
    }

    /// Travelers, and who arranged or submitted the trip: whoever doesn't decide about it.
    pub fn parties(&self) -> impl Iterator<Item = PersonId> {
        let arranged = self.chosen_by.iter().copied().chain([self.booked_by, self.requested_by]);
        self.travelers.iter().copied().chain(arranged)
    }

    fn is_party(&self, person: PersonId) -> bool {
        self.parties().any(|party| party == person)
    }

    fn must_be_pending(&self, now: Timestamp) -> Result<(), Error> {
        if !self.is_pending() {
            return Err(self.state_error("was decided"));
        }
        if self.deadline.at <= now {
            return Err(self.state_error("is overdue"));
        }
        Ok(())
    }

    fn state_error(&self, what: &str) -> Error {
        Error::new(Code::ApprovalState, format!("the approval {what}"))
            .detail("state", self.state_name())
    }
}

#[cfg(test)]
mod tests;
