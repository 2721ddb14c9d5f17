//! Each kind of rule at its limits: one below, on it, one above; and without what it needs.

use serde_json::{Value, json};

use super::sample::{
    at, domestic, facts, facts_among, finding, flight, long_haul, money, offer, person, segment,
    slice, stay, verdict,
};
use crate::policy::Verdict::{NotApplicable, Outside, Unknown, Within};
use crate::policy::facts::{AirStop, Night, TotalFacts};
use crate::policy::{AirFacts, Basis, Quantity, Subject, Verdict};
use crate::shopping::{Cabin, Condition};

fn flown(flight: AirFacts) -> crate::policy::Facts {
    facts(Subject::Flight(flight))
}

fn of_flight(rule: Value, flight: AirFacts) -> Verdict {
    verdict(rule, &flown(flight))
}

fn with(mut flight: AirFacts, change: impl FnOnce(&mut AirFacts)) -> AirFacts {
    change(&mut flight);
    flight
}

fn connecting(wait_minutes: i64) -> AirFacts {
    let first = segment("FRA", "LHR", at("2026-03-10T08:00:00Z"), 100);
    let leaves = first.arrives_at.plus_minutes(wait_minutes);
    flight(vec![first, segment("LHR", "JFK", leaves, 480)])
}

#[test]
fn cabin_bands_begin_where_they_say_and_end_before_the_next() {
    let rule = json!({"kind": "air.cabin_by_duration", "measure": "elapsed", "bands": [
        {"at_least_minutes": 60, "below_minutes": 360, "cabin": "economy"},
        {"at_least_minutes": 360, "cabin": "business"},
    ]});
    let business = |minutes| {
        with(long_haul(), |flight| {
            flight.slices[0].segments[0].cabin = Some(Cabin::Business);
            flight.slices[0].elapsed_minutes = Some(minutes);
        })
    };
    for (minutes, expected) in [
        (59, NotApplicable),
        (60, Outside),
        (61, Outside),
        (359, Outside),
        (360, Within),
        (361, Within),
    ] {
        assert_eq!(of_flight(rule.clone(), business(minutes)), expected, "{minutes}");
    }
    let found = finding(rule, &flown(business(359)));
    assert_eq!(found.limit, Some(Quantity::Cabin(Cabin::Economy)));
    assert_eq!(found.actual, Some(Quantity::Cabin(Cabin::Business)));
    assert_eq!(found.context, Some(Quantity::Minutes(359)));
}

#[test]
fn each_duration_measure_measures_its_own_thing() {
    // 100 + 480 minutes in the air, 300 on the ground, of the first flight 30 at a landing.
    let journey = with(connecting(300), |flight| {
        let stop = AirStop { place: super::sample::place("BRU"), minutes: Some(30) };
        flight.slices[0].segments[0].stops.push(stop);
    });
    let fast = with(long_haul(), |fast| {
        fast.offer = Some(offer(2));
        fast.slices[0].elapsed_minutes = Some(470);
    });
    let facts = facts_among(journey, vec![fast]);
    for (measure, minutes) in
        [("flying_time", 550), ("elapsed", 880), ("longest_segment", 480), ("lowest_of_leg", 470)]
    {
        let rule = json!({"kind": "air.cabin_by_duration", "measure": measure,
            "bands": [{"cabin": "economy"}]});
        let context = finding(rule, &facts).context;
        assert_eq!(context, Some(Quantity::Minutes(minutes)), "{measure}");
    }
}

#[test]
fn a_cabin_without_duration_or_market_is_unknown_unless_every_band_allows_it() {
    let rule = json!({"kind": "air.cabin_by_duration", "measure": "lowest_of_leg", "bands": [
        {"below_minutes": 360, "cabin": "economy"}, {"at_least_minutes": 360, "cabin": "business"},
    ]});
    assert_eq!(of_flight(rule.clone(), long_haul()), Within);
    let premium = with(long_haul(), |flight| {
        flight.slices[0].segments[0].cabin = Some(Cabin::PremiumEconomy);
    });
    assert_eq!(finding(rule.clone(), &flown(premium)).basis, Basis::CandidatesMissing);
    let nameless = with(long_haul(), |flight| flight.slices[0].segments[0].cabin = None);
    assert_eq!(finding(rule, &flown(nameless)).basis, Basis::CabinMissing);
}

#[test]
fn a_known_cabin_outside_decides_though_another_is_unknown() {
    let rule = json!({"kind": "air.cabin_by_duration", "measure": "elapsed",
        "bands": [{"cabin": "economy"}]});
    let journey = with(connecting(60), |flight| {
        flight.slices[0].segments[0].cabin = None;
        flight.slices[0].segments[1].cabin = Some(Cabin::First);
    });
    assert_eq!(of_flight(rule, journey), Outside);
}

#[test]
fn a_price_cap_admits_its_amount() {
    let rule = |amount: &str, tax: &str, per: &str| json!({"kind": "air.price_cap", "amount": amount, "tax": tax, "per": per});
    for (amount, tax, per, expected) in [
        ("299.99 EUR", "included", "journey", Outside),
        ("300.00 EUR", "included", "journey", Within),
        ("300.01 EUR", "included", "journey", Within),
        ("239.99 EUR", "excluded", "journey", Outside),
        ("240.00 EUR", "excluded", "journey", Within),
        ("99.99 EUR", "included", "traveler", Outside),
        ("100.00 EUR", "included", "traveler", Within),
        ("300.00 USD", "included", "journey", Unknown),
    ] {
        let three = with(long_haul(), |flight| flight.travelers = 3);
        let found = of_flight(rule(amount, tax, per), three);
        assert_eq!(found, expected, "{amount} {tax} {per}");
    }
}

#[test]
fn a_share_above_the_cap_never_looks_like_the_cap() {
    let rule = json!({"kind": "air.price_cap", "amount": "100.00 EUR", "tax": "included",
        "per": "traveler"});
    let journey = with(long_haul(), |flight| {
        flight.travelers = 3;
        flight.total = money("300.01 EUR");
    });
    let found = finding(rule, &flown(journey));
    assert_eq!(found.verdict, Outside);
    assert_eq!(found.actual, Some(Quantity::Money(money("100.01 EUR"))));
}

#[test]
fn an_unknown_tax_matters_only_between_nothing_and_the_whole_price() {
    let rule = |amount: &str| json!({"kind": "air.price_cap", "amount": amount, "tax": "excluded", "per": "journey"});
    let journey = || with(long_haul(), |flight| flight.tax = None);
    assert_eq!(of_flight(rule("300.00 EUR"), journey()), Within);
    assert_eq!(of_flight(rule("299.99 EUR"), journey()), Unknown);
}

fn lowest_fare(changes: Value) -> Value {
    let mut rule = json!({"kind": "air.over_lowest_fare", "over_percent": 0,
        "window_minutes_domestic": 60, "window_minutes_international": 120,
        "window_on": "departure", "airports": "any", "airport_change": true, "cabin": "any"});
    let fields = rule.as_object_mut().unwrap();
    fields.extend(changes.as_object().unwrap().clone());
    rule
}

/// A cheaper offer, 200.00 EUR, that may or may not serve as well.
fn cheaper(change: impl FnOnce(&mut AirFacts)) -> AirFacts {
    with(long_haul(), |other| {
        other.offer = Some(offer(2));
        other.total = money("200.00 EUR");
        change(other);
    })
}

fn against(rule: &Value, other: AirFacts) -> Verdict {
    verdict(rule.clone(), &facts_among(long_haul(), vec![other]))
}

#[test]
fn the_lowest_fare_may_be_exceeded_by_percent_and_amount() {
    for (percent, amount, expected) in [
        (json!("49.99"), "0.00 EUR", Outside),
        (json!(50), "0.00 EUR", Within),
        (json!(0), "99.99 EUR", Outside),
        (json!(0), "100.00 EUR", Within),
        (json!(20), "59.99 EUR", Outside),
        (json!(20), "60.00 EUR", Within),
    ] {
        let rule = lowest_fare(json!({"over_percent": percent, "over_amount": amount}));
        assert_eq!(against(&rule, cheaper(|_| ())), expected, "{percent} {amount}");
    }
}

#[test]
fn the_window_is_that_of_the_slice_and_has_its_ends() {
    let later = |minutes: i64| {
        move |other: &mut AirFacts| {
            let first = &mut other.slices[0].segments[0];
            first.departs_at = first.departs_at.plus_minutes(minutes);
            first.arrives_at = first.arrives_at.plus_minutes(minutes);
        }
    };
    let rule = lowest_fare(json!({}));
    for (minutes, expected) in [(-121, Within), (-120, Outside), (120, Outside), (121, Within)] {
        assert_eq!(against(&rule, cheaper(later(minutes))), expected, "{minutes}");
    }
    for (minutes, expected) in [(60, Outside), (61, Within)] {
        let other = with(domestic(), |other| {
            other.offer = Some(offer(2));
            other.total = money("200.00 EUR");
            later(minutes)(other);
        });
        let found = verdict(rule.clone(), &facts_among(domestic(), vec![other]));
        assert_eq!(found, expected, "{minutes}");
    }
}

#[test]
fn the_window_can_be_on_arrivals_too() {
    let slow = |other: &mut AirFacts| {
        let first = &mut other.slices[0].segments[0];
        first.arrives_at = first.arrives_at.plus_minutes(121);
    };
    assert_eq!(against(&lowest_fare(json!({})), cheaper(slow)), Outside);
    let both = lowest_fare(json!({"window_on": "departure_and_arrival"}));
    assert_eq!(against(&both, cheaper(slow)), Within);
}

#[test]
fn candidates_must_serve_as_well() {
    let via_london = |wait: i64| {
        move |other: &mut AirFacts| {
            let slices = connecting(wait).slices;
            other.slices = slices;
            let shift = other.slices[0].segments[0].departs_at;
            let by = shift.seconds_until(at("2026-03-10T10:00:00Z"));
            for segment in &mut other.slices[0].segments {
                segment.departs_at = segment.departs_at.plus_seconds(by);
                segment.arrives_at = segment.arrives_at.plus_seconds(by);
            }
        }
    };
    let airport_change = |other: &mut AirFacts| {
        via_london(90)(other);
        other.slices[0].segments[1].origin = super::sample::place("LGW");
    };
    let newark = |other: &mut AirFacts| {
        other.slices[0].segments[0].destination = super::sample::place("EWR");
    };
    let boston = |other: &mut AirFacts| {
        other.slices[0].segments[0].destination = super::sample::place("BOS");
    };
    let light = |other: &mut AirFacts| other.slices[0].fare_brand = Some("LIGHT".into());
    let by = |code: &'static str| {
        move |other: &mut AirFacts| {
            other.slices[0].segments[0].operating = Some(code.parse().unwrap());
        }
    };
    let premium = |other: &mut AirFacts| {
        other.slices[0].segments[0].cabin = Some(Cabin::PremiumEconomy);
    };
    let two_travelers = |other: &mut AirFacts| other.travelers = 2;
    let cases: Vec<(Value, AirFacts, Verdict)> = vec![
        (json!({"added_connections_max": 0}), cheaper(via_london(90)), Within),
        (json!({"added_connections_max": 1}), cheaper(via_london(90)), Outside),
        // The direct flight takes 600 minutes, the other 580 and the wait.
        (json!({"added_minutes_max": 69}), cheaper(via_london(90)), Within),
        (json!({"added_minutes_max": 70}), cheaper(via_london(90)), Outside),
        (json!({"layover_minutes_max": 89}), cheaper(via_london(90)), Within),
        (json!({"layover_minutes_max": 90}), cheaper(via_london(90)), Outside),
        (json!({"airport_change": false}), cheaper(airport_change), Within),
        (json!({"airport_change": true}), cheaper(airport_change), Outside),
        (json!({"airports": "same"}), cheaper(newark), Within),
        (json!({"airports": "same_area"}), cheaper(newark), Outside),
        (json!({"airports": "same_area"}), cheaper(boston), Within),
        (json!({"airports": "any"}), cheaper(boston), Outside),
        (json!({"fare_brands_excluded": ["light"]}), cheaper(light), Within),
        (json!({"fare_brands_excluded": ["basic"]}), cheaper(light), Outside),
        (json!({"carriers_excluded": ["@star"]}), cheaper(by("UA")), Within),
        (json!({"carriers_excluded": ["BA"]}), cheaper(by("UA")), Outside),
        (json!({"cabin": "at_least_same"}), cheaper(premium), Outside),
        (json!({}), cheaper(two_travelers), Within),
    ];
    for (changes, other, expected) in cases {
        assert_eq!(against(&lowest_fare(changes.clone()), other), expected, "{changes}");
    }
}

#[test]
fn a_plainer_cabin_is_compared_with_only_when_asked_for() {
    let mine = with(long_haul(), |flight| {
        flight.slices[0].segments[0].cabin = Some(Cabin::Business);
    });
    let facts = facts_among(mine, vec![cheaper(|_| ())]);
    assert_eq!(verdict(lowest_fare(json!({"cabin": "at_least_same"})), &facts), Within);
    assert_eq!(verdict(lowest_fare(json!({"cabin": "any"})), &facts), Outside);
}

#[test]
fn durations_beyond_any_flight_are_compared_without_overflow() {
    let rule = lowest_fare(json!({"added_minutes_max": 60}));
    let lasting = |minutes: i64| {
        move |flight: &mut AirFacts| flight.slices[0].elapsed_minutes = Some(minutes)
    };
    for (mine, other, expected) in [
        (i64::MIN, 600, Within),
        (i64::MIN, i64::MAX, Within),
        (i64::MAX, i64::MIN, Outside),
        (600, i64::MIN, Outside),
        (600, i64::MAX, Within),
    ] {
        let facts = facts_among(with(long_haul(), lasting(mine)), vec![cheaper(lasting(other))]);
        assert_eq!(verdict(rule.clone(), &facts), expected, "{mine} {other}");
    }
}

#[test]
fn a_landing_longer_than_the_flight_leaves_the_flying_time_unknown() {
    let rule = json!({"kind": "air.cabin_by_duration", "measure": "flying_time",
        "bands": [{"below_minutes": 1, "cabin": "economy"}, {"at_least_minutes": 1, "cabin": "first"}]});
    for (landing, expected) in
        [(599, Within), (600, Outside), (601, Unknown), (i64::MAX, Unknown), (i64::MIN, Unknown)]
    {
        let journey = with(long_haul(), |flight| {
            let segment = &mut flight.slices[0].segments[0];
            segment.cabin = Some(Cabin::Business);
            let place = super::sample::place("BRU");
            segment.stops.push(AirStop { place, minutes: Some(landing) });
        });
        assert_eq!(of_flight(rule.clone(), journey), expected, "{landing}");
    }
}

#[test]
fn the_lowest_fare_needs_a_market_of_the_size_the_rule_wants() {
    let rule = lowest_fare(json!({"candidates_min": 2}));
    assert_eq!(finding(rule.clone(), &flown(long_haul())).basis, Basis::CandidatesMissing);
    let alone = facts_among(long_haul(), vec![]);
    assert_eq!(finding(rule.clone(), &alone).basis, Basis::CandidatesFew);
    assert_eq!(against(&rule, cheaper(|_| ())), Outside);
    let three = lowest_fare(json!({"candidates_min": 3}));
    assert_eq!(against(&three, cheaper(|_| ())), Unknown);
}

#[test]
fn the_lowest_fare_shows_what_it_compared_with() {
    let rule = lowest_fare(json!({"over_percent": 10}));
    let found = finding(rule, &facts_among(long_haul(), vec![cheaper(|_| ())]));
    assert_eq!(found.limit, Some(Quantity::Money(money("220.00 EUR"))));
    assert_eq!(found.actual, Some(Quantity::Money(money("300.00 EUR"))));
    assert_eq!(found.context, Some(Quantity::Money(money("200.00 EUR"))));
    assert_eq!(found.basis, Basis::Candidates);
}

/// Offers that serve as well, at these prices; ids from 2.
fn priced(prices: &[&str]) -> Vec<AirFacts> {
    let offers = prices.iter().zip(2..).map(|(price, number)| {
        with(long_haul(), |other| {
            other.offer = Some(offer(number));
            other.total = money(price);
        })
    });
    offers.collect()
}

#[test]
fn the_median_is_somebody_s_price_and_the_mean_is_rounded_once() {
    let mine = |price: &str| with(long_haul(), |flight| flight.total = money(price));
    for (average, others, price, limit, expected) in [
        ("median", &["100.00 EUR", "200.00 EUR"][..], "300.00 EUR", "200.00 EUR", Outside),
        ("median", &["100.00 EUR", "200.00 EUR"], "200.00 EUR", "200.00 EUR", Within),
        ("median", &["100.00 EUR", "200.00 EUR"], "200.01 EUR", "200.00 EUR", Outside),
        // Of an even number the lower of the two in the middle.
        (
            "median",
            &["100.00 EUR", "150.00 EUR", "250.00 EUR"],
            "300.00 EUR",
            "150.00 EUR",
            Outside,
        ),
        ("median", &[], "300.00 EUR", "300.00 EUR", Within),
        ("mean", &["100.00 EUR", "200.00 EUR"], "300.00 EUR", "200.00 EUR", Outside),
        ("mean", &["100.00 EUR", "200.00 EUR"], "150.00 EUR", "150.00 EUR", Within),
        // 100.005 goes down to the even cent, 100.015 up.
        ("mean", &["100.00 EUR"], "100.01 EUR", "100.00 EUR", Outside),
        ("mean", &["100.03 EUR"], "100.00 EUR", "100.02 EUR", Within),
    ] {
        let rule =
            json!({"kind": "air.over_average_fare", "average": average, "candidates_min": 1});
        let found = finding(lowest_fare(rule), &facts_among(mine(price), priced(others)));
        assert_eq!(found.verdict, expected, "{average} {others:?} {price}");
        assert_eq!(found.limit, Some(Quantity::Money(money(limit))), "{average} {others:?}");
    }
    // A third of 0.10 more than 50 percent: rounded before raising it would be another cent.
    let rule = json!({"kind": "air.over_average_fare", "average": "mean", "candidates_min": 1,
        "over_percent": 50, "over_amount": "1.00 EUR"});
    let facts = facts_among(mine("0.10 EUR"), priced(&["0.00 EUR", "0.00 EUR"]));
    let found = finding(lowest_fare(rule), &facts);
    assert_eq!(found.context, Some(Quantity::Money(money("0.03 EUR"))));
    assert_eq!(found.limit, Some(Quantity::Money(money("1.05 EUR"))));
}

#[test]
fn an_average_wants_five_prices_unless_told_otherwise() {
    let rule = lowest_fare(json!({"kind": "air.over_average_fare", "average": "median"}));
    let others = ["100.00 EUR"; 4];
    for (count, expected) in [(3, Unknown), (4, Outside)] {
        let facts = facts_among(long_haul(), priced(&others[..count]));
        assert_eq!(verdict(rule.clone(), &facts), expected, "{count}");
    }
    let few = finding(rule.clone(), &facts_among(long_haul(), priced(&others[..3])));
    assert_eq!(few.basis, Basis::CandidatesFew);
    assert_eq!(finding(rule, &flown(long_haul())).basis, Basis::CandidatesMissing);
}

#[test]
fn fares_of_as_many_connections_and_the_same_cabin_can_be_asked_for() {
    let mine = || {
        let journey = connecting(60);
        with(journey, |flight| flight.slices[0].segments[1].cabin = Some(Cabin::Business))
    };
    let nonstop = with(long_haul(), |other| {
        other.offer = Some(offer(2));
        other.total = money("200.00 EUR");
        other.slices[0].segments[0].departs_at = mine().slices[0].segments[0].departs_at;
    });
    let front = with(nonstop.clone(), |other| {
        other.slices[0].segments[0].cabin = Some(Cabin::PremiumEconomy);
    });
    for (changes, other, expected) in [
        (json!({"fewer_connections_max": 0}), &nonstop, Within),
        (json!({"fewer_connections_max": 1}), &nonstop, Outside),
        (json!({"cabin": "same"}), &nonstop, Outside),
        (json!({"cabin": "at_least_same"}), &front, Outside),
        (json!({"cabin": "same"}), &front, Within),
    ] {
        let facts = facts_among(mine(), vec![other.clone()]);
        assert_eq!(verdict(lowest_fare(changes.clone()), &facts), expected, "{changes}");
    }
}

#[test]
fn added_minutes_can_count_from_the_most_direct_route() {
    // The offer lasts 640 minutes, another connection 700 and the fastest one 600.
    let dear = with(long_haul(), |other| {
        other.offer = Some(offer(2));
        other.total = money("900.00 EUR");
    });
    let slow = with(connecting(120), |other| {
        other.offer = Some(offer(3));
        other.total = money("200.00 EUR");
    });
    for (added, to, expected) in [
        (59, "offer", Within),
        (60, "offer", Outside),
        (99, "fastest", Within),
        (100, "fastest", Outside),
    ] {
        let rule = lowest_fare(json!({"added_minutes_max": added, "added_to": to}));
        let facts = facts_among(connecting(60), vec![dear.clone(), slow.clone()]);
        assert_eq!(verdict(rule, &facts), expected, "{added} {to}");
    }
}

#[test]
fn advance_booking_counts_calendar_days_where_the_journey_begins() {
    let rule = |days: i64| json!({"kind": "air.advance_booking", "days_min": days});
    // Booked on the 2nd, flown on the 10th.
    for (days, expected) in [(7, Within), (8, Within), (9, Outside)] {
        assert_eq!(of_flight(rule(days), long_haul()), expected, "{days}");
    }
    // At 23:30 UTC on the 9th it is the 10th in Frankfurt and still the 9th in New York.
    let mut late = flown(long_haul());
    late.trip.now = at("2026-03-09T23:30:00Z");
    let days = |facts: &crate::policy::Facts| finding(rule(0), facts).actual;
    assert_eq!(days(&late), Some(Quantity::Days(0)));
    let westbound = flight(vec![segment("JFK", "FRA", at("2026-03-10T15:00:00Z"), 450)]);
    late.subject = Subject::Flight(westbound);
    assert_eq!(days(&late), Some(Quantity::Days(1)));
}

#[test]
fn airlines_are_told_apart_by_role() {
    let rule = |mode: &str, by: &str, list: &[&str]| json!({"kind": "air.carriers", "mode": mode, "by": by, "carriers": list});
    let codeshare = |marketing: Option<&str>, operating: Option<&str>| {
        with(long_haul(), |flight| {
            let segment = &mut flight.slices[0].segments[0];
            segment.marketing = marketing.map(|code| code.parse().unwrap());
            segment.operating = operating.map(|code| code.parse().unwrap());
        })
    };
    let lh_by_ua = || codeshare(Some("LH"), Some("UA"));
    let lh_by_unknown = || codeshare(Some("LH"), None);
    for (mode, by, list, journey, expected) in [
        ("allow", "marketing", ["LH"], lh_by_ua(), Within),
        ("allow", "operating", ["LH"], lh_by_ua(), Outside),
        ("allow", "any", ["LH"], lh_by_ua(), Within),
        ("prefer", "any", ["BA"], lh_by_ua(), Outside),
        ("prefer", "any", ["@star"], lh_by_ua(), Within),
        ("ban", "marketing", ["UA"], lh_by_ua(), Within),
        ("ban", "operating", ["UA"], lh_by_ua(), Outside),
        ("ban", "any", ["UA"], lh_by_ua(), Outside),
        ("ban", "any", ["BA"], lh_by_ua(), Within),
        ("ban", "any", ["BA"], lh_by_unknown(), Unknown),
        ("ban", "any", ["LH"], lh_by_unknown(), Outside),
        ("allow", "any", ["LH"], lh_by_unknown(), Within),
        ("allow", "operating", ["LH"], lh_by_unknown(), Unknown),
    ] {
        let found = of_flight(rule(mode, by, &list), journey);
        assert_eq!(found, expected, "{mode} {by} {list:?}");
    }
    let found = finding(rule("allow", "any", &["BA"]), &flown(lh_by_ua()));
    assert_eq!(found.actual, Some(Quantity::Codes(vec!["LH".into(), "UA".into()])));
}

#[test]
fn a_rule_about_airlines_can_be_idle_where_it_would_leave_nothing() {
    let rule = |mode: &str, list: &[&str]| json!({"kind": "air.carriers", "mode": mode, "by": "operating", "carriers": list, "idle_without_alternative": true});
    let flown_by = |number: u128, code: Option<&str>| {
        with(long_haul(), |flight| {
            flight.offer = Some(offer(number));
            flight.slices[0].segments[0].operating = code.map(|code| code.parse().unwrap());
        })
    };
    for (mode, list, mine, other, expected) in [
        ("prefer", &["LH"][..], Some("BA"), Some("LH"), Outside),
        ("prefer", &["LH"], Some("LH"), Some("BA"), Within),
        ("prefer", &["AF"], Some("BA"), Some("LH"), NotApplicable),
        ("ban", &["LH"], Some("LH"), Some("BA"), Outside),
        ("ban", &["LH", "BA"], Some("LH"), Some("BA"), NotApplicable),
        // Whoever it is may be the one the rule wants.
        ("prefer", &["AF"], Some("BA"), None, Unknown),
        ("prefer", &["AF"], None, Some("BA"), Unknown),
        ("prefer", &["LH"], None, Some("LH"), Unknown),
    ] {
        let facts = facts_among(flown_by(1, mine), vec![flown_by(2, other)]);
        let found = finding(rule(mode, list), &facts);
        assert_eq!(found.verdict, expected, "{mode} {list:?} {mine:?} {other:?}");
        if expected == NotApplicable {
            assert_eq!(found.basis, Basis::NoAlternative);
        }
    }
    let alone = finding(rule("prefer", &["LH"]), &flown(flown_by(1, Some("BA"))));
    assert_eq!((alone.verdict, alone.basis), (Unknown, Basis::CandidatesMissing));
    assert_eq!(of_flight(rule("prefer", &["LH"]), flown_by(1, Some("LH"))), Within);
}

#[test]
fn emissions_are_those_of_a_traveler_and_of_a_kilometer() {
    let rule =
        |per: &str, grams: i64| json!({"kind": "air.emissions", "per": per, "grams_max": grams});
    let journey = |grams: Option<i64>, kilometers: [Option<i64>; 2]| {
        with(connecting(60), |flight| {
            flight.travelers = 2;
            flight.emissions_grams = grams;
            for (segment, length) in flight.slices[0].segments.iter_mut().zip(kilometers) {
                segment.distance_km = length;
            }
        })
    };
    let known = [Some(600), Some(400)];
    for (per, most, grams, kilometers, expected) in [
        ("traveler", 99_999, Some(200_000), known, Outside),
        ("traveler", 100_000, Some(200_000), known, Within),
        ("traveler", 100_000, Some(200_001), known, Outside),
        ("traveler", 100_001, Some(200_000), [None, None], Within),
        ("traveler_km", 99, Some(200_000), known, Outside),
        ("traveler_km", 100, Some(200_000), known, Within),
        ("traveler_km", 100, Some(200_001), known, Outside),
        ("traveler_km", 101, Some(200_000), known, Within),
        // The flight of unknown length can only make it less a kilometer.
        ("traveler_km", 200, Some(200_000), [Some(500), None], Within),
        ("traveler_km", 199, Some(200_000), [Some(500), None], Unknown),
        ("traveler_km", 100, Some(0), [None, Some(0)], Within),
        ("traveler_km", 100, Some(1), [None, Some(-1)], Unknown),
        ("traveler", 100, None, known, Unknown),
        ("traveler", 100, Some(-1), known, Unknown),
    ] {
        let found = of_flight(rule(per, most), journey(grams, kilometers));
        assert_eq!(found, expected, "{per} {most} {grams:?} {kilometers:?}");
    }
    let found = finding(rule("traveler_km", 100), &flown(journey(Some(200_001), known)));
    assert_eq!(found.basis, Basis::PerKilometer);
    assert_eq!(found.actual, Some(Quantity::Count(101)));
    let missing = finding(rule("traveler", 1), &flown(journey(None, known)));
    assert_eq!(missing.basis, Basis::EmissionsMissing);
    let missing = finding(rule("traveler_km", 1), &flown(journey(Some(1), [None, None])));
    assert_eq!(missing.basis, Basis::DistanceMissing);
    let nowhere = with(journey(Some(1), known), |flight| flight.slices.clear());
    assert_eq!(of_flight(rule("traveler_km", 1), nowhere), Unknown);
}

#[test]
fn conditions_have_bounds_and_unknown_between() {
    let fee = |amount| Condition::Yes { penalty: Some(money(amount)) };
    let at_cost = Condition::Yes { penalty: None };
    for (least, most, condition, expected) in [
        (Some("with_penalty"), None, Condition::No, Outside),
        (Some("with_penalty"), None, fee("1.00 EUR"), Within),
        (Some("with_penalty"), None, at_cost, Within),
        (Some("with_penalty"), None, Condition::Unknown, Unknown),
        (Some("full"), None, fee("0.01 EUR"), Outside),
        (Some("full"), None, fee("0.00 EUR"), Within),
        (Some("full"), None, at_cost, Unknown),
        (None, Some("none"), Condition::No, Within),
        (None, Some("none"), at_cost, Outside),
        (None, Some("with_penalty"), fee("0.00 EUR"), Outside),
        (None, Some("with_penalty"), at_cost, Unknown),
        (Some("none"), Some("full"), Condition::Unknown, Within),
    ] {
        for kind in ["air.refundable", "air.changeable"] {
            let mut rule = json!({"kind": kind});
            if let Some(least) = least {
                rule["at_least"] = json!(least);
            }
            if let Some(most) = most {
                rule["at_most"] = json!(most);
            }
            let journey = with(long_haul(), |flight| {
                let (used, other) = match kind {
                    "air.refundable" => (&mut flight.refund, &mut flight.change),
                    _ => (&mut flight.change, &mut flight.refund),
                };
                *used = condition;
                *other = Condition::Unknown;
            });
            let found = of_flight(rule, journey);
            assert_eq!(found, expected, "{kind} {least:?} {most:?} {condition:?}");
        }
    }
}

#[test]
fn basic_economy_goes_by_the_fare_s_name_in_economy() {
    let rule = json!({"kind": "air.basic_economy"});
    let fare = |brand: Option<&str>, cabin: Option<Cabin>| {
        with(long_haul(), |flight| {
            flight.slices[0].fare_brand = brand.map(str::to_owned);
            flight.slices[0].segments[0].cabin = cabin;
        })
    };
    for (brand, cabin, expected) in [
        (Some("Basic Economy"), Some(Cabin::Economy), Outside),
        (Some("LIGHT"), Some(Cabin::Economy), Outside),
        (Some("Basic Economy Plus"), Some(Cabin::Economy), Within),
        (Some("Light"), Some(Cabin::Business), NotApplicable),
        (Some("Light"), None, Unknown),
        (Some("Flex"), None, Within),
        (None, Some(Cabin::Economy), Unknown),
        (None, Some(Cabin::First), NotApplicable),
    ] {
        let found = of_flight(rule.clone(), fare(brand, cabin));
        assert_eq!(found, expected, "{brand:?} {cabin:?}");
    }
    let found = finding(rule, &flown(fare(Some("Light"), Some(Cabin::Economy))));
    assert_eq!(found.actual, Some(Quantity::Codes(vec!["Light".into()])));
    assert!(found.limit.is_some());
}

#[test]
fn plane_changes_and_landings_are_counted() {
    let rule = |most: i64, stops: bool| json!({"kind": "air.connections", "connections_max": most, "count_stops": stops});
    let journey = || {
        with(connecting(60), |flight| {
            let stop = AirStop { place: super::sample::place("BRU"), minutes: None };
            flight.slices[0].segments[0].stops.push(stop);
        })
    };
    for (most, stops, expected) in [
        (0, false, Outside),
        (1, false, Within),
        (2, false, Within),
        (1, true, Outside),
        (2, true, Within),
        (3, true, Within),
    ] {
        assert_eq!(of_flight(rule(most, stops), journey()), expected, "{most} {stops}");
    }
}

#[test]
fn waits_are_neither_too_short_nor_too_long() {
    let rule = json!({"kind": "air.layover", "minutes_min": 40, "minutes_max": 240});
    for (wait, expected) in [
        (-1, Unknown),
        (39, Outside),
        (40, Within),
        (41, Within),
        (239, Within),
        (240, Within),
        (241, Outside),
    ] {
        assert_eq!(of_flight(rule.clone(), connecting(wait)), expected, "{wait}");
    }
    assert_eq!(finding(rule.clone(), &flown(connecting(39))).basis, Basis::LayoverShort);
    assert_eq!(finding(rule.clone(), &flown(connecting(241))).basis, Basis::LayoverLong);
    assert_eq!(of_flight(rule, long_haul()), Within);
}

#[test]
fn changing_airports_is_seen() {
    let rule = json!({"kind": "air.airport_change"});
    assert_eq!(of_flight(rule.clone(), connecting(60)), Within);
    let across_london = with(connecting(180), |flight| {
        flight.slices[0].segments[1].origin = super::sample::place("LGW");
    });
    let found = finding(rule, &flown(across_london));
    assert_eq!(found.verdict, Outside);
    assert_eq!(found.context, Some(Quantity::Codes(vec!["LGW".into(), "LHR".into()])));
}

#[test]
fn domestic_is_one_country_or_one_group() {
    let rule = |route: &str, groups: Option<&[&str]>| {
        let mut rule = json!({"kind": "air.connections", "connections_max": 9, "route": route});
        if let Some(groups) = groups {
            rule["domestic_groups"] = json!(groups);
        }
        rule
    };
    let paris = || flight(vec![segment("FRA", "CDG", at("2026-03-10T10:00:00Z"), 60)]);
    let via_zurich = || {
        let first = segment("FRA", "LHR", at("2026-03-10T10:00:00Z"), 60);
        flight(vec![first, segment("LHR", "MUC", at("2026-03-10T13:00:00Z"), 60)])
    };
    for (route, groups, journey, expected) in [
        ("domestic", None, domestic(), Within),
        ("international", None, domestic(), NotApplicable),
        ("domestic", None, paris(), NotApplicable),
        ("domestic", Some(&["near"][..]), paris(), Within),
        ("international", Some(&["near"][..]), paris(), NotApplicable),
        ("domestic", Some(&["english"][..]), paris(), NotApplicable),
        // Landing abroad on the way makes it international.
        ("domestic", None, via_zurich(), NotApplicable),
        ("any", None, via_zurich(), Within),
    ] {
        let found = of_flight(rule(route, groups), journey);
        assert_eq!(found, expected, "{route} {groups:?}");
    }
    let nowhere = with(domestic(), |flight| flight.slices[0].segments[0].origin.country = None);
    assert_eq!(of_flight(rule("domestic", None), nowhere), Unknown);
}

fn nightly(caps: Value, tax: &str, fees: &str, measure: &str) -> Value {
    json!({"kind": "lodging.nightly_cap", "caps": caps, "tax": tax, "mandatory_fees": fees,
        "measure": measure})
}

#[test]
fn nights_are_priced_with_what_the_rule_counts() {
    for (tax, fees, amount) in [
        ("included", "included", 115),
        ("included", "excluded", 110),
        ("excluded", "included", 105),
        ("excluded", "excluded", 100),
    ] {
        for (cap, expected) in [
            (format!("{}.99 EUR", amount - 1), Outside),
            (format!("{amount}.00 EUR"), Within),
            (format!("{amount}.01 EUR"), Within),
        ] {
            for measure in ["each_night", "average"] {
                let caps = json!([{"place": "world", "amount": cap}]);
                let rule = nightly(caps, tax, fees, measure);
                let found = verdict(rule, &facts(Subject::Stay(stay())));
                assert_eq!(found, expected, "{tax} {fees} {cap} {measure}");
            }
        }
    }
}

#[test]
fn parts_of_a_night_that_are_unknown_leave_bounds() {
    let night = |base: Option<&str>, tax: Option<&str>, total: Option<&str>| Night {
        base: base.map(money),
        tax: tax.map(money),
        mandatory_fees: Some(money("0.00 EUR")),
        total: total.map(money),
    };
    for (tax, night, expected) in [
        ("included", night(Some("101.00 EUR"), None, None), Outside),
        ("included", night(Some("100.00 EUR"), None, None), Unknown),
        ("included", night(None, None, Some("100.00 EUR")), Within),
        ("included", night(None, None, Some("100.01 EUR")), Outside),
        ("excluded", night(None, None, Some("100.00 EUR")), Within),
        ("excluded", night(None, None, Some("100.01 EUR")), Unknown),
        ("excluded", night(None, Some("0.01 EUR"), Some("100.01 EUR")), Within),
        ("excluded", night(None, Some("0.00 EUR"), Some("100.01 EUR")), Outside),
        ("included", Night::default(), Unknown),
        ("included", night(Some("100.00 USD"), Some("0.00 EUR"), None), Unknown),
    ] {
        let mut one = stay();
        one.nights = vec![night];
        let caps = json!([{"place": "world", "amount": "100.00 EUR"}]);
        let rule = nightly(caps, tax, "included", "each_night");
        assert_eq!(verdict(rule, &facts(Subject::Stay(one))), expected, "{tax} {night:?}");
    }
}

#[test]
fn the_most_specific_place_with_a_cap_for_the_night_wins() {
    let all = json!([
        {"place": "world", "amount": "1.00 EUR"},
        {"place": "group:near", "amount": "2.00 EUR"},
        {"place": "country:DE", "amount": "3.00 EUR"},
        {"place": "area:LON", "amount": "4.00 EUR"},
        {"place": "town:DE/MUNICH", "amount": "5.00 EUR"},
        {"place": "property:hotel-1", "amount": "6.00 EUR"},
    ]);
    let list = all.as_array().unwrap();
    for (kept, expected) in [(1, "1"), (2, "2"), (3, "3"), (4, "3"), (5, "5"), (6, "6")] {
        let rule = nightly(json!(list[..kept]), "included", "included", "each_night");
        let limit = finding(rule, &facts(Subject::Stay(stay()))).limit;
        assert_eq!(limit, Some(Quantity::Money(money(&format!("{expected}.00 EUR")))), "{kept}");
    }
}

#[test]
fn each_night_is_held_against_its_own_season() {
    let caps = json!([
        {"place": "world", "amount": "120.00 EUR"},
        {"place": "world", "season": {"from": "03-11", "until": "03-12"}, "amount": "110.00 EUR"},
    ]);
    let each = nightly(caps.clone(), "included", "included", "each_night");
    let found = finding(each, &facts(Subject::Stay(stay())));
    assert_eq!(found.verdict, Outside);
    assert_eq!(found.context, Some(Quantity::Date("2026-03-11".parse().unwrap())));
    // On average 115.00 of 115.00 are allowed.
    let average = nightly(caps, "included", "included", "average");
    let found = finding(average, &facts(Subject::Stay(stay())));
    assert_eq!((found.verdict, found.basis), (Within, Basis::Averaged));
    assert_eq!(found.limit, Some(Quantity::Money(money("115.00 EUR"))));
}

#[test]
fn a_season_runs_over_the_new_year() {
    let caps = json!([{"place": "world", "season": {"from": "12-20", "until": "01-02"},
        "amount": "1.00 EUR"}]);
    let rule = nightly(caps, "included", "included", "each_night");
    for (evening, expected) in [
        ("2026-12-19", NotApplicable),
        ("2026-12-20", Outside),
        ("2027-01-01", Outside),
        ("2027-01-02", NotApplicable),
    ] {
        let mut one = stay();
        one.nights.truncate(1);
        one.check_in = evening.parse().unwrap();
        assert_eq!(verdict(rule.clone(), &facts(Subject::Stay(one))), expected, "{evening}");
    }
}

#[test]
fn stars_have_bounds_by_place() {
    let rule = json!({"kind": "lodging.stars", "ranges": [
        {"place": "country:DE", "stars_tenths_min": 25, "stars_tenths_max": 40},
        {"place": "property:other", "stars_tenths_max": 50},
    ]});
    for (stars, expected) in
        [(24, Outside), (25, Within), (26, Within), (39, Within), (40, Within), (41, Outside)]
    {
        let mut one = stay();
        one.stars_tenths = Some(stars);
        assert_eq!(verdict(rule.clone(), &facts(Subject::Stay(one))), expected, "{stars}");
    }
    let mut unrated = stay();
    unrated.stars_tenths = None;
    assert_eq!(verdict(rule.clone(), &facts(Subject::Stay(unrated))), Unknown);
    let mut abroad = stay();
    abroad.place.country = Some("FR".parse().unwrap());
    assert_eq!(verdict(rule, &facts(Subject::Stay(abroad))), NotApplicable);
}

#[test]
fn countries_are_those_the_traveler_goes_to_or_through() {
    let rule = |mode: &str, reach: &str, list: &[&str]| json!({"kind": "general.countries", "mode": mode, "reach": reach, "countries": list});
    for (mode, reach, list, expected) in [
        ("ban", "destination", &["GB"][..], Within),
        ("ban", "transit", &["GB"][..], Outside),
        ("ban", "destination", &["US"][..], Outside),
        // Where a journey begins isn't gone to.
        ("ban", "transit", &["DE"][..], Within),
        ("allow", "destination", &["US"][..], Within),
        ("allow", "transit", &["US"][..], Outside),
        ("allow", "transit", &["@english"][..], Within),
    ] {
        let found = of_flight(rule(mode, reach, list), connecting(60));
        assert_eq!(found, expected, "{mode} {reach} {list:?}");
    }
    let found = finding(rule("allow", "transit", &["US"]), &flown(connecting(60)));
    assert_eq!(found.actual, Some(Quantity::Codes(vec!["GB".into()])));
    let staying = facts(Subject::Stay(stay()));
    assert_eq!(verdict(rule("ban", "destination", &["DE"]), &staying), Outside);
    let mut nowhere = stay();
    nowhere.place.country = None;
    let staying = facts(Subject::Stay(nowhere));
    assert_eq!(verdict(rule("ban", "destination", &["DE"]), &staying), Unknown);
    let mut whole = facts(Subject::Trip(TotalFacts::default()));
    assert_eq!(verdict(rule("ban", "destination", &["DE"]), &whole), NotApplicable);
    whole.trip.destinations.insert("DE".parse().unwrap());
    assert_eq!(verdict(rule("ban", "destination", &["DE"]), &whole), Outside);
}

#[test]
fn a_budget_counts_the_trip_s_other_items() {
    let rule = json!({"kind": "general.trip_budget", "amount": "1000.00 EUR"});
    for (others, expected) in [
        ("699.99 EUR", Within),
        ("700.00 EUR", Within),
        ("700.01 EUR", Outside),
        ("1.00 USD", Unknown),
    ] {
        let mut facts = flown(long_haul());
        facts.trip.other_costs = vec![money(others)];
        assert_eq!(verdict(rule.clone(), &facts), expected, "{others}");
    }
    let mut staying = facts(Subject::Stay(stay()));
    staying.trip.other_costs = vec![money("770.01 EUR")];
    assert_eq!(verdict(rule.clone(), &staying), Outside);
    let costs = vec![money("1000.01 EUR")];
    let whole = Subject::Trip(TotalFacts { costs, ..TotalFacts::default() });
    assert_eq!(verdict(rule, &facts(whole)), Outside);
}

fn required(predicate: Value) -> Value {
    json!({"kind": "general.requirement", "require": predicate})
}

#[test]
fn numbers_and_words_are_within_their_bounds() {
    let journey = || {
        with(connecting(60), |flight| {
            flight.travelers = 2;
            flight.slices[0].segments[1].cabin = Some(Cabin::Business);
            flight.refund = Condition::Yes { penalty: Some(money("1.00 EUR")) };
            flight.change = Condition::No;
            flight.slices.push(flight.slices[0].clone());
        })
    };
    let kept = Subject::Stay(stay());
    let (flown, slept) = (flown(journey()), facts(kept));
    for (fact, below, actual, above) in [
        ("flight.travelers", json!(1), json!(2), json!(3)),
        ("flight.slices", json!(1), json!(2), json!(3)),
        ("flight.connections", json!(0), json!(1), json!(2)),
        ("flight.elapsed_minutes", json!(639), json!(640), json!(641)),
        ("flight.days_ahead", json!(7), json!(8), json!(9)),
        // Eight in the morning in UTC is nine in Frankfurt.
        ("flight.departure_minute", json!(539), json!(540), json!(541)),
        ("flight.total", json!("299.99 EUR"), json!("300.00 EUR"), json!("300.01 EUR")),
        ("flight.cabin_highest", json!("premium_economy"), json!("business"), json!("first")),
        ("flight.refund", json!("none"), json!("with_penalty"), json!("full")),
        ("stay.nights", json!(1), json!(2), json!(3)),
        ("stay.stars_tenths", json!(39), json!(40), json!(41)),
    ] {
        let facts = if fact.starts_with("stay") { &slept } else { &flown };
        for (test, expected) in [
            (json!({"fact": fact, "at_least": below}), Within),
            (json!({"fact": fact, "at_least": actual}), Within),
            (json!({"fact": fact, "at_least": above}), Outside),
            (json!({"fact": fact, "at_most": below}), Outside),
            (json!({"fact": fact, "at_most": actual}), Within),
            (json!({"fact": fact, "at_most": above}), Within),
            (json!({"fact": fact, "at_least": actual, "at_most": actual}), Within),
        ] {
            assert_eq!(verdict(required(test.clone()), facts), expected, "{test}");
        }
    }
    for (test, expected) in [
        (json!({"fact": "flight.cabin_plainest", "at_most": "economy"}), Within),
        (json!({"fact": "flight.cabin_plainest", "at_least": "premium_economy"}), Outside),
        (json!({"fact": "flight.change", "at_most": "none"}), Within),
        (json!({"fact": "flight.change", "at_least": "with_penalty"}), Outside),
    ] {
        assert_eq!(verdict(required(test.clone()), &flown), expected, "{test}");
    }
    let refund = json!({"fact": "stay.refund", "at_most": "none"});
    assert_eq!(verdict(required(refund), &slept), Within);
}

#[test]
fn codes_are_in_the_list_or_all_of_them_are() {
    let journey = with(connecting(60), |flight| {
        flight.slices[0].segments[0].marketing = Some("BA".parse().unwrap());
        let stop = AirStop { place: super::sample::place("BRU"), minutes: None };
        flight.slices[0].segments[0].stops.push(stop);
    });
    let mut flown = flown(journey);
    flown.traveler.groups = ["sales".to_owned(), "board".to_owned()].into();
    flown.traveler.country = Some("DE".parse().unwrap());
    flown.trip.purpose = Some("client".to_owned());
    flown.trip.reasons = ["late".to_owned()].into();
    flown.traveler.department = Some("legal".to_owned());
    flown.traveler.cost_center = Some("4711".to_owned());
    flown.traveler.grade = Some("vp".to_owned());
    let slept = facts(Subject::Stay(stay()));
    // Each with a list that has some of the fact's codes, one that has all, and one that has none.
    for (fact, some, all, none) in [
        ("traveler.groups", json!(["sales"]), json!(["board", "sales"]), json!(["Sales"])),
        ("traveler.country", json!(["DE"]), json!(["@near"]), json!(["@english"])),
        ("traveler.grade", json!(["vp"]), json!(["ceo", "vp"]), json!(["ceo"])),
        ("traveler.department", json!(["legal"]), json!(["legal"]), json!(["art"])),
        ("traveler.cost_center", json!(["4711"]), json!(["4711"]), json!(["471"])),
        ("trip.purpose", json!(["client"]), json!(["client"]), json!(["training"])),
        ("trip.reasons", json!(["late"]), json!(["late"]), json!(["early"])),
        ("flight.marketing_carriers", json!(["@star"]), json!(["BA", "@star"]), json!(["AF"])),
        ("flight.operating_carriers", json!(["LH"]), json!(["@star"]), json!(["BA"])),
        ("flight.origin_country", json!(["DE"]), json!(["@near"]), json!(["US"])),
        ("flight.destination_countries", json!(["US"]), json!(["@english"]), json!(["GB"])),
        ("flight.countries", json!(["GB"]), json!(["DE", "BE", "@english"]), json!(["FR"])),
        ("flight.airports", json!(["BRU"]), json!(["FRA", "BRU", "LHR", "JFK"]), json!(["MUC"])),
        ("stay.country", json!(["DE"]), json!(["@near"]), json!(["FR"])),
        ("stay.town", json!(["Munich"]), json!(["Munich"]), json!(["munich"])),
        ("stay.property", json!(["hotel-1"]), json!(["hotel-1"]), json!(["hotel-2"])),
    ] {
        let facts = if fact.starts_with("stay") { &slept } else { &flown };
        let several = ["traveler.groups", "flight.marketing_carriers", "flight.countries"];
        let partly = several.contains(&fact) || fact == "flight.airports";
        for (test, expected) in [
            (json!({"fact": fact, "any_of": some}), Within),
            (json!({"fact": fact, "any_of": all}), Within),
            (json!({"fact": fact, "any_of": none}), Outside),
            (json!({"fact": fact, "only": some}), if partly { Outside } else { Within }),
            (json!({"fact": fact, "only": all}), Within),
            (json!({"fact": fact, "only": none}), Outside),
        ] {
            assert_eq!(verdict(required(test.clone()), facts), expected, "{test}");
        }
    }
    for (is, expected) in [(false, Within), (true, Outside)] {
        let guest = required(json!({"fact": "traveler.guest", "is": is}));
        assert_eq!(verdict(guest, &flown), expected);
    }
}

#[test]
fn what_is_not_known_decides_only_where_it_could() {
    let journey = with(connecting(60), |flight| {
        flight.slices[0].segments[0].cabin = None;
        flight.slices[0].segments[0].operating = None;
        flight.slices[0].segments[1].destination.country = None;
        flight.slices[0].elapsed_minutes = None;
        flight.refund = Condition::Yes { penalty: None };
    });
    let facts = flown(journey);
    let grade = || json!({"fact": "traveler.grade", "any_of": ["vp"]});
    let nonstop = || json!({"fact": "flight.connections", "at_most": 0});
    let one_stop = || json!({"fact": "flight.connections", "at_most": 1});
    for (test, expected) in [
        (grade(), Unknown),
        (json!({"not": grade()}), Unknown),
        (json!({"fact": "traveler.groups", "any_of": ["a"]}), Outside),
        (json!({"fact": "traveler.groups", "only": ["a"]}), Within),
        (json!({"any": [grade(), one_stop()]}), Within),
        (json!({"any": [grade(), nonstop()]}), Unknown),
        (json!({"all": [grade(), one_stop()]}), Unknown),
        (json!({"all": [grade(), nonstop()]}), Outside),
        (json!({"not": {"any": [grade(), one_stop()]}}), Outside),
        (json!({"fact": "flight.cabin_highest", "at_most": "first"}), Within),
        (json!({"fact": "flight.cabin_highest", "at_most": "business"}), Unknown),
        (json!({"fact": "flight.cabin_highest", "at_least": "economy"}), Within),
        (json!({"fact": "flight.cabin_plainest", "at_least": "premium_economy"}), Outside),
        (json!({"fact": "flight.cabin_plainest", "at_most": "economy"}), Within),
        (json!({"fact": "flight.operating_carriers", "any_of": ["LH"]}), Within),
        (json!({"fact": "flight.operating_carriers", "only": ["LH"]}), Unknown),
        (json!({"fact": "flight.operating_carriers", "any_of": ["BA"]}), Unknown),
        (json!({"fact": "flight.operating_carriers", "only": ["BA"]}), Outside),
        (json!({"fact": "flight.destination_countries", "any_of": ["US"]}), Unknown),
        (json!({"fact": "flight.elapsed_minutes", "at_least": 0}), Within),
        (json!({"fact": "flight.elapsed_minutes", "at_most": 10_080}), Unknown),
        (json!({"fact": "flight.refund", "at_least": "with_penalty"}), Within),
        (json!({"fact": "flight.refund", "at_least": "full"}), Unknown),
        (json!({"fact": "flight.refund", "at_most": "none"}), Outside),
        (json!({"fact": "flight.total", "at_most": "300.00 USD"}), Unknown),
    ] {
        assert_eq!(verdict(required(test.clone()), &facts), expected, "{test}");
    }
    let mut unrated = stay();
    unrated.stars_tenths = None;
    let unrated = super::sample::facts(Subject::Stay(unrated));
    for (test, expected) in [
        (json!({"fact": "stay.stars_tenths", "at_least": 1}), Unknown),
        (json!({"fact": "stay.stars_tenths", "at_least": 0, "at_most": 50}), Within),
    ] {
        assert_eq!(verdict(required(test.clone()), &unrated), expected, "{test}");
    }
    let found = finding(required(json!({"all": [grade(), one_stop()]})), &facts);
    assert_eq!(found.basis, Basis::FactMissing);
    assert_eq!(found.context, Some(Quantity::Codes(vec!["traveler.grade".into()])));
}

#[test]
fn a_requirement_holds_where_its_condition_does_and_for_what_it_asks_about() {
    let rule = |when: Value, require: Value| json!({"kind": "general.requirement", "when": when, "require": require});
    let connections = |most: i64| json!({"fact": "flight.connections", "at_most": most});
    let guest = |is: bool| json!({"fact": "traveler.guest", "is": is});
    let grade = || json!({"fact": "traveler.grade", "any_of": ["vp"]});
    for (when, require, expected) in [
        (guest(false), connections(0), Outside),
        (guest(false), connections(1), Within),
        (guest(true), connections(0), NotApplicable),
        (grade(), connections(0), Unknown),
        (grade(), connections(1), Within),
        (guest(false), grade(), Unknown),
    ] {
        let found = of_flight(rule(when.clone(), require.clone()), connecting(60));
        assert_eq!(found, expected, "{when} {require}");
    }
    let staying = facts(Subject::Stay(stay()));
    assert_eq!(verdict(rule(guest(false), connections(0)), &staying), NotApplicable);
    assert_eq!(verdict(required(guest(true)), &staying), Outside);
    let whole = facts(Subject::Trip(TotalFacts::default()));
    assert_eq!(verdict(required(guest(true)), &whole), Outside);
    assert_eq!(
        verdict(required(json!({"fact": "stay.nights", "at_most": 1})), &whole),
        NotApplicable
    );
}

#[test]
fn a_broken_requirement_names_the_part_that_breaks_and_its_facts() {
    let rule = required(json!({"all": [
        {"fact": "traveler.guest", "is": false},
        {"all": [{"any": [
            {"fact": "flight.connections", "at_most": 0},
            {"not": {"fact": "flight.operating_carriers", "any_of": ["@star", "BA"]}},
            {"fact": "flight.total", "at_most": "299.99 EUR"},
        ]}]},
    ]}));
    let found = finding(rule, &flown(connecting(60)));
    let text = |text: &str| Some(Quantity::Text(text.to_owned()));
    let limit = "any (flight.connections at_most 0; \
        not (flight.operating_carriers any_of BA, @star); flight.total at_most 299.99 EUR)";
    assert_eq!(found.limit, text(limit));
    let actual = "flight.total 300.00 EUR; flight.connections 1; flight.operating_carriers LH";
    assert_eq!(found.actual, text(actual));
}

#[test]
fn amounts_are_compared_in_the_rule_s_currency_at_the_day_s_rate() {
    let rule = json!({"kind": "air.price_cap", "amount": "600.00 USD", "tax": "included",
        "per": "journey"});
    let mut facts = flown(long_haul());
    let rate = |rate: &str, date: &str| crate::money::Rate {
        from: crate::money::Currency::parse("EUR").unwrap(),
        to: crate::money::Currency::parse("USD").unwrap(),
        rate: rate.parse().unwrap(),
        date: date.parse().unwrap(),
        source: "test".into(),
    };
    facts.rates = vec![rate("2", "2026-03-02")];
    assert_eq!(finding(rule.clone(), &facts).actual, Some(Quantity::Money(money("600.00 USD"))));
    facts.rates = vec![rate("2.00004", "2026-03-02")];
    assert_eq!(verdict(rule.clone(), &facts), Outside);
    facts.rates = vec![rate("2", "2026-02-22")];
    assert_eq!(finding(rule, &facts).basis, Basis::RateStale);
}

#[test]
fn slices_count_one_by_one() {
    let rule = json!({"kind": "air.cabin_by_duration", "measure": "elapsed", "route": "domestic",
        "bands": [{"cabin": "economy"}]});
    let journey = with(domestic(), |flight| {
        let mut abroad = slice(vec![segment("MUC", "JFK", at("2026-03-11T10:00:00Z"), 540)]);
        abroad.segments[0].cabin = Some(Cabin::First);
        flight.slices.push(abroad);
    });
    assert_eq!(of_flight(rule.clone(), journey.clone()), Within);
    let front = with(journey, |flight| {
        flight.slices[0].segments[0].cabin = Some(Cabin::Business);
    });
    assert_eq!(of_flight(rule, front), Outside);
}

#[test]
fn persons_in_scope_are_those_named() {
    let mut rule = json!({"kind": "air.connections", "connections_max": 0,
        "applies": {"persons": [person(7).to_string()]}});
    assert_eq!(of_flight(rule.clone(), connecting(60)), Outside);
    rule["applies"] = json!({"persons": [person(8).to_string()]});
    let none = super::sample::assess_one(rule, &flown(connecting(60)));
    assert!(none.findings.is_empty());
}
