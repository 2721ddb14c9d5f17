//! Assessing offers: the core against twelve rules written out by hand.

mod hand;
mod offers;

use std::collections::BTreeMap;
use std::hint::black_box;

use nestmap_core::digest::Digest;
use nestmap_core::id::{OrganizationId, PersonId, PolicyId};
use nestmap_core::policy::assess::{assess, assess_offers};
use nestmap_core::policy::facts::{CandidateSet, Facts, Subject};
use nestmap_core::policy::{
    AirFacts, Policy, PolicyDocument, PolicyInForce, TravelerFacts, TripFacts, Verdict,
};
use nestmap_core::shopping::Offer;

use crate::report::{Figure, Report, Row};
use crate::rounds::{Side, interleaved};

const SEED: u64 = 20_260_302;
const OFFERS: usize = 1_000;
const ROUNDS: usize = 31;
/// Single decisions cost a digest of the candidates each, so only some are made beside them.
const BESIDE: usize = 20;

/// Everything both sides are given.
struct Bench {
    policies: Vec<PolicyInForce>,
    traveler: TravelerFacts,
    trip: TripFacts,
    offers: Vec<Offer>,
    lists: hand::Lists,
}

impl Bench {
    fn new() -> Self {
        let document = PolicyDocument::parse_json(include_str!("../policy.json"));
        let document = document.unwrap_or_else(|problems| panic!("policy.json: {problems:?}"));
        let now = offers::now();
        let organization = OrganizationId::new(now, [1; 10]);
        let policy = Policy::draft(PolicyId::new(now, [2; 10]), organization, document);
        let reference = policy.reference(1);
        Self {
            policies: vec![PolicyInForce { reference, document: policy.document }],
            traveler: TravelerFacts::of(PersonId::new(now, [3; 10])),
            trip: TripFacts::at(now),
            offers: offers::offers(SEED, OFFERS),
            lists: hand::Lists::new(),
        }
    }

    fn core(&self) -> nestmap_core::policy::OfferAssessments {
        assess_offers(&self.policies, &self.traveler, &self.trip, &self.offers, &[])
    }

    fn facts(&self) -> Vec<AirFacts> {
        self.offers.iter().map(AirFacts::from_offer).collect()
    }

    fn by_hand(&self, facts: &[AirFacts]) -> Vec<hand::Judged> {
        let market = hand::Market::new(&self.lists, facts, self.trip.now);
        facts.iter().map(|flight| market.judge(flight)).collect()
    }

    fn single(&self, flight: &AirFacts, candidates: Option<&CandidateSet>) -> Facts {
        Facts {
            traveler: self.traveler.clone(),
            trip: self.trip.clone(),
            subject: Subject::Flight(flight.clone()),
            rates: Vec::new(),
            candidates: candidates.cloned(),
        }
    }

    /// Panics unless both sides say the same of every offer and rule; answers how often each
    /// verdict fell.
    fn agree(&self) -> BTreeMap<Verdict, usize> {
        let mut counts = BTreeMap::new();
        let facts = self.facts();
        let by_hand = self.by_hand(&facts);
        let assessed = self.core().assessments;
        assert_eq!(assessed.len(), by_hand.len());
        for ((offer, assessed), judged) in self.offers.iter().zip(&assessed).zip(&by_hand) {
            assert_eq!(assessed.offer, offer.id);
            assert_eq!(assessed.assessment.level(), judged.level, "{offer:?}");
            let findings = &assessed.assessment.findings;
            assert_eq!(findings.len(), hand::RULES.len());
            for ((finding, rule), verdict) in findings.iter().zip(hand::RULES).zip(judged.verdicts)
            {
                assert_eq!(finding.rule.as_str(), rule);
                assert_eq!(finding.verdict, verdict, "{rule} of {offer:?}");
                *counts.entry(verdict).or_default() += 1;
            }
        }
        let candidates = CandidateSet::of_offers(&self.offers);
        for (flight, judged) in facts.iter().zip(&by_hand).take(BESIDE) {
            let alone = assess(&self.policies, &self.single(flight, Some(&candidates)));
            assert_eq!(alone.level(), judged.level, "a single decision differs");
        }
        counts
    }
}

pub fn run(report: &mut Report) {
    let bench = Bench::new();
    let counts = bench.agree();
    let facts = bench.facts();
    report.note(format!(
        "policy: {OFFERS} offers, 12 rules, seed {SEED}; both sides agree on all {} verdicts: {counts:?}",
        counts.values().sum::<usize>(),
    ));
    batch(report, &bench, &facts);
    single(report, &bench, &facts);
}

fn batch(report: &mut Report, bench: &Bench, facts: &[AirFacts]) {
    let candidates = CandidateSet::of_offers(&bench.offers);
    let subjects: Vec<_> = facts.iter().cloned().map(Subject::Flight).collect();
    let times = interleaved(
        ROUNDS,
        &mut [
            Side::new(|| drop(black_box(bench.core()))),
            Side::new(|| drop(black_box(bench.by_hand(&bench.facts())))),
            Side::new(|| drop(black_box(bench.facts()))),
            Side::new(|| drop(black_box(bench.by_hand(facts)))),
            Side::new(|| {
                black_box(Digest::of("facts.candidates", &candidates));
                for subject in &subjects {
                    black_box(Digest::of("facts.subject", subject));
                }
            }),
        ],
    );
    let [core, by_hand, reading, judging, digests] = times[..] else { unreachable!("five sides") };
    let rest = core.saturating_sub(reading).saturating_sub(digests);
    report.row(Row::new("1,000 offers", Figure::time(core), Figure::time(by_hand)));
    report.row(Row::new(
        "  less reading facts from offers",
        Figure::time(core.saturating_sub(reading)),
        Figure::time(judging),
    ));
    report.row(Row::new("  less digests of facts, too", Figure::time(rest), Figure::time(judging)));
}

fn single(report: &mut Report, bench: &Bench, facts: &[AirFacts]) {
    let alone: Vec<_> = facts.iter().map(|flight| bench.single(flight, None)).collect();
    let candidates = CandidateSet::of_offers(&bench.offers);
    let beside: Vec<_> =
        facts.iter().take(BESIDE).map(|f| bench.single(f, Some(&candidates))).collect();
    let times = interleaved(
        ROUNDS,
        &mut [
            Side::new(|| {
                alone.iter().for_each(|facts| drop(black_box(assess(&bench.policies, facts))))
            }),
            Side::new(|| {
                for flight in facts {
                    let one = std::slice::from_ref(flight);
                    black_box(hand::Market::new(&bench.lists, one, bench.trip.now).judge(flight));
                }
            }),
            Side::new(|| beside.iter().for_each(|f| drop(black_box(assess(&bench.policies, f))))),
            Side::new(|| {
                for flight in facts.iter().take(BESIDE) {
                    black_box(hand::Market::new(&bench.lists, facts, bench.trip.now).judge(flight));
                }
            }),
        ],
    );
    let [alone, alone_by_hand, beside, beside_by_hand] = times[..] else { unreachable!("four") };
    let each = |time: std::time::Duration, count: usize| Figure::time(time / count as u32);
    report.row(Row::new("one offer alone", each(alone, OFFERS), each(alone_by_hand, OFFERS)));
    report.row(Row::new(
        "one offer beside 1,000 others",
        each(beside, BESIDE),
        each(beside_by_hand, BESIDE),
    ));
}
