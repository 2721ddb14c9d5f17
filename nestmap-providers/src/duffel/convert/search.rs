//! Searches: ours to Duffel's.

use nestmap_core::shopping::request::{PassengerKind, SearchPassenger, SearchRequest, SearchSlice};
use nestmap_core::shopping::slice::Cabin;

use crate::duffel::wire::scalar::{CabinClass, PassengerType};
use crate::duffel::wire::search::{NewSearch, NewSearchPassenger, NewSlice};

/// The search as Duffel takes it.
pub fn search(request: &SearchRequest) -> NewSearch {
    NewSearch {
        slices: request.slices.iter().map(slice).collect(),
        passengers: request.passengers.iter().map(passenger).collect(),
        cabin_class: request.cabin.map(cabin),
        max_connections: request.max_connections.and_then(|most| u8::try_from(most).ok()),
        private_fares: Default::default(),
    }
}

fn slice(slice: &SearchSlice) -> NewSlice {
    NewSlice {
        origin: slice.origin.code().to_owned(),
        destination: slice.destination.code().to_owned(),
        departure_date: slice.departure_date.to_string(),
    }
}

/// Exactly one of type and age. Young people are asked for by age, because airlines draw the line
/// between child and adult differently; infants by type, because only that says *on a lap*.
fn passenger(passenger: &SearchPassenger) -> NewSearchPassenger {
    let age = passenger.age.and_then(|age| u8::try_from(age).ok());
    let by_type = |kind| NewSearchPassenger { kind: Some(kind), ..Default::default() };
    match (passenger.kind, age) {
        (PassengerKind::Infant, _) => by_type(PassengerType::InfantWithoutSeat),
        (PassengerKind::Adult, None | Some(18..)) => by_type(PassengerType::Adult),
        (PassengerKind::Child, None) => by_type(PassengerType::Child),
        (_, age) => NewSearchPassenger { age, ..Default::default() },
    }
}

fn cabin(cabin: Cabin) -> CabinClass {
    match cabin {
        Cabin::Economy => CabinClass::Economy,
        Cabin::PremiumEconomy => CabinClass::PremiumEconomy,
        Cabin::Business => CabinClass::Business,
        Cabin::First => CabinClass::First,
    }
}
