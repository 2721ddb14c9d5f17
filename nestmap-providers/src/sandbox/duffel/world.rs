//! Everything the supplier knows.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use super::amounts::Currency;
use super::bookings::{self, OfferAttempts, PendingOrder};
use super::call::Call;
use super::cancellations::Cancellation;
use super::change_offers::ChangeOffer;
use super::changes::{ChangeRequest, OrderChange};
use super::credits::AirlineCredit;
use super::disruptions::Disruption;
use super::events::{Delivery, Event};
use super::live_offer::{LiveOffer, Offer, OfferState};
use super::magic::Magic;
use super::offer_requests::OfferRequest;
use super::orders::Order;
use super::payments::{self, Payment};
use super::schedule::Schedule;
use super::shopping;
use super::webhooks::Webhook;
use crate::sandbox::dice::{Dice, base62};
use crate::sandbox::journal::{Change, Entry};
use crate::sandbox::table::Table;

pub(super) struct World {
    pub(super) seed: u64,
    pub(super) currency: Currency,
    /// Whether mistakes of the official JavaScript client are made up for.
    pub(super) client_defects: bool,
    ids: u64,
    pub(super) requests: Table<OfferRequest>,
    pub(super) attempts: Table<OfferAttempts>,
    pub(super) orders: Table<Order>,
    pub(super) pending_orders: Table<PendingOrder>,
    pub(super) payments: Table<Payment>,
    pub(super) cancellations: Table<Cancellation>,
    pub(super) change_requests: Table<ChangeRequest>,
    pub(super) change_offers: Table<ChangeOffer>,
    pub(super) changes: Table<OrderChange>,
    pub(super) disruptions: Table<Disruption>,
    pub(super) credits: Table<AirlineCredit>,
    pub(super) webhooks: Table<Webhook>,
    pub(super) events: Table<Event>,
    pub(super) deliveries: Table<Delivery>,
    /// Offers follow from their search, so they are remembered but never stored.
    offers: HashMap<String, Arc<Vec<Offer>>>,
}

impl World {
    pub(super) fn new(seed: u64, currency: Currency, client_defects: bool) -> Self {
        Self {
            seed,
            currency,
            client_defects,
            ids: 0,
            requests: Table::new("offer_requests"),
            attempts: Table::new("attempts"),
            orders: Table::new("orders"),
            pending_orders: Table::new("pending_orders"),
            payments: Table::new("payments"),
            cancellations: Table::new("cancellations"),
            change_requests: Table::new("change_requests"),
            change_offers: Table::new("change_offers"),
            changes: Table::new("changes"),
            disruptions: Table::new("disruptions"),
            credits: Table::new("credits"),
            webhooks: Table::new("webhooks"),
            events: Table::new("events"),
            deliveries: Table::new("deliveries"),
            offers: HashMap::new(),
        }
    }

    /// A new id. Ids of one world sort in the order they were made; the instant in the tail
    /// keeps the ids of two worlds apart unless both stand at the same fixed time.
    pub(super) fn id(&mut self, prefix: &str, now: Timestamp) -> String {
        self.ids += 1;
        let words = [prefix, &self.ids.to_string(), &now.as_microsecond().to_string()];
        let tail = Dice::of(self.seed, &words).letters(12);
        format!("{prefix}_0000{}{tail}", base62(self.ids, 6))
    }

    /// What changed since the last call, if anything did.
    pub(super) fn drain_changes(&mut self) -> Option<Entry> {
        let mut changes = Vec::new();
        self.requests.drain_changes(&mut changes);
        self.attempts.drain_changes(&mut changes);
        self.orders.drain_changes(&mut changes);
        self.pending_orders.drain_changes(&mut changes);
        self.payments.drain_changes(&mut changes);
        self.cancellations.drain_changes(&mut changes);
        self.change_requests.drain_changes(&mut changes);
        self.change_offers.drain_changes(&mut changes);
        self.changes.drain_changes(&mut changes);
        self.disruptions.drain_changes(&mut changes);
        self.credits.drain_changes(&mut changes);
        self.webhooks.drain_changes(&mut changes);
        self.events.drain_changes(&mut changes);
        self.deliveries.drain_changes(&mut changes);
        (!changes.is_empty()).then_some(Entry { ids: self.ids, changes })
    }

    /// Applies an entry of the journal. The error names a table that doesn't fit.
    pub(super) fn restore(&mut self, entry: Entry) -> Result<(), String> {
        self.ids = entry.ids;
        for Change { table, id, row } in entry.changes {
            let restored = match table.as_str() {
                "offer_requests" => self.requests.restore(id, row),
                "attempts" => self.attempts.restore(id, row),
                "orders" => self.orders.restore(id, row),
                "pending_orders" => self.pending_orders.restore(id, row),
                "payments" => self.payments.restore(id, row),
                "cancellations" => self.cancellations.restore(id, row),
                "change_requests" => self.change_requests.restore(id, row),
                "change_offers" => self.change_offers.restore(id, row),
                "changes" => self.changes.restore(id, row),
                "disruptions" => self.disruptions.restore(id, row),
                "credits" => self.credits.restore(id, row),
                "webhooks" => self.webhooks.restore(id, row),
                "events" => self.events.restore(id, row),
                "deliveries" => self.deliveries.restore(id, row),
                _ => return Err(table),
            };
            restored.map_err(|error| format!("{table}: {error}"))?;
        }
        Ok(())
    }

    /// Lets happen what had to happen by now: accepted orders and slow payments are decided.
    pub(super) fn settle(&mut self, now: Timestamp) {
        let due: Vec<PendingOrder> =
            self.pending_orders.rows().filter(|row| row.due_at <= now).cloned().collect();
        for PendingOrder { id, due_at, fails, mut order } in due {
            self.pending_orders.remove(&id);
            if fails {
                self.emit_creation_failed(&id, &order, due_at);
                continue;
            }
            order.created_at = due_at;
            order.paid_at = order.paid_at.map(|_| due_at);
            bookings::place(self, order, due_at);
        }
        payments::settle(self, now);
    }

    fn offers_of(&mut self, request: &OfferRequest) -> Arc<Vec<Offer>> {
        if let Some(known) = self.offers.get(&request.id) {
            return Arc::clone(known);
        }
        let schedule = Schedule { seed: self.seed };
        let offers = Arc::new(shopping::offers(schedule, self.currency, request));
        self.offers.insert(request.id.clone(), Arc::clone(&offers));
        offers
    }

    /// The offers of a search as they are now, cheapest first.
    pub(super) fn live_offers(&mut self, request: &OfferRequest) -> Vec<LiveOffer> {
        let offers = self.offers_of(request);
        offers.iter().map(|offer| self.live(offer.clone(), request.clone())).collect()
    }

    pub(super) fn offers_json(&mut self, request: &OfferRequest) -> Vec<Value> {
        self.live_offers(request).iter().map(LiveOffer::json).collect()
    }

    fn live(&self, offer: Offer, request: OfferRequest) -> LiveOffer {
        let state = request.states.get(&offer.id).cloned().unwrap_or_default();
        LiveOffer { offer, request, state, currency: self.currency, seed: self.seed }
    }

    /// An offer by its id.
    pub(super) fn live_offer(&mut self, id: &str) -> Option<LiveOffer> {
        let (prefix, index) = shopping::request_of_offer(id)?;
        let request = self.requests.starting_with(&prefix).next()?.clone();
        let offer = self.offers_of(&request).get(index).filter(|offer| offer.id == id)?.clone();
        Some(self.live(offer, request))
    }

    pub(super) fn edit_offer(
        &mut self,
        live: &LiveOffer,
        now: Timestamp,
        change: impl FnOnce(&mut OfferState),
    ) {
        let request = self.requests.edit(&live.request.id).expect("an offer has its search");
        let state = request.states.entry(live.offer.id.clone()).or_default();
        change(state);
        state.updated_at = Some(now);
    }

    /// Uses up the search the offer came from.
    pub(super) fn book(&mut self, live: &LiveOffer, now: Timestamp) {
        let request = self.requests.edit(&live.request.id).expect("an offer has its search");
        request.booked_offer = Some(live.offer.id.clone());
        request.states.entry(live.offer.id.clone()).or_default().updated_at = Some(now);
    }

    /// By how much reading the offer makes it dearer.
    pub(super) fn price_rise(&self, call: &Call, live: &LiveOffer) -> Option<i64> {
        let magic = (live.offer.magic == Some(Magic::PriceRises))
            .then(|| self.currency.parse("10").expect("a whole number fits every currency"));
        self.twist_amount(call).or(magic)
    }

    pub(super) fn price_rise_by_fault(&self, call: &Call) -> Option<i64> {
        self.twist_amount(call)
    }

    /// The amount of an injected price rise. One that isn't exact in this currency is none.
    pub(super) fn twist_amount(&self, call: &Call) -> Option<i64> {
        self.currency.parse(call.twist.price_rise.as_deref()?)
    }
}

/// An id that follows from the id of what it is part of.
pub(super) fn derived_id(prefix: &str, parent: &str, place: &[usize]) -> String {
    let place: Vec<String> = place.iter().map(usize::to_string).collect();
    let tail = Dice::of(0, &[prefix, parent, &place.join(".")]).letters(18);
    format!("{prefix}_0000{tail}")
}

/// An instant the way the supplier writes when something happened.
pub(super) fn instant(at: Timestamp) -> String {
    format!("{at:.6}")
}

/// An instant the way the supplier writes deadlines.
pub(super) fn whole_second(at: Timestamp) -> String {
    let seconds = Timestamp::from_second(at.as_second()).unwrap_or(at);
    format!("{seconds:.0}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_in_the_order_they_were_made() {
        let currency = Currency::named("GBP").expect("a currency with a rate");
        let mut world = World::new(1, currency, false);
        let ids: Vec<String> = (0..100).map(|_| world.id("ord", Timestamp::UNIX_EPOCH)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.len() == 26), "prefix and 22 characters");
    }

    #[test]
    fn instants_have_the_suppliers_precision() {
        let at: Timestamp = "2026-03-01T12:00:05.25Z".parse().expect("an instant");
        assert_eq!(instant(at), "2026-03-01T12:00:05.250000Z");
        assert_eq!(whole_second(at), "2026-03-01T12:00:05Z");
    }
}
