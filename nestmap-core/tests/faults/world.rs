//! A company, a supplier and workers that can die; and what must hold whatever happened.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use nestmap_core::access::{Actor, Role};
use nestmap_core::flow::Call;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::onboard::{NewPerson, SignUp};
use nestmap_core::flow::search::NewSearch;
use nestmap_core::id::{OrderId, OrganizationId, PersonId, TripId};
use nestmap_core::ledger::Leg;
use nestmap_core::memory::MemoryStore;
use nestmap_core::order::{Clearance, Order, OrderState, Paid, Refund};
use nestmap_core::people::TravelerProfile;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::port::clock::Clock;
use nestmap_core::port::flights::{
    CallOutcome, CancellationQuote, FlightProvider, OrderReference, Payment, Purchase,
    RejectionKind, SupplierError, SupplierErrorKind, SupplierOrder,
};
use nestmap_core::port::store::{OrderReads, TripReads};
use nestmap_core::shopping::{FlightOffer, SearchRequest, SupplierRef};
use nestmap_core::testing::scripted::{Costly, ScriptedOrder};
use nestmap_core::testing::{
    CountedEntropy, Fault, FixedClock, InterruptedStore, Interruption, ScriptedFlights, fixture,
    run_until_stuck as run,
};
use nestmap_core::trip::TripState;
use nestmap_core::{Money, NestMap};

use crate::explore::Chooser;

/// How many workers may run inside a sleeping one: each runs on for a few steps.
const NESTED_MAX: usize = 1;

const POLICY: &str = r#"{
    "schema": "nestmap.policy/1", "title": "Cheap flights", "currency": "EUR",
    "effective": {},
    "approvals": { "window_hours": 24, "silence": "expire", "approvers": ["any_approver"], "steps": "any" },
    "rules": [{
        "id": "cap", "kind": "air.price_cap", "amount": "500.00 EUR", "tax": "included",
        "per": "traveler", "outcome": "approve"
    }]
}"#;

/// Everything a scenario plays in.
pub struct World {
    chooser: Chooser,
    pub clock: Arc<FixedClock>,
    pub store: Arc<MemoryStore>,
    pub supplier: Arc<ScriptedFlights>,
    pub faulty: NestMap,
    pub plain: NestMap,
    pub organization: OrganizationId,
    pub traveler: PersonId,
    pub approver: PersonId,
}

impl World {
    /// A company with a policy, a traveler and an approver. Faults happen in `faulty` only, and
    /// only to orders: how people sign up isn't explored here.
    pub fn new(chooser: &Chooser, faults: Faults) -> Self {
        let clock = Arc::new(FixedClock::at(fixture::now()));
        let entropy = Arc::new(CountedEntropy::default());
        let store = Arc::new(MemoryStore::new());
        let script = chooser.clone();
        let supplier = Arc::new(ScriptedFlights::following(
            clock.clone(),
            Box::new(move |call| {
                let possible = faults.of_call(call);
                possible[script.choose("call", possible.len())]
            }),
        ));
        let plain = NestMap::new(store.clone(), supplier.clone(), clock.clone(), entropy.clone());

        let others = Arc::new(Others {
            chooser: chooser.clone(),
            faults,
            clock: clock.clone(),
            nested: AtomicUsize::new(0),
            worker: OnceLock::new(),
        });
        let interrupter = {
            let others = others.clone();
            InterruptedStore::new(store.clone(), Box::new(move |_| others.interrupt()))
        };
        let slow = SlowFlights { inner: supplier.clone(), others: others.clone() };
        let faulty = NestMap::new(Arc::new(interrupter), Arc::new(slow), clock.clone(), entropy);
        let _ = others.worker.set(faulty.clone());

        let people = run(people(&plain)).expect("nothing dies while people sign up");
        let (organization, traveler, approver) = people;
        let chooser = chooser.clone();
        Self { chooser, clock, store, supplier, faulty, plain, organization, traveler, approver }
    }

    pub fn call(&self, person: PersonId) -> Call {
        let roles = [Role::Member, Role::Approver].into();
        Call::by(Actor::person(self.organization, person, roles))
    }

    /// A draft of flights that are put on sale, each found by a search of its own.
    pub fn draft(&self, offers: impl IntoIterator<Item = FlightOffer>) -> TripId {
        let call = self.call(self.traveler);
        let find = |offer: FlightOffer| {
            let id = offer.supplier.clone();
            self.supplier.sell(offer);
            let search = NewSearch { traveler: self.traveler, request: fixture::request() };
            let found = run(self.plain.search(&call, search)).expect("lives").expect("finds");
            let mut found_offers = found.offers.iter().map(|found| &found.offer);
            let offer = found_offers.find(|found| found.flight.supplier == id).expect("is sold");
            NewItem::Flight { offer_set: found.id, offer: offer.id }
        };
        let items = offers.into_iter().map(find).collect();
        let trip = NewTrip {
            title: "To the customer".into(),
            purpose: None,
            travelers: vec![self.traveler],
            items,
            reason: None,
        };
        run(self.plain.draft_trip(&call, trip)).expect("lives").expect("drafts").trip.value.id
    }

    pub fn orders(&self, trip: TripId) -> Vec<Order> {
        let orders = run(self.store.orders_of_trip(self.organization, trip));
        let orders = orders.expect("memory answers").expect("memory reads");
        orders.into_iter().map(|stored| stored.value).collect()
    }

    /// Lets workers run, one after the other's death, until nothing is due for ten days.
    ///
    /// Time jumps to whatever is due next. Things go wrong in the first half hour; the long wait
    /// for somebody to look at an order is calm. That person looks into the supplier's books.
    pub fn settle(&self, trip: TripId) {
        let calm_from = self.clock.now().plus_minutes(30);
        for _ in 0..400 {
            self.chooser.calm(self.clock.now() >= calm_from);
            let _ = run(self.faulty.tick());
            self.ask_a_person(trip);
            let next = self.orders(trip).iter().filter_map(Order::next).map(|(at, _)| at).min();
            let horizon = fixture::now().plus_hours(24 * 10);
            match next {
                Some(at) if at <= horizon => self.clock.set(at.max(self.clock.now())),
                _ => return,
            }
        }
        panic!("the order never comes to rest: {:?}", self.orders(trip));
    }

    /// Lets a worker do what is due in the next hours, while nothing else goes wrong and no person
    /// does anything.
    pub fn wait(&self, trip: TripId, hours: i64) {
        let until = self.clock.now().plus_hours(hours);
        self.chooser.calm(true);
        loop {
            let _ = run(self.faulty.tick());
            let next = self.orders(trip).iter().filter_map(Order::next).map(|(at, _)| at).min();
            match next {
                Some(at) if at <= until => self.clock.set(at.max(self.clock.now())),
                _ => break,
            }
        }
        self.clock.set(until);
        self.chooser.calm(false);
    }

    /// Whatever hasn't come to rest by now waits for a person.
    pub fn check_asked(&self, trip: TripId) -> Result<(), String> {
        for order in self.orders(trip) {
            let rests = order.is_over() || matches!(order.state, OrderState::Booked { .. });
            let asks = order.needs_person_since().is_some() && order.trouble().is_some();
            need(rests || asks, "I5: nobody is asked about what isn't answered")
                .map_err(|why| format!("{why}: {:?}", order.state))?;
        }
        Ok(())
    }

    /// After two hours a person declares absent what the supplier doesn't have.
    fn ask_a_person(&self, trip: TripId) {
        for order in self.orders(trip) {
            let Some(since) = order.needs_person_since() else { continue };
            if since.plus_hours(2) > self.clock.now() || self.was_done(&order) {
                continue;
            }
            let roles = [Role::Admin].into();
            let call = Call::by(Actor::person(self.organization, self.approver, roles));
            let _ = run(self.plain.declare_absent(&call, order.id, None));
        }
    }

    fn was_done(&self, order: &Order) -> bool {
        let books = self.books(order.id);
        match order.state {
            OrderState::Paying { .. } | OrderState::Held { .. } => {
                books.iter().any(|o| o.paid_at.is_some())
            }
            OrderState::Canceling { .. } => books.iter().any(|o| o.canceled_at.is_some()),
            _ => !books.is_empty(),
        }
    }

    fn books(&self, order: OrderId) -> Vec<ScriptedOrder> {
        self.supplier.orders().into_iter().filter(|o| o.reference.order == order).collect()
    }

    /// The invariants.
    pub fn check(&self, trip: TripId) -> Result<(), String> {
        for order in self.orders(trip) {
            self.check_order(&order).map_err(|why| {
                format!(
                    "{why}; ours: {:?} {:?}; books: {:?}",
                    order.clearance,
                    order.state,
                    self.books(order.id)
                )
            })?;
        }
        self.check_trip(trip)
    }

    fn check_order(&self, order: &Order) -> Result<(), String> {
        let books = self.books(order.id);
        let submitted = self.price_at_submission(order);
        let live = books.iter().filter(|o| o.canceled_at.is_none() && !self.lapsed(o)).count();
        let payments: i64 = books.iter().map(|o| o.payments).sum();
        let mut attempts: Vec<_> = books.iter().map(|o| o.reference.attempt).collect();
        attempts.sort();
        attempts.dedup();
        need(attempts.len() == books.len(), "I1: an attempt was made twice")?;
        need(live <= 1, "I1: more than one living order at the supplier")?;
        need(payments <= 1, "I1: paid more than once")?;

        let paid_there = books.iter().filter(|o| o.paid_at.is_some() && o.canceled_at.is_none());
        let booked = matches!(order.state, OrderState::Booked { .. });
        need(booked == (paid_there.count() == 1), "I2: booked here and paid there don't agree")?;
        self.check_ledger(order, payments, &books)?;

        let most = books.iter().filter(|o| o.payments > 0).map(|o| o.total.minor).max();
        need(most.is_none_or(|most| most <= submitted.minor), "I4: paid more than was approved")?;
        let cleared = matches!(order.clearance, Clearance::Cleared { .. });
        need(cleared || payments == 0, "I4: paid without clearance")?;
        let done = booked || order.is_over();
        need(done, "I5: the order never came to an end")?;
        let left = live == 1 && !booked;
        need(!left, "I5: something is left at the supplier that nobody here knows of")
    }

    /// What the item cost when it was handed in, which is what was asked about: the policy of this
    /// world tolerates nothing above.
    fn price_at_submission(&self, order: &Order) -> Money {
        let trip = run(self.store.trip(self.organization, order.trip)).expect("memory answers");
        let trip = trip.expect("memory reads").expect("the trip is there").value;
        trip.item(order.item).expect("no item is dropped here").price().expect("one currency")
    }

    /// Whoever agreed to a cancellation gets it, or somebody is told that they don't.
    pub fn check_agreed(&self, id: OrderId) -> Result<(), String> {
        let stored = run(self.store.order(self.organization, id)).expect("memory answers");
        let order = stored.expect("memory reads").expect("the order is there").value;
        let canceled = matches!(order.state, OrderState::Canceled { .. });
        let asks = order.needs_person_since().is_some();
        let why = format!("I6: an agreed cancellation was forgotten; ours: {order:?}");
        need(canceled || asks, &why)
    }

    fn check_ledger(
        &self,
        order: &Order,
        payments: i64,
        books: &[ScriptedOrder],
    ) -> Result<(), String> {
        let transfers = run(self.store.transfers(self.organization, order.id));
        let transfers = transfers.expect("memory answers").expect("memory reads");
        let leg = |leg: Leg| transfers.iter().filter(move |t| t.leg == leg).collect::<Vec<_>>();
        need(
            leg(Leg::Payment).len() as i64 == payments,
            "I2: the ledger doesn't have the payment once",
        )?;
        let refunded = books.iter().filter(|o| o.payments > 0 && o.canceled_at.is_some()).count();
        need(leg(Leg::Refund).len() == refunded, "I2: the ledger doesn't have the refund once")?;
        let charged: i64 = books.iter().filter(|o| o.payments > 0).map(|o| o.total.minor).sum();
        let posted: i64 = leg(Leg::Payment).iter().map(|t| t.amount.minor).sum();
        need(charged == posted, "I3: the ledger and the supplier don't have the same amount")?;
        need(
            transfers.iter().all(|t| t.from != t.to && t.amount.minor > 0),
            "I3: a transfer moves nothing",
        )
    }

    fn lapsed(&self, order: &ScriptedOrder) -> bool {
        order.paid_at.is_none() && order.pay_by.is_some_and(|end| end <= self.clock.now())
    }

    fn check_trip(&self, id: TripId) -> Result<(), String> {
        let trip = run(self.store.trip(self.organization, id)).expect("memory answers");
        let trip = trip.expect("memory reads").expect("the trip is there").value;
        let orders = self.orders(id);
        let bought = |o: &Order| matches!(o.state, OrderState::Booked { .. });
        let booked = orders.iter().any(bought);
        let cleared = matches!(trip.state, TripState::Cleared { .. });
        // One that lost another flight is open again, so that somebody chooses anew.
        let reopened = matches!(trip.state, TripState::Draft { reopened: Some(_) })
            && orders.iter().any(Order::is_lost);
        need(!booked || cleared || reopened, "a booked trip isn't cleared")?;
        let lost =
            orders.iter().any(|o| o.is_over() && trip.items.iter().any(|i| i.order == Some(o.id)));
        let canceled = orders
            .iter()
            .any(|o| matches!(o.state, OrderState::Canceled { paid: Paid::Amount(_), .. }));
        need(!lost || canceled, "a trip still counts on an order that is over")
    }
}

fn need(holds: bool, what: &str) -> Result<(), String> {
    if holds { Ok(()) } else { Err(what.to_owned()) }
}

async fn people(nestmap: &NestMap) -> (OrganizationId, PersonId, PersonId) {
    let sign_up = SignUp {
        organization: "Acme".into(),
        country: fixture::parse("DE"),
        currency: nestmap_core::Currency::parse("EUR").expect("known"),
        name: "Ada Admin".into(),
        email: "ada@acme.example".into(),
        login: None,
    };
    let made = nestmap.sign_up(sign_up, None, None).await.expect("signs up");
    let admin = Call::by(nestmap.actor(made.organization, made.person).await.expect("is there"));
    let document = PolicyDocument::parse_json(POLICY).expect("the policy is well-formed");
    let policy = nestmap.draft_policy(&admin, document).await.expect("drafts");
    nestmap.publish_policy(&admin, policy.value.id, None).await.expect("publishes");
    let person = |name: &str, role, profile| NewPerson {
        email: format!("{name}@acme.example"),
        name: name.into(),
        roles: [role].into(),
        manager: None,
        profile,
    };
    let traveler = person("tom", Role::Member, fixture::profile("Tom", "Travel"));
    let traveler = nestmap.add_person(&admin, traveler).await.expect("joins").value.id;
    let approver = person("ann", Role::Approver, TravelerProfile::default());
    let approver = nestmap.add_person(&admin, approver).await.expect("joins").value.id;
    (made.organization, traveler, approver)
}

/// How much can go wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Faults {
    /// Everything.
    All,
    /// What ends orders or reorders them: enough for stories with several.
    Few,
}

impl Faults {
    /// What can happen to a costly call; the first is nothing. That a call is made and denied is
    /// left to those that buy: only there could something be bought again.
    fn of_call(self, call: Costly) -> &'static [Fault] {
        match (self, call) {
            (Self::Few, _) => &FEW_FAULTS,
            (Self::All, Costly::Hold | Costly::Order) => &FAULTS,
            (Self::All, Costly::Pay | Costly::Cancel) => &FAULTS[..FAULTS.len() - 1],
        }
    }
}

const FEW_FAULTS: [Fault; 3] =
    [Fault::None, Fault::AnswerLost, Fault::Rejected(RejectionKind::Other)];

const FAULTS: [Fault; 12] = [
    Fault::None,
    Fault::RequestLost,
    Fault::AnswerLost,
    Fault::Late(90),
    Fault::Late(3 * 3_600),
    Fault::AcceptedThenDone(40),
    Fault::AcceptedThenDropped,
    Fault::Rejected(RejectionKind::Other),
    Fault::TooBusy,
    Fault::CallerDiesBefore,
    Fault::CallerDiesAfter,
    Fault::Denied,
];

/// Other workers, who run on while one sleeps.
struct Others {
    chooser: Chooser,
    faults: Faults,
    clock: Arc<FixedClock>,
    nested: AtomicUsize,
    worker: OnceLock<NestMap>,
}

impl Others {
    /// The commit can be lost, unanswered, or held up while others run on.
    fn interrupt(&self) -> Interruption {
        let options = if self.faults == Faults::Few { 3 } else { 6 };
        match self.chooser.choose("commit", options) {
            1 => Interruption::NotApplied,
            2 => {
                self.run_on(1);
                Interruption::None
            }
            3 => Interruption::AnswerLost,
            4 => Interruption::CallerDiesBefore,
            5 => Interruption::CallerDiesAfter,
            _ => Interruption::None,
        }
    }

    /// The choice at a point where something goes wrong only where everything can.
    fn choose_of_many(&self, point: &'static str, options: usize) -> usize {
        if self.faults == Faults::Few { 0 } else { self.chooser.choose(point, options) }
    }

    /// The process sleeps, for longer than a call may take, while others work.
    fn maybe_sleep(&self, point: &'static str) {
        match self.choose_of_many(point, 3) {
            1 => self.run_on(1),
            2 => self.run_on(4),
            _ => {}
        }
    }

    fn run_on(&self, steps: usize) {
        if self.nested.fetch_add(1, Ordering::SeqCst) < NESTED_MAX {
            for _ in 0..steps {
                self.clock.advance_seconds(200);
                if let Some(worker) = self.worker.get() {
                    let _ = run(worker.tick());
                }
            }
        }
        self.nested.fetch_sub(1, Ordering::SeqCst);
    }
}

/// The supplier, reached by a process that sometimes sleeps just before or just after a call.
struct SlowFlights {
    inner: Arc<ScriptedFlights>,
    others: Arc<Others>,
}

impl SlowFlights {
    fn look_up_may_fail(&self) -> Result<(), SupplierError> {
        match self.others.choose_of_many("look-up", 2) {
            0 => Ok(()),
            _ => Err(away()),
        }
    }

    /// The supplier is away, or asks for more than before from now on.
    async fn offer_may_change(&self, offer: &SupplierRef) -> Result<(), SupplierError> {
        match self.others.choose_of_many("refresh", 3) {
            1 => return Err(away()),
            2 => {
                let sold = self.inner.refresh(offer).await?;
                let dearer = Money::new(sold.total.minor + 1, sold.total.currency);
                self.inner.sell(FlightOffer { total: dearer, ..sold });
            }
            _ => {}
        }
        Ok(())
    }
}

fn away() -> SupplierError {
    SupplierError {
        kind: SupplierErrorKind::Unavailable,
        code: "away".into(),
        message: "the supplier is away".into(),
        request_id: None,
    }
}

#[async_trait]
impl FlightProvider for SlowFlights {
    fn name(&self) -> &str {
        self.inner.name()
    }

    async fn search(&self, request: &SearchRequest) -> Result<Vec<FlightOffer>, SupplierError> {
        self.inner.search(request).await
    }

    async fn refresh(&self, offer: &SupplierRef) -> Result<FlightOffer, SupplierError> {
        self.offer_may_change(offer).await?;
        self.inner.refresh(offer).await
    }

    async fn hold(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        self.others.maybe_sleep("before hold");
        let outcome = self.inner.hold(purchase).await;
        self.others.maybe_sleep("after hold");
        outcome
    }

    async fn order(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        self.others.maybe_sleep("before order");
        let outcome = self.inner.order(purchase).await;
        self.others.maybe_sleep("after order");
        outcome
    }

    async fn pay(&self, payment: &Payment) -> CallOutcome<SupplierOrder> {
        self.others.maybe_sleep("before pay");
        let outcome = self.inner.pay(payment).await;
        self.others.maybe_sleep("after pay");
        outcome
    }

    async fn look_up(&self, order: &SupplierRef) -> Result<Option<SupplierOrder>, SupplierError> {
        self.look_up_may_fail()?;
        self.inner.look_up(order).await
    }

    async fn find(
        &self,
        order: &OrderReference,
        offer: &SupplierRef,
    ) -> Result<Vec<SupplierOrder>, SupplierError> {
        self.look_up_may_fail()?;
        self.inner.find(order, offer).await
    }

    async fn price(&self, order: &SupplierRef) -> Result<Money, SupplierError> {
        self.look_up_may_fail()?;
        self.inner.price(order).await
    }

    async fn quote_cancellation(
        &self,
        order: &SupplierRef,
    ) -> Result<CancellationQuote, SupplierError> {
        self.look_up_may_fail()?;
        self.inner.quote_cancellation(order).await
    }

    async fn confirm_cancellation(&self, quote: &SupplierRef) -> CallOutcome<Refund> {
        self.others.maybe_sleep("before cancel");
        let outcome = self.inner.confirm_cancellation(quote).await;
        self.others.maybe_sleep("after cancel");
        outcome
    }
}
