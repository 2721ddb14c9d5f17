//! Approvals that don't end with a yes, or don't end at all.

use nestmap_core::access::Role;
use nestmap_core::approval::{Answer, ApprovalState, DeadlineReason};
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::onboard::NewPerson;
use nestmap_core::flow::search::NewSearch;
use nestmap_core::policy::document::Silence;
use nestmap_core::testing::fixture;
use nestmap_core::trip::TripStatus;
use nestmap_core::{Call, Code};
use serde_json::json;

use super::{everything, policy, reopened};
use crate::stage::{Scene, Supplier, ready, to_approve};

#[test]
fn a_refused_trip_is_a_draft_again_and_its_seats_are_given_back() {
    let scene = Scene::new();
    let waiting = scene.waiting();
    scene.answer(&waiting, Answer::Reject);
    let view = scene.view(waiting.trip.value.id);
    assert_eq!(view.status, TripStatus::Draft);
    assert_eq!(reopened(&view), "the approver rejected it");
    ready(scene.memory.settle());
    assert_eq!(scene.only_order(), (0, true));

    // Another offer can be chosen for the same trip.
    let found = ready(scene.acme.search(&scene.memory.nestmap, scene.memory.supplier.request()));
    let new = scene.acme.new_trip(&found, crate::stage::compliant(&found), None);
    let (nestmap, traveler) = (&scene.memory.nestmap, &scene.acme.traveler);
    let id = view.trip.value.id;
    ready(nestmap.change_trip(traveler, id, new, None)).expect("a draft is changed");
    ready(nestmap.submit_trip(traveler, id, None)).expect("it is submitted again");
    ready(scene.memory.settle());
    assert_eq!(scene.view(id).status, TripStatus::Ticketed);
}

#[test]
fn silence_means_what_the_policy_says_once_its_window_has_ended() {
    // The seats of these offers are held for two days at their price; then the hold binds.
    let (day, week) = (24, 168);
    for (silence, window_hours, meant, status, order) in [
        ("deny", day, Silence::Deny, TripStatus::Draft, (0, true)),
        ("expire", day, Silence::Expire, TripStatus::Draft, (0, true)),
        ("approve", day, Silence::Approve, TripStatus::Ticketed, (1, false)),
        ("deny", week, Silence::Deny, TripStatus::Draft, (0, true)),
        ("approve", week, Silence::Expire, TripStatus::Draft, (0, true)),
    ] {
        let scene = Scene::with_policy(|document| {
            document["approvals"]["silence"] = json!(silence);
            document["approvals"]["window_hours"] = json!(window_hours);
        });
        let waiting = scene.waiting();
        let deadline = waiting.approvals[0].value.deadline;
        assert_eq!(deadline.reason == DeadlineReason::PolicyWindow, window_hours == day);
        scene.memory.clock.set(deadline.at.plus_seconds(-1));
        ready(scene.memory.settle());
        assert_eq!(scene.view(waiting.trip.value.id).status, TripStatus::AwaitingApproval);

        scene.memory.clock.set(deadline.at);
        ready(scene.memory.settle());
        let view = scene.view(waiting.trip.value.id);
        let ApprovalState::Silent { meant: found, .. } = view.approvals[0].value.state else {
            panic!("{silence}: {:?}", view.approvals[0].value.state);
        };
        let case = format!("{silence} {window_hours}");
        assert_eq!((found, view.status, scene.only_order()), (meant, status, order), "{case}");
    }
}

/// Minutes of an offer that can't be held aren't the day that the policy gives an approver.
#[test]
fn nobody_consents_by_silence_to_an_offer_that_ends_in_minutes() {
    let soft = json!({ "visibility": "mark", "approval": "soft" });
    let scene = Scene::with_policy(everything(soft));
    scene.memory.supplier.flights.stop_selling("economy");
    let found = ready(scene.acme.search(&scene.memory.nestmap, fixture::request()));
    let instant = &found.offers[0];
    let drafted = ready(scene.acme.draft(&scene.memory.nestmap, &found, instant, None));
    let id = drafted.trip.value.id;
    ready(scene.memory.nestmap.submit_trip(&scene.acme.traveler, id, None)).expect("submitted");
    scene.memory.clock.set(scene.view(id).approvals[0].value.deadline.at);
    ready(scene.memory.settle());
    let view = scene.view(id);
    assert_eq!((view.status, scene.books().len()), (TripStatus::Draft, 0));
    assert_eq!(reopened(&view), "nobody decided in time");
}

/// "Soft" says by its name that silence is consent, whatever the document says of silence; it has
/// to last as long as the policy's window.
#[test]
fn a_soft_approval_is_given_by_silence() {
    let soft = json!({ "visibility": "mark", "approval": "soft" });
    let scene = Scene::with_policy(everything(soft));
    let waiting = scene.waiting();
    scene.memory.clock.set(waiting.approvals[0].value.deadline.at);
    ready(scene.memory.settle());
    assert_eq!(scene.view(waiting.trip.value.id).status, TripStatus::Ticketed);
}

/// Where the policy wants it, nothing is even held before somebody agrees.
#[test]
fn before_booking_means_that_nothing_is_sent() {
    let before = json!({ "visibility": "mark", "approval": "before_booking" });
    let scene = Scene::with_policy(everything(before));
    let waiting = scene.waiting();
    assert_eq!(scene.books(), [], "nothing is held");
    assert!(scene.memory.supplier.flights.calls().is_empty(), "the supplier wasn't even called");
    let deadline = waiting.approvals[0].value.deadline;
    assert_eq!(deadline.reason, DeadlineReason::OfferExpiry, "without a hold the offer binds");
    scene.answer(&waiting, Answer::Approve);
    ready(scene.memory.settle());
    assert_eq!(scene.view(waiting.trip.value.id).status, TripStatus::Ticketed);
    assert_eq!(scene.only_order(), (1, false));
}

/// An offer that can't be held is ordered when it is approved, if it is still sold then.
#[test]
fn an_offer_without_a_hold_waits_as_long_as_it_is_sold() {
    let scene = Scene::with_policy(everything(json!("approve")));
    scene.memory.supplier.flights.stop_selling("economy");
    let found = ready(scene.acme.search(&scene.memory.nestmap, fixture::request()));
    let instant = &found.offers[0];
    let drafted = ready(scene.acme.draft(&scene.memory.nestmap, &found, instant, None));
    let id = drafted.trip.value.id;
    ready(scene.memory.nestmap.submit_trip(&scene.acme.traveler, id, None)).expect("submitted");
    ready(scene.memory.settle());
    let waiting = scene.view(id);
    assert_eq!(scene.books(), []);
    assert_eq!(waiting.approvals[0].value.deadline.reason, DeadlineReason::OfferExpiry);
    scene.answer(&waiting, Answer::Approve);
    ready(scene.memory.settle());
    assert_eq!((scene.view(id).status, scene.only_order()), (TripStatus::Ticketed, (1, false)));
}

#[test]
fn a_trip_given_up_while_it_waits_asks_nobody_any_more() {
    let scene = Scene::new();
    let waiting = scene.waiting();
    let id = waiting.trip.value.id;
    ready(scene.memory.nestmap.cancel_trip(&scene.acme.traveler, id, None)).expect("given up");
    let view = scene.view(id);
    assert!(matches!(view.approvals[0].value.state, ApprovalState::Withdrawn { .. }));
    assert_eq!(view.status, TripStatus::Canceling, "seats are still held");
    ready(scene.memory.settle());
    assert_eq!((scene.view(id).status, scene.only_order()), (TripStatus::Canceled, (0, true)));
}

/// What is submitted is judged by the policies of that moment, not by those it was drafted under.
#[test]
fn a_policy_published_after_the_draft_counts() {
    let scene = Scene::new();
    let (nestmap, traveler) = (&scene.memory.nestmap, &scene.acme.traveler);
    let found = ready(scene.acme.search(nestmap, fixture::request()));
    let chosen = crate::stage::compliant(&found);
    let drafted = ready(scene.acme.draft(nestmap, &found, chosen, None));
    ready(scene.acme.adopt(nestmap, policy(everything(json!("deny")))));
    let submitted = ready(nestmap.submit_trip(traveler, drafted.trip.value.id, None));
    assert_eq!(submitted.expect_err("denied").code, Code::PolicyDenied);
    ready(scene.memory.settle());
    assert_eq!(scene.books(), []);
}

/// What the traveler may not see isn't in the list, and its number is said.
#[test]
fn hidden_offers_are_counted_and_not_shown() {
    let scene = Scene::with_policy(|document| document["rules"][1]["outcome"] = json!("hide"));
    let found = ready(scene.acme.search(&scene.memory.nestmap, fixture::request()));
    assert_eq!((found.offers.len(), found.hidden), (2, 1));
    assert!(found.offers.iter().all(|offer| offer.offer.flight.total.minor < 250_000));
}

#[test]
fn a_trip_that_nobody_may_approve_is_not_submitted() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    // The approver travels; nobody else decides but the administrator, who books.
    let approver = scene.acme.approver_id();
    let profile = fixture::profile("Max", "Manager");
    let call = Call::by(nestmap_core::access::Actor::person(
        scene.acme.id,
        scene.acme.admin_id(),
        Role::ALL.into(),
    ));
    ready(nestmap.update_profile(&call, approver, profile, None)).expect("the profile is complete");
    let search = NewSearch { traveler: approver, request: fixture::request() };
    let found = ready(nestmap.search(&call, search)).expect("a search");
    let new = NewTrip {
        travelers: vec![approver],
        ..scene.acme.new_trip(&found, to_approve(&found), Some("medical"))
    };
    let drafted = ready(nestmap.draft_trip(&call, new)).expect("a draft").trip.value.id;
    let submitted = ready(nestmap.submit_trip(&call, drafted, None));
    assert_eq!(submitted.expect_err("nobody is left").code, Code::ApprovalUnroutable);
}

/// Everybody the policy names has to agree, and the last one's yes clears the trip.
#[test]
fn all_of_several_approvers_have_to_agree() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let second = NewPerson {
        email: "second@acme.example.com".into(),
        name: "Second".into(),
        roles: [Role::Approver].into(),
        manager: None,
        profile: Default::default(),
    };
    let second = ready(nestmap.add_person(&scene.acme.admin, second)).expect("joined").value.id;
    let both = json!([scene.acme.approver_id(), second]);
    let document = policy(|document| {
        document["approvals"]["approvers"] = both;
        document["approvals"]["steps"] = json!("all");
    });
    ready(scene.acme.adopt(nestmap, document));
    let waiting = scene.waiting();
    assert_eq!(waiting.approvals[0].value.steps.len(), 2);
    scene.answer(&waiting, Answer::Approve);
    let view = scene.view(waiting.trip.value.id);
    assert_eq!(view.status, TripStatus::AwaitingApproval, "one yes isn't enough");
    let call = Call::by(ready(nestmap.actor(scene.acme.id, second)).expect("an approver"));
    let approval = &view.approvals[0].value;
    let digest = approval.binding.digest;
    let yes =
        nestmap_core::flow::approve::NewDecision { answer: Answer::Approve, comment: None, digest };
    ready(nestmap.decide(&call, approval.id, yes, None)).expect("the second agrees");
    ready(scene.memory.settle());
    assert_eq!(scene.view(waiting.trip.value.id).status, TripStatus::Ticketed);
}

/// An arranger books for others, and decides about it as little as the traveler.
#[test]
fn an_arranger_does_not_approve_what_they_booked() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let arranger = NewPerson {
        email: "arranger@acme.example.com".into(),
        name: "Arranger".into(),
        roles: [Role::Arranger, Role::Approver].into(),
        manager: None,
        profile: Default::default(),
    };
    let arranger = ready(nestmap.add_person(&scene.acme.admin, arranger)).expect("joined").value.id;
    let call = Call::by(ready(nestmap.actor(scene.acme.id, arranger)).expect("an arranger"));
    let search = NewSearch { traveler: scene.acme.traveler_id(), request: fixture::request() };
    let found = ready(nestmap.search(&call, search)).expect("a search");
    let items = vec![NewItem::Flight { offer_set: found.id, offer: to_approve(&found).offer.id }];
    let new = NewTrip { items, ..scene.acme.new_trip(&found, to_approve(&found), Some("medical")) };
    let drafted = ready(nestmap.draft_trip(&call, new)).expect("a draft").trip.value.id;
    let view = ready(nestmap.submit_trip(&call, drafted, None)).expect("submitted");
    let approval = &view.approvals[0].value;
    assert!(!approval.approvers().any(|person| person == arranger));
    let digest = approval.binding.digest;
    let yes =
        nestmap_core::flow::approve::NewDecision { answer: Answer::Approve, comment: None, digest };
    let own = ready(nestmap.decide(&call, approval.id, yes, None));
    assert_eq!(own.expect_err("refused").code, Code::SeparationOfDuties);
}

/// A manager who chose the flights in somebody else's draft has arranged the trip.
#[test]
fn whoever_chose_what_is_in_a_trip_does_not_approve_it() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let second = NewPerson {
        email: "second@acme.example.com".into(),
        name: "Second".into(),
        roles: [Role::Approver].into(),
        manager: None,
        profile: Default::default(),
    };
    let second = ready(nestmap.add_person(&scene.acme.admin, second)).expect("joined").value.id;
    let chooser = scene.acme.approver_id();
    let choosing = Call::by(nestmap_core::access::Actor::person(
        scene.acme.id,
        chooser,
        [Role::Manager, Role::Approver].into(),
    ));
    let found = ready(scene.acme.search(nestmap, fixture::request()));
    let offer = crate::stage::compliant(&found);
    let id = ready(scene.acme.draft(nestmap, &found, offer, None)).trip.value.id;
    let new = scene.acme.new_trip(&found, to_approve(&found), Some("medical"));
    ready(nestmap.change_trip(&choosing, id, new.clone(), None)).expect("a manager may");
    // The traveler repeats it as it is, and with a title of their own.
    let new = NewTrip { title: "As chosen for me".into(), ..new };
    ready(nestmap.change_trip(&scene.acme.traveler, id, new, None)).expect("a draft");
    let view = ready(nestmap.submit_trip(&scene.acme.traveler, id, None)).expect("submitted");
    let approval = &view.approvals[0].value;
    assert_eq!(approval.chosen_by, [chooser].into());
    let asked: Vec<_> = approval.approvers().collect();
    assert!(asked.contains(&second) && !asked.contains(&chooser), "{asked:?}");
    let digest = approval.binding.digest;
    let yes =
        nestmap_core::flow::approve::NewDecision { answer: Answer::Approve, comment: None, digest };
    let own = ready(nestmap.decide(&choosing, approval.id, yes, None));
    assert_eq!(own.expect_err("refused").code, Code::SeparationOfDuties);
}

/// Who pays is kept by refusing: nothing is split, and no source is named.
#[test]
fn a_trip_that_the_company_may_not_pay_whole_is_not_submitted() {
    let limited = |payment: &str, limit: &str| json!({ "visibility": "mark", "payment": payment, "amount_limit": limit });
    for (outcome, refused) in [
        (limited("split", "479.99 EUR"), true),
        (limited("any", "479.99 EUR"), true),
        (limited("split", "480.00 EUR"), false),
        (limited("named", "480.00 EUR"), true),
        (json!({ "visibility": "mark", "payment": "split" }), true),
    ] {
        let scene = Scene::with_policy(everything(outcome.clone()));
        let (nestmap, traveler) = (&scene.memory.nestmap, &scene.acme.traveler);
        scene.memory.supplier.flights.stop_selling("economy-instant");
        let found = ready(scene.acme.search(nestmap, fixture::request()));
        let offer = found.offers.iter().find(|offer| offer.offer.flight.total.minor == 48_000);
        let drafted = ready(scene.acme.draft(nestmap, &found, offer.expect("on sale"), None));
        let submitted = ready(nestmap.submit_trip(traveler, drafted.trip.value.id, None));
        match submitted {
            Err(error) => assert_eq!((error.code, refused), (Code::PaymentTerms, true)),
            Ok(view) => assert_eq!((view.orders.len(), refused), (1, false), "{outcome}"),
        }
        ready(scene.memory.settle());
        assert_eq!(scene.books().is_empty(), refused, "{outcome}");
    }
}

/// Somebody who was asked and isn't an approver any more doesn't see what waits.
#[test]
fn an_approver_whose_role_was_taken_away_sees_no_requests() {
    let scene = Scene::new();
    scene.waiting();
    let nestmap = &scene.memory.nestmap;
    let page = || nestmap_core::page::PageRequest::first();
    let waits = ready(nestmap.approvals(&scene.acme.approver, page())).expect("an approver");
    assert_eq!(waits.items.len(), 1);
    let approver = scene.acme.approver_id();
    let member = Call::by(nestmap_core::access::Actor::person(
        scene.acme.id,
        approver,
        [Role::Member].into(),
    ));
    let refused = ready(nestmap.approvals(&member, page()));
    assert_eq!(refused.expect_err("refused").code, Code::Forbidden);
}
