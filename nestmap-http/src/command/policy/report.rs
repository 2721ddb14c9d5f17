//! What `nestmap policy assess` prints: a table for people, JSON for programs.

use std::collections::BTreeMap;
use std::io;

use nestmap_core::Money;
use nestmap_core::digest::Digest;
use nestmap_core::id::OfferId;
use nestmap_core::policy::explain::{headline, sentence};
use nestmap_core::policy::finding::{Basis, Quantity};
use nestmap_core::policy::{Assessment, Headline, Level, RuleId, RuleKind, Verdict};
use nestmap_core::shopping::{FlightOffer, Offer};
use nestmap_core::time::{Date, Timestamp, Zone};
use serde::Serialize;

use super::assess::Assessed;
use super::input::Problem;
use crate::command::offers::{Counts, Listed, table};
use crate::command::screen::{Screen, Tone};
use crate::command::when;

/// What was found out, ready to be printed.
pub(super) struct Report<'a> {
    assessed: &'a Assessed,
    /// The number of each offer in the list.
    numbers: BTreeMap<OfferId, usize>,
    counts: Counts,
    shown: usize,
}

impl<'a> Report<'a> {
    pub(super) fn new(assessed: &'a Assessed, limit: Option<usize>) -> Self {
        let ids = assessed.offers.iter().map(|offer| offer.id);
        Self {
            assessed,
            numbers: ids.zip(1..).collect(),
            counts: Counts::of(assessed.results.assessments.iter().map(|one| &one.assessment)),
            shown: limit.unwrap_or(usize::MAX).min(assessed.offers.len()),
        }
    }

    fn rows(&self) -> impl Iterator<Item = (&'a Offer, &'a Assessment)> {
        let assessments = self.assessed.results.assessments.iter().map(|one| &one.assessment);
        self.assessed.offers.iter().zip(assessments)
    }

    fn listed(&self) -> impl Iterator<Item = Listed<'a>> {
        self.rows().zip(1..).map(|((offer, assessment), number)| Listed {
            number,
            flight: &offer.flight,
            assessment,
            nearest: assessment.nearest.and_then(|id| self.numbers.get(&id).copied()),
        })
    }

    /// Prints the table.
    pub(super) fn print(&self, screen: &mut Screen) -> io::Result<()> {
        self.print_head(screen)?;
        screen.blank()?;
        table(self.listed().take(self.shown)).print(screen, 0)?;
        screen.blank()?;
        let left = self.counts.total() - self.shown;
        if left > 0 {
            screen.paragraph(0, &format!("… and {left} more offers, counted below."))?;
        }
        let count = self.counts.total();
        let plural = if count == 1 { "offer" } else { "offers" };
        screen.paragraph(0, &format!("{count} {plural}: {}.", self.counts))?;
        screen.paragraph(0, &self.nearest_line())
    }

    fn print_head(&self, screen: &mut Screen) -> io::Result<()> {
        let Assessed { document, now, offers, .. } = self.assessed;
        let rules = document.rules.len();
        let title =
            format!("“{}”, {rules} rules, amounts in {}", document.title, document.currency);
        screen.toned_paragraph(0, Tone::Strong, &title)?;
        let sandbox = match offers.iter().any(|offer| offer.flight.sandbox) {
            true => " Offers of a sandbox: nothing of this can be bought.",
            false => "",
        };
        screen
            .paragraph(0, &format!("Assessed for booking on {}.{sandbox}", when::instant(*now)))?;
        if !document.effective.contains(today(*now)) {
            let warning = "The policy isn't in force on that day; this is what it would say.";
            screen.toned_paragraph(0, Tone::Doubt, warning)?;
        }
        Ok(())
    }

    /// Which offers the nearest ones are.
    fn nearest_line(&self) -> String {
        let cheapest = self.listed().find(|row| row.assessment.headline() == Headline::Within);
        match cheapest {
            Some(row) => format!(
                "Nearest within policy: number {} for {}. An arrow points from each offer that \
                 isn't within to the cheapest that is, of equally cheap ones the nearest in time.",
                row.number, row.flight.total
            ),
            None => "No offer is within policy, so there is no nearest one.".to_owned(),
        }
    }

    /// Prints JSON.
    pub(super) fn print_json(&self, screen: &mut Screen) -> io::Result<()> {
        let Assessed { document, now, left_out, .. } = self.assessed;
        let output = Output {
            policy: PolicyLine {
                title: &document.title,
                digest: document.digest(),
                in_force: document.effective.contains(today(*now)),
            },
            assessed_for: *now,
            counts: self.counts,
            offers: self.listed().take(self.shown).map(|row| self.line(&row)).collect(),
            left_out,
        };
        screen.line(&serde_json::to_string_pretty(&output)?)
    }

    fn line(&self, row: &Listed<'a>) -> OfferLine<'a> {
        let nearest = row.nearest.and_then(|number| self.assessed.offers.get(number - 1));
        OfferLine {
            number: row.number,
            offer: &row.flight.supplier.id,
            price: row.flight.total,
            flights: row.flight.segments().map(|segment| segment.designator()).collect(),
            departs: departure(row.flight),
            sandbox: row.flight.sandbox,
            verdict: row.assessment.headline(),
            level: row.assessment.level(),
            summary: headline(row.assessment),
            objections: row.assessment.objections().map(Objection::of).collect(),
            nearest: nearest.map(|offer| offer.flight.supplier.id.as_str()),
        }
    }
}

/// The first departure on the clocks of its airport.
fn departure(flight: &FlightOffer) -> Option<String> {
    flight.segments().next().map(|segment| segment.departs.civil.to_string())
}

/// Policies hold by the day of booking in UTC.
fn today(now: Timestamp) -> Date {
    now.in_zone(&Zone::parse("UTC").expect("UTC is a zone")).date()
}

#[derive(Serialize)]
struct Output<'a> {
    policy: PolicyLine<'a>,
    assessed_for: Timestamp,
    counts: Counts,
    offers: Vec<OfferLine<'a>>,
    left_out: &'a [Problem],
}

#[derive(Serialize)]
struct PolicyLine<'a> {
    title: &'a str,
    digest: Digest,
    in_force: bool,
}

#[derive(Serialize)]
struct OfferLine<'a> {
    number: usize,
    offer: &'a str,
    price: Money,
    flights: Vec<String>,
    departs: Option<String>,
    sandbox: bool,
    verdict: Headline,
    level: Level,
    summary: String,
    objections: Vec<Objection<'a>>,
    nearest: Option<&'a str>,
}

#[derive(Serialize)]
struct Objection<'a> {
    rule: &'a RuleId,
    kind: RuleKind,
    verdict: Verdict,
    basis: Basis,
    limit: Option<&'a Quantity>,
    actual: Option<&'a Quantity>,
    context: Option<&'a Quantity>,
    sentence: String,
}

impl<'a> Objection<'a> {
    fn of(finding: &'a nestmap_core::policy::Finding) -> Self {
        Self {
            rule: &finding.rule,
            kind: finding.kind,
            verdict: finding.verdict,
            basis: finding.basis,
            limit: finding.limit.as_ref(),
            actual: finding.actual.as_ref(),
            context: finding.context.as_ref(),
            sentence: sentence(finding).text,
        }
    }
}
