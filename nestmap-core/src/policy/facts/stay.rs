//! A stay at one property as rules see it.

use serde::{Deserialize, Serialize};

use crate::money::Money;
use crate::place::{City, Country};
use crate::shopping::Condition;
use crate::time::Date;

/// A stay at one property as rules see it: one room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LodgingFacts {
    /// Where it is.
    pub place: LodgingPlace,
    /// Tenths of a star, 0 to 50; none when unknown.
    #[serde(default)]
    pub stars_tenths: Option<i64>,
    /// The day of the first evening.
    pub check_in: Date,
    /// Each night's price, in order; never empty.
    pub nights: Vec<Night>,
    /// What comes back on cancellation.
    pub refund: Condition,
}

/// Where a property is, from the narrowest to the widest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LodgingPlace {
    /// The property, by the supplier's or the company's id.
    pub property: String,
    /// The town's name.
    #[serde(default)]
    pub town: Option<String>,
    /// The metropolitan area.
    #[serde(default)]
    pub area: Option<City>,
    /// The country; none when unknown.
    #[serde(default)]
    pub country: Option<Country>,
}

/// What one night costs. Each part can be unknown by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Night {
    /// The room alone.
    #[serde(default)]
    pub base: Option<Money>,
    /// Taxes.
    #[serde(default)]
    pub tax: Option<Money>,
    /// Fees nobody can avoid, such as a resort fee.
    #[serde(default)]
    pub mandatory_fees: Option<Money>,
    /// All three together, where the supplier gives only the sum.
    #[serde(default)]
    pub total: Option<Money>,
}

impl LodgingFacts {
    /// The day of each night's evening, with its price.
    pub fn evenings(&self) -> impl Iterator<Item = (Date, &Night)> {
        (0..).map(|day| self.check_in.plus_days(day)).zip(&self.nights)
    }
}
