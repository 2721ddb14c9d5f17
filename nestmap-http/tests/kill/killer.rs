//! Kills the server at seeded moments, mostly while a call that costs money is under way.

use std::fmt;
use std::time::Duration;

use nestmap_core::time::Timestamp;

use crate::costly::{Costly, Intent};
use crate::dice::Dice;
use crate::patience::Patience;
use crate::server::Server;
use crate::supplier::{HeldUp, Supplier};

/// What kills aim at, one each; none is any moment.
const AIMS: [Option<(Costly, HeldUp)>; 9] = [
    Some((Costly::Order, HeldUp::Before)),
    Some((Costly::Order, HeldUp::Before)),
    Some((Costly::Order, HeldUp::After)),
    Some((Costly::Pay, HeldUp::Before)),
    Some((Costly::Pay, HeldUp::Before)),
    Some((Costly::Pay, HeldUp::After)),
    Some((Costly::Cancel, HeldUp::Before)),
    Some((Costly::Cancel, HeldUp::After)),
    None,
];

/// How long to wait for a call to aim at.
const FOR_A_CALL: Duration = Duration::from_secs(20);
/// How many milliseconds later than that a kill falls at most.
const MILLIS_LATER: u64 = 1_500;

/// What was killed when, in order.
#[derive(Debug)]
pub struct Kills(Vec<Kill>);

#[derive(Debug)]
struct Kill {
    aim: Option<(Costly, HeldUp)>,
    at: Timestamp,
}

/// Kills and starts again, ten times. The first kill falls while companies sign up.
pub async fn kill(server: &mut Server, supplier: &Supplier, dice: &mut Dice) -> Kills {
    let mut aims = AIMS.to_vec();
    dice.shuffle(&mut aims);
    aims.insert(0, None);
    let mut kills = Vec::new();
    for aim in aims {
        supplier.misbehave(dice, aim.map(|(call, _)| call));
        if let Some((call, when)) = aim {
            supplier.hold_up_next(call, when);
            // Where no such call comes, it is killed at another moment.
            let patience = Patience::of(FOR_A_CALL);
            while !supplier.holds_up() && patience.lasts().await {}
        }
        tokio::time::sleep(Duration::from_millis(dice.between(0, MILLIS_LATER))).await;
        server.kill();
        kills.push(Kill { aim, at: now() });
        supplier.be_well();
        server.start_again().await;
    }
    Kills(kills)
}

pub fn now() -> Timestamp {
    Timestamp::from_micros(jiff::Timestamp::now().as_microsecond()).expect("it is this century")
}

impl Kills {
    /// The aims that were met, by our books: the process had committed the intent of such a call,
    /// and died before its outcome.
    pub fn caught(&self, intents: &[Intent]) -> Vec<Costly> {
        let mut born = None;
        let mut caught = Vec::new();
        for Kill { aim, at } in &self.0 {
            let of_this_life = |intent: &Intent| born.is_none_or(|born| intent.began > born);
            let open =
                intents.iter().filter(|intent| of_this_life(intent) && intent.is_open_at(*at));
            let met = |aim: &Costly| open.clone().any(|intent| intent.call == *aim);
            caught.extend(aim.map(|(call, _)| call).filter(met));
            born = Some(*at);
        }
        caught
    }
}

impl fmt::Display for Kills {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} kills:", self.0.len())?;
        self.0.iter().try_for_each(|Kill { aim, at }| match aim {
            Some((call, HeldUp::Before)) => write!(f, " {at} {call:?} on its way;"),
            Some((call, HeldUp::After)) => write!(f, " {at} {call:?} done;"),
            None => write!(f, " {at};"),
        })
    }
}
