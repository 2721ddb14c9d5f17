//! Offers and what they are made of. Orders reuse slices, segments, carriers and conditions.

use serde::{Deserialize, Serialize};

use super::null_as_empty;
use super::place::{Carrier, Place};
use super::scalar::{
    Amount, BaggageType, CabinClass, IdentityDocumentType, PassengerType, Personal,
    PrivateFareType, ServiceType,
};

/// What an airline sells at a price until a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Duffel's id; what is booked.
    pub id: String,
    /// Whether this costs real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// When the offer ends.
    pub expires_at: String,
    /// The price of the flights for all passengers, without services.
    pub total_amount: Amount,
    /// Its currency.
    pub total_currency: String,
    /// The fare within it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_amount: Option<Amount>,
    /// Its currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_currency: Option<String>,
    /// The taxes within it, if the airline says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_amount: Option<Amount>,
    /// Their currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tax_currency: Option<String>,
    /// Kilograms of CO₂ for all passengers over all slices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_emissions_kg: Option<String>,
    /// The airline that sells, takes the money and issues the ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Carrier>,
    /// Only part of the journey; not bookable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partial: Option<bool>,
    /// Who it is for.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub passengers: Vec<OfferPassenger>,
    /// The journeys, in order.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<Slice>,
    /// What may be changed and refunded, for the whole offer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// Whether it can be held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_requirements: Option<PaymentRequirements>,
    /// What can be added; null unless it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub available_services: Option<Vec<OfferService>>,
    /// Whether every passenger must bring a document to the booking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passenger_identity_documents_required: Option<bool>,
    /// Which documents the airline takes.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub supported_passenger_identity_document_types: Vec<IdentityDocumentType>,
    /// The agreements whose price this is.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub private_fares: Vec<PrivateFare>,
}

/// A passenger of an offer; the id is needed to book.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferPassenger {
    /// Duffel's id within this offer.
    pub id: String,
    /// What the airline takes them for.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PassengerType>,
    /// Their age, where that is what was asked with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// The special fare that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fare_type: Option<String>,
    /// The name, where a loyalty price was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<Personal>,
    /// The family name, likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<Personal>,
    /// Frequent flyer accounts.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub loyalty_programme_accounts: Vec<LoyaltyAccount>,
}

/// A frequent flyer account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoyaltyAccount {
    /// The airline's designator.
    pub airline_iata_code: String,
    /// The number.
    pub account_number: Personal,
}

/// One journey: from where to where, by which flights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slice {
    /// Duffel's id; changes when the order is changed.
    pub id: String,
    /// Where it starts.
    pub origin: Place,
    /// Where it ends.
    pub destination: Place,
    /// ISO 8601 duration, stops included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// The airline's name for the fare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fare_brand_name: Option<String>,
    /// How much the fare includes, 1 (least) to 5.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ngs_shelf: Option<u8>,
    /// The same for all slices of the same flights.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comparison_key: Option<String>,
    /// What this slice's fare allows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conditions: Option<SliceConditions>,
    /// The flights.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub segments: Vec<Segment>,
}

/// One flight under one number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Segment {
    /// Duffel's id.
    pub id: String,
    /// Where it leaves.
    pub origin: Place,
    /// Where it lands.
    pub destination: Place,
    /// From which terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin_terminal: Option<String>,
    /// At which terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub destination_terminal: Option<String>,
    /// Local time of the origin, without zone. Only answers of the retired version 1 lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departing_at: Option<String>,
    /// Local time of the destination, without zone. Only answers of version 1 lack it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arriving_at: Option<String>,
    /// ISO 8601 duration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Kilometers, as decimal text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub distance: Option<String>,
    /// Whose number the flight has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing_carrier: Option<Carrier>,
    /// The number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub marketing_carrier_flight_number: Option<String>,
    /// Who flies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_carrier: Option<Carrier>,
    /// Under which number of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operating_carrier_flight_number: Option<String>,
    /// With what.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aircraft: Option<Aircraft>,
    /// Landings on the way under the same number.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<Stop>,
    /// What each passenger gets on it.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub passengers: Vec<SegmentPassenger>,
}

/// A type of aircraft.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aircraft {
    /// The name.
    pub name: String,
    /// The code of the type.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iata_code: Option<String>,
}

/// A landing on the way, without change of flight number.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// Where.
    pub airport: Place,
    /// For how long, ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<String>,
    /// Local arrival.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arriving_at: Option<String>,
    /// Local departure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departing_at: Option<String>,
}

/// What one passenger gets on one segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentPassenger {
    /// Which passenger.
    pub passenger_id: String,
    /// The cabin; null in some orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cabin_class: Option<CabinClass>,
    /// The airline's name for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cabin_class_marketing_name: Option<String>,
    /// The fare's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fare_basis_code: Option<String>,
    /// Bags included; a quantity of 0 is listed too.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub baggages: Vec<Baggage>,
    /// The seat, in orders.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seat: Option<Seat>,
}

/// Bags of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baggage {
    /// Checked or carried on.
    #[serde(rename = "type")]
    pub kind: BaggageType,
    /// How many.
    pub quantity: u8,
}

/// A seat chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Row and letter.
    pub designator: String,
    /// What the airline calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What whoever sits there must know.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub disclosures: Vec<String>,
}

/// What may be done with the whole; null means nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// Changing before departure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_before_departure: Option<Condition>,
    /// Giving back before departure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refund_before_departure: Option<Condition>,
}

/// What may be done with one slice.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SliceConditions {
    /// Changing before departure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change_before_departure: Option<Condition>,
    /// Choosing a seat before check-in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub advance_seat_selection: Option<bool>,
    /// Boarding first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_boarding: Option<bool>,
    /// Checking in first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority_check_in: Option<bool>,
}

/// Whether something is allowed, and for how much. Allowed without an amount: the cost is unknown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// Whether it is allowed at all.
    pub allowed: bool,
    /// The penalty; its currency need not be the offer's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty_amount: Option<Amount>,
    /// The currency of the penalty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub penalty_currency: Option<String>,
}

/// Whether an offer can be held, and for how long.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaymentRequirements {
    /// No hold.
    pub requires_instant_payment: bool,
    /// Until when the price is fixed; null for a hold of the seat only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_guarantee_expires_at: Option<String>,
    /// Until when a hold lasts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payment_required_by: Option<String>,
}

/// Something that can be added to an offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferService {
    /// Duffel's id; what is booked.
    pub id: String,
    /// What it is.
    #[serde(rename = "type")]
    pub kind: ServiceType,
    /// The price of one.
    pub total_amount: Amount,
    /// Its currency.
    pub total_currency: String,
    /// How many may be added.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_quantity: Option<u8>,
    /// For whom.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub passenger_ids: Vec<String>,
    /// On which flights.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub segment_ids: Vec<String>,
}

/// An agreement with an airline, and the price that follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PrivateFare {
    /// Whom it is for; in answers only.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PrivateFareType>,
    /// The company's code with the airline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corporate_code: Option<String>,
    /// The tour code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tour_code: Option<String>,
    /// A reference of ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_reference: Option<String>,
}
