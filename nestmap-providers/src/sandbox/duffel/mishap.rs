//! What the faults of one call add up to.

use std::time::Duration;

use super::call::Twist;
use super::errors::Refusal;
use super::http::{Answer, Payload, rate_limited};
use crate::sandbox::faults::Fault;

/// What the faults of a call add up to.
#[derive(Default)]
pub(super) struct Plan {
    pub(super) delay: Duration,
    pub(super) delay_answer: Duration,
    pub(super) drop_before: bool,
    pub(super) drop_after: bool,
    pub(super) truncate: bool,
    /// An answer in place of the work.
    pub(super) instead: Option<Instead>,
    /// An answer that hides work which was done.
    pub(super) afterwards: Option<Instead>,
    pub(super) twist: Twist,
}

#[derive(Clone, Copy)]
pub(super) enum Instead {
    RateLimit(u32),
    ServerError,
    BadGateway,
    NotCreated,
    Unavailable,
    GatewayTimeout,
}

impl Plan {
    pub(super) fn of(faults: &[Fault]) -> Self {
        let mut plan = Self::default();
        for fault in faults {
            plan.add(fault);
        }
        plan
    }

    fn add(&mut self, fault: &Fault) {
        match fault {
            Fault::Delay { millis } => self.delay += Duration::from_millis(*millis),
            Fault::DelayAnswer { millis } => self.delay_answer += Duration::from_millis(*millis),
            Fault::DropBefore => self.drop_before = true,
            Fault::DropAfter => self.drop_after = true,
            Fault::Truncate => self.truncate = true,
            Fault::DetailLater { seconds } => self.twist.detail_later = Some(*seconds),
            Fault::Accept { seconds, fails } => self.twist.accepted = Some((*seconds, *fails)),
            Fault::PriceRise { amount } => self.twist.price_rise = Some(amount.clone()),
            Fault::Expire => self.twist.expire = true,
            Fault::RateLimit { reset_seconds } => {
                self.instead = Some(Instead::RateLimit(*reset_seconds));
            }
            Fault::NotCreated => self.instead = Some(Instead::NotCreated),
            Fault::Unavailable => self.instead = Some(Instead::Unavailable),
            Fault::ServerError { committed } => self.fail(Instead::ServerError, *committed),
            Fault::BadGateway { committed } => self.fail(Instead::BadGateway, *committed),
            Fault::GatewayTimeout { committed } => self.fail(Instead::GatewayTimeout, *committed),
        }
    }

    fn fail(&mut self, how: Instead, committed: bool) {
        match committed {
            true => self.afterwards = Some(how),
            false => self.instead = Some(how),
        }
    }
}

impl Instead {
    pub(super) fn answer(self, request_id: &str) -> Answer {
        let refusal = match self {
            Self::BadGateway => {
                return Answer { status: 502, body: Payload::Html(BAD_GATEWAY_HTML) };
            }
            Self::RateLimit(_) => rate_limited(),
            Self::ServerError => {
                let message = "The airline responded with an internal_error error. The order may \
                               have been created. Please contact us.";
                Refusal::airline(500, "airline_internal", message).by_airline("Duffel Airways")
            }
            Self::NotCreated => {
                let message = "The airline could not create the order. There were no side effects.";
                Refusal::airline(502, "order_not_created", message)
            }
            Self::Unavailable => {
                let message = "There is a temporary issue with the server. Please retry later.";
                Refusal::api(503, "service_unavailable", message)
            }
            Self::GatewayTimeout => Refusal::gateway_timeout(),
        };
        Answer::refused(&refusal, request_id)
    }
}

/// What a load balancer says when the server behind it is gone.
const BAD_GATEWAY_HTML: &str = "<html>\n  <head><title>502 Server Error</title></head>\n  \
    <body>\n    <h1>Error: Server Error</h1>\n    <h2>The server encountered a temporary error \
    and could not complete your request.</h2>\n    <p>(This is a sandbox.)</p>\n  </body>\n</html>\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_add_up() {
        let plan = Plan::of(&[
            Fault::Delay { millis: 3 },
            Fault::Delay { millis: 4 },
            Fault::ServerError { committed: true },
            Fault::DropAfter,
        ]);
        assert_eq!(plan.delay, Duration::from_millis(7));
        assert!(plan.drop_after && plan.afterwards.is_some() && plan.instead.is_none());
    }
}
