//! Changes the traveler asks for: request, offers, confirmation.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::amounts::Currency;
use super::call::{Call, Reply};
use super::change_offers::{ChangeOffer, airline_offers, test_airline_offers};
use super::disruptions::slice_instants;
use super::errors::{Findings, Refusal};
use super::fares::Term;
use super::geography::airline_name;
use super::offer_requests::SliceWish;
use super::orders::Order;
use super::paging::page_of_json;
use super::payments;
use super::search_form::read_slices;
use super::world::{World, instant};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ChangeRequest {
    id: String,
    order_id: String,
    created_at: Timestamp,
    slices: Value,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct OrderChange {
    id: String,
    offer: ChangeOffer,
    created_at: Timestamp,
    confirmed_at: Option<Timestamp>,
}

impl ChangeRequest {
    fn json(&self, world: &World) -> Value {
        let offers: Vec<Value> = world
            .change_offers
            .rows()
            .filter(|offer| offer.request_id == self.id)
            .map(|offer| offer.json(world.currency))
            .collect();
        json!({
            "id": self.id,
            "order_id": self.order_id,
            "live_mode": false,
            "created_at": instant(self.created_at),
            "updated_at": instant(self.created_at),
            "slices": self.slices,
            "order_change_offers": offers,
        })
    }
}

impl OrderChange {
    fn json(&self, currency: Currency) -> Value {
        let mut row = self.offer.amounts_json(currency);
        row["id"] = json!(self.id);
        row["order_id"] = json!(self.offer.order_id);
        row["created_at"] = json!(instant(self.created_at));
        row["confirmed_at"] = json!(self.confirmed_at.map(instant));
        row
    }
}

/// `POST /air/order_change_requests`
pub(super) fn create_request(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (order, removed, wish) = read(world, call)?;
    let request = ChangeRequest {
        id: world.id("ocr", call.now),
        order_id: order.id.clone(),
        created_at: call.now,
        slices: call.data["slices"].clone(),
    };
    let offers = match order.owner.as_str() {
        "ZZ" => test_airline_offers(world, call, &request.id, &order, &removed, &wish),
        _ => airline_offers(world, call, &request.id, &order, &removed, &wish),
    };
    for offer in offers {
        world.change_offers.put(&offer.id.clone(), offer);
    }
    world.change_requests.put(&request.id.clone(), request.clone());
    Ok(Reply::created(request.json(world)))
}

fn read(world: &World, call: &Call) -> Result<(Order, Value, SliceWish), Refusal> {
    let mut findings = Findings::default();
    let order_id = findings.text(&call.data, "order_id", "").unwrap_or_default();
    let slices = &call.data["slices"];
    let remove = findings.list(slices, "remove", "/slices");
    let add = findings.list(slices, "add", "/slices");
    if remove.len() > 1 || add.len() > 1 {
        let message = "The sandbox changes one slice at a time";
        findings.add("validation_length", "/slices", message);
    }
    let today = call.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let wishes = read_slices(&json!({ "slices": add }), today, &mut findings);
    findings.into_result()?;

    let order =
        world.orders.get(order_id).cloned().ok_or_else(|| {
            Refusal::field("not_found", "/order_id", "Linked record(s) not found")
        })?;
    check_changeable(&order, call.now)?;
    let slice_id = &remove[0]["slice_id"];
    let removed = order.slices.iter().find(|slice| slice["id"] == *slice_id).cloned();
    let removed = removed.ok_or_else(|| {
        let message = "Linked record(s) not found";
        Refusal::field("not_found", "/slices/remove/0/slice_id", message)
    })?;
    let wish = wishes.into_iter().next().expect("a checked list has one slice");
    Ok((order, removed, wish))
}

fn check_changeable(order: &Order, now: Timestamp) -> Result<(), Refusal> {
    let forbidden = order.change == Term::NotAllowed && order.owner != "ZZ";
    if forbidden || !order.available_actions(now).contains(&"change") {
        let message = "The order can't be changed";
        return Err(
            Refusal::state("order_not_changeable", message).by_airline(airline_name(&order.owner))
        );
    }
    Ok(())
}

/// `GET /air/order_change_requests/{id}`
pub(super) fn get_request(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let request = world.change_requests.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(request.json(world)))
}

/// `GET /air/order_change_offers?order_change_request_id=`
pub(super) fn list_offers(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let Some(request_id) = call.query.get("order_change_request_id") else {
        let message = "Field 'order_change_request_id' can't be blank";
        return Err(Refusal::field("validation_required", "/order_change_request_id", message));
    };
    world.change_requests.get(request_id).ok_or_else(Refusal::not_found)?;
    let mut offers: Vec<&ChangeOffer> =
        world.change_offers.rows().filter(|offer| offer.request_id == request_id).collect();
    match call.query.get("sort") {
        Some("total_duration") => offers.sort_by_key(|offer| offer.minutes),
        Some("change_total_amount") => offers.sort_by_key(|offer| offer.change_total),
        None => {}
        Some(_) => {
            let message = "Field 'sort' must be change_total_amount or total_duration";
            return Err(Refusal::field("validation_inclusion", "/sort", message));
        }
    }
    let rows: Vec<Value> = offers.iter().map(|offer| offer.json(world.currency)).collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// `GET /air/order_change_offers/{id}`
pub(super) fn get_offer(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let offer = world.change_offers.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(offer.json(world.currency)))
}

/// `POST /air/order_changes`: a change that waits for its confirmation.
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut findings = Findings::default();
    let id = findings.text(&call.data, "selected_order_change_offer", "").unwrap_or_default();
    findings.into_result()?;
    let offer = world.change_offers.get(id).cloned().ok_or_else(|| {
        let message = "Linked record(s) not found";
        Refusal::field("not_found", "/selected_order_change_offer", message)
    })?;
    check_on_sale(&offer, call.now)?;
    let order = world.orders.get(&offer.order_id).ok_or_else(Refusal::not_found)?;
    check_changeable(order, call.now)?;
    let change = OrderChange {
        id: world.id("oce", call.now),
        offer,
        created_at: call.now,
        confirmed_at: None,
    };
    world.changes.put(&change.id, change.clone());
    Ok(Reply::created(change.json(world.currency)))
}

fn check_on_sale(offer: &ChangeOffer, now: Timestamp) -> Result<(), Refusal> {
    if now >= offer.expires_at {
        let message = "The change offer has expired. Please create a new change request.";
        return Err(Refusal::state("offer_expired", message));
    }
    Ok(())
}

/// `POST /air/order_changes/{id}/actions/confirm`
pub(super) fn confirm(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut change = world.changes.get(call.id()).cloned().ok_or_else(Refusal::not_found)?;
    if change.confirmed_at.is_some() {
        let message = "The order change has already been confirmed";
        return Err(Refusal::state("order_change_already_actioned", message));
    }
    check_on_sale(&change.offer, call.now)?;
    let order = world.orders.get(&change.offer.order_id).ok_or_else(Refusal::not_found)?;
    check_changeable(order, call.now)?;
    if change.offer.change_total > 0 {
        let payment = &call.data["payment"];
        if !payment.is_object() {
            let message = "Field 'payment' can't be blank";
            return Err(Refusal::field("validation_required", "/payment", message));
        }
        payments::check(payment, change.offer.change_total, world.currency, "/payment")?;
    }
    change.confirmed_at = Some(call.now);
    let data = change.json(world.currency);
    let order = world.orders.edit(&change.offer.order_id).expect("the order was just read");
    apply(order, &change.offer, &data);
    world.changes.put(&change.id.clone(), change);
    Ok(Reply::ok(data))
}

/// Puts the new slice in place of the old one; what was added to the old one is lost.
fn apply(order: &mut Order, offer: &ChangeOffer, change: &Value) {
    for slice in &mut order.slices {
        if slice["id"] == offer.removed["id"] {
            *slice = offer.added.clone();
        }
    }
    let gone: Vec<&Value> = offer.removed["segments"]
        .as_array()
        .map_or(&[][..], Vec::as_slice)
        .iter()
        .map(|segment| &segment["id"])
        .collect();
    order.services.retain(|service| {
        let segments = service["segment_ids"].as_array().map_or(&[][..], Vec::as_slice);
        !segments.iter().any(|segment| gone.contains(&segment))
    });
    order.price.changes += offer.change_total;
    order.changes.push(change.clone());
    let times: Vec<_> = order.slices.iter().filter_map(slice_instants).collect();
    if let (Some(departs_at), Some(arrives_at)) =
        (times.iter().map(|time| time.0).min(), times.iter().map(|time| time.1).max())
    {
        order.departs_at = departs_at;
        order.arrives_at = arrives_at;
    }
}

/// `GET /air/order_changes/{id}`
pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let change = world.changes.get(call.id()).ok_or_else(Refusal::not_found)?;
    Ok(Reply::ok(change.json(world.currency)))
}
