//! The store on real databases: the suite every store passes, races, the schema, and what
//! PostgreSQL refuses.
//!
//! Cases on PostgreSQL run where `NESTMAP_TEST_POSTGRES` (the owner's URL) and
//! `NESTMAP_TEST_POSTGRES_APP` (the server's) are set, as `scripts/with-postgres.sh` sets them.
//! Elsewhere they are left out and counted; with `NESTMAP_REQUIRE_POSTGRES=1` that is a failure.

mod support;

mod suite;
