//! The commands as somebody at a terminal runs them.

mod demo;
mod nestmap;
mod policy_assess;
