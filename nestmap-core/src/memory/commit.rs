//! All or nothing: everything is written in order, and taken back at the first refusal.

use std::collections::BTreeMap;

use super::{Outgoing, State};
use crate::id::OrganizationId;
use crate::port::store::{
    Change, Commit, Guard, Key, StoreError, Stored, StoredReply, Version, Write,
};

/// Takes one write back.
type Undo = Box<dyn FnOnce(&mut State)>;

/// Which map of the state a thing is in.
type Pick<K, T> = fn(&mut State) -> &mut BTreeMap<K, T>;

impl State {
    pub(super) fn commit(&mut self, commit: Commit) -> Result<(), StoreError> {
        commit.check()?;
        self.check_once(&commit)?;
        self.check_versions(&commit)?;
        let mut undo = Vec::new();
        let written = self.write(commit, &mut undo);
        if written.is_err() {
            undo.into_iter().rev().for_each(|step| step(self));
        }
        written
    }

    fn check_once(&self, commit: &Commit) -> Result<(), StoreError> {
        let Some(once) = &commit.once else { return Ok(()) };
        let key = (commit.organization, once.scope.clone(), once.key.clone());
        match self.replies.get(&key) {
            Some(reply) => Err(StoreError::AlreadyDone(reply.clone())),
            None => Ok(()),
        }
    }

    fn check_versions(&self, commit: &Commit) -> Result<(), StoreError> {
        for Guard { key, version } in commit.locks() {
            if self.version(commit.organization, key) != Some(version) {
                return Err(StoreError::Conflict { kind: key.kind() });
            }
        }
        Ok(())
    }

    fn version(&self, organization: OrganizationId, key: Key) -> Option<Version> {
        match key {
            Key::Organization(id) if id != organization => None,
            Key::Organization(id) => self.organizations.get(&id).map(|stored| stored.version),
            Key::Identity(id) => self.identities.get(&id).map(|stored| stored.version),
            Key::Person(id) => self.people.get(&(organization, id)).map(|s| s.version),
            Key::Invitation(id) => self.invitations.get(&(organization, id)).map(|s| s.version),
            Key::Session(id) => self.sessions.get(&(organization, id)).map(|s| s.version),
            Key::Policy(id) => self.policies.get(&(organization, id)).map(|s| s.version),
            Key::OfferSet(id) => self.offer_sets.get(&(organization, id)).map(|s| s.version),
            Key::Trip(id) => self.trips.get(&(organization, id)).map(|s| s.version),
            Key::Approval(id) => self.approvals.get(&(organization, id)).map(|s| s.version),
            Key::Order(id) => self.orders.get(&(organization, id)).map(|s| s.version),
        }
    }

    fn write(&mut self, mut commit: Commit, undo: &mut Vec<Undo>) -> Result<(), StoreError> {
        let organization = commit.organization;
        commit.sort_changes();
        for change in commit.changes {
            self.check_parent(organization, &change)?;
            self.check_unique(organization, &change)?;
            self.change(organization, change, undo)?;
        }
        for transfer in commit.transfers {
            if !self.orders.contains_key(&(organization, transfer.order)) {
                return Err(StoreError::Orphan { kind: "transfer" });
            }
            let same_leg = |other: &crate::ledger::Transfer| {
                other.organization == organization
                    && (other.order, other.leg) == (transfer.order, transfer.leg)
            };
            if self.transfers.values().any(same_leg) {
                return Err(StoreError::Duplicate { kind: "transfer", field: "leg" });
            }
            let key = (organization, transfer.id);
            self.append(|s| &mut s.transfers, key, transfer, "transfer", undo)?;
        }
        for event in commit.events {
            let key = (organization, event.id);
            self.append(|s| &mut s.events, key, Outgoing::new(event), "event", undo)?;
        }
        for record in commit.audit {
            let key = (organization, record.id);
            self.append(|s| &mut s.audit, key, record, "audit_record", undo)?;
        }
        if let Some(once) = commit.once {
            let reply = StoredReply { fingerprint: once.fingerprint, reply: once.reply };
            let key = (organization, once.scope, once.key);
            self.append(|s| &mut s.replies, key, reply, "reply", undo)?;
        }
        Ok(())
    }

    fn change(
        &mut self,
        org: OrganizationId,
        change: Change,
        undo: &mut Vec<Undo>,
    ) -> Result<(), StoreError> {
        let key = change.key();
        match change {
            Change::Organization(w) => self.put(|s| &mut s.organizations, org, w, key, undo),
            Change::Identity(w) => {
                let id = w.value().id;
                self.put(|s| &mut s.identities, id, w, key, undo)
            }
            Change::Person(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.people, id, w, key, undo)
            }
            Change::Invitation(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.invitations, id, w, key, undo)
            }
            Change::Session(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.sessions, id, w, key, undo)
            }
            Change::Policy(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.policies, id, w, key, undo)
            }
            Change::OfferSet(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.offer_sets, id, w, key, undo)
            }
            Change::Trip(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.trips, id, w, key, undo)
            }
            Change::Approval(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.approvals, id, w, key, undo)
            }
            Change::Order(w) => {
                let id = (org, w.value().id);
                self.put(|s| &mut s.orders, id, w, key, undo)
            }
        }
    }

    /// What a thing belongs to must be there.
    fn check_parent(&self, org: OrganizationId, change: &Change) -> Result<(), StoreError> {
        let is_there = match change {
            Change::Organization(_) | Change::Identity(_) => true,
            Change::Session(w) => self.people.contains_key(&(org, w.value().person)),
            Change::Approval(w) => self.trips.contains_key(&(org, w.value().trip)),
            Change::Order(w) => self.trips.contains_key(&(org, w.value().trip)),
            Change::Person(_)
            | Change::Invitation(_)
            | Change::Policy(_)
            | Change::OfferSet(_)
            | Change::Trip(_) => self.organizations.contains_key(&org),
        };
        if is_there { Ok(()) } else { Err(StoreError::Orphan { kind: change.key().kind() }) }
    }

    /// What must be unique beside ids.
    fn check_unique(&self, org: OrganizationId, change: &Change) -> Result<(), StoreError> {
        let duplicate = |kind, field| Err(StoreError::Duplicate { kind, field });
        match change {
            Change::Identity(write) => {
                let new = write.value();
                let mut others = self.identities.values().map(|stored| &stored.value);
                if others.any(|old| old.id != new.id && old.email == new.email) {
                    return duplicate("identity", "email");
                }
            }
            Change::Person(write) => {
                let new = write.value();
                let mut others = self.people.iter().filter(|(key, _)| key.0 == org).map(|e| e.1);
                if others.clone().any(|s| s.value.id != new.id && s.value.email == new.email) {
                    return duplicate("person", "email");
                }
                let same_login = |s: &Stored<_>| same_login(&s.value, new) && s.value.id != new.id;
                if others.any(same_login) {
                    return duplicate("person", "identity");
                }
            }
            Change::Order(write) => {
                let new = write.value();
                let Some(booking) = new.booking() else { return Ok(()) };
                let mut others = self.orders.iter().filter(|(key, _)| key.0 == org).map(|e| e.1);
                let same_order = |s: &Stored<crate::order::Order>| {
                    s.value.id != new.id
                        && s.value.booking().is_some_and(|other| other.order == booking.order)
                };
                if others.any(same_order) {
                    return duplicate("order", "supplier_order");
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn put<K: Ord + Copy + 'static, T: 'static>(
        &mut self,
        pick: Pick<K, Stored<T>>,
        id: K,
        write: Write<T>,
        key: Key,
        undo: &mut Vec<Undo>,
    ) -> Result<(), StoreError> {
        let kind = key.kind();
        let table = pick(self);
        let stored = table.get(&id).map(|stored| stored.version);
        let version = write.version_after();
        let value = match (write, stored) {
            (Write::Insert(value), None) => value,
            (Write::Insert(_), Some(_)) => {
                return Err(StoreError::Duplicate { kind, field: "id" });
            }
            (Write::Update(value, expected), Some(found)) if expected == found => value,
            (Write::Update(..), _) => return Err(StoreError::Conflict { kind }),
        };
        let before = table.insert(id, Stored { value, version });
        undo.push(Box::new(move |state| {
            match before {
                Some(before) => pick(state).insert(id, before),
                None => pick(state).remove(&id),
            };
        }));
        Ok(())
    }

    fn append<K: Ord + Clone + 'static, T: 'static>(
        &mut self,
        pick: Pick<K, T>,
        key: K,
        value: T,
        kind: &'static str,
        undo: &mut Vec<Undo>,
    ) -> Result<(), StoreError> {
        let table = pick(self);
        if table.contains_key(&key) {
            return Err(StoreError::Duplicate { kind, field: "id" });
        }
        table.insert(key.clone(), value);
        undo.push(Box::new(move |state| {
            pick(state).remove(&key);
        }));
        Ok(())
    }
}

fn same_login(one: &crate::people::Person, other: &crate::people::Person) -> bool {
    one.identity.is_some() && one.identity == other.identity
}
