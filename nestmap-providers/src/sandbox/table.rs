//! Rows in memory that remember what changed, so that a journal can write it down.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::journal::Change;

/// Rows of one kind by id. Ids sort in the order of creation.
pub(crate) struct Table<T> {
    name: &'static str,
    rows: BTreeMap<String, T>,
    changed: BTreeSet<String>,
}

impl<T: Serialize + DeserializeOwned> Table<T> {
    pub(crate) fn new(name: &'static str) -> Self {
        Self { name, rows: BTreeMap::new(), changed: BTreeSet::new() }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&T> {
        self.rows.get(id)
    }

    /// The row for changing; it counts as changed.
    pub(crate) fn edit(&mut self, id: &str) -> Option<&mut T> {
        let row = self.rows.get_mut(id)?;
        self.changed.insert(id.to_owned());
        Some(row)
    }

    pub(crate) fn put(&mut self, id: &str, row: T) {
        self.changed.insert(id.to_owned());
        self.rows.insert(id.to_owned(), row);
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<T> {
        self.changed.insert(id.to_owned());
        self.rows.remove(id)
    }

    /// All rows, oldest first.
    pub(crate) fn rows(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.rows.values()
    }

    /// The rows whose id starts with `prefix`, oldest first.
    pub(crate) fn starting_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a T> {
        self.rows
            .range(prefix.to_owned()..)
            .take_while(move |(id, _)| id.starts_with(prefix))
            .map(|(_, row)| row)
    }

    /// Moves what changed since the last call to `changes`.
    pub(crate) fn drain_changes(&mut self, changes: &mut Vec<Change>) {
        for id in std::mem::take(&mut self.changed) {
            let row = self.rows.get(&id).map(|row| {
                serde_json::to_value(row).expect("a row has text keys and plain values")
            });
            changes.push(Change { table: self.name.to_owned(), id, row });
        }
    }

    /// Applies a change read from a journal.
    pub(crate) fn restore(&mut self, id: String, row: Option<Value>) -> serde_json::Result<()> {
        match row {
            Some(row) => drop(self.rows.insert(id, serde_json::from_value(row)?)),
            None => drop(self.rows.remove(&id)),
        }
        Ok(())
    }
}
