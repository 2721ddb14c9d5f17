//! A search: slices, passengers, cabin; checked before any supplier is asked.

use serde::{Deserialize, Serialize};

use super::slice::Cabin;
use crate::error::{Code, Error};
use crate::place::Terminus;
use crate::time::{Date, Timestamp};

/// Most passengers one search can have: what airlines sell in one booking.
pub const PASSENGERS_MAX: usize = 9;
/// Most slices one search can have.
pub const SLICES_MAX: usize = 6;
/// How many days ahead airlines sell.
pub const DAYS_AHEAD_MAX: i64 = 361;

/// What to look for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// The directions, in the order they are flown: one for one-way, two for a return.
    pub slices: Vec<SearchSlice>,
    /// Who flies, 1 to 9.
    pub passengers: Vec<SearchPassenger>,
    /// The cabin wished for; offers of other cabins may come back.
    #[serde(default)]
    pub cabin: Option<Cabin>,
    /// Most plane changes in each direction: 0, 1 or 2; 1 when not given.
    #[serde(default)]
    pub max_connections: Option<i64>,
}

/// One direction of a search.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSlice {
    /// Airport or city to leave from.
    pub origin: Terminus,
    /// Airport or city to go to.
    pub destination: Terminus,
    /// The day of departure at the origin.
    pub departure_date: Date,
}

/// One passenger of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchPassenger {
    /// Adult, child or infant.
    pub kind: PassengerKind,
    /// Age in years on the last day of travel; required for children.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub age: Option<i64>,
}

/// What fare a passenger pays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassengerKind {
    /// Twelve years or more.
    Adult,
    /// Two to eleven years.
    Child,
    /// Under two years, on an adult's lap.
    Infant,
}

impl SearchRequest {
    /// A journey of one adult.
    pub fn for_one_adult(slices: Vec<SearchSlice>) -> Self {
        let adult = SearchPassenger { kind: PassengerKind::Adult, age: None };
        Self { slices, passengers: vec![adult], cabin: None, max_connections: None }
    }

    /// Refuses what no airline can sell, naming the first field at fault.
    pub fn check(&self, now: Timestamp) -> Result<(), Error> {
        self.check_passengers()?;
        if self.max_connections.is_some_and(|n| !(0..=2).contains(&n)) {
            return Err(wrong("max_connections", "0, 1 or 2"));
        }
        self.check_slices(now)
    }

    fn check_slices(&self, now: Timestamp) -> Result<(), Error> {
        if self.slices.is_empty() || self.slices.len() > SLICES_MAX {
            return Err(wrong("slices", "1 to 6 slices"));
        }
        let mut previous: Option<Date> = None;
        for (i, slice) in self.slices.iter().enumerate() {
            let field = |name: &str| format!("slices[{i}].{name}");
            if slice.origin == slice.destination {
                return Err(wrong(&field("destination"), "another place than the origin"));
            }
            let today = now.in_zone(&slice.origin.zone()?).date();
            if slice.departure_date < today {
                return Err(wrong(&field("departure_date"), &format!("{today} or later")));
            }
            if today.days_until(slice.departure_date) > DAYS_AHEAD_MAX {
                return Err(wrong(&field("departure_date"), "at most 361 days ahead"));
            }
            if let Some(previous) = previous.filter(|&day| slice.departure_date < day) {
                return Err(wrong(
                    &field("departure_date"),
                    &format!("{previous} or later, after the slice before"),
                ));
            }
            previous = Some(slice.departure_date);
        }
        Ok(())
    }

    fn check_passengers(&self) -> Result<(), Error> {
        if self.passengers.is_empty() || self.passengers.len() > PASSENGERS_MAX {
            return Err(wrong("passengers", "1 to 9 passengers"));
        }
        for (i, passenger) in self.passengers.iter().enumerate() {
            passenger
                .check()
                .map_err(|expected| wrong(&format!("passengers[{i}].age"), expected))?;
        }
        let count = |kind| self.passengers.iter().filter(|p| p.kind == kind).count();
        let adults = count(PassengerKind::Adult);
        if adults == 0 {
            return Err(wrong("passengers", "at least one adult"));
        }
        if count(PassengerKind::Infant) > adults {
            return Err(wrong("passengers", "at most one infant for each adult"));
        }
        Ok(())
    }
}

impl SearchPassenger {
    fn check(&self) -> Result<(), &'static str> {
        match (self.kind, self.age) {
            (PassengerKind::Adult, Some(age)) if !(12..=130).contains(&age) => {
                Err("12 to 130 for an adult")
            }
            (PassengerKind::Child, Some(age)) if !(2..=11).contains(&age) => {
                Err("2 to 11 for a child")
            }
            (PassengerKind::Child, None) => Err("the age of the child, 2 to 11"),
            (PassengerKind::Infant, Some(age)) if !(0..=1).contains(&age) => {
                Err("0 or 1 for an infant")
            }
            _ => Ok(()),
        }
    }
}

fn wrong(field: &str, expected: &str) -> Error {
    Error::new(Code::InvalidSearch, format!("`{field}` must be {expected}"))
        .field(field)
        .expected(expected)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "2026-03-02T23:30:00Z";

    fn slice(origin: &str, destination: &str, day: &str) -> SearchSlice {
        SearchSlice {
            origin: Terminus::parse(origin).unwrap(),
            destination: Terminus::parse(destination).unwrap(),
            departure_date: day.parse().unwrap(),
        }
    }

    fn return_trip() -> SearchRequest {
        SearchRequest::for_one_adult(vec![
            slice("FRA", "JFK", "2026-03-10"),
            slice("JFK", "FRA", "2026-03-14"),
        ])
    }

    fn field_at_fault(request: &SearchRequest) -> String {
        let error = request.check(NOW.parse().unwrap()).unwrap_err();
        assert_eq!(error.code, Code::InvalidSearch);
        error.details["field"].as_str().unwrap().to_owned()
    }

    fn passengers(kinds: &[(PassengerKind, Option<i64>)]) -> SearchRequest {
        let passengers = kinds.iter().map(|&(kind, age)| SearchPassenger { kind, age }).collect();
        SearchRequest { passengers, ..return_trip() }
    }

    #[test]
    fn a_plain_return_trip_is_fine() {
        assert!(return_trip().check(NOW.parse().unwrap()).is_ok());
    }

    #[test]
    fn the_return_is_not_before_the_outbound() {
        let mut request = return_trip();
        request.slices[1].departure_date = "2026-03-09".parse().unwrap();
        assert_eq!(field_at_fault(&request), "slices[1].departure_date");
    }

    #[test]
    fn today_is_counted_on_the_clocks_of_the_origin() {
        // 23:30 UTC on the 2nd is already the 3rd in Tokyo, and still the 2nd in New York.
        let tokyo = SearchRequest::for_one_adult(vec![slice("HND", "JFK", "2026-03-02")]);
        assert_eq!(field_at_fault(&tokyo), "slices[0].departure_date");
        let new_york = SearchRequest::for_one_adult(vec![slice("JFK", "HND", "2026-03-02")]);
        assert!(new_york.check(NOW.parse().unwrap()).is_ok());
    }

    #[test]
    fn passengers_are_one_to_nine_with_an_adult_for_each_infant() {
        use PassengerKind::{Adult, Child, Infant};
        assert_eq!(field_at_fault(&passengers(&[])), "passengers");
        assert_eq!(field_at_fault(&passengers(&[(Adult, None); 10])), "passengers");
        assert_eq!(field_at_fault(&passengers(&[(Infant, None)])), "passengers");
        let two_infants = [(Adult, None), (Infant, None), (Infant, None)];
        assert_eq!(field_at_fault(&passengers(&two_infants)), "passengers");
        assert_eq!(
            field_at_fault(&passengers(&[(Adult, None), (Child, None)])),
            "passengers[1].age"
        );
        assert!(
            passengers(&[(Adult, None), (Infant, Some(1))]).check(NOW.parse().unwrap()).is_ok()
        );
    }

    #[test]
    fn a_journey_goes_somewhere_and_soon() {
        let circle = SearchRequest::for_one_adult(vec![slice("FRA", "FRA", "2026-03-10")]);
        assert_eq!(field_at_fault(&circle), "slices[0].destination");
        let far = SearchRequest::for_one_adult(vec![slice("FRA", "JFK", "2027-06-01")]);
        assert_eq!(field_at_fault(&far), "slices[0].departure_date");
        let none = SearchRequest::for_one_adult(vec![]);
        assert_eq!(field_at_fault(&none), "slices");
    }

    #[test]
    fn unknown_fields_and_airports_do_not_parse() {
        let json = r#"{"origin":"XXX","destination":"JFK","departure_date":"2026-03-10"}"#;
        let error = serde_json::from_str::<SearchSlice>(json).unwrap_err().to_string();
        assert!(error.contains("`XXX` is not an airport"), "{error}");
    }
}
