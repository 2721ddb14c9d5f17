//! What exactly was approved: the digest of it, the price, and how far the price may move.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::digest::Digest;
use crate::error::Error;
use crate::id::PersonId;
use crate::money::Money;
use crate::policy::PolicyRef;
use crate::shopping::FlightOffer;

/// What an approval covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Binding {
    /// Of flights, times, cabins, stays, travelers, prices and the policies they were assessed by.
    pub digest: Digest,
    /// What everything cost when approval was asked for, one amount a currency.
    pub total: Vec<Money>,
    /// How far prices may move.
    pub tolerance: Tolerance,
}

/// How much more than the approved price may be paid.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Percent of the approved price; zero when not a cent more.
    pub percent: Decimal,
}

impl Tolerance {
    /// The most that may be paid for something approved at `price`.
    pub fn ceiling(self, price: Money) -> Result<Money, Error> {
        price.plus_percent(self.percent)
    }
}

/// One thing an approval covers.
#[derive(Clone, Debug, Serialize)]
pub struct Covered {
    /// What is flown, or slept in.
    pub content: Digest,
    /// At what price.
    pub price: Money,
}

impl Covered {
    /// A flight.
    pub fn flight(offer: &FlightOffer) -> Self {
        Self { content: offer.itinerary_digest(), price: offer.total }
    }
}

impl Binding {
    /// Binds to things, travelers and policies; their order doesn't matter.
    pub fn new(
        covered: &[Covered],
        travelers: &[PersonId],
        policies: &[PolicyRef],
        tolerance: Tolerance,
    ) -> Result<Self, Error> {
        let mut contents: Vec<_> =
            covered.iter().map(|c| (c.content, c.price.minor, c.price.currency)).collect();
        contents.sort();
        let mut travelers = travelers.to_vec();
        travelers.sort();
        let mut policies: Vec<_> = policies.iter().map(|policy| policy.digest).collect();
        policies.sort();
        policies.dedup();
        let digest = Digest::of("approval", &(contents, travelers, policies));
        Ok(Self { digest, total: totals(covered)?, tolerance })
    }
}

fn totals(covered: &[Covered]) -> Result<Vec<Money>, Error> {
    let mut totals: Vec<Money> = Vec::new();
    for Covered { price, .. } in covered {
        match totals.iter_mut().find(|total| total.currency == price.currency) {
            Some(total) => *total = total.plus(*price)?,
            None => totals.push(*price),
        }
    }
    totals.sort_by_key(|total| total.currency);
    Ok(totals)
}
