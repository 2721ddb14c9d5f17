//! `nestmap migrate`: brings the database up to date.

use std::error::Error;

use nestmap_http::Config;
use nestmap_store::SqlStore;

use super::open::{make_folder_of, sqlite_path};
use super::say;

/// Brings it up to date and says what was done.
pub(super) fn run() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    let url = config.database_url.expose();
    if let Some(path) = sqlite_path(url) {
        make_folder_of(path)?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let migrated = runtime.block_on(SqlStore::migrate(url))?;
    let applied: Vec<String> = migrated.applied.iter().map(i64::to_string).collect();
    say(&match applied.is_empty() {
        true => format!("the database is up to date, at version {}", migrated.version),
        false => format!("applied {}, now at version {}", applied.join(", "), migrated.version),
    })?;
    Ok(())
}
