//! The document people write: what a policy says, strictly read.

mod parse;
mod parse_predicate;
mod parse_rule;
mod problem;
mod read;

pub use problem::{PROBLEMS_MAX, Problem};
pub use read::{AMOUNT_MINOR_MAX, DOCUMENT_BYTES_MAX, LIST_MAX};

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::outcome::ApproverRef;
use super::rule::{Rule, Steps};
use super::scope::{Exemption, Scope};
use super::word::words;
use crate::digest::Digest;
use crate::money::Currency;
use crate::place::{Airline, Country};
use crate::time::DateRange;

/// Most rules a document can have.
pub const RULES_MAX: usize = 500;

words! {
    /// The language a document is written in.
    Schema, "a policy schema" {
        /// The first.
        V1 = "nestmap.policy/1",
    }
}

/// What a policy says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyDocument {
    /// The language.
    pub schema: Schema,
    /// Its title.
    pub title: String,
    /// The currency mixed amounts are compared in.
    pub currency: Currency,
    /// Days of booking on which it holds.
    pub effective: DateRange,
    /// For whom it is.
    #[serde(skip_serializing_if = "Scope::is_everyone")]
    pub applies: Scope,
    /// Lists the rules name.
    #[serde(skip_serializing_if = "Definitions::is_empty")]
    pub definitions: Definitions,
    /// Country groups whose inner flights are domestic, besides flights within one country.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub domestic_groups: BTreeSet<String>,
    /// How old exchange rates may be.
    pub rates: RateTerms,
    /// How approvals asked for by its rules run.
    pub approvals: ApprovalTerms,
    /// The rules.
    pub rules: Vec<Rule>,
    /// Grants that rules don't hold.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub exemptions: Vec<Exemption>,
}

/// Lists the rules name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Definitions {
    /// Countries that belong together, such as a customs union.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub country_groups: BTreeMap<String, BTreeSet<Country>>,
    /// Airlines that belong together, such as an alliance.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub carrier_lists: BTreeMap<String, BTreeSet<Airline>>,
}

impl Definitions {
    /// Whether nothing is defined.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How old exchange rates may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct RateTerms {
    /// Days between a rate's day and the day of booking (UTC); beyond, what needs it is unknown.
    pub age_days_max: i64,
}

impl Default for RateTerms {
    /// A week: banks publish none on holidays.
    fn default() -> Self {
        Self { age_days_max: 7 }
    }
}

words! {
    /// What an approver's silence means.
    Silence, "a meaning of silence" {
        /// Consent.
        Approve = "approve",
        /// The request ends undecided and can be made again.
        Expire = "expire",
        /// Refusal.
        Deny = "deny",
    }
}

/// How approvals asked for by a document's rules run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApprovalTerms {
    /// Hours an approver has, 1 to 720.
    pub window_hours: i64,
    /// What silence means when they are over. Where an offer or a hold ends sooner, silence is
    /// never consent.
    pub silence: Silence,
    /// Who approves where a rule doesn't say; never empty.
    pub approvers: BTreeSet<ApproverRef>,
    /// Whether one of them is enough.
    pub steps: Steps,
    /// Percent of the approved price by which it may rise before somebody has to be asked again,
    /// 0 to 50.
    #[serde(skip_serializing_if = "is_zero")]
    pub price_tolerance_percent: i64,
}

fn is_zero(percent: &i64) -> bool {
    *percent == 0
}

impl Default for ApprovalTerms {
    /// A day, the manager, silence ends the request, and not a cent more.
    fn default() -> Self {
        Self {
            window_hours: 24,
            silence: Silence::Expire,
            approvers: BTreeSet::from([ApproverRef::Manager]),
            steps: Steps::Any,
            price_tolerance_percent: 0,
        }
    }
}

impl PolicyDocument {
    /// The digest of everything it says.
    pub fn digest(&self) -> Digest {
        Digest::of("policy", self)
    }
}
