//! Suppliers for NestMap.
//!
//! | module | speaks to | fills |
//! |---|---|---|
//! | [`duffel`] | Duffel API v2 | flights: search, hold, order, pay, cancel, look up |
//! | `sandbox` | – | local suppliers on loopback, for tests and demos (feature `sandbox`) |
//! | [`http`] | – | what every adapter shares: transport, retries, rate budgets, signatures |
//!
//! Each adapter keeps the supplier's JSON in `wire` types of its own; the core never sees them.
//! With the features `…-base` an adapter comes without an HTTP client and the host brings one by
//! implementing [`http::Transport`].

#[cfg(feature = "duffel-base")]
pub mod duffel;
pub mod http;
#[cfg(feature = "sandbox")]
pub mod sandbox;
