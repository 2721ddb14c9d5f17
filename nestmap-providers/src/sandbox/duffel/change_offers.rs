//! What a change costs: constant at the test airline, the difference in fare elsewhere.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::amounts::Currency;
use super::bookings::order_slice;
use super::call::Call;
use super::fares::{Cabin, TEST_AIRLINE, Term};
use super::live_offer::{Hold, LiveOffer, Offer, OfferState};
use super::offer_requests::{OfferRequest, SliceWish};
use super::orders::Order;
use super::schedule::{Schedule, Shape};
use super::shopping;
use super::world::{World, instant};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ChangeOffer {
    pub(super) id: String,
    pub(super) request_id: String,
    pub(super) order_id: String,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    /// What is due for the change, penalty included; negative is a refund.
    pub(super) change_total: i64,
    /// What the supplier says the order will cost; the test airline gets it wrong.
    pub(super) new_total: i64,
    pub(super) penalty: i64,
    pub(super) minutes: i64,
    pub(super) added: Value,
    pub(super) removed: Value,
}

const CHANGE_OFFERS_MAX: usize = 6;

impl ChangeOffer {
    pub(super) fn amounts_json(&self, currency: Currency) -> Value {
        let refund_to = (self.change_total < 0).then_some("original_form_of_payment");
        json!({
            "change_total_amount": currency.text(self.change_total),
            "change_total_currency": currency.code,
            "new_total_amount": currency.text(self.new_total),
            "new_total_currency": currency.code,
            "penalty_total_amount": currency.text(self.penalty),
            "penalty_total_currency": currency.code,
            "refund_to": refund_to,
            "slices": { "add": [self.added], "remove": [self.removed] },
            "live_mode": false,
            "expires_at": instant(self.expires_at),
        })
    }

    pub(super) fn json(&self, currency: Currency) -> Value {
        let mut row = self.amounts_json(currency);
        row["id"] = json!(self.id);
        row["order_change_id"] = Value::Null;
        row["order_change_request_id"] = json!(self.request_id);
        row["created_at"] = json!(instant(self.created_at));
        row["updated_at"] = json!(instant(self.created_at));
        row["conditions"] =
            json!({ "change_before_departure": null, "refund_before_departure": null });
        row
    }
}

/// The search behind the order with the new slice in place of the old ones.
pub(super) fn search(
    world: &World,
    call: &Call,
    id: &str,
    order: &Order,
    wish: &SliceWish,
) -> OfferRequest {
    let (prefix, _) = shopping::request_of_offer(&order.offer_id).expect("orders have offer ids");
    let request = world.requests.starting_with(&prefix).next().expect("searches are kept");
    OfferRequest {
        id: id.to_owned(),
        created_at: call.now,
        slices: vec![wish.clone()],
        connections_max: 1,
        ..request.clone()
    }
}

/// The constant offers of the test airline: three cabins at three times for 125.00.
pub(super) fn test_airline_offers(
    world: &mut World,
    call: &Call,
    request_id: &str,
    order: &Order,
    removed: &Value,
    wish: &SliceWish,
) -> Vec<ChangeOffer> {
    let amount =
        |text: &str| world.currency.parse(text).expect("a whole number fits every currency");
    let (change_total, more, penalty) = (amount("125"), amount("100"), amount("25"));
    let request = search(world, call, request_id, order, wish);
    let schedule = Schedule { seed: world.seed };
    let (from, to) = (wish.origin().airports()[0], wish.destination().airports()[0]);
    let mut offers = Vec::new();
    for cabin in [Cabin::Economy, Cabin::PremiumEconomy, Cabin::First] {
        for hour in [6, 12, 18] {
            let departs = wish.date.at(hour, 0, 0, 0);
            let brand = TEST_AIRLINE.iter().find(|brand| brand.cabin == cabin);
            let id = world.id("oco", call.now);
            let offer = Offer {
                id: id.clone(),
                owner: "ZZ",
                created_at: call.now,
                expires_at: call.now,
                brand: brand.expect("the test airline sells every cabin"),
                itineraries: vec![schedule.test_flight(from, to, departs, Shape::Any)],
                base: 0,
                tax: 0,
                emissions_kg: 0,
                hold: Hold::None,
                change: order.change,
                refund: order.refund,
                documents_required: false,
                magic: None,
            };
            let minutes = offer.itineraries[0].minutes();
            let live = LiveOffer {
                offer,
                request: request.clone(),
                state: OfferState::default(),
                currency: world.currency,
                seed: world.seed,
            };
            offers.push(ChangeOffer {
                id,
                request_id: request_id.to_owned(),
                order_id: order.id.clone(),
                created_at: call.now,
                expires_at: call.now + SignedDuration::from_hours(72),
                change_total,
                new_total: order.price.total() + more,
                penalty,
                minutes,
                added: order_slice(&live, 0, &[]),
                removed: removed.clone(),
            });
        }
    }
    offers
}

/// The owner's flights on the new day, at the difference in price and the fare's penalty.
/// A cheaper day can mean a refund.
pub(super) fn airline_offers(
    world: &mut World,
    call: &Call,
    request_id: &str,
    order: &Order,
    removed: &Value,
    wish: &SliceWish,
) -> Vec<ChangeOffer> {
    let request = search(world, call, request_id, order, wish);
    let brand = removed["fare_brand_name"].as_str().unwrap_or_default().to_owned();
    let mut found = world.live_offers(&request);
    found.retain(|live| live.offer.owner == order.owner && live.offer.brand.name == brand);
    found.truncate(CHANGE_OFFERS_MAX);
    let slices = i64::try_from(order.slices.len()).expect("a few slices");
    let old_share = (order.price.base + order.price.tax) / slices;
    let penalty = if matches!(order.change, Term::Fee(_)) { order.change_fee / slices } else { 0 };
    found
        .iter()
        .map(|live| {
            let change_total = live.total() - old_share + penalty;
            ChangeOffer {
                id: world.id("oco", call.now),
                request_id: request_id.to_owned(),
                order_id: order.id.clone(),
                created_at: call.now,
                expires_at: call.now + SignedDuration::from_mins(30),
                change_total,
                new_total: order.price.total() + change_total,
                penalty,
                minutes: live.offer.itineraries[0].minutes(),
                added: order_slice(live, 0, &[]),
                removed: removed.clone(),
            }
        })
        .collect()
}
