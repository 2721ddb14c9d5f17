//! The subcommands, one file each.

mod migrate;
mod open;
mod openapi;
mod serve;
mod welcome;

use std::error::Error;
use std::io::Write as _;

use clap::Subcommand;

/// What to do.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Serve the API and do what falls due
    ///
    /// Everything is configured by environment variables; config.default.toml lists them.
    Serve,
    /// Bring the database of DATABASE_URL up to date
    ///
    /// On PostgreSQL as the role that owns the tables, which isn't the one that serves. An SQLite
    /// file is brought up to date when it is opened, too.
    Migrate,
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
}

/// Does it.
pub(crate) fn run(command: Command) -> Result<(), Box<dyn Error>> {
    match command {
        Command::Serve => serve::run(),
        Command::Migrate => migrate::run(),
        Command::Openapi => openapi::print(),
    }
}

/// Tells why it didn't work, each cause on a line of its own.
pub(crate) fn complain(error: &(dyn Error + 'static)) {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    let text: String = causes.map(|cause| format!("nestmap: {cause}\n")).collect();
    // Nobody is left to tell when even this can't be written.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints a line for the person at the terminal.
fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
