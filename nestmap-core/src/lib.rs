//! NestMap's pure core: trips, travel policy, approvals and orders as values and decisions.

pub mod error;
pub mod id;
pub mod money;
pub mod time;
pub mod place;
pub mod digest;
pub mod page;
pub mod shopping;

pub use error::{Code, Error, ErrorKind, Result};
