//! Trips, and whom they concern.

use async_trait::async_trait;
use nestmap_core::id::{OrganizationId, TripId};
use nestmap_core::page::PageRequest;
use nestmap_core::port::store::reads::{Found, Listed};
use nestmap_core::port::store::{StoreError, TripFilter, TripReads, Write};
use nestmap_core::trip::Trip;

use crate::SqlStore;
use crate::commit::put;
use crate::db::{Arg, List, Scope, Tx, statements};

const KIND: &str = "trip";

statements! {
    ONE = "select document, version from trips where organization_id = $1 and trip_id = $2";
    PAGE = "select document, version from trips
        where organization_id = $1 and trip_id < $2 order by trip_id desc limit $3";
    PAGE_OF_PERSON = "select t.document, t.version from trip_people p
        join trips t on t.organization_id = $1 and t.trip_id = p.trip_id
        where p.organization_id = $1 and p.person_id = $2 and p.trip_id < $3
        order by p.trip_id desc limit $4";
    HOLD = "select version from trips where organization_id = $1 and trip_id = $2" locking;
    INSERT = "insert into trips (organization_id, trip_id, version, document)
        values ($1, $2, 1, $3)";
    UPDATE = "update trips set version = version + 1, document = $3
        where organization_id = $1 and trip_id = $2 and version = $4";

    PEOPLE_DELETE = "delete from trip_people where organization_id = $1 and trip_id = $2";
    PERSON_INSERT = "insert into trip_people (organization_id, person_id, trip_id)
        values ($1, $2, $3)";
}

#[async_trait]
impl TripReads for SqlStore {
    async fn trip(&self, organization: OrganizationId, id: TripId) -> Found<Trip> {
        let args = [Arg::Id(organization.uuid()), Arg::Id(id.uuid())];
        self.db.one(Scope::Organization(organization), KIND, ONE, &args).await
    }

    async fn trips(
        &self,
        organization: OrganizationId,
        filter: TripFilter,
        request: PageRequest<TripId>,
    ) -> Listed<Trip, TripId> {
        let mut args = vec![Arg::Id(organization.uuid())];
        args.extend(filter.person.map(|person| Arg::Id(person.uuid())));
        let statement = if filter.person.is_some() { PAGE_OF_PERSON } else { PAGE };
        let list = List { organization, statement, args: &args, request, uuid: TripId::uuid };
        self.db.page(list, KIND, |trip: &Trip| trip.id).await
    }
}

pub(crate) async fn write(
    tx: &mut Tx<'_>,
    organization: OrganizationId,
    write: &Write<Trip>,
) -> Result<(), StoreError> {
    let trip = write.value();
    let key = [Arg::Id(organization.uuid()), Arg::Id(trip.id.uuid())];
    let args = [key.as_slice(), &[Arg::document(trip)]].concat();
    put(tx, KIND, [INSERT, UPDATE], write.version_before(), args).await?;
    if write.version_before().is_some() {
        tx.run(PEOPLE_DELETE, &key).await.map_err(|error| error.about(KIND))?;
    }
    for person in trip.people() {
        let [tenant, id] = key.clone();
        let args = [tenant, Arg::Id(person.uuid()), id];
        tx.run(PERSON_INSERT, &args).await.map_err(|error| error.about(KIND))?;
    }
    Ok(())
}
