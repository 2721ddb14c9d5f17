//! Access tokens: JWTs that are ours or nothing.
//!
//! A token's header is compared with the few headers we write, never interpreted: no algorithm, key
//! id or URL in it can choose how it is checked. The key is HMAC-SHA-256, derived from `JWT_SECRET`
//! for this purpose alone.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, KeyInit, Mac};
use nestmap_core::id::{OrganizationId, PersonId, SessionId};
use nestmap_core::time::Timestamp;
use nestmap_core::{Code, Error};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::secret::Secret;

/// How long an access token is valid, in seconds.
pub const ACCESS_SECONDS: i64 = 600;
/// Longer tokens aren't ours.
const LENGTH_MAX: usize = 2_048;
/// How far the clocks of two servers may differ, in seconds.
const SKEW_SECONDS: i64 = 30;
const ISSUER: &str = "nestmap";
const AUDIENCE: &str = "nestmap-api";

/// Whom a token is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// In which organization.
    pub organization: OrganizationId,
    /// Who.
    pub person: PersonId,
    /// Since which log-in.
    pub session: SessionId,
}

/// Makes and checks access tokens.
pub struct Tokens {
    /// The first signs; all are accepted.
    keys: Vec<Key>,
}

struct Key {
    /// The header as it stands in the token.
    header: String,
    mac: Hmac<Sha256>,
}

/// The payload. A field that is there twice, or isn't one of these, makes the token invalid.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    iss: String,
    aud: String,
    sub: PersonId,
    org: OrganizationId,
    sid: SessionId,
    iat: i64,
    nbf: i64,
    exp: i64,
}

impl Tokens {
    /// Signs with `current`; still accepts what `previous` signed.
    pub fn new(current: &Secret, previous: Option<&Secret>) -> Self {
        Self { keys: [Some(current), previous].into_iter().flatten().map(Key::of).collect() }
    }

    /// A token for `claims`, valid from `now` for [`ACCESS_SECONDS`].
    pub fn issue(&self, claims: Claims, now: Timestamp) -> String {
        let iat = seconds(now);
        let payload = Payload {
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: claims.person,
            org: claims.organization,
            sid: claims.session,
            iat,
            nbf: iat,
            exp: iat + ACCESS_SECONDS,
        };
        let json = serde_json::to_vec(&payload).expect("text and numbers are always JSON");
        let key = &self.keys[0];
        let signed = format!("{}.{}", key.header, BASE64.encode(json));
        let tag = key.mac.clone().chain_update(&signed).finalize().into_bytes();
        format!("{signed}.{}", BASE64.encode(tag))
    }

    /// Whom the token is for, if it is ours and in time.
    pub fn check(&self, token: &str, now: Timestamp) -> Result<Claims, Error> {
        let payload = self.authentic(token).ok_or_else(invalid)?;
        let now = seconds(now);
        if payload.iss != ISSUER || payload.aud != AUDIENCE || payload.nbf > now + SKEW_SECONDS {
            return Err(invalid());
        }
        if payload.exp <= now {
            return Err(Error::new(Code::TokenExpired, "the access token has expired"));
        }
        Ok(Claims { organization: payload.org, person: payload.sub, session: payload.sid })
    }

    /// The payload of a token that one of our keys signed.
    fn authentic(&self, token: &str) -> Option<Payload> {
        if token.len() > LENGTH_MAX {
            return None;
        }
        let (signed, tag) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let key = self.keys.iter().find(|key| key.header == header)?;
        let tag = BASE64.decode(tag).ok()?;
        key.mac.clone().chain_update(signed).verify_slice(&tag).ok()?;
        serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()
    }
}

impl Key {
    fn of(secret: &Secret) -> Self {
        let derived = keyed(secret.expose().as_bytes(), b"nestmap access token 1");
        let id = Sha256::digest(derived);
        let id: String = id[..6].iter().map(|byte| format!("{byte:02x}")).collect();
        let header = format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{id}"}}"#);
        Self { header: BASE64.encode(header), mac: mac(&derived) }
    }
}

/// One key for each purpose, all from one secret.
pub(crate) fn keyed(secret: &[u8], purpose: &[u8]) -> [u8; 32] {
    mac(secret).chain_update(purpose).finalize().into_bytes().into()
}

pub(crate) fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn invalid() -> Error {
    Error::new(Code::Unauthenticated, "the access token isn't valid")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(1_700_000_000_000_000).unwrap().plus_seconds(seconds)
    }

    fn claims() -> Claims {
        Claims {
            organization: OrganizationId::new(at(0), [1; 10]),
            person: PersonId::new(at(0), [2; 10]),
            session: SessionId::new(at(0), [3; 10]),
        }
    }

    fn tokens() -> Tokens {
        Tokens::new(&Secret::new("Zk3v9Qm1Yt7Rb5Xc8Wd2Hf6Jg4Ln0PsU"), None)
    }

    /// A token with any header and payload, signed with the real key.
    fn signed(header: &str, payload: &str) -> String {
        let text = format!("{}.{}", BASE64.encode(header), BASE64.encode(payload));
        let tag = tokens().keys[0].mac.clone().chain_update(&text).finalize().into_bytes();
        format!("{text}.{}", BASE64.encode(tag))
    }

    fn our_header() -> String {
        String::from_utf8(BASE64.decode(&tokens().keys[0].header).unwrap()).unwrap()
    }

    fn our_payload() -> String {
        let token = tokens().issue(claims(), at(0));
        let payload = token.split('.').nth(1).unwrap();
        String::from_utf8(BASE64.decode(payload).unwrap()).unwrap()
    }

    fn refused(token: &str) {
        let error = tokens().check(token, at(1)).unwrap_err();
        assert_eq!(error.code, Code::Unauthenticated, "{token}");
    }

    #[test]
    fn our_token_is_accepted_until_it_expires() {
        let token = tokens().issue(claims(), at(0));
        assert_eq!(tokens().check(&token, at(0)).unwrap(), claims());
        assert_eq!(tokens().check(&token, at(ACCESS_SECONDS - 1)).unwrap(), claims());
        let error = tokens().check(&token, at(ACCESS_SECONDS)).unwrap_err();
        assert_eq!(error.code, Code::TokenExpired);
        assert_eq!(signed(&our_header(), &our_payload()), token, "the vectors below sign as we do");
    }

    #[test]
    fn no_header_chooses_how_it_is_checked() {
        let id = our_header().split("kid\":\"").nth(1).unwrap()[..12].to_owned();
        for header in [
            r#"{"alg":"none","typ":"at+jwt"}"#.to_owned(),
            format!(r#"{{"alg":"none","typ":"at+jwt","kid":"{id}"}}"#),
            format!(r#"{{"alg":"None","typ":"at+jwt","kid":"{id}"}}"#),
            format!(r#"{{"alg":"HS384","typ":"at+jwt","kid":"{id}"}}"#),
            format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{id}"}}"#),
            format!(r#"{{"alg":"HS256","typ":"JWT","kid":"{id}"}}"#),
            format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"../../{id}"}}"#),
            format!(r#"{{"alg":"HS256","typ":"at+jwt","kid":"{id}' or '1'='1"}}"#),
            format!(
                r#"{{"alg":"HS256","typ":"at+jwt","kid":"{id}","jku":"https://evil.example/"}}"#
            ),
            format!(r#"{{"alg":"HS256","alg":"none","typ":"at+jwt","kid":"{id}"}}"#),
            String::new(),
        ] {
            refused(&signed(&header, &our_payload()));
        }
    }

    #[test]
    fn an_unsigned_or_changed_token_is_refused() {
        let token = tokens().issue(claims(), at(0));
        let (signed, tag) = token.rsplit_once('.').unwrap();
        refused(signed);
        refused(&format!("{signed}."));
        refused(&format!("{signed}.{}", &tag[..tag.len() - 4]));
        refused(&format!("{signed}.{tag}.{tag}"));
        refused(&format!("{signed}.{}", BASE64.encode([0; 32])));
        let other = Tokens::new(&Secret::new("mN4bV7cX2zL9kJ6hG1fD8sA5pO3iU0yT"), None);
        refused(&other.issue(claims(), at(0)));
        let header = token.split('.').next().unwrap();
        let theirs = other.issue(claims(), at(0));
        let (_, rest) = theirs.split_once('.').unwrap();
        refused(&format!("{header}.{rest}"));
    }

    #[test]
    fn a_signed_payload_of_another_shape_is_refused() {
        let ours = our_payload();
        let swap = |from: &str, to: &str| {
            assert!(ours.contains(from), "{from} isn't in {ours}");
            signed(&our_header(), &ours.replace(from, to))
        };
        refused(&swap(r#""iss":"nestmap""#, r#""iss":"evil""#));
        refused(&swap(r#""aud":"nestmap-api""#, r#""aud":"nestmap-refresh""#));
        refused(&swap(r#""aud":"nestmap-api""#, r#""aud":["nestmap-api"]"#));
        refused(&swap(r#""iss":"nestmap""#, r#""iss":"nestmap","iss":"nestmap""#));
        refused(&swap(r#""iss":"nestmap""#, r#""iss":"nestmap","admin":true"#));
        refused(&swap(r#""sub":"per_"#, r#""sub":"org_"#));
        refused(&swap(r#""nbf":1700000000"#, r#""nbf":1700000999"#));
        refused(&swap(r#""exp":1700000600"#, r#""exp":"1700000600""#));
        refused(&swap(r#""exp":1700000600"#, r#""exp":1e99"#));
        refused(&signed(&our_header(), "null"));
        refused(&signed(&our_header(), &"[".repeat(1_000)));
    }

    #[test]
    fn huge_and_odd_text_is_refused() {
        for text in ["", ".", "..", "...", "a.b.c", "\u{0}.\u{0}.\u{0}", "é.é.é"] {
            refused(text);
        }
        refused(&"a".repeat(1 << 20));
        refused(&signed(&our_header(), &format!("\"{}\"", "a".repeat(3_000))));
    }

    #[test]
    fn the_previous_key_is_accepted_and_does_not_sign() {
        let old = Secret::new("mN4bV7cX2zL9kJ6hG1fD8sA5pO3iU0yT");
        let new = Secret::new("Zk3v9Qm1Yt7Rb5Xc8Wd2Hf6Jg4Ln0PsU");
        let before = Tokens::new(&old, None).issue(claims(), at(0));
        let rotated = Tokens::new(&new, Some(&old));
        assert!(rotated.check(&before, at(1)).is_ok());
        assert!(Tokens::new(&new, None).check(&before, at(1)).is_err());
        assert_eq!(rotated.issue(claims(), at(0)), tokens().issue(claims(), at(0)));
    }
}
