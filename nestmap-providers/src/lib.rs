//! Placeholder while the house is built.

#[cfg(feature = "sandbox")]
pub mod sandbox;
