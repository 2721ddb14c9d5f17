//! Travel policy: typed rules in, an explained assessment out.
//!
//! Facts are held against every rule in scope; each rule says within, outside, not applicable or
//! unknown, with its limit and the actual value. What the rules ask for is merged by a join that
//! knows no order. Unknown is never silently fine.

pub mod air;
pub mod assess;
pub mod assessment;
mod bind;
pub mod document;
pub mod entry;
pub mod explain;
pub mod facts;
pub mod finding;
pub mod general;
mod judge;
pub mod lodging;
mod nearest;
pub mod outcome;
mod payment;
pub mod predicate;
pub mod receipt;
pub mod rule;
pub mod scope;
#[cfg(test)]
mod tests;
mod word;

pub use assess::{ENGINE, assess, assess_offers};
pub use assessment::{Assessment, Headline, OfferAssessment, OfferAssessments, PolicyRef};
pub use document::PolicyDocument;
pub use facts::{AirFacts, CandidateSet, Facts, LodgingFacts, Subject, TravelerFacts, TripFacts};
pub use finding::{Basis, Finding, Quantity, RuleId, Verdict};
pub use outcome::{ApproverRef, Level, Outcome};
pub(crate) use payment::check_payment;
pub use receipt::verify;
pub use rule::{Rule, RuleBody, RuleKind};
pub use scope::Scope;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{OrganizationId, PersonId, PolicyId};
use crate::time::{Date, Timestamp};

/// A policy of an organization.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// What it says; only a draft's can change.
    pub document: PolicyDocument,
    /// Whether it holds.
    pub state: PolicyState,
}

/// Whether a policy holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum PolicyState {
    /// Not yet.
    Draft,
    /// Since then, on the days its document names.
    Published {
        /// When it was published.
        at: Timestamp,
        /// Who published it.
        by: PersonId,
    },
    /// No longer.
    Retired {
        /// When it was retired.
        at: Timestamp,
        /// Who retired it.
        by: PersonId,
    },
}

impl PolicyState {
    /// Whether it holds on the days its document names.
    pub fn is_published(self) -> bool {
        matches!(self, Self::Published { .. })
    }

    /// Whether it never holds again.
    pub fn is_retired(self) -> bool {
        matches!(self, Self::Retired { .. })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Draft => "a draft",
            Self::Published { .. } => "published",
            Self::Retired { .. } => "retired",
        }
    }
}

impl Policy {
    /// A draft.
    pub fn draft(id: PolicyId, organization: OrganizationId, document: PolicyDocument) -> Self {
        Self { id, organization, document, state: PolicyState::Draft }
    }

    /// The draft with another document. What is published stays as approvals saw it.
    pub fn revise(self, document: PolicyDocument) -> Result<Self, Error> {
        match self.state {
            PolicyState::Draft => Ok(Self { document, ..self }),
            state => Err(wrong_state("revised", "a draft", state)),
        }
    }

    /// The draft, published.
    pub fn publish(self, at: Timestamp, by: PersonId) -> Result<Self, Error> {
        match self.state {
            PolicyState::Draft => Ok(Self { state: PolicyState::Published { at, by }, ..self }),
            state => Err(wrong_state("published", "a draft", state)),
        }
    }

    /// The published policy, retired; it never holds again.
    pub fn retire(self, at: Timestamp, by: PersonId) -> Result<Self, Error> {
        match self.state {
            PolicyState::Published { .. } => {
                Ok(Self { state: PolicyState::Retired { at, by }, ..self })
            }
            state => Err(wrong_state("retired", "published", state)),
        }
    }

    /// The policy at the version it was read at.
    pub fn reference(&self, version: i64) -> PolicyRef {
        PolicyRef {
            id: self.id,
            version,
            title: self.document.title.clone(),
            digest: self.document.digest(),
        }
    }

    /// Whether it holds for bookings of that day.
    pub fn is_in_force(&self, day: Date) -> bool {
        self.state.is_published() && self.document.effective.contains(day)
    }
}

fn wrong_state(verb: &str, expected: &str, found: PolicyState) -> Error {
    let message = format!("only {expected} policy can be {verb}, this one is {}", found.name());
    Error::new(Code::PolicyState, message.replace("only a draft policy", "only a draft"))
        .expected(expected)
}

/// A policy that holds, at the version it was read at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyInForce {
    /// Which version it is.
    pub reference: PolicyRef,
    /// What it says.
    pub document: PolicyDocument,
}

/// Of an organization's policies, each with its stored version, those that hold for bookings of
/// that day, sorted by id.
pub fn in_force<'a>(
    policies: impl IntoIterator<Item = (&'a Policy, i64)>,
    day: Date,
) -> Vec<PolicyInForce> {
    let mut holding: Vec<_> = policies
        .into_iter()
        .filter(|(policy, _)| policy.is_in_force(day))
        .map(|(policy, version)| PolicyInForce {
            reference: policy.reference(version),
            document: policy.document.clone(),
        })
        .collect();
    holding.sort_by(|a, b| a.reference.cmp(&b.reference));
    holding
}
