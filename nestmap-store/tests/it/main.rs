//! The store on real databases: the suite every store passes, races between tasks, the schema, what
//! PostgreSQL refuses, SQLite's file, and the form of what is stored.
//!
//! Cases on PostgreSQL run where `NESTMAP_TEST_POSTGRES` (the owner's URL) and
//! `NESTMAP_TEST_POSTGRES_APP` (the server's) are set, as `scripts/with-postgres.sh` sets them.
//! Elsewhere they are left out and counted; with `NESTMAP_REQUIRE_POSTGRES=1` that is a failure.

#![expect(clippy::unwrap_used, reason = "a test's expectation that fails is a panic")]
#![expect(clippy::print_stdout, reason = "what was left out is told to whoever runs the tests")]

mod support;

mod suite;

mod files;
mod golden;
mod migrations;
mod races;
mod schema;
mod security;
