//! The items of a trip, and the itinerary a traveler gets: everything in the order it happens.

use serde::{Deserialize, Serialize};

use super::{Trip, wrong};
use crate::digest::Digest;
use crate::error::Error;
use crate::id::{ItemId, OfferSetId, OrderId, PersonId};
use crate::money::Money;
use crate::order::{Order, Ticket};
use crate::organization::check_text;
use crate::place::Terminus;
use crate::policy::Assessment;
use crate::shopping::{Offer, Segment};
use crate::time::Date;

/// One thing in a trip.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The item's id.
    pub id: ItemId,
    /// What it is.
    #[serde(flatten)]
    pub kind: ItemKind,
    /// Who chose it.
    pub chosen_by: PersonId,
    /// How the policy judged it when the trip was last drafted or submitted.
    pub assessment: Option<Assessment>,
    /// The order that buys it.
    pub order: Option<OrderId>,
}

/// What an item is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "there are few, and mostly flights")]
pub enum ItemKind {
    /// A flight journey, bought from a supplier.
    Flight {
        /// The search it was found in.
        offer_set: OfferSetId,
        /// The offer chosen.
        offer: Offer,
    },
    /// A hotel stay that the traveler arranges; it is judged by the policy and approved.
    Stay {
        /// The stay.
        stay: Stay,
    },
}

/// A planned hotel stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stay {
    /// The property's name.
    pub property: String,
    /// The airport or city code of the town it is in.
    pub place: Terminus,
    /// First night.
    pub check_in: Date,
    /// Morning of departure.
    pub check_out: Date,
    /// What a night costs, without taxes.
    pub nightly: Money,
    /// Taxes and mandatory fees a night; none when not known.
    #[serde(default)]
    pub nightly_tax: Option<Money>,
    /// Stars, 1 to 5; none when not known.
    #[serde(default)]
    pub stars: Option<i64>,
    /// Whether the money comes back when it is canceled in time; none when not known.
    #[serde(default)]
    pub refundable: Option<bool>,
}

impl Stay {
    /// How many nights.
    pub fn nights(&self) -> i64 {
        self.check_in.days_until(self.check_out)
    }

    /// What it costs with the taxes that are known.
    pub fn total(&self) -> Result<Money, Error> {
        let night = match self.nightly_tax {
            Some(tax) => self.nightly.plus(tax)?,
            None => self.nightly,
        };
        let minor = night.minor.checked_mul(self.nights());
        minor
            .map(|minor| Money::new(minor, night.currency))
            .ok_or_else(|| wrong("stay.nightly", "an amount that can be multiplied by the nights"))
    }

    /// The digest of what is stayed in.
    pub fn digest(&self) -> Digest {
        Digest::of("stay", self)
    }

    fn check(&self, path: &str) -> Result<(), Error> {
        check_text(&format!("{path}.property"), &self.property, 1, 200)?;
        if !(1..=180).contains(&self.nights()) {
            return Err(wrong(&format!("{path}.check_out"), "1 to 180 nights after the check-in"));
        }
        if self.nightly.minor < 0 || self.nightly_tax.is_some_and(|tax| tax.minor < 0) {
            return Err(wrong(&format!("{path}.nightly"), "zero or more"));
        }
        if self.stars.is_some_and(|stars| !(1..=5).contains(&stars)) {
            return Err(wrong(&format!("{path}.stars"), "1 to 5"));
        }
        self.total().map(|_| ())
    }
}

impl Item {
    /// What the item costs as it stands.
    pub fn price(&self) -> Result<Money, Error> {
        match &self.kind {
            ItemKind::Flight { offer, .. } => Ok(offer.flight.total),
            ItemKind::Stay { stay } => stay.total(),
        }
    }

    /// The offer, where it is a flight.
    pub fn offer(&self) -> Option<(OfferSetId, &Offer)> {
        match &self.kind {
            ItemKind::Flight { offer_set, offer } => Some((*offer_set, offer)),
            ItemKind::Stay { .. } => None,
        }
    }

    pub(super) fn check(&self, index: usize, travelers: usize) -> Result<(), Error> {
        match &self.kind {
            ItemKind::Flight { offer, .. } if offer.flight.passengers.len() != travelers => {
                Err(wrong(
                    &format!("items[{index}].offer"),
                    "an offer for as many passengers as travelers",
                ))
            }
            ItemKind::Flight { .. } => Ok(()),
            ItemKind::Stay { stay } => stay.check(&format!("items[{index}].stay")),
        }
    }
}

/// A trip as the traveler carries it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Itinerary {
    /// The trip's title.
    pub title: String,
    /// Flights and stays in the order they begin.
    pub entries: Vec<Entry>,
}

/// One line of an itinerary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "there are few, and mostly flights")]
pub enum Entry {
    /// One flight.
    Flight {
        /// The item it belongs to.
        item: ItemId,
        /// The flight.
        segment: Segment,
        /// The airline's locator; none while not booked.
        booking_reference: Option<String>,
        /// The tickets; empty until issued.
        tickets: Vec<Ticket>,
        /// The order's state in one word; none while nothing is ordered.
        order_state: Option<String>,
        /// Whether this is play money at a test system.
        sandbox: bool,
    },
    /// One stay.
    Stay {
        /// The item it belongs to.
        item: ItemId,
        /// The stay.
        stay: Stay,
    },
}

impl Itinerary {
    /// The itinerary of `trip` with what its orders have come to. Canceled orders are left out.
    pub fn of(trip: &Trip, orders: &[Order]) -> Self {
        let mut entries: Vec<Entry> =
            trip.items.iter().flat_map(|item| entries(item, orders)).collect();
        entries.sort_by_key(Entry::begins);
        Self { title: trip.title.clone(), entries }
    }
}

fn entries(item: &Item, orders: &[Order]) -> Vec<Entry> {
    match &item.kind {
        ItemKind::Stay { stay } => vec![Entry::Stay { item: item.id, stay: stay.clone() }],
        ItemKind::Flight { offer, .. } => {
            let order = orders.iter().find(|order| Some(order.id) == item.order);
            if order.is_some_and(Order::is_over) {
                return Vec::new();
            }
            let flight = order.map_or(&offer.flight, |order| &order.offer.flight);
            flight
                .segments()
                .map(|segment| flight_entry(item, segment, order, flight.sandbox))
                .collect()
        }
    }
}

fn flight_entry(item: &Item, segment: &Segment, order: Option<&Order>, sandbox: bool) -> Entry {
    let booking = order.and_then(Order::booking);
    Entry::Flight {
        item: item.id,
        segment: segment.clone(),
        booking_reference: booking.and_then(|booking| booking.booking_reference.clone()),
        tickets: booking.map(|booking| booking.tickets.clone()).unwrap_or_default(),
        order_state: order.map(|order| order.state_name().to_owned()),
        sandbox,
    }
}

impl Entry {
    /// The item of the trip that the entry belongs to.
    pub fn item(&self) -> ItemId {
        match self {
            Self::Flight { item, .. } | Self::Stay { item, .. } => *item,
        }
    }

    /// Flights by their instant; a stay at the end of its first day.
    fn begins(&self) -> i64 {
        match self {
            Self::Flight { segment, .. } => segment.departs_at().micros(),
            Self::Stay { stay, .. } => {
                let zone = stay.place.zone();
                let midnight = stay.check_in.plus_days(1).at_midnight();
                zone.map(|zone| crate::time::Local { civil: midnight, zone }.instant().micros())
                    .unwrap_or(i64::MAX)
            }
        }
    }
}
