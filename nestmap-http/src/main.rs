//! The `nestmap` command.

mod command;

use std::process::ExitCode;

use clap::Parser;

/// Corporate travel: search, policy, approval, booking.
#[derive(Parser)]
#[command(name = "nestmap", version)]
struct Arguments {
    #[command(subcommand)]
    command: command::Command,
}

fn main() -> ExitCode {
    let Arguments { command } = Arguments::parse();
    command::run(command).into()
}
