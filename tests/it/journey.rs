//! The main job, from signing up to the refund: one story, played on every store, with every
//! supplier, in Rust and over HTTP.

use nestmap_core::access::Role;
use nestmap_core::approval::{Answer, Approval, ApprovalState, Deadline, DeadlineReason};
use nestmap_core::digest::Digest;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::search::{AssessedOffer, AssessedOffers};
use nestmap_core::id::{OrderId, TripId};
use nestmap_core::ledger::Leg;
use nestmap_core::policy::{Headline, Verdict};
use nestmap_core::port::store::Stored;
use nestmap_core::shopping::{FlightOffer, HoldTerms};
use nestmap_core::testing::fixture;
use nestmap_core::testing::flights_suite::BookedOrder;
use nestmap_core::trip::itinerary::Entry;
use nestmap_core::trip::{Reason, TripAction, TripStatus};

use crate::front::{Answer as Answered, Caller, Colleague, Embedded, Front, Http};
use crate::stage::{
    self, Company, Home, Sandboxed, Scripted, Stage, Supplier, clock, compliant,
    reach_from_outside, to_approve, travel_policy,
};

/// How the story reaches NestMap.
#[derive(Clone, Copy)]
enum Way {
    Rust,
    Http,
}

/// One test for each store, supplier and way.
macro_rules! journeys {
    ($($test:ident: $home:ident, $supplier:ident, $way:ident;)*) => {$(
        #[tokio::test]
        async fn $test() {
            if let Some(home) = journeys!(@$home) {
                $supplier(home, Way::$way).await;
            }
        }
    )*};
    (@memory) => { Some(Home::memory()) };
    (@sqlite) => { Some(Home::sqlite()) };
    (@postgres) => { Home::postgres().await };
}

journeys! {
    in_rust_on_memory_with_a_scripted_supplier: memory, scripted, Rust;
    in_rust_on_memory_with_duffel: memory, duffel, Rust;
    in_rust_on_sqlite_with_a_scripted_supplier: sqlite, scripted, Rust;
    in_rust_on_sqlite_with_duffel: sqlite, duffel, Rust;
    in_rust_on_postgres_with_a_scripted_supplier: postgres, scripted, Rust;
    in_rust_on_postgres_with_duffel: postgres, duffel, Rust;
    over_http_on_memory_with_a_scripted_supplier: memory, scripted, Http;
    over_http_on_memory_with_duffel: memory, duffel, Http;
    over_http_on_sqlite_with_a_scripted_supplier: sqlite, scripted, Http;
    over_http_on_sqlite_with_duffel: sqlite, duffel, Http;
    over_http_on_postgres_with_a_scripted_supplier: postgres, scripted, Http;
    over_http_on_postgres_with_duffel: postgres, duffel, Http;
}

async fn scripted(home: Home, way: Way) {
    let clock = clock();
    let supplier = Scripted::new(clock.clone());
    tell(home, way, |store| Stage::new(store, clock, supplier)).await;
}

async fn duffel(home: Home, way: Way) {
    let clock = clock();
    let supplier = Sandboxed::start(clock.clone()).await;
    tell(home, way, |store| Stage::new(store, clock, supplier)).await;
}

async fn tell<S: Supplier>(
    mut home: Home,
    way: Way,
    stage: impl FnOnce(std::sync::Arc<dyn nestmap_core::port::store::Store>) -> Stage<S>,
) {
    let stage = stage(home.open().await);
    let nestmap = stage.nestmap.clone();
    match way {
        Way::Rust => Play::new(&stage, &Embedded(nestmap)).await.tell().await,
        Way::Http => {
            let server = Http::serve(nestmap, stage.clock.clone()).await;
            Play::new(&stage, &server).await.tell().await;
        }
    }
    walls_hold(&stage).await;
    home.leave().await;
}

/// Beside the companies of the story, two more reach for each other's things.
async fn walls_hold<S: Supplier>(stage: &Stage<S>) {
    let one = Company::found(&stage.nestmap, "One").await;
    let other = Company::found(&stage.nestmap, "Other").await;
    reach_from_outside(stage, &one, &other).await;
}

/// A company, its people, and somebody from outside.
struct Play<'a, S> {
    stage: &'a Stage<S>,
    front: &'a dyn Front,
    admin: Caller,
    approver: Caller,
    traveler: Caller,
    stranger: Caller,
}

/// An order and the trip it is for.
struct Bought {
    order: OrderId,
    trip: TripId,
}

impl<'a, S: Supplier> Play<'a, S> {
    /// A company signs up, publishes its policy and brings an approver and a traveler in.
    async fn new(stage: &'a Stage<S>, front: &'a dyn Front) -> Self {
        let admin = front.sign_up("Acme").await;
        front.publish(&admin, travel_policy()).await;
        let approver = Colleague {
            name: "Max Manager",
            email: "max@acme.example.com".into(),
            role: Role::Approver,
            manager: None,
        };
        let approver = front.bring_in(&admin, approver).await;
        let traveler = Colleague {
            name: "Ana Silva",
            email: "ana@acme.example.com".into(),
            role: Role::Member,
            manager: Some(approver.person),
        };
        let traveler = front.bring_in(&admin, traveler).await;
        front.complete_profile(&traveler, fixture::profile("Ana", "Silva")).await;
        let stranger = front.sign_up("Rival").await;
        Self { stage, front, admin, approver, traveler, stranger }
    }

    async fn tell(&self) {
        let found = self.search().await;
        every_offer_is_explained(&found);

        let compliant = self.a_compliant_trip_needs_nobody(&found).await;
        let approved = self.an_expensive_trip_is_approved_and_paid_once().await;
        assert_eq!(paid_once(&self.stage.supplier.books().await), 2, "two orders, paid once each");

        self.the_traveler_gets_an_itinerary(&approved).await;
        self.a_stranger_sees_nothing(&approved).await;
        self.a_cancellation_is_quoted_and_confirmed(&approved).await;
        let canceled = self.stage.supplier.books().await.into_iter().filter(|o| o.canceled);
        assert_eq!(canceled.count(), 1, "one of the orders is canceled");

        self.every_step_is_audited(&[&compliant, &approved]).await;
    }

    async fn search(&self) -> AssessedOffers {
        self.front.search(&self.traveler, self.stage.supplier.request()).await
    }

    fn new_trip(
        &self,
        found: &AssessedOffers,
        chosen: &AssessedOffer,
        reason: Option<&str>,
    ) -> NewTrip {
        NewTrip {
            title: "Kick-off in New York".into(),
            purpose: Some("client".into()),
            travelers: vec![self.traveler.person],
            items: vec![NewItem::Flight { offer_set: found.id, offer: chosen.offer.id }],
            reason: reason.map(|code| Reason { code: code.into(), text: None }),
        }
    }

    async fn a_compliant_trip_needs_nobody(&self, found: &AssessedOffers) -> Bought {
        let new = self.new_trip(found, compliant(found), None);
        let drafted = self.front.draft(&self.traveler, new.clone()).await.expect("a draft");
        assert_eq!(drafted.status, TripStatus::Draft);
        assert!(drafted.available_actions.contains(&TripAction::Submit));
        let submitted = self.front.submit(&self.traveler, drafted.id, drafted.version).await;
        let submitted = submitted.expect("a compliant trip is submitted");
        assert!(submitted.approvals.is_empty(), "nobody is asked");
        let stale = self.front.submit(&self.traveler, drafted.id, drafted.version).await;
        assert_code(stale, "version-stale", "it isn't the version that was read");

        self.stage.settle_minutes(5).await;
        let booked = self.front.trip(&self.traveler, drafted.id).await.expect("the trip");
        assert_eq!(booked.status, TripStatus::Ticketed);
        let again = self.front.draft(&self.traveler, new).await;
        assert_code(again, "offer-used", "a search is booked from once");
        Bought { order: booked.orders[0].id, trip: drafted.id }
    }

    async fn an_expensive_trip_is_approved_and_paid_once(&self) -> Bought {
        let (front, traveler) = (self.front, &self.traveler);
        let found = self.search().await;
        let chosen = to_approve(&found);
        let drafted = front.draft(traveler, self.new_trip(&found, chosen, None)).await;
        let drafted = drafted.expect("a draft");
        let id = drafted.id;
        let unexplained = front.submit(traveler, id, drafted.version).await;
        assert_code(unexplained, "evidence-missing", "the policy asks for a reason");

        let explained = self.new_trip(&found, chosen, Some("client_meeting"));
        let changed = front.change(traveler, id, explained, drafted.version).await;
        let version = changed.expect("a reason is added").version;
        let submitted = front.submit(traveler, id, version).await.expect("it is submitted");
        assert_eq!(submitted.status, TripStatus::AwaitingApproval);
        let approval = &submitted.approvals[0].value;
        assert_eq!(approval.approvers().collect::<Vec<_>>(), [self.approver.person]);
        assert_eq!(approval.deadline, earliest(approval, &chosen.offer.flight));
        assert!(stage::now(self.stage) < approval.deadline.at, "there is time to decide");

        self.stage.settle().await;
        let held = front.trip(traveler, id).await.expect("the trip");
        assert_eq!(held.orders[0].state, "held", "held before anybody has decided");
        assert_eq!(held.status, TripStatus::AwaitingApproval);
        let unpaid = self.stage.supplier.books().await.into_iter().filter(|o| o.payments == 0);
        assert_eq!(unpaid.count(), 1, "the hold isn't paid");
        let tightened = held.approvals[0].value.deadline;
        assert!(tightened.at <= submitted.approvals[0].value.deadline.at);

        self.stage.clock.advance_seconds(2 * 3_600);
        self.the_right_one_approves(&held.approvals[0]).await;
        self.stage.settle_minutes(5).await;
        let booked = front.trip(traveler, id).await.expect("the trip");
        assert_eq!(booked.status, TripStatus::Ticketed);
        assert_eq!(booked.orders.len(), 1, "what was held is what is booked");
        assert_eq!(booked.orders[0].id, held.orders[0].id);
        Bought { order: booked.orders[0].id, trip: id }
    }

    async fn the_right_one_approves(&self, approval: &Stored<Approval>) {
        let (id, version) = (approval.value.id, approval.version);
        let comment = Some("Good luck!".to_owned());
        let answer =
            |digest| NewDecision { answer: Answer::Approve, comment: comment.clone(), digest };
        let yes = answer(approval.value.binding.digest);

        let own = self.front.decide(&self.traveler, id, yes.clone(), version).await;
        assert_code(own, "forbidden", "nobody approves their own trip");
        let unasked = self.front.decide(&self.admin, id, yes.clone(), version).await;
        assert_code(unasked, "forbidden", "an administrator isn't asked");
        let other = answer(Digest::of("another trip", &1));
        let unseen = self.front.decide(&self.approver, id, other, version).await;
        assert_code(unseen, "approval-stale", "a decision is about what was seen");

        assert_eq!(self.front.waiting(&self.approver).await, [id]);
        let trip = self.front.trip(&self.approver, approval.value.trip).await;
        trip.expect("an approver sees what they decide about");

        let decided = self.front.decide(&self.approver, id, yes.clone(), version).await;
        let decided = decided.expect("the approver approves");
        let state = &decided.value.state;
        assert!(matches!(state, ApprovalState::Approved { .. }), "{state:?}");
        let twice = self.front.decide(&self.approver, id, yes, decided.version).await;
        assert_code(twice, "approval-state", "nothing is decided twice");
        assert_eq!(self.front.waiting(&self.approver).await, []);
    }

    async fn the_traveler_gets_an_itinerary(&self, bought: &Bought) {
        let itinerary = self.front.itinerary(&self.traveler, bought.trip).await;
        let itinerary = itinerary.expect("a traveler gets the itinerary");
        let order = self.front.order(&self.traveler, bought.order).await.expect("the order");
        let booking = order.booking.expect("it is booked");
        assert_eq!(itinerary.entries.len(), order.offer.flight.segments().count());
        let mut departures = Vec::new();
        for entry in &itinerary.entries {
            let Entry::Flight { segment, booking_reference, tickets, order_state, .. } = entry
            else {
                panic!("only flights were bought: {entry:?}");
            };
            departures.push(segment.departs_at());
            assert_eq!(booking_reference, &booking.booking_reference);
            assert!(booking_reference.is_some() && !tickets.is_empty());
            assert_eq!(order_state.as_deref(), Some("booked"));
        }
        assert!(departures.is_sorted(), "in the order they are flown");

        let file = self.front.calendar(&self.traveler, bought.trip).await;
        let file = file.expect("a traveler gets the calendar file").replace("\r\n ", "");
        let lines = |text: &str| file.lines().filter(|line| *line == text).count();
        assert_eq!(lines("BEGIN:VEVENT"), itinerary.entries.len(), "an event for each flight");
        assert_eq!(lines("STATUS:CONFIRMED"), itinerary.entries.len());
        let locator = booking.booking_reference.expect("the airline's locator");
        assert!(file.contains(&locator), "with the locator: {file}");
    }

    /// The administrator of another company asks for all of it.
    async fn a_stranger_sees_nothing(&self, bought: &Bought) {
        let (front, stranger) = (self.front, &self.stranger);
        let absent = "not-found";
        let why = "another company's";
        assert_code(front.trip(stranger, bought.trip).await, absent, why);
        assert_code(front.itinerary(stranger, bought.trip).await, absent, why);
        assert_code(front.calendar(stranger, bought.trip).await, absent, why);
        assert_code(front.submit(stranger, bought.trip, 1).await, absent, why);
        assert_code(front.order(stranger, bought.order).await, absent, why);
        assert_code(front.quote(stranger, bought.order).await, absent, why);
        assert_eq!(front.waiting(stranger).await, []);
        let own = front.audit(stranger).await.expect("an administrator reads the log");
        let ids = [bought.trip.to_string(), bought.order.to_string()];
        assert!(own.iter().all(|line| !ids.contains(&line.subject.id)), "lines about a stranger");
    }

    async fn a_cancellation_is_quoted_and_confirmed(&self, bought: &Bought) {
        let (front, traveler, id) = (self.front, &self.traveler, bought.order);
        let quoted = front.quote(traveler, id).await.expect("what is booked can be quoted");
        let quote = quoted.quote.expect("here it is");
        assert!(quote.refund.amount.is_some(), "the supplier says what comes back");
        self.stage.settle().await;
        let booked = front.order(traveler, id).await.expect("the order");
        assert_eq!(booked.state, "booked", "a quote cancels nothing");

        let newer = front.quote(traveler, id).await.expect("it can be quoted again");
        let newest = newer.quote.expect("here it is").quote;
        let stale = front.confirm(traveler, id, quote.quote.clone(), newer.version).await;
        assert_code(stale, "quote-expired", "only the newest quote counts");
        let confirmed = front.confirm(traveler, id, newest, newer.version).await;
        confirmed.expect("the traveler agrees");

        self.stage.settle().await;
        let canceled = front.order(traveler, id).await.expect("the order");
        assert_eq!(canceled.state, "canceled");
        assert_eq!(canceled.refund.as_ref(), Some(&quote.refund), "what was quoted comes back");
        let paid = canceled.paid.expect("it had been paid");
        let view = front.trip(traveler, bought.trip).await.expect("the trip is there");
        assert_eq!(view.status, TripStatus::Canceled);

        let books = self.stage.nestmap.store().transfers(traveler.organization, id).await;
        let moved: Vec<_> =
            books.expect("the store answers").iter().map(|t| (t.leg, Some(t.amount))).collect();
        let mut due = vec![(Leg::Payment, Some(paid)), (Leg::Refund, quote.refund.amount)];
        due.retain(|(_, amount)| amount.is_some_and(|amount| amount.minor > 0));
        assert_eq!(moved, due, "the books have the payment and the refund, each once");
    }

    async fn every_step_is_audited(&self, all: &[&Bought]) {
        let lines = self.front.audit(&self.admin).await.expect("an administrator reads the log");
        assert!(lines.is_sorted_by(|newer, older| newer.id > older.id), "newest first, none twice");
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
            assert!(lines.iter().any(|line| line.action == action), "`{action}` is in the log");
        }
        for bought in all {
            let id = bought.order.to_string();
            let mut about = lines.iter().filter(|line| line.subject.id == id);
            assert!(about.any(|line| line.action == "order.booked"), "the purchase of {id}");
        }
        let decided = lines.iter().find(|line| line.action == "approval.decided");
        let decided = decided.expect("the decision is in the log");
        let nestmap_core::access::Who::Person { id, roles } = &decided.by else {
            panic!("a person decided: {:?}", decided.by);
        };
        assert_eq!(*id, self.approver.person);
        assert_eq!(*roles, [Role::Approver].into(), "with the roles they had");
        let unread = self.front.audit(&self.traveler).await;
        assert_code(unread, "forbidden", "the log isn't for everybody");
    }
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

/// The deadline is the earliest of the policy's window, the hold and the departure.
fn earliest(approval: &Approval, offer: &FlightOffer) -> Deadline {
    let at = |at, reason| Deadline { at, reason };
    let window = approval.requested_at.plus_hours(24);
    let departure = offer.departs_at().expect("a flight departs").plus_minutes(-120);
    let pay_by = offer.hold.pay_by().expect("the offer can be held");
    let mut bounds = vec![
        at(window, DeadlineReason::PolicyWindow),
        at(departure, DeadlineReason::Departure),
        at(pay_by.plus_minutes(-10), DeadlineReason::HoldPayment),
    ];
    if let HoldTerms::PriceGuaranteed { price_until, .. } = offer.hold {
        bounds.push(at(price_until.plus_minutes(-10), DeadlineReason::PriceGuarantee));
    }
    bounds.into_iter().min().expect("there are bounds")
}

/// How many orders there are, none of which was paid twice or not at all.
fn paid_once(books: &[BookedOrder]) -> usize {
    assert!(books.iter().all(|order| order.payments == 1), "{books:?}");
    books.len()
}

fn assert_code<T>(answer: Answered<T>, code: &str, why: &str) {
    assert_eq!(answer.err().as_deref(), Some(code), "{why}");
}
