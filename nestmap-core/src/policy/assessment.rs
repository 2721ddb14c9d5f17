//! The result of holding facts against policies.

use serde::{Deserialize, Serialize};

use super::facts::CandidateSet;
use super::finding::{Finding, Verdict};
use super::outcome::{Level, Outcome};
use super::scope::Exempted;
use super::word::words;
use crate::digest::Digest;
use crate::id::{OfferId, PolicyId};
use crate::time::Timestamp;

words! {
    /// An assessment in one word.
    Headline, "a headline" {
        /// Within every rule.
        Within = "within",
        /// Something that decides isn't known, or no policy covers the traveler.
        Unknown = "unknown",
        /// Outside of at least one rule.
        Outside = "outside",
    }
}

/// One version of one policy.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PolicyRef {
    /// The policy.
    pub id: PolicyId,
    /// The stored version that was read.
    pub version: i64,
    /// Its title at that version.
    pub title: String,
    /// The digest of its document.
    pub digest: Digest,
}

/// The result of holding facts against policies. It can be derived again from the facts and the
/// policies it names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// Everything the rules ask for, merged.
    pub outcome: Outcome,
    /// Each rule in scope, sorted by policy and rule.
    pub findings: Vec<Finding>,
    /// Rules that didn't hold because of exemptions, sorted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exempted: Vec<Exempted>,
    /// The policies in force that cover the traveler, sorted by id.
    pub policies: Vec<PolicyRef>,
    /// The digest of the facts.
    pub facts_digest: Digest,
    /// The engine's version: same version, policies and facts give the same assessment.
    pub engine: String,
    /// The moment it was made for, from the facts.
    pub assessed_at: Timestamp,
    /// The cheapest offer of the candidate set that is within policy, of equally cheap ones the
    /// nearest in time; none when this one is within, or nothing is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nearest: Option<OfferId>,
}

impl Assessment {
    /// The outcome in one word.
    pub fn level(&self) -> Level {
        self.outcome.level()
    }

    /// Whether it is within, outside or unknown. Without a policy it is unknown.
    pub fn headline(&self) -> Headline {
        let has = |verdict| self.findings.iter().any(|finding| finding.verdict == verdict);
        if has(Verdict::Outside) {
            Headline::Outside
        } else if has(Verdict::Unknown) || self.policies.is_empty() {
            Headline::Unknown
        } else {
            Headline::Within
        }
    }

    /// The findings that ask for something: outside or unknown.
    pub fn objections(&self) -> impl Iterator<Item = &Finding> {
        let objects = |finding: &&Finding| finding.verdict >= Verdict::Unknown;
        self.findings.iter().filter(objects)
    }
}

/// The assessments of a whole set of offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferAssessments {
    /// One for each offer, in the order the offers were given.
    pub assessments: Vec<OfferAssessment>,
    /// The set they were compared with: a fact to keep for whoever wants to derive the assessment
    /// of a chosen offer again.
    pub candidates: CandidateSet,
}

/// One offer's assessment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfferAssessment {
    /// The offer.
    pub offer: OfferId,
    /// Its assessment.
    pub assessment: Assessment,
}

impl OfferAssessments {
    /// The assessment of that offer.
    pub fn of(&self, offer: OfferId) -> Option<&Assessment> {
        let found = self.assessments.iter().find(|assessed| assessed.offer == offer);
        found.map(|assessed| &assessed.assessment)
    }
}
