//! What falls due, and where.

use super::World;
use super::fixture::Fixture;
use crate::id::OrganizationId;
use crate::order::{Order, OrderState};
use crate::port::store::{Change, Commit, Delivery, Due, Write};
use crate::time::Timestamp;
use crate::trip::Trip;

fn after(minutes: i64) -> Timestamp {
    Fixture::now().plus_minutes(minutes)
}

fn due_after(world: &World, trip: &Trip, minutes: i64) -> Order {
    let state = OrderState::Planned { not_before: after(minutes), tries: 0, hold_refused: false };
    Order { state, ..world.ours.order(trip) }
}

/// Orders and approvals together, the longest due first, ties in the order of ids.
pub async fn what_is_due_comes_longest_due_first(world: &World) {
    let trip = world.trip().await;
    let orders: Vec<_> = [30, 10, 20, 10, 99].map(|m| due_after(world, &trip, m)).into();
    let mut approval = world.ours.approval(&trip, &[trip.booked_by]);
    approval.deadline.at = after(15);
    world.apply(orders.iter().map(|order| Change::Order(Write::Insert(order.clone())))).await;
    world.apply([Change::Approval(Write::Insert(approval.clone()))]).await;
    let due = |minutes, limit| world.store.due(world.ours.organization, after(minutes), limit);
    let expected = [
        Due::Order(orders[1].id),
        Due::Order(orders[3].id),
        Due::Approval(approval.id),
        Due::Order(orders[2].id),
        Due::Order(orders[0].id),
    ];
    assert_eq!(due(60, 10).await.unwrap(), expected);
    assert_eq!(due(60, 3).await.unwrap(), expected[..3]);
    assert_eq!(due(60, 1).await.unwrap(), expected[..1]);
    assert_eq!(due(60, 0).await.unwrap(), []);
    assert_eq!(due(15, 10).await.unwrap(), expected[..3]);
}

/// A thing is due while its state says so.
pub async fn nothing_is_due_before_its_time_or_after_it_is_done(world: &World) {
    let trip = world.trip().await;
    let order = due_after(world, &trip, 10);
    let approval = world.ours.approval(&trip, &[trip.booked_by]);
    let deadline = approval.deadline.at;
    world
        .apply([
            Change::Order(Write::Insert(order.clone())),
            Change::Approval(Write::Insert(approval.clone())),
        ])
        .await;
    let due = |at| world.store.due(world.ours.organization, at, 10);
    assert_eq!(due(after(9)).await.unwrap(), []);
    assert_eq!(due(after(10)).await.unwrap(), [Due::Order(order.id)]);
    let both = [Due::Order(order.id), Due::Approval(approval.id)];
    assert_eq!(due(deadline).await.unwrap(), both);

    let withdrawn = approval.withdraw("changed", after(11)).unwrap();
    world.apply([Change::Approval(Write::Update(withdrawn, 1))]).await;
    assert_eq!(due(deadline).await.unwrap(), both[..1]);
    let later = due_after(world, &trip, 9_999).state;
    world.apply([Change::Order(Write::Update(Order { state: later, ..order.clone() }, 1))]).await;
    assert_eq!(due(deadline).await.unwrap(), []);
    let over = world.ours.booked(order, "ord_0001");
    assert_eq!(over.next(), None);
    world.apply([Change::Order(Write::Update(over, 2))]).await;
    assert_eq!(due(after(99_999)).await.unwrap(), []);
}

/// All organizations with work at `at`, read in pages of two.
async fn working(world: &World, at: Timestamp) -> Vec<OrganizationId> {
    let mut found: Vec<OrganizationId> = Vec::new();
    loop {
        let page = world.store.organizations_with_work(at, found.last().copied(), 2).await.unwrap();
        assert!(page.len() <= 2);
        found.extend(&page);
        if page.is_empty() {
            assert!(found.is_sorted(), "in the order of ids");
            return found;
        }
    }
}

/// Whether ours is among them and theirs isn't, or the other way round.
async fn who_works(world: &World, at: Timestamp) -> (bool, bool) {
    let found = working(world, at).await;
    (found.contains(&world.ours.organization), found.contains(&world.theirs.organization))
}

/// A worker gets round to every organization, and comes for nothing to none.
pub async fn organizations_with_work_come_in_order_after_a_given_one(world: &World) {
    let trip = world.trip().await;
    assert_eq!(who_works(world, after(99_999)).await, (false, false));
    let order = due_after(world, &trip, 10);
    world.apply([Change::Order(Write::Insert(order.clone()))]).await;
    assert_eq!(who_works(world, after(9)).await, (false, false));
    assert_eq!(who_works(world, after(10)).await, (true, false));

    let person = world.theirs.person();
    let trip = world.theirs.trip(person.id);
    let mut approval = world.theirs.approval(&trip, &[person.id]);
    approval.deadline.at = after(20);
    let changes = [
        Change::Person(Write::Insert(person)),
        Change::Trip(Write::Insert(trip)),
        Change::Approval(Write::Insert(approval)),
    ];
    world.store.commit(world.theirs.commit_of(changes)).await.unwrap();
    assert_eq!(who_works(world, after(19)).await, (true, false));
    assert_eq!(who_works(world, after(20)).await, (true, true));

    let ours = world.ours.organization;
    let next = world.store.organizations_with_work(after(20), Some(ours), 1_000).await.unwrap();
    assert!(next.iter().all(|organization| *organization > ours));
    assert_eq!(world.store.organizations_with_work(after(20), None, 0).await.unwrap(), []);
    let over = world.ours.booked(order, "ord_0001");
    world.apply([Change::Order(Write::Update(over, 1))]).await;
    assert_eq!(who_works(world, after(20)).await, (false, true));
}

/// Events are work too, while somebody could deliver them.
pub async fn an_event_is_work_until_it_is_delivered(world: &World) {
    let event = world.ours.event(&world.ours.subject());
    world
        .store
        .commit(Commit { events: vec![event.clone()], ..world.ours.commit() })
        .await
        .unwrap();
    let (store, organization) = (&world.store, world.ours.organization);
    assert_eq!(who_works(world, after(-1)).await, (false, false));
    assert_eq!(who_works(world, after(0)).await, (true, false));
    let claims = store.claim_events(organization, after(0), after(5), 10).await.unwrap();
    assert_eq!(who_works(world, after(4)).await, (false, false), "somebody holds it");
    assert_eq!(who_works(world, after(5)).await, (true, false), "the lease has ended");
    let again = Delivery::Again { at: after(30) };
    assert!(store.finish_event(organization, event.id, claims[0].token, again).await.unwrap());
    assert_eq!(who_works(world, after(29)).await, (false, false));
    assert_eq!(who_works(world, after(30)).await, (true, false));
    let claims = store.claim_events(organization, after(30), after(35), 10).await.unwrap();
    let token = claims[0].token;
    assert!(store.finish_event(organization, event.id, token, Delivery::Done).await.unwrap());
    assert_eq!(who_works(world, after(99_999)).await, (false, false));
}

/// A store that is open answers.
pub async fn the_store_answers(world: &World) {
    world.store.ping().await.unwrap();
}
