//! Things that go wrong on request.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// What goes wrong with a call.
///
/// `committed` says whether the supplier did the work although its answer is a failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
pub enum Fault {
    /// The call waits this long (real time) before the work starts; the work is done even if
    /// the caller hangs up meanwhile.
    Delay {
        /// Milliseconds of real time.
        millis: u64,
    },
    /// The work is done at once, the answer leaves this much later (real time).
    DelayAnswer {
        /// Milliseconds of real time.
        millis: u64,
    },
    /// The connection closes before anything happens.
    DropBefore,
    /// The work is done and its answer is lost: the connection closes without a byte.
    DropAfter,
    /// The work is done, but the answer breaks off in the middle of its body.
    Truncate,
    /// The answer is 200 and holds little more than an id; the full resource appears later.
    /// For creating an order.
    DetailLater {
        /// Seconds on the sandbox's clock until the resource is complete.
        seconds: u32,
    },
    /// The answer is 202; the outcome comes later. For creating an order.
    Accept {
        /// Seconds on the sandbox's clock until the outcome.
        seconds: u32,
        /// Whether the airline refuses in the end.
        #[serde(default)]
        fails: bool,
    },
    /// 429 with a reset time.
    RateLimit {
        /// Seconds on the sandbox's clock until calls are accepted again.
        reset_seconds: u32,
    },
    /// 500 in the documented JSON shape.
    ServerError {
        /// Whether the work was done.
        committed: bool,
    },
    /// 502 with an HTML page instead of JSON.
    BadGateway {
        /// Whether the work was done.
        committed: bool,
    },
    /// 502 `order_not_created`: documented to have no side effects.
    NotCreated,
    /// 503, nothing was done.
    Unavailable,
    /// 504 in the documented JSON shape.
    GatewayTimeout {
        /// Whether the work was done.
        committed: bool,
    },
    /// The price of the offer or unpaid order goes up before the call is worked on.
    PriceRise {
        /// Decimal amount in the account's currency, for example `10.00`.
        amount: String,
    },
    /// The offer is gone before the call is worked on.
    Expire,
}

/// Which calls a fault hits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultRule {
    /// The HTTP method; none means any.
    #[serde(default)]
    pub method: Option<String>,
    /// The path without its query. `*` stands for one part of the path: `/air/orders/*`.
    pub path: String,
    /// The first matching call to hit, counted from 1 when the rule is added.
    #[serde(default = "one")]
    pub nth: u32,
    /// How many matching calls in a row are hit.
    #[serde(default = "one")]
    pub times: u32,
    /// What happens to them.
    pub fault: Fault,
}

fn one() -> u32 {
    1
}

impl FaultRule {
    /// Hits the next call of `method` to `path`, once.
    #[must_use]
    pub fn next(method: &str, path: &str, fault: Fault) -> Self {
        Self { method: Some(method.to_owned()), path: path.to_owned(), nth: 1, times: 1, fault }
    }

    /// Hits the `nth` matching call instead of the next one.
    #[must_use]
    pub fn on_call(self, nth: u32) -> Self {
        Self { nth, ..self }
    }

    /// Hits this many matching calls in a row.
    #[must_use]
    pub fn for_calls(self, times: u32) -> Self {
        Self { times, ..self }
    }

    fn matches(&self, method: &str, path: &str) -> bool {
        let parts = |path: &str| -> Vec<String> {
            path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let (wanted, given) = (parts(&self.path), parts(path));
        self.method.as_deref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(method))
            && wanted.len() == given.len()
            && wanted.iter().zip(&given).all(|(wanted, given)| wanted == "*" || wanted == given)
    }
}

/// The rules that wait for their call.
#[derive(Default)]
pub(crate) struct FaultQueue(Mutex<VecDeque<FaultRule>>);

impl FaultQueue {
    pub(crate) fn add(&self, rule: FaultRule) {
        self.rules().push_back(rule);
    }

    pub(crate) fn clear(&self) {
        self.rules().clear();
    }

    pub(crate) fn waiting(&self) -> Vec<FaultRule> {
        self.rules().iter().cloned().collect()
    }

    /// The faults for this call, in the order they were added. Used-up rules leave the queue.
    pub(crate) fn take(&self, method: &str, path: &str) -> Vec<Fault> {
        let mut hits = Vec::new();
        self.rules().retain_mut(|rule| {
            if !rule.matches(method, path) {
                return true;
            }
            if rule.nth > 1 {
                rule.nth -= 1;
                return true;
            }
            hits.push(rule.fault.clone());
            rule.times = rule.times.saturating_sub(1);
            rule.times > 0
        });
        hits
    }

    fn rules(&self) -> std::sync::MutexGuard<'_, VecDeque<FaultRule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_hits_its_nth_call_as_often_as_it_says() {
        let queue = FaultQueue::default();
        let rule = FaultRule::next("POST", "/air/orders", Fault::Unavailable);
        queue.add(rule.on_call(2).for_calls(2));
        let hits: Vec<usize> = (0..4).map(|_| queue.take("POST", "/air/orders").len()).collect();
        assert_eq!(hits, [0, 1, 1, 0]);
        assert!(queue.waiting().is_empty());
    }

    #[test]
    fn a_star_stands_for_one_part_and_the_method_counts() {
        let queue = FaultQueue::default();
        queue.add(FaultRule::next("GET", "/air/orders/*", Fault::DropBefore));
        assert!(queue.take("POST", "/air/orders/ord_1").is_empty());
        assert!(queue.take("GET", "/air/orders").is_empty());
        assert!(queue.take("GET", "/air/orders/ord_1/actions").is_empty());
        assert_eq!(queue.take("GET", "/air/orders/ord_1/"), [Fault::DropBefore]);
    }

    #[test]
    fn several_rules_hit_one_call() {
        let queue = FaultQueue::default();
        queue.add(FaultRule::next("GET", "/air/orders", Fault::Delay { millis: 5 }));
        queue.add(FaultRule::next("GET", "/air/orders", Fault::DropAfter));
        let hits = queue.take("GET", "/air/orders");
        assert_eq!(hits, [Fault::Delay { millis: 5 }, Fault::DropAfter]);
    }
}
