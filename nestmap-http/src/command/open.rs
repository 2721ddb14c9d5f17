//! Opens what the configuration names: the database, the supplier.

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use nestmap_core::NestMap;
use nestmap_core::port::flights::FlightProvider;
use nestmap_http::system::{SystemClock, SystemEntropy};
use nestmap_http::{Config, Secret};
use nestmap_providers::duffel::{Duffel, Settings};
use nestmap_providers::sandbox::{DuffelSandbox, SandboxConfig};
use nestmap_store::SqlStore;

/// A key for who sells nothing.
const SANDBOX_KEY: &str = "duffel_test_sandbox";

/// NestMap with everything behind it.
pub(super) struct Opened {
    pub(super) nestmap: NestMap,
    pub(super) store: Arc<SqlStore>,
    /// The sandbox, where it stands in for Duffel.
    pub(super) sandbox: Option<DuffelSandbox>,
}

/// Opens the database and reaches the supplier.
pub(super) async fn open(config: &Config) -> Result<Opened, Box<dyn Error>> {
    let store = Arc::new(open_store(config).await?);
    let sandbox = match &config.duffel_api_key {
        Some(_) => None,
        None => Some(start_sandbox(config).await?),
    };
    let settings = match (&sandbox, &config.duffel_api_key) {
        (None, Some(key)) => Settings::new(key.clone()).at(&config.duffel_url),
        (sandbox, _) => {
            let base = sandbox.as_ref().map(DuffelSandbox::base_url).unwrap_or_default();
            Settings::new(Secret::new(SANDBOX_KEY)).at(base)
        }
    };
    let settings = Settings { booking_timeout: config.booking_timeout, ..settings };
    let nestmap = over(&store, settings)?;
    Ok(Opened { nestmap, store, sandbox })
}

/// NestMap over its database, for what needs no supplier.
pub(super) struct Database {
    pub(super) nestmap: NestMap,
    pub(super) store: Arc<SqlStore>,
}

/// Opens the database. The supplier behind it isn't called, and a sandbox isn't started.
pub(super) async fn open_database(config: &Config) -> Result<Database, Box<dyn Error>> {
    let store = Arc::new(open_store(config).await?);
    let key = config.duffel_api_key.clone();
    let key = key.unwrap_or_else(|| Secret::new(SANDBOX_KEY));
    let nestmap = over(&store, Settings::new(key).at(&config.duffel_url))?;
    Ok(Database { nestmap, store })
}

fn over(store: &Arc<SqlStore>, supplier: Settings) -> Result<NestMap, Box<dyn Error>> {
    let flights: Arc<dyn FlightProvider> = Arc::new(Duffel::connect(supplier)?);
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy));
    Ok(NestMap::new(store.clone(), flights, clock, entropy))
}

/// Opens the database; an SQLite file is made where it doesn't exist.
async fn open_store(config: &Config) -> Result<SqlStore, Box<dyn Error>> {
    let url = config.database_url.expose();
    if let Some(path) = sqlite_path(url) {
        make_folder_of(path)?;
    }
    Ok(SqlStore::connect(url).await?)
}

async fn start_sandbox(config: &Config) -> Result<DuffelSandbox, Box<dyn Error>> {
    make_folder_of(&config.sandbox_file)?;
    let sandbox = SandboxConfig {
        // Prices in euros, as in the examples.
        seller_country: Some("DE".into()),
        state_file: Some(config.sandbox_file.clone()),
        ..SandboxConfig::default()
    };
    Ok(DuffelSandbox::start(sandbox).await?)
}

/// The file an SQLite URL names; none for a database in memory.
pub(super) fn sqlite_path(url: &str) -> Option<&Path> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    (!path.starts_with(":memory:")).then(|| Path::new(path))
}

pub(super) fn make_folder_of(file: &Path) -> std::io::Result<()> {
    match file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        Some(folder) => std::fs::create_dir_all(folder),
        None => Ok(()),
    }
}
