//! Local suppliers: stateful servers on loopback that speak the suppliers' wire protocols.
//!
//! Nothing here is a supplier. Every answer carries an `x-sandbox` header and `live_mode: false`.

mod clock;

pub use clock::SandboxClock;
