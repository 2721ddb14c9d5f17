//! What a failed call means: for the caller, and for what was to be bought.
//!
//! Two questions are kept apart. The [`Action`] says what to do about the failure. The [`Effect`]
//! says what may have happened at the airline, which decides whether a booking may be sent again;
//! it is asked for calls that buy, pay or cancel, and it errs towards *unknown*.

pub mod code;

use std::time::Duration;

use super::wire::error::{Errors, Problem};
use super::wire::scalar::ErrorType;
use crate::http::retry::Trouble;
use crate::http::{Response, TransportError};
use code::Rule;

/// Why a call brought no resource.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There was no answer.
    #[error("no answer from Duffel: {0}")]
    Transport(#[from] TransportError),
    /// Our own rate budget is used up, so nothing was sent.
    #[error("the rate budget is used up for another {} s", .0.as_secs())]
    Budget(Duration),
    /// Duffel answered with an error.
    #[error("{0}")]
    Refused(ApiError),
    /// Duffel answered with success, and with something that can't be read.
    #[error("can't read Duffel's answer (status {status}, request {request_id}): {reason}", request_id = .request_id.as_deref().unwrap_or("unknown"))]
    Unreadable {
        /// The status of the answer.
        status: u16,
        /// Duffel's id of the request.
        request_id: Option<String>,
        /// What is wrong with it.
        reason: String,
    },
}

impl Failure {
    /// What to do about it.
    pub fn action(&self) -> Action {
        match self {
            Self::Transport(_) => Action::Retry,
            Self::Budget(_) => Action::Wait,
            Self::Refused(error) => error.action(),
            Self::Unreadable { .. } => Action::Fix,
        }
    }

    /// What a call that buys, pays or cancels has done when it fails like this.
    pub fn effect(&self) -> Effect {
        match self {
            Self::Transport(TransportError::NotSent { .. }) | Self::Budget(_) => Effect::Later,
            Self::Transport(TransportError::MaybeSent { .. }) | Self::Unreadable { .. } => {
                Effect::Unknown
            }
            Self::Refused(error) => error.effect(),
        }
    }

    /// The same in the words of the retry table.
    pub fn trouble(&self) -> Trouble {
        match self {
            Self::Transport(TransportError::NotSent { .. }) => Trouble::NotSent,
            Self::Transport(TransportError::MaybeSent { .. }) => Trouble::NoAnswer,
            Self::Budget(_) => Trouble::RateLimited,
            Self::Refused(error) => error.trouble(),
            Self::Unreadable { .. } => Trouble::Refused,
        }
    }

    /// Duffel's id of the request, where there is one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Refused(error) => error.request_id.as_deref(),
            Self::Unreadable { request_id, .. } => request_id.as_deref(),
            Self::Transport(_) | Self::Budget(_) => None,
        }
    }
}

/// What to do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Correct our code or configuration.
    Fix,
    /// Show it to the traveler or booker, who can correct it.
    User,
    /// Search again.
    Search,
    /// Read the resource again, compare, and ask again.
    Refresh,
    /// The outcome is unknown: look it up.
    Reconcile,
    /// Try again later.
    Wait,
    /// Try again now.
    Retry,
    /// Nothing can be done; explain.
    Stop,
}

/// What a failed call that buys, pays or cancels has done. In order of caution: of several errors
/// the most cautious counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Nothing, and the same call would be refused again.
    Nothing,
    /// Nothing, and the same call may be made later.
    Later,
    /// Nothing, because it was done before.
    Already,
    /// Perhaps what was asked.
    Unknown,
}

/// An answer that isn't a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    /// The HTTP status.
    pub status: u16,
    /// Duffel's id of the request; its support asks for it.
    pub request_id: Option<String>,
    /// What is wrong, one entry or several. Empty when the body was no error of Duffel's: HTML of
    /// a gateway, plain text of a product that isn't enabled, or nothing.
    pub problems: Vec<Problem>,
    /// How long to wait until the rate window ends, where that is why.
    pub retry_after: Option<Duration>,
}

impl ApiError {
    /// Reads an answer with a status outside 200 to 299.
    pub fn read(response: &Response) -> Self {
        let errors: Option<Errors> = serde_json::from_slice(&response.body).ok();
        let header = response.headers.get("x-request-id").map(str::to_owned);
        let (problems, meta) = errors.map_or((Vec::new(), None), |e| (e.errors, e.meta));
        Self {
            status: response.status,
            request_id: header.or_else(|| meta.and_then(|m| m.request_id)),
            problems,
            retry_after: None,
        }
    }

    /// The problem that decides: the most cautious, of equal ones the first.
    pub fn problem(&self) -> Option<&Problem> {
        // `max_by_key` takes the last of equals, so the list is walked from its end.
        self.problems.iter().rev().max_by_key(|problem| self.effect_of(Some(problem)))
    }

    /// Duffel's code, or `http_<status>` where there is none.
    pub fn code(&self) -> String {
        let code = self.problem().and_then(|problem| problem.code.clone());
        code.unwrap_or_else(|| format!("http_{}", self.status))
    }

    /// Whether one of the problems has this code.
    pub fn has_code(&self, code: &str) -> bool {
        self.problems.iter().any(|problem| problem.code.as_deref() == Some(code))
    }

    /// What to do about it, for a call that only reads or asks.
    pub fn action(&self) -> Action {
        self.action_of(self.problem())
    }

    /// What to do about it, for a call that buys, pays or cancels.
    pub fn booking_action(&self) -> Action {
        match self.effect() {
            Effect::Unknown => Action::Reconcile,
            Effect::Later => Action::Wait,
            Effect::Already => Action::Refresh,
            Effect::Nothing => self.action(),
        }
    }

    /// What a call that buys, pays or cancels has done when it was answered like this.
    pub fn effect(&self) -> Effect {
        self.effect_of(self.problem())
    }

    fn action_of(&self, problem: Option<&Problem>) -> Action {
        let action = match problem.and_then(|p| self.rule(p)) {
            Some(rule) => rule.action,
            None => {
                problem.map_or_else(|| by_status(self.status), |p| by_type(&p.kind, self.status))
            }
        };
        let about_a_passenger = problem
            .and_then(Problem::pointer)
            .is_some_and(|pointer| pointer.contains("passengers"));
        // A wrong field of the request is our mistake, unless a person filled it in.
        match problem.map(|p| &p.kind) {
            Some(ErrorType::Validation) if action == Action::Fix && about_a_passenger => {
                Action::User
            }
            _ => action,
        }
    }

    fn effect_of(&self, problem: Option<&Problem>) -> Effect {
        match problem.and_then(|p| self.rule(p)) {
            Some(rule) if self.status < 500 || rule.statuses.contains(&self.status) => rule.effect,
            // A refusal under a status that says *broken*: the refusal isn't believed.
            Some(rule) => rule.effect.max(effect_by_status(self.status)),
            None => {
                problem.map_or_else(|| effect_by_status(self.status), |p| self.effect_by_type(p))
            }
        }
    }

    fn effect_by_type(&self, problem: &Problem) -> Effect {
        match (self.status, &problem.kind) {
            // Duffel's own words under the statuses that mean: refused before any work.
            (429 | 503, _) | (..=499, ErrorType::RateLimit) => Effect::Later,
            (_, ErrorType::Airline | ErrorType::Api) => Effect::Unknown,
            (status, _) => effect_by_status(status),
        }
    }

    fn rule(&self, problem: &Problem) -> Option<&'static Rule> {
        code::rule(problem.code.as_deref()?, self.status)
    }

    /// The same in the words of the retry table.
    pub fn trouble(&self) -> Trouble {
        match (self.status, self.action()) {
            (429, _) => Trouble::RateLimited,
            (503, _) => Trouble::Unavailable,
            (408 | 504, _) => Trouble::TimedOut,
            (_, Action::Retry) => Trouble::Broken,
            (_, Action::Wait) => Trouble::Unavailable,
            _ => Trouble::Refused,
        }
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let said =
            self.problem().map_or("", |p| if p.message.is_empty() { &p.title } else { &p.message });
        let request = self.request_id.as_deref().unwrap_or("unknown");
        write!(f, "Duffel answered {} `{}`", self.status, self.code())?;
        if !said.is_empty() {
            write!(f, ": {said}")?;
        }
        write!(f, " (request {request})")
    }
}

/// An answer without an error of Duffel's: a gateway, or a product that isn't enabled.
fn by_status(status: u16) -> Action {
    match status {
        408 | 500..=502 | 504.. => Action::Retry,
        429 | 503 => Action::Wait,
        403 => Action::Stop,
        _ => Action::Fix,
    }
}

/// A code this adapter doesn't know.
fn by_type(kind: &ErrorType, status: u16) -> Action {
    match kind {
        ErrorType::Authentication | ErrorType::Validation | ErrorType::InvalidRequest => {
            Action::Fix
        }
        ErrorType::InvalidState => Action::Refresh,
        ErrorType::Airline => Action::Search,
        ErrorType::RateLimit => Action::Wait,
        ErrorType::Api => Action::Retry,
        ErrorType::Other(_) => by_status(status),
    }
}

/// Of an answer without an error of Duffel's, or with one that isn't believed.
fn effect_by_status(status: u16) -> Effect {
    match status {
        // Refused before any work.
        429 => Effect::Later,
        408 => Effect::Unknown,
        400..=499 => Effect::Nothing,
        // 5xx, and redirects or whatever else nobody announced. A 503 too: only Duffel's own says
        // that nothing was begun; a gateway says it of an answer that it never got.
        _ => Effect::Unknown,
    }
}
