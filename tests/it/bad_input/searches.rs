//! Searches nobody can fly.

use nestmap_core::Code;
use nestmap_core::flow::search::NewSearch;
use nestmap_core::page::PageRequest;
use nestmap_core::place::Terminus;
use nestmap_core::shopping::{PassengerKind, SearchPassenger, SearchRequest, SearchSlice};
use nestmap_core::testing::fixture;

use crate::stage::{Scene, ready};

fn slice(from: &str, to: &str, day: &str) -> SearchSlice {
    SearchSlice {
        origin: Terminus::parse(from).expect("a place"),
        destination: Terminus::parse(to).expect("a place"),
        departure_date: fixture::parse(day),
    }
}

fn passengers(kinds: &[(PassengerKind, Option<i64>)]) -> Vec<SearchPassenger> {
    kinds.iter().map(|(kind, age)| SearchPassenger { kind: *kind, age: *age }).collect()
}

#[test]
fn an_unknown_airport_is_no_place() {
    for code in ["QQQ", "fra", "FRAX", "", "'; drop table trips; --", "F\0A", "🛫"] {
        let error = Terminus::parse(code).expect_err("no such place");
        assert_eq!(error.code, Code::UnknownAirport, "{code:?}");
        let json = serde_json::json!({ "origin": code, "destination": "JFK",
            "departure_date": "2026-03-16" });
        assert!(serde_json::from_value::<SearchSlice>(json).is_err(), "{code:?}");
    }
}

#[test]
fn searches_nobody_can_fly_are_refused() {
    use PassengerKind::{Adult, Child, Infant};
    let scene = Scene::new();
    let good = fixture::request();
    let one_way =
        |from, to, day| SearchRequest { slices: vec![slice(from, to, day)], ..good.clone() };
    let flown_by = |kinds: &[_]| SearchRequest { passengers: passengers(kinds), ..good.clone() };
    let back_first = vec![slice("FRA", "JFK", "2026-03-16"), slice("JFK", "FRA", "2026-03-10")];
    let seven = vec![slice("FRA", "JFK", "2026-03-16"); 7];
    let cases = [
        ("slices[0].departure_date", one_way("FRA", "JFK", "2026-03-01")),
        ("slices[0].departure_date", one_way("FRA", "JFK", "1999-12-31")),
        ("slices[0].departure_date", one_way("FRA", "JFK", "2027-03-02")),
        ("slices[0].destination", one_way("FRA", "FRA", "2026-03-16")),
        ("slices[1].departure_date", SearchRequest { slices: back_first, ..good.clone() }),
        ("slices", SearchRequest { slices: Vec::new(), ..good.clone() }),
        ("slices", SearchRequest { slices: seven, ..good.clone() }),
        ("passengers", flown_by(&[])),
        ("passengers", flown_by(&[(Adult, None); 10])),
        ("passengers", flown_by(&[(Infant, Some(1))])),
        ("passengers", flown_by(&[(Child, Some(8))])),
        ("passengers", flown_by(&[(Adult, None), (Infant, Some(0)), (Infant, Some(1))])),
        ("passengers[0].age", flown_by(&[(Adult, Some(-1))])),
        ("passengers[0].age", flown_by(&[(Adult, Some(i64::MAX))])),
        ("passengers[1].age", flown_by(&[(Adult, None), (Child, None)])),
        ("passengers[1].age", flown_by(&[(Adult, None), (Infant, Some(2))])),
        ("max_connections", SearchRequest { max_connections: Some(3), ..good.clone() }),
        ("max_connections", SearchRequest { max_connections: Some(i64::MIN), ..good.clone() }),
    ];
    let traveler = scene.acme.traveler_id();
    for (field, request) in cases {
        let search =
            scene.memory.nestmap.search(&scene.acme.traveler, NewSearch { traveler, request });
        let error = scene.refuses(Code::InvalidSearch, field, search);
        assert!(error.details.contains_key("expected"), "{error:?}");
    }
    assert!(scene.memory.supplier.flights.calls().is_empty(), "the supplier wasn't even asked");
}

#[test]
fn the_day_of_departure_is_a_day_at_the_origin() {
    // 09:00 UTC is still the evening before in Honolulu, and already the next day on no clock.
    let scene = Scene::new();
    scene.memory.clock.set(fixture::parse("2026-03-02T09:00:00Z"));
    let traveler = scene.acme.traveler_id();
    let search = |from, to, day| {
        let request = SearchRequest::for_one_adult(vec![slice(from, to, day)]);
        scene.memory.nestmap.search(&scene.acme.traveler, NewSearch { traveler, request })
    };
    assert!(ready(search("HNL", "LAX", "2026-03-01")).is_ok());
    let late = search("FRA", "JFK", "2026-03-01");
    scene.refuses(Code::InvalidSearch, "slices[0].departure_date", late);
}

#[test]
fn a_supplier_that_is_away_leaves_nothing_behind() {
    let scene = Scene::new();
    scene.memory.supplier.flights.set_unreachable(true);
    let new = NewSearch { traveler: scene.acme.traveler_id(), request: fixture::request() };
    let search = scene.memory.nestmap.search(&scene.acme.traveler, new);
    scene.refuses(Code::SupplierUnavailable, "", search);
}

#[test]
fn ten_thousand_items_are_no_page() {
    for limit in [10_000, 101, 0, -1, i64::MAX, i64::MIN] {
        let error = PageRequest::<nestmap_core::id::TripId>::new(limit, None).expect_err("refused");
        assert_eq!((error.code, super::named(&error)), (Code::InvalidPage, "limit"));
    }
}
