//! What one rule found: verdict, limit, actual value and why.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::facts::Flexibility;
use super::outcome::Outcome;
use super::rule::RuleKind;
use super::word::words;
use crate::id::PolicyId;
use crate::money::Money;
use crate::shopping::Cabin;
use crate::time::Date;

/// A rule's own name inside its document, such as `air-cabin`. Cheap to copy.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId(Arc<str>);

impl RuleId {
    /// The id of that text; documents check its form.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RuleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for RuleId {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for RuleId {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        String::deserialize(d).map(Self::new)
    }
}

words! {
    /// What a rule says about a subject.
    Verdict, "a verdict" {
        /// The rule isn't about this subject.
        NotApplicable = "not_applicable",
        /// Within the rule.
        Within = "within",
        /// Something the rule needs isn't known.
        Unknown = "unknown",
        /// Outside of the rule.
        Outside = "outside",
    }
}

words! {
    /// What a verdict rests on: for an outside the reason, for an unknown what is missing.
    Basis, "a basis" {
        /// The value the rule measures was known and compared.
        Measured = "measured",
        /// The average over all nights was known and compared.
        Averaged = "averaged",
        /// A stay on the ground between two flights is too short.
        LayoverShort = "layover_short",
        /// A stay on the ground between two flights is too long.
        LayoverLong = "layover_long",
        /// The value for each kilometer was known and compared.
        PerKilometer = "per_kilometer",
        /// The lowest or average price of the candidates was compared with.
        Candidates = "candidates",
        /// The rule measures something else, such as the other route class or travel kind.
        OtherScope = "other_scope",
        /// The rule has no limit for this duration, place or season.
        NoLimit = "no_limit",
        /// The rule would leave the traveler nothing: no offer of the search is within it.
        NoAlternative = "no_alternative",
        /// A cabin isn't known.
        CabinMissing = "cabin_missing",
        /// A duration isn't known.
        DurationMissing = "duration_missing",
        /// A carrier isn't known.
        CarrierMissing = "carrier_missing",
        /// The supplier doesn't give the fare's name.
        BrandMissing = "brand_missing",
        /// The supplier doesn't give the fare's or rate's conditions.
        ConditionMissing = "condition_missing",
        /// A part of the price isn't known.
        PriceMissing = "price_missing",
        /// The stars aren't known.
        StarsMissing = "stars_missing",
        /// The emissions aren't known.
        EmissionsMissing = "emissions_missing",
        /// The length of a flight in kilometers isn't known.
        DistanceMissing = "distance_missing",
        /// A country isn't known.
        CountryMissing = "country_missing",
        /// A fact a predicate tests isn't known; `context` names it.
        FactMissing = "fact_missing",
        /// There is no candidate set to compare with.
        CandidatesMissing = "candidates_missing",
        /// Fewer comparable candidates than the rule wants.
        CandidatesFew = "candidates_few",
        /// No exchange rate between two currencies is at hand.
        RateMissing = "rate_missing",
        /// The exchange rate is older than the document admits, or of a later day.
        RateStale = "rate_stale",
        /// An amount is too large to compute with.
        AmountOverflow = "amount_overflow",
    }
}

/// A limit or an actual value, with its unit. JSON is `{"unit":"minutes","value":359}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "unit", content = "value", rename_all = "snake_case")]
pub enum Quantity {
    /// An amount.
    Money(Money),
    /// Minutes.
    Minutes(i64),
    /// Calendar days.
    Days(i64),
    /// A plain number.
    Count(i64),
    /// A cabin.
    Cabin(Cabin),
    /// Tenths of a star.
    StarsTenths(i64),
    /// What a fare allows.
    Flexibility(Flexibility),
    /// A calendar day.
    Date(Date),
    /// Codes of carriers, countries or airports, sorted.
    Codes(Vec<String>),
    /// Free text, such as a fare's name, or a predicate in the words of documents.
    Text(String),
}

/// What one rule found about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The policy the rule is of.
    pub policy: PolicyId,
    /// The rule.
    pub rule: RuleId,
    /// The rule's kind.
    pub kind: RuleKind,
    /// What it says.
    pub verdict: Verdict,
    /// What the verdict rests on.
    pub basis: Basis,
    /// What the rule allows; always there when outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<Quantity>,
    /// What was found; always there when outside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Quantity>,
    /// What the limit came from: the duration whose band it is, the fare compared with, the night
    /// it is for; none for rules whose limit stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub context: Option<Quantity>,
    /// What the rule asks for; `ALLOW` unless outside or unknown.
    #[serde(default, skip_serializing_if = "is_allow")]
    pub outcome: Outcome,
    /// Less specific rules of the same kind that stood back for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lost: Vec<Lost>,
}

fn is_allow(outcome: &Outcome) -> bool {
    *outcome == Outcome::ALLOW
}

/// A rule that stood back for a more specific one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lost {
    /// The policy the rule is of.
    pub policy: PolicyId,
    /// The rule.
    pub rule: RuleId,
}

impl Finding {
    /// The key of the sentence that says this to people, such as `air.price_cap.outside`.
    ///
    /// Sentences are made from keys when somebody reads them and are never stored.
    pub fn message_key(&self) -> String {
        match (self.verdict, self.basis) {
            (Verdict::NotApplicable, _) => "not_applicable".to_owned(),
            (Verdict::Within, _) if self.actual.is_some() => "within.measured".to_owned(),
            (Verdict::Within, _) => "within".to_owned(),
            (Verdict::Unknown, basis) => format!("unknown.{basis}"),
            (
                Verdict::Outside,
                Basis::LayoverShort
                | Basis::LayoverLong
                | Basis::Averaged
                | Basis::PerKilometer
                | Basis::PriceMissing,
            ) => format!("{}.outside.{}", self.kind, self.basis),
            (Verdict::Outside, _) => format!("{}.outside", self.kind),
        }
    }
}
