//! `nestmap policy`: what a policy document means, without a server.

mod assess;
mod input;
mod report;

use super::Exit;

/// Looks at policy documents.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Hold a supplier's offers against a policy and print what it makes of each.
    Assess(assess::Arguments),
}

/// Does what was asked.
pub(crate) fn run(arguments: Arguments) -> Exit {
    match arguments.action {
        Action::Assess(arguments) => assess::run(&arguments),
    }
}
