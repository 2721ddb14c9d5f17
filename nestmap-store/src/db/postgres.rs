//! PostgreSQL: a pool whose every transaction names its organization, and refuses to be unsafe.

mod safety;

use std::time::Duration;

use nestmap_core::port::store::StoreError;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Transaction};

use super::{Arg, Row, Scope, Tx, arg};
use crate::commit::{Done, Job};
use crate::error::{DbError, OpenError};

/// How many different statements a connection keeps prepared; there are fewer.
const STATEMENTS_MAX: usize = 256;

/// How to reach PostgreSQL.
#[derive(Clone)]
pub struct PostgresOptions {
    /// Where it is, and the role `nm_app` or a member of it to log in as.
    pub url: String,
    /// Connections at most; four for each core of the database's machine are plenty.
    pub connections_max: u32,
    /// How long a call waits for a free connection.
    pub acquire_seconds_max: u64,
}

impl PostgresOptions {
    /// Sixteen connections, two seconds.
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), connections_max: 16, acquire_seconds_max: 2 }
    }
}

impl std::fmt::Debug for PostgresOptions {
    /// Without the URL, which may hold a password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("connections_max", &self.connections_max)
            .field("acquire_seconds_max", &self.acquire_seconds_max)
            .finish_non_exhaustive()
    }
}

#[derive(Debug)]
pub(crate) struct Postgres {
    pool: PgPool,
}

/// Reads a URL; the error doesn't repeat it.
pub(crate) fn connect_options(url: &str) -> Result<PgConnectOptions, OpenError> {
    let options: PgConnectOptions = url.parse().map_err(|_| OpenError::Url)?;
    Ok(options.application_name("nestmap").statement_cache_capacity(STATEMENTS_MAX))
}

impl Postgres {
    /// Connects and checks role, protection and schema version.
    pub(crate) async fn connect(options: &PostgresOptions) -> Result<Self, OpenError> {
        let pool = PgPoolOptions::new()
            .max_connections(options.connections_max)
            .acquire_timeout(Duration::from_secs(options.acquire_seconds_max))
            // Every use of a connection begins with a round trip that would find it broken.
            .test_before_acquire(false)
            .connect_with(connect_options(&options.url)?)
            .await
            .map_err(OpenError::unreachable)?;
        let mut connection = pool.acquire().await.map_err(OpenError::unreachable)?;
        safety::check(&mut connection).await?;
        Ok(Self { pool })
    }

    /// Reads in a transaction that sees only the scope. There is nothing to commit: it is rolled
    /// back while the connection returns to the pool.
    pub(super) async fn read(
        &self,
        scope: Scope,
        statement: &'static str,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, DbError> {
        let mut transaction = self.begin(scope, " read only").await?;
        rows(&mut transaction, statement, args).await
    }

    pub(super) async fn write(&self, job: Job) -> Result<Done, StoreError> {
        let kind = "organization";
        let scope = Scope::Organization(job.organization());
        let mut transaction = self.begin(scope, "").await.map_err(|error| error.about(kind))?;
        match job.run(&mut Tx::Postgres(&mut transaction)).await {
            Ok(done) => {
                transaction.commit().await.map_err(|error| DbError::from(error).about(kind))?;
                Ok(done)
            }
            Err(error) => {
                // If this fails too, the connection is closed and the server rolls back.
                drop(transaction.rollback().await);
                Err(error)
            }
        }
    }

    /// Begins, names the scope and sets the limits, all in one round trip.
    ///
    /// The scope is literal text because it must arrive together with `begin`; the ids in it are
    /// UUIDs, so it can't say anything else. `set local` ends with the transaction and is
    /// the only way that also reaches the nodes of a Citus cluster, where the first setting turns
    /// that on; elsewhere it means nothing.
    async fn begin(
        &self,
        scope: Scope,
        mode: &'static str,
    ) -> Result<Transaction<'static, sqlx::Postgres>, DbError> {
        let scope = match scope {
            Scope::Organization(id) => format!("set local nm.org = '{}'", id.uuid()),
            Scope::Global => "set local nm.org = ''".to_owned(),
            Scope::Identity(id) => format!("set local nm.identity = '{}'", id.uuid()),
            Scope::Discovery => "set local role nm_worker".to_owned(),
        };
        let begin = format!(
            "begin isolation level read committed{mode}; \
             set local citus.propagate_set_commands = 'local'; {scope}; \
             set local statement_timeout = '5s'; set local lock_timeout = '2s'; \
             set local idle_in_transaction_session_timeout = '15s'"
        );
        Ok(self.pool.begin_with(AssertSqlSafe(begin)).await?)
    }

    pub(super) async fn close(&self) {
        self.pool.close().await;
    }
}

pub(super) async fn run(
    connection: &mut PgConnection,
    statement: &'static str,
    args: &[Arg<'_>],
) -> Result<u64, DbError> {
    Ok(arg::postgres::bind(statement, args).execute(connection).await?.rows_affected())
}

pub(super) async fn rows(
    connection: &mut PgConnection,
    statement: &'static str,
    args: &[Arg<'_>],
) -> Result<Vec<Row>, DbError> {
    let rows = arg::postgres::bind(statement, args).fetch_all(connection).await?;
    Ok(rows.into_iter().map(Row::Postgres).collect())
}
