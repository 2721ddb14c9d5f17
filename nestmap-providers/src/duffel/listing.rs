//! Offers from a file: an answer of Duffel's that somebody kept.

use nestmap_core::shopping::FlightOffer;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::convert;
use super::wire::Each;
use super::wire::offer::Offer;

/// The offers of an answer, and what had to be left out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Listing {
    /// The offers, in the order of the answer.
    pub offers: Vec<FlightOffer>,
    /// Why others are missing, one line each.
    pub left_out: Vec<String>,
}

/// The body is no answer with offers.
#[derive(Debug, thiserror::Error)]
#[error("the body must be Duffel's answer to a search, a list of offers or an offer: {0}")]
pub struct ListingError(#[from] serde_json::Error);

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Search {
    offers: Option<Each<Offer>>,
}

/// Reads the whole body of an answer: to a search, to a list of offers, or to one offer.
pub fn read(body: &[u8]) -> Result<Listing, ListingError> {
    let data = serde_json::from_slice::<Body<'_>>(body)?.data.get();
    let found: Each<Offer> = if data.starts_with('[') {
        serde_json::from_str(data)?
    } else if let Some(offers) = serde_json::from_str::<Search>(data)?.offers {
        offers
    } else {
        Each { items: vec![serde_json::from_str(data)?], unreadable: Vec::new() }
    };
    Ok(understood(&found))
}

/// The offers that make sense in the core's terms.
pub(super) fn understood(found: &Each<Offer>) -> Listing {
    let mut listing = Listing { offers: Vec::new(), left_out: found.unreadable.clone() };
    for offer in &found.items {
        match convert::offer::offer(offer) {
            Ok(ours) => listing.offers.push(ours),
            Err(mismatch) => listing.left_out.push(format!("{}: {mismatch}", offer.id)),
        }
    }
    listing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_holds_no_offers_is_refused() {
        for body in
            ["", "{}", "[]", r#"{"data": 7}"#, r#"{"data": {"id": "ord_1"}}"#, r#"{"data": [}"#]
        {
            assert!(read(body.as_bytes()).is_err(), "{body}");
        }
        assert_eq!(read(br#"{"data": []}"#).unwrap(), Listing::default());
    }
}
