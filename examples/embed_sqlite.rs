//! NestMap inside a program that lasts: an SQLite file, the machine's clock and entropy, and flights
//! from the Duffel adapter. In Duffel's place stands the sandbox, on this machine, with play money.
//!
//! The program is "killed" while the supplier has done what it was asked and nobody has heard yet.
//! It starts again over the same file, finds out, and buys nothing twice.
#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use nestmap_core::NestMap;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::search::NewSearch;
use nestmap_core::place::Terminus;
use nestmap_core::policy::Level;
use nestmap_core::port::clock::{Clock, Entropy};
use nestmap_core::shopping::{HoldTerms, SearchRequest, SearchSlice};
use nestmap_core::time::{Timestamp, Zone};
use nestmap_examples::Acme;
use nestmap_providers::duffel::{Duffel, Settings};
use nestmap_providers::http::Secret;
use nestmap_providers::sandbox::{DuffelSandbox, Fault, FaultRule, SandboxClock, SandboxConfig};
use nestmap_store::SqlStore;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("nestmap-example-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let played = play(&folder.join("nestmap.sqlite")).await;
    std::fs::remove_dir_all(&folder)?;
    played
}

async fn play(file: &Path) -> Result<(), Box<dyn Error>> {
    let machine = Arc::new(Machine::default());
    let config = SandboxConfig {
        clock: machine.for_sandbox(),
        seller_country: Some("DE".into()),
        ..SandboxConfig::default()
    };
    let sandbox = DuffelSandbox::start(config).await?;

    let store = Arc::new(SqlStore::open_sqlite(file).await?);
    let nestmap = embed(store.clone(), &sandbox, &machine)?;
    let acme = Acme::found(&nestmap).await?;
    let ana = acme.traveler.actor.need_person()?;
    let search = NewSearch { traveler: ana, request: in_three_weeks(&nestmap)? };
    let found = nestmap.search(&acme.traveler, search).await?;
    let fits = |level: Level, hold: HoldTerms| level <= Level::Warn && hold != HoldTerms::None;
    let mut offers = found.offers.iter();
    let chosen = offers.find(|o| fits(o.assessment.level(), o.offer.flight.hold));
    let chosen = &chosen.ok_or("the sandbox has an offer within the policy")?.offer;
    println!("{} offers, {} are hidden", found.offers.len(), found.hidden);
    let trip = NewTrip {
        title: "Lisbon".into(),
        purpose: None,
        travelers: vec![ana],
        items: vec![NewItem::Flight { offer_set: found.id, offer: chosen.id }],
        reason: None,
    };
    let trip = nestmap.draft_trip(&acme.traveler, trip).await?.trip.value.id;
    nestmap.submit_trip(&acme.traveler, trip, None).await?;

    // The sandbox makes the order and keeps its answer back until the program is gone.
    let late = Fault::DelayAnswer { millis: 600_000 };
    sandbox.inject(FaultRule::next("POST", "/air/orders", late));
    let working = tokio::spawn(async move { nestmap.tick().await.map(|report| report.done) });
    while sandbox.inspect().orders.is_empty() {
        tokio::task::yield_now().await;
    }
    working.abort();
    // Nothing to see here but the end of the task.
    drop(working.await);
    store.close().await;
    println!("killed: the sandbox has {} order, and we don't know", sandbox.inspect().orders.len());

    let store = Arc::new(SqlStore::open_sqlite(file).await?);
    let nestmap = embed(store.clone(), &sandbox, &machine)?;
    for _ in 0..10 {
        let view = nestmap.trip(&acme.traveler, trip).await?;
        println!("{:?}, the order is {}", view.status, view.orders[0].value.state_name());
        if view.orders[0].value.state_name() == "booked" {
            break;
        }
        // A worker would wait; here the clock is moved.
        machine.pass(Duration::from_secs(180));
        nestmap.tick().await?;
    }
    let orders = sandbox.inspect().orders;
    let payments: usize = orders.iter().map(|order| order.payments.len()).sum();
    println!("the sandbox has {} order, paid {payments} time", orders.len());
    store.close().await;
    sandbox.shutdown().await;
    Ok(())
}

/// The whole of embedding: a store, a supplier, a clock and entropy.
fn embed(
    store: Arc<SqlStore>,
    sandbox: &DuffelSandbox,
    machine: &Arc<Machine>,
) -> Result<NestMap, Box<dyn Error>> {
    // With `Settings::new(token)` alone it is Duffel itself.
    let settings = Settings::new(Secret::new("duffel_test_example")).at(sandbox.base_url());
    let duffel = Arc::new(Duffel::connect(settings)?);
    Ok(NestMap::new(store, duffel, machine.clone(), machine.clone()))
}

fn in_three_weeks(nestmap: &NestMap) -> nestmap_core::Result<SearchRequest> {
    let today = nestmap.now().in_zone(&Zone::parse("Europe/Berlin")?).date();
    Ok(SearchRequest::for_one_adult(vec![SearchSlice {
        origin: Terminus::parse("FRA")?,
        destination: Terminus::parse("LIS")?,
        departure_date: today.plus_days(21),
    }]))
}

/// The machine's clock and entropy. The clock can be moved ahead, so that nobody has to wait.
#[derive(Default)]
struct Machine {
    ahead_micros: Arc<std::sync::atomic::AtomicI64>,
}

impl Machine {
    fn pass(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).expect("a short time");
        self.ahead_micros.fetch_add(micros, std::sync::atomic::Ordering::SeqCst);
    }

    /// The same time for the sandbox.
    fn for_sandbox(&self) -> SandboxClock {
        let clock = Self { ahead_micros: self.ahead_micros.clone() };
        SandboxClock::from_fn(move || {
            let micros = clock.now().micros();
            jiff::Timestamp::from_microsecond(micros).expect("an instant is one in both libraries")
        })
    }
}

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970");
        let micros = i64::try_from(since.as_micros()).expect("the year has four digits");
        let ahead = self.ahead_micros.load(std::sync::atomic::Ordering::SeqCst);
        Timestamp::from_micros(micros + ahead).expect("the year has four digits")
    }
}

impl Entropy for Machine {
    fn fill(&self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the machine has randomness");
    }
}
