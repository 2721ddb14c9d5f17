//! `nestmap serve`: the API and the worker, until the process is told to stop.

use std::error::Error;

use nestmap_http::config::Environment;
use nestmap_http::{App, Config, observe, serve};
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::open::{Opened, open};
use super::{say, welcome};

/// Serves until SIGTERM or SIGINT.
pub(super) fn run() -> Result<(), Box<dyn Error>> {
    let config = Config::from_env()?;
    observe::start_log(&config);
    tokio::runtime::Runtime::new()?.block_on(serve(config))
}

async fn serve(config: Config) -> Result<(), Box<dyn Error>> {
    warn_of_secrets(&config);
    let stop = stop_on_signal()?;
    let Opened { nestmap, store, sandbox } = open(&config).await?;
    welcome::refuse_elsewhere(&nestmap, &config).await?;
    let listener = TcpListener::bind(config.listen).await?;
    let address = listener.local_addr()?;
    say(&format!("NestMap listens on http://{address}, its documentation is at /api/docs."))?;
    if config.sells_play_flights() {
        say("SANDBOX: only play flights are sold; nothing is booked and nothing is paid.")?;
    }
    if sandbox.is_some() && welcome::is_welcome(&config) {
        for line in welcome::play_company(&nestmap, &config).await? {
            say(&line)?;
        }
    }
    serve::serve(App::new(nestmap, config), listener, stop).await;
    if let Some(sandbox) = sandbox {
        sandbox.shutdown().await;
    }
    store.close().await;
    Ok(())
}

/// What would be refused in production is at least said aloud in development.
fn warn_of_secrets(config: &Config) {
    if config.environment == Environment::Development {
        for problem in config.weak_secrets() {
            tracing::warn!("{problem}; production would refuse to start");
        }
    }
}

/// Canceled by the first SIGTERM or SIGINT; the second ends the process as usual.
fn stop_on_signal() -> Result<CancellationToken, Box<dyn Error>> {
    let (mut terminate, mut interrupt) =
        (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let canceled = stop.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        canceled.cancel();
    });
    Ok(stop)
}
