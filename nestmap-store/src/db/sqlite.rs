//! SQLite: one file, one process, one writer that commits in groups, and readers beside it.

mod file;
mod writer;

use std::path::Path;
use std::time::Duration;

use nestmap_core::port::store::StoreError;
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};
use sqlx::{ConnectOptions, query};
use tokio::sync::Mutex;

use super::{Arg, Row, Scope, arg};
use crate::commit::{Done, Job};
use crate::error::{DbError, OpenError};
use crate::migrate::{self, Migrated};
use file::FileLock;
use writer::Writer;

/// Connections that read.
const READERS_MAX: u32 = 4;

/// How many different statements a connection keeps prepared; there are fewer.
const STATEMENTS_MAX: usize = 256;

#[derive(Debug)]
pub(crate) struct Sqlite {
    writer: Writer,
    readers: SqlitePool,
    /// Held as long as the store is open.
    lock: Mutex<Option<FileLock>>,
}

impl Sqlite {
    /// Opens or creates a file, and brings it up to date.
    pub(crate) async fn open(path: &Path) -> Result<(Self, Migrated), OpenError> {
        let lock = FileLock::take(path)?;
        // Before anything that changes how the file is kept.
        file::check_application(options().filename(path)).await?;
        let options = options()
            .filename(path)
            // A commit that was answered survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .journal_mode(SqliteJournalMode::Wal);
        Self::start(options, Some(lock)).await
    }

    /// Brings a file up to date and closes it.
    pub(crate) async fn migrate(path: impl AsRef<Path>) -> Result<Migrated, OpenError> {
        let (sqlite, migrated) = Self::open(path.as_ref()).await?;
        sqlite.close().await;
        Ok(migrated)
    }

    /// A database that ends with the store.
    pub(crate) async fn in_memory() -> Result<Self, OpenError> {
        // Connections find each other by this name; it must be nobody else's in the process.
        static OPENED: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let n = OPENED.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let options = options()
            .vfs("memdb")
            .filename(format!("/nestmap-{n}"))
            .synchronous(SqliteSynchronous::Off)
            .journal_mode(SqliteJournalMode::Memory);
        Ok(Self::start(options, None).await?.0)
    }

    async fn start(
        options: SqliteConnectOptions,
        lock: Option<FileLock>,
    ) -> Result<(Self, Migrated), OpenError> {
        let mut connection = options.clone().connect().await.map_err(OpenError::unreachable)?;
        file::mark_application(&mut connection).await?;
        let migrated = migrate::sqlite::run(&mut connection, migrate::sqlite::ALL).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Ok((Self { writer: Writer::start(connection), readers, lock: Mutex::new(lock) }, migrated))
    }

    /// SQLite has no roles: only the statement says whose rows it reads.
    pub(super) async fn read(
        &self,
        _: Scope,
        statement: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, DbError> {
        let mut connection = self.readers.acquire().await?;
        rows(&mut connection, statement, args).await
    }

    pub(super) async fn write(&self, job: Job) -> Result<Done, StoreError> {
        self.writer.write(job).await
    }

    pub(super) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        self.lock.lock().await.take();
    }
}

fn options() -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .create_if_missing(true)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(STATEMENTS_MAX)
}

pub(super) async fn run(
    connection: &mut SqliteConnection,
    statement: &'static str,
    args: &[Arg<'_>],
) -> Result<u64, DbError> {
    Ok(arg::sqlite::bind(statement, args).execute(connection).await?.rows_affected())
}

pub(super) async fn rows(
    connection: &mut SqliteConnection,
    statement: &'static str,
    args: &[Arg<'_>],
) -> Result<Vec<Row>, DbError> {
    let rows = arg::sqlite::bind(statement, args).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::Sqlite).collect())
}

/// Runs a statement that takes and answers nothing.
async fn execute(
    connection: &mut SqliteConnection,
    statement: &'static str,
) -> Result<(), DbError> {
    query(statement).execute(connection).await?;
    Ok(())
}
