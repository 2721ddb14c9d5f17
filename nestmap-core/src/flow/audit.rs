//! Reading the audit log.

use super::{Call, home};
use crate::access::{Permission, Resource, may};
use crate::audit::AuditRecord;
use crate::error::Result;
use crate::event::Subject;
use crate::id::AuditId;
use crate::nestmap::NestMap;
use crate::page::{Page, PageRequest};

impl NestMap {
    /// Lines about a thing, or about everything, newest first.
    pub async fn audit(
        &self,
        call: &Call,
        subject: Option<&Subject>,
        page: PageRequest<AuditId>,
    ) -> Result<Page<AuditRecord, AuditId>> {
        may(&call.actor, Permission::AuditRead, Resource::of("organization", home(call)))?;
        Ok(self.store.audit(home(call), subject, page).await?)
    }
}
