//! Deriving a stored assessment again, years later.

use super::PolicyInForce;
use super::assess::{ENGINE, assess};
use super::assessment::Assessment;
use super::facts::Facts;
use super::finding::RuleId;
use crate::id::PolicyId;

/// Why a stored assessment isn't what the facts and policies give.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mismatch {
    /// It was made by rules that meant something else.
    #[error("assessed by engine `{0}`, this is `{ENGINE}`")]
    Engine(String),
    /// The facts aren't those it was made from.
    #[error("the facts aren't those it was made from")]
    Facts,
    /// A policy it names isn't among those given.
    #[error("policy `{0}` isn't given")]
    PolicyMissing(PolicyId),
    /// A policy isn't what it was, by its digest.
    #[error("policy `{0}` isn't what it was")]
    PolicyChanged(PolicyId),
    /// A policy covers the traveler that the assessment doesn't name.
    #[error("the policies that cover the traveler aren't those it names")]
    Policies,
    /// A rule's finding differs.
    #[error("rule `{0}` finds something else")]
    Finding(RuleId),
    /// The rules in scope, or the exemptions, differ.
    #[error("the rules that held aren't those it names")]
    Rules,
    /// The merged outcome differs.
    #[error("the outcome isn't what the findings ask for")]
    Outcome,
    /// The nearest compliant offer or the moment differs.
    #[error("the nearest offer or the moment differs")]
    Surroundings,
}

/// Derives the assessment again and names the first difference. `policies` may hold more than the
/// assessment names: policies of other versions or of other travelers don't count.
pub fn verify(
    assessment: &Assessment,
    facts: &Facts,
    policies: &[PolicyInForce],
) -> Result<(), Mismatch> {
    if assessment.engine != ENGINE {
        return Err(Mismatch::Engine(assessment.engine.clone()));
    }
    if assessment.facts_digest != facts.digest() {
        return Err(Mismatch::Facts);
    }
    let mut named = Vec::new();
    for reference in &assessment.policies {
        let given = policies.iter().find(|policy| policy.reference == *reference);
        let policy = given.ok_or(Mismatch::PolicyMissing(reference.id))?;
        if policy.document.digest() != reference.digest {
            return Err(Mismatch::PolicyChanged(reference.id));
        }
        named.push(policy.clone());
    }
    compare(assessment, &assess(&named, facts))
}

fn compare(stored: &Assessment, derived: &Assessment) -> Result<(), Mismatch> {
    if stored.policies != derived.policies {
        return Err(Mismatch::Policies);
    }
    if stored.findings.len() != derived.findings.len() || stored.exempted != derived.exempted {
        return Err(Mismatch::Rules);
    }
    let mut pairs = stored.findings.iter().zip(&derived.findings);
    if let Some((finding, _)) = pairs.find(|(stored, derived)| stored != derived) {
        return Err(Mismatch::Finding(finding.rule.clone()));
    }
    if stored.outcome != derived.outcome {
        return Err(Mismatch::Outcome);
    }
    // Whatever is left to differ is the nearest offer or the moment.
    if stored == derived { Ok(()) } else { Err(Mismatch::Surroundings) }
}
