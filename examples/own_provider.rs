//! A supplier of your own: an airline between two of the Orkney islands, with two flights a day.
//!
//! What makes it a provider is the trait, what makes it a good one are the promises behind it: the
//! suite that every adapter runs is run against it at the end of this file.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::search::NewSearch;
use nestmap_core::memory::MemoryStore;
use nestmap_core::order::{Paid, Refund, RefundTo, Ticket};
use nestmap_core::place::{Airport, Terminus};
use nestmap_core::port::clock::Clock;
use nestmap_core::port::flights::{
    AttemptReference, CallOutcome, CancellationQuote, FlightProvider, OrderReference, Payment,
    Purchase, Rejection, RejectionKind, SupplierError, SupplierErrorKind, SupplierOrder,
    SupplierOrderState,
};
use nestmap_core::shopping::offer::OfferPassenger;
use nestmap_core::shopping::{
    Cabin, Condition, FlightOffer, HoldTerms, SearchRequest, SearchSlice, Segment, Slice,
    SupplierRef,
};
use nestmap_core::testing::{CountedEntropy, FixedClock, fixture, run_until_stuck};
use nestmap_core::time::{Civil, Date, Local, Timestamp};
use nestmap_core::{Money, NestMap, Result};
use nestmap_examples::Acme;

fn main() -> Result<()> {
    run_until_stuck(fly()).expect("the island airline answers at once")
}

async fn fly() -> Result<()> {
    let clock = Arc::new(FixedClock::at(fixture::now()));
    let hopper = Arc::new(Hopper::new(clock.clone()));
    let store = Arc::new(MemoryStore::new());
    let nestmap = NestMap::new(store, hopper, clock, Arc::new(CountedEntropy::default()));
    let acme = Acme::found(&nestmap).await?;
    let ana = acme.traveler.actor.need_person()?;

    let search = NewSearch { traveler: ana, request: to_papa_westray("2026-03-16".parse()?)? };
    let found = nestmap.search(&acme.traveler, search).await?;
    for assessed in &found.offers {
        let offer = &assessed.offer.flight;
        for segment in offer.segments() {
            let (from, to) = (segment.departs.civil, segment.arrives.civil);
            println!("{} {from} to {to}, {}", segment.designator(), offer.total);
        }
    }
    let trip = NewTrip {
        title: "Sheep on Papa Westray".into(),
        purpose: None,
        travelers: vec![ana],
        items: vec![NewItem::Flight { offer_set: found.id, offer: found.offers[0].offer.id }],
        reason: None,
    };
    let drafted = nestmap.draft_trip(&acme.traveler, trip).await?.trip.value.id;
    nestmap.submit_trip(&acme.traveler, drafted, None).await?;
    while nestmap.tick().await?.done > 0 {}
    let view = nestmap.trip(&acme.traveler, drafted).await?;
    let booking = view.orders[0].value.booking();
    let locator = booking.and_then(|booking| booking.booking_reference.as_deref());
    println!("{:?} as {}", view.status, locator.unwrap_or("nothing"));
    Ok(())
}

/// One adult from Westray to Papa Westray, the shortest scheduled flight there is.
fn to_papa_westray(departure_date: Date) -> Result<SearchRequest> {
    let (origin, destination) = (Terminus::parse("WRY")?, Terminus::parse("PPW")?);
    Ok(SearchRequest::for_one_adult(vec![SearchSlice { origin, destination, departure_date }]))
}

/// The airline. Its books are in memory; yours are behind a wire, where answers get lost.
struct Hopper {
    clock: Arc<dyn Clock>,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    offers: BTreeMap<String, FlightOffer>,
    seats: Vec<Seat>,
}

/// A seat that was asked for.
struct Seat {
    reference: AttemptReference,
    offer: SupplierRef,
    total: Money,
    pay_by: Timestamp,
    paid_at: Option<Timestamp>,
    canceled_at: Option<Timestamp>,
    quotes: usize,
}

impl Hopper {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, books: Mutex::default() }
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn named(&self, id: impl Into<String>) -> SupplierRef {
        SupplierRef { supplier: self.name().to_owned(), id: id.into() }
    }

    /// The flight of a day, on sale for half an hour, held for a day.
    fn flight(
        &self,
        id: String,
        request: &SearchRequest,
        number: &str,
        leaves: Civil,
    ) -> FlightOffer {
        let now = self.clock.now();
        let at = |airport: &str, civil| {
            let zone =
                Airport::parse(airport).and_then(Airport::zone).expect("an island has a clock");
            Local { civil, zone }
        };
        let segment = Segment {
            origin: Airport::parse("WRY").expect("Westray has an airport"),
            destination: Airport::parse("PPW").expect("Papa Westray has an airport"),
            departs: at("WRY", leaves),
            arrives: at("PPW", leaves.plus_minutes(2)),
            duration_minutes: Some(2),
            marketing_carrier: None,
            marketing_name: "Hopper".into(),
            flight_number: number.into(),
            operating_carrier: None,
            cabin: Some(Cabin::Economy),
            aircraft: Some("BNI".into()),
            origin_terminal: None,
            destination_terminal: None,
            stops: Vec::new(),
            distance_km: Some(3),
            checked_bags: Some(1),
        };
        let slice = Slice { segments: vec![segment], duration_minutes: Some(2), fare_brand: None };
        let passenger = |kind| OfferPassenger { supplier_id: String::new(), kind };
        let total = Money::parse("21.00", "EUR").expect("the price is an amount");
        let pay_by = now.plus_hours(24);
        FlightOffer {
            supplier: self.named(id),
            carrier: None,
            carrier_name: "Hopper".into(),
            total,
            tax: None,
            slices: vec![slice],
            passengers: request.passengers.iter().map(|p| passenger(p.kind)).collect(),
            refund: Condition::Yes { penalty: Some(Money::zero(total.currency)) },
            change: Condition::No,
            hold: HoldTerms::PriceGuaranteed { price_until: pay_by, pay_by },
            expires_at: now.plus_minutes(30),
            documents_required: false,
            emissions_grams: None,
            private_fares: Vec::new(),
            sandbox: true,
        }
    }

    /// Writes a seat down. An offer that ended isn't sold.
    fn book(&self, purchase: &Purchase, paid: bool) -> CallOutcome<SupplierOrder> {
        let now = self.clock.now();
        let mut books = self.books();
        let Some(offer) = books.offers.get(&purchase.offer.supplier.id).cloned() else {
            return refuse(RejectionKind::OfferGone);
        };
        if offer.expires_at <= now {
            return refuse(RejectionKind::OfferGone);
        }
        books.seats.push(Seat {
            reference: purchase.reference,
            offer: offer.supplier,
            total: offer.total,
            pay_by: now.plus_hours(24),
            paid_at: paid.then_some(now),
            canceled_at: None,
            quotes: 0,
        });
        let number = books.seats.len() - 1;
        CallOutcome::Confirmed { result: self.show(number, &books.seats[number]) }
    }

    fn show(&self, number: usize, seat: &Seat) -> SupplierOrder {
        let pay_by = Some(seat.pay_by);
        let state = match (seat.canceled_at, seat.paid_at) {
            (Some(at), _) => {
                let paid = seat.paid_at.map_or(Paid::Nothing, |_| Paid::Amount(seat.total));
                SupplierOrderState::Canceled { at, paid, refund: Self::refund(seat) }
            }
            (None, Some(at)) => SupplierOrderState::Paid { at },
            (None, None) if seat.pay_by <= self.clock.now() => SupplierOrderState::Unpaid,
            (None, None) => SupplierOrderState::AwaitingPayment { pay_by, price_until: pay_by },
        };
        let ticket = Ticket { number: format!("HOP-{number}"), kind: "paper".into() };
        SupplierOrder {
            order: self.named(format!("seat-{number}")),
            booking_reference: Some(format!("HOP{number:03}")),
            state,
            total: seat.total,
            tickets: seat.paid_at.map(|_| ticket).into_iter().collect(),
            reference: Some(seat.reference),
            void_until: None,
        }
    }

    /// The whole price comes back, if there was one.
    fn refund(seat: &Seat) -> Refund {
        match seat.paid_at {
            Some(_) => Refund { amount: Some(seat.total), to: RefundTo::Card },
            None => Refund::of_nothing(seat.total.currency),
        }
    }
}

/// The number of a seat in the books.
fn number(order: &SupplierRef) -> Option<usize> {
    order.id.strip_prefix("seat-")?.parse().ok()
}

fn refuse<T>(kind: RejectionKind) -> CallOutcome<T> {
    let code = format!("{kind:?}");
    let message = format!("the airline says {code}");
    CallOutcome::Rejected { rejection: Rejection { kind, code, message, request_id: None } }
}

fn gone(what: &str) -> SupplierError {
    SupplierError {
        kind: SupplierErrorKind::Gone,
        code: "gone".into(),
        message: format!("there is no such {what}"),
        request_id: None,
    }
}

#[async_trait]
impl FlightProvider for Hopper {
    fn name(&self) -> &str {
        "hopper"
    }

    async fn search(&self, request: &SearchRequest) -> Result<Vec<FlightOffer>, SupplierError> {
        let [slice] = request.slices.as_slice() else { return Ok(Vec::new()) };
        if (slice.origin.code(), slice.destination.code()) != ("WRY", "PPW") {
            return Ok(Vec::new());
        }
        let midnight = slice.departure_date.at_midnight();
        let mut books = self.books();
        let mut found = Vec::new();
        for (flight, minutes) in [("1", 9 * 60 + 20), ("3", 17 * 60 + 5)] {
            let id = format!("offer-{}", books.offers.len());
            let offer = self.flight(id, request, flight, midnight.plus_minutes(minutes));
            books.offers.insert(offer.supplier.id.clone(), offer.clone());
            found.push(offer);
        }
        Ok(found)
    }

    async fn refresh(&self, offer: &SupplierRef) -> Result<FlightOffer, SupplierError> {
        let now = self.clock.now();
        let offer = self.books().offers.get(&offer.id).cloned();
        offer.filter(|offer| now < offer.expires_at).ok_or_else(|| gone("offer"))
    }

    async fn hold(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        self.book(purchase, false)
    }

    async fn order(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        self.book(purchase, true)
    }

    async fn pay(&self, payment: &Payment) -> CallOutcome<SupplierOrder> {
        let now = self.clock.now();
        let mut books = self.books();
        let Some(number) = number(&payment.order).filter(|number| *number < books.seats.len())
        else {
            return refuse(RejectionKind::Other);
        };
        let seat = &mut books.seats[number];
        if seat.paid_at.is_some() || seat.canceled_at.is_some() {
            return refuse(RejectionKind::AlreadyDone);
        }
        if seat.pay_by <= now {
            return refuse(RejectionKind::HoldLapsed);
        }
        if seat.total != payment.amount {
            return refuse(RejectionKind::PriceChanged);
        }
        seat.paid_at = Some(now);
        CallOutcome::Confirmed { result: self.show(number, seat) }
    }

    async fn look_up(&self, order: &SupplierRef) -> Result<Option<SupplierOrder>, SupplierError> {
        let books = self.books();
        let seat = number(order).and_then(|number| Some((number, books.seats.get(number)?)));
        Ok(seat.map(|(number, seat)| self.show(number, seat)))
    }

    async fn find(
        &self,
        order: &OrderReference,
        offer: &SupplierRef,
    ) -> Result<Vec<SupplierOrder>, SupplierError> {
        let books = self.books();
        let seats = books.seats.iter().enumerate();
        let ours = seats.filter(|(_, s)| s.reference.of_order() == *order && s.offer == *offer);
        Ok(ours.map(|(number, seat)| self.show(number, seat)).collect())
    }

    async fn price(&self, order: &SupplierRef) -> Result<Money, SupplierError> {
        self.look_up(order).await?.map(|order| order.total).ok_or_else(|| gone("order"))
    }

    async fn quote_cancellation(
        &self,
        order: &SupplierRef,
    ) -> Result<CancellationQuote, SupplierError> {
        let mut books = self.books();
        let seat = number(order).and_then(|number| books.seats.get_mut(number));
        let seat = seat.filter(|s| s.canceled_at.is_none()).ok_or_else(|| gone("order"))?;
        seat.quotes += 1;
        let quote = self.named(format!("{}/{}", order.id, seat.quotes));
        Ok(CancellationQuote { quote, refund: Self::refund(seat), expires_at: None })
    }

    async fn confirm_cancellation(&self, quote: &SupplierRef) -> CallOutcome<Refund> {
        let now = self.clock.now();
        let (order, newest) = quote.id.split_once('/').unwrap_or((&quote.id, ""));
        let mut books = self.books();
        let seat = number(&self.named(order)).and_then(|number| books.seats.get_mut(number));
        match seat {
            Some(seat) if seat.quotes.to_string() != newest => refuse(RejectionKind::QuoteStale),
            Some(seat) if seat.canceled_at.is_some() => refuse(RejectionKind::AlreadyDone),
            Some(seat) => {
                seat.canceled_at = Some(now);
                CallOutcome::Confirmed { result: Self::refund(seat) }
            }
            None => refuse(RejectionKind::NotCancelable),
        }
    }
}

#[cfg(test)]
mod tests {
    use nestmap_core::id::PersonId;
    use nestmap_core::people::Passenger;
    use nestmap_core::testing::flights_suite::{self, BookedOrder, FlightsBench, Ran};

    use super::*;

    struct Bench {
        clock: Arc<FixedClock>,
        hopper: Hopper,
    }

    #[async_trait]
    impl FlightsBench for Bench {
        fn provider(&self) -> &dyn FlightProvider {
            &self.hopper
        }

        fn now(&self) -> Timestamp {
            self.clock.now()
        }

        fn request(&self) -> SearchRequest {
            to_papa_westray(fixture::parse("2026-03-16")).unwrap()
        }

        fn passengers(&self) -> Vec<Passenger> {
            let profile = fixture::profile("Ana", "Silva");
            vec![Passenger {
                person: PersonId::new(self.now(), [7; 10]),
                given_name: profile.given_name.unwrap(),
                family_name: profile.family_name.unwrap(),
                title: profile.title.unwrap(),
                gender: profile.gender.unwrap(),
                born_on: profile.born_on.unwrap(),
                email: "ana@acme.example".into(),
                phone: profile.phone.unwrap(),
                document: None,
            }]
        }

        async fn books(&self) -> Vec<BookedOrder> {
            let books = self.hopper.books();
            let entry = |(number, seat): (usize, &Seat)| BookedOrder {
                id: format!("seat-{number}"),
                payments: i64::from(seat.paid_at.is_some()),
                canceled: seat.canceled_at.is_some(),
            };
            books.seats.iter().enumerate().map(entry).collect()
        }

        async fn pass_seconds(&self, seconds: i64) -> bool {
            self.clock.advance_seconds(seconds);
            true
        }
    }

    fn check(case: &str) {
        let clock = Arc::new(FixedClock::at(fixture::now()));
        let bench = Bench { hopper: Hopper::new(clock.clone()), clock };
        let ran = run_until_stuck(flights_suite::run(case, &bench)).expect("it answers at once");
        if ran == Ran::LeftOut {
            println!("left out, because nothing goes wrong in memory: {case}");
        }
    }

    nestmap_core::flights_suite!(check);
}
