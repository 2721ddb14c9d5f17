//! Runs Duffel's official JavaScript client against the sandbox.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use super::client::{Desk, config};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/peers/duffel")
}

/// Installs what is locked, if it isn't there; says why it can't be.
fn install(folder: &Path) -> Result<(), String> {
    let run = |program: &str, arguments: &[&str]| -> Result<Output, String> {
        let output = Command::new(program).args(arguments).current_dir(folder).output();
        let output = output.map_err(|error| format!("{program}: {error}"))?;
        match output.status.success() {
            true => Ok(output),
            false => Err(format!("{program}: {}", String::from_utf8_lossy(&output.stderr))),
        }
    };
    run("node", &["--version"])?;
    if !folder.join("node_modules/@duffel/api/package.json").is_file() {
        run("npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"])?;
    }
    Ok(())
}

/// One test, so that only one installs: test runners give each test its own process.
#[tokio::test]
async fn the_official_client_goes_through_its_journey_with_and_without_its_defects() {
    if let Err(reason) = install(&folder()) {
        let required = std::env::var("NESTMAP_REQUIRE_PEERS").is_ok_and(|value| value == "1");
        assert!(!required, "the official client can't be run: {reason}");
        println!("left out 1 case: the official client can't be run: {reason}");
        return;
    }
    journey("strict", false).await;
    journey("compatible", true).await;
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
