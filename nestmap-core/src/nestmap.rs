//! What an app holds: the store, the suppliers, a clock and entropy; its methods are the flows.

use std::sync::Arc;

use crate::id::IdEntropy;
use crate::port::clock::{Clock, Entropy};
use crate::port::flights::FlightProvider;
use crate::port::rates::{ExchangeRates, NoRates};
use crate::port::store::Store;
use crate::time::Timestamp;

/// NestMap, embedded. Cloning is cheap; clones share everything.
#[derive(Clone)]
pub struct NestMap {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) flights: Arc<dyn FlightProvider>,
    pub(crate) rates: Arc<dyn ExchangeRates>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) entropy: Arc<dyn Entropy>,
}

impl NestMap {
    /// NestMap over a store and a supplier of flights. The core knows neither clock nor entropy:
    /// the host brings both.
    pub fn new(
        store: Arc<dyn Store>,
        flights: Arc<dyn FlightProvider>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Self {
        Self { store, flights, rates: Arc::new(NoRates), clock, entropy }
    }

    /// The same with a source of exchange rates.
    #[must_use]
    pub fn with_rates(mut self, rates: Arc<dyn ExchangeRates>) -> Self {
        self.rates = rates;
        self
    }

    /// The store, for hosts that read more than the flows offer.
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// The supplier of flights.
    pub fn flights(&self) -> &Arc<dyn FlightProvider> {
        &self.flights
    }

    /// The present instant, as the host's clock has it.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Whether the store answers.
    pub async fn ping(&self) -> crate::Result<()> {
        Ok(self.store.ping().await?)
    }

    pub(crate) fn for_id(&self) -> IdEntropy {
        self.entropy.for_id()
    }
}

impl std::fmt::Debug for NestMap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NestMap").field("flights", &self.flights.name()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hosts run flows on many threads.
    fn can_be_sent<T: Send>(_: T) {}

    #[expect(dead_code, reason = "compiled, not run: the types are what is tested")]
    fn flows_can_be_sent(nestmap: &NestMap, call: &crate::Call, id: crate::id::OrderId) {
        can_be_sent(nestmap.tick());
        can_be_sent(nestmap.order(call, id));
        can_be_sent(nestmap.declare_absent(call, id, None));
        can_be_sent(nestmap.quote_cancellation(call, id));
    }
}
