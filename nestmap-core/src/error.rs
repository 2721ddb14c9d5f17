//! One error for every caller: Rust, HTTP and the bindings speak the same codes.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What a caller can do about an error, coarse enough to be closed for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The input is wrong; the same call can't succeed.
    Invalid,
    /// The caller isn't known.
    Unauthenticated,
    /// The caller is known and may not do this.
    Forbidden,
    /// The thing doesn't exist, or not for this caller.
    NotFound,
    /// The thing changed, or is in a state that doesn't allow the call.
    Conflict,
    /// A precondition the caller named (an expected version) doesn't hold.
    Stale,
    /// The caller is too fast.
    RateLimited,
    /// A supplier refused or couldn't be understood.
    Supplier,
    /// Not now; the same call may succeed later.
    Unavailable,
    /// A defect or a broken store.
    Internal,
}

macro_rules! codes {
    ($($variant:ident = $text:literal, $kind:ident, $meaning:literal, $action:literal;)*) => {
        /// The closed list of stable error codes; `docs/errors.md` is generated from it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $(#[doc = $meaning] $variant,)*
        }

        impl Code {
            /// Every code, in the order of `docs/errors.md`.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The code on the wire, lower case with hyphens.
            pub fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// The kind every error of this code has.
            pub fn kind(self) -> ErrorKind {
                match self { $(Code::$variant => ErrorKind::$kind,)* }
            }

            /// What the code means, one sentence for people.
            pub fn meaning(self) -> &'static str {
                match self { $(Code::$variant => $meaning,)* }
            }

            /// What the caller does about it, one sentence for people.
            pub fn action(self) -> &'static str {
                match self { $(Code::$variant => $action,)* }
            }
        }
    };
}

codes! {
    InvalidField = "invalid-field", Invalid, "A field doesn't have the form it must have.", "Correct the field named in `details.field` and send the request again.";
    InvalidBody = "invalid-body", Invalid, "The body isn't the JSON that was expected.", "Send well-formed JSON of the documented shape.";
    BodyTooLarge = "body-too-large", Invalid, "The body is larger than this server reads.", "Send less.";
    BodyTooSlow = "body-too-slow", Invalid, "The body took longer to arrive than this server waits.", "Send it again, faster or over a better line.";
    UnsupportedMediaType = "unsupported-media-type", Invalid, "The content type isn't `application/json`.", "Send JSON and say so.";
    InvalidId = "invalid-id", Invalid, "An id doesn't have the form of its kind.", "Use the id as the API gave it, prefix included.";
    InvalidPage = "invalid-page", Invalid, "A page cursor or limit isn't valid.", "Use a limit within the bounds and the cursor of the previous page.";
    UnknownAirport = "unknown-airport", Invalid, "No airport or city has this code.", "Use an IATA airport or city code.";
    UnknownAirline = "unknown-airline", Invalid, "No airline has this code.", "Use an IATA airline designator.";
    UnknownCountry = "unknown-country", Invalid, "No country has this code.", "Use an ISO 3166-1 alpha-2 code.";
    UnknownCurrency = "unknown-currency", Invalid, "No currency has this code.", "Use an ISO 4217 code.";
    InvalidMoney = "invalid-money", Invalid, "An amount can't be read in its currency.", "Send a decimal string with at most the digits the currency has.";
    CurrencyMismatch = "currency-mismatch", Invalid, "Two amounts that must be in one currency are in two.", "Use one currency, or give an exchange rate.";
    InvalidSearch = "invalid-search", Invalid, "The search can't be flown as described.", "Correct the slices, dates or passengers named in `details.field`.";
    InvalidPolicy = "invalid-policy", Invalid, "The policy document has mistakes.", "Correct every problem listed in `details.problems`; each has a path and what was expected.";
    InvalidTrip = "invalid-trip", Invalid, "The trip can't be drafted as described.", "Correct the field named in `details.field`.";
    PassengerIncomplete = "passenger-incomplete", Invalid, "A traveler lacks something the airline needs.", "Complete the traveler's profile as `details.field` says.";
    IdempotencyKeyMissing = "idempotency-key-missing", Invalid, "A write came without `Idempotency-Key`.", "Send a fresh key with every new write and the same key with every retry.";
    IdempotencyKeyInvalid = "idempotency-key-invalid", Invalid, "The idempotency key isn't 1 to 255 visible ASCII characters.", "Use a UUID.";
    IdempotencyKeyReused = "idempotency-key-reused", Invalid, "The idempotency key was used for another request.", "Use a new key for a new request.";
    PasswordWeak = "password-weak", Invalid, "The password is too short or too common.", "Choose a longer one.";
    Unauthenticated = "unauthenticated", Unauthenticated, "No valid access token came with the request.", "Log in or refresh.";
    TokenExpired = "token-expired", Unauthenticated, "The access token has expired.", "Refresh it.";
    SessionEnded = "session-ended", Unauthenticated, "The session was ended, or its refresh token was used twice.", "Log in again.";
    CredentialsWrong = "credentials-wrong", Unauthenticated, "E-mail or password is wrong.", "Check both and try again.";
    InvitationInvalid = "invitation-invalid", Unauthenticated, "The invitation is unknown, used or expired.", "Ask for a new one.";
    Forbidden = "forbidden", Forbidden, "The caller's roles don't permit this.", "Ask an administrator of the organization.";
    SignUpClosed = "sign-up-closed", Forbidden, "Companies don't sign up by themselves at this server.", "Ask its operator to add the company.";
    SeparationOfDuties = "separation-of-duties", Forbidden, "Nobody decides about a trip they take, arranged or asked for.", "Let another approver decide.";
    NotFound = "not-found", NotFound, "No such thing exists for this caller.", "Check the id.";
    RouteNotFound = "route-not-found", NotFound, "The server has no such route.", "Check the path.";
    MethodNotAllowed = "method-not-allowed", Invalid, "The route doesn't take this method.", "Use a method the API description lists.";
    VersionStale = "version-stale", Stale, "The thing changed since the version in `If-Match`.", "Read it again and decide again.";
    Conflict = "conflict", Conflict, "Somebody else changed the same thing at the same time.", "Try again.";
    AlreadyExists = "already-exists", Conflict, "A thing with this identity exists.", "Use the existing one.";
    PersonLeft = "person-left", Conflict, "The person has left the organization.", "Choose somebody who belongs to it, or invite the person again.";
    LastAdministrator = "last-administrator", Conflict, "Nobody would be left who administers the organization.", "Make somebody else an administrator first.";
    TripState = "trip-state", Conflict, "The trip's state doesn't allow this.", "Look at the trip's available actions.";
    ApprovalState = "approval-state", Conflict, "The approval was decided, withdrawn or has expired.", "Look at the approval's state.";
    ApprovalUnroutable = "approval-unroutable", Conflict, "Nobody may approve this trip.", "Invite an approver who isn't the traveler, an arranger or the requester.";
    ApprovalStale = "approval-stale", Conflict, "What is to be approved isn't what the approver saw.", "Read the approval again.";
    OrderState = "order-state", Conflict, "The order's state doesn't allow this.", "Look at the order's available actions.";
    OrderBusy = "order-busy", Conflict, "A call to the supplier about this order is open.", "Wait until its outcome is known.";
    OfferExpired = "offer-expired", Conflict, "The offer isn't for sale any more.", "Search again.";
    OfferUsed = "offer-used", Conflict, "An offer of this search was booked already, and a search can be booked from once.", "Search again.";
    PolicyDenied = "policy-denied", Conflict, "The travel policy doesn't allow this to be booked.", "Choose another offer; the assessment names the nearest compliant one.";
    PolicyMissing = "policy-missing", Conflict, "The organization has no policy in force.", "Publish one.";
    PolicyState = "policy-state", Conflict, "The policy's state doesn't allow this.", "Look at the policy's state.";
    PolicyLimit = "policy-limit", Conflict, "The organization has as many policies, or as many published rules, as it may.", "Retire a published policy, or revise a draft instead of making another.";
    PaymentTerms = "payment-terms", Conflict, "The policy doesn't let the company pay this whole, and nothing else pays yet.", "Choose an offer within `details.limit`, where there is one.";
    EvidenceMissing = "evidence-missing", Conflict, "The policy asks for a reason that wasn't given.", "Give one of the reason codes named in `details.expected`.";
    QuoteExpired = "quote-expired", Conflict, "The cancellation quote has expired or isn't the newest.", "Ask for a new quote.";
    RateLimited = "rate-limited", RateLimited, "Too many requests.", "Wait as long as `Retry-After` says.";
    SupplierRejected = "supplier-rejected", Supplier, "The supplier refused; nothing was bought.", "Read the message; choose another offer.";
    SupplierUnreadable = "supplier-unreadable", Supplier, "The supplier's answer can't be understood.", "Report it with the supplier's request id.";
    SupplierUnavailable = "supplier-unavailable", Unavailable, "The supplier can't be reached or is overloaded.", "Try again later.";
    SupplierCredentials = "supplier-credentials", Supplier, "The supplier doesn't accept our credentials.", "An operator checks the supplier's key.";
    StoreUnavailable = "store-unavailable", Unavailable, "The database can't be reached or is overloaded.", "Try again later.";
    Overloaded = "overloaded", Unavailable, "The server has more work than it takes.", "Try again as `Retry-After` says.";
    Timeout = "timeout", Unavailable, "The request took longer than the server allows.", "Ask for the state; repeat a write with the same idempotency key.";
    Internal = "internal", Internal, "A defect on our side.", "Report it with the request id.";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// Facts about an error that programs read: field, expectation, actual value and more.
pub type Details = BTreeMap<String, serde_json::Value>;

/// The error of every public operation.
///
/// `message` may be shown to the caller; `source` is for logs only.
pub struct Error {
    /// The stable code; branch on this.
    pub code: Code,
    /// For people: lower case, no full stop, input in backticks.
    pub message: String,
    /// For programs; see [`Error::field`] and [`Error::expected`].
    pub details: Details,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

/// The result of every public operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// An error of `code` with a message for the caller.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), details: Details::new(), source: None }
    }

    /// A field that isn't what it must be.
    pub fn invalid(field: &str, expected: &str, found: &str) -> Self {
        Self::new(Code::InvalidField, format!("`{field}` must be {expected}, found `{found}`"))
            .field(field)
            .expected(expected)
    }

    /// The one answer to a thing that doesn't exist and to a thing of another organization.
    pub fn not_found(kind: &str) -> Self {
        Self::new(Code::NotFound, format!("no such {kind}"))
    }

    /// Names the field at fault, as a path such as `slices[0].origin`.
    pub fn field(self, field: impl Into<String>) -> Self {
        self.detail("field", field.into())
    }

    /// Says what was expected there.
    pub fn expected(self, expected: impl Into<String>) -> Self {
        self.detail("expected", expected.into())
    }

    /// Adds a fact for programs.
    pub fn detail(mut self, key: &str, value: impl Into<serde_json::Value>) -> Self {
        self.details.insert(key.to_owned(), value.into());
        self
    }

    /// Keeps the cause for the log.
    pub fn because(mut self, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// The kind that belongs to the code.
    pub fn kind(&self) -> ErrorKind {
        self.code.kind()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("code", &self.code.as_str())
            .field("message", &self.message)
            .field("details", &self.details)
            .field("source", &self.source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|e| e as &(dyn StdError + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_spelled_alike() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            let text = code.as_str();
            assert!(seen.insert(text), "{text} twice");
            assert!(text.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{text}");
        }
    }
}
