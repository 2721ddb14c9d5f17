//! One costly call to a supplier, from the intent to its outcome.

use serde::{Deserialize, Serialize};

use super::{Order, OrderState, PurchaseKind};
use crate::id::AttemptId;
use crate::port::flights::SupplierProfile;
use crate::shopping::SupplierRef;
use crate::time::Timestamp;

/// A call whose outcome isn't known yet. It is made once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The attempt's id; it travels with the call.
    pub id: AttemptId,
    /// When the intent was committed, just before the call.
    pub started_at: Timestamp,
    /// What is known.
    pub phase: AttemptPhase,
    /// How many look-ups found nothing.
    pub polls: i64,
    /// Why the last look-up brought no answer, for people; none when it did.
    pub trouble: Option<String>,
    /// When to look (again) what became of it.
    pub due_at: Timestamp,
    /// Since when a person has to look at it; look-ups go on.
    pub needs_person_since: Option<Timestamp>,
}

/// What is known of an open attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "phase", rename_all = "snake_case")]
pub enum AttemptPhase {
    /// Whoever committed the intent is making the call.
    Dispatching,
    /// The supplier took it and will say more later.
    Accepted {
        /// The order, where the supplier named it.
        order: Option<SupplierRef>,
    },
    /// The caller died, or the answer was lost.
    Unknown {
        /// What was seen instead of an answer.
        cause: String,
    },
}

/// An attempt whose outcome is known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PastAttempt {
    /// The attempt.
    pub id: AttemptId,
    /// What was tried.
    pub call: AttemptCall,
    /// When it started.
    pub started_at: Timestamp,
    /// When its outcome was known.
    pub ended_at: Timestamp,
    /// How it ended. An attempt that was `not_made` may stand here once more: that was wrong then.
    pub outcome: AttemptOutcome,
    /// Whether it was found out by look-up rather than by an answer.
    pub reconciled: bool,
}

/// What an attempt tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptCall {
    /// To hold seats.
    Hold,
    /// To order and pay at once.
    Instant,
    /// To pay for a hold.
    Pay,
    /// To cancel, or to give a hold back.
    Cancel,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AttemptOutcome {
    /// It was done.
    Confirmed,
    /// The supplier refused.
    Rejected,
    /// The supplier, or what stands before it, says that nothing was begun.
    NotMade,
    /// The order was canceled meanwhile.
    Canceled,
    /// A person found out that it wasn't done.
    DeclaredAbsent,
}

impl AttemptCall {
    /// The call in one word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Instant => "instant",
            Self::Pay => "pay",
            Self::Cancel => "cancel",
        }
    }

    /// The way of buying, where it is one.
    pub fn purchase(self) -> Option<PurchaseKind> {
        match self {
            Self::Hold => Some(PurchaseKind::Hold),
            Self::Instant => Some(PurchaseKind::Instant),
            Self::Pay | Self::Cancel => None,
        }
    }
}

impl Attempt {
    /// An attempt that was taken for not made, and that has left `made` at the supplier.
    pub(super) fn reopened(past: &PastAttempt, made: SupplierRef, now: Timestamp) -> Self {
        Self {
            id: past.id,
            started_at: past.started_at,
            phase: AttemptPhase::Accepted { order: Some(made) },
            polls: 0,
            trouble: None,
            due_at: now.plus_seconds(poll_wait_seconds(0)),
            needs_person_since: None,
        }
    }

    /// A fresh attempt; if nobody records an outcome, it is looked up after the call's longest time.
    pub fn dispatching(id: AttemptId, now: Timestamp, profile: &SupplierProfile) -> Self {
        Self {
            id,
            started_at: now,
            phase: AttemptPhase::Dispatching,
            polls: 0,
            trouble: None,
            due_at: now.plus_seconds(profile.call_seconds),
            needs_person_since: None,
        }
    }

    /// The supplier took it. What it named the order before isn't forgotten.
    pub fn accepted(mut self, order: Option<SupplierRef>, now: Timestamp) -> Self {
        let known = match self.phase {
            AttemptPhase::Accepted { order } => order,
            _ => None,
        };
        self.phase = AttemptPhase::Accepted { order: order.or(known) };
        self.due_at = now.plus_seconds(poll_wait_seconds(0));
        self
    }

    /// Nobody knows, unless the supplier is known to have taken it.
    pub fn unknown(mut self, cause: String, now: Timestamp) -> Self {
        if !matches!(self.phase, AttemptPhase::Accepted { .. }) {
            self.phase = AttemptPhase::Unknown { cause };
        }
        self.due_at = now.plus_seconds(poll_wait_seconds(0));
        self
    }

    /// A look-up brought no answer: that says nothing about the attempt. A person may know more
    /// when it has lasted.
    pub fn unanswered(mut self, why: &str, now: Timestamp, profile: &SupplierProfile) -> Self {
        self = self.stranded();
        self.trouble = Some(why.to_owned());
        let age = self.started_at.seconds_until(now);
        self.due_at = now.plus_seconds(unanswered_wait_seconds(age));
        if age >= profile.absence_seconds && self.needs_person_since.is_none() {
            self.needs_person_since = Some(now);
        }
        self
    }

    /// News may be there; a call that may still be under way is left alone.
    pub fn nudged(mut self, now: Timestamp) -> Self {
        if self.phase != AttemptPhase::Dispatching {
            self.due_at = now.min(self.due_at);
        }
        self
    }

    /// Nobody who made the call has told its outcome in time.
    fn stranded(mut self) -> Self {
        if self.phase == AttemptPhase::Dispatching {
            self.phase =
                AttemptPhase::Unknown { cause: "the caller gave no answer in time".into() };
        }
        self
    }

    /// A look-up found nothing that settles it.
    pub fn polled(mut self, now: Timestamp, profile: &SupplierProfile) -> Self {
        self = self.stranded();
        self.polls = self.polls.saturating_add(1);
        self.trouble = None;
        self.due_at = now.plus_seconds(poll_wait_seconds(self.polls));
        let long = self.started_at.seconds_until(now) >= profile.absence_seconds;
        if long && self.polls >= profile.absence_polls && self.needs_person_since.is_none() {
            self.needs_person_since = Some(now);
        }
        self
    }
}

/// 5 s, 15 s, 1 min, 5 min, then 15 min for a day, then hourly without end.
fn poll_wait_seconds(polls: i64) -> i64 {
    match polls {
        ..=0 => 5,
        1 => 15,
        2 => 60,
        3 => 300,
        4..=100 => 900,
        _ => 3_600,
    }
}

/// Look-ups that bring no answer don't count, so how long to wait depends on the attempt's age:
/// 1 min in the first ten, then 5 min, after two hours 15 min, after a day an hour.
fn unanswered_wait_seconds(age_seconds: i64) -> i64 {
    match age_seconds {
        ..600 => 60,
        600..7_200 => 300,
        7_200..86_400 => 900,
        _ => 3_600,
    }
}

/// How long to wait after the supplier was too busy: 15 s, doubling, 15 min at most.
pub(super) fn retry_wait_seconds(tries: i64) -> i64 {
    15i64 << tries.clamp(0, 6)
}

impl Order {
    /// Moves the open attempt into the past.
    pub(super) fn file(&mut self, outcome: AttemptOutcome, now: Timestamp, reconciled: bool) {
        let call = match &self.state {
            OrderState::Purchasing { purchase: PurchaseKind::Hold, .. } => AttemptCall::Hold,
            OrderState::Purchasing { purchase: PurchaseKind::Instant, .. } => AttemptCall::Instant,
            OrderState::Paying { .. } => AttemptCall::Pay,
            OrderState::Canceling { .. } => AttemptCall::Cancel,
            _ => return,
        };
        if let Some(attempt) = self.attempt() {
            let past = PastAttempt {
                id: attempt.id,
                call,
                started_at: attempt.started_at,
                ended_at: now,
                outcome,
                reconciled,
            };
            self.past.push(past);
        }
    }

    /// The same order with its open attempt replaced.
    pub(super) fn with_attempt(mut self, change: impl FnOnce(Attempt) -> Attempt) -> Self {
        if let OrderState::Purchasing { attempt, .. }
        | OrderState::Paying { attempt, .. }
        | OrderState::Canceling { attempt, .. } = &mut self.state
        {
            *attempt = change(attempt.clone());
        }
        self
    }
}
