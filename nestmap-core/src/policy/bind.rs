//! Policies made ready for one traveler and trip: who is in scope is decided once, the more
//! specific rules have taken the place of the less specific, exempted rules are gone.

use std::collections::{BTreeMap, BTreeSet};

use super::PolicyInForce;
use super::assessment::PolicyRef;
use super::document::{ApprovalTerms, PolicyDocument};
use super::facts::{CandidateSet, SubjectView, TravelerFacts, TripFacts};
use super::finding::{Finding, Lost, RuleId, Verdict};
use super::judge::{Check, Groups, Judged, Market, Rates, RouteFilter, Scratch, Surroundings};
use super::outcome::{ApprovalNeed, Level, Outcome};
use super::rule::{OutcomeSpec, RouteClass, Rule, RuleKind, Selection, approver_steps};
use super::scope::{Exempted, Specificity, TravelKind};
use crate::id::PolicyId;
use crate::money::Rate;

/// Policies made ready for one traveler, trip and set of candidates.
pub(super) struct Bound<'a> {
    pub(super) references: Vec<PolicyRef>,
    pub(super) exempted: Vec<Exempted>,
    pub(super) around: Surroundings<'a>,
    rules: Vec<BoundRule<'a>>,
}

struct BoundRule<'a> {
    policy: PolicyId,
    id: RuleId,
    kind: RuleKind,
    check: Check<'a>,
    route: RouteFilter<'a>,
    age_days_max: i64,
    outside: Outcome,
    unknown: Outcome,
    outside_level: Level,
    unknown_level: Level,
    lost: Vec<Lost>,
}

/// Who travels, why, and what is known around it.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    pub(super) traveler: &'a TravelerFacts,
    pub(super) trip: &'a TripFacts,
    pub(super) rates: &'a [Rate],
    pub(super) candidates: Option<&'a CandidateSet>,
}

impl<'a> Bound<'a> {
    pub(super) fn new(
        policies: &'a [PolicyInForce],
        context: Context<'a>,
        travel: Option<TravelKind>,
    ) -> Self {
        let covering = covering(policies, context, travel);
        let around = Surroundings {
            traveler: context.traveler,
            trip: context.trip,
            rates: Rates::new(context.rates, context.trip.day()),
            market: context.candidates.map(Market::new),
        };
        let mut selected = select(candidates(&covering, context, travel));
        let exempted = exempt(&mut selected, context);
        let mut rules: Vec<_> =
            selected.into_iter().map(|rule| BoundRule::new(rule, &around)).collect();
        rules.sort_by(|a, b| (a.policy, &a.id).cmp(&(b.policy, &b.id)));
        let references = covering.iter().map(|policy| policy.reference.clone()).collect();
        Self { references, exempted, around, rules }
    }

    /// What each rule says, in the order of findings; nothing is allocated but the list's growth.
    pub(super) fn judge(
        &self,
        subject: SubjectView<'_>,
        scratch: &mut Scratch,
        verdicts: &mut Vec<Judged>,
    ) {
        verdicts.clear();
        verdicts.extend(self.rules.iter().map(|rule| rule.judge(subject, &self.around, scratch)));
    }

    /// The worst verdict and the level, without anything else.
    pub(super) fn summary(&self, verdicts: &[Judged]) -> (Verdict, Level) {
        let pairs = self.rules.iter().zip(verdicts);
        pairs.fold((Verdict::NotApplicable, Level::Allow), |(worst, level), (rule, judged)| {
            (worst.max(judged.verdict), level.max(rule.level(judged.verdict)))
        })
    }

    /// The findings that belong to the verdicts.
    pub(super) fn findings(&self, subject: SubjectView<'_>, verdicts: &[Judged]) -> Vec<Finding> {
        let pairs = self.rules.iter().zip(verdicts);
        pairs.map(|(rule, judged)| rule.finding(subject, judged, &self.around)).collect()
    }
}

impl<'a> BoundRule<'a> {
    fn new(selected: Selected<'a>, around: &Surroundings<'a>) -> Self {
        let Selected { candidate, route, lost } = selected;
        let Candidate { policy, rule, .. } = candidate;
        let document = &policy.document;
        let (outside, unknown) = (
            complete(&rule.outcome, &document.approvals),
            complete(&rule.when_unknown, &document.approvals),
        );
        Self {
            policy: policy.reference.id,
            id: rule.id.clone(),
            kind: rule.body.kind(),
            check: Check::new(&rule.body, document, around),
            route,
            age_days_max: document.rates.age_days_max,
            outside_level: outside.level(),
            unknown_level: unknown.level(),
            outside,
            unknown,
            lost,
        }
    }

    fn judge(
        &self,
        subject: SubjectView<'_>,
        around: &Surroundings<'_>,
        scratch: &mut Scratch,
    ) -> Judged {
        self.check.judge(subject, &self.route, self.age_days_max, around, scratch)
    }

    fn level(&self, verdict: Verdict) -> Level {
        match verdict {
            Verdict::NotApplicable | Verdict::Within => Level::Allow,
            Verdict::Unknown => self.unknown_level,
            Verdict::Outside => self.outside_level,
        }
    }

    fn finding(
        &self,
        subject: SubjectView<'_>,
        judged: &Judged,
        around: &Surroundings<'_>,
    ) -> Finding {
        let outcome = match judged.verdict {
            Verdict::NotApplicable | Verdict::Within => Outcome::ALLOW,
            Verdict::Unknown => self.unknown.clone(),
            Verdict::Outside => self.outside.clone(),
        };
        let (verdict, age) = (judged.verdict, self.age_days_max);
        let lists = self.check.lists(verdict, subject, &self.route, age, around);
        Finding {
            policy: self.policy,
            rule: self.id.clone(),
            kind: self.kind,
            verdict: judged.verdict,
            basis: judged.basis,
            limit: judged.limit.map(Into::into).or(lists.limit),
            actual: judged.actual.map(Into::into).or(lists.actual),
            context: judged.context.map(Into::into).or(lists.context),
            outcome,
            lost: self.lost.clone(),
        }
    }
}

/// The outcome with the document's approvers where the rule names none.
fn complete(spec: &OutcomeSpec, terms: &ApprovalTerms) -> Outcome {
    let mut outcome = spec.outcome();
    let obligations = &mut outcome.obligations;
    if outcome.approval == ApprovalNeed::Notify && obligations.notify.is_empty() {
        obligations.notify.clone_from(&terms.approvers);
    }
    if outcome.approval > ApprovalNeed::Notify && obligations.approvers.is_empty() {
        obligations.approvers = approver_steps(&terms.approvers, terms.steps);
    }
    outcome
}

/// The policies that cover the traveler, sorted by id.
fn covering<'a>(
    policies: &'a [PolicyInForce],
    context: Context<'_>,
    travel: Option<TravelKind>,
) -> Vec<&'a PolicyInForce> {
    let covers = |policy: &&PolicyInForce| {
        policy.document.applies.includes(context.traveler, context.trip, travel)
    };
    let mut covering: Vec<_> = policies.iter().filter(covers).collect();
    covering.sort_by(|a, b| a.reference.cmp(&b.reference));
    covering
}

/// A rule in scope.
struct Candidate<'a> {
    policy: &'a PolicyInForce,
    rule: &'a Rule,
    specificity: Specificity,
    groups: Groups<'a>,
}

fn candidates<'a>(
    policies: &[&'a PolicyInForce],
    context: Context<'_>,
    travel: Option<TravelKind>,
) -> Vec<Candidate<'a>> {
    let mut candidates = Vec::new();
    for &policy in policies {
        let outer = policy.document.applies.specificity();
        let in_scope = |rule: &&Rule| {
            is_about(rule.body.kind(), travel)
                && rule.applies.includes(context.traveler, context.trip, travel)
        };
        candidates.extend(policy.document.rules.iter().filter(in_scope).map(|rule| Candidate {
            policy,
            rule,
            specificity: rule.applies.specificity().within(outer),
            groups: groups(rule, &policy.document),
        }));
    }
    candidates
}

fn is_about(kind: RuleKind, travel: Option<TravelKind>) -> bool {
    match travel {
        Some(TravelKind::Flight) => !kind.is_lodging(),
        Some(TravelKind::Stay) => !kind.is_air(),
        None => !kind.is_air() && !kind.is_lodging(),
    }
}

fn groups<'a>(rule: &Rule, document: &'a PolicyDocument) -> Groups<'a> {
    if !rule.body.kind().is_air() {
        return Groups::new();
    }
    let names = rule.domestic_groups.as_ref().unwrap_or(&document.domestic_groups);
    let defined = &document.definitions.country_groups;
    let mut groups: Groups<'a> = names.iter().filter_map(|name| defined.get(name)).collect();
    groups.sort();
    groups.dedup();
    groups
}

/// A rule that holds on some routes.
struct Selected<'a> {
    candidate: Candidate<'a>,
    route: RouteFilter<'a>,
    lost: Vec<Lost>,
}

/// The kind, and what domestic means to the rule: only rules that agree about both compete.
type Contest<'a> = (RuleKind, Groups<'a>);

/// The highest specificity in a contest for domestic and for international journeys.
type Champions = [Option<Specificity>; 2];

fn select(candidates: Vec<Candidate<'_>>) -> Vec<Selected<'_>> {
    let mut champions: BTreeMap<Contest<'_>, Champions> = BTreeMap::new();
    for candidate in candidates.iter().filter(|candidate| candidate.competes()) {
        let best = champions.entry(candidate.contest()).or_default();
        for (class, covered) in candidate.classes().into_iter().enumerate() {
            if covered {
                best[class] = best[class].max(Some(candidate.specificity));
            }
        }
    }
    let mut losers: BTreeMap<Contest<'_>, [BTreeSet<Lost>; 2]> = BTreeMap::new();
    let mut selected = Vec::new();
    for candidate in candidates {
        let mut wins = candidate.classes();
        if candidate.competes() {
            let contest = candidate.contest();
            let best = champions.get(&contest).copied().unwrap_or_default();
            for class in 0..2 {
                if wins[class] && best[class] > Some(candidate.specificity) {
                    wins[class] = false;
                    let lists = losers.entry(contest.clone()).or_default();
                    lists[class].insert(candidate.lost());
                }
            }
        }
        if wins != [false, false] {
            let [domestic, international] = wins;
            let groups = candidate.groups.clone();
            let route = RouteFilter { domestic, international, groups };
            selected.push(Selected { candidate, route, lost: Vec::new() });
        }
    }
    for rule in selected.iter_mut().filter(|rule| rule.candidate.competes()) {
        let Some([domestic, international]) = losers.get(&rule.candidate.contest()) else {
            continue;
        };
        let mut lost = BTreeSet::new();
        if rule.route.domestic {
            lost.extend(domestic.iter().cloned());
        }
        if rule.route.international {
            lost.extend(international.iter().cloned());
        }
        lost.remove(&rule.candidate.lost());
        rule.lost = lost.into_iter().collect();
    }
    selected
}

impl<'a> Candidate<'a> {
    fn competes(&self) -> bool {
        self.rule.selection() == Selection::MostSpecific
    }

    fn contest(&self) -> Contest<'a> {
        (self.rule.body.kind(), self.groups.clone())
    }

    /// Whether it is about domestic, and about international journeys.
    fn classes(&self) -> [bool; 2] {
        match self.rule.body.route() {
            RouteClass::Any => [true, true],
            RouteClass::Domestic => [true, false],
            RouteClass::International => [false, true],
        }
    }

    fn lost(&self) -> Lost {
        Lost { policy: self.policy.reference.id, rule: self.rule.id.clone() }
    }
}

/// Takes out what exemptions name. This comes after selection: a grant that frees somebody from a
/// rule mustn't bring back a stricter one that had stood back for it.
fn exempt(selected: &mut Vec<Selected<'_>>, context: Context<'_>) -> Vec<Exempted> {
    let day = context.trip.day();
    let mut exempted = BTreeSet::new();
    selected.retain(|rule| {
        let Candidate { policy, rule, .. } = &rule.candidate;
        let grants = policy.document.exemptions.iter().filter(|grant| {
            grant.period.contains(day)
                && grant.persons.contains(&context.traveler.person)
                && grant.rules.contains(&rule.id)
        });
        let before = exempted.len();
        exempted.extend(grants.map(|grant| Exempted {
            policy: policy.reference.id,
            rule: rule.id.clone(),
            exemption: grant.id.clone(),
            granted_by: grant.granted_by,
        }));
        exempted.len() == before
    });
    exempted.into_iter().collect()
}
