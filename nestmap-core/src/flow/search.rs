//! Searching offers, each with its assessment.

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Call, found, home};
use crate::access::{Permission, Resource, may};
use crate::error::Result;
use crate::id::{OfferId, OfferSetId, PersonId};
use crate::nestmap::NestMap;
use crate::policy::Assessment;
use crate::policy::outcome::Visibility;
use crate::port::store::{Change, Write};
use crate::shopping::{FlightOffer, Offer, OfferSet, SearchRequest};
use crate::time::Timestamp;

/// A search on behalf of a traveler.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewSearch {
    /// For whom; the policy is that traveler's.
    pub traveler: PersonId,
    /// What to look for.
    #[serde(flatten)]
    pub request: SearchRequest,
}

/// Offers as the traveler sees them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessedOffers {
    /// The set, without its offers.
    pub id: OfferSetId,
    /// For whom.
    pub traveler: PersonId,
    /// What was asked.
    pub request: SearchRequest,
    /// When the supplier answered.
    pub found_at: Timestamp,
    /// Whether an offer of the set was booked; then the others can't be.
    pub used: bool,
    /// Offers with their assessments, cheapest first.
    pub offers: Vec<AssessedOffer>,
    /// How many offers the policy hides.
    pub hidden: i64,
}

/// An offer and what the policy makes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AssessedOffer {
    /// The offer.
    pub offer: Offer,
    /// The assessment.
    pub assessment: Assessment,
}

impl NestMap {
    /// Asks the supplier and keeps its offers.
    pub async fn search(&self, call: &Call, new: NewSearch) -> Result<AssessedOffers> {
        let concerned = [new.traveler];
        let resource = Resource::concerning("traveler", home(call), &concerned);
        may(&call.actor, Permission::Search, resource)?;
        let searched_by = call.actor.need_person()?;
        new.request.check(self.now())?;
        self.people_of(home(call), &concerned).await?;
        let id = self
            .write(call, "search", &new, |mut work| {
                let new = new.clone();
                async move {
                    let found = self.flights.search(&new.request).await?;
                    // The clock is read again: the supplier may have taken its time.
                    let found_at = self.now();
                    let set = OfferSet {
                        id: OfferSetId::new(found_at, self.for_id()),
                        organization: home(call),
                        searched_by,
                        traveler: new.traveler,
                        request: new.request,
                        offers: self.number(found, found_at),
                        found_at,
                        used_by: None,
                    };
                    let (id, facts) = (set.id, json!({ "offers": set.offers.len() }));
                    work.record(Change::OfferSet(Write::Insert(set)), "offers.found", facts);
                    Ok((work, id))
                }
            })
            .await?;
        self.offers(call, id).await
    }

    /// Gives every offer our id, the cheapest first. Offers in several currencies stand apart:
    /// amounts of different currencies have no order.
    fn number(&self, mut found: Vec<FlightOffer>, at: Timestamp) -> Vec<Offer> {
        found.sort_by(|a, b| {
            let key = |offer: &FlightOffer| (offer.total.currency, offer.total.minor);
            key(a).cmp(&key(b)).then_with(|| a.supplier.cmp(&b.supplier))
        });
        found
            .into_iter()
            .map(|flight| Offer { id: OfferId::new(at, self.for_id()), flight })
            .collect()
    }

    /// The offers of a search with their assessments by the policies that hold now.
    pub async fn offers(&self, call: &Call, id: OfferSetId) -> Result<AssessedOffers> {
        let set = self.offer_set(call, id).await?;
        let bench = self.bench(call, &[set.traveler], self.now()).await?;
        let assessments = bench.offers(&set.offers);
        let (mut offers, mut hidden) = (Vec::with_capacity(set.offers.len()), 0);
        for (offer, assessment) in set.offers.into_iter().zip(assessments) {
            if assessment.outcome.visibility == Visibility::Hide {
                hidden += 1;
            } else {
                offers.push(AssessedOffer { offer, assessment });
            }
        }
        Ok(AssessedOffers {
            id,
            traveler: set.traveler,
            request: set.request,
            found_at: set.found_at,
            used: set.used_by.is_some(),
            offers,
            hidden,
        })
    }

    async fn offer_set(&self, call: &Call, id: OfferSetId) -> Result<OfferSet> {
        let set = found("search", self.store.offer_set(home(call), id).await?)?.value;
        let concerned = [set.traveler, set.searched_by];
        may(
            &call.actor,
            Permission::Search,
            Resource::concerning("search", set.organization, &concerned),
        )?;
        Ok(set)
    }
}
