//! Bodies: bounded, declared as JSON, read strictly.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use nestmap_core::{Code, Error};
use serde::de::DeserializeOwned;

use super::json;
use crate::app::App;
use crate::problem::Problem;

/// A JSON body of a known shape.
pub(crate) struct Body<T>(pub(crate) T);

/// A JSON body that is read by whoever knows its language.
pub(crate) struct Text(pub(crate) String);

/// A body byte by byte, of any type.
pub(crate) struct Raw(pub(crate) Vec<u8>);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let Text(text) = Text::from_request(request, app).await?;
        Ok(Self(json::read(&text)?))
    }
}

impl FromRequest<App> for Text {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        must_be_json(request.headers())?;
        let Raw(bytes) = Raw::from_request(request, app).await?;
        let text = String::from_utf8(bytes)
            .map_err(|_| Error::new(Code::InvalidBody, "the body isn't UTF-8"))?;
        json::refuse_control_characters(&text)?;
        Ok(Self(text))
    }
}

impl FromRequest<App> for Raw {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let max = app.config().body_bytes_max;
        let declared = request.headers().get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared.is_some_and(|length| length > max) {
            return Err(too_large(max).into());
        }
        let read = Limited::new(request.into_body(), max).collect();
        let time = app.config().read_timeout;
        match tokio::time::timeout(time, read).await {
            Ok(Ok(body)) => Ok(Self(body.to_bytes().to_vec())),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large(max).into()),
            Ok(Err(_)) => {
                Err(Error::new(Code::InvalidBody, "the body ended before its time").into())
            }
            Err(_) => Err(too_slow(time).into()),
        }
    }
}

fn too_large(max: usize) -> Error {
    Error::new(Code::BodyTooLarge, format!("the body is larger than {max} bytes"))
        .expected(format!("at most {max} bytes"))
}

fn too_slow(time: Duration) -> Error {
    Error::new(Code::BodyTooSlow, format!("the body wasn't there after {time:?}"))
        .expected(format!("all of it within {time:?}"))
}

/// `application/json`, in UTF-8 where a character set is named.
fn must_be_json(headers: &HeaderMap) -> Result<(), Error> {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let mut parts = value.unwrap_or("").split(';').map(str::trim);
    let json = parts.next().is_some_and(|kind| kind.eq_ignore_ascii_case("application/json"));
    let readable = parts.all(|parameter| {
        let lower = parameter.to_ascii_lowercase();
        !lower.starts_with("charset") || ["charset=utf-8", "charset=\"utf-8\""].contains(&&*lower)
    });
    if json && readable {
        return Ok(());
    }
    Err(Error::new(Code::UnsupportedMediaType, "the content type must be `application/json`")
        .field("Content-Type")
        .expected("application/json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn only_json_in_utf_8_is_read() {
        let accepts = |kind: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
            must_be_json(&headers).is_ok()
        };
        for good in ["application/json", "Application/JSON; charset=UTF-8", "application/json;q=1"]
        {
            assert!(accepts(good), "{good}");
        }
        for bad in ["text/plain", "application/xml", "application/json; charset=latin1", ""] {
            assert!(!accepts(bad), "{bad}");
        }
        assert!(must_be_json(&HeaderMap::new()).is_err());
    }
}
