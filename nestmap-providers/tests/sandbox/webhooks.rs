use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use hmac::{Hmac, KeyInit as _, Mac as _};
use nestmap_providers::sandbox::DeliveryMode;
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;

use super::client::{Desk, config, text};

/// Receives webhooks and remembers them.
#[derive(Clone, Default)]
struct Mailbox {
    mail: Arc<Mutex<Vec<(String, String)>>>,
    refuse: Arc<Mutex<u32>>,
}

impl Mailbox {
    /// Starts listening; returns the URL.
    async fn open(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = hyper::service::service_fn({
            let router = Router::new().fallback(receive).with_state(self.clone());
            move |request: hyper::Request<hyper::body::Incoming>| {
                let mut router = router.clone();
                async move {
                    tower_service::Service::call(&mut router, request.map(axum::body::Body::new))
                        .await
                }
            }
        });
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let io = hyper_util::rt::TokioIo::new(stream);
                let server = hyper::server::conn::http1::Builder::new();
                tokio::spawn(server.serve_connection(io, service.clone()));
            }
        });
        format!("http://{address}/hooks/duffel")
    }

    fn refuse_next(&self, count: u32) {
        *self.refuse.lock().expect("no panic") = count;
    }

    fn bodies(&self) -> Vec<Value> {
        let mail = self.mail.lock().expect("no panic");
        mail.iter().map(|(_, body)| serde_json::from_str(body).expect("JSON")).collect()
    }

    fn types(&self) -> Vec<String> {
        self.bodies().iter().map(|event| text(&event["type"]).to_owned()).collect()
    }
}

async fn receive(State(mailbox): State<Mailbox>, headers: HeaderMap, body: String) -> StatusCode {
    let signature = headers.get("x-duffel-signature").and_then(|value| value.to_str().ok());
    let mut refuse = mailbox.refuse.lock().expect("no panic");
    if *refuse > 0 {
        *refuse -= 1;
        return StatusCode::INTERNAL_SERVER_ERROR;
    }
    let mut mail = mailbox.mail.lock().expect("no panic");
    mail.push((signature.unwrap_or_default().to_owned(), body));
    StatusCode::OK
}

/// A sandbox whose deliveries wait for a flush, and a webhook for everything about orders.
async fn subscribed(mailbox: &Mailbox) -> (Desk, Value) {
    let delivery = DeliveryMode { paused: true, ..DeliveryMode::default() };
    let mut config = config();
    config.delivery = delivery;
    let desk = Desk::with(config).await;
    let url = mailbox.open().await;
    let wish = json!({ "url": url, "events": ["order.created", "order.creation_failed", "payment.created"] });
    let webhook = desk.post("/air/webhooks", wish).await.data();
    (desk, webhook)
}

#[tokio::test]
async fn events_arrive_signed_with_the_secret_that_is_told_once() {
    let mailbox = Mailbox::default();
    let (desk, webhook) = subscribed(&mailbox).await;
    let secret = text(&webhook["secret"]);
    let listed = desk.get("/air/webhooks").await.data();
    assert!(listed[0].get("secret").is_none());

    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    assert_eq!(desk.pay(&order).await.status, 201);
    let flushed = desk.sandbox.flush().await;
    assert_eq!((flushed.delivered, flushed.failed), (2, 0));
    assert_eq!(mailbox.types(), ["order.created", "payment.created"]);
    let created = &mailbox.bodies()[0];
    assert_eq!(created["data"]["object"]["order_id"], order["id"]);
    assert_eq!(created["data"]["object"]["offer_id"], order["offer_id"]);
    assert_eq!((&created["live_mode"], &created["api_version"]), (&json!(false), &json!("v2")));

    let (signature, body) = mailbox.mail.lock().expect("no panic")[0].clone();
    let (time, digest) = signature.split_once(",v1=").expect("two parts");
    let seconds = time.strip_prefix("t=").expect("a time");
    assert_eq!(seconds.parse(), Ok(desk.sandbox.clock().now().as_second()));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let expected: String =
        mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, expected);
}

#[tokio::test]
async fn events_leave_by_themselves_unless_paused() {
    let mailbox = Mailbox::default();
    let (desk, _) = subscribed(&mailbox).await;
    desk.sandbox.set_delivery(DeliveryMode::default());
    desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    while mailbox.types().is_empty() {
        tokio::task::yield_now().await;
    }
    assert_eq!(mailbox.types(), ["order.created"]);
}

#[tokio::test]
async fn deliveries_repeat_and_change_order_on_request() {
    let mailbox = Mailbox::default();
    let (desk, _) = subscribed(&mailbox).await;
    let order = desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    assert_eq!(desk.pay(&order).await.status, 201);
    desk.sandbox.set_delivery(DeliveryMode { duplicates: 1, reversed: true, paused: true });
    desk.sandbox.flush().await;
    let expected = ["payment.created", "payment.created", "order.created", "order.created"];
    assert_eq!(mailbox.types(), expected);
    let bodies = mailbox.bodies();
    assert_eq!(bodies[0]["id"], bodies[1]["id"], "the same event");
}

#[tokio::test]
async fn failed_deliveries_are_repeated_later() {
    let mailbox = Mailbox::default();
    let (desk, webhook) = subscribed(&mailbox).await;
    mailbox.refuse_next(2);
    desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    assert_eq!(desk.sandbox.flush().await.failed, 1);
    assert_eq!(desk.sandbox.flush().await.failed, 0, "not before a minute has passed");
    desk.sandbox.clock().advance_seconds(60);
    assert_eq!(desk.sandbox.flush().await.failed, 1);
    desk.sandbox.clock().advance_seconds(120);
    assert_eq!(desk.sandbox.flush().await.delivered, 1);
    assert_eq!(mailbox.types(), ["order.created"]);

    let deliveries = |query: &str| {
        let id = text(&webhook["id"]).to_owned();
        let path = format!("/air/webhooks/deliveries?endpoint_id={id}&{query}");
        let desk = &desk;
        async move { desk.get(&path).await.data().as_array().map(Vec::len) }
    };
    assert_eq!(deliveries("").await, Some(3));
    assert_eq!(deliveries("delivery_success=false").await, Some(2));
    assert_eq!(deliveries("type=ping.triggered").await, Some(0));
}

#[tokio::test]
async fn an_event_can_be_read_and_sent_again() {
    let mailbox = Mailbox::default();
    let (desk, _) = subscribed(&mailbox).await;
    desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    desk.sandbox.flush().await;
    let events = desk.get("/air/webhooks/events").await.data();
    let path = format!("/air/webhooks/events/{}", text(&events[0]["id"]));
    assert_eq!(desk.get(&path).await.data(), mailbox.bodies()[0]);
    let again = desk.send("POST", &format!("{path}/actions/redeliver"), None).await;
    assert_eq!(again.expect("an answer").status, 204);
    desk.sandbox.flush().await;
    assert_eq!(mailbox.bodies().len(), 2);
}

#[tokio::test]
async fn there_is_one_webhook_and_it_can_be_changed_pinged_and_deleted() {
    let mailbox = Mailbox::default();
    let (desk, webhook) = subscribed(&mailbox).await;
    let second = json!({ "url": "http://127.0.0.1:9/x", "events": ["order.created"] });
    assert_eq!(desk.post("/air/webhooks", second).await.code(), "unsafe_unique");
    let path = format!("/air/webhooks/{}", text(&webhook["id"]));
    let ping = format!("{path}/actions/ping");
    let pong = desk.send("POST", &ping, None).await.expect("an answer");
    assert_eq!((pong.status, pong.body.len()), (204, 0));
    assert_eq!(mailbox.types(), ["ping.triggered"]);
    mailbox.refuse_next(1);
    let failed = desk.send("POST", &ping, None).await.expect("an answer");
    assert_eq!((failed.status, failed.code().as_str()), (422, "webhook_client_error"));

    let off = desk.patch(&path, json!({ "active": false })).await.data();
    assert_eq!((&off["active"], &off["url"]), (&json!(false), &webhook["url"]));
    desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    assert_eq!(desk.sandbox.flush().await.delivered, 0);
    let deleted = desk.send("DELETE", &path, None).await.expect("an answer");
    assert_eq!((deleted.status, deleted.body.len()), (204, 0));
    assert_eq!(desk.patch(&path, json!({ "active": true })).await.status, 404);
}

#[tokio::test]
async fn what_is_no_event_or_url_is_refused() {
    let desk = Desk::open().await;
    let bad = json!({ "url": "ftp://example.com", "events": ["order.created", "order.exploded"] });
    assert_eq!(desk.post("/air/webhooks", bad).await.pointers(), ["/url", "/events/1"]);
    assert_eq!(desk.post("/air/webhooks", json!({})).await.pointers(), ["/url", "/events"]);
}
