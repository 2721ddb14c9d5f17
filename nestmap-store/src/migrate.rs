//! Brings a database's schema up to this release, one migration after the other, each whole or not
//! at all.
//!
//! A migration is a file of statements with a line `--;` between them; each is sent by itself,
//! because Citus takes no more than one change of the schema at a time. What was applied stands in
//! the table `_sqlx_migrations`, in the form that other tools around sqlx read. A migration that
//! was released is never changed: its digest is compared every time.

#[cfg(feature = "postgres")]
pub(crate) mod postgres;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

use sha2::{Digest, Sha384};

use crate::error::OpenError;

/// Stands in a line of its own between two statements.
const SEPARATOR: &str = "\n--;\n";

/// One step of the schema.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Migration {
    pub(crate) version: i64,
    pub(crate) description: &'static str,
    pub(crate) sql: &'static str,
}

/// A migration that a database has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    pub(crate) version: i64,
    pub(crate) checksum: Vec<u8>,
}

/// What a migration run did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Migrated {
    /// The versions that were applied, in order; empty when nothing was missing.
    pub applied: Vec<i64>,
    /// The version the database is at now.
    pub version: i64,
}

/// Lists the migrations of one database. Their numbers and names are those of the other.
macro_rules! migrations {
    ($folder:literal) => {
        $crate::migrate::migrations! { @each $folder,
            1 "foundation" "0001_foundation.sql",
            2 "people" "0002_people.sql",
            3 "policies_and_searches" "0003_policies_and_searches.sql",
            4 "trips" "0004_trips.sql",
            5 "orders" "0005_orders.sql",
            6 "log" "0006_log.sql",
            7 "policy_states" "0007_policy_states.sql",
            8 "sessions" "0008_sessions.sql",
        }
    };
    (@each $folder:literal, $($version:literal $name:literal $file:literal,)*) => {
        &[$($crate::migrate::Migration {
            version: $version,
            description: $name,
            sql: include_str!(concat!("../../migrations/", $folder, "/", $file)),
        }),*]
    };
}

pub(crate) use migrations;

impl Migration {
    /// The statements, in order.
    pub(crate) fn statements(&self) -> impl Iterator<Item = &'static str> + use<> {
        self.sql.split(SEPARATOR).map(str::trim)
    }

    pub(crate) fn checksum(&self) -> Vec<u8> {
        Sha384::digest(self.sql.as_bytes()).to_vec()
    }
}

/// Of `all`, what a database with `applied` lacks. Refuses a database that is newer, or that has
/// something else under one of our numbers.
pub(crate) fn missing<'a>(
    all: &'a [Migration],
    applied: &[Applied],
) -> Result<&'a [Migration], OpenError> {
    let expected = all.last().map_or(0, |migration| migration.version);
    let found = applied.last().map_or(0, |applied| applied.version);
    if found > expected {
        return Err(OpenError::Newer { found, expected });
    }
    for (migration, applied) in all.iter().zip(applied) {
        let same = migration.version == applied.version && migration.checksum() == applied.checksum;
        if !same {
            return Err(OpenError::ChecksumChanged { version: applied.version });
        }
    }
    // INVARIANT: the database isn't newer, so it has at most as many as there are.
    Ok(&all[applied.len().min(all.len())..])
}

/// Refuses a database that lacks something this release needs. A newer one is fine: while servers
/// are replaced one by one, the old ones go on working with the new schema.
#[cfg(feature = "postgres")]
pub(crate) fn check_serves(applied: &[Applied]) -> Result<(), OpenError> {
    let all = postgres::ALL;
    let expected = all.last().map_or(0, |migration| migration.version);
    let found = applied.last().map_or(0, |applied| applied.version);
    if found < expected {
        return Err(OpenError::NotMigrated { found, expected });
    }
    missing(all, &applied[..all.len().min(applied.len())]).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: &[Migration] = &[
        Migration { version: 1, description: "one", sql: "create table one (n bigint)" },
        Migration { version: 2, description: "two", sql: "select 1\n--;\nselect 2\n" },
    ];

    fn applied(migrations: &[Migration]) -> Vec<Applied> {
        let one = |m: &Migration| Applied { version: m.version, checksum: m.checksum() };
        migrations.iter().map(one).collect()
    }

    #[test]
    fn what_is_missing_is_the_rest() {
        let versions = |applied: &[Applied]| {
            let missing = missing(ALL, applied).unwrap();
            missing.iter().map(|migration| migration.version).collect::<Vec<_>>()
        };
        assert_eq!(versions(&[]), [1, 2]);
        assert_eq!(versions(&applied(&ALL[..1])), [2]);
        assert_eq!(versions(&applied(ALL)), Vec::<i64>::new());
    }

    #[test]
    fn a_newer_or_changed_database_is_refused() {
        let error = missing(&ALL[..1], &applied(ALL)).unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 2, expected: 1 }));
        let mut changed = applied(ALL);
        changed[0].checksum[0] ^= 1;
        let error = missing(ALL, &changed).unwrap_err();
        assert!(matches!(error, OpenError::ChecksumChanged { version: 1 }));
    }

    #[test]
    fn statements_are_separated_by_lines_of_their_own() {
        assert_eq!(ALL[1].statements().collect::<Vec<_>>(), ["select 1", "select 2"]);
    }

    #[cfg(all(feature = "postgres", feature = "sqlite"))]
    #[test]
    fn both_databases_have_the_same_numbers_and_names() {
        let names =
            |all: &[Migration]| all.iter().map(|m| (m.version, m.description)).collect::<Vec<_>>();
        assert_eq!(names(postgres::ALL), names(sqlite::ALL));
        assert!(postgres::ALL.iter().zip(1..).all(|(migration, n)| migration.version == n));
    }
}
