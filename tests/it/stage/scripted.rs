//! The supplier in memory that follows a script.

use std::sync::Arc;

use async_trait::async_trait;
use nestmap_core::port::clock::Clock;
use nestmap_core::port::flights::FlightProvider;
use nestmap_core::shopping::{Cabin, FlightOffer, HoldTerms, SearchRequest};
use nestmap_core::testing::flights_suite::BookedOrder;
use nestmap_core::testing::scripted::{Script, ScriptedOrder};
use nestmap_core::testing::{FixedClock, ScriptedFlights, fixture};

use super::Supplier;

/// The supplier in memory that follows a script.
pub struct Scripted {
    pub flights: Arc<ScriptedFlights>,
    clock: Arc<FixedClock>,
}

impl Scripted {
    /// One that does everything right.
    pub fn new(clock: Arc<FixedClock>) -> Self {
        Self::following(clock, Box::new(|_| Default::default()))
    }

    pub fn following(clock: Arc<FixedClock>, script: Script) -> Self {
        let flights = Arc::new(ScriptedFlights::following(clock.clone(), script));
        let supplier = Self { flights, clock };
        supplier.restock();
        supplier
    }

    /// Puts fresh offers on sale: two in economy, one of them only sold at once, one in business.
    fn restock(&self) {
        self.sell(fixture::flight("economy", "480.00"));
        self.sell(fixture::instant_flight("economy-instant", "455.00"));
        let mut business = fixture::flight("business", "2900.00");
        for segment in business.slices.iter_mut().flat_map(|slice| &mut slice.segments) {
            segment.cabin = Some(Cabin::Business);
        }
        self.sell(business);
    }

    fn sell(&self, offer: FlightOffer) {
        let now = self.clock.now();
        let hold = match offer.hold {
            HoldTerms::None => HoldTerms::None,
            _ => HoldTerms::PriceGuaranteed {
                price_until: now.plus_hours(48),
                pay_by: now.plus_hours(72),
            },
        };
        self.flights.sell(FlightOffer { hold, expires_at: now.plus_minutes(30), ..offer });
    }
}

#[async_trait]
impl Supplier for Scripted {
    fn flights(&self) -> Arc<dyn FlightProvider> {
        self.flights.clone()
    }

    fn request(&self) -> SearchRequest {
        self.restock();
        fixture::request()
    }

    async fn books(&self) -> Vec<BookedOrder> {
        let entry = |order: ScriptedOrder| BookedOrder {
            id: order.id,
            payments: order.payments,
            canceled: order.canceled_at.is_some(),
        };
        self.flights.orders().into_iter().map(entry).collect()
    }
}
