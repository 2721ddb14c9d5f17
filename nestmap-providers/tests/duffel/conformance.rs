//! The adapter and the sandbox keep what every supplier of flights promises.

use async_trait::async_trait;
use nestmap_core::people::Passenger;
use nestmap_core::port::flights::FlightProvider;
use nestmap_core::shopping::request::SearchRequest;
use nestmap_core::testing::flights_suite::{self, BookedOrder, FlightsBench, Ran};
use nestmap_core::testing::scripted::{self, Costly};
use nestmap_core::time::Timestamp;
use nestmap_providers::sandbox::{Fault, OrderState, SupplierOrder};

use crate::provider::ada;
use crate::stage::{Stage, request};

nestmap_core::flights_suite!(check);

fn check(case: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ran = runtime.block_on(async { flights_suite::run(case, &Stage::set().await).await });
    assert_eq!(ran, Ran::Whole, "the sandbox can do everything the cases need");
}

#[async_trait]
impl FlightsBench for Stage {
    fn provider(&self) -> &dyn FlightProvider {
        &self.duffel
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.sandbox.clock().now().as_microsecond()).unwrap()
    }

    fn request(&self) -> SearchRequest {
        request("FRA", "JFK")
    }

    fn passengers(&self) -> Vec<Passenger> {
        vec![ada()]
    }

    async fn books(&self) -> Vec<BookedOrder> {
        self.sandbox.inspect().orders.iter().map(booked).collect()
    }

    async fn pass_seconds(&self, seconds: i64) -> bool {
        self.sandbox.clock().advance_seconds(seconds);
        true
    }

    async fn inject(&self, call: Costly, fault: scripted::Fault) -> bool {
        let path = match call {
            Costly::Hold | Costly::Order => "/air/orders",
            Costly::Pay => "/air/payments",
            Costly::Cancel => "/air/order_cancellations/*/actions/confirm",
        };
        let fault = match fault {
            scripted::Fault::RequestLost => Fault::DropBefore,
            scripted::Fault::AnswerLost => Fault::DropAfter,
            scripted::Fault::TooBusy => Fault::Unavailable,
            _ => return false,
        };
        self.next("POST", path, fault);
        true
    }
}

fn booked(order: &SupplierOrder) -> BookedOrder {
    let payments = order.payments.iter().filter(|payment| payment.succeeded).count();
    BookedOrder {
        id: order.id.clone(),
        payments: i64::try_from(payments).unwrap(),
        canceled: order.state == OrderState::Cancelled,
    }
}
