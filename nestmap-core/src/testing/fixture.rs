//! Small valid values to start from.

use crate::money::Money;
use crate::people::{Gender, Title, TravelerProfile};
use crate::place::{Airline, Airport, Terminus};
use crate::shopping::offer::OfferPassenger;
use crate::shopping::{
    Cabin, Condition, FlightOffer, HoldTerms, PassengerKind, SearchRequest, SearchSlice, Segment,
    Slice, SupplierRef,
};
use crate::time::{Civil, Local, Timestamp};

/// The instant fixtures are made for: a Monday morning in March.
pub fn now() -> Timestamp {
    parse("2026-03-02T09:00:00Z")
}

/// A search for one adult from Frankfurt to New York, a fortnight later.
pub fn request() -> SearchRequest {
    let slice = SearchSlice {
        origin: Terminus::Airport(parse("FRA")),
        destination: Terminus::Airport(parse("JFK")),
        departure_date: parse("2026-03-16"),
    };
    SearchRequest::for_one_adult(vec![slice])
}

/// A non-stop flight of `LH` from Frankfurt to New York, in economy, refundable for a penalty,
/// with a price guarantee of two days and three days to pay.
pub fn flight(supplier_id: &str, price: &str) -> FlightOffer {
    let total = Money::parse(price, "EUR").expect("a fixture's price is an amount");
    let segment = Segment {
        origin: parse("FRA"),
        destination: parse("JFK"),
        departs: local("2026-03-16T10:30:00", "FRA"),
        arrives: local("2026-03-16T13:20:00", "JFK"),
        duration_minutes: Some(530),
        marketing_carrier: Some(parse::<Airline>("LH")),
        marketing_name: "Lufthansa".into(),
        flight_number: "400".into(),
        operating_carrier: Some(parse("LH")),
        cabin: Some(Cabin::Economy),
        aircraft: Some("748".into()),
        origin_terminal: Some("1".into()),
        destination_terminal: Some("1".into()),
        stops: Vec::new(),
        distance_km: Some(6_184),
        checked_bags: Some(1),
    };
    FlightOffer {
        supplier: SupplierRef { supplier: "scripted".into(), id: supplier_id.into() },
        carrier: Some(parse("LH")),
        carrier_name: "Lufthansa".into(),
        total,
        tax: None,
        slices: vec![Slice {
            segments: vec![segment],
            duration_minutes: Some(530),
            fare_brand: Some("Economy Classic".into()),
        }],
        passengers: vec![OfferPassenger {
            supplier_id: "pas_1".into(),
            kind: PassengerKind::Adult,
        }],
        refund: Condition::Yes { penalty: Some(Money::new(10_000, total.currency)) },
        change: Condition::Unknown,
        hold: HoldTerms::PriceGuaranteed {
            price_until: now().plus_hours(48),
            pay_by: now().plus_hours(72),
        },
        expires_at: now().plus_minutes(30),
        documents_required: false,
        emissions_grams: Some(600_000),
        private_fares: Vec::new(),
        sandbox: true,
    }
}

/// The same flight, only sold at once.
pub fn instant_flight(supplier_id: &str, price: &str) -> FlightOffer {
    FlightOffer { hold: HoldTerms::None, ..flight(supplier_id, price) }
}

/// A traveler's profile with everything an airline asks for.
pub fn profile(given_name: &str, family_name: &str) -> TravelerProfile {
    TravelerProfile {
        given_name: Some(given_name.into()),
        family_name: Some(family_name.into()),
        title: Some(Title::Ms),
        gender: Some(Gender::Female),
        born_on: Some(parse("1990-05-17")),
        phone: Some("+4930123456".into()),
        document: None,
    }
}

/// The time on the clocks of an airport.
pub fn local(civil: &str, airport: &str) -> Local {
    let zone = parse::<Airport>(airport).zone().expect("airports of fixtures have zones");
    Local { civil: parse::<Civil>(civil), zone }
}

/// Reads text that is known to be right.
pub fn parse<T: std::str::FromStr>(text: &str) -> T
where
    T::Err: std::fmt::Debug,
{
    text.parse().expect("a fixture's text is well-formed")
}
