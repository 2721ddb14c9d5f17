//! Idempotency: a commit with a key happens once and answers the same for ever.

use super::fixture::Fixture;
use super::{World, assert_duplicate, is_conflict, join_all};
use crate::digest::Digest;
use crate::people::Person;
use crate::port::store::{Change, Commit, IdempotencyKey, Once, StoreError, StoredReply, Write};

fn stored(once: &Once) -> StoredReply {
    StoredReply { fingerprint: once.fingerprint, reply: once.reply.clone() }
}

fn commit(fixture: &Fixture, once: &Once, person: &Person) -> Commit {
    Commit {
        once: Some(once.clone()),
        changes: vec![Change::Person(Write::Insert(person.clone()))],
        ..fixture.commit()
    }
}

#[track_caller]
fn assert_done(error: &StoreError, once: &Once) {
    let StoreError::AlreadyDone(reply) = error else { panic!("{error:?}") };
    assert_eq!(*reply, stored(once));
}

/// The reply can be looked up by its key.
pub async fn the_reply_is_kept_and_read(world: &World) {
    let (once, organization) = (world.ours.once("key-1"), world.ours.organization);
    let before = world.store.reply(organization, &once.scope, &once.key).await.unwrap();
    assert_eq!(before, None);
    world.store.commit(commit(&world.ours, &once, &world.ours.person())).await.unwrap();
    let after = world.store.reply(organization, &once.scope, &once.key).await.unwrap();
    assert_eq!(after, Some(stored(&once)));
}

/// The second commit under a key gets the first one's reply, whatever it says itself.
pub async fn a_second_commit_answers_the_first_reply_and_does_nothing(world: &World) {
    let once = world.ours.once("key-1");
    world.store.commit(commit(&world.ours, &once, &world.ours.person())).await.unwrap();
    let other = Once {
        fingerprint: Digest::of_bytes(b"another request"),
        reply: serde_json::json!("another reply"),
        ..once.clone()
    };
    for again in [once.clone(), other] {
        let person = world.ours.person();
        let error = world.refusal_of(commit(&world.ours, &again, &person)).await;
        assert_done(&error, &once);
        assert_eq!(world.store.person(world.ours.organization, person.id).await.unwrap(), None);
    }
}

/// A repetition learns that it was done, not that the world has moved on since.
pub async fn done_before_comes_before_conflict(world: &World) {
    let person = world.traveler().await;
    let once = world.ours.once("key-1");
    let update = Commit {
        once: Some(once.clone()),
        changes: vec![Change::Person(Write::Update(person, 1))],
        ..world.ours.commit()
    };
    world.store.commit(update.clone()).await.unwrap();
    assert_done(&world.refusal_of(update).await, &once);
}

/// Only what was applied is done.
pub async fn a_failed_commit_does_not_use_its_key_up(world: &World) {
    let person = world.traveler().await;
    let once = world.ours.once("key-1");
    let mut stale = commit(&world.ours, &once, &world.ours.person());
    stale.changes.push(Change::Person(Write::Update(person.clone(), 7)));
    assert!(is_conflict(&world.refusal_of(stale).await, "person"));
    let duplicate = commit(&world.ours, &once, &person);
    assert_duplicate(&world.refusal_of(duplicate).await, ("person", "id"));
    let reply = world.store.reply(world.ours.organization, &once.scope, &once.key).await.unwrap();
    assert_eq!(reply, None);
    world.store.commit(commit(&world.ours, &once, &world.ours.person())).await.unwrap();
}

/// A key is somebody's, inside an organization.
pub async fn keys_of_scopes_and_organizations_are_apart(world: &World) {
    let mine = world.ours.once("key-1");
    let colleagues = Once { scope: "colleague".into(), ..mine.clone() };
    world.store.commit(commit(&world.ours, &mine, &world.ours.person())).await.unwrap();
    world.store.commit(commit(&world.ours, &colleagues, &world.ours.person())).await.unwrap();
    world.store.commit(commit(&world.theirs, &mine, &world.theirs.person())).await.unwrap();
    let key = IdempotencyKey::parse("KEY-1").unwrap();
    let other = world.store.reply(world.ours.organization, &mine.scope, &key).await.unwrap();
    assert_eq!(other, None, "keys that differ in case are different keys");
}

/// Of repetitions that arrive together one is applied, and all the others get its reply.
pub async fn the_same_key_twice_at_once_applies_once(world: &World) {
    let once = world.ours.once("key-1");
    let people: Vec<_> = (0..8).map(|_| world.ours.person()).collect();
    let commits = people.iter().map(|person| commit(&world.ours, &once, person));
    let results = join_all(commits.map(|commit| world.store.commit(commit))).await;
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    for error in results.iter().filter_map(|result| result.as_ref().err()) {
        assert_done(error, &once);
    }
    let mut written = 0;
    for person in &people {
        let found = world.store.person(world.ours.organization, person.id).await.unwrap();
        written += usize::from(found.is_some());
    }
    assert_eq!(written, 1);
}
