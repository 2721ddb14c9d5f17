//! `nestmap serve` as a process that can be killed and started again.

use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use crate::api::Api;
use crate::database::Database;
use crate::patience::Patience;
use crate::supplier::Supplier;

/// How long starting and stopping may take on a busy machine.
const LONG: Duration = Duration::from_secs(60);

pub struct Server {
    address: SocketAddr,
    command: Command,
    log: PathBuf,
    child: Child,
}

impl Server {
    pub async fn start(database: &Database, supplier: &Supplier) -> Self {
        let address = free_address();
        let log = database.folder.join("server.log");
        let mut command = Command::new(env!("CARGO_BIN_EXE_nestmap"));
        command
            .arg("serve")
            .env_clear()
            .env("HOST", address.ip().to_string())
            .env("PORT", address.port().to_string())
            .env("DATABASE_URL", &database.url)
            .env("DUFFEL_API_KEY", supplier.token())
            .env("NESTMAP_DUFFEL_URL", supplier.url())
            .env("NESTMAP_BOOKING_SECONDS_MAX", "5")
            .env("JWT_SECRET", "Zk3v9Qm1Yt7Rb5Xc8Wd2Hf6Jg4Ln0PsU")
            .env("SESSION_SECRET", "mN4bV7cX2zL9kJ6hG1fD8sA5pO3iU0yT")
            .env("RATE_LIMIT_ENABLED", "false")
            .env("LOG_LEVEL", "warn")
            .stdin(Stdio::null());
        let child = spawn(&mut command, &log);
        let mut server = Self { address, command, log, child };
        server.wait_until_well().await;
        server
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Kills it with SIGKILL. When this returns the process is gone, and so are its locks.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is ours");
    }

    pub async fn start_again(&mut self) {
        self.child = spawn(&mut self.command, &self.log);
        self.wait_until_well().await;
    }

    /// Asks it to stop and waits until it has. It must not have failed on the way.
    pub async fn stop(mut self) {
        let id = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &id]).status().expect("`kill` runs");
        assert!(asked.success(), "it ended by itself: {}", self.end_of_log());
        let patience = Patience::of(LONG);
        while self.ended().is_none() && patience.lasts().await {}
        let ended = self.ended();
        let well = ended.is_some_and(|status| status.success());
        assert!(well, "it stops with {ended:?}: {}", self.end_of_log());
        assert!(!self.log().contains("panicked"), "something panicked: {}", self.log.display());
    }

    async fn wait_until_well(&mut self) {
        let (api, patience) = (Api::of(self.address), Patience::of(LONG));
        while !api.is_well().await {
            let ended = self.ended();
            let goes_on = ended.is_none() && patience.lasts().await;
            assert!(goes_on, "it doesn't start, {ended:?}: {}", self.end_of_log());
        }
    }

    /// How it ended, if it has.
    fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("it is ours")
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn end_of_log(&self) -> String {
        let log = self.log();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // After a failure it may still run, or be gone already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

fn spawn(command: &mut Command, log: &Path) -> Child {
    let log = OpenOptions::new().create(true).append(true).open(log).expect("the folder is ours");
    let errors = log.try_clone().expect("a file can be shared");
    command.stdout(log).stderr(errors).spawn().expect("the server starts")
}

/// An address nobody listens on; the same for every start, so that clients find the server again.
/// It lies below the ports that systems choose for outgoing connections: one of those could take it
/// while the server is down.
fn free_address() -> SocketAddr {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 15_000 + u16::try_from(std::process::id() % 15_000).expect("it is below 15,000");
    let is_free = |address: &SocketAddr| TcpListener::bind(address).is_ok();
    let next = |_| first + NEXT.fetch_add(1, Ordering::Relaxed);
    let mut addresses = (0..1_000).map(next).map(|port| (Ipv4Addr::LOCALHOST, port).into());
    addresses.find(is_free).expect("the loopback has free ports")
}
