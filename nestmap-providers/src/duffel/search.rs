//! Collecting the offers of a search that come in batches.

use std::collections::BTreeSet;
use std::time::Duration;

use super::call;
use super::client::Client;
use super::error::Failure;
use super::wire::Each;
use super::wire::offer::Offer;
use super::wire::search::NewSearch;

/// More batches than any search has; a supplier that never ends is broken.
const POLLS_MAX: usize = 60;

/// What a search brought so far.
#[derive(Default)]
struct Found {
    offers: Each<Offer>,
    ids: BTreeSet<String>,
}

impl Found {
    /// Takes the offers that weren't there yet.
    fn add(&mut self, offers: Each<Offer>) {
        let fresh = offers.items.into_iter().filter(|offer| self.ids.insert(offer.id.clone()));
        self.offers.items.extend(fresh);
        self.offers.unreadable.extend(offers.unreadable);
    }
}

/// All offers of a search. Batches are the quick way. Each is handed out once, so when one gets
/// lost the offers are listed from the search itself.
pub(super) async fn all_offers(
    client: &Client,
    search: &NewSearch,
    supplier_timeout: Duration,
) -> Result<Each<Offer>, Failure> {
    let started = client.fetch(&call::search(search, supplier_timeout)).await?.data;
    let mut found = Found::default();
    let mut remaining = started.remaining_batches;
    found.add(started.offers);
    for _ in 0..POLLS_MAX {
        if remaining == 0 {
            return Ok(found.offers);
        }
        match client.fetch(&call::next_batch(&started.id, supplier_timeout)).await {
            Ok(answer) => {
                remaining = answer.data.remaining_batches;
                found.add(answer.data.offers);
            }
            Err(failure) => return recover(client, &started.id, found, failure).await,
        }
    }
    let endless = "the batches never end".to_owned();
    let failure = Failure::Unreadable { status: 200, request_id: None, reason: endless };
    recover(client, &started.id, found, failure).await
}

/// What can be had after a batch was lost. Nothing at all isn't "no flights": it is the failure.
async fn recover(
    client: &Client,
    id: &str,
    mut found: Found,
    lost: Failure,
) -> Result<Each<Offer>, Failure> {
    tracing::warn!(search = id, "lost a batch of offers, listing them instead: {lost}");
    match client.pages(|after| call::offers(id, after)).await {
        Ok(pages) => pages.into_iter().for_each(|page| found.add(page)),
        Err(failure) => tracing::warn!(search = id, "could not list the offers either: {failure}"),
    }
    if found.offers.items.is_empty() { Err(lost) } else { Ok(found.offers) }
}
