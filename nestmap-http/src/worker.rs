//! Does what falls due and delivers events, until it is told to stop.
//!
//! Everything it does is safe to be interrupted: what it had begun is found and finished by the
//! next worker. Any number of processes may run one.

use std::collections::{HashMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use nestmap_core::event::Event;
use nestmap_core::flow::deliver::EventSink;
use nestmap_core::id::OrganizationId;
use nestmap_core::port::store::Due;
use nestmap_core::time::Timestamp;
use tokio::sync::Notify;
use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::system::random;

/// How many things are done side by side; most of the time they wait for a supplier.
const SIDE_BY_SIDE: usize = 16;
/// How long to wait between two looks, when nothing wakes the worker.
const PAUSE: Duration = Duration::from_secs(1);
/// How long to wait after something went wrong with the store.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

/// Wakes the worker, and remembers when it looked last.
#[derive(Default)]
pub(crate) struct Pulse {
    work: Notify,
    events: Notify,
    last: Mutex<Option<Timestamp>>,
}

impl Pulse {
    /// Something was written: there may be something to do.
    pub(crate) fn wake(&self) {
        self.work.notify_one();
        self.events.notify_one();
    }

    /// When the worker last looked for work and found the store well.
    pub(crate) fn last(&self) -> Option<Timestamp> {
        self.last.lock().map_or(None, |last| *last)
    }

    fn beat(&self, now: Timestamp) {
        if let Ok(mut last) = self.last.lock() {
            *last = Some(now);
        }
    }
}

/// The worker of an app.
#[derive(Debug)]
pub struct Worker {
    app: App,
}

/// One thing that is due.
type Job = (OrganizationId, Due);

impl Worker {
    pub(crate) fn new(app: App) -> Self {
        Self { app }
    }

    /// Works until `stop` is canceled, then finishes what it has begun.
    pub async fn run(self, stop: CancellationToken) {
        tokio::join!(self.do_what_is_due(&stop), self.deliver_events(&stop));
    }

    async fn do_what_is_due(&self, stop: &CancellationToken) {
        let mut tasks = JoinSet::new();
        let mut running: HashMap<Id, Job> = HashMap::new();
        let mut waiting: VecDeque<Job> = VecDeque::new();
        while !stop.is_cancelled() {
            let mut pause = PAUSE;
            if waiting.is_empty() {
                match self.app.nestmap().due().await {
                    Ok(due) => {
                        let begun = |job: &Job| running.values().any(|running| running == job);
                        waiting = due.into_iter().filter(|job| !begun(job)).collect();
                    }
                    Err(error) => {
                        tracing::error!(code = error.code.as_str(), %error, "can't look for work");
                        pause = TROUBLE_PAUSE;
                    }
                }
            }
            if pause == PAUSE {
                self.app.pulse().beat(self.app.nestmap().now());
            }
            while running.len() < SIDE_BY_SIDE
                && let Some(job) = waiting.pop_front()
            {
                let task = tasks.spawn(handle(self.app.clone(), job));
                running.insert(task.id(), job);
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.app.pulse().work.notified() => {}
                () = tokio::time::sleep(jittered(pause)) => {}
                Some(done) = tasks.join_next_with_id(), if !tasks.is_empty() => {
                    running.remove(&ended(done));
                }
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn deliver_events(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let pause = match self.app.nestmap().deliver(&LogSink).await {
                Ok(_) => PAUSE,
                Err(error) => {
                    tracing::error!(code = error.code.as_str(), %error, "can't deliver events");
                    TROUBLE_PAUSE
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = self.app.pulse().events.notified() => {}
                () = tokio::time::sleep(jittered(pause)) => {}
            }
        }
    }
}

/// The task that ended; a panic in it is a defect, and its job is due again.
fn ended(done: Result<(Id, ()), JoinError>) -> Id {
    match done {
        Ok((id, ())) => id,
        Err(error) => {
            tracing::error!(%error, "a step panicked");
            error.id()
        }
    }
}

/// Does one thing. One that failed stays due; the worker comes back to it at its next look.
async fn handle(app: App, (organization, due): Job) {
    if let Err(error) = app.nestmap().handle(organization, due).await {
        let code = error.code.as_str();
        tracing::warn!(%organization, ?due, code, %error, "a step didn't succeed");
        // Not at once again: whatever is wrong needs a moment.
        tokio::time::sleep(jittered(PAUSE)).await;
    }
}

/// A quarter more or less, so that processes don't look at the same moment.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    random(&mut byte);
    pause * (192 + u32::from(byte[0]) / 2) / 256
}

/// Writes events to the log.
struct LogSink;

#[async_trait]
impl EventSink for LogSink {
    async fn take(&self, event: &Event) -> Result<(), String> {
        let Event { id, organization, subject, sequence, name, .. } = event;
        tracing::info!(%id, %organization, subject = subject.id, sequence, name, "event");
        Ok(())
    }
}

/// A write that succeeded may have made something due.
pub(crate) async fn wake_after_writes(
    State(app): State<App>,
    request: Request,
    next: Next,
) -> Response {
    let writes = !request.method().is_safe();
    let response = next.run(request).await;
    if writes && response.status().is_success() {
        app.pulse().wake();
    }
    response
}
