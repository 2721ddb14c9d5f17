//! Searches: what is asked, and the request and batch resources that answer.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Each;
use super::null_as_empty;
use super::offer::{LoyaltyAccount, Offer, OfferPassenger, PrivateFare};
use super::place::Place;
use super::scalar::{CabinClass, PassengerType, Personal};

/// The body of `POST /air/offer_requests` and `POST /air/batch_offer_requests`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewSearch {
    /// The journeys, in order.
    pub slices: Vec<NewSlice>,
    /// Who travels.
    pub passengers: Vec<NewSearchPassenger>,
    /// A wish; offers in other cabins come too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cabin_class: Option<CabinClass>,
    /// 0 to 2; 1 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_connections: Option<u8>,
    /// Agreements by airline designator.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub private_fares: BTreeMap<String, Vec<PrivateFare>>,
}

/// One journey that is looked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSlice {
    /// Airport or city code.
    pub origin: String,
    /// Airport or city code.
    pub destination: String,
    /// `YYYY-MM-DD`, local to the origin.
    pub departure_date: String,
}

/// One passenger of a search: exactly one of type, age and fare type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewSearchPassenger {
    /// What the airline is to take them for.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<PassengerType>,
    /// Their age on the last departure; the airline's type follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<u8>,
    /// A special fare.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fare_type: Option<String>,
    /// Needed with loyalty accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_name: Option<Personal>,
    /// Needed with loyalty accounts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family_name: Option<Personal>,
    /// Accounts that may lower the price.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loyalty_programme_accounts: Vec<LoyaltyAccount>,
}

/// A search as Duffel keeps it. The answer also holds a `client_key`, a secret for browser
/// components, which is deliberately not read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OfferRequest {
    /// Duffel's id.
    pub id: String,
    /// Whether this costs real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// The cabin that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cabin_class: Option<CabinClass>,
    /// The journeys that were asked for.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<SearchedSlice>,
    /// The passengers, now with ids.
    #[serde(default, deserialize_with = "null_as_empty", skip_serializing_if = "Vec::is_empty")]
    pub passengers: Vec<OfferPassenger>,
    /// The offers.
    #[serde(default)]
    pub offers: Each<Offer>,
}

/// A journey that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchedSlice {
    /// From where.
    pub origin: Place,
    /// To where.
    pub destination: Place,
    /// `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departure_date: Option<String>,
}

/// A search whose offers come in batches. Each reading waits for news and holds only offers that
/// no reading before held; who loses one loses its offers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    /// Duffel's id.
    pub id: String,
    /// Whether this costs real money.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub live_mode: Option<bool>,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<String>,
    /// How many batches there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_batches: Option<u32>,
    /// How many are still to come; 0 is the end.
    pub remaining_batches: u32,
    /// The offers of this batch; absent when the search was just made.
    #[serde(default)]
    pub offers: Each<Offer>,
}
