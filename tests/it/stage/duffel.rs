//! The Duffel adapter over real HTTP, with the sandbox in Duffel's place.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nestmap_core::port::clock::Clock;
use nestmap_core::port::flights::FlightProvider;
use nestmap_core::shopping::SearchRequest;
use nestmap_core::testing::flights_suite::BookedOrder;
use nestmap_core::testing::{FixedClock, fixture};
use nestmap_providers::duffel::{Duffel, Settings};
use nestmap_providers::http::{HttpClient, Secret, Timer};
use nestmap_providers::sandbox::{
    DuffelSandbox, OrderState, SandboxClock, SandboxConfig, SupplierOrder,
};

use super::Supplier;

/// Duffel's stand-in, in the time of the stage.
pub struct Sandboxed {
    sandbox: DuffelSandbox,
    duffel: Arc<Duffel>,
}

impl Sandboxed {
    pub async fn start(clock: Arc<FixedClock>) -> Self {
        let time = SandboxClock::from_fn(move || instant(&*clock));
        let seller_country = Some("DE".to_owned());
        let config = SandboxConfig { clock: time.clone(), seller_country, ..Default::default() };
        let sandbox = DuffelSandbox::start(config).await.expect("a free port on the loopback");
        let settings = Settings::new(Secret::new("duffel_test_1")).at(sandbox.base_url());
        let transport = HttpClient::loopback().expect("an HTTP client");
        let duffel = Duffel::over(settings, Arc::new(transport), Arc::new(Impatient(time)));
        Self { sandbox, duffel: Arc::new(duffel.expect("the settings are good")) }
    }
}

fn instant(clock: &dyn Clock) -> jiff::Timestamp {
    let micros = clock.now().micros();
    jiff::Timestamp::from_microsecond(micros).expect("an instant is one in both libraries")
}

/// Waiting takes no time; it moves the sandbox's clock.
struct Impatient(SandboxClock);

#[async_trait]
impl Timer for Impatient {
    fn now(&self) -> jiff::Timestamp {
        self.0.now()
    }

    async fn sleep(&self, span: Duration) {
        self.0.advance_seconds(i64::try_from(span.as_secs()).unwrap_or(i64::MAX).saturating_add(1));
    }
}

#[async_trait]
impl Supplier for Sandboxed {
    fn flights(&self) -> Arc<dyn FlightProvider> {
        self.duffel.clone()
    }

    fn request(&self) -> SearchRequest {
        fixture::request()
    }

    async fn books(&self) -> Vec<BookedOrder> {
        self.sandbox.inspect().orders.iter().map(booked).collect()
    }
}

fn booked(order: &SupplierOrder) -> BookedOrder {
    let payments = order.payments.iter().filter(|payment| payment.succeeded).count();
    BookedOrder {
        id: order.id.clone(),
        payments: i64::try_from(payments).expect("orders have few payments"),
        canceled: order.state == OrderState::Cancelled,
    }
}
