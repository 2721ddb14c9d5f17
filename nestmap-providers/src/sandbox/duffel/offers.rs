//! Offers: `/air/offers`.

use serde_json::{Value, json};

use super::call::{Call, Reply};
use super::errors::{Findings, Refusal};
use super::geography::airline_name;
use super::live_offer::LiveOffer;
use super::offer_requests::Passenger;
use super::paging::page_of_json;
use super::schedule::Itinerary;
use super::services;
use super::world::World;

/// `GET /air/offers`
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let Some(request_id) = call.query.get("offer_request_id") else {
        let message = "Field 'offer_request_id' can't be blank";
        return Err(Refusal::field("validation_required", "/offer_request_id", message));
    };
    let request = world.requests.get(request_id).cloned().ok_or_else(Refusal::not_found)?;
    let connections_max = call.query.number("max_connections", 0, 2)?;
    let mut offers = world.live_offers(&request);
    offers.retain(|live| {
        let fits = |itinerary: &Itinerary| {
            connections_max.is_none_or(|connections| itinerary.0.len() <= connections + 1)
        };
        live.offer.itineraries.iter().all(fits)
    });
    let minutes =
        |live: &LiveOffer| -> i64 { live.offer.itineraries.iter().map(Itinerary::minutes).sum() };
    match call.query.get("sort") {
        None | Some("total_amount") => offers.sort_by_key(LiveOffer::total),
        Some("-total_amount") => offers.sort_by_key(|live| std::cmp::Reverse(live.total())),
        Some("total_duration") => offers.sort_by_key(minutes),
        Some("-total_duration") => offers.sort_by_key(|live| std::cmp::Reverse(minutes(live))),
        Some(_) => {
            let message = "Field 'sort' must be total_amount or total_duration";
            return Err(Refusal::field("validation_inclusion", "/sort", message));
        }
    }
    let rows: Vec<Value> = offers.iter().map(LiveOffer::json).collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `GET /air/offers/{id}`: asks the airline for the offer as it is now.
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let live = refreshed(world, call)?;
    let mut data = live.json();
    if call.query.flag("return_available_services") == Some(true) {
        data["available_services"] = json!(services::of_offer(&live));
    }
    Ok(Reply::ok(data))
}

/// `POST /air/offers/{id}/actions/price`
pub(super) fn price(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let live = refreshed(world, call)?;
    let chosen = services::chosen(&live, &call.data["intended_services"], "/intended_services")?;
    let total = live.total() + chosen.iter().map(services::Chosen::total).sum::<i64>();
    let mut methods = Vec::new();
    let mut findings = Findings::default();
    for (index, method) in call.data["intended_payment_methods"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .enumerate()
    {
        let pointer = format!("/intended_payment_methods/{index}/type");
        match method["type"].as_str() {
            Some("balance" | "card" | "airline_credit" | "arc_bsp_cash") => {
                let mut method = method.clone();
                for (key, amount) in [("charge", total), ("surcharge", 0)] {
                    method[format!("{key}_amount")] = json!(live.currency.text(amount));
                    method[format!("{key}_currency")] = json!(live.currency.code);
                }
                methods.push(method);
            }
            Some(_) => findings.add("validation_inclusion", &pointer, "Unknown payment type"),
            None => findings.required(&pointer),
        }
    }
    findings.into_result()?;

    let mut data = live.json();
    data["total_amount"] = json!(live.currency.text(total));
    data["intended_payment_methods"] = Value::Array(methods);
    data["intended_services"] =
        json!(call.data["intended_services"].as_array().cloned().unwrap_or_default());
    data["available_services"] = json!(services::of_offer(&live));
    Ok(Reply::ok(data))
}

/// `POST /air/offers/{id}/upsell_offers`: the same flights with more included.
pub(super) fn upsell(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let live = refreshed(world, call)?;
    if live.offer.owner == "ZZ" {
        let message = "The airline does not support this action";
        return Err(Refusal::airline(422, "unsupported_action", message)
            .by_airline(airline_name(live.offer.owner)));
    }
    let keys = |live: &LiveOffer| -> Vec<String> {
        live.offer.itineraries.iter().map(Itinerary::key).collect()
    };
    let dearer: Vec<Value> = world
        .live_offers(&live.request)
        .iter()
        .filter(|other| keys(other) == keys(&live) && other.total() > live.total())
        .map(LiveOffer::json)
        .collect();
    Ok(Reply::ok(Value::Array(dearer)))
}

/// `PATCH /air/offers/{id}/passengers/{passenger}`: names and loyalty accounts.
pub(super) fn update_passenger(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let live = world.live_offer(call.id()).ok_or_else(Refusal::not_found)?;
    live.check_available(call.now)?;
    let mut findings = Findings::default();
    let given_name = findings.text(&call.data, "given_name", "").map(str::to_owned);
    let family_name = findings.text(&call.data, "family_name", "").map(str::to_owned);
    findings.into_result()?;

    let mut request = live.request;
    let passenger = request
        .passengers
        .iter_mut()
        .find(|passenger| passenger.id == call.part("passenger"))
        .ok_or_else(Refusal::not_found)?;
    passenger.given_name = given_name;
    passenger.family_name = family_name;
    if let Some(accounts) = call.data["loyalty_programme_accounts"].as_array() {
        passenger.loyalty = accounts.clone();
    }
    let (data, member) = (passenger.json(), is_member(passenger));
    let state = request.states.entry(live.offer.id.clone()).or_default();
    state.member = member && live.offer.owner == "ZZ";
    state.updated_at = Some(call.now);
    world.requests.put(&request.id.clone(), request);
    Ok(Reply::ok(data))
}

/// The test airline's one member.
fn is_member(passenger: &Passenger) -> bool {
    passenger.given_name.as_deref() == Some("Amelia")
        && passenger.family_name.as_deref() == Some("Earhart")
        && passenger.loyalty.iter().any(|account| {
            account["airline_iata_code"] == "ZZ" && account["account_number"] == "1234567890"
        })
}

/// The offer after asking the airline again: it may cost more, or be gone.
fn refreshed(world: &mut World, call: &Call) -> Result<LiveOffer, Refusal> {
    let live = world.live_offer(call.id()).ok_or_else(Refusal::not_found)?;
    if call.twist.expire {
        world.edit_offer(&live, call.now, |state| state.gone = true);
    }
    if let Some(rise) = world.price_rise(call, &live) {
        world.edit_offer(&live, call.now, |state| state.added += rise);
    }
    let live = world.live_offer(call.id()).ok_or_else(Refusal::not_found)?;
    live.check_available(call.now)?;
    Ok(live)
}
