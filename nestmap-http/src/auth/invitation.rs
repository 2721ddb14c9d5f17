//! Invitation tokens: what the link to a new colleague carries.
//!
//! `nmi_` + organization + invitation + secret. The secret follows from the request that made the
//! invitation, so that a repetition of that request can show the same link again although only the
//! secret's digest is stored.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use nestmap_core::Call;
use nestmap_core::digest::Digest;
use nestmap_core::id::{InvitationId, OrganizationId};
use nestmap_core::{Code, Error};
use sha2::Sha256;

use super::token::{keyed, mac};

const PREFIX: &str = "nmi_";
const ID_LENGTH: usize = 26;
const SECRET_LENGTH: usize = 43;

/// Makes the secrets of invitations.
pub(crate) struct InvitationTokens {
    mac: Hmac<Sha256>,
}

/// What the link to a new colleague carries.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct InvitationToken {
    pub(crate) organization: OrganizationId,
    pub(crate) invitation: InvitationId,
    secret: String,
}

impl InvitationTokens {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { mac: mac(&keyed(secret, b"nestmap invitation 1")) }
    }

    /// The secret of the invitation this call makes; the same for every repetition.
    pub(crate) fn secret(&self, call: &Call) -> String {
        let key = call.once.as_ref().map_or("", |key| key.as_str());
        let person = call.actor.person_id().map(|id| id.to_string()).unwrap_or_default();
        // INVARIANT: neither ids nor keys hold a line feed.
        let request = format!("{}\n{person}\n{key}", call.actor.organization);
        BASE64.encode(self.mac.clone().chain_update(request).finalize().into_bytes())
    }
}

impl InvitationToken {
    pub(crate) fn new(
        organization: OrganizationId,
        invitation: InvitationId,
        secret: String,
    ) -> Self {
        Self { organization, invitation, secret }
    }

    /// Reads a token; whether it is valid is up to its invitation.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text).ok_or_else(|| {
            Error::new(Code::InvitationInvalid, "the invitation is unknown, used or expired")
                .field("token")
        })
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let fits = rest.is_ascii() && rest.len() == 2 * ID_LENGTH + SECRET_LENGTH;
        let (organization, rest) = fits.then(|| rest.split_at(ID_LENGTH))?;
        let (invitation, secret) = rest.split_at(ID_LENGTH);
        Some(Self {
            organization: format!("{}_{organization}", OrganizationId::PREFIX).parse().ok()?,
            invitation: format!("{}_{invitation}", InvitationId::PREFIX).parse().ok()?,
            secret: secret.to_owned(),
        })
    }

    /// The text of the link.
    pub(crate) fn text(&self) -> String {
        let organization = self.organization.to_string();
        let invitation = self.invitation.to_string();
        let suffix = |id: &str| id[id.len() - ID_LENGTH..].to_owned();
        format!("{PREFIX}{}{}{}", suffix(&organization), suffix(&invitation), self.secret)
    }

    /// What is stored of its secret.
    pub(crate) fn digest(&self) -> Digest {
        digest(&self.secret)
    }
}

/// What is stored of a secret.
pub(crate) fn digest(secret: &str) -> Digest {
    Digest::of_bytes(secret.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use nestmap_core::access::Actor;
    use nestmap_core::id::PersonId;
    use nestmap_core::port::store::IdempotencyKey;
    use nestmap_core::time::Timestamp;
    use std::collections::BTreeSet;

    fn call(person: u8, key: &str) -> Call {
        let now = Timestamp::from_micros(0).unwrap();
        let organization = OrganizationId::new(now, [1; 10]);
        let actor = Actor::person(organization, PersonId::new(now, [person; 10]), BTreeSet::new());
        Call::by(actor).once(IdempotencyKey::parse(key).unwrap())
    }

    #[test]
    fn a_repetition_has_the_same_secret_and_nothing_else_has() {
        let tokens = InvitationTokens::new(b"key");
        let secret = tokens.secret(&call(1, "key-1"));
        assert_eq!(tokens.secret(&call(1, "key-1")), secret);
        assert_ne!(tokens.secret(&call(1, "key-2")), secret);
        assert_ne!(tokens.secret(&call(2, "key-1")), secret);
        assert_ne!(InvitationTokens::new(b"other").secret(&call(1, "key-1")), secret);
    }

    #[test]
    fn reading_undoes_writing_and_other_text_is_refused() {
        let now = Timestamp::from_micros(0).unwrap();
        let secret = InvitationTokens::new(b"key").secret(&call(1, "key"));
        let token = InvitationToken::new(
            OrganizationId::new(now, [1; 10]),
            InvitationId::new(now, [2; 10]),
            secret,
        );
        let text = token.text();
        assert!(InvitationToken::parse(&text).unwrap() == token);
        for bad in ["", "nmi_", &text[1..], &text[..90], &text.replace("nmi_", "nmr_")] {
            assert!(InvitationToken::parse(bad).is_err(), "{bad}");
        }
    }
}
