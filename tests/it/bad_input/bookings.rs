//! Trips, approvals and orders that can't be as they are asked for.

use nestmap_core::approval::Answer;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::trips::TripView;
use nestmap_core::port::store::IdempotencyKey;
use nestmap_core::shopping::{PassengerKind, SearchPassenger, SupplierRef};
use nestmap_core::testing::fixture;
use nestmap_core::trip::{Reason, Stay};
use nestmap_core::{Code, Money};

use crate::stage::{Scene, ready};
use crate::stage::{Supplier, compliant, to_approve};

fn stay() -> Stay {
    Stay {
        property: "Hotel Adler".into(),
        place: fixture_place("JFK"),
        check_in: fixture::parse("2026-03-16"),
        check_out: fixture::parse("2026-03-18"),
        nightly: euro("180.00"),
        nightly_tax: None,
        stars: Some(4),
        refundable: None,
    }
}

fn fixture_place(code: &str) -> nestmap_core::place::Terminus {
    nestmap_core::place::Terminus::parse(code).expect("a place")
}

fn euro(amount: &str) -> Money {
    Money::parse(amount, "EUR").expect("an amount")
}

fn trip_of(scene: &Scene, items: Vec<NewItem>) -> NewTrip {
    NewTrip {
        title: "Kick-off".into(),
        purpose: None,
        travelers: vec![scene.acme.traveler_id()],
        items,
        reason: None,
    }
}

fn search(scene: &Scene) -> nestmap_core::flow::search::AssessedOffers {
    ready(scene.acme.search(&scene.memory.nestmap, fixture::request()))
}

#[test]
fn trips_that_cannot_be_are_refused() {
    let scene = Scene::new();
    let nobody = NewTrip { travelers: Vec::new(), ..trip_of(&scene, Vec::new()) };
    let traveler = scene.acme.traveler_id();
    let twice = NewTrip { travelers: vec![traveler; 2], ..trip_of(&scene, Vec::new()) };
    let many = trip_of(&scene, vec![NewItem::Stay { stay: stay() }; 21]);
    let backwards = Stay { check_out: fixture::parse("2026-03-15"), ..stay() };
    let endless = Stay { check_out: fixture::parse("2030-03-15"), ..stay() };
    let negative = Stay { nightly: euro("-1.00"), ..stay() };
    let starry = Stay { stars: Some(6), ..stay() };
    let dear = Stay { nightly: Money::new(i64::MAX, euro("1").currency), ..stay() };
    let of_stay = |stay: Stay| trip_of(&scene, vec![NewItem::Stay { stay }]);
    let cases = [
        ("travelers", nobody),
        ("travelers", twice),
        ("items", many),
        ("items[0].stay.check_out", of_stay(backwards)),
        ("items[0].stay.check_out", of_stay(endless)),
        ("items[0].stay.nightly", of_stay(negative)),
        ("items[0].stay.stars", of_stay(starry)),
    ];
    let nestmap = &scene.memory.nestmap;
    for (field, new) in cases {
        scene.refuses(Code::InvalidTrip, field, nestmap.draft_trip(&scene.acme.traveler, new));
    }
    let before = scene.memory.contents();
    let error =
        ready(nestmap.draft_trip(&scene.acme.traveler, of_stay(dear))).expect_err("refused");
    assert_eq!(error.kind(), nestmap_core::ErrorKind::Invalid, "{error:?}");
    assert!(scene.memory.contents() == before);
}

#[test]
fn mixed_currencies_in_one_price_are_refused() {
    let scene = Scene::new();
    let dollars = Money::parse("20.00", "USD").expect("an amount");
    let mixed = Stay { nightly_tax: Some(dollars), ..stay() };
    let new = trip_of(&scene, vec![NewItem::Stay { stay: mixed }]);
    let before = scene.memory.contents();
    let drafted = ready(scene.memory.nestmap.draft_trip(&scene.acme.traveler, new));
    assert_eq!(drafted.expect_err("refused").code, Code::CurrencyMismatch);
    assert!(scene.memory.contents() == before);
}

#[test]
fn an_offer_that_ended_is_neither_drafted_nor_submitted() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let found = search(&scene);
    let new = scene.acme.new_trip(&found, compliant(&found), None);
    let drafted = ready(nestmap.draft_trip(&scene.acme.traveler, new.clone())).expect("in time");
    scene.memory.clock.advance_seconds(31 * 60);
    let late = nestmap.draft_trip(&scene.acme.traveler, new);
    scene.refuses(Code::OfferExpired, "items[0]", late);
    let id = drafted.trip.value.id;
    let late = nestmap.submit_trip(&scene.acme.traveler, id, None);
    scene.refuses(Code::OfferExpired, "", late);
}

#[test]
fn offers_and_searches_nobody_has_are_not_there() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let (one, other) = (search(&scene), search(&scene));
    let mixed = NewItem::Flight { offer_set: one.id, offer: other.offers[0].offer.id };
    let drafted = nestmap.draft_trip(&scene.acme.traveler, trip_of(&scene, vec![mixed]));
    scene.refuses(Code::NotFound, "items[0]", drafted);
}

#[test]
fn an_offer_for_others_is_no_offer_for_these_travelers() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let mut offer = fixture::flight("for-two", "900.00");
    offer.passengers.push(offer.passengers[0].clone());
    scene.memory.supplier.flights.sell(offer);
    let adult = SearchPassenger { kind: PassengerKind::Adult, age: None };
    let mut request = fixture::request();
    request.passengers = vec![adult, adult];
    let found = ready(scene.acme.search(nestmap, request));
    let new = scene.acme.new_trip(&found, &found.offers[0], None);
    let drafted = nestmap.draft_trip(&scene.acme.traveler, new);
    scene.refuses(Code::InvalidTrip, "items[0].offer", drafted);
}

#[test]
fn a_member_cannot_travel_for_others_or_take_them_along() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let with_boss = NewTrip {
        travelers: vec![scene.acme.traveler_id(), scene.acme.approver_id()],
        ..trip_of(&scene, Vec::new())
    };
    scene.refuses(Code::Forbidden, "", nestmap.draft_trip(&scene.acme.traveler, with_boss));
}

#[test]
fn a_stale_version_is_refused_and_says_which_it_is() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let found = search(&scene);
    let drafted = ready(scene.acme.draft(nestmap, &found, compliant(&found), None));
    let (id, version) = (drafted.trip.value.id, drafted.trip.version);
    let new = scene.acme.new_trip(&found, compliant(&found), None);
    let traveler = &scene.acme.traveler;
    ready(nestmap.change_trip(traveler, id, new.clone(), Some(version))).expect("it is changed");
    let stale = Some(version);
    scene.refuses(Code::VersionStale, "", nestmap.change_trip(traveler, id, new, stale));
    scene.refuses(Code::VersionStale, "", nestmap.submit_trip(traveler, id, stale));
    let error = scene.refuses(Code::VersionStale, "", nestmap.cancel_trip(traveler, id, stale));
    assert_eq!(error.details["found"], version + 1);
}

#[test]
fn a_key_stands_for_one_request() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let key = IdempotencyKey::parse("11111111-2222-3333-4444-555555555555").expect("a key");
    let once = scene.acme.traveler.clone().once(key);
    let new = trip_of(&scene, Vec::new());
    let first = ready(nestmap.draft_trip(&once, new.clone())).expect("it is drafted");
    let before = scene.memory.contents();
    let again = ready(nestmap.draft_trip(&once, new.clone())).expect("it is answered again");
    assert_eq!(again.trip.value.id, first.trip.value.id, "one trip");
    assert!(scene.memory.contents() == before, "a repetition writes nothing");

    let other = NewTrip { title: "Another".into(), ..new.clone() };
    scene.refuses(Code::IdempotencyKeyReused, "Idempotency-Key", nestmap.draft_trip(&once, other));
    let elsewhere = nestmap.cancel_trip(&once, first.trip.value.id, None);
    scene.refuses(Code::IdempotencyKeyReused, "Idempotency-Key", elsewhere);
    for bad in ["", " ", "a b", "a\nb", "schlüssel", &"x".repeat(256)] {
        let error = IdempotencyKey::parse(bad).expect_err("no key");
        assert_eq!(error.code, Code::IdempotencyKeyInvalid);
        assert_eq!(super::named(&error), "Idempotency-Key");
    }
}

#[test]
fn trips_in_the_wrong_state_stay_as_they_are() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let traveler = &scene.acme.traveler;
    let empty = ready(nestmap.draft_trip(traveler, trip_of(&scene, Vec::new()))).expect("drafted");
    let id = empty.trip.value.id;
    scene.refuses(Code::InvalidTrip, "items", nestmap.submit_trip(traveler, id, None));
    ready(nestmap.cancel_trip(traveler, id, None)).expect("it is given up");
    scene.refuses(Code::TripState, "", nestmap.cancel_trip(traveler, id, None));
    scene.refuses(Code::TripState, "", nestmap.submit_trip(traveler, id, None));
    let new = trip_of(&scene, Vec::new());
    scene.refuses(Code::TripState, "", nestmap.change_trip(traveler, id, new, None));
}

#[test]
fn decisions_that_do_not_count_change_nothing() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let view = ready(scene.acme.trip_to_approve(nestmap, scene.memory.supplier.request()));
    let approval = view.approvals[0].clone();
    let (id, digest) = (approval.value.id, approval.value.binding.digest);
    let yes = NewDecision { answer: Answer::Approve, comment: None, digest };
    let approver = &scene.acme.approver;
    let stale = nestmap.decide(approver, id, yes.clone(), Some(approval.version + 1));
    scene.refuses(Code::VersionStale, "", stale);
    let unseen = NewDecision { digest: nestmap_core::digest::Digest::of("x", &1), ..yes.clone() };
    scene.refuses(Code::ApprovalStale, "digest", nestmap.decide(approver, id, unseen, None));
    let long = NewDecision { comment: Some("x".repeat(1_001)), ..yes.clone() };
    scene.refuses(Code::InvalidField, "comment", nestmap.decide(approver, id, long, None));
    let asked_for = nestmap.decide(&scene.acme.admin, id, yes.clone(), None);
    scene.refuses(Code::Forbidden, "", asked_for);
    scene.memory.clock.set(approval.value.deadline.at);
    scene.refuses(Code::ApprovalState, "", nestmap.decide(approver, id, yes, None));
}

/// Nobody decides about a trip they take, not even an administrator with the approver's role.
#[test]
fn nobody_approves_their_own_trip() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let view = ready(scene.acme.trip_to_approve(nestmap, scene.memory.supplier.request()));
    let approval = &view.approvals[0].value;
    let digest = approval.binding.digest;
    let yes = NewDecision { answer: Answer::Approve, comment: None, digest };
    let own = nestmap_core::access::Actor::person(
        scene.acme.id,
        scene.acme.traveler_id(),
        nestmap_core::access::Role::ALL.into(),
    );
    let own = nestmap_core::Call::by(own);
    scene.refuses(Code::SeparationOfDuties, "", nestmap.decide(&own, approval.id, yes, None));
}

#[test]
fn reasons_must_be_among_those_the_policy_names() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let found = search(&scene);
    let new = |code: Option<&str>| NewTrip {
        reason: code.map(|code| Reason { code: code.into(), text: None }),
        ..scene.acme.new_trip(&found, to_approve(&found), None)
    };
    for code in [None, Some("because"), Some("CLIENT_MEETING")] {
        let drafted = ready(nestmap.draft_trip(&scene.acme.traveler, new(code))).expect("a draft");
        let id = drafted.trip.value.id;
        let submitted = nestmap.submit_trip(&scene.acme.traveler, id, None);
        let error = scene.refuses(Code::EvidenceMissing, "reason.code", submitted);
        assert!(error.details["expected"].as_str().is_some_and(|e| e.contains("client_meeting")));
    }
}

#[test]
fn a_profile_that_airlines_refuse_stops_before_anything_is_ordered() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let traveler = &scene.acme.traveler;
    let blank = Default::default();
    ready(nestmap.update_profile(traveler, scene.acme.traveler_id(), blank, None)).expect("blank");
    let found = search(&scene);
    let drafted = ready(scene.acme.draft(nestmap, &found, compliant(&found), None));
    let submitted = nestmap.submit_trip(traveler, drafted.trip.value.id, None);
    scene.refuses(Code::PassengerIncomplete, "profile.given_name", submitted);
}

fn booked(scene: &Scene) -> TripView {
    let nestmap = &scene.memory.nestmap;
    let request = scene.memory.supplier.request();
    let id = ready(scene.acme.compliant_trip(nestmap, request)).trip.value.id;
    ready(scene.memory.settle());
    ready(nestmap.trip(&scene.acme.traveler, id)).expect("a traveler sees the trip")
}

#[test]
fn orders_in_the_wrong_state_stay_as_they_are() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let traveler = &scene.acme.traveler;
    let view = booked(&scene);
    let (trip, order) = (view.trip.value.id, view.orders[0].value.id);
    scene.refuses(Code::OrderState, "", nestmap.cancel_trip(traveler, trip, None));
    let made_up = SupplierRef { supplier: "scripted".into(), id: "so1/quote9".into() };
    let unquoted = nestmap.confirm_cancellation(traveler, order, &made_up, None);
    scene.refuses(Code::QuoteExpired, "", unquoted);
    let absent = nestmap.declare_absent(&scene.acme.admin, order, None);
    scene.refuses(Code::OrderState, "", absent);
    scene.refuses(Code::Forbidden, "", nestmap.declare_absent(traveler, order, None));

    let quoted = ready(nestmap.quote_cancellation(traveler, order)).expect("it is quoted");
    let quote = quoted.value.cancellation.quote().expect("here it is").clone();
    scene.memory.clock.set(quote.expires_at.expect("a quote ends"));
    let late = nestmap.confirm_cancellation(traveler, order, &quote.quote, None);
    scene.refuses(Code::QuoteExpired, "", late);
}
