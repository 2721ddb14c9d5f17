//! The database the server works on: a fresh file, or a fresh database on a PostgreSQL server.

use std::path::PathBuf;

use nestmap_store::SqlStore;
use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Connection as _, query};

pub const OWNER: &str = "NESTMAP_TEST_POSTGRES";
const APP: &str = "NESTMAP_TEST_POSTGRES_APP";
const REQUIRED: &str = "NESTMAP_REQUIRE_POSTGRES";

pub struct Database {
    /// What the server opens.
    pub url: String,
    /// Where its log and, for SQLite, the file are.
    pub folder: PathBuf,
    /// The database's name on the PostgreSQL server.
    name: Option<String>,
}

impl Database {
    pub fn sqlite() -> Self {
        let folder = folder("sqlite");
        Self {
            url: format!("sqlite:{}", folder.join("nestmap.sqlite").display()),
            folder,
            name: None,
        }
    }

    /// None where no server is configured.
    pub async fn postgres() -> Option<Self> {
        let Ok(server) = std::env::var(OWNER) else {
            assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set and {OWNER} is not");
            return None;
        };
        let name = format!("nestmap_kill_{}", std::process::id());
        run(&server, &format!("drop database if exists {name} with (force)")).await;
        run(&server, &format!("create database {name}")).await;
        SqlStore::migrate(&on(&server, &name)).await.expect("migrates");
        let app = std::env::var(APP).expect("the variable comes with the owner's");
        Some(Self { url: on(&app, &name), folder: folder("postgres"), name: Some(name) })
    }

    /// The store, for reading what the server has left.
    pub async fn open(&self) -> SqlStore {
        SqlStore::connect(&self.url).await.expect("the server has let go of it")
    }

    pub async fn remove(self) {
        if let Some(name) = &self.name {
            let server = std::env::var(OWNER).expect("it was there before");
            run(&server, &format!("drop database {name} with (force)")).await;
        }
        std::fs::remove_dir_all(&self.folder).expect("the folder is ours");
    }
}

/// An empty folder. It stays where a test fails: the log in it tells why.
fn folder(kind: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("nestmap-kill-{kind}-{}", std::process::id()));
    // A process with the same id may have failed before.
    drop(std::fs::remove_dir_all(&folder));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    folder
}

/// The same server's URL with another database.
fn on(server: &str, database: &str) -> String {
    let (server, _) = server.rsplit_once('/').expect("a URL names a database");
    format!("{server}/{database}")
}

async fn run(server: &str, statement: &str) {
    let mut connection = PgConnection::connect(server).await.expect("PostgreSQL answers");
    query(AssertSqlSafe(statement.to_owned())).execute(&mut connection).await.expect("it can");
    connection.close().await.expect("it lets go");
}
