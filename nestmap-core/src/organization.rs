//! The organization: the tenant everything belongs to.

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::OrganizationId;
use crate::money::Currency;
use crate::place::Country;
use crate::time::Timestamp;

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// The id, first in every key of every tenant table.
    pub id: OrganizationId,
    /// The name people know it by.
    pub name: String,
    /// The country it is established in.
    pub country: Country,
    /// The currency of its budgets.
    pub currency: Currency,
    /// When it signed up.
    pub created_at: Timestamp,
}

impl Organization {
    /// Refuses an organization without a usable name.
    pub fn check(&self) -> Result<(), Error> {
        check_text("name", &self.name, 1, 120)
    }
}

/// Refuses text outside the given number of characters, and control characters.
pub(crate) fn check_text(field: &str, text: &str, min: usize, max: usize) -> Result<(), Error> {
    let length = text.trim().chars().count();
    if (min..=max).contains(&length) && !text.chars().any(char::is_control) {
        return Ok(());
    }
    let expected = format!("{min} to {max} characters without control characters");
    Err(Error::new(Code::InvalidField, format!("`{field}` must be {expected}"))
        .field(field)
        .expected(expected))
}
