//! Everything that is due: called by a worker, a cron job or a phone.

use crate::error::{Error, Result};
use crate::id::OrganizationId;
use crate::nestmap::NestMap;
use crate::port::store::Due;

/// How many organizations are looked at in one go.
const ORGANIZATIONS: i64 = 100;
/// How many things of one organization are done before the next has its turn.
const FAIR_SHARE: i64 = 20;

/// What a tick has done.
#[derive(Debug, Default)]
pub struct TickReport {
    /// How many steps were taken.
    pub done: i64,
    /// What didn't succeed; it is tried again at the next tick.
    pub failed: Vec<(OrganizationId, Due, Error)>,
}

impl NestMap {
    /// Does what is due now, one thing after the other.
    ///
    /// Any number of workers may tick at the same time; each step is taken by one of them. A host
    /// that wants them side by side reads [`NestMap::due`] and calls [`NestMap::handle`] itself.
    pub async fn tick(&self) -> Result<TickReport> {
        let mut report = TickReport::default();
        for (organization, due) in self.due().await? {
            match self.handle(organization, due).await {
                Ok(()) => report.done += 1,
                Err(error) => report.failed.push((organization, due, error)),
            }
        }
        Ok(report)
    }

    /// What is due now: a fair share of every organization's.
    pub async fn due(&self) -> Result<Vec<(OrganizationId, Due)>> {
        let now = self.now();
        let mut due = Vec::new();
        let mut after = None;
        loop {
            let organizations =
                self.store.organizations_with_work(now, after, ORGANIZATIONS).await?;
            for organization in &organizations {
                let theirs = self.store.due(*organization, now, FAIR_SHARE).await?;
                due.extend(theirs.into_iter().map(|due| (*organization, due)));
            }
            after = organizations.last().copied();
            if i64::try_from(organizations.len()).is_ok_and(|found| found < ORGANIZATIONS) {
                return Ok(due);
            }
        }
    }

    /// Does one thing that is due; doing it when it isn't due any more is fine.
    pub async fn handle(&self, organization: OrganizationId, due: Due) -> Result<()> {
        match due {
            Due::Order(id) => self.advance(organization, id).await.map(|_| ()),
            Due::Approval(id) => self.fall_silent(organization, id).await,
        }
    }
}
