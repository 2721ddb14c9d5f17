//! What every handler shares.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::HeaderMap;
use nestmap_core::NestMap;
use nestmap_core::port::clock::Entropy;

use crate::auth::{InvitationTokens, LiveSessions, Passwords, RefreshTokens, Throttle, Tokens};
use crate::client::Client;
use crate::config::Config;
use crate::health::Health;
use crate::hints::Hints;
use crate::limit::Limiter;
use crate::page::Cursors;
use crate::route;
use crate::secret::Secret;
use crate::slots::Slots;
use crate::system::SystemEntropy;
use crate::worker::{Pulse, Worker};

/// NestMap behind HTTP: its routes and its worker. Cloning is cheap; clones share everything.
#[derive(Clone)]
pub struct App(Arc<Shared>);

struct Shared {
    nestmap: NestMap,
    config: Config,
    tokens: Tokens,
    passwords: Passwords,
    throttle: Throttle,
    sessions: LiveSessions,
    invitations: InvitationTokens,
    refresh_tokens: RefreshTokens,
    cursors: Cursors,
    limiter: Option<Limiter>,
    slots: Slots,
    hints: Hints,
    pulse: Pulse,
    health: Health,
    /// Where problem types are described.
    problems: String,
}

impl App {
    /// An app over `nestmap`. Secrets that `config` lacks are made up and end with the process.
    pub fn new(nestmap: NestMap, config: Config) -> Self {
        let jwt = config.jwt_secret.clone().unwrap_or_else(made_up);
        let sealing = config.session_secret.clone().unwrap_or_else(made_up);
        let sealing = sealing.expose().as_bytes();
        let pepper = config.password_pepper.as_ref();
        Self(Arc::new(Shared {
            tokens: Tokens::new(&jwt, config.jwt_secret_previous.as_ref()),
            passwords: Passwords::new(config.password_cost, pepper, &SystemEntropy),
            throttle: Throttle::default(),
            sessions: LiveSessions::default(),
            invitations: InvitationTokens::new(sealing),
            refresh_tokens: RefreshTokens::new(sealing),
            cursors: Cursors::new(sealing),
            limiter: config.rate_limit.map(Limiter::new),
            slots: Slots::new(config.requests_max),
            hints: Hints::default(),
            pulse: Pulse::default(),
            health: Health::default(),
            problems: format!("{}/problems", config.public_url),
            nestmap,
            config,
        }))
    }

    /// Every route with everything around it.
    ///
    /// It may be nested under a path of another axum app. Serve it with
    /// `into_make_service_with_connect_info::<SocketAddr>()`, or all clients count as one.
    pub fn router(&self) -> Router {
        route::router(self)
    }

    /// What does what falls due; at least one process with the same database must run it.
    pub fn worker(&self) -> Worker {
        Worker::new(self.clone())
    }

    pub(crate) fn nestmap(&self) -> &NestMap {
        &self.0.nestmap
    }

    pub(crate) fn config(&self) -> &Config {
        &self.0.config
    }

    pub(crate) fn tokens(&self) -> &Tokens {
        &self.0.tokens
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn throttle(&self) -> &Throttle {
        &self.0.throttle
    }

    pub(crate) fn sessions(&self) -> &LiveSessions {
        &self.0.sessions
    }

    pub(crate) fn invitations(&self) -> &InvitationTokens {
        &self.0.invitations
    }

    pub(crate) fn refresh_tokens(&self) -> &RefreshTokens {
        &self.0.refresh_tokens
    }

    pub(crate) fn cursors(&self) -> &Cursors {
        &self.0.cursors
    }

    pub(crate) fn limiter(&self) -> Option<&Limiter> {
        self.0.limiter.as_ref()
    }

    pub(crate) fn slots(&self) -> &Slots {
        &self.0.slots
    }

    pub(crate) fn hints(&self) -> &Hints {
        &self.0.hints
    }

    pub(crate) fn pulse(&self) -> &Pulse {
        &self.0.pulse
    }

    pub(crate) fn health(&self) -> &Health {
        &self.0.health
    }

    pub(crate) fn problems(&self) -> &str {
        &self.0.problems
    }

    pub(crate) fn client(&self, request: &Request) -> Client {
        self.client_of(request.extensions(), request.headers())
    }

    pub(crate) fn client_of(
        &self,
        extensions: &axum::http::Extensions,
        headers: &HeaderMap,
    ) -> Client {
        Client::of_request(extensions, headers, &self.0.config.trusted_proxies)
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").field("nestmap", &self.0.nestmap).finish_non_exhaustive()
    }
}

/// Every route over `nestmap`, without a worker: the host calls [`NestMap::tick`] and
/// [`NestMap::deliver`] itself. See [`App`] for both.
pub fn router(nestmap: NestMap, config: Config) -> Router {
    App::new(nestmap, config).router()
}

fn made_up() -> Secret {
    let mut bytes = [0; 32];
    SystemEntropy.fill(&mut bytes);
    Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>())
}
