//! Migrations on SQLite, run when the file is opened.

use std::time::Instant;

use sqlx::sqlite::SqliteConnection;
use sqlx::{Row as _, query, raw_sql};

use super::{Applied, Migrated, Migration, migrations, missing};
use crate::error::OpenError;

pub(crate) const ALL: &[Migration] = migrations!("sqlite");

const TABLE: &str = "create table if not exists _sqlx_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamp not null default current_timestamp,
    success boolean not null,
    checksum blob not null,
    execution_time bigint not null
)";

/// Applies what is missing.
pub(crate) async fn run(
    connection: &mut SqliteConnection,
    all: &[Migration],
) -> Result<Migrated, OpenError> {
    raw_sql(TABLE).execute(&mut *connection).await.map_err(OpenError::unreachable)?;
    let applied = applied(connection).await.map_err(OpenError::unreachable)?;
    let mut migrated = Migrated::default();
    for migration in missing(all, &applied)? {
        apply(connection, migration).await?;
        migrated.applied.push(migration.version);
    }
    migrated.version = all.last().map_or(0, |migration| migration.version);
    Ok(migrated)
}

async fn apply(connection: &mut SqliteConnection, migration: &Migration) -> Result<(), OpenError> {
    let failed = |error: sqlx::Error| OpenError::MigrationFailed {
        version: migration.version,
        message: error.to_string(),
    };
    query("begin immediate").execute(&mut *connection).await.map_err(failed)?;
    let applied = execute(connection, migration).await;
    let end = if applied.is_ok() { "commit" } else { "rollback" };
    let ended = query(end).execute(connection).await.map(|_| ());
    applied.and(ended).map_err(failed)
}

async fn execute(
    connection: &mut SqliteConnection,
    migration: &Migration,
) -> Result<(), sqlx::Error> {
    let started = Instant::now();
    for statement in migration.statements() {
        raw_sql(statement).execute(&mut *connection).await?;
    }
    let record = "insert into _sqlx_migrations \
        (version, description, success, checksum, execution_time) values ($1, $2, true, $3, $4)";
    query(record)
        .bind(migration.version)
        .bind(migration.description)
        .bind(migration.checksum())
        .bind(i64::try_from(started.elapsed().as_nanos()).unwrap_or(i64::MAX))
        .execute(connection)
        .await?;
    Ok(())
}

/// The migrations the database has, oldest first.
async fn applied(connection: &mut SqliteConnection) -> Result<Vec<Applied>, sqlx::Error> {
    let rows =
        query("select version, checksum from _sqlx_migrations where success order by version")
            .fetch_all(connection)
            .await?;
    let read = |row: &sqlx::sqlite::SqliteRow| {
        Ok(Applied { version: row.try_get(0)?, checksum: row.try_get(1)? })
    };
    rows.iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection;

    async fn memory() -> SqliteConnection {
        SqliteConnection::connect("sqlite::memory:").await.unwrap()
    }

    async fn tables(connection: &mut SqliteConnection) -> Vec<String> {
        let names = "select name from sqlite_schema where type = 'table' order by name";
        let rows = query(names).fetch_all(connection).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    const FIRST: Migration =
        Migration { version: 1, description: "first", sql: "create table one (n integer) strict" };

    #[tokio::test]
    async fn a_migration_that_fails_leaves_nothing() {
        const BROKEN: Migration = Migration {
            version: 2,
            description: "broken",
            sql: "create table two (n integer) strict\n--;\ninsert into three values (1)",
        };
        let mut connection = memory().await;
        let error = run(&mut connection, &[FIRST, BROKEN]).await.unwrap_err();
        assert!(matches!(error, OpenError::MigrationFailed { version: 2, .. }), "{error:?}");
        assert_eq!(tables(&mut connection).await, ["_sqlx_migrations", "one"]);
        // Mended, it is applied.
        const MENDED: Migration =
            Migration { version: 2, description: "mended", sql: "create table two (n integer)" };
        let migrated = run(&mut connection, &[FIRST, MENDED]).await.unwrap();
        assert_eq!((migrated.applied, migrated.version), (vec![2], 2));
    }

    /// A policy that was published before there was a column for it still holds.
    #[tokio::test]
    async fn policies_of_an_older_database_have_their_state() {
        let before = ALL.iter().position(|m| m.description == "policy_states").unwrap();
        let mut connection = memory().await;
        run(&mut connection, &ALL[..before]).await.unwrap();
        let insert = r#"insert into organizations values (x'00', 1, '{}');
            insert into policies values (x'00', x'01', 1, '{"state":{"state":"draft"}}');
            insert into policies values (x'00', x'02', 2, '{"state":{"state":"published","at":0}}');
            insert into policies values (x'00', x'03', 3, '{"state":{"state":"retired"}}')"#;
        raw_sql(insert).execute(&mut connection).await.unwrap();
        run(&mut connection, ALL).await.unwrap();
        let rows = query("select state from policies order by policy_id");
        let rows = rows.fetch_all(&mut connection).await.unwrap();
        let states: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        assert_eq!(states, ["draft", "published", "retired"]);
    }

    /// Each release in turn opens what the one before it left, with something in it.
    #[tokio::test]
    async fn an_older_database_is_brought_up_to_date() {
        for release in 1..=ALL.len() {
            let mut connection = memory().await;
            run(&mut connection, &ALL[..release]).await.unwrap();
            let sign_up = "insert into organizations values (x'00', 1, '{}')";
            query(sign_up).execute(&mut connection).await.unwrap();
            let migrated = run(&mut connection, ALL).await.unwrap();
            assert_eq!(migrated.applied.len(), ALL.len() - release);
            let kept = query("select document from organizations").fetch_all(&mut connection).await;
            assert_eq!(kept.unwrap().len(), 1);
            let mut fresh = memory().await;
            run(&mut fresh, ALL).await.unwrap();
            assert_eq!(tables(&mut connection).await, tables(&mut fresh).await);
        }
    }
}
