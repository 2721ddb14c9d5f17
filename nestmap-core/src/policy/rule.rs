//! A rule: what it measures, for whom, and what it asks for when the subject is outside.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::air;
use super::finding::RuleId;
use super::general;
use super::lodging;
use super::outcome::{
    ApprovalNeed, ApproverRef, ApproverStep, Bookability, Evidence, Level, Obligations, Outcome,
    PaymentSource, Visibility,
};
use super::scope::Scope;
use super::word::words;
use crate::money::Money;

words! {
    /// The closed catalogue of rules, by their names in documents.
    RuleKind, "a rule kind" {
        /// The best cabin allowed, by how long the flight is.
        CabinByDuration = "air.cabin_by_duration",
        /// A highest price.
        PriceCap = "air.price_cap",
        /// A highest price relative to the lowest comparable offer.
        OverLowestFare = "air.over_lowest_fare",
        /// A highest price relative to what comparable offers cost on average.
        OverAverageFare = "air.over_average_fare",
        /// Days between booking and departure.
        AdvanceBooking = "air.advance_booking",
        /// Airlines allowed, banned or preferred.
        Carriers = "air.carriers",
        /// What comes back on cancellation.
        Refundable = "air.refundable",
        /// What a change costs.
        Changeable = "air.changeable",
        /// Fares without the usual rights.
        BasicEconomy = "air.basic_economy",
        /// Plane changes and landings on the way.
        Connections = "air.connections",
        /// Minutes on the ground between two flights.
        Layover = "air.layover",
        /// Arriving at one airport and leaving from another.
        AirportChange = "air.airport_change",
        /// A highest emission of CO2.
        Emissions = "air.emissions",
        /// A highest price per night, by place and season.
        NightlyCap = "lodging.nightly_cap",
        /// Fewest and most stars, by place.
        Stars = "lodging.stars",
        /// Countries allowed or banned.
        Countries = "general.countries",
        /// A highest price for the whole trip.
        TripBudget = "general.trip_budget",
        /// A predicate that must hold.
        Requirement = "general.requirement",
    }
}

words! {
    /// Which rules of one kind hold, where several are in scope.
    Selection, "a selection" {
        /// The most specific; the others stand back and are listed.
        MostSpecific = "most_specific",
        /// All of them.
        StackAll = "stack_all",
    }
}

words! {
    /// Journeys a rule is about.
    #[derive(Default)]
    RouteClass, "a route class" {
        /// Any.
        #[default]
        Any = "any",
        /// Within one country, or one of the document's domestic groups.
        Domestic = "domestic",
        /// Any other.
        International = "international",
    }
}

words! {
    /// Whether a part of the price counts.
    Counted, "`included` or `excluded`" {
        /// It counts.
        Included = "included",
        /// It doesn't.
        Excluded = "excluded",
    }
}

words! {
    /// How several approvers of one rule act together.
    #[derive(Default)]
    Steps, "`any` or `all`" {
        /// One consent, from any of them.
        #[default]
        Any = "any",
        /// A consent from each of them.
        All = "all",
    }
}

/// A rule of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Rule {
    /// Its name, unique in the document.
    pub id: RuleId,
    /// What it measures.
    #[serde(flatten)]
    pub body: RuleBody,
    /// For whom it is.
    #[serde(skip_serializing_if = "Scope::is_everyone")]
    pub applies: Scope,
    /// For air rules: country groups whose inner flights are domestic, instead of the document's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domestic_groups: Option<BTreeSet<String>>,
    /// Which rules of the kind hold, instead of the kind's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection: Option<Selection>,
    /// What it asks for when outside.
    pub outcome: OutcomeSpec,
    /// What it asks for when something it needs isn't known; never nothing.
    pub when_unknown: OutcomeSpec,
    /// The company's own words about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Rule {
    /// Which rules of its kind hold beside it.
    pub fn selection(&self) -> Selection {
        self.selection.unwrap_or(self.body.kind().selection())
    }
}

/// What a rule measures, with its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind")]
pub enum RuleBody {
    /// See [`air::CabinByDuration`].
    #[serde(rename = "air.cabin_by_duration")]
    CabinByDuration(air::CabinByDuration),
    /// See [`air::PriceCap`].
    #[serde(rename = "air.price_cap")]
    PriceCap(air::PriceCap),
    /// See [`air::OverLowestFare`].
    #[serde(rename = "air.over_lowest_fare")]
    OverLowestFare(air::OverLowestFare),
    /// See [`air::OverAverageFare`].
    #[serde(rename = "air.over_average_fare")]
    OverAverageFare(air::OverAverageFare),
    /// See [`air::AdvanceBooking`].
    #[serde(rename = "air.advance_booking")]
    AdvanceBooking(air::AdvanceBooking),
    /// See [`air::Carriers`].
    #[serde(rename = "air.carriers")]
    Carriers(air::Carriers),
    /// See [`air::FareFlexibility`].
    #[serde(rename = "air.refundable")]
    Refundable(air::FareFlexibility),
    /// See [`air::FareFlexibility`].
    #[serde(rename = "air.changeable")]
    Changeable(air::FareFlexibility),
    /// See [`air::BasicEconomy`].
    #[serde(rename = "air.basic_economy")]
    BasicEconomy(air::BasicEconomy),
    /// See [`air::Connections`].
    #[serde(rename = "air.connections")]
    Connections(air::Connections),
    /// See [`air::Layover`].
    #[serde(rename = "air.layover")]
    Layover(air::Layover),
    /// See [`air::AirportChange`].
    #[serde(rename = "air.airport_change")]
    AirportChange(air::AirportChange),
    /// See [`air::Emissions`].
    #[serde(rename = "air.emissions")]
    Emissions(air::Emissions),
    /// See [`lodging::NightlyCap`].
    #[serde(rename = "lodging.nightly_cap")]
    NightlyCap(lodging::NightlyCap),
    /// See [`lodging::Stars`].
    #[serde(rename = "lodging.stars")]
    Stars(lodging::Stars),
    /// See [`general::Countries`].
    #[serde(rename = "general.countries")]
    Countries(general::Countries),
    /// See [`general::TripBudget`].
    #[serde(rename = "general.trip_budget")]
    TripBudget(general::TripBudget),
    /// See [`general::Requirement`].
    #[serde(rename = "general.requirement")]
    Requirement(general::Requirement),
}

impl RuleBody {
    /// The kind.
    pub fn kind(&self) -> RuleKind {
        match self {
            Self::CabinByDuration(_) => RuleKind::CabinByDuration,
            Self::PriceCap(_) => RuleKind::PriceCap,
            Self::OverLowestFare(_) => RuleKind::OverLowestFare,
            Self::OverAverageFare(_) => RuleKind::OverAverageFare,
            Self::AdvanceBooking(_) => RuleKind::AdvanceBooking,
            Self::Carriers(_) => RuleKind::Carriers,
            Self::Refundable(_) => RuleKind::Refundable,
            Self::Changeable(_) => RuleKind::Changeable,
            Self::BasicEconomy(_) => RuleKind::BasicEconomy,
            Self::Connections(_) => RuleKind::Connections,
            Self::Layover(_) => RuleKind::Layover,
            Self::AirportChange(_) => RuleKind::AirportChange,
            Self::Emissions(_) => RuleKind::Emissions,
            Self::NightlyCap(_) => RuleKind::NightlyCap,
            Self::Stars(_) => RuleKind::Stars,
            Self::Countries(_) => RuleKind::Countries,
            Self::TripBudget(_) => RuleKind::TripBudget,
            Self::Requirement(_) => RuleKind::Requirement,
        }
    }

    /// The journeys it is about; rules that aren't about flights are about any.
    pub fn route(&self) -> RouteClass {
        match self {
            Self::CabinByDuration(rule) => rule.route,
            Self::PriceCap(rule) => rule.route,
            Self::OverLowestFare(rule) => rule.route,
            Self::OverAverageFare(rule) => rule.route,
            Self::AdvanceBooking(rule) => rule.route,
            Self::Carriers(rule) => rule.route,
            Self::Refundable(rule) | Self::Changeable(rule) => rule.route,
            Self::BasicEconomy(rule) => rule.route,
            Self::Connections(rule) => rule.route,
            Self::Layover(rule) => rule.route,
            Self::AirportChange(rule) => rule.route,
            Self::Emissions(rule) => rule.route,
            Self::NightlyCap(_)
            | Self::Stars(_)
            | Self::Countries(_)
            | Self::TripBudget(_)
            | Self::Requirement(_) => RouteClass::Any,
        }
    }
}

impl RuleKind {
    /// Allowances and caps give way to more specific ones; compliance and safety rules stack.
    pub fn selection(self) -> Selection {
        match self {
            Self::CabinByDuration
            | Self::PriceCap
            | Self::OverLowestFare
            | Self::OverAverageFare
            | Self::AdvanceBooking
            | Self::Refundable
            | Self::Changeable
            | Self::Connections
            | Self::Emissions
            | Self::NightlyCap
            | Self::Stars
            | Self::TripBudget => Selection::MostSpecific,
            Self::Carriers
            | Self::BasicEconomy
            | Self::Layover
            | Self::AirportChange
            | Self::Countries
            | Self::Requirement => Selection::StackAll,
        }
    }

    /// Whether the rule is about flights alone.
    pub fn is_air(self) -> bool {
        self.as_str().starts_with("air.")
    }

    /// Whether the rule is about stays alone.
    pub fn is_lodging(self) -> bool {
        self.as_str().starts_with("lodging.")
    }
}

/// What a rule asks for, as documents write it: one word such as `"deny"`, or the axes by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OutcomeSpec {
    /// How the offer is shown.
    #[serde(skip_serializing_if = "is_default")]
    pub visibility: Visibility,
    /// Who can book it.
    #[serde(skip_serializing_if = "is_default")]
    pub bookability: Bookability,
    /// How somebody else is involved.
    #[serde(skip_serializing_if = "is_default")]
    pub approval: ApprovalNeed,
    /// What the traveler gives as a reason.
    #[serde(skip_serializing_if = "is_default")]
    pub evidence: Evidence,
    /// From what it is paid.
    #[serde(skip_serializing_if = "is_default")]
    pub payment: PaymentSource,
    /// Reason codes to choose from.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub reasons: BTreeSet<String>,
    /// Who approves; empty for the document's default.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub approvers: BTreeSet<ApproverRef>,
    /// Whether one of them is enough.
    #[serde(skip_serializing_if = "is_default")]
    pub steps: Steps,
    /// Who is told.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub notify: BTreeSet<ApproverRef>,
    /// Most the company pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_limit: Option<Money>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl OutcomeSpec {
    /// What one word means.
    pub fn of_level(level: Level) -> Self {
        let Outcome { visibility, bookability, approval, evidence, payment, obligations: _ } =
            Outcome::of_level(level);
        Self { visibility, bookability, approval, evidence, payment, ..Self::default() }
    }

    /// The outcome it stands for.
    pub fn outcome(&self) -> Outcome {
        let limits = self.amount_limit.map(|limit| (limit.currency, limit));
        Outcome {
            visibility: self.visibility,
            bookability: self.bookability,
            approval: self.approval,
            evidence: self.evidence,
            payment: self.payment,
            obligations: Obligations {
                reasons: self.reasons.clone(),
                approvers: approver_steps(&self.approvers, self.steps),
                notify: self.notify.clone(),
                amount_limits: BTreeMap::from_iter(limits),
            },
        }
    }
}

/// The consents that several approvers give together.
pub fn approver_steps(approvers: &BTreeSet<ApproverRef>, steps: Steps) -> BTreeSet<ApproverStep> {
    match steps {
        _ if approvers.is_empty() => BTreeSet::new(),
        Steps::Any => BTreeSet::from([ApproverStep { any_of: approvers.clone() }]),
        Steps::All => {
            approvers.iter().map(|&one| ApproverStep { any_of: BTreeSet::from([one]) }).collect()
        }
    }
}
