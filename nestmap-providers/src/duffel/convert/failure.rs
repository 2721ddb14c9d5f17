//! Failures: Duffel's to ours.

use nestmap_core::port::flights::{
    CallOutcome, Rejection, RejectionKind, SupplierError, SupplierErrorKind,
};
use nestmap_core::time::Timestamp;

use super::Mismatch;
use crate::duffel::error::{Action, ApiError, Effect, Failure};
use crate::duffel::wire::scalar::ErrorType;
use crate::http::retry::Trouble;

/// What was asked for when a costly call failed; the same code means different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Holding seats.
    Hold,
    /// Buying at once.
    Instant,
    /// Paying a hold.
    Payment,
    /// Confirming a cancellation.
    Cancellation,
}

/// How a costly call ended that failed. `now` is when it did.
pub fn outcome<T>(failure: &Failure, asked: Asked, now: Timestamp) -> CallOutcome<T> {
    let cause = failure.to_string();
    match (failure.effect(), failure) {
        (Effect::Nothing | Effect::Already, Failure::Refused(error)) => {
            CallOutcome::Rejected { rejection: rejection(error, asked) }
        }
        (Effect::Later, _) => CallOutcome::NotMade { retry_at: retry_at(failure, now), cause },
        // The rest is unknown, and so would be a refusal without an answer to show for it.
        _ => CallOutcome::Unknown { cause },
    }
}

/// A costly call that wasn't made because of what it was to carry.
pub fn unsendable<T>(mismatch: &Mismatch) -> CallOutcome<T> {
    CallOutcome::Rejected {
        rejection: Rejection {
            kind: RejectionKind::Passenger,
            code: "unsendable".to_owned(),
            message: mismatch.to_string(),
            request_id: None,
        },
    }
}

/// A costly call that wasn't made because a read before it failed.
pub fn not_made<T>(failure: &Failure, now: Timestamp) -> CallOutcome<T> {
    CallOutcome::NotMade { retry_at: retry_at(failure, now), cause: failure.to_string() }
}

fn retry_at(failure: &Failure, now: Timestamp) -> Option<Timestamp> {
    let wait = match failure {
        Failure::Budget(wait) => *wait,
        Failure::Refused(error) => error.retry_after?,
        Failure::Transport(_) | Failure::Unreadable { .. } => return None,
    };
    // The second after the window's last: dates in headers have no fractions.
    Some(now.plus_seconds(i64::try_from(wait.as_secs()).unwrap_or(i64::MAX).saturating_add(1)))
}

/// A refusal that had no effect, in the core's terms.
pub fn rejection(error: &ApiError, asked: Asked) -> Rejection {
    Rejection {
        kind: rejection_kind(error, asked),
        code: error.code(),
        message: said(error),
        request_id: error.request_id.clone(),
    }
}

fn rejection_kind(error: &ApiError, asked: Asked) -> RejectionKind {
    match error.code().as_str() {
        "offer_request_already_booked" => RejectionKind::OfferUsed,
        "offer_expired" | "offer_no_longer_available" | "schedule_changed" => {
            RejectionKind::OfferGone
        }
        "not_found" => missing(asked),
        "price_changed"
        | "no_match"
        | "payment_amount_does_not_match_order_amount"
        | "payment_currency_does_not_match_order_currency" => RejectionKind::PriceChanged,
        "invalid_order_create_type" if asked == Asked::Hold => RejectionKind::HoldUnavailable,
        "invalid_order_create_type" => RejectionKind::InstantUnavailable,
        "past_payment_required_by_date" => RejectionKind::HoldLapsed,
        "insufficient_balance"
        | "payment_declined"
        | "invalid_card_expiration_date"
        | "invalid_intended_card"
        | "high_fraud_risk"
        | "ineligible_airline_credit" => RejectionKind::Payment,
        "order_cancellation_stale" => RejectionKind::QuoteStale,
        "order_not_cancellable" => RejectionKind::NotCancelable,
        _ if error.effect() == Effect::Already => RejectionKind::AlreadyDone,
        _ if about_credentials(error) => RejectionKind::Credentials,
        _ if error.action() == Action::User => RejectionKind::Passenger,
        _ => RejectionKind::Other,
    }
}

/// What is missing when something is: a purchase names an offer, a confirmation a quote.
fn missing(asked: Asked) -> RejectionKind {
    match asked {
        Asked::Hold | Asked::Instant => RejectionKind::OfferGone,
        Asked::Cancellation => RejectionKind::QuoteStale,
        Asked::Payment => RejectionKind::Other,
    }
}

fn about_credentials(error: &ApiError) -> bool {
    error.status == 401 || error.problem().is_some_and(|p| p.kind == ErrorType::Authentication)
}

fn said(error: &ApiError) -> String {
    match error.problem() {
        Some(problem) if !problem.message.is_empty() => problem.message.clone(),
        Some(problem) if !problem.title.is_empty() => problem.title.clone(),
        _ => format!("Duffel answered with status {}", error.status),
    }
}

/// A failed read, in the core's terms.
pub fn supplier_error(failure: &Failure) -> SupplierError {
    let (kind, code, message) = match failure {
        Failure::Refused(error) => (error_kind(error), error.code(), said(error)),
        Failure::Unreadable { .. } => {
            (SupplierErrorKind::Unreadable, "unreadable".to_owned(), failure.to_string())
        }
        Failure::Budget(_) => {
            (SupplierErrorKind::RateLimited, "rate_budget".to_owned(), failure.to_string())
        }
        Failure::Transport(_) => {
            (SupplierErrorKind::Unavailable, "no_answer".to_owned(), failure.to_string())
        }
    };
    SupplierError { kind, code, message, request_id: failure.request_id().map(str::to_owned) }
}

/// A resource that was read and makes no sense.
pub fn unreadable(mismatch: &Mismatch, request_id: Option<String>) -> SupplierError {
    SupplierError {
        kind: SupplierErrorKind::Unreadable,
        code: "unreadable".to_owned(),
        message: mismatch.to_string(),
        request_id,
    }
}

fn error_kind(error: &ApiError) -> SupplierErrorKind {
    match (error.trouble(), error.code().as_str()) {
        (Trouble::RateLimited, _) => SupplierErrorKind::RateLimited,
        (Trouble::Refused, "offer_expired" | "offer_no_longer_available" | "not_found") => {
            SupplierErrorKind::Gone
        }
        (Trouble::Refused, _) if error.status == 404 => SupplierErrorKind::Gone,
        (Trouble::Refused, _) if about_credentials(error) => SupplierErrorKind::Credentials,
        (Trouble::Refused, _) => SupplierErrorKind::Refused,
        _ => SupplierErrorKind::Unavailable,
    }
}
