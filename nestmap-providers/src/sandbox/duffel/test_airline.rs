//! Duffel Airways, the airline that exists for tests: three times a day, everywhere.

use jiff::SignedDuration;
use jiff::civil::DateTime;

use super::aircraft;
use super::geography::Airport;
use super::network::{CARRIERS, Carrier, DUFFEL_AIRWAYS, Model};
use super::schedule::{Flight, Itinerary, Schedule, Shape, Stop, Wish, at, fly};
use crate::sandbox::dice::Dice;

impl Schedule {
    /// Duffel Airways: three times a day, everywhere.
    pub(super) fn test_airline(
        self,
        from: &'static Airport,
        to: &'static Airport,
        wish: &Wish,
        shape: Shape,
    ) -> Vec<Itinerary> {
        [6 * 60, 12 * 60, 18 * 60]
            .into_iter()
            .map(|minute| self.test_flight(from, to, at(wish.date, minute), shape))
            .filter(|itinerary| wish.accepts(itinerary))
            .collect()
    }

    /// One flight of Duffel Airways, leaving at the given local time.
    pub(super) fn test_flight(
        self,
        from: &'static Airport,
        to: &'static Airport,
        departs: DateTime,
        shape: Shape,
    ) -> Itinerary {
        let mut dice =
            Dice::of(self.seed, &["ZZ", from.iata, to.iata, &departs.time().to_string()]);
        let number = dice.between(1_000, 8_999);
        let wide = aircraft::aircraft("773");
        let leg = |legs, number, departs| fly(&DUFFEL_AIRWAYS, "ZZ", number, legs, departs, wide);
        match shape {
            Shape::Any => Itinerary(vec![leg((from, to), number, from.instant(departs))]),
            Shape::Connecting => {
                let via = halfway(from, to);
                let first = leg((from, via), number, from.instant(departs));
                let leaves =
                    first.arrives.checked_add(SignedDuration::from_mins(90)).expect("soon");
                let second = leg((via, to), number + 1, leaves);
                Itinerary(vec![first, second])
            }
            Shape::OneStop => {
                let via = halfway(from, to);
                let first = leg((from, via), number, from.instant(departs));
                let leaves =
                    first.arrives.checked_add(SignedDuration::from_mins(60)).expect("soon");
                let second = leg((via, to), number, leaves);
                let stop = Stop {
                    airport: via,
                    arrives: first.arrives.datetime(),
                    departs: second.departs.datetime(),
                    minutes: 60,
                };
                Itinerary(vec![Flight { to, arrives: second.arrives, stop: Some(stop), ..first }])
            }
        }
    }
}

/// The large airport that adds least to the way.
fn halfway(from: &'static Airport, to: &'static Airport) -> &'static Airport {
    let length = |via: &Airport| from.distance_km(via) + via.distance_km(to);
    let mut choices: Vec<&'static Airport> = CARRIERS
        .iter()
        .filter(|carrier| carrier.model == Model::LongHaul)
        .flat_map(Carrier::hubs)
        .filter(|via| from.distance_km(via) > 300.0 && via.distance_km(to) > 300.0)
        .collect();
    choices.sort_by(|one, other| length(one).total_cmp(&length(other)));
    choices.first().copied().expect("the world has more than two hubs")
}
