//! The stories: load, decide, commit. Everything that awaits something lives here or in a port.
//!
//! A flow reads, calls pure code, and commits one change set with its events, its audit record and
//! the reply for repetitions. When somebody else was faster, it reads and decides again, which is
//! safe because deciding is pure. A costly supplier call never stands inside such a loop.

pub mod approve;
pub mod audit;
pub mod cancel;
pub mod deliver;
pub mod draft;
pub mod judge;
pub mod leave;
pub mod onboard;
pub mod people;
pub mod policies;
pub mod purchase;
pub mod reconcile;
pub mod search;
pub mod session;
pub mod settle;
pub mod submit;
pub mod tick;
pub mod trips;

use std::future::Future;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::access::{Actor, Who};
use crate::audit::AuditRecord;
use crate::digest::Digest;
use crate::error::{Code, Error, Result};
use crate::event::{Event, Subject, SubjectKind};
use crate::id::{AuditId, EventId, OrganizationId};
use crate::nestmap::NestMap;
use crate::port::store::{
    Change, Commit, Guard, IdempotencyKey, Key, Once, StoreError, StoredReply,
};
use crate::time::Timestamp;

/// How often a flow decides anew when somebody else was faster.
const TRIES: usize = 5;

/// Who calls, and how often at most it may happen.
#[derive(Clone, Debug)]
pub struct Call {
    /// Who acts.
    pub actor: Actor,
    /// Makes a write happen once: a repetition with the same key answers what the first one did.
    pub once: Option<IdempotencyKey>,
    /// The request's id, for the audit log.
    pub request: Option<String>,
}

impl Call {
    /// A call by `actor` that may happen as often as it is made.
    pub fn by(actor: Actor) -> Self {
        Self { actor, once: None, request: None }
    }

    /// The same call, happening once.
    #[must_use]
    pub fn once(mut self, key: IdempotencyKey) -> Self {
        self.once = Some(key);
        self
    }
}

/// A commit in the making: every recorded change brings its event and its audit record.
pub(crate) struct Work<'a> {
    nestmap: &'a NestMap,
    by: Who,
    request: Option<String>,
    pub(crate) now: Timestamp,
    pub(crate) commit: Commit,
}

impl<'a> Work<'a> {
    pub(crate) fn new(nestmap: &'a NestMap, call: &Call, now: Timestamp) -> Self {
        Self {
            nestmap,
            by: call.actor.who.clone(),
            request: call.request.clone(),
            now,
            commit: Commit {
                organization: call.actor.organization,
                at: now,
                once: None,
                guards: Vec::new(),
                changes: Vec::new(),
                transfers: Vec::new(),
                events: Vec::new(),
                audit: Vec::new(),
            },
        }
    }

    /// Adds a change with the event and audit record that tell of it.
    pub(crate) fn record(&mut self, change: Change, action: &str, facts: Value) {
        if let Some(subject) = subject_of(change.key()) {
            self.tell(subject.clone(), change.version_after(), action, facts.clone());
            self.note(subject, action, facts);
        }
        self.commit.changes.push(change);
    }

    /// Adds a change that nobody needs to hear of.
    pub(crate) fn change(&mut self, change: Change) {
        self.commit.changes.push(change);
    }

    /// Requires that what was read is still so.
    pub(crate) fn guard(&mut self, key: Key, version: i64) {
        self.commit.guards.push(Guard { key, version });
    }

    fn tell(&mut self, subject: Subject, sequence: i64, name: &str, data: Value) {
        self.commit.events.push(Event {
            id: EventId::new(self.now, self.nestmap.for_id()),
            organization: self.commit.organization,
            subject,
            sequence,
            name: name.to_owned(),
            at: self.now,
            data,
        });
    }

    /// Adds an audit record without a change.
    pub(crate) fn note(&mut self, subject: Subject, action: &str, details: Value) {
        self.commit.audit.push(AuditRecord {
            id: AuditId::new(self.now, self.nestmap.for_id()),
            organization: self.commit.organization,
            at: self.now,
            by: self.by.clone(),
            action: action.to_owned(),
            subject,
            request: self.request.clone(),
            details,
        });
    }
}

/// Logins belong to no organization and aren't told of inside one.
fn subject_of(key: Key) -> Option<Subject> {
    Some(match key {
        Key::Organization(id) => Subject::new(SubjectKind::Organization, id),
        Key::Person(id) => Subject::new(SubjectKind::Person, id),
        Key::Invitation(id) => Subject::new(SubjectKind::Invitation, id),
        Key::Session(id) => Subject::new(SubjectKind::Session, id),
        Key::Policy(id) => Subject::new(SubjectKind::Policy, id),
        Key::OfferSet(id) => Subject::new(SubjectKind::OfferSet, id),
        Key::Trip(id) => Subject::new(SubjectKind::Trip, id),
        Key::Approval(id) => Subject::new(SubjectKind::Approval, id),
        Key::Order(id) => Subject::new(SubjectKind::Order, id),
        Key::Identity(_) => return None,
    })
}

impl NestMap {
    /// Decides and commits, once for each idempotency key, again when somebody else was faster.
    ///
    /// `decide` adds to the work it is given and returns it with the reply to keep; it must not
    /// call a supplier for money. The reply of the first success is what every repetition gets.
    pub(crate) async fn write<'a, I, R, F, D>(
        &'a self,
        call: &'a Call,
        operation: &str,
        input: &I,
        decide: D,
    ) -> Result<R>
    where
        I: Serialize,
        R: Serialize + DeserializeOwned,
        D: Fn(Work<'a>) -> F,
        F: Future<Output = Result<(Work<'a>, R)>>,
    {
        let fingerprint = Digest::of(operation, input);
        if let Some(reply) = self.kept_reply(call, fingerprint).await? {
            return Ok(reply);
        }
        let mut tries = 1;
        loop {
            let (mut work, reply) = decide(Work::new(self, call, self.now())).await?;
            work.commit.once = once(call, fingerprint, &reply)?;
            match self.store.commit(work.commit).await {
                Ok(()) => return Ok(reply),
                Err(StoreError::Conflict { .. }) if tries < TRIES => tries += 1,
                Err(StoreError::AlreadyDone(kept)) => return read_reply(kept, fingerprint),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// What an earlier call with the same key was answered.
    async fn kept_reply<R: DeserializeOwned>(
        &self,
        call: &Call,
        fingerprint: Digest,
    ) -> Result<Option<R>> {
        let Some(key) = &call.once else { return Ok(None) };
        let organization = call.actor.organization;
        let kept = self.store.reply(organization, &scope(call), key).await?;
        kept.map(|kept| read_reply(kept, fingerprint)).transpose()
    }
}

fn once<R: Serialize>(call: &Call, fingerprint: Digest, reply: &R) -> Result<Option<Once>> {
    let Some(key) = call.once.clone() else { return Ok(None) };
    let reply = serde_json::to_value(reply).map_err(|error| unreadable().because(error))?;
    Ok(Some(Once { key, scope: scope(call), fingerprint, reply }))
}

/// Keys of different people never meet.
fn scope(call: &Call) -> String {
    call.actor.person_id().map_or_else(|| "system".to_owned(), |person| person.to_string())
}

fn read_reply<R: DeserializeOwned>(kept: StoredReply, fingerprint: Digest) -> Result<R> {
    if kept.fingerprint != fingerprint {
        return Err(Error::new(
            Code::IdempotencyKeyReused,
            "the idempotency key was used for another request",
        )
        .field("Idempotency-Key"));
    }
    serde_json::from_value(kept.reply).map_err(|error| unreadable().because(error))
}

fn unreadable() -> Error {
    Error::new(Code::Internal, "a kept reply can't be read")
}

/// The answer to what isn't there.
pub(crate) fn found<T>(kind: &str, found: Option<T>) -> Result<T> {
    found.ok_or_else(|| Error::not_found(kind))
}

/// The organization a call acts in.
pub(crate) fn home(call: &Call) -> OrganizationId {
    call.actor.organization
}
