//! The people of an organization.

pub mod identity;
pub mod invitation;
pub mod session;
pub mod traveler;

pub use identity::Identity;
pub use invitation::Invitation;
pub use session::Session;
pub use traveler::{Gender, Passenger, Title, TravelDocument, TravelerProfile};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::access::Role;
use crate::error::Error;
use crate::id::{IdentityId, OrganizationId, PersonId};
use crate::organization::check_text;
use crate::place::Country;
use crate::time::Timestamp;

/// Somebody inside one organization: an employee, an arranger, a guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The person's id in this organization.
    pub id: PersonId,
    /// Whose person.
    pub organization: OrganizationId,
    /// The name colleagues use.
    pub name: String,
    /// E-mail address, lower case.
    pub email: String,
    /// The login, where there is one.
    pub identity: Option<IdentityId>,
    /// What the person may do.
    pub roles: BTreeSet<Role>,
    /// Whom the person reports to.
    pub manager: Option<PersonId>,
    /// Department, as the organization names it.
    pub department: Option<String>,
    /// Grade, as the organization names it.
    pub grade: Option<String>,
    /// Cost center that pays for the person's trips.
    pub cost_center: Option<String>,
    /// Groups, as the organization names them.
    pub groups: BTreeSet<String>,
    /// Where the person works.
    pub country: Option<Country>,
    /// What is known of the person as a traveler.
    pub profile: TravelerProfile,
    /// When the person joined.
    pub joined_at: Timestamp,
    /// When the person left; people who left decide nothing and book nothing.
    pub left_at: Option<Timestamp>,
}

impl Person {
    /// Refuses what can't be a person.
    pub fn check(&self) -> Result<(), Error> {
        check_text("name", &self.name, 1, 120)?;
        check_email(&self.email)?;
        let labels = [
            ("department", &self.department),
            ("grade", &self.grade),
            ("cost_center", &self.cost_center),
        ];
        for (field, label) in labels {
            label.as_deref().map_or(Ok(()), |text| check_text(field, text, 1, 80))?;
        }
        self.groups.iter().try_for_each(|group| check_text("groups", group, 1, 80))?;
        self.profile.check()
    }

    /// The person without a place in the organization: roles, login and manager are gone, what
    /// trips and the audit log refer to stays.
    pub fn leave(self, now: Timestamp) -> Self {
        let (roles, identity, manager) = (BTreeSet::new(), None, None);
        Self { roles, identity, manager, left_at: Some(now), ..self }
    }

    /// Whether the person still belongs to the organization.
    pub fn is_active(&self) -> bool {
        self.left_at.is_none()
    }
}

/// Reads an e-mail address: trimmed, lower case.
pub fn parse_email(text: &str) -> Result<String, Error> {
    let email = text.trim().to_lowercase();
    check_email(&email)?;
    Ok(email)
}

/// One `@`, something before it, a domain with a dot after it; delivery is the only real proof.
fn check_email(email: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_ascii_graphic() && !"()<>[]:;,\\\"".contains(c);
    let well_formed = email.len() <= 254
        && email.split_once('@').is_some_and(|(local, domain)| {
            let labels = domain.split('.');
            !local.is_empty()
                && local.len() <= 64
                && local.chars().all(plain)
                && labels.clone().count() >= 2
                && labels.clone().all(|label| {
                    !label.is_empty()
                        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
                })
        });
    if well_formed {
        return Ok(());
    }
    let shown: String = email.chars().take(60).collect();
    Err(Error::invalid("email", "an address such as ana@example.com", &shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_lower_case_and_plausible() {
        assert_eq!(parse_email(" Ana@Example.COM ").unwrap(), "ana@example.com");
        for bad in [
            "",
            "ana",
            "@example.com",
            "ana@",
            "ana@host",
            "a b@example.com",
            "a@b@c.de",
            "ana@example.com\r\nBcc: x@y.z",
            "<ana@example.com>",
        ] {
            assert_eq!(parse_email(bad).unwrap_err().details["field"], "email", "{bad}");
        }
    }
}
