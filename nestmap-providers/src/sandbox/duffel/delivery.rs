//! Sends events to the webhook: at least once, signed, in no promised order.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{Request, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use serde::{Deserialize, Serialize};
use tokio::net::TcpStream;

use super::desk::Desk;
use super::events::Parcel;

/// How webhooks misbehave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeliveryMode {
    /// How many more times each event is sent although it arrived.
    pub duplicates: u32,
    /// Whether events that are due together leave newest first.
    pub reversed: bool,
    /// Whether events wait for a flush instead of leaving right after what caused them.
    pub paused: bool,
}

/// What a flush did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Flushed {
    /// Attempts answered with a status from 200 to 299.
    pub delivered: usize,
    /// All other attempts. They are due again later, on the sandbox's clock.
    pub failed: usize,
}

const ANSWER_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_BYTES_MAX: usize = 64 * 1024;

impl Desk {
    /// Sends every event that is due and waits for the answers.
    pub(super) async fn flush(&self) -> Flushed {
        // One round at a time, so that a flush also waits for deliveries under way.
        let _turn = self.turn.lock().await;
        let mut flushed = Flushed::default();
        let Ok(mut parcels) = self.with_world(|world, now| world.parcels(now)) else {
            return flushed;
        };
        let mode = self.mode();
        if mode.reversed {
            parcels.reverse();
        }
        for parcel in &parcels {
            for _ in 0..=mode.duplicates {
                match self.deliver(parcel).await {
                    true => flushed.delivered += 1,
                    false => flushed.failed += 1,
                }
            }
        }
        flushed
    }

    /// Sends what is due in the background, unless deliveries are paused.
    pub(super) fn flush_soon(self: &Arc<Self>) {
        if !self.mode().paused {
            let desk = Arc::clone(self);
            tokio::spawn(async move { desk.flush().await });
        }
    }

    /// Sends one event now; true when it arrived.
    pub(super) async fn deliver_event(&self, event_id: &str) -> bool {
        match self.with_world(|world, now| world.parcel_of(event_id, now)) {
            Ok(Some(parcel)) => self.deliver(&parcel).await,
            Ok(None) | Err(_) => false,
        }
    }

    async fn deliver(&self, parcel: &Parcel) -> bool {
        let (status, body) = match tokio::time::timeout(ANSWER_WITHIN, post(parcel)).await {
            Ok(Ok((status, body))) => (Some(status), body),
            Ok(Err(error)) => (None, error.to_string()),
            Err(_) => (None, "no answer in time".to_owned()),
        };
        self.with_world(|world, now| world.record_delivery(parcel, status, body, now))
            .unwrap_or(false)
    }
}

type DeliveryError = Box<dyn std::error::Error + Send + Sync>;

async fn post(parcel: &Parcel) -> Result<(u16, String), DeliveryError> {
    let uri: Uri = parcel.url.parse()?;
    if uri.scheme_str() != Some("http") {
        return Err("the sandbox delivers to http URLs only".into());
    }
    let host = uri.host().ok_or("the URL has no host")?;
    let stream = TcpStream::connect((host, uri.port_u16().unwrap_or(80))).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let request = Request::post(path)
        .header(header::HOST, uri.authority().map_or(host, |authority| authority.as_str()))
        .header(header::CONTENT_TYPE, "application/json")
        .header("x-duffel-signature", &parcel.signature)
        .header("x-sandbox", "duffel")
        .body(Full::new(Bytes::from(parcel.body.clone())))?;
    let response = sender.send_request(request).await?;
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await?.to_bytes();
    connection.abort();
    Ok((status, String::from_utf8_lossy(&body).into_owned()))
}
