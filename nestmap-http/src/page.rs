//! Cursors: sealed text that continues one list of one organization, and nothing else.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hmac::{Hmac, Mac};
use nestmap_core::id::OrganizationId;
use nestmap_core::page::{Page, PageRequest};
use nestmap_core::{Code, Error};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::auth::token::{keyed, mac};

/// Bytes of the seal.
const SEAL: usize = 16;
/// How many items a page has when the client doesn't say.
const USUAL: i64 = 25;

/// Seals and opens cursors.
pub(crate) struct Cursors {
    mac: Hmac<Sha256>,
}

/// Which list a cursor continues.
#[derive(Clone, Copy)]
pub(crate) struct List<'a> {
    pub(crate) organization: OrganizationId,
    /// The list's name.
    pub(crate) name: &'a str,
    /// What the list is narrowed to.
    pub(crate) filter: &'a str,
}

/// The query of a list.
#[derive(Clone, Debug, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Paging {
    /// How many items at most, 1 to 100; 25 when not given.
    #[param(value_type = Option<i64>, minimum = 1, maximum = 100)]
    pub(crate) limit: Option<String>,
    /// `next` of the page before.
    pub(crate) after: Option<String>,
}

/// Some items of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub(crate) struct PageBody<T> {
    /// The items, newest first.
    pub(crate) items: Vec<T>,
    /// Where the list goes on: `after` of the next request; null on the last page.
    #[schema(required)]
    pub(crate) next: Option<String>,
}

impl Cursors {
    pub(crate) fn new(secret: &[u8]) -> Self {
        Self { mac: mac(&keyed(secret, b"nestmap page cursor 1")) }
    }

    /// The page a client asks for.
    pub(crate) fn request<C: FromStr>(
        &self,
        list: List<'_>,
        paging: &Paging,
    ) -> Result<PageRequest<C>, Error> {
        let limit = paging.limit.as_deref().map_or(Ok(USUAL), |text| {
            let shown: String = text.chars().take(40).collect();
            text.parse().map_err(|_| {
                Error::new(Code::InvalidPage, format!("`limit` must be 1 to 100, found `{shown}`"))
                    .field("limit")
                    .expected("1 to 100")
            })
        })?;
        let after = paging.after.as_deref().map(|text| self.open(list, text)).transpose()?;
        PageRequest::new(limit, after)
    }

    /// The page as the client gets it.
    pub(crate) fn answer<T, C: Display, B>(
        &self,
        list: List<'_>,
        page: Page<T, C>,
        body: impl FnMut(T) -> B,
    ) -> PageBody<B> {
        let next = page.next.map(|key| self.seal(list, &key.to_string()));
        PageBody { items: page.items.into_iter().map(body).collect(), next }
    }

    fn seal(&self, list: List<'_>, key: &str) -> String {
        let mut bytes = self.tag(list, key).to_vec();
        bytes.extend_from_slice(key.as_bytes());
        BASE64.encode(bytes)
    }

    fn open<C: FromStr>(&self, list: List<'_>, text: &str) -> Result<C, Error> {
        let opened = || -> Option<C> {
            let bytes = BASE64.decode(text).ok().filter(|bytes| bytes.len() > SEAL)?;
            let (seal, key) = bytes.split_at(SEAL);
            let key = std::str::from_utf8(key).ok()?;
            self.sealed(list, key).verify_truncated_left(seal).ok()?;
            key.parse().ok()
        };
        opened().ok_or_else(|| {
            Error::new(Code::InvalidPage, "`after` isn't a cursor of this list")
                .field("after")
                .expected("`next` of the page before")
        })
    }

    fn tag(&self, list: List<'_>, key: &str) -> [u8; SEAL] {
        let full = self.sealed(list, key).finalize().into_bytes();
        let mut tag = [0; SEAL];
        tag.copy_from_slice(&full[..SEAL]);
        tag
    }

    fn sealed(&self, list: List<'_>, key: &str) -> Hmac<Sha256> {
        let List { organization, name, filter } = list;
        // INVARIANT: no part holds a line feed: ids, our own names, and filters made of ids.
        self.mac.clone().chain_update(format!("{organization}\n{name}\n{filter}\n{key}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nestmap_core::id::TripId;
    use nestmap_core::time::Timestamp;

    fn organization(n: u8) -> OrganizationId {
        OrganizationId::new(Timestamp::from_micros(0).unwrap(), [n; 10])
    }

    fn list(n: u8, name: &'static str, filter: &'static str) -> List<'static> {
        List { organization: organization(n), name, filter }
    }

    fn request(list: List<'_>, after: &str) -> Result<PageRequest<TripId>, Error> {
        let paging = Paging { limit: Some("2".into()), after: Some(after.into()) };
        Cursors::new(b"key").request(list, &paging)
    }

    #[test]
    fn a_cursor_continues_its_own_list_only() {
        let trip = TripId::new(Timestamp::from_micros(0).unwrap(), [9; 10]);
        let cursors = Cursors::new(b"key");
        let page = Page { items: vec![1], next: Some(trip) };
        let next = cursors.answer(list(1, "trips", ""), page, |n| n).next.unwrap();
        assert_eq!(request(list(1, "trips", ""), &next).unwrap().after, Some(trip));
        for other in [list(2, "trips", ""), list(1, "orders", ""), list(1, "trips", "mine")] {
            assert_eq!(request(other, &next).unwrap_err().code, Code::InvalidPage);
        }
        let unsealed = BASE64.encode([&[0; SEAL][..], trip.to_string().as_bytes()].concat());
        for bad in ["", "x", &next[1..], &trip.to_string(), &unsealed, &"A".repeat(10_000)] {
            assert!(request(list(1, "trips", ""), bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn limits_are_numbers_from_1_to_100() {
        let cursors = Cursors::new(b"key");
        let ask = |limit: &str| {
            let paging = Paging { limit: Some(limit.into()), after: None };
            cursors.request::<TripId>(list(1, "trips", ""), &paging).map(|page| page.limit)
        };
        assert_eq!(ask("100").unwrap(), 100);
        for bad in ["0", "-1", "101", "10000", "", "ten", "1e2", "99999999999999999999"] {
            assert_eq!(ask(bad).unwrap_err().code, Code::InvalidPage, "{bad}");
        }
        let usual = cursors.request::<TripId>(list(1, "trips", ""), &Paging::default()).unwrap();
        assert_eq!(usual.limit, 25);
    }
}
