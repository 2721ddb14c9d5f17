//! The description of the API, and pages to try it out. Everything comes from the binary.

use std::sync::{Arc, OnceLock};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{OriginalUri, Path};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use nestmap_core::Code;
use utoipa_swagger_ui::Config;

use crate::app::App;
use crate::extract::Here;
use crate::guard::DOCS_POLICY;
use crate::openapi;
use crate::problem::Problem;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .route("/api/openapi.json", get(document))
        .route("/api/docs", get(to_folder))
        .route("/api/docs/", get(index))
        .route("/api/docs/{*file}", get(|Path(file): Path<String>| async move { asset(&file) }))
}

/// Go to the documentation
///
/// Where somebody lands who opens the server in a browser.
#[utoipa::path(
    get, path = "/", tag = "status", security(()),
    responses((status = 307, description = "Its path is in `Location`.")),
)]
pub(super) async fn front_door(here: Here) -> Redirect {
    Redirect::temporary(&here.member("api/docs/"))
}

async fn document() -> Response {
    static DOCUMENT: OnceLock<Bytes> = OnceLock::new();
    let bytes = DOCUMENT.get_or_init(|| openapi::document().to_string().into());
    ([(header::CONTENT_TYPE, "application/json")], bytes.clone()).into_response()
}

/// The pages load their files from beside themselves, so their path ends with a slash.
async fn to_folder(OriginalUri(uri): OriginalUri) -> Redirect {
    Redirect::permanent(&format!("{}/", uri.path()))
}

async fn index() -> Response {
    asset("index.html")
}

fn asset(file: &str) -> Response {
    // Relative, so that it is found wherever a host nests us.
    let config = Arc::new(Config::from("../openapi.json"));
    match utoipa_swagger_ui::serve(file, config) {
        Ok(Some(found)) => {
            let mut headers = HeaderMap::new();
            let kind = HeaderValue::from_str(&found.content_type);
            headers.insert(
                header::CONTENT_TYPE,
                kind.unwrap_or(HeaderValue::from_static("application/octet-stream")),
            );
            headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(DOCS_POLICY));
            (StatusCode::OK, headers, found.bytes.into_owned()).into_response()
        }
        _ => Problem::of(Code::RouteNotFound, "there is no such page").into_response(),
    }
}
