//! What the stories are played on: a store, a supplier, a clock that is moved by hand, companies.

mod company;
mod duffel;
mod home;
mod ids;
mod probe;
mod scripted;
mod supplier;

pub use company::{Company, compliant, to_approve, travel_policy};
pub use duffel::Sandboxed;
pub use home::Home;
pub use ids::Ids;
pub use probe::{PROBES, WITHOUT_IDS, reach_from_outside};
pub use scripted::Scripted;
pub use supplier::Supplier;

use std::future::Future;
use std::sync::Arc;

use nestmap_core::NestMap;
use nestmap_core::memory::MemoryStore;
use nestmap_core::port::clock::Clock;
use nestmap_core::port::store::Store;
use nestmap_core::testing::{CountedEntropy, FixedClock, fixture, run_until_stuck};

/// NestMap over a store and a supplier, with the clock in the tests' hands.
pub struct Stage<S> {
    pub nestmap: NestMap,
    pub clock: Arc<FixedClock>,
    pub supplier: S,
    entropy: Arc<CountedEntropy>,
}

/// A clock that stands where fixtures are made for.
pub fn clock() -> Arc<FixedClock> {
    Arc::new(FixedClock::at(fixture::now()))
}

impl<S: Supplier> Stage<S> {
    pub fn new(store: Arc<dyn Store>, clock: Arc<FixedClock>, supplier: S) -> Self {
        let entropy = Arc::new(CountedEntropy::default());
        let nestmap = NestMap::new(store, supplier.flights(), clock.clone(), entropy.clone());
        Self { nestmap, clock, supplier, entropy }
    }

    /// Another process takes over after this one died, over what it left in `store`.
    pub fn restart(&mut self, store: Arc<dyn Store>) {
        let flights = self.supplier.flights();
        self.nestmap = NestMap::new(store, flights, self.clock.clone(), self.entropy.clone());
    }

    /// Ticks until nothing is due. Every step must succeed.
    pub async fn settle(&self) {
        for _ in 0..50 {
            let report = self.nestmap.tick().await.expect("the store answers");
            assert!(report.failed.is_empty(), "every step succeeds: {:?}", report.failed);
            if report.done == 0 {
                return;
            }
        }
        panic!("there is always something due");
    }

    /// Lets time pass, ticking every minute, as a worker does.
    pub async fn settle_minutes(&self, minutes: i64) {
        for _ in 0..minutes {
            self.settle().await;
            self.clock.advance_seconds(60);
        }
        self.settle().await;
    }
}

/// The stage of most tests: everything in memory, nothing ever waits.
pub struct Memory {
    pub stage: Stage<Scripted>,
    store: Arc<MemoryStore>,
}

impl Memory {
    pub fn new() -> Self {
        let (store, clock) = (Arc::new(MemoryStore::new()), clock());
        let supplier = Scripted::new(clock.clone());
        Self { stage: Stage::new(store.clone(), clock, supplier), store }
    }

    /// Everything in the store, to be compared with what it was.
    pub fn contents(&self) -> String {
        format!("{:?}", self.store)
    }
}

impl std::ops::Deref for Memory {
    type Target = Stage<Scripted>;

    fn deref(&self) -> &Stage<Scripted> {
        &self.stage
    }
}

/// The present instant of a stage.
pub fn now<S>(stage: &Stage<S>) -> nestmap_core::time::Timestamp {
    stage.clock.now()
}

/// A company on a stage in memory.
pub struct Scene {
    pub memory: Memory,
    pub acme: Company,
}

impl Scene {
    pub fn new() -> Self {
        let memory = Memory::new();
        let acme = ready(Company::found(&memory.nestmap, "Acme"));
        Self { memory, acme }
    }
}

/// What becomes of something that never has to wait.
pub fn ready<T>(future: impl Future<Output = T>) -> T {
    run_until_stuck(future).expect("memory never waits")
}
