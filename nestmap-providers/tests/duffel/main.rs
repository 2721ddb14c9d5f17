//! The Duffel adapter against bodies of our own writing, recorded bodies, and a scripted transport.
//!
//! Recorded answers of the real API are read from the folder `NESTMAP_RECORDED` names (with a
//! sub-folder `duffel` and its `index.json`). They aren't part of this repository; without them the
//! tests say how many cases they left out and rely on `bodies/`.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "helpers of tests fail the test")]

mod calls;
mod client;
#[cfg(feature = "sandbox")]
mod conformance;
mod convert;
mod errors;
mod facts;
mod json;
mod provider;
mod recorded;
#[cfg(feature = "sandbox")]
mod sandbox;
mod signature;
#[cfg(feature = "sandbox")]
mod stage;
mod transport;
mod webhook;
mod wire;
