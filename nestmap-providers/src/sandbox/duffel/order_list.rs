//! Finding orders: filters and sorting of `GET /air/orders`.

use jiff::Timestamp;
use serde_json::Value;

use super::call::{Call, Query, Reply};
use super::disruptions;
use super::errors::Refusal;
use super::geography::airline_id;
use super::orders::Order;
use super::paging::page_of_json;
use super::world::World;

/// `GET /air/orders`, newest first unless a sort is asked for.
pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let mut found: Vec<&Order> = Vec::new();
    for order in world.orders.rows().rev() {
        if matches(world, order, &call.query, call.now)? {
            found.push(order);
        }
    }
    if let Some(sort) = call.query.get("sort") {
        sort_orders(&mut found, sort, call.now)?;
    }
    let rows: Vec<Value> = found.iter().map(|order| order.json(world, call.now)).collect();
    let (rows, meta) = page_of_json(&rows, &call.query)?;
    Ok(Reply::page(rows, meta))
}

/// Whether the order passes every filter; the cheap ones come first.
fn matches(world: &World, order: &Order, query: &Query, now: Timestamp) -> Result<bool, Refusal> {
    let equals = |name: &str, value: Option<&str>| {
        query.get(name).is_none_or(|wanted| value == Some(wanted))
    };
    let flag = |name: &str, value: &dyn Fn() -> bool| {
        query.flag(name).is_none_or(|wanted| wanted == value())
    };
    Ok(equals("offer_id", Some(&order.offer_id))
        && equals("booking_reference", order.booking_reference(now))
        && flag("awaiting_payment", &|| order.awaits_payment(now))
        && flag("requires_action", &|| disruptions::has_open(world, &order.id))
        && within(query, "created_at", order.created_at)?
        && within(query, "departing_at", order.departs_at)?
        && within(query, "arriving_at", order.arrives_at)?
        && is_any(query, "user_id", || order.users.iter().filter_map(text).collect())
        && is_any(query, "owner_id[]", || vec![airline_id(&order.owner)])
        && is_any(query, "origin_id[]", || ends(order, "origin"))
        && is_any(query, "destination_id[]", || ends(order, "destination"))
        && is_any_name(query, order))
}

/// Whether one of the values asked for is there; asking for none asks nothing.
fn is_any(query: &Query, name: &str, values: impl FnOnce() -> Vec<String>) -> bool {
    let mut wanted = query.all(name).peekable();
    wanted.peek().is_none() || {
        let values = values();
        wanted.any(|wanted| values.iter().any(|value| value == wanted))
    }
}

/// Names are the only values that count in whatever case.
fn is_any_name(query: &Query, order: &Order) -> bool {
    let mut wanted = query.all("passenger_name[]").map(str::to_lowercase).peekable();
    wanted.peek().is_none() || {
        let names = names(order);
        wanted.any(|wanted| names.contains(&wanted))
    }
}

fn ends(order: &Order, key: &str) -> Vec<String> {
    order.slices.iter().filter_map(|slice| text(&slice[key]["id"])).collect()
}

/// Given name, family name and both, in lower case.
fn names(order: &Order) -> Vec<String> {
    let of =
        |passenger: &Value, key: &str| passenger[key].as_str().unwrap_or_default().to_lowercase();
    let all = |passenger: &Value| {
        let (given, family) = (of(passenger, "given_name"), of(passenger, "family_name"));
        [format!("{given} {family}"), given, family]
    };
    order.passengers.iter().flat_map(all).collect()
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// `name[after]` and `name[before]`.
pub(super) fn within(query: &Query, name: &str, value: Timestamp) -> Result<bool, Refusal> {
    let bound = |side: &str| -> Result<Option<Timestamp>, Refusal> {
        let key = format!("{name}[{side}]");
        query
            .get(&key)
            .map(|text| {
                text.parse().map_err(|_| {
                    let message = format!("Field '{key}' must be an ISO 8601 datetime");
                    Refusal::field("validation_format", &format!("/{name}/{side}"), &message)
                })
            })
            .transpose()
    };
    let (after, before) = (bound("after")?, bound("before")?);
    Ok(after.is_none_or(|after| value >= after) && before.is_none_or(|before| value <= before))
}

fn sort_orders(orders: &mut [&Order], sort: &str, now: Timestamp) -> Result<(), Refusal> {
    let (descending, key) = match sort.strip_prefix('-') {
        Some(key) => (true, key),
        None => (false, sort),
    };
    match key {
        // Orders without a deadline come last.
        "payment_required_by" => {
            orders.sort_by_key(|order| order.pay_by.unwrap_or(Timestamp::MAX));
        }
        "total_amount" => orders.sort_by_key(|order| order.price.total()),
        "created_at" => orders.sort_by_key(|order| order.created_at),
        "next_departure" => orders.sort_by_key(|order| {
            if order.departs_at >= now { order.departs_at } else { Timestamp::MAX }
        }),
        _ => {
            let message = "Field 'sort' must be payment_required_by, total_amount, created_at or \
                           next_departure";
            return Err(Refusal::field("validation_inclusion", "/sort", message));
        }
    }
    if descending {
        orders.reverse();
    }
    Ok(())
}
