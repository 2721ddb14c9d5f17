//! Whom to ask: what the policy names, resolved to people who may decide about this trip.

use std::collections::BTreeSet;

use super::step::{Step, StepRule};
use crate::access::Role;
use crate::error::{Code, Error};
use crate::id::PersonId;
use crate::people::Person;
use crate::policy::outcome::{ApproverRef, ApproverStep};

/// What routing needs to know about a trip.
#[derive(Clone, Copy, Debug)]
pub struct Parties<'a> {
    /// Who travels.
    pub travelers: &'a [Person],
    /// Who booked the trip, who chose what is in it, and who submitted it.
    pub others: &'a [PersonId],
    /// Everybody in the organization who may decide: approvers, managers, administrators.
    pub deciders: &'a [Person],
}

/// The steps for the consents a policy names; the manager's for a policy that names none.
///
/// Travelers, arrangers and submitters are left out. Where nobody else is left for a consent, any
/// approver may give it, then any administrator; where there is none either, nobody can be asked.
pub fn route(wanted: &BTreeSet<ApproverStep>, parties: Parties<'_>) -> Result<Vec<Step>, Error> {
    let default = BTreeSet::from([ApproverStep { any_of: [ApproverRef::Manager].into() }]);
    let wanted = if wanted.is_empty() { &default } else { wanted };
    let mut steps: Vec<Step> = Vec::new();
    for consent in wanted {
        let approvers = resolve(consent, parties)?;
        let step = Step::new(StepRule::Any, approvers);
        if !steps.contains(&step) {
            steps.push(step);
        }
    }
    Ok(steps)
}

fn resolve(consent: &ApproverStep, parties: Parties<'_>) -> Result<BTreeSet<PersonId>, Error> {
    let named = consent.any_of.iter().flat_map(|reference| named(*reference, parties)).collect();
    [named, with_role(Role::Approver, parties), with_role(Role::Admin, parties)]
        .into_iter()
        .map(|people: BTreeSet<PersonId>| allowed(people, parties))
        .find(|people| !people.is_empty())
        .ok_or_else(|| {
            Error::new(Code::ApprovalUnroutable, "nobody may approve this trip")
                .expected("an approver who isn't the traveler, an arranger or the submitter")
        })
}

fn named(reference: ApproverRef, parties: Parties<'_>) -> Vec<PersonId> {
    match reference {
        ApproverRef::Manager => parties.travelers.iter().filter_map(|t| t.manager).collect(),
        ApproverRef::AnyApprover => with_role(Role::Approver, parties).into_iter().collect(),
        ApproverRef::Person(person) => vec![person],
        // Owners of cost centers aren't kept yet: any approver stands in.
        ApproverRef::CostCenterOwner => Vec::new(),
    }
}

fn with_role(role: Role, parties: Parties<'_>) -> BTreeSet<PersonId> {
    parties.deciders.iter().filter(|p| p.roles.contains(&role)).map(|p| p.id).collect()
}

/// Without parties to the trip, people who left, and people who may not decide.
fn allowed(people: BTreeSet<PersonId>, parties: Parties<'_>) -> BTreeSet<PersonId> {
    let is_party = |id: &PersonId| {
        parties.others.contains(id) || parties.travelers.iter().any(|traveler| traveler.id == *id)
    };
    let decides = |id: &PersonId| parties.deciders.iter().any(|p| p.id == *id && p.is_active());
    people.into_iter().filter(|id| !is_party(id) && decides(id)).collect()
}
