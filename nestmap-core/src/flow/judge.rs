//! How the policy judges offers and trips: facts are gathered here, decided in `policy`.

use std::collections::BTreeSet;

use super::{found, home};
use crate::error::{Code, Error, Result};
use crate::flow::Call;
use crate::id::{OrganizationId, PersonId};
use crate::money::{Money, Rate};
use crate::nestmap::NestMap;
use crate::people::Person;
use crate::place::{City, Country};
use crate::policy::facts::{LodgingPlace, Night, TotalFacts};
use crate::policy::outcome::Outcome;
use crate::policy::{
    AirFacts, Assessment, CandidateSet, Facts, LodgingFacts, PolicyInForce, Subject, TravelerFacts,
    TripFacts, assess, check_payment,
};
use crate::port::store::{Key, Version};
use crate::shopping::{Condition, Offer};
use crate::time::{Timestamp, Zone};
use crate::trip::{Item, ItemKind, Stay, Trip};

/// Everything a judgment of one traveler's trip rests on.
pub(crate) struct Bench {
    pub(crate) policies: Vec<PolicyInForce>,
    pub(crate) guard: (Key, Version),
    pub(crate) travelers: Vec<Person>,
    rates: Vec<Rate>,
    now: Timestamp,
}

impl NestMap {
    /// Gathers policies, travelers and rates. Refuses an organization without a policy: what nobody
    /// has decided about isn't compliant.
    pub(crate) async fn bench(
        &self,
        call: &Call,
        travelers: &[PersonId],
        now: Timestamp,
    ) -> Result<Bench> {
        let organization = home(call);
        let (policies, guard) = self.policies_in_force(organization, now).await?;
        if policies.is_empty() {
            return Err(Error::new(Code::PolicyMissing, "the organization has no policy in force"));
        }
        let travelers = self.people_of(organization, travelers).await?;
        let day = now.in_zone(&Zone::parse("UTC")?).date();
        let rates = self.rates.rates(day).await;
        Ok(Bench { policies, guard, travelers, rates, now })
    }

    /// The people of those ids, in that order; refuses strangers and people who left.
    pub(crate) async fn people_of(
        &self,
        organization: OrganizationId,
        ids: &[PersonId],
    ) -> Result<Vec<Person>> {
        let mut people = Vec::with_capacity(ids.len());
        for id in ids {
            let person = found("traveler", self.store.person(organization, *id).await?)?.value;
            if !person.is_active() {
                return Err(Error::invalid(
                    "travelers",
                    "people of the organization",
                    &id.to_string(),
                ));
            }
            people.push(person);
        }
        Ok(people)
    }
}

impl Bench {
    /// Judges every offer of a set, for its traveler, without a trip around it.
    pub(crate) fn offers(&self, offers: &[Offer]) -> Vec<Assessment> {
        let Some(traveler) = self.travelers.first() else { return Vec::new() };
        let trip = TripFacts::at(self.now);
        let traveler = traveler_facts(traveler);
        let judged = assess::assess_offers(&self.policies, &traveler, &trip, offers, &self.rates);
        judged.assessments.into_iter().map(|judged| judged.assessment).collect()
    }

    /// Judges every item of a trip for every traveler; the strictest judgment of an item counts.
    ///
    /// `candidates` are the offers each flight was chosen from, in the order of the items.
    pub(crate) fn items(
        &self,
        trip: &Trip,
        candidates: &[Option<Vec<Offer>>],
    ) -> Result<Vec<Assessment>> {
        let prices = trip.items.iter().map(Item::price).collect::<Result<Vec<_>>>()?;
        let judge = |index: usize, item: &Item| {
            let others = prices.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, p)| *p);
            let facts = self.trip_facts(trip, others.collect());
            self.item(item, &facts, candidates.get(index).and_then(Option::as_deref))
        };
        trip.items.iter().enumerate().map(|(index, item)| judge(index, item)).collect()
    }

    fn item(
        &self,
        item: &Item,
        trip: &TripFacts,
        candidates: Option<&[Offer]>,
    ) -> Result<Assessment> {
        let subject = match &item.kind {
            ItemKind::Flight { offer, .. } => Subject::Flight(AirFacts::from_offer(offer)),
            ItemKind::Stay { stay } => Subject::Stay(lodging_facts(stay)),
        };
        let candidates = candidates.map(CandidateSet::of_offers);
        self.judge(&subject, trip, candidates.as_ref())
    }

    /// Judges the trip as a whole: its budget and its destinations.
    pub(crate) fn total(&self, trip: &Trip) -> Result<Assessment> {
        let costs = trip.items.iter().map(Item::price).collect::<Result<Vec<_>>>()?;
        let total = TotalFacts { costs, destinations: destinations(trip) };
        let facts = self.trip_facts(trip, Vec::new());
        self.judge(&Subject::Trip(total), &facts, None)
    }

    /// Refuses what the policy doesn't let the company pay whole, item by item and in all.
    pub(crate) fn check_payment(&self, trip: &Trip, total: &Outcome) -> Result<()> {
        let day = self.now.in_zone(&Zone::parse("UTC")?).date();
        let check = |outcome: &Outcome, costs: &[Money]| {
            check_payment(&self.policies, outcome, costs, &self.rates, day)
        };
        let mut costs = Vec::with_capacity(trip.items.len());
        for (index, item) in trip.items.iter().enumerate() {
            let price = item.price()?;
            costs.push(price);
            // What was ordered before was within the limits of then.
            let assessed = item.assessment.as_ref().filter(|_| item.order.is_none());
            if let Some(assessment) = assessed {
                check(&assessment.outcome, &[price])
                    .map_err(|error| error.field(format!("items[{index}]")))?;
            }
        }
        check(total, &costs)
    }

    fn judge(
        &self,
        subject: &Subject,
        trip: &TripFacts,
        candidates: Option<&CandidateSet>,
    ) -> Result<Assessment> {
        let judged = self.travelers.iter().map(|traveler| {
            let facts = Facts {
                traveler: traveler_facts(traveler),
                trip: trip.clone(),
                subject: subject.clone(),
                rates: self.rates.clone(),
                candidates: candidates.cloned(),
            };
            assess::assess(&self.policies, &facts)
        });
        judged.reduce(strictest).ok_or_else(|| Error::not_found("traveler"))
    }

    fn trip_facts(&self, trip: &Trip, other_costs: Vec<Money>) -> TripFacts {
        TripFacts {
            purpose: trip.purpose.clone(),
            other_costs,
            reasons: trip.reason.iter().map(|reason| reason.code.clone()).collect(),
            destinations: destinations(trip),
            ..TripFacts::at(self.now)
        }
    }
}

/// The assessment that asks for more, its outcome joined with the other's, so that nothing asked
/// for is lost. The other's findings are: with several travelers it can't be derived again from
/// the facts of one.
fn strictest(one: Assessment, other: Assessment) -> Assessment {
    let outcome = one.outcome.clone().join(other.outcome.clone());
    let kept = if other.level() > one.level() { other } else { one };
    Assessment { outcome, ..kept }
}

fn traveler_facts(person: &Person) -> TravelerFacts {
    TravelerFacts {
        country: person.country,
        grade: person.grade.clone(),
        department: person.department.clone(),
        cost_center: person.cost_center.clone(),
        groups: person.groups.clone(),
        ..TravelerFacts::of(person.id)
    }
}

fn lodging_facts(stay: &Stay) -> LodgingFacts {
    let airport = stay.place.airports().into_iter().next();
    let area = airport.and_then(|airport| City::parse(airport.metropolis()).ok());
    let night = Night { base: Some(stay.nightly), tax: stay.nightly_tax, ..Night::default() };
    let nights = usize::try_from(stay.nights()).unwrap_or(0);
    LodgingFacts {
        place: LodgingPlace {
            property: stay.property.clone(),
            town: airport.map(|airport| airport.town().to_owned()),
            area,
            country: airport.and_then(|airport| airport.country()),
        },
        stars_tenths: stay.stars.map(|stars| stars.saturating_mul(10)),
        check_in: stay.check_in,
        nights: vec![night; nights],
        refund: match stay.refundable {
            None => Condition::Unknown,
            Some(false) => Condition::No,
            Some(true) => Condition::Yes { penalty: None },
        },
    }
}

fn destinations(trip: &Trip) -> BTreeSet<Country> {
    trip.items
        .iter()
        .flat_map(|item| match &item.kind {
            ItemKind::Stay { stay } => stay.place.airports(),
            ItemKind::Flight { offer, .. } => {
                let ends = offer.flight.slices.iter().filter_map(|slice| slice.last());
                ends.map(|segment| segment.destination).collect()
            }
        })
        .filter_map(|airport| airport.country())
        .collect()
}
