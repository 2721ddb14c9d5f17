//! What there can be only one of.

use super::everything::Everything;
use super::{World, assert_duplicate};
use crate::ledger::Leg;
use crate::people::{Identity, Person};
use crate::port::store::{Change, Commit, Write};

/// One login for an address, across organizations.
pub async fn addresses_of_logins_are_unique(world: &World) {
    let one = world.ours.identity();
    let other = Identity { email: one.email.clone(), ..world.theirs.identity() };
    world.apply([Change::Identity(Write::Insert(one))]).await;
    let commit = world.theirs.commit_of([Change::Identity(Write::Insert(other))]);
    assert_duplicate(&world.refusal_of(commit).await, ("identity", "email"));
}

/// One person for an address in an organization; another organization doesn't matter.
pub async fn addresses_of_people_are_unique_inside_an_organization(world: &World) {
    let one = world.traveler().await;
    let same = Person { email: one.email.clone(), ..world.ours.person() };
    let error = world.refusal([Change::Person(Write::Insert(same))]).await;
    assert_duplicate(&error, ("person", "email"));
    let theirs = Person { email: one.email.clone(), ..world.theirs.person() };
    let commit = world.theirs.commit_of([Change::Person(Write::Insert(theirs))]);
    world.store.commit(commit).await.unwrap();
    // By update as well.
    let other = world.traveler().await;
    let renamed = Person { email: one.email, ..other };
    let error = world.refusal([Change::Person(Write::Update(renamed, 1))]).await;
    assert_duplicate(&error, ("person", "email"));
}

/// A login is one person in an organization, and may be another in another.
pub async fn a_login_stands_for_one_person_in_an_organization(world: &World) {
    let identity = world.ours.identity();
    let one = Person { identity: Some(identity.id), ..world.ours.person() };
    let two = Person { identity: Some(identity.id), ..world.ours.person() };
    let theirs = Person { identity: Some(identity.id), ..world.theirs.person() };
    let insert = |person: &Person| Change::Person(Write::Insert(person.clone()));
    world.apply([Change::Identity(Write::Insert(identity)), insert(&one)]).await;
    assert_duplicate(&world.refusal([insert(&two)]).await, ("person", "identity"));
    world.store.commit(world.theirs.commit_of([insert(&theirs)])).await.unwrap();
    // People without a login don't stand in each other's way.
    world.apply([insert(&world.ours.person()), insert(&world.ours.person())]).await;
}

/// What a supplier booked for one order isn't booked for another.
pub async fn a_supplier_order_belongs_to_one_order(world: &World) {
    let trip = world.trip().await;
    let (planned, other) = (world.ours.order(&trip), world.ours.order(&trip));
    let one = world.ours.held(world.ours.order(&trip), "ord_0001");
    world
        .apply([
            Change::Order(Write::Insert(one.clone())),
            Change::Order(Write::Insert(planned.clone())),
        ])
        .await;
    let same = world.ours.booked(planned.clone(), "ord_0001");
    let error = world.refusal([Change::Order(Write::Update(same, 1))]).await;
    assert_duplicate(&error, ("order", "supplier_order"));
    let same = world.ours.held(other, "ord_0001");
    let error = world.refusal([Change::Order(Write::Insert(same))]).await;
    assert_duplicate(&error, ("order", "supplier_order"));
    // Another order at the supplier, and the same order in its next state.
    let another = world.ours.held(planned, "ord_0002");
    let paid = world.ours.booked(one, "ord_0001");
    world
        .apply([Change::Order(Write::Update(another, 1)), Change::Order(Write::Update(paid, 1))])
        .await;
}

/// An order is paid once and refunded once.
pub async fn a_leg_of_an_order_moves_once(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    let move_again = |leg| Commit {
        transfers: vec![world.ours.transfer(&everything.order, leg)],
        ..world.ours.commit()
    };
    assert_duplicate(&world.refusal_of(move_again(Leg::Payment)).await, ("transfer", "leg"));
    world.store.commit(move_again(Leg::Refund)).await.unwrap();
    assert_duplicate(&world.refusal_of(move_again(Leg::Refund)).await, ("transfer", "leg"));
}

/// What is only ever added can't be added again, and stays as it was.
pub async fn ids_of_events_audit_records_and_transfers_are_unique(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    let mut audit = everything.audit.clone();
    audit.action = "rewritten".into();
    let audit = Commit { audit: vec![audit], ..world.ours.commit() };
    assert_duplicate(&world.refusal_of(audit).await, ("audit_record", "id"));
    let events = Commit { events: vec![everything.event.clone()], ..world.ours.commit() };
    assert_duplicate(&world.refusal_of(events).await, ("event", "id"));
    let mut transfer = world.ours.transfer(&everything.order, Leg::Refund);
    transfer.id = everything.transfer.id;
    let transfers = Commit { transfers: vec![transfer], ..world.ours.commit() };
    assert_duplicate(&world.refusal_of(transfers).await, ("transfer", "id"));
    everything.assert_stored(&*world.store, &world.ours, 1).await;
}

/// A thing isn't its own duplicate.
pub async fn an_update_may_keep_what_is_unique(world: &World) {
    let everything = Everything::of(&world.ours);
    world.store.commit(everything.commit(&world.ours)).await.unwrap();
    world.apply(everything.updates(1)).await;
    everything.assert_stored(&*world.store, &world.ours, 2).await;
}

/// An address and a login that one person gives up are free for another, in the same commit too.
pub async fn what_was_given_up_can_be_taken(world: &World) {
    let identity = world.ours.identity();
    let id = identity.id;
    let leaving = Person { identity: Some(id), ..world.ours.person() };
    let coming = Person { identity: Some(id), email: leaving.email.clone(), ..world.ours.person() };
    let gone =
        Person { identity: None, email: format!("former-{}", leaving.email), ..leaving.clone() };
    world
        .apply([
            Change::Identity(Write::Insert(identity)),
            Change::Person(Write::Insert(leaving.clone())),
        ])
        .await;
    world
        .apply([
            Change::Person(Write::Update(gone, 1)),
            Change::Person(Write::Insert(coming.clone())),
        ])
        .await;
    let found = world.store.person_by_email(world.ours.organization, &coming.email).await.unwrap();
    assert_eq!(found.map(|stored| stored.value.id), Some(coming.id));
    let memberships = world.store.memberships(id).await.unwrap();
    assert_eq!(memberships.iter().map(|m| m.person).collect::<Vec<_>>(), [coming.id]);
}
