//! Local suppliers: stateful servers on loopback that speak the suppliers' wire protocols.
//!
//! Nothing here is a supplier and nothing can be bought. Every answer has an `x-sandbox` header
//! and says `live_mode: false`, ids are invented, and a live token is refused.
//!
//! [`DuffelSandbox`] is a stand-in for Duffel's flight API, version 2:
//!
//! ```
//! use nestmap_providers::sandbox::{DuffelSandbox, Fault, FaultRule, SandboxConfig};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let sandbox = DuffelSandbox::start(SandboxConfig::default()).await?;
//! // The next order is made, but its answer gets lost:
//! sandbox.inject(FaultRule::next("POST", "/air/orders", Fault::DropAfter));
//! assert!(sandbox.base_url().starts_with("http://127.0.0.1:"));
//! assert_eq!(sandbox.inspect().orders.len(), 0);
//! sandbox.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! # What it has
//!
//! | part | what happens |
//! |---|---|
//! | schedule | between any two airports of the core's table, on any day up to 330 days ahead; hubs, alliances, reach and distances decide who flies; the same seed gives the same flights |
//! | offers | 15 to 30 minutes valid; one booking uses up its search; cabins, brands, bags, conditions (also unknown ones), holds with and without a fixed price |
//! | orders | instant and held; holds lapse; `available_actions` is recomputed on every look |
//! | money | one currency for the account; payments, refund quotes that live an hour, changes, airline credits |
//! | webhooks | signed, at least once, repeated with growing pauses for three days |
//! | test airline | `ZZ`, Duffel Airways, on every route |
//! | state file | optional; each answered change is on disk first |
//!
//! Time passes only on its [`SandboxClock`]. It never waits by itself; delays are injected.
//!
//! # Routes with a meaning
//!
//! Where the supplier's own test mode does something special, the sandbox does the same, so
//! that a test can run against either.
//!
//! | route | what happens |
//! |---|---|
//! | PVD→RAI | no offers |
//! | JFK→EWR | offers can only be held |
//! | LHR→DXB | every offer changes aircraft |
//! | DXB→AMS | every flight lands once on the way |
//! | BTS→MRU | no bags |
//! | BTS→ABV | no services |
//! | STN→LHR | the search answers 504 |
//! | LGW→LHR | offers are gone when read again |
//! | LHR→STN | the price rises by 10.00 with each read of an offer |
//! | LHR→LGW | the order fails with 502 `airline_unknown`; none is left |
//! | LGW→STN | 422 `insufficient_balance` |
//! | LTN→STN | order and payment answer 200, the details follow after 30 seconds |
//! | SEN→STN | the order answers 202 and exists 5 seconds later |
//! | LCY→STN | the order answers 202 and fails after 30 seconds |
//! | LHR→LTN | each look at the airline's changes finds one more |
//! | LTN→SYD | refunds are paid in airline credits |
//! | BQH→LCY | payments with airline credits are decided after 30 seconds; the codes 1000000000002 and 2000000000002 fail and cancel |
//!
//! # Control
//!
//! Programs in other languages use the paths below `/_sandbox`, with plain JSON bodies:
//!
//! | call | body or answer |
//! |---|---|
//! | `GET /_sandbox` | clock, seed, currency |
//! | `POST /_sandbox/clock` | `{"now": "2026-03-01T12:00:00Z"}` or `{"advance_seconds": 3600}` |
//! | `POST /_sandbox/faults` | a [`FaultRule`], or `{"faults": [rules]}`; `GET` lists, `DELETE` clears |
//! | `GET /_sandbox/orders` | [`Inspection`] |
//! | `GET /_sandbox/calls` | [`CallRecord`]s |
//! | `POST /_sandbox/orders/{id}/airline_initiated_changes` | the airline moves a flight |
//! | `POST /_sandbox/webhooks` | [`DeliveryMode`] |
//! | `POST /_sandbox/flush` | sends what is due; answers [`Flushed`] |
//!
//! # What it leaves out
//!
//! Stays and cars answer 403 in plain text, as for an account without them. Cards, 3-D Secure
//! sessions, customer users, partial offer requests, split tickets, private fares and services
//! after booking don't exist here.

mod clock;
mod dice;
mod duffel;
mod faults;
mod journal;
mod server;
mod table;

pub use clock::SandboxClock;
pub use duffel::{
    CallRecord, DeliveryMode, DuffelSandbox, Flushed, Inspection, OfferCounts, OrderState,
    RateLimits, SandboxConfig, StartError, SupplierOrder, SupplierPayment,
};
pub use faults::{Fault, FaultRule};
