//! The one writer: it takes jobs in the order they come and commits several at once, because what
//! costs time is the disk's promise at the end and not the rows before it.

use nestmap_core::port::store::StoreError;
use sqlx::Connection;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::{Mutex, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::execute;
use crate::commit::{Done, Job};
use crate::db::Tx;
use crate::error::DbError;

/// Jobs in one transaction at most.
const GROUP_MAX: usize = 64;

/// Jobs that wait at most; then callers wait to be let in.
const WAITING_MAX: usize = 1_024;

#[derive(Debug)]
pub(super) struct Writer {
    jobs: Mutex<Option<mpsc::Sender<Request>>>,
    task: Mutex<Option<JoinHandle<()>>>,
}

struct Request {
    job: Job,
    reply: oneshot::Sender<Result<Done, StoreError>>,
}

impl Writer {
    /// Starts the task that owns the connection.
    pub(super) fn start(connection: SqliteConnection) -> Self {
        let (sender, receiver) = mpsc::channel(WAITING_MAX);
        let task = tokio::spawn(work(connection, receiver));
        Self { jobs: Mutex::new(Some(sender)), task: Mutex::new(Some(task)) }
    }

    /// Hands a job in and waits until it is committed or refused.
    pub(super) async fn write(&self, job: Job) -> Result<Done, StoreError> {
        let jobs = self.jobs.lock().await.clone().ok_or_else(closed)?;
        let (reply, answer) = oneshot::channel();
        jobs.send(Request { job, reply }).await.map_err(|_| closed())?;
        answer.await.map_err(|_| closed())?
    }

    /// Ends the task after the jobs that wait.
    pub(super) async fn close(&self) {
        self.jobs.lock().await.take();
        if let Some(task) = self.task.lock().await.take() {
            // A writer that panicked has nothing left to finish.
            drop(task.await);
        }
    }
}

fn closed() -> StoreError {
    StoreError::Backend { message: "the store is closed".into() }
}

async fn work(mut connection: SqliteConnection, mut jobs: mpsc::Receiver<Request>) {
    while let Some(first) = jobs.recv().await {
        let mut group = Vec::new();
        let committed = commit_group(&mut connection, first, &mut jobs, &mut group).await;
        for (reply, result) in group {
            let answer = match &committed {
                Ok(()) => result,
                Err(message) => Err(StoreError::Backend { message: message.clone() }),
            };
            // Whoever doesn't wait any more can't be told.
            drop(reply.send(answer));
        }
    }
    // The last connection folds the log into the file.
    drop(connection.close().await);
}

type Group = Vec<(oneshot::Sender<Result<Done, StoreError>>, Result<Done, StoreError>)>;

/// One transaction for the first job and for all that come in while it runs. Nobody is answered
/// before the commit: what a later job of the group saw is as certain as the group.
async fn commit_group(
    connection: &mut SqliteConnection,
    first: Request,
    jobs: &mut mpsc::Receiver<Request>,
    group: &mut Group,
) -> Result<(), String> {
    let begun = execute(connection, "begin immediate").await;
    let mut next = Some(first);
    while let Some(Request { job, reply }) = next {
        let result = match &begun {
            Ok(()) => one(connection, &job).await,
            Err(_) => Err(StoreError::Backend { message: "the transaction didn't begin".into() }),
        };
        group.push((reply, result));
        next = if group.len() < GROUP_MAX { jobs.try_recv().ok() } else { None };
    }
    let ended = match begun {
        Ok(()) => execute(connection, "commit").await,
        Err(error) => Err(error),
    };
    if let Err(error) = ended {
        // Nothing to roll back where nothing was begun.
        drop(execute(connection, "rollback").await);
        return Err(format!("{error:?}"));
    }
    Ok(())
}

/// A job inside a savepoint, so that its failure doesn't touch the others of the group.
async fn one(connection: &mut SqliteConnection, job: &Job) -> Result<Done, StoreError> {
    let about = |error: DbError| error.about("organization");
    execute(connection, "savepoint job").await.map_err(about)?;
    let result = job.run(&mut Tx::Sqlite(connection)).await;
    if result.is_err() {
        execute(connection, "rollback to job").await.map_err(about)?;
    }
    execute(connection, "release job").await.map_err(about)?;
    result
}
