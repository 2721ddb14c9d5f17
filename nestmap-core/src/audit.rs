//! Who did what to what, when: written in the same commit as the thing itself.

use serde::{Deserialize, Serialize};

use crate::access::Who;
use crate::event::Subject;
use crate::id::{AuditId, OrganizationId};
use crate::time::Timestamp;

/// A line of the audit log. Lines are only ever added.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditRecord {
    /// The line's id; lines sort by it.
    pub id: AuditId,
    /// In which organization.
    pub organization: OrganizationId,
    /// When.
    pub at: Timestamp,
    /// Who acted, with the roles they had.
    pub by: Who,
    /// What was done, such as `trip.submitted`.
    pub action: String,
    /// To what.
    pub subject: Subject,
    /// The request it was part of, where it came over a wire.
    pub request: Option<String>,
    /// What makes the action understandable later: states, digests, amounts, reasons.
    pub details: serde_json::Value,
}
