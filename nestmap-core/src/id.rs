//! Every id type in one list, each with its prefix on the wire.
//!
//! An id is a UUIDv7 inside and text such as `trip_01h455vb4pex5vsknk084sn02q` outside: the
//! [TypeID](https://github.com/jetify-com/typeid/tree/main/spec) form, prefix plus 26 characters of
//! Crockford base32. Time and entropy come in as arguments.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use crate::error::{Code, Error};
use crate::time::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Ten random bytes, enough for one id.
pub type IdEntropy = [u8; 10];

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Uuid);

        impl $name {
            /// What stands before the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// A new id of the given time and entropy; ids sort by time.
            pub fn new(at: Timestamp, entropy: IdEntropy) -> Self {
                Self(uuid_v7(at, entropy))
            }

            /// The id a store kept as a UUID.
            pub fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, for stores.
            pub fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, encode(self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                decode($prefix, text).map(Self)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// A tenant.
    OrganizationId = "org";
    /// Somebody with a login, across organizations.
    IdentityId = "idn";
    /// Somebody inside one organization.
    PersonId = "per";
    /// An invitation to join an organization.
    InvitationId = "inv";
    /// A chain of refresh tokens from one login.
    SessionId = "ses";
    /// A travel policy.
    PolicyId = "pol";
    /// One search and its offers.
    OfferSetId = "ofs";
    /// One offer of an offer set.
    OfferId = "off";
    /// A trip.
    TripId = "trip";
    /// One thing in a trip's itinerary.
    ItemId = "itm";
    /// A request for approval.
    ApprovalId = "apr";
    /// Something bought, or to be bought, from a supplier.
    OrderId = "ord";
    /// One costly call to a supplier.
    AttemptId = "att";
    /// An immutable movement of money.
    TransferId = "trf";
    /// Something that happened.
    EventId = "evt";
    /// A line of the audit log.
    AuditId = "aud";
}

fn uuid_v7(at: Timestamp, entropy: IdEntropy) -> Uuid {
    let millis = u64::try_from(at.micros() / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &entropy).into_uuid()
}

/// 128 bits as 26 characters of five bits; the first carries three.
fn encode(uuid: Uuid) -> String {
    let mut bits = uuid.as_u128();
    let mut text = [b'0'; 26];
    for slot in text.iter_mut().rev() {
        *slot = ALPHABET[(bits & 31) as usize];
        bits >>= 5;
    }
    text.iter().map(|&byte| char::from(byte)).collect()
}

fn decode(prefix: &str, text: &str) -> Result<Uuid, Error> {
    text.strip_prefix(prefix)
        .and_then(|rest| rest.strip_prefix('_'))
        .and_then(decode_suffix)
        .ok_or_else(|| {
            let shown: String = text.chars().take(60).collect();
            Error::new(Code::InvalidId, format!("`{shown}` is not an id of the form `{prefix}_…`"))
                .expected(format!("{prefix}_ and 26 characters"))
        })
}

fn decode_suffix(suffix: &str) -> Option<Uuid> {
    // INVARIANT: 26 characters of 5 bits are 130 bits, so the first must be below 8.
    if suffix.len() != 26 || suffix.as_bytes()[0] > b'7' {
        return None;
    }
    suffix
        .bytes()
        .try_fold(0u128, |bits, byte| {
            let value = ALPHABET.iter().position(|&letter| letter == byte)?;
            Some((bits << 5) | value as u128)
        })
        .map(Uuid::from_u128)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typeid_vector_from_its_specification() {
        let id = TripId::from_uuid("01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap());
        assert_eq!(id.to_string(), "trip_01h455vb4pex5vsknk084sn02q");
    }

    #[test]
    fn ids_sort_by_time() {
        let early = TripId::new(Timestamp::from_micros(1_000_000).unwrap(), [255; 10]);
        let late = TripId::new(Timestamp::from_micros(1_001_000).unwrap(), [0; 10]);
        assert!(early < late);
    }

    #[test]
    fn another_kind_of_id_is_refused() {
        let order = OrderId::from_uuid(Uuid::nil()).to_string();
        let error = order.parse::<TripId>().unwrap_err();
        assert_eq!(error.code, Code::InvalidId);
    }

    proptest! {
        #[test]
        fn parsing_undoes_printing(bits: u128) {
            let id = TripId::from_uuid(Uuid::from_u128(bits));
            prop_assert_eq!(id.to_string().parse::<TripId>().unwrap(), id);
        }

        #[test]
        fn no_text_panics(text in ".{0,40}") {
            let _ = text.parse::<TripId>();
            let _ = format!("trip_{text}").parse::<TripId>();
        }
    }
}
