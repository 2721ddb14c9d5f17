//! Signed webhooks: `t=<unix seconds>,v1=<hex>`, HMAC-SHA256 over `t + "." + body`.
//!
//! Duffel and Stripe both sign like this. The body is verified as the bytes that arrived, before
//! anything reads it.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use sha2::Sha256;

use super::Secret;

/// Why a webhook isn't taken at its word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// The header doesn't have the form `t=…,v1=…`.
    #[error("the signature header is malformed")]
    Malformed,
    /// No signature in the header fits body and secret.
    #[error("no signature fits")]
    Forged,
    /// The signature fits but its time is too far from now. It may be a replay, or a late
    /// redelivery: don't trust the body, fetch the event from the supplier by its id instead.
    #[error("the signature is genuine but was made at {signed_at}")]
    Stale {
        /// When the supplier signed.
        signed_at: Timestamp,
    },
}

/// Checks `header` against the raw `body`; returns when the supplier signed.
///
/// Several `v1=` parts are allowed (a secret being rotated); other parts are ignored. The times may
/// differ by `tolerance` in either direction. The comparison takes the same time wherever the
/// signatures differ.
pub fn verify(
    header: &str,
    body: &[u8],
    secret: &Secret,
    now: Timestamp,
    tolerance: Duration,
) -> Result<Timestamp, SignatureError> {
    let signed = Signed::parse(header).ok_or(SignatureError::Malformed)?;
    if !signed.fits(body, secret) {
        return Err(SignatureError::Forged);
    }
    if now.duration_since(signed.at).unsigned_abs() > tolerance {
        return Err(SignatureError::Stale { signed_at: signed.at });
    }
    Ok(signed.at)
}

/// The header a supplier sends for `body`, for sandboxes and tests.
pub fn sign(body: &[u8], secret: &Secret, at: Timestamp) -> String {
    let seconds = at.as_second().to_string();
    let hex: String = mac(&seconds, body, secret)
        .finalize()
        .into_bytes()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect();
    format!("t={seconds},v1={hex}")
}

struct Signed<'a> {
    /// The time as it was written: these bytes are what was signed.
    seconds: &'a str,
    at: Timestamp,
    signatures: Vec<[u8; 32]>,
}

impl<'a> Signed<'a> {
    fn parse(header: &'a str) -> Option<Self> {
        let mut seconds = None;
        let mut signatures = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=')? {
                ("t", text) if seconds.is_none() => seconds = Some(text),
                ("t", _) => return None,
                ("v1", hex) => signatures.extend(unhex(hex)),
                _ => {}
            }
        }
        let seconds = seconds?;
        let at = Timestamp::from_second(seconds.parse().ok()?).ok()?;
        (!signatures.is_empty()).then_some(Self { seconds, at, signatures })
    }

    fn fits(&self, body: &[u8], secret: &Secret) -> bool {
        // An empty secret is a configuration that was never made, and anyone can sign with it.
        !secret.expose().is_empty()
            && self
                .signatures
                .iter()
                .any(|s| mac(self.seconds, body, secret).verify_slice(s).is_ok())
    }
}

fn mac(seconds: &str, body: &[u8], secret: &Secret) -> Hmac<Sha256> {
    let mut mac =
        Hmac::new_from_slice(secret.expose().as_bytes()).expect("HMAC takes keys of any length");
    mac.update(seconds.as_bytes());
    mac.update(b".");
    mac.update(body);
    mac
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.as_bytes();
    if digits.len() != 64 {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}

fn digit(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"wev_1"}"#;
    const MINUTES: Duration = Duration::from_secs(300);

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    fn check(
        header: &str,
        body: &[u8],
        secret: &str,
        now: i64,
    ) -> Result<Timestamp, SignatureError> {
        verify(header, body, &Secret::new(secret), second(now), MINUTES)
    }

    /// Computed with an independent tool:
    /// `printf '1700000000.{"id":"wev_1"}' | openssl dgst -sha256 -hmac s3cret`.
    const GENUINE: &str =
        "t=1700000000,v1=80e92e1019475e7bfb12cbaa816e3dc2dbe733e6e230fb3507483b3b13b66fb3";

    #[test]
    fn a_genuine_signature_is_accepted_and_made_alike() {
        assert_eq!(check(GENUINE, BODY, "s3cret", 1_700_000_000), Ok(second(1_700_000_000)));
        assert_eq!(sign(BODY, &Secret::new("s3cret"), second(1_700_000_000)), GENUINE);
    }

    #[test]
    fn any_change_is_a_forgery() {
        let forged = Err(SignatureError::Forged);
        assert_eq!(check(GENUINE, br#"{"id":"wev_2"}"#, "s3cret", 1_700_000_000), forged);
        assert_eq!(check(GENUINE, BODY, "other", 1_700_000_000), forged);
        let later = GENUINE.replace("1700000000", "1700000001");
        assert_eq!(check(&later, BODY, "s3cret", 1_700_000_000), forged);
    }

    #[test]
    fn an_empty_secret_accepts_nothing() {
        let header = sign(BODY, &Secret::new(""), second(1_700_000_000));
        assert_eq!(check(&header, BODY, "", 1_700_000_000), Err(SignatureError::Forged));
    }

    #[test]
    fn one_of_several_signatures_is_enough() {
        let other = format!("t=1700000000,v0=zz,v1={},{}", "0".repeat(64), &GENUINE[13..]);
        assert!(check(&other, BODY, "s3cret", 1_700_000_000).is_ok());
    }

    #[test]
    fn a_genuine_signature_of_another_time_is_told_from_a_forged_one() {
        let stale = Err(SignatureError::Stale { signed_at: second(1_700_000_000) });
        assert!(check(GENUINE, BODY, "s3cret", 1_700_000_300).is_ok());
        assert_eq!(check(GENUINE, BODY, "s3cret", 1_700_000_301), stale);
        assert_eq!(check(GENUINE, BODY, "s3cret", 1_699_999_699), stale);
        assert_eq!(check(GENUINE, b"x", "s3cret", 1_800_000_000), Err(SignatureError::Forged));
    }

    #[test]
    fn headers_of_another_form_are_malformed() {
        let upper = GENUINE.to_uppercase();
        let twice = format!("t=1700000000,{GENUINE}");
        for header in
            ["", "nah", "t=1700000000", "v1=00", "t=x,v1=00", "t=1700000000,v1=abc", &upper, &twice]
        {
            assert_eq!(
                check(header, BODY, "s3cret", 1_700_000_000),
                Err(SignatureError::Malformed),
                "{header}"
            );
        }
    }
}
