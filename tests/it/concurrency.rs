//! Several at once: workers, approvers, repeated requests. What may happen once happens once.

use std::future::Future;
use std::sync::Arc;

use nestmap_core::approval::Answer;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::NewTrip;
use nestmap_core::page::PageRequest;
use nestmap_core::port::store::IdempotencyKey;
use nestmap_core::trip::TripStatus;
use nestmap_core::{Code, NestMap, Result};
use tokio::task::JoinSet;

use crate::stage::{Company, Home, Scripted, Stage, Supplier, clock};

/// How many do the same thing at the same time.
const CROWD: usize = 8;

/// Makes one test of a story for each store on which calls really overlap.
macro_rules! on_databases {
    ($($story:ident: $sqlite:ident, $postgres:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $sqlite() {
            tell($story, Home::sqlite()).await;
        }

        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $postgres() {
            if let Some(home) = Home::postgres().await {
                tell($story, home).await;
            }
        }
    )*};
}

on_databases! {
    workers_share_the_work: workers_on_sqlite_share_the_work, workers_on_postgres_share_the_work;
    a_repeated_request: a_repeated_request_on_sqlite_is_done_once,
        a_repeated_request_on_postgres_is_done_once;
    devices_disagree: devices_on_sqlite_that_disagree_decide_once,
        devices_on_postgres_that_disagree_decide_once;
    approval_meets_cancellation: an_approval_on_sqlite_that_meets_a_cancellation_is_one_of_both,
        an_approval_on_postgres_that_meets_a_cancellation_is_one_of_both;
}

async fn tell<F: Future<Output = ()>>(
    story: impl FnOnce(Arc<Stage<Scripted>>, Company) -> F,
    mut home: Home,
) {
    let clock = clock();
    let supplier = Scripted::new(clock.clone());
    let stage = Arc::new(Stage::new(home.open().await, clock, supplier));
    let acme = Company::found(&stage.nestmap, "Acme").await;
    story(stage, acme).await;
    home.leave().await;
}

/// Does the same thing many times at once; answers what came of each.
async fn at_once<T, F>(nestmap: &NestMap, act: impl Fn(NestMap, usize) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let mut crowd = JoinSet::new();
    for number in 0..CROWD {
        crowd.spawn(act(nestmap.clone(), number));
    }
    crowd.join_all().await
}

/// Many workers tick at the same time: each step is taken by one of them.
async fn workers_share_the_work(stage: Arc<Stage<Scripted>>, acme: Company) {
    let trip = acme.compliant_trip(&stage.nestmap, stage.supplier.request()).await.trip.value.id;
    for _ in 0..4 {
        for report in at_once(&stage.nestmap, |n, _| async move { n.tick().await }).await {
            let report = report.expect("the store answers");
            assert!(report.failed.is_empty(), "{:?}", report.failed);
        }
    }
    let books = stage.supplier.books().await;
    assert_eq!(books.iter().map(|order| order.payments).collect::<Vec<_>>(), [1], "{books:?}");
    let view = stage.nestmap.trip(&acme.traveler, trip).await.expect("a traveler sees the trip");
    assert_eq!(view.status, TripStatus::Ticketed);
}

/// A client that got no answer sends the same request again and again.
async fn a_repeated_request(stage: Arc<Stage<Scripted>>, acme: Company) {
    let key = IdempotencyKey::parse("again-and-again").expect("a key");
    let call = acme.traveler.clone().once(key);
    let new = NewTrip {
        title: "Once".into(),
        purpose: None,
        travelers: vec![acme.traveler_id()],
        items: Vec::new(),
        reason: None,
    };
    let drafted = at_once(&stage.nestmap, |nestmap, _| {
        let (call, new) = (call.clone(), new.clone());
        async move { nestmap.draft_trip(&call, new).await.map(|view| view.trip.value.id) }
    });
    let mut drafted: Vec<_> = drafted.await.into_iter().map(Result::unwrap).collect();
    drafted.dedup();
    assert_eq!(drafted.len(), 1, "everybody is answered with the same trip");
    let trips = stage.nestmap.trips(&acme.traveler, PageRequest::first()).await;
    assert_eq!(trips.expect("a list").items.len(), 1, "there is one trip");
}

/// The approver's devices say yes and no; one of them is heard, the others hear that it is decided.
async fn devices_disagree(stage: Arc<Stage<Scripted>>, acme: Company) {
    let trip = acme.trip_to_approve(&stage.nestmap, stage.supplier.request()).await;
    let approval = trip.approvals[0].value.clone();
    let answers = at_once(&stage.nestmap, |nestmap, number| {
        let call = acme.approver.clone();
        let answer = if number % 2 == 0 { Answer::Approve } else { Answer::Reject };
        let decision = NewDecision { answer, comment: None, digest: approval.binding.digest };
        let id = approval.id;
        async move { nestmap.decide(&call, id, decision, None).await.map(|stored| stored.value) }
    });
    let (heard, told): (Vec<_>, Vec<_>) = answers.await.into_iter().partition(Result::is_ok);
    assert_eq!(heard.len(), 1, "one decision counts");
    for error in told.into_iter().filter_map(Result::err) {
        let decided = [Code::ApprovalState, Code::Conflict];
        assert!(decided.contains(&error.code), "the others hear that it is decided: {error:?}");
    }
    let view = stage.nestmap.trip(&acme.traveler, trip.trip.value.id).await.expect("the trip");
    let granted = view.approvals[0].value.is_granted();
    let expected = if granted { TripStatus::Booking } else { TripStatus::Draft };
    assert_eq!(view.status, expected, "the trip follows the decision");
}

/// The traveler gives the trip up while the approver agrees: either it is given up and nothing is
/// paid, or it was approved before and the traveler hears so.
async fn approval_meets_cancellation(stage: Arc<Stage<Scripted>>, acme: Company) {
    let trip = acme.trip_to_approve(&stage.nestmap, stage.supplier.request()).await;
    let (id, approval) = (trip.trip.value.id, trip.approvals[0].value.clone());
    stage.settle().await;
    let done = at_once(&stage.nestmap, |nestmap, number| {
        let (approver, traveler) = (acme.approver.clone(), acme.traveler.clone());
        let digest = approval.binding.digest;
        let yes = NewDecision { answer: Answer::Approve, comment: None, digest };
        let approval = approval.id;
        async move {
            if number % 2 == 0 {
                nestmap.decide(&approver, approval, yes, None).await.map(drop)
            } else {
                nestmap.cancel_trip(&traveler, id, None).await.map(drop)
            }
        }
    });
    let refused = done.await.into_iter().filter_map(Result::err);
    for error in refused {
        let expected = [Code::ApprovalState, Code::TripState, Code::OrderState, Code::Conflict];
        assert!(expected.contains(&error.code), "{error:?}");
    }
    stage.settle().await;
    let view = stage.nestmap.trip(&acme.traveler, id).await.expect("the trip is there");
    let books = stage.supplier.books().await;
    assert_eq!(books.len(), 1, "what was held is all there is: {books:?}");
    match view.status {
        TripStatus::Canceled => assert_eq!((books[0].payments, books[0].canceled), (0, true)),
        TripStatus::Ticketed => assert_eq!((books[0].payments, books[0].canceled), (1, false)),
        other => panic!("one of both: {other:?}"),
    }
}
