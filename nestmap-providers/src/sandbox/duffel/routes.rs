//! All routes of the supplier.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{RawPathParams, Request, State};
use axum::http::Response;
use axum::routing::{self, MethodRouter};

use super::call::{Call, Handler, Reply};
use super::desk::Desk;
use super::envelope::Data;
use super::errors::Refusal;
use super::http::{answer, not_enabled};
use super::world::World;
use super::{
    bookings, cancellations, changes, control, credits, disruptions, offer_requests, offers,
    order_list, orders, payments, reference, seat_maps, webhooks,
};

type Routes = MethodRouter<Arc<Desk>>;

pub(super) fn router(desk: Arc<Desk>) -> Router {
    let mut router = Router::new()
        .merge(shopping())
        .merge(ordering())
        .merge(changing())
        .merge(notifying())
        .merge(looking_up())
        .route("/stays/{*rest}", routing::any(not_enabled))
        .route("/cars/{*rest}", routing::any(not_enabled))
        .merge(control::router());
    if desk.client_defects {
        // The official JavaScript client asks for upsells under another name.
        router = router.route("/air/offers/{id}/upsell", action(offers::upsell));
    }
    router
        .fallback(endpoint(no_route, Data::Optional))
        .method_not_allowed_fallback(endpoint(no_route, Data::Optional))
        .with_state(desk)
}

/// Both forms of these three work: one official client adds a slash.
fn shopping() -> Router<Arc<Desk>> {
    let requests = || get(offer_requests::list).merge(post(offer_requests::create));
    let batches = || post(offer_requests::create_batch);
    Router::new()
        .route("/air/offer_requests", requests())
        .route("/air/offer_requests/", requests())
        .route("/air/offer_requests/{id}", get(offer_requests::get))
        .route("/air/batch_offer_requests", batches())
        .route("/air/batch_offer_requests/", batches())
        .route("/air/batch_offer_requests/{id}", get(offer_requests::get_batch))
        .route("/air/offers", get(offers::list))
        .route("/air/offers/{id}", get(offers::get))
        .route("/air/offers/{id}/actions/price", action(offers::price))
        .route("/air/offers/{id}/upsell_offers", action(offers::upsell))
        .route("/air/offers/{id}/passengers/{passenger}", patch(offers::update_passenger))
        .route("/air/seat_maps", get(seat_maps::list))
}

fn ordering() -> Router<Arc<Desk>> {
    let orders = get(order_list::list).merge(post(bookings::create));
    let payments = get(payments::list).merge(post(payments::create));
    let credits = get(credits::list).merge(post(credits::create));
    Router::new()
        .route("/air/orders", orders)
        .route("/air/orders/{id}", get(orders::get).merge(patch(orders::update)))
        .route("/air/orders/{id}/actions/price", action(orders::price))
        .route("/air/orders/{id}/available_services", get(orders::available_services))
        .route("/air/orders/{id}/services", post(orders::add_services))
        .route("/air/payments", payments)
        .route("/air/payments/{id}", get(payments::get))
        .route("/air/airline_credits", credits)
        .route("/air/airline_credits/{id}", get(credits::get))
}

fn changing() -> Router<Arc<Desk>> {
    let cancellations = get(cancellations::list).merge(post(cancellations::create));
    Router::new()
        .route("/air/order_cancellations", cancellations)
        .route("/air/order_cancellations/{id}", get(cancellations::get))
        .route("/air/order_cancellations/{id}/actions/confirm", action(cancellations::confirm))
        .route("/air/order_change_requests", post(changes::create_request))
        .route("/air/order_change_requests/{id}", get(changes::get_request))
        .route("/air/order_change_offers", get(changes::list_offers))
        .route("/air/order_change_offers/{id}", get(changes::get_offer))
        .route("/air/order_changes", post(changes::create))
        .route("/air/order_changes/{id}", get(changes::get))
        .route("/air/order_changes/{id}/actions/confirm", action(changes::confirm))
        .route("/air/airline_initiated_changes", get(disruptions::list))
        .route("/air/airline_initiated_changes/{id}", patch(disruptions::update))
        .route("/air/airline_initiated_changes/{id}/actions/accept", action(disruptions::accept))
}

fn notifying() -> Router<Arc<Desk>> {
    let webhook =
        patch(webhooks::update).merge(routing::delete(endpoint(webhooks::delete, Data::Optional)));
    Router::new()
        .route("/air/webhooks", get(webhooks::list).merge(post(webhooks::create)))
        .route("/air/webhooks/{id}", webhook)
        .route("/air/webhooks/{id}/actions/ping", action(webhooks::ping))
        .route("/air/webhooks/events", get(webhooks::list_events))
        .route("/air/webhooks/events/{id}", get(webhooks::get_event))
        .route("/air/webhooks/events/{id}/actions/redeliver", action(webhooks::redeliver))
        .route("/air/webhooks/deliveries", get(webhooks::list_deliveries))
        .route("/air/webhooks/deliveries/{id}", get(webhooks::get_delivery))
}

fn looking_up() -> Router<Arc<Desk>> {
    Router::new()
        .route("/air/airlines", get(reference::list_airlines))
        .route("/air/airlines/{id}", get(reference::get_airline))
        .route("/air/airports", get(reference::list_airports))
        .route("/air/airports/{id}", get(reference::get_airport))
        .route("/air/aircraft", get(reference::list_aircraft))
        .route("/air/aircraft/{id}", get(reference::get_aircraft))
        .route("/places/suggestions", get(reference::suggestions))
}

fn get(handler: Handler) -> Routes {
    routing::get(endpoint(handler, Data::Optional))
}

/// Takes `data`.
fn post(handler: Handler) -> Routes {
    routing::post(endpoint(handler, Data::Needed))
}

/// A POST that can do without `data`.
fn action(handler: Handler) -> Routes {
    routing::post(endpoint(handler, Data::Optional))
}

fn patch(handler: Handler) -> Routes {
    routing::patch(endpoint(handler, Data::Needed))
}

type Answering = std::pin::Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

fn endpoint(
    handler: Handler,
    data: Data,
) -> impl Fn(State<Arc<Desk>>, RawPathParams, Request) -> Answering + Clone + Send + Sync + 'static
{
    move |State(desk), path, request| Box::pin(answer(desk, handler, data, path, request))
}

fn no_route(_: &mut World, _: &Call) -> Result<Reply, Refusal> {
    Err(Refusal::not_found())
}
