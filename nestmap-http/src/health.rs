//! Whether the server can do its work, found out by trying.

use std::time::{Duration, Instant};

use axum::http::StatusCode;
use nestmap_core::port::flights::SupplierErrorKind;
use nestmap_core::shopping::SupplierRef;
use serde::Serialize;
use tokio::sync::Mutex;
use utoipa::ToSchema;

use crate::app::App;

/// How long a check may take.
const CHECK_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the supplier's answer is remembered, so that nobody makes us call it all the time.
const SUPPLIER_REMEMBERED: Duration = Duration::from_secs(30);
/// A worker that hasn't looked for work for so many seconds is stuck.
const WORKER_SECONDS_MAX: i64 = 30;

/// What is remembered between two checks.
#[derive(Default)]
pub(crate) struct Health {
    supplier: Mutex<Option<(Instant, bool)>>,
}

/// How a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum PartStatus {
    /// It works.
    Ok,
    /// It doesn't.
    Down,
    /// It isn't run by this process.
    Off,
}

/// How the server is, part by part.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HealthBody {
    /// `ok` when every part works, `down` when the store or the worker doesn't; a supplier that
    /// can't be reached is told and leaves the rest as it is.
    status: PartStatus,
    /// The server's version.
    version: &'static str,
    /// The database.
    store: StoreHealth,
    /// The supplier of flights.
    supplier: SupplierHealth,
    /// What does what falls due.
    worker: WorkerHealth,
}

/// How the database is.
#[derive(Debug, Serialize, ToSchema)]
struct StoreHealth {
    status: PartStatus,
    /// How long it took to answer, in milliseconds.
    millis: u64,
}

/// How the supplier of flights is.
#[derive(Debug, Serialize, ToSchema)]
struct SupplierHealth {
    status: PartStatus,
    /// Its short name.
    name: String,
    /// Whether it sells play flights only.
    sandbox: bool,
}

/// How the worker is.
#[derive(Debug, Serialize, ToSchema)]
struct WorkerHealth {
    status: PartStatus,
    /// How many seconds ago it looked for work; null when it hasn't yet.
    #[schema(required)]
    last_look_seconds: Option<i64>,
}

impl HealthBody {
    /// The status of the answer.
    pub(crate) fn code(&self) -> StatusCode {
        match self.status {
            PartStatus::Down => StatusCode::SERVICE_UNAVAILABLE,
            PartStatus::Ok | PartStatus::Off => StatusCode::OK,
        }
    }
}

/// Tries every part.
pub(crate) async fn check(app: &App) -> HealthBody {
    let (store, supplier) = tokio::join!(store(app), supplier(app));
    let worker = worker(app);
    let down = [store.status, worker.status].contains(&PartStatus::Down);
    HealthBody {
        status: if down { PartStatus::Down } else { PartStatus::Ok },
        version: env!("CARGO_PKG_VERSION"),
        store,
        supplier,
        worker,
    }
}

async fn store(app: &App) -> StoreHealth {
    let started = Instant::now();
    let answer = tokio::time::timeout(CHECK_TIMEOUT, app.nestmap().ping()).await;
    let status = if matches!(answer, Ok(Ok(()))) { PartStatus::Ok } else { PartStatus::Down };
    StoreHealth { status, millis: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX) }
}

async fn supplier(app: &App) -> SupplierHealth {
    let mut remembered = app.health().supplier.lock().await;
    let fresh = remembered.filter(|(at, _)| at.elapsed() < SUPPLIER_REMEMBERED);
    let works = match fresh {
        Some((_, works)) => works,
        None => supplier_answers(app).await,
    };
    if fresh.is_none() {
        *remembered = Some((Instant::now(), works));
    }
    SupplierHealth {
        status: if works { PartStatus::Ok } else { PartStatus::Down },
        name: app.nestmap().flights().name().to_owned(),
        sandbox: app.config().sells_play_flights(),
    }
}

/// Asks for an order that doesn't exist: "there is none" is the answer of a supplier that works.
async fn supplier_answers(app: &App) -> bool {
    let flights = app.nestmap().flights();
    let nothing = SupplierRef { supplier: flights.name().to_owned(), id: "ord_0000health".into() };
    match tokio::time::timeout(CHECK_TIMEOUT, flights.look_up(&nothing)).await {
        Ok(Ok(_)) => true,
        Ok(Err(error)) => {
            matches!(error.kind, SupplierErrorKind::Gone | SupplierErrorKind::Refused)
        }
        Err(_) => false,
    }
}

fn worker(app: &App) -> WorkerHealth {
    let last = app.pulse().last().map(|last| last.seconds_until(app.nestmap().now()));
    let status = match last {
        _ if !app.config().worker => PartStatus::Off,
        Some(seconds) if seconds <= WORKER_SECONDS_MAX => PartStatus::Ok,
        _ => PartStatus::Down,
    };
    WorkerHealth { status, last_look_seconds: last }
}
