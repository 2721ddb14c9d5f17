//! From Duffel's JSON to the core's types and back. Pure.
//!
//! Whatever the core can't do without and Duffel didn't send, or sent in a form nobody understands,
//! is a [`Mismatch`] that names the field. Whatever may be unknown stays unknown.

pub mod failure;
pub mod offer;
pub mod order;
pub mod search;

use std::fmt;

use nestmap_core::money::Money;
use nestmap_core::shopping::SupplierRef;
use nestmap_core::time::Timestamp;

use super::wire::scalar::Amount;

/// The supplier's name in every [`SupplierRef`] of this adapter.
pub const SUPPLIER: &str = "duffel";

/// A field that isn't what the core needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{field}` must be {expected}, found {found}")]
pub struct Mismatch {
    /// Where, as a path within the resource: `slices[0].segments[1].departing_at`.
    pub field: String,
    /// What is needed.
    pub expected: &'static str,
    /// What there is, shortened.
    pub found: String,
}

impl Mismatch {
    fn new(field: impl Into<String>, expected: &'static str, found: impl fmt::Display) -> Self {
        let found = format!("`{}`", found.to_string().chars().take(40).collect::<String>());
        Self { field: field.into(), expected, found }
    }

    fn missing(field: impl Into<String>, expected: &'static str) -> Self {
        Self { field: field.into(), expected, found: "nothing".to_owned() }
    }

    /// The same field, seen from the resource that holds this one.
    fn within(self, outer: impl fmt::Display) -> Self {
        Self { field: format!("{outer}.{}", self.field), ..self }
    }
}

/// A thing at Duffel.
pub fn reference(id: &str) -> SupplierRef {
    SupplierRef { supplier: SUPPLIER.to_owned(), id: id.to_owned() }
}

fn money(field: &str, amount: &Amount, currency: &str) -> Result<Money, Mismatch> {
    Money::parse(amount.as_str(), currency).map_err(|_| {
        let found = format!("{} {currency}", amount.as_str());
        Mismatch::new(field, "an amount in a known currency", found)
    })
}

/// Amount and currency that come and go together; none unless both are there.
fn optional_money(
    field: &str,
    amount: Option<&Amount>,
    currency: Option<&String>,
) -> Result<Option<Money>, Mismatch> {
    amount.zip(currency).map(|(amount, currency)| money(field, amount, currency)).transpose()
}

fn timestamp(field: &str, text: &str) -> Result<Timestamp, Mismatch> {
    text.parse().map_err(|_| Mismatch::new(field, "an RFC 3339 instant", text))
}

fn optional_timestamp(field: &str, text: Option<&String>) -> Result<Option<Timestamp>, Mismatch> {
    text.map(|text| timestamp(field, text)).transpose()
}
