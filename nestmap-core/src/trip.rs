//! A trip: who goes where and why, what is to be bought, and how far it has come.

pub mod calendar;
pub mod itinerary;
pub mod lint;
#[cfg(test)]
pub(crate) mod sample;
pub mod status;

pub use calendar::calendar;
pub use itinerary::{Entry, Item, ItemKind, Itinerary, Stay};
pub use lint::{Lint, LintKind, Severity, lint};
pub use status::{TripAction, TripStatus};

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{ApprovalId, ItemId, OrderId, OrganizationId, PersonId, TripId};
use crate::organization::check_text;
use crate::time::Timestamp;

/// Most items a trip can have.
pub const ITEMS_MAX: usize = 20;

/// A trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trip {
    /// The id.
    pub id: TripId,
    /// Whose.
    pub organization: OrganizationId,
    /// What people call it.
    pub title: String,
    /// Why it is made, as the organization names purposes.
    pub purpose: Option<String>,
    /// Who travels; never empty, in the order of the offers' passengers.
    pub travelers: Vec<PersonId>,
    /// Who drafted it: a traveler or an arranger.
    pub booked_by: PersonId,
    /// What is to be bought.
    pub items: Vec<Item>,
    /// What the traveler says where the policy asks for a reason.
    pub reason: Option<Reason>,
    /// Draft, submitted, cleared and so on.
    pub state: TripState,
    /// When it was drafted.
    pub created_at: Timestamp,
}

/// Why a trip is outside the policy, in the traveler's words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// One of the organization's reason codes.
    pub code: String,
    /// More words.
    #[serde(default)]
    pub text: Option<String>,
}

/// The state of a trip; what its orders have come to is derived, see [`TripStatus`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum TripState {
    /// Can be changed.
    Draft {
        /// Why it is a draft again.
        reopened: Option<Reopened>,
    },
    /// Waits for approval.
    Submitted {
        /// Since when.
        at: Timestamp,
        /// The request.
        approval: ApprovalId,
    },
    /// May be bought.
    Cleared {
        /// Since when.
        at: Timestamp,
        /// The request that was granted; none when nobody had to be asked.
        approval: Option<ApprovalId>,
    },
    /// Not made.
    Canceled {
        /// Since when.
        at: Timestamp,
    },
}

/// Why a trip became a draft again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reopened {
    /// When.
    pub at: Timestamp,
    /// Why, for people.
    pub why: String,
}

impl Trip {
    /// Refuses what can't be a trip.
    pub fn check(&self) -> Result<(), Error> {
        check_text("title", &self.title, 1, 200)?;
        self.purpose.as_deref().map_or(Ok(()), |text| check_text("purpose", text, 1, 80))?;
        if let Some(reason) = &self.reason {
            check_text("reason.code", &reason.code, 1, 80)?;
            reason
                .text
                .as_deref()
                .map_or(Ok(()), |text| check_text("reason.text", text, 1, 1_000))?;
        }
        if self.travelers.is_empty()
            || self.travelers.len() > crate::shopping::request::PASSENGERS_MAX
        {
            return Err(wrong("travelers", "1 to 9 travelers"));
        }
        let twice = self.travelers.iter().enumerate().any(|(i, t)| self.travelers[..i].contains(t));
        if twice {
            return Err(wrong("travelers", "each traveler once"));
        }
        if self.items.len() > ITEMS_MAX {
            return Err(wrong("items", "at most 20 items"));
        }
        self.items.iter().enumerate().try_for_each(|(i, item)| item.check(i, self.travelers.len()))
    }

    /// Refuses a trip that can't be changed.
    pub fn must_be_draft(&self) -> Result<(), Error> {
        match self.state {
            TripState::Draft { .. } => Ok(()),
            _ => Err(self.state_error("isn't a draft")),
        }
    }

    /// Hands the trip in for approval.
    pub fn submit(mut self, approval: ApprovalId, now: Timestamp) -> Result<Self, Error> {
        self.must_be_draft()?;
        self.must_have_items()?;
        self.state = TripState::Submitted { at: now, approval };
        Ok(self)
    }

    /// Nobody has to be asked, or everybody has agreed.
    pub fn clear(mut self, now: Timestamp) -> Result<Self, Error> {
        let approval = match self.state {
            TripState::Draft { .. } => None,
            TripState::Submitted { approval, .. } => Some(approval),
            _ => return Err(self.state_error("was cleared or canceled")),
        };
        self.must_have_items()?;
        self.state = TripState::Cleared { at: now, approval };
        Ok(self)
    }

    /// Makes it a draft again; items whose order is over can be ordered anew.
    pub fn reopen(mut self, why: &str, over: &[OrderId], now: Timestamp) -> Result<Self, Error> {
        if let TripState::Canceled { .. } = self.state {
            return Err(self.state_error("was canceled"));
        }
        for item in &mut self.items {
            if item.order.is_some_and(|order| over.contains(&order)) {
                item.order = None;
            }
        }
        self.state = TripState::Draft { reopened: Some(Reopened { at: now, why: why.to_owned() }) };
        Ok(self)
    }

    /// Gives the trip up; what was bought must be canceled first.
    pub fn cancel(mut self, now: Timestamp) -> Result<Self, Error> {
        if let TripState::Canceled { .. } = self.state {
            return Err(self.state_error("was canceled"));
        }
        self.state = TripState::Canceled { at: now };
        Ok(self)
    }

    /// The item of that id.
    pub fn item(&self, id: ItemId) -> Result<&Item, Error> {
        self.items.iter().find(|item| item.id == id).ok_or_else(|| Error::not_found("item"))
    }

    /// The open or granted request for approval.
    pub fn approval(&self) -> Option<ApprovalId> {
        match self.state {
            TripState::Submitted { approval, .. } => Some(approval),
            TripState::Cleared { approval, .. } => approval,
            _ => None,
        }
    }

    /// Everybody the trip concerns: travelers and who booked it.
    pub fn people(&self) -> Vec<PersonId> {
        let mut people = self.travelers.clone();
        if !people.contains(&self.booked_by) {
            people.push(self.booked_by);
        }
        people
    }

    fn must_have_items(&self) -> Result<(), Error> {
        if self.items.is_empty() {
            return Err(wrong("items", "at least one item"));
        }
        Ok(())
    }

    fn state_error(&self, what: &str) -> Error {
        let state = serde_json::json!(self.state);
        Error::new(Code::TripState, format!("the trip {what}"))
            .detail("state", state.get("state").cloned().unwrap_or_default())
    }
}

pub(crate) fn wrong(field: &str, expected: &str) -> Error {
    Error::new(Code::InvalidTrip, format!("`{field}` must be {expected}"))
        .field(field)
        .expected(expected)
}

#[cfg(test)]
mod tests;
