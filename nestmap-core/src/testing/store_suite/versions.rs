//! Versions: what is read is what was written, and nobody writes over what they haven't read.

use super::everything::Everything;
use super::{World, assert_duplicate, is_conflict};
use crate::port::store::{Change, Commit, Guard, Key, Write};

/// Each kind of thing comes back equal, at version 1.
pub async fn inserted_things_are_read_back_at_version_one(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    everything.assert_stored(&*world.store, &world.ours, 1).await;
}

/// Each kind of thing takes its new value and the next version.
pub async fn an_update_replaces_the_value_and_counts(world: &World) {
    let mut everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    everything.organization.name = "Hafenkran SE".into();
    everything.identity.password_hash = "$argon2id$other".into();
    everything.person.name = "Ana Núñez de Oca".into();
    everything.invitation.name = "Benjamin".into();
    everything.offer_set.used_by = Some(everything.order.id);
    everything.trip.title = "Two visits".into();
    everything.order.past.clear();
    for version in 1..=3 {
        world.apply(everything.updates(version)).await;
        everything.assert_stored(&*world.store, &world.ours, version + 1).await;
    }
}

/// Each kind of thing refuses an update of a version it no longer has.
pub async fn an_update_of_an_older_version_is_a_conflict(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    world.apply(everything.updates(1)).await;
    for (version, update) in [1, 3]
        .into_iter()
        .flat_map(|v| everything.updates(v).into_iter().map(move |update| (v, update)))
    {
        let kind = update.key().kind();
        let error = world.refusal([update]).await;
        assert!(is_conflict(&error, kind), "{kind} at {version}: {error:?}");
    }
    everything.assert_stored(&*world.store, &world.ours, 2).await;
}

/// What isn't there can't be updated.
pub async fn an_update_of_something_absent_is_a_conflict(world: &World) {
    let everything = Everything::of(&world.ours);
    for update in everything.updates(1).into_iter().skip(1) {
        let kind = update.key().kind();
        let error = world.refusal([update]).await;
        assert!(is_conflict(&error, kind), "{kind}: {error:?}");
    }
}

/// An id is given once.
pub async fn an_insert_of_an_existing_id_is_a_duplicate(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    let organization = Change::Organization(Write::Insert(everything.organization.clone()));
    for insert in everything.inserts().into_iter().chain([organization]) {
        let kind = insert.key().kind();
        assert_duplicate(&world.refusal([insert]).await, (kind, "id"));
    }
    everything.assert_stored(&*world.store, &world.ours, 1).await;
}

/// A commit that read an older version isn't applied.
pub async fn a_guard_on_another_version_is_a_conflict(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    for key in everything.keys() {
        let person = world.ours.person();
        let error = world.refusal_of(guarded(world, key, 2, person.clone())).await;
        assert!(is_conflict(&error, key.kind()), "{key:?}: {error:?}");
        assert_eq!(world.store.person(world.ours.organization, person.id).await.unwrap(), None);
    }
}

/// A commit that read what isn't there isn't applied.
pub async fn a_guard_on_something_absent_is_a_conflict(world: &World) {
    let everything = Everything::of(&world.ours);
    for key in everything.keys().into_iter().skip(1) {
        let error = world.refusal_of(guarded(world, key, 1, world.ours.person())).await;
        assert!(is_conflict(&error, key.kind()), "{key:?}: {error:?}");
    }
}

/// What is only read keeps its version.
pub async fn a_guard_that_holds_changes_nothing(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    for key in everything.keys() {
        let person = world.ours.person();
        world.store.commit(guarded(world, key, 1, person.clone())).await.unwrap();
        let stored = world.store.person(world.ours.organization, person.id).await.unwrap();
        assert_eq!(stored.map(|stored| stored.value), Some(person));
    }
    everything.assert_stored(&*world.store, &world.ours, 1).await;
}

/// Nothing is found where nothing is.
pub async fn absent_things_are_not_found(world: &World) {
    let (store, everything) = (&world.store, Everything::of(&world.ours));
    let organization = world.ours.organization;
    assert_eq!(store.identity_by_email(&everything.identity.email).await.unwrap(), None);
    assert_eq!(store.memberships(everything.identity.id).await.unwrap(), []);
    assert_eq!(store.person(organization, everything.person.id).await.unwrap(), None);
    assert_eq!(store.person_by_email(organization, "nobody@example.com").await.unwrap(), None);
    assert_eq!(store.invitation(organization, everything.invitation.id).await.unwrap(), None);
    assert_eq!(store.session(organization, everything.session.id).await.unwrap(), None);
    assert_eq!(store.policy(organization, everything.policy.id).await.unwrap(), None);
    assert_eq!(store.published_policies(organization).await.unwrap(), []);
    assert_eq!(store.living_policies(organization).await.unwrap(), 0);
    assert_eq!(store.offer_set(organization, everything.offer_set.id).await.unwrap(), None);
    assert_eq!(store.trip(organization, everything.trip.id).await.unwrap(), None);
    assert_eq!(store.approval(organization, everything.approval.id).await.unwrap(), None);
    assert_eq!(store.approvals_of_trip(organization, everything.trip.id).await.unwrap(), []);
    assert_eq!(store.order(organization, everything.order.id).await.unwrap(), None);
    assert_eq!(store.orders_of_trip(organization, everything.trip.id).await.unwrap(), []);
    assert_eq!(store.orders_needing_person(organization).await.unwrap(), []);
    assert_eq!(store.transfers(organization, everything.order.id).await.unwrap(), []);
}

/// A commit that adds `person` if `key` is still at `version`.
fn guarded(world: &World, key: Key, version: i64, person: crate::people::Person) -> Commit {
    Commit {
        guards: vec![Guard { key, version }],
        changes: vec![Change::Person(Write::Insert(person))],
        ..world.ours.commit()
    }
}
