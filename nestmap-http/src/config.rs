//! Configuration: every variable, its default and its meaning.
//!
//! All settings come from environment variables. [`SETTINGS`] is the whole list; the file
//! `config.default.toml` is printed from it. An empty variable counts as unset.

mod read;
mod settings;

pub use read::ConfigError;
pub use settings::{SETTINGS, Setting};

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use crate::secret::{Secret, weakness};
use read::Reader;

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether people depend on this server.
    pub environment: Environment,
    /// Where the database is: `sqlite:…` or `postgres://…`.
    pub database_url: Secret,
    /// The key to Duffel; without one the sandbox in this process stands in.
    pub duffel_api_key: Option<Secret>,
    /// Where Duffel is, without a slash at its end.
    pub duffel_url: String,
    /// How long a call to Duffel that orders, pays or cancels may take.
    pub booking_timeout: Duration,
    /// Where the sandbox keeps its orders.
    pub sandbox_file: PathBuf,
    /// What Duffel signs its webhooks with; without one the webhook route refuses everything.
    pub duffel_webhook_secret: Option<Secret>,
    /// Signs access tokens; without one a random key is used until the process ends.
    pub jwt_secret: Option<Secret>,
    /// The key before the present one; its tokens are still accepted.
    pub jwt_secret_previous: Option<Secret>,
    /// Seals page cursors, invitations and refresh tokens; without one a random key is used until
    /// the process ends.
    pub session_secret: Option<Secret>,
    /// Goes into every password hash. Changing it makes every password wrong.
    pub password_pepper: Option<Secret>,
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// Whether companies may sign up by themselves; otherwise the operator adds them.
    pub sign_up_open: bool,
    /// The URL people reach the server at, without a slash at its end; empty when not known.
    pub public_url: String,
    /// Whether answers are compressed.
    pub compression: bool,
    /// Level of the log, or levels by target, such as `info,nestmap_http=debug`.
    pub log_level: String,
    /// How the log is written.
    pub log_format: LogFormat,
    /// How many requests a client may make; none for any number.
    pub rate_limit: Option<RateLimit>,
    /// The largest body that is read, in bytes.
    pub body_bytes_max: usize,
    /// How long a client may take to send the head of a request, to begin another one, and to send
    /// a body.
    pub read_timeout: Duration,
    /// How long a request may take before it is answered with `timeout`.
    pub request_timeout: Duration,
    /// How many requests are worked on at the same time; an eighth of them for one asker.
    pub requests_max: usize,
    /// How long running requests have when the server stops.
    pub drain: Duration,
    /// Addresses of proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
    /// Origins of web pages that may call the API from a browser; `*` for any.
    pub cors_origins: Vec<String>,
    /// Whether browsers are told to use TLS only; set it behind a proxy that speaks TLS.
    pub hsts: bool,
    /// Whether this process does what falls due and delivers events.
    pub worker: bool,
    /// What a password hash costs.
    pub password_cost: PasswordCost,
}

/// Whether people depend on this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// Nobody does: missing secrets are made up, weak ones are only complained about.
    Development,
    /// Somebody does: missing and weak secrets are refused.
    Production,
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

/// How many requests a client may make.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RateLimit {
    /// Requests in a window, at least 1.
    pub max: u32,
    /// The window, at least a millisecond.
    pub window: Duration,
}

/// Argon2id parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
}

impl Default for PasswordCost {
    /// 46 MiB and one pass, as the OWASP password storage cheat sheet has it.
    fn default() -> Self {
        Self { memory_kib: 47_104, passes: 1 }
    }
}

impl Config {
    /// Reads the process's environment.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_variables(|name| std::env::var(name).ok())
    }

    /// Reads variables by name; all that is wrong is told at once.
    pub fn from_variables(read: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut reader = Reader::new(&read);
        let config = Self {
            environment: reader.word("NESTMAP_ENV", &ENVIRONMENTS),
            database_url: Secret::new(reader.text("DATABASE_URL")),
            duffel_api_key: reader.secret("DUFFEL_API_KEY"),
            duffel_url: reader.url("NESTMAP_DUFFEL_URL"),
            booking_timeout: reader.seconds("NESTMAP_BOOKING_SECONDS_MAX", 5, 300),
            sandbox_file: PathBuf::from(reader.text("NESTMAP_SANDBOX_FILE")),
            duffel_webhook_secret: reader.secret("DUFFEL_WEBHOOK_SECRET"),
            jwt_secret: reader.secret("JWT_SECRET"),
            jwt_secret_previous: reader.secret("NESTMAP_JWT_SECRET_PREVIOUS"),
            session_secret: reader.secret("SESSION_SECRET"),
            password_pepper: reader.secret("NESTMAP_PASSWORD_PEPPER"),
            listen: SocketAddr::new(
                reader.parse("HOST", "an IP address"),
                reader.parse("PORT", "a port, 0 to 65535"),
            ),
            sign_up_open: reader.word("NESTMAP_SIGN_UP", &DOORS),
            public_url: reader.url("NESTMAP_PUBLIC_URL"),
            compression: reader.word("COMPRESSION_ENABLED", &BOOLEANS),
            log_level: reader.text("LOG_LEVEL"),
            log_format: reader.word("LOG_FORMAT", &LOG_FORMATS),
            rate_limit: rate_limit(&mut reader),
            body_bytes_max: reader.number("NESTMAP_BODY_BYTES_MAX", 1_024, 64 << 20),
            read_timeout: reader.seconds("NESTMAP_READ_SECONDS_MAX", 1, 600),
            request_timeout: reader.seconds("NESTMAP_REQUEST_SECONDS_MAX", 1, 600),
            requests_max: reader.number("NESTMAP_REQUESTS_MAX", 1, 100_000),
            drain: reader.seconds("NESTMAP_DRAIN_SECONDS", 0, 600),
            trusted_proxies: reader.list("NESTMAP_TRUSTED_PROXIES", "IP addresses"),
            cors_origins: reader.list("NESTMAP_CORS_ORIGINS", "origins"),
            hsts: reader.word("NESTMAP_HSTS_ENABLED", &BOOLEANS),
            worker: reader.word("NESTMAP_WORKER_ENABLED", &BOOLEANS),
            password_cost: PasswordCost::default(),
        };
        if config.environment == Environment::Production {
            config.weak_secrets().into_iter().for_each(|problem| reader.complain(problem));
            if !config.sells_play_flights() && !reader.is_set("NESTMAP_SIGN_UP") {
                reader.complain(UNDECIDED.into());
            }
        }
        reader.finish(config)
    }

    /// Whether only play flights are sold: by the sandbox, or by a test account of Duffel.
    pub fn sells_play_flights(&self) -> bool {
        let key = self.duffel_api_key.as_ref();
        key.is_none_or(|key| key.expose().starts_with("duffel_test_"))
    }

    /// What is wrong with the secrets; production refuses to start with any of it.
    pub fn weak_secrets(&self) -> Vec<String> {
        let named = [
            ("JWT_SECRET", &self.jwt_secret, true),
            ("SESSION_SECRET", &self.session_secret, true),
            ("NESTMAP_JWT_SECRET_PREVIOUS", &self.jwt_secret_previous, false),
            ("NESTMAP_PASSWORD_PEPPER", &self.password_pepper, false),
        ];
        let mut problems = Vec::new();
        for (name, secret, needed) in named {
            match secret {
                None if needed => problems.push(format!("`{name}` isn't set")),
                None => {}
                Some(secret) => {
                    problems.extend(weakness(secret).map(|why| format!("`{name}` {why}")));
                }
            }
        }
        if self.jwt_secret.is_some() && self.jwt_secret == self.session_secret {
            problems.push("`JWT_SECRET` and `SESSION_SECRET` are the same".into());
        }
        problems
    }
}

impl Default for Config {
    /// What a process without any variable gets: development, SQLite, the sandbox.
    fn default() -> Self {
        Self::from_variables(|_| None).expect("the defaults are valid, a test reads them")
    }
}

const ENVIRONMENTS: [(&str, Environment); 2] =
    [("development", Environment::Development), ("production", Environment::Production)];
const LOG_FORMATS: [(&str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
const DOORS: [(&str, bool); 2] = [("open", true), ("closed", false)];
const UNDECIDED: &str = "`NESTMAP_SIGN_UP` isn't set: whoever signs up buys with your live key to \
    Duffel, so say `closed`, or `open` to anybody who reaches the server";
const BOOLEANS: [(&str, bool); 2] = [("true", true), ("false", false)];

fn rate_limit(reader: &mut Reader<'_>) -> Option<RateLimit> {
    let enabled = reader.word("RATE_LIMIT_ENABLED", &BOOLEANS);
    let max = reader.number("RATE_LIMIT_MAX", 1, 1_000_000);
    let window = reader.number("RATE_LIMIT_WINDOW_MS", 1, 86_400_000);
    let limit = RateLimit {
        max: u32::try_from(max).unwrap_or(u32::MAX),
        window: Duration::from_millis(u64::try_from(window).unwrap_or(u64::MAX)),
    };
    enabled.then_some(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let find = |name: &str| variables.iter().find(|(n, _)| *n == name);
        Config::from_variables(|name| find(name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn the_defaults_are_development_with_sqlite_and_limits() {
        let config = Config::default();
        assert_eq!(config.environment, Environment::Development);
        assert_eq!(config.database_url.expose(), "sqlite:.nestmap/nestmap.sqlite");
        assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
        assert!(config.rate_limit.is_some() && config.compression && config.worker);
    }

    #[test]
    fn the_file_of_defaults_is_the_list_of_settings() {
        let file = include_str!("../config.default.toml");
        assert_eq!(file, settings::defaults_toml(), "print it anew from `SETTINGS`");
    }

    #[test]
    fn everything_wrong_is_told_at_once_and_secrets_are_not() {
        let error = read(&[
            ("PORT", "99999"),
            ("LOG_FORMAT", "xml"),
            ("RATE_LIMIT_MAX", "0"),
            ("NESTMAP_PUBLIC_URL", "example.com"),
            ("JWT_SECRET", "hunter2"),
        ])
        .unwrap_err();
        assert_eq!(error.problems.len(), 4, "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }

    #[test]
    fn production_refuses_missing_weak_and_equal_secrets() {
        let strong = "Zk3v9Qm1Yt7Rb5Xc8Wd2Hf6Jg4Ln0PsU";
        let other = "mN4bV7cX2zL9kJ6hG1fD8sA5pO3iU0yT";
        let production = |jwt: &str, session: &str| {
            read(&[("NESTMAP_ENV", "production"), ("JWT_SECRET", jwt), ("SESSION_SECRET", session)])
        };
        assert!(production(strong, other).is_ok());
        for (jwt, session) in
            [("", other), (strong, "short"), ("your-256-bit-secret-key-your-256", other)]
        {
            assert!(production(jwt, session).is_err(), "{jwt} {session}");
        }
        assert!(production(strong, strong).unwrap_err().to_string().contains("are the same"));
        assert!(read(&[("JWT_SECRET", "short")]).is_ok(), "development only complains");
    }

    #[test]
    fn who_may_sign_up_is_said_where_it_costs_money() {
        let strong = "Zk3v9Qm1Yt7Rb5Xc8Wd2Hf6Jg4Ln0PsU";
        let other = "mN4bV7cX2zL9kJ6hG1fD8sA5pO3iU0yT";
        let secrets =
            [("NESTMAP_ENV", "production"), ("JWT_SECRET", strong), ("SESSION_SECRET", other)];
        let production = |more: &[(&str, &str)]| read(&[&secrets[..], more].concat());
        let live = ("DUFFEL_API_KEY", "duffel_live_x");
        let error = production(&[live]).unwrap_err();
        assert!(error.to_string().contains("`NESTMAP_SIGN_UP` isn't set"), "{error}");
        let open = |more: &[(&str, &str)]| production(more).unwrap().sign_up_open;
        assert!(open(&[live, ("NESTMAP_SIGN_UP", "open")]));
        assert!(!open(&[live, ("NESTMAP_SIGN_UP", "closed")]));
        assert!(open(&[]) && open(&[("DUFFEL_API_KEY", "duffel_test_x")]));
        assert!(read(&[live]).unwrap().sign_up_open && Config::default().sign_up_open);
        assert!(read(&[("NESTMAP_SIGN_UP", "ajar")]).is_err());
    }

    #[test]
    fn lists_are_split_at_commas() {
        let config = read(&[("NESTMAP_TRUSTED_PROXIES", "10.0.0.1, ::1")]).unwrap();
        assert_eq!(config.trusted_proxies.len(), 2);
        assert!(read(&[("NESTMAP_TRUSTED_PROXIES", "10.0.0.1,proxy")]).is_err());
    }
}
