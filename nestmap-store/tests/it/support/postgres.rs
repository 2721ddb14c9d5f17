//! A PostgreSQL database for tests: made once for each version of the schema, shared by tests that
//! bring their own organizations.

use nestmap_store::SqlStore;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{AssertSqlSafe, Connection, query, query_scalar};

const OWNER: &str = "NESTMAP_TEST_POSTGRES";
const APP: &str = "NESTMAP_TEST_POSTGRES_APP";
const SUPERUSER: &str = "NESTMAP_TEST_POSTGRES_SUPERUSER";
const REQUIRED: &str = "NESTMAP_REQUIRE_POSTGRES";

/// Whoever holds it makes databases.
const LOCK: i64 = 0x4e65_7374_7465_7374;

/// A database that has been migrated.
pub struct Database {
    name: String,
}

/// The database that tests share; none where there is no server.
pub async fn shared() -> Option<Database> {
    let schema = schema_digest();
    Database::ensure(&format!("nestmap_test_{schema}")).await
}

/// Prints how many cases were left out; fails where none may be.
pub fn count_left_out(cases: usize) {
    if std::env::var_os(OWNER).is_none() {
        assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set and {OWNER} is not");
        println!("{cases} cases were left out: {OWNER} is not set");
    }
}

/// The same migrations make the same database.
fn schema_digest() -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations/postgres");
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let texts: Vec<_> = files.iter().map(|file| std::fs::read_to_string(file).unwrap()).collect();
    nestmap_core::digest::Digest::of("schema", &texts).to_string()[..16].to_owned()
}

/// The URL in the variable, with another database.
fn url(variable: &str, database: &str) -> Option<String> {
    let url = std::env::var(variable).ok()?;
    let (server, _) = url.rsplit_once('/').unwrap();
    Some(format!("{server}/{database}"))
}

impl Database {
    /// Makes and migrates the database where it doesn't exist.
    async fn ensure(name: &str) -> Option<Self> {
        let Ok(server) = std::env::var(OWNER) else {
            assert!(std::env::var_os(REQUIRED).is_none(), "{REQUIRED} is set and {OWNER} is not");
            return None;
        };
        let mut connection = PgConnection::connect(&server).await.unwrap();
        query("select pg_advisory_lock($1)").bind(LOCK).execute(&mut connection).await.unwrap();
        let database = Self { name: name.to_owned() };
        let made: bool = query_scalar("select exists (select from pg_database where datname = $1)")
            .bind(name)
            .fetch_one(&mut connection)
            .await
            .unwrap();
        if !made {
            drop_others(&mut connection, name).await;
            let create = AssertSqlSafe(format!("create database {name}"));
            query(create).execute(&mut connection).await.unwrap();
        }
        SqlStore::migrate(&database.owner_url()).await.unwrap();
        connection.close().await.unwrap();
        Some(database)
    }

    /// An empty database that is dropped again by [`Database::remove`].
    pub async fn fresh() -> Option<Self> {
        let server = std::env::var(OWNER).ok()?;
        let name: String = super::entropy().iter().map(|byte| format!("{byte:02x}")).collect();
        let database = Self { name: format!("nestmap_fresh_{name}") };
        let mut connection = PgConnection::connect(&server).await.unwrap();
        let create = AssertSqlSafe(format!("create database {}", database.name));
        query(create).execute(&mut connection).await.unwrap();
        Some(database)
    }

    /// Drops the database; only a superuser may end the sessions of other roles in it.
    pub async fn remove(self) {
        let mut superuser =
            PgConnection::connect(&url(SUPERUSER, "postgres").unwrap()).await.unwrap();
        let remove = AssertSqlSafe(format!("drop database {} with (force)", self.name));
        query(remove).execute(&mut superuser).await.unwrap();
    }

    pub fn owner_url(&self) -> String {
        url(OWNER, &self.name).unwrap()
    }

    pub fn app_url(&self) -> String {
        url(APP, &self.name).unwrap()
    }

    pub fn superuser_url(&self) -> String {
        url(SUPERUSER, &self.name).unwrap()
    }

    /// A store as the server has it.
    pub async fn connect(&self) -> SqlStore {
        SqlStore::connect(&self.app_url()).await.unwrap()
    }

    /// A connection of the server's role without a store around it.
    pub async fn app(&self) -> PgConnection {
        let options: PgConnectOptions = self.app_url().parse().unwrap();
        PgConnection::connect_with(&options).await.unwrap()
    }

    pub async fn superuser(&self) -> PgConnection {
        PgConnection::connect(&self.superuser_url()).await.unwrap()
    }

    /// The URL of another login.
    pub fn url_as(&self, role: &str, password: &str) -> String {
        let url = self.app_url();
        let (_, server) = url.split_once('@').unwrap();
        format!("postgres://{role}:{password}@{server}")
    }

    pub async fn owner(&self) -> PgConnection {
        PgConnection::connect(&self.owner_url()).await.unwrap()
    }
}

/// Databases of other versions of the schema, as far as nobody uses them.
async fn drop_others(connection: &mut PgConnection, name: &str) {
    let old: Vec<String> = query_scalar(
        "select datname from pg_database where datname like 'nestmap\\_test\\_%' and datname <> $1",
    )
    .bind(name)
    .fetch_all(&mut *connection)
    .await
    .unwrap();
    for name in old {
        let remove = AssertSqlSafe(format!("drop database if exists {name}"));
        // Somebody else's tests may be running in it.
        drop(query(remove).execute(&mut *connection).await);
    }
}
