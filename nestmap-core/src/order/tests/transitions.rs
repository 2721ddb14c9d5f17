//! Every operation on an order in every state.

use super::*;
use crate::port::flights::CallOutcome;

/// What an operation makes of an order.
enum Made {
    Order(Box<Order>),
    /// The operation isn't about this order any more.
    NotMine,
    Refused(Error),
}

impl From<Order> for Made {
    fn from(order: Order) -> Self {
        Self::Order(Box::new(order))
    }
}

impl From<Option<Order>> for Made {
    fn from(order: Option<Order>) -> Self {
        order.map_or(Self::NotMine, Self::from)
    }
}

impl From<Result<Order, Error>> for Made {
    fn from(order: Result<Order, Error>) -> Self {
        order.map_or_else(Self::Refused, Self::from)
    }
}

type Operation = (&'static str, Box<dyn Fn(Order) -> Made>);

fn operation<M: Into<Made>>(name: &'static str, apply: impl Fn(Order) -> M + 'static) -> Operation {
    (name, Box::new(move |order| apply(order).into()))
}

fn outcomes<T: Clone>(result: T) -> [(&'static str, CallOutcome<T>); 5] {
    let rejected = |kind| CallOutcome::Rejected { rejection: rejection(kind) };
    [
        ("confirmed", CallOutcome::Confirmed { result }),
        ("accepted", CallOutcome::Accepted { order: None }),
        ("unknown", CallOutcome::Unknown { cause: "timeout".into() }),
        ("not_made", CallOutcome::NotMade { retry_at: None, cause: "busy".into() }),
        ("already_done", rejected(RejectionKind::AlreadyDone)),
    ]
}

fn every_operation() -> Vec<Operation> {
    let profile = SupplierProfile::default();
    let later = now().plus_minutes(1);
    let seen = |state| vec![supplier_order(state)];
    let mut all = vec![
        operation("clear", move |o| o.clear(later)),
        operation("withdraw", move |o| o.withdraw(later)),
        operation("fail", move |o| o.fail(Failure::OfferGone, later)),
        operation("refuse_price", move |o| {
            let failure = Failure::PriceMoved { ceiling: price(), asked: price() };
            o.refuse_price(failure, later)
        }),
        operation("postponed", move |o| o.postponed("busy", later, &profile)),
        operation("nudged", move |o| o.nudged(later)),
        operation("begin_hold", move |o| {
            let offer = o.offer.flight.clone();
            o.begin_purchase(PurchaseKind::Hold, offer, attempt_id(2), later, &profile)
        }),
        operation("begin_instant", move |o| {
            let offer = o.offer.flight.clone();
            o.begin_purchase(PurchaseKind::Instant, offer, attempt_id(2), later, &profile)
        }),
        operation("begin_payment", move |o| {
            o.begin_payment(price(), attempt_id(2), later, &profile)
        }),
        operation("quoted", move |o| o.quoted(quote("quo_2"))),
        operation("confirm_quote", move |o| o.confirm_quote(&reference("quo_1"), later)),
        operation("cancellation_refused", move |o| o.cancellation_refused("no", later)),
        operation("begin_cancellation", move |o| {
            o.begin_cancellation(attempt_id(2), later, &profile)
        }),
        operation("surfaced/awaiting", move |o| {
            o.purchase_surfaced(&[supplier_order(awaiting())], later, &profile)
        }),
        operation("surfaced/awaiting/sent", move |o| {
            sent(o).purchase_surfaced(&[supplier_order(awaiting())], later, &profile)
        }),
        operation("hold_sighted/unpaid/over", move |o| {
            let unpaid = supplier_order(SupplierOrderState::Unpaid);
            o.hold_sighted(Some(&unpaid), now().plus_hours(72), &profile)
        }),
        operation("hold_sighted/unpaid/over/sent", move |o| {
            let unpaid = supplier_order(SupplierOrderState::Unpaid);
            sent(o).hold_sighted(Some(&unpaid), now().plus_hours(72), &profile)
        }),
        operation("declare_absent/asked/over", move |o| {
            asked(o).declare_absent(sample::person_id(2), now().plus_hours(72))
        }),
        operation("postponed/over", move |o| o.postponed("busy", now().plus_hours(72), &profile)),
        operation("fail/sent", move |o| sent(o).fail(Failure::OfferGone, later)),
        operation("declare_absent", move |o| o.declare_absent(sample::person_id(2), later)),
        operation("declare_absent/asked", move |o| {
            asked(o).declare_absent(sample::person_id(2), later)
        }),
    ];
    for (name, outcome) in outcomes(supplier_order(awaiting())) {
        let name = row("record_purchase", name);
        all.push(operation(name, move |o| {
            o.record_purchase(attempt_id(1), outcome.clone(), later)
        }));
    }
    for kind in [RejectionKind::OfferGone, RejectionKind::OfferUsed, RejectionKind::HoldUnavailable]
    {
        let name = row("record_purchase", &format!("{kind:?}"));
        all.push(operation(name, move |o| {
            let rejection = rejection(kind);
            o.record_purchase(attempt_id(1), CallOutcome::Rejected { rejection }, later)
        }));
    }
    for (name, outcome) in outcomes(supplier_order(paid())) {
        let name = row("record_payment", name);
        all.push(operation(name, move |o| o.record_payment(attempt_id(1), outcome.clone(), later)));
    }
    for kind in [RejectionKind::Payment, RejectionKind::HoldLapsed, RejectionKind::Other] {
        let name = row("record_payment", &format!("{kind:?}"));
        all.push(operation(name, move |o| {
            let rejection = rejection(kind);
            o.record_payment(attempt_id(1), CallOutcome::Rejected { rejection }, later)
        }));
    }
    for (name, outcome) in outcomes(quote("quo_1").refund) {
        let name = row("record_cancellation", name);
        all.push(operation(name, move |o| {
            o.record_cancellation(attempt_id(1), outcome.clone(), later)
        }));
    }
    all.push(operation("record_cancellation/QuoteStale", move |o| {
        let rejection = rejection(RejectionKind::QuoteStale);
        o.record_cancellation(attempt_id(1), CallOutcome::Rejected { rejection }, later)
    }));
    let sights = [
        ("nothing", Vec::new()),
        ("awaiting", seen(awaiting())),
        ("unpaid", seen(SupplierOrderState::Unpaid)),
        ("paid", seen(paid())),
        ("canceled", seen(gone(Paid::Nothing))),
        ("canceled+paid", seen(gone(Paid::Amount(price())))),
        ("canceled+?", seen(gone(Paid::Unknown))),
    ];
    for (name, seen) in sights {
        let found = seen.clone();
        all.push(operation(row("purchase_sighted", name), move |o| {
            o.purchase_sighted(&found, later, &profile)
        }));
        let found = seen.clone();
        all.push(operation(row("payment_sighted", name), move |o| {
            o.payment_sighted(found.first(), later, &profile)
        }));
        let found = seen.clone();
        all.push(operation(row("cancellation_sighted", name), move |o| {
            o.cancellation_sighted(found.first(), later, &profile)
        }));
        let found = seen.clone();
        all.push(operation(row("hold_sighted", name), move |o| {
            o.hold_sighted(found.first(), later, &profile)
        }));
        let found = seen.clone();
        all.push(operation(row("booking_sighted", name), move |o| {
            o.booking_sighted(found.first(), later)
        }));
        all.push(operation(row("watched", name), move |o| o.watched(&seen, later)));
    }
    all.sort_by_key(|(name, _)| *name);
    all
}

fn row(operation: &str, case: &str) -> &'static str {
    format!("{operation}/{case}").leak()
}

/// The same order, with attempts at buying and at paying that were said not to be made.
fn sent(order: Order) -> Order {
    let past = |call| PastAttempt {
        id: attempt_id(7),
        call,
        started_at: now(),
        ended_at: now(),
        outcome: AttemptOutcome::NotMade,
        reconciled: false,
    };
    Order { past: [AttemptCall::Hold, AttemptCall::Pay].map(past).into(), ..order }
}

/// The same order, after enough look-ups to ask a person.
fn asked(order: Order) -> Order {
    let profile = SupplierProfile { call_seconds: 0, absence_polls: 0, absence_seconds: 0 };
    let order = order.with_attempt(|attempt| attempt.polled(now(), &profile));
    match order.state {
        OrderState::Held { .. } => order.postponed("busy", now(), &profile),
        _ => order,
    }
}

/// One cell: `=` for unchanged, the state otherwise, with `*` when it was that state before and
/// `↩` when the order isn't wanted any more; `-` for not mine, `!` and a word for an error.
fn cell(before: &Order, made: Made) -> String {
    match made {
        Made::NotMine => "-".into(),
        Made::Refused(error) => match error.code {
            Code::OrderState => "!state".into(),
            Code::OrderBusy => "!busy".into(),
            Code::QuoteExpired => "!quote".into(),
            other => panic!("{other}"),
        },
        Made::Order(after) if *after == *before => "=".into(),
        Made::Order(after) => {
            let is_withdrawn =
                |order: &Order| matches!(order.clearance, Clearance::Withdrawn { .. });
            let same = before.state_name() == after.state_name();
            let back = is_withdrawn(&after) && !is_withdrawn(before);
            let name = after.state_name();
            format!("{name}{}{}", if same { "*" } else { "" }, if back { "↩" } else { "" })
        }
    }
}

#[test]
fn every_operation_in_every_state_does_what_the_table_says() {
    let states = one_in_each_state();
    let mut table = vec![format!(
        "{:<36}{}",
        "",
        states.iter().map(|(name, _)| format!("{name:<12}")).collect::<String>()
    )];
    for (name, apply) in every_operation() {
        let cells = states.iter().map(|(_, order)| cell(order, apply(order.clone())));
        let cells: String = cells.map(|cell| format!("{cell:<12}")).collect();
        table.push(format!("{name:<36}{cells}"));
    }
    let table: Vec<&str> = table.iter().map(|line| line.trim_end()).collect();
    let wanted: Vec<&str> = include_str!("transitions.txt").lines().collect();
    assert_eq!(table.join("\n"), wanted.join("\n"));
}

#[test]
fn the_table_has_every_state() {
    let names: std::collections::BTreeSet<_> =
        one_in_each_state().iter().map(|(_, order)| order.state_name()).collect();
    assert_eq!(names.len(), 9, "{names:?}");
}
