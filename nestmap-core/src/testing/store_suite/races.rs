//! What holds when commits arrive at the same time.

use super::{World, assert_duplicate, is_conflict, join_all};
use crate::people::Person;
use crate::port::store::{Change, Commit, Guard, Key, StoreError, Write};

/// Nobody's update is lost: one wins, the others learn that they were late.
pub async fn one_of_many_updates_of_a_version_wins(world: &World) {
    let person = world.traveler().await;
    let names: Vec<_> = (0..20).map(|n| format!("Name {n}")).collect();
    let commits = names.iter().map(|name| {
        let renamed = Person { name: name.clone(), ..person.clone() };
        world.store.commit(world.ours.commit_of([Change::Person(Write::Update(renamed, 1))]))
    });
    let results = join_all(commits).await;
    let winners: Vec<_> = results.iter().zip(&names).filter(|(result, _)| result.is_ok()).collect();
    assert_eq!(winners.len(), 1, "{results:?}");
    let late = results.iter().filter_map(|result| result.as_ref().err());
    late.for_each(|error| assert!(is_conflict(error, "person"), "{error:?}"));
    let stored = world.store.person(world.ours.organization, person.id).await.unwrap().unwrap();
    assert_eq!((stored.version, &stored.value.name), (2, winners[0].1));
}

/// Two people may not both leave: each commit guards the other person, so at most one does.
pub async fn guards_prevent_write_skew(world: &World) {
    for _ in 0..10 {
        let (one, two) = (world.traveler().await, world.traveler().await);
        let results = join_all([leave(world, &one, &two), leave(world, &two, &one)]).await;
        let left = results.iter().filter(|result| result.is_ok()).count();
        assert_eq!(left, 1, "{results:?}");
    }
}

/// A thousand commits that read and write each other's things the other way round all end, with
/// nobody waiting in a circle.
pub async fn commits_that_lock_in_opposite_order_all_end(world: &World) {
    let people: Vec<_> =
        [world.traveler().await, world.traveler().await, world.traveler().await].into();
    let commits = (0..30).map(|n| {
        let rename = |who: usize| Change::Person(Write::Update(people[who].clone(), 1));
        let changes = match n % 3 {
            0 => vec![rename(0), rename(1), rename(2)],
            1 => vec![rename(2), rename(1), rename(0)],
            _ => vec![rename(1), rename(0), rename(2)],
        };
        world.store.commit(world.ours.commit_of(changes))
    });
    let results = join_all(commits).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    let late = results.iter().filter_map(|result| result.as_ref().err());
    late.for_each(|error| assert!(matches!(error, StoreError::Conflict { .. }), "{error:?}"));
}

/// What there can be only one of is made once.
pub async fn one_of_many_inserts_of_something_unique_wins(world: &World) {
    let email = world.ours.person().email;
    let commits = (0..10).map(|_| {
        let person = Person { email: email.clone(), ..world.ours.person() };
        world.store.commit(world.ours.commit_of([Change::Person(Write::Insert(person))]))
    });
    let results = join_all(commits).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    let late = results.iter().filter_map(|result| result.as_ref().err());
    late.for_each(|error| assert_duplicate(error, ("person", "email")));
}

/// A commit in which `who` leaves, decided on the belief that `other` stays.
fn leave<'a>(
    world: &'a World,
    who: &Person,
    other: &Person,
) -> super::Boxed<'a, Result<(), StoreError>> {
    let left = Person { left_at: Some(super::fixture::Fixture::now()), ..who.clone() };
    let commit = Commit {
        guards: vec![Guard { key: Key::Person(other.id), version: 1 }],
        changes: vec![Change::Person(Write::Update(left, 1))],
        ..world.ours.commit()
    };
    world.store.commit(commit)
}
