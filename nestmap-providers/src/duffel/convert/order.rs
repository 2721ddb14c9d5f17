//! Orders, payments and cancellations, in both directions.

use std::collections::BTreeMap;

use nestmap_core::money::Money;
use nestmap_core::order::{Paid, Refund, RefundTo, Ticket};
use nestmap_core::people::traveler::{Gender, Passenger, Title};
use nestmap_core::port::flights::{
    AttemptReference, CancellationQuote, Purchase, SupplierOrder, SupplierOrderState,
};
use nestmap_core::shopping::offer::{FlightOffer, OfferPassenger};
use nestmap_core::shopping::request::PassengerKind;

use super::{Mismatch, money, optional_money, optional_timestamp, reference, timestamp};
use crate::duffel::wire::cancellation::Cancellation;
use crate::duffel::wire::order::{
    Document, IdentityDocument, NewOrder, NewPassenger, NewPayment, Order, PaymentStatus, Price,
};
use crate::duffel::wire::scalar::{self, Amount, IdentityDocumentType, OrderType, PaymentType};

/// The key of an order's metadata that holds our reference.
pub const ATTEMPT_KEY: &str = "nestmap_attempt";

/// The order in the core's terms.
pub fn order(from: &Order) -> Result<SupplierOrder, Mismatch> {
    Ok(SupplierOrder {
        order: reference(&from.id),
        booking_reference: from.booking_reference.clone(),
        state: state(from)?,
        total: total(from)?,
        tickets: from.documents.iter().map(ticket).collect(),
        reference: attempt(from),
        void_until: optional_timestamp("void_window_ends_at", from.void_window_ends_at.as_ref())?,
    })
}

/// The attempt an order says it was made for; none if the order isn't ours.
pub fn attempt(from: &Order) -> Option<AttemptReference> {
    from.metadata.get(ATTEMPT_KEY)?.as_str()?.parse().ok()
}

fn state(from: &Order) -> Result<SupplierOrderState, Mismatch> {
    if let Some(at) = &from.cancelled_at {
        let at = timestamp("cancelled_at", at)?;
        let paid = paid(from)?;
        return Ok(SupplierOrderState::Canceled { at, paid, refund: refunded(from, paid)? });
    }
    let unpaid = PaymentStatus::default();
    let status = from.payment_status.as_ref().unwrap_or(&unpaid);
    state_of_payment(status).map_err(|mismatch| mismatch.within("payment_status"))
}

/// What was paid for a canceled order. Without a time of payment only a hold is known to be unpaid:
/// older answers have no such time for any order, and don't say what is a hold.
fn paid(from: &Order) -> Result<Paid, Mismatch> {
    let status = from.payment_status.as_ref();
    if status.is_some_and(|status| status.paid_at.is_some()) {
        return Ok(Paid::Amount(total(from)?));
    }
    let is_hold = from.kind == Some(OrderType::Hold);
    let awaits = status.is_some_and(|status| status.awaiting_payment);
    Ok(if is_hold || awaits { Paid::Nothing } else { Paid::Unknown })
}

/// What came back for a canceled order. A quote that nobody confirmed says nothing about it, and one
/// whose refund makes no sense was confirmed all the same.
fn refunded(from: &Order, paid: Paid) -> Result<Refund, Mismatch> {
    let confirmed = from.cancellation.as_ref().filter(|quote| quote.confirmed_at.is_some());
    match (confirmed, paid) {
        (Some(cancellation), _) => Ok(refund(cancellation).unwrap_or_else(|_| Refund::unknown())),
        (None, Paid::Nothing) => Ok(Refund::of_nothing(total(from)?.currency)),
        (None, Paid::Amount(_) | Paid::Unknown) => Ok(Refund::unknown()),
    }
}

fn total(from: &Order) -> Result<Money, Mismatch> {
    money("total_amount", &from.total_amount, &from.total_currency)
}

/// Paid is what has a time of payment. An order that awaits none and has none has lapsed or is
/// being paid: the two can't be told apart here.
fn state_of_payment(status: &PaymentStatus) -> Result<SupplierOrderState, Mismatch> {
    Ok(match (&status.paid_at, status.awaiting_payment) {
        (Some(at), _) => SupplierOrderState::Paid { at: timestamp("paid_at", at)? },
        (None, true) => SupplierOrderState::AwaitingPayment {
            pay_by: optional_timestamp("payment_required_by", status.payment_required_by.as_ref())?,
            price_until: optional_timestamp(
                "price_guarantee_expires_at",
                status.price_guarantee_expires_at.as_ref(),
            )?,
        },
        (None, false) => SupplierOrderState::Unpaid,
    })
}

fn ticket(document: &Document) -> Ticket {
    let kind = document.kind.as_ref().map_or("electronic_ticket", |kind| kind.as_str());
    Ticket { number: document.unique_identifier.clone(), kind: kind.to_owned() }
}

/// What a held order costs now.
pub fn price(from: &Price) -> Result<Money, Mismatch> {
    money("total_amount", &from.total_amount, &from.total_currency)
}

/// The quote in the core's terms.
pub fn quote(from: &Cancellation) -> Result<CancellationQuote, Mismatch> {
    Ok(CancellationQuote {
        quote: reference(&from.id),
        refund: refund(from)?,
        expires_at: optional_timestamp("expires_at", from.expires_at.as_ref())?,
    })
}

/// What comes back. Credit with an airline counts when no money does, and isn't taken for money.
pub fn refund(from: &Cancellation) -> Result<Refund, Mismatch> {
    let cash = optional_money(
        "refund_amount",
        from.refund_amount.as_ref(),
        from.refund_currency.as_ref(),
    )?;
    let to = refund_to(from.refund_to.as_ref());
    Ok(match (cash, credits(from)?) {
        (None, Some(credit)) => Refund { amount: Some(credit), to: RefundTo::AirlineCredit },
        (cash, _) => Refund { amount: cash, to },
    })
}

/// The sum of the credits; none when there are none or they are in several currencies.
fn credits(from: &Cancellation) -> Result<Option<Money>, Mismatch> {
    let mut sum: Option<Money> = None;
    for credit in &from.airline_credits {
        let credit =
            money("airline_credits.credit_amount", &credit.credit_amount, &credit.credit_currency)?;
        sum = match sum.map(|sum| sum.plus(credit)) {
            None => Some(credit),
            Some(Ok(sum)) => Some(sum),
            Some(Err(_)) => return Ok(None),
        };
    }
    Ok(sum)
}

fn refund_to(from: Option<&scalar::RefundTo>) -> RefundTo {
    use scalar::RefundTo as Wire;
    match from {
        Some(Wire::Balance) => RefundTo::Balance,
        Some(Wire::Card) => RefundTo::Card,
        Some(Wire::AirlineCredits) => RefundTo::AirlineCredit,
        Some(Wire::Voucher) => RefundTo::Voucher,
        Some(Wire::AwaitingPayment) => RefundTo::NothingPaid,
        Some(other) => RefundTo::Other(other.as_str().to_owned()),
        None => RefundTo::Other("unknown".to_owned()),
    }
}

/// The order that holds the seats of a purchase. It carries no payment: Duffel refuses a hold
/// that does.
pub fn new_hold(purchase: &Purchase) -> Result<NewOrder, Mismatch> {
    let metadata = BTreeMap::from([(ATTEMPT_KEY.to_owned(), purchase.reference.to_string())]);
    Ok(NewOrder {
        kind: OrderType::Hold,
        selected_offers: vec![purchase.offer.supplier.id.clone()],
        passengers: passengers(&purchase.offer, &purchase.passengers)?,
        services: Vec::new(),
        payments: Vec::new(),
        metadata,
    })
}

/// The order that buys a purchase at once, paying `total`.
pub fn new_instant(purchase: &Purchase, total: Amount) -> Result<NewOrder, Mismatch> {
    let payments = vec![payment(total, purchase.offer.total)];
    Ok(NewOrder { kind: OrderType::Instant, payments, ..new_hold(purchase)? })
}

/// A payment of `text`, in the currency of `amount`, from the balance with Duffel.
pub fn payment(text: Amount, amount: Money) -> NewPayment {
    NewPayment {
        kind: PaymentType::Balance,
        amount: text,
        currency: amount.currency.code().to_owned(),
    }
}

fn passengers(offer: &FlightOffer, people: &[Passenger]) -> Result<Vec<NewPassenger>, Mismatch> {
    if offer.passengers.len() != people.len() {
        let expected = "one passenger for each of the offer's";
        return Err(Mismatch::new("passengers", expected, people.len()));
    }
    let seats = offer.passengers.iter().zip(people);
    let mut infants = offer.passengers.iter().filter(|seat| seat.kind == PassengerKind::Infant);
    Ok(seats
        .map(|(seat, person)| {
            let infant = (seat.kind == PassengerKind::Adult).then(|| infants.next()).flatten();
            passenger(seat, person, infant, offer.documents_required)
        })
        .collect())
}

/// A document goes along only where the airline asks for one.
fn passenger(
    seat: &OfferPassenger,
    person: &Passenger,
    infant: Option<&OfferPassenger>,
    with_document: bool,
) -> NewPassenger {
    NewPassenger {
        id: seat.supplier_id.clone(),
        title: title(person.title).into(),
        gender: gender(person.gender).into(),
        given_name: person.given_name.as_str().into(),
        family_name: person.family_name.as_str().into(),
        born_on: person.born_on.to_string().into(),
        email: person.email.as_str().into(),
        phone_number: person.phone.as_str().into(),
        infant_passenger_id: infant.map(|infant| infant.supplier_id.clone()),
        identity_documents: document(person).filter(|_| with_document).into_iter().collect(),
        loyalty_programme_accounts: Vec::new(),
    }
}

fn document(person: &Passenger) -> Option<IdentityDocument> {
    let document = person.document.as_ref()?;
    Some(IdentityDocument {
        kind: IdentityDocumentType::Passport,
        unique_identifier: document.number.as_str().into(),
        issuing_country_code: Some(document.issued_by.code().to_owned()),
        expires_on: Some(document.expires_on.to_string().into()),
    })
}

fn title(title: Title) -> &'static str {
    match title {
        Title::Mr => "mr",
        Title::Ms => "ms",
        Title::Mrs => "mrs",
        Title::Miss => "miss",
        Title::Dr => "dr",
    }
}

fn gender(gender: Gender) -> &'static str {
    match gender {
        Gender::Female => "f",
        Gender::Male => "m",
    }
}
