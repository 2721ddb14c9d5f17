//! `nestmap organization create`: an organization and its first administrator.

use std::io::{BufRead as _, IsTerminal as _, Read as _, stdin};

use nestmap_core::digest::Digest;
use nestmap_core::flow::onboard::{SignUp, SignedUp};
use nestmap_core::place::Country;
use nestmap_core::port::store::IdempotencyKey;
use nestmap_core::{Code, Currency, Error, ErrorKind};
use nestmap_http::auth::{Passwords, joining_login};
use nestmap_http::system::SystemEntropy;
use nestmap_http::{Config, Secret};

use crate::command::open::{Database, open_database};
use crate::command::{Exit, complain, say};

const PASSWORD: &str = "NESTMAP_ADMIN_PASSWORD";
/// A longer first line is no password.
const PASSWORD_BYTES_MAX: u64 = 4_096;

const ENDINGS: &str = "\
Exit codes:
  0  the organization is there, and its id and its administrator's are printed
  1  the configuration is wrong, or the database can't be used
  2  what was given can't be used: a name, an address, a password that is weak or isn't the one of
     the address's login, or an organization of this name and address that differs";

/// The organization to add.
#[derive(Debug, clap::Args)]
#[command(after_help = ENDINGS, args_override_self = true)]
pub(super) struct Arguments {
    /// The organization's name.
    #[arg(long)]
    name: String,
    /// The country it is established in, such as DE.
    #[arg(long)]
    country: Country,
    /// The currency of its budgets, such as EUR.
    #[arg(long, value_parser = Currency::parse)]
    currency: Currency,
    /// The first administrator's name.
    #[arg(long)]
    admin_name: String,
    /// The first administrator's address, to log in with.
    #[arg(long)]
    admin_email: String,
}

/// Why the organization isn't there.
enum Refused {
    /// It is what was given.
    Given(Error),
    /// It is something else.
    Failed(Box<dyn std::error::Error>),
}

/// Adds it and prints the ids.
pub(super) fn run(arguments: Arguments) -> Exit {
    match create(arguments) {
        Ok(()) => Exit::Fine,
        Err(Refused::Given(error)) => {
            complain(&error);
            Exit::Unusable
        }
        Err(Refused::Failed(error)) => {
            complain(&*error);
            Exit::Failed
        }
    }
}

fn create(arguments: Arguments) -> Result<(), Refused> {
    let password = password()?;
    let config = Config::from_env()?;
    let runtime = tokio::runtime::Runtime::new()?;
    let SignedUp { organization, person } = runtime.block_on(async {
        let database = open_database(&config).await.map_err(Refused::Failed)?;
        let made = sign_up(&config, &database, arguments, &password).await;
        database.store.close().await;
        made
    })?;
    say(&format!("organization {organization}"))?;
    say(&format!("administrator {person}"))?;
    Ok(())
}

async fn sign_up(
    config: &Config,
    database: &Database,
    arguments: Arguments,
    password: &Secret,
) -> Result<SignedUp, Refused> {
    let Arguments { name, country, currency, admin_name, admin_email } = arguments;
    let mut sign_up = SignUp {
        organization: name.trim().to_owned(),
        country,
        currency,
        name: admin_name,
        email: admin_email,
        login: None,
    };
    sign_up.check()?;
    let passwords =
        Passwords::new(config.password_cost, config.password_pepper.as_ref(), &SystemEntropy);
    let own_words = [&*sign_up.email, &sign_up.name, &sign_up.organization];
    let nestmap = &database.nestmap;
    let password = password.expose();
    let login = joining_login(nestmap, &passwords, &sign_up.email, password, &own_words).await?;
    sign_up.login = Some(login);
    let (name, email) = (sign_up.organization.clone(), sign_up.email.clone());
    let once = key_of(&name)?;
    let made = nestmap.sign_up(sign_up, Some(once), None).await;
    made.map_err(|error| match error.code {
        Code::AlreadyExists | Code::IdempotencyKeyReused => {
            let message = format!("an organization `{name}` of `{email}` exists and differs");
            Error::new(Code::AlreadyExists, message).because(error).into()
        }
        _ => error.into(),
    })
}

/// One key for each name, so that a repetition makes nothing new. The address is part of what a
/// sign-up's key counts for.
fn key_of(name: &str) -> Result<IdempotencyKey, Error> {
    IdempotencyKey::parse(&format!("operator-{}", Digest::of("operator sign-up", &name)))
}

/// Never an argument: other users of the machine can read those.
fn password() -> Result<Secret, Refused> {
    if let Some(password) = std::env::var(PASSWORD).ok().filter(|text| !text.is_empty()) {
        return Ok(Secret::new(password));
    }
    let given = |message: String| Refused::Given(Error::new(Code::InvalidField, message));
    if stdin().is_terminal() {
        let message = "a terminal would show the password: send it to standard input, or set";
        return Err(given(format!("{message} `{PASSWORD}`")));
    }
    let mut line = String::new();
    stdin().lock().take(PASSWORD_BYTES_MAX).read_line(&mut line)?;
    let password = line.trim_end_matches(['\r', '\n']);
    if password.is_empty() {
        let message = "there is no password: send it to standard input, or set";
        return Err(given(format!("{message} `{PASSWORD}`")));
    }
    Ok(Secret::new(password))
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        match error.kind() {
            ErrorKind::Invalid | ErrorKind::Unauthenticated | ErrorKind::Conflict => {
                Self::Given(error)
            }
            _ => Self::Failed(error.into()),
        }
    }
}

impl From<nestmap_http::ConfigError> for Refused {
    fn from(error: nestmap_http::ConfigError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<std::io::Error> for Refused {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.into())
    }
}
