//! Duffel, API version 2: flights of several hundred airlines.
//!
//! Layers that can be read one by one. [`wire`] is Duffel's JSON as it really comes. [`call`] and
//! [`error`] say, without sending anything, how each request is built and what each answer means.
//! [`convert`] turns Duffel's JSON into the core's types and back. [`client`] sends: within the
//! rate budget, again only where that is harmless. [`Duffel`] is the provider the core knows.
//!
//! Duffel knows no idempotency key. A call that buys, pays or cancels is therefore sent once, and
//! every ending of it is one of: done, taken, refused with nothing done, not sent, or unknown.
//! Unknown is looked up later, by offer and by the reference that travels in the order's metadata.
//!
//! ```no_run
//! # #[cfg(feature = "duffel")]
//! # fn main() -> Result<(), nestmap_providers::duffel::SettingsError> {
//! use nestmap_providers::duffel::{Duffel, Settings};
//! use nestmap_providers::http::Secret;
//!
//! let token = std::env::var("DUFFEL_API_KEY").unwrap_or_default();
//! let duffel = Duffel::connect(Settings::new(Secret::new(token)))?;
//! # drop(duffel);
//! # Ok(())
//! # }
//! # #[cfg(not(feature = "duffel"))]
//! # fn main() {}
//! ```

pub mod call;
pub mod client;
pub mod convert;
pub mod error;
pub mod listing;
mod provider;
mod reference;
mod search;
mod totals;
pub mod webhook;
pub mod wire;

use std::sync::Arc;
use std::time::Duration;

use crate::http::{Secret, Timer, Transport};
use client::Client;
use totals::Totals;

/// Duffel on the internet, for test and live accounts alike: the token decides.
pub const API: &str = "https://api.duffel.com";

/// One Duffel account as a provider of flights.
pub struct Duffel {
    client: Client,
    supplier_timeout: Duration,
    booking_timeout: Duration,
    totals: Totals,
}

/// How to reach an account.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The access token, `duffel_test_…` or `duffel_live_…`.
    pub token: Secret,
    /// Where the API is: [`API`], or a sandbox on this machine. Tokens go to no other host over
    /// plain HTTP.
    pub base: String,
    /// How long airlines may take to answer a search, 2 to 60 seconds. Slower ones are left out.
    pub supplier_timeout: Duration,
    /// How long a call that orders, pays or cancels may take, 5 to 300 seconds. One that takes
    /// longer has an unknown outcome and is looked up. The same time, and up to 40 seconds, passes
    /// before anybody looks for a call whose maker died. Duffel asks for two minutes or more.
    pub booking_timeout: Duration,
}

impl Settings {
    /// The account of `token` on the internet, leaving out airlines that take more than 15 s, and
    /// giving bookings 130 s.
    pub fn new(token: Secret) -> Self {
        Self {
            token,
            base: API.to_owned(),
            supplier_timeout: Duration::from_secs(15),
            booking_timeout: call::BOOKING_TIMEOUT,
        }
    }

    /// The same account at another address.
    pub fn at(self, base: impl Into<String>) -> Self {
        Self { base: base.into(), ..self }
    }
}

/// Settings that can't be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The address is neither https nor on this machine.
    #[error("the base address must be https, or http on this machine, found `{0}`")]
    Base(String),
    /// The token is empty or holds characters that no header can.
    #[error("the access token must be visible ASCII text")]
    Token,
    /// The time airlines are given is out of bounds; Duffel would silently ignore it.
    #[error("the supplier timeout must be 2 to 60 seconds")]
    SupplierTimeout,
    /// The time bookings are given is out of bounds.
    #[error("the booking timeout must be 5 to 300 seconds")]
    BookingTimeout,
    /// There is no HTTP client on this machine.
    #[cfg(feature = "client")]
    #[error("{0}")]
    Client(String),
}

impl Duffel {
    /// An account reached over a transport of the caller's, by a clock of the caller's.
    pub fn over(
        settings: Settings,
        transport: Arc<dyn Transport>,
        timer: Arc<dyn Timer>,
    ) -> Result<Self, SettingsError> {
        let Settings { token, base, supplier_timeout, booking_timeout } = settings;
        if !(Duration::from_secs(2)..=Duration::from_secs(60)).contains(&supplier_timeout) {
            return Err(SettingsError::SupplierTimeout);
        }
        if !(Duration::from_secs(5)..=Duration::from_secs(300)).contains(&booking_timeout) {
            return Err(SettingsError::BookingTimeout);
        }
        if token.expose().is_empty() || !token.expose().bytes().all(|byte| byte.is_ascii_graphic())
        {
            return Err(SettingsError::Token);
        }
        let base = base.trim_end_matches('/').to_owned();
        if !(base.starts_with("https://") || is_on_this_machine(&base)) {
            return Err(SettingsError::Base(base));
        }
        let client = Client::new(base, token, transport, timer);
        Ok(Self { client, supplier_timeout, booking_timeout, totals: Totals::default() })
    }

    /// An account reached over this crate's own HTTP client, by the machine's clock.
    #[cfg(feature = "client")]
    pub fn connect(settings: Settings) -> Result<Self, SettingsError> {
        use crate::http::{HttpClient, SystemTimer};
        let local = is_on_this_machine(&settings.base);
        let transport = if local { HttpClient::loopback() } else { HttpClient::new() };
        let transport = transport.map_err(|error| SettingsError::Client(error.to_string()))?;
        Self::over(settings, Arc::new(transport), Arc::new(SystemTimer))
    }
}

fn is_on_this_machine(base: &str) -> bool {
    let Some(rest) = base.strip_prefix("http://") else { return false };
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    };
    matches!(host, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_this_machine_is_spoken_to_in_the_clear() {
        for base in [
            "http://127.0.0.1:4100",
            "http://localhost",
            "http://[::1]:80",
            "http://127.0.0.1/sandbox",
        ] {
            assert!(is_on_this_machine(base), "{base}");
        }
        for base in [
            "http://api.duffel.com",
            "http://localhost.example.com",
            "http://127.0.0.1.example.com:80",
            "http://127.0.0.1@example.com:80",
            "http://example.com/127.0.0.1",
            "https://127.0.0.1",
            "127.0.0.1",
        ] {
            assert!(!is_on_this_machine(base), "{base}");
        }
    }
}
