//! Somebody with a login, across organizations.

use serde::{Deserialize, Serialize};

use crate::id::IdentityId;
use crate::time::Timestamp;

/// A login. The password hash is made and checked by the host; the core only keeps it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The id.
    pub id: IdentityId,
    /// The address to log in with, lower case, unique.
    pub email: String,
    /// The hash in PHC string format.
    pub password_hash: String,
    /// When it was made.
    pub created_at: Timestamp,
}

impl std::fmt::Debug for Identity {
    /// Without the hash: logs never hold it.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("id", &self.id).finish_non_exhaustive()
    }
}
