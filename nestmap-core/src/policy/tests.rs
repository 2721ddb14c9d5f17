//! Tests of the policy engine as a whole.

mod boundaries;
mod documents;
mod examples;
mod golden;
mod laws;
mod random;
mod reference;
mod sample;
