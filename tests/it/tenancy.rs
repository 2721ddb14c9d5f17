//! Nobody reaches into another organization, whatever ids they have.

use nestmap_core::page::PageRequest;
use nestmap_core::testing::run_until_stuck;

use crate::house::public_flows;
use crate::stage::{Company, Ids, Memory, PROBES, WITHOUT_IDS};

#[test]
fn every_method_with_an_id_refuses_ids_of_another_organization_and_writes_nothing() {
    let memory = Memory::new();
    run_until_stuck(async {
        let acme = Company::found(&memory.nestmap, "Acme").await;
        let rival = Company::found(&memory.nestmap, "Rival").await;
        let ids = Ids::of(&memory, &acme, &rival).await;
        let powerful = rival.all_powerful();
        let before = memory.contents();
        for probe in PROBES {
            let asked = (probe.ask)(&memory.nestmap, &powerful, &ids).await;
            let what = format!("{} with a foreign {}", probe.method, probe.what);
            assert_eq!(asked.err().map(|error| error.code), probe.refused, "{what}");
            assert!(memory.contents() == before, "{what} wrote something");
        }
    })
    .expect("memory never waits");
}

/// Whether a thing exists elsewhere can't be told from the answer.
#[test]
fn a_foreign_thing_looks_like_one_that_is_not_there() {
    let (memory, elsewhere) = (Memory::new(), Memory::new());
    elsewhere.clock.advance_seconds(1);
    run_until_stuck(async {
        let acme = Company::found(&memory.nestmap, "Acme").await;
        let rival = Company::found(&memory.nestmap, "Rival").await;
        let foreign = Ids::of(&memory, &acme, &rival).await;
        let nobody = Company::found(&elsewhere.nestmap, "Nobody").await;
        let absent = Ids {
            own_person: foreign.own_person,
            own_trip: foreign.own_trip,
            ..Ids::of(&elsewhere, &nobody, &nobody).await
        };
        let powerful = rival.all_powerful();
        for probe in PROBES {
            let foreign = (probe.ask)(&memory.nestmap, &powerful, &foreign).await;
            let absent = (probe.ask)(&memory.nestmap, &powerful, &absent).await;
            let shown = |asked: nestmap_core::Result<()>| {
                asked.map_err(|error| without_ids(&format!("{} {:?}", error, error.details)))
            };
            assert_eq!(shown(foreign), shown(absent), "{} with a {}", probe.method, probe.what);
        }
    })
    .expect("memory never waits");
}

/// What the caller sent may stand in the message.
fn without_ids(message: &str) -> String {
    let words = message.split_inclusive(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.map(|word| if word.len() > 26 { "id " } else { word }).collect()
}

#[test]
fn lists_hold_only_ones_own() {
    let memory = Memory::new();
    run_until_stuck(async {
        let nestmap = &memory.nestmap;
        let acme = Company::found(nestmap, "Acme").await;
        let rival = Company::found(nestmap, "Rival").await;
        Ids::of(&memory, &acme, &rival).await;
        let powerful = rival.all_powerful();
        let people = nestmap.people(&powerful, PageRequest::first()).await.expect("people");
        assert_eq!(people.items.len(), 3);
        assert!(people.items.iter().all(|person| person.value.organization == rival.id));
        let policies = nestmap.policies(&powerful, PageRequest::first()).await;
        let policies = policies.expect("policies").items;
        assert!(policies.iter().all(|policy| policy.value.organization == rival.id));
        assert_eq!(policies.len(), 1);
        let trips = nestmap.trips(&powerful, PageRequest::first()).await.expect("trips");
        assert!(trips.items.iter().all(|line| line.trip.value.organization == rival.id));
        assert_eq!(trips.items.len(), 1);
        let approvals = nestmap.approvals(&powerful, PageRequest::first()).await;
        assert!(approvals.expect("approvals").items.is_empty());
        let stuck = nestmap.orders_needing_person(&powerful).await.expect("orders");
        assert!(stuck.is_empty());
        let lines = nestmap.audit(&powerful, None, PageRequest::new(100, None).expect("a page"));
        let lines = lines.await.expect("the log").items;
        assert!(!lines.is_empty() && lines.iter().all(|line| line.organization == rival.id));
    })
    .expect("memory never waits");
}

/// Reads the core's flows, so that a new method can't be forgotten here.
#[test]
fn every_public_flow_has_a_probe_or_a_reason_for_none() {
    let methods = public_flows();
    assert!(methods.len() > 40, "the flows are found: {methods:?}");
    for method in &methods {
        let probed = PROBES.iter().any(|probe| probe.method == method);
        let exempt = WITHOUT_IDS.iter().any(|(name, _)| name == method);
        assert!(probed != exempt, "`{method}` needs a probe, or a reason for none, not both");
    }
    let known = |name: &str| methods.iter().any(|method| method == name);
    for probe in PROBES {
        assert!(known(probe.method), "`{}` isn't a flow", probe.method);
    }
    for (name, _) in WITHOUT_IDS {
        assert!(known(name), "`{name}` isn't a flow");
    }
}
