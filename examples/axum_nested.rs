//! NestMap's HTTP API inside another axum app, below `/travel`.
//!
//! The app has its own pages, its own supplier and its own clock; it ticks when it likes. Here it
//! asks itself a few things instead of listening.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use nestmap_core::NestMap;
use nestmap_core::memory::MemoryStore;
use nestmap_core::testing::{ScriptedFlights, fixture};
use nestmap_http::Config;
use nestmap_http::system::{SystemClock, SystemEntropy};
use tower_service::Service;

const ACME: &str = r#"{
    "organization": "Acme", "country": "DE", "currency": "EUR",
    "name": "Rosa Boss", "email": "rosa@acme.example", "password": "a long walk to the station"
}"#;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(SystemClock);
    let flights = Arc::new(ScriptedFlights::new(clock.clone()));
    flights.sell(fixture::flight("one", "480.00"));
    let store = Arc::new(MemoryStore::new());
    let nestmap = NestMap::new(store, flights, clock, Arc::new(SystemEntropy));

    // No variables: the defaults, with secrets made up for as long as the process lives.
    let config = Config::from_variables(|_| None)?;
    let app = Router::new()
        .route("/", get(|| async { "Acme's intranet" }))
        .nest("/travel", nestmap_http::router(nestmap.clone(), config));

    ask(&app, Request::get("/").body(Body::empty())?).await?;
    ask(&app, Request::get("/travel/api/health").body(Body::empty())?).await?;
    let sign_up = Request::post("/travel/api/v1/organizations")
        .header("content-type", "application/json")
        .header("idempotency-key", "the-first-company")
        .body(Body::from(ACME))?;
    ask(&app, sign_up).await?;
    ask(&app, Request::get("/travel/api/v1/trips").body(Body::empty())?).await?;

    // `router` brings no worker: the app does what is due when it likes.
    let report = nestmap.tick().await?;
    println!("{} things were due", report.done);
    Ok(())
}

/// What a listener would do: `axum::serve(listener, app)`.
async fn ask(app: &Router, request: Request<Body>) -> Result<(), Box<dyn Error>> {
    let asked = format!("{} {}", request.method(), request.uri());
    let answer = app.clone().call(request).await?;
    println!("{asked} → {}", answer.status());
    let body = to_bytes(answer.into_body(), 65_536).await?;
    println!("  {}", String::from_utf8_lossy(&body));
    Ok(())
}
