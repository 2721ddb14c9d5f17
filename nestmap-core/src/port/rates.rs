//! The port to exchange rates.

use async_trait::async_trait;

use crate::money::Rate;
use crate::time::Date;

/// A source of exchange rates. Where it knows none, rules that need one say "unknown".
#[async_trait]
pub trait ExchangeRates: Send + Sync + 'static {
    /// The rates of a day, or the last known before it; each with its own date and source.
    async fn rates(&self, day: Date) -> Vec<Rate>;
}

/// No rates at all.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoRates;

#[async_trait]
impl ExchangeRates for NoRates {
    async fn rates(&self, _day: Date) -> Vec<Rate> {
        Vec::new()
    }
}
