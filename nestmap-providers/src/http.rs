//! What every supplier adapter shares: one request, one answer, and what can go wrong between.
//!
//! Adapters build a [`Request`] and read a [`Response`] in pure functions; a [`Transport`] carries
//! them. The difference that matters most is in [`TransportError`]: a request that was certainly
//! not sent may be sent again, one that was perhaps sent may have bought something.

#[cfg(feature = "client")]
pub mod client;
pub mod limit;
pub mod retry;
pub mod signature;
pub mod timer;

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;

#[cfg(feature = "client")]
pub use client::HttpClient;
#[cfg(feature = "client")]
pub use timer::SystemTimer;
pub use timer::Timer;

/// The largest answer a transport reads, after decompression, in bytes.
///
/// Offer lists compress 37:1, so a small answer can unfold into a very large one.
pub const BODY_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Carries one request to a supplier and brings the answer back.
///
/// A host that has an HTTP stack of its own implements this. The implementer promises:
///
/// - The request goes out **at most once**. No retries, no redirects: a second copy of a booking
///   is a second ticket.
/// - Any answer with a status is `Ok`, whatever the status.
/// - [`TransportError::NotSent`] means that certainly no byte of the request left; everything else
///   is [`TransportError::MaybeSent`].
/// - `request.timeout` covers the whole exchange, and a body beyond [`BODY_BYTES_MAX`] after
///   decompression is refused as [`Lost::TooLarge`].
#[async_trait]
pub trait Transport: Send + Sync {
    /// Sends `request` once and reads the answer.
    async fn send(&self, request: &Request) -> Result<Response, TransportError>;
}

/// The HTTP methods suppliers use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or acts.
    Post,
    /// Replaces.
    Put,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    /// The method as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// One request to a supplier.
#[derive(Clone)]
pub struct Request {
    /// The method.
    pub method: Method,
    /// The absolute address with its query, already escaped.
    pub url: String,
    /// Sent as `Authorization: Bearer …`.
    pub bearer: Secret,
    /// Further headers; none of them secret.
    pub headers: Vec<(String, String)>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
    /// How long the whole exchange may take.
    pub timeout: Duration,
}

/// Prints method, address and size; never the token, never the body, which may name travelers.
impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("method", &self.method.as_str())
            .field("url", &self.url)
            .field("body_bytes", &self.body.as_ref().map_or(0, Vec::len))
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// The answer to a [`Request`], whatever its status.
#[derive(Clone)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: Headers,
    /// The body, decompressed.
    pub body: Vec<u8>,
}

/// Prints status and size; never the body, which may name travelers.
impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}

/// Headers of an answer, by lower-case name; of a repeated header the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(BTreeMap<String, String>);

impl Headers {
    /// The value of the header `name`, which is given in lower case.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(n, v)| (n.as_ref().to_ascii_lowercase(), v.into())).collect())
    }
}

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// No byte of the request left: sending it again is safe.
    #[error("the request was not sent: {reason}")]
    NotSent {
        /// What stood in the way.
        reason: Unsent,
        /// The cause, for the log.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
    /// The request may have arrived and may have had its effect.
    #[error("the request may have arrived: {reason}")]
    MaybeSent {
        /// What happened instead of an answer.
        reason: Lost,
        /// The cause, for the log.
        #[source]
        source: Option<Box<dyn StdError + Send + Sync>>,
    },
}

/// Why a request was certainly not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// No connection: name not found, refused, TLS not agreed, connecting timed out.
    NoConnection,
    /// The request itself can't be sent, for example a header with a line break.
    Malformed,
}

impl fmt::Display for Unsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoConnection => "no connection",
            Self::Malformed => "it is malformed",
        })
    }
}

/// What came instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// Nothing came in time.
    Timeout,
    /// The connection broke, before or within the answer.
    Broken,
    /// The answer is larger than [`BODY_BYTES_MAX`].
    TooLarge,
}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Timeout => "no answer in time",
            Self::Broken => "the connection broke",
            Self::TooLarge => "the answer is too large",
        })
    }
}

/// Text that never prints: keys, tokens and webhook secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The secret itself, for the one place that sends or compares it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Appends `text` to `url` as one path segment or query value: all but the unreserved characters
/// of RFC 3986 escaped, so an id can't reach another route.
#[cfg(any(feature = "duffel-base", test))]
pub(crate) fn push_escaped(url: &mut String, text: &str) {
    use fmt::Write as _;
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'~' => url.push(byte.into()),
            // A dot alone or twice would be a step in the path.
            b'.' if text.len() > 2 => url.push('.'),
            _ => write!(url, "%{byte:02X}").expect("writing to a string never fails"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_prints() {
        let request = Request {
            method: Method::Post,
            url: "https://api.example/air/orders".into(),
            bearer: Secret::new("token-abc"),
            headers: vec![],
            body: Some(b"Amelia".to_vec()),
            timeout: Duration::from_secs(1),
        };
        let printed = format!("{request:?}");
        assert!(printed.contains("POST") && printed.contains("/air/orders"), "{printed}");
        assert!(!printed.contains("token-abc") && !printed.contains("Amelia"), "{printed}");
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }

    #[test]
    fn headers_are_found_whatever_their_case() {
        let headers: Headers =
            [("RateLimit-Limit", "60"), ("ratelimit-limit", "30")].into_iter().collect();
        assert_eq!(headers.get("ratelimit-limit"), Some("30"));
        assert_eq!(headers.get("date"), None);
    }

    #[test]
    fn an_id_stays_one_path_segment() {
        let escaped = |text| {
            let mut url = String::new();
            push_escaped(&mut url, text);
            url
        };
        assert_eq!(escaped("off_0000AhRzwLeef80fcOTmHA_0"), "off_0000AhRzwLeef80fcOTmHA_0");
        assert_eq!(escaped("../orders?x=1#y"), "..%2Forders%3Fx%3D1%23y");
        assert_eq!(escaped(".."), "%2E%2E");
        assert_eq!(escaped("Zürich\r\n"), "Z%C3%BCrich%0D%0A");
    }
}
