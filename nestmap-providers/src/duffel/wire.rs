//! Duffel's JSON, version 2, as far as this adapter reads and writes it.
//!
//! Tolerant on purpose: Duffel may add keys, enum values and ids of another form within a version,
//! and real answers lack keys that the documentation promises. So unknown keys are ignored, enums
//! keep a value they don't know as text, whatever may be missing or null is an `Option` or an empty
//! list, and amounts stay the very text that came. Making sense of all this, and refusing what
//! makes none, is the business of [`convert`](super::convert).

pub mod cancellation;
pub mod error;
pub mod offer;
pub mod order;
pub mod payment;
pub mod place;
pub mod scalar;
pub mod search;
pub mod webhook;

use serde::de::{DeserializeOwned, Deserializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The envelope of every request body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Envelope<T> {
    /// The body itself.
    pub data: T,
}

/// The envelope of every successful answer with a body.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Answer<T> {
    /// The resource, or the list of them.
    pub data: T,
    /// Present on lists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub meta: Option<Meta>,
    /// Duffel's id of the request, from the answer's headers.
    #[serde(skip)]
    pub request_id: Option<String>,
}

impl<T> Answer<T> {
    /// Where the next page starts. A short page isn't the last one; the one without this is.
    pub fn next_page(&self) -> Option<&str> {
        self.meta.as_ref()?.after.as_deref()
    }
}

/// Where a page of a list stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// How many resources a page holds at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Cursor of the next page; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// Cursor of the page before; opaque.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
}

/// A list whose items are read one by one: an item that can't be read is set aside and doesn't
/// take the others with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Each<T> {
    /// What could be read, in order.
    pub items: Vec<T>,
    /// Why the others could not.
    pub unreadable: Vec<String>,
}

impl<T> Default for Each<T> {
    fn default() -> Self {
        Self { items: Vec::new(), unreadable: Vec::new() }
    }
}

impl<T: Serialize> Serialize for Each<T> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.items.serialize(serializer)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Each<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut each = Self::default();
        for raw in Option::<Vec<Box<RawValue>>>::deserialize(deserializer)?.unwrap_or_default() {
            match serde_json::from_str(raw.get()) {
                Ok(item) => each.items.push(item),
                Err(error) => each.unreadable.push(error.to_string()),
            }
        }
        Ok(each)
    }
}

/// Reads `null` as an empty list; with `#[serde(default)]` a missing key too.
pub(crate) fn null_as_empty<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_item_leaves_the_others_alone() {
        let each: Each<u8> = serde_json::from_str("[1, 300, null, 2]").unwrap();
        assert_eq!(each.items, [1, 2]);
        assert_eq!(each.unreadable.len(), 2);
        assert_eq!(serde_json::from_str::<Each<u8>>("null").unwrap(), Each::default());
        assert!(serde_json::from_str::<Each<u8>>("{}").is_err());
    }

    #[test]
    fn the_last_page_is_the_one_without_a_cursor() {
        let page = |text| serde_json::from_str::<Answer<Vec<u8>>>(text).unwrap();
        assert_eq!(
            page(r#"{"data":[],"meta":{"limit":15,"after":"g3Q"}}"#).next_page(),
            Some("g3Q")
        );
        assert_eq!(
            page(r#"{"data":[1],"meta":{"limit":1,"after":null,"before":"x"}}"#).next_page(),
            None
        );
        assert_eq!(page(r#"{"data":[1],"meta":null,"warnings":[]}"#).next_page(), None);
        assert_eq!(page(r#"{"data":[1]}"#).next_page(), None);
    }
}
