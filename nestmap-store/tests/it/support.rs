//! What every test needs: a runtime, a folder, organizations nobody has used.

pub mod postgres;

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use nestmap_core::digest::Digest;
use nestmap_core::id::IdEntropy;
use nestmap_core::port::store::Store;
use nestmap_core::testing::store_suite::World;

/// Runs a test in a runtime of its own.
pub fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap().block_on(test);
}

/// Bytes that no test before this one had, so that tests can share a database.
pub fn entropy() -> IdEntropy {
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    let nanos = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string();
    let drawn = DRAWN.fetch_add(1, Ordering::Relaxed);
    let digest = Digest::of("test", &(nanos, std::process::id(), drawn)).bytes();
    IdEntropy::try_from(&digest[..10]).unwrap()
}

/// Two fresh organizations in the store.
pub async fn world(store: Arc<dyn Store>) -> World {
    World::new(store, [entropy(), entropy()]).await
}

/// A folder that is removed with the value, or when the process ends.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        let name: String = entropy().iter().map(|byte| format!("{byte:02x}")).collect();
        let path = std::env::temp_dir().join(format!("nestmap-store-{name}"));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // A folder that can't be removed is the system's to clean.
        drop(std::fs::remove_dir_all(&self.0));
    }
}
