//! What handlers take from a request: who asks, ids, versions, bodies. Each refuses with a problem.

mod body;
mod json;

pub(crate) use body::{Body, Raw, Text};

use std::str::FromStr;

use axum::extract::{FromRequestParts, OriginalUri, Query, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use nestmap_core::id::SessionId;
use nestmap_core::port::store::{IdempotencyKey, Version};
use nestmap_core::{Call, Code, Error};
use serde::de::DeserializeOwned;

use crate::app::App;
use crate::auth::bearer::Refused;
use crate::auth::token::Claims;
use crate::client::Client;
use crate::observe::RequestId;
use crate::problem::Problem;

/// The header that makes a write happen once.
pub(crate) const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Somebody with a valid token and an active session, with the roles they have now.
pub(crate) struct Caller {
    pub(crate) call: Call,
    pub(crate) session: SessionId,
}

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Some(claims) = parts.extensions.get::<Claims>().copied() else {
            let refused = parts.extensions.get::<Refused>().map(|refused| refused.0.clone());
            return Err(refused.unwrap_or_else(|| {
                Problem::of(Code::Unauthenticated, "an access token is needed")
            }));
        };
        let Claims { organization, person, session } = claims;
        let now = app.nestmap().now();
        if !app.sessions().is_known(session, now) {
            app.nestmap().active_session(organization, session).await.map_err(
                |error| match error.code {
                    Code::NotFound => Error::new(Code::SessionEnded, "the session has ended"),
                    _ => error,
                },
            )?;
            app.sessions().remember(session, now);
        }
        let actor = app.nestmap().actor(organization, person).await?;
        Ok(Self { call: Call { actor, once: None, request: request_id(parts) }, session })
    }
}

/// A caller whose request happens once.
pub(crate) struct Writer(pub(crate) Call);

impl FromRequestParts<App> for Writer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let Caller { call, .. } = Caller::from_request_parts(parts, app).await?;
        let Key(key) = Key::from_request_parts(parts, app).await?;
        Ok(Self(call.once(key)))
    }
}

/// The idempotency key every write needs.
pub(crate) struct Key(pub(crate) IdempotencyKey);

impl FromRequestParts<App> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
        let Some(first) = values.next() else {
            let error = Error::new(Code::IdempotencyKeyMissing, "a write needs `Idempotency-Key`");
            return Err(error.field("Idempotency-Key").into());
        };
        if values.next().is_some() {
            let error = Error::new(Code::IdempotencyKeyInvalid, "`Idempotency-Key` is there twice");
            return Err(error.field("Idempotency-Key").into());
        }
        // Bytes that aren't text make a key that is refused.
        Ok(Self(IdempotencyKey::parse(first.to_str().unwrap_or(""))?))
    }
}

/// The request's id, for the audit log.
pub(crate) struct Request(pub(crate) Option<String>);

impl FromRequestParts<App> for Request {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(request_id(parts)))
    }
}

fn request_id(parts: &Parts) -> Option<String> {
    parts.extensions.get::<RequestId>().map(|id| id.0.to_string())
}

/// The id in the path: the last parameter, because a host may nest us under parameters of its own.
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr<Err = Error>> FromRequestParts<App> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let params = RawPathParams::from_request_parts(parts, app).await;
        let invalid = || Error::new(Code::InvalidId, "the path isn't text");
        let params = params.map_err(|_| invalid())?;
        let (name, text) = params.iter().last().ok_or_else(invalid)?;
        text.parse().map(Self).map_err(|error: Error| error.field(name).into())
    }
}

/// The version the client expects, from `If-Match`: `"v3"`. None when it expects none, or any (`*`).
pub(crate) struct Expected(pub(crate) Option<Version>);

impl FromRequestParts<App> for Expected {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        Ok(Self(expected(&parts.headers)?))
    }
}

fn expected(headers: &HeaderMap) -> Result<Option<Version>, Error> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(first) = values.next() else { return Ok(None) };
    let text = first.to_str().unwrap_or("").trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix("\"v").and_then(|text| text.strip_suffix('"'));
    let version = version.and_then(|text| text.parse().ok()).filter(|version| *version > 0);
    match version {
        Some(version) if values.next().is_none() => Ok(Some(version)),
        _ => Err(Error::invalid(
            "If-Match",
            "one ETag as it was given, such as \"v3\"",
            &short(text),
        )),
    }
}

/// The query; unknown parameters are refused.
pub(crate) struct Asked<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<App> for Asked<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Query::<T>::from_request_parts(parts, app).await {
            Ok(Query(query)) => Ok(Self(query)),
            Err(rejection) => {
                let reason = std::error::Error::source(&rejection).map(ToString::to_string);
                Err(json::of_query(&reason.unwrap_or_default()).into())
            }
        }
    }
}

/// Where the request comes from.
pub(crate) struct Peer(pub(crate) Client);

impl FromRequestParts<App> for Peer {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self(app.client_of(&parts.extensions, &parts.headers)))
    }
}

/// The path of the request as the client sent it, to build the path of something new.
pub(crate) struct Here(String);

impl FromRequestParts<App> for Here {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Self::Rejection> {
        let original = parts.extensions.get::<OriginalUri>().map(|uri| uri.0.path().to_owned());
        Ok(Self(original.unwrap_or_else(|| parts.uri.path().to_owned())))
    }
}

impl Here {
    /// The path of a member of this collection.
    pub(crate) fn member(&self, id: impl std::fmt::Display) -> String {
        format!("{}/{id}", self.0.trim_end_matches('/'))
    }

    /// The path of something beside this.
    pub(crate) fn sibling(&self, name: &str) -> String {
        let parent = self.0.trim_end_matches('/').rsplit_once('/').map_or("", |(parent, _)| parent);
        format!("{parent}/{name}")
    }
}

/// Reads a value of the core from the text of a field, and names the field where it can't.
pub(crate) fn read<T>(
    field: &str,
    text: &str,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<T, Error> {
    parse(text).map_err(|error| error.field(field))
}

/// The same for a field that may be missing.
pub(crate) fn read_some<T>(
    field: &str,
    text: Option<&str>,
    parse: impl FnOnce(&str) -> Result<T, Error>,
) -> Result<Option<T>, Error> {
    text.map(|text| read(field, text, parse)).transpose()
}

fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn if_match(values: &[&str]) -> Result<Option<Version>, Error> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(header::IF_MATCH, HeaderValue::from_str(value).unwrap());
        }
        expected(&headers)
    }

    #[test]
    fn if_match_is_one_etag_of_ours_or_a_star() {
        assert_eq!(if_match(&[]).unwrap(), None);
        assert_eq!(if_match(&["*"]).unwrap(), None);
        assert_eq!(if_match(&["\"v3\""]).unwrap(), Some(3));
        for bad in [
            "v3",
            "\"3\"",
            "W/\"v3\"",
            "\"v3\", \"v4\"",
            "\"v0\"",
            "\"v-1\"",
            "\"v99999999999999999999\"",
        ] {
            assert_eq!(if_match(&[bad]).unwrap_err().details["field"], "If-Match", "{bad}");
        }
        assert!(if_match(&["\"v3\"", "\"v4\""]).is_err());
    }
}
