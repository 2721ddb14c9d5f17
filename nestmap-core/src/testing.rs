//! For tests of adapters and apps: suites that every adapter passes, suppliers that follow a
//! script, a clock that stands still, and fixtures.

pub mod clock;
pub mod fixture;
pub mod scripted;

pub use clock::{CountedEntropy, FixedClock};
pub use scripted::{Fault, ScriptedFlights};
