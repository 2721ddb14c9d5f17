//! Waits until nothing moves any more, as far as that can be had without waiting for hours.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::Value;

use crate::api::{Api, Ask, text};
use crate::company::{Company, Promised};
use crate::patience::Patience;

/// How long it may take: a call whose maker was killed is looked for after 25 s.
const LONG: Duration = Duration::from_secs(60);
/// An attempt that wasn't looked up yet is looked up within so many seconds; one that was looked up
/// in vain waits longer for the next time.
const FIRST_LOOK_SECONDS: i64 = 5;

/// Returns when every order is at its end, or waits for a person, or was looked up in vain. The
/// trips with orders for which that took too long.
pub async fn wait(api: &Api, companies: &[Company]) -> Vec<String> {
    let patience = Patience::of(LONG);
    let mut restless = Vec::new();
    for company in companies {
        for id in trips(api, company).await {
            while !is_at_rest(&trip(api, company, &id).await, &company.promised) {
                if !patience.lasts().await {
                    restless.push(id);
                    break;
                }
            }
        }
    }
    restless
}

async fn trip(api: &Api, company: &Company, id: &str) -> Value {
    api.send(Ask::get(format!("/v1/trips/{id}")).token(&company.admin.token)).await.done()
}

/// The ids of all trips of the company.
async fn trips(api: &Api, company: &Company) -> Vec<String> {
    let mut ids = Vec::new();
    let mut path = "/v1/trips?limit=100".to_owned();
    loop {
        let page = api.send(Ask::get(path).token(&company.admin.token)).await.done();
        let items = page["items"].as_array().expect("a page has items");
        ids.extend(items.iter().map(|trip| text(trip, "/id").to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("/v1/trips?limit=100&after={next}"),
            None => return ids,
        }
    }
}

fn is_at_rest(trip: &Value, promised: &Promised) -> bool {
    let orders = trip["orders"].as_array().expect("a trip has orders");
    orders.iter().all(|order| order_is_at_rest(order, promised))
}

fn order_is_at_rest(order: &Value, promised: &Promised) -> bool {
    match (text(order, "/state"), text(order, "/clearance")) {
        ("canceled" | "failed" | "lapsed", _) => true,
        // Terms that were agreed to stand until it is canceled, or until they don't hold.
        ("booked", _) => {
            !promised.canceled.contains(text(order, "/id")) || order["quote"].is_null()
        }
        ("held" | "planned", clearance) => clearance == "waiting",
        _ => was_looked_up_in_vain(&order["attempt"]),
    }
}

fn was_looked_up_in_vain(attempt: &Value) -> bool {
    let next: Timestamp = text(attempt, "/next_look_at").parse().expect("an instant");
    let seconds = Timestamp::now().duration_until(next).as_secs();
    text(attempt, "/phase") != "dispatching" && seconds > FIRST_LOOK_SECONDS
}
