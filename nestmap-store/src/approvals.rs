//! Requests for approval, and who is asked.

use std::collections::BTreeSet;

use async_trait::async_trait;
use nestmap_core::approval::Approval;
use nestmap_core::id::{ApprovalId, OrganizationId, PersonId, TripId};
use nestmap_core::page::PageRequest;
use nestmap_core::port::store::reads::{Found, Listed};
use nestmap_core::port::store::{ApprovalReads, StoreError, Stored, Write};

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, List, Scope, Tx, statements};

const KIND: &str = "approval";

statements! {
    ONE = "select document, version from approvals
        where organization_id = $1 and approval_id = $2";
    OF_TRIP = "select document, version from approvals
        where organization_id = $1 and trip_id = $2 order by approval_id";
    PAGE_OF_APPROVER = "select a.document, a.version from approval_approvers p
        join approvals a on a.organization_id = $1 and a.approval_id = p.approval_id
        where p.organization_id = $1 and p.person_id = $2 and p.approval_id < $3
        order by p.approval_id desc limit $4";
    HOLD = "select version from approvals
        where organization_id = $1 and approval_id = $2" locking;
    INSERT = "insert into approvals
        (organization_id, approval_id, trip_id, version, due_at, document)
        values ($1, $2, $3, 1, $4, $5)";
    UPDATE = "update approvals
        set version = version + 1, trip_id = $3, due_at = $4, document = $5
        where organization_id = $1 and approval_id = $2 and version = $6";

    APPROVERS_DELETE = "delete from approval_approvers
        where organization_id = $1 and approval_id = $2";
    APPROVER_INSERT = "insert into approval_approvers (organization_id, person_id, approval_id)
        values ($1, $2, $3)";
}

#[async_trait]
impl ApprovalReads for SqlStore {
    async fn approval(&self, organization: OrganizationId, id: ApprovalId) -> Found<Approval> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), KIND, ONE, &args).await
    }

    async fn approvals_of_trip(
        &self,
        organization: OrganizationId,
        trip: TripId,
    ) -> Result<Vec<Stored<Approval>>, StoreError> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(trip.uuid())];
        self.db.many(organization, KIND, OF_TRIP, &args).await
    }

    async fn approvals_waiting_for(
        &self,
        organization: OrganizationId,
        approver: PersonId,
        request: PageRequest<ApprovalId>,
    ) -> Listed<Approval, ApprovalId> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(approver.uuid())];
        let (statement, uuid) = (PAGE_OF_APPROVER, ApprovalId::uuid as fn(ApprovalId) -> _);
        let list = List { organization, statement, args: &args, request, uuid };
        self.db.page(list, KIND, |approval: &Approval| approval.id).await
    }
}

pub(crate) async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Approval>,
) -> Result<(), StoreError> {
    let approval = write.value();
    let key = [Arg::Id(organization.uuid()), Arg::Id(approval.id.uuid())];
    let columns = [
        Arg::Id(approval.trip.uuid()),
        Arg::OptionalAt(approval.due_at()),
        Arg::document(approval),
    ];
    let args = [key.as_slice(), &columns].concat();
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await?;
    if write.version_before().is_some() {
        tx.run(APPROVERS_DELETE, &key).await.map_err(|error| error.about(KIND))?;
    }
    for person in waiting(approval) {
        let [tenant, id] = key.clone();
        let args = [tenant, Arg::Id(person.uuid()), id];
        tx.run(APPROVER_INSERT, &args).await.map_err(|error| error.about(KIND))?;
    }
    Ok(())
}

/// Whom a pending request waits for, each once, however many steps they are asked in.
fn waiting(approval: &Approval) -> BTreeSet<PersonId> {
    if approval.is_pending() { approval.approvers().collect() } else { BTreeSet::new() }
}
