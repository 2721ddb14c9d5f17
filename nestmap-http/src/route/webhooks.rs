//! What suppliers tell us. It is a hint to look, never truth.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use nestmap_core::shopping::SupplierRef;
use nestmap_core::{Code, Error};
use nestmap_providers::duffel::webhook::{SIGNATURE_HEADER, TOLERANCE};
use nestmap_providers::duffel::wire::webhook::Event;
use nestmap_providers::http::signature::verify;

use crate::app::App;
use crate::extract::Raw;
use crate::problem::Answer;

/// Take an event of Duffel
///
/// It is answered at once; the order it names is looked up at the supplier afterwards. Its
/// signature counts for five minutes. An event that comes again is taken and not looked into.
#[utoipa::path(
    post, path = "/api/webhooks/duffel", tag = "webhooks", security(()),
    responses((status = 202, description = "Taken.")),
)]
pub(super) async fn duffel_event(
    State(app): State<App>,
    headers: HeaderMap,
    Raw(body): Raw,
) -> Answer<StatusCode> {
    must_be_signed(&app, &headers, &body)?;
    let event: Event = serde_json::from_slice(&body)
        .map_err(|_| Error::new(Code::InvalidBody, "the body isn't an event"))?;
    if let Some(order) = event.order_id()
        && let Some(place) = app.hints().take(&event.id)?
    {
        let order = SupplierRef {
            supplier: app.nestmap().flights().name().to_owned(),
            id: order.to_owned(),
        };
        let app = app.clone();
        tokio::spawn(async move {
            look_at(app, order).await;
            drop(place);
        });
    }
    Ok(StatusCode::ACCEPTED)
}

/// What was signed long ago is refused: somebody may have kept it. An event that is really that
/// late is made up for by looking at orders, which goes on anyway.
fn must_be_signed(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<(), Error> {
    let unsigned = || Error::new(Code::Unauthenticated, "the event isn't signed by the supplier");
    let secret = app.config().duffel_webhook_secret.as_ref().ok_or_else(unsigned)?;
    let header = headers.get(SIGNATURE_HEADER).and_then(|value| value.to_str().ok());
    let header = header.ok_or_else(unsigned)?;
    let now = jiff::Timestamp::from_microsecond(app.nestmap().now().micros());
    let now = now.map_err(|error| unsigned().because(error))?;
    verify(header, body, secret, now, TOLERANCE)
        .map(drop)
        .map_err(|error| unsigned().because(error))
}

/// Asks the supplier which of our orders this is, and wakes it.
async fn look_at(app: App, order: SupplierRef) {
    let seen = match app.nestmap().flights().look_up(&order).await {
        Ok(Some(seen)) => seen,
        Ok(None) => return,
        Err(error) => {
            tracing::warn!(%error, "an order that was hinted at couldn't be looked up");
            return;
        }
    };
    let Some(reference) = seen.reference else { return };
    match app.nestmap().hint(&reference).await {
        Ok(()) => app.pulse().wake(),
        Err(error) => tracing::warn!(%error, "a hint couldn't be kept"),
    }
}
