//! What a traveler looks for, and what suppliers offer.

pub mod offer;
pub mod request;
pub mod slice;

pub use offer::{Condition, FlightOffer, HoldTerms, Offer, Refundability, SupplierRef};
pub use request::{PassengerKind, SearchPassenger, SearchRequest, SearchSlice};
pub use slice::{Cabin, Segment, Slice, Stop};

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{OfferId, OfferSetId, OrderId, OrganizationId, PersonId};
use crate::time::Timestamp;

/// The offers one search brought, with everything that was asked.
///
/// Suppliers let a search be booked from once: booking one offer makes its siblings unsellable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferSet {
    /// The set's id.
    pub id: OfferSetId,
    /// Whose search it was.
    pub organization: OrganizationId,
    /// Who searched.
    pub searched_by: PersonId,
    /// For whom; the policy is that traveler's.
    pub traveler: PersonId,
    /// What was asked.
    pub request: SearchRequest,
    /// What was offered, cheapest first.
    pub offers: Vec<Offer>,
    /// When the supplier answered.
    pub found_at: Timestamp,
    /// The order that used the set up.
    pub used_by: Option<OrderId>,
}

impl OfferSet {
    /// The offer of that id.
    pub fn offer(&self, id: OfferId) -> Result<&Offer, Error> {
        self.offers.iter().find(|offer| offer.id == id).ok_or_else(|| Error::not_found("offer"))
    }

    /// Marks the set as used by `order`; refuses a second one.
    pub fn used(mut self, order: OrderId) -> Result<Self, Error> {
        match self.used_by {
            Some(other) if other != order => {
                Err(Error::new(Code::OfferUsed, "an offer of this search was booked already"))
            }
            _ => {
                self.used_by = Some(order);
                Ok(self)
            }
        }
    }
}
