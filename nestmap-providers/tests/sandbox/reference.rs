use serde_json::{Value, json};

use super::client::{Desk, text};

#[tokio::test]
async fn airports_are_listed_filtered_and_read() {
    let desk = Desk::open().await;
    let page = desk.get("/air/airports?limit=200").await.json();
    assert_eq!(page["data"].as_array().map(Vec::len), Some(200));
    assert!(page["meta"]["after"].is_string());
    let swiss = desk.get("/air/airports?iata_country_code=CH&limit=200").await.data();
    assert!(swiss.as_array().expect("a list").iter().any(|row| row["iata_code"] == "ZRH"));
    let one = desk.get("/air/airports?iata_code=LHR").await.data();
    assert_eq!(one[0]["id"], "arp_lhr_gb");
    assert_eq!(one[0]["time_zone"], "Europe/London");
    assert_eq!(one[0]["city"]["iata_code"], "LON");
    assert_eq!(desk.get("/air/airports/arp_lhr_gb").await.data(), one[0]);
    assert_eq!(desk.get("/air/airports/arp_lhr_us").await.status, 404);
}

#[tokio::test]
async fn airlines_and_aircraft_are_listed_and_read() {
    let desk = Desk::open().await;
    let (mut count, mut after) = (0, String::new());
    loop {
        let page = desk.get(&format!("/air/airlines?limit=200&after={after}")).await.json();
        count += page["data"].as_array().map_or(0, Vec::len);
        match page["meta"]["after"].as_str() {
            Some(next) => after = next.to_owned(),
            None => break,
        }
    }
    assert!(count > 500, "{count} airlines");
    let offer = desk.offer_of("BA", "LHR", "JFK").await;
    let airline = desk.get(&format!("/air/airlines/{}", text(&offer["owner"]["id"]))).await;
    assert_eq!(airline.data(), offer["owner"]);
    let aircraft = &offer["slices"][0]["segments"][0]["aircraft"];
    let read = desk.get(&format!("/air/aircraft/{}", text(&aircraft["id"]))).await;
    assert_eq!(read.data(), *aircraft);
    assert!(desk.get("/air/aircraft").await.data().as_array().map_or(0, Vec::len) > 10);
}

#[tokio::test]
async fn places_are_suggested_by_name_code_and_position() {
    let desk = Desk::open().await;
    let codes = async |query: &str| -> Vec<String> {
        let body = desk.get(&format!("/places/suggestions?{query}")).await.json();
        assert_eq!((&body["meta"], &body["warnings"]), (&Value::Null, &json!([])));
        let rows = body["data"].as_array().expect("a list").clone();
        rows.iter().map(|row| text(&row["iata_code"]).to_owned()).collect()
    };
    assert_eq!(codes("name=LHR").await[0], "LHR");
    assert_eq!(codes("query=lhr").await[0], "LHR");
    let london = codes("name=london").await;
    assert_eq!(london[..2], ["LON", "LGW"], "the city first, then its large airports");
    assert_eq!(codes("lat=51.5&lng=-0.1&rad=20000").await[0], "LCY");
    assert_eq!(codes("name=qqqqqq").await.len(), 0);
    assert_eq!(desk.get("/places/suggestions").await.pointers(), ["/lat"]);
    assert_eq!(desk.get("/places/suggestions?lat=1&lng=2&rad=-5").await.pointers(), ["/rad"]);
    assert_eq!(desk.get("/places/suggestions?lat=NaN&lng=2&rad=5").await.pointers(), ["/lat"]);
}
