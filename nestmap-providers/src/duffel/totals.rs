//! The totals of offers in Duffel's own spelling.
//!
//! Amounts go back exactly as they came, and Duffel writes 20 euros as `20.00`, `20.0` or `20`. The
//! core keeps exact money, not spellings, so this remembers the unusual ones until the offer ends.
//! Whatever isn't remembered, after a restart for example, is spelled with the currency's digits:
//! the same amount.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use nestmap_core::money::Money;
use nestmap_core::shopping::FlightOffer;
use nestmap_core::time::Timestamp;

use super::wire::scalar::Amount;

#[derive(Debug, Default)]
pub(super) struct Totals(Mutex<BTreeMap<String, Spelled>>);

#[derive(Debug)]
struct Spelled {
    text: Amount,
    until: Timestamp,
}

impl Totals {
    /// Remembers how the total of `offer` was spelled, and forgets offers that ended.
    pub(super) fn remember(&self, offer: &FlightOffer, text: &Amount, now: Timestamp) {
        let mut totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        totals.retain(|_, spelled| spelled.until > now);
        let id = &offer.supplier.id;
        if *text == plain(offer.total) {
            totals.remove(id);
        } else {
            totals.insert(id.clone(), Spelled { text: text.clone(), until: offer.expires_at });
        }
    }

    /// The total of `offer` as Duffel spelled it.
    pub(super) fn spelled(&self, offer: &FlightOffer) -> Amount {
        let totals = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match totals.get(&offer.supplier.id) {
            Some(spelled) => spell(offer.total, &spelled.text),
            None => plain(offer.total),
        }
    }
}

/// `amount` in the spelling `seen`, if that is the same amount; else with the currency's digits.
pub(super) fn spell(amount: Money, seen: &Amount) -> Amount {
    match Money::parse(seen.as_str(), amount.currency.code()) {
        Ok(same) if same == amount => seen.clone(),
        _ => plain(amount),
    }
}

fn plain(amount: Money) -> Amount {
    Amount(amount.decimal().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_spelling_is_kept_only_for_the_same_amount() {
        let euros = Money::parse("20", "EUR").unwrap();
        for seen in ["20", "20.0", "20.00"] {
            assert_eq!(spell(euros, &Amount(seen.into())).as_str(), seen);
        }
        assert_eq!(spell(euros, &Amount("30.0".into())).as_str(), "20.00");
        assert_eq!(spell(euros, &Amount("twenty".into())).as_str(), "20.00");
        let yen = Money::parse("4200", "JPY").unwrap();
        assert_eq!(plain(yen).as_str(), "4200");
    }
}
