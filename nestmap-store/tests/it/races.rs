//! What holds when tasks on several threads commit at the same time, many times over.

use std::sync::Arc;

use nestmap_core::people::Person;
use nestmap_core::port::store::{Change, Commit, Guard, Key, StoreError, Write};
use nestmap_core::testing::store_suite::{Fixture, World};
use nestmap_store::SqlStore;

use crate::support::{self, Folder, postgres};

/// Runs a race on a file and on PostgreSQL.
macro_rules! races {
    ($($(#[$doc:meta])* $race:ident;)*) => {$(
        mod $race {
            #[test]
            fn in_a_file() {
                crate::support::run(async { super::$race(super::in_a_file().await).await });
            }

            #[test]
            fn on_postgres() {
                crate::support::run(async {
                    if let Some(world) = super::on_postgres().await {
                        super::$race(world).await;
                    }
                });
            }
        }
    )*};
}

races! {
    fifty_updates_of_one_version_have_one_winner;
    a_hundred_and_fifty_chances_of_write_skew_are_none;
    repetitions_from_many_tasks_apply_once;
    a_counter_counts_every_increment;
}

async fn in_a_file() -> Arc<World> {
    let folder = Folder::new();
    let store = SqlStore::open_sqlite(folder.path().join("races.db")).await.unwrap();
    Arc::new(support::world(Arc::new(store)).await.keeping(folder))
}

async fn on_postgres() -> Option<Arc<World>> {
    let database = postgres::shared().await?;
    Some(Arc::new(support::world(Arc::new(database.connect().await)).await))
}

/// Every commit in a task of its own; what became of each.
async fn all(world: &Arc<World>, commits: Vec<Commit>) -> Vec<Result<(), StoreError>> {
    let tasks: Vec<_> = commits
        .into_iter()
        .map(|commit| {
            let world = world.clone();
            tokio::spawn(async move { world.store.commit(commit).await })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

fn applied(results: &[Result<(), StoreError>]) -> usize {
    results.iter().filter(|result| result.is_ok()).count()
}

async fn fifty_updates_of_one_version_have_one_winner(world: Arc<World>) {
    for round in 0..5 {
        let person = world.traveler().await;
        let commits = (0..50).map(|n| {
            let name = format!("Name {round} {n}");
            let person = Person { name, ..person.clone() };
            world.ours.commit_of([Change::Person(Write::Update(person, 1))])
        });
        let results = all(&world, commits.collect()).await;
        assert_eq!(applied(&results), 1);
        for error in results.into_iter().filter_map(Result::err) {
            assert!(matches!(error, StoreError::Conflict { kind: "person" }), "{error:?}");
        }
    }
}

/// Two people, at least one of whom must stay: each leaves in the belief that the other doesn't.
async fn a_hundred_and_fifty_chances_of_write_skew_are_none(world: Arc<World>) {
    for _ in 0..150 {
        let (one, two) = (world.ours.person(), world.ours.person());
        let both = [&one, &two].map(|person| Change::Person(Write::Insert(person.clone())));
        world.apply(both).await;
        let leave = |who: &Person, other: &Person| Commit {
            guards: vec![Guard { key: Key::Person(other.id), version: 1 }],
            changes: vec![Change::Person(Write::Update(
                Person { left_at: Some(Fixture::now()), ..who.clone() },
                1,
            ))],
            ..world.ours.commit()
        };
        let results = all(&world, vec![leave(&one, &two), leave(&two, &one)]).await;
        assert_eq!(applied(&results), 1, "{results:?}");
    }
}

async fn repetitions_from_many_tasks_apply_once(world: Arc<World>) {
    for round in 0..10 {
        let once = world.ours.once(&format!("key-{round}"));
        let commits = (0..10).map(|_| Commit {
            once: Some(once.clone()),
            changes: vec![Change::Person(Write::Insert(world.ours.person()))],
            ..world.ours.commit()
        });
        let results = all(&world, commits.collect()).await;
        assert_eq!(applied(&results), 1);
        for error in results.into_iter().filter_map(Result::err) {
            let StoreError::AlreadyDone(reply) = error else { panic!("{error:?}") };
            assert_eq!(reply.reply, once.reply);
        }
    }
}

/// Read, decide, commit, and again after a conflict: no increment is lost.
async fn a_counter_counts_every_increment(world: Arc<World>) {
    let id = world.traveler().await.id;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let world = world.clone();
            tokio::spawn(async move {
                for _ in 0..5 {
                    increment(&world, id).await;
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let person = world.store.person(world.ours.organization, id).await.unwrap().unwrap();
    assert_eq!((person.version, person.value.name.as_str()), (41, "40"));
}

async fn increment(world: &World, id: nestmap_core::id::PersonId) {
    loop {
        let stored = world.store.person(world.ours.organization, id).await.unwrap().unwrap();
        let name = (stored.value.name.parse::<i64>().unwrap_or(0) + 1).to_string();
        let update = Write::Update(Person { name, ..stored.value }, stored.version);
        match world.store.commit(world.ours.commit_of([Change::Person(update)])).await {
            Ok(()) => return,
            Err(StoreError::Conflict { .. }) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}
