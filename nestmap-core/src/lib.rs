// The README's example needs the feature `testing`; without it, it is shown and not compiled.
#![cfg_attr(any(feature = "testing", not(doctest)), doc = include_str!("../README.md"))]

// The modules stand in reading order, not in that of the alphabet.
#![cfg_attr(rustfmt, rustfmt_skip)]

pub mod error;

pub mod id;
pub mod money;
pub mod time;
pub mod place;
pub mod digest;
pub mod page;

pub mod organization;
pub mod people;
pub mod access;

pub mod policy;

pub mod shopping;
pub mod trip;
pub mod approval;
pub mod order;
pub mod ledger;

pub mod event;
pub mod audit;

pub mod port;
pub mod flow;
pub mod nestmap;
pub mod memory;
#[cfg(any(test, feature = "testing"))]
pub mod testing;

pub use error::{Code, Error, ErrorKind, Result};
pub use flow::Call;
pub use money::{Currency, Money};
pub use nestmap::NestMap;
