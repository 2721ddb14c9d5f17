//! What handlers answer: a body with its version, something new with its path.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nestmap_core::port::store::Version;
use serde::Serialize;

/// A body and the version of what it shows, as its `ETag`.
pub(crate) struct Versioned<T>(pub(crate) Version, pub(crate) T);

impl<T: Serialize> IntoResponse for Versioned<T> {
    fn into_response(self) -> Response {
        let mut response = Json(self.1).into_response();
        let tag = HeaderValue::from_str(&format!("\"v{}\"", self.0));
        response.headers_mut().insert(header::ETAG, tag.expect("a number is a header"));
        response
    }
}

/// Something new, and the path it is at.
pub(crate) struct Created<T>(pub(crate) String, pub(crate) T);

impl<T: IntoResponse> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::CREATED, self.1).into_response();
        // A host may nest us under a path that isn't ASCII; then the body alone tells the id.
        if let Ok(path) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(header::LOCATION, path);
        }
        response
    }
}
