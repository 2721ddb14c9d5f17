//! Canonical bytes and SHA-256: what approvals, receipts and audit bind to.

mod canonical;
#[cfg(test)]
pub(crate) mod tree;

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use canonical::Canonical;

/// The SHA-256 of a value's canonical bytes, as 64 hexadecimal digits outside.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The digest of raw bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        Self(Sha256::digest(bytes).into())
    }

    /// The digest of `value` under a label that keeps kinds of things apart.
    ///
    /// Canonical bytes are the label, a line feed, and JSON without white space, every object's
    /// keys sorted and every entry closed by a comma. The core's values hold no floats, so numbers
    /// have one spelling.
    ///
    /// # Panics
    ///
    /// Where `value` can't be JSON, such as a map whose keys aren't text. No value of the core is.
    pub fn of<T: Serialize + ?Sized>(label: &str, value: &T) -> Self {
        let mut canonical = Canonical::under(label);
        value.serialize(&mut canonical).expect("what is digested is JSON");
        Self::of_bytes(canonical.bytes())
    }

    /// The 32 bytes.
    pub fn bytes(self) -> [u8; 32] {
        self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = b"0123456789abcdef";
        let half = |half: u8| char::from(digits[usize::from(half)]);
        let hex = self.0.iter().flat_map(|byte| [half(byte >> 4), half(byte & 15)]);
        f.write_str(&hex.collect::<String>())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::str::FromStr for Digest {
    type Err = crate::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || crate::Error::invalid("digest", "64 hexadecimal digits", text);
        if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let mut bytes = [0; 32];
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::from_str_radix(&text[2 * i..2 * i + 2], 16).map_err(|_| wrong())?;
        }
        Ok(Self(bytes))
    }
}

impl Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = String::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn the_label_separates_kinds_of_things() {
        assert_ne!(Digest::of("trip", &1), Digest::of("order", &1));
    }

    #[test]
    fn the_order_of_keys_does_not_matter() {
        let sorted: BTreeMap<_, _> = [("a", 1), ("b", 2)].into();
        let written: serde_json::Value = serde_json::from_str(r#"{"b":2,"a":1}"#).unwrap();
        assert_eq!(Digest::of("x", &sorted), Digest::of("x", &written));
    }

    #[test]
    fn printing_and_parsing_agree() {
        let digest = Digest::of_bytes(b"abc");
        assert!(digest.to_string().starts_with("ba7816bf8f01cfea414140de5dae2223"));
        assert_eq!(digest.to_string().parse::<Digest>().unwrap(), digest);
        assert!("zz".parse::<Digest>().is_err());
    }
}
