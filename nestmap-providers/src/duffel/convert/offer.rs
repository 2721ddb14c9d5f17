//! Offers: Duffel's to ours.

use jiff::Span;
use nestmap_core::place::{Airline, Airport};
use nestmap_core::shopping::offer::{Condition, FlightOffer, HoldTerms, OfferPassenger};
use nestmap_core::shopping::request::PassengerKind;
use nestmap_core::shopping::slice::{Cabin, Segment, Slice, Stop};
use nestmap_core::time::{Local, Zone};

use super::{Mismatch, money, optional_money, optional_timestamp, reference, timestamp};
use crate::duffel::wire::offer as wire;
use crate::duffel::wire::place::{Carrier, Place};
use crate::duffel::wire::scalar::{BaggageType, CabinClass, PassengerType};

/// The offer in the core's terms.
pub fn offer(from: &wire::Offer) -> Result<FlightOffer, Mismatch> {
    if from.partial == Some(true) {
        return Err(Mismatch::new("partial", "an offer for the whole journey", true));
    }
    let conditions = from.conditions.clone().unwrap_or_default();
    Ok(FlightOffer {
        supplier: reference(&from.id),
        carrier: from.owner.as_ref().and_then(airline),
        carrier_name: from.owner.as_ref().map_or_else(String::new, |owner| owner.name.clone()),
        total: money("total_amount", &from.total_amount, &from.total_currency)?,
        tax: optional_money("tax_amount", from.tax_amount.as_ref(), from.tax_currency.as_ref())?,
        slices: slices(&from.slices)?,
        passengers: from.passengers.iter().map(passenger).collect(),
        refund: condition(conditions.refund_before_departure.as_ref()),
        change: condition(conditions.change_before_departure.as_ref()),
        hold: hold_terms(from.payment_requirements.as_ref())?,
        expires_at: timestamp("expires_at", &from.expires_at)?,
        documents_required: from.passenger_identity_documents_required.unwrap_or(false),
        emissions_grams: from.total_emissions_kg.as_deref().and_then(|kg| scaled(kg, 3)),
        private_fares: from.private_fares.iter().map(private_fare).collect(),
        sandbox: from.live_mode == Some(false),
    })
}

fn slices(from: &[wire::Slice]) -> Result<Vec<Slice>, Mismatch> {
    if from.is_empty() {
        return Err(Mismatch::missing("slices", "at least one slice"));
    }
    from.iter()
        .enumerate()
        .map(|(i, s)| slice(s).map_err(|e| e.within(format!("slices[{i}]"))))
        .collect()
}

fn slice(from: &wire::Slice) -> Result<Slice, Mismatch> {
    if from.segments.is_empty() {
        return Err(Mismatch::missing("segments", "at least one segment"));
    }
    let segments = from.segments.iter().enumerate();
    Ok(Slice {
        segments: segments
            .map(|(i, s)| segment(s).map_err(|e| e.within(format!("segments[{i}]"))))
            .collect::<Result<_, _>>()?,
        duration_minutes: from.duration.as_deref().and_then(minutes),
        fare_brand: from.fare_brand_name.clone(),
    })
}

fn segment(from: &wire::Segment) -> Result<Segment, Mismatch> {
    let carrier = from.marketing_carrier.as_ref();
    let number = from.marketing_carrier_flight_number.as_deref();
    Ok(Segment {
        origin: airport("origin", &from.origin)?,
        destination: airport("destination", &from.destination)?,
        departs: local("departing_at", from.departing_at.as_deref(), &from.origin)?,
        arrives: local("arriving_at", from.arriving_at.as_deref(), &from.destination)?,
        duration_minutes: from.duration.as_deref().and_then(minutes),
        marketing_carrier: carrier.and_then(airline),
        marketing_name: carrier.map_or_else(String::new, |carrier| carrier.name.clone()),
        flight_number: flight_number(number.ok_or_else(|| {
            Mismatch::missing("marketing_carrier_flight_number", "a flight number")
        })?),
        operating_carrier: from.operating_carrier.as_ref().and_then(airline),
        cabin: cabin(&from.passengers),
        aircraft: from.aircraft.as_ref().and_then(|aircraft| aircraft.iata_code.clone()),
        origin_terminal: from.origin_terminal.clone(),
        destination_terminal: from.destination_terminal.clone(),
        stops: from.stops.iter().map(stop).collect::<Result<_, _>>()?,
        distance_km: from.distance.as_deref().and_then(|km| scaled(km, 0)),
        checked_bags: checked_bags(&from.passengers),
    })
}

fn stop(from: &wire::Stop) -> Result<Stop, Mismatch> {
    Ok(Stop {
        airport: airport("stops.airport", &from.airport)?,
        duration_minutes: from.duration.as_deref().and_then(minutes),
    })
}

fn airport(field: &str, place: &Place) -> Result<Airport, Mismatch> {
    Airport::parse(&place.iata_code)
        .map_err(|_| Mismatch::new(field, "a known airport", &place.iata_code))
}

/// A clock time at an airport. The zone is the one Duffel names, else the one of our table: Duffel
/// has none for a few airports.
fn local(field: &str, civil: Option<&str>, place: &Place) -> Result<Local, Mismatch> {
    let civil = civil.ok_or_else(|| Mismatch::missing(field, "a local time"))?;
    let civil =
        civil.parse().map_err(|_| Mismatch::new(field, "a local time without zone", civil))?;
    let named = place.time_zone.as_deref().and_then(|name| Zone::parse(name).ok());
    let zone = match named {
        Some(zone) => zone,
        None => airport(field, place)?.zone().map_err(|_| {
            Mismatch::new(field, "at an airport with a time zone", &place.iata_code)
        })?,
    };
    Ok(Local { civil, zone })
}

fn airline(carrier: &Carrier) -> Option<Airline> {
    Airline::parse(carrier.iata_code.as_deref()?).ok()
}

/// `0042` is flight 42.
fn flight_number(text: &str) -> String {
    let trimmed = text.trim_start_matches('0');
    if trimmed.is_empty() { text } else { trimmed }.to_owned()
}

/// The best cabin any passenger has on the segment. They differ only where fares are mixed, and
/// then the best one is what a policy is about.
fn cabin(passengers: &[wire::SegmentPassenger]) -> Option<Cabin> {
    passengers
        .iter()
        .filter_map(|passenger| passenger.cabin_class.as_ref().and_then(known_cabin))
        .max()
}

fn known_cabin(class: &CabinClass) -> Option<Cabin> {
    match class {
        CabinClass::Economy => Some(Cabin::Economy),
        CabinClass::PremiumEconomy => Some(Cabin::PremiumEconomy),
        CabinClass::Business => Some(Cabin::Business),
        CabinClass::First => Some(Cabin::First),
        CabinClass::Other(_) => None,
    }
}

/// The bags of the first passenger, who is an adult; a list without checked bags says nothing,
/// one that lists zero of them says none.
fn checked_bags(passengers: &[wire::SegmentPassenger]) -> Option<i64> {
    let baggages = &passengers.first()?.baggages;
    let checked = baggages.iter().filter(|bag| bag.kind == BaggageType::Checked);
    checked.map(|bag| i64::from(bag.quantity)).reduce(|a, b| a + b)
}

fn passenger(from: &wire::OfferPassenger) -> OfferPassenger {
    OfferPassenger {
        supplier_id: from.id.clone(),
        kind: passenger_kind(from.kind.as_ref(), from.age),
    }
}

/// By type, else by age. Special fares name neither and are for adults.
fn passenger_kind(kind: Option<&PassengerType>, age: Option<u8>) -> PassengerKind {
    match (kind, age) {
        (Some(PassengerType::Adult), _) => PassengerKind::Adult,
        (Some(PassengerType::Child), _) => PassengerKind::Child,
        (Some(PassengerType::InfantWithoutSeat), _) => PassengerKind::Infant,
        (_, Some(0..=1)) => PassengerKind::Infant,
        (_, Some(2..=11)) => PassengerKind::Child,
        (_, _) => PassengerKind::Adult,
    }
}

fn condition(from: Option<&wire::Condition>) -> Condition {
    match from {
        None => Condition::Unknown,
        Some(condition) if !condition.allowed => Condition::No,
        // A penalty in a currency we don't know is a penalty we don't know.
        Some(wire::Condition { penalty_amount: amount, penalty_currency: currency, .. }) => {
            let penalty = optional_money("penalty_amount", amount.as_ref(), currency.as_ref());
            Condition::Yes { penalty: penalty.unwrap_or(None) }
        }
    }
}

fn hold_terms(from: Option<&wire::PaymentRequirements>) -> Result<HoldTerms, Mismatch> {
    let Some(terms) = from.filter(|terms| !terms.requires_instant_payment) else {
        return Ok(HoldTerms::None);
    };
    let pay_by = optional_timestamp("payment_required_by", terms.payment_required_by.as_ref());
    let price_until =
        optional_timestamp("price_guarantee_expires_at", terms.price_guarantee_expires_at.as_ref());
    Ok(match (pay_by?, price_until?) {
        // Without a date to pay by, nobody knows how long the seat is safe.
        (None, _) => HoldTerms::None,
        (Some(pay_by), None) => HoldTerms::SeatOnly { pay_by },
        (Some(pay_by), Some(price_until)) => {
            HoldTerms::PriceGuaranteed { price_until: price_until.min(pay_by), pay_by }
        }
    })
}

fn private_fare(from: &wire::PrivateFare) -> String {
    let kind = from.kind.as_ref().map(|kind| kind.as_str());
    let code = from.corporate_code.as_deref().or(from.tour_code.as_deref());
    [kind, code].into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Whole minutes of an ISO 8601 duration such as `P1DT2H5M`; a day has 24 hours here.
fn minutes(text: &str) -> Option<i64> {
    // The library also reads `8 hours`, which no answer says.
    let span: Span = text.starts_with('P').then(|| text.parse().ok())??;
    let calendar = span.get_years() != 0 || span.get_months() != 0 || span.get_weeks() != 0;
    if calendar || span.is_negative() {
        return None;
    }
    let hours = i64::from(span.get_days()) * 24 + i64::from(span.get_hours());
    Some(hours * 60 + span.get_minutes() + span.get_seconds() / 60)
}

/// A decimal such as `6202.1`, times ten to the power of `digits`, rounded half up.
fn scaled(text: &str, digits: usize) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !all_digits(whole) || !all_digits(fraction) {
        return None;
    }
    let kept: String = fraction.chars().chain("0".repeat(digits).chars()).take(digits).collect();
    let up = fraction.as_bytes().get(digits).is_some_and(|digit| *digit >= b'5');
    format!("{whole}{kept}").parse::<i64>().ok()?.checked_add(i64::from(up))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_whole_minutes() {
        let cases = [
            ("PT8H45M", Some(525)),
            ("PT02H26M", Some(146)),
            ("P1DT2H5M", Some(1_565)),
            ("PT59S", Some(0)),
            ("PT45M", Some(45)),
            ("P1M", None),
            ("-PT5M", None),
            ("8 hours", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(minutes(text), expected, "{text}");
        }
    }

    #[test]
    fn decimals_are_scaled_and_rounded_without_floats() {
        let cases = [
            ("6202.1", 0, Some(6_202)),
            ("424.5", 0, Some(425)),
            ("1221.4999999999998", 0, Some(1_221)),
            ("460", 3, Some(460_000)),
            ("54.25", 3, Some(54_250)),
            ("0.0006", 3, Some(1)),
            ("", 0, None),
            (".5", 0, None),
            ("-3", 0, None),
            ("1e5", 0, None),
            ("99999999999999999999", 0, None),
        ];
        for (text, digits, expected) in cases {
            assert_eq!(scaled(text, digits), expected, "{text}");
        }
    }

    #[test]
    fn passengers_are_told_by_type_or_age() {
        use PassengerKind::{Adult, Child, Infant};
        assert_eq!(passenger_kind(None, Some(14)), Adult);
        assert_eq!(passenger_kind(None, Some(11)), Child);
        assert_eq!(passenger_kind(None, Some(1)), Infant);
        assert_eq!(passenger_kind(None, None), Adult);
        assert_eq!(passenger_kind(Some(&PassengerType::InfantWithoutSeat), None), Infant);
        assert_eq!(passenger_kind(Some(&PassengerType::Adult), Some(8)), Adult);
    }

    #[test]
    fn leading_zeros_are_not_part_of_a_flight_number() {
        assert_eq!(flight_number("0042"), "42");
        assert_eq!(flight_number("400"), "400");
        assert_eq!(flight_number("0000"), "0000");
    }
}
