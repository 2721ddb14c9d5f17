//! Flights and connections between any two airports on any day, the same for the same seed.

use jiff::civil::{Date, DateTime, Time};
use jiff::{SignedDuration, Timestamp, Zoned};

use super::aircraft::{self, Aircraft};
use super::geography::Airport;
use super::network::{Alliance, CARRIERS, Carrier, Model, Size, flies, size};
use crate::sandbox::dice::Dice;

/// One flight number on one day.
#[derive(Clone, Debug)]
pub(super) struct Flight {
    pub(super) marketing: &'static str,
    pub(super) operating: &'static str,
    pub(super) number: i64,
    pub(super) from: &'static Airport,
    pub(super) to: &'static Airport,
    pub(super) departs: Zoned,
    pub(super) arrives: Zoned,
    pub(super) aircraft: &'static Aircraft,
    pub(super) stop: Option<Stop>,
}

/// A landing on the way, without a change of aircraft.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    pub(super) airport: &'static Airport,
    pub(super) arrives: DateTime,
    pub(super) departs: DateTime,
    pub(super) minutes: i64,
}

/// The flights that take a traveler from the start to the end of one slice.
#[derive(Clone, Debug)]
pub(super) struct Itinerary(pub(super) Vec<Flight>);

/// What one slice of a search asks for.
pub(super) struct Wish {
    pub(super) from: Vec<&'static Airport>,
    pub(super) to: Vec<&'static Airport>,
    pub(super) date: Date,
    /// Sales close before departure; flights before this instant are gone.
    pub(super) earliest: Timestamp,
    pub(super) departs: Option<(Time, Time)>,
    pub(super) arrives: Option<(Time, Time)>,
    pub(super) connections_max: usize,
}

/// What the test airline does on a route, where it isn't plain non-stop flights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Any,
    /// Every offer changes aircraft.
    Connecting,
    /// Every flight lands once on the way.
    OneStop,
}

const ITINERARIES_MAX: usize = 16;
const PER_CARRIER_MAX: usize = 4;

impl Flight {
    pub(super) fn minutes(&self) -> i64 {
        self.arrives.timestamp().duration_since(self.departs.timestamp()).as_mins()
    }

    pub(super) fn kilometers(&self) -> f64 {
        self.from.distance_km(self.to)
    }
}

impl Itinerary {
    pub(super) fn first(&self) -> &Flight {
        self.0.first().expect("an itinerary has a flight")
    }

    pub(super) fn last(&self) -> &Flight {
        self.0.last().expect("an itinerary has a flight")
    }

    /// From the first departure to the last arrival.
    pub(super) fn minutes(&self) -> i64 {
        let start = self.first().departs.timestamp();
        self.last().arrives.timestamp().duration_since(start).as_mins()
    }

    pub(super) fn owner(&self) -> &'static str {
        self.first().marketing
    }

    /// The same flights always give the same short text.
    pub(super) fn key(&self) -> String {
        let mut words = Vec::new();
        for flight in &self.0 {
            words.push(format!("{}{} {}", flight.marketing, flight.number, flight.departs));
        }
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        Dice::of(0, &words).letters(6)
    }
}

/// All flights of the (seeded) world.
#[derive(Clone, Copy)]
pub(super) struct Schedule {
    pub(super) seed: u64,
}

impl Schedule {
    /// What is on sale for the wish: non-stop flights, then connections, the test airline last.
    pub(super) fn itineraries(self, wish: &Wish, shape: Shape) -> Vec<Itinerary> {
        let (from, to) = (busiest(&wish.from), busiest(&wish.to));
        let mut found = Vec::new();
        if shape == Shape::Any {
            for (from, to) in pairs(&from, &to) {
                found.extend(self.nonstop(from, to, wish.date));
            }
        }
        if wish.connections_max > 0 && shape != Shape::OneStop {
            for (from, to) in pairs(&from, &to) {
                found.extend(self.one_connection(from, to, wish.date));
            }
        }
        if wish.connections_max > 1 && found.len() < 6 && shape == Shape::Any {
            found.extend(self.two_connections(from[0], to[0], wish.date));
        }
        found.retain(|itinerary| wish.accepts(itinerary));
        let mut kept = fair_share(found);
        kept.extend(self.test_airline(from[0], to[0], wish, shape));
        kept
    }

    fn nonstop(
        self,
        from: &'static Airport,
        to: &'static Airport,
        date: Date,
    ) -> impl Iterator<Item = Itinerary> {
        CARRIERS
            .iter()
            .filter(move |carrier| flies(self.seed, carrier, from, to))
            .flat_map(move |carrier| self.flights(carrier, from, to, date))
            .map(|flight| Itinerary(vec![flight]))
    }

    /// The carrier's flights of the day, in the order of departure.
    pub(super) fn flights(
        self,
        carrier: &'static Carrier,
        from: &'static Airport,
        to: &'static Airport,
        date: Date,
    ) -> Vec<Flight> {
        let kilometers = from.distance_km(to);
        let smaller_end = size(from).min(size(to));
        let mut dice = Dice::of(self.seed, &["flights", carrier.code, from.iata, to.iata]);
        let most = match (kilometers, smaller_end) {
            (..1_500.0, Size::Large) => dice.between(3, 5),
            (..1_500.0, Size::Medium) | (..4_500.0, Size::Large) => dice.between(2, 3),
            (4_500.0.., Size::Large) => dice.between(1, 3),
            _ => 1,
        };
        if most == 1 && kilometers > 1_500.0 && dice.chance(40) && !flies_on(&mut dice, date) {
            return Vec::new();
        }
        let (opens, closes) = departure_window(from, to, kilometers);
        let share = (closes - opens) / most;
        let aircraft = aircraft::for_route(self.seed, carrier, kilometers, smaller_end);
        let operating = self.operator(carrier, from, to, &mut dice);
        let first_number = match carrier.model {
            Model::LowCost => dice.between(500, 4_490) * 2,
            _ => dice.between(1, 1_490) * 2,
        };
        (0..most)
            .map(|index| {
                let minute = opens + share * index + dice.between(0, share - 1);
                let number = first_number + 2 * index + i64::from(from.iata > to.iata);
                let departs = from.instant(at(date, minute / 5 * 5));
                fly(carrier, operating, number, (from, to), departs, aircraft)
            })
            .collect()
    }

    /// An alliance partner flies some of the flights an airline sells.
    fn operator(
        self,
        carrier: &'static Carrier,
        from: &Airport,
        to: &Airport,
        dice: &mut Dice,
    ) -> &'static str {
        let own = carrier.code;
        if carrier.alliance == Alliance::None || !dice.chance(20) {
            return own;
        }
        CARRIERS
            .iter()
            .filter(|partner| partner.alliance == carrier.alliance && partner.code != carrier.code)
            .find(|partner| flies(self.seed, partner, from, to))
            .map_or(own, |partner| partner.code)
    }
}

impl Wish {
    pub(super) fn accepts(&self, itinerary: &Itinerary) -> bool {
        let within = |window: Option<(Time, Time)>, time: Time| {
            window.is_none_or(|(from, to)| (from..=to).contains(&time))
        };
        itinerary.first().departs.timestamp() >= self.earliest
            && within(self.departs, itinerary.first().departs.time())
            && within(self.arrives, itinerary.last().arrives.time())
    }
}

pub(super) fn fly(
    carrier: &'static Carrier,
    operating: &'static str,
    number: i64,
    (from, to): (&'static Airport, &'static Airport),
    departs: Zoned,
    aircraft: &'static Aircraft,
) -> Flight {
    let minutes = block_minutes(from, to);
    let arrives = to.zoned(departs.timestamp() + SignedDuration::from_mins(minutes));
    Flight {
        marketing: carrier.code,
        operating,
        number,
        from,
        to,
        departs,
        arrives,
        aircraft,
        stop: None,
    }
}

/// Gate to gate, in steps of five minutes; the wind helps on long flights east.
fn block_minutes(from: &Airport, to: &Airport) -> i64 {
    let kilometers = from.distance_km(to);
    let wind = match (kilometers > 1_500.0, from.is_west_of(to)) {
        (false, _) => 1.0,
        (true, true) => 0.95,
        (true, false) => 1.06,
    };
    let flying = kilometers / 820.0 * 60.0 * wind;
    (30 + flying as i64) / 5 * 5 + 5
}

/// Minutes of the local day between which flights leave.
fn departure_window(from: &Airport, to: &Airport, kilometers: f64) -> (i64, i64) {
    match (kilometers > 4_500.0, from.is_west_of(to)) {
        (false, _) => (6 * 60, 21 * 60 + 30),
        (true, true) => (16 * 60 + 30, 23 * 60),
        (true, false) => (8 * 60, 16 * 60),
    }
}

fn flies_on(dice: &mut Dice, date: Date) -> bool {
    let days_off = dice.between(1, 4);
    let first_off = dice.between(0, 6);
    let day = i64::from(date.weekday().to_monday_zero_offset());
    (day - first_off).rem_euclid(7) >= days_off
}

pub(super) fn at(date: Date, minute: i64) -> DateTime {
    let hour = i8::try_from(minute / 60).expect("within a day");
    date.at(hour, i8::try_from(minute % 60).expect("below 60"), 0, 0)
}

/// The three largest airports, so that "London" isn't six times the work of Heathrow.
fn busiest(airports: &[&'static Airport]) -> Vec<&'static Airport> {
    let mut sorted = airports.to_vec();
    sorted.sort_by_key(|airport| (std::cmp::Reverse(size(airport)), airport.iata));
    sorted.truncate(3);
    sorted
}

fn pairs<'a>(
    from: &'a [&'static Airport],
    to: &'a [&'static Airport],
) -> impl Iterator<Item = (&'static Airport, &'static Airport)> + 'a {
    from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)))
}

/// Gives each airline its turn until the list is full, quick itineraries first.
fn fair_share(mut found: Vec<Itinerary>) -> Vec<Itinerary> {
    found.sort_by_key(|itinerary| (itinerary.0.len(), itinerary.minutes(), itinerary.key()));
    let mut kept: Vec<Itinerary> = Vec::new();
    for round in 0..PER_CARRIER_MAX {
        let mut seen: Vec<(&str, usize)> = Vec::new();
        for itinerary in &found {
            let owner = itinerary.owner();
            let turn = match seen.iter_mut().find(|(code, _)| *code == owner) {
                Some((_, turns)) => {
                    *turns += 1;
                    *turns
                }
                None => {
                    seen.push((owner, 0));
                    0
                }
            };
            if turn == round && kept.len() < ITINERARIES_MAX {
                kept.push(itinerary.clone());
            }
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::super::geography::airport_named;
    use super::super::network::carrier;
    use super::*;

    fn named(code: &str) -> &'static Airport {
        airport_named(code).expect("a known airport")
    }

    fn search(from: &str, to: &str, connections_max: usize) -> Vec<Itinerary> {
        let wish = Wish {
            from: vec![named(from)],
            to: vec![named(to)],
            date: jiff::civil::date(2026, 11, 12),
            earliest: Timestamp::UNIX_EPOCH,
            departs: None,
            arrives: None,
            connections_max,
        };
        Schedule { seed: 1 }.itineraries(&wish, Shape::Any)
    }

    #[test]
    fn connections_leave_time_to_change_and_meet_where_they_should() {
        for (from, to) in [("LHR", "JFK"), ("ABZ", "CNX"), ("BOS", "SFO"), ("SYD", "CDG")] {
            let found = search(from, to, 1);
            for itinerary in &found {
                assert_eq!(itinerary.first().from.iata, from);
                assert_eq!(itinerary.last().to.iata, to);
                for pair in itinerary.0.windows(2) {
                    assert_eq!(pair[0].to.metro, pair[1].from.metro);
                    let landed = pair[0].arrives.timestamp();
                    let minutes = pair[1].departs.timestamp().duration_since(landed).as_mins();
                    assert!((40..=600).contains(&minutes), "{minutes}");
                }
            }
            assert!(found.iter().any(|itinerary| itinerary.0.len() == 2), "{from}-{to}");
        }
    }

    #[test]
    fn without_connections_there_are_only_nonstop_flights() {
        assert!(search("LHR", "JFK", 0).iter().all(|itinerary| itinerary.0.len() == 1));
    }

    #[test]
    fn the_test_airline_flies_between_any_two_airports() {
        for (from, to) in [("AAA", "ZAZ"), ("STN", "LHR"), ("ANC", "DUD")] {
            let own = search(from, to, 1);
            let own: Vec<_> = own.iter().filter(|found| found.owner() == "ZZ").collect();
            assert_eq!(own.len(), 3, "{from}-{to}");
        }
    }

    #[test]
    fn times_are_plausible() {
        let nonstop = search("LHR", "JFK", 0);
        for itinerary in &nonstop {
            let minutes = itinerary.minutes();
            assert!((420..=540).contains(&minutes), "{minutes} minutes to New York");
        }
        assert!(nonstop.iter().any(|itinerary| itinerary.owner() == "BA"));
    }

    #[test]
    fn a_codeshare_is_flown_by_a_partner_of_the_seller() {
        for itinerary in search("LHR", "JFK", 1) {
            for flight in itinerary.0 {
                let (seller, flown) = (carrier(flight.marketing), carrier(flight.operating));
                assert!(seller.code == flown.code || seller.alliance == flown.alliance);
            }
        }
    }
}
