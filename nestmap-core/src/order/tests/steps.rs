//! What follows when: the next step, how long to wait, what may be paid, what a late answer does.

use super::*;
use crate::port::flights::CallOutcome;
use crate::shopping::FlightOffer;
use crate::time::Timestamp;

fn profile() -> SupplierProfile {
    SupplierProfile::default()
}

fn begun(order: Order, kind: PurchaseKind) -> Result<Order, Error> {
    let offer = order.offer.flight.clone();
    order.begin_purchase(kind, offer, attempt_id(1), now(), &profile())
}

fn answered(order: Order, outcome: CallOutcome<SupplierOrder>, at: Timestamp) -> Order {
    order.record_purchase(attempt_id(1), outcome, at).expect("the attempt is open")
}

fn not_made(retry_at: Option<Timestamp>) -> CallOutcome<SupplierOrder> {
    CallOutcome::NotMade { retry_at, cause: "busy".into() }
}

fn rejected(kind: RejectionKind) -> CallOutcome<SupplierOrder> {
    CallOutcome::Rejected { rejection: rejection(kind) }
}

fn ticketed() -> SupplierOrder {
    SupplierOrder { tickets: vec![ticket()], ..supplier_order(paid()) }
}

#[test]
fn what_follows_depends_on_what_is_known_and_what_is_wanted() {
    let holdable = planned();
    let instant = {
        let mut order = planned();
        order.offer.flight.hold = HoldTerms::None;
        order
    };
    let refused = OrderState::Planned { not_before: now(), tries: 1, hold_refused: true };
    let waiting = |may_hold| Clearance::Waiting { may_hold, ceiling: price() };
    let open_end = {
        let (booking, hold) = (booking(), Hold { pay_by: None, price_until: None });
        OrderState::Held { booking, hold, not_before: now(), tries: 0, trouble: None }
    };
    let (buy, hold_seats) =
        (Step::Purchase(PurchaseKind::Instant), Step::Purchase(PurchaseKind::Hold));
    let end = now().plus_hours(72);
    let call_lost = now().plus_seconds(150);
    let ticket_check = now().plus_minutes(1);
    let planned_state = holdable.state.clone();
    let cases = [
        (&holdable, planned_state.clone(), waiting(true), Some((now(), hold_seats))),
        (&holdable, planned_state.clone(), waiting(false), None),
        (&holdable, planned_state.clone(), cleared(), Some((now(), hold_seats))),
        (&holdable, planned_state.clone(), withdrawn(), None),
        (&holdable, refused.clone(), waiting(true), None),
        (&holdable, refused, cleared(), Some((now(), buy))),
        (&instant, planned_state.clone(), waiting(true), None),
        (&instant, planned_state, cleared(), Some((now(), buy))),
        (&holdable, held_state(), waiting(true), Some((end, Step::CheckHold))),
        (&holdable, held_state(), cleared(), Some((now(), Step::Pay))),
        (&holdable, held_state(), withdrawn(), Some((now(), Step::Release))),
        (&holdable, open_end, waiting(true), None),
        (&holdable, purchasing(PurchaseKind::Hold), cleared(), Some((call_lost, Step::Reconcile))),
        (&holdable, paying_state(), cleared(), Some((call_lost, Step::Reconcile))),
        (&holdable, booked_state(), cleared(), Some((ticket_check, Step::CheckTickets))),
        (&holdable, failed(Failure::OfferGone), cleared(), None),
        (
            &holdable,
            failed(Failure::DeclaredAbsent { by: sample::person_id(2) }),
            cleared(),
            Some((now().plus_hours(1), Step::Watch)),
        ),
        (&holdable, lapsed(None), cleared(), None),
    ];
    for (order, state, clearance, wanted) in cases {
        let order = Order { state, clearance, ..order.clone() };
        assert_eq!(order.next(), wanted, "{} {:?}", order.state_name(), order.clearance);
    }
}

#[test]
fn a_person_who_agreed_to_cancel_comes_before_tickets() {
    let order = order_in(booked_state());
    let agreed = order.confirm_quote(&reference("quo_1"), now()).unwrap();
    assert_eq!(agreed.next(), Some((now(), Step::Cancel)));
    let refused = agreed.cancellation_refused("no", now());
    assert_eq!(refused.next().map(|(_, step)| step), Some(Step::CheckTickets));
}

#[test]
fn no_more_is_paid_than_the_ceiling() {
    let amount = |minor| Money::new(minor, price().currency);
    for (minor, fits) in [(49_999, true), (50_000, true), (50_001, false)] {
        let held = order_in(held_state());
        assert_eq!(held.check_payment(amount(minor)).is_ok(), fits, "{minor}");
        let paying = held.begin_payment(amount(minor), attempt_id(1), now(), &profile());
        assert_eq!(paying.is_ok(), fits, "{minor}");

        let mut refreshed = planned().offer.flight;
        refreshed.total = amount(minor);
        let cleared = Order { clearance: cleared(), ..planned() };
        assert_eq!(cleared.check_offer(&refreshed).is_ok(), fits, "{minor}");
        let buying =
            cleared.begin_purchase(PurchaseKind::Hold, refreshed, attempt_id(1), now(), &profile());
        assert_eq!(buying.is_ok(), fits, "{minor}");
    }
    let dollars = Money::parse("1.00", "USD").unwrap();
    assert!(order_in(held_state()).check_payment(dollars).is_err());
}

#[test]
fn what_waits_for_approval_is_held_at_no_more_than_was_handed_in() {
    for (minor, fits) in [(49_999, true), (50_000, true), (50_001, false), (90_000, false)] {
        let asked = Money::new(minor, price().currency);
        let refreshed = FlightOffer { total: asked, ..planned().offer.flight };
        let moved = Failure::PriceMoved { ceiling: price(), asked };
        let wanted = if fits { Ok(()) } else { Err(moved) };
        assert_eq!(planned().check_offer(&refreshed), wanted, "{minor}");
        let holding = planned().begin_purchase(
            PurchaseKind::Hold,
            refreshed,
            attempt_id(1),
            now(),
            &profile(),
        );
        assert_eq!(holding.is_ok(), fits, "{minor}");
    }
}

#[test]
fn consent_is_to_the_price_that_was_handed_in_whatever_was_held_meanwhile() {
    let cheaper = Money::parse("480.00", "EUR").unwrap();
    let refreshed = FlightOffer { total: cheaper, ..planned().offer.flight };
    let holding = planned()
        .begin_purchase(PurchaseKind::Hold, refreshed, attempt_id(1), now(), &profile())
        .unwrap();
    let dearer = SupplierOrder {
        total: Money::parse("500.01", "EUR").unwrap(),
        ..supplier_order(awaiting())
    };
    let held = answered(holding, CallOutcome::Confirmed { result: dearer.clone() }, now());
    let cleared = held.clear(now()).unwrap();
    assert_eq!(cleared.clearance.ceiling(), Some(price()));
    assert!(cleared.check_payment(price()).is_ok());
    assert!(cleared.check_payment(dearer.total).is_err());
}

#[test]
fn a_hold_that_waits_for_approval_is_not_paid() {
    let held = Order { state: held_state(), ..planned() };
    assert_eq!(held.check_payment(price()), Err(Failure::Withdrawn));
    assert!(held.begin_payment(price(), attempt_id(1), now(), &profile()).is_err());
}

#[test]
fn other_flights_than_those_approved_are_not_bought() {
    let order = Order { clearance: cleared(), ..planned() };
    let mut other = order.offer.flight.clone();
    other.slices[0].segments[0].departs.civil =
        crate::testing::fixture::parse("2026-03-16T10:31:00");
    assert_eq!(order.check_offer(&other), Err(Failure::ItineraryMoved));
    let refused = order.begin_purchase(PurchaseKind::Hold, other, attempt_id(1), now(), &profile());
    assert_eq!(refused.unwrap_err().code, Code::OrderState);
}

#[test]
fn a_withdrawn_order_is_not_bought_when_its_call_was_not_made() {
    let outcomes = [
        not_made(None),
        rejected(RejectionKind::OfferGone),
        rejected(RejectionKind::HoldUnavailable),
    ];
    for outcome in outcomes {
        let order = begun(planned(), PurchaseKind::Hold).unwrap().withdraw(now()).unwrap();
        // Who refuses has read the request; who is busy may be somebody on the way.
        let denied = matches!(outcome, CallOutcome::NotMade { .. });
        let watch_at = denied.then(|| now().plus_hours(1));
        let order = answered(order, outcome, now());
        let failed = OrderState::Failed { failure: Failure::Withdrawn, at: now(), watch_at };
        assert_eq!(order.state, failed);
    }
}

#[test]
fn what_was_not_made_is_watched_when_the_order_ends() {
    let sent = || {
        let order = begun(Order { clearance: cleared(), ..planned() }, PurchaseKind::Hold).unwrap();
        answered(order, not_made(None), now())
    };
    assert!(sent().was_sent() && !planned().was_sent());
    let gone = |order: Order| order.fail(Failure::OfferGone, now()).unwrap();
    assert_eq!(gone(planned()).next(), None, "nothing was sent");
    let ended = [
        gone(sent()),
        sent().withdraw(now()).unwrap(),
        answered(
            begun(sent(), PurchaseKind::Hold).unwrap(),
            rejected(RejectionKind::OfferGone),
            now(),
        ),
    ];
    for order in ended {
        assert_eq!(order.next(), Some((now().plus_hours(1), Step::Watch)), "{:?}", order.state);
        let surfaced = order.clone().watched(&[supplier_order(awaiting())], now());
        assert_eq!(surfaced.next(), Some((now(), Step::Release)), "the trip has gone on without");
        assert!(order.watched(&[], now().plus_hours(72)).next().is_none());
    }
}

#[test]
fn a_call_said_not_to_be_made_that_was_is_taken_up_again() {
    let begun_once =
        begun(Order { clearance: cleared(), ..planned() }, PurchaseKind::Hold).unwrap();
    let order = answered(begun_once, not_made(None), now());
    let second = order.offer.flight.clone();
    let order = order
        .begin_purchase(PurchaseKind::Hold, second, attempt_id(2), now(), &profile())
        .unwrap()
        .record_purchase(attempt_id(2), not_made(None), now())
        .unwrap();
    let reference = order.reference(attempt_id(1));
    let made = |state| [SupplierOrder { reference: Some(reference), ..supplier_order(state) }];

    let held = order.clone().purchase_surfaced(&made(awaiting()), now(), &profile()).unwrap();
    assert_eq!(held.next(), Some((now(), Step::Pay)));
    let last = held.past.last().unwrap();
    assert_eq!((last.id, last.outcome), (attempt_id(1), AttemptOutcome::Confirmed));
    assert!(last.reconciled);

    // Neither held nor paid: open, and a person is asked if it stays so.
    let unpaid = made(SupplierOrderState::Unpaid);
    let open = order.clone().purchase_surfaced(&unpaid, now(), &profile()).unwrap();
    assert_eq!(open.attempt().map(|attempt| attempt.id), Some(attempt_id(1)));
    assert_eq!(open.next().map(|(_, step)| step), Some(Step::Reconcile));

    assert!(order.clone().purchase_surfaced(&[], now(), &profile()).is_err());
    assert!(planned().purchase_surfaced(&made(awaiting()), now(), &profile()).is_err());
}

#[test]
fn a_search_that_was_used_up_is_evidence_of_an_order() {
    let order = begun(Order { clearance: cleared(), ..planned() }, PurchaseKind::Hold).unwrap();
    let order = answered(order, rejected(RejectionKind::OfferUsed), now());
    assert_eq!(order.next().map(|(_, step)| step), Some(Step::Reconcile));
}

#[test]
fn what_was_held_after_the_withdrawal_is_released() {
    let order = begun(planned(), PurchaseKind::Hold).unwrap().withdraw(now()).unwrap();
    let result = supplier_order(awaiting());
    let order = answered(order, CallOutcome::Confirmed { result }, now());
    assert_eq!(order.next(), Some((now(), Step::Release)));
}

#[test]
fn what_cannot_be_held_is_bought_at_once_and_not_held_again() {
    let order = Order { clearance: cleared(), ..planned() };
    let order = begun(order, PurchaseKind::Hold).unwrap();
    let order = answered(order, rejected(RejectionKind::HoldUnavailable), now());
    assert_eq!(order.next(), Some((now(), Step::Purchase(PurchaseKind::Instant))));
    let order = begun(order, PurchaseKind::Instant).unwrap();
    let order = answered(order, not_made(None), now());
    let (at, step) = order.next().unwrap();
    assert_eq!(step, Step::Purchase(PurchaseKind::Instant));
    assert!(at > now());
}

#[test]
fn a_supplier_that_is_busy_is_asked_less_and_less_often() {
    let mut order = Order { clearance: cleared(), ..planned() };
    let mut waits = Vec::new();
    for _ in 0..8 {
        order = answered(begun(order, PurchaseKind::Hold).unwrap(), not_made(None), now());
        waits.push(now().seconds_until(order.next().unwrap().0));
    }
    assert_eq!(waits, [30, 60, 120, 240, 480, 960, 960, 960]);
    let retry_at = now().plus_seconds(7);
    let order =
        answered(begun(order, PurchaseKind::Hold).unwrap(), not_made(Some(retry_at)), now());
    assert_eq!(order.next().unwrap().0, retry_at);
}

#[test]
fn an_open_attempt_is_looked_up_soon_then_seldom_and_for_ever() {
    let mut attempt = Attempt::dispatching(attempt_id(1), now(), &profile());
    assert_eq!(now().seconds_until(attempt.due_at), 150);
    attempt = attempt.unknown("timeout".into(), now());
    let mut waits = vec![now().seconds_until(attempt.due_at)];
    for _ in 0..102 {
        attempt = attempt.polled(now(), &profile());
        waits.push(now().seconds_until(attempt.due_at));
    }
    assert_eq!(waits[..5], [5, 15, 60, 300, 900]);
    assert!(waits[5..101].iter().all(|wait| *wait == 900));
    assert_eq!(waits[101..], [3_600, 3_600]);
}

#[test]
fn a_person_is_asked_after_enough_look_ups_and_enough_time() {
    // Six look-ups and two hours: both are needed.
    for (polls, seconds, asked) in [
        (5, 2 * 3_600 - 1, false),
        (6, 2 * 3_600 - 1, false),
        (5, 2 * 3_600, false),
        (6, 2 * 3_600, true),
        (7, 2 * 3_600 + 1, true),
    ] {
        let at = now().plus_seconds(seconds);
        let mut order = order_in(purchasing(PurchaseKind::Instant));
        for _ in 0..polls {
            order = order.purchase_sighted(&[], at, &profile());
        }
        assert_eq!(order.needs_person_since(), asked.then_some(at), "{polls} {seconds}");
        let step = order.next().map(|(_, step)| step);
        assert_eq!(step, Some(Step::Reconcile), "look-ups go on");
        assert_eq!(order.declare_absent(sample::person_id(2), at).is_ok(), asked);
    }
}

#[test]
fn an_order_that_shows_neither_paid_nor_held_is_named_and_leads_to_a_person() {
    let mut order = order_in(purchasing(PurchaseKind::Instant));
    let mut at = now();
    for _ in 0..20 {
        at = order.next().unwrap().0;
        order =
            order.purchase_sighted(&[supplier_order(SupplierOrderState::Unpaid)], at, &profile());
    }
    assert!(order.needs_person_since().is_some());
    let named = AttemptPhase::Accepted { order: Some(reference("ord_1")) };
    assert_eq!(order.attempt().unwrap().phase, named);
    // A late "nobody knows" of the caller doesn't unlearn the name.
    let late = CallOutcome::Unknown { cause: "timeout".into() };
    assert_eq!(answered(order, late, at).attempt().unwrap().phase, named);
}

#[test]
fn a_living_order_is_preferred_to_a_canceled_one() {
    let canceled =
        SupplierOrder { order: reference("ord_0"), ..supplier_order(gone(Paid::Nothing)) };
    let living = supplier_order(paid());
    for found in [[canceled.clone(), living.clone()], [living, canceled]] {
        let order = order_in(purchasing(PurchaseKind::Instant));
        let order = order.purchase_sighted(&found, now(), &profile());
        assert_eq!(order.state_name(), "booked");
        assert_eq!(order.booking().unwrap().order, reference("ord_1"));
    }
}

/// What a supplier doesn't say isn't nothing, and isn't guessed from what was meant.
#[test]
fn what_nobody_knows_was_paid_stays_unknown_and_moves_nothing() {
    let gone = supplier_order(gone(Paid::Unknown));
    let seen: [fn(Order, &SupplierOrder) -> Order; 3] = [
        |order, gone| order.purchase_sighted(std::slice::from_ref(gone), now(), &profile()),
        |order, gone| order.payment_sighted(Some(gone), now(), &profile()),
        |order, gone| order.hold_sighted(Some(gone), now(), &profile()),
    ];
    for (state, see) in
        [purchasing(PurchaseKind::Instant), paying_state(), held_state()].into_iter().zip(seen)
    {
        let before = order_in(state);
        let after = see(before.clone(), &gone);
        let OrderState::Canceled { paid, refund, .. } = &after.state else {
            panic!("{:?}", after.state);
        };
        assert_eq!((*paid, refund), (Paid::Unknown, &Refund::unknown()), "{}", before.state_name());
        assert_eq!(crate::ledger::movements(&before, &after), []);
    }
    // What was booked here is known here.
    let before = order_in(booked_state());
    let OrderState::Canceled { paid, .. } = before.booking_sighted(Some(&gone), now()).state else {
        panic!("canceled by the airline");
    };
    assert_eq!(paid, Paid::Amount(price()));
}

/// Seats that we only held bring money back: somebody else had paid, and nobody says how much.
#[test]
fn a_refund_for_seats_we_did_not_pay_is_of_an_unknown_payment() {
    let releasing = || order_in(canceling(Before::Held { hold: hold(), tries: 0 }));
    let refund = |minor| Refund { amount: Some(Money { minor, ..price() }), to: RefundTo::Balance };
    for (refund, expected) in [
        (refund(price().minor), Paid::Unknown),
        (refund(0), Paid::Nothing),
        (Refund::unknown(), Paid::Nothing),
    ] {
        let outcome = CallOutcome::Confirmed { result: refund };
        let after = releasing().record_cancellation(attempt_id(1), outcome, now()).unwrap();
        let OrderState::Canceled { paid, .. } = after.state else { panic!("{:?}", after.state) };
        assert_eq!(paid, expected);
    }
    let seen = supplier_order(gone(Paid::Amount(price())));
    let after = releasing().cancellation_sighted(Some(&seen), now(), &profile());
    let OrderState::Canceled { paid, .. } = after.state else { panic!("{:?}", after.state) };
    assert_eq!(paid, Paid::Amount(price()), "the supplier says so");
}

#[test]
fn the_answer_of_another_attempt_is_not_heard() {
    let confirmed = || CallOutcome::Confirmed { result: supplier_order(paid()) };
    for (_, order) in one_in_each_state() {
        assert_eq!(order.clone().record_purchase(attempt_id(9), confirmed(), now()), None);
        assert_eq!(order.clone().record_payment(attempt_id(9), confirmed(), now()), None);
        let refund = CallOutcome::Confirmed { result: Refund::unknown() };
        assert_eq!(order.record_cancellation(attempt_id(9), refund, now()), None);
    }
}

#[test]
fn a_reconciled_outcome_is_told_from_an_answered_one() {
    let seen = order_in(purchasing(PurchaseKind::Hold));
    let seen = seen.purchase_sighted(&[supplier_order(awaiting())], now(), &profile());
    let told = answered(
        order_in(purchasing(PurchaseKind::Hold)),
        CallOutcome::Confirmed { result: supplier_order(awaiting()) },
        now(),
    );
    assert_eq!(seen.state, told.state);
    assert_eq!(seen.past.iter().map(|past| past.reconciled).collect::<Vec<_>>(), [true]);
    assert_eq!(told.past.iter().map(|past| past.reconciled).collect::<Vec<_>>(), [false]);
    assert_eq!(told.past[0].call, AttemptCall::Hold);
    assert_eq!(told.past[0].outcome, AttemptOutcome::Confirmed);
}

#[test]
fn an_order_declared_absent_is_watched_for_three_days_and_given_back_if_it_shows() {
    let by = sample::person_id(2);
    let absent = order_in(failed(Failure::DeclaredAbsent { by }));
    for (hours, goes_on) in [(71, true), (72, false), (73, false)] {
        let order = absent.clone().watched(&[], now().plus_hours(hours));
        assert_eq!(order.next().is_some(), goes_on, "{hours}");
    }
    let held = absent.clone().watched(&[supplier_order(awaiting())], now());
    assert_eq!(held.next(), Some((now(), Step::Release)));
    // Money was spent on what nobody wants any more: a person has to see it.
    let booked = absent.watched(&[supplier_order(paid())], now());
    assert_eq!(booked.needs_person_since(), Some(now()));
    assert!(booked.declare_absent(by, now()).is_err(), "it is there");
}

#[test]
fn seats_somebody_wanted_to_give_back_are_not_paid_for() {
    let order = order_in(held_state());
    let order = order.begin_cancellation(attempt_id(1), now(), &profile()).unwrap();
    let busy = CallOutcome::NotMade { retry_at: None, cause: "busy".into() };
    let order = order.record_cancellation(attempt_id(1), busy, now()).unwrap();
    assert_eq!(order.state_name(), "held");
    assert_eq!(order.next().map(|(_, step)| step), Some(Step::Release));
}

#[test]
fn only_the_newest_quote_is_agreed_to_and_only_while_it_holds() {
    let quoted = |expires_at| {
        let quote = CancellationQuote { expires_at, ..quote("quo_2") };
        order_in(booked_state()).quoted(quote).unwrap()
    };
    let agree = |order: Order, id: &str, at| {
        order.confirm_quote(&reference(id), at).map(|_| ()).map_err(|error| error.code)
    };
    assert_eq!(agree(quoted(None), "quo_1", now()), Err(Code::QuoteExpired));
    assert_eq!(agree(quoted(None), "quo_2", now()), Ok(()));
    for (seconds, holds) in [(-1, true), (0, false), (1, false)] {
        let end = now().plus_hours(1);
        let at = end.plus_seconds(seconds);
        assert_eq!(agree(quoted(Some(end)), "quo_2", at).is_ok(), holds, "{seconds}");
        let agreed = quoted(Some(end)).confirm_quote(&reference("quo_2"), now()).unwrap();
        assert_eq!(agreed.agreement_ended(at).is_none(), holds, "{seconds}");
        assert_eq!(agreed.begin_cancellation(attempt_id(1), at, &profile()).is_ok(), holds);
    }
}

/// Booked, and its cancellation agreed to; the quote ends in an hour, if it ends.
fn agreed_terms(ends: bool) -> Order {
    let expires_at = ends.then(|| now().plus_hours(1));
    let order = order_in(booked_state());
    let order = order.quoted(CancellationQuote { expires_at, ..quote("quo_1") }).unwrap();
    order.confirm_quote(&reference("quo_1"), now()).unwrap()
}

fn cancel_answered(order: Order, outcome: CallOutcome<Refund>, at: Timestamp) -> Order {
    let canceling = order.begin_cancellation(attempt_id(1), at, &profile()).unwrap();
    canceling.record_cancellation(attempt_id(1), outcome, at).unwrap()
}

#[test]
fn terms_that_were_agreed_to_are_not_replaced_by_a_later_quote() {
    let order = agreed_terms(true);
    assert_eq!(order.cancelable().unwrap_err().code, Code::OrderBusy);
    assert_eq!(order.clone().quoted(quote("quo_2")).unwrap_err().code, Code::OrderBusy);
    let canceling = order.begin_cancellation(attempt_id(1), now(), &profile()).unwrap();
    let OrderState::Canceling { quote, .. } = canceling.state else { panic!() };
    assert_eq!(quote.quote, reference("quo_1"));
}

#[test]
fn a_quote_that_nobody_agreed_to_cancels_nothing_that_is_paid() {
    let order = order_in(booked_state());
    let refused = order.begin_cancellation(attempt_id(1), now(), &profile());
    assert_eq!(refused.unwrap_err().code, Code::OrderState);
}

#[test]
fn a_cancellation_that_was_not_made_is_made_later_on_the_same_terms() {
    let busy = |retry_at| CallOutcome::NotMade { retry_at, cause: "busy".into() };
    let mut order = agreed_terms(true);
    let mut waits = Vec::new();
    for _ in 0..3 {
        order = cancel_answered(order, busy(None), now());
        let (at, step) = order.next().unwrap();
        assert_eq!(step, Step::Cancel);
        waits.push(now().seconds_until(at));
    }
    assert_eq!(waits, [30, 60, 120]);
    let retry_at = now().plus_seconds(7);
    let order = cancel_answered(order, busy(Some(retry_at)), now());
    assert_eq!(order.next(), Some((retry_at, Step::Cancel)));
    assert_eq!(order.cancellation.quote().unwrap().quote, reference("quo_1"));
    assert_eq!((order.needs_person_since(), order.trouble()), (None, Some("busy")));
}

#[test]
fn a_cancellation_that_was_refused_asks_a_person_until_new_terms_are_there() {
    let at = now().plus_minutes(2);
    for kind in [RejectionKind::QuoteStale, RejectionKind::NotCancelable, RejectionKind::Other] {
        let outcome = CallOutcome::Rejected { rejection: rejection(kind) };
        let order = cancel_answered(agreed_terms(true), outcome, at);
        assert_eq!(order.state_name(), "booked", "{kind:?}");
        assert_eq!((order.needs_person_since(), order.trouble()), (Some(at), Some("no")));
        let again = order.clone().confirm_quote(&reference("quo_1"), at);
        assert_eq!(again.unwrap_err().code, Code::QuoteExpired, "these terms are gone");
        let order = order.quoted(quote("quo_2")).unwrap();
        assert_eq!(order.needs_person_since(), None);
    }
}

#[test]
fn terms_that_end_before_the_supplier_was_asked_ask_a_person() {
    let (hour, day) = (now().plus_hours(1), now().plus_hours(24));
    for (order, end) in [(agreed_terms(true), hour), (agreed_terms(false), day)] {
        assert_eq!(order.agreement_ended(end.plus_seconds(-1)), None);
        let why = order.agreement_ended(end).unwrap();
        assert_eq!(why, "the terms ended before the supplier could cancel on them");
        let refused = order.cancellation_refused(&why, end);
        assert_eq!(refused.needs_person_since(), Some(end));
    }
    let busy = CallOutcome::NotMade { retry_at: None, cause: "busy".into() };
    let why = cancel_answered(agreed_terms(true), busy, now()).agreement_ended(hour).unwrap();
    assert_eq!(why, "the terms ended before the supplier could cancel on them: busy");
}

#[test]
fn tickets_are_looked_for_until_they_are_there_or_the_flight_has_left() {
    let mut order = order_in(booked_state());
    let mut waits = Vec::new();
    let mut at = now();
    for _ in 0..22 {
        order = order.booking_sighted(Some(&supplier_order(paid())), at);
        let due = order.next().unwrap().0;
        waits.push(at.seconds_until(due) / 60);
        at = due;
    }
    assert_eq!(waits[..5], [5, 15, 15, 15, 60]);
    assert_eq!(waits[19..], [60, 360, 360]);
    assert_eq!(order.clone().booking_sighted(Some(&ticketed()), at).next(), None);
    let departed = order.offer.flight.departs_at().unwrap();
    assert_eq!(order.booking_sighted(Some(&supplier_order(paid())), departed).next(), None);
}

#[test]
fn a_hold_that_still_stands_at_its_end_is_looked_at_again() {
    let order = Order { state: held_state(), ..planned() };
    let later = SupplierOrderState::AwaitingPayment {
        pay_by: Some(now().plus_hours(96)),
        price_until: None,
    };
    let end = now().plus_hours(72);
    let seen = order.clone().hold_sighted(Some(&supplier_order(later)), end, &profile());
    assert_eq!(seen.next(), Some((now().plus_hours(96), Step::CheckHold)));
    let same = order.hold_sighted(Some(&supplier_order(awaiting())), end, &profile());
    assert_eq!(same.next(), Some((end.plus_minutes(15), Step::CheckHold)));
}

#[test]
fn the_price_of_a_hold_is_safe_until_its_guarantee_ends() {
    let until = now().plus_hours(48);
    for (seconds, safe) in [(-1, true), (0, false), (1, false)] {
        assert_eq!(hold().price_is_safe(until.plus_seconds(seconds)), safe, "{seconds}");
    }
    assert!(!Hold { pay_by: None, price_until: None }.price_is_safe(now()));
}

#[test]
fn an_order_without_a_next_step_is_not_given_one() {
    let ticketed = {
        let mut order = order_in(booked_state());
        let OrderState::Booked { check_at, .. } = &mut order.state else { panic!() };
        *check_at = None;
        order
    };
    let over = [ticketed, order_in(failed(Failure::OfferGone)), order_in(lapsed(None))];
    for order in over {
        assert_eq!(order.clone().postponed("busy", now(), &profile()), order);
        assert_eq!(order.clone().nudged(now()), order);
    }
}

#[test]
fn news_bring_look_ups_forward_and_leave_running_calls_alone() {
    let dispatching = order_in(purchasing(PurchaseKind::Instant));
    assert_eq!(dispatching.clone().nudged(now()), dispatching);
    let unknown = dispatching.with_attempt(|a| a.unknown("timeout".into(), now()));
    assert_eq!(unknown.nudged(now()).next(), Some((now(), Step::Reconcile)));
    let booked = order_in(booked_state());
    assert_eq!(booked.nudged(now()).next(), Some((now(), Step::CheckTickets)));
}

#[test]
fn a_purchase_sends_the_refreshed_offer() {
    let order = Order { clearance: cleared(), ..planned() };
    let cheaper = FlightOffer {
        total: Money::parse("480.00", "EUR").unwrap(),
        supplier: reference("off_2"),
        ..order.offer.flight.clone()
    };
    let order = order
        .begin_purchase(PurchaseKind::Hold, cheaper.clone(), attempt_id(1), now(), &profile())
        .unwrap();
    assert_eq!(order.offer.flight, cheaper);
    assert_eq!(order.offer.id, planned().offer.id);
}

fn at(order: Order, seconds: i64) -> Order {
    order.postponed("no answer", now().plus_seconds(seconds), &profile())
}

#[test]
fn look_ups_that_bring_no_answer_lead_to_a_person_and_go_on() {
    let open = [
        purchasing(PurchaseKind::Instant),
        paying_state(),
        canceling(Before::Booked { paid: price(), at: now() }),
    ];
    for state in open {
        let order = order_in(state);
        for (seconds, wait, asked) in [
            (599, 60, false),
            (600, 300, false),
            (2 * 3_600 - 1, 300, false),
            (2 * 3_600, 900, true),
            (86_400, 3_600, true),
        ] {
            let after = at(order.clone(), seconds);
            let then = now().plus_seconds(seconds);
            assert_eq!(after.needs_person_since(), asked.then_some(then), "{seconds}");
            assert_eq!(after.next(), Some((then.plus_seconds(wait), Step::Reconcile)));
            assert_eq!(after.trouble(), Some("no answer"));
            assert_eq!(after.declare_absent(sample::person_id(2), then).is_ok(), asked);
        }
        let first = at(order.clone(), 2 * 3_600).needs_person_since();
        assert_eq!(at(at(order.clone(), 2 * 3_600), 3 * 3_600).needs_person_since(), first);
        let answered = at(order, 60).with_attempt(|a| a.polled(now(), &profile()));
        assert_eq!(answered.trouble(), None);
    }
}

#[test]
fn an_order_nobody_answers_for_ends_with_its_offer() {
    let end = now().seconds_until(planned().offer.flight.expires_at);
    for (seconds, over) in [(end - 1, false), (end, true), (end + 1, true)] {
        let order = at(planned(), seconds);
        let failure = Failure::Unanswered { cause: "no answer".into() };
        let failed =
            matches!(&order.state, OrderState::Failed { failure: why, .. } if *why == failure);
        assert_eq!(failed, over, "{seconds}");
    }
}

#[test]
fn a_hold_that_does_not_come_on_leads_to_a_person() {
    let held = order_in(held_state());
    let begun = at(held, 0);
    assert_eq!(at(begun.clone(), 2 * 3_600 - 1).needs_person_since(), None);
    let asked = at(begun, 2 * 3_600);
    let then = now().plus_seconds(2 * 3_600);
    assert_eq!(asked.needs_person_since(), Some(then));
    assert_eq!(asked.next().map(|(_, step)| step), Some(Step::Pay), "it is tried on");
    let gone = asked.clone().declare_absent(sample::person_id(2), then).unwrap();
    assert_eq!(gone.state_name(), "lapsed");
    assert_eq!(gone.next(), Some((then.plus_hours(1), Step::Watch)));
    let seen = asked.hold_sighted(Some(&supplier_order(awaiting())), then, &profile());
    assert_eq!(seen.needs_person_since(), None, "an answer settles it");
}

/// Held, after a payment that a person didn't find.
fn payment_declared_absent() -> Order {
    let mut order = order_in(paying_state());
    for _ in 0..6 {
        order = order.payment_sighted(None, now().plus_hours(2), &profile());
    }
    order.declare_absent(sample::person_id(2), now().plus_hours(2)).unwrap()
}

#[test]
fn a_payment_that_may_be_running_keeps_the_hold_open() {
    let order = payment_declared_absent();
    assert!(order.payment_unsettled());
    assert_eq!(order.next(), Some((now().plus_hours(2), Step::Pay)));
    // Long after the hold's end, with nothing but "neither unpaid nor paid".
    let unpaid = supplier_order(SupplierOrderState::Unpaid);
    let end = now().plus_hours(72);
    let once = order.hold_sighted(Some(&unpaid), end, &profile());
    let again = once.hold_sighted(Some(&unpaid), end.plus_hours(2), &profile());
    assert_eq!(again.state_name(), "held");
    assert_eq!(again.needs_person_since(), Some(end.plus_hours(2)));
    // It was running.
    let paid_after_all =
        again.clone().hold_sighted(Some(&supplier_order(paid())), end.plus_hours(3), &profile());
    assert_eq!(paid_after_all.state_name(), "booked");
    // Nobody has found it for a second time: given up, and watched.
    let lapsed = again.declare_absent(sample::person_id(2), end.plus_hours(3)).unwrap();
    assert_eq!(lapsed.next(), Some((end.plus_hours(4), Step::Watch)));
    let still = lapsed.clone().watched(&[unpaid], end.plus_hours(4));
    assert_eq!(still.next(), Some((end.plus_hours(5), Step::Watch)));
    let surfaced = lapsed.watched(&[supplier_order(paid())], end.plus_hours(4));
    assert_eq!(surfaced.needs_person_since(), Some(end.plus_hours(4)), "the trip is open again");
    assert_eq!(still.watched(&[], end.plus_hours(80)).next(), None);
}

#[test]
fn a_payment_nobody_found_after_the_end_of_the_hold_is_watched() {
    let mut order = order_in(paying_state());
    let end = now().plus_hours(72);
    for _ in 0..6 {
        order = order.payment_sighted(None, end, &profile());
    }
    let lapsed = order.declare_absent(sample::person_id(2), end).unwrap();
    assert_eq!(lapsed.state_name(), "lapsed");
    assert_eq!(lapsed.next(), Some((end.plus_hours(1), Step::Watch)));
}

#[test]
fn a_hold_is_not_given_up_before_its_end_unless_nobody_wants_it() {
    let unpaid = supplier_order(SupplierOrderState::Unpaid);
    for found in [Some(&unpaid), None] {
        for (seconds, over) in [(-1, false), (0, true), (1, true)] {
            let then = now().plus_hours(72).plus_seconds(seconds);
            let wanted = order_in(held_state()).hold_sighted(found, then, &profile());
            assert_eq!(wanted.is_over(), over, "{seconds}");
            let unwanted = Order { clearance: withdrawn(), ..order_in(held_state()) };
            let unwanted = unwanted.hold_sighted(found, then, &profile());
            assert!(unwanted.is_over());
            assert_eq!(unwanted.next().is_some(), !over, "watched while its time isn't over");
        }
    }
}
