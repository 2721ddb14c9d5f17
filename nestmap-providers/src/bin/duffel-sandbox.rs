//! Runs the Duffel sandbox for programs in other languages.
//!
//! ```text
//! duffel-sandbox [--port N] [--seed N] [--country GB] [--state FILE] [--now INSTANT]
//!                [--token TOKEN] [--client-defects]
//! ```
//!
//! It prints its URL as the first line and serves until its standard input ends, or until it is
//! stopped where `--keep-running` is given.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::ExitCode;

use nestmap_providers::sandbox::{DuffelSandbox, SandboxClock, SandboxConfig};

struct Options {
    config: SandboxConfig,
    keep_running: bool,
}

fn options(mut arguments: impl Iterator<Item = String>) -> Result<Options, String> {
    let mut config = SandboxConfig::default();
    let mut keep_running = false;
    while let Some(name) = arguments.next() {
        match name.as_str() {
            "--client-defects" => config.client_defects = true,
            "--keep-running" => keep_running = true,
            _ => {
                let value = arguments.next().ok_or_else(|| format!("`{name}` needs a value"))?;
                set(&mut config, &name, value)?;
            }
        }
    }
    Ok(Options { config, keep_running })
}

fn set(config: &mut SandboxConfig, name: &str, value: String) -> Result<(), String> {
    let wrong = |expected: &str| format!("`{name}` takes {expected}, not `{value}`");
    match name {
        "--port" => {
            let port = value.parse().map_err(|_| wrong("a port number"))?;
            config.bind = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        }
        "--seed" => config.seed = value.parse().map_err(|_| wrong("a whole number"))?,
        "--now" => {
            let now = value.parse().map_err(|_| wrong("an instant like 2026-03-01T12:00:00Z"))?;
            config.clock = SandboxClock::fixed(now);
        }
        "--country" => config.seller_country = Some(value),
        "--state" => config.state_file = Some(value.into()),
        "--token" => config.token = Some(value),
        _ => return Err(format!("unknown option `{name}`")),
    }
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            // Nobody is left to tell when standard error is closed.
            drop(writeln!(std::io::stderr(), "duffel-sandbox: {reason}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let options = options(std::env::args().skip(1))?;
    let sandbox = DuffelSandbox::start(options.config).await.map_err(|error| error.to_string())?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", sandbox.base_url()).map_err(|error| error.to_string())?;
    out.flush().map_err(|error| error.to_string())?;
    if options.keep_running {
        std::future::pending::<()>().await;
    }
    // Ends with the program that started it, even when that program is killed.
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    ended.await.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    sandbox.shutdown().await;
    Ok(())
}
