//! Everything the database has of a company's travel.

use nestmap_core::approval::Approval;
use nestmap_core::audit::AuditRecord;
use nestmap_core::id::{OrganizationId, TripId};
use nestmap_core::ledger::Transfer;
use nestmap_core::order::Order;
use nestmap_core::page::PageRequest;
use nestmap_core::port::store::{
    ApprovalReads as _, AuditReads as _, OrderReads as _, Stored, TripFilter, TripReads as _,
};
use nestmap_core::trip::Trip;
use nestmap_store::SqlStore;

use crate::company::Company;

const READS: &str = "the store reads";

#[derive(Debug, Default)]
pub(super) struct Ours {
    pub(super) trips: Vec<Stored<Trip>>,
    pub(super) orders: Vec<Stored<Order>>,
    pub(super) approvals: Vec<Stored<Approval>>,
    pub(super) transfers: Vec<Transfer>,
    pub(super) audit: Vec<AuditRecord>,
}

impl Ours {
    pub(super) async fn read(store: &SqlStore, company: &Company) -> Self {
        let organization = company.organization.parse().expect("the server's ids are well-formed");
        let mut ours = Self::default();
        ours.read_trips(store, organization).await;
        let trips: Vec<_> = ours.trips.iter().map(|trip| trip.value.id).collect();
        for trip in trips {
            ours.read_trip(store, organization, trip).await;
        }
        ours.read_audit(store, organization).await;
        ours
    }

    pub(super) fn orders_of(&self, trip: TripId) -> impl Iterator<Item = &Order> {
        self.orders.iter().map(|order| &order.value).filter(move |order| order.trip == trip)
    }

    async fn read_trips(&mut self, store: &SqlStore, organization: OrganizationId) {
        let mut after = None;
        loop {
            let page = PageRequest::new(100, after).expect("a page may have 100 items");
            let page = store.trips(organization, TripFilter::default(), page).await.expect(READS);
            self.trips.extend(page.items);
            after = page.next;
            if after.is_none() {
                return;
            }
        }
    }

    async fn read_trip(&mut self, store: &SqlStore, organization: OrganizationId, trip: TripId) {
        let orders = store.orders_of_trip(organization, trip).await.expect(READS);
        for order in &orders {
            let transfers = store.transfers(organization, order.value.id).await;
            self.transfers.extend(transfers.expect(READS));
        }
        self.orders.extend(orders);
        self.approvals.extend(store.approvals_of_trip(organization, trip).await.expect(READS));
    }

    async fn read_audit(&mut self, store: &SqlStore, organization: OrganizationId) {
        let mut after = None;
        loop {
            let page = PageRequest::new(100, after).expect("a page may have 100 items");
            let page = store.audit(organization, None, page).await.expect(READS);
            self.audit.extend(page.items);
            after = page.next;
            if after.is_none() {
                return;
            }
        }
    }
}
