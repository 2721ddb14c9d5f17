//! What goes wrong: when a store is opened, and inside.

use nestmap_core::error::{Code, Error};
use nestmap_core::port::store::StoreError;

/// Why a store wasn't opened or brought up to date.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The URL isn't one of ours. It isn't repeated here: it may hold a password.
    #[error("the database URL must begin with `postgres://` or `sqlite:` and be well-formed")]
    Url,
    /// The database can't be reached, or refused the login.
    #[error("the database can't be opened: {message}")]
    Unreachable {
        /// What was said, for the log.
        message: String,
    },
    /// The server is too old.
    #[error("PostgreSQL {found} is too old, 15 or newer is needed")]
    ServerTooOld {
        /// Its version.
        found: String,
    },
    /// The role could get around row-level security.
    #[error("the database role `{role}` is unsafe to serve with: it {why}")]
    UnsafeRole {
        /// The connected role.
        role: String,
        /// What it could do.
        why: &'static str,
    },
    /// The role can't find out which organizations have work.
    #[error("the database role `{role}` can't become `nm_worker`; run `grant nm_worker to {role}`")]
    NotWorker {
        /// The connected role.
        role: String,
    },
    /// A tenant table isn't protected as the migrations left it.
    #[error("row-level security isn't enabled and forced on the table `{table}`")]
    Unprotected {
        /// The table.
        table: String,
    },
    /// Migrations are missing.
    #[error(
        "the database is at schema version {found}, and {expected} is needed; run the migrations"
    )]
    NotMigrated {
        /// The newest migration the database has, 0 for none.
        found: i64,
        /// The newest there is.
        expected: i64,
    },
    /// The database was brought further by a newer release.
    #[error(
        "the database is at schema version {found}, newer than this release knows ({expected})"
    )]
    Newer {
        /// The newest migration the database has.
        found: i64,
        /// The newest this release has.
        expected: i64,
    },
    /// A migration that was applied isn't the one of this release.
    #[error("migration {version} was applied with another content")]
    ChecksumChanged {
        /// Which one.
        version: i64,
    },
    /// A migration failed; nothing of it was kept.
    #[error("migration {version} failed: {message}")]
    MigrationFailed {
        /// Which one.
        version: i64,
        /// What the database said.
        message: String,
    },
    /// Another process, or another store of this one, has the file open.
    #[error("the database file is in use by another process")]
    InUse,
    /// The file is an SQLite database of something else.
    #[error("the file isn't a NestMap database")]
    ForeignFile,
}

impl OpenError {
    pub(crate) fn unreachable(error: impl std::fmt::Display) -> Self {
        Self::Unreachable { message: error.to_string() }
    }
}

impl From<OpenError> for Error {
    fn from(error: OpenError) -> Self {
        let code = match error {
            OpenError::Unreachable { .. } => Code::StoreUnavailable,
            _ => Code::Internal,
        };
        Error::new(code, error.to_string()).because(error)
    }
}

/// What a driver said, sorted by what it means to a commit.
#[derive(Debug)]
pub(crate) enum DbError {
    /// Something with these values exists: the constraint's name on PostgreSQL, its columns on
    /// SQLite.
    Unique(String),
    /// A parent isn't there.
    Reference,
    /// Another transaction was in the way; this one was undone.
    Serialization,
    /// A row that can't be read.
    Corrupt(String),
    /// Anything else.
    Other(String),
}

impl DbError {
    /// The error about a thing of that kind.
    pub(crate) fn about(self, kind: &'static str) -> StoreError {
        match self {
            Self::Unique(constraint) => match crate::dialect::unique(&constraint) {
                Some((kind, field)) => StoreError::Duplicate { kind, field },
                None => StoreError::Backend { message: format!("not unique: {constraint}") },
            },
            Self::Reference => StoreError::Orphan { kind },
            Self::Serialization => StoreError::Conflict { kind },
            Self::Corrupt(message) => StoreError::Corrupt { kind, message },
            Self::Other(message) => StoreError::Backend { message },
        }
    }
}

impl From<sqlx::Error> for DbError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => {
                let constraint = || {
                    // SQLite says "UNIQUE constraint failed: people.organization_id, people.email".
                    let columns = database.message().split_once("failed: ");
                    database.constraint().or(columns.map(|(_, columns)| columns))
                };
                let code = database.code();
                if database.is_unique_violation() {
                    Self::Unique(constraint().unwrap_or_default().to_owned())
                } else if database.is_foreign_key_violation() {
                    Self::Reference
                } else if matches!(code.as_deref(), Some("40001" | "40P01")) {
                    Self::Serialization
                } else {
                    Self::Other(error.to_string())
                }
            }
            sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::Decode(_)
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. } => Self::Corrupt(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}
