//! What is bound to a placeholder.

use std::borrow::Cow;

use nestmap_core::time::Timestamp;
use uuid::Uuid;

/// A value for a placeholder.
#[derive(Clone, Debug)]
pub(crate) enum Arg<'a> {
    Id(Uuid),
    OptionalId(Option<Uuid>),
    Int(i64),
    Text(&'a str),
    OptionalText(Option<&'a str>),
    At(Timestamp),
    OptionalAt(Option<Timestamp>),
    /// JSON.
    Document(Cow<'a, str>),
    Bytes(&'a [u8]),
    /// A list to compare with: an array on PostgreSQL, JSON on SQLite.
    Texts(Vec<&'a str>),
    /// The same of ids; on SQLite they are hexadecimal in the JSON.
    Ids(Vec<Uuid>),
}

impl Arg<'_> {
    /// The value as a JSON document.
    pub(crate) fn document<T: serde::Serialize>(value: &T) -> Self {
        // INVARIANT: the core's values have string keys and no floats, so they are always JSON.
        Self::Document(serde_json::to_string(value).expect("the core's values are JSON").into())
    }
}

#[cfg(feature = "postgres")]
pub(super) mod postgres {
    use std::borrow::Cow;

    use sqlx::encode::IsNull;
    use sqlx::error::BoxDynError;
    use sqlx::postgres::types::Oid;
    use sqlx::postgres::{PgArgumentBuffer, PgArguments, PgTypeInfo, PgValueRef};
    use sqlx::query::Query;
    use sqlx::{Decode, Encode, Postgres, Type};

    use super::Arg;

    /// Microseconds between 1970, where ours begin, and 2000, where PostgreSQL's begin.
    const EPOCH: i64 = 946_684_800_000_000;

    /// An instant as `timestamptz`: microseconds since 2000.
    pub(in crate::db) struct Instant(pub(in crate::db) i64);

    /// JSON as `json`, which keeps the text as it is. `jsonb` would refuse U+0000, and a supplier's
    /// answer that holds one must be kept all the same.
    pub(in crate::db) struct Json<'a>(pub(in crate::db) Cow<'a, str>);

    impl Type<Postgres> for Instant {
        fn type_info() -> PgTypeInfo {
            PgTypeInfo::with_oid(Oid(1184))
        }
    }

    impl Encode<'_, Postgres> for Instant {
        fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
            let micros = self.0.checked_sub(EPOCH).ok_or("an instant before the calendar")?;
            <i64 as Encode<'_, Postgres>>::encode(micros, buffer)
        }
    }

    impl<'r> Decode<'r, Postgres> for Instant {
        fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
            let micros = <i64 as Decode<'r, Postgres>>::decode(value)?;
            Ok(Self(micros.checked_add(EPOCH).ok_or("an instant after the calendar")?))
        }
    }

    impl Type<Postgres> for Json<'_> {
        fn type_info() -> PgTypeInfo {
            PgTypeInfo::with_oid(Oid(114))
        }
    }

    impl Encode<'_, Postgres> for Json<'_> {
        fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
            <&str as Encode<'_, Postgres>>::encode(&self.0, buffer)
        }
    }

    /// PostgreSQL's text can't hold U+0000; columns hold its picture instead, and documents the
    /// truth.
    fn text(text: &str) -> Cow<'_, str> {
        if text.contains('\0') { text.replace('\0', "\u{2400}").into() } else { text.into() }
    }

    pub(in crate::db) fn bind<'q>(
        statement: &'static str,
        args: &[Arg<'_>],
    ) -> Query<'q, Postgres, PgArguments> {
        let instant = |at: &nestmap_core::time::Timestamp| Instant(at.micros());
        args.iter().fold(sqlx::query(statement), |query, arg| match arg {
            Arg::Id(id) => query.bind(*id),
            Arg::OptionalId(id) => query.bind(*id),
            Arg::Int(int) => query.bind(*int),
            Arg::Text(value) => query.bind(text(value)),
            Arg::OptionalText(value) => query.bind(value.map(text)),
            Arg::At(at) => query.bind(instant(at)),
            Arg::OptionalAt(at) => query.bind(at.as_ref().map(instant)),
            Arg::Document(json) => query.bind(Json(Cow::Borrowed(json))),
            Arg::Bytes(bytes) => query.bind(*bytes),
            Arg::Texts(texts) => query.bind(texts.as_slice()),
            Arg::Ids(ids) => query.bind(ids.as_slice()),
        })
    }
}

#[cfg(feature = "sqlite")]
pub(super) mod sqlite {
    use sqlx::Sqlite;
    use sqlx::query::Query;
    use sqlx::sqlite::SqliteArguments;

    use super::Arg;

    pub(in crate::db) fn bind<'q>(
        statement: &'static str,
        args: &[Arg<'_>],
    ) -> Query<'q, Sqlite, SqliteArguments> {
        args.iter().fold(sqlx::query(statement), |query, arg| match arg {
            Arg::Id(id) => query.bind(*id),
            Arg::OptionalId(id) => query.bind(*id),
            Arg::Int(int) => query.bind(*int),
            Arg::Text(value) => query.bind(*value),
            Arg::OptionalText(value) => query.bind(*value),
            Arg::At(at) => query.bind(at.micros()),
            Arg::OptionalAt(at) => query.bind(at.map(|at| at.micros())),
            Arg::Document(json) => query.bind(json.as_ref()),
            Arg::Bytes(bytes) => query.bind(*bytes),
            Arg::Texts(texts) => query.bind(serde_json::json!(texts).to_string()),
            Arg::Ids(ids) => {
                let ids: Vec<_> = ids.iter().map(|id| id.simple().to_string()).collect();
                query.bind(serde_json::json!(ids).to_string())
            }
        })
    }
}
