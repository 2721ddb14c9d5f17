//! Purchases that don't come about, or not as they were meant.

use nestmap_core::approval::Answer;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::trips::TripView;
use nestmap_core::ledger::Leg;
use nestmap_core::order::{Failure, OrderState, Paid};
use nestmap_core::port::flights::RejectionKind;
use nestmap_core::shopping::{Cabin, FlightOffer, HoldTerms};
use nestmap_core::testing::{Fault, fixture};
use nestmap_core::trip::TripStatus;
use nestmap_core::{Code, Money};

use super::reopened;
use crate::stage::{
    Company, Scene, Scripted, Stage, Supplier, clock, compliant, ready, to_approve,
};

fn euro(amount: &str) -> Money {
    Money::parse(amount, "EUR").expect("an amount")
}

#[test]
fn an_offer_that_is_sold_out_reopens_the_trip() {
    let scene = Scene::new();
    let request = scene.memory.supplier.request();
    scene.memory.supplier.flights.stop_selling("economy-instant");
    let trip = ready(scene.acme.compliant_trip(&scene.memory.nestmap, request)).trip.value.id;
    scene.memory.supplier.flights.stop_selling("economy");
    ready(scene.memory.settle());
    let view = scene.view(trip);
    assert_eq!((view.status, scene.books().len()), (TripStatus::Draft, 0));
    assert_eq!(reopened(&view), "the offer isn't sold any more");
    assert!(matches!(
        view.orders[0].value.state,
        OrderState::Failed { failure: Failure::OfferGone, .. }
    ));
}

/// Between clearance and purchase the price rises: nothing is bought.
#[test]
fn an_offer_that_became_dearer_is_not_bought() {
    let scene = Scene::new();
    let request = scene.memory.supplier.request();
    scene.memory.supplier.flights.stop_selling("economy-instant");
    let trip = ready(scene.acme.compliant_trip(&scene.memory.nestmap, request)).trip.value.id;
    scene.memory.supplier.flights.sell(FlightOffer {
        expires_at: fixture::now().plus_minutes(30),
        ..fixture::flight("economy", "480.01")
    });
    ready(scene.memory.settle());
    let view = scene.view(trip);
    assert_eq!((view.status, scene.books().len()), (TripStatus::Draft, 0));
    let OrderState::Failed { failure: Failure::PriceMoved { ceiling, asked }, .. } =
        &view.orders[0].value.state
    else {
        panic!("{:?}", view.orders[0].value.state);
    };
    assert_eq!((*ceiling, *asked), (euro("480.00"), euro("480.01")));
}

/// Between submission and hold the price rises: nobody's consent to the old price pays the new one.
#[test]
fn an_offer_that_became_dearer_before_its_hold_is_asked_about_anew() {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let mut business = fixture::flight("business", "2600.00");
    for segment in business.slices.iter_mut().flat_map(|slice| &mut slice.segments) {
        segment.cabin = Some(Cabin::Business);
    }
    scene.memory.supplier.flights.sell(business.clone());
    let found = ready(scene.acme.search(nestmap, fixture::request()));
    let chosen = to_approve(&found);
    let drafted = ready(scene.acme.draft(nestmap, &found, chosen, Some("client_meeting")));
    let id = drafted.trip.value.id;
    ready(nestmap.submit_trip(&scene.acme.traveler, id, None)).expect("submitted");
    scene.memory.supplier.flights.sell(FlightOffer { total: euro("2600.01"), ..business });
    ready(scene.memory.settle());
    let view = scene.view(id);
    assert_eq!((view.status, scene.books().len()), (TripStatus::Draft, 0));
    let why = "the supplier asks 2600.01 EUR, and at most 2600.00 EUR may be paid";
    assert_eq!(reopened(&view), why);
    assert_eq!(view.approvals[0].value.state_name(), "withdrawn");
}

/// The seat is held without its price, and the price rises while the approver thinks.
#[test]
fn held_seats_that_became_dearer_are_given_back_unpaid() {
    let (scene, waiting) = seats_held_without_a_price();
    scene.memory.supplier.flights.reprice("so1", euro("2600.01"));
    scene.answer(&waiting, Answer::Approve);
    ready(scene.memory.settle());
    assert_eq!(scene.only_order(), (0, true));
    let view = scene.view(waiting.trip.value.id);
    assert_eq!(view.status, TripStatus::Draft);
    let why = "the supplier asks 2600.01 EUR, and at most 2600.00 EUR may be paid";
    assert_eq!(reopened(&view), why);
}

/// The price falls: the lower one is paid.
#[test]
fn held_seats_that_became_cheaper_cost_less() {
    let (scene, waiting) = seats_held_without_a_price();
    scene.memory.supplier.flights.reprice("so1", euro("2500.00"));
    scene.answer(&waiting, Answer::Approve);
    ready(scene.memory.settle());
    assert_eq!(scene.only_order(), (1, false));
    let view = scene.view(waiting.trip.value.id);
    let OrderState::Booked { paid, .. } = view.orders[0].value.state else {
        panic!("{:?}", view.orders[0].value.state);
    };
    assert_eq!(paid, euro("2500.00"));
}

/// Seats in business for 2600.00 EUR, held while the approver is asked, their price not safe.
fn seats_held_without_a_price() -> (Scene, TripView) {
    let scene = Scene::new();
    let nestmap = &scene.memory.nestmap;
    let mut business = fixture::flight("business", "2600.00");
    for segment in business.slices.iter_mut().flat_map(|slice| &mut slice.segments) {
        segment.cabin = Some(Cabin::Business);
    }
    business.hold = HoldTerms::SeatOnly { pay_by: fixture::now().plus_hours(48) };
    scene.memory.supplier.flights.sell(business);
    let found = ready(scene.acme.search(nestmap, fixture::request()));
    let chosen = to_approve(&found);
    let drafted = ready(scene.acme.draft(nestmap, &found, chosen, Some("client_meeting")));
    let id = drafted.trip.value.id;
    ready(nestmap.submit_trip(&scene.acme.traveler, id, None)).expect("submitted");
    ready(scene.memory.settle());
    let waiting = scene.view(id);
    assert_eq!(waiting.orders[0].value.state_name(), "held");
    (scene, waiting)
}

/// The supplier refuses to hold what it said can be held: then it is bought at once, once.
#[test]
fn a_hold_that_is_refused_becomes_an_instant_order() {
    let (stage, acme) = faulty([Fault::Rejected(RejectionKind::HoldUnavailable)]);
    let trip = ready(held_trip(&stage, &acme));
    ready(stage.settle());
    let view = ready(stage.nestmap.trip(&acme.traveler, trip)).expect("the trip");
    assert_eq!(view.status, TripStatus::Ticketed);
    let books = ready(stage.supplier.books());
    assert_eq!(books.iter().map(|order| order.payments).collect::<Vec<_>>(), [1]);
}

/// A low balance may be filled up: the payment is tried again, and made once.
#[test]
fn a_refused_payment_is_tried_again_while_the_seats_are_held() {
    let refused = Fault::Rejected(RejectionKind::Payment);
    let (stage, acme) = faulty([Fault::None, refused, refused]);
    let trip = ready(held_trip(&stage, &acme));
    ready(stage.settle());
    let view = ready(stage.nestmap.trip(&acme.traveler, trip)).expect("the trip");
    assert_eq!(view.status, TripStatus::Booking);
    ready(stage.settle_minutes(10));
    let view = ready(stage.nestmap.trip(&acme.traveler, trip)).expect("the trip");
    assert_eq!(view.status, TripStatus::Ticketed);
    let books = ready(stage.supplier.books());
    assert_eq!(books.iter().map(|order| order.payments).collect::<Vec<_>>(), [1]);
}

/// A webhook says that there is news: the lost answer is found out at the next tick, not later.
#[test]
fn a_hint_makes_the_next_tick_look() {
    let (stage, acme) = faulty([Fault::AnswerLost]);
    let trip = ready(held_trip(&stage, &acme));
    ready(stage.settle());
    let order = ready(stage.nestmap.trip(&acme.traveler, trip)).expect("the trip").orders.remove(0);
    let attempt = order.value.attempt().expect("nobody knows what became of it").id;
    let reference = order.value.reference(attempt);
    ready(stage.settle());
    let view = ready(stage.nestmap.trip(&acme.traveler, trip)).expect("the trip");
    assert_eq!(view.orders[0].value.state_name(), "purchasing", "it isn't looked up at once");
    ready(stage.nestmap.hint(&reference)).expect("a hint is taken");
    ready(stage.settle());
    let view = ready(stage.nestmap.trip(&acme.traveler, trip)).expect("the trip");
    assert_eq!(view.status, TripStatus::Ticketed);
}

/// The answer is lost, and somebody cancels at the supplier before anybody has looked: the books have
/// both movements all the same, and the traveler chooses anew.
#[test]
fn an_order_first_seen_when_it_is_canceled_is_paid_and_refunded_in_the_books() {
    let (stage, acme) = faulty([Fault::AnswerLost]);
    let request = stage.supplier.request();
    stage.supplier.flights.stop_selling("economy");
    let trip = ready(acme.compliant_trip(&stage.nestmap, request)).trip.value.id;
    ready(stage.settle());
    stage.supplier.flights.cancel_elsewhere("so1");
    ready(stage.settle_minutes(1));
    let view = ready(stage.nestmap.trip(&acme.traveler, trip)).expect("the trip");
    assert_eq!(view.status, TripStatus::Draft);
    assert_eq!(reopened(&view), "the supplier canceled the order");
    assert!(view.trip.value.items.iter().all(|item| item.order.is_none()));
    let order = &view.orders[0].value;
    let OrderState::Canceled { paid, refund, .. } = &order.state else {
        panic!("{:?}", order.state);
    };
    assert_eq!((*paid, refund.amount), (Paid::Amount(euro("455.00")), Some(euro("455.00"))));
    let moved = ready(stage.nestmap.store().transfers(acme.id, order.id)).expect("the ledger");
    let moved: Vec<_> = moved.iter().map(|transfer| (transfer.leg, transfer.amount)).collect();
    assert_eq!(moved, [(Leg::Payment, euro("455.00")), (Leg::Refund, euro("455.00"))]);
}

/// One of two flights can't be had: the other stays booked, and the traveler chooses anew.
#[test]
fn a_trip_that_lost_one_of_two_flights_keeps_the_other() {
    let scene = Scene::new();
    let (nestmap, traveler) = (&scene.memory.nestmap, &scene.acme.traveler);
    let flights = &scene.memory.supplier.flights;
    flights.stop_selling("economy-instant");
    let out = ready(scene.acme.search(nestmap, fixture::request()));
    flights.sell(fixture::flight("back", "470.00"));
    let back = ready(scene.acme.search(nestmap, fixture::request()));
    let mut new = scene.acme.new_trip(&out, compliant(&out), None);
    let cheapest = compliant(&back).offer.id;
    new.items.push(NewItem::Flight { offer_set: back.id, offer: cheapest });
    let id = ready(nestmap.draft_trip(traveler, new)).expect("a draft").trip.value.id;
    ready(nestmap.submit_trip(traveler, id, None)).expect("submitted");
    flights.stop_selling("back");
    ready(scene.memory.settle());
    let view = scene.view(id);
    assert_eq!(view.status, TripStatus::Draft);
    let states: Vec<_> = view.orders.iter().map(|order| order.value.state_name()).collect();
    assert_eq!(states, ["booked", "failed"]);
    assert_eq!(scene.only_order(), (1, false), "what is booked stays booked");

    let again = ready(scene.acme.search(nestmap, scene.memory.supplier.request()));
    let new = scene.acme.new_trip(&again, compliant(&again), None);
    // The seat is the traveler's: nobody else can be put on it.
    let swapped = NewTrip { travelers: vec![scene.acme.approver_id()], ..new.clone() };
    let swapped = ready(nestmap.change_trip(&scene.acme.admin, id, swapped, None));
    let swapped = swapped.expect_err("refused");
    assert_eq!((swapped.code, &swapped.details["field"]), (Code::InvalidTrip, &"travelers".into()));
    let changed = ready(nestmap.change_trip(traveler, id, new, None)).expect("another flight");
    assert_eq!(changed.trip.value.items.len(), 2, "the booked one is still in it");
    ready(nestmap.submit_trip(traveler, id, None)).expect("submitted again");
    ready(scene.memory.settle());
    assert_eq!(scene.view(id).status, TripStatus::Ticketed);
    let payments: Vec<_> = scene.books().iter().map(|order| order.payments).collect();
    assert_eq!(payments, [1, 1]);
}

/// A stage whose supplier has these faults, one after the other, and a company on it.
fn faulty<const N: usize>(faults: [Fault; N]) -> (Stage<Scripted>, Company) {
    let clock = clock();
    let mut faults = faults.into_iter();
    let script = Box::new(move |_| faults.next().unwrap_or_default());
    let supplier = Scripted::following(clock.clone(), script);
    let store = std::sync::Arc::new(nestmap_core::memory::MemoryStore::new());
    let stage = Stage::new(store, clock, supplier);
    let acme = ready(Company::found(&stage.nestmap, "Acme"));
    (stage, acme)
}

/// A compliant trip whose seats are held first.
async fn held_trip(stage: &Stage<Scripted>, acme: &Company) -> nestmap_core::id::TripId {
    let request = stage.supplier.request();
    stage.supplier.flights.stop_selling("economy-instant");
    acme.compliant_trip(&stage.nestmap, request).await.trip.value.id
}
