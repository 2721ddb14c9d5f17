//! `nestmap policy assess`: files in, verdicts out.

use std::io;
use std::path::PathBuf;

use nestmap_core::id::{OfferId, PersonId, PolicyId};
use nestmap_core::place::Country;
use nestmap_core::policy::{
    OfferAssessments, PolicyDocument, PolicyInForce, PolicyRef, TravelerFacts, TripFacts,
    assess_offers,
};
use nestmap_core::port::clock::Clock as _;
use nestmap_core::shopping::Offer;
use nestmap_core::time::Timestamp;
use nestmap_http::system::SystemClock;

use super::input::{self, Unusable};
use super::report::Report;
use crate::command::screen::{Looks, Screen};
use crate::command::{Exit, warn};

const ENDINGS: &str = "\
Exit codes:
  0  every offer was assessed, whatever the verdicts
  1  the result couldn't be printed
  2  the arguments, the policy or the offers can't be used; every problem is named with its place
  3  assessed, but some of the offers can't be read; they are named and left out";

/// What to assess.
#[derive(Debug, clap::Args)]
#[command(after_help = ENDINGS)]
pub(crate) struct Arguments {
    /// The policy document, JSON.
    #[arg(long, value_name = "FILE")]
    policy: PathBuf,
    /// The offers as Duffel answers them, JSON: an offer request with its offers, a list of
    /// offers, or one offer.
    #[arg(long, value_name = "FILE")]
    offers: PathBuf,
    /// The moment of booking, such as 2026-03-02T09:00:00Z; without it, the moment the file says
    /// its offers were made, or else the present.
    #[arg(long, value_name = "INSTANT")]
    now: Option<Timestamp>,
    /// The country the traveler works in, such as DE, for rules that ask for it.
    #[arg(long, value_name = "COUNTRY")]
    traveler_country: Option<Country>,
    /// Print at most this many offers, the cheapest first; all are assessed and counted.
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
    /// Print JSON for programs: each rule that objects with its limit and the actual value.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    looks: Looks,
}

/// Everything that was read and found out.
pub(super) struct Assessed {
    pub(super) document: PolicyDocument,
    pub(super) now: Timestamp,
    pub(super) offers: Vec<Offer>,
    pub(super) results: OfferAssessments,
    pub(super) left_out: Vec<input::Problem>,
}

/// Assesses and prints.
pub(super) fn run(arguments: &Arguments) -> Exit {
    let assessed = match assess(arguments) {
        Ok(assessed) => assessed,
        Err(unusable) => {
            warn(&unusable.to_string());
            return Exit::Unusable;
        }
    };
    let report = Report::new(&assessed, arguments.limit);
    let mut screen = Screen::stdout(arguments.looks);
    let printed =
        if arguments.json { report.print_json(&mut screen) } else { report.print(&mut screen) };
    for problem in &assessed.left_out {
        warn(&format!("left out: {problem}"));
    }
    match printed {
        Err(error) => unprinted(&error),
        Ok(()) if assessed.left_out.is_empty() => Exit::Fine,
        Ok(()) => Exit::Partly,
    }
}

/// Whoever reads may stop early, as `head` does; that is no failure.
fn unprinted(error: &io::Error) -> Exit {
    if error.kind() == io::ErrorKind::BrokenPipe {
        return Exit::Fine;
    }
    warn(&format!("the result can't be printed: {error}"));
    Exit::Failed
}

fn assess(arguments: &Arguments) -> Result<Assessed, Unusable> {
    // Both are read before either is complained about.
    let document = input::policy(&arguments.policy);
    let offers = input::offers(&arguments.offers);
    let (document, found) = match (document, offers) {
        (Ok(document), Ok(found)) => (document, found),
        (Err(policy), Err(offers)) => return Err(policy.and(offers)),
        (Err(unusable), _) | (_, Err(unusable)) => return Err(unusable),
    };
    let now = arguments.now.or(found.made_at).unwrap_or_else(|| SystemClock.now());
    let traveler = TravelerFacts {
        country: arguments.traveler_country,
        ..TravelerFacts::of(PersonId::new(now, [0; 10]))
    };
    let mut flights = found.offers;
    flights.sort_by(|a, b| {
        (a.total.currency, a.total.minor, &a.supplier).cmp(&(
            b.total.currency,
            b.total.minor,
            &b.supplier,
        ))
    });
    let offers: Vec<Offer> = flights
        .into_iter()
        .zip(0u32..)
        .map(|(flight, number)| Offer { id: numbered(now, number), flight })
        .collect();
    let policies = [in_force(&document, now)];
    let results = assess_offers(&policies, &traveler, &TripFacts::at(now), &offers, &[]);
    Ok(Assessed { document, now, offers, results, left_out: found.left_out })
}

/// Offers in a file have no id of ours; their place in the list serves as one.
fn numbered(now: Timestamp, number: u32) -> OfferId {
    let mut place = [0; 10];
    place[6..].copy_from_slice(&number.to_be_bytes());
    OfferId::new(now, place)
}

fn in_force(document: &PolicyDocument, now: Timestamp) -> PolicyInForce {
    let reference = PolicyRef {
        id: PolicyId::new(now, [0; 10]),
        version: 1,
        title: document.title.clone(),
        digest: document.digest(),
    };
    PolicyInForce { reference, document: document.clone() }
}
