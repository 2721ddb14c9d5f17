//! Tests across the crates: the main job from end to end, and what must never happen on the way.

mod bad_input;
mod concurrency;
mod crash;
mod delivery;
mod detours;
mod front;
mod house;
mod journey;
mod stage;
mod tenancy;
