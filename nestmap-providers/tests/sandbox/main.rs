//! The Duffel sandbox over real HTTP on the loopback.

#![expect(clippy::print_stdout, reason = "a test says what it had to leave out")]

mod bad_input;
mod booking;
mod changing;
mod client;
mod control;
mod durability;
mod faults;
mod magic;
mod peers;
mod recorded;
mod reference;
mod shopping;
mod webhooks;
