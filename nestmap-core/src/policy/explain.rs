//! Findings as English sentences. They are made from keys and values when somebody reads them.

mod english;

use super::assessment::{Assessment, Headline};
use super::facts::CandidateSet;
use super::finding::{Finding, Quantity, RuleId, Verdict};
use super::outcome::{Level, PaymentSource};
use super::rule::RuleKind;
use super::word::words;
use crate::id::PolicyId;
use crate::money::Money;
use crate::place::{Airline, Country};

words! {
    /// Who reads an explanation.
    Audience, "an audience" {
        /// Whoever travels: what stands against the offer.
        Traveler = "traveler",
        /// Whoever decides: the same, and which rules somebody was freed from.
        Approver = "approver",
        /// Whoever checks: every rule, and what stood back for it.
        Auditor = "auditor",
    }
}

/// One sentence about one rule.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Sentence {
    /// The policy the rule is of.
    pub policy: PolicyId,
    /// The rule.
    pub rule: RuleId,
    /// What the sentence is made from.
    pub key: String,
    /// The sentence.
    pub text: String,
}

/// An assessment in sentences, in the order of its findings.
pub fn explain(assessment: &Assessment, audience: Audience) -> Vec<Sentence> {
    let told =
        |finding: &&Finding| audience == Audience::Auditor || finding.verdict >= Verdict::Unknown;
    let mut sentences: Vec<_> = assessment.findings.iter().filter(told).map(sentence).collect();
    if audience == Audience::Auditor {
        sentences.extend(assessment.findings.iter().flat_map(stood_back));
    }
    if audience >= Audience::Approver {
        sentences.extend(assessment.exempted.iter().map(|exempted| Sentence {
            policy: exempted.policy,
            rule: exempted.rule.clone(),
            key: "exempted".to_owned(),
            text: format!(
                "Doesn't hold: exemption `{}`, granted by {}.",
                exempted.exemption, exempted.granted_by
            ),
        }));
    }
    sentences
}

fn stood_back(finding: &Finding) -> impl Iterator<Item = Sentence> {
    finding.lost.iter().map(|lost| Sentence {
        policy: lost.policy,
        rule: lost.rule.clone(),
        key: "stood_back".to_owned(),
        text: format!("Stood back for the more specific `{}`.", finding.rule),
    })
}

/// The assessment as a whole, in one sentence.
pub fn headline(assessment: &Assessment) -> String {
    let asks = match assessment.level() {
        Level::Allow => return "Within policy.".to_owned(),
        Level::Warn => "it is marked",
        Level::Justify if assessment.outcome.payment == PaymentSource::Split => {
            "the traveler pays the difference"
        }
        Level::Justify => "a reason is needed",
        Level::Approve => "somebody has to approve it",
        Level::Deny => "it can't be booked",
        Level::Hide => "it isn't shown",
    };
    let found = match assessment.headline() {
        Headline::Within => "Within policy",
        Headline::Outside => "Outside of policy",
        Headline::Unknown if assessment.policies.is_empty() => "No policy covers the traveler",
        Headline::Unknown => "Policy can't tell",
    };
    format!("{found}: {asks}.")
}

/// The nearest offer within policy in one sentence, where there is one.
pub fn nearest(assessment: &Assessment, candidates: &CandidateSet) -> Option<String> {
    let offer = candidates.offer(assessment.nearest?)?;
    let first = offer.segments().next()?;
    Some(format!(
        "The nearest offer in policy costs {} and leaves {} on {} at {:02}:{:02}.",
        offer.total,
        first.origin.airport,
        first.departs.date(),
        first.departs.civil.clock().0,
        first.departs.civil.clock().1,
    ))
}

/// A finding as a sentence.
pub fn sentence(finding: &Finding) -> Sentence {
    let key = finding.message_key();
    let template = english::template(&key).unwrap_or(english::WITHOUT_TEMPLATE);
    let shown = |quantity: &Option<Quantity>| {
        quantity.as_ref().map_or_else(|| "?".to_owned(), |quantity| show(quantity, finding.kind))
    };
    let text = template
        .replace("{limit}", &shown(&finding.limit))
        .replace("{actual}", &shown(&finding.actual))
        .replace("{context}", &shown(&finding.context))
        .replace("{over}", &over(finding).map_or_else(|| "?".to_owned(), |over| over.to_string()))
        .replace("{key}", &key);
    Sentence { policy: finding.policy, rule: finding.rule.clone(), key, text }
}

/// By how much an amount is above its limit.
fn over(finding: &Finding) -> Option<Money> {
    match (&finding.actual, &finding.limit) {
        (Some(Quantity::Money(actual)), Some(Quantity::Money(limit))) => actual.minus(*limit).ok(),
        _ => None,
    }
}

/// A quantity in words.
fn show(quantity: &Quantity, kind: RuleKind) -> String {
    match quantity {
        Quantity::Money(money) => money.to_string(),
        Quantity::Minutes(minutes) => duration(*minutes),
        Quantity::Days(1) => "1 day".to_owned(),
        Quantity::Days(days) => format!("{days} days"),
        Quantity::Count(count) => count.to_string(),
        Quantity::Cabin(cabin) => cabin.as_str().replace('_', " "),
        Quantity::StarsTenths(tenths) if tenths % 10 == 0 => format!("{} stars", tenths / 10),
        Quantity::StarsTenths(tenths) => format!("{}.{} stars", tenths / 10, tenths % 10),
        Quantity::Flexibility(value) => english::flexibility(*value, kind).to_owned(),
        Quantity::Date(date) => date.to_string(),
        Quantity::Codes(codes) => list(codes, kind),
        Quantity::Text(text) => text.clone(),
    }
}

fn duration(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

/// The first few, by name where the kind of rule tells what they are.
fn list(codes: &[String], kind: RuleKind) -> String {
    const SHOWN: usize = 8;
    let name = |code: &String| match kind {
        RuleKind::Carriers => Airline::parse(code).map(|airline| airline.name().to_owned()),
        RuleKind::Countries => Country::parse(code).map(|country| country.name().to_owned()),
        _ => Ok(code.clone()),
    };
    let names = codes.iter().take(SHOWN).map(|code| name(code).unwrap_or_else(|_| code.clone()));
    let mut text = names.collect::<Vec<_>>().join(", ");
    if codes.len() > SHOWN {
        text.push_str(&format!(" and {} more", codes.len() - SHOWN));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::finding::Basis;
    use crate::policy::outcome::Outcome;

    fn finding(kind: RuleKind, verdict: Verdict, basis: Basis) -> Finding {
        Finding {
            policy: PolicyId::from_uuid(uuid::Uuid::nil()),
            rule: RuleId::new("rule"),
            kind,
            verdict,
            basis,
            limit: None,
            actual: None,
            context: None,
            outcome: Outcome::ALLOW,
            lost: Vec::new(),
        }
    }

    #[test]
    fn every_kind_verdict_and_basis_has_a_template() {
        for &kind in RuleKind::ALL {
            for &verdict in Verdict::ALL {
                for &basis in Basis::ALL {
                    let possible = match (verdict, basis) {
                        (Verdict::Outside, Basis::LayoverShort | Basis::LayoverLong) => {
                            kind == RuleKind::Layover
                        }
                        (Verdict::Outside, Basis::Measured) => kind != RuleKind::Layover,
                        (Verdict::Outside, Basis::Averaged) => kind == RuleKind::NightlyCap,
                        (Verdict::Outside, Basis::PerKilometer) => kind == RuleKind::Emissions,
                        (Verdict::Outside, Basis::PriceMissing) => {
                            matches!(kind, RuleKind::NightlyCap | RuleKind::TripBudget)
                        }
                        (Verdict::Outside, basis) => {
                            let compares = [RuleKind::OverLowestFare, RuleKind::OverAverageFare];
                            basis == Basis::Candidates && compares.contains(&kind)
                        }
                        (Verdict::Unknown, basis) => {
                            basis.as_str().ends_with("_missing")
                                || [Basis::CandidatesFew, Basis::RateStale, Basis::AmountOverflow]
                                    .contains(&basis)
                        }
                        _ => true,
                    };
                    let key = finding(kind, verdict, basis).message_key();
                    assert!(!possible || english::template(&key).is_some(), "{key}");
                }
            }
        }
    }

    #[test]
    fn amounts_say_how_much_they_are_over() {
        let mut finding = finding(RuleKind::PriceCap, Verdict::Outside, Basis::Measured);
        finding.limit = Some(Quantity::Money(Money::parse("412.00", "GBP").unwrap()));
        finding.actual = Some(Quantity::Money(Money::parse("500.00", "GBP").unwrap()));
        let text = sentence(&finding).text;
        assert_eq!(text, "In policy up to 412.00 GBP; this is 88.00 GBP over.");
    }

    #[test]
    fn countries_and_airlines_have_names_and_long_lists_end() {
        let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect();
        let mut finding = finding(RuleKind::Countries, Verdict::Outside, Basis::Measured);
        let ten = ["DE", "FR", "IT", "ES", "PT", "NL", "BE", "LU", "AT", "PL"];
        finding.limit = Some(Quantity::Codes(codes(&ten)));
        finding.actual = Some(Quantity::Codes(codes(&["DE"])));
        let text = sentence(&finding).text;
        assert!(text.contains("Germany") && text.contains("and 2 more"), "{text}");
    }

    #[test]
    fn durations_read_like_a_timetable() {
        assert_eq!(duration(59), "59 min");
        assert_eq!(duration(60), "1 h");
        assert_eq!(duration(545), "9 h 5 min");
    }
}
