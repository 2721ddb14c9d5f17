//! The commands as somebody at a terminal runs them.

#![expect(clippy::unwrap_used, reason = "helpers of tests fail the test")]

mod demo;
mod nestmap;
mod organization;
mod policy_assess;
