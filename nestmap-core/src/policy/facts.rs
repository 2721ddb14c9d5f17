//! Everything a rule may look at: traveler, trip, subject, rates and the candidate set.
//!
//! Facts are stored beside an assessment, so that it can be derived again years later.

mod flight;
mod stay;

use flight::Places;
pub use flight::{AirFacts, AirPlace, AirSegment, AirSlice, AirStop, Flexibility};
pub use stay::{LodgingFacts, LodgingPlace, Night};

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::id::{OfferId, PersonId};
use crate::money::{Money, Rate};
use crate::place::Country;
use crate::shopping::Offer;
use crate::time::{Date, Timestamp};

/// Everything a rule may look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// Who travels.
    pub traveler: TravelerFacts,
    /// The trip around the subject.
    pub trip: TripFacts,
    /// What is assessed.
    pub subject: Subject,
    /// Exchange rates at hand; a rule that needs a missing or stale one is unknown.
    #[serde(default)]
    pub rates: Vec<Rate>,
    /// The other offers the traveler could choose; rules that compare are unknown without it.
    #[serde(default)]
    pub candidates: Option<CandidateSet>,
}

/// Who travels, as the company's records say at the time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TravelerFacts {
    /// The traveler.
    pub person: PersonId,
    /// Where the traveler works.
    #[serde(default)]
    pub country: Option<Country>,
    /// The grade, by the company's own name.
    #[serde(default)]
    pub grade: Option<String>,
    /// The department, by the company's own name.
    #[serde(default)]
    pub department: Option<String>,
    /// The cost center, by the company's own name.
    #[serde(default)]
    pub cost_center: Option<String>,
    /// Groups the traveler belongs to, by the company's own names.
    #[serde(default)]
    pub groups: BTreeSet<String>,
    /// Whether the traveler is a guest rather than an employee.
    #[serde(default)]
    pub guest: bool,
}

impl TravelerFacts {
    /// An employee of whom nothing but the id is known.
    pub fn of(person: PersonId) -> Self {
        Self {
            person,
            country: None,
            grade: None,
            department: None,
            cost_center: None,
            groups: BTreeSet::new(),
            guest: false,
        }
    }
}

/// The trip around the subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TripFacts {
    /// The moment of booking: the moment the assessment is made for.
    pub now: Timestamp,
    /// Why the traveler travels, by the company's own name.
    #[serde(default)]
    pub purpose: Option<String>,
    /// What the trip's other items cost, without the subject; in any currencies.
    #[serde(default)]
    pub other_costs: Vec<Money>,
    /// Reason codes the traveler gave.
    #[serde(default)]
    pub reasons: BTreeSet<String>,
    /// Countries the trip's other items go to.
    #[serde(default)]
    pub destinations: BTreeSet<Country>,
}

impl TripFacts {
    /// A trip of which nothing but the moment of booking is known.
    pub fn at(now: Timestamp) -> Self {
        Self {
            now,
            purpose: None,
            other_costs: Vec::new(),
            reasons: BTreeSet::new(),
            destinations: BTreeSet::new(),
        }
    }

    /// The booking's day in UTC: on it exemptions are valid and rates have their age.
    pub fn day(&self) -> Date {
        utc_day(self.now)
    }
}

/// What is assessed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Subject {
    /// A flight offer for all its slices and passengers.
    Flight(AirFacts),
    /// A stay at one property.
    Stay(LodgingFacts),
    /// The trip as a whole.
    Trip(TotalFacts),
}

/// A trip as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalFacts {
    /// What its items cost, in any currencies; `TripFacts::other_costs` come on top.
    pub costs: Vec<Money>,
    /// Countries it goes to.
    pub destinations: BTreeSet<Country>,
}

/// The offers of one search, to compare with. The subject may be among them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct CandidateSet {
    /// Each offer once, sorted by id.
    offers: Vec<AirFacts>,
}

impl CandidateSet {
    /// The set of those offers; their order doesn't matter, of twins the first stays.
    pub fn new(mut offers: Vec<AirFacts>) -> Self {
        offers.sort_by_key(|offer| offer.offer);
        offers.dedup_by_key(|offer| offer.offer);
        Self { offers }
    }

    /// The offers, sorted by id.
    pub fn offers(&self) -> &[AirFacts] {
        &self.offers
    }

    /// The offer of that id.
    pub fn offer(&self, id: OfferId) -> Option<&AirFacts> {
        self.offers.get(self.position(id)?)
    }

    pub(super) fn position(&self, id: OfferId) -> Option<usize> {
        self.offers.binary_search_by_key(&Some(id), |offer| offer.offer).ok()
    }

    pub(super) fn digests(&self) -> Vec<Digest> {
        self.offers.iter().map(AirFacts::digest).collect()
    }

    /// The set of a search's offers.
    pub fn of_offers(offers: &[Offer]) -> Self {
        let mut places = Places::default();
        Self::new(offers.iter().map(|offer| AirFacts::from_offer_at(offer, &mut places)).collect())
    }
}

impl<'de> Deserialize<'de> for CandidateSet {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Vec::deserialize(d).map(Self::new)
    }
}

impl Subject {
    pub(super) fn view(&self) -> SubjectView<'_> {
        match self {
            Self::Flight(flight) => SubjectView::Flight(flight),
            Self::Stay(stay) => SubjectView::Stay(stay),
            Self::Trip(total) => SubjectView::Trip(total),
        }
    }
}

/// A subject that somebody else owns.
#[derive(Clone, Copy)]
pub(super) enum SubjectView<'a> {
    Flight(&'a AirFacts),
    Stay(&'a LodgingFacts),
    Trip(&'a TotalFacts),
}

impl SubjectView<'_> {
    /// The subject's digest; that of a flight is the same whether it is subject or candidate.
    pub(super) fn digest(self) -> Digest {
        match self {
            Self::Flight(flight) => flight.digest(),
            Self::Stay(stay) => Digest::of("facts.stay", stay),
            Self::Trip(total) => Digest::of("facts.trip", total),
        }
    }
}

impl AirFacts {
    pub(super) fn digest(&self) -> Digest {
        Digest::of("facts.flight", self)
    }
}

impl Facts {
    /// The digest of all facts: that of the subject's digest and of the digest of what is around
    /// it, where every candidate counts by its own digest. So a batch digests each offer once.
    pub fn digest(&self) -> Digest {
        let candidates = self.candidates.as_ref().map(CandidateSet::digests);
        let Self { traveler, trip, rates, .. } = self;
        let context = ContextDigest::of(traveler, trip, rates, candidates.as_deref());
        context.with(self.subject.view().digest())
    }
}

/// The digest of everything but the subject.
#[derive(Clone, Copy)]
pub(super) struct ContextDigest(Digest);

impl ContextDigest {
    pub(super) fn of(
        traveler: &TravelerFacts,
        trip: &TripFacts,
        rates: &[Rate],
        candidates: Option<&[Digest]>,
    ) -> Self {
        let candidates = candidates.map(|each| Digest::of("facts.candidates", &each));
        Self(Digest::of("facts.context", &(traveler, trip, rates, candidates)))
    }

    pub(super) fn with(self, subject: Digest) -> Digest {
        Digest::of("facts", &(self.0, subject))
    }
}

/// The calendar day in UTC.
fn utc_day(at: Timestamp) -> Date {
    let epoch = Date::new(1970, 1, 1).expect("the first of January is a day");
    epoch.plus_days(at.micros().div_euclid(86_400_000_000))
}
