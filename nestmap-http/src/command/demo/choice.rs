//! Searching, choosing among what is found, and showing it.

use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::search::{AssessedOffer, AssessedOffers, NewSearch};
use nestmap_core::place::Terminus;
use nestmap_core::policy::Headline;
use nestmap_core::shopping::{SearchRequest, SearchSlice};
use nestmap_core::trip::Reason;

use super::Stop;
use super::company::Company;
use super::stage::Stage;
use crate::command::offers::{Counts, Listed, table};

/// How many of the cheapest offers are shown.
const SHOWN: usize = 5;

/// Searches a return journey for Chloe.
pub(super) async fn searched(
    stage: &mut Stage,
    company: &Company,
    [from, to]: [&str; 2],
    [out, back]: [&str; 2],
) -> Result<AssessedOffers, Stop> {
    let slice = |origin: &str, destination: &str, day: &str| -> Result<_, Stop> {
        Ok(SearchSlice {
            origin: Terminus::parse(origin)?,
            destination: Terminus::parse(destination)?,
            departure_date: day.parse()?,
        })
    };
    let slices = vec![slice(from, to, out)?, slice(to, from, back)?];
    let new =
        NewSearch { traveler: company.traveler, request: SearchRequest::for_one_adult(slices) };
    Ok(stage.nestmap().search(&company.chloe, new).await?)
}

/// Prints the cheapest offers, the chosen one, and the first the policy can't judge.
pub(super) fn show(
    stage: &mut Stage,
    found: &AssessedOffers,
    chosen: &AssessedOffer,
) -> Result<(), Stop> {
    let number = |id| found.offers.iter().position(|other| other.offer.id == id).map(|at| at + 1);
    let unknown = found.offers.iter().find(|one| one.assessment.headline() == Headline::Unknown);
    let listed = found.offers.iter().zip(1..).filter(|(one, number)| {
        *number <= SHOWN
            || one.offer.id == chosen.offer.id
            || unknown.is_some_and(|unknown| unknown.offer.id == one.offer.id)
            || chosen.assessment.nearest == Some(one.offer.id)
    });
    let rows = listed.map(|(one, at)| Listed {
        number: at,
        flight: &one.offer.flight,
        assessment: &one.assessment,
        nearest: one.assessment.nearest.and_then(number),
    });
    let table = table(rows);
    let counts = Counts::of(found.offers.iter().map(|one| &one.assessment));
    stage.show(&table)?;
    let total = counts.total();
    stage.tell(&format!("These are some of {total} offers: {counts}."))
}

/// What Chloe hands in: the offer as a trip.
pub(super) fn trip(
    company: &Company,
    title: &str,
    found: &AssessedOffers,
    chosen: &AssessedOffer,
    reason: Option<Reason>,
) -> NewTrip {
    NewTrip {
        title: title.to_owned(),
        purpose: Some("customer_visit".to_owned()),
        travelers: vec![company.traveler],
        items: vec![NewItem::Flight { offer_set: found.id, offer: chosen.offer.id }],
        reason,
    }
}
