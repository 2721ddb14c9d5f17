//! Duffel, API version 2: flights of several hundred airlines.
//!
//! Three layers that can be read one by one. [`wire`] is Duffel's JSON as it really comes.
//! [`call`] and [`error`] say, without sending anything, how each request is built and what each
//! answer means. [`client`] sends: within the rate budget, again only where that is harmless.
//!
//! Duffel knows no idempotency key. A call that buys, pays or cancels is therefore sent once, and
//! every ending of it is one of: done, taken, refused with nothing done, not sent, or unknown.
//! Unknown is looked up later, by offer and by the reference that travels in the order's metadata.

pub mod call;
pub mod client;
pub mod error;
pub mod wire;
