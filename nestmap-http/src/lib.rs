//! NestMap over HTTP.
//!
//! [`router`] is the whole API for an axum app of your own; [`App`] adds the worker that does what
//! falls due. The `nestmap` command serves both with a database and a supplier by environment
//! variables, see [`Config`].

pub mod app;
pub mod auth;
pub mod client;
pub mod config;
pub mod observe;
pub mod openapi;
pub mod problem;
pub mod secret;
pub mod serve;
pub mod system;
pub mod worker;

mod answer;
mod extract;
mod guard;
mod health;
mod hints;
mod limit;
mod page;
mod recent;
mod route;
mod slots;

pub use app::{App, router};
pub use config::{Config, ConfigError};
pub use secret::Secret;
pub use worker::Worker;
