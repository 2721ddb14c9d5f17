//! Whose file it is: ours, and this process's alone.

use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection, query, query_scalar};

use crate::error::OpenError;

/// "NMAP" in the header of the file, where SQLite keeps what application it is of.
const APPLICATION: i64 = 0x4e4d_4150;

/// Keeps a second process from opening the same file: two writers that each believe to be the
/// only one would group their commits past each other. The lock ends with the process, however
/// that ends.
#[derive(Debug)]
pub(super) struct FileLock {
    _file: File,
}

impl FileLock {
    /// Takes the lock beside the database file, and makes sure that both are for our user only.
    pub(super) fn take(database: &Path) -> Result<Self, OpenError> {
        let mut name = database.as_os_str().to_owned();
        name.push(".lock");
        let file = open_private(&PathBuf::from(name)).map_err(OpenError::unreachable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(OpenError::unreachable(error)),
        }
        open_private(database).map_err(OpenError::unreachable)?;
        Ok(Self { _file: file })
    }
}

/// Opens a file, made readable for our user only where it doesn't exist. SQLite gives the files
/// beside the database the same permissions.
fn open_private(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Refuses a file that is something else, without touching it.
pub(super) async fn check_application(options: SqliteConnectOptions) -> Result<(), OpenError> {
    let mut connection = options.connect().await.map_err(OpenError::unreachable)?;
    let ours = is_ours_or_empty(&mut connection).await;
    connection.close().await.map_err(OpenError::unreachable)?;
    // What isn't a database at all shows when it is read.
    if ours.map_err(|_| OpenError::ForeignFile)? { Ok(()) } else { Err(OpenError::ForeignFile) }
}

async fn is_ours_or_empty(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let application: i64 =
        query_scalar("pragma application_id").fetch_one(&mut *connection).await?;
    let tables: i64 =
        query_scalar("select count(*) from sqlite_schema").fetch_one(connection).await?;
    Ok(application == APPLICATION || application == 0 && tables == 0)
}

/// Marks the file as ours.
pub(super) async fn mark_application(connection: &mut SqliteConnection) -> Result<(), OpenError> {
    let mark = query("pragma application_id = 1313685840").execute(connection).await;
    mark.map(|_| ()).map_err(OpenError::unreachable)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mark_is_the_one_that_is_written() {
        assert_eq!(APPLICATION, 1_313_685_840);
        assert_eq!(&u32::try_from(APPLICATION).unwrap().to_be_bytes(), b"NMAP");
    }
}
