//! Migrations from outside: twice, at once, and on databases that aren't what they should be.

use nestmap_store::{OpenError, SqlStore};
use sqlx::{Connection, PgConnection, SqliteConnection, query, query_scalar, raw_sql};

use crate::support::postgres::Database;
use crate::support::{Folder, run};

#[test]
fn migrating_twice_is_harmless() {
    run(async {
        let folder = Folder::new();
        let url = format!("sqlite:{}", folder.path().join("nestmap.db").display());
        let first = SqlStore::migrate(&url).await.unwrap();
        assert_eq!(first.applied, (1..=first.version).collect::<Vec<_>>());
        let second = SqlStore::migrate(&url).await.unwrap();
        assert_eq!((second.applied, second.version), (vec![], first.version));
    });
}

#[test]
fn a_newer_file_is_refused() {
    run(async {
        let folder = Folder::new();
        let path = folder.path().join("nestmap.db");
        SqlStore::open_sqlite(&path).await.unwrap().close().await;
        let url = format!("sqlite:{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        raw_sql(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (9999, 'future', true, x'00', 0)",
        )
        .execute(&mut connection)
        .await
        .unwrap();
        connection.close().await.unwrap();
        let error = SqlStore::open_sqlite(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 9999, .. }), "{error:?}");
    });
}

#[test]
fn a_changed_migration_is_refused() {
    run(async {
        let folder = Folder::new();
        let path = folder.path().join("nestmap.db");
        SqlStore::open_sqlite(&path).await.unwrap().close().await;
        let url = format!("sqlite:{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        query("update _sqlx_migrations set checksum = x'00' where version = 2")
            .execute(&mut connection)
            .await
            .unwrap();
        connection.close().await.unwrap();
        let error = SqlStore::open_sqlite(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::ChecksumChanged { version: 2 }), "{error:?}");
    });
}

/// Servers that start together all find the database ready.
#[test]
fn migrating_at_once_applies_each_migration_once() {
    run(async {
        let Some(database) = Database::fresh().await else { return };
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let url = database.owner_url();
                tokio::spawn(async move { SqlStore::migrate(&url).await.unwrap() })
            })
            .collect();
        let mut applied = Vec::new();
        let mut newest = 0;
        for task in tasks {
            let migrated = task.await.unwrap();
            applied.extend(migrated.applied);
            newest = migrated.version;
        }
        applied.sort_unstable();
        assert_eq!(applied, (1..=newest).collect::<Vec<_>>());
        SqlStore::connect(&database.app_url()).await.unwrap();
        database.remove().await;
    });
}

#[test]
fn a_server_does_not_serve_an_older_schema() {
    run(async {
        let Some(database) = Database::fresh().await else { return };
        let error = SqlStore::connect(&database.app_url()).await.unwrap_err();
        assert!(matches!(error, OpenError::NotMigrated { found: 0, .. }), "{error:?}");

        SqlStore::migrate(&database.owner_url()).await.unwrap();
        let mut owner = database.owner().await;
        let newest = newest(&mut owner).await;
        query("delete from _sqlx_migrations where version = $1")
            .bind(newest)
            .execute(&mut owner)
            .await
            .unwrap();
        let error = SqlStore::connect(&database.app_url()).await.unwrap_err();
        let expected = newest - 1;
        assert!(
            matches!(error, OpenError::NotMigrated { found, .. } if found == expected),
            "{error:?}"
        );
        drop(owner);
        database.remove().await;
    });
}

/// While servers are replaced one by one, the old ones meet the new schema.
#[test]
fn a_newer_schema_is_served_and_not_migrated() {
    run(async {
        let Some(database) = Database::fresh().await else { return };
        SqlStore::migrate(&database.owner_url()).await.unwrap();
        let mut owner = database.owner().await;
        raw_sql(
            "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
                values (9999, 'future', true, '\\x00', 0)",
        )
        .execute(&mut owner)
        .await
        .unwrap();
        SqlStore::connect(&database.app_url()).await.unwrap();
        let error = SqlStore::migrate(&database.owner_url()).await.unwrap_err();
        assert!(matches!(error, OpenError::Newer { found: 9999, .. }), "{error:?}");
        drop(owner);
        database.remove().await;
    });
}

/// A migrating process that is killed leaves nothing half done: the server ends its transaction.
#[test]
fn a_killed_migration_leaves_nothing() {
    run(async {
        let Some(database) = Database::fresh().await else { return };
        // Stops the first migration where it wants to create the role-bound schema.
        let mut blocker = database.owner().await;
        raw_sql("begin; create schema nm").execute(&mut blocker).await.unwrap();
        let url = database.owner_url();
        let migrating = tokio::spawn(async move { SqlStore::migrate(&url).await });
        let mut watcher = database.owner().await;
        let waiting = "select pid from pg_stat_activity
            where datname = current_database() and wait_event_type = 'Lock'";
        let pid: i32 = loop {
            if let Some(pid) = query_scalar(waiting).fetch_optional(&mut watcher).await.unwrap() {
                break pid;
            }
            tokio::task::yield_now().await;
        };
        query("select pg_terminate_backend($1)").bind(pid).execute(&mut watcher).await.unwrap();
        assert!(migrating.await.unwrap().is_err());
        raw_sql("rollback").execute(&mut blocker).await.unwrap();
        let left: i64 = query_scalar(
            "select count(*) from pg_class where relnamespace = 'public'::regnamespace",
        )
        .fetch_one(&mut watcher)
        .await
        .unwrap();
        assert_eq!(left, 0, "tables or indexes are left");
        // The lock is free and the next one finishes the work.
        SqlStore::migrate(&database.owner_url()).await.unwrap();
        drop((blocker, watcher));
        database.remove().await;
    });
}

async fn newest(connection: &mut PgConnection) -> i64 {
    query_scalar("select max(version) from _sqlx_migrations").fetch_one(connection).await.unwrap()
}
