//! Refresh tokens: opaque text that names its session and carries its secret.
//!
//! `nmr_` + organization + session + secret: the two ids tell where to look, the secret is what
//! counts, and only its digest is stored. The prefix lets scanners find leaked tokens.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use nestmap_core::digest::Digest;
use nestmap_core::id::{OrganizationId, SessionId};
use nestmap_core::{Code, Error};

use crate::system::random;

const PREFIX: &str = "nmr_";
/// The characters of an id after its underscore.
const ID_LENGTH: usize = 26;
/// The characters of 32 bytes in base64.
const SECRET_LENGTH: usize = 43;

/// A refresh token.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct RefreshToken {
    /// In which organization the session is.
    pub(crate) organization: OrganizationId,
    /// The session.
    pub(crate) session: SessionId,
    /// What proves that it is the client's.
    pub(crate) secret: RefreshSecret,
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

impl RefreshToken {
    /// Reads a token; whether it is valid is up to its session.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        Self::read(text).ok_or_else(|| {
            Error::new(Code::SessionEnded, "the refresh token isn't one of ours")
                .field("refresh_token")
        })
    }

    fn read(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let fits = rest.is_ascii() && rest.len() == 2 * ID_LENGTH + SECRET_LENGTH;
        let (organization, rest) = fits.then(|| rest.split_at(ID_LENGTH))?;
        let (session, secret) = rest.split_at(ID_LENGTH);
        Some(Self {
            organization: format!("{}_{organization}", OrganizationId::PREFIX).parse().ok()?,
            session: format!("{}_{session}", SessionId::PREFIX).parse().ok()?,
            secret: RefreshSecret(secret.to_owned()),
        })
    }

    /// The text the client keeps.
    pub(crate) fn text(&self) -> String {
        let organization = self.organization.to_string();
        let session = self.session.to_string();
        let suffix = |id: &str| id[id.len() - ID_LENGTH..].to_owned();
        format!("{PREFIX}{}{}{}", suffix(&organization), suffix(&session), self.secret.0)
    }
}

impl std::fmt::Debug for RefreshToken {
    /// Without the secret.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefreshToken").field("session", &self.session).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nestmap_core::time::Timestamp;

    fn token() -> RefreshToken {
        let now = Timestamp::from_micros(1_700_000_000_000_000).unwrap();
        let (organization, session) =
            (OrganizationId::new(now, [1; 10]), SessionId::new(now, [2; 10]));
        RefreshToken { organization, session, secret: RefreshSecret::fresh() }
    }

    #[test]
    fn reading_undoes_writing() {
        let token = token();
        assert!(token.text().starts_with("nmr_"));
        assert_eq!(RefreshToken::parse(&token.text()).unwrap(), token);
        assert_ne!(RefreshSecret::fresh().digest(), RefreshSecret::fresh().digest());
    }

    #[test]
    fn other_text_is_refused_and_nothing_prints_the_secret() {
        let text = token().text();
        let changed = [
            String::new(),
            "nmr_".to_owned(),
            text[..text.len() - 1].to_owned(),
            format!("{text}A"),
            text.replace("nmr_", "nmx_"),
            format!("nmr_{}", "z".repeat(95)),
            format!("nmr_{}", "é".repeat(95)),
        ];
        for text in changed {
            let error = RefreshToken::parse(&text).unwrap_err();
            assert_eq!(error.code, Code::SessionEnded, "{text}");
        }
        let token = token();
        assert!(!format!("{token:?}").contains(&token.secret.0));
    }
}
