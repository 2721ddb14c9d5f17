//! Ways with one or two changes of aircraft.

use jiff::SignedDuration;
use jiff::civil::Date;

use super::geography::Airport;
use super::network::{Alliance, CARRIERS, Carrier, flies};
use super::schedule::{Flight, Itinerary, Schedule};
use crate::sandbox::dice::Dice;

const WAYS_MAX: usize = 8;
const LAYOVER_HOURS_MAX: i64 = 10;

struct Way {
    carrier: &'static Carrier,
    legs: [(&'static Carrier, &'static Airport, &'static Airport); 2],
    length: i64,
}

impl Schedule {
    pub(super) fn one_connection(
        self,
        from: &'static Airport,
        to: &'static Airport,
        date: Date,
    ) -> Vec<Itinerary> {
        let mut ways = Vec::new();
        for carrier in CARRIERS {
            let mut own: Vec<_> =
                carrier.hubs().filter_map(|hub| self.way_via(carrier, from, hub, to)).collect();
            own.sort_by_key(|way| way.length);
            ways.extend(own.into_iter().take(2));
        }
        ways.sort_by_key(|way| way.length);
        ways.truncate(WAYS_MAX);
        ways.iter().flat_map(|way| self.connect(way, date)).collect()
    }

    /// A way over the carrier's hub, if it isn't too far round and both parts are flown.
    fn way_via(
        self,
        carrier: &'static Carrier,
        from: &'static Airport,
        hub: &'static Airport,
        to: &'static Airport,
    ) -> Option<Way> {
        let direct = from.distance_km(to);
        let length = from.distance_km(hub) + hub.distance_km(to);
        if hub.iata == from.iata || hub.iata == to.iata || length > detour_max(direct) {
            return None;
        }
        // A hub in two airports of one city sends some of its travelers across town.
        let across = carrier.hubs().filter(|other| other.metro == hub.metro);
        let onward = std::iter::once(hub).chain(across.filter(|other| other.iata != hub.iata));
        let first = self.flown_by(carrier, from, hub)?;
        let (second, leaves_from) = onward
            .filter(|start| start.iata != from.iata && start.iata != to.iata)
            .find_map(|start| Some((self.flown_by(carrier, start, to)?, start)))?;
        // Each carrier's detours look a little different, so hubs take turns at being best.
        let mut dice = Dice::of(self.seed, &["way", carrier.code, from.iata, hub.iata, to.iata]);
        let length = (length * 1_000.0) as i64 * dice.between(94, 112) / 100;
        Some(Way { carrier, legs: [(first, from, hub), (second, leaves_from, to)], length })
    }

    /// The carrier itself, or a partner whose flights it sells.
    fn flown_by(
        self,
        seller: &'static Carrier,
        from: &Airport,
        to: &Airport,
    ) -> Option<&'static Carrier> {
        if flies(self.seed, seller, from, to) {
            return Some(seller);
        }
        CARRIERS
            .iter()
            .filter(|partner| {
                seller.alliance != Alliance::None && partner.alliance == seller.alliance
            })
            .find(|partner| flies(self.seed, partner, from, to))
    }

    fn connect(self, way: &Way, date: Date) -> Vec<Itinerary> {
        let [(first, from, hub), (second, start, to)] = way.legs;
        let sold = |mut flight: Flight| {
            flight.marketing = way.carrier.code;
            flight
        };
        let mut found: Vec<Itinerary> = self
            .flights(first, from, hub, date)
            .into_iter()
            .filter_map(|inbound| {
                let onward = self.next_flight(&inbound, second, start, to)?;
                Some(Itinerary(vec![sold(inbound), sold(onward)]))
            })
            .collect();
        found.sort_by_key(Itinerary::minutes);
        found.truncate(2);
        found
    }

    /// The first flight of `carrier` that a traveler arriving with `inbound` can catch.
    fn next_flight(
        self,
        inbound: &Flight,
        carrier: &'static Carrier,
        from: &'static Airport,
        to: &'static Airport,
    ) -> Option<Flight> {
        let minutes = connection_minutes_min(inbound, from, to);
        let ready = inbound.arrives.timestamp() + SignedDuration::from_mins(minutes);
        let latest = inbound.arrives.timestamp() + SignedDuration::from_hours(LAYOVER_HOURS_MAX);
        let today = from.zoned(inbound.arrives.timestamp()).date();
        let tomorrow = today.tomorrow().ok()?;
        [today, tomorrow]
            .into_iter()
            .flat_map(|date| self.flights(carrier, from, to, date))
            .find(|flight| (ready..=latest).contains(&flight.departs.timestamp()))
    }

    /// Small places on both ends: one airline to its hub, another hub, and on from there.
    pub(super) fn two_connections(
        self,
        from: &'static Airport,
        to: &'static Airport,
        date: Date,
    ) -> Vec<Itinerary> {
        let serving = |end: &'static Airport| {
            CARRIERS.iter().flat_map(move |carrier| {
                carrier
                    .hubs()
                    .filter(move |hub| flies(self.seed, carrier, hub, end))
                    .map(move |hub| (carrier, hub))
            })
        };
        let mut ways = Vec::new();
        for (first, hub_in) in serving(from) {
            for (last, hub_out) in serving(to) {
                let length = from.distance_km(hub_in)
                    + hub_in.distance_km(hub_out)
                    + hub_out.distance_km(to);
                if hub_in.iata == hub_out.iata || length > detour_max(from.distance_km(to)) * 1.2 {
                    continue;
                }
                let middle = [first, last]
                    .into_iter()
                    .find(|carrier| flies(self.seed, carrier, hub_in, hub_out));
                if let Some(middle) = middle {
                    ways.push((length as i64, first, hub_in, middle, hub_out, last));
                }
            }
        }
        ways.sort_by_key(|way| (way.0, way.3.code));
        ways.truncate(4);
        ways.into_iter()
            .filter_map(|(_, first, hub_in, middle, hub_out, last)| {
                let one = self.flights(first, from, hub_in, date).into_iter().next()?;
                let two = self.next_flight(&one, middle, hub_in, hub_out)?;
                let three = self.next_flight(&two, last, hub_out, to)?;
                let sold = |flight| Flight { marketing: middle.code, ..flight };
                Some(Itinerary(vec![sold(one), sold(two), sold(three)]))
            })
            .collect()
    }
}

fn connection_minutes_min(inbound: &Flight, from: &Airport, to: &Airport) -> i64 {
    if inbound.to.iata != from.iata {
        180
    } else if inbound.from.country == from.country && from.country == to.country {
        40
    } else {
        65
    }
}

fn detour_max(direct: f64) -> f64 {
    (direct * 1.45).max(direct + 900.0)
}
