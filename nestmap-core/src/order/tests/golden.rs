//! Stored orders keep their form.

use super::*;
use crate::order::{AttemptCall, AttemptOutcome, PastAttempt};
use crate::people::TravelDocument;
use crate::shopping::{Condition, HoldTerms};
use crate::testing::fixture::parse;
use crate::trip::sample::assert_golden;

fn orders() -> Vec<Order> {
    let mut whole = order_in(held_state());
    whole.clearance = withdrawn();
    whole.cancellation = Cancellation::Agreed {
        quote: quote("quo_1"),
        at: now(),
        due_at: now().plus_minutes(1),
        tries: 1,
        trouble: Some("busy".into()),
    };
    whole.passengers[0].document = Some(TravelDocument {
        number: "C01X00T47".into(),
        issued_by: parse("DE"),
        expires_on: parse("2030-01-01"),
    });
    whole.past = vec![PastAttempt {
        id: attempt_id(1),
        call: AttemptCall::Hold,
        started_at: now(),
        ended_at: now().plus_seconds(2),
        outcome: AttemptOutcome::Confirmed,
        reconciled: true,
    }];
    let mut sparse = planned();
    let flight = &mut sparse.offer.flight;
    flight.carrier = None;
    flight.tax = Some(Money::parse("80.00", "EUR").unwrap());
    flight.refund = Condition::No;
    flight.change = Condition::Yes { penalty: None };
    flight.hold = HoldTerms::SeatOnly { pay_by: now() };
    sparse.cancellation = quoted("quo_1");
    let mut cleared_order = planned();
    cleared_order.cancellation = Cancellation::Refused {
        quote: quote("quo_1"),
        why: "the terms ended".into(),
        since: now(),
    };
    cleared_order.clearance = cleared();
    cleared_order.offer.flight.hold = HoldTerms::None;
    vec![whole, sparse, cleared_order]
}

fn states() -> Vec<OrderState> {
    let by = sample::person_id(2);
    let mut states: Vec<_> =
        one_in_each_state().into_iter().map(|(_, order)| order.state).collect();
    states.dedup();
    let failures = [
        Failure::OfferGone,
        Failure::PriceMoved { ceiling: price(), asked: price() },
        Failure::ItineraryMoved,
        Failure::Rejected { rejection: rejection(RejectionKind::Passenger) },
        Failure::Withdrawn,
        Failure::Unanswered { cause: "timeout".into() },
        Failure::DeclaredAbsent { by },
    ];
    states.extend(failures.map(failed));
    let trouble = Trouble { what: "busy".into(), since: now(), needs_person_since: Some(now()) };
    states.push(OrderState::Held {
        booking: booking(),
        hold: hold(),
        not_before: now(),
        tries: 3,
        trouble: Some(trouble),
    });
    let phases = [
        AttemptPhase::Accepted { order: Some(reference("ord_1")) },
        AttemptPhase::Accepted { order: None },
        AttemptPhase::Unknown { cause: "timeout".into() },
    ];
    states.extend(phases.map(|phase| OrderState::Purchasing {
        purchase: PurchaseKind::Hold,
        attempt: Attempt {
            phase,
            polls: 7,
            trouble: Some("no answer".into()),
            needs_person_since: Some(now()),
            ..attempt()
        },
    }));
    let ways = [
        RefundTo::Card,
        RefundTo::AirlineCredit,
        RefundTo::Voucher,
        RefundTo::NothingPaid,
        RefundTo::Other("unknown".into()),
    ];
    let paid = [Paid::Nothing, Paid::Unknown, Paid::Unknown, Paid::Nothing, Paid::Unknown];
    states.extend(ways.into_iter().zip(paid).map(|(to, paid)| {
        let booking = Booking {
            tickets: vec![ticket()],
            void_until: Some(now()),
            booking_reference: None,
            ..booking()
        };
        let refund = Refund { amount: None, to };
        OrderState::Canceled { booking, paid, refund, at: now() }
    }));
    states
}

#[test]
fn stored_orders_keep_their_form() {
    assert_golden(include_str!("../../../tests/golden/orders.json"), &orders());
}

#[test]
fn stored_states_of_orders_keep_their_form() {
    assert_golden(include_str!("../../../tests/golden/order_states.json"), &states());
}
