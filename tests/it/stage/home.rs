//! Where a stage keeps what it knows: in memory, in an SQLite file, in a PostgreSQL database.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use nestmap_core::memory::MemoryStore;
use nestmap_core::port::store::Store;
use nestmap_store::SqlStore;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection, query};

/// The URLs of the roles that own tables and that serve, as `scripts/with-postgres.sh` sets them.
const OWNER: &str = "NESTMAP_TEST_POSTGRES";
const APP: &str = "NESTMAP_TEST_POSTGRES_APP";
/// Makes a missing PostgreSQL a failure.
const REQUIRED: &str = "NESTMAP_REQUIRE_POSTGRES";

/// A place to keep things, of one test alone.
pub enum Home {
    Memory(Arc<MemoryStore>),
    Sqlite(Folder, Option<Arc<SqlStore>>),
    Postgres(Database, Option<Arc<SqlStore>>),
}

impl Home {
    pub fn memory() -> Self {
        Self::Memory(Arc::default())
    }

    pub fn sqlite() -> Self {
        Self::Sqlite(Folder::new(), None)
    }

    /// None where there is no server; then it says so.
    pub async fn postgres() -> Option<Self> {
        Some(Self::Postgres(Database::new().await?, None))
    }

    /// The store, as a process finds it that has just started. What was open before is closed.
    pub async fn open(&mut self) -> Arc<dyn Store> {
        let (open, url) = match self {
            Self::Memory(store) => return store.clone(),
            Self::Sqlite(folder, open) => (open, folder.url()),
            Self::Postgres(database, open) => (open, database.url(APP)),
        };
        if let Some(before) = open.take() {
            before.close().await;
        }
        let store = Arc::new(SqlStore::connect(&url).await.expect("the database opens"));
        *open = Some(store.clone());
        store
    }

    /// Leaves nothing behind.
    pub async fn leave(self) {
        match self {
            Self::Memory(_) => {}
            Self::Sqlite(_, open) => close(open).await,
            Self::Postgres(database, open) => {
                close(open).await;
                database.remove().await;
            }
        }
    }
}

async fn close(open: Option<Arc<SqlStore>>) {
    if let Some(store) = open {
        store.close().await;
    }
}

/// A folder that goes with the value.
pub struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(fresh_name());
        std::fs::create_dir_all(&path).expect("a folder for temporary files");
        Self(path)
    }

    fn url(&self) -> String {
        format!("sqlite:{}", self.0.join("nestmap.sqlite").display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that can't be removed is the system's to clean.
        drop(std::fs::remove_dir_all(&self.0));
    }
}

/// A database that has been migrated.
pub struct Database(String);

impl Database {
    async fn new() -> Option<Self> {
        if std::env::var_os(OWNER).is_none() {
            assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set and {OWNER} is not");
            say_left_out();
            return None;
        }
        let database = Self(fresh_name());
        database.on_server("create database").await;
        let migrated = SqlStore::migrate(&database.url(OWNER)).await;
        migrated.expect("the owner of the database migrates it");
        Some(database)
    }

    /// The URL in the variable, with this database in it.
    fn url(&self, variable: &str) -> String {
        let url = std::env::var(variable).expect("a role has a URL");
        let (server, _) = url.rsplit_once('/').expect("a URL ends with the database");
        format!("{server}/{}", self.0)
    }

    async fn on_server(&self, statement: &str) {
        let server = std::env::var(OWNER).expect("the server has a URL");
        let mut connection = PgConnection::connect(&server).await.expect("the server answers");
        let statement = AssertSqlSafe(format!("{statement} {}", self.0));
        query(statement).execute(&mut connection).await.expect("the owner may do this");
    }

    async fn remove(self) {
        self.on_server("drop database").await;
    }
}

#[expect(clippy::print_stdout, reason = "a test that is left out says so")]
fn say_left_out() {
    println!("left out: {OWNER} is not set");
}

/// A name that nothing had before.
fn fresh_name() -> String {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
    let drawn = DRAWN.fetch_add(1, Ordering::Relaxed);
    format!("nestmap_it_{}_{}_{drawn}", std::process::id(), since.as_nanos())
}
