//! The twelve rules of `policy.json` written out by hand: what somebody would write who needs these
//! rules and no others. Limits are constants, nothing is explained, nothing is allocated for an
//! offer; a verdict for each rule and the strictest level come out.

use std::collections::HashMap;

use nestmap_core::place::{Airline, Airport, City, Country};
use nestmap_core::policy::facts::{AirPlace, AirSegment, AirSlice, Flexibility};
use nestmap_core::policy::{AirFacts, Level, Verdict};
use nestmap_core::shopping::Cabin;
use nestmap_core::time::{Date, Timestamp};

/// The ids of the rules, in the order of [`Judged::verdicts`].
pub const RULES: [&str; 12] = [
    "a-cabin",
    "b-lowest-fare",
    "c-price-domestic",
    "d-price-international",
    "e-early",
    "f-preferred",
    "g-no-basic",
    "h-changeable",
    "i-connections",
    "j-layover",
    "k-airport-change",
    "l-countries",
];

/// What each rule asks for when outside, and when unknown.
const LEVELS: [[Level; 2]; 12] = [
    [Level::Approve, Level::Approve],
    [Level::Justify, Level::Approve],
    [Level::Approve, Level::Approve],
    [Level::Approve, Level::Approve],
    [Level::Justify, Level::Approve],
    [Level::Warn, Level::Warn],
    [Level::Justify, Level::Warn],
    [Level::Justify, Level::Warn],
    [Level::Warn, Level::Approve],
    [Level::Warn, Level::Warn],
    [Level::Justify, Level::Approve],
    [Level::Deny, Level::Approve],
];

/// An offer's verdicts and the strictest level among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Judged {
    pub verdicts: [Verdict; 12],
    pub level: Level,
}

/// The codes the rules name, read once.
pub struct Lists {
    preferred: [Airline; 6],
    banned: [Country; 3],
    union: [Country; 27],
}

/// What rules ask about all offers of a search.
pub struct Market<'a> {
    lists: &'a Lists,
    fastest: HashMap<(Place, Place), i64>,
    /// Offers that can be compared with, by departure.
    comparable: Vec<Comparable<'a>>,
    today: Date,
}

struct Comparable<'a> {
    departs: i64,
    minor: i64,
    flight: &'a AirFacts,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Place {
    Area(City),
    Airport(Airport),
}

const UNION: &str =
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK";

impl Lists {
    pub fn new() -> Self {
        Self { preferred: list("LH UA AF DL BA LX"), banned: list("BY KP SY"), union: list(UNION) }
    }
}

impl<'a> Market<'a> {
    /// `now` is the moment of booking; every offer leaves from the same zone.
    pub fn new(lists: &'a Lists, offers: &'a [AirFacts], now: Timestamp) -> Self {
        let zone = &offers[0].slices[0].segments[0].departs.zone;
        let mut market = Self {
            lists,
            fastest: HashMap::new(),
            comparable: Vec::with_capacity(offers.len()),
            today: now.in_zone(zone).date(),
        };
        for flight in offers {
            for slice in &flight.slices {
                if let Some(minutes) = slice.elapsed_minutes {
                    let (from, to) = ends(slice);
                    let fastest = market.fastest.entry((place(from), place(to))).or_insert(minutes);
                    *fastest = minutes.min(*fastest);
                }
            }
            if comparable(flight) {
                let departs = seconds(flight.slices[0].segments[0].departs_at);
                market.comparable.push(Comparable { departs, minor: flight.total.minor, flight });
            }
        }
        market.comparable.sort_unstable_by_key(|other| other.departs);
        market
    }

    pub fn judge(&self, flight: &AirFacts) -> Judged {
        let mut domestic = Some(true);
        let mut cabin = Verdict::NotApplicable;
        let mut basic = Verdict::NotApplicable;
        let mut connections = Verdict::NotApplicable;
        let mut layover = Verdict::NotApplicable;
        let mut airports = Verdict::NotApplicable;
        let mut carriers = Verdict::NotApplicable;
        let mut countries = Verdict::NotApplicable;
        for slice in &flight.slices {
            domestic = match (domestic, self.is_domestic(slice)) {
                (Some(all), Some(this)) => Some(all && this),
                _ => None,
            };
            cabin = cabin.max(self.cabin(slice));
            basic = basic.max(basic_economy(slice));
            connections = connections.max(within(slice.segments.len() <= 2));
            layover = layover.max(layovers(slice));
            airports = airports.max(within(!changes_airport(slice)));
            for (index, segment) in slice.segments.iter().enumerate() {
                carriers = carriers.max(self.carrier(segment));
                if index > 0 {
                    countries = countries.max(self.country(segment.origin.country));
                }
                for stop in &segment.stops {
                    countries = countries.max(self.country(stop.place.country));
                }
                countries = countries.max(self.country(segment.destination.country));
            }
        }
        let on = |wanted: bool, verdict: Verdict| match domestic {
            None => Verdict::Unknown,
            Some(domestic) if domestic == wanted => verdict,
            Some(_) => Verdict::NotApplicable,
        };
        let share = flight.total.minor;
        let first = &flight.slices[0].segments[0];
        let verdicts = [
            cabin,
            self.lowest_fare(flight),
            on(true, within(share <= 60_000 * flight.travelers)),
            on(false, within(share <= 250_000 * flight.travelers)),
            within(self.today.days_until(first.departs.date()) >= 14),
            carriers,
            basic,
            on(false, changeable(flight)),
            connections,
            layover,
            airports,
            countries,
        ];
        let mut level = Level::Allow;
        for (verdict, [outside, unknown]) in verdicts.iter().zip(LEVELS) {
            level = match verdict {
                Verdict::Outside => level.max(outside),
                Verdict::Unknown => level.max(unknown),
                _ => level,
            };
        }
        Judged { verdicts, level }
    }

    fn is_domestic(&self, slice: &AirSlice) -> Option<bool> {
        let first = slice.segments[0].origin.country?;
        let (mut one_country, mut in_union) = (true, true);
        for segment in &slice.segments {
            for country in [segment.origin.country?, segment.destination.country?] {
                one_country &= country == first;
                in_union &= self.lists.union.contains(&country);
            }
        }
        Some(one_country || in_union)
    }

    fn cabin(&self, slice: &AirSlice) -> Verdict {
        let Some(highest) = slice.segments.iter().filter_map(|segment| segment.cabin).max() else {
            return Verdict::Unknown;
        };
        let complete = slice.segments.iter().all(|segment| segment.cabin.is_some());
        let Some(own) = slice.elapsed_minutes else {
            let plain = complete && highest == Cabin::Economy;
            return if plain { Verdict::Within } else { Verdict::Unknown };
        };
        let (from, to) = ends(slice);
        let fastest = self.fastest.get(&(place(from), place(to)));
        let allowed = match fastest.map_or(own, |fastest| own.min(*fastest)) {
            ..360 => Cabin::Economy,
            360..600 => Cabin::PremiumEconomy,
            _ => Cabin::Business,
        };
        match highest <= allowed {
            false => Verdict::Outside,
            true if complete => Verdict::Within,
            true => Verdict::Unknown,
        }
    }

    fn lowest_fare(&self, flight: &AirFacts) -> Verdict {
        let Some(cabin) = flight.plainest_cabin() else { return Verdict::Unknown };
        if flight.slices.iter().any(|slice| slice.elapsed_minutes.is_none()) {
            return Verdict::Unknown;
        }
        let mut windows = [0; 6];
        for (window, slice) in windows.iter_mut().zip(&flight.slices) {
            match self.is_domestic(slice) {
                None => return Verdict::Unknown,
                Some(domestic) => *window = if domestic { 7_200 } else { 14_400 },
            }
        }
        let departs = seconds(flight.slices[0].segments[0].departs_at);
        let start = self.comparable.partition_point(|o| o.departs < departs - windows[0]);
        let end = self.comparable.partition_point(|o| o.departs <= departs + windows[0]);
        let mut lowest = flight.total.minor;
        for other in &self.comparable[start..end] {
            if other.minor < lowest && serves(flight, other.flight, cabin, &windows) {
                lowest = other.minor;
            }
        }
        // Half to even, as the rule says.
        let raised = i128::from(lowest) * 120;
        let (whole, rest) = (raised / 100, raised % 100);
        let up = rest > 50 || (rest == 50 && whole % 2 == 1);
        let limit = whole + i128::from(up) + 5_000;
        within(i128::from(flight.total.minor) <= limit)
    }

    fn carrier(&self, segment: &AirSegment) -> Verdict {
        let listed =
            |airline: Option<Airline>| airline.is_some_and(|a| self.lists.preferred.contains(&a));
        if listed(segment.marketing) || listed(segment.operating) {
            Verdict::Within
        } else if segment.marketing.is_none() || segment.operating.is_none() {
            Verdict::Unknown
        } else {
            Verdict::Outside
        }
    }

    fn country(&self, country: Option<Country>) -> Verdict {
        match country {
            None => Verdict::Unknown,
            Some(country) => within(!self.lists.banned.contains(&country)),
        }
    }
}

/// Whether an offer is one to compare with, whatever with.
fn comparable(flight: &AirFacts) -> bool {
    flight.slices.iter().all(|slice| {
        let brand = slice.fare_brand.as_deref();
        !changes_airport(slice)
            && waits(slice).all(|minutes| minutes <= 240)
            && !brand.is_some_and(|brand| brand.eq_ignore_ascii_case("light"))
    })
}

/// Whether `other` would serve the traveler as well.
fn serves(flight: &AirFacts, other: &AirFacts, cabin: Cabin, windows: &[i64; 6]) -> bool {
    other.slices.len() == flight.slices.len()
        && other.travelers == flight.travelers
        && other.plainest_cabin().is_some_and(|plainest| plainest >= cabin)
        && flight.slices.iter().zip(&other.slices).zip(windows).all(|((mine, theirs), window)| {
            let longer = match (theirs.elapsed_minutes, mine.elapsed_minutes) {
                (Some(theirs), Some(mine)) => theirs - mine,
                _ => return false,
            };
            let moved =
                seconds(mine.segments[0].departs_at) - seconds(theirs.segments[0].departs_at);
            let ((from, to), (other_from, other_to)) = (ends(mine), ends(theirs));
            theirs.segments.len() <= mine.segments.len() + 1
                && longer <= 120
                && moved.abs() <= *window
                && from.same_area(other_from)
                && to.same_area(other_to)
        })
}

fn basic_economy(slice: &AirSlice) -> Verdict {
    let economy = |cabin: Option<Cabin>| cabin == Some(Cabin::Economy);
    if !slice.segments.iter().any(|s| s.cabin.is_none() || economy(s.cabin)) {
        return Verdict::NotApplicable;
    }
    let Some(brand) = slice.fare_brand.as_deref() else { return Verdict::Unknown };
    if !["light", "basic economy"].iter().any(|name| name.eq_ignore_ascii_case(brand)) {
        return Verdict::Within;
    }
    let sure = slice.segments.iter().any(|segment| economy(segment.cabin));
    if sure { Verdict::Outside } else { Verdict::Unknown }
}

fn changeable(flight: &AirFacts) -> Verdict {
    let (least, most) = Flexibility::bounds(flight.change);
    match (least >= Flexibility::WithPenalty, most >= Flexibility::WithPenalty) {
        (true, _) => Verdict::Within,
        (false, true) => Verdict::Unknown,
        (false, false) => Verdict::Outside,
    }
}

fn layovers(slice: &AirSlice) -> Verdict {
    let verdicts = waits(slice).map(|minutes| match minutes {
        ..0 => Verdict::Unknown,
        45..=300 => Verdict::Within,
        _ => Verdict::Outside,
    });
    verdicts.max().unwrap_or(Verdict::Within)
}

/// Minutes on the ground between flights.
fn waits(slice: &AirSlice) -> impl Iterator<Item = i64> {
    let pairs = slice.segments.windows(2);
    pairs.map(|pair| (seconds(pair[1].departs_at) - seconds(pair[0].arrives_at)).div_euclid(60))
}

fn changes_airport(slice: &AirSlice) -> bool {
    slice.segments.windows(2).any(|pair| pair[0].destination.airport != pair[1].origin.airport)
}

fn within(within: bool) -> Verdict {
    if within { Verdict::Within } else { Verdict::Outside }
}

fn ends(slice: &AirSlice) -> (AirPlace, AirPlace) {
    (slice.segments[0].origin, slice.segments[slice.segments.len() - 1].destination)
}

fn place(place: AirPlace) -> Place {
    place.area.map_or(Place::Airport(place.airport), Place::Area)
}

fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}

fn list<T: std::str::FromStr, const N: usize>(codes: &str) -> [T; N] {
    let codes: Vec<T> = codes.split(' ').filter_map(|code| code.parse().ok()).collect();
    let found = codes.len();
    codes.try_into().unwrap_or_else(|_| panic!("{found} of {N} codes are known"))
}
