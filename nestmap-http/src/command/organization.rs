//! `nestmap organization`: what an operator does about organizations.

mod create;

use super::Exit;

/// Adds organizations.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add an organization with its first administrator, who then logs in
    ///
    /// The administrator's password is read from the first line of standard input, or from
    /// NESTMAP_ADMIN_PASSWORD. Where the address has a login already, it must be the password of
    /// that. Run it with the server's environment, or at least its DATABASE_URL and
    /// NESTMAP_PASSWORD_PEPPER; a server on an SQLite file has to be stopped meanwhile.
    ///
    /// The same name and address make one organization: a repetition prints the same ids, and one
    /// with another country, currency or administrator's name is refused.
    Create(create::Arguments),
}

/// Does what was asked.
pub(crate) fn run(arguments: Arguments) -> Exit {
    match arguments.action {
        Action::Create(arguments) => create::run(arguments),
    }
}
