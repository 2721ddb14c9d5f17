//! What Duffel's test mode and broken connections do to the adapter, played by the sandbox.

use nestmap_core::order::RefundTo;
use nestmap_core::people::Passenger;
use nestmap_core::port::flights::{
    CallOutcome, FlightProvider, Payment, Purchase, RejectionKind, SupplierErrorKind,
    SupplierOrder, SupplierOrderState,
};
use nestmap_core::shopping::offer::FlightOffer;
use nestmap_providers::duffel::convert::reference;
use nestmap_providers::sandbox::Fault;

use crate::provider::{ada, attempt, word};
use crate::stage::{Stage, request};

impl Stage {
    async fn search(&self, origin: &str, destination: &str) -> Vec<FlightOffer> {
        self.duffel.search(&request(origin, destination)).await.unwrap()
    }

    /// An offer between ordinary airports that can be held.
    async fn holdable(&self) -> Purchase {
        let offers = self.search("FRA", "JFK").await;
        let offer = offers.into_iter().find(|offer| offer.hold.pay_by().is_some());
        purchase(offer.expect("somebody holds seats between FRA and JFK"))
    }

    async fn first(&self, origin: &str, destination: &str) -> Purchase {
        let offers = self.search(origin, destination).await;
        purchase(offers.into_iter().next().expect("the route is flown"))
    }

    async fn find(&self, purchase: &Purchase) -> Vec<SupplierOrder> {
        self.duffel.find(&purchase.reference.of_order(), &purchase.offer.supplier).await.unwrap()
    }

    async fn held(&self) -> SupplierOrder {
        let purchase = self.holdable().await;
        confirmed(self.duffel.hold(&purchase).await)
    }

    /// How many orders were asked for, and how many were made.
    fn orders(&self) -> (u32, usize) {
        let books = self.sandbox.inspect();
        (books.offers.values().map(|counts| counts.posts).sum(), books.orders.len())
    }
}

fn purchase(offer: FlightOffer) -> Purchase {
    let passengers: Vec<Passenger> = offer.passengers.iter().map(|_| ada()).collect();
    Purchase { reference: attempt(), offer, passengers }
}

fn payment(order: &SupplierOrder) -> Payment {
    Payment { reference: attempt(), order: order.order.clone(), amount: order.total }
}

fn confirmed<T: std::fmt::Debug>(outcome: CallOutcome<T>) -> T {
    match outcome {
        CallOutcome::Confirmed { result } => result,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_trip_is_held_priced_paid_ticketed_and_canceled() {
    let stage = Stage::set().await;
    let mut purchase = stage.holdable().await;
    purchase.offer = stage.duffel.refresh(&purchase.offer.supplier).await.unwrap();
    let held = confirmed(stage.duffel.hold(&purchase).await);
    assert!(matches!(held.state, SupplierOrderState::AwaitingPayment { pay_by: Some(_), .. }));
    assert_eq!((held.reference, held.total), (Some(attempt()), purchase.offer.total));
    assert_eq!(stage.duffel.price(&held.order).await.unwrap(), held.total);
    let paid = confirmed(stage.duffel.pay(&payment(&held)).await);
    assert!(matches!(paid.state, SupplierOrderState::Paid { .. }));
    stage.sandbox.clock().advance_seconds(3_600);
    let seen = stage.duffel.look_up(&held.order).await.unwrap().unwrap();
    assert!(!seen.tickets.is_empty() && seen.booking_reference.is_some());
    assert_eq!(stage.find(&purchase).await, [seen]);
    let stale = stage.duffel.quote_cancellation(&held.order).await.unwrap();
    let quote = stage.duffel.quote_cancellation(&held.order).await.unwrap();
    let early = stage.duffel.confirm_cancellation(&stale.quote).await;
    assert_eq!(word(&early), ("rejected", Some(RejectionKind::QuoteStale)));
    let refund = confirmed(stage.duffel.confirm_cancellation(&quote.quote).await);
    assert_eq!(refund, quote.refund);
    let twice = stage.duffel.confirm_cancellation(&quote.quote).await;
    assert_eq!(word(&twice), ("rejected", Some(RejectionKind::AlreadyDone)));
    let gone = stage.duffel.look_up(&held.order).await.unwrap().unwrap();
    assert!(matches!(gone.state, SupplierOrderState::Canceled { .. }));
}

#[tokio::test]
async fn an_instant_order_is_paid_at_once_and_uses_the_search_up() {
    let stage = Stage::set().await;
    let offers = stage.search("FRA", "JFK").await;
    let [first, second] = [purchase(offers[0].clone()), purchase(offers[1].clone())];
    let order = confirmed(stage.duffel.order(&first).await);
    assert!(matches!(order.state, SupplierOrderState::Paid { .. }));
    let other = stage.duffel.order(&second).await;
    assert_eq!(word(&other), ("rejected", Some(RejectionKind::OfferUsed)));
    let again = stage.duffel.order(&first).await;
    assert_eq!(word(&again).0, "unknown", "an offer that was booked may be ours: {again:?}");
    assert_eq!(stage.orders().1, 1);
}

#[tokio::test]
async fn an_unpaid_hold_lapses_and_refunds_nothing() {
    let stage = Stage::set().await;
    let held = stage.held().await;
    stage.sandbox.clock().advance_seconds(30 * 86_400);
    let late = stage.duffel.pay(&payment(&held)).await;
    assert_eq!(word(&late), ("rejected", Some(RejectionKind::HoldLapsed)));
    let seen = stage.duffel.look_up(&held.order).await.unwrap().unwrap();
    assert_eq!(seen.state, SupplierOrderState::Unpaid);
    let stage = Stage::set().await;
    let held = stage.held().await;
    let quote = stage.duffel.quote_cancellation(&held.order).await.unwrap();
    assert_eq!((quote.refund.amount.unwrap().minor, quote.refund.to), (0, RefundTo::NothingPaid));
}

/// Everything that can happen to the one request of an order: what the core is told, how many
/// orders there are then, and whether looking finds them.
#[tokio::test]
async fn whatever_happens_to_an_order_is_told_truly_and_found_again() {
    use RejectionKind::{OfferGone, Other, PriceChanged};
    let unsure = |fault| (fault, "unknown", None);
    let cases = [
        (unsure(Fault::DropBefore), 0),
        (unsure(Fault::DropAfter), 1),
        (unsure(Fault::Truncate), 1),
        (unsure(Fault::ServerError { committed: false }), 0),
        (unsure(Fault::ServerError { committed: true }), 1),
        (unsure(Fault::BadGateway { committed: false }), 0),
        (unsure(Fault::BadGateway { committed: true }), 1),
        (unsure(Fault::GatewayTimeout { committed: false }), 0),
        (unsure(Fault::GatewayTimeout { committed: true }), 1),
        ((Fault::Unavailable, "not made", None), 0),
        ((Fault::RateLimit { reset_seconds: 30 }, "not made", None), 0),
        ((Fault::NotCreated, "rejected", Some(Other)), 0),
        ((Fault::Expire, "rejected", Some(OfferGone)), 0),
        ((Fault::PriceRise { amount: "10.00".into() }, "rejected", Some(PriceChanged)), 0),
        ((Fault::DetailLater { seconds: 30 }, "accepted", None), 1),
        ((Fault::Accept { seconds: 30, fails: false }, "accepted", None), 1),
        ((Fault::Accept { seconds: 30, fails: true }, "accepted", None), 0),
    ];
    for ((fault, expected, kind), made) in cases {
        let stage = Stage::set().await;
        let purchase = stage.first("FRA", "JFK").await;
        let case = format!("{fault:?}");
        stage.next("POST", "/air/orders", fault);
        let outcome = stage.duffel.order(&purchase).await;
        assert_eq!(word(&outcome), (expected, kind), "{case}: {outcome:?}");
        stage.sandbox.clock().advance_seconds(60);
        let found = stage.find(&purchase).await;
        assert_eq!(found.len(), made, "{case}");
        assert!(found.iter().all(|order| order.reference == Some(purchase.reference)), "{case}");
        assert_eq!(stage.orders().1, made, "{case}");
        let calls = stage.sandbox.calls();
        let posts = calls.iter().filter(|call| call.method == "POST" && call.path == "/air/orders");
        assert_eq!(posts.count(), 1, "{case}: sent once");
    }
}

/// The same for a payment; paid or not is seen from the order.
#[tokio::test]
async fn whatever_happens_to_a_payment_is_told_truly_and_seen_in_the_order() {
    let cases = [
        (Fault::DropBefore, "unknown", false),
        (Fault::DropAfter, "unknown", true),
        (Fault::Truncate, "unknown", true),
        (Fault::ServerError { committed: false }, "unknown", false),
        (Fault::ServerError { committed: true }, "unknown", true),
        (Fault::BadGateway { committed: true }, "unknown", true),
        (Fault::GatewayTimeout { committed: false }, "unknown", false),
        (Fault::Unavailable, "not made", false),
        (Fault::RateLimit { reset_seconds: 30 }, "not made", false),
        (Fault::PriceRise { amount: "10.00".into() }, "rejected", false),
    ];
    for (fault, expected, paid) in cases {
        let stage = Stage::set().await;
        let held = stage.held().await;
        let case = format!("{fault:?}");
        stage.next("POST", "/air/payments", fault);
        let outcome = stage.duffel.pay(&payment(&held)).await;
        assert_eq!(word(&outcome).0, expected, "{case}: {outcome:?}");
        stage.sandbox.clock().advance_seconds(60);
        let seen = stage.duffel.look_up(&held.order).await.unwrap().unwrap();
        assert_eq!(matches!(seen.state, SupplierOrderState::Paid { .. }), paid, "{case}: {seen:?}");
        if paid {
            let again = stage.duffel.pay(&payment(&held)).await;
            assert_eq!(word(&again), ("rejected", Some(RejectionKind::AlreadyDone)), "{case}");
        }
        let books = stage.sandbox.inspect();
        let taken = books.orders[0].payments.iter().filter(|payment| payment.succeeded).count();
        assert_eq!(taken, usize::from(paid), "{case}: paid at most once");
    }
}

#[tokio::test]
async fn a_lost_batch_costs_no_offers() {
    let stage = Stage::set().await;
    let all = stage.search("FRA", "JFK").await.len();
    for fault in [Fault::DropAfter, Fault::Truncate, Fault::BadGateway { committed: true }] {
        let case = format!("{fault:?}");
        stage.next("GET", "/air/batch_offer_requests/*", fault);
        assert_eq!(stage.search("FRA", "JFK").await.len(), all, "{case}");
    }
    assert!(all > 0);
}

#[tokio::test]
async fn magic_routes_of_searches() {
    let stage = Stage::set().await;
    assert_eq!(stage.search("PVD", "RAI").await, []);
    let broken = stage.duffel.search(&request("STN", "LHR")).await.unwrap_err();
    assert_eq!(broken.kind, SupplierErrorKind::Unavailable);
    let gone = stage.first("LGW", "LHR").await;
    let refused = stage.duffel.refresh(&gone.offer.supplier).await.unwrap_err();
    assert_eq!(refused.kind, SupplierErrorKind::Gone);
    let dearer = stage.first("LHR", "STN").await;
    let now = stage.duffel.refresh(&dearer.offer.supplier).await.unwrap();
    assert_eq!(now.total.minor, dearer.offer.total.minor + 1_000);
    let old = stage.duffel.order(&dearer).await;
    assert_eq!(word(&old), ("rejected", Some(RejectionKind::PriceChanged)));
    let stops = stage.first("DXB", "AMS").await.offer;
    assert!(stops.segments().any(|segment| !segment.stops.is_empty()));
    let changes = stage.search("LHR", "DXB").await;
    assert!(changes.iter().all(|offer| offer.slices[0].connections() > 0));
}

#[tokio::test]
async fn magic_routes_of_orders() {
    let cases = [
        ("JFK", "EWR", "rejected", Some(RejectionKind::InstantUnavailable), 0),
        ("LHR", "LGW", "unknown", None, 0),
        ("LGW", "STN", "rejected", Some(RejectionKind::Payment), 0),
        ("LTN", "STN", "accepted", None, 1),
        ("SEN", "STN", "accepted", None, 1),
        ("LCY", "STN", "accepted", None, 0),
    ];
    for (origin, destination, expected, kind, made) in cases {
        let stage = Stage::set().await;
        let purchase = stage.first(origin, destination).await;
        let outcome = stage.duffel.order(&purchase).await;
        assert_eq!(word(&outcome), (expected, kind), "{origin} {destination}: {outcome:?}");
        stage.sandbox.clock().advance_seconds(300);
        assert_eq!(stage.find(&purchase).await.len(), made, "{origin} {destination}");
    }
}

#[tokio::test]
async fn a_refund_may_be_credit_with_the_airline() {
    let stage = Stage::set().await;
    let purchase = stage.first("LTN", "SYD").await;
    let order = confirmed(stage.duffel.order(&purchase).await);
    let quote = stage.duffel.quote_cancellation(&order.order).await.unwrap();
    assert_eq!(quote.refund.to, RefundTo::AirlineCredit);
}

#[tokio::test]
async fn what_isnt_there_is_absent_and_what_is_named_is_listed() {
    let stage = Stage::set().await;
    assert_eq!(stage.duffel.look_up(&reference("ord_none")).await.unwrap(), None);
    let ours = attempt().of_order();
    assert_eq!(stage.duffel.find(&ours, &reference("off_none")).await.unwrap(), []);
    let places = stage.duffel.places("Frankfurt").await.unwrap();
    assert!(places.iter().any(|place| place.iata_code == "FRA"));
    assert!(
        stage.duffel.airlines().await.unwrap().iter().any(|a| a.iata_code.as_deref() == Some("LH"))
    );
}
