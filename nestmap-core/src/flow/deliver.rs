//! Delivering events: at least once, in order for each worker, retried with growing pauses.

use async_trait::async_trait;

use crate::error::Result;
use crate::event::Event;
use crate::id::OrganizationId;
use crate::nestmap::NestMap;
use crate::port::store::Delivery;

/// How long a worker may take over a batch before another takes it, in seconds.
const LEASE_SECONDS: i64 = 60;
/// How many events are claimed at once.
const BATCH: i64 = 50;
/// How often an event is tried before it is given up.
const ATTEMPTS_MAX: i64 = 10;

/// Whoever wants to hear of events.
#[async_trait]
pub trait EventSink: Send + Sync {
    /// Takes an event. It may come again, also after it was taken; its id tells.
    async fn take(&self, event: &Event) -> std::result::Result<(), String>;
}

/// What a delivery round has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DeliverReport {
    /// Events taken by the receiver.
    pub delivered: i64,
    /// Events to be tried again.
    pub again: i64,
    /// Events given up.
    pub dead: i64,
}

impl NestMap {
    /// Delivers the deliverable events of every organization to `sink`.
    pub async fn deliver(&self, sink: &dyn EventSink) -> Result<DeliverReport> {
        let mut report = DeliverReport::default();
        let mut after = None;
        loop {
            let organizations =
                self.store.organizations_with_work(self.now(), after, BATCH).await?;
            for organization in &organizations {
                self.deliver_in(*organization, sink, &mut report).await?;
            }
            after = organizations.last().copied();
            if i64::try_from(organizations.len()).is_ok_and(|found| found < BATCH) {
                return Ok(report);
            }
        }
    }

    async fn deliver_in(
        &self,
        organization: OrganizationId,
        sink: &dyn EventSink,
        report: &mut DeliverReport,
    ) -> Result<()> {
        let now = self.now();
        let lease = now.plus_seconds(LEASE_SECONDS);
        for claim in self.store.claim_events(organization, now, lease, BATCH).await? {
            let delivery = match sink.take(&claim.event).await {
                Ok(()) => Delivery::Done,
                Err(_) if claim.attempts + 1 >= ATTEMPTS_MAX => Delivery::Dead,
                Err(_) => Delivery::Again { at: self.now().plus_seconds(pause(claim.attempts)) },
            };
            let id = claim.event.id;
            if self.store.finish_event(organization, id, claim.token, delivery).await? {
                match delivery {
                    Delivery::Done => report.delivered += 1,
                    Delivery::Again { .. } => report.again += 1,
                    Delivery::Dead => report.dead += 1,
                }
            }
        }
        Ok(())
    }
}

/// 2 s, doubling, an hour at most.
fn pause(attempts: i64) -> i64 {
    (2i64 << attempts.clamp(0, 11)).min(3_600)
}
