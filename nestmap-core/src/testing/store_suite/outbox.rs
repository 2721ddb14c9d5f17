//! Events leave at least once, and one worker at a time holds each.

use super::fixture::Fixture;
use super::{World, join_all};
use crate::event::Event;
use crate::id::EventId;
use crate::port::store::{Claim, Commit, Delivery};
use crate::time::Timestamp;

fn after(minutes: i64) -> Timestamp {
    Fixture::now().plus_minutes(minutes)
}

async fn emit(world: &World, count: usize) -> Vec<Event> {
    let subject = world.ours.subject();
    let events: Vec<_> = (0..count).map(|_| world.ours.event(&subject)).collect();
    let commit = Commit { events: events.clone(), ..world.ours.commit() };
    world.store.commit(commit).await.unwrap();
    events
}

/// Claims at `at` for five minutes.
async fn claim(world: &World, at: i64, limit: i64) -> Vec<Claim> {
    let organization = world.ours.organization;
    world.store.claim_events(organization, after(at), after(at + 5), limit).await.unwrap()
}

async fn finish(world: &World, event: EventId, token: i64, delivery: Delivery) -> bool {
    world.store.finish_event(world.ours.organization, event, token, delivery).await.unwrap()
}

fn ids(claims: &[Claim]) -> Vec<EventId> {
    claims.iter().map(|claim| claim.event.id).collect()
}

/// What one worker holds another doesn't get.
pub async fn events_are_claimed_oldest_first_and_once(world: &World) {
    let events = emit(world, 3).await;
    let first = claim(world, 0, 2).await;
    assert_eq!(first.iter().map(|c| c.event.clone()).collect::<Vec<_>>(), events[..2]);
    assert!(first.iter().all(|claim| claim.attempts == 0));
    assert_eq!(ids(&claim(world, 0, 10).await), [events[2].id]);
    assert_eq!(claim(world, 0, 10).await, []);
    assert_eq!(claim(world, 0, 0).await, []);
}

/// A worker that died holds nothing for ever.
pub async fn a_claim_ends_with_its_lease(world: &World) {
    let events = emit(world, 1).await;
    let first = claim(world, 0, 10).await;
    assert_eq!(claim(world, 4, 10).await, []);
    let second = claim(world, 5, 10).await;
    assert_eq!(ids(&second), [events[0].id]);
    assert_ne!(first[0].token, second[0].token);
    assert_eq!((first[0].attempts, second[0].attempts), (0, 1));
}

/// A worker that slept too long can't undo what its successor does.
pub async fn a_lost_claim_ends_nothing(world: &World) {
    let events = emit(world, 1).await;
    let slow = claim(world, 0, 10).await[0].token;
    let fast = claim(world, 5, 10).await[0].token;
    assert!(!finish(world, events[0].id, slow, Delivery::Done).await);
    assert!(!finish(world, events[0].id, slow, Delivery::Again { at: after(0) }).await);
    assert_eq!(claim(world, 6, 10).await, [], "the successor still holds it");
    assert!(finish(world, events[0].id, fast, Delivery::Done).await);
    assert!(!finish(world, events[0].id, slow, Delivery::Dead).await);
}

/// The second end of a claim does nothing.
pub async fn a_delivery_ends_once(world: &World) {
    let events = emit(world, 1).await;
    let token = claim(world, 0, 10).await[0].token;
    assert!(finish(world, events[0].id, token, Delivery::Again { at: after(9) }).await);
    assert!(!finish(world, events[0].id, token, Delivery::Done).await);
    assert_eq!(ids(&claim(world, 9, 10).await), [events[0].id]);
    assert!(!finish(world, events[0].id, token, Delivery::Done).await);
    assert!(!finish(world, world.ours.event(&world.ours.subject()).id, 1, Delivery::Done).await);
}

/// An end is an end.
pub async fn what_is_delivered_or_dead_is_not_claimed_again(world: &World) {
    let events = emit(world, 2).await;
    let claims = claim(world, 0, 10).await;
    assert!(finish(world, events[0].id, claims[0].token, Delivery::Done).await);
    assert!(finish(world, events[1].id, claims[1].token, Delivery::Dead).await);
    assert_eq!(claim(world, 99_999, 10).await, []);
}

/// Backing off is the caller's decision, and holds.
pub async fn what_is_tried_again_waits_for_its_time(world: &World) {
    let events = emit(world, 2).await;
    let claims = claim(world, 0, 1).await;
    assert!(finish(world, events[0].id, claims[0].token, Delivery::Again { at: after(30) }).await);
    let other = claim(world, 29, 10).await;
    assert_eq!(ids(&other), [events[1].id]);
    let again = claim(world, 30, 10).await;
    assert_eq!((ids(&again), again[0].attempts), (vec![events[0].id], 1));
}

/// Workers that ask together share the events.
pub async fn claims_at_once_do_not_overlap(world: &World) {
    let events = emit(world, 30).await;
    let organization = world.ours.organization;
    let workers = (0..6).map(|_| world.store.claim_events(organization, after(0), after(5), 10));
    let mut held: Vec<_> =
        join_all(workers).await.into_iter().flat_map(|claims| ids(&claims.unwrap())).collect();
    // What a worker found locked is left for the next round.
    held.extend(ids(&claim(world, 0, 100).await));
    held.sort();
    assert_eq!(held, events.iter().map(|event| event.id).collect::<Vec<_>>());
}

/// Tokens are small numbers; knowing one isn't enough.
pub async fn another_organization_cannot_end_a_claim(world: &World) {
    let events = emit(world, 1).await;
    let token = claim(world, 0, 10).await[0].token;
    let store = &world.store;
    let theirs = world.theirs.organization;
    assert!(!store.finish_event(theirs, events[0].id, token, Delivery::Done).await.unwrap());
    let lease = after(5);
    assert_eq!(store.claim_events(theirs, after(0), lease, 10).await.unwrap(), []);
    assert!(finish(world, events[0].id, token, Delivery::Done).await);
}
