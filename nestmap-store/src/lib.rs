//! Storage for NestMap: one body of SQL over SQLite and PostgreSQL.
//!
//! [`SqlStore`] implements [`nestmap_core::port::Store`]. On a laptop, at the edge or inside
//! another program it is a file:
//!
//! ```
//! # #[cfg(feature = "sqlite")]
//! # async fn open(folder: &std::path::Path) -> Result<(), nestmap_store::OpenError> {
//! let store = nestmap_store::SqlStore::open_sqlite(folder.join("nestmap.db")).await?;
//! # store.close().await;
//! # Ok(())
//! # }
//! ```
//!
//! On a server it is PostgreSQL 15 or newer. Migrations run as the owner of the tables, and the
//! server connects as another role, `nm_app`, which row-level security binds:
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # async fn open() -> Result<(), nestmap_store::OpenError> {
//! nestmap_store::SqlStore::migrate("postgres://nm_owner@localhost/nestmap").await?;
//! let store = nestmap_store::SqlStore::connect("postgres://nm_app@localhost/nestmap").await?;
//! # Ok(())
//! # }
//! ```
//!
//! How it is built: `db` is the narrow waist over the two drivers; `commit` applies a commit in one
//! transaction; each other module has the SQL of one kind of thing, written once; `migrate` and the
//! folder `migrations` make the tables.

#[cfg(not(any(feature = "postgres", feature = "sqlite")))]
compile_error!("choose at least one of the features `postgres` and `sqlite`");

mod store;

mod approvals;
mod audit;
mod commit;
mod identities;
mod ledger;
mod offer_sets;
mod orders;
mod organizations;
mod outbox;
mod people;
mod policies;
mod replies;
mod trips;
mod work;

mod db;
mod dialect;
mod error;
mod migrate;
#[cfg(test)]
mod statements;

#[cfg(feature = "postgres")]
pub use db::postgres::PostgresOptions;
pub use error::OpenError;
pub use migrate::Migrated;
pub use store::SqlStore;
