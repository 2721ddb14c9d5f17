use super::*;
use crate::order::{Booking, Clearance, Hold, Paid, Refund, RefundTo};
use crate::port::flights::{CancellationQuote, SupplierProfile};
use crate::shopping::SupplierRef;
use crate::testing::fixture::now;
use crate::trip::sample;

fn euros(minor: i64) -> Money {
    Money::new(minor, crate::Currency::parse("EUR").unwrap())
}

fn booking() -> Booking {
    Booking {
        order: SupplierRef { supplier: "scripted".into(), id: "ord_1".into() },
        booking_reference: None,
        total: euros(50_000),
        tickets: Vec::new(),
        void_until: None,
    }
}

fn order(state: OrderState) -> Order {
    let line = "LH400 FRA 2026-03-16T10:30 JFK 2026-03-16T13:20";
    let clearance = Clearance::Cleared { at: now(), ceiling: euros(50_000) };
    Order { state, clearance, ..sample::order(&mut sample::flight(1, &[&[line]])) }
}

fn planned() -> Order {
    order(OrderState::Planned { not_before: now(), tries: 0, hold_refused: false })
}

fn held() -> Order {
    let hold = Hold { pay_by: None, price_until: None };
    let booking = booking();
    order(OrderState::Held { booking, hold, not_before: now(), tries: 0, trouble: None })
}

fn booked(minor: i64) -> Order {
    let (booking, paid) = (booking(), euros(minor));
    order(OrderState::Booked { booking, paid, at: now(), check_at: None, checks: 0 })
}

fn canceling(minor: i64) -> Order {
    let refund = Refund { amount: Some(euros(0)), to: RefundTo::Balance };
    let quote = SupplierRef { supplier: "scripted".into(), id: "quo_1".into() };
    let agreed = booked(minor)
        .quoted(CancellationQuote { quote: quote.clone(), refund, expires_at: None })
        .and_then(|order| order.confirm_quote(&quote, now()))
        .unwrap();
    let attempt = crate::id::AttemptId::new(now(), [1; 10]);
    agreed.begin_cancellation(attempt, now(), &SupplierProfile::default()).unwrap()
}

fn canceled(paid: Paid, refund: Option<i64>) -> Order {
    let refund = Refund { amount: refund.map(euros), to: RefundTo::Balance };
    order(OrderState::Canceled { booking: booking(), paid, refund, at: now() })
}

fn purchasing() -> Order {
    let attempt = crate::id::AttemptId::new(now(), [1; 10]);
    let attempt = crate::order::Attempt::dispatching(attempt, now(), &SupplierProfile::default());
    order(OrderState::Purchasing { purchase: crate::order::PurchaseKind::Instant, attempt })
}

#[test]
fn money_moves_when_it_is_first_known_to_have_moved() {
    let payment = Movement::payment(euros(50_000));
    let refund = |minor| Movement::refund(&RefundTo::Balance, euros(minor)).unwrap();
    let all = Paid::Amount(euros(50_000));
    let cases = [
        (planned(), planned(), vec![]),
        (planned(), held(), vec![]),
        (held(), booked(50_000), vec![payment]),
        (planned(), booked(50_000), vec![payment]),
        (booked(50_000), booked(50_000), vec![]),
        (booked(50_000), canceling(50_000), vec![]),
        (canceling(50_000), booked(50_000), vec![]),
        (canceling(50_000), canceled(all, Some(40_000)), vec![refund(40_000)]),
        (booked(50_000), canceled(all, None), vec![]),
        // First seen when it was over: both are due.
        (held(), canceled(all, Some(40_000)), vec![payment, refund(40_000)]),
        (purchasing(), canceled(all, Some(40_000)), vec![payment, refund(40_000)]),
        (purchasing(), canceled(all, None), vec![payment]),
        (held(), canceled(Paid::Nothing, Some(40_000)), vec![]),
        (purchasing(), canceled(Paid::Unknown, Some(40_000)), vec![]),
        (canceled(all, None), canceled(all, Some(1)), vec![refund(1)]),
        (canceled(all, Some(1)), canceled(all, Some(1)), vec![]),
    ];
    for (before, after, wanted) in cases {
        let names = (before.state_name(), after.state_name());
        assert_eq!(movements(&before, &after), wanted, "{names:?}");
    }
}

#[test]
fn nothing_moves_for_nothing() {
    assert_eq!(movements(&held(), &booked(0)), []);
    assert_eq!(movements(&canceling(50_000), &canceled(Paid::Amount(euros(50_000)), Some(0))), []);
}

#[test]
fn a_refund_goes_back_where_the_payment_came_from() {
    let id = |n| TransferId::new(now(), [n; 10]);
    let order = booked(50_000);
    let refund = Movement::refund(&RefundTo::Balance, euros(40_000)).unwrap();
    let payment = Transfer::of(id(1), &order, Movement::payment(euros(50_000)), now());
    let refund = Transfer::of(id(2), &order, refund, now());
    assert_eq!((payment.from, payment.to), (Account::SupplierBalance, Account::TravelExpense));
    assert_eq!((refund.from, refund.to), (payment.to, payment.from));
    assert_eq!((payment.order, payment.organization), (order.id, order.organization));
}

#[test]
fn what_is_not_cash_is_not_taken_for_cash() {
    let accounts = [
        (RefundTo::Balance, Some(Account::SupplierBalance)),
        (RefundTo::Card, Some(Account::Cards)),
        (RefundTo::AirlineCredit, Some(Account::AirlineCredits)),
        (RefundTo::Voucher, Some(Account::Vouchers)),
        (RefundTo::Other("unknown".into()), Some(Account::OtherRefunds)),
        (RefundTo::NothingPaid, None),
    ];
    for (to, account) in accounts {
        let refund = Refund { amount: Some(euros(40_000)), to: to.clone() };
        let (booking, paid) = (booking(), Paid::Amount(euros(50_000)));
        let after = order(OrderState::Canceled { booking, paid, refund, at: now() });
        let moved = movements(&booked(50_000), &after);
        let moved: Vec<_> = moved.into_iter().map(|m| (m.leg, m.from, m.to)).collect();
        let wanted = account.map(|account| (Leg::Refund, Account::TravelExpense, account));
        assert_eq!(moved, wanted.into_iter().collect::<Vec<_>>(), "{to:?}");
    }
}

#[test]
fn names_in_stores_are_read_back() {
    for leg in [Leg::Payment, Leg::Refund] {
        assert_eq!(Leg::parse(leg.as_str()).unwrap(), leg);
        assert_eq!(serde_json::json!(leg), leg.as_str());
    }
    for account in [
        Account::SupplierBalance,
        Account::TravelExpense,
        Account::AirlineCredits,
        Account::Vouchers,
        Account::Cards,
        Account::OtherRefunds,
    ] {
        assert_eq!(Account::parse(account.as_str()).unwrap(), account);
        assert_eq!(serde_json::json!(account), account.as_str());
    }
    assert!(Leg::parse("Payment").is_err());
    assert!(Account::parse("").is_err());
}
