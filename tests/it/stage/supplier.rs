//! What the stories need of a supplier.

use std::sync::Arc;

use async_trait::async_trait;
use nestmap_core::port::flights::FlightProvider;
use nestmap_core::shopping::SearchRequest;
use nestmap_core::testing::flights_suite::BookedOrder;

/// A supplier of flights whose books can be read.
#[async_trait]
pub trait Supplier: Send + Sync {
    fn flights(&self) -> Arc<dyn FlightProvider>;

    /// A search for one adult that brings offers within the travel policy and outside of it.
    fn request(&self) -> SearchRequest;

    async fn books(&self) -> Vec<BookedOrder>;
}
