//! SQLite's file: whose it is, who may open it, and what a row that can't be read looks like.

use std::sync::Arc;

use nestmap_core::digest::Digest;
use nestmap_core::port::store::{Change, Store, StoreError, Write};
use nestmap_core::testing::store_suite::everything::Everything;
use nestmap_core::testing::store_suite::join_all;
use nestmap_store::{OpenError, SqlStore};
use sqlx::{Connection, SqliteConnection, query, query_scalar, raw_sql};

use crate::support::{self, Folder, run};

async fn raw(path: &std::path::Path) -> SqliteConnection {
    SqliteConnection::connect(&format!("sqlite:{}?mode=rwc", path.display())).await.unwrap()
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    run(async {
        let folder = Folder::new();
        let path = folder.path().join("nestmap.db");
        let store = Arc::new(SqlStore::open_sqlite(&path).await.unwrap());
        let world = support::world(store.clone()).await;
        let everything = Everything::of(&world.ours);
        store.commit(everything.commit(&world.ours)).await.unwrap();
        store.close().await;

        let reopened = SqlStore::open_sqlite(&path).await.unwrap();
        everything.assert_stored(&reopened, &world.ours, 1).await;
    });
}

#[test]
fn a_second_store_on_the_same_file_is_refused() {
    run(async {
        let folder = Folder::new();
        let path = folder.path().join("nestmap.db");
        let first = SqlStore::open_sqlite(&path).await.unwrap();
        let error = SqlStore::open_sqlite(&path).await.unwrap_err();
        assert!(matches!(error, OpenError::InUse), "{error:?}");
        drop(first);
        SqlStore::open_sqlite(&path).await.unwrap();
    });
}

#[test]
fn a_file_of_something_else_is_refused_and_left_alone() {
    run(async {
        let folder = Folder::new();
        let other = folder.path().join("other.db");
        let mut connection = raw(&other).await;
        raw_sql("create table notes (n integer)").execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        let text = folder.path().join("text.db");
        std::fs::write(&text, "dear diary, ".repeat(1_000)).unwrap();
        for path in [&other, &text] {
            let content = || Digest::of_bytes(&std::fs::read(path).unwrap());
            let before = content();
            let error = SqlStore::open_sqlite(path).await.unwrap_err();
            assert!(matches!(error, OpenError::ForeignFile), "{error:?}");
            assert_eq!(content(), before);
        }
        for url in ["sqlite:", "sqlite://", "sqlite:a.db?mode=rwc", "file:a.db"] {
            let error = SqlStore::connect(url).await.unwrap_err();
            assert!(matches!(error, OpenError::Url), "{url}: {error:?}");
        }
        let error = SqlStore::open_sqlite(folder.path().join("no/such/folder.db")).await;
        assert!(matches!(error.unwrap_err(), OpenError::Unreachable { .. }));
    });
}

#[cfg(unix)]
#[test]
fn the_files_are_for_our_user_only() {
    use std::os::unix::fs::PermissionsExt;

    run(async {
        let folder = Folder::new();
        let store = SqlStore::open_sqlite(folder.path().join("nestmap.db")).await.unwrap();
        support::world(Arc::new(store)).await;
        let mut seen = 0;
        for entry in std::fs::read_dir(folder.path()).unwrap() {
            let entry = entry.unwrap();
            let mode = entry.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{:?}", entry.file_name());
            seen += 1;
        }
        assert!(seen >= 3, "database, log and lock");
    });
}

#[test]
fn a_commit_is_in_the_log_before_it_is_answered() {
    run(async {
        let folder = Folder::new();
        let path = folder.path().join("nestmap.db");
        let store = SqlStore::open_sqlite(&path).await.unwrap();
        let world = support::world(Arc::new(store)).await;
        world.traveler().await;
        // Beside the running store, as a backup program would.
        let mut connection = raw(&path).await;
        let people: i64 =
            query_scalar("select count(*) from people").fetch_one(&mut connection).await.unwrap();
        assert_eq!(people, 1);
        let mode: String =
            query_scalar("pragma journal_mode").fetch_one(&mut connection).await.unwrap();
        assert_eq!(mode, "wal");
    });
}

/// How many commits a log holds: frames that end one say how large the database is after it.
fn commits_in(log: &std::path::Path) -> usize {
    let log = std::fs::read(log).unwrap();
    let number = |at: usize| u32::from_be_bytes(log[at..at + 4].try_into().unwrap());
    let page = usize::try_from(number(8)).unwrap();
    let frames = (32..log.len() - 23).step_by(24 + page);
    frames.filter(|&frame| number(frame + 4) != 0).count()
}

#[test]
fn commits_that_come_together_share_a_transaction() {
    run(async {
        let folder = Folder::new();
        let store = SqlStore::open_sqlite(folder.path().join("nestmap.db")).await.unwrap();
        let world = support::world(Arc::new(store)).await;
        let log = folder.path().join("nestmap.db-wal");
        let before = commits_in(&log);
        world.traveler().await;
        assert_eq!(commits_in(&log), before + 1, "one that comes alone isn't kept waiting");
        let commits = (0..60).map(|_| {
            let insert = Change::Person(Write::Insert(world.ours.person()));
            world.store.commit(world.ours.commit_of([insert]))
        });
        for result in join_all(commits).await {
            result.unwrap();
        }
        let together = commits_in(&log) - before - 1;
        assert!(together <= 20, "60 commits took {together} transactions");
    });
}

/// What a release can't read is an error that says so, and never a panic.
#[test]
fn a_row_that_can_not_be_read_is_corrupt() {
    run(async {
        let folder = Folder::new();
        let path = folder.path().join("nestmap.db");
        let store = Arc::new(SqlStore::open_sqlite(&path).await.unwrap());
        let world = support::world(store.clone()).await;
        let everything = Everything::of(&world.ours);
        store.commit(everything.commit(&world.ours)).await.unwrap();
        store.close().await;

        let mut connection = raw(&path).await;
        for damage in [
            "update trips set document = '{\"id\":'",
            "update orders set document = '{\"id\":\"ord_1\"}'",
            "update policies set document = ''",
            "update transfers set currency = 'XXX'",
            "update outbox set document = '[]'",
            "update audit set document = 'null'",
        ] {
            query(damage).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();

        let store: Arc<dyn Store> = Arc::new(SqlStore::open_sqlite(&path).await.unwrap());
        let organization = world.ours.organization;
        let kind = |error: StoreError| {
            let StoreError::Corrupt { kind, .. } = error else { panic!("{error:?}") };
            kind
        };
        assert_eq!(kind(store.trip(organization, everything.trip.id).await.unwrap_err()), "trip");
        let order = store.order(organization, everything.order.id).await;
        assert_eq!(kind(order.unwrap_err()), "order");
        assert_eq!(kind(store.published_policies(organization).await.unwrap_err()), "policy");
        let transfers = store.transfers(organization, everything.order.id).await;
        assert_eq!(kind(transfers.unwrap_err()), "transfer");
        let now = nestmap_core::testing::store_suite::Fixture::now();
        let claims = store.claim_events(organization, now, now.plus_minutes(1), 10).await;
        assert_eq!(kind(claims.unwrap_err()), "event");
        let lines = store.audit(organization, None, nestmap_core::page::PageRequest::first()).await;
        assert_eq!(kind(lines.unwrap_err()), "audit_record");
        // What isn't damaged is served.
        assert!(store.person(organization, everything.person.id).await.unwrap().is_some());
    });
}

#[test]
fn a_closed_store_refuses_and_does_not_hang() {
    run(async {
        let store = Arc::new(SqlStore::in_memory().await.unwrap());
        let world = support::world(store.clone()).await;
        store.close().await;
        store.close().await;
        let person = world.ours.person();
        let commit = world.ours.commit_of([Change::Person(Write::Insert(person.clone()))]);
        assert!(matches!(store.commit(commit).await.unwrap_err(), StoreError::Backend { .. }));
        assert!(world.store.person(world.ours.organization, person.id).await.is_err());
        assert!(store.ping().await.is_err());
    });
}

#[test]
fn stores_in_memory_share_nothing() {
    run(async {
        let one = SqlStore::connect("sqlite::memory:").await.unwrap();
        let two: Arc<dyn Store> = Arc::new(SqlStore::in_memory().await.unwrap());
        let world = support::world(Arc::new(one)).await;
        let found = two.organization(world.ours.organization).await.unwrap();
        assert_eq!(found, None);
    });
}
