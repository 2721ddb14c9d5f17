//! An invitation to join an organization, taken up once, within a week.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::id::{InvitationId, OrganizationId, PersonId};
use crate::time::Timestamp;

/// How long an invitation stands, in hours.
pub const INVITATION_HOURS: i64 = 7 * 24;

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The id.
    pub id: InvitationId,
    /// Who invites.
    pub organization: OrganizationId,
    /// Whom: the address, lower case.
    pub email: String,
    /// The invited person's name.
    pub name: String,
    /// The roles the person will have.
    pub roles: BTreeSet<Role>,
    /// Whom the person will report to.
    pub manager: Option<PersonId>,
    /// The colleague who invited.
    pub invited_by: PersonId,
    /// The digest of the secret in the link; the secret itself isn't kept.
    pub secret: Digest,
    /// Open, accepted, revoked.
    pub state: InvitationState,
    /// When it was made.
    pub created_at: Timestamp,
}

/// The state of an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum InvitationState {
    /// Can be taken up.
    Open {
        /// Until when.
        until: Timestamp,
    },
    /// Was taken up.
    Accepted {
        /// When.
        at: Timestamp,
        /// The person it became.
        person: PersonId,
    },
}

impl Invitation {
    /// Takes the invitation up with its secret. All refusals look alike from outside.
    pub fn accept(
        mut self,
        secret: Digest,
        person: PersonId,
        now: Timestamp,
    ) -> Result<Self, Error> {
        self.check_open(secret, now)?;
        self.state = InvitationState::Accepted { at: now, person };
        Ok(self)
    }

    /// Refuses an invitation that is over, and a secret that isn't its own.
    pub fn check_open(&self, secret: Digest, now: Timestamp) -> Result<(), Error> {
        match self.state {
            InvitationState::Open { until } if now < until && self.secret == secret => Ok(()),
            _ => Err(Error::new(
                Code::InvitationInvalid,
                "the invitation is unknown, used or expired",
            )),
        }
    }
}
