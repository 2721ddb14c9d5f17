//! Documents that are no policies, and policies in the wrong state.

use nestmap_core::flow::policies::POLICIES_MAX;
use nestmap_core::page::PageRequest;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::policy::document::Problem;
use nestmap_core::{Code, Error};
use serde_json::{Value, json};

use crate::stage::travel_policy;
use crate::stage::{Scene, ready};

/// The example policy with one value replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut document = serde_json::to_value(travel_policy()).expect("a policy is JSON");
    let (parent, key) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let parent = document.pointer_mut(parent).expect("the example has this part");
    match parent {
        Value::Array(list) => list[key.parse::<usize>().expect("an index")] = value,
        parent => parent[key] = value,
    }
    document
}

fn refusal(document: &Value) -> Error {
    Problem::error(&PolicyDocument::from_value(document).expect_err("it has mistakes"))
}

/// Each mistake is told with its path and what was expected there.
#[test]
fn a_malformed_policy_is_refused_with_path_and_expectation() {
    let cases = [
        ("/schema", json!("nestmap.policy/9"), "schema"),
        ("/title", json!(7), "title"),
        ("/currency", json!("EURO"), "currency"),
        ("/approvals/window_hours", json!(0), "approvals.window_hours"),
        ("/approvals/silence", json!("shrug"), "approvals.silence"),
        ("/approvals/approvers", json!(["the_boss"]), "approvals.approvers[0]"),
        ("/rules/0/kind", json!("air.cabin"), "rules[0].kind"),
        ("/rules/0/bands/0/cabin", json!("buisness"), "rules[0].bands[0].cabin"),
        ("/rules/0/bands/0/below_minutes", json!(-1), "rules[0].bands[0].below_minutes"),
        ("/rules/0/bands", json!([]), "rules[0].bands"),
        ("/rules/1/amount", json!("-1.00 EUR"), "rules[1].amount"),
        ("/rules/1/amount", json!("12.345 EUR"), "rules[1].amount"),
        ("/rules/1/amount", json!("99999999999999999999 EUR"), "rules[1].amount"),
        ("/rules/1/id", json!("air-cabin"), "rules[1].id"),
        ("/rules/2/days_min", json!(1.5), "rules[2].days_min"),
        ("/rules/2/outcome", json!("maybe"), "rules[2].outcome"),
        ("/rules/2/surprise", json!(true), "rules[2].surprise"),
    ];
    for (pointer, value, path) in cases {
        let error = refusal(&with(pointer, value.clone()));
        assert_eq!(error.code, Code::InvalidPolicy);
        let problems = error.details["problems"].as_array().expect("a list").clone();
        let problem = problems.iter().find(|problem| problem["path"] == path);
        let problem = problem.unwrap_or_else(|| panic!("{pointer} = {value}: {problems:?}"));
        assert!(problem["expected"].as_str().is_some_and(|text| !text.is_empty()), "{problem}");
    }
}

/// Text that isn't JSON, isn't an object, or says a thing twice.
#[test]
fn text_that_is_no_document_is_refused() {
    let deep = "[".repeat(100_000);
    for text in ["", "{", "[]", "null", "{\"schema\":1,\"schema\":2}", "\u{feff}{}", "{}x", &deep] {
        let shown: String = text.chars().take(20).collect();
        let problems = PolicyDocument::parse_json(text).expect_err(&shown);
        assert!(!problems.is_empty(), "{shown}");
    }
}

#[test]
fn policies_change_state_one_way() {
    let scene = Scene::new();
    let (nestmap, admin) = (&scene.memory.nestmap, &scene.acme.admin);
    let published =
        ready(nestmap.policies(admin, PageRequest::first())).expect("policies").items.remove(0);
    let id = published.value.id;
    scene.refuses(Code::PolicyState, "", nestmap.publish_policy(admin, id, None));
    scene.refuses(Code::PolicyState, "", nestmap.revise_policy(admin, id, travel_policy(), None));
    scene.refuses(Code::VersionStale, "", nestmap.retire_policy(admin, id, Some(99)));
    let member = &scene.acme.traveler;
    scene.refuses(Code::Forbidden, "", nestmap.retire_policy(member, id, None));
    ready(nestmap.retire_policy(admin, id, Some(published.version))).expect("it is retired");
    scene.refuses(Code::PolicyState, "", nestmap.retire_policy(admin, id, None));
}

/// What nobody has decided about isn't compliant.
#[test]
fn without_a_policy_in_force_nothing_is_offered_or_booked() {
    let scene = Scene::new();
    let (nestmap, admin) = (&scene.memory.nestmap, &scene.acme.admin);
    let published =
        ready(nestmap.policies(admin, PageRequest::first())).expect("policies").items.remove(0);
    ready(nestmap.retire_policy(admin, published.value.id, None)).expect("it is retired");
    let draft = nestmap_core::flow::draft::NewTrip {
        title: "Nowhere".into(),
        purpose: None,
        travelers: vec![scene.acme.traveler_id()],
        items: Vec::new(),
        reason: None,
    };
    scene.refuses(Code::PolicyMissing, "", nestmap.draft_trip(&scene.acme.traveler, draft));
}

/// What grows without end would be read for every search.
#[test]
fn drafts_and_published_policies_are_bounded() {
    let scene = Scene::new();
    let (nestmap, admin) = (&scene.memory.nestmap, &scene.acme.admin);
    let first = ready(nestmap.policies(admin, PageRequest::first())).expect("policies").items;
    assert_eq!(first.len(), 1);
    for _ in 1..POLICIES_MAX {
        ready(nestmap.draft_policy(admin, travel_policy())).expect("there is room");
    }
    scene.refuses(Code::PolicyLimit, "", nestmap.draft_policy(admin, travel_policy()));
    ready(nestmap.retire_policy(admin, first[0].value.id, None)).expect("it is retired");
    ready(nestmap.draft_policy(admin, travel_policy())).expect("a retired one makes room");
}

#[test]
fn published_rules_are_bounded_and_all_of_them_hold() {
    let scene = Scene::new();
    let (nestmap, admin) = (&scene.memory.nestmap, &scene.acme.admin);
    let rule = serde_json::to_value(travel_policy()).expect("a policy is JSON")["rules"][0].clone();
    let rules: Vec<Value> = (0..500)
        .map(|n| {
            let mut rule = rule.clone();
            rule["id"] = json!(format!("rule-{n}"));
            rule
        })
        .collect();
    let document = PolicyDocument::parse_json(&with("/rules", json!(rules)).to_string());
    let document = document.expect("500 rules are a policy");
    let draft = || ready(nestmap.draft_policy(admin, document.clone())).expect("a draft").value.id;
    let published: Vec<_> = (0..3).map(|_| draft()).collect();
    for id in &published {
        ready(nestmap.publish_policy(admin, *id, None)).expect("there is room");
    }
    let fourth = draft();
    scene.refuses(Code::PolicyLimit, "", nestmap.publish_policy(admin, fourth, None));
    ready(nestmap.retire_policy(admin, published[0], None)).expect("it is retired");
    ready(nestmap.publish_policy(admin, fourth, None)).expect("a retired one makes room");
}
