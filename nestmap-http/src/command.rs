//! The subcommands, one file each.

mod demo;
mod migrate;
mod offers;
mod open;
mod openapi;
mod organization;
mod policy;
mod screen;
mod serve;
mod table;
mod welcome;
mod when;

use std::error::Error;
use std::io::Write as _;
use std::process::ExitCode;

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
    /// Add organizations where they don't sign up by themselves
    Organization(organization::Arguments),
    /// Print the API's description (OpenAPI 3.1)
    Openapi,
    /// Play the main story against a fresh SQLite file and the supplier sandbox
    Demo(demo::Arguments),
    /// Look at policy documents, without a server
    Policy(policy::Arguments),
}

/// How a command ended; each command's `--help` says what it means there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything was done.
    Fine,
    /// It couldn't be done, or something isn't as it must be.
    Failed,
    /// What was given can't be used.
    Unusable,
    /// It was done, without the parts that can't be read.
    Partly,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Failed => 1,
            Exit::Unusable => 2,
            Exit::Partly => 3,
        })
    }
}

/// Does it.
pub(crate) fn run(command: Command) -> Exit {
    match command {
        Command::Serve => told(serve::run()),
        Command::Migrate => told(migrate::run()),
        Command::Organization(arguments) => organization::run(arguments),
        Command::Openapi => told(openapi::print()),
        Command::Demo(arguments) => demo::run(&arguments),
        Command::Policy(arguments) => policy::run(arguments),
    }
}

/// How it ended, with a complaint where it didn't work.
fn told(result: Result<(), Box<dyn Error>>) -> Exit {
    match result {
        Ok(()) => Exit::Fine,
        Err(error) => {
            complain(&*error);
            Exit::Failed
        }
    }
}

/// Says on standard error what is wrong.
fn warn(text: &str) {
    // Nobody is left to tell when even this can't be written.
    let _ = writeln!(std::io::stderr(), "{text}");
}

/// Tells why it didn't work, each cause on a line of its own.
fn complain(error: &(dyn Error + 'static)) {
    let causes = std::iter::successors(Some(error), |error| (*error).source());
    let text: String = causes.map(|cause| format!("nestmap: {cause}\n")).collect();
    // Nobody is left to tell when even this can't be written.
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints a line for the person at the terminal.
fn say(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
