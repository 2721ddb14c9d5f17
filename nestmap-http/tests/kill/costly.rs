//! The calls that cost money, as the supplier and as our books name them.

use nestmap_core::order::{AttemptCall, Order};
use nestmap_core::time::Timestamp;
use nestmap_providers::sandbox::{CallRecord, Fault, FaultRule};

/// A kind of call that costs money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Costly {
    Order,
    Pay,
    Cancel,
}

/// A call as our books have it, from its intent to its outcome.
#[derive(Debug)]
pub struct Intent {
    pub call: Costly,
    pub began: Timestamp,
    /// None while the outcome isn't known.
    pub ended: Option<Timestamp>,
}

impl Costly {
    pub const ALL: [Self; 3] = [Self::Order, Self::Pay, Self::Cancel];

    /// A rule that lets the next call of the kind go wrong.
    pub fn next(self, fault: Fault) -> FaultRule {
        let path = match self {
            Self::Order => "/air/orders",
            Self::Pay => "/air/payments",
            Self::Cancel => "/air/order_cancellations/*/actions/confirm",
        };
        FaultRule::next("POST", path, fault)
    }

    /// Whether a call that the supplier got is of the kind.
    pub fn is(self, record: &CallRecord) -> bool {
        let path = record.path.as_str();
        let fits = match self {
            Self::Order => path == "/air/orders",
            Self::Pay => path == "/air/payments",
            Self::Cancel => path.ends_with("/actions/confirm"),
        };
        record.method == "POST" && fits
    }

    /// The kind of an attempt in our books.
    fn of_attempt(call: AttemptCall) -> Self {
        match call {
            AttemptCall::Hold | AttemptCall::Instant => Self::Order,
            AttemptCall::Pay => Self::Pay,
            AttemptCall::Cancel => Self::Cancel,
        }
    }
}

impl Intent {
    /// All calls of an order, those with a known outcome first.
    pub fn all_of(order: &Order) -> Vec<Self> {
        let past = order.past.iter().map(|past| Self {
            call: Costly::of_attempt(past.call),
            began: past.started_at,
            ended: Some(past.ended_at),
        });
        let open = order.attempt().map(|attempt| Self {
            call: match order.state_name() {
                "purchasing" => Costly::Order,
                "paying" => Costly::Pay,
                _ => Costly::Cancel,
            },
            began: attempt.started_at,
            ended: None,
        });
        past.chain(open).collect()
    }

    /// Whether its outcome wasn't known at that moment.
    pub fn is_open_at(&self, moment: Timestamp) -> bool {
        self.began <= moment && self.ended.is_none_or(|ended| ended > moment)
    }
}
