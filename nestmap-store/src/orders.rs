//! Orders, what they are due for, and what they moved.

use async_trait::async_trait;
use nestmap_core::id::{OrderId, OrganizationId, TripId};
use nestmap_core::ledger::Transfer;
use nestmap_core::order::Order;
use nestmap_core::port::store::reads::Found;
use nestmap_core::port::store::{OrderReads, StoreError, Stored, Write};

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, Scope, Tx, statements};
use crate::ledger;

const KIND: &str = "order";

statements! {
    ONE = "select document, version from orders where organization_id = $1 and order_id = $2";
    OF_TRIPS = "select document, version from orders
        where organization_id = $1 and trip_id in (select unhex(value) from json_each($2))
        order by order_id"
    postgres: "select document, version from orders
        where organization_id = $1 and trip_id = any($2) order by order_id";
    NEEDING_PERSON = "select document, version from orders
        where organization_id = $1 and needs_person_since is not null
        order by order_id limit 100";
    HOLD = "select version from orders where organization_id = $1 and order_id = $2" locking;
    INSERT = "insert into orders (organization_id, order_id, trip_id, version, supplier,
            supplier_order_id, due_at, needs_person_since, document)
        values ($1, $2, $3, 1, $4, $5, $6, $7, $8)";
    UPDATE = "update orders set version = version + 1, trip_id = $3, supplier = $4,
            supplier_order_id = $5, due_at = $6, needs_person_since = $7, document = $8
        where organization_id = $1 and order_id = $2 and version = $9";
}

#[async_trait]
impl OrderReads for SqlStore {
    async fn order(&self, organization: OrganizationId, id: OrderId) -> Found<Order> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), KIND, ONE, &args).await
    }

    async fn orders_of_trips(
        &self,
        organization: OrganizationId,
        trips: &[TripId],
    ) -> Result<Vec<Stored<Order>>, StoreError> {
        let trips = trips.iter().map(|trip| trip.uuid()).collect();
        let args = [Arg::Id(organization.uuid()), Arg::Ids(trips)];
        self.db.many(organization, KIND, OF_TRIPS, &args).await
    }

    async fn orders_needing_person(
        &self,
        organization: OrganizationId,
    ) -> Result<Vec<Stored<Order>>, StoreError> {
        let args = [Arg::Id(organization.uuid())];
        self.db.many(organization, KIND, NEEDING_PERSON, &args).await
    }

    async fn transfers(
        &self,
        organization: OrganizationId,
        order: OrderId,
    ) -> Result<Vec<Transfer>, StoreError> {
        ledger::of_order(&self.db, organization, order).await
    }
}

pub(crate) async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Order>,
) -> Result<(), StoreError> {
    let order = write.value();
    let booked = order.booking().map(|booking| &booking.order);
    let args = vec![
        Arg::Id(organization.uuid()),
        Arg::Id(order.id.uuid()),
        Arg::Id(order.trip.uuid()),
        Arg::OptionalText(booked.map(|booked| booked.supplier.as_str())),
        Arg::OptionalText(booked.map(|booked| booked.id.as_str())),
        Arg::OptionalAt(order.next().map(|(at, _)| at)),
        Arg::OptionalAt(order.needs_person_since()),
        Arg::document(order),
    ];
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await
}
