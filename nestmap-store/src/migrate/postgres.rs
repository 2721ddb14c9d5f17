//! Migrations on PostgreSQL, run as the owner of the tables.

use std::time::Instant;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row as _, query, raw_sql};

use super::{Applied, Migrated, Migration, migrations, missing};
use crate::db::postgres::connect_options;
use crate::error::OpenError;

pub(crate) const ALL: &[Migration] = migrations!("postgres");

/// Whoever holds it migrates; any number will do that nobody else uses.
const LOCK: i64 = 0x4e65_7374_4d61_7001;

const TABLE: &str = "create table if not exists _sqlx_migrations (
    version bigint primary key,
    description text not null,
    installed_on timestamptz not null default now(),
    success boolean not null,
    checksum bytea not null,
    execution_time bigint not null
)";

/// Connects as the owner and applies what is missing.
pub(crate) async fn run(url: &str, all: &[Migration]) -> Result<Migrated, OpenError> {
    let mut connection =
        PgConnection::connect_with(&connect_options(url)?).await.map_err(OpenError::unreachable)?;
    let result = apply(&mut connection, all).await;
    // Closed or not, the server sees that we are gone.
    drop(connection.close().await);
    result
}

async fn apply(connection: &mut PgConnection, all: &[Migration]) -> Result<Migrated, OpenError> {
    let mut migrated = Migrated::default();
    // Each turn takes the lock anew and looks again: another process may have been faster.
    while let Some(version) = apply_next(connection, all).await? {
        migrated.applied.push(version);
    }
    migrated.version = all.last().map_or(0, |migration| migration.version);
    Ok(migrated)
}

/// Applies the first missing migration in a transaction; none when there is none.
async fn apply_next(
    connection: &mut PgConnection,
    all: &[Migration],
) -> Result<Option<i64>, OpenError> {
    let mut transaction = connection.begin().await.map_err(OpenError::unreachable)?;
    query("select pg_advisory_xact_lock($1)")
        .bind(LOCK)
        .execute(&mut *transaction)
        .await
        .map_err(OpenError::unreachable)?;
    raw_sql(TABLE).execute(&mut *transaction).await.map_err(OpenError::unreachable)?;
    let applied = applied(&mut transaction).await.map_err(OpenError::unreachable)?;
    let Some(migration) = missing(all, &applied)?.first() else { return Ok(None) };
    let failed = |error: sqlx::Error| OpenError::MigrationFailed {
        version: migration.version,
        message: error.to_string(),
    };
    execute(&mut transaction, migration).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Some(migration.version))
}

async fn execute(connection: &mut PgConnection, migration: &Migration) -> Result<(), sqlx::Error> {
    let started = Instant::now();
    // Tables of a Citus cluster are changed one node after the other; elsewhere it means nothing.
    let sequential = "set local citus.multi_shard_modify_mode = 'sequential'";
    for statement in [sequential].into_iter().chain(migration.statements()) {
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

/// The migrations the database has, oldest first; none where it has no table of them.
pub(crate) async fn applied(connection: &mut PgConnection) -> Result<Vec<Applied>, sqlx::Error> {
    let exists = "select to_regclass('_sqlx_migrations') is not null";
    if !query(exists).fetch_one(&mut *connection).await?.try_get(0)? {
        return Ok(Vec::new());
    }
    let rows =
        query("select version, checksum from _sqlx_migrations where success order by version")
            .fetch_all(connection)
            .await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(Applied { version: row.try_get(0)?, checksum: row.try_get(1)? })
    };
    rows.iter().map(read).collect()
}
