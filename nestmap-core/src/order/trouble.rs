//! Why an order doesn't come on though nothing of it is open, and since when.

use serde::{Deserialize, Serialize};

use crate::port::flights::SupplierProfile;
use crate::time::Timestamp;

/// Why held seats are neither paid nor given back yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trouble {
    /// What the last call brought instead, for people.
    pub what: String,
    /// Since when no call has succeeded.
    pub since: Timestamp,
    /// Since when a person has to look at it; it is tried on.
    pub needs_person_since: Option<Timestamp>,
}

impl Trouble {
    /// A trouble that begins.
    pub fn new(what: impl Into<String>, now: Timestamp) -> Self {
        Self { what: what.into(), since: now, needs_person_since: None }
    }

    /// Trouble once more: a person is asked when it has lasted as long as an absence would have to.
    #[must_use]
    pub fn again(
        earlier: Option<&Self>,
        what: impl Into<String>,
        now: Timestamp,
        profile: &SupplierProfile,
    ) -> Self {
        let since = earlier.map_or(now, |trouble| trouble.since);
        let long = since.seconds_until(now) >= profile.absence_seconds;
        let asked = earlier.and_then(|trouble| trouble.needs_person_since);
        Self { what: what.into(), since, needs_person_since: asked.or(long.then_some(now)) }
    }
}
