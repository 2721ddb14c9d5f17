//! Events: believed when they are fresh and signed, fetched when they are late, refused otherwise.

use std::sync::Arc;

use jiff::Timestamp;
use nestmap_providers::duffel::webhook::WebhookError;
use nestmap_providers::duffel::wire::webhook::Event;
use nestmap_providers::duffel::{Duffel, Settings};
use nestmap_providers::http::Secret;
use nestmap_providers::http::signature::{SignatureError, sign};
use serde_json::Value;

use crate::transport::{Script, Scripted, TestTimer, answer};

const STORED: &str = include_str!("bodies/event.json");

fn secret() -> Secret {
    Secret::new("VqdUDXVyGhUDdsxyF08F6g==")
}

/// The event as it is delivered: without the envelope that reading it has.
fn delivered() -> Vec<u8> {
    let stored: Value = serde_json::from_str(STORED).unwrap();
    stored["data"].to_string().into_bytes()
}

async fn receive(
    script: &Arc<Script>,
    signed_at: &str,
    body: &[u8],
) -> Result<Event, WebhookError> {
    let settings = Settings::new(Secret::new("duffel_test_1"));
    let duffel = Duffel::over(settings, script.clone(), TestTimer::new()).unwrap();
    let signed_at: Timestamp = signed_at.parse().unwrap();
    duffel.receive(&sign(body, &secret(), signed_at), body, &secret()).await
}

#[tokio::test]
async fn a_fresh_event_is_believed() {
    let script = Script::new([]);
    let event = receive(&script, "2026-03-02T09:29:00Z", &delivered()).await.unwrap();
    assert_eq!((event.order_id(), event.offer_id()), (Some("ord_paid"), Some("off_hard")));
}

#[tokio::test]
async fn a_late_event_is_fetched_instead() {
    let script = Script::new([answer(200, STORED)]);
    let event = receive(&script, "2026-03-01T09:29:00Z", &delivered()).await.unwrap();
    assert_eq!(event.order_id(), Some("ord_paid"));
    assert_eq!(script.lines(), ["GET https://api.duffel.com/air/webhooks/events/wev_1"]);
    let script = Script::new((0..4).map(|_| Scripted::NoAnswer));
    let late = receive(&script, "2026-03-01T09:29:00Z", &delivered()).await;
    assert!(matches!(late, Err(WebhookError::Late(_))), "{late:?}");
}

#[tokio::test]
async fn a_forged_event_is_refused_without_asking_anybody() {
    let script = Script::new([]);
    let settings = Settings::new(Secret::new("duffel_test_1"));
    let duffel = Duffel::over(settings, script, TestTimer::new()).unwrap();
    let header = sign(&delivered(), &Secret::new("guess"), "2026-03-01T00:00:00Z".parse().unwrap());
    let refused = duffel.receive(&header, &delivered(), &secret()).await;
    assert!(matches!(refused, Err(WebhookError::Signature(SignatureError::Forged))), "{refused:?}");
}

#[tokio::test]
async fn a_signed_body_that_is_no_event_is_refused() {
    for (signed_at, body) in [("2026-03-02T09:29:00Z", "[]"), ("2026-03-01T09:29:00Z", "{}")] {
        let script = Script::new([]);
        let refused = receive(&script, signed_at, body.as_bytes()).await;
        assert!(matches!(refused, Err(WebhookError::Unreadable(_))), "{refused:?}");
    }
}
