//! The narrow waist: the few shapes in which SQL and rows pass, over both drivers.
//!
//! Everything above it is written once. A statement is text with `$1…$n`; an argument and a row are
//! values of ours; a transaction is one of two. What differs between the databases stands in a
//! [`Statement`] with two texts, and in the two modules below.

mod arg;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
mod row;
#[cfg(feature = "sqlite")]
pub(crate) mod sqlite;

pub(crate) use arg::Arg;
pub(crate) use row::Row;

use nestmap_core::id::{IdentityId, OrganizationId};
use nestmap_core::page::{Page, PageRequest};
use nestmap_core::port::store::reads::{Found, Listed};
use nestmap_core::port::store::{StoreError, Stored};
use serde::de::DeserializeOwned;
use uuid::Uuid;

use crate::commit::{Done, Job};
use crate::error::DbError;

/// SQL, once for both databases or once for each.
#[derive(Clone, Copy, Debug)]
#[cfg_attr(
    not(all(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "one of the databases is left out")
)]
pub(crate) struct Statement {
    pub(crate) postgres: &'static str,
    pub(crate) sqlite: &'static str,
}

/// Names SQL statements and lists them, so that tests can look at all of them.
///
/// A statement is `locking` when it reads a row in order to hold it until the commit. PostgreSQL
/// locks it then, as strongly as an update does and without standing in the way of foreign keys;
/// SQLite has one writer and needs no locks.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $sql:literal $($how:ident $(: $postgres:literal)?)?;)*) => {
        $($(#[$doc])* pub(crate) const $name: $crate::db::Statement =
            $crate::db::statements!(@one $sql $($how $(: $postgres)?)?);)*

        /// Every statement of this module by name.
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, $crate::db::Statement)] =
            &[$((stringify!($name), $name)),*];
    };
    (@one $sql:literal) => { $crate::db::Statement { postgres: $sql, sqlite: $sql } };
    (@one $sql:literal locking) => {
        $crate::db::Statement { postgres: concat!($sql, " for no key update"), sqlite: $sql }
    };
    (@one $sql:literal postgres: $postgres:literal) => {
        $crate::db::Statement { postgres: $postgres, sqlite: $sql }
    };
}

pub(crate) use statements;

/// One of the databases.
#[derive(Debug)]
pub(crate) enum Db {
    #[cfg(feature = "postgres")]
    Postgres(postgres::Postgres),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Sqlite),
}

/// Whose rows a read may see.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scope {
    /// One organization's.
    Organization(
        #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has no roles"))]
        OrganizationId,
    ),
    /// Those that belong to no organization: logins.
    Global,
    /// Where one login belongs, across organizations, and nothing else of any.
    Identity(
        #[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "SQLite has no roles"))]
        IdentityId,
    ),
    /// Which organizations have work, and nothing else of any.
    Discovery,
}

/// An open transaction in which one organization writes.
pub(crate) enum Tx<'c> {
    #[cfg(feature = "postgres")]
    Postgres(&'c mut sqlx::PgConnection),
    #[cfg(feature = "sqlite")]
    Sqlite(&'c mut sqlx::SqliteConnection),
}

impl Tx<'_> {
    /// Runs a statement; how many rows it touched.
    pub(crate) async fn run(
        &mut self,
        statement: Statement,
        args: &[Arg<'_>],
    ) -> Result<u64, DbError> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => postgres::run(connection, statement.postgres, args).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => sqlite::run(connection, statement.sqlite, args).await,
        }
    }

    /// Runs a statement that answers with rows.
    pub(crate) async fn rows(
        &mut self,
        statement: Statement,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, DbError> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => {
                postgres::rows(connection, statement.postgres, args).await
            }
            #[cfg(feature = "sqlite")]
            Self::Sqlite(connection) => sqlite::rows(connection, statement.sqlite, args).await,
        }
    }

    /// The version in the first column of the first row, if there is one.
    pub(crate) async fn version(
        &mut self,
        statement: Statement,
        args: &[Arg<'_>],
    ) -> Result<Option<i64>, DbError> {
        self.rows(statement, args).await?.first().map(|row| row.int(0)).transpose()
    }
}

impl Db {
    /// Reads rows; nothing is locked.
    pub(crate) async fn read(
        &self,
        scope: Scope,
        statement: Statement,
        args: &[Arg<'_>],
    ) -> Result<Vec<Row>, DbError> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(db) => db.read(scope, statement.postgres, args).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(db) => db.read(scope, statement.sqlite, args).await,
        }
    }

    /// Does a job in one transaction, all of it or nothing.
    pub(crate) async fn write(&self, job: Job) -> Result<Done, StoreError> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(db) => db.write(job).await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(db) => db.write(job).await,
        }
    }

    /// The thing in the only row, its document in the first column and its version in the second.
    pub(crate) async fn one<T: DeserializeOwned>(
        &self,
        scope: Scope,
        kind: &'static str,
        statement: Statement,
        args: &[Arg<'_>],
    ) -> Found<T> {
        let rows = self.read(scope, statement, args).await.map_err(|error| error.about(kind))?;
        rows.first().map(|row| stored(row, kind)).transpose()
    }

    /// The thing in every row, as in [`Db::one`].
    pub(crate) async fn many<T: DeserializeOwned>(
        &self,
        organization: OrganizationId,
        kind: &'static str,
        statement: Statement,
        args: &[Arg<'_>],
    ) -> Result<Vec<Stored<T>>, StoreError> {
        let rows = self.read(Scope::Organization(organization), statement, args).await;
        rows.map_err(|error| error.about(kind))?.iter().map(|row| stored(row, kind)).collect()
    }

    /// A page of things. `args` are those of the statement but the last two, which are the id to
    /// go on before and the number of rows.
    pub(crate) async fn page<T: DeserializeOwned, C: Copy>(
        &self,
        list: List<'_, C>,
        kind: &'static str,
        key: impl Fn(&T) -> C,
    ) -> Listed<T, C> {
        let List { organization, statement, args, request, uuid } = list;
        let mut args = args.to_vec();
        // No id is as large as the largest UUID.
        args.push(Arg::Id(request.after.map_or(Uuid::max(), uuid)));
        args.push(Arg::Int(request.limit.saturating_add(1)));
        let items = self.many(organization, kind, statement, &args).await?;
        Ok(Page::cut(items, request.limit, |stored| key(&stored.value)))
    }

    /// Lets go of every connection.
    pub(crate) async fn close(&self) {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(db) => db.close().await,
            #[cfg(feature = "sqlite")]
            Self::Sqlite(db) => db.close().await,
        }
    }
}

/// A list that is read page by page.
pub(crate) struct List<'a, C> {
    pub(crate) organization: OrganizationId,
    pub(crate) statement: Statement,
    pub(crate) args: &'a [Arg<'a>],
    pub(crate) request: PageRequest<C>,
    pub(crate) uuid: fn(C) -> Uuid,
}

fn stored<T: DeserializeOwned>(row: &Row, kind: &'static str) -> Result<Stored<T>, StoreError> {
    let read = || Ok(Stored { value: row.document(0)?, version: row.int(1)? });
    read().map_err(|error: DbError| error.about(kind))
}
