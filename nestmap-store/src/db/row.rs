//! A row, whichever driver it came from.

use nestmap_core::digest::Digest;
use nestmap_core::time::Timestamp;
use serde::de::DeserializeOwned;
use sqlx::Row as _;
use uuid::Uuid;

use crate::error::DbError;

/// A row. Columns are counted from 0; a column of another type is [`DbError::Corrupt`].
pub(crate) enum Row {
    #[cfg(feature = "postgres")]
    Postgres(sqlx::postgres::PgRow),
    #[cfg(feature = "sqlite")]
    Sqlite(sqlx::sqlite::SqliteRow),
}

/// The column as a type that both drivers read.
macro_rules! get {
    ($row:expr, $column:expr, $type:ty) => {
        match $row {
            #[cfg(feature = "postgres")]
            Row::Postgres(row) => row.try_get::<$type, _>($column),
            #[cfg(feature = "sqlite")]
            Row::Sqlite(row) => row.try_get::<$type, _>($column),
        }
        .map_err(DbError::from)
    };
}

impl Row {
    pub(crate) fn int(&self, column: usize) -> Result<i64, DbError> {
        get!(self, column, i64)
    }

    pub(crate) fn id(&self, column: usize) -> Result<Uuid, DbError> {
        get!(self, column, Uuid)
    }

    pub(crate) fn optional_id(&self, column: usize) -> Result<Option<Uuid>, DbError> {
        get!(self, column, Option<Uuid>)
    }

    pub(crate) fn text(&self, column: usize) -> Result<&str, DbError> {
        get!(self, column, &str)
    }

    pub(crate) fn digest(&self, column: usize) -> Result<Digest, DbError> {
        let bytes: &[u8] = get!(self, column, &[u8])?;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        hex.parse().map_err(|error: nestmap_core::Error| DbError::Corrupt(error.to_string()))
    }

    pub(crate) fn at(&self, column: usize) -> Result<Timestamp, DbError> {
        let micros = match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => row
                .try_get_unchecked::<super::arg::postgres::Instant, _>(column)
                .map(|instant| instant.0),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(row) => row.try_get::<i64, _>(column),
        }?;
        Timestamp::from_micros(micros).map_err(|error| DbError::Corrupt(error.to_string()))
    }

    /// The JSON document in the column, read as `T`.
    pub(crate) fn document<T: DeserializeOwned>(&self, column: usize) -> Result<T, DbError> {
        let json: &str = match self {
            // The binary form of `json` is its text.
            #[cfg(feature = "postgres")]
            Self::Postgres(row) => row.try_get_unchecked(column),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(row) => row.try_get(column),
        }?;
        serde_json::from_str(json).map_err(|error| DbError::Corrupt(error.to_string()))
    }
}
