//! Webhook signatures against the vector of Duffel's own client library.

use std::time::Duration;

use jiff::Timestamp;
use nestmap_providers::http::Secret;
use nestmap_providers::http::signature::{SignatureError, verify};
use serde::Deserialize;

use crate::recorded;

#[derive(Deserialize)]
struct Vectors {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    raw_body: String,
    secret: String,
    header: String,
    valid: bool,
}

fn check(case: &Case) -> Result<Timestamp, SignatureError> {
    let signed_at = Timestamp::from_second(1_641_667_496).unwrap();
    let secret = Secret::new(&case.secret);
    verify(&case.header, case.raw_body.as_bytes(), &secret, signed_at, Duration::from_secs(300))
}

#[test]
fn the_worked_example_of_the_client_library_verifies() {
    let case = Case {
        name: "genuine".into(),
        raw_body: r#"{"created_at":"2022-01-08T18:44:56.129339Z","data":{"changes":{},"object":{}},"id":"eve_0000AFEsrBKZAcKgGtZCnQ","live_mode":false,"object":"order","type":"order.updated"}"#.into(),
        secret: "a_secret".into(),
        header: "t=1641667496,v1=691f25ffb1f206c0fda5bb7b1a9d60fafe42c5f42819d44a06a7cfe09486f102".into(),
        valid: true,
    };
    assert_eq!(check(&case).map(Timestamp::as_second), Ok(1_641_667_496));
    assert_eq!(check(&Case { raw_body: "foo".into(), ..case }), Err(SignatureError::Forged));
}

#[test]
fn recorded_vectors_verify_or_not_as_they_say() {
    let Some(body) = recorded::body("webhook_signature.worked_example.json") else { return };
    let vectors: Vectors = serde_json::from_slice(&body).unwrap();
    assert!(!vectors.cases.is_empty());
    for case in &vectors.cases {
        assert_eq!(check(case).is_ok(), case.valid, "{}", case.name);
    }
}
