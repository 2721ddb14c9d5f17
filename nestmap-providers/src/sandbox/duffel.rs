//! A stateful stand-in for Duffel's flight API, version 2.

mod aircraft;
mod amounts;
mod bookings;
mod call;
mod cancellations;
mod change_offers;
mod changes;
mod connections;
mod control;
mod credits;
mod delivery;
mod desk;
mod disruptions;
mod envelope;
mod errors;
mod events;
mod fares;
mod geography;
mod http;
mod inspection;
mod live_offer;
mod magic;
mod mishap;
mod network;
mod offer_requests;
mod offers;
mod order_list;
mod orders;
mod paging;
mod payments;
mod reference;
mod routes;
mod schedule;
mod search_form;
mod seat_maps;
mod services;
mod shopping;
mod test_airline;
mod travelers;
mod webhooks;
mod world;

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use self::amounts::Currency;
pub use self::delivery::{DeliveryMode, Flushed};
pub use self::desk::{CallRecord, RateLimits};
use self::desk::{Desk, lock};
pub use self::inspection::{Inspection, OfferCounts, OrderState, SupplierOrder, SupplierPayment};
use self::world::World;
use super::clock::SandboxClock;
use super::dice::Dice;
use super::faults::FaultRule;
use super::journal::{Journal, JournalError};
use super::server;

/// How a sandbox is set up. The default is a fresh world on a free port of the loopback.
#[derive(Clone, Debug)]
pub struct SandboxConfig {
    /// The time in the sandbox.
    pub clock: SandboxClock,
    /// The same seed makes the same flights and prices.
    pub seed: u64,
    /// Where to listen; port 0 means any free port. Keep it on the loopback: `/_sandbox` asks
    /// nobody for a password.
    pub bind: SocketAddr,
    /// The only token accepted. With none, any token is, except live ones.
    pub token: Option<String>,
    /// ISO 3166 code of the seller's country, which decides the account's currency. With none,
    /// the seed picks pounds, dollars or euros.
    pub seller_country: Option<String>,
    /// Where the state is kept, so that a sandbox that is killed and started again still has
    /// its orders. With none, it lives in memory only; use that only if whoever remembers its
    /// ids forgets them too.
    pub state_file: Option<PathBuf>,
    /// How many calls a minute are allowed.
    pub rate_limits: RateLimits,
    /// Makes up for mistakes of the official JavaScript client: empty answers become `{}`,
    /// wrapped metadata is found, and upsells have a second path.
    pub client_defects: bool,
    /// How webhooks misbehave at first.
    pub delivery: DeliveryMode,
}

impl Default for SandboxConfig {
    fn default() -> Self {
        Self {
            clock: SandboxClock::system(),
            seed: 0,
            bind: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            token: None,
            seller_country: None,
            state_file: None,
            rate_limits: RateLimits::default(),
            client_defects: false,
            delivery: DeliveryMode::default(),
        }
    }
}

/// Why a sandbox can't start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// The address can't be bound or the state file can't be opened.
    Io(io::Error),
    /// The state file holds something that can't be read.
    DamagedState {
        /// The line, counted from 1.
        line: usize,
    },
    /// The state file was written with another seed or currency.
    OtherSandbox {
        /// The file's first line.
        found: String,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => write!(out, "can't start the sandbox: {error}"),
            Self::DamagedState { line } => write!(out, "line {line} of the state file is damaged"),
            Self::OtherSandbox { found } => {
                write!(out, "the state file belongs to another sandbox: `{found}`")
            }
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            _ => None,
        }
    }
}

impl From<JournalError> for StartError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Io(error) => Self::Io(error),
            JournalError::Damaged { line } => Self::DamagedState { line },
            JournalError::OtherSandbox { found } => Self::OtherSandbox { found },
        }
    }
}

/// A running sandbox. Dropping it is like killing it: connections break, and what was answered
/// is in the state file.
pub struct DuffelSandbox {
    desk: Arc<Desk>,
    address: SocketAddr,
    closing: Arc<Notify>,
    server: JoinHandle<()>,
}

impl DuffelSandbox {
    /// Starts serving on the current Tokio runtime.
    ///
    /// # Errors
    /// When the address is taken or the state file can't be used.
    pub async fn start(config: SandboxConfig) -> Result<Self, StartError> {
        let currency = currency(&config);
        let mut world = World::new(config.seed, currency, config.client_defects);
        let mut journal = None;
        if let Some(path) = &config.state_file {
            let heading = format!(
                "{{\"sandbox\":\"duffel\",\"seed\":{},\"currency\":\"{}\"}}",
                config.seed, currency.code
            );
            let (opened, entries) = Journal::open(path, &heading)?;
            for (index, entry) in entries.into_iter().enumerate() {
                let damaged = StartError::DamagedState { line: index + 2 };
                world.restore(entry).map_err(|_| damaged)?;
            }
            journal = Some(opened);
        }
        let listener = TcpListener::bind(config.bind).await.map_err(StartError::Io)?;
        let address = listener.local_addr().map_err(StartError::Io)?;
        let desk = Desk::new(config.clock, world, journal, config.token, config.rate_limits);
        *lock(&desk.delivery_mode) = config.delivery;
        let desk = Arc::new(desk);
        let closing = Arc::new(Notify::new());
        let router = routes::router(Arc::clone(&desk));
        let server = tokio::spawn(server::serve(listener, router, Arc::clone(&closing)));
        Ok(Self { desk, address, closing, server })
    }

    /// Where clients find it, without a slash at the end: `http://127.0.0.1:41234`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The sandbox's clock. After moving it, [`flush`](Self::flush) or any call lets happen
    /// what had to happen by then.
    #[must_use]
    pub fn clock(&self) -> &SandboxClock {
        &self.desk.clock
    }

    /// Makes something go wrong.
    pub fn inject(&self, rule: FaultRule) {
        self.desk.faults.add(rule);
    }

    /// Forgets the faults that haven't hit a call yet.
    pub fn clear_faults(&self) {
        self.desk.faults.clear();
    }

    /// The faults that wait for their call.
    #[must_use]
    pub fn waiting_faults(&self) -> Vec<FaultRule> {
        self.desk.faults.waiting()
    }

    /// The supplier's books as of now.
    #[must_use]
    pub fn inspect(&self) -> Inspection {
        self.desk.with_world(|world, now| inspection::inspect(world, now)).unwrap_or_default()
    }

    /// The last ten thousand calls, in the order they were answered.
    #[must_use]
    pub fn calls(&self) -> Vec<CallRecord> {
        self.desk.calls()
    }

    /// Changes how webhooks misbehave.
    pub fn set_delivery(&self, mode: DeliveryMode) {
        *lock(&self.desk.delivery_mode) = mode;
    }

    /// Lets happen what is due on the clock, sends every event that is due, and waits for the
    /// receiver's answers.
    pub async fn flush(&self) -> Flushed {
        self.desk.flush().await
    }

    /// The airline moves the first flight of an order by an hour; false when there is no such
    /// order or it is cancelled.
    #[must_use]
    pub fn disrupt(&self, order_id: &str) -> bool {
        let changed =
            self.desk.with_world(|world, now| disruptions::disrupt(world, order_id, now).is_some());
        changed.unwrap_or(false)
    }

    /// Stops serving and waits until the port is free.
    pub async fn shutdown(mut self) {
        self.desk.close();
        self.closing.notify_one();
        // The task ends by itself; if it panicked there is nothing left to stop.
        drop((&mut self.server).await);
    }
}

impl Drop for DuffelSandbox {
    fn drop(&mut self) {
        self.desk.close();
        self.server.abort();
    }
}

impl fmt::Debug for DuffelSandbox {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("DuffelSandbox")
            .field("base_url", &self.base_url())
            .finish_non_exhaustive()
    }
}

fn currency(config: &SandboxConfig) -> Currency {
    match &config.seller_country {
        Some(country) => Currency::of_country(country),
        None => {
            let code = Dice::of(config.seed, &["account currency"])
                .pick(&["GBP", "USD", "EUR"])
                .to_owned();
            Currency::named(code).expect("these three have rates")
        }
    }
}
