//! What people do around the faults.

use nestmap_core::approval::Answer;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::id::{OrderId, TripId};
use nestmap_core::order::OrderState;
use nestmap_core::testing::{fixture, run_until_stuck as run};

use crate::explore::Chooser;
use crate::world::{Faults, World};

/// For how long look-ups go unanswered: more than until a person must be asked.
const UNANSWERED_HOURS: i64 = 6;

/// A story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// In policy: held and paid without anybody being asked.
    WithinPolicy,
    /// In policy, and only sold at once.
    InstantOnly,
    /// Out of policy, approved while the seats are held.
    Approved,
    /// Out of policy, and dearer before its seats are held; then approved, if anybody still can.
    Repriced,
    /// Out of policy, rejected while the seats are held, or are about to be.
    Rejected,
    /// Booked, then canceled on quoted terms.
    Canceled,
    /// In policy, with two flights, each of which can be lost by itself.
    TwoFlights,
    /// In policy; after so many ticks, the supplier still takes calls and answers no look-up.
    Unanswered(usize),
}

impl Scenario {
    /// Plays the story; the world must be in order afterwards.
    pub fn run(self, chooser: &Chooser) -> Result<(), String> {
        let faults = if self == Self::TwoFlights { Faults::Few } else { Faults::All };
        let world = World::new(chooser, faults);
        let offer = match self {
            Self::InstantOnly => fixture::instant_flight("off1", "400.00"),
            Self::WithinPolicy | Self::Canceled | Self::TwoFlights | Self::Unanswered(_) => {
                fixture::flight("off1", "400.00")
            }
            Self::Approved | Self::Repriced | Self::Rejected => fixture::flight("off1", "900.00"),
        };
        let second = (self == Self::TwoFlights).then(|| fixture::flight("off2", "450.00"));
        let trip = world.draft([offer].into_iter().chain(second));
        submit(&world, trip);
        match self {
            Self::Repriced => {
                world.supplier.sell(fixture::flight("off1", "900.01"));
                let _ = run(world.faulty.tick());
                decide(&world, trip, Answer::Approve);
            }
            Self::Approved => {
                let _ = run(world.faulty.tick());
                decide(&world, trip, Answer::Approve);
            }
            Self::Rejected => {
                let _ = run(world.faulty.tick());
                decide(&world, trip, Answer::Reject);
            }
            Self::Unanswered(ticks) => {
                for _ in 0..ticks {
                    let _ = run(world.faulty.tick());
                }
                world.supplier.set_unreachable(true);
                world.wait(trip, UNANSWERED_HOURS);
                world.check_asked(trip)?;
                world.supplier.set_unreachable(false);
            }
            _ => {}
        }
        world.settle(trip);
        if self == Self::Canceled {
            let agreed = cancel(&world, trip);
            world.settle(trip);
            agreed.map_or(Ok(()), |order| world.check_agreed(order))?;
        }
        world.check(trip)
    }
}

fn submit(world: &World, trip: TripId) {
    let call = world.call(world.traveler);
    run(world.plain.submit_trip(&call, trip, None)).expect("lives").expect("is submitted");
}

/// The approver answers; where the request was withdrawn because its order was lost, nobody can.
fn decide(world: &World, trip: TripId, answer: Answer) {
    let call = world.call(world.approver);
    let view = run(world.plain.trip(&call, trip)).expect("lives").expect("can be read");
    let approval = &view.approvals[0];
    if !approval.value.is_pending() {
        return;
    }
    let digest = approval.value.binding.digest;
    let decision = NewDecision { answer, comment: None, digest };
    run(world.plain.decide(&call, approval.value.id, decision, None))
        .expect("lives")
        .expect("decides");
}

/// The traveler agrees to cancel what is booked; answers which order that is.
fn cancel(world: &World, trip: TripId) -> Option<OrderId> {
    let call = world.call(world.traveler);
    let orders = world.orders(trip);
    let order = orders.iter().find(|o| matches!(o.state, OrderState::Booked { .. }))?;
    let quoted =
        run(world.plain.quote_cancellation(&call, order.id)).expect("lives").expect("quotes");
    let quote = quoted.value.cancellation.quote().expect("was quoted").quote.clone();
    run(world.plain.confirm_cancellation(&call, order.id, &quote, None))
        .expect("lives")
        .expect("confirms");
    Some(order.id)
}
