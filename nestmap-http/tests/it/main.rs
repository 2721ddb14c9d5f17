//! The server as its clients meet it: real connections, a store in memory, a supplier that follows
//! a script, and a clock that stands still.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod accounts;
mod bad_input;
mod client;
mod contract;
mod coverage;
mod edges;
mod health;
mod joining;
mod journey;
mod leaving;
mod process;
mod server;
mod webhooks;
