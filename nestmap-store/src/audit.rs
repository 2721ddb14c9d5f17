//! The audit log.

use async_trait::async_trait;
use nestmap_core::audit::AuditRecord;
use nestmap_core::event::{Subject, SubjectKind};
use nestmap_core::id::{AuditId, OrganizationId};
use nestmap_core::page::{Page, PageRequest};
use nestmap_core::port::store::{AuditReads, StoreError};
use uuid::Uuid;

use crate::SqlStore;
use crate::db::{Arg, Scope, Tx, statements};

const KIND: &str = "audit_record";

statements! {
    PAGE = "select document from audit
        where organization_id = $1 and audit_id < $2 order by audit_id desc limit $3";
    PAGE_OF_SUBJECT = "select document from audit
        where organization_id = $1 and subject_kind = $2 and subject_id = $3 and audit_id < $4
        order by audit_id desc limit $5";
    INSERT = "insert into audit (organization_id, audit_id, subject_kind, subject_id, document)
        values ($1, $2, $3, $4, $5)";
}

#[async_trait]
impl AuditReads for SqlStore {
    async fn audit(
        &self,
        organization: OrganizationId,
        subject: Option<&Subject>,
        page: PageRequest<AuditId>,
    ) -> Result<Page<AuditRecord, AuditId>, StoreError> {
        let mut args = vec![Arg::Id(organization.uuid())];
        if let Some(subject) = subject {
            args.extend([Arg::Text(kind_name(subject.kind)), Arg::Text(&subject.id)]);
        }
        args.push(Arg::Id(page.after.map_or(Uuid::max(), AuditId::uuid)));
        args.push(Arg::Int(page.limit.saturating_add(1)));
        let statement = if subject.is_some() { PAGE_OF_SUBJECT } else { PAGE };
        let rows = self.db.read(Scope::Organization(organization), statement, &args).await;
        let rows = rows.map_err(|error| error.about(KIND))?;
        let lines = rows.iter().map(|row| row.document(0)).collect::<Result<Vec<_>, _>>();
        let lines = lines.map_err(|error| error.about(KIND))?;
        Ok(Page::cut(lines, page.limit, |line: &AuditRecord| line.id))
    }
}

fn kind_name(kind: SubjectKind) -> &'static str {
    match kind {
        SubjectKind::Organization => "organization",
        SubjectKind::Person => "person",
        SubjectKind::Invitation => "invitation",
        SubjectKind::Session => "session",
        SubjectKind::Policy => "policy",
        SubjectKind::OfferSet => "offer_set",
        SubjectKind::Trip => "trip",
        SubjectKind::Approval => "approval",
        SubjectKind::Order => "order",
    }
}

pub(crate) async fn append(tx: &mut Tx<'_>, record: &AuditRecord) -> Result<(), StoreError> {
    let args = [
        Arg::Id(record.organization.uuid()),
        Arg::Id(record.id.uuid()),
        Arg::Text(kind_name(record.subject.kind)),
        Arg::Text(&record.subject.id),
        Arg::document(record),
    ];
    tx.run(INSERT, &args).await.map(|_| ()).map_err(|error| error.about(KIND))
}
