//! The store: how it is opened, brought up to date and closed.

#[cfg(feature = "sqlite")]
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use nestmap_core::port::store::{Commit, Store, StoreError};

use crate::commit::Job;
#[cfg(feature = "sqlite")]
use crate::db::sqlite::Sqlite;
use crate::db::{Db, Scope, statements};
use crate::error::OpenError;
use crate::migrate::Migrated;
#[cfg(feature = "postgres")]
use crate::{PostgresOptions, db::postgres::Postgres, migrate};

statements! {
    PING = "select 1 as answer";
}

/// Storage on SQLite or PostgreSQL.
///
/// It belongs to the tokio runtime it was opened in.
#[derive(Debug)]
pub struct SqlStore {
    pub(crate) db: Db,
}

impl SqlStore {
    /// Opens what the URL names.
    ///
    /// - `postgres://…` is a PostgreSQL database that has been migrated, and a login of the role
    ///   `nm_app`; see [`SqlStore::connect_postgres`].
    /// - `sqlite:path` is a file, which is created or brought up to date; see
    ///   [`SqlStore::open_sqlite`].
    /// - `sqlite::memory:` is a database that ends with the store.
    pub async fn connect(url: &str) -> Result<Self, OpenError> {
        match Target::of(url)? {
            #[cfg(feature = "postgres")]
            Target::Postgres => Self::connect_postgres(&PostgresOptions::new(url)).await,
            #[cfg(feature = "sqlite")]
            Target::SqliteFile(path) => Self::open_sqlite(path).await,
            #[cfg(feature = "sqlite")]
            Target::SqliteMemory => Self::in_memory().await,
        }
    }

    /// Applies the migrations that the database lacks; once is enough, again is harmless.
    ///
    /// On PostgreSQL the URL is that of the role that owns the tables, which is another than the
    /// one that serves.
    pub async fn migrate(url: &str) -> Result<Migrated, OpenError> {
        match Target::of(url)? {
            #[cfg(feature = "postgres")]
            Target::Postgres => migrate::postgres::run(url, migrate::postgres::ALL).await,
            #[cfg(feature = "sqlite")]
            Target::SqliteFile(path) => Sqlite::migrate(path).await,
            #[cfg(feature = "sqlite")]
            Target::SqliteMemory => Ok(Migrated::default()),
        }
    }

    /// Connects to PostgreSQL.
    ///
    /// Refuses a role that row-level security doesn't bind (a superuser, the owner of the tables,
    /// one that bypasses it), tables that aren't protected, and a schema older than this release.
    #[cfg(feature = "postgres")]
    pub async fn connect_postgres(options: &PostgresOptions) -> Result<Self, OpenError> {
        Ok(Self { db: Db::Postgres(Postgres::connect(options).await?) })
    }

    /// Opens a file, created where it doesn't exist and brought up to date where it is older.
    ///
    /// One store at a time can have it open, in this process and in any other.
    #[cfg(feature = "sqlite")]
    pub async fn open_sqlite(path: impl AsRef<Path>) -> Result<Self, OpenError> {
        let (sqlite, _) = Sqlite::open(path.as_ref()).await?;
        Ok(Self { db: Db::Sqlite(sqlite) })
    }

    /// Opens an SQLite database in memory that ends with the store.
    #[cfg(feature = "sqlite")]
    pub async fn in_memory() -> Result<Self, OpenError> {
        Ok(Self { db: Db::Sqlite(Sqlite::in_memory().await?) })
    }

    /// Finishes what is being written and lets go of every connection. Later calls are refused.
    pub async fn close(&self) {
        self.db.close().await;
    }
}

/// What a URL names.
enum Target {
    #[cfg(feature = "postgres")]
    Postgres,
    #[cfg(feature = "sqlite")]
    SqliteFile(PathBuf),
    #[cfg(feature = "sqlite")]
    SqliteMemory,
}

impl Target {
    fn of(url: &str) -> Result<Self, OpenError> {
        #[cfg(feature = "postgres")]
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(Self::Postgres);
        }
        #[cfg(feature = "sqlite")]
        if let Some(path) = url.strip_prefix("sqlite:") {
            let path = path.strip_prefix("//").unwrap_or(path);
            return match path {
                ":memory:" => Ok(Self::SqliteMemory),
                // Settings such as `?mode=rwc` aren't ours to choose.
                path if path.is_empty() || path.contains('?') => Err(OpenError::Url),
                path => Ok(Self::SqliteFile(path.into())),
            };
        }
        Err(OpenError::Url)
    }
}

#[async_trait]
impl Store for SqlStore {
    async fn commit(&self, mut commit: Commit) -> Result<(), StoreError> {
        commit.check()?;
        commit.sort_changes();
        self.db.write(Job::Commit(Box::new(commit))).await.map(|_| ())
    }

    async fn ping(&self) -> Result<(), StoreError> {
        let answer = self.db.read(Scope::Global, PING, &[]).await;
        answer.map(|_| ()).map_err(|error| error.about("organization"))
    }
}
