//! A call as the handlers see it, and what they answer.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::errors::Refusal;
use super::world::World;

/// The work behind one route: it changes the world and answers, or refuses and changes nothing.
pub(super) type Handler = fn(&mut World, &Call) -> Result<Reply, Refusal>;

/// A call that passed the checks of headers and envelope.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) now: Timestamp,
    pub(super) path: BTreeMap<String, String>,
    pub(super) query: Query,
    /// The `data` of the body; null where there is no body.
    pub(super) data: Value,
    pub(super) twist: Twist,
}

/// Faults that change what a handler does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Twist {
    /// Seconds until the resource is complete; the answer is 200.
    pub(super) detail_later: Option<u32>,
    /// Seconds until the outcome, and whether it is a failure; the answer is 202.
    pub(super) accepted: Option<(u32, bool)>,
    /// Decimal amount by which the price goes up first.
    pub(super) price_rise: Option<String>,
    /// The offer is gone first.
    pub(super) expire: bool,
}

impl Call {
    pub(super) fn id(&self) -> &str {
        self.part("id")
    }

    pub(super) fn part(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }
}

/// The query of a URL: names with their values in order.
#[derive(Debug, Default)]
pub(super) struct Query(Vec<(String, String)>);

impl Query {
    pub(super) fn parse(text: &str) -> Self {
        Self(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value of the name, unless it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next().filter(|value| !value.is_empty())
    }

    pub(super) fn all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub(super) fn flag(&self, name: &str) -> Option<bool> {
        match self.get(name)? {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A number from `low` to `high`.
    pub(super) fn number(
        &self,
        name: &str,
        low: usize,
        high: usize,
    ) -> Result<Option<usize>, Refusal> {
        let Some(text) = self.get(name) else { return Ok(None) };
        match text.parse() {
            Ok(number) if (low..=high).contains(&number) => Ok(Some(number)),
            _ => {
                let message = format!("Field '{name}' must be a number from {low} to {high}");
                Err(Refusal::field("validation_inclusion", &format!("/{name}"), &message))
            }
        }
    }
}

/// An answer and what follows it.
#[derive(Debug)]
pub(super) struct Reply {
    pub(super) status: u16,
    pub(super) body: Option<Value>,
    pub(super) follow_up: Option<FollowUp>,
}

/// A webhook call that belongs to the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FollowUp {
    /// Deliver this event at once; a failure turns the answer into `webhook_client_error`.
    Ping(String),
}

impl Reply {
    pub(super) fn ok(data: Value) -> Self {
        Self::with_status(200, data)
    }

    pub(super) fn created(data: Value) -> Self {
        Self::with_status(201, data)
    }

    pub(super) fn with_status(status: u16, data: Value) -> Self {
        Self { status, body: Some(json!({ "data": data })), follow_up: None }
    }

    pub(super) fn page(rows: Vec<Value>, meta: Value) -> Self {
        let body = json!({ "data": rows, "meta": meta });
        Self { status: 200, body: Some(body), follow_up: None }
    }

    pub(super) fn empty() -> Self {
        Self { status: 204, body: None, follow_up: None }
    }
}
