//! The real server, killed ten times while it works.
//!
//! `nestmap serve` runs as a process of its own; the supplier's sandbox lives in this one and
//! survives. Companies sign up, search, draft, submit, approve and cancel over HTTP, and repeat
//! every write they get no answer to, with the same key. Meanwhile the server is killed (SIGKILL)
//! again and again, mostly while a call that costs money is under way, and the supplier loses
//! answers. Afterwards the books are compared: the database's, the supplier's, and those of the
//! clients, who know what they were promised.
//!
//! `NESTMAP_KILL_SEED` asks for other moments than those of the usual run.

#![expect(clippy::print_stdout, reason = "what was killed when is worth knowing")]

mod api;
mod books;
mod company;
mod costly;
mod database;
mod dice;
mod killer;
mod patience;
mod rest;
mod server;
mod supplier;
mod traveler;

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use api::Api;
use books::Found;
use company::Company;
use costly::Costly;
use database::Database;
use dice::Dice;
use patience::Patience;
use server::Server;
use supplier::Supplier;

/// How many companies there are; each has two people who travel at the same time.
const COMPANIES: usize = 3;
/// How many answers clients get after the last kill before they stop.
const ANSWERS_AFTERWARDS: usize = 40;
/// How long those may take on a busy machine.
const MOMENT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_on_sqlite_it_loses_nothing_and_buys_nothing_twice() {
    kill_again_and_again(Database::sqlite(), dice::seed(1)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn killed_on_postgres_it_loses_nothing_and_buys_nothing_twice() {
    match Database::postgres().await {
        Some(database) => kill_again_and_again(database, dice::seed(2)).await,
        None => println!("1 case was left out: {} is not set", database::OWNER),
    }
}

async fn kill_again_and_again(database: Database, seed: u64) {
    println!("seed {seed}, files in {}", database.folder.display());
    let begun = Instant::now();
    let supplier = Supplier::open(seed).await;
    let mut server = Server::start(&database, &supplier).await;
    let api = Api::of(server.address());
    let load = Load::start(&api, seed);
    let kills = killer::kill(&mut server, &supplier, &mut Dice::new(seed)).await;
    let answered = api.answered();
    let patience = Patience::of(MOMENT);
    while api.answered() < answered + ANSWERS_AFTERWARDS {
        assert!(patience.lasts().await, "it hardly answers after the last kill");
    }
    let companies = load.stop().await;
    let restless = rest::wait(&api, &companies).await;
    server.stop().await;
    let store = database.open().await;
    let found = books::compare(&store, &supplier.books(), &companies).await;
    store.close().await;
    let caught = kills.caught(&found.calls);
    println!("{kills}\nbetween intent and outcome: {caught:?}\n{}\n{found}", api.tally());
    println!("{} s", begun.elapsed().as_secs());
    assert!(found.complaints.is_empty(), "seed {seed}: {:#?}", found.complaints);
    assert!(restless.is_empty(), "seed {seed}: {restless:?} never came to rest");
    check_that_it_was_tried(&caught, &found);
    database.remove().await;
}

/// A run in which nothing happened would prove nothing.
fn check_that_it_was_tried(caught: &[Costly], found: &Found) {
    assert!(caught.len() >= 5, "hardly a kill fell between intent and outcome: {caught:?}");
    for call in Costly::ALL {
        assert!(caught.contains(&call), "no kill fell between a {call:?} and its outcome");
    }
    assert!(found.booked >= 5, "hardly anything was booked");
    assert!(found.reconciled >= caught.len() / 2, "hardly an outcome had to be found out");
}

/// Companies that travel.
struct Load {
    stop: CancellationToken,
    companies: Vec<tokio::task::JoinHandle<Company>>,
}

impl Load {
    fn start(api: &Api, seed: u64) -> Self {
        let stop = CancellationToken::new();
        let companies = (0..COMPANIES)
            .map(|index| {
                let dice = Dice::new(seed.wrapping_mul(1_000).wrapping_add(index as u64));
                tokio::spawn(company::keep_busy(api.clone(), stop.clone(), index, dice))
            })
            .collect();
        Self { stop, companies }
    }

    /// Lets everybody finish the trip they are at.
    async fn stop(self) -> Vec<Company> {
        self.stop.cancel();
        let mut companies = Vec::new();
        for company in self.companies {
            companies.push(company.await.expect("clients find no defect"));
        }
        companies
    }
}
