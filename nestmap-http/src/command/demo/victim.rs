//! The server that gets killed between the order and its answer.
//!
//! It is this same program, started once more over the same file. Its HTTP client tells its parent
//! when the answer to an order has arrived, and never hands it on. Then the parent kills it.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;

use async_trait::async_trait;
use nestmap_core::time::Timestamp;
use nestmap_providers::http::{HttpClient, Method, Request, Response, Transport, TransportError};

use super::clock::{StoryClock, StoryEntropy};
use super::stage::{Server, Stage, http_client};
use super::{Stop, complain};
use crate::command::Exit;

/// What the victim says when the order was answered.
const ANSWERED: &str = "answered";
/// Where the victim's entropy starts counting: far from the parent's.
const COUNT_START: u64 = 1 << 24;

/// A server that will be killed.
pub(super) struct Victim<'a> {
    pub(super) sandbox: &'a str,
    pub(super) database: &'a Path,
    pub(super) now: Timestamp,
    pub(super) seed: u64,
}

impl Victim<'_> {
    /// Does what is due until it is killed. Coming to an end is a failure.
    pub(super) async fn run(&self) -> Exit {
        die_with_parent();
        match self.serve().await {
            Ok(()) => complain(Exit::Failed, "nothing was ordered"),
            Err(stop) => complain(Exit::Failed, &stop.to_string()),
        }
    }

    async fn serve(&self) -> Result<(), Stop> {
        let clock = StoryClock::at(self.now);
        let entropy = Arc::new(StoryEntropy::new(self.seed, COUNT_START));
        let transport = Arc::new(Deaf(http_client()?));
        let server = Server::start(self.database, self.sandbox, &clock, entropy, transport).await?;
        server.nestmap.tick().await?;
        Ok(())
    }
}

/// Whoever starts a victim holds its input open; nobody must find an orphan.
fn die_with_parent() {
    std::thread::spawn(|| {
        // Whatever comes, or doesn't: the parent is gone.
        let _ = io::stdin().read(&mut [0]);
        std::process::abort();
    });
}

/// An HTTP client that keeps the answers to orders for itself.
struct Deaf(HttpClient);

#[async_trait]
impl Transport for Deaf {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let answer = self.0.send(request).await;
        let orders = request.method == Method::Post && request.url.ends_with("/air/orders");
        match &answer {
            Ok(response) if orders && response.status == 201 => {
                // Without a parent that listens there is nobody left to kill this process.
                if writeln!(io::stdout(), "{ANSWERED}").is_err() {
                    std::process::abort();
                }
                std::future::pending().await
            }
            _ => answer,
        }
    }
}

/// Starts a server over the stage's file, waits until its order was answered, and kills it.
pub(super) async fn killed(stage: &Stage) -> Result<ExitStatus, Stop> {
    let child = spawn(stage).map_err(|error| around("can't be started", &error))?;
    // Waiting for another process blocks a thread; the sandbox needs the others.
    let ended = tokio::task::spawn_blocking(move || kill_when_answered(child)).await;
    ended.map_err(|error| Stop::Around(error.to_string()))?
}

fn spawn(stage: &Stage) -> io::Result<Child> {
    Command::new(std::env::current_exe()?)
        .args(["demo", "--victim-of", &stage.sandbox.base_url()])
        .args(["--victim-now", &stage.now().to_string()])
        .args(["--seed", &stage.seed.to_string()])
        .arg("--database")
        .arg(stage.database())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
}

fn kill_when_answered(mut child: Child) -> Result<ExitStatus, Stop> {
    let mut said = String::new();
    if let Some(output) = child.stdout.take() {
        let read = BufReader::new(output).read_line(&mut said);
        read.map_err(|error| around("can't be heard", &error))?;
    }
    child.kill().map_err(|error| around("can't be killed", &error))?;
    let status = child.wait().map_err(|error| around("can't be waited for", &error))?;
    if said.trim() != ANSWERED {
        return Err(Stop::Around(format!("the server that was to be killed ended: {status}")));
    }
    Ok(status)
}

fn around(what: &str, error: &io::Error) -> Stop {
    Stop::Around(format!("the server that is to be killed {what}: {error}"))
}
