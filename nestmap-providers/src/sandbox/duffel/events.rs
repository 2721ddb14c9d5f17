//! Events, how they are signed, and what became of their deliveries.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::Sha256;

use super::world::{World, instant};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) kind: String,
    pub(super) object: Value,
    pub(super) idempotency_key: String,
    pub(super) created_at: Timestamp,
    /// The next attempt, while the event isn't delivered.
    pub(super) due: Option<Due>,
}

/// When an event is sent next, and how often that failed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Due {
    pub(super) at: Timestamp,
    pub(super) failures: u32,
}

/// One attempt to deliver an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Delivery {
    pub(super) id: String,
    pub(super) endpoint_id: String,
    pub(super) event_id: String,
    pub(super) kind: String,
    pub(super) url: String,
    pub(super) status: Option<u16>,
    pub(super) body: String,
    pub(super) created_at: Timestamp,
}

/// An event ready to be sent.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) event_id: String,
    pub(super) url: String,
    pub(super) body: String,
    pub(super) signature: String,
}

const RETRIED_FOR: SignedDuration = SignedDuration::from_hours(72);

const ORGANISATION: &str = "org_0000sandboxsandboxsandb";

/// `t=…,v1=…`: HMAC-SHA256 over the time, a dot and the raw body, keyed with the secret's text.
pub(super) fn signature(secret: &str, at: Timestamp, body: &str) -> String {
    let seconds = at.as_second();
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let digest = mac.finalize().into_bytes();
    let hex: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={seconds},v1={hex}")
}

impl Event {
    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "api_version": "v2",
            "type": self.kind,
            "data": { "object": self.object },
            "live_mode": false,
            "idempotency_key": self.idempotency_key,
            "created_at": instant(self.created_at),
            "identity_organisation_id": ORGANISATION,
        })
    }
}

impl Delivery {
    pub(super) fn succeeded(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    pub(super) fn json(&self) -> Value {
        json!({
            "id": self.id,
            "endpoint_id": self.endpoint_id,
            "event_id": self.event_id,
            "type": self.kind,
            "url": self.url,
            "response_status_code": self.status,
            "response_body": self.body,
            "delivery_success": self.succeeded(),
            "live_mode": false,
            "created_at": instant(self.created_at),
        })
    }
}

impl World {
    /// Records an event and has it delivered to the webhook that wants it.
    pub(super) fn emit(&mut self, kind: &str, object: Value, key: &str, now: Timestamp) -> String {
        let wanted = self.webhooks.rows().any(|webhook| webhook.wants(kind));
        let event = Event {
            id: self.id("wev", now),
            kind: kind.to_owned(),
            object,
            idempotency_key: key.to_owned(),
            created_at: now,
            due: wanted.then_some(Due { at: now, failures: 0 }),
        };
        let id = event.id.clone();
        self.events.put(&id, event);
        id
    }

    pub(super) fn emit_creation_failed(
        &mut self,
        pending_id: &str,
        order: &super::orders::Order,
        now: Timestamp,
    ) {
        let object = json!({ "id": pending_id, "offer_id": order.offer_id });
        let key = STANDARD.encode(format!("failed-{pending_id}"));
        self.emit("order.creation_failed", object, &key, now);
    }

    /// The events that are due, oldest first.
    pub(super) fn parcels(&self, now: Timestamp) -> Vec<Parcel> {
        let due = self.events.rows().filter(|event| event.due.is_some_and(|due| due.at <= now));
        due.filter_map(|event| self.parcel(event, now)).collect()
    }

    pub(super) fn parcel_of(&self, event_id: &str, now: Timestamp) -> Option<Parcel> {
        self.parcel(self.events.get(event_id)?, now)
    }

    fn parcel(&self, event: &Event, now: Timestamp) -> Option<Parcel> {
        let webhook = self.webhooks.rows().find(|webhook| webhook.wants(&event.kind))?;
        let body = event.json().to_string();
        let signature = signature(&webhook.secret, now, &body);
        Some(Parcel { event_id: event.id.clone(), url: webhook.url.clone(), body, signature })
    }

    /// Writes down how an attempt went and when the next one is.
    pub(super) fn record_delivery(
        &mut self,
        parcel: &Parcel,
        status: Option<u16>,
        body: String,
        now: Timestamp,
    ) -> bool {
        let endpoint = self.webhooks.rows().find(|webhook| webhook.url == parcel.url);
        let endpoint_id = endpoint.map(|webhook| webhook.id.clone()).unwrap_or_default();
        let id = self.id("del", now);
        let Some(event) = self.events.edit(&parcel.event_id) else { return false };
        let delivery = Delivery {
            id,
            endpoint_id,
            event_id: event.id.clone(),
            kind: event.kind.clone(),
            url: parcel.url.clone(),
            status,
            body,
            created_at: now,
        };
        let succeeded = delivery.succeeded();
        event.due = match (succeeded, event.due) {
            (true, _) | (_, None) => None,
            (false, Some(due)) => next_attempt(event.created_at, due, now),
        };
        self.deliveries.put(&delivery.id.clone(), delivery);
        succeeded
    }
}

/// After one minute, two, four and so on, for three days.
fn next_attempt(created_at: Timestamp, due: Due, now: Timestamp) -> Option<Due> {
    let wait = SignedDuration::from_mins(1_i64 << due.failures.min(10));
    let at = now + wait;
    let in_time = at.duration_since(created_at) <= RETRIED_FOR;
    in_time.then_some(Due { at, failures: due.failures + 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    // The expected digest comes from another implementation of HMAC.
    #[test]
    fn the_signature_is_keyed_with_the_text_of_the_secret() {
        let at = Timestamp::from_second(1_700_000_000).expect("an instant");
        let signed = signature("Jefe", at, "{\"id\":\"wev_1\"}");
        let (time, digest) = signed.split_once(",v1=").expect("two parts");
        assert_eq!(time, "t=1700000000");
        assert_eq!(digest, "de47ae17689c21153cac203328b9e45c332bfccb21daa5040229cc4029524b80");
    }

    #[test]
    fn failed_deliveries_are_repeated_with_growing_pauses_for_three_days() {
        let start = Timestamp::UNIX_EPOCH;
        let (mut now, mut due, mut pauses) = (start, Due { at: start, failures: 0 }, Vec::new());
        while let Some(next) = next_attempt(start, due, now) {
            pauses.push(next.at.duration_since(now).as_mins());
            (now, due) = (next.at, next);
        }
        assert_eq!(pauses[..4], [1, 2, 4, 8]);
        assert!(pauses.is_sorted());
        assert!(now.duration_since(start) <= RETRIED_FOR);
        assert!(pauses.len() > 10);
    }
}
