//! Making orders: `POST /air/orders`.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::call::{Call, Reply};
use super::errors::{Findings, Refusal};
use super::geography::airline_name;
use super::live_offer::{Hold, LiveOffer};
use super::magic::Magic;
use super::network::{Model, carrier};
use super::orders::{Order, Price, booking_reference, read_metadata};
use super::payments::{self, Payment};
use super::services::{self, Chosen};
use super::travelers::{check_passengers, order_passengers, read_passenger};
use super::world::World;
use crate::sandbox::dice::Dice;

/// An order the airline accepted but hasn't made yet.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct PendingOrder {
    pub(super) id: String,
    pub(super) due_at: Timestamp,
    pub(super) fails: bool,
    pub(super) order: Order,
}

/// How often an offer was tried to be booked, and how often it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OfferAttempts {
    pub(super) posts: u32,
    pub(super) orders: u32,
}

const DETAIL_LATER_SECONDS: u32 = 30;
const ACCEPTED_SECONDS: u32 = 5;
const ACCEPTED_FAILS_SECONDS: u32 = 30;

/// `POST /air/orders`
pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let wish = Wish::read(&call.data)?;
    count(world, &wish.offer_id, |attempts| attempts.posts += 1);
    let live = world.live_offer(&wish.offer_id).ok_or_else(|| {
        Refusal::field("not_found", "/selected_offers/0", "Linked record(s) not found")
    })?;
    check_first_try(world, &live)?;
    live.check_unbooked()?;
    check_still_on_sale(world, call, &live)?;
    check_type(&wish, &live)?;
    check_passengers(&wish.passengers, &live)?;
    let chosen = services::chosen(&live, &call.data["services"], "/services")?;
    let services: i64 = chosen.iter().map(Chosen::total).sum();
    let total = live.total() + services;
    if let Some(rise) = world.price_rise_by_fault(call) {
        world.edit_offer(&live, call.now, |state| state.added += rise);
        let message = "The price of the offer changed. Please get the offer again.";
        return Err(Refusal::airline(422, "price_changed", message)
            .by_airline(airline_name(live.offer.owner)));
    }
    let paid_with = match (&wish.payment, wish.is_hold) {
        (Some(payment), false) => {
            Some(payments::check(payment, total, world.currency, "/payments/0")?)
        }
        _ => None,
    };
    check_airline_is_willing(&live, wish.is_hold)?;

    let order = order(world, call.now, &wish, &live, &chosen, paid_with);
    world.book(&live, call.now);
    finish(world, call, &live, order)
}

/// Books the order now, or as the route or a fault will have it.
fn finish(
    world: &mut World,
    call: &Call,
    live: &LiveOffer,
    mut order: Order,
) -> Result<Reply, Refusal> {
    let accepted = match (call.twist.accepted, live.offer.magic) {
        (Some(twist), _) => Some(twist),
        (None, Some(Magic::AcceptedThenCreated)) => Some((ACCEPTED_SECONDS, false)),
        (None, Some(Magic::AcceptedThenFailed)) => Some((ACCEPTED_FAILS_SECONDS, true)),
        _ => None,
    };
    if let Some((seconds, fails)) = accepted {
        let id = world.id("por", call.now);
        let due_at = call.now + SignedDuration::from_secs(seconds.into());
        let data = json!({ "id": id, "offer_id": order.offer_id, "live_mode": false });
        world.pending_orders.put(&id.clone(), PendingOrder { id, due_at, fails, order });
        return Ok(Reply::with_status(202, data));
    }
    let detail_later = match (call.twist.detail_later, live.offer.magic) {
        (Some(seconds), _) => Some(seconds),
        (None, Some(Magic::DetailLater)) => Some(DETAIL_LATER_SECONDS),
        _ => None,
    };
    order.complete_at =
        detail_later.map(|seconds| call.now + SignedDuration::from_secs(seconds.into()));
    let brief = order.brief_json();
    let order = place(world, order, call.now);
    Ok(match detail_later {
        Some(_) => Reply::with_status(200, brief),
        None => Reply::created(order.json(world, call.now)),
    })
}

/// Puts the order on the books, with its payment and its event.
pub(super) fn place(world: &mut World, order: Order, now: Timestamp) -> Order {
    count(world, &order.offer_id, |attempts| attempts.orders += 1);
    if let Some(kind) = &order.paid_with {
        let payment = Payment::done(world.id("pay", now), &order, kind, now);
        world.payments.put(&payment.id.clone(), payment);
    }
    let object = json!({ "id": order.id, "order_id": order.id, "offer_id": order.offer_id });
    world.emit("order.created", object, &order.id, now);
    world.orders.put(&order.id, order.clone());
    order
}

fn count(world: &mut World, offer_id: &str, change: impl FnOnce(&mut OfferAttempts)) {
    let mut attempts = world.attempts.get(offer_id).copied().unwrap_or_default();
    change(&mut attempts);
    world.attempts.put(offer_id, attempts);
}

/// What a caller wants to book.
struct Wish {
    offer_id: String,
    is_hold: bool,
    passengers: Vec<Value>,
    payment: Option<Value>,
    has_services: bool,
    metadata: Map<String, Value>,
    users: Vec<Value>,
}

impl Wish {
    fn read(data: &Value) -> Result<Self, Refusal> {
        let mut findings = Findings::default();
        let offers = findings.list(data, "selected_offers", "");
        let offer_id = offers.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        if offers.len() > 1 || (!offers.is_empty() && offer_id.is_empty()) {
            let message = "Field 'selected_offers' must hold one offer id";
            findings.add("validation_length", "/selected_offers", message);
        }
        // The official JavaScript client says `pay_later` for a hold.
        let is_hold = match findings.text(data, "type", "") {
            Some("hold" | "pay_later") => true,
            Some("instant") | None => false,
            Some(_) => {
                let message = "Field 'type' must be instant or hold";
                findings.add("validation_inclusion", "/type", message);
                false
            }
        };
        let passengers = findings.list(data, "passengers", "").to_vec();
        for (index, passenger) in passengers.iter().enumerate() {
            read_passenger(passenger, &format!("/passengers/{index}"), &mut findings);
        }
        let payments = data["payments"].as_array().map_or(&[][..], Vec::as_slice);
        if payments.len() > 1 {
            let message = "Field 'payments' must have one entry";
            findings.add("validation_length", "/payments", message);
        }
        findings.into_result()?;
        Ok(Self {
            offer_id,
            is_hold,
            passengers,
            payment: payments.first().cloned(),
            has_services: data["services"].as_array().is_some_and(|list| !list.is_empty()),
            metadata: read_metadata(data)?.unwrap_or_default(),
            users: data["users"].as_array().cloned().unwrap_or_default(),
        })
    }
}

/// A second try with the same offer may be a booking already: the caller has to find out.
fn check_first_try(world: &World, live: &LiveOffer) -> Result<(), Refusal> {
    if live.request.booked_offer.as_ref() != Some(&live.offer.id) {
        return Ok(());
    }
    let known = world.orders.rows().any(|order| order.offer_id == live.offer.id);
    let message = match known {
        true => "An order has already been created from this offer",
        false => "An attempt to create an order from this offer is in progress or has failed",
    };
    Err(Refusal::state("order_creation_already_attempted", message))
}

fn check_still_on_sale(world: &mut World, call: &Call, live: &LiveOffer) -> Result<(), Refusal> {
    if call.twist.expire {
        world.edit_offer(live, call.now, |state| state.gone = true);
    }
    if call.twist.expire || call.now >= live.offer.expires_at {
        let message = "The offer has expired. Please create a new offer request.";
        return Err(Refusal::state("offer_expired", message));
    }
    live.check_available(call.now)
}

fn check_type(wish: &Wish, live: &LiveOffer) -> Result<(), Refusal> {
    let refused =
        |code: &str, pointer: &str, message: &str| Err(Refusal::field(code, pointer, message));
    let hold_only = live.offer.magic == Some(Magic::HoldOnly);
    match (wish.is_hold, &wish.payment) {
        (true, _) if live.offer.hold == Hold::None => {
            let message = "The selected offer requires instant payment";
            Err(Refusal::state("invalid_order_create_type", message))
        }
        (false, _) if hold_only => {
            let message = "The selected offer can only be held";
            Err(Refusal::state("invalid_order_create_type", message))
        }
        (true, Some(_)) => refused(
            "payments_not_allowed_for_order_type",
            "/payments",
            "Payments are not allowed for hold orders",
        ),
        (true, None) if wish.has_services => refused(
            "pay_later_order_no_payment_for_ancillaries",
            "/services",
            "Services can't be added to hold orders",
        ),
        (false, None) => {
            refused("validation_required", "/payments", "Field 'payments' can't be blank")
        }
        _ => Ok(()),
    }
}

fn check_airline_is_willing(live: &LiveOffer, is_hold: bool) -> Result<(), Refusal> {
    match live.offer.magic {
        Some(Magic::AirlineUnknown) => {
            let message = "The airline responded with an unexpected error, please contact support";
            Err(Refusal::airline(502, "airline_unknown", message)
                .by_airline(airline_name(live.offer.owner)))
        }
        Some(Magic::InsufficientBalance) if !is_hold => Err(payments::insufficient_balance()),
        _ => Ok(()),
    }
}

fn order(
    world: &mut World,
    now: Timestamp,
    wish: &Wish,
    live: &LiveOffer,
    chosen: &[Chosen],
    paid_with: Option<String>,
) -> Order {
    let offer = &live.offer;
    let (until, pay_by) = match (wish.is_hold, offer.hold) {
        (true, Hold::Guaranteed { until, pay_by }) => (Some(until), Some(pay_by)),
        (true, Hold::SeatOnly { pay_by }) => (None, Some(pay_by)),
        _ => (None, None),
    };
    let departs_at = offer.itineraries[0].first().departs.timestamp();
    let last = offer.itineraries.last().expect("an offer has a slice");
    let id = world.id("ord", now);
    Order {
        id: id.clone(),
        offer_id: offer.id.clone(),
        created_at: now,
        is_hold: wish.is_hold,
        owner: offer.owner.to_owned(),
        booking_reference: booking_reference(offer.owner, &id),
        complete_at: None,
        price: Price {
            base: live.base(),
            tax: offer.tax,
            services: chosen.iter().map(Chosen::total).sum(),
            changes: 0,
        },
        priced_on_day: None,
        slices: (0..offer.itineraries.len())
            .map(|slice| order_slice(live, slice, chosen))
            .collect(),
        passengers: order_passengers(&wish.passengers, live),
        services: chosen.iter().map(|chosen| chosen.order_json(live)).collect(),
        conditions: live.conditions_json(),
        change: offer.change,
        change_fee: live.fee_for(offer.change),
        refund: offer.refund,
        refund_fee: live.fee_for(offer.refund),
        pay_by,
        price_until: until,
        paid_at: (!wish.is_hold).then_some(now),
        paying: false,
        paid_with,
        cancellation: None,
        cancelled_at: None,
        changes: Vec::new(),
        metadata: wish.metadata.clone(),
        users: wish.users.clone(),
        void_until: void_until(offer.owner, now, departs_at),
        departs_at,
        arrives_at: last.last().arrives.timestamp(),
        cancellable: is_cancellable(world.seed, offer.owner),
    }
}

/// American airlines take back what was bought a week or more ahead, for a day.
fn void_until(owner: &str, now: Timestamp, departs_at: Timestamp) -> Option<Timestamp> {
    let early = departs_at.duration_since(now) >= SignedDuration::from_hours(7 * 24);
    (carrier(owner).country == "US" && early).then(|| now + SignedDuration::from_hours(24))
}

/// Some low-cost airlines want their customers to cancel on their own site.
fn is_cancellable(seed: u64, owner: &str) -> bool {
    carrier(owner).model != Model::LowCost
        || !Dice::of(seed, &["keeps cancellations", owner]).chance(25)
}

/// A slice of the offer as part of an order, with the seats that were chosen.
pub(super) fn order_slice(live: &LiveOffer, slice: usize, chosen: &[Chosen]) -> Value {
    let mut slice = live.slice_json(slice);
    let fields = slice.as_object_mut().expect("a slice is an object");
    fields.remove("comparison_key");
    fields.remove("ngs_shelf");
    for segment in slice["segments"].as_array_mut().into_iter().flatten() {
        let id = segment["id"].as_str().unwrap_or_default().to_owned();
        for traveler in segment["passengers"].as_array_mut().into_iter().flatten() {
            traveler["seat"] = seat_of(chosen, &id, &traveler["passenger_id"]);
        }
    }
    slice
}

fn seat_of(chosen: &[Chosen], segment_id: &str, passenger_id: &Value) -> Value {
    let seat = chosen.iter().map(|chosen| &chosen.service).find(|service| {
        service.designator().is_some()
            && service.segment_ids.iter().any(|id| id == segment_id)
            && passenger_id == service.passenger_id.as_str()
    });
    let designator = seat.and_then(|service| service.designator());
    designator.map_or(
        Value::Null,
        |designator| json!({ "designator": designator, "name": null, "disclosures": [] }),
    )
}
