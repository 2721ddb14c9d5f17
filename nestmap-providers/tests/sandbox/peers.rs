//! Runs Duffel's official JavaScript client against the sandbox.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::client::{Desk, config};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/duffel")
}

/// Whether the client is there; otherwise says that a case is left out, or fails where it mustn't
/// be. A test installs nothing: `scripts/setup.sh test` does.
fn is_installed() -> bool {
    let installed = folder().join("node_modules/@duffel/api/package.json").is_file();
    let required = std::env::var_os("NESTMAP_REQUIRE_PEERS").is_some();
    assert!(installed || !required, "NESTMAP_REQUIRE_PEERS is set, and the client isn't installed");
    if !installed {
        println!("left out 1 case: the official client isn't installed (scripts/setup.sh test)");
    }
    installed
}

#[tokio::test]
async fn the_official_client_goes_through_its_journey() {
    if is_installed() {
        journey("strict", false).await;
    }
}

#[tokio::test]
async fn the_official_client_goes_through_its_journey_in_spite_of_its_defects() {
    if is_installed() {
        journey("compatible", true).await;
    }
}

async fn journey(mode: &'static str, client_defects: bool) {
    let mut config = config();
    config.client_defects = client_defects;
    let desk = Desk::with(config).await;
    let url = desk.sandbox.base_url();
    // The sandbox answers on this thread's runtime, so waiting must not block it.
    let output = tokio::task::spawn_blocking(move || {
        Command::new("node").arg("run.mjs").arg(url).arg(mode).current_dir(folder()).output()
    });
    let output = output.await.expect("no panic").expect("node runs");
    let said = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}\n{complaints}");
    assert!(said.ends_with("the official client is content\n"), "{said}\n{complaints}");
    assert_eq!(desk.sandbox.inspect().orders.len(), 1);
}
