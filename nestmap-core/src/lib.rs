//! NestMap's pure core: trips, travel policy, approvals and orders as values and decisions.

pub mod digest;
pub mod error;
pub mod id;
pub mod money;
pub mod page;
pub mod place;
pub mod policy;
pub mod shopping;
pub mod time;

pub use error::{Code, Error, ErrorKind, Result};
