//! What every supplier of flights promises, as cases that an adapter's tests run.
//!
//! The adapter's tests bring a [`FlightsBench`], and one line makes a test of every case:
//!
//! ```ignore
//! nestmap_core::flights_suite!(run);
//!
//! fn run(case: &str) {
//!     let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
//!     runtime.block_on(async {
//!         if flights_suite::run(case, &MyBench::start().await).await == Ran::LeftOut {
//!             println!("left out: {case}");
//!         }
//!     });
//! }
//! ```
//!
//! Every case gets a bench of its own with nothing in the supplier's books.

mod buying;
mod canceling;
mod faults;
mod shopping;

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;

use super::scripted::{Costly, Fault};
use crate::id::{AttemptId, OrderId, OrganizationId};
use crate::money::Money;
use crate::people::Passenger;
use crate::port::flights::{
    AttemptReference, CallOutcome, FlightProvider, Payment, Purchase, RejectionKind, SupplierOrder,
};
use crate::shopping::{FlightOffer, HoldTerms, SearchRequest, SupplierRef};
use crate::time::Timestamp;

/// What the cases need to know about an adapter and the supplier behind it.
#[async_trait]
pub trait FlightsBench: Send + Sync {
    /// The adapter.
    fn provider(&self) -> &dyn FlightProvider;

    /// The supplier's present instant.
    fn now(&self) -> Timestamp;

    /// A search that brings offers, one of which can be held.
    fn request(&self) -> SearchRequest;

    /// Who flies, one for each passenger of the request, with everything airlines ask for.
    fn passengers(&self) -> Vec<Passenger>;

    /// Every order in the supplier's books.
    async fn books(&self) -> Vec<BookedOrder>;

    /// Moves the supplier's clock. False where that can't be done; cases that need it are left out.
    async fn pass_seconds(&self, _seconds: i64) -> bool {
        false
    }

    /// Lets `fault` happen to the next `call`. False where that can't be done; cases that need it
    /// are left out.
    ///
    /// [`Fault::RequestLost`], [`Fault::AnswerLost`] and [`Fault::TooBusy`] are asked for.
    async fn inject(&self, _call: Costly, _fault: Fault) -> bool {
        false
    }
}

/// An order as it stands in the supplier's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookedOrder {
    /// The supplier's id.
    pub id: String,
    /// How often it was paid.
    pub payments: i64,
    /// Whether it was canceled.
    pub canceled: bool,
}

/// Whether a case could be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Ran {
    /// It was, and everything held; a case that doesn't hold panics.
    Whole,
    /// The bench can't do what it needs.
    LeftOut,
}

/// Makes a test of every case; `$run` is a function that takes the case's name.
#[macro_export]
macro_rules! flights_suite {
    ($run:path) => {
        $crate::flights_suite! { @list @tests [$run] }
    };
    // The one list of cases.
    (@list @$then:ident $with:tt) => {
        $crate::flights_suite! {
            @$then $with
            shopping::offers_are_for_what_was_asked,
            shopping::offers_are_plausible,
            shopping::a_refreshed_offer_flies_the_same,
            shopping::an_unknown_offer_is_gone,
            shopping::an_offer_that_ended_is_gone,
            buying::held_seats_wait_for_payment,
            buying::a_held_order_is_found_by_its_reference,
            buying::an_offer_without_a_hold_is_not_held,
            buying::a_hold_is_paid_with_what_it_costs,
            buying::a_second_payment_is_refused,
            buying::another_amount_is_refused,
            buying::an_instant_order_is_paid,
            buying::an_order_is_found_whichever_attempt_is_asked_for,
            buying::an_order_never_made_finds_nothing,
            buying::an_unknown_order_is_not_there,
            canceling::a_quote_cancels_nothing,
            canceling::a_confirmed_quote_brings_its_refund,
            canceling::an_unpaid_hold_is_given_back,
            canceling::a_stale_quote_is_refused,
            canceling::an_order_is_canceled_once,
            canceling::a_canceled_hold_is_not_paid,
            faults::a_lost_answer_to_a_hold_leaves_one_order,
            faults::a_lost_answer_to_an_order_leaves_one_paid_order,
            faults::a_lost_answer_to_a_payment_leaves_one_payment,
            faults::a_lost_answer_to_a_cancellation_leaves_it_canceled,
            faults::a_lost_request_leaves_nothing,
            faults::a_lost_payment_request_leaves_the_hold,
            faults::a_busy_supplier_has_done_nothing,
        }
    };
    (@tests [$run:path] $($group:ident::$case:ident,)*) => {
        $(
            #[test]
            fn $case() {
                $run(stringify!($case));
            }
        )*
    };
    (@dispatch [$name:ident $bench:ident] $($group:ident::$case:ident,)*) => {
        match $name {
            $(stringify!($case) => $group::$case(&Desk::of($bench)).await,)*
            other => panic!("there is no case `{other}`"),
        }
    };
}

/// Runs one case; panics where the adapter doesn't keep its promise.
pub async fn run(case: &str, bench: &dyn FlightsBench) -> Ran {
    crate::flights_suite! { @list @dispatch [case bench] }
}

/// A bench with the steps that cases share.
struct Desk<'a> {
    bench: &'a dyn FlightsBench,
}

impl<'a> Desk<'a> {
    fn of(bench: &'a dyn FlightsBench) -> Self {
        Self { bench }
    }

    fn provider(&self) -> &dyn FlightProvider {
        self.bench.provider()
    }

    async fn offers(&self) -> Vec<FlightOffer> {
        let found = self.provider().search(&self.bench.request()).await;
        found.expect("the bench's request is searched")
    }

    async fn offer(&self, fits: impl Fn(&FlightOffer) -> bool) -> Option<FlightOffer> {
        self.offers().await.into_iter().find(fits)
    }

    async fn holdable(&self) -> FlightOffer {
        let offer = self.offer(|offer| offer.hold != HoldTerms::None).await;
        offer.expect("the bench's request brings an offer that can be held")
    }

    /// A purchase under a reference nobody has used.
    fn purchase(&self, offer: FlightOffer) -> Purchase {
        let reference = fresh_reference(self.bench.now());
        Purchase { reference, offer, passengers: self.bench.passengers() }
    }

    async fn hold(&self) -> (Purchase, SupplierOrder) {
        let purchase = self.purchase(self.holdable().await);
        let order = confirmed(self.provider().hold(&purchase).await);
        (purchase, order)
    }

    async fn held_and_paid(&self) -> (Purchase, SupplierOrder) {
        let (purchase, order) = self.hold().await;
        let order = confirmed(self.provider().pay(&self.payment(&order)).await);
        (purchase, order)
    }

    /// The payment of exactly what an order costs.
    fn payment(&self, order: &SupplierOrder) -> Payment {
        self.payment_of(order, order.total)
    }

    fn payment_of(&self, order: &SupplierOrder, amount: Money) -> Payment {
        let reference = fresh_reference(self.bench.now());
        Payment { reference, order: order.order.clone(), amount }
    }

    async fn look_up(&self, order: &SupplierRef) -> SupplierOrder {
        let found = self.provider().look_up(order).await.expect("the supplier can be asked");
        found.expect("the supplier knows its order")
    }

    async fn find(&self, purchase: &Purchase) -> Vec<SupplierOrder> {
        let order = purchase.reference.of_order();
        let found = self.provider().find(&order, &purchase.offer.supplier).await;
        found.expect("the supplier can be asked")
    }

    /// The one order in the supplier's books.
    async fn only_order(&self) -> BookedOrder {
        let mut books = self.bench.books().await;
        assert_eq!(books.len(), 1, "the books hold one order: {books:?}");
        books.remove(0)
    }

    async fn assert_books_are_empty(&self) {
        assert_eq!(self.bench.books().await, [], "the books are empty");
    }
}

fn fresh_reference(now: Timestamp) -> AttemptReference {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut entropy = [0; 10];
    entropy[2..].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    AttemptReference {
        organization: OrganizationId::new(now, entropy),
        order: OrderId::new(now, entropy),
        attempt: AttemptId::new(now, entropy),
    }
}

/// An id like a given one that the supplier never gave out.
fn unlike(known: &SupplierRef) -> SupplierRef {
    let kept: String = known.id.chars().take(known.id.chars().count().saturating_sub(4)).collect();
    let ending = if known.id.ends_with("zzzz") { "yyyy" } else { "zzzz" };
    SupplierRef { supplier: known.supplier.clone(), id: format!("{kept}{ending}") }
}

fn confirmed<T: Debug>(outcome: CallOutcome<T>) -> T {
    match outcome {
        CallOutcome::Confirmed { result } => result,
        other => panic!("it is done at once, found {other:?}"),
    }
}

fn refused<T: Debug>(outcome: CallOutcome<T>) -> RejectionKind {
    match outcome {
        CallOutcome::Rejected { rejection } => rejection.kind,
        other => panic!("it is refused, found {other:?}"),
    }
}

fn assert_unknown<T: Debug>(outcome: CallOutcome<T>) {
    assert!(matches!(outcome, CallOutcome::Unknown { .. }), "nobody knows, found {outcome:?}");
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;
    use crate::id::PersonId;
    use crate::port::clock::Clock;
    use crate::testing::{FixedClock, ScriptedFlights, fixture, run_until_stuck};

    /// The scripted supplier, with one fault at a time.
    struct ScriptedBench {
        clock: Arc<FixedClock>,
        flights: ScriptedFlights,
        next: Arc<Mutex<Option<(Costly, Fault)>>>,
    }

    impl ScriptedBench {
        fn new() -> Self {
            let clock = Arc::new(FixedClock::at(fixture::now()));
            let next: Arc<Mutex<Option<(Costly, Fault)>>> = Arc::default();
            let slot = next.clone();
            let script = move |call| match slot.lock().unwrap().take_if(|(on, _)| *on == call) {
                Some((_, fault)) => fault,
                None => Fault::None,
            };
            let flights = ScriptedFlights::following(clock.clone(), Box::new(script));
            flights.sell(fixture::flight("holdable", "480.00"));
            flights.sell(fixture::instant_flight("instant", "455.00"));
            Self { clock, flights, next }
        }
    }

    #[async_trait]
    impl FlightsBench for ScriptedBench {
        fn provider(&self) -> &dyn FlightProvider {
            &self.flights
        }

        fn now(&self) -> Timestamp {
            self.clock.now()
        }

        fn request(&self) -> SearchRequest {
            fixture::request()
        }

        fn passengers(&self) -> Vec<Passenger> {
            let profile = fixture::profile("Ana", "Silva");
            vec![Passenger {
                person: PersonId::new(fixture::now(), [7; 10]),
                given_name: profile.given_name.unwrap(),
                family_name: profile.family_name.unwrap(),
                title: profile.title.unwrap(),
                gender: profile.gender.unwrap(),
                born_on: profile.born_on.unwrap(),
                email: "ana@example.com".into(),
                phone: profile.phone.unwrap(),
                document: None,
            }]
        }

        async fn books(&self) -> Vec<BookedOrder> {
            let entry = |order: crate::testing::scripted::ScriptedOrder| BookedOrder {
                id: order.id,
                payments: order.payments,
                canceled: order.canceled_at.is_some(),
            };
            self.flights.orders().into_iter().map(entry).collect()
        }

        async fn pass_seconds(&self, seconds: i64) -> bool {
            self.clock.advance_seconds(seconds);
            true
        }

        async fn inject(&self, call: Costly, fault: Fault) -> bool {
            *self.next.lock().unwrap() = Some((call, fault));
            true
        }
    }

    fn check(case: &str) {
        let ran = run_until_stuck(run(case, &ScriptedBench::new()));
        assert_eq!(ran, Some(Ran::Whole), "the scripted supplier can do everything");
    }

    crate::flights_suite!(check);
}
