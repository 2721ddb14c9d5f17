//! A trip as the traveler lives it: where in the air, where on the ground, and the nights.

use crate::id::ItemId;
use crate::order::Order;
use crate::place::{Airport, Terminus};
use crate::shopping::{FlightOffer, Segment, Slice};
use crate::time::{Date, Local, Timestamp, Zone};
use crate::trip::lint::{BED_MINUTES_MIN, NIGHT_FROM_MINUTE, NIGHT_MINUTES};
use crate::trip::{Item, ItemKind, Stay, Trip};

/// What lints look at.
pub(super) struct Plan<'a> {
    /// The flights that are bought or may be, in the order of the trip.
    pub(super) flights: Vec<Flight<'a>>,
    /// The stays, in the order of the trip.
    pub(super) stays: Vec<(ItemId, &'a Stay)>,
    /// The slices of all flights, by departure.
    pub(super) legs: Vec<Leg<'a>>,
}

/// A flight journey of the trip.
pub(super) struct Flight<'a> {
    pub(super) item: ItemId,
    pub(super) offer: &'a FlightOffer,
    /// Whether the supplier has, or may have, an order for it.
    pub(super) bought: bool,
}

/// One slice, from its first departure to its last arrival.
#[derive(Clone, Copy)]
pub(super) struct Leg<'a> {
    pub(super) item: ItemId,
    pub(super) first: &'a Segment,
    pub(super) last: &'a Segment,
}

/// The time on the ground between two slices; without an end before the first and after the last.
#[derive(Clone, Copy)]
pub(super) struct Ground<'a> {
    pub(super) arrival: Option<Leg<'a>>,
    pub(super) departure: Option<Leg<'a>>,
}

impl<'a> Plan<'a> {
    /// The plan of `trip`, without flights whose order came to nothing.
    pub(super) fn of(trip: &'a Trip, orders: &'a [Order]) -> Self {
        let flights: Vec<_> =
            trip.items.iter().filter_map(|item| Flight::of(item, orders)).collect();
        let stays = trip.items.iter().filter_map(|item| match &item.kind {
            ItemKind::Stay { stay } => Some((item.id, stay)),
            ItemKind::Flight { .. } => None,
        });
        let mut legs: Vec<_> = flights.iter().flat_map(Flight::legs).collect();
        legs.sort_by_key(|leg| (leg.departs_at(), leg.arrives_at()));
        Self { stays: stays.collect(), legs, flights }
    }

    /// Every time on the ground, in order; none when nothing is flown.
    pub(super) fn grounds(&self) -> Vec<Ground<'a>> {
        let (Some(first), Some(last)) = (self.legs.first(), self.legs.last()) else {
            return Vec::new();
        };
        let mut grounds = vec![Ground { arrival: None, departure: Some(*first) }];
        grounds.extend(
            self.legs
                .windows(2)
                .map(|pair| Ground { arrival: Some(pair[0]), departure: Some(pair[1]) }),
        );
        grounds.push(Ground { arrival: Some(*last), departure: None });
        grounds
    }

    /// Where the trip begins; nobody needs a hotel there.
    pub(super) fn home(&self) -> Option<&'static str> {
        self.legs.first().map(|leg| leg.first.origin.metropolis())
    }

    /// The last day of the trip at the place where it ends.
    pub(super) fn last_day(&self) -> Option<Date> {
        let flown = self.legs.iter().map(|leg| leg.last.arrives.date());
        flown.chain(self.stays.iter().map(|(_, stay)| stay.check_out)).max()
    }

    /// Whether some stay has the night that begins on the evening of `day`.
    pub(super) fn has_bed(&self, day: Date) -> bool {
        self.stays.iter().any(|(_, stay)| stay.check_in <= day && day < stay.check_out)
    }
}

impl<'a> Flight<'a> {
    fn of(item: &'a Item, orders: &'a [Order]) -> Option<Self> {
        let (_, offer) = item.offer()?;
        let order = orders.iter().find(|order| item.order == Some(order.id));
        match order {
            Some(order) if order.is_over() => None,
            Some(order) => {
                Some(Self { item: item.id, offer: &order.offer.flight, bought: order.is_live() })
            }
            None => Some(Self { item: item.id, offer: &offer.flight, bought: false }),
        }
    }

    /// The slices, in the order the supplier gave them.
    pub(super) fn legs(&self) -> impl Iterator<Item = Leg<'a>> {
        let item = self.item;
        self.offer.slices.iter().filter_map(move |slice| Leg::of(item, slice))
    }
}

impl<'a> Leg<'a> {
    fn of(item: ItemId, slice: &'a Slice) -> Option<Self> {
        Some(Self { item, first: slice.first()?, last: slice.last()? })
    }

    pub(super) fn departs_at(&self) -> Timestamp {
        self.first.departs_at()
    }

    pub(super) fn arrives_at(&self) -> Timestamp {
        self.last.arrives.instant()
    }

    /// The towns it connects, as area codes.
    pub(super) fn areas(&self) -> (&'static str, &'static str) {
        (self.first.origin.metropolis(), self.last.destination.metropolis())
    }
}

impl<'a> Ground<'a> {
    /// Where the traveler is: where they landed, or where they will leave.
    pub(super) fn place(&self) -> Option<Airport> {
        let landed = self.arrival.map(|leg| leg.last.destination);
        landed.or(self.departure.map(|leg| leg.first.origin))
    }

    /// Whether the traveler is in that town at one end of it.
    pub(super) fn touches(&self, area: &str) -> bool {
        self.arrival.is_some_and(|leg| leg.areas().1 == area)
            || self.departure.is_some_and(|leg| leg.areas().0 == area)
    }

    /// The items at its ends.
    pub(super) fn items(&self) -> Vec<ItemId> {
        self.arrival.iter().chain(&self.departure).map(|leg| leg.item).collect()
    }

    /// How many minutes of `night` the traveler is on the ground.
    pub(super) fn minutes_of(&self, night: &Night) -> i64 {
        night.minutes_within(
            self.arrival.map(|leg| leg.arrives_at()),
            self.departure.map(|leg| leg.departs_at()),
        )
    }
}

/// The night that begins on the evening of a day, on the clocks of a place.
pub(super) struct Night {
    pub(super) day: Date,
    from: Timestamp,
    until: Timestamp,
}

impl Night {
    pub(super) fn of(day: Date, zone: &Zone) -> Self {
        let evening = day.at_midnight().plus_minutes(NIGHT_FROM_MINUTE);
        let at = |civil| Local { civil, zone: zone.clone() }.instant();
        Self { day, from: at(evening), until: at(evening.plus_minutes(NIGHT_MINUTES)) }
    }

    fn minutes_within(&self, from: Option<Timestamp>, until: Option<Timestamp>) -> i64 {
        let from = from.map_or(self.from, |from| from.max(self.from));
        let until = until.map_or(self.until, |until| until.min(self.until));
        from.seconds_until(until).div_euclid(60).max(0)
    }
}

/// The evenings of the nights between two moments at a place for which somebody wants a bed.
pub(super) fn nights_between(arrives: &Local, departs: &Local) -> Vec<Date> {
    let (from, until) = (arrives.instant(), departs.instant());
    let days = arrives.date().plus_days(-1).days_until(departs.date());
    (0..=days.max(-1))
        .map(|day| Night::of(arrives.date().plus_days(day - 1), &arrives.zone))
        .filter(|night| night.minutes_within(Some(from), Some(until)) >= BED_MINUTES_MIN)
        .map(|night| night.day)
        .collect()
}

/// The code of a stay's town.
pub(super) fn area_of(place: Terminus) -> String {
    match place {
        Terminus::Airport(airport) => airport.metropolis().to_owned(),
        Terminus::City(city) => city.code().to_owned(),
    }
}
