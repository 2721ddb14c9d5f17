//! What every store asks of a commit before it applies it.

use std::collections::BTreeSet;

use super::{Change, Commit, Guard, StoreError, Version, Write};
use crate::id::OrganizationId;

impl Commit {
    /// An empty commit, to be filled.
    pub fn new(organization: OrganizationId, at: crate::time::Timestamp) -> Self {
        Self {
            organization,
            at,
            once: None,
            guards: Vec::new(),
            changes: Vec::new(),
            transfers: Vec::new(),
            events: Vec::new(),
            audit: Vec::new(),
        }
    }

    /// Everything that must still have a certain version, guarded or updated, in the order of
    /// locking.
    pub fn locks(&self) -> Vec<Guard> {
        let updated = self.changes.iter().filter_map(|change| {
            change.version_before().map(|version| Guard { key: change.key(), version })
        });
        let mut locks: Vec<_> = self.guards.iter().copied().chain(updated).collect();
        locks.sort();
        locks.dedup();
        locks
    }

    /// Puts the changes into the order of writing: what exists is updated, and gives up what is
    /// unique, before anything is inserted; both in the order of keys, parents before children.
    pub fn sort_changes(&mut self) {
        self.changes.sort_by_key(|change| (change.version_before().is_none(), change.key()));
    }

    /// Refuses a commit that changes one thing twice, or holds something of another organization
    /// than it names.
    pub fn check(&self) -> Result<(), StoreError> {
        let mut seen = BTreeSet::new();
        for key in self.changes.iter().map(Change::key) {
            if !seen.insert(key) {
                return Err(StoreError::Duplicate { kind: key.kind(), field: "id" });
            }
        }
        self.check_organization()
    }

    fn check_organization(&self) -> Result<(), StoreError> {
        let changed =
            self.changes.iter().map(|change| (change.key().kind(), change.organization()));
        let transfers = self.transfers.iter().map(|t| ("transfer", Some(t.organization)));
        let events = self.events.iter().map(|event| ("event", Some(event.organization)));
        let audit = self.audit.iter().map(|record| ("audit_record", Some(record.organization)));
        let elsewhere = |(_, owner): &(_, Option<OrganizationId>)| {
            owner.is_some_and(|owner| owner != self.organization)
        };
        let mut all = changed.chain(transfers).chain(events).chain(audit);
        all.find(elsewhere).map_or(Ok(()), |(kind, _)| Err(StoreError::Misplaced { kind }))
    }
}

impl Change {
    /// The version the thing must have before the commit; none when it must not exist.
    pub fn version_before(&self) -> Option<Version> {
        match self {
            Self::Organization(write) => write.version_before(),
            Self::Identity(write) => write.version_before(),
            Self::Person(write) => write.version_before(),
            Self::Invitation(write) => write.version_before(),
            Self::Session(write) => write.version_before(),
            Self::Policy(write) => write.version_before(),
            Self::OfferSet(write) => write.version_before(),
            Self::Trip(write) => write.version_before(),
            Self::Approval(write) => write.version_before(),
            Self::Order(write) => write.version_before(),
        }
    }

    /// Whose the thing is; none for a login, which belongs to no organization.
    pub fn organization(&self) -> Option<OrganizationId> {
        match self {
            Self::Organization(write) => Some(write.value().id),
            Self::Identity(_) => None,
            Self::Person(write) => Some(write.value().organization),
            Self::Invitation(write) => Some(write.value().organization),
            Self::Session(write) => Some(write.value().organization),
            Self::Policy(write) => Some(write.value().organization),
            Self::OfferSet(write) => Some(write.value().organization),
            Self::Trip(write) => Some(write.value().organization),
            Self::Approval(write) => Some(write.value().organization),
            Self::Order(write) => Some(write.value().organization),
        }
    }
}

impl<T> Write<T> {
    /// The version it must have before the commit; none when it must not exist.
    pub fn version_before(&self) -> Option<Version> {
        match self {
            Self::Insert(_) => None,
            Self::Update(_, version) => Some(*version),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{OrderId, TripId};
    use crate::port::store::Key;
    use uuid::Uuid;

    #[test]
    fn locks_are_in_the_order_of_keys_and_each_is_taken_once() {
        let (trip, order) = (TripId::from_uuid(Uuid::max()), OrderId::from_uuid(Uuid::nil()));
        let guard = |key, version| Guard { key, version };
        let mut commit = Commit::new(
            OrganizationId::from_uuid(Uuid::nil()),
            crate::time::Timestamp::from_micros(0).unwrap(),
        );
        commit.guards = vec![
            guard(Key::Order(order), 2),
            guard(Key::Trip(trip), 1),
            guard(Key::Order(order), 2),
        ];
        assert_eq!(commit.locks(), [guard(Key::Trip(trip), 1), guard(Key::Order(order), 2)]);
    }
}
