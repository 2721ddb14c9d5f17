//! Routes on which the supplier's test mode does something special, so that programs can
//! practice it. The same routes do the same here.

/// What happens on a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Magic {
    /// The search finds nothing.
    NoOffers,
    /// Offers can be held but not paid at once.
    HoldOnly,
    /// Every offer changes aircraft.
    Connecting,
    /// Every flight lands once on the way.
    OneStop,
    /// Nothing may be carried.
    NoBaggage,
    /// Nothing can be added.
    NoServices,
    /// The search runs into a gateway timeout.
    SearchTimeout,
    /// Offers are gone when they are read again.
    OfferGone,
    /// The price goes up by 10.00 each time the offer is read.
    PriceRises,
    /// The airline fails to create the order and leaves none behind.
    AirlineUnknown,
    /// The account can't pay.
    InsufficientBalance,
    /// Orders and payments answer 200 with the details to follow.
    DetailLater,
    /// Orders answer 202 and appear a little later.
    AcceptedThenCreated,
    /// Orders answer 202 and fail after half a minute.
    AcceptedThenFailed,
    /// Each look at the airline's changes finds one more.
    AirlineChanges,
    /// Refunds are paid in airline credits.
    RefundAsCredits,
    /// Payments with airline credits take their time.
    SlowCredits,
}

/// The special behavior of a route, from airport to airport.
pub(super) fn magic(from: &str, to: &str) -> Option<Magic> {
    Some(match (from, to) {
        ("PVD", "RAI") => Magic::NoOffers,
        ("JFK", "EWR") => Magic::HoldOnly,
        ("LHR", "DXB") => Magic::Connecting,
        ("DXB", "AMS") => Magic::OneStop,
        ("BTS", "MRU") => Magic::NoBaggage,
        ("BTS", "ABV") => Magic::NoServices,
        ("STN", "LHR") => Magic::SearchTimeout,
        ("LGW", "LHR") => Magic::OfferGone,
        ("LHR", "STN") => Magic::PriceRises,
        ("LHR", "LGW") => Magic::AirlineUnknown,
        ("LGW", "STN") => Magic::InsufficientBalance,
        ("LTN", "STN") => Magic::DetailLater,
        ("SEN", "STN") => Magic::AcceptedThenCreated,
        ("LCY", "STN") => Magic::AcceptedThenFailed,
        ("LHR", "LTN") => Magic::AirlineChanges,
        ("LTN", "SYD") => Magic::RefundAsCredits,
        ("BQH", "LCY") => Magic::SlowCredits,
        _ => return None,
    })
}
