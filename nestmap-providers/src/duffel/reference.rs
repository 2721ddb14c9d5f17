//! Airlines, airports and places as Duffel knows them.

use super::Duffel;
use super::call;
use super::error::Failure;
use super::wire::place::{Airline, PlaceRecord};

impl Duffel {
    /// Every airline. Many pages; keep the list for a day.
    pub async fn airlines(&self) -> Result<Vec<Airline>, Failure> {
        Ok(self.client.pages(call::airlines).await?.concat())
    }

    /// Every airport. Many pages; keep the list for a day.
    pub async fn airports(&self) -> Result<Vec<PlaceRecord>, Failure> {
        Ok(self.client.pages(call::airports).await?.concat())
    }

    /// Airports and cities whose name or code begins like `text`, for a search box.
    pub async fn places(&self, text: &str) -> Result<Vec<PlaceRecord>, Failure> {
        Ok(self.client.fetch(&call::places(text)).await?.data)
    }
}
