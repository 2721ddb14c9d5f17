//! What an adapter promises: the store, suppliers, clock and entropy.

pub mod clock;
pub mod flights;
pub mod rates;
pub mod store;

pub use clock::{Clock, Entropy};
pub use flights::{CallOutcome, FlightProvider};
pub use store::{Commit, Store, StoreError, Stored, Version};
