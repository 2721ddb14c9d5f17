//! Whether the server lives, and whether it can do its work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::app::App;
use crate::health::{HealthBody, check};

/// The server lives.
#[derive(Serialize, ToSchema)]
pub(super) struct AliveBody {
    /// Always `ok`.
    status: &'static str,
}

/// See whether the server lives
///
/// Answered as long as the process runs; restart it when it isn't.
#[utoipa::path(
    get, path = "/api/health", tag = "health", security(()),
    responses((status = 200, description = "It lives.", body = AliveBody)),
)]
pub(super) async fn health() -> Json<AliveBody> {
    Json(AliveBody { status: "ok" })
}

/// See whether the server can do its work
///
/// Every part is tried. Send it requests only while this is answered with 200.
#[utoipa::path(
    get, path = "/api/health/detailed", tag = "health", security(()),
    responses(
        (status = 200, description = "It can.", body = HealthBody),
        (status = 503, description = "It can't.", body = HealthBody),
    ),
)]
pub(super) async fn detailed_health(State(app): State<App>) -> (StatusCode, Json<HealthBody>) {
    let health = check(&app).await;
    (health.code(), Json(health))
}
