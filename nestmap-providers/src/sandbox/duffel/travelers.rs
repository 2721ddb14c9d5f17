//! The people on an order: who they must be and what is asked about them.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde_json::{Value, json};

use super::errors::{Findings, Refusal};
use super::live_offer::LiveOffer;
use super::offer_requests::Passenger;
use super::search_form::calendar_date;

const NAME_LENGTH_MAX: usize = 20;

pub(super) fn read_passenger(passenger: &Value, path: &str, findings: &mut Findings) {
    findings.text(passenger, "id", path);
    for key in ["given_name", "family_name"] {
        let name = findings.text(passenger, key, path);
        if name.is_some_and(|name| !is_name(name)) {
            let message = format!("Field '{key}' must have 1 to {NAME_LENGTH_MAX} Latin letters");
            findings.add("invalid_passenger_name", &format!("{path}/{key}"), &message);
        }
    }
    let one_of = |findings: &mut Findings, key: &str, known: &[&str]| {
        let text = findings.text(passenger, key, path);
        if text.is_some_and(|text| !known.contains(&text)) {
            let message = format!("Field '{key}' must be one of {}", known.join(", "));
            findings.add("validation_inclusion", &format!("{path}/{key}"), &message);
        }
    };
    one_of(findings, "title", &["mr", "ms", "mrs", "miss", "dr"]);
    one_of(findings, "gender", &["m", "f"]);
    let born_on = findings.text(passenger, "born_on", path);
    if born_on.is_some_and(|text| calendar_date(text).is_none()) {
        let message = "Field 'born_on' must be a date like 1987-07-24";
        findings.add("validation_format", &format!("{path}/born_on"), message);
    }
    let email = findings.text(passenger, "email", path);
    if email.is_some_and(|text| !is_email(text)) {
        let message = "Field 'email' must be a valid e-mail address";
        findings.add("invalid_email_address", &format!("{path}/email"), message);
    }
    let phone = findings.text(passenger, "phone_number", path);
    if phone.is_some_and(|text| !is_phone_number(text)) {
        let message = "Field 'phone_number' must be in E.164 format";
        findings.add("invalid_phone_number", &format!("{path}/phone_number"), message);
    }
    if passenger["identity_documents"].as_array().is_some_and(|list| list.len() > 1) {
        let message = "Field 'identity_documents' must have at most one entry";
        findings.add("validation_length", &format!("{path}/identity_documents"), message);
    }
}

/// Airlines take spaces, hyphens, apostrophes and letters up to Latin Extended-A, with a few
/// exceptions.
fn is_name(name: &str) -> bool {
    let latin = |letter: char| {
        letter.is_alphabetic() && u32::from(letter) < 0x180 && !"ÆæĲĳŒœÞð".contains(letter)
    };
    name.chars().count() <= NAME_LENGTH_MAX
        && name.chars().all(|letter| latin(letter) || " -'".contains(letter))
}

fn is_email(text: &str) -> bool {
    let plain = text.chars().all(|letter| letter.is_ascii_graphic());
    let parts = text.split_once('@');
    plain
        && parts.is_some_and(|(user, host)| {
            !user.is_empty() && host.contains('.') && !host.contains('@') && !host.starts_with('.')
        })
}

fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The travelers must be those of the search, of the same age groups.
pub(super) fn check_passengers(given: &[Value], live: &LiveOffer) -> Result<(), Refusal> {
    let mut findings = Findings::default();
    let text =
        |passenger: &Value, key: &str| passenger[key].as_str().unwrap_or_default().to_owned();
    let known = |id: &str| live.request.passengers.iter().find(|known| known.id == id);
    for (index, passenger) in given.iter().enumerate() {
        let path = format!("/passengers/{index}");
        if known(&text(passenger, "id")).is_none() {
            findings.add("not_found", &format!("{path}/id"), "Linked record(s) not found");
        }
        let has_document =
            passenger["identity_documents"].as_array().is_some_and(|list| !list.is_empty());
        if live.offer.documents_required && !has_document {
            findings.required(&format!("{path}/identity_documents"));
        }
    }
    findings.into_result()?;

    let distinct = |key: fn(&Value) -> String| given.iter().map(key).collect::<BTreeSet<_>>().len();
    let ids = distinct(|passenger| passenger["id"].to_string());
    if ids != given.len() || ids != live.request.passengers.len() {
        return Err(incompatible("The order must have exactly the passengers of the offer"));
    }
    let names = distinct(|passenger| {
        format!("{} {}", passenger["given_name"], passenger["family_name"]).to_lowercase()
    });
    if names != given.len() {
        let message = "Two passengers must not have the same name";
        return Err(Refusal::field("duplicate_passenger_name", "/passengers", message));
    }
    let travels_on = last_departure(live);
    for passenger in given {
        let expected = known(&text(passenger, "id")).map_or("adult", Passenger::kind);
        let born_on = calendar_date(&text(passenger, "born_on")).unwrap_or(travels_on);
        if age_group(born_on, travels_on) != expected {
            let message = format!("The date of birth {born_on} does not fit {expected}");
            return Err(incompatible(&message));
        }
    }
    check_infants(given, live)
}

fn incompatible(message: &str) -> Refusal {
    Refusal::state("order_passengers_incompatible_with_offer", message)
}

fn last_departure(live: &LiveOffer) -> Date {
    let last = live.offer.itineraries.last().expect("an offer has a slice");
    last.first().departs.date()
}

fn age_group(born_on: Date, on: Date) -> &'static str {
    let birthday_passed = (on.month(), on.day()) >= (born_on.month(), born_on.day());
    let years = on.year() - born_on.year() - i16::from(!birthday_passed);
    match years {
        ..0 => "not born yet",
        0..=1 => "infant_without_seat",
        2..=11 => "child",
        _ => "adult",
    }
}

/// Each infant sits on one adult's lap.
fn check_infants(given: &[Value], live: &LiveOffer) -> Result<(), Refusal> {
    let laps: Vec<&str> =
        given.iter().filter_map(|passenger| passenger["infant_passenger_id"].as_str()).collect();
    let infants: Vec<&str> = live
        .request
        .passengers
        .iter()
        .filter(|passenger| passenger.is_infant())
        .map(|passenger| passenger.id.as_str())
        .collect();
    let distinct: BTreeSet<&&str> = laps.iter().collect();
    let all_seated = infants.iter().all(|infant| laps.contains(infant));
    if all_seated && laps.len() == infants.len() && distinct.len() == laps.len() {
        return Ok(());
    }
    let message = "Each infant must be the 'infant_passenger_id' of one adult";
    Err(Refusal::field("validation_required", "/passengers/0/infant_passenger_id", message))
}

pub(super) fn order_passengers(given: &[Value], live: &LiveOffer) -> Vec<Value> {
    given
        .iter()
        .map(|passenger| {
            let id = passenger["id"].as_str().unwrap_or_default();
            let known = live.request.passengers.iter().find(|known| known.id == id);
            let mut row = json!({ "type": known.map(Passenger::kind) });
            for key in [
                "id",
                "title",
                "gender",
                "given_name",
                "family_name",
                "born_on",
                "email",
                "phone_number",
                "infant_passenger_id",
                "user_id",
            ] {
                row[key] = passenger[key].clone();
            }
            let accounts = match &passenger["loyalty_programme_accounts"] {
                Value::Array(accounts) => json!(accounts),
                _ => json!(known.map(|known| known.loyalty.clone()).unwrap_or_default()),
            };
            row["loyalty_programme_accounts"] = accounts;
            row
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn age_groups_change_on_the_birthday() {
        let on = date(2026, 6, 15);
        for (born_on, group) in [
            (date(2026, 6, 16), "not born yet"),
            (date(2026, 6, 15), "infant_without_seat"),
            (date(2024, 6, 16), "infant_without_seat"),
            (date(2024, 6, 15), "child"),
            (date(2014, 6, 16), "child"),
            (date(2014, 6, 15), "adult"),
        ] {
            assert_eq!(age_group(born_on, on), group, "{born_on}");
        }
    }

    #[test]
    fn names_phones_and_addresses_are_those_airlines_take() {
        assert!(is_name("Núñez") && is_name("O'Neil-Smith Jr"));
        assert!(
            !is_name("李")
                && !is_name("Œuvre")
                && !is_name("x".repeat(21).as_str())
                && !is_name("a\r\nb")
        );
        assert!(is_phone_number("+442080160509"));
        assert!(!is_phone_number("02080160509") && !is_phone_number("+0123456789"));
        assert!(!is_phone_number("+1"));
        assert!(is_email("amelia@example.com"));
        assert!(!is_email("amelia") && !is_email("a b@example.com") && !is_email("a@b\r\nc.d"));
    }
}
