//! Events that Duffel sends us.
//!
//! An event only says *look at this order now*; what happened is read from the order. That makes
//! late, repeated and reordered events harmless, and a lost one is made up for by the polling that
//! goes on anyway.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use super::Duffel;
use super::call;
use super::error::Failure;
use super::wire::webhook::{Event, NewWebhook, Webhook};
use crate::http::Secret;
use crate::http::signature::{SignatureError, verify};

/// The header that holds the signature, in lower case.
pub const SIGNATURE_HEADER: &str = "x-duffel-signature";

/// How far the time of a signature may be from now for its body to be believed.
pub const TOLERANCE: Duration = Duration::from_secs(300);

/// Why an event isn't taken.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// Nobody who knows the secret signed this: answer 401 and forget it.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// It is signed and isn't an event.
    #[error("the body isn't an event: {0}")]
    Unreadable(#[source] serde_json::Error),
    /// It is signed, came late, and could not be read from Duffel: answer 503, it comes again.
    #[error("the late event could not be read from Duffel: {0}")]
    Late(#[source] Failure),
}

/// The event in `body`, if `header` proves that Duffel sent it within [`TOLERANCE`] of `now`.
pub fn read(
    header: &str,
    body: &[u8],
    secret: &Secret,
    now: Timestamp,
) -> Result<Event, WebhookError> {
    verify(header, body, secret, now, TOLERANCE)?;
    serde_json::from_slice(body).map_err(WebhookError::Unreadable)
}

impl Duffel {
    /// Like [`read`], but an event that is genuine and late is fetched from Duffel: it may be a
    /// redelivery hours later, or somebody replaying what they once saw.
    pub async fn receive(
        &self,
        header: &str,
        body: &[u8],
        secret: &Secret,
    ) -> Result<Event, WebhookError> {
        match read(header, body, secret, self.client.now()) {
            Err(WebhookError::Signature(SignatureError::Stale { .. })) => {
                self.fetch_late(body).await
            }
            other => other,
        }
    }

    async fn fetch_late(&self, body: &[u8]) -> Result<Event, WebhookError> {
        #[derive(Deserialize)]
        struct Named {
            id: String,
        }
        let named: Named = serde_json::from_slice(body).map_err(WebhookError::Unreadable)?;
        let answer =
            self.client.fetch(&call::event(&named.id)).await.map_err(WebhookError::Late)?;
        Ok(answer.data)
    }

    /// Asks Duffel to send events to an address of ours. One per account and mode: a second is
    /// refused. The answer holds the secret they are signed with, this once.
    pub async fn create_webhook(&self, webhook: &NewWebhook) -> Result<Webhook, Failure> {
        Ok(self.client.fetch(&call::create_webhook(webhook)).await?.data)
    }

    /// The addresses events are sent to.
    pub async fn webhooks(&self) -> Result<Vec<Webhook>, Failure> {
        Ok(self.client.pages(call::webhooks).await?.concat())
    }
}
