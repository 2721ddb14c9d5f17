//! Webhook endpoints and the events they receive.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::scalar::{EventType, Personal};

/// The body of `POST /air/webhooks`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewWebhook {
    /// Where events go; https.
    pub url: String,
    /// Which.
    pub events: Vec<EventType>,
}

/// An endpoint of ours that Duffel sends events to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// Duffel's id.
    pub id: String,
    /// Where events go.
    pub url: String,
    /// Which.
    #[serde(default)]
    pub events: Vec<EventType>,
    /// Whether they are sent.
    pub active: bool,
    /// Whether they are about real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// What they are signed with; only when the endpoint was just created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secret: Option<Personal>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// When it was last changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<String>,
}

/// An event. It says that something happened to a resource; what, is read from the resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// Duffel's id; the same event may be delivered several times under it.
    pub id: String,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Whether it is about real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// When it happened.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// `v2`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<String>,
    /// Not unique per event: the one recorded sample holds the order's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency_key: Option<String>,
    /// The resource, or a part of it; how much, no source settles.
    #[serde(default)]
    pub data: Value,
}

impl Event {
    /// The id of the order the event is about, wherever the event keeps it.
    pub fn order_id(&self) -> Option<&str> {
        let object = self.data.get("object").unwrap_or(&self.data);
        let text = |key| object.get(key).and_then(Value::as_str);
        text("order_id").or_else(|| text("id").filter(|id| id.starts_with("ord_")))
    }

    /// The id of the offer the event is about.
    pub fn offer_id(&self) -> Option<&str> {
        self.data.get("object").unwrap_or(&self.data).get("offer_id").and_then(Value::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(data: &str) -> Event {
        serde_json::from_str(&format!(r#"{{"id":"wev_1","type":"order.created","data":{data}}}"#))
            .unwrap()
    }

    #[test]
    fn the_order_is_found_in_every_known_shape() {
        assert_eq!(
            event(r#"{"object":{"order_id":"ord_1","offer_id":"off_1"}}"#).order_id(),
            Some("ord_1")
        );
        assert_eq!(event(r#"{"object":{"id":"ord_1"}}"#).order_id(), Some("ord_1"));
        assert_eq!(event(r#"{"id":"ord_1"}"#).order_id(), Some("ord_1"));
        assert_eq!(event(r#"{"object":{"id":"pay_1"}}"#).order_id(), None);
        assert_eq!(event("{}").order_id(), None);
        assert_eq!(event(r#"{"object":{"offer_id":"off_1"}}"#).offer_id(), Some("off_1"));
    }
}
