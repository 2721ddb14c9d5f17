//! A supplier in memory that follows a script: it does what it is asked, loses requests and
//! answers, takes its time, refuses, or dies, call by call.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use crate::money::Money;
use crate::order::{Paid, Refund, RefundTo, Ticket};
use crate::port::clock::Clock;
use crate::port::flights::{
    AttemptReference, CallOutcome, CancellationQuote, FlightProvider, OrderReference, Payment,
    Purchase, Rejection, RejectionKind, SupplierError, SupplierErrorKind, SupplierOrder,
    SupplierOrderState,
};
use crate::shopping::{FlightOffer, HoldTerms, SearchRequest, SupplierRef};
use crate::time::Timestamp;

/// What happens to one costly call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fault {
    /// Nothing: it is done and answered.
    #[default]
    None,
    /// The request is lost; the caller sees a timeout.
    RequestLost,
    /// It is done; the answer is lost.
    AnswerLost,
    /// The caller sees a timeout; it is done so many seconds later.
    Late(i64),
    /// "Accepted"; it is done so many seconds later.
    AcceptedThenDone(i64),
    /// "Accepted"; it is never done.
    AcceptedThenDropped,
    /// Refused without effect.
    Rejected(RejectionKind),
    /// Refused before any work: try again later.
    TooBusy,
    /// It is done; the caller is told that it wasn't, and to try again later.
    Denied,
    /// The caller dies before the request leaves.
    CallerDiesBefore,
    /// It is done; the caller dies before the answer arrives.
    CallerDiesAfter,
}

/// A purchase, payment or cancellation as the script sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Costly {
    /// A hold.
    Hold,
    /// An instant order.
    Order,
    /// A payment.
    Pay,
    /// The confirmation of a cancellation.
    Cancel,
}

/// Decides what happens to each costly call.
pub type Script = Box<dyn FnMut(Costly) -> Fault + Send>;

/// A supplier that follows a script.
pub struct ScriptedFlights {
    clock: Arc<dyn Clock>,
    world: Mutex<World>,
}

struct World {
    script: Script,
    offers: BTreeMap<String, FlightOffer>,
    orders: Vec<ScriptedOrder>,
    /// Effects that happen later: when, and what.
    later: Vec<(Timestamp, Effect)>,
    calls: Vec<Costly>,
    unreachable: bool,
}

/// An order in the supplier's books.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScriptedOrder {
    /// The order's id.
    pub id: String,
    /// The attempt that made it.
    pub reference: AttemptReference,
    /// The offer it was made of.
    pub offer: String,
    /// What it costs.
    pub total: Money,
    /// How often it was paid. More than once is what must never happen.
    pub payments: i64,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was canceled.
    pub canceled_at: Option<Timestamp>,
    /// Until when it must be paid.
    pub pay_by: Option<Timestamp>,
    /// Until when the price is safe.
    pub price_until: Option<Timestamp>,
    /// How many cancellation quotes were made.
    pub quotes: i64,
}

impl ScriptedOrder {
    /// All of it comes back, if it was paid.
    fn refund(&self) -> Refund {
        match self.paid_at {
            Some(_) => Refund { amount: Some(self.total), to: RefundTo::Balance },
            None => Refund::of_nothing(self.total.currency),
        }
    }
}

#[derive(Clone, Debug)]
#[expect(clippy::large_enum_variant, reason = "a script has a handful of them")]
enum Effect {
    Buy { purchase: Purchase, paid: bool },
    Pay { order: String },
    Cancel { order: String },
}

impl ScriptedFlights {
    /// A supplier that does everything right.
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self::following(clock, Box::new(|_| Fault::None))
    }

    /// A supplier to whose costly calls the given faults happen, one after the other, and then none.
    pub fn with_faults(clock: Arc<dyn Clock>, faults: impl IntoIterator<Item = Fault>) -> Self {
        let mut faults: VecDeque<_> = faults.into_iter().collect();
        Self::following(clock, Box::new(move |_| faults.pop_front().unwrap_or_default()))
    }

    /// A supplier that follows `script`.
    pub fn following(clock: Arc<dyn Clock>, script: Script) -> Self {
        let world = World {
            script,
            offers: BTreeMap::new(),
            orders: Vec::new(),
            later: Vec::new(),
            calls: Vec::new(),
            unreachable: false,
        };
        Self { clock, world: Mutex::new(world) }
    }

    /// Puts an offer on sale, or replaces the one with its id.
    pub fn sell(&self, offer: FlightOffer) {
        self.world().offers.insert(offer.supplier.id.clone(), offer);
    }

    /// Takes an offer off sale.
    pub fn stop_selling(&self, id: &str) {
        self.world().offers.remove(id);
    }

    /// Reading calls fail from now on, or succeed again.
    pub fn set_unreachable(&self, unreachable: bool) {
        self.world().unreachable = unreachable;
    }

    /// Changes what an order costs.
    pub fn reprice(&self, order: &str, total: Money) {
        if let Some(order) = self.world().orders.iter_mut().find(|known| known.id == order) {
            order.total = total;
        }
    }

    /// Somebody else pays for what is held, at the supplier and behind our back.
    pub fn pay_elsewhere(&self, order: &str) {
        self.elsewhere(Effect::Pay { order: order.to_owned() });
    }

    /// Somebody else cancels an order, at the supplier and behind our back.
    pub fn cancel_elsewhere(&self, order: &str) {
        self.elsewhere(Effect::Cancel { order: order.to_owned() });
    }

    /// # Panics
    /// When the supplier refuses: then the test is about something else.
    fn elsewhere(&self, effect: Effect) {
        let now = self.clock.now();
        let mut world = self.world();
        world.catch_up(now);
        world.apply(effect, now).expect("the supplier does what it is asked");
    }

    /// Everything in the supplier's books.
    pub fn orders(&self) -> Vec<ScriptedOrder> {
        let now = self.clock.now();
        let mut world = self.world();
        world.catch_up(now);
        world.orders.clone()
    }

    /// Every costly call that was sent, in order.
    pub fn calls(&self) -> Vec<Costly> {
        self.world().calls.clone()
    }

    fn world(&self) -> MutexGuard<'_, World> {
        // A caller that "died" while a script ran leaves nothing half done behind.
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reference(&self, id: &str) -> SupplierRef {
        SupplierRef { supplier: self.name().to_owned(), id: id.to_owned() }
    }

    /// Runs a costly call through the script.
    async fn costly<T>(
        &self,
        call: Costly,
        effect: Effect,
        read: impl Fn(&World) -> Result<T, Rejection> + Send,
    ) -> CallOutcome<T> {
        let fault = {
            let mut world = self.world();
            let fault = (world.script)(call);
            if fault != Fault::CallerDiesBefore {
                world.calls.push(call);
            }
            fault
        };
        let now = self.clock.now();
        let timeout = || CallOutcome::Unknown { cause: "no answer in time".into() };
        match fault {
            Fault::None => self.done(effect, now, read),
            Fault::RequestLost => timeout(),
            Fault::AnswerLost => {
                let _ = self.done(effect, now, read);
                timeout()
            }
            Fault::Late(seconds) => {
                self.world().later.push((now.plus_seconds(seconds), effect));
                timeout()
            }
            Fault::AcceptedThenDone(seconds) => {
                self.world().later.push((now.plus_seconds(seconds), effect));
                CallOutcome::Accepted { order: None }
            }
            Fault::AcceptedThenDropped => CallOutcome::Accepted { order: None },
            Fault::Rejected(kind) => CallOutcome::Rejected { rejection: rejection(kind) },
            Fault::TooBusy => too_busy(),
            Fault::Denied => {
                let _ = self.done(effect, now, read);
                too_busy()
            }
            Fault::CallerDiesBefore => std::future::pending().await,
            Fault::CallerDiesAfter => {
                let _ = self.done(effect, now, read);
                std::future::pending().await
            }
        }
    }

    fn done<T>(
        &self,
        effect: Effect,
        now: Timestamp,
        read: impl Fn(&World) -> Result<T, Rejection>,
    ) -> CallOutcome<T> {
        let mut world = self.world();
        world.catch_up(now);
        match world.apply(effect, now).and_then(|()| read(&world)) {
            Ok(result) => CallOutcome::Confirmed { result },
            Err(rejection) => CallOutcome::Rejected { rejection },
        }
    }

    fn reachable(&self) -> Result<(), SupplierError> {
        let mut world = self.world();
        world.catch_up(self.clock.now());
        if world.unreachable {
            return Err(supplier_error(SupplierErrorKind::Unavailable, "the supplier is away"));
        }
        Ok(())
    }

    fn seen(&self, order: &ScriptedOrder, now: Timestamp) -> SupplierOrder {
        let state = match (order.canceled_at, order.paid_at) {
            (Some(at), _) => {
                let paid = order.paid_at.map_or(Paid::Nothing, |_| Paid::Amount(order.total));
                SupplierOrderState::Canceled { at, paid, refund: order.refund() }
            }
            (None, Some(at)) => SupplierOrderState::Paid { at },
            (None, None) if order.pay_by.is_some_and(|end| end <= now) => {
                SupplierOrderState::Unpaid
            }
            (None, None) => SupplierOrderState::AwaitingPayment {
                pay_by: order.pay_by,
                price_until: order.price_until,
            },
        };
        let ticket =
            Ticket { number: format!("220-{}", order.id), kind: "electronic_ticket".into() };
        SupplierOrder {
            order: self.reference(&order.id),
            booking_reference: Some(format!("PNR{}", order.id.to_uppercase())),
            state,
            total: order.total,
            tickets: order.paid_at.map(|_| ticket).into_iter().collect(),
            reference: Some(order.reference),
            void_until: None,
        }
    }
}

impl World {
    /// Lets everything happen whose time has come.
    fn catch_up(&mut self, now: Timestamp) {
        self.later.sort_by_key(|(at, _)| *at);
        while self.later.first().is_some_and(|(at, _)| *at <= now) {
            let (at, effect) = self.later.remove(0);
            // Too late for some effects: then they don't happen, as at a real supplier.
            let _ = self.apply(effect, at);
        }
    }

    fn apply(&mut self, effect: Effect, now: Timestamp) -> Result<(), Rejection> {
        match effect {
            Effect::Buy { purchase, paid } => self.buy(&purchase, paid, now),
            Effect::Pay { order } => {
                let order = self.order_mut(&order)?;
                if order.paid_at.is_some() || order.canceled_at.is_some() {
                    return Err(rejection(RejectionKind::AlreadyDone));
                }
                if order.pay_by.is_some_and(|end| end <= now) {
                    return Err(rejection(RejectionKind::HoldLapsed));
                }
                order.payments += 1;
                order.paid_at = Some(now);
                Ok(())
            }
            Effect::Cancel { order } => {
                let order = self.order_mut(&order)?;
                if order.canceled_at.is_some() {
                    return Err(rejection(RejectionKind::AlreadyDone));
                }
                order.canceled_at = Some(now);
                Ok(())
            }
        }
    }

    /// Like a careless supplier: it sells the same offer as often as it is asked to.
    fn buy(&mut self, purchase: &Purchase, paid: bool, now: Timestamp) -> Result<(), Rejection> {
        let offer = &purchase.offer;
        let (pay_by, price_until) = match offer.hold {
            HoldTerms::PriceGuaranteed { price_until, pay_by } => (Some(pay_by), Some(price_until)),
            HoldTerms::SeatOnly { pay_by } => (Some(pay_by), None),
            HoldTerms::None if paid => (None, None),
            HoldTerms::None => return Err(rejection(RejectionKind::HoldUnavailable)),
        };
        self.orders.push(ScriptedOrder {
            id: format!("so{}", self.orders.len() + 1),
            reference: purchase.reference,
            offer: offer.supplier.id.clone(),
            total: offer.total,
            payments: i64::from(paid),
            paid_at: paid.then_some(now),
            canceled_at: None,
            pay_by,
            price_until,
            quotes: 0,
        });
        Ok(())
    }

    fn order_mut(&mut self, id: &str) -> Result<&mut ScriptedOrder, Rejection> {
        let found = self.orders.iter_mut().find(|order| order.id == id);
        found.ok_or_else(|| rejection(RejectionKind::Other))
    }

    fn by_attempt(&self, reference: AttemptReference) -> Result<&ScriptedOrder, Rejection> {
        let mut made = self.orders.iter().filter(|order| order.reference == reference);
        made.next_back().ok_or_else(|| rejection(RejectionKind::Other))
    }
}

fn too_busy<T>() -> CallOutcome<T> {
    CallOutcome::NotMade { retry_at: None, cause: "too busy".into() }
}

fn rejection(kind: RejectionKind) -> Rejection {
    let code = format!("{kind:?}");
    Rejection { kind, message: format!("refused: {code}"), code, request_id: None }
}

fn supplier_error(kind: SupplierErrorKind, message: &str) -> SupplierError {
    SupplierError { kind, code: format!("{kind:?}"), message: message.to_owned(), request_id: None }
}

#[async_trait]
impl FlightProvider for ScriptedFlights {
    fn name(&self) -> &str {
        "scripted"
    }

    async fn search(&self, request: &SearchRequest) -> Result<Vec<FlightOffer>, SupplierError> {
        self.reachable()?;
        let fits = |offer: &&FlightOffer| offer.passengers.len() == request.passengers.len();
        Ok(self.world().offers.values().filter(fits).cloned().collect())
    }

    async fn refresh(&self, offer: &SupplierRef) -> Result<FlightOffer, SupplierError> {
        self.reachable()?;
        let now = self.clock.now();
        let sold = self.world().offers.get(&offer.id).cloned();
        sold.filter(|offer| now < offer.expires_at)
            .ok_or_else(|| supplier_error(SupplierErrorKind::Gone, "the offer is gone"))
    }

    async fn hold(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        let effect = Effect::Buy { purchase: purchase.clone(), paid: false };
        let reference = purchase.reference;
        let now = self.clock.now();
        self.costly(Costly::Hold, effect, move |world| {
            world.by_attempt(reference).map(|order| self.seen(order, now))
        })
        .await
    }

    async fn order(&self, purchase: &Purchase) -> CallOutcome<SupplierOrder> {
        let effect = Effect::Buy { purchase: purchase.clone(), paid: true };
        let reference = purchase.reference;
        let now = self.clock.now();
        self.costly(Costly::Order, effect, move |world| {
            world.by_attempt(reference).map(|order| self.seen(order, now))
        })
        .await
    }

    async fn pay(&self, payment: &Payment) -> CallOutcome<SupplierOrder> {
        let id = payment.order.id.clone();
        let known = self.world().orders.iter().find(|order| order.id == id).cloned();
        if known.is_none_or(|order| order.total != payment.amount) {
            return CallOutcome::Rejected { rejection: rejection(RejectionKind::PriceChanged) };
        }
        let now = self.clock.now();
        self.costly(Costly::Pay, Effect::Pay { order: id.clone() }, move |world| {
            let found = world.orders.iter().find(|order| order.id == id);
            found.map(|order| self.seen(order, now)).ok_or_else(|| rejection(RejectionKind::Other))
        })
        .await
    }

    async fn look_up(&self, order: &SupplierRef) -> Result<Option<SupplierOrder>, SupplierError> {
        self.reachable()?;
        let now = self.clock.now();
        let world = self.world();
        Ok(world
            .orders
            .iter()
            .find(|known| known.id == order.id)
            .map(|known| self.seen(known, now)))
    }

    async fn find(
        &self,
        order: &OrderReference,
        offer: &SupplierRef,
    ) -> Result<Vec<SupplierOrder>, SupplierError> {
        self.reachable()?;
        let now = self.clock.now();
        let world = self.world();
        let ours = |known: &&ScriptedOrder| {
            known.reference.of_order() == *order && known.offer == offer.id
        };
        Ok(world.orders.iter().filter(ours).map(|order| self.seen(order, now)).collect())
    }

    async fn price(&self, order: &SupplierRef) -> Result<Money, SupplierError> {
        match self.look_up(order).await? {
            Some(order) => Ok(order.total),
            None => Err(supplier_error(SupplierErrorKind::Gone, "no such order")),
        }
    }

    async fn quote_cancellation(
        &self,
        order: &SupplierRef,
    ) -> Result<CancellationQuote, SupplierError> {
        self.reachable()?;
        let now = self.clock.now();
        let mut world = self.world();
        let known = world.orders.iter_mut().find(|known| known.id == order.id);
        let Some(known) = known.filter(|known| known.canceled_at.is_none()) else {
            return Err(supplier_error(SupplierErrorKind::Refused, "nothing to cancel"));
        };
        known.quotes += 1;
        let refund = known.refund();
        let quote = SupplierRef {
            supplier: self.name().to_owned(),
            id: format!("{}/quote{}", known.id, known.quotes),
        };
        Ok(CancellationQuote { quote, refund, expires_at: Some(now.plus_hours(1)) })
    }

    async fn confirm_cancellation(&self, quote: &SupplierRef) -> CallOutcome<Refund> {
        let (id, number) = quote.id.split_once("/quote").unwrap_or((&quote.id, ""));
        let id = id.to_owned();
        let known = self.world().orders.iter().find(|order| order.id == id).cloned();
        let newest = known.as_ref().is_some_and(|order| order.quotes.to_string() == number);
        if !newest {
            return CallOutcome::Rejected { rejection: rejection(RejectionKind::QuoteStale) };
        }
        self.costly(Costly::Cancel, Effect::Cancel { order: id.clone() }, move |world| {
            let found = world.orders.iter().find(|order| order.id == id);
            let order = found.ok_or_else(|| rejection(RejectionKind::Other))?;
            Ok(order.refund())
        })
        .await
    }
}
