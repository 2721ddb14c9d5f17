//! The form of what is stored, byte for byte. A change here changes what earlier releases wrote:
//! it needs a way to read the old form. `NESTMAP_UPDATE_GOLDEN=1` writes the files anew.

use std::collections::BTreeMap;
use std::path::Path;

use nestmap_core::id::OrganizationId;
use nestmap_core::port::store::Store;
use nestmap_core::testing::store_suite::Fixture;
use nestmap_core::testing::store_suite::everything::Everything;
use nestmap_store::SqlStore;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection, query_scalar};

use crate::support::{Folder, run};

const TABLES: [&str; 12] = [
    "organizations",
    "identities",
    "people",
    "invitations",
    "sessions",
    "policies",
    "offer_sets",
    "trips",
    "approvals",
    "orders",
    "outbox",
    "audit",
];

/// The same organization in every run.
fn fixture() -> Fixture {
    Fixture::new(OrganizationId::new(Fixture::now(), *b"golden org"))
}

#[test]
fn stored_documents_keep_their_form() {
    run(async {
        let (folder, fixture) = (Folder::new(), fixture());
        let path = folder.path().join("golden.db");
        let store = SqlStore::open_sqlite(&path).await.unwrap();
        store.commit(fixture.sign_up()).await.unwrap();
        store.commit(Everything::of(&fixture).commit(&fixture)).await.unwrap();
        store.close().await;

        let url = format!("sqlite:{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        for table in TABLES {
            let select = AssertSqlSafe(format!("select document from {table}"));
            let stored: String = query_scalar(select).fetch_one(&mut connection).await.unwrap();
            compare(table, &stored);
        }
    });
}

/// What the golden files say is read as what was written.
#[test]
fn golden_documents_are_read() {
    run(async {
        let (folder, fixture) = (Folder::new(), fixture());
        let path = folder.path().join("golden.db");
        let store = SqlStore::open_sqlite(&path).await.unwrap();
        store.commit(fixture.sign_up()).await.unwrap();
        let everything = Everything::of(&fixture);
        store.commit(everything.commit(&fixture)).await.unwrap();
        store.close().await;

        let url = format!("sqlite:{}", path.display());
        let mut connection = SqliteConnection::connect(&url).await.unwrap();
        for table in TABLES {
            let update = AssertSqlSafe(format!("update {table} set document = $1"));
            let golden = std::fs::read_to_string(file(table)).unwrap();
            sqlx::query(update).bind(golden).execute(&mut connection).await.unwrap();
        }
        connection.close().await.unwrap();
        let store = SqlStore::open_sqlite(&path).await.unwrap();
        everything.assert_stored(&store, &fixture, 1).await;
    });
}

fn file(table: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/it/golden/{table}.json"))
}

/// The value with its keys in order, whichever order they are kept in.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.into_iter().collect();
            Value::Object(fields.into_iter().map(|(key, value)| (key, sorted(value))).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        scalar => scalar,
    }
}

fn compare(table: &str, stored: &str) {
    let value: Value = serde_json::from_str(stored).unwrap();
    let pretty = format!("{}\n", serde_json::to_string_pretty(&sorted(value)).unwrap());
    if std::env::var_os("NESTMAP_UPDATE_GOLDEN").is_some() {
        std::fs::write(file(table), &pretty).unwrap();
    }
    let golden = std::fs::read_to_string(file(table)).unwrap();
    assert_eq!(pretty, golden, "{table}: see the first lines of this test's file");
}
