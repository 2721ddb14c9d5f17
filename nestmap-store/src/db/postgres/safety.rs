//! What must hold before anything is served: a role that row-level security binds, tables that
//! have it, and a schema as new as this release.

use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{Row as _, query};

use crate::dialect::TENANT_TABLES;
use crate::error::OpenError;
use crate::migrate;

/// The oldest server that is tested.
const OLDEST_SERVER: i32 = 150_000;

pub(super) async fn check(connection: &mut PgConnection) -> Result<(), OpenError> {
    check_server(connection).await?;
    let applied = migrate::postgres::applied(connection).await.map_err(OpenError::unreachable)?;
    migrate::check_serves(&applied)?;
    check_role(connection).await?;
    check_tables(connection).await
}

async fn check_server(connection: &mut PgConnection) -> Result<(), OpenError> {
    let version =
        "select current_setting('server_version_num')::int4, current_setting('server_version')";
    let row = one(connection, version).await?;
    match get::<i32>(&row, 0)? {
        OLDEST_SERVER.. => Ok(()),
        _ => Err(OpenError::ServerTooOld { found: get(&row, 1)? }),
    }
}

/// Whoever may become another role has that role's powers, so membership counts like being it.
const ROLE: &str = "select current_user::text, \
    exists (select from pg_roles r where r.rolsuper and pg_has_role(current_user, r.oid, 'member')), \
    exists (select from pg_roles r where r.rolbypassrls and pg_has_role(current_user, r.oid, 'member')), \
    exists (select from pg_class c where c.relname = any($1) and pg_table_is_visible(c.oid) \
        and pg_has_role(current_user, c.relowner, 'member')), \
    coalesce((select pg_has_role(current_user, r.oid, 'usage') from pg_roles r where r.rolname = 'nm_worker'), false), \
    coalesce((select pg_has_role(current_user, r.oid, 'member') from pg_roles r where r.rolname = 'nm_worker'), false)";

async fn check_role(connection: &mut PgConnection) -> Result<(), OpenError> {
    let row = query(ROLE).bind(TENANT_TABLES).fetch_one(connection).await;
    let row = row.map_err(OpenError::unreachable)?;
    let role: String = get(&row, 0)?;
    let dangers = [
        "is a superuser, or may become one",
        "bypasses row-level security, or may become a role that does",
        "owns the tables, or may become their owner",
        "inherits `nm_worker`, which sees every organization; run `alter role … noinherit`",
    ];
    for (column, why) in (1..).zip(dangers) {
        if get(&row, column)? {
            return Err(OpenError::UnsafeRole { role, why });
        }
    }
    if get(&row, 5)? { Ok(()) } else { Err(OpenError::NotWorker { role }) }
}

const UNPROTECTED: &str = "select wanted.name from unnest($1::text[]) as wanted(name) \
    left join pg_class c on c.relname = wanted.name and pg_table_is_visible(c.oid) \
    where not coalesce(c.relrowsecurity and c.relforcerowsecurity, false)";

async fn check_tables(connection: &mut PgConnection) -> Result<(), OpenError> {
    let row = query(UNPROTECTED).bind(TENANT_TABLES).fetch_optional(connection).await;
    match row.map_err(OpenError::unreachable)? {
        Some(row) => Err(OpenError::Unprotected { table: get(&row, 0)? }),
        None => Ok(()),
    }
}

async fn one(connection: &mut PgConnection, sql: &'static str) -> Result<PgRow, OpenError> {
    query(sql).fetch_one(connection).await.map_err(OpenError::unreachable)
}

fn get<T>(row: &PgRow, column: usize) -> Result<T, OpenError>
where
    T: for<'r> sqlx::Decode<'r, sqlx::Postgres> + sqlx::Type<sqlx::Postgres>,
{
    row.try_get(column).map_err(OpenError::unreachable)
}
