//! Facts in, assessment out.

use super::PolicyInForce;
use super::assessment::{Assessment, Headline, OfferAssessment, OfferAssessments};
use super::bind::{Bound, Context};
use super::facts::{
    AirFacts, CandidateSet, ContextDigest, Facts, SubjectView, TravelerFacts, TripFacts,
};
use super::finding::{Finding, Verdict};
use super::judge::{Judged, Scratch};
use super::nearest::Compliant;
use super::outcome::{ApproverRef, ApproverStep, Level, Obligations, Outcome};
use super::scope::TravelKind;
use crate::digest::Digest;
use crate::id::OfferId;
use crate::money::Rate;
use crate::shopping::Offer;

/// The version of what rules mean. It changes when the same policies and facts would give another
/// assessment; receipts of an older version can't be derived again by this one.
///
/// Version 2 digests the facts by parts, each offer once, whether it is the subject or a candidate;
/// and durations below zero are unknown.
pub const ENGINE: &str = "nestmap-policy/2";

/// Holds the facts against the policies in force. Neither the order of policies and rules nor that
/// of candidates and rates matters.
pub fn assess(policies: &[PolicyInForce], facts: &Facts) -> Assessment {
    let context = Context {
        traveler: &facts.traveler,
        trip: &facts.trip,
        rates: &facts.rates,
        candidates: facts.candidates.as_ref(),
    };
    let subject = facts.subject.view();
    let mut assessor = Assessor::new(policies, context, subject.travel_kind());
    let mut assessment = assessor.assess(subject, subject.digest());
    if let SubjectView::Flight(flight) = subject
        && assessor.worst() != Verdict::Within
    {
        assessment.nearest = assessor.nearest(flight);
    }
    assessment
}

/// Holds a whole set of offers against the policies in force; each offer's assessment is the one
/// [`assess`] would give with the set as its candidates.
pub fn assess_offers(
    policies: &[PolicyInForce],
    traveler: &TravelerFacts,
    trip: &TripFacts,
    offers: &[Offer],
    rates: &[Rate],
) -> OfferAssessments {
    let candidates = CandidateSet::of_offers(offers);
    let ids = offers.iter().map(|offer| offer.id);
    let assessments = assess_candidates(policies, traveler, trip, &candidates, ids, rates);
    OfferAssessments { assessments, candidates }
}

/// Headline and level of each candidate, sorted by id, as [`assess_offers`] would give them: for
/// counting and ranking, where nobody reads why. Nothing is allocated for a candidate.
pub fn screen(
    policies: &[PolicyInForce],
    traveler: &TravelerFacts,
    trip: &TripFacts,
    candidates: &CandidateSet,
    rates: &[Rate],
) -> Vec<Screened> {
    let context = Context { traveler, trip, rates, candidates: Some(candidates) };
    let bound = Bound::new(policies, context, Some(TravelKind::Flight));
    let (mut scratch, mut verdicts) = (Scratch::default(), Vec::new());
    let screened = candidates.offers().iter().map(|flight| {
        bound.judge(SubjectView::Flight(flight), &mut scratch, &mut verdicts);
        let (_, level) = bound.summary(&verdicts);
        let (headline, level) = match worst(&bound, &verdicts) {
            _ if bound.references.is_empty() => (Headline::Unknown, without_policy().level()),
            Verdict::Outside => (Headline::Outside, level),
            Verdict::Unknown => (Headline::Unknown, level),
            Verdict::Within | Verdict::NotApplicable => (Headline::Within, level),
        };
        Screened { offer: flight.offer, headline, level }
    });
    screened.collect()
}

/// An offer's assessment in two words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Screened {
    /// The offer.
    pub offer: Option<OfferId>,
    /// Within, outside or unknown.
    pub headline: Headline,
    /// What is asked for.
    pub level: Level,
}

pub(super) fn assess_candidates(
    policies: &[PolicyInForce],
    traveler: &TravelerFacts,
    trip: &TripFacts,
    candidates: &CandidateSet,
    ids: impl Iterator<Item = OfferId>,
    rates: &[Rate],
) -> Vec<OfferAssessment> {
    let context = Context { traveler, trip, rates, candidates: Some(candidates) };
    let mut assessor = Assessor::new(policies, context, Some(TravelKind::Flight));
    let mut assessments = Vec::new();
    for id in ids {
        // INVARIANT: the set was made of offers with these ids, sorted by id.
        let Some(at) = candidates.position(id) else { continue };
        let flight = &candidates.offers()[at];
        let digest = assessor.candidates[at];
        let mut assessment = assessor.assess(SubjectView::Flight(flight), digest);
        if assessor.worst() != Verdict::Within {
            assessment.nearest = assessor.nearest(flight);
        }
        assessments.push(OfferAssessment { offer: id, assessment });
    }
    assessments
}

/// Policies bound to a traveler and trip, with room to work in.
pub(super) struct Assessor<'a> {
    bound: Bound<'a>,
    digest: ContextDigest,
    /// The digests of the candidates, in their order.
    candidates: Vec<Digest>,
    scratch: Scratch,
    verdicts: Vec<Judged>,
    compliant: Option<Compliant<'a>>,
}

impl<'a> Assessor<'a> {
    pub(super) fn new(
        policies: &'a [PolicyInForce],
        context: Context<'a>,
        travel: Option<TravelKind>,
    ) -> Self {
        let Context { traveler, trip, rates, candidates } = context;
        let digests = candidates.map(CandidateSet::digests);
        Self {
            bound: Bound::new(policies, context, travel),
            digest: ContextDigest::of(traveler, trip, rates, digests.as_deref()),
            candidates: digests.unwrap_or_default(),
            scratch: Scratch::default(),
            verdicts: Vec::new(),
            compliant: None,
        }
    }

    /// The assessment, without the nearest compliant offer.
    fn assess(&mut self, subject: SubjectView<'_>, digest: Digest) -> Assessment {
        self.bound.judge(subject, &mut self.scratch, &mut self.verdicts);
        let findings = self.bound.findings(subject, &self.verdicts);
        let outcome = match self.bound.references.is_empty() {
            true => without_policy(),
            false => joined(&findings),
        };
        Assessment {
            outcome,
            findings,
            exempted: self.bound.exempted.clone(),
            policies: self.bound.references.clone(),
            facts_digest: self.digest.with(digest),
            engine: ENGINE.to_owned(),
            assessed_at: self.bound.around.trip.now,
            nearest: None,
        }
    }

    /// How bad the last judged subject is: within, unknown or outside.
    fn worst(&self) -> Verdict {
        worst(&self.bound, &self.verdicts)
    }

    fn nearest(&mut self, flight: &AirFacts) -> Option<OfferId> {
        let Self { bound, scratch, compliant, .. } = self;
        compliant.get_or_insert_with(|| compliant_offers(bound, scratch)).nearest_to(flight)
    }
}

fn worst(bound: &Bound<'_>, verdicts: &[Judged]) -> Verdict {
    let (worst, _) = bound.summary(verdicts);
    match worst {
        _ if bound.references.is_empty() => Verdict::Unknown,
        Verdict::NotApplicable => Verdict::Within,
        known => known,
    }
}

fn joined(findings: &[Finding]) -> Outcome {
    let objecting = findings.iter().filter(|finding| finding.verdict >= Verdict::Unknown);
    objecting.map(|finding| finding.outcome.clone()).fold(Outcome::ALLOW, Outcome::join)
}

/// The candidates that are within every rule.
fn compliant_offers<'a>(bound: &Bound<'a>, scratch: &mut Scratch) -> Compliant<'a> {
    let offers = bound.around.market.as_ref().map_or(&[] as &[AirFacts], |market| market.offers);
    let mut verdicts = Vec::new();
    let mut within = Vec::new();
    for offer in offers {
        bound.judge(SubjectView::Flight(offer), scratch, &mut verdicts);
        if worst(bound, &verdicts) == Verdict::Within {
            within.push(offer);
        }
    }
    Compliant::new(within)
}

/// Where no policy covers the traveler, a person looks: no rule is no permission.
fn without_policy() -> Outcome {
    let anybody = ApproverStep { any_of: [ApproverRef::AnyApprover].into() };
    let obligations = Obligations { approvers: [anybody].into(), ..Obligations::NONE };
    Outcome { obligations, ..Outcome::of_level(Level::Approve) }
}
