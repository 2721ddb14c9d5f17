//! Every route, and what stands around all of them.

mod approvals;
mod audit;
mod docs;
mod invitations;
mod orders;
mod organizations;
mod people;
mod policies;
mod problems;
mod searches;
mod sessions;
mod status;
mod trips;
mod webhooks;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, Method, header};
use axum::middleware::{from_fn, from_fn_with_state};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::bearer;
use crate::{guard, limit, observe, openapi, problem, worker};

/// The described routes. This is the list: what isn't in it doesn't exist.
pub(crate) fn described() -> OpenApiRouter<App> {
    let journey = OpenApiRouter::new()
        .routes(routes!(organizations::sign_up))
        .routes(routes!(organizations::organization))
        .routes(routes!(sessions::log_in))
        .routes(routes!(sessions::refresh))
        .routes(routes!(sessions::log_out))
        .routes(routes!(invitations::invite))
        .routes(routes!(invitations::accept_invitation))
        .routes(routes!(people::me))
        .routes(routes!(people::update_my_profile))
        .routes(routes!(people::people, people::add_person))
        .routes(routes!(people::person, people::place_person, people::remove_person))
        .routes(routes!(people::update_profile))
        .routes(routes!(policies::policies, policies::draft_policy))
        .routes(routes!(policies::policy, policies::revise_policy))
        .routes(routes!(policies::publish_policy))
        .routes(routes!(policies::retire_policy))
        .routes(routes!(searches::search))
        .routes(routes!(searches::offers))
        .routes(routes!(trips::trips, trips::draft_trip))
        .routes(routes!(trips::trip, trips::change_trip))
        .routes(routes!(trips::submit_trip))
        .routes(routes!(trips::cancel_trip))
        .routes(routes!(trips::itinerary))
        .routes(routes!(trips::calendar))
        .routes(routes!(approvals::approvals))
        .routes(routes!(approvals::approval))
        .routes(routes!(approvals::decide))
        .routes(routes!(orders::order))
        .routes(routes!(orders::orders_needing_person))
        .routes(routes!(orders::quote_cancellation))
        .routes(routes!(orders::confirm_cancellation))
        .routes(routes!(orders::declare_absent))
        .routes(routes!(audit::audit));
    openapi::collector()
        .nest("/api/v1", journey)
        .routes(routes!(docs::front_door))
        .routes(routes!(status::health))
        .routes(routes!(status::detailed_health))
        .routes(routes!(webhooks::duffel_event))
}

/// The routes with everything around them, the outermost last.
pub(crate) fn router(app: &App) -> Router {
    let (routes, _) = described().split_for_parts();
    let mut router = routes
        .merge(docs::routes())
        .merge(problems::routes())
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(from_fn_with_state(app.clone(), worker::wake_after_writes))
        .layer(from_fn_with_state(app.clone(), guard::time_limit))
        .layer(from_fn_with_state(app.clone(), guard::shed))
        .layer(from_fn_with_state(app.clone(), limit::enforce))
        .layer(from_fn_with_state(app.clone(), bearer::identify))
        .layer(CatchPanicLayer::custom(problem::of_panic))
        .layer(from_fn_with_state(app.clone(), problem::finish));
    if app.config().compression {
        router = router.layer(CompressionLayer::new());
    }
    if !app.config().cors_origins.is_empty() {
        router = router.layer(cors(&app.config().cors_origins));
    }
    router
        .layer(from_fn_with_state(app.clone(), guard::secure))
        .layer(from_fn(observe::trace))
        .with_state(app.clone())
}

/// Pages of the listed origins may call the API with a token; cookies play no part in it.
fn cors(origins: &[String]) -> CorsLayer {
    const HEADERS: [HeaderName; 5] = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        HeaderName::from_static("idempotency-key"),
        HeaderName::from_static("x-request-id"),
    ];
    const SHOWN: [HeaderName; 4] = [
        header::ETAG,
        header::LOCATION,
        header::RETRY_AFTER,
        HeaderName::from_static("x-request-id"),
    ];
    let origin = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
        .allow_headers(HEADERS)
        .expose_headers(SHOWN)
}
