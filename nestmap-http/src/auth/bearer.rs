//! Reads the access token of a request, once, before anything is decided.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use nestmap_core::{Code, Error};

use crate::app::App;
use crate::problem::Problem;

/// Why the request's token isn't accepted; told where a route needs one.
#[derive(Clone)]
pub(crate) struct Refused(pub(crate) Problem);

/// Leaves [`super::Claims`] with the request, or [`Refused`]. Routes that need nobody don't look.
pub(crate) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let now = app.nestmap().now();
    match token(request.headers()).map(|token| app.tokens().check(token?, now)) {
        Some(Ok(claims)) => drop(request.extensions_mut().insert(claims)),
        Some(Err(error)) => drop(request.extensions_mut().insert(Refused(error.into()))),
        None => {}
    }
    next.run(request).await
}

/// The token of the one `Authorization` header; none where there is none.
fn token(headers: &HeaderMap) -> Option<Result<&str, Error>> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let first = values.next()?;
    let token = first.to_str().ok().and_then(|value| value.split_once(' '));
    match token {
        Some((scheme, token))
            if scheme.eq_ignore_ascii_case("bearer") && values.next().is_none() =>
        {
            Some(Ok(token.trim()))
        }
        _ => Some(Err(Error::new(
            Code::Unauthenticated,
            "`Authorization` must be `Bearer` and an access token",
        ))),
    }
}
