//! Something that happened, told to whoever listens, in order for each aggregate.

use serde::{Deserialize, Serialize};

use crate::id::{EventId, OrganizationId};
use crate::time::Timestamp;

/// A kind of thing that events and audit records are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// An organization.
    Organization,
    /// A person.
    Person,
    /// An invitation.
    Invitation,
    /// A session.
    Session,
    /// A policy.
    Policy,
    /// A search and its offers.
    OfferSet,
    /// A trip.
    Trip,
    /// A request for approval.
    Approval,
    /// An order.
    Order,
}

/// A thing by kind and id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Subject {
    /// What kind of thing.
    pub kind: SubjectKind,
    /// Its id, prefix included.
    pub id: String,
}

impl Subject {
    /// The thing of that kind and id.
    pub fn new(kind: SubjectKind, id: impl std::fmt::Display) -> Self {
        Self { kind, id: id.to_string() }
    }
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The event's id; receivers use it to drop repetitions.
    pub id: EventId,
    /// In which organization.
    pub organization: OrganizationId,
    /// To what.
    pub subject: Subject,
    /// The subject's version after it happened; receivers use it to put events in order.
    pub sequence: i64,
    /// What happened, such as `trip.submitted`.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// Facts for the receiver; ids and states, no personal data.
    pub data: serde_json::Value,
}
