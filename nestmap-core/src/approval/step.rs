//! One consent that is needed, and who can give it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Answer;
use crate::id::PersonId;
use crate::time::Timestamp;

/// One consent that is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Whether one of the approvers suffices.
    pub rule: StepRule,
    /// Who is asked; never empty.
    pub approvers: BTreeSet<PersonId>,
    /// Who has answered what, oldest first; of one approver's answers the last one holds.
    pub decisions: Vec<Decision>,
}

/// How many of a step's approvers must agree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StepRule {
    /// One of them.
    Any,
    /// Each of them.
    All,
}

/// An approver's answer, with who and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// Who.
    pub by: PersonId,
    /// Yes or no.
    pub answer: Answer,
    /// Why, in their words.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
}

impl Step {
    /// A step nobody has answered.
    pub fn new(rule: StepRule, approvers: BTreeSet<PersonId>) -> Self {
        Self { rule, approvers, decisions: Vec::new() }
    }

    /// Keeps the answer; one that was given before changes nothing.
    pub(super) fn record(&mut self, decision: Decision) {
        if self.answer_of(decision.by) != Some(decision.answer) {
            self.decisions.push(decision);
        }
    }

    /// What the person said last.
    pub(super) fn answer_of(&self, person: PersonId) -> Option<Answer> {
        self.decisions.iter().rev().find(|decision| decision.by == person).map(|d| d.answer)
    }

    /// Whether the consent is there.
    pub fn is_satisfied(&self) -> bool {
        let agreed = |person: &PersonId| self.answer_of(*person) == Some(Answer::Approve);
        match self.rule {
            StepRule::Any => self.approvers.iter().any(agreed),
            StepRule::All => !self.approvers.is_empty() && self.approvers.iter().all(agreed),
        }
    }
}
