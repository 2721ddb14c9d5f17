//! What a policy asks for: a point in a product of five small ordered sets, with obligations.
//!
//! Outcomes are merged by [`Outcome::join`], componentwise the stricter. The join is associative,
//! commutative and idempotent, so neither the order of rules nor that of policies can matter.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::word::words;
use crate::error::Error;
use crate::id::PersonId;
use crate::money::{Currency, Money};

words! {
    /// How an offer is shown, rising in strictness.
    #[derive(Default)]
    Visibility, "a visibility" {
        /// Like any other.
        #[default]
        Show = "show",
        /// With a mark.
        Mark = "mark",
        /// With a mark, after the others.
        Demote = "demote",
        /// Not at all.
        Hide = "hide",
    }
}

words! {
    /// Who can book, rising in strictness.
    #[derive(Default)]
    Bookability, "a bookability" {
        /// The traveler or an arranger.
        #[default]
        Bookable = "bookable",
        /// A travel agent only.
        AgentOnly = "agent_only",
        /// Nobody.
        NotBookable = "not_bookable",
    }
}

words! {
    /// How somebody else is involved, rising in strictness.
    #[derive(Default)]
    ApprovalNeed, "an approval need" {
        /// Not at all.
        #[default]
        None = "none",
        /// They are told.
        Notify = "notify",
        /// It is held at most; their silence until the policy's window has ended is consent.
        Soft = "soft",
        /// It is held at most; without their consent it isn't paid.
        Hard = "hard",
        /// Nothing is even held before they consent.
        BeforeBooking = "before_booking",
    }
}

words! {
    /// What the traveler gives as a reason, rising in strictness.
    #[derive(Default)]
    Evidence, "an evidence" {
        /// Nothing.
        #[default]
        None = "none",
        /// One of the reason codes.
        ReasonCode = "reason_code",
        /// A reason code and a sentence.
        CodeAndText = "code_and_text",
        /// A document as well.
        Attachment = "attachment",
    }
}

words! {
    /// From what it is paid, rising in strictness.
    #[derive(Default)]
    PaymentSource, "a payment source" {
        /// Anything the company pays with.
        #[default]
        Any = "any",
        /// Only sources the company names.
        Named = "named",
        /// The traveler pays what exceeds the limit.
        Split = "split",
    }
}

words! {
    /// An outcome in one word for people, rising in strictness; always derived.
    Level, "a level" {
        /// Nothing is asked for.
        Allow = "allow",
        /// It is marked, or somebody is told.
        Warn = "warn",
        /// The traveler has to justify it.
        Justify = "justify",
        /// Somebody has to approve it.
        Approve = "approve",
        /// The traveler can't book it.
        Deny = "deny",
        /// The traveler doesn't even see it.
        Hide = "hide",
    }
}

/// Policy's way to name who decides or is told; whom that is, is found when a trip is submitted.
///
/// JSON is one word, or a person's id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum ApproverRef {
    /// The traveler's manager: `manager`.
    Manager,
    /// Anybody who may approve in the organization: `any_approver`.
    AnyApprover,
    /// The owner of the traveler's cost center: `cost_center_owner`.
    CostCenterOwner,
    /// One person: `per_…`.
    Person(PersonId),
}

impl ApproverRef {
    /// The words that aren't persons.
    pub const WORDS: [&'static str; 3] = ["manager", "any_approver", "cost_center_owner"];

    /// Reads a word or a person's id.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text {
            "manager" => Ok(Self::Manager),
            "any_approver" => Ok(Self::AnyApprover),
            "cost_center_owner" => Ok(Self::CostCenterOwner),
            person => person.parse().map(Self::Person).map_err(|_| {
                Error::invalid(
                    "approver",
                    "manager, any_approver, cost_center_owner or per_…",
                    text,
                )
            }),
        }
    }
}

impl TryFrom<String> for ApproverRef {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<ApproverRef> for String {
    fn from(approver: ApproverRef) -> Self {
        match approver {
            ApproverRef::Manager => "manager".to_owned(),
            ApproverRef::AnyApprover => "any_approver".to_owned(),
            ApproverRef::CostCenterOwner => "cost_center_owner".to_owned(),
            ApproverRef::Person(person) => person.to_string(),
        }
    }
}

/// One consent that is needed; any of those named can give it. JSON is the list of them.
///
/// "All of a and b" is two steps, so merging rules is the union of their steps.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ApproverStep {
    /// Who can give the consent; never empty.
    pub any_of: BTreeSet<ApproverRef>,
}

/// What has to happen along with an outcome. Merging never drops anything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Obligations {
    /// Reason codes the traveler can choose from; empty where any code of the company will do.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub reasons: BTreeSet<String>,
    /// Consents needed, each of them; the document's default is already in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub approvers: BTreeSet<ApproverStep>,
    /// Who is told.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub notify: BTreeSet<ApproverRef>,
    /// Most the company pays, in each currency a rule named one in; all of them hold. Keeping them
    /// apart is what makes merging independent of rates and order.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty", with = "amounts")]
    pub amount_limits: BTreeMap<Currency, Money>,
}

/// Everything a policy asks for about one subject.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// How it is shown.
    pub visibility: Visibility,
    /// Who can book it.
    pub bookability: Bookability,
    /// How somebody else is involved.
    pub approval: ApprovalNeed,
    /// What the traveler gives as a reason.
    pub evidence: Evidence,
    /// From what it is paid.
    pub payment: PaymentSource,
    /// What comes along.
    #[serde(default, skip_serializing_if = "Obligations::is_empty")]
    pub obligations: Obligations,
}

impl Default for Outcome {
    fn default() -> Self {
        Self::ALLOW
    }
}

impl Outcome {
    /// Nothing is asked for; the identity of [`Outcome::join`].
    pub const ALLOW: Self = Self {
        visibility: Visibility::Show,
        bookability: Bookability::Bookable,
        approval: ApprovalNeed::None,
        evidence: Evidence::None,
        payment: PaymentSource::Any,
        obligations: Obligations::NONE,
    };

    /// A person has to look before money is spent: what missing knowledge leads to by default.
    pub const APPROVE: Self = Self {
        visibility: Visibility::Mark,
        bookability: Bookability::Bookable,
        approval: ApprovalNeed::Hard,
        evidence: Evidence::None,
        payment: PaymentSource::Any,
        obligations: Obligations::NONE,
    };

    /// The plain outcome of a level: what a document means by one word.
    pub fn of_level(level: Level) -> Self {
        let marked = Self { visibility: Visibility::Mark, ..Self::ALLOW };
        match level {
            Level::Allow => Self::ALLOW,
            Level::Warn => marked,
            Level::Justify => Self { evidence: Evidence::ReasonCode, ..marked },
            Level::Approve => Self::APPROVE,
            Level::Deny => Self { bookability: Bookability::NotBookable, ..marked },
            Level::Hide => Self {
                visibility: Visibility::Hide,
                bookability: Bookability::NotBookable,
                ..marked
            },
        }
    }

    /// Both at once: on each axis the stricter, of obligations the union, of limits the lower.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        Self {
            visibility: self.visibility.max(other.visibility),
            bookability: self.bookability.max(other.bookability),
            approval: self.approval.max(other.approval),
            evidence: self.evidence.max(other.evidence),
            payment: self.payment.max(other.payment),
            obligations: self.obligations.join(other.obligations),
        }
    }

    /// The outcome in one word.
    pub fn level(&self) -> Level {
        let bookability = match self.bookability {
            Bookability::Bookable => Level::Allow,
            Bookability::AgentOnly | Bookability::NotBookable => Level::Deny,
        };
        let approval = match self.approval {
            ApprovalNeed::None => Level::Allow,
            ApprovalNeed::Notify => Level::Warn,
            ApprovalNeed::Soft | ApprovalNeed::Hard | ApprovalNeed::BeforeBooking => Level::Approve,
        };
        let evidence = match self.evidence {
            Evidence::None => Level::Allow,
            _ => Level::Justify,
        };
        let payment = match self.payment {
            PaymentSource::Any => Level::Allow,
            PaymentSource::Named => Level::Warn,
            PaymentSource::Split => Level::Justify,
        };
        let visibility = match self.visibility {
            Visibility::Show => Level::Allow,
            Visibility::Mark | Visibility::Demote => Level::Warn,
            Visibility::Hide => Level::Hide,
        };
        let axes = [bookability, approval, evidence, payment];
        axes.into_iter().fold(visibility, Level::max)
    }
}

impl Obligations {
    /// No obligations.
    pub const NONE: Self = Self {
        reasons: BTreeSet::new(),
        approvers: BTreeSet::new(),
        notify: BTreeSet::new(),
        amount_limits: BTreeMap::new(),
    };

    /// Whether nothing has to happen.
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    fn join(mut self, mut other: Self) -> Self {
        self.reasons.append(&mut other.reasons);
        self.approvers.append(&mut other.approvers);
        self.notify.append(&mut other.notify);
        for (currency, limit) in other.amount_limits {
            let lowest = self.amount_limits.entry(currency).or_insert(limit);
            lowest.minor = lowest.minor.min(limit.minor);
        }
        self
    }
}

/// Limits are written as a list of amounts: each carries its currency anyway.
mod amounts {
    use super::{BTreeMap, Currency, Deserialize, Money, Serialize};

    pub(super) fn serialize<S: serde::Serializer>(
        limits: &BTreeMap<Currency, Money>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        limits.values().collect::<Vec<_>>().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: serde::Deserializer<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<Currency, Money>, D::Error> {
        let amounts = Vec::<Money>::deserialize(deserializer)?;
        Ok(amounts.into_iter().map(|amount| (amount.currency, amount)).collect())
    }
}
