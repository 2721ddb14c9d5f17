//! The file that lets a sandbox survive being killed: one line for each answered change.
//!
//! A line holds every row that one request changed, so a request is in the file whole or not
//! at all. It is on disk before the caller gets an answer. A last line that was cut off by a
//! crash belongs to a request nobody got an answer to; it is dropped.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A row as it is after a request; no row means it was deleted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) table: String,
    pub(crate) id: String,
    pub(crate) row: Option<Value>,
}

/// What one request did.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    /// The number of ids given out so far.
    pub(crate) ids: u64,
    pub(crate) changes: Vec<Change>,
}

/// Why a state file can't be used.
#[derive(Debug)]
pub(crate) enum JournalError {
    Io(io::Error),
    /// A line in the middle of the file can't be read.
    Damaged {
        line: usize,
    },
    /// The file was written by a sandbox with another heading.
    OtherSandbox {
        found: String,
    },
}

impl From<io::Error> for JournalError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// An open state file.
pub(crate) struct Journal {
    file: File,
}

impl Journal {
    /// Opens or creates the file and returns what it remembers. `heading` is the first line of
    /// the file and says which sandbox it belongs to.
    pub(crate) fn open(path: &Path, heading: &str) -> Result<(Self, Vec<Entry>), JournalError> {
        let text = match std::fs::read(path) {
            Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(error.into()),
        };
        // INVARIANT: a line counts only with its line end; what follows the last one is a torn write.
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        let mut lines = whole.lines().enumerate();
        match lines.next() {
            Some((_, found)) if found != heading => {
                return Err(JournalError::OtherSandbox { found: found.to_owned() });
            }
            _ => {}
        }
        let entries = lines
            .map(|(index, line)| {
                serde_json::from_str(line).map_err(|_| JournalError::Damaged { line: index + 1 })
            })
            .collect::<Result<Vec<Entry>, _>>()?;

        let file = OpenOptions::new().create(true).append(true).open(path)?;
        file.set_len(u64::try_from(whole.len()).expect("a file length fits"))?;
        let mut journal = Self { file };
        if whole.is_empty() {
            journal.write_line(heading)?;
        }
        Ok((journal, entries))
    }

    /// Writes the entry and waits until it is on disk.
    pub(crate) fn append(&mut self, entry: &Entry) -> io::Result<()> {
        let line = serde_json::to_string(entry).expect("an entry has text keys and plain values");
        self.write_line(&line)
    }

    fn write_line(&mut self, line: &str) -> io::Result<()> {
        self.file.write_all(format!("{line}\n").as_bytes())?;
        self.file.sync_data()
    }
}
