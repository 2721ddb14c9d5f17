//! The core's errors as problems (RFC 9457).
//!
//! A handler answers with a [`Problem`]; `finish` writes its body, because only there the request
//! id is known. What a client reads is code, message and details; causes go to the log.

use std::sync::Arc;

use axum::Json;
use axum::extract::{OriginalUri, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use nestmap_core::error::Details;
use nestmap_core::{Code, Error, ErrorKind};
use serde::Serialize;
use serde_json::Value;

use crate::app::App;
use crate::observe::RequestId;

/// The detail that says when to try again; it becomes the `Retry-After` header.
const RETRY_AFTER: &str = "retry_after_seconds";

/// An error on its way to the client.
#[derive(Clone, Debug)]
pub struct Problem(Arc<Error>);

/// The result of a handler.
pub(crate) type Answer<T> = Result<T, Problem>;

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(Arc::new(error))
    }
}

impl Problem {
    /// A problem with nothing to say beyond its code.
    pub fn of(code: Code, message: &str) -> Self {
        Error::new(code, message).into()
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = status(self.0.code).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// The status a code is answered with.
pub fn status(code: Code) -> StatusCode {
    match code {
        Code::InvalidBody
        | Code::InvalidId
        | Code::InvalidPage
        | Code::IdempotencyKeyMissing
        | Code::IdempotencyKeyInvalid => StatusCode::BAD_REQUEST,
        Code::BodyTooSlow => StatusCode::REQUEST_TIMEOUT,
        Code::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        code => match code.kind() {
            ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
            ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
            ErrorKind::Forbidden => StatusCode::FORBIDDEN,
            ErrorKind::NotFound => StatusCode::NOT_FOUND,
            ErrorKind::Conflict => StatusCode::CONFLICT,
            ErrorKind::Stale => StatusCode::PRECONDITION_FAILED,
            ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Supplier => StatusCode::BAD_GATEWAY,
            ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        },
    }
}

/// Says after how many seconds to try again.
pub(crate) fn retry_after(error: Error, seconds: i64) -> Error {
    error.detail(RETRY_AFTER, seconds)
}

/// The body of a problem.
#[derive(Serialize)]
struct Body<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    instance: &'a str,
    code: &'static str,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'a Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'a Value>,
    #[serde(skip_serializing_if = "Details::is_empty")]
    details: Details,
}

/// Writes the bodies of problems, and logs why.
pub(crate) async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let id = RequestId::of(&request);
    let uri =
        request.extensions().get::<OriginalUri>().map_or(request.uri(), |original| &original.0);
    let instance = uri.path().to_owned();
    let mut response = next.run(request).await;
    let Some(Problem(error)) = response.extensions_mut().remove::<Problem>() else {
        return response;
    };
    log(&error);
    let written = write(&error, &id, &instance, app.problems());
    response.headers_mut().remove(header::CONTENT_LENGTH);
    let (mut parts, _) = response.into_parts();
    parts.headers.extend(written.headers().clone());
    Response::from_parts(parts, written.into_body())
}

fn write(error: &Error, id: &str, instance: &str, problems: &str) -> Response {
    let code = error.code;
    let mut details = error.details.clone();
    let (field, expected) = (details.remove("field"), details.remove("expected"));
    let body = Body {
        r#type: format!("{problems}/{code}"),
        title: code.meaning(),
        status: status(code).as_u16(),
        detail: &error.message,
        instance,
        code: code.as_str(),
        request_id: id,
        field: field.as_ref(),
        expected: expected.as_ref(),
        details,
    };
    let mut response = Json(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
    if code.kind() == ErrorKind::Unauthenticated {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = wait(error) {
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Seconds to wait: as the error says, a few for anything that may work later.
fn wait(error: &Error) -> Option<i64> {
    let told = error.details.get(RETRY_AFTER).and_then(Value::as_i64);
    let usual = (error.kind() == ErrorKind::Unavailable).then_some(5);
    told.or(usual)
}

/// The log gets the cause; the client's own mistakes are worth no more than a line of detail.
fn log(error: &Error) {
    let code = error.code.as_str();
    let cause = std::error::Error::source(error).map(chain);
    match error.kind() {
        ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::Supplier => {
            tracing::error!(code, message = error.message, cause, "answered with a problem");
        }
        _ => tracing::debug!(code, message = error.message, cause, "answered with a problem"),
    }
}

fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// Anything that panicked: a defect, told without its details.
pub(crate) fn of_panic(_: Box<dyn std::any::Any + Send>) -> Response {
    Problem::of(Code::Internal, "something went wrong on our side").into_response()
}

/// A path that isn't one of ours.
pub(crate) async fn no_route() -> Problem {
    Problem::of(Code::RouteNotFound, "there is no such route")
}

/// A method the path doesn't take.
pub(crate) async fn no_method() -> Problem {
    Problem::of(Code::MethodNotAllowed, "the route doesn't take this method")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_status_of_its_kind() {
        for code in Code::ALL {
            let status = status(*code);
            let server = matches!(
                code.kind(),
                ErrorKind::Internal | ErrorKind::Unavailable | ErrorKind::Supplier
            );
            assert_eq!(status.is_server_error(), server, "{code}");
            assert_eq!(status.is_client_error(), !server, "{code}");
        }
    }

    #[test]
    fn causes_do_not_reach_the_client() {
        let error = Error::new(Code::Internal, "something stored can't be read")
            .because(std::io::Error::other("password=hunter2"));
        let response = write(&error, "id", "/", "/problems");
        let body = format!("{:?}", response.into_body());
        assert!(!body.contains("hunter2"));
    }
}
