//! Refresh tokens: text that names its session, carries its secret, and shows that we made it.
//!
//! `nmr_` + organization + session + secret + tag: the two ids tell where to look, the secret is
//! what counts, and only its digest is stored. The tag is a MAC over the rest. By it a token that
//! was used up is told from one that somebody made up from ids they saw: the first ends its
//! session, the second does nothing. The prefix lets scanners find leaked tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac as _};
use nestmap_core::digest::Digest;
use nestmap_core::id::{OrganizationId, SessionId};
use nestmap_core::people::session::Presented;
use nestmap_core::{Code, Error};
use sha2::Sha256;

use super::token::{keyed, mac};
use crate::system::random;

const PREFIX: &str = "nmr_";
/// The characters of an id after its underscore.
const ID_LENGTH: usize = 26;
/// The characters of 32 bytes in base64.
const SECRET_LENGTH: usize = 43;
/// The bytes of a tag.
const TAG: usize = 16;
/// The characters of a tag in base64.
const TAG_LENGTH: usize = 22;

/// Issues refresh tokens, and knows its own.
pub(crate) struct RefreshTokens {
    mac: Hmac<Sha256>,
}

/// A refresh token as it was presented.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    /// In which organization the session is.
    pub(crate) organization: OrganizationId,
    /// The session.
    pub(crate) session: SessionId,
    /// What proves that it is the client's.
    pub(crate) presented: Presented,
}

/// 256 random bits as text. A session is opened with one before it has its id.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshSecret(String);

impl RefreshSecret {
    pub(crate) fn fresh() -> Self {
        let mut secret = [0; 32];
        random(&mut secret);
        Self(BASE64.encode(secret))
    }

    /// What is stored of it.
    pub(crate) fn digest(&self) -> Digest {
        Digest::of_bytes(self.0.as_bytes())
    }
}

impl RefreshTokens {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { mac: mac(&keyed(secret, b"nestmap refresh token 1")) }
    }

    /// The text the client keeps.
    pub(crate) fn issue(
        &self,
        organization: OrganizationId,
        session: SessionId,
        secret: &RefreshSecret,
    ) -> String {
        let suffix = |id: String| id[id.len() - ID_LENGTH..].to_owned();
        let (organization, session) = (organization.to_string(), session.to_string());
        let rest = format!("{PREFIX}{}{}{}", suffix(organization), suffix(session), secret.0);
        let tag = self.mac.clone().chain_update(&rest).finalize().into_bytes();
        format!("{rest}{}", BASE64.encode(&tag[..TAG]))
    }

    /// Reads a token; whether it is valid is up to its session.
    pub(crate) fn read(&self, text: &str) -> Result<RefreshToken, Error> {
        self.parse(text).ok_or_else(|| {
            Error::new(Code::SessionEnded, "the refresh token isn't one of ours")
                .field("refresh_token")
        })
    }

    fn parse(&self, text: &str) -> Option<RefreshToken> {
        let length = PREFIX.len() + 2 * ID_LENGTH + SECRET_LENGTH + TAG_LENGTH;
        let fits = text.is_ascii() && text.len() == length;
        let (signed, tag) = fits.then(|| text.split_at(length - TAG_LENGTH))?;
        let (organization, rest) = signed.strip_prefix(PREFIX)?.split_at(ID_LENGTH);
        let (session, secret) = rest.split_at(ID_LENGTH);
        let tag = BASE64.decode(tag).ok()?;
        let issued = self.mac.clone().chain_update(signed).verify_truncated_left(&tag).is_ok();
        Some(RefreshToken {
            organization: format!("{}_{organization}", OrganizationId::PREFIX).parse().ok()?,
            session: format!("{}_{session}", SessionId::PREFIX).parse().ok()?,
            presented: Presented { digest: Digest::of_bytes(secret.as_bytes()), issued },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nestmap_core::time::Timestamp;

    fn ids(session: u8) -> (OrganizationId, SessionId) {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        (OrganizationId::new(now, [1; 10]), SessionId::new(now, [session; 10]))
    }

    fn issued(key: &[u8], session: u8) -> (String, RefreshSecret) {
        let secret = RefreshSecret::fresh();
        let (organization, session) = ids(session);
        (RefreshTokens::new(key).issue(organization, session, &secret), secret)
    }

    fn read(text: &str) -> Result<RefreshToken, Error> {
        RefreshTokens::new(b"key").read(text)
    }

    #[test]
    fn a_token_of_ours_is_known_with_its_session_and_secret() {
        let (text, secret) = issued(b"key", 2);
        assert!(text.starts_with("nmr_"));
        let (organization, session) = ids(2);
        let presented = Presented { digest: secret.digest(), issued: true };
        assert_eq!(read(&text).unwrap(), RefreshToken { organization, session, presented });
        assert_ne!(RefreshSecret::fresh().digest(), RefreshSecret::fresh().digest());
    }

    #[test]
    fn what_somebody_puts_together_is_not_taken_for_issued() {
        let (ours, _) = issued(b"key", 2);
        let (other_session, _) = issued(b"key", 3);
        let (foreign, _) = issued(b"another key", 2);
        let made_up = format!("{}{}", &ours[..56], "A".repeat(SECRET_LENGTH + TAG_LENGTH));
        let other_secret = format!("{}{}", &ours[..56], &other_session[56..]);
        let own_tag = format!("{}{}", &foreign[..99], &ours[99..]);
        for text in [foreign, made_up, other_secret, own_tag] {
            assert!(!read(&text).unwrap().presented.issued, "{text}");
        }
    }

    #[test]
    fn other_text_is_refused() {
        let (text, _) = issued(b"key", 2);
        let changed = [
            String::new(),
            "nmr_".to_owned(),
            text[..text.len() - 1].to_owned(),
            text[..text.len() - TAG_LENGTH].to_owned(),
            format!("{text}A"),
            text.replace("nmr_", "nmx_"),
            format!("nmr_{}", "z".repeat(text.len() - 4)),
            format!("nmr_{}", "é".repeat((text.len() - 4) / 2)),
        ];
        for text in changed {
            assert_eq!(read(&text).unwrap_err().code, Code::SessionEnded, "{text}");
        }
    }
}
