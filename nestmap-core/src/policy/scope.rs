//! For whom and what a policy or rule is, how specific that is, and exemptions from it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::facts::{SubjectView, TravelerFacts, TripFacts};
use super::finding::RuleId;
use super::word::words;
use crate::id::PersonId;
use crate::place::Country;
use crate::time::DateRange;

words! {
    /// What is bought.
    TravelKind, "a travel kind" {
        /// A flight.
        Flight = "flight",
        /// A stay.
        Stay = "stay",
    }
}

/// For whom and what. Each list that isn't empty must match; within a list any entry will do.
///
/// A traveler without the attribute (no grade, no purpose given) isn't in a scope that names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scope {
    /// Travelers by id.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub persons: BTreeSet<PersonId>,
    /// Guests only (`true`) or employees only (`false`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub guests: Option<bool>,
    /// Groups, by the company's own names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub groups: BTreeSet<String>,
    /// Grades, by the company's own names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub grades: BTreeSet<String>,
    /// Cost centers, by the company's own names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub cost_centers: BTreeSet<String>,
    /// Departments, by the company's own names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub departments: BTreeSet<String>,
    /// Countries travelers work in.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub countries: BTreeSet<Country>,
    /// Purposes of trips, by the company's own names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub purposes: BTreeSet<String>,
    /// What is bought. A trip as a whole is in no scope that names one.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub travel: BTreeSet<TravelKind>,
}

/// How narrow a scope is. Scopes compare by their narrowest part, then by the next: person, guest,
/// purpose, group, grade, cost center, department, country, everyone.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Specificity(u16);

impl Specificity {
    /// How narrow a rule is inside a policy that is itself narrow.
    #[must_use]
    pub fn within(self, policy: Self) -> Self {
        Self(self.0 | policy.0)
    }
}

impl Scope {
    /// Whether it is for everyone and everything.
    pub fn is_everyone(&self) -> bool {
        *self == Self::default()
    }

    /// Whether the traveler and trip are in it, and what is bought; none is a trip as a whole.
    pub fn includes(
        &self,
        traveler: &TravelerFacts,
        trip: &TripFacts,
        travel: Option<TravelKind>,
    ) -> bool {
        self.includes_trip(traveler, trip)
            && (self.travel.is_empty() || travel.is_some_and(|kind| self.travel.contains(&kind)))
    }

    fn includes_trip(&self, traveler: &TravelerFacts, trip: &TripFacts) -> bool {
        let named = |list: &BTreeSet<String>, value: Option<&String>| {
            list.is_empty() || value.is_some_and(|value| list.contains(value))
        };
        let countries = &self.countries;
        (self.persons.is_empty() || self.persons.contains(&traveler.person))
            && self.guests.is_none_or(|guest| guest == traveler.guest)
            && (self.groups.is_empty() || !self.groups.is_disjoint(&traveler.groups))
            && named(&self.grades, traveler.grade.as_ref())
            && named(&self.cost_centers, traveler.cost_center.as_ref())
            && named(&self.departments, traveler.department.as_ref())
            && (countries.is_empty() || traveler.country.is_some_and(|c| countries.contains(&c)))
            && named(&self.purposes, trip.purpose.as_ref())
    }

    /// How narrow it is.
    pub fn specificity(&self) -> Specificity {
        let parts = [
            !self.persons.is_empty(),
            self.guests.is_some(),
            !self.purposes.is_empty(),
            !self.groups.is_empty(),
            !self.grades.is_empty(),
            !self.cost_centers.is_empty(),
            !self.departments.is_empty(),
            !self.countries.is_empty(),
        ];
        Specificity(parts.into_iter().fold(0, |bits, part| bits << 1 | u16::from(part)))
    }
}

impl SubjectView<'_> {
    pub(super) fn travel_kind(self) -> Option<TravelKind> {
        match self {
            Self::Flight(_) => Some(TravelKind::Flight),
            Self::Stay(_) => Some(TravelKind::Stay),
            Self::Trip(_) => None,
        }
    }
}

/// A dated, logged grant: the rules don't hold for the persons in the period.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exemption {
    /// The grant's own name inside its document.
    pub id: String,
    /// The rules of the same document that don't hold; never empty.
    pub rules: BTreeSet<RuleId>,
    /// For whom; never empty.
    pub persons: BTreeSet<PersonId>,
    /// Days of booking (UTC) on which it is valid; it always has an end.
    pub period: DateRange,
    /// Why.
    pub reason: String,
    /// Who granted it.
    pub granted_by: PersonId,
}

/// A rule that didn't hold because of an exemption.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exempted {
    /// The policy the rule is of.
    pub policy: crate::id::PolicyId,
    /// The rule.
    pub rule: RuleId,
    /// The grant.
    pub exemption: String,
    /// Who granted it.
    pub granted_by: PersonId,
}
