//! The main job, from signing up to the refund: one story, played on every store and supplier.

use nestmap_core::approval::{Answer, Approval, ApprovalState, Deadline, DeadlineReason};
use nestmap_core::audit::AuditRecord;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::search::AssessedOffers;
use nestmap_core::id::OrderId;
use nestmap_core::ledger::Leg;
use nestmap_core::order::{Order, OrderState};
use nestmap_core::page::PageRequest;
use nestmap_core::policy::{Headline, Verdict};
use nestmap_core::port::store::Stored;
use nestmap_core::shopping::{FlightOffer, HoldTerms};
use nestmap_core::testing::flights_suite::BookedOrder;
use nestmap_core::trip::itinerary::Entry;
use nestmap_core::trip::{TripAction, TripStatus};
use nestmap_core::{Call, Code, Error};

use crate::stage::{
    self, Company, Home, Sandboxed, Scripted, Stage, Supplier, clock, compliant,
    reach_from_outside, to_approve,
};

#[tokio::test]
async fn on_memory_with_a_scripted_supplier() {
    scripted(Home::memory()).await;
}

#[tokio::test]
async fn on_sqlite_with_a_scripted_supplier() {
    scripted(Home::sqlite()).await;
}

#[tokio::test]
async fn on_postgres_with_a_scripted_supplier() {
    if let Some(home) = Home::postgres().await {
        scripted(home).await;
    }
}

#[tokio::test]
async fn on_memory_with_duffel_over_http() {
    duffel(Home::memory()).await;
}

#[tokio::test]
async fn on_sqlite_with_duffel_over_http() {
    duffel(Home::sqlite()).await;
}

#[tokio::test]
async fn on_postgres_with_duffel_over_http() {
    if let Some(home) = Home::postgres().await {
        duffel(home).await;
    }
}

async fn scripted(mut home: Home) {
    let clock = clock();
    let supplier = Scripted::new(clock.clone());
    play(&Stage::new(home.open().await, clock, supplier)).await;
    home.leave().await;
}

async fn duffel(mut home: Home) {
    let clock = clock();
    let supplier = Sandboxed::start(clock.clone()).await;
    play(&Stage::new(home.open().await, clock, supplier)).await;
    home.leave().await;
}

/// The story.
async fn play<S: Supplier>(stage: &Stage<S>) {
    let acme = Company::found(&stage.nestmap, "Acme").await;
    let rival = Company::found(&stage.nestmap, "Rival").await;

    let found = acme.search(&stage.nestmap, stage.supplier.request()).await;
    every_offer_is_explained(&found);

    let compliant = a_compliant_trip_needs_nobody(stage, &acme, &found).await;
    let approved = an_expensive_trip_is_approved_and_paid_once(stage, &acme).await;
    assert_eq!(paid_once(&stage.supplier.books().await), 2, "two orders, each paid once");

    the_traveler_gets_an_itinerary(stage, &acme, &approved).await;
    a_cancellation_is_quoted_and_confirmed(stage, &acme, &approved).await;
    let canceled = stage.supplier.books().await.into_iter().filter(|order| order.canceled);
    assert_eq!(canceled.count(), 1, "one of the orders is canceled");

    every_step_is_audited(stage, &acme, &[&compliant, &approved]).await;
    reach_from_outside(stage, &acme, &rival).await;
}

/// An order and where it came from.
struct Bought {
    order: OrderId,
    trip: nestmap_core::id::TripId,
}

fn every_offer_is_explained(found: &AssessedOffers) {
    assert!(found.offers.len() >= 2, "there is a choice");
    let offers = || found.offers.iter();
    let within = offers().filter(|o| o.assessment.headline() == Headline::Within);
    let cheapest = within.map(|o| &o.offer).min_by_key(|offer| offer.flight.total.minor);
    let cheapest = cheapest.expect("something is within the policy");
    for assessed in offers() {
        let assessment = &assessed.assessment;
        assert_eq!(assessment.findings.len(), 3, "each rule has its finding");
        assert_eq!(assessment.policies.len(), 1, "it names the policy and its version");
        for finding in assessment.findings.iter().filter(|f| f.verdict == Verdict::Outside) {
            assert!(finding.limit.is_some() && finding.actual.is_some(), "{finding:?}");
        }
        if assessment.headline() == Headline::Outside {
            let nearest = assessment.nearest.expect("the nearest compliant offer is named");
            let nearest = offers().find(|o| o.offer.id == nearest).expect("it is in the list");
            assert_eq!(nearest.offer.flight.total, cheapest.flight.total);
        } else {
            assert_eq!(assessment.nearest, None, "what is within needs no other");
        }
    }
}

async fn a_compliant_trip_needs_nobody<S: Supplier>(
    stage: &Stage<S>,
    acme: &Company,
    found: &AssessedOffers,
) -> Bought {
    let nestmap = &stage.nestmap;
    let drafted = acme.draft(nestmap, found, compliant(found), None).await;
    assert_eq!(drafted.status, TripStatus::Draft);
    assert!(drafted.available_actions.contains(&TripAction::Submit));
    let id = drafted.trip.value.id;
    let submitted = nestmap.submit_trip(&acme.traveler, id, Some(drafted.trip.version)).await;
    let submitted = submitted.expect("a compliant trip is submitted");
    assert_eq!(submitted.status, TripStatus::Booking, "cleared at once");
    assert!(submitted.approvals.is_empty(), "nobody is asked");

    stage.settle_minutes(5).await;
    let booked = nestmap.trip(&acme.traveler, id).await.expect("a traveler sees the trip");
    assert_eq!(booked.status, TripStatus::Ticketed);
    let again = nestmap.draft_trip(&acme.traveler, acme.new_trip(found, compliant(found), None));
    assert_code(again.await, Code::OfferUsed, "a search is booked from once");
    Bought { order: booked.orders[0].value.id, trip: id }
}

async fn an_expensive_trip_is_approved_and_paid_once<S: Supplier>(
    stage: &Stage<S>,
    acme: &Company,
) -> Bought {
    let nestmap = &stage.nestmap;
    let found = acme.search(nestmap, stage.supplier.request()).await;
    let chosen = to_approve(&found);
    let drafted = acme.draft(nestmap, &found, chosen, None).await;
    let id = drafted.trip.value.id;
    let unexplained = nestmap.submit_trip(&acme.traveler, id, None).await;
    assert_code(unexplained, Code::EvidenceMissing, "the policy asks for a reason");

    let explained = acme.new_trip(&found, chosen, Some("client_meeting"));
    let changed = nestmap.change_trip(&acme.traveler, id, explained, Some(drafted.trip.version));
    let version = changed.await.expect("a reason is added").trip.version;
    let submitted = nestmap.submit_trip(&acme.traveler, id, Some(version)).await;
    let submitted = submitted.expect("an explained trip is submitted");
    assert_eq!(submitted.status, TripStatus::AwaitingApproval);
    let approval = &submitted.approvals[0].value;
    assert_eq!(approval.approvers().collect::<Vec<_>>(), [acme.approver_id()]);
    assert_eq!(approval.deadline, earliest(approval, &chosen.offer.flight));
    assert!(stage::now(stage) < approval.deadline.at, "there is time to decide");

    stage.settle().await;
    let held = nestmap.trip(&acme.traveler, id).await.expect("a traveler sees the trip");
    let order = held.orders[0].value.id;
    assert_eq!(held.orders[0].value.state_name(), "held", "held before anybody has decided");
    assert_eq!(held.status, TripStatus::AwaitingApproval);
    let unpaid = stage.supplier.books().await.into_iter().filter(|order| order.payments == 0);
    assert_eq!(unpaid.count(), 1, "the hold isn't paid");
    let approval = held.approvals[0].clone();
    assert!(approval.value.deadline.at <= submitted.approvals[0].value.deadline.at);

    stage.clock.advance_seconds(2 * 3_600);
    approve_as_the_right_one(stage, acme, &approval).await;
    stage.settle_minutes(5).await;
    let booked = nestmap.trip(&acme.traveler, id).await.expect("a traveler sees the trip");
    assert_eq!(booked.status, TripStatus::Ticketed);
    assert_eq!(booked.orders.len(), 1, "what was held is what is booked");
    Bought { order, trip: id }
}

/// The deadline is the earliest of the policy's window, the hold and the departure.
fn earliest(approval: &Approval, offer: &FlightOffer) -> Deadline {
    let at = |at, reason| Deadline { at, reason };
    let window = approval.requested_at.plus_hours(24);
    let departure = offer.departs_at().expect("a flight departs").plus_minutes(-120);
    let mut bounds =
        vec![at(window, DeadlineReason::PolicyWindow), at(departure, DeadlineReason::Departure)];
    if let HoldTerms::PriceGuaranteed { price_until, .. } = offer.hold {
        bounds.push(at(price_until.plus_minutes(-10), DeadlineReason::PriceGuarantee));
    }
    let pay_by = offer.hold.pay_by().expect("the offer can be held");
    bounds.push(at(pay_by.plus_minutes(-10), DeadlineReason::HoldPayment));
    bounds.into_iter().min_by_key(|bound| bound.at).expect("there are bounds")
}

async fn approve_as_the_right_one<S: Supplier>(
    stage: &Stage<S>,
    acme: &Company,
    approval: &Stored<Approval>,
) {
    let nestmap = &stage.nestmap;
    let id = approval.value.id;
    let answer = |digest| NewDecision {
        answer: Answer::Approve,
        comment: Some("Good luck!".into()),
        digest,
    };
    let yes = answer(approval.value.binding.digest);

    let own = nestmap.decide(&acme.traveler, id, yes.clone(), None).await;
    assert!(own.is_err(), "nobody approves their own trip");
    let unasked = nestmap.decide(&acme.admin, id, yes.clone(), None).await;
    assert_code(unasked, Code::Forbidden, "an administrator isn't asked");
    let other = answer(nestmap_core::digest::Digest::of("another trip", &1));
    let unseen = nestmap.decide(&acme.approver, id, other, None).await;
    assert_code(unseen, Code::ApprovalStale, "a decision is about what was seen");

    let waiting = nestmap.approvals(&acme.approver, PageRequest::first()).await;
    let waiting = waiting.expect("an approver has a list").items;
    assert_eq!(waiting.iter().map(|stored| stored.value.id).collect::<Vec<_>>(), [id]);
    let trip = nestmap.trip(&acme.approver, approval.value.trip).await;
    trip.expect("an approver sees what they decide about");

    let decided = nestmap.decide(&acme.approver, id, yes.clone(), Some(approval.version)).await;
    let decided = decided.expect("the approver approves").value;
    assert!(matches!(decided.state, ApprovalState::Approved { .. }), "{:?}", decided.state);
    let twice = nestmap.decide(&acme.approver, id, yes, None).await;
    assert_code(twice, Code::ApprovalState, "nothing is decided twice");
}

async fn the_traveler_gets_an_itinerary<S: Supplier>(
    stage: &Stage<S>,
    acme: &Company,
    bought: &Bought,
) {
    let itinerary = stage.nestmap.itinerary(&acme.traveler, bought.trip).await;
    let itinerary = itinerary.expect("a traveler gets the itinerary");
    let order = order(stage, &acme.traveler, bought.order).await;
    let booking = order.booking().expect("it is booked");
    assert_eq!(itinerary.entries.len(), order.offer.flight.segments().count());
    let mut departures = Vec::new();
    for entry in &itinerary.entries {
        let Entry::Flight { segment, booking_reference, tickets, order_state, .. } = entry else {
            panic!("only flights were bought: {entry:?}");
        };
        departures.push(segment.departs_at());
        assert_eq!(booking_reference, &booking.booking_reference);
        assert!(booking_reference.is_some() && !tickets.is_empty());
        assert_eq!(order_state.as_deref(), Some("booked"));
    }
    assert!(departures.is_sorted(), "in the order they are flown");
    let json = serde_json::to_value(&itinerary).expect("an itinerary is JSON");
    let flights = itinerary.entries.len();
    assert_eq!(serde_json::from_value::<nestmap_core::trip::Itinerary>(json).ok(), Some(itinerary));

    let file = stage.nestmap.calendar(&acme.traveler, bought.trip).await;
    let file = file.expect("a traveler gets the calendar file").replace("\r\n ", "");
    let lines = |text: &str| file.lines().filter(|line| *line == text).count();
    assert_eq!(lines("BEGIN:VEVENT"), flights, "an event for each flight");
    assert_eq!(lines("STATUS:CONFIRMED"), flights);
    let locator = booking.booking_reference.as_deref().expect("the airline's locator");
    assert!(file.contains(locator), "with the locator: {file}");
}

async fn a_cancellation_is_quoted_and_confirmed<S: Supplier>(
    stage: &Stage<S>,
    acme: &Company,
    bought: &Bought,
) {
    let nestmap = &stage.nestmap;
    let quoted = nestmap.quote_cancellation(&acme.traveler, bought.order).await;
    let quote = quoted.expect("what is booked can be quoted").value.quote.expect("here it is");
    assert!(quote.refund.amount.is_some(), "the supplier says what comes back");
    stage.settle().await;
    let booked = order(stage, &acme.traveler, bought.order).await;
    assert_eq!(booked.state_name(), "booked", "a quote cancels nothing");

    let newer = nestmap.quote_cancellation(&acme.traveler, bought.order).await;
    let newer = newer.expect("it can be quoted again");
    let version = newer.version;
    let newest = newer.value.quote.expect("here it is").quote;
    let stale = nestmap.confirm_cancellation(&acme.traveler, bought.order, &quote.quote, None);
    assert_code(stale.await, Code::QuoteExpired, "only the newest quote counts");
    let confirmed =
        nestmap.confirm_cancellation(&acme.traveler, bought.order, &newest, Some(version));
    confirmed.await.expect("the traveler agrees");

    stage.settle().await;
    let canceled = order(stage, &acme.traveler, bought.order).await;
    let OrderState::Canceled { paid: Some(paid), refund, .. } = &canceled.state else {
        panic!("it is canceled: {:?}", canceled.state);
    };
    assert_eq!(refund, &quote.refund, "what was quoted comes back");
    let transfers = nestmap.store().transfers(acme.id, bought.order).await;
    let transfers = transfers.expect("the store answers");
    let moved: Vec<_> = transfers.iter().map(|t| (t.leg, Some(t.amount))).collect();
    let mut due = vec![(Leg::Payment, Some(*paid)), (Leg::Refund, refund.amount)];
    due.retain(|(_, amount)| amount.is_some_and(|amount| amount.minor > 0));
    assert_eq!(moved, due, "the books have the payment and the refund, each once");
    let view = nestmap.trip(&acme.traveler, bought.trip).await.expect("the trip is there");
    assert_eq!(view.status, TripStatus::Canceled);
}

async fn every_step_is_audited<S: Supplier>(stage: &Stage<S>, acme: &Company, all: &[&Bought]) {
    let lines = audit(stage, &acme.admin).await;
    let told = |action: &str| lines.iter().any(|line| line.action == action);
    for action in [
        "organization.created",
        "person.joined",
        "policy.drafted",
        "policy.published",
        "invitation.made",
        "invitation.accepted",
        "person.profile_changed",
        "offers.found",
        "trip.drafted",
        "trip.changed",
        "trip.submitted",
        "trip.cleared",
        "approval.asked",
        "approval.decided",
        "order.planned",
        "order.purchasing",
        "order.held",
        "order.cleared",
        "order.paying",
        "order.booked",
        "order.cancellation_quoted",
        "order.cancellation_confirmed",
        "order.canceling",
        "order.canceled",
    ] {
        assert!(told(action), "`{action}` is in the log");
    }
    for bought in all {
        let about = lines.iter().filter(|line| line.subject.id == bought.order.to_string());
        let booked = about.filter(|line| line.action == "order.booked").count();
        assert!(booked >= 1, "the purchase of {} is in the log", bought.order);
    }
    let decided = lines.iter().find(|line| line.action == "approval.decided");
    let decided = decided.expect("the decision is in the log");
    assert_eq!(decided.by, acme.approver.actor.who, "with who decided, and in what role");
    assert_code(
        stage.nestmap.audit(&acme.traveler, None, PageRequest::first()).await,
        Code::Forbidden,
        "the log isn't for everybody",
    );
}

/// The whole log, newest first, page by page.
async fn audit<S: Supplier>(stage: &Stage<S>, reader: &Call) -> Vec<AuditRecord> {
    let mut lines: Vec<AuditRecord> = Vec::new();
    let mut after = None;
    loop {
        let request = PageRequest::new(7, after).expect("seven lines are a page");
        let page = stage.nestmap.audit(reader, None, request).await.expect("the log is read");
        lines.extend(page.items);
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    assert!(lines.is_sorted_by(|newer, older| newer.id > older.id), "newest first, none twice");
    lines
}

async fn order<S: Supplier>(stage: &Stage<S>, call: &Call, id: OrderId) -> Order {
    stage.nestmap.order(call, id).await.expect("a traveler sees the order").value
}

/// How many orders there are, none of which was paid twice or not at all.
fn paid_once(books: &[BookedOrder]) -> usize {
    assert!(books.iter().all(|order| order.payments == 1), "{books:?}");
    books.len()
}

fn assert_code<T>(result: Result<T, Error>, code: Code, why: &str) {
    match result {
        Ok(_) => panic!("{why}"),
        Err(error) => assert_eq!(error.code, code, "{why}: {error:?}"),
    }
}
