//! What a seat costs, what comes with it, and what it costs to change one's mind.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Serialize};

use super::network::{Carrier, Model, carrier};
use super::schedule::{Flight, Itinerary};
use crate::sandbox::dice::Dice;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Cabin {
    Economy,
    PremiumEconomy,
    Business,
    First,
}

impl Cabin {
    pub(super) const ALL: [Self; 4] =
        [Self::Economy, Self::PremiumEconomy, Self::Business, Self::First];

    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Economy => "economy",
            Self::PremiumEconomy => "premium_economy",
            Self::Business => "business",
            Self::First => "first",
        }
    }

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Economy => "Economy",
            Self::PremiumEconomy => "Premium Economy",
            Self::Business => "Business",
            Self::First => "First",
        }
    }

    pub(super) fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cabin| cabin.code() == code)
    }

    fn price_percent(self) -> i64 {
        match self {
            Self::Economy => 100,
            Self::PremiumEconomy => 190,
            Self::Business => 370,
            Self::First => 620,
        }
    }

    /// Space on board decides how much of the fuel a traveler accounts for.
    fn emissions_percent(self) -> i64 {
        match self {
            Self::Economy => 100,
            Self::PremiumEconomy => 150,
            Self::Business => 260,
            Self::First => 380,
        }
    }
}

/// Whether something is allowed after booking, and for how much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Term {
    /// The airline doesn't say.
    Unknown,
    NotAllowed,
    Free,
    /// Pence sterling for each passenger and slice.
    Fee(i64),
}

/// A fare family: what is included beside the seat.
#[derive(Debug)]
pub(super) struct Brand {
    pub(super) name: &'static str,
    pub(super) cabin: Cabin,
    price_percent: i64,
    pub(super) carry_on: i64,
    pub(super) checked: i64,
    pub(super) change: Term,
    pub(super) refund: Term,
    pub(super) seat_choice: bool,
    pub(super) priority: bool,
    pub(super) shelf: i64,
    pub(super) fare_basis: &'static str,
}

macro_rules! brands {
    ($($name:literal $cabin:ident $percent:literal bags $carry_on:literal $checked:literal
        change $change:expr, refund $refund:expr, extras $seat:literal $priority:literal
        shelf $shelf:literal basis $basis:literal;)*) => {
        &[$(Brand {
            name: $name, cabin: Cabin::$cabin, price_percent: $percent, carry_on: $carry_on,
            checked: $checked, change: $change, refund: $refund, seat_choice: $seat,
            priority: $priority, shelf: $shelf, fare_basis: $basis,
        }),*]
    };
}

use Term::{Fee, Free, NotAllowed};

static FULL_SERVICE: &[Brand] = brands! {
    "Economy Light" Economy 100 bags 1 0 change NotAllowed, refund NotAllowed, extras false false shelf 1 basis "OLGT0";
    "Economy Classic" Economy 119 bags 1 1 change Fee(6_000), refund NotAllowed, extras true false shelf 2 basis "MCLS1";
    "Economy Flex" Economy 158 bags 1 1 change Free, refund Fee(7_000), extras true true shelf 3 basis "YFLX1";
    "Premium Economy" PremiumEconomy 100 bags 1 2 change Fee(8_000), refund NotAllowed, extras true true shelf 3 basis "ECLS2";
    "Premium Economy Flex" PremiumEconomy 132 bags 1 2 change Free, refund Fee(12_000), extras true true shelf 3 basis "WFLX2";
    "Business Saver" Business 100 bags 2 2 change Fee(15_000), refund Fee(25_000), extras true true shelf 4 basis "PSAV2";
    "Business Flex" Business 127 bags 2 2 change Free, refund Free, extras true true shelf 4 basis "JFLX2";
    "First" First 100 bags 2 3 change Free, refund Free, extras true true shelf 5 basis "FFLX3";
};

static UNITED_STATES: &[Brand] = brands! {
    "Basic Economy" Economy 100 bags 1 0 change NotAllowed, refund NotAllowed, extras false false shelf 1 basis "BBAS0";
    "Main Cabin" Economy 116 bags 1 0 change Free, refund NotAllowed, extras true false shelf 2 basis "MMNC1";
    "Main Cabin Flexible" Economy 149 bags 1 1 change Free, refund Free, extras true true shelf 3 basis "YFLX1";
    "Premium Economy" PremiumEconomy 100 bags 1 2 change Free, refund NotAllowed, extras true true shelf 3 basis "WCLS2";
    "Business" Business 100 bags 2 2 change Free, refund NotAllowed, extras true true shelf 4 basis "ICLS2";
    "Business Flexible" Business 131 bags 2 2 change Free, refund Free, extras true true shelf 4 basis "JFLX2";
    "First" First 100 bags 2 2 change Free, refund Free, extras true true shelf 5 basis "FFLX2";
};

static LOW_COST: &[Brand] = brands! {
    "Value" Economy 100 bags 0 0 change Fee(4_500), refund NotAllowed, extras false false shelf 1 basis "VALUE";
    "Plus" Economy 134 bags 1 1 change Fee(3_000), refund NotAllowed, extras true false shelf 2 basis "PLUS1";
    "Max" Economy 189 bags 1 1 change Free, refund Fee(3_500), extras true true shelf 3 basis "MAXX1";
};

/// The test airline's penalty is 40.00 pounds whatever the account's currency.
pub(super) static TEST_AIRLINE: &[Brand] = brands! {
    "Basic" Economy 100 bags 1 1 change Fee(4_000), refund Fee(4_000), extras false false shelf 1 basis "Y20LGTN2";
    "Premium" PremiumEconomy 100 bags 1 1 change Fee(4_000), refund Fee(4_000), extras true false shelf 3 basis "W20LGTN2";
    "Business" Business 100 bags 1 1 change Fee(4_000), refund Fee(4_000), extras true true shelf 4 basis "J20LGTN2";
    "First" First 100 bags 1 1 change Fee(4_000), refund Fee(4_000), extras true true shelf 5 basis "F20LGTN2";
};

pub(super) fn brands(seller: &Carrier) -> &'static [Brand] {
    match (seller.code, seller.model, seller.country) {
        ("ZZ", _, _) => TEST_AIRLINE,
        (_, Model::LowCost, _) => LOW_COST,
        (_, _, "US") => UNITED_STATES,
        _ => FULL_SERVICE,
    }
}

/// The cabin a traveler sits in on this flight: the one paid for, or the next one down.
pub(super) fn cabin_on(seed: u64, flight: &Flight, paid: Cabin) -> Cabin {
    let cabins = flight.aircraft.cabins(seed, carrier(flight.operating));
    cabins.into_iter().filter(|cabin| *cabin <= paid).max().unwrap_or(Cabin::Economy)
}

/// Airlines that publish no terms for their cheapest fares.
pub(super) fn is_silent_on_terms(seed: u64, seller: &Carrier) -> bool {
    seller.code == "JL"
        || (seller.code != "ZZ" && Dice::of(seed, &["silent on terms", seller.code]).chance(8))
}

/// Fare and taxes of one slice for one adult, in pence sterling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fare {
    pub(super) base: i64,
    pub(super) tax: i64,
}

pub(super) fn slice_fare(
    seed: u64,
    itinerary: &Itinerary,
    brand: &Brand,
    bought_on: Date,
    slices: usize,
) -> Fare {
    let seller = carrier(itinerary.owner());
    let (first, last) = (itinerary.first(), itinerary.last());
    let kilometers = first.from.distance_km(last.to);
    let mut base = distance_fare(kilometers);
    let percentages = [
        advance_percent(bought_on, first.departs.date()),
        weekday_percent(first.departs.date().weekday()),
        if seller.model == Model::LowCost { 58 } else { 104 },
        // Changing on the way is the discount for patience.
        if itinerary.0.len() > 1 { 84 } else { 100 },
        if slices > 1 { 88 } else { 100 },
        brand.cabin.price_percent(),
        brand.price_percent,
        Dice::of(seed, &["fare", &itinerary.key()]).between(86, 117),
    ];
    for percent in percentages {
        base = base * percent / 100;
    }
    Fare { base, tax: tax(first, kilometers, brand.cabin, base, itinerary.0.len()) }
}

fn distance_fare(kilometers: f64) -> i64 {
    let near = kilometers.min(1_500.0) * 7.2;
    let far = (kilometers - 1_500.0).max(0.0) * 4.1;
    2_600 + (near + far) as i64
}

fn advance_percent(bought_on: Date, departs_on: Date) -> i64 {
    match days_between(bought_on, departs_on) {
        ..=2 => 195,
        3..=6 => 162,
        7..=13 => 134,
        14..=20 => 114,
        21..=44 => 98,
        45..=89 => 86,
        _ => 80,
    }
}

pub(super) fn days_between(from: Date, to: Date) -> i64 {
    to.duration_since(from).as_hours() / 24
}

fn weekday_percent(weekday: Weekday) -> i64 {
    match weekday {
        Weekday::Friday | Weekday::Sunday => 112,
        Weekday::Tuesday | Weekday::Wednesday => 94,
        _ => 100,
    }
}

/// Airport charges, a share of the fare, and Britain's departure tax by distance and cabin.
fn tax(first: &Flight, kilometers: f64, cabin: Cabin, base: i64, flights: usize) -> i64 {
    let charges = 1_150 + 640 * i64::try_from(flights).expect("a few flights");
    let departure = match (first.from.country, kilometers > 3_200.0, cabin > Cabin::Economy) {
        ("GB", false, false) => 1_300,
        ("GB", false, true) => 2_600,
        ("GB", true, false) => 8_800,
        ("GB", true, true) => 19_400,
        _ => 0,
    };
    charges + departure + base * 6 / 100
}

/// What a passenger pays of an adult's fare, in percent.
pub(super) fn share_percent(passenger_type: &str) -> i64 {
    match passenger_type {
        "child" => 75,
        "infant_without_seat" => 10,
        _ => 100,
    }
}

/// Kilograms of carbon dioxide for one traveler.
pub(super) fn emissions_kg(seed: u64, itinerary: &Itinerary, paid: Cabin) -> i64 {
    itinerary
        .0
        .iter()
        .map(|flight| {
            let cabin = cabin_on(seed, flight, paid);
            (18 + (flight.kilometers() * 0.071) as i64) * cabin.emissions_percent() / 100
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn brands_get_dearer_and_kinder_within_a_cabin() {
        for brands in [FULL_SERVICE, UNITED_STATES, LOW_COST] {
            for pair in brands.windows(2).filter(|pair| pair[0].cabin == pair[1].cabin) {
                assert!(pair[0].price_percent < pair[1].price_percent, "{}", pair[1].name);
                assert!(pair[0].checked <= pair[1].checked, "{}", pair[1].name);
            }
        }
    }

    #[test]
    fn late_buyers_pay_more() {
        let percent = |days: i8| advance_percent(date(2026, 1, 1), date(2026, 1, 1 + days));
        let by_day: Vec<i64> = (0..30).map(percent).collect();
        assert!(by_day.is_sorted_by(|one, next| one >= next));
        assert!(by_day[0] > by_day[29] * 3 / 2);
    }

    #[test]
    fn codes_read_back() {
        for cabin in Cabin::ALL {
            assert_eq!(Cabin::parse(cabin.code()), Some(cabin));
        }
        assert_eq!(Cabin::parse("coach"), None);
    }
}
