//! Bags and seats that can be added to an offer.

use serde_json::{Value, json};

use super::errors::{Findings, Refusal};
use super::live_offer::LiveOffer;
use super::magic::Magic;
use super::network::{Model, carrier};
use super::seat_maps;
use super::world::derived_id;
use crate::sandbox::dice::Dice;

/// Something that can be added once or a few times.
#[derive(Clone, Debug)]
pub(super) struct Service {
    pub(super) id: String,
    pub(super) amount: i64,
    pub(super) passenger_id: String,
    pub(super) segment_ids: Vec<String>,
    maximum_quantity: i64,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    Baggage,
    Seat { designator: String },
}

/// A service and how often it is wanted.
#[derive(Clone, Debug)]
pub(super) struct Chosen {
    pub(super) service: Service,
    quantity: i64,
}

impl Service {
    pub(super) fn seat(
        id: String,
        amount: i64,
        passenger_id: String,
        segment_id: String,
        designator: String,
    ) -> Self {
        let kind = Kind::Seat { designator };
        Self { id, amount, passenger_id, segment_ids: vec![segment_id], maximum_quantity: 1, kind }
    }

    pub(super) fn designator(&self) -> Option<&str> {
        match &self.kind {
            Kind::Baggage => None,
            Kind::Seat { designator } => Some(designator),
        }
    }

    fn type_and_metadata(&self) -> (&'static str, Value) {
        match &self.kind {
            Kind::Baggage => {
                let metadata = json!({
                    "type": "checked", "maximum_weight_kg": 23, "maximum_length_cm": null,
                    "maximum_height_cm": null, "maximum_depth_cm": null,
                });
                ("baggage", metadata)
            }
            Kind::Seat { designator } => {
                ("seat", json!({ "designator": designator, "name": null, "disclosures": [] }))
            }
        }
    }

    fn json(&self, live: &LiveOffer) -> Value {
        let (kind, metadata) = self.type_and_metadata();
        json!({
            "id": self.id,
            "type": kind,
            "total_amount": live.currency.text(self.amount),
            "total_currency": live.currency.code,
            "maximum_quantity": self.maximum_quantity,
            "passenger_ids": [self.passenger_id],
            "segment_ids": self.segment_ids,
            "metadata": metadata,
        })
    }
}

impl Chosen {
    pub(super) fn total(&self) -> i64 {
        self.service.amount * self.quantity
    }

    /// The service as part of an order.
    pub(super) fn order_json(&self, live: &LiveOffer) -> Value {
        let (kind, metadata) = self.service.type_and_metadata();
        json!({
            "id": derived_id("ser", &self.service.id, &[]),
            "type": kind,
            "quantity": self.quantity,
            "total_amount": live.currency.text(self.total()),
            "total_currency": live.currency.code,
            "passenger_ids": [self.service.passenger_id],
            "segment_ids": self.service.segment_ids,
            "metadata": metadata,
        })
    }
}

/// `available_services` of an offer. Seats are in the seat map.
pub(super) fn of_offer(live: &LiveOffer) -> Vec<Value> {
    baggage(live).iter().map(|service| service.json(live)).collect()
}

/// One more checked bag for each seated traveler and slice.
fn baggage(live: &LiveOffer) -> Vec<Service> {
    if live.offer.magic == Some(Magic::NoServices) {
        return Vec::new();
    }
    let amount = bag_price(live);
    let mut services = Vec::new();
    for (slice, itinerary) in live.offer.itineraries.iter().enumerate() {
        let segment_ids: Vec<String> =
            (0..itinerary.0.len()).map(|segment| live.segment_id(slice, segment)).collect();
        for (index, passenger) in live.request.passengers.iter().enumerate() {
            if passenger.is_infant() {
                continue;
            }
            services.push(Service {
                id: derived_id("ase", &live.offer.id, &[slice, index]),
                amount,
                passenger_id: passenger.id.clone(),
                segment_ids: segment_ids.clone(),
                maximum_quantity: 1,
                kind: Kind::Baggage,
            });
        }
    }
    services
}

fn bag_price(live: &LiveOffer) -> i64 {
    if live.offer.owner == "ZZ" {
        return live.currency.parse("20").expect("a whole number fits every currency");
    }
    let usual = if carrier(live.offer.owner).model == Model::LowCost { 2_600 } else { 5_500 };
    let percent = Dice::of(live.seed, &["bag", live.offer.owner]).between(80, 130);
    live.currency.pence(usual * percent / 100)
}

/// Reads a list of `{id, quantity}` against what the offer has for sale.
pub(super) fn chosen(
    live: &LiveOffer,
    list: &Value,
    pointer: &str,
) -> Result<Vec<Chosen>, Refusal> {
    let wishes = list.as_array().map_or(&[][..], Vec::as_slice);
    if wishes.is_empty() {
        return Ok(Vec::new());
    }
    let mut for_sale = baggage(live);
    for_sale.extend(seat_maps::seats_for_sale(live));
    let mut findings = Findings::default();
    let mut chosen = Vec::new();
    for (index, wish) in wishes.iter().enumerate() {
        let path = format!("{pointer}/{index}");
        let Some(id) = findings.text(wish, "id", &path) else { continue };
        let quantity = wish["quantity"].as_i64().unwrap_or(0);
        match for_sale.iter().find(|service| service.id == id) {
            None => {
                let message = "Linked record(s) not found";
                findings.add("not_found", &format!("{path}/id"), message);
            }
            Some(service) if !(1..=service.maximum_quantity).contains(&quantity) => {
                let message = format!("Field 'quantity' must be 1 to {}", service.maximum_quantity);
                findings.add("validation_inclusion", &format!("{path}/quantity"), &message);
            }
            Some(service) => chosen.push(Chosen { service: service.clone(), quantity }),
        }
    }
    findings.into_result()?;
    Ok(chosen)
}
