//! Malformed documents: each mistake with its path, its expectation and what was probably meant.

use serde_json::{Value, json};

use super::sample::{document, document_json, person};
use crate::error::Code;
use crate::policy::document::{Problem, RULES_MAX};
use crate::policy::predicate::Fact;
use crate::policy::{PolicyDocument, RuleBody, RuleKind};

fn cap() -> Value {
    json!({"kind": "air.price_cap", "amount": "300.00 EUR", "tax": "included", "per": "journey"})
}

fn problems(document: &Value) -> Vec<Problem> {
    PolicyDocument::from_value(document).unwrap_err()
}

fn of_rule(rule: Value) -> Vec<Problem> {
    problems(&document_json([rule]))
}

/// The rule with one field set, or taken out by null.
fn changed(mut rule: Value, field: &str, value: Value) -> Value {
    rule[field] = value;
    rule
}

/// A test below so many levels that it is at the given one.
fn deep(levels: usize) -> Value {
    let test = json!({"fact": "traveler.guest", "is": true});
    (1..levels).fold(test, |inner, _| json!({ "not": inner }))
}

fn comparison() -> Value {
    json!({"kind": "air.over_average_fare", "average": "median", "over_percent": 0,
        "window_minutes_domestic": 60, "window_minutes_international": 120,
        "window_on": "departure", "airports": "any", "airport_change": true, "cabin": "same"})
}

#[test]
fn predicates_are_eight_levels_deep_at_most() {
    document([json!({"kind": "general.requirement", "require": deep(8)})]);
    let found = of_rule(json!({"kind": "general.requirement", "require": deep(60)}));
    assert_eq!(found.len(), 1, "{found:?}");
}

#[test]
fn a_mistake_has_a_path_an_expectation_and_a_suggestion() {
    let bands = |bands: Value| json!({"kind": "air.cabin_by_duration", "measure": "elapsed", "bands": bands});
    let nightly = |caps: Value| {
        json!({"kind": "lodging.nightly_cap", "caps": caps, "tax": "included",
            "mandatory_fees": "included", "measure": "average"})
    };
    let season = |from: &str, until: &str| json!({"from": from, "until": until});
    let require = |predicate: Value| json!({"kind": "general.requirement", "require": predicate});
    let too_deep = format!("rules[0].require{}", ".not".repeat(8));
    let cases: Vec<(Value, &str, &str, Option<&str>)> = vec![
        (
            changed(cap(), "kind", json!("air.price_kap")),
            "rules[0].kind",
            "one of",
            Some("air.price_cap"),
        ),
        (changed(cap(), "amonut", json!(1)), "rules[0].amonut", "one of", None),
        (changed(cap(), "amount", json!("-1.00 EUR")), "rules[0].amount", "12.50 EUR", None),
        (changed(cap(), "amount", json!("1.005 EUR")), "rules[0].amount", "12.50 EUR", None),
        (
            changed(cap(), "amount", json!("9999999999999999.00 EUR")),
            "rules[0].amount",
            "12.50",
            None,
        ),
        (changed(cap(), "amount", json!(300)), "rules[0].amount", "12.50 EUR", None),
        (changed(cap(), "amount", Value::Null), "rules[0].amount", "the field `amount`", None),
        (changed(cap(), "tax", json!("includid")), "rules[0].tax", "included", Some("included")),
        (changed(cap(), "route", json!("Domestic")), "rules[0].route", "any", Some("domestic")),
        (changed(cap(), "id", json!("no spaces")), "rules[0].id", "letters", None),
        (changed(cap(), "outcome", json!("dney")), "rules[0].outcome", "deny", Some("deny")),
        (
            changed(cap(), "outcome", json!({"aproval": "hard"})),
            "rules[0].outcome.aproval",
            "approval",
            Some("approval"),
        ),
        (
            changed(cap(), "outcome", json!({"reasons": ["x"]})),
            "rules[0].outcome.evidence",
            "reason_code",
            None,
        ),
        (
            changed(cap(), "outcome", json!({"approvers": ["manager"]})),
            "rules[0].outcome.approval",
            "soft",
            None,
        ),
        (
            changed(cap(), "outcome", json!({"approval": "hard", "approvers": ["manger"]})),
            "rules[0].outcome.approvers[0]",
            "manager",
            Some("manager"),
        ),
        (
            changed(cap(), "when_unknown", json!("allow")),
            "rules[0].when_unknown",
            "something to happen",
            None,
        ),
        (
            changed(cap(), "when_unknown", json!({})),
            "rules[0].when_unknown",
            "something to happen",
            None,
        ),
        (
            changed(cap(), "applies", json!({"grade": ["vp"]})),
            "rules[0].applies.grade",
            "grades",
            Some("grades"),
        ),
        (
            changed(cap(), "applies", json!({"countries": ["DEU"]})),
            "rules[0].applies.countries[0]",
            "alpha-2",
            None,
        ),
        (
            changed(cap(), "applies", json!({"persons": ["bob"]})),
            "rules[0].applies.persons[0]",
            "person",
            None,
        ),
        (
            changed(cap(), "domestic_groups", json!(["naer"])),
            "rules[0].domestic_groups",
            "country group",
            Some("near"),
        ),
        (bands(json!([])), "rules[0].bands", "at least one", None),
        (
            bands(json!([{"cabin": "buisness"}])),
            "rules[0].bands[0].cabin",
            "economy",
            Some("business"),
        ),
        (
            bands(json!([{"cabin": "premium"}])),
            "rules[0].bands[0].cabin",
            "economy",
            Some("premium_economy"),
        ),
        (
            bands(json!([{"at_least_minutes": 60, "below_minutes": 60, "cabin": "first"}])),
            "rules[0].bands[0].below_minutes",
            "more than",
            None,
        ),
        (
            bands(
                json!([{"below_minutes": 361, "cabin": "economy"}, {"at_least_minutes": 360, "cabin": "first"}]),
            ),
            "rules[0].bands[1].at_least_minutes",
            "rising order",
            None,
        ),
        (
            bands(json!([{"cabin": "economy"}, {"at_least_minutes": 360, "cabin": "first"}])),
            "rules[0].bands[1].at_least_minutes",
            "rising order",
            None,
        ),
        (
            bands(json!([{"at_least_minutes": -1, "cabin": "economy"}])),
            "rules[0].bands[0].at_least_minutes",
            "from 0 to 10080",
            None,
        ),
        (
            bands(json!([{"at_least_minutes": 1.5, "cabin": "economy"}])),
            "rules[0].bands[0].at_least_minutes",
            "whole number",
            None,
        ),
        (
            json!({"kind": "air.advance_booking", "days_min": 362}),
            "rules[0].days_min",
            "from 0 to 361",
            None,
        ),
        (
            json!({"kind": "air.advance_booking", "days_min": "7"}),
            "rules[0].days_min",
            "whole number",
            None,
        ),
        (
            json!({"kind": "air.carriers", "mode": "ban", "by": "any", "carriers": []}),
            "rules[0].carriers",
            "at least one",
            None,
        ),
        (
            json!({"kind": "air.carriers", "mode": "ban", "by": "any", "carriers": ["LUFT"]}),
            "rules[0].carriers[0]",
            "IATA",
            None,
        ),
        (
            json!({"kind": "air.carriers", "mode": "ban", "by": "any", "carriers": ["LH", "LH"]}),
            "rules[0].carriers[1]",
            "once",
            None,
        ),
        (
            json!({"kind": "air.carriers", "mode": "ban", "by": "any", "carriers": ["@stars"]}),
            "rules[0].carriers",
            "list of airlines",
            Some("star"),
        ),
        (json!({"kind": "air.refundable"}), "rules[0].at_least", "`at_least`", None),
        (
            json!({"kind": "air.changeable", "at_least": "full", "at_most": "none"}),
            "rules[0].at_least",
            "in order",
            None,
        ),
        (
            json!({"kind": "air.layover", "minutes_min": 60, "minutes_max": 40}),
            "rules[0].minutes_min",
            "in order",
            None,
        ),
        (
            json!({"kind": "air.basic_economy", "fare_brands": [""]}),
            "rules[0].fare_brands[0]",
            "1 to 200",
            None,
        ),
        (
            json!({"kind": "air.basic_economy", "fare_brands": ["a\u{0}b"]}),
            "rules[0].fare_brands[0]",
            "control",
            None,
        ),
        (
            nightly(json!([{"place": "town:Munich", "amount": "1.00 EUR"}])),
            "rules[0].caps[0].place",
            "town:DE/Munich",
            None,
        ),
        (
            nightly(json!([{"place": "group:nowhere", "amount": "1.00 EUR"}])),
            "rules[0].caps[0].place",
            "country group",
            None,
        ),
        (
            nightly(
                json!([{"place": "world", "amount": "1.00 EUR"}, {"place": "world", "amount": "2.00 EUR"}]),
            ),
            "rules[0].caps[1]",
            "overlap",
            None,
        ),
        (
            nightly(json!([
                {"place": "world", "season": season("12-01", "02-01"), "amount": "1.00 EUR"},
                {"place": "world", "season": season("01-31", "03-01"), "amount": "2.00 EUR"},
            ])),
            "rules[0].caps[1]",
            "overlap",
            None,
        ),
        (
            nightly(
                json!([{"place": "world", "season": season("02-30", "03-01"), "amount": "1.00 EUR"}]),
            ),
            "rules[0].caps[0].season.from",
            "06-01",
            None,
        ),
        (
            nightly(
                json!([{"place": "world", "season": season("03-01", "03-01"), "amount": "1.00 EUR"}]),
            ),
            "rules[0].caps[0].season",
            "whole year",
            None,
        ),
        (
            json!({"kind": "lodging.stars", "ranges": [{"place": "world", "stars_tenths_max": 51}]}),
            "rules[0].ranges[0].stars_tenths_max",
            "from 0 to 50",
            None,
        ),
        (
            json!({"kind": "lodging.stars", "ranges": [{"place": "world", "stars_tenths_min": 1}, {"place": "world", "stars_tenths_max": 2}]}),
            "rules[0].ranges[1].place",
            "once",
            None,
        ),
        (
            json!({"kind": "lodging.stars", "ranges": [{"place": "world", "stars_tenths_min": 1}], "domestic_groups": []}),
            "rules[0].domestic_groups",
            "one of",
            None,
        ),
        (
            json!({"kind": "air.emissions", "per": "km", "grams_max": 100}),
            "rules[0].per",
            "traveler_km",
            None,
        ),
        (
            json!({"kind": "air.emissions", "per": "traveler", "grams_max": 0}),
            "rules[0].grams_max",
            "from 1 to 1000000000",
            None,
        ),
        (
            json!({"kind": "air.carriers", "mode": "ban", "by": "any", "carriers": ["LH"],
                "idle_without_alternative": "yes"}),
            "rules[0].idle_without_alternative",
            "true or false",
            None,
        ),
        (changed(comparison(), "average", json!("mode")), "rules[0].average", "median", None),
        (
            changed(comparison(), "added_to", json!("fastest")),
            "rules[0].added_to",
            "both or neither",
            None,
        ),
        (
            changed(comparison(), "fewer_connections_max", json!(11)),
            "rules[0].fewer_connections_max",
            "from 0 to 10",
            None,
        ),
        (
            changed(comparison(), "candidates_min", json!(0)),
            "rules[0].candidates_min",
            "from 1 to 1000",
            None,
        ),
        (
            require(json!({"fact": "flight.conections", "at_most": 1})),
            "rules[0].require.fact",
            "flight.connections",
            Some("flight.connections"),
        ),
        (
            require(json!({"fact": "flight.connections"})),
            "rules[0].require.at_least",
            "`at_most`",
            None,
        ),
        (
            require(json!({"fact": "flight.connections", "at_least": 2, "at_most": 1})),
            "rules[0].require.at_least",
            "in order",
            None,
        ),
        (
            require(json!({"fact": "flight.connections", "at_most": 1_001})),
            "rules[0].require.at_most",
            "from 0 to 1000",
            None,
        ),
        (
            require(json!({"fact": "flight.total", "at_least": "1.00 EUR", "at_most": "2.00 USD"})),
            "rules[0].require.at_least",
            "in one currency",
            None,
        ),
        (require(json!({"fact": "traveler.guest"})), "rules[0].require.is", "the field `is`", None),
        (
            require(json!({"fact": "stay.country", "any_of": ["DE"], "only": ["DE"]})),
            "rules[0].require.any_of",
            "`any_of` or `only`",
            None,
        ),
        (
            require(json!({"fact": "stay.country", "any_of": []})),
            "rules[0].require.any_of",
            "at least one",
            None,
        ),
        (
            require(json!({"any": [{"not": {"fact": "stay.country", "only": ["@naer"]}}]})),
            "rules[0].require.any[0].not.only",
            "country group",
            Some("near"),
        ),
        (
            require(json!({"all": [{"fact": "flight.operating_carriers", "any_of": ["@sta"]}]})),
            "rules[0].require.all[0].any_of",
            "list of airlines",
            Some("star"),
        ),
        (
            require(json!({"fact": "flight.airports", "any_of": ["FRAX"]})),
            "rules[0].require.any_of[0]",
            "IATA airport",
            None,
        ),
        (require(json!({"all": []})), "rules[0].require.all", "at least one", None),
        (require(json!({})), "rules[0].require", "one of them", None),
        (require(json!("true")), "rules[0].require", "an object", None),
        (
            require(json!({"any": [{"fact": "traveler.guest", "is": true, "only": ["x"]}]})),
            "rules[0].require.any[0].only",
            "one of fact, is",
            None,
        ),
        (
            require(json!({"any": [{"fact": "stay.nights", "at_most": 1},
                {"fact": "flight.slices", "at_most": 1}]})),
            "rules[0].require",
            "of flights or of stays",
            None,
        ),
        (require(deep(9)), &too_deep, "at most 8 levels", None),
        (
            require(json!({"all": vec![json!({"fact": "flight.slices", "at_most": 1}); 65]})),
            "rules[0].require",
            "at most 64 tests",
            None,
        ),
    ];
    for (rule, path, expected, suggestion) in cases {
        let found = of_rule(rule.clone());
        let problem = found.iter().find(|problem| problem.path == path);
        let problem = problem.unwrap_or_else(|| panic!("{path} not among {found:#?}"));
        assert!(problem.expected.contains(expected), "{problem:?}");
        if suggestion.is_some() {
            assert_eq!(problem.suggestion.as_deref(), suggestion, "{rule}");
        }
        assert_eq!(found.len(), 1, "{found:#?}");
    }
}

#[test]
fn all_mistakes_come_at_once() {
    let mut document = document_json([
        changed(cap(), "tax", json!("x")),
        json!({"kind": "air.advance_booking", "days_min": -1}),
    ]);
    document["currency"] = json!("EURO");
    document["titel"] = document["title"].take();
    let paths: Vec<_> = problems(&document).into_iter().map(|problem| problem.path).collect();
    assert_eq!(paths, ["title", "currency", "rules[0].tax", "rules[1].days_min", "titel"]);
}

#[test]
fn the_parts_of_a_document_agree() {
    let exemption = |changes: Value| {
        let mut exemption = json!({"id": "e1", "rules": ["r0"], "persons": [person(1).to_string()],
            "period": {"until": "2027-01-01"}, "reason": "medical",
            "granted_by": person(2).to_string()});
        exemption.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        exemption
    };
    let with = |field: &str, value: Value| changed(document_json([cap()]), field, value);
    let cases = [
        (with("effective", json!({"from": "2026-02-01", "until": "2026-02-01"})), "effective"),
        (with("effective", json!({"from": "2026-02-30"})), "effective.from"),
        (with("domestic_groups", json!(["far"])), "domestic_groups"),
        (with("schema", json!("nestmap.policy/2")), "schema"),
        (with("approvals", json!({"window_hours": 0})), "approvals.window_hours"),
        (
            with("approvals", json!({"price_tolerance_percent": 51})),
            "approvals.price_tolerance_percent",
        ),
        (with("approvals", json!({"approvers": []})), "approvals.approvers"),
        (with("rates", json!({"age_days_max": 367})), "rates.age_days_max"),
        (
            with("definitions", json!({"country_groups": {"a b": ["DE"]}})),
            "definitions.country_groups.a b",
        ),
        (with("exemptions", json!([exemption(json!({"rules": ["r1"]}))])), "exemptions[0].rules"),
        (with("exemptions", json!([exemption(json!({"persons": []}))])), "exemptions[0].persons"),
        (
            with("exemptions", json!([exemption(json!({"period": {}}))])),
            "exemptions[0].period.until",
        ),
        (
            with("exemptions", json!([exemption(json!({})), exemption(json!({}))])),
            "exemptions[1].id",
        ),
        (with("rules", json!({})), "rules"),
        (
            document_json([changed(cap(), "id", json!("a")), changed(cap(), "id", json!("a"))]),
            "rules[1].id",
        ),
        (json!([]), "$"),
        (json!(null), "$"),
    ];
    for (document, path) in cases {
        let found = problems(&document);
        assert!(found.iter().any(|problem| problem.path == path), "{path} not in {found:#?}");
    }
}

#[test]
fn groups_of_one_rule_share_no_country() {
    let mut document = document_json([json!({"kind": "lodging.stars", "ranges": [
        {"place": "group:near", "stars_tenths_max": 40},
        {"place": "group:alpine", "stars_tenths_max": 50},
    ]})]);
    document["definitions"]["country_groups"]["alpine"] = json!(["CH", "AT"]);
    let found = problems(&document);
    assert_eq!(found[0].path, "rules[0].ranges[1].place");
    assert!(found[0].message.contains("CH"), "{found:?}");
}

#[test]
fn text_that_is_not_a_tree_is_refused() {
    let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
    let large = format!("{{\"title\":\"{}\"}}", "x".repeat(2 << 20));
    let twice = r#"{"title":"a","title":"b"}"#;
    for text in ["", "{", "{\"a\":1}}", "NaN", "{\"a\":1e999}", twice, &deep, &large] {
        let shown: String = text.chars().take(40).collect();
        let found = PolicyDocument::parse_json(text).unwrap_err();
        assert_eq!(found[0].path, "$", "{shown}");
    }
    let found = PolicyDocument::parse_json(twice).unwrap_err();
    assert!(found[0].message.contains("`title` is given twice"), "{found:?}");
}

#[test]
fn rules_have_a_number() {
    let rules = |count: usize| document_json((0..count).map(|_| cap()));
    assert!(PolicyDocument::from_value(&rules(RULES_MAX)).is_ok());
    let found = problems(&rules(RULES_MAX + 1));
    assert_eq!((found[0].path.as_str(), found.len()), ("rules", 1));
}

#[test]
fn a_flood_of_mistakes_ends() {
    let found = problems(&document_json((0..400).map(|_| json!({"kind": "x", "y": 1}))));
    assert_eq!(found.len(), crate::policy::document::PROBLEMS_MAX);
}

#[test]
fn mistakes_are_one_error_with_a_list() {
    let found = of_rule(changed(cap(), "tax", json!("includid")));
    let error = Problem::error(&found);
    assert_eq!(error.code, Code::InvalidPolicy);
    assert_eq!(error.details["problems"][0]["path"], "rules[0].tax");
    assert_eq!(error.details["problems"][0]["suggestion"], "included");
}

#[test]
fn what_is_left_out_has_a_stated_meaning() {
    let document = document([cap()]);
    assert_eq!(document.approvals.window_hours, 24);
    assert_eq!(document.rates.age_days_max, 7);
    let rule = &document.rules[0];
    assert_eq!(rule.when_unknown.outcome().level(), crate::policy::Level::Approve);
    assert!(rule.applies.is_everyone());
}

#[test]
fn an_average_without_a_least_number_wants_five() {
    let document = document([comparison()]);
    let RuleBody::OverAverageFare(rule) = &document.rules[0].body else { panic!("another kind") };
    assert_eq!(rule.comparable.candidates_min, 5);
}

#[test]
fn the_page_for_policy_authors_has_every_kind_and_fact() {
    let page = include_str!("../../../../docs/policies.md");
    let rows: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("| `")).collect();
    let named: Vec<_> = rows.iter().filter_map(|row| row.split('`').next()).collect();
    let kinds = RuleKind::ALL.iter().map(|kind| kind.as_str());
    let facts = Fact::ALL.iter().map(|fact| fact.as_str());
    assert_eq!(named, kinds.chain(facts).collect::<Vec<_>>());
}
