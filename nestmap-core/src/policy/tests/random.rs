//! Random facts and policies over small worlds, so that limits are met exactly and often.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use super::sample::{at, document_json, in_force, money, offer, person, segment, slice};
use crate::money::{Currency, Rate};
use crate::policy::facts::{AirSlice, AirStop, LodgingPlace, Night};
use crate::policy::{
    AirFacts, CandidateSet, Facts, LodgingFacts, PolicyDocument, PolicyInForce, Subject,
    TravelerFacts, TripFacts,
};
use crate::shopping::{Cabin, Condition};
use crate::time::Timestamp;

const AIRPORTS: [&str; 9] = ["FRA", "MUC", "CDG", "ORY", "LHR", "LGW", "JFK", "EWR", "ZRH"];
const AIRLINES: [&str; 5] = ["LH", "UA", "BA", "AF", "DL"];
const BRANDS: [&str; 4] = ["Light", "Classic", "basic economy", "Flex"];
pub(super) const GRADES: [&str; 2] = ["vp", "engineer"];

fn maybe<T: std::fmt::Debug + Clone>(
    known: impl Strategy<Value = T> + Clone,
) -> impl Strategy<Value = Option<T>> + Clone {
    prop_oneof![1 => Just(None), 5 => known.prop_map(Some)]
}

fn amount(currency: &'static str) -> impl Strategy<Value = crate::money::Money> + Clone {
    let minors = vec![0, 1, 9_999, 10_000, 10_001, 15_000, 20_000, 20_001, 30_000];
    select(minors)
        .prop_map(move |minor| crate::money::Money::new(minor, Currency::parse(currency).unwrap()))
}

fn price() -> impl Strategy<Value = crate::money::Money> + Clone {
    prop_oneof![9 => amount("EUR"), 1 => amount("USD")]
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        Just(Condition::Unknown),
        Just(Condition::No),
        maybe(amount("EUR")).prop_map(|penalty| Condition::Yes { penalty }),
    ]
}

fn air_slice() -> impl Strategy<Value = AirSlice> {
    let leg = (
        select(AIRPORTS.to_vec()),
        select(vec![45i64, 59, 60, 61, 100, 360, 480]),
        prop_oneof![9 => Just(false), 1 => Just(true)],
        (maybe(select(AIRLINES.to_vec())), maybe(select(AIRLINES.to_vec()))),
        maybe(select(Cabin::ALL.to_vec())),
        prop_oneof![5 => Just(None), 1 => maybe(Just(30i64)).prop_map(Some)],
        (
            select(vec![-5i64, 20, 39, 40, 41, 90, 240, 241]),
            prop_oneof![9 => Just(false), 1 => Just(true)],
            maybe(select(vec![0i64, 500, 1_000])),
        ),
    );
    let start = (0i64..40).prop_map(|step| at("2026-03-10T06:00:00Z").plus_minutes(step * 20));
    let legs = prop::collection::vec(leg, 1..=3);
    (select(AIRPORTS.to_vec()), legs, start, maybe(select(BRANDS.to_vec())), 0..10).prop_map(
        |(origin, legs, start, brand, lost)| {
            let mut from = origin;
            let mut time: Timestamp = start;
            let mut segments = Vec::new();
            for (to, minutes, nowhere, (marketing, operating), cabin, stop, rest) in legs {
                let (wait, moved, distance_km) = rest;
                let mut flown = segment(from, to, time, minutes);
                flown.marketing = marketing.map(|code| code.parse().unwrap());
                flown.operating = operating.map(|code| code.parse().unwrap());
                flown.cabin = cabin;
                flown.distance_km = distance_km;
                if let Some(minutes) = stop {
                    flown.stops.push(AirStop { place: super::sample::place("BRU"), minutes });
                }
                if nowhere {
                    flown.destination.country = None;
                }
                time = flown.arrives_at.plus_minutes(wait);
                from = if moved { "LGW" } else { to };
                segments.push(flown);
            }
            let mut slice = slice(segments);
            slice.fare_brand = brand.map(str::to_owned);
            if lost == 0 {
                slice.elapsed_minutes = None;
            }
            slice
        },
    )
}

pub(super) fn flight() -> impl Strategy<Value = AirFacts> {
    let slices = prop_oneof![
        3 => prop::collection::vec(air_slice(), 1..=1),
        1 => prop::collection::vec(air_slice(), 2..=2),
    ];
    let travelers = prop_oneof![5 => Just(1i64), 1 => 2i64..=3];
    let emissions = maybe(select(vec![-1i64, 0, 100_000, 100_001, 200_000, 300_000]));
    let tax = maybe(select(vec![0i64, 1, 6_000]));
    (slices, price(), tax, travelers, (condition(), condition()), emissions).prop_map(
        |(slices, total, tax, travelers, (refund, change), emissions_grams)| AirFacts {
            offer: Some(offer(0)),
            slices,
            tax: tax.map(|minor| crate::money::Money::new(minor.min(total.minor), total.currency)),
            total,
            travelers,
            refund,
            change,
            emissions_grams,
        },
    )
}

/// A search's offers with their ids; often alike, so that they compare.
pub(super) fn market(most: usize) -> impl Strategy<Value = Vec<AirFacts>> {
    let twin = (flight(), prop::collection::vec((price(), 0i64..7), 0..most));
    let alike = twin.prop_map(|(first, twins)| {
        let mut offers = vec![first.clone()];
        offers.extend(twins.into_iter().map(|(total, step)| {
            let mut twin = first.clone();
            twin.total = total;
            twin.tax = None;
            for segment in twin.slices.iter_mut().flat_map(|slice| &mut slice.segments) {
                segment.departs_at = segment.departs_at.plus_minutes(step * 20);
                segment.arrives_at = segment.arrives_at.plus_minutes(step * 20);
            }
            twin
        }));
        offers
    });
    let mixed = (alike, prop::collection::vec(flight(), 0..=most / 2));
    mixed.prop_map(|(mut offers, others)| {
        offers.extend(others);
        for (number, facts) in offers.iter_mut().enumerate() {
            facts.offer = Some(offer(number as u128 + 1));
        }
        offers
    })
}

pub(super) fn stay() -> impl Strategy<Value = LodgingFacts> {
    let part = || select(vec![0i64, 1, 9_999, 10_000, 10_001]);
    let night = (
        part(),
        part(),
        part(),
        prop::array::uniform4(prop_oneof![3 => Just(true), 1 => Just(false)]),
        0..10,
    )
        .prop_map(|(base, tax, fees, known, foreign)| {
            let currency = Currency::parse(if foreign == 0 { "USD" } else { "EUR" }).unwrap();
            let money = |minor| crate::money::Money::new(minor, currency);
            Night {
                base: known[0].then(|| money(base)),
                tax: known[1].then(|| money(tax)),
                mandatory_fees: known[2].then(|| money(fees)),
                total: known[3].then(|| money(base + tax + fees)),
            }
        });
    let place = (
        select(vec!["hotel-1", "hotel-2"]),
        maybe(select(vec!["Munich", "munich", "Paris"])),
        maybe(Just("LON")),
        maybe(select(vec!["DE", "FR", "GB"])),
    );
    let evening = select(vec!["2026-03-09", "2026-03-10", "2026-12-31"]);
    let stars = maybe(select(vec![24i64, 25, 26, 40, 41]));
    (place, stars, evening, prop::collection::vec(night, 1..=3)).prop_map(
        |((property, town, area, country), stars_tenths, check_in, nights)| LodgingFacts {
            place: LodgingPlace {
                property: property.into(),
                town: town.map(str::to_owned),
                area: area.map(|code| crate::place::City::parse(code).unwrap()),
                country: country.map(|code| code.parse().unwrap()),
            },
            stars_tenths,
            check_in: check_in.parse().unwrap(),
            nights,
            refund: Condition::Unknown,
        },
    )
}

fn rates() -> impl Strategy<Value = Vec<Rate>> {
    let rate = (
        prop_oneof![Just(("USD", "EUR")), Just(("EUR", "USD"))],
        select(vec!["0.5", "1", "2"]),
        select(vec!["2026-02-22", "2026-02-23", "2026-03-02"]),
        select(vec!["a", "b"]),
    )
        .prop_map(|((from, to), rate, date, source)| Rate {
            from: Currency::parse(from).unwrap(),
            to: Currency::parse(to).unwrap(),
            rate: rate.parse().unwrap(),
            date: date.parse().unwrap(),
            source: source.into(),
        });
    prop::collection::vec(rate, 0..=3)
}

pub(super) fn surroundings() -> impl Strategy<Value = (TravelerFacts, TripFacts, Vec<Rate>)> {
    let group = prop_oneof![Just(None), Just(Some("sales"))];
    let country = maybe(select(vec!["DE", "US"]));
    let traveler = (maybe(select(GRADES.to_vec())), group, 1u128..=2, any::<bool>(), country)
        .prop_map(|(grade, group, number, guest, country)| TravelerFacts {
            grade: grade.map(str::to_owned),
            groups: group.map(str::to_owned).into_iter().collect(),
            guest,
            country: country.map(|code| code.parse().unwrap()),
            ..TravelerFacts::of(person(number))
        });
    let moment =
        select(vec!["2026-03-02T12:00:00Z", "2026-03-02T23:30:00Z", "2026-03-03T01:00:00Z"]);
    let purpose = maybe(select(vec!["client", "training"]));
    let trip = (moment, prop::collection::vec(price(), 0..=2), purpose).prop_map(
        |(now, other_costs, purpose)| TripFacts {
            other_costs,
            purpose: purpose.map(str::to_owned),
            ..TripFacts::at(at(now))
        },
    );
    (traveler, trip, rates())
}

pub(super) fn flight_facts() -> impl Strategy<Value = Facts> {
    let compared = prop_oneof![1 => Just(false), 6 => Just(true)];
    (surroundings(), market(6), any::<prop::sample::Index>(), compared).prop_map(
        |((traveler, trip, rates), offers, chosen, compared)| Facts {
            traveler,
            trip,
            subject: Subject::Flight(offers[chosen.index(offers.len())].clone()),
            rates,
            candidates: compared.then(|| CandidateSet::new(offers)),
        },
    )
}

pub(super) fn stay_facts() -> impl Strategy<Value = Facts> {
    (surroundings(), stay()).prop_map(|((traveler, trip, rates), stay)| Facts {
        traveler,
        trip,
        subject: Subject::Stay(stay),
        rates,
        candidates: None,
    })
}

pub(super) fn any_facts() -> impl Strategy<Value = Facts> {
    prop_oneof![3 => flight_facts(), 1 => stay_facts()]
}

fn cap_amount() -> impl Strategy<Value = Value> + Clone {
    let amounts = vec!["99.99 EUR", "100.00 EUR", "100.01 EUR", "200.00 EUR", "300.00 USD"];
    select(amounts).prop_map(|amount| json!(amount))
}

fn of(words: &[&'static str]) -> impl Strategy<Value = Value> + Clone + use<> {
    select(words.to_vec()).prop_map(|word| json!(word))
}

/// The parameters of a rule of any kind.
fn body() -> impl Strategy<Value = Value> {
    let cabins = || of(&["economy", "premium_economy", "business", "first"]);
    let counted = || of(&["included", "excluded"]);
    let cabin = (
        of(&["flying_time", "elapsed", "lowest_of_leg", "longest_segment"]),
        select(vec![0i64, 59, 60, 61]),
        select(vec![100i64, 101, 460]),
        cabins(),
        cabins(),
        any::<bool>(),
    )
        .prop_map(|(measure, first, second, low, high, open)| {
            let mut last = json!({"at_least_minutes": second, "cabin": high});
            if !open {
                last["below_minutes"] = json!(second + 300);
            }
            json!({"kind": "air.cabin_by_duration", "measure": measure, "bands": [
                {"at_least_minutes": first, "below_minutes": second, "cabin": low}, last,
            ]})
        });
    let price = (cap_amount(), counted(), of(&["traveler", "journey"])).prop_map(
        |(amount, tax, per)| {
            json!({"kind": "air.price_cap", "amount": amount, "tax": tax, "per": per})
        },
    );
    let lowest = (
        (select(vec!["0", "0.01", "50", "100"]), maybe(cap_amount())),
        (select(vec![0i64, 20, 60]), select(vec![20i64, 120, 600])),
        of(&["departure", "departure_and_arrival"]),
        (maybe(0i64..=2), maybe(0i64..=1), maybe(select(vec![0i64, 41, 400])), any::<bool>()),
        (of(&["same", "same_area", "any"]), any::<bool>()),
        (maybe(select(vec![40i64, 90])), of(&["same", "at_least_same", "any"])),
        (maybe(of(&["LH", "@star"])), maybe(of(&["light", "FLEX"])), 1i64..=3),
        of(&["lowest", "median", "mean"]),
    )
        .prop_map(
            |(
                over,
                window,
                on,
                added,
                airports,
                (layover, cabin),
                (carrier, brand, least),
                baseline,
            )| {
                let mut rule = json!({"kind": "air.over_lowest_fare", "over_percent": over.0,
                "window_minutes_domestic": window.0, "window_minutes_international": window.1,
                "window_on": on, "airports": airports.0, "airport_change": airports.1,
                "cabin": cabin, "candidates_min": least});
                rule["over_amount"] = json!(over.1);
                rule["added_connections_max"] = json!(added.0);
                rule["fewer_connections_max"] = json!(added.1);
                rule["added_minutes_max"] = json!(added.2);
                if added.2.is_some() && added.3 {
                    rule["added_to"] = json!("fastest");
                }
                if baseline != "lowest" {
                    rule["kind"] = json!("air.over_average_fare");
                    rule["average"] = baseline;
                }
                rule["layover_minutes_max"] = json!(layover);
                rule["carriers_excluded"] = json!(carrier.into_iter().collect::<Vec<_>>());
                rule["fare_brands_excluded"] = json!(brand.into_iter().collect::<Vec<_>>());
                rule
            },
        );
    let early =
        (6i64..=9).prop_map(|days| json!({"kind": "air.advance_booking", "days_min": days}));
    let carriers = (
        of(&["allow", "ban", "prefer"]),
        of(&["marketing", "operating", "any"]),
        select(vec![vec!["LH"], vec!["@star", "BA"], vec!["AF", "DL"]]),
        any::<bool>(),
    )
        .prop_map(|(mode, by, list, idle)| {
            json!({"kind": "air.carriers", "mode": mode, "by": by, "carriers": list,
                "idle_without_alternative": idle})
        });
    let emissions = (of(&["traveler", "traveler_km"]), select(vec![1i64, 99, 100, 200, 100_000]))
        .prop_map(|(per, grams)| json!({"kind": "air.emissions", "per": per, "grams_max": grams}));
    let words = ["none", "with_penalty", "full"];
    let flexible = (of(&["air.refundable", "air.changeable"]), 0usize..3, 0usize..3, 0..3)
        .prop_map(move |(kind, one, other, bounds)| {
            let mut rule = json!({"kind": kind});
            if bounds != 0 {
                rule["at_least"] = json!(words[one.min(other)]);
            }
            if bounds != 1 {
                rule["at_most"] = json!(words[one.max(other)]);
            }
            rule
        });
    let plain = prop_oneof![
        Just(json!({"kind": "air.basic_economy"})),
        Just(json!({"kind": "air.airport_change"})),
        (0i64..=3, any::<bool>()).prop_map(|(most, stops)| {
            json!({"kind": "air.connections", "connections_max": most, "count_stops": stops})
        }),
        (select(vec![20i64, 40]), select(vec![90i64, 240])).prop_map(|(least, most)| {
            json!({"kind": "air.layover", "minutes_min": least, "minutes_max": most})
        }),
    ];
    let season = || maybe(Just(json!({"from": "12-31", "until": "03-11"})));
    let places =
        ["world", "group:near", "country:DE", "area:LON", "town:DE/Munich", "property:hotel-2"];
    let cap = (select(places.to_vec()), season(), cap_amount());
    let nightly = (
        prop::collection::vec(cap, 1..=3),
        counted(),
        counted(),
        of(&["each_night", "average"]),
    )
        .prop_map(|(caps, tax, fees, measure)| {
            let mut kept: Vec<Value> = Vec::new();
            for (place, season, amount) in caps {
                let clash = |cap: &Value| {
                    let currency = |value: &Value| {
                        value.as_str().unwrap()[value.as_str().unwrap().len() - 3..].to_owned()
                    };
                    cap["place"] == place
                        && (cap["season"].is_null() == season.is_none()
                            || currency(&cap["amount"]) != currency(&amount))
                };
                if !kept.iter().any(clash) {
                    kept.push(json!({"place": place, "season": season, "amount": amount}));
                }
            }
            json!({"kind": "lodging.nightly_cap", "caps": kept, "tax": tax, "mandatory_fees": fees,
                "measure": measure})
        });
    let stars = (select(places.to_vec()), select(vec![20i64, 25]), select(vec![25i64, 40]))
        .prop_map(|(place, least, most)| {
            json!({"kind": "lodging.stars",
                "ranges": [{"place": place, "stars_tenths_min": least, "stars_tenths_max": most}]})
        });
    let countries = (
        of(&["allow", "ban"]),
        of(&["destination", "transit"]),
        select(vec![vec!["DE"], vec!["@near"], vec!["GB", "US"]]),
    )
        .prop_map(|(mode, reach, list)| {
            json!({"kind": "general.countries", "mode": mode, "reach": reach, "countries": list})
        });
    let budget = select(vec!["200.00 EUR", "300.00 EUR", "300.01 EUR", "400.00 USD"])
        .prop_map(|amount| json!({"kind": "general.trip_budget", "amount": amount}));
    let requirement = any::<bool>()
        .prop_flat_map(|flights| (maybe(predicate(flights)), predicate(flights)))
        .prop_map(|(when, require)| {
            json!({"kind": "general.requirement", "when": when, "require": require})
        });
    prop_oneof![
        2 => cabin, 1 => price, 4 => lowest, 1 => early, 2 => carriers, 1 => emissions, 1 => flexible, 2 => plain,
        2 => nightly, 1 => stars, 1 => countries, 1 => budget, 3 => requirement,
    ]
}

/// A test of a fact of traveler and trip, or of flights or stays.
fn fact_test(flights: bool) -> impl Strategy<Value = Value> {
    fn bounded(facts: &[&'static str], bounds: Vec<Value>) -> impl Strategy<Value = Value> + use<> {
        let last = bounds.len() - 1;
        (select(facts.to_vec()), 0..=last, 0..=last, 0..3).prop_map(
            move |(fact, one, two, given)| {
                let mut test = json!({"fact": fact});
                if given != 0 {
                    test["at_least"] = bounds[one.min(two)].clone();
                }
                if given != 1 {
                    test["at_most"] = bounds[one.max(two)].clone();
                }
                test
            },
        )
    }
    fn listed(facts: &[&'static str], lists: Vec<Value>) -> impl Strategy<Value = Value> + use<> {
        let form = of(&["any_of", "only"]);
        (select(facts.to_vec()), form, select(lists))
            .prop_map(|(fact, form, list)| json!({"fact": fact, form.as_str().unwrap(): list}))
    }
    let numbers = |numbers: &[i64]| numbers.iter().map(|number| json!(number)).collect();
    let flexible = || vec![json!("none"), json!("with_penalty"), json!("full")];
    let amounts = ["99.99 EUR", "100.00 EUR", "150.00 EUR", "200.00 EUR", "300.00 EUR"];
    let cabins = ["economy", "premium_economy", "business", "first"];
    let countries = || vec![json!(["DE"]), json!(["@near"]), json!(["GB", "US"])];
    let carriers = vec![json!(["LH"]), json!(["@star", "BA"]), json!(["AF", "DL"])];
    let of_anybody = prop_oneof![
        any::<bool>().prop_map(|is| json!({"fact": "traveler.guest", "is": is})),
        listed(&["traveler.grade"], vec![json!(["vp"]), json!(GRADES)]),
        listed(&["traveler.groups", "traveler.department"], vec![json!(["sales"])]),
        listed(&["traveler.country"], countries()),
        listed(&["trip.purpose", "trip.reasons"], vec![json!(["client"])]),
    ];
    let of_flights = prop_oneof![
        bounded(&["flight.connections", "flight.slices", "flight.travelers"], numbers(&[0, 1, 2])),
        bounded(&["flight.elapsed_minutes"], numbers(&[60, 100, 101, 460])),
        bounded(&["flight.days_ahead"], numbers(&[6, 7, 8, 9])),
        bounded(&["flight.departure_minute"], numbers(&[540, 600, 660, 720])),
        bounded(&["flight.total"], amounts.map(|amount| json!(amount)).to_vec()),
        bounded(
            &["flight.cabin_highest", "flight.cabin_plainest"],
            cabins.map(|cabin| json!(cabin)).to_vec(),
        ),
        bounded(&["flight.refund", "flight.change"], flexible()),
        listed(&["flight.marketing_carriers", "flight.operating_carriers"], carriers),
        listed(
            &["flight.origin_country", "flight.destination_countries", "flight.countries"],
            countries(),
        ),
        listed(&["flight.airports"], vec![json!(["FRA", "JFK"]), json!(AIRPORTS[..8])]),
    ];
    let of_stays = prop_oneof![
        bounded(&["stay.nights"], numbers(&[1, 2, 3])),
        bounded(&["stay.stars_tenths"], numbers(&[0, 24, 25, 30, 50])),
        bounded(&["stay.refund"], flexible()),
        listed(&["stay.country"], countries()),
        listed(&["stay.town"], vec![json!(["Munich"])]),
        listed(&["stay.property"], vec![json!(["hotel-1", "hotel-2"])]),
    ];
    let of_travel = if flights { of_flights.boxed() } else { of_stays.boxed() };
    prop_oneof![1 => of_anybody, 2 => of_travel]
}

fn predicate(flights: bool) -> impl Strategy<Value = Value> + Clone {
    fact_test(flights).boxed().prop_recursive(3, 8, 3, |inner| {
        let several = prop::collection::vec(inner.clone(), 1..=3);
        prop_oneof![
            (of(&["all", "any"]), several)
                .prop_map(|(name, list)| { json!({ name.as_str().unwrap(): list }) }),
            inner.prop_map(|inner| json!({"not": inner})),
        ]
    })
}

fn outcome() -> impl Strategy<Value = Value> {
    prop_oneof![
        of(&["warn", "justify", "approve", "deny", "hide"]),
        Just(
            json!({"approval": "soft", "approvers": ["cost_center_owner", "any_approver"], "steps": "all"})
        ),
        Just(
            json!({"evidence": "code_and_text", "reasons": ["late"], "amount_limit": "100.00 EUR"})
        ),
        Just(json!({"payment": "split", "amount_limit": "90.00 USD"})),
    ]
}

pub(super) fn rule() -> impl Strategy<Value = Value> {
    let scope = prop_oneof![
        4 => Just(json!({})),
        1 => select(GRADES.to_vec()).prop_map(|grade| json!({"grades": [grade]})),
        1 => Just(json!({"groups": ["sales"]})),
        1 => Just(json!({"travel": ["flight"]})),
        1 => Just(json!({"persons": [person(1).to_string()]})),
    ];
    let route = of(&["any", "any", "domestic", "international"]);
    let groups = prop_oneof![3 => Just(json!(null)), 1 => Just(json!(["near"]))];
    let selection = prop_oneof![3 => Just(json!(null)), 1 => of(&["stack_all", "most_specific"])];
    (body(), scope, route, groups, selection, outcome(), outcome()).prop_map(
        |(mut rule, scope, route, groups, selection, outcome, when_unknown)| {
            if rule["kind"].as_str().unwrap().starts_with("air.") {
                rule["route"] = route;
                rule["domestic_groups"] = groups;
            }
            rule["applies"] = scope;
            rule["selection"] = selection;
            rule["outcome"] = outcome;
            rule["when_unknown"] = when_unknown;
            rule
        },
    )
}

pub(super) fn rules(most: usize) -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(rule(), 1..=most).prop_map(|mut rules| {
        for (number, rule) in rules.iter_mut().enumerate() {
            rule["id"] = json!(format!("r{number}"));
        }
        rules
    })
}

pub(super) fn parse(document: &Value) -> PolicyDocument {
    PolicyDocument::from_value(document)
        .unwrap_or_else(|problems| panic!("{problems:#?} {document}"))
}

pub(super) fn policies() -> impl Strategy<Value = Vec<PolicyInForce>> {
    let exemption = prop_oneof![4 => Just(None), 1 => Just(Some(1u128))];
    let document = (rules(5), any::<bool>(), exemption).prop_map(|(rules, narrow, exempted)| {
        let mut document = document_json(rules);
        if narrow {
            document["applies"] = json!({"grades": GRADES});
        }
        if let Some(number) = exempted {
            document["exemptions"] = json!([{"id": "e", "rules": ["r0"],
                "persons": [person(number).to_string()], "period": {"until": "2026-03-03"},
                "reason": "agreed", "granted_by": person(9).to_string()}]);
        }
        parse(&document)
    });
    prop::collection::vec(document, 1..=2).prop_map(|documents| {
        documents
            .into_iter()
            .zip(1..)
            .map(|(document, number)| in_force(number, document))
            .collect()
    })
}

/// One way the subject's unknown facts could turn out.
pub(super) fn completed(facts: &Facts, dice: &[u8]) -> Facts {
    let mut dice = dice.iter().copied().cycle();
    let mut roll = move |sides: usize| usize::from(dice.next().unwrap_or(0)) % sides;
    let mut facts = facts.clone();
    match &mut facts.subject {
        Subject::Flight(flight) => complete_flight(flight, &mut roll),
        Subject::Stay(stay) => complete_stay(stay, &mut roll),
        Subject::Trip(_) => {}
    }
    facts
}

fn complete_flight(flight: &mut AirFacts, roll: &mut impl FnMut(usize) -> usize) {
    let currency = flight.total.currency;
    flight.tax.get_or_insert_with(|| match roll(2) {
        0 => crate::money::Money::zero(currency),
        _ => flight.total,
    });
    for condition in [&mut flight.refund, &mut flight.change] {
        *condition = match (*condition, roll(3)) {
            (Condition::Unknown, 0) => Condition::No,
            (Condition::Unknown | Condition::Yes { penalty: None }, 1) => {
                Condition::Yes { penalty: Some(money("0.00 EUR")) }
            }
            (Condition::Unknown | Condition::Yes { penalty: None }, _) => {
                Condition::Yes { penalty: Some(money("5.00 EUR")) }
            }
            (known, _) => known,
        };
    }
    flight.emissions_grams.get_or_insert_with(|| [0, 100_000, 900_000][roll(3)]);
    for slice in &mut flight.slices {
        slice.elapsed_minutes.get_or_insert_with(|| [60, 100, 800][roll(3)]);
        slice.fare_brand.get_or_insert_with(|| BRANDS[roll(4)].to_owned());
        for segment in &mut slice.segments {
            segment.cabin.get_or_insert_with(|| Cabin::ALL[roll(4)]);
            segment.marketing.get_or_insert_with(|| AIRLINES[roll(5)].parse().unwrap());
            segment.operating.get_or_insert_with(|| AIRLINES[roll(5)].parse().unwrap());
            let country = ["DE", "FR", "GB"][roll(3)].parse().unwrap();
            segment.destination.country.get_or_insert(country);
            segment.distance_km.get_or_insert_with(|| [1, 500, 9_000][roll(3)]);
            for stop in &mut segment.stops {
                stop.minutes.get_or_insert_with(|| [0, 30][roll(2)]);
            }
        }
    }
}

fn complete_stay(stay: &mut LodgingFacts, roll: &mut impl FnMut(usize) -> usize) {
    stay.stars_tenths.get_or_insert_with(|| [24, 30, 50][roll(3)]);
    for night in &mut stay.nights {
        let known = [night.base, night.tax, night.mandatory_fees, night.total];
        let Some(currency) = known.iter().flatten().map(|part| part.currency).next() else {
            continue;
        };
        let minor = |part: Option<crate::money::Money>| part.map_or(0, |part| part.minor);
        let parts = minor(night.base) + minor(night.tax) + minor(night.mandatory_fees);
        let mut left = night.total.map(|total| total.minor - parts);
        let gaps = [&mut night.base, &mut night.tax, &mut night.mandatory_fees];
        let mut gaps: Vec<_> = gaps.into_iter().filter(|gap| gap.is_none()).collect();
        while !gaps.is_empty() {
            let gap = gaps.remove(roll(gaps.len()));
            let share = match left {
                Some(left) if gaps.is_empty() => left,
                Some(left) => [0, left][roll(2)],
                None => [0, 20_000][roll(2)],
            };
            left = left.map(|left| left - share);
            *gap = Some(crate::money::Money::new(share, currency));
        }
    }
}
