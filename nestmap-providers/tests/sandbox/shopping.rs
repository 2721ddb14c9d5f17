use std::collections::BTreeSet;

use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::client::{DAY, DAY_BACK, Desk, config, minor, one_way, text};

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

#[tokio::test]
async fn a_search_finds_real_airlines_in_several_brands() {
    let desk = Desk::open().await;
    let offers = desk.search("LHR", "JFK").await;
    assert!((20..=60).contains(&offers.len()), "{} offers", offers.len());
    let owners: BTreeSet<&str> =
        offers.iter().map(|offer| text(&offer["owner"]["iata_code"])).collect();
    assert!(owners.contains("ZZ") && owners.contains("BA"), "{owners:?}");
    assert!(owners.len() >= 4, "{owners:?}");
    let brands: BTreeSet<&str> =
        offers.iter().map(|offer| text(&offer["slices"][0]["fare_brand_name"])).collect();
    assert!(brands.len() >= 5, "{brands:?}");
    for offer in &offers {
        assert_eq!(offer["live_mode"], false);
        let sum = minor(&offer["base_amount"]) + minor(&offer["tax_amount"]);
        assert_eq!(minor(&offer["total_amount"]), sum);
        assert_eq!(offer["available_services"], Value::Null, "never in lists");
    }
}

#[tokio::test]
async fn the_same_seed_finds_the_same_offers_and_another_seed_others() {
    let first = Desk::open().await.search("FRA", "SIN").await;
    let again = Desk::open().await.search("FRA", "SIN").await;
    assert_eq!(first, again);
    let mut other = config();
    other.seed = 8;
    assert_ne!(first, Desk::with(other).await.search("FRA", "SIN").await);
}

#[tokio::test]
async fn any_two_airports_are_connected() {
    let desk = Desk::open().await;
    for (from, to) in [("ABZ", "CNX"), ("AAA", "ZAZ"), ("SYD", "SCL"), ("NAN", "KEF")] {
        assert!(!desk.search(from, to).await.is_empty(), "{from}-{to}");
    }
}

#[tokio::test]
async fn times_are_local_and_fit_the_zones() {
    let desk = Desk::open().await;
    for offer in desk.search("LAX", "SYD").await {
        for segment in list(&offer["slices"][0]["segments"]) {
            let local = |key: &str| -> DateTime {
                assert_eq!(text(&segment[key]).len(), 19, "no zone: {}", segment[key]);
                text(&segment[key]).parse().expect("a local time")
            };
            let instant = |key: &str, place: &str| {
                let zone = text(&segment[place]["time_zone"]);
                local(key).in_tz(zone).expect("a known zone").timestamp()
            };
            let start = instant("departing_at", "origin");
            let minutes = instant("arriving_at", "destination").duration_since(start).as_mins();
            let span: jiff::Span = text(&segment["duration"]).parse().expect("ISO 8601");
            let told = span.total((jiff::Unit::Minute, jiff::SpanRelativeTo::days_are_24_hours()));
            assert_eq!(minutes, told.expect("days and hours") as i64);
        }
    }
}

#[tokio::test]
async fn a_return_trip_is_sold_by_one_airline_and_costs_less_than_two_trips() {
    let desk = Desk::open().await;
    let request = json!({
        "slices": [
            { "origin": "LHR", "destination": "FRA", "departure_date": DAY },
            { "origin": "FRA", "destination": "LHR", "departure_date": DAY_BACK },
        ],
        "passengers": [{ "type": "adult" }],
    });
    let data = desk.post("/air/offer_requests", request).await.data();
    let offers = list(&data["offers"]);
    assert!(offers.len() >= 10, "{} offers", offers.len());
    for offer in offers {
        let slices = list(&offer["slices"]);
        assert_eq!(slices.len(), 2);
        assert_eq!(slices[1]["origin"]["iata_code"], "FRA");
        for slice in slices {
            let carrier = &slice["segments"][0]["marketing_carrier"]["iata_code"];
            assert_eq!(*carrier, offer["owner"]["iata_code"]);
        }
    }
}

#[tokio::test]
async fn families_pay_by_age_and_infants_have_no_bags() {
    let desk = Desk::open().await;
    let alone = desk.offer_of("ZZ", "LHR", "CDG").await;
    let mut request = one_way("LHR", "CDG");
    request["passengers"] = json!([{ "type": "adult" }, { "age": 7 }, { "age": 1 }]);
    let data = desk.post("/air/offer_requests", request).await.data();
    let family = list(&data["offers"])
        .iter()
        .find(|offer| offer["owner"]["iata_code"] == "ZZ")
        .expect("ZZ sells to families");
    let kinds: Vec<&str> =
        list(&family["passengers"]).iter().map(|one| text(&one["type"])).collect();
    assert_eq!(kinds, ["adult", "child", "infant_without_seat"]);
    assert!(minor(&family["base_amount"]) > minor(&alone["base_amount"]) * 18 / 10);
    assert!(minor(&family["base_amount"]) < minor(&alone["base_amount"]) * 19 / 10);
    let infant = &family["slices"][0]["segments"][0]["passengers"][2];
    assert!(list(&infant["baggages"]).iter().all(|bag| bag["quantity"] == 0));
}

#[tokio::test]
async fn the_cabin_is_a_preference() {
    let desk = Desk::open().await;
    let mut request = one_way("LHR", "SIN");
    request["cabin_class"] = json!("business");
    let data = desk.post("/air/offer_requests", request).await.data();
    let cabins: Vec<&str> = list(&data["offers"])
        .iter()
        .map(|offer| text(&offer["slices"][0]["segments"][0]["passengers"][0]["cabin_class"]))
        .collect();
    let business = cabins.iter().filter(|cabin| **cabin == "business").count();
    assert!(business * 2 > cabins.len(), "{business} of {}", cabins.len());
    assert!(business < cabins.len(), "other cabins come back too");
}

#[tokio::test]
async fn connections_and_time_windows_are_kept() {
    let desk = Desk::open().await;
    let mut request = one_way("MAN", "BKK");
    request["max_connections"] = json!(0);
    let direct = desk.post("/air/offer_requests", request.clone()).await.data();
    for offer in list(&direct["offers"]) {
        assert_eq!(list(&offer["slices"][0]["segments"]).len(), 1);
    }
    request["max_connections"] = json!(1);
    request["slices"][0]["departure_time"] = json!({ "from": "06:00", "to": "09:30" });
    let early = desk.post("/air/offer_requests", request).await.data();
    assert!(!list(&early["offers"]).is_empty());
    for offer in list(&early["offers"]) {
        let time = &text(&offer["slices"][0]["segments"][0]["departing_at"])[11..16];
        assert!(("06:00"..="09:30").contains(&time), "{time}");
    }
}

#[tokio::test]
async fn offers_are_paged_and_sorted() {
    let desk = Desk::open().await;
    let path = "/air/offer_requests/?return_offers=false";
    let request = desk.post(path, one_way("LHR", "JFK")).await.data();
    assert!(request.get("offers").is_none());
    let id = text(&request["id"]);

    let (mut seen, mut after) = (Vec::new(), String::new());
    loop {
        let path = format!("/air/offers?offer_request_id={id}&limit=7&after={after}");
        let body = desk.get(&path).await.json();
        seen.extend(list(&body["data"]).iter().cloned());
        match body["meta"]["after"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    let whole = desk.get(&format!("/air/offer_requests/{id}")).await.data();
    assert_eq!(seen, *list(&whole["offers"]));
    let totals: Vec<i64> = seen.iter().map(|offer| minor(&offer["total_amount"])).collect();
    assert!(totals.is_sorted() && totals.len() >= 20);

    let path = format!("/air/offers?offer_request_id={id}&sort=-total_amount&limit=200");
    let dearest = desk.get(&path).await.data();
    assert_eq!(minor(&dearest[0]["total_amount"]), totals[totals.len() - 1]);
}

#[tokio::test]
async fn a_batched_search_deals_out_every_offer_once_and_unevenly() {
    let desk = Desk::open().await;
    let plain = desk.search("LHR", "JFK").await;
    let batch = desk.post("/air/batch_offer_requests/", one_way("LHR", "JFK")).await.data();
    assert_eq!(batch["total_batches"], batch["remaining_batches"]);
    assert!(batch.get("offers").is_none());
    let path = format!("/air/batch_offer_requests/{}", text(&batch["id"]));
    let (mut seen, mut remaining) = (Vec::new(), vec![batch["remaining_batches"].clone()]);
    while remaining.last() != Some(&json!(0)) {
        let data = desk.get(&path).await.data();
        remaining.push(data["remaining_batches"].clone());
        seen.extend(list(&data["offers"]).iter().cloned());
    }
    assert_eq!(seen.len(), plain.len());
    let distinct: BTreeSet<&str> = seen.iter().map(|offer| text(&offer["id"])).collect();
    assert_eq!(distinct.len(), seen.len());
    assert_eq!(desk.get(&path).await.data()["offers"], json!([]), "all dealt out");

    desk.sandbox.clock().advance_seconds(61);
    assert_eq!(desk.get(&path).await.status, 404, "a batch lives a minute");
}

#[tokio::test]
async fn an_offer_shows_its_services_on_request_and_expires() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let path = format!("/air/offers/{}", text(&offer["id"]));
    assert_eq!(desk.get(&path).await.data(), offer);
    let full = desk.get(&format!("{path}?return_available_services=true")).await.data();
    assert_eq!(full["available_services"][0]["total_amount"], "20.00");
    assert_eq!(full["available_services"][0]["metadata"]["maximum_weight_kg"], 23);

    desk.sandbox.clock().advance_seconds(30 * 60);
    let gone = desk.get(&path).await;
    assert_eq!((gone.status, gone.code().as_str()), (422, "offer_no_longer_available"));
    assert_eq!(desk.get("/air/offers/off_unknown").await.status, 404);
}

#[tokio::test]
async fn pricing_adds_services_and_names_the_charge() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let path = format!("/air/offers/{}", text(&offer["id"]));
    let full = desk.get(&format!("{path}?return_available_services=true")).await.data();
    let bag = &full["available_services"][0]["id"];
    let wish = json!({
        "intended_payment_methods": [{ "type": "balance" }],
        "intended_services": [{ "id": bag, "quantity": 1 }],
    });
    let priced = desk.post(&format!("{path}/actions/price"), wish).await.data();
    assert_eq!(minor(&priced["total_amount"]), minor(&offer["total_amount"]) + 2_000);
    let method = &priced["intended_payment_methods"][0];
    assert_eq!(method["charge_amount"], priced["total_amount"]);

    let twice = json!({ "intended_services": [{ "id": bag, "quantity": 2 }] });
    let refused = desk.post(&format!("{path}/actions/price"), twice).await;
    assert_eq!(refused.pointers(), ["/intended_services/0/quantity"]);
}

#[tokio::test]
async fn the_member_of_the_test_airline_pays_ten_percent_less() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let path = format!("/air/offers/{}", text(&offer["id"]));
    let passenger = text(&offer["passengers"][0]["id"]);
    let member = json!({
        "given_name": "Amelia", "family_name": "Earhart",
        "loyalty_programme_accounts":
            [{ "airline_iata_code": "ZZ", "account_number": "1234567890" }],
    });
    let answer = desk.patch(&format!("{path}/passengers/{passenger}"), member).await;
    assert_eq!(answer.data()["given_name"], "Amelia");
    let cheaper = desk.get(&path).await.data();
    let base = minor(&offer["base_amount"]);
    assert_eq!(minor(&cheaper["base_amount"]), base - base / 10);
}

#[tokio::test]
async fn holds_come_in_three_shapes() {
    let desk = Desk::open().await;
    let mut shapes = BTreeSet::new();
    for (from, to) in [("LHR", "JFK"), ("FRA", "JFK"), ("LTN", "BCN")] {
        for offer in desk.search(from, to).await {
            let terms = &offer["payment_requirements"];
            let instant = terms["requires_instant_payment"].as_bool().expect("a flag");
            let until = terms["price_guarantee_expires_at"].as_str();
            let pay_by = terms["payment_required_by"].as_str();
            assert_eq!(instant, pay_by.is_none());
            assert!(until <= pay_by, "the price is never kept longer than the seat");
            shapes.insert((instant, until.is_some(), pay_by.is_some()));
        }
    }
    let all = [(false, false, true), (false, true, true), (true, false, false)];
    assert_eq!(shapes.into_iter().collect::<Vec<_>>(), all);
}

#[tokio::test]
async fn conditions_are_allowed_refused_or_unknown() {
    let desk = Desk::open().await;
    let mut seen = BTreeSet::new();
    for (from, to) in [("LHR", "NRT"), ("JFK", "LAX"), ("LHR", "FRA")] {
        for offer in desk.search(from, to).await {
            let refund = &offer["conditions"]["refund_before_departure"];
            let penalty = refund["penalty_amount"].as_str();
            seen.insert((refund["allowed"].as_bool(), penalty.is_some()));
        }
    }
    let all = [(None, false), (Some(false), false), (Some(true), true)];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), all);
}

#[tokio::test]
async fn a_city_is_searched_by_its_busiest_airports() {
    let desk = Desk::open().await;
    let data = desk.post("/air/offer_requests", one_way("LON", "NYC")).await.data();
    assert_eq!(data["slices"][0]["origin_type"], "city");
    assert_eq!(data["slices"][0]["origin"]["airports"].as_array().map(Vec::len), Some(6));
    let starts: BTreeSet<&str> = list(&data["offers"])
        .iter()
        .map(|offer| text(&offer["slices"][0]["origin"]["iata_code"]))
        .collect();
    assert!(starts.contains("LHR"), "{starts:?}");
}

#[tokio::test]
async fn a_seat_map_shows_what_is_left_and_the_seat_can_be_bought() {
    let desk = Desk::open().await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    let path = format!("/air/seat_maps?offer_id={}", text(&offer["id"]));
    let maps = desk.get(&path).await.data();
    let cabin = &maps[0]["cabins"][0];
    let sections = cabin["aisles"].as_u64().expect("a number") + 1;
    let mut seats = Vec::new();
    for row in list(&cabin["rows"]) {
        assert_eq!(list(&row["sections"]).len() as u64, sections);
        let elements = list(&row["sections"]).iter().flat_map(|part| list(&part["elements"]));
        seats.extend(elements.filter(|element| element["type"] == "seat").cloned());
    }
    assert_eq!(seats.len(), 192);
    let mut free = seats.iter().filter(|seat| !list(&seat["available_services"]).is_empty());
    let seat = free.next().expect("a free seat").clone();
    assert_eq!(free.count(), 75);

    let mut order = super::client::instant_order(&offer);
    order["services"] = json!([{ "id": seat["available_services"][0]["id"], "quantity": 1 }]);
    let short = desk.post("/air/orders", order.clone()).await;
    assert_eq!(short.code(), "payment_amount_does_not_match_order_amount");
    let total = minor(&offer["total_amount"]) + 2_000;
    order["payments"][0]["amount"] = json!(format!("{}.{:02}", total / 100, total % 100));
    let bought = desk.post("/air/orders", order).await.data();
    let traveler = &bought["slices"][0]["segments"][0]["passengers"][0];
    assert_eq!(traveler["seat"]["designator"], seat["designator"]);
    assert_eq!(bought["services"][0]["type"], "seat");
}

#[tokio::test]
async fn big_answers_are_compressed_for_those_who_ask() {
    let desk = Desk::open().await;
    let headers = [
        ("authorization", "Bearer duffel_test_x"),
        ("duffel-version", "v2"),
        ("content-type", "application/json"),
        ("accept-encoding", "gzip"),
    ];
    let body = json!({ "data": one_way("LHR", "JFK") }).to_string();
    let zipped = desk.raw("POST", "/air/offer_requests", &headers, body).await.expect("an answer");
    assert_eq!(zipped.header("content-encoding"), "gzip");
    assert_eq!(zipped.body[..2], [0x1f, 0x8b]);
    assert!(zipped.body.len() < 80_000);
}
