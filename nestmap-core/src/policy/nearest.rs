//! Of the offers within policy, the one to point at.

use crate::id::OfferId;

use super::facts::AirFacts;

/// The offers within policy, cheapest first within each currency.
pub(super) struct Compliant<'a>(Vec<(OfferId, &'a AirFacts)>);

impl<'a> Compliant<'a> {
    pub(super) fn new(within: Vec<&'a AirFacts>) -> Self {
        let named = within.into_iter().filter_map(|facts| Some((facts.offer?, facts)));
        let mut offers: Vec<_> = named.collect();
        offers.sort_by_key(|(id, facts)| (facts.total.currency, facts.total.minor, *id));
        Self(offers)
    }

    /// The cheapest in the flight's own currency, or in the first currency there is; of equally
    /// cheap ones that with the smallest change of departures, then of id.
    pub(super) fn nearest_to(&self, flight: &AirFacts) -> Option<OfferId> {
        let own =
            |currency| move |(_, facts): &(OfferId, &AirFacts)| facts.total.currency < currency;
        let start = self.0.partition_point(own(flight.total.currency));
        let same = |at: &usize| self.0[*at].1.total.currency == flight.total.currency;
        let start = Some(start).filter(|at| *at < self.0.len()).filter(same).unwrap_or(0);
        let cheapest = self.0.get(start)?.1.total;
        let equal = self.0[start..].iter().take_while(|(_, facts)| facts.total == cheapest);
        equal.min_by_key(|(id, facts)| (change(flight, facts), *id)).map(|(id, _)| *id)
    }
}

/// Seconds by which departures move, over all slices.
fn change(from: &AirFacts, to: &AirFacts) -> i64 {
    if from.slices.len() != to.slices.len() {
        return i64::MAX;
    }
    let departs =
        |facts: &AirFacts, at: usize| facts.slices[at].segments.first().map(|s| s.departs_at);
    (0..from.slices.len()).fold(0i64, |sum, at| match (departs(from, at), departs(to, at)) {
        (Some(one), Some(other)) => sum.saturating_add(one.seconds_until(other).abs()),
        _ => i64::MAX,
    })
}
