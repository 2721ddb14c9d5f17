//! An offer: what a supplier would sell, at what price, on what conditions, until when.

use serde::{Deserialize, Serialize};

use super::request::PassengerKind;
use super::slice::{Cabin, Segment, Slice};
use crate::digest::Digest;
use crate::error::{Code, Error};
use crate::id::OfferId;
use crate::money::Money;
use crate::place::Airline;
use crate::time::Timestamp;

/// A thing at a supplier: which supplier, and the id it has there. Ids there are opaque.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SupplierRef {
    /// The supplier's short name, such as `duffel`.
    pub supplier: String,
    /// The supplier's id.
    pub id: String,
}

/// An offer with our id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Our id.
    pub id: OfferId,
    /// What is offered.
    #[serde(flatten)]
    pub flight: FlightOffer,
}

/// What a supplier offers for the whole journey and all its passengers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FlightOffer {
    /// The offer at the supplier.
    pub supplier: SupplierRef,
    /// The airline that issues the ticket; none when the supplier's code is unknown.
    pub carrier: Option<Airline>,
    /// That airline as the supplier names it.
    pub carrier_name: String,
    /// The price for all passengers, taxes included, extras not.
    pub total: Money,
    /// The taxes and charges within `total`; none when the supplier doesn't say.
    pub tax: Option<Money>,
    /// The directions of the journey, in the order they are flown; never empty.
    pub slices: Vec<Slice>,
    /// The passengers the price is for, in the order of the search.
    pub passengers: Vec<OfferPassenger>,
    /// Money back before departure.
    pub refund: Condition,
    /// Another flight before departure.
    pub change: Condition,
    /// Whether and how the seats can be held unpaid.
    pub hold: HoldTerms,
    /// When the offer ends.
    pub expires_at: Timestamp,
    /// Whether every passenger needs a travel document at booking.
    pub documents_required: bool,
    /// Grams of CO2 for all passengers, as the supplier computes it; none when it doesn't say.
    pub emissions_grams: Option<i64>,
    /// Names of private or corporate fares in use; empty for public fares.
    pub private_fares: Vec<String>,
    /// Whether this is play money at a test system.
    pub sandbox: bool,
}

/// A passenger of an offer, and the supplier's id for the place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferPassenger {
    /// The supplier's id for this passenger.
    pub supplier_id: String,
    /// Adult, child or infant.
    pub kind: PassengerKind,
}

/// What the fare allows before departure. Unknown is a value of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "allowed", rename_all = "snake_case")]
pub enum Condition {
    /// The supplier doesn't say.
    Unknown,
    /// Not allowed.
    No,
    /// Allowed; the penalty is none (unknown) or an amount, zero for free.
    Yes {
        /// What it costs, possibly in another currency than the offer's.
        penalty: Option<Money>,
    },
}

/// A condition in one word, as rules and tables use it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refundability {
    /// The supplier doesn't say, or doesn't say at what cost.
    Unknown,
    /// Not at all.
    None,
    /// For a penalty.
    WithPenalty,
    /// For free.
    Full,
}

impl Condition {
    /// The condition in one word.
    pub fn summary(self) -> Refundability {
        match self {
            Self::Unknown | Self::Yes { penalty: None } => Refundability::Unknown,
            Self::No => Refundability::None,
            Self::Yes { penalty: Some(money) } if money.minor == 0 => Refundability::Full,
            Self::Yes { .. } => Refundability::WithPenalty,
        }
    }
}

/// Whether seats can be held without paying.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum HoldTerms {
    /// Only bought at once.
    None,
    /// Seat and price are safe: the price until `price_until`, the seat until `pay_by`.
    PriceGuaranteed {
        /// Until when the price can't rise; not later than `pay_by`.
        price_until: Timestamp,
        /// Until when it must be paid.
        pay_by: Timestamp,
    },
    /// The seat is safe, the price isn't: it must be asked again before paying.
    SeatOnly {
        /// Until when it must be paid.
        pay_by: Timestamp,
    },
}

impl HoldTerms {
    /// Until when the held seats must be paid.
    pub fn pay_by(self) -> Option<Timestamp> {
        match self {
            Self::None => None,
            Self::PriceGuaranteed { pay_by, .. } | Self::SeatOnly { pay_by } => Some(pay_by),
        }
    }
}

impl FlightOffer {
    /// Every segment in the order it is flown.
    pub fn segments(&self) -> impl Iterator<Item = &Segment> + Clone {
        self.slices.iter().flat_map(|slice| &slice.segments)
    }

    /// The first departure of the journey.
    pub fn departs_at(&self) -> Option<Timestamp> {
        self.segments().next().map(Segment::departs_at)
    }

    /// The last arrival of the journey.
    pub fn arrives_at(&self) -> Option<Timestamp> {
        self.segments().last().map(|segment| segment.arrives.instant())
    }

    /// The best cabin of the journey.
    pub fn highest_cabin(&self) -> Option<Cabin> {
        self.segments().filter_map(|segment| segment.cabin).max()
    }

    /// Refuses an offer that is no longer for sale.
    pub fn still_sold(&self, now: Timestamp) -> Result<(), Error> {
        if now < self.expires_at {
            return Ok(());
        }
        Err(Error::new(Code::OfferExpired, format!("the offer ended at {}", self.expires_at)))
    }

    /// The digest of what is flown: flights, times and cabins, without price and supplier ids.
    ///
    /// Two offers with one itinerary digest put the traveler into the same seats at the same times.
    pub fn itinerary_digest(&self) -> Digest {
        let flown: Vec<_> = self
            .segments()
            .map(|s| (s.designator(), s.origin, s.destination, &s.departs, &s.arrives, s.cabin))
            .collect();
        Digest::of("itinerary", &flown)
    }
}
