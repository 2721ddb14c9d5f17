//! An order: something bought, or to be bought, from a supplier.
//!
//! The stored state is what is known of the supplier's truth; what *should* happen next is derived
//! from it by [`Order::next`]. Every costly call stands between a committed intent (a state that
//! holds an [`Attempt`]) and a committed outcome. An attempt whose outcome is unknown is looked up
//! until it is known; it is never sent again and never times out into "failed".
//!
//! ```text
//! planned ─▶ purchasing(hold) ─▶ held ─▶ paying ─▶ booked ─▶ canceling ─▶ canceled
//!    │  └──▶ purchasing(instant) ───────────────────▲          ▲
//!    └─▶ failed   held, paying ─▶ lapsed     held ─┴─(release)┘
//! ```

pub mod attempt;
pub mod booking;
pub mod cancellation;
pub mod payment;
pub mod purchase;
pub mod trouble;

pub use attempt::{Attempt, AttemptCall, AttemptOutcome, AttemptPhase, PastAttempt};
pub use booking::{Booking, Hold, Ticket};
pub use cancellation::{Cancellation, Paid, Refund, RefundTo};
pub use purchase::PurchaseKind;
pub use trouble::Trouble;

use serde::{Deserialize, Serialize};

use crate::error::{Code, Error};
use crate::id::{AttemptId, ItemId, OrderId, OrganizationId, PersonId, TripId};
use crate::money::Money;
use crate::people::Passenger;
use crate::port::flights::{
    AttemptReference, CancellationQuote, OrderReference, Rejection, SupplierProfile,
};
use crate::shopping::{HoldTerms, Offer};
use crate::time::Timestamp;

/// Something bought, or to be bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Order {
    /// The order's id; not the supplier's, not the airline's.
    pub id: OrderId,
    /// Whose order.
    pub organization: OrganizationId,
    /// The trip it belongs to.
    pub trip: TripId,
    /// The item of the trip's itinerary.
    pub item: ItemId,
    /// What is bought, as the supplier offered it last.
    pub offer: Offer,
    /// Who flies, in the order of the offer's passengers.
    pub passengers: Vec<Passenger>,
    /// Whether it may be paid.
    pub clearance: Clearance,
    /// What is known.
    pub state: OrderState,
    /// Whether it is to be given back, and on which terms.
    pub cancellation: Cancellation,
    /// Attempts whose outcome is known, oldest first.
    pub past: Vec<PastAttempt>,
    /// When it was planned.
    pub created_at: Timestamp,
}

/// Whether an order may be paid: the company's will, apart from the supplier's truth.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "clearance", rename_all = "snake_case")]
pub enum Clearance {
    /// Somebody still has to approve; nothing is paid.
    Waiting {
        /// Whether seats may be held in the meantime.
        may_hold: bool,
        /// What the consent is asked about: the price at submission and the tolerance on it.
        /// Nothing dearer is held, and the consent doesn't change it.
        ceiling: Money,
    },
    /// May be paid, up to the ceiling.
    Cleared {
        /// Since when.
        at: Timestamp,
        /// The price at submission and the tolerance on it; never is more paid.
        ceiling: Money,
    },
    /// Not wanted any more: a hold is released.
    Withdrawn {
        /// Since when.
        at: Timestamp,
    },
}

/// What is known of the order at the supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum OrderState {
    /// Nothing was sent.
    Planned {
        /// The earliest time to send something.
        not_before: Timestamp,
        /// How often the supplier was too busy.
        tries: i64,
        /// The supplier said that this offer can't be held.
        hold_refused: bool,
    },
    /// A hold or an instant order is under way.
    Purchasing {
        /// Which of the two.
        purchase: PurchaseKind,
        /// The attempt.
        attempt: Attempt,
    },
    /// Seats are held, unpaid.
    Held {
        /// What the supplier booked.
        booking: Booking,
        /// Until when.
        hold: Hold,
        /// The earliest time to send something.
        not_before: Timestamp,
        /// How often the next call didn't succeed.
        tries: i64,
        /// Why it isn't paid or given back yet, where something was tried.
        trouble: Option<Trouble>,
    },
    /// A payment is under way.
    Paying {
        /// What the supplier booked.
        booking: Booking,
        /// The hold it pays.
        hold: Hold,
        /// What is paid.
        amount: Money,
        /// The attempt.
        attempt: Attempt,
    },
    /// Paid.
    Booked {
        /// What the supplier booked.
        booking: Booking,
        /// What was paid.
        paid: Money,
        /// Since when.
        at: Timestamp,
        /// When to look for tickets next; none when they are there.
        check_at: Option<Timestamp>,
        /// How often tickets were looked for.
        checks: i64,
    },
    /// A cancellation is under way.
    Canceling {
        /// What the supplier booked.
        booking: Booking,
        /// What was there before.
        was: Before,
        /// The terms.
        quote: CancellationQuote,
        /// The attempt.
        attempt: Attempt,
    },
    /// Canceled at the supplier.
    Canceled {
        /// What the supplier had booked.
        booking: Booking,
        /// What had been paid; an unknown payment moves nothing in the ledger.
        paid: Paid,
        /// What comes back.
        refund: Refund,
        /// Since when.
        at: Timestamp,
    },
    /// Nothing was bought.
    Failed {
        /// Why.
        failure: Failure,
        /// Since when.
        at: Timestamp,
        /// When to look once more whether the supplier shows an order after all.
        watch_at: Option<Timestamp>,
    },
    /// The hold ran out unpaid.
    Lapsed {
        /// What was held.
        booking: Booking,
        /// Since when.
        at: Timestamp,
        /// When to look once more whether it was paid after all.
        watch_at: Option<Timestamp>,
    },
}

/// What an order was before its cancellation began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "was", rename_all = "snake_case")]
pub enum Before {
    /// Held, unpaid.
    Held {
        /// Until when.
        hold: Hold,
        /// How often a release didn't succeed.
        tries: i64,
    },
    /// Booked.
    Booked {
        /// What was paid.
        paid: Money,
        /// Since when.
        at: Timestamp,
    },
}

/// Why nothing was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "failure", rename_all = "snake_case")]
pub enum Failure {
    /// The offer isn't sold any more.
    OfferGone,
    /// The price rose above what was approved.
    PriceMoved {
        /// The most that may be paid.
        ceiling: Money,
        /// What the supplier asks.
        asked: Money,
    },
    /// The flights or their times aren't those approved.
    ItineraryMoved,
    /// The supplier refused.
    Rejected {
        /// Why.
        rejection: Rejection,
    },
    /// It wasn't wanted any more before anything was sent.
    Withdrawn,
    /// The supplier gave no answer as long as the offer was for sale.
    Unanswered {
        /// What was seen instead of an answer.
        cause: String,
    },
    /// A person found out that the supplier has no such order.
    DeclaredAbsent {
        /// Who says so.
        by: PersonId,
    },
}

/// What should happen to an order next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Hold the seats, or order and pay at once.
    Purchase(PurchaseKind),
    /// Pay for held seats.
    Pay,
    /// Give held seats back.
    Release,
    /// Cancel what is booked, as a person wants.
    Cancel,
    /// Find out what became of the open attempt.
    Reconcile,
    /// See whether an unpaid hold still stands.
    CheckHold,
    /// Look for the tickets.
    CheckTickets,
    /// See whether something shows after all that was taken for absent.
    Watch,
}

impl Order {
    /// The next step and when it is due; none while it waits for a person, or is done.
    pub fn next(&self) -> Option<(Timestamp, Step)> {
        match (&self.state, &self.clearance) {
            (OrderState::Planned { not_before, hold_refused, .. }, clearance) => {
                let kind = self.purchase_kind(*hold_refused, clearance)?;
                Some((*not_before, Step::Purchase(kind)))
            }
            (OrderState::Held { not_before, .. }, Clearance::Cleared { .. }) => {
                Some((*not_before, Step::Pay))
            }
            (OrderState::Held { not_before, .. }, Clearance::Withdrawn { .. }) => {
                Some((*not_before, Step::Release))
            }
            (OrderState::Held { hold, not_before, .. }, Clearance::Waiting { .. }) => {
                hold.ends_at().map(|end| (end.max(*not_before), Step::CheckHold))
            }
            (OrderState::Booked { check_at, .. }, _) => match self.cancellation {
                Cancellation::Agreed { due_at, .. } => Some((due_at, Step::Cancel)),
                _ => check_at.map(|at| (at, Step::CheckTickets)),
            },
            (OrderState::Failed { watch_at, .. } | OrderState::Lapsed { watch_at, .. }, _) => {
                watch_at.map(|at| (at, Step::Watch))
            }
            (OrderState::Canceled { .. }, _) => None,
            (
                OrderState::Purchasing { .. }
                | OrderState::Paying { .. }
                | OrderState::Canceling { .. },
                _,
            ) => self.attempt().map(|attempt| (attempt.due_at, Step::Reconcile)),
        }
    }

    /// Hold where possible: it fixes seat and price before money moves.
    fn purchase_kind(&self, hold_refused: bool, clearance: &Clearance) -> Option<PurchaseKind> {
        let holdable = self.offer.flight.hold != HoldTerms::None && !hold_refused;
        match clearance {
            Clearance::Withdrawn { .. } | Clearance::Waiting { may_hold: false, .. } => None,
            _ if holdable => Some(PurchaseKind::Hold),
            Clearance::Cleared { .. } => Some(PurchaseKind::Instant),
            Clearance::Waiting { .. } => None,
        }
    }

    /// The attempt whose outcome isn't known yet.
    pub fn attempt(&self) -> Option<&Attempt> {
        match &self.state {
            OrderState::Purchasing { attempt, .. }
            | OrderState::Paying { attempt, .. }
            | OrderState::Canceling { attempt, .. } => Some(attempt),
            _ => None,
        }
    }

    /// What the supplier booked, where it booked something.
    pub fn booking(&self) -> Option<&Booking> {
        match &self.state {
            OrderState::Held { booking, .. }
            | OrderState::Paying { booking, .. }
            | OrderState::Booked { booking, .. }
            | OrderState::Canceling { booking, .. }
            | OrderState::Canceled { booking, .. }
            | OrderState::Lapsed { booking, .. } => Some(booking),
            _ => None,
        }
    }

    /// Whether the supplier has, or may have, something of ours that isn't canceled.
    pub fn is_live(&self) -> bool {
        !matches!(
            self.state,
            OrderState::Planned { .. }
                | OrderState::Canceled { .. }
                | OrderState::Failed { .. }
                | OrderState::Lapsed { .. }
        )
    }

    /// Whether nothing will be bought on this order any more.
    pub fn is_over(&self) -> bool {
        matches!(
            self.state,
            OrderState::Canceled { .. } | OrderState::Failed { .. } | OrderState::Lapsed { .. }
        )
    }

    /// Whether its trip won't get what this order was for, though nobody canceled it.
    pub fn is_lost(&self) -> bool {
        match self.state {
            OrderState::Failed { .. } | OrderState::Lapsed { .. } => true,
            OrderState::Canceled { paid, .. } if paid.amount().is_none() => true,
            _ => matches!(self.clearance, Clearance::Withdrawn { .. }),
        }
    }

    /// Since when a person has to look at it: nobody can tell what became of a call or of a hold,
    /// the supplier doesn't answer, something is booked that isn't wanted any more, or a
    /// cancellation that was agreed to can't be made.
    pub fn needs_person_since(&self) -> Option<Timestamp> {
        match (&self.state, &self.cancellation, &self.clearance) {
            (OrderState::Booked { .. }, Cancellation::Agreed { .. }, _) => None,
            (OrderState::Booked { .. }, Cancellation::Refused { since, .. }, _) => Some(*since),
            (OrderState::Booked { .. }, _, Clearance::Withdrawn { at }) => Some(*at),
            _ => self.in_doubt_since(),
        }
    }

    /// Since when a person is asked what the supplier has.
    pub(super) fn in_doubt_since(&self) -> Option<Timestamp> {
        match &self.state {
            OrderState::Held { trouble, .. } => trouble.as_ref()?.needs_person_since,
            _ => self.attempt()?.needs_person_since,
        }
    }

    /// What was seen last instead of an answer, or why what was agreed to isn't done, for people;
    /// none when all is well.
    pub fn trouble(&self) -> Option<&str> {
        match (&self.state, &self.cancellation) {
            (OrderState::Held { trouble, .. }, _) => trouble.as_ref().map(|trouble| &*trouble.what),
            (OrderState::Booked { .. }, Cancellation::Agreed { trouble, .. }) => trouble.as_deref(),
            (OrderState::Booked { .. }, Cancellation::Refused { why, .. }) => Some(why),
            _ => self.attempt()?.trouble.as_deref(),
        }
    }

    /// The state in one word, as events and tables name it.
    pub fn state_name(&self) -> &'static str {
        match &self.state {
            OrderState::Planned { .. } => "planned",
            OrderState::Purchasing { .. } => "purchasing",
            OrderState::Held { .. } => "held",
            OrderState::Paying { .. } => "paying",
            OrderState::Booked { .. } => "booked",
            OrderState::Canceling { .. } => "canceling",
            OrderState::Canceled { .. } => "canceled",
            OrderState::Failed { .. } => "failed",
            OrderState::Lapsed { .. } => "lapsed",
        }
    }

    /// The name under which everything made for this order is found.
    pub fn order_reference(&self) -> OrderReference {
        OrderReference { organization: self.organization, order: self.id }
    }

    /// The reference that travels with an attempt at this order.
    pub fn reference(&self, attempt: AttemptId) -> AttemptReference {
        AttemptReference { organization: self.organization, order: self.id, attempt }
    }

    /// Allows payment, up to what consent was asked for.
    pub fn clear(mut self, now: Timestamp) -> Result<Self, Error> {
        match self.clearance {
            Clearance::Waiting { ceiling, .. } => {
                self.clearance = Clearance::Cleared { at: now, ceiling };
                Ok(self)
            }
            Clearance::Cleared { .. } => Ok(self),
            Clearance::Withdrawn { .. } => Err(self.state_error("was withdrawn")),
        }
    }

    /// Takes the wish to buy back. What is held is released later; what is paid must be canceled.
    pub fn withdraw(mut self, now: Timestamp) -> Result<Self, Error> {
        match &self.state {
            OrderState::Planned { .. } => {
                self.clearance = Clearance::Withdrawn { at: now };
                Ok(self.failed(Failure::Withdrawn, now))
            }
            OrderState::Purchasing { purchase: PurchaseKind::Hold, .. }
            | OrderState::Held { .. } => {
                self.clearance = Clearance::Withdrawn { at: now };
                Ok(self)
            }
            OrderState::Failed { .. } | OrderState::Canceled { .. } | OrderState::Lapsed { .. } => {
                Ok(self)
            }
            OrderState::Purchasing { .. }
            | OrderState::Paying { .. }
            | OrderState::Canceling { .. } => {
                Err(Error::new(Code::OrderBusy, "a call to the supplier about this order is open"))
            }
            OrderState::Booked { .. } => Err(self.state_error("is booked; cancel it instead")),
        }
    }

    /// Ends an order of which, as far as is known, nothing was bought.
    pub fn fail(self, failure: Failure, now: Timestamp) -> Result<Self, Error> {
        match self.state {
            OrderState::Planned { .. } => Ok(self.failed(failure, now)),
            _ => Err(self.state_error("isn't planned")),
        }
    }

    /// Puts the next step off: what it needs can't be had just now. An order without a next step
    /// doesn't get one. What lasts leads to a person, or ends with the offer.
    #[must_use]
    pub fn postponed(mut self, why: &str, now: Timestamp, profile: &SupplierProfile) -> Self {
        let departs_at = self.offer.flight.departs_at();
        match &mut self.state {
            OrderState::Planned { .. } if self.offer.flight.expires_at <= now => {
                return self.failed(Failure::Unanswered { cause: why.to_owned() }, now);
            }
            OrderState::Planned { not_before, tries, .. } => {
                *tries = tries.saturating_add(1);
                *not_before = now.plus_seconds(attempt::retry_wait_seconds(*tries));
            }
            OrderState::Held { not_before, tries, trouble, .. } => {
                *tries = tries.saturating_add(1);
                *not_before = now.plus_seconds(attempt::retry_wait_seconds(*tries));
                *trouble = Some(Trouble::again(trouble.as_ref(), why, now, profile));
            }
            OrderState::Booked { check_at, .. } => match &mut self.cancellation {
                Cancellation::Agreed { due_at, .. } => *due_at = now.plus_minutes(1),
                _ => {
                    let left = departs_at.is_none_or(|departure| departure <= now);
                    *check_at = check_at.filter(|_| !left).map(|_| now.plus_minutes(5));
                }
            },
            OrderState::Failed { watch_at, .. } | OrderState::Lapsed { watch_at, .. } => {
                *watch_at = watch_at.map(|_| now.plus_hours(1));
            }
            OrderState::Purchasing { .. }
            | OrderState::Paying { .. }
            | OrderState::Canceling { .. } => {
                return self.with_attempt(|attempt| attempt.unanswered(why, now, profile));
            }
            OrderState::Canceled { .. } => {}
        }
        self
    }

    /// The supplier hinted at news: what can be looked up is looked up now.
    #[must_use]
    pub fn nudged(mut self, now: Timestamp) -> Self {
        if let OrderState::Booked { check_at: Some(at), .. } = &mut self.state {
            *at = now.min(*at);
            return self;
        }
        self.with_attempt(|attempt| attempt.nudged(now))
    }

    pub(crate) fn state_error(&self, what: &str) -> Error {
        Error::new(Code::OrderState, format!("the order {what}")).detail("state", self.state_name())
    }
}

impl Clearance {
    /// The most that may be paid, or would be after consent; none when nothing is wanted.
    pub fn ceiling(&self) -> Option<Money> {
        match self {
            Self::Waiting { ceiling, .. } | Self::Cleared { ceiling, .. } => Some(*ceiling),
            Self::Withdrawn { .. } => None,
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::OfferGone => f.write_str("the offer isn't sold any more"),
            Self::PriceMoved { ceiling, asked } => {
                write!(f, "the supplier asks {asked}, and at most {ceiling} may be paid")
            }
            Self::ItineraryMoved => f.write_str("the flights or their times have changed"),
            Self::Rejected { rejection } => {
                write!(f, "the supplier refused: {}", rejection.message)
            }
            Self::Withdrawn => f.write_str("the order was withdrawn"),
            Self::Unanswered { cause } => {
                write!(f, "the supplier gave no answer while the offer was for sale: {cause}")
            }
            Self::DeclaredAbsent { .. } => f.write_str("the supplier has no such order"),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
