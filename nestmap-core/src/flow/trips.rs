//! Reading trips: the trip with what it has come to, its itinerary, its calendar file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Call, found, home};
use crate::access::{Permission, Resource, may};
use crate::approval::Approval;
use crate::error::Result;
use crate::id::{OrderId, TripId};
use crate::nestmap::NestMap;
use crate::order::Order;
use crate::page::{Page, PageRequest};
use crate::people::Person;
use crate::port::store::{Stored, TripFilter};
use crate::trip::calendar::calendar;
use crate::trip::{Itinerary, Lint, Trip, TripAction, TripStatus, lint};

/// A trip with what it has come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TripView {
    /// The trip.
    pub trip: Stored<Trip>,
    /// What it has come to.
    pub status: TripStatus,
    /// What can be done with it now.
    pub available_actions: Vec<TripAction>,
    /// Everything ordered for it, oldest first.
    pub orders: Vec<Stored<Order>>,
    /// Every request for its approval, oldest first.
    pub approvals: Vec<Stored<Approval>>,
    /// What a careful colleague would notice about it.
    pub lints: Vec<Lint>,
}

/// A line in a list of trips.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TripLine {
    /// The trip.
    pub trip: Stored<Trip>,
    /// What it has come to.
    pub status: TripStatus,
}

impl NestMap {
    /// One trip.
    pub async fn trip(&self, call: &Call, id: TripId) -> Result<TripView> {
        let (trip, approvals) = self.trip_to_read(call, id).await?;
        let orders = self.store.orders_of_trip(home(call), id).await?;
        let plain: Vec<Order> = orders.iter().map(|order| order.value.clone()).collect();
        let travelers = self.travelers_of(&trip.value).await?;
        let now = self.now();
        Ok(TripView {
            status: trip.value.status(&plain, now),
            lints: lint(&trip.value, &plain, &travelers, now),
            available_actions: trip.value.actions(&plain),
            trip,
            orders,
            approvals,
        })
    }

    /// Trips, newest first: everybody's for those who may see them, else the caller's own.
    pub async fn trips(
        &self,
        call: &Call,
        page: PageRequest<TripId>,
    ) -> Result<Page<TripLine, TripId>> {
        let all = Resource::of("organization", home(call));
        let person = match may(&call.actor, Permission::TripRead, all) {
            Ok(()) => None,
            Err(_) => Some(self.own_trips_reader(call)?),
        };
        let trips = self.store.trips(home(call), TripFilter { person }, page).await?;
        let ids: Vec<TripId> = trips.items.iter().map(|trip| trip.value.id).collect();
        let mut orders: BTreeMap<TripId, Vec<Order>> = BTreeMap::new();
        for order in self.store.orders_of_trips(home(call), &ids).await? {
            orders.entry(order.value.trip).or_default().push(order.value);
        }
        let now = self.now();
        let lines = trips.items.into_iter().map(|trip| {
            let orders = orders.remove(&trip.value.id).unwrap_or_default();
            TripLine { status: trip.value.status(&orders, now), trip }
        });
        Ok(Page { items: lines.collect(), next: trips.next })
    }

    fn own_trips_reader(&self, call: &Call) -> Result<crate::id::PersonId> {
        let person = call.actor.need_person()?;
        let own = [person];
        may(&call.actor, Permission::TripRead, Resource::concerning("trip", home(call), &own))?;
        Ok(person)
    }

    /// One order.
    pub async fn order(&self, call: &Call, id: OrderId) -> Result<Stored<Order>> {
        self.order_for(call, id, Permission::TripRead).await
    }

    /// Orders a person has to look at, oldest first.
    pub async fn orders_needing_person(&self, call: &Call) -> Result<Vec<Stored<Order>>> {
        may(&call.actor, Permission::OrderResolve, Resource::of("organization", home(call)))?;
        Ok(self.store.orders_needing_person(home(call)).await?)
    }

    /// The traveler's itinerary.
    pub async fn itinerary(&self, call: &Call, id: TripId) -> Result<Itinerary> {
        let view = self.trip(call, id).await?;
        let orders: Vec<Order> = view.orders.into_iter().map(|order| order.value).collect();
        Ok(Itinerary::of(&view.trip.value, &orders))
    }

    /// The itinerary as a calendar file (RFC 5545).
    pub async fn calendar(&self, call: &Call, id: TripId) -> Result<String> {
        let TripView { trip, orders, .. } = self.trip(call, id).await?;
        let orders: Vec<Order> = orders.into_iter().map(|order| order.value).collect();
        let itinerary = Itinerary::of(&trip.value, &orders);
        Ok(calendar(&itinerary, &trip.value, trip.version, self.now()))
    }

    /// The trip's travelers, those who have left included.
    async fn travelers_of(&self, trip: &Trip) -> Result<Vec<Person>> {
        let mut travelers = Vec::with_capacity(trip.travelers.len());
        for id in &trip.travelers {
            let person = self.store.person(trip.organization, *id).await?;
            travelers.extend(person.map(|person| person.value));
        }
        Ok(travelers)
    }

    /// The trip, if the caller may do `permission` to it. Approvers it was sent to may read it.
    pub(crate) async fn trip_for(
        &self,
        call: &Call,
        id: TripId,
        permission: Permission,
    ) -> Result<Stored<Trip>> {
        if permission == Permission::TripRead {
            return self.trip_to_read(call, id).await.map(|(trip, _)| trip);
        }
        let trip = found("trip", self.store.trip(home(call), id).await?)?;
        may_to_trip(call, permission, &trip.value, &[])?;
        Ok(trip)
    }

    /// The trip with its approvals, which were read to see whether the caller may read it.
    async fn trip_to_read(
        &self,
        call: &Call,
        id: TripId,
    ) -> Result<(Stored<Trip>, Vec<Stored<Approval>>)> {
        let trip = found("trip", self.store.trip(home(call), id).await?)?;
        let approvals = self.store.approvals_of_trip(home(call), id).await?;
        may_to_trip(call, Permission::TripRead, &trip.value, &approvals)?;
        Ok((trip, approvals))
    }

    /// The order, if the caller may do `permission` to its trip.
    pub(crate) async fn order_for(
        &self,
        call: &Call,
        id: OrderId,
        permission: Permission,
    ) -> Result<Stored<Order>> {
        let order = found("order", self.store.order(home(call), id).await?)?;
        self.trip_for(call, order.value.trip, permission).await?;
        Ok(order)
    }
}

/// Whether the caller may do `permission` to the trip, which concerns its people and those who are
/// asked for these approvals.
fn may_to_trip(
    call: &Call,
    permission: Permission,
    trip: &Trip,
    approvals: &[Stored<Approval>],
) -> Result<()> {
    let mut concerned = trip.people();
    concerned.extend(approvals.iter().flat_map(|approval| approval.value.approvers()));
    may(&call.actor, permission, Resource::concerning("trip", trip.organization, &concerned))
}
