//! Reading a policy document and a supplier's offers from files, and naming all that is wrong.

use std::fmt;
use std::fs;
use std::path::Path;

use nestmap_core::policy::PolicyDocument;
use nestmap_core::policy::document::DOCUMENT_BYTES_MAX;
pub(super) use nestmap_core::policy::document::Problem;
use nestmap_core::shopping::FlightOffer;
use nestmap_core::time::Timestamp;
use nestmap_providers::duffel::convert;
use nestmap_providers::duffel::wire::offer::Offer;
use nestmap_providers::http::BODY_BYTES_MAX;
use serde::Deserialize;
use serde_json::value::RawValue;

/// What can't be used, and why.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unusable(Vec<Complaint>);

#[derive(Debug, PartialEq, Eq)]
struct Complaint {
    what: String,
    problems: Vec<Problem>,
}

impl Unusable {
    fn new(what: String, problems: Vec<Problem>) -> Self {
        Self(vec![Complaint { what, problems }])
    }

    /// Both.
    pub(super) fn and(mut self, mut other: Self) -> Self {
        self.0.append(&mut other.0);
        self
    }
}

impl fmt::Display for Unusable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, complaint) in self.0.iter().enumerate() {
            let gap = if at == 0 { "" } else { "\n" };
            write!(f, "{gap}error: {}", complaint.what)?;
            for problem in &complaint.problems {
                write!(f, "\n  {problem}")?;
            }
        }
        Ok(())
    }
}

/// The offers of a file.
#[derive(Debug)]
pub(super) struct Found {
    /// Those that can be read; at least one.
    pub(super) offers: Vec<FlightOffer>,
    /// What is wrong with the others.
    pub(super) left_out: Vec<Problem>,
    /// When they were made, where the file says so.
    pub(super) made_at: Option<Timestamp>,
}

/// Reads a policy document strictly.
pub(super) fn policy(path: &Path) -> Result<PolicyDocument, Unusable> {
    let text = read(path, "the policy", DOCUMENT_BYTES_MAX)?;
    PolicyDocument::parse_json(&text).map_err(|problems| {
        let count = match problems.len() {
            1 => "a mistake".to_owned(),
            count => format!("{count} mistakes"),
        };
        Unusable::new(format!("the policy `{}` has {count}", path.display()), problems)
    })
}

/// Reads the offers of an answer of Duffel's.
pub(super) fn offers(path: &Path) -> Result<Found, Unusable> {
    let text = read(path, "the offers", BODY_BYTES_MAX)?;
    found(&text).map_err(|problems| {
        Unusable::new(format!("the offers `{}` can't be read", path.display()), problems)
    })
}

fn read(path: &Path, what: &str, bytes_max: usize) -> Result<String, Unusable> {
    let unusable =
        |why: String| Unusable::new(format!("{what} `{}` {why}", path.display()), vec![]);
    let file = fs::metadata(path).map_err(|error| unusable(format!("can't be read: {error}")))?;
    if file.len() > u64::try_from(bytes_max).unwrap_or(u64::MAX) {
        return Err(unusable(format!("has {} bytes, at most {bytes_max} are read", file.len())));
    }
    fs::read_to_string(path).map_err(|error| unusable(format!("can't be read: {error}")))
}

#[derive(Deserialize)]
struct Answer<'a> {
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// What an offer request, or an offer by itself, tells.
#[derive(Deserialize)]
struct Resource<'a> {
    #[serde(borrow, default)]
    offers: Option<Vec<&'a RawValue>>,
    #[serde(default)]
    created_at: Option<String>,
    #[serde(borrow, default)]
    total_amount: Option<&'a RawValue>,
}

fn found(text: &str) -> Result<Found, Vec<Problem>> {
    let answer: Answer<'_> = serde_json::from_str(text).map_err(|error| not_json(&error))?;
    let shape = "an offer request with its offers, a list of offers, or an offer";
    let made_at = |text: Option<String>| text.and_then(|text| text.parse().ok());
    if text.trim_start().starts_with('[') {
        return Err(wrong("$", "is a list", "an object with the answer in `data`"));
    }
    let data = answer.data.ok_or_else(|| wrong("data", "is missing", shape))?;
    if data.get().starts_with('[') {
        let each: Vec<&RawValue> =
            serde_json::from_str(data.get()).map_err(|error| not_json(&error))?;
        let first = each.first().and_then(|raw| serde_json::from_str(raw.get()).ok());
        let first = first.and_then(|offer: Resource<'_>| offer.created_at);
        return all(&each, |at| format!("data[{at}]"), made_at(first));
    }
    let resource: Resource<'_> = serde_json::from_str(data.get())
        .map_err(|_| wrong("data", "is of another shape", shape))?;
    match (resource.offers, resource.total_amount) {
        (Some(each), _) => {
            all(&each, |at| format!("data.offers[{at}]"), made_at(resource.created_at))
        }
        (None, Some(_)) => all(&[data], |_| "data".to_owned(), made_at(resource.created_at)),
        (None, None) => Err(wrong("data", "holds no offers", shape)),
    }
}

fn all(
    each: &[&RawValue],
    path: impl Fn(usize) -> String,
    made_at: Option<Timestamp>,
) -> Result<Found, Vec<Problem>> {
    let (mut offers, mut left_out) = (Vec::with_capacity(each.len()), Vec::new());
    for (at, raw) in each.iter().enumerate() {
        match one(raw, &path(at)) {
            Ok(offer) => offers.push(offer),
            Err(problem) => left_out.push(problem),
        }
    }
    match (offers.is_empty(), left_out.is_empty()) {
        (false, _) => Ok(Found { offers, left_out, made_at }),
        (true, true) => Err(wrong("data", "is empty", "at least one offer")),
        (true, false) => Err(left_out),
    }
}

/// One offer, decoded and converted as the adapter does it.
fn one(raw: &RawValue, path: &str) -> Result<FlightOffer, Problem> {
    let mut json = serde_json::Deserializer::from_str(raw.get());
    let decoded: Offer = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let inner = error.path().to_string();
        let place = if inner == "." { path.to_owned() } else { format!("{path}.{inner}") };
        // What stands behind "at line" counts within the offer and would mislead.
        let message = error.into_inner().to_string();
        let message = message.split(" at line ").next().unwrap_or_default().to_owned();
        problem(&place, &message, "an offer as Duffel's API version 2 has it")
    })?;
    convert::offer::offer(&decoded).map_err(|mismatch| Problem {
        path: format!("{path}.{}", mismatch.field),
        message: format!("is {}", mismatch.found),
        expected: mismatch.expected.to_owned(),
        suggestion: None,
    })
}

fn not_json(error: &serde_json::Error) -> Vec<Problem> {
    vec![problem("$", &error.to_string(), "well-formed JSON with the answer in `data`")]
}

fn wrong(path: &str, message: &str, expected: &str) -> Vec<Problem> {
    vec![problem(path, message, expected)]
}

fn problem(path: &str, message: &str, expected: &str) -> Problem {
    Problem {
        path: path.to_owned(),
        message: message.to_owned(),
        expected: expected.to_owned(),
        suggestion: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem_of(text: &str) -> String {
        found(text).unwrap_err().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn what_holds_no_offers_is_told_apart() {
        let cases = [
            ("{\"data\":{\"offers\":[{", "EOF"),
            ("[]", "`$`: is a list"),
            ("[{}]", "`$`: is a list"),
            ("{}", "`data`: is missing"),
            ("{\"data\":null}", "`data`: is missing"),
            ("{\"data\":7}", "`data`: is of another shape"),
            ("{\"data\":{\"id\":\"orq_1\"}}", "`data`: holds no offers"),
            ("{\"data\":{\"offers\":null}}", "`data`: holds no offers"),
            ("{\"data\":[]}", "`data`: is empty"),
            ("{\"data\":[7]}", "`data[0]`: invalid type: integer `7`"),
            ("{\"data\":{\"offers\":[{},{\"id\":1}]}}", "`data.offers[1].id`"),
        ];
        for (text, expected) in cases {
            let found = problem_of(text);
            assert!(found.contains(expected), "{text}: {found}");
        }
    }
}
