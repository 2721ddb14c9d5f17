//! Every call this adapter makes: how its request is built and how its answer is read.
//!
//! Pure. What is sent and in which class of retries is decided here; sending is the client's part.

use std::marker::PhantomData;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::{ApiError, Failure};
use super::wire::cancellation::{Cancellation, NewCancellation};
use super::wire::offer::Offer;
use super::wire::order::{NewOrder, Order, Price};
use super::wire::payment::{NewOrderPayment, Payment};
use super::wire::place::{Airline, PlaceRecord};
use super::wire::search::{Batch, NewSearch};
use super::wire::webhook::{Event, NewWebhook, Webhook};
use super::wire::{Answer, Each, Envelope};
use crate::http::retry::CallClass;
use crate::http::{Method, Request, Response, Secret, push_escaped};

/// Booking calls may take two minutes; giving up earlier only makes outcomes unknown.
pub const BOOKING_TIMEOUT: Duration = Duration::from_secs(130);
/// How long a plain call may take.
pub const PLAIN_TIMEOUT: Duration = Duration::from_secs(30);
/// How much longer than the airlines Duffel itself may take to answer a search.
const SEARCH_MARGIN: Duration = Duration::from_secs(10);
/// The largest page Duffel gives.
const PAGE_ITEMS_MAX: &str = "200";

/// Which of Duffel's rate windows a call counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Route {
    /// Starting a search.
    Search,
    /// Everything else.
    Plain,
}

/// One call: its request, its kind, and the type of resource it answers with.
#[derive(Debug)]
pub struct Call<T> {
    /// What a second copy would do.
    pub class: CallClass,
    /// Which rate window it counts against.
    pub route: Route,
    method: Method,
    /// Path and query, escaped.
    target: String,
    body: Option<Vec<u8>>,
    timeout: Duration,
    answer: PhantomData<fn() -> T>,
}

impl<T> Call<T> {
    fn new(method: Method, class: CallClass, path: &[&str]) -> Self {
        let mut target = String::new();
        for segment in path {
            target.push('/');
            push_escaped(&mut target, segment);
        }
        let timeout = if class == CallClass::Book { BOOKING_TIMEOUT } else { PLAIN_TIMEOUT };
        Self {
            class,
            route: Route::Plain,
            method,
            target,
            body: None,
            timeout,
            answer: PhantomData,
        }
    }

    fn get(path: &[&str]) -> Self {
        Self::new(Method::Get, CallClass::Read, path)
    }

    fn post(class: CallClass, path: &[&str]) -> Self {
        Self::new(Method::Post, class, path)
    }

    fn query(mut self, key: &str, value: &str) -> Self {
        self.target.push(if self.target.contains('?') { '&' } else { '?' });
        push_escaped(&mut self.target, key);
        self.target.push('=');
        push_escaped(&mut self.target, value);
        self
    }

    /// One page of a list, from `after` on.
    fn page(self, after: Option<&str>) -> Self {
        let call = self.query("limit", PAGE_ITEMS_MAX);
        match after {
            Some(cursor) => call.query("after", cursor),
            None => call,
        }
    }

    fn data(mut self, data: &impl Serialize) -> Self {
        let body = serde_json::to_vec(&Envelope { data });
        self.body = Some(body.expect("wire types have text keys and always serialize"));
        self
    }

    /// The same call, which must be answered within `timeout`.
    pub fn within(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The same call, sent only once.
    pub fn once(mut self) -> Self {
        self.class = CallClass::Book;
        self
    }

    /// The request as it goes out to `base`, which has no slash at its end.
    pub fn request(&self, base: &str, token: &Secret) -> Request {
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let mut headers = vec![
            header("duffel-version", "v2"),
            header("accept", "application/json"),
            header("user-agent", concat!("nestmap/", env!("CARGO_PKG_VERSION"))),
        ];
        headers.extend(self.body.is_some().then(|| header("content-type", "application/json")));
        Request {
            method: self.method,
            url: format!("{base}{}", self.target),
            bearer: token.clone(),
            headers,
            body: self.body.clone(),
            timeout: self.timeout,
        }
    }
}

impl<T: DeserializeOwned> Call<T> {
    /// Reads the answer: a resource, or why there is none.
    pub fn read(&self, response: &Response) -> Result<Answer<T>, Failure> {
        if !(200..300).contains(&response.status) {
            return Err(Failure::Refused(ApiError::read(response)));
        }
        let request_id = response.headers.get("x-request-id").map(str::to_owned);
        match serde_json::from_slice::<Answer<T>>(&response.body) {
            Ok(answer) => Ok(Answer { request_id, ..answer }),
            Err(error) => Err(Failure::Unreadable {
                status: response.status,
                request_id,
                reason: error.to_string(),
            }),
        }
    }
}

/// Starts a search whose offers come in batches. Airlines that take longer than
/// `supplier_timeout` are left out.
pub fn search(search: &NewSearch, supplier_timeout: Duration) -> Call<Batch> {
    let call = Call::post(CallClass::Search, &["air", "batch_offer_requests"])
        .query("supplier_timeout", &supplier_timeout.as_millis().to_string())
        .data(search)
        .within(supplier_timeout + SEARCH_MARGIN);
    Call { route: Route::Search, ..call }
}

/// Waits for the next batch of a search and takes it: no later call gives these offers again.
pub fn next_batch(id: &str, supplier_timeout: Duration) -> Call<Batch> {
    Call::new(Method::Get, CallClass::Feed, &["air", "batch_offer_requests", id])
        .within(supplier_timeout + SEARCH_MARGIN)
}

/// A page of all the offers of a search.
pub fn offers(search_id: &str, after: Option<&str>) -> Call<Each<Offer>> {
    Call::get(&["air", "offers"]).query("offer_request_id", search_id).page(after)
}

/// An offer as the airline sells it now.
pub fn offer(id: &str) -> Call<Offer> {
    // Duffel asks the airline, so this takes as long as a small search.
    Call::get(&["air", "offers", id])
}

/// Orders or holds.
pub fn create_order(order: &NewOrder) -> Call<Order> {
    Call::post(CallClass::Book, &["air", "orders"]).data(order)
}

/// An order as it is now.
pub fn order(id: &str) -> Call<Order> {
    Call::get(&["air", "orders", id])
}

/// A page of the orders that were made from an offer.
pub fn orders_of_offer(offer_id: &str, after: Option<&str>) -> Call<Each<Order>> {
    Call::get(&["air", "orders"]).query("offer_id", offer_id).page(after)
}

/// What a held order costs now.
pub fn price_order(id: &str) -> Call<Price> {
    Call::post(CallClass::Search, &["air", "orders", id, "actions", "price"])
        .data(&serde_json::Map::new())
}

/// Pays a held order.
pub fn pay(payment: &NewOrderPayment) -> Call<Payment> {
    Call::post(CallClass::Book, &["air", "payments"]).data(payment)
}

/// A page of the payments of an order.
pub fn payments_of_order(order_id: &str, after: Option<&str>) -> Call<Vec<Payment>> {
    Call::get(&["air", "payments"]).query("order_id", order_id).page(after)
}

/// Quotes a cancellation; cancels nothing.
pub fn quote_cancellation(order_id: &str) -> Call<Cancellation> {
    let quote = NewCancellation { order_id: order_id.to_owned() };
    Call::post(CallClass::Search, &["air", "order_cancellations"]).data(&quote)
}

/// Cancels on the terms of a quote.
pub fn confirm_cancellation(id: &str) -> Call<Cancellation> {
    Call::post(CallClass::Book, &["air", "order_cancellations", id, "actions", "confirm"])
}

/// A quote or cancellation as it is now.
pub fn cancellation(id: &str) -> Call<Cancellation> {
    Call::get(&["air", "order_cancellations", id])
}

/// A page of all airlines.
pub fn airlines(after: Option<&str>) -> Call<Vec<Airline>> {
    Call::get(&["air", "airlines"]).page(after)
}

/// A page of all airports.
pub fn airports(after: Option<&str>) -> Call<Vec<PlaceRecord>> {
    Call::get(&["air", "airports"]).page(after)
}

/// Airports and cities whose name or code begins like `text`.
pub fn places(text: &str) -> Call<Vec<PlaceRecord>> {
    Call::get(&["places", "suggestions"]).query("name", text)
}

/// Asks for events to be sent to us. The answer holds the secret they are signed with, this once.
pub fn create_webhook(webhook: &NewWebhook) -> Call<Webhook> {
    Call::post(CallClass::Book, &["air", "webhooks"]).data(webhook)
}

/// The endpoints that exist.
pub fn webhooks(after: Option<&str>) -> Call<Vec<Webhook>> {
    Call::get(&["air", "webhooks"]).page(after)
}

/// An event, read from Duffel instead of believed.
pub fn event(id: &str) -> Call<Event> {
    Call::get(&["air", "webhooks", "events", id])
}
