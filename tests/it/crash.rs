//! The process dies at a costly call; another one over the same store goes on.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use nestmap_core::approval::Answer;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::id::TripId;
use nestmap_core::order::{AttemptOutcome, OrderState};
use nestmap_core::testing::flights_suite::BookedOrder;
use nestmap_core::testing::scripted::{Costly, Fault};
use nestmap_core::trip::TripStatus;
use tokio::sync::Notify;

use crate::stage::{Company, Home, Scripted, Stage, Supplier, clock};

/// When the caller dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Death {
    /// Before the request leaves.
    Before,
    /// After the supplier has done it, before the answer arrives.
    After,
}

/// A stage on which the process dies at one costly call.
struct Doomed {
    home: Home,
    stage: Stage<Scripted>,
    died: Arc<Notify>,
    /// How many costly calls are made until then; below zero it doesn't die (any more).
    calls_left: Arc<AtomicI64>,
}

impl Doomed {
    async fn new(mut home: Home, death: Death) -> Self {
        let (died, calls_left) = (Arc::new(Notify::new()), Arc::new(AtomicI64::new(-1)));
        let (told, left) = (died.clone(), calls_left.clone());
        let script = move |_: Costly| {
            if left.fetch_sub(1, Ordering::SeqCst) != 0 {
                return Fault::None;
            }
            told.notify_one();
            match death {
                Death::Before => Fault::CallerDiesBefore,
                Death::After => Fault::CallerDiesAfter,
            }
        };
        let clock = clock();
        let supplier = Scripted::following(clock.clone(), Box::new(script));
        let stage = Stage::new(home.open().await, clock, supplier);
        Self { home, stage, died, calls_left }
    }

    /// Ticks until the process dies at the costly call after `calls` others; then another process
    /// takes over and works for a day.
    async fn die_after(&mut self, calls: i64) {
        self.calls_left.store(calls, Ordering::SeqCst);
        tokio::select! {
            biased;
            () = self.stage.settle() => panic!("there was no such call to die at"),
            () = self.died.notified() => {}
        }
        self.stage.restart(self.home.open().await);
        for _ in 0..24 * 4 {
            self.stage.settle().await;
            self.stage.clock.advance_seconds(15 * 60);
        }
    }

    async fn books(&self) -> Vec<BookedOrder> {
        self.stage.supplier.books().await
    }
}

/// What is bought, and the costly calls that takes.
#[derive(Clone, Copy, Debug)]
enum Story {
    /// Held, then paid.
    HoldThenPay,
    /// Ordered at once.
    Instant,
    /// Held while an approver is asked, paid after.
    Approved,
}

impl Story {
    fn calls(self) -> i64 {
        match self {
            Self::HoldThenPay => 2,
            Self::Instant | Self::Approved => 1,
        }
    }

    /// Everything up to the moment at which the worker has money to spend.
    async fn prepare(self, doomed: &Doomed, acme: &Company) -> TripId {
        let (stage, nestmap) = (&doomed.stage, &doomed.stage.nestmap);
        let request = stage.supplier.request();
        match self {
            Self::HoldThenPay => {
                stage.supplier.flights.stop_selling("economy-instant");
                acme.compliant_trip(nestmap, request).await.trip.value.id
            }
            Self::Instant => {
                stage.supplier.flights.stop_selling("economy");
                acme.compliant_trip(nestmap, request).await.trip.value.id
            }
            Self::Approved => {
                let view = acme.trip_to_approve(nestmap, request).await;
                stage.settle().await;
                let approval = &view.approvals[0].value;
                let digest = approval.binding.digest;
                let yes = NewDecision { answer: Answer::Approve, comment: None, digest };
                let decided = nestmap.decide(&acme.approver, approval.id, yes, None).await;
                decided.expect("the approver approves");
                view.trip.value.id
            }
        }
    }
}

#[tokio::test]
async fn a_purchase_on_memory_survives_a_death_at_any_costly_call() {
    purchases_survive(Home::memory).await;
}

#[tokio::test]
async fn a_purchase_on_sqlite_survives_a_death_at_any_costly_call() {
    purchases_survive(Home::sqlite).await;
}

async fn purchases_survive(home: fn() -> Home) {
    for story in [Story::HoldThenPay, Story::Instant, Story::Approved] {
        for call in 0..story.calls() {
            for death in [Death::Before, Death::After] {
                purchase_survives(home(), story, call, death).await;
            }
        }
    }
}

/// Afterwards there is one order, paid once, and the trip says so; or, where the request never
/// left, there is none and a person is asked, because nobody here can know that.
async fn purchase_survives(home: Home, story: Story, call: i64, death: Death) {
    let case = format!("{story:?}, call {call}, {death:?}");
    let mut doomed = Doomed::new(home, death).await;
    let acme = Company::found(&doomed.stage.nestmap, "Acme").await;
    let trip = story.prepare(&doomed, &acme).await;
    doomed.die_after(call).await;

    let view = doomed.stage.nestmap.trip(&acme.traveler, trip).await.expect("the trip is there");
    let order = &view.orders[0].value;
    let books = doomed.books().await;
    assert!(books.iter().all(|order| order.payments <= 1), "{case}: paid twice: {books:?}");
    assert!(books.len() <= 1, "{case}: ordered twice: {books:?}");
    let dispatched =
        order.past.iter().filter(|past| past.outcome != AttemptOutcome::NotMade).count();
    match death {
        Death::After => {
            assert_eq!(books.iter().map(|order| order.payments).sum::<i64>(), 1, "{case}");
            assert_eq!(view.status, TripStatus::Ticketed, "{case}: {:?}", order.state);
            assert!(order.past.iter().any(|past| past.reconciled), "{case}: it was looked up");
            assert!(dispatched <= 2, "{case}: nothing was sent again");
        }
        Death::Before => {
            assert_eq!(books.iter().map(|order| order.payments).sum::<i64>(), 0, "{case}");
            assert_eq!(view.status, TripStatus::NeedsAttention, "{case}: {:?}", order.state);
            the_person_settles_it(&doomed, &acme, trip, &case).await;
        }
    }
}

/// The person asks the supplier, says that there is nothing, and the purchase may go on or ends.
async fn the_person_settles_it(doomed: &Doomed, acme: &Company, trip: TripId, case: &str) {
    let nestmap = &doomed.stage.nestmap;
    let stuck = nestmap.orders_needing_person(&acme.admin).await.expect("a list");
    assert_eq!(stuck.len(), 1, "{case}");
    let id = stuck[0].value.id;
    nestmap.declare_absent(&acme.admin, id, Some(stuck[0].version)).await.expect("it is settled");
    doomed.stage.settle().await;
    let view = nestmap.trip(&acme.traveler, trip).await.expect("the trip is there");
    let books = doomed.books().await;
    match &view.orders[0].value.state {
        OrderState::Failed { .. } => {
            assert_eq!(view.status, TripStatus::Draft, "{case}: the traveler chooses anew");
            assert!(books.is_empty(), "{case}");
        }
        OrderState::Booked { .. } => {
            assert_eq!(books.len(), 1, "{case}");
            assert_eq!(books[0].payments, 1, "{case}: what was held is paid after all");
        }
        other => panic!("{case}: {other:?}"),
    }
}

#[tokio::test]
async fn a_cancellation_on_memory_survives_a_death() {
    for death in [Death::Before, Death::After] {
        cancellation_survives(Home::memory(), death).await;
    }
}

#[tokio::test]
async fn a_cancellation_on_sqlite_survives_a_death() {
    for death in [Death::Before, Death::After] {
        cancellation_survives(Home::sqlite(), death).await;
    }
}

async fn cancellation_survives(home: Home, death: Death) {
    let mut doomed = Doomed::new(home, death).await;
    let acme = Company::found(&doomed.stage.nestmap, "Acme").await;
    let trip = Story::HoldThenPay.prepare(&doomed, &acme).await;
    doomed.stage.settle().await;
    let nestmap = &doomed.stage.nestmap;
    let view = nestmap.trip(&acme.traveler, trip).await.expect("the trip is there");
    let order = view.orders[0].value.id;
    let quoted = nestmap.quote_cancellation(&acme.traveler, order).await.expect("it is quoted");
    let quote = quoted.value.cancellation.quote().expect("here it is").clone();
    let agreed = nestmap.confirm_cancellation(&acme.traveler, order, &quote.quote, None).await;
    agreed.expect("the traveler agrees");
    doomed.die_after(0).await;

    let view = doomed.stage.nestmap.trip(&acme.traveler, trip).await.expect("the trip is there");
    let books = doomed.books().await;
    assert_eq!((books.len(), books[0].payments), (1, 1), "{death:?}");
    match death {
        Death::After => {
            assert!(books[0].canceled);
            assert_eq!(view.status, TripStatus::Canceled);
            let OrderState::Canceled { refund, .. } = &view.orders[0].value.state else {
                panic!("{:?}", view.orders[0].value.state);
            };
            assert_eq!(*refund, quote.refund, "what was agreed comes back");
        }
        Death::Before => {
            assert!(!books[0].canceled, "nobody sends a cancellation twice");
            assert_eq!(view.status, TripStatus::NeedsAttention);
        }
    }
}
