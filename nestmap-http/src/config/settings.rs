//! The list of settings, from which `config.default.toml` is printed.

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What holds when it is unset; empty for "nothing".
    pub default: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

macro_rules! settings {
    ($($name:literal = $default:literal, $meaning:literal;)*) => {
        /// Every setting, in the order of `config.default.toml`.
        pub const SETTINGS: &[Setting] = &[
            $(Setting { name: $name, default: $default, meaning: $meaning },)*
        ];
    };
}

settings! {
    "NESTMAP_ENV" = "development", "`development` or `production`. Production refuses missing and weak secrets.";
    "NESTMAP_SIGN_UP" = "open", "Whether companies sign up by themselves (`open`), or the operator adds them with `nestmap organization create` (`closed`). Whoever signs up buys with the operator's key to Duffel, so production with a live key refuses to start unless this is set.";
    "HOST" = "127.0.0.1", "The IP address to listen on; `0.0.0.0` for every interface.";
    "PORT" = "3000", "The port to listen on; 0 for any free one.";
    "NESTMAP_PUBLIC_URL" = "", "The URL people reach the server at, such as https://travel.example.com; used in the URIs of problem types.";
    "DATABASE_URL" = "sqlite:.nestmap/nestmap.sqlite", "Where the database is: `sqlite:PATH` or `postgres://…`.";
    "DUFFEL_API_KEY" = "", "The key to Duffel. Without it a sandbox in this process sells play flights.";
    "NESTMAP_DUFFEL_URL" = "https://api.duffel.com", "Where Duffel is; a test points it at a sandbox of its own.";
    "NESTMAP_BOOKING_SECONDS_MAX" = "130", "How many seconds a call that orders, pays or cancels may take, 5 to 300. One that takes longer is looked up. Duffel asks for two minutes or more.";
    "NESTMAP_SANDBOX_FILE" = ".nestmap/sandbox.jsonl", "Where the sandbox keeps its orders; NestMap's database remembers them, too.";
    "DUFFEL_WEBHOOK_SECRET" = "", "What Duffel signs its webhooks with. Without it the webhook route refuses everything.";
    "JWT_SECRET" = "", "Signs access tokens, 32 random characters or more. Without it a random key is used until the process ends.";
    "NESTMAP_JWT_SECRET_PREVIOUS" = "", "The `JWT_SECRET` before the present one; its tokens are still accepted. Take it away ten minutes after a change.";
    "SESSION_SECRET" = "", "Seals page cursors, invitations and refresh tokens, 32 random characters or more. Without it a random key is used until the process ends.";
    "NESTMAP_PASSWORD_PEPPER" = "", "Goes into every password hash. Changing it makes every password wrong.";
    "LOG_LEVEL" = "info", "`error`, `warn`, `info`, `debug` or `trace`, or levels by target such as `warn,nestmap_http=debug`.";
    "LOG_FORMAT" = "text", "`text` or `json`, one object a line.";
    "COMPRESSION_ENABLED" = "true", "Whether answers are compressed where the client takes gzip.";
    "RATE_LIMIT_ENABLED" = "true", "Whether clients are slowed down that ask too often.";
    "RATE_LIMIT_MAX" = "600", "How many requests a person, or an address without a log-in, may make in a window.";
    "RATE_LIMIT_WINDOW_MS" = "60000", "The window, in milliseconds.";
    "NESTMAP_BODY_BYTES_MAX" = "1048576", "The largest request body that is read, in bytes.";
    "NESTMAP_READ_SECONDS_MAX" = "10", "How many seconds a client may take to send the head of a request, to begin another one on the same connection, and to send a body.";
    "NESTMAP_REQUEST_SECONDS_MAX" = "60", "How many seconds a request may take before it is answered with `timeout`. A write was then committed or not; its idempotency key finds out.";
    "NESTMAP_REQUESTS_MAX" = "512", "How many requests are worked on at the same time; more are answered with `overloaded`. One person, or one address without a log-in, has an eighth of them; more are answered with `rate-limited`.";
    "NESTMAP_DRAIN_SECONDS" = "30", "How many seconds running requests have when the server stops.";
    "NESTMAP_TRUSTED_PROXIES" = "", "IP addresses of proxies whose `X-Forwarded-For` is believed, with commas between.";
    "NESTMAP_CORS_ORIGINS" = "", "Origins of web pages that may call the API from a browser, with commas between; `*` for any.";
    "NESTMAP_HSTS_ENABLED" = "false", "Whether browsers are told to use TLS only. Set it where a proxy in front speaks TLS.";
    "NESTMAP_WORKER_ENABLED" = "true", "Whether this process does what falls due and delivers events. At least one process must.";
}

/// The default of a setting.
pub(super) fn default_of(name: &str) -> &'static str {
    let setting = SETTINGS.iter().find(|setting| setting.name == name);
    setting.map(|setting| setting.default).expect("every variable that is read is in the list")
}

/// The text of `config.default.toml`.
#[cfg(test)]
pub(super) fn defaults_toml() -> String {
    let mut text = String::from(
        "# Every setting with its default and meaning. Settings are environment variables; this file\n\
         # is for reading. A test keeps it equal to the list in src/config/settings.rs.\n",
    );
    for Setting { name, default, meaning } in SETTINGS {
        text.push_str(&format!("\n# {meaning}\n{name} = \"{default}\"\n"));
    }
    text
}
