//! For tests of adapters and apps: suites that every adapter passes, suppliers that follow a
//! script, a clock that stands still, and fixtures.

pub mod clock;
pub mod fixture;
pub mod flights_suite;
pub mod interrupted;
pub mod scripted;
pub mod store_suite;

pub use clock::{CountedEntropy, FixedClock};
pub use interrupted::{InterruptedStore, Interruption};
pub use scripted::{Fault, ScriptedFlights};

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Runs a future over adapters that never wait, without a runtime. None when it stands still, as
/// the caller of [`ScriptedFlights`] does that "died"; it is dropped then.
pub fn run_until_stuck<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
