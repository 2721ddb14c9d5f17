//! Events reach whoever listens: at least once, in order, and again when they weren't taken.

use std::collections::BTreeMap;
use std::sync::Mutex;

use async_trait::async_trait;
use nestmap_core::event::Event;
use nestmap_core::flow::deliver::{DeliverReport, EventSink};

use crate::stage::{Scene, Supplier, ready};

/// A receiver that takes nothing as often as it is told to.
#[derive(Default)]
struct Receiver {
    refusals: Mutex<i64>,
    taken: Mutex<Vec<Event>>,
}

impl Receiver {
    fn refusing(refusals: i64) -> Self {
        Self { refusals: Mutex::new(refusals), ..Self::default() }
    }

    fn taken(&self) -> Vec<Event> {
        self.taken.lock().expect("nobody panics here").clone()
    }
}

#[async_trait]
impl EventSink for Receiver {
    async fn take(&self, event: &Event) -> Result<(), String> {
        let mut refusals = self.refusals.lock().expect("nobody panics here");
        if *refusals > 0 {
            *refusals -= 1;
            return Err("not now".into());
        }
        self.taken.lock().expect("nobody panics here").push(event.clone());
        Ok(())
    }
}

fn deliver(scene: &Scene, receiver: &Receiver) -> DeliverReport {
    ready(scene.memory.nestmap.deliver(receiver)).expect("the store answers")
}

#[test]
fn every_step_is_told_once_and_in_order() {
    let scene = Scene::new();
    let receiver = Receiver::default();
    ready(scene.acme.compliant_trip(&scene.memory.nestmap, scene.memory.supplier.request()));
    ready(scene.memory.settle());
    let report = deliver(&scene, &receiver);
    let taken = receiver.taken();
    assert_eq!(i64::try_from(taken.len()), Ok(report.delivered));
    let mut last: BTreeMap<_, i64> = BTreeMap::new();
    for event in &taken {
        let before = last.insert(event.subject.clone(), event.sequence).unwrap_or(0);
        assert!(before < event.sequence, "{} comes after what it follows from", event.name);
        assert_eq!(event.organization, scene.acme.id);
    }
    for name in ["organization.created", "trip.cleared", "order.booked"] {
        assert_eq!(taken.iter().filter(|event| event.name == name).count(), 1, "{name}");
    }
    assert_eq!(deliver(&scene, &receiver), DeliverReport::default(), "nothing is told twice");
}

#[test]
fn what_was_not_taken_comes_again_later() {
    let scene = Scene::new();
    let receiver = Receiver::refusing(2);
    let first = deliver(&scene, &receiver);
    assert_eq!((first.again, first.dead), (2, 0));
    assert_eq!(deliver(&scene, &receiver), DeliverReport::default(), "not at once");
    scene.memory.clock.advance_seconds(60);
    assert_eq!(deliver(&scene, &receiver).delivered, 2);
}

#[test]
fn a_receiver_that_never_takes_anything_is_given_up_after_ten_tries() {
    let scene = Scene::new();
    let receiver = Receiver::refusing(i64::MAX);
    let events = deliver(&scene, &receiver).again;
    let mut dead = 0;
    for round in 2..=10 {
        scene.memory.clock.advance_seconds(3_600);
        let report = deliver(&scene, &receiver);
        assert_eq!(report.again + report.dead, events, "round {round}");
        dead += report.dead;
    }
    assert_eq!(dead, events);
    scene.memory.clock.advance_seconds(3_600);
    assert_eq!(deliver(&scene, &receiver), DeliverReport::default());
}

/// Receivers are other programs, maybe other companies': names and addresses aren't for them.
#[test]
fn events_hold_no_personal_data() {
    let scene = Scene::new();
    let receiver = Receiver::default();
    ready(scene.acme.trip_to_approve(&scene.memory.nestmap, scene.memory.supplier.request()));
    ready(scene.memory.settle());
    deliver(&scene, &receiver);
    let told = serde_json::to_string(&receiver.taken()).expect("events are JSON");
    for personal in ["Silva", "ana@", "+4930123456", "1990-05-17", "Max Manager"] {
        assert!(!told.contains(personal), "{personal} is told");
    }
}
