//! The port to storage: typed reads and one coarse write.
//!
//! Contract for an implementer:
//!
//! - Reads return the value with its version, and nothing of another organization, ever.
//! - [`Store::commit`] applies everything or nothing. Versions start at 1 and grow by 1 with every
//!   update. A change or guard whose expected version isn't the stored one is a
//!   [`StoreError::Conflict`]; an unchanged guard is held against concurrent writers until the
//!   commit is durable. Rows are locked in the order of their keys, so that commits don't deadlock.
//! - When `commit` returns `Ok`, the commit survives a crash. When it returns an error, nothing of
//!   it was applied; [`StoreError::Backend`] alone leaves that open, because the answer may be lost.
//! - A second commit with the same [`Once`] key applies nothing and answers
//!   [`StoreError::AlreadyDone`], also when both run at the same time.
//! - Audit records, events and transfers are only ever added.
//! - Sessions belong to a person; approvals and orders to a trip; transfers to an order; everything
//!   else but logins to its organization. What doesn't exist can't be referred to; the parts of a
//!   commit may stand in any order.

mod commit;
pub mod reads;

pub use reads::{
    ApprovalReads, AuditReads, Claim, Delivery, Due, IdentityReads, Membership, OrderReads,
    OrganizationReads, Outbox, PeopleReads, PolicyReads, ShoppingReads, TripFilter, TripReads,
    WorkReads,
};

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::approval::Approval;
use crate::audit::AuditRecord;
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::event::Event;
use crate::id::{
    ApprovalId, IdentityId, InvitationId, OfferSetId, OrderId, OrganizationId, PersonId, PolicyId,
    SessionId, TripId,
};
use crate::ledger::Transfer;
use crate::order::Order;
use crate::organization::Organization;
use crate::people::{Identity, Invitation, Person, Session};
use crate::policy::Policy;
use crate::shopping::OfferSet;
use crate::time::Timestamp;
use crate::trip::Trip;

/// How often a stored thing was written, from 1.
pub type Version = i64;

/// A value and the version it was read at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stored<T> {
    /// The value.
    #[serde(flatten)]
    pub value: T,
    /// Its version.
    pub version: Version,
}

impl<T> Stored<T> {
    /// The same version with another value.
    pub fn with<U>(&self, value: U) -> Stored<U> {
        Stored { value, version: self.version }
    }

    /// Refuses a version other than the one the caller expects, where it expects one.
    pub fn expect(self, expected: Option<Version>) -> Result<Self, Error> {
        match expected {
            Some(version) if version != self.version => {
                Err(Error::new(Code::VersionStale, "it has changed since you read it")
                    .detail("expected", version)
                    .detail("found", self.version))
            }
            _ => Ok(self),
        }
    }
}

/// Storage.
#[async_trait]
pub trait Store:
    OrganizationReads
    + PeopleReads
    + IdentityReads
    + PolicyReads
    + ShoppingReads
    + TripReads
    + ApprovalReads
    + OrderReads
    + AuditReads
    + WorkReads
    + Outbox
    + Send
    + Sync
    + 'static
{
    /// Applies all of `commit` or none of it.
    async fn commit(&self, commit: Commit) -> Result<(), StoreError>;

    /// Whether the store answers.
    async fn ping(&self) -> Result<(), StoreError>;
}

/// Everything one decision writes.
#[derive(Clone, Debug)]
pub struct Commit {
    /// The one organization it writes in.
    pub organization: OrganizationId,
    /// When it was decided.
    pub at: Timestamp,
    /// Makes it happen once.
    pub once: Option<Once>,
    /// What was read and must not have changed.
    pub guards: Vec<Guard>,
    /// What changes; each thing at most once.
    pub changes: Vec<Change>,
    /// Money that moves.
    pub transfers: Vec<Transfer>,
    /// What is told to others.
    pub events: Vec<Event>,
    /// What is written into the audit log.
    pub audit: Vec<AuditRecord>,
}

/// What makes a commit happen once, and what a repetition is answered with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// The caller's key, inside [`Once::scope`].
    pub key: IdempotencyKey,
    /// Whose key it is: the person's id, or a fixed word for callers without one.
    pub scope: String,
    /// The digest of the request; another request under the same key is a mistake.
    pub fingerprint: Digest,
    /// What to answer to a repetition.
    pub reply: serde_json::Value,
}

/// A key of the caller's choice: 1 to 255 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// Reads a key.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let fits = (1..=255).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if fits {
            return Ok(Self(text.to_owned()));
        }
        let expected = "1 to 255 visible ASCII characters";
        Err(Error::new(
            Code::IdempotencyKeyInvalid,
            format!("the idempotency key must be {expected}"),
        )
        .field("Idempotency-Key")
        .expected(expected))
    }

    /// The key.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for IdempotencyKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<IdempotencyKey> for String {
    fn from(key: IdempotencyKey) -> Self {
        key.0
    }
}

/// A reply kept for repetitions of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredReply {
    /// The digest of the request that was answered.
    pub fingerprint: Digest,
    /// The answer.
    pub reply: serde_json::Value,
}

/// A new value, or a changed one with the version it was read at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Write<T> {
    /// It must not exist yet.
    Insert(T),
    /// It must still have this version.
    Update(T, Version),
}

impl<T> Write<T> {
    /// The value.
    pub fn value(&self) -> &T {
        match self {
            Self::Insert(value) | Self::Update(value, _) => value,
        }
    }

    /// The version it has after the commit.
    pub fn version_after(&self) -> Version {
        match self {
            Self::Insert(_) => 1,
            Self::Update(_, version) => version + 1,
        }
    }
}

/// One changed thing.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::large_enum_variant,
    reason = "a commit has a handful of changes, and lives shortly"
)]
pub enum Change {
    /// An organization.
    Organization(Write<Organization>),
    /// A login; it belongs to no organization. E-mail addresses are unique.
    Identity(Write<Identity>),
    /// A person. E-mail addresses are unique inside an organization; a login has one person there.
    Person(Write<Person>),
    /// An invitation.
    Invitation(Write<Invitation>),
    /// A session.
    Session(Write<Session>),
    /// A policy.
    Policy(Write<Policy>),
    /// A search and its offers.
    OfferSet(Write<OfferSet>),
    /// A trip.
    Trip(Write<Trip>),
    /// A request for approval. Its deadline is what it is due at.
    Approval(Write<Approval>),
    /// An order. An order at a supplier belongs to one order here; it is due as [`Order::next`] says.
    Order(Write<Order>),
}

/// Something that was read and must still have this version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Guard {
    /// What.
    pub key: Key,
    /// The version it was read at.
    pub version: Version,
}

/// A stored thing by kind and id. The order of keys is the order of locking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// An organization.
    Organization(OrganizationId),
    /// A login.
    Identity(IdentityId),
    /// A person.
    Person(PersonId),
    /// An invitation.
    Invitation(InvitationId),
    /// A session.
    Session(SessionId),
    /// A policy.
    Policy(PolicyId),
    /// A search and its offers.
    OfferSet(OfferSetId),
    /// A trip.
    Trip(TripId),
    /// A request for approval.
    Approval(ApprovalId),
    /// An order.
    Order(OrderId),
}

impl Change {
    /// The key of the changed thing.
    pub fn key(&self) -> Key {
        match self {
            Self::Organization(write) => Key::Organization(write.value().id),
            Self::Identity(write) => Key::Identity(write.value().id),
            Self::Person(write) => Key::Person(write.value().id),
            Self::Invitation(write) => Key::Invitation(write.value().id),
            Self::Session(write) => Key::Session(write.value().id),
            Self::Policy(write) => Key::Policy(write.value().id),
            Self::OfferSet(write) => Key::OfferSet(write.value().id),
            Self::Trip(write) => Key::Trip(write.value().id),
            Self::Approval(write) => Key::Approval(write.value().id),
            Self::Order(write) => Key::Order(write.value().id),
        }
    }

    /// The version the thing has after the commit.
    pub fn version_after(&self) -> Version {
        match self {
            Self::Organization(write) => write.version_after(),
            Self::Identity(write) => write.version_after(),
            Self::Person(write) => write.version_after(),
            Self::Invitation(write) => write.version_after(),
            Self::Session(write) => write.version_after(),
            Self::Policy(write) => write.version_after(),
            Self::OfferSet(write) => write.version_after(),
            Self::Trip(write) => write.version_after(),
            Self::Approval(write) => write.version_after(),
            Self::Order(write) => write.version_after(),
        }
    }
}

impl Key {
    /// The kind in one word, as errors and tables name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Organization(_) => "organization",
            Self::Identity(_) => "identity",
            Self::Person(_) => "person",
            Self::Invitation(_) => "invitation",
            Self::Session(_) => "session",
            Self::Policy(_) => "policy",
            Self::OfferSet(_) => "offer_set",
            Self::Trip(_) => "trip",
            Self::Approval(_) => "approval",
            Self::Order(_) => "order",
        }
    }
}

/// Why a store didn't do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A version isn't what was expected: somebody else was faster.
    #[error("the {kind} was changed by somebody else")]
    Conflict {
        /// The kind of the thing.
        kind: &'static str,
    },
    /// A thing with this identity exists.
    #[error("a {kind} with this {field} exists")]
    Duplicate {
        /// The kind of the thing.
        kind: &'static str,
        /// What must be unique.
        field: &'static str,
    },
    /// Something in the commit names another organization than the commit: a defect of the caller.
    #[error("a {kind} of another organization can't be written")]
    Misplaced {
        /// The kind of the thing.
        kind: &'static str,
    },
    /// Something refers to what doesn't exist: an order to its trip, a trip to its organization.
    #[error("a {kind} refers to something that doesn't exist")]
    Orphan {
        /// The kind of the thing that refers.
        kind: &'static str,
    },
    /// The commit's [`Once`] key was used before.
    #[error("this was done before")]
    AlreadyDone(StoredReply),
    /// What is stored can't be read.
    #[error("a stored {kind} can't be read: {message}")]
    Corrupt {
        /// The kind of the thing.
        kind: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// The database can't be reached, refused, or gave no answer.
    #[error("the database failed: {message}")]
    Backend {
        /// What it said, for the log.
        message: String,
    },
}

impl From<StoreError> for Error {
    fn from(error: StoreError) -> Self {
        let ours = match &error {
            StoreError::Conflict { kind } => {
                Error::new(Code::Conflict, format!("the {kind} was changed by somebody else"))
            }
            StoreError::Duplicate { kind, field } => {
                Error::new(Code::AlreadyExists, format!("a {kind} with this {field} exists"))
                    .field(*field)
            }
            StoreError::Misplaced { .. } => {
                Error::new(Code::Internal, "something of another organization can't be written")
            }
            StoreError::Orphan { .. } => {
                Error::new(Code::Internal, "something refers to what doesn't exist")
            }
            StoreError::AlreadyDone(_) => Error::new(Code::Conflict, "this was done before"),
            StoreError::Corrupt { .. } => {
                Error::new(Code::Internal, "something stored can't be read")
            }
            StoreError::Backend { .. } => {
                Error::new(Code::StoreUnavailable, "the database gives no answer")
            }
        };
        ours.because(error)
    }
}
