//! An offer with everything that belongs to it, as the airline would confirm it now.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::amounts::Currency;
use super::errors::Refusal;
use super::fares::{Brand, Term, cabin_on};
use super::geography::{Airport, airline_json, airline_name};
use super::magic::Magic;
use super::network::{Model, carrier};
use super::offer_requests::{OfferRequest, Passenger};
use super::schedule::{Flight, Itinerary};
use super::world::{derived_id, instant, whole_second};
use crate::sandbox::dice::Dice;

/// An offer as the search found it.
#[derive(Clone, Debug)]
pub(super) struct Offer {
    pub(super) id: String,
    pub(super) owner: &'static str,
    pub(super) created_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) brand: &'static Brand,
    pub(super) itineraries: Vec<Itinerary>,
    pub(super) base: i64,
    pub(super) tax: i64,
    pub(super) emissions_kg: i64,
    pub(super) hold: Hold,
    pub(super) change: Term,
    pub(super) refund: Term,
    pub(super) documents_required: bool,
    pub(super) magic: Option<Magic>,
}

/// How long an airline keeps seats and price without payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hold {
    None,
    Guaranteed { until: Timestamp, pay_by: Timestamp },
    SeatOnly { pay_by: Timestamp },
}

/// What happened to an offer since the search.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct OfferState {
    /// Minor units on top of the price found.
    pub(super) added: i64,
    pub(super) gone: bool,
    pub(super) updated_at: Option<Timestamp>,
    /// Whether a member's discount applies.
    pub(super) member: bool,
}

/// An offer with everything that belongs to it.
#[derive(Clone, Debug)]
pub(super) struct LiveOffer {
    pub(super) offer: Offer,
    pub(super) request: OfferRequest,
    pub(super) state: OfferState,
    pub(super) currency: Currency,
    pub(super) seed: u64,
}

impl LiveOffer {
    pub(super) fn base(&self) -> i64 {
        let discount = if self.state.member { self.offer.base / 10 } else { 0 };
        self.offer.base - discount + self.state.added
    }

    pub(super) fn total(&self) -> i64 {
        self.base() + self.offer.tax
    }

    /// Refuses an offer that can't be had any more.
    pub(super) fn check_available(&self, now: Timestamp) -> Result<(), Refusal> {
        let is_magic = self.offer.magic == Some(Magic::OfferGone);
        if is_magic || self.state.gone || now >= self.offer.expires_at {
            let message = "The offer you selected is no longer available. Please create a new \
                           offer request to get the latest offers.";
            let refusal = Refusal::airline(422, "offer_no_longer_available", message);
            return Err(refusal.by_airline(airline_name(self.offer.owner)));
        }
        Ok(())
    }

    /// Refuses the other offers of a search once one of them was booked.
    pub(super) fn check_unbooked(&self) -> Result<(), Refusal> {
        match &self.request.booked_offer {
            Some(booked) if *booked != self.offer.id => Err(Refusal::field(
                "offer_request_already_booked",
                "/selected_offers",
                "An offer of this offer request has already been booked",
            )),
            _ => Ok(()),
        }
    }

    pub(super) fn slice_id(&self, slice: usize) -> String {
        derived_id("sli", &self.offer.id, &[slice])
    }

    pub(super) fn segment_id(&self, slice: usize, segment: usize) -> String {
        derived_id("seg", &self.offer.id, &[slice, segment])
    }

    /// How many travelers pay a penalty: everybody with a seat.
    fn seats(&self) -> i64 {
        let seated = self.request.passengers.iter().filter(|passenger| !passenger.is_infant());
        i64::try_from(seated.count()).expect("a few travelers")
    }

    pub(super) fn conditions_json(&self) -> Value {
        let slices = self.offer.itineraries.len();
        json!({
            "change_before_departure": self.term_json(self.offer.change, slices),
            "refund_before_departure": self.term_json(self.offer.refund, slices),
        })
    }

    /// The fee in the account's currency for the whole offer; none where it isn't a plain fee.
    pub(super) fn fee_for(&self, term: Term) -> i64 {
        match term {
            Term::Fee(pence) => self.fee(pence, self.offer.itineraries.len()),
            _ => 0,
        }
    }

    fn fee(&self, pence: i64, slices: usize) -> i64 {
        let slices = i64::try_from(slices).expect("a few slices");
        self.currency.pence(pence) * self.seats() * slices
    }

    fn term_json(&self, term: Term, slices: usize) -> Value {
        let allowed = |amount: String, currency: &str| json!({ "allowed": true, "penalty_amount": amount, "penalty_currency": currency });
        match term {
            Term::Unknown => Value::Null,
            Term::NotAllowed => {
                json!({ "allowed": false, "penalty_amount": null, "penalty_currency": null })
            }
            // The test airline charges in pounds whatever the account is billed in.
            Term::Fee(pence) if self.offer.owner == "ZZ" => {
                allowed(format!("{}.{:02}", pence / 100, pence % 100), "GBP")
            }
            Term::Free => allowed(self.currency.text(0), self.currency.code),
            Term::Fee(pence) => {
                allowed(self.currency.text(self.fee(pence, slices)), self.currency.code)
            }
        }
    }

    fn requirements_json(&self) -> Value {
        let (instant_only, until, pay_by) = match self.offer.hold {
            Hold::None => (true, None, None),
            Hold::Guaranteed { until, pay_by } => (false, Some(until), Some(pay_by)),
            Hold::SeatOnly { pay_by } => (false, None, Some(pay_by)),
        };
        json!({
            "requires_instant_payment": instant_only,
            "price_guarantee_expires_at": until.map(whole_second),
            "payment_required_by": pay_by.map(whole_second),
        })
    }

    /// The offer as it is in lists: without services.
    pub(super) fn json(&self) -> Value {
        let (offer, code) = (&self.offer, self.currency.code);
        let updated_at = self.state.updated_at.unwrap_or(offer.created_at);
        let passengers: Vec<Value> = self.request.passengers.iter().map(Passenger::json).collect();
        let documents: &[&str] = match carrier(offer.owner).model {
            Model::LowCost if !offer.documents_required => &[],
            _ => &["passport", "known_traveler_number", "passenger_redress_number"],
        };
        let loyalty: &[&str] = match carrier(offer.owner).model {
            Model::LowCost => &[],
            _ => &[offer.owner],
        };
        json!({
            "id": offer.id,
            "live_mode": false,
            "created_at": instant(offer.created_at),
            "updated_at": instant(updated_at),
            "expires_at": instant(offer.expires_at),
            "total_amount": self.currency.text(self.total()), "total_currency": code,
            "base_amount": self.currency.text(self.base()), "base_currency": code,
            "tax_amount": self.currency.text(offer.tax), "tax_currency": code,
            "total_emissions_kg": offer.emissions_kg.to_string(),
            "owner": airline_json(offer.owner),
            "partial": false,
            "passengers": passengers,
            "slices": self.slices_json(),
            "conditions": self.conditions_json(),
            "payment_requirements": self.requirements_json(),
            "available_services": null,
            "passenger_identity_documents_required": offer.documents_required,
            "supported_passenger_identity_document_types": documents,
            "supported_loyalty_programmes": loyalty,
            "private_fares": [],
            "available_airline_credit_ids": [],
            "intended_payment_methods": [],
            "intended_services": [],
        })
    }

    fn slices_json(&self) -> Vec<Value> {
        (0..self.offer.itineraries.len()).map(|slice| self.slice_json(slice)).collect()
    }

    pub(super) fn slice_json(&self, slice: usize) -> Value {
        let itinerary = &self.offer.itineraries[slice];
        let brand = self.offer.brand;
        let segments: Vec<Value> = (0..itinerary.0.len())
            .map(|segment| self.segment_json(slice, segment, &itinerary.0[segment]))
            .collect();
        json!({
            "id": self.slice_id(slice),
            "origin": itinerary.first().from.json(), "origin_type": "airport",
            "destination": itinerary.last().to.json(), "destination_type": "airport",
            "duration": duration(itinerary.minutes()),
            "fare_brand_name": brand.name,
            "ngs_shelf": brand.shelf,
            "comparison_key": itinerary.key(),
            "conditions": {
                "change_before_departure": self.term_json(self.offer.change, 1),
                "advance_seat_selection": brand.seat_choice,
                "priority_boarding": brand.priority,
                "priority_check_in": brand.priority,
            },
            "segments": segments,
        })
    }

    fn segment_json(&self, slice: usize, segment: usize, flight: &Flight) -> Value {
        let id = self.segment_id(slice, segment);
        let stops: Vec<Value> = flight
            .stop
            .iter()
            .map(|stop| {
                json!({
                    "id": derived_id("sto", &id, &[0]),
                    "airport": stop.airport.json(),
                    "arriving_at": local(stop.arrives),
                    "departing_at": local(stop.departs),
                    "duration": duration(stop.minutes),
                })
            })
            .collect();
        let travelers: Vec<Value> = self
            .request
            .passengers
            .iter()
            .map(|passenger| self.traveler_json(passenger, flight))
            .collect();
        json!({
            "id": id,
            "origin": flight.from.json(), "origin_terminal": terminal(flight.from, flight),
            "destination": flight.to.json(), "destination_terminal": terminal(flight.to, flight),
            "departing_at": local(flight.departs.datetime()),
            "arriving_at": local(flight.arrives.datetime()),
            "duration": duration(flight.minutes()),
            "distance": format!("{:.5}", flight.kilometers()),
            "marketing_carrier": airline_json(flight.marketing),
            "marketing_carrier_flight_number": flight.number.to_string(),
            "operating_carrier": airline_json(flight.operating),
            "operating_carrier_flight_number": operating_number(flight),
            "aircraft": flight.aircraft.json(),
            "stops": stops,
            "passengers": travelers,
        })
    }

    fn traveler_json(&self, passenger: &Passenger, flight: &Flight) -> Value {
        let brand = self.offer.brand;
        let cabin = cabin_on(self.seed, flight, brand.cabin);
        let bags = |kind: &str, quantity: i64| json!({ "type": kind, "quantity": quantity });
        let no_bags = self.offer.magic == Some(Magic::NoBaggage);
        let baggages = match (no_bags, passenger.is_infant()) {
            (true, _) => vec![],
            (false, true) => vec![bags("checked", 0), bags("carry_on", 0)],
            (false, false) => {
                vec![bags("checked", brand.checked), bags("carry_on", brand.carry_on)]
            }
        };
        json!({
            "passenger_id": passenger.id,
            "cabin_class": cabin.code(),
            "cabin_class_marketing_name": cabin.title(),
            "fare_basis_code": brand.fare_basis,
            "baggages": baggages,
            "cabin": {
                "name": cabin.code(),
                "marketing_name": cabin.title(),
                "amenities": amenities(flight),
            },
        })
    }
}

/// ISO 8601, with days as the supplier writes them.
fn duration(minutes: i64) -> String {
    let (days, hours, minutes) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    let day = if days > 0 { format!("{days}D") } else { String::new() };
    let hour = if hours > 0 { format!("{hours}H") } else { String::new() };
    let minute = if minutes > 0 { format!("{minutes}M") } else { String::new() };
    match (hour.is_empty() && minute.is_empty(), day.is_empty()) {
        (true, true) => "PT0M".to_owned(),
        (true, false) => format!("P{day}"),
        (false, _) => format!("P{day}T{hour}{minute}"),
    }
}

/// Local time without zone.
pub(super) fn local(time: jiff::civil::DateTime) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%S").to_string()
}

/// About half of all airports have terminals worth telling.
fn terminal(airport: &Airport, flight: &Flight) -> Option<String> {
    let mut dice = Dice::of(0, &["terminal", airport.iata, flight.operating]);
    dice.chance(55).then(|| dice.between(1, 5).to_string())
}

/// A partner's flight has the partner's own number, if it tells.
fn operating_number(flight: &Flight) -> Option<String> {
    if flight.operating == flight.marketing {
        return Some(flight.number.to_string());
    }
    let number = flight.number.to_string();
    let mut dice = Dice::of(0, &["operating number", flight.operating, &number]);
    dice.chance(80).then(|| dice.between(10, 2_990).to_string())
}

fn amenities(flight: &Flight) -> Value {
    let mut dice = Dice::of(0, &["amenities", flight.operating, flight.aircraft.code]);
    if dice.chance(25) {
        return Value::Null;
    }
    let (pitch, legroom) =
        if flight.aircraft.is_wide() { ("32", "more") } else { ("30", "standard") };
    let wifi = dice.chance(60).then(|| {
        let cost = if flight.aircraft.is_wide() { "free or paid" } else { "paid" };
        json!({ "available": true, "cost": cost })
    });
    json!({
        "wifi": wifi,
        "power": { "available": flight.aircraft.is_wide() },
        "seat": { "pitch": pitch, "legroom": legroom, "type": "standard" },
    })
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn durations_are_iso_8601() {
        for (minutes, text) in [
            (0, "PT0M"),
            (45, "PT45M"),
            (60, "PT1H"),
            (485, "PT8H5M"),
            (1_440, "P1D"),
            (1_565, "P1DT2H5M"),
        ] {
            assert_eq!(duration(minutes), text);
        }
    }
}
