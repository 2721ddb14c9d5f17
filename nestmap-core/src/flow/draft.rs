//! Drafting and changing a trip.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Call, found, home};
use crate::access::{Permission, Resource, may};
use crate::error::{Code, Error, Result};
use crate::flow::trips::TripView;
use crate::id::{ItemId, OfferId, OfferSetId, PersonId, TripId};
use crate::nestmap::NestMap;
use crate::port::store::{Change, Stored, Version, Write};
use crate::shopping::{Offer, OfferSet};
use crate::time::Timestamp;
use crate::trip::{Item, ItemKind, Stay, Trip, TripState, wrong};

/// A trip as its traveler or arranger describes it. A change replaces everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewTrip {
    /// What people call it.
    pub title: String,
    /// Why it is made.
    #[serde(default)]
    pub purpose: Option<String>,
    /// Who travels, in the order of the offers' passengers.
    pub travelers: Vec<PersonId>,
    /// What is to be bought.
    #[serde(default)]
    pub items: Vec<NewItem>,
    /// What the traveler says where the policy asks for a reason.
    #[serde(default)]
    pub reason: Option<crate::trip::Reason>,
}

/// An item of a new trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum NewItem {
    /// An offer of a search.
    Flight {
        /// The search.
        offer_set: OfferSetId,
        /// The offer.
        offer: OfferId,
    },
    /// A hotel stay that the traveler arranges.
    Stay {
        /// The stay.
        stay: Stay,
    },
}

impl NestMap {
    /// Drafts a trip; every item is judged by the policy.
    pub async fn draft_trip(&self, call: &Call, new: NewTrip) -> Result<TripView> {
        self.may_write_trip(call, &new.travelers)?;
        let booked_by = call.actor.need_person()?;
        let id = self
            .write(call, "draft_trip", &new, |mut work| {
                let new = new.clone();
                async move {
                    let now = work.now;
                    let blank = Trip {
                        id: TripId::new(now, self.for_id()),
                        organization: home(call),
                        title: String::new(),
                        purpose: None,
                        travelers: Vec::new(),
                        booked_by,
                        items: Vec::new(),
                        reason: None,
                        state: TripState::Draft { reopened: None },
                        created_at: now,
                    };
                    let trip = self.describe(call, blank, new, now).await?;
                    let (id, facts) = (trip.id, json!({ "items": trip.items.len() }));
                    work.record(Change::Trip(Write::Insert(trip)), "trip.drafted", facts);
                    Ok((work, id))
                }
            })
            .await?;
        self.trip(call, id).await
    }

    /// Replaces a draft's description. Items that are bought already stay, and with them the
    /// travelers they were bought for.
    pub async fn change_trip(
        &self,
        call: &Call,
        id: TripId,
        new: NewTrip,
        expected: Option<Version>,
    ) -> Result<TripView> {
        self.write(call, "change_trip", &(id, &new), |mut work| {
            let new = new.clone();
            async move {
                let stored =
                    self.trip_for(call, id, Permission::TripWrite).await?.expect(expected)?;
                self.may_write_trip(call, &new.travelers)?;
                stored.value.must_be_draft()?;
                let trip = self.describe(call, stored.value, new, work.now).await?;
                let facts = json!({ "items": trip.items.len() });
                work.record(
                    Change::Trip(Write::Update(trip, stored.version)),
                    "trip.changed",
                    facts,
                );
                Ok((work, ()))
            }
        })
        .await?;
        self.trip(call, id).await
    }

    fn may_write_trip(&self, call: &Call, travelers: &[PersonId]) -> Result<()> {
        // Each traveler by themselves: a member may not add a colleague to their own trip.
        for traveler in travelers {
            let concerned = [*traveler];
            let resource = Resource::concerning("traveler", home(call), &concerned);
            may(&call.actor, Permission::TripWrite, resource)?;
        }
        Ok(())
    }

    async fn describe(
        &self,
        call: &Call,
        trip: Trip,
        new: NewTrip,
        now: Timestamp,
    ) -> Result<Trip> {
        let by = call.actor.need_person()?;
        let mut items: Vec<Item> =
            trip.items.iter().filter(|item| item.order.is_some()).cloned().collect();
        if !items.is_empty() && new.travelers != trip.travelers {
            return Err(wrong("travelers", "those whom the trip's orders are for"));
        }
        for (index, item) in new.items.into_iter().enumerate() {
            let kind = self.item_kind(call, item, now).await.map_err(|e| at_item(e, index))?;
            // Repeating what somebody else chose doesn't make it one's own choice.
            let chosen = trip.items.iter().find(|before| before.kind == kind);
            let chosen_by = chosen.map_or(by, |before| before.chosen_by);
            let id = ItemId::new(now, self.for_id());
            items.push(Item { id, kind, chosen_by, assessment: None, order: None });
        }
        let NewTrip { title, purpose, travelers, reason, .. } = new;
        let trip = Trip { title, purpose, travelers, reason, items, ..trip };
        trip.check()?;
        self.judged(call, trip, now).await
    }

    async fn item_kind(&self, call: &Call, item: NewItem, now: Timestamp) -> Result<ItemKind> {
        match item {
            NewItem::Stay { stay } => Ok(ItemKind::Stay { stay }),
            NewItem::Flight { offer_set, offer } => {
                let set =
                    found("search", self.store.offer_set(home(call), offer_set).await?)?.value;
                if set.used_by.is_some() {
                    return Err(Error::new(
                        Code::OfferUsed,
                        "an offer of this search was booked already",
                    ));
                }
                let offer = set.offer(offer)?.clone();
                offer.flight.still_sold(now)?;
                Ok(ItemKind::Flight { offer_set, offer })
            }
        }
    }

    /// The trip with every item judged anew.
    pub(crate) async fn judged(&self, call: &Call, mut trip: Trip, now: Timestamp) -> Result<Trip> {
        let bench = self.bench(call, &trip.travelers, now).await?;
        let candidates = self.candidates(&trip).await?;
        let assessments = bench.items(&trip, &candidates)?;
        for (item, assessment) in trip.items.iter_mut().zip(assessments) {
            item.assessment = Some(assessment);
        }
        Ok(trip)
    }

    /// The offers each flight was chosen from, in the order of the items.
    pub(crate) async fn candidates(&self, trip: &Trip) -> Result<Vec<Option<Vec<Offer>>>> {
        let mut candidates = Vec::with_capacity(trip.items.len());
        for item in &trip.items {
            let Some((set, _)) = item.offer() else {
                candidates.push(None);
                continue;
            };
            let set: Option<Stored<OfferSet>> =
                self.store.offer_set(trip.organization, set).await?;
            candidates.push(set.map(|set| set.value.offers));
        }
        Ok(candidates)
    }
}

fn at_item(error: Error, index: usize) -> Error {
    let field = match error.details.get("field").and_then(|field| field.as_str()) {
        Some(inner) => format!("items[{index}].{inner}"),
        None => format!("items[{index}]"),
    };
    error.field(field)
}
