//! The supplier: the sandbox in this process. It outlives every kill, and misbehaves on request.

use nestmap_providers::sandbox::{
    CallRecord, DuffelSandbox, Fault, FaultRule, Inspection, RateLimits, SandboxConfig,
};

use crate::costly::Costly;
use crate::dice::Dice;

/// Any token but a live one will do.
const TOKEN: &str = "duffel_test_kill";

/// How long a call is held up. Longer than it takes to kill the server, mostly also than it takes to
/// start it again, so that work is done after nobody waits for it any more; and shorter than the
/// server waits before it looks what became of the call.
const HELD_UP_MILLIS: u64 = 7_000;

/// Where a call is held up: on its way to the supplier, or with its answer.
#[derive(Clone, Copy, Debug)]
pub enum HeldUp {
    Before,
    After,
}

/// What the supplier knows.
#[derive(Debug)]
pub struct Books {
    pub state: Inspection,
    pub calls: Vec<CallRecord>,
}

pub struct Supplier(DuffelSandbox);

impl Supplier {
    pub async fn open(seed: u64) -> Self {
        let config = SandboxConfig {
            seed,
            seller_country: Some("DE".into()),
            rate_limits: RateLimits { searches: 100_000, others: 100_000, enforced: false },
            ..SandboxConfig::default()
        };
        Self(DuffelSandbox::start(config).await.expect("a port is free"))
    }

    pub fn url(&self) -> String {
        self.0.base_url()
    }

    pub fn token(&self) -> &'static str {
        TOKEN
    }

    /// Holds the next call of that kind up.
    pub fn hold_up_next(&self, call: Costly, when: HeldUp) {
        let millis = HELD_UP_MILLIS;
        self.0.inject(call.next(match when {
            HeldUp::Before => Fault::Delay { millis },
            HeldUp::After => Fault::DelayAnswer { millis },
        }));
    }

    /// Whether the call to be held up has arrived: its rule is used up then.
    pub fn holds_up(&self) -> bool {
        let holds_up = |rule: &FaultRule| {
            matches!(rule.fault, Fault::Delay { .. } | Fault::DelayAnswer { .. })
        };
        !self.0.waiting_faults().iter().any(holds_up)
    }

    /// Some answers get lost or say something else than what was done, except to one kind of call.
    pub fn misbehave(&self, dice: &mut Dice, except: Option<Costly>) {
        for call in Costly::ALL {
            let fault = dice.choose(faults(call));
            let nth = u32::try_from(dice.between(1, 4)).expect("small");
            if except != Some(call) {
                self.0.inject(call.next(fault).on_call(nth));
            }
        }
    }

    /// Nothing goes wrong any more.
    pub fn be_well(&self) {
        self.0.clear_faults();
    }

    pub fn books(&self) -> Books {
        Books { state: self.0.inspect(), calls: self.0.calls() }
    }
}

/// What goes wrong with a kind of call. Nobody can tell from these answers what was done.
fn faults(call: Costly) -> &'static [Fault] {
    match call {
        Costly::Order => &[
            Fault::DropAfter,
            Fault::Accept { seconds: 2, fails: false },
            Fault::ServerError { committed: true },
            Fault::BadGateway { committed: true },
        ],
        Costly::Pay => {
            &[Fault::DropAfter, Fault::GatewayTimeout { committed: true }, Fault::DropBefore]
        }
        Costly::Cancel => &[Fault::DropAfter, Fault::ServerError { committed: true }],
    }
}
