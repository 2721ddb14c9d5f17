//! What lists hold, in which order, and where they end.

use super::World;
use super::fixture::Fixture;
use crate::access::Role;
use crate::approval::Answer;
use crate::event::{Subject, SubjectKind};
use crate::id::PersonId;
use crate::ledger::Leg;
use crate::page::{Page, PageRequest};
use crate::people::session::SessionEnd;
use crate::people::{Person, Session};
use crate::policy::{Policy, PolicyState};
use crate::port::store::{Change, Commit, Stored, TripFilter, Write};
use crate::trip::Trip;

fn page<C>(limit: i64, after: Option<C>) -> PageRequest<C> {
    PageRequest { limit, after }
}

fn values<T: Clone>(stored: &[Stored<T>]) -> Vec<T> {
    stored.iter().map(|stored| stored.value.clone()).collect()
}

/// Asserts what a page holds and whether another follows.
#[track_caller]
fn assert_page<T, C: PartialEq + std::fmt::Debug + Copy>(
    page: &Page<T, C>,
    key: impl Fn(&T) -> C,
    expected: &[C],
    next: Option<C>,
) {
    assert_eq!(page.items.iter().map(key).collect::<Vec<_>>(), expected);
    assert_eq!(page.next, next);
}

/// Everybody comes once, however the pages are cut.
pub async fn people_come_newest_first_page_by_page(world: &World) {
    let mut ids = Vec::new();
    for _ in 0..5 {
        ids.push(world.traveler().await.id);
    }
    ids.reverse();
    let organization = world.ours.organization;
    let read = |limit, after| world.store.people(organization, page(limit, after));
    let id = |person: &Stored<Person>| person.value.id;
    assert_page(&read(2, None).await.unwrap(), id, &ids[..2], Some(ids[1]));
    assert_page(&read(2, Some(ids[1])).await.unwrap(), id, &ids[2..4], Some(ids[3]));
    assert_page(&read(2, Some(ids[3])).await.unwrap(), id, &ids[4..], None);
    assert_page(&read(5, None).await.unwrap(), id, &ids, None);
    assert_page(&read(4, None).await.unwrap(), id, &ids[..4], Some(ids[3]));
    assert_page(&read(2, Some(ids[4])).await.unwrap(), id, &[], None);
}

/// One of the roles is enough; somebody with two of them comes once.
pub async fn people_with_roles_are_oldest_first_without_those_who_left(world: &World) {
    let (admin, both) = (
        world.ours.person_with([Role::Admin]),
        world.ours.person_with([Role::Admin, Role::Approver]),
    );
    let left = Person { left_at: Some(Fixture::now()), ..world.ours.person_with([Role::Admin]) };
    let (member, none) = (world.ours.person_with([Role::Member]), world.ours.person_with([]));
    let all = [&both, &left, &member, &none, &admin];
    world.apply(all.map(|person| Change::Person(Write::Insert(person.clone())))).await;
    let with = |roles: &'static [Role]| async move {
        let found = world.store.people_with_roles(world.ours.organization, roles).await.unwrap();
        found.iter().map(|stored| stored.value.id).collect::<Vec<_>>()
    };
    assert_eq!(with(&[Role::Admin, Role::Approver]).await, [admin.id, both.id]);
    assert_eq!(with(&[Role::Approver]).await, [both.id]);
    assert_eq!(with(&[Role::Finance]).await, []);
    assert_eq!(with(&[]).await, []);
    // Roles and leaving follow the person's updates.
    let demoted = Person { roles: [Role::Member].into(), ..both.clone() };
    let back = Person { left_at: None, ..left.clone() };
    world
        .apply([Change::Person(Write::Update(demoted, 1)), Change::Person(Write::Update(back, 1))])
        .await;
    assert_eq!(with(&[Role::Admin, Role::Approver]).await, [admin.id, left.id]);
}

/// Lists that aren't paged end.
pub async fn people_with_roles_are_at_most_a_thousand(world: &World) {
    let people: Vec<_> = (0..1_001).map(|_| world.ours.person_with([Role::Approver])).collect();
    world.apply(people.iter().map(|p| Change::Person(Write::Insert(p.clone())))).await;
    let roles = [Role::Approver, Role::Admin];
    let found = world.store.people_with_roles(world.ours.organization, &roles).await.unwrap();
    assert_eq!(values(&found), people[..1_000]);
}

/// Drafts, published and retired ones.
pub async fn policies_come_newest_first_page_by_page(world: &World) {
    let (policies, _) = policies_in_each_state(world).await;
    let ids: Vec<_> = policies.iter().rev().map(|policy| policy.id).collect();
    let read = |limit, after| world.store.policies(world.ours.organization, page(limit, after));
    let id = |policy: &Stored<Policy>| policy.value.id;
    assert_page(&read(2, None).await.unwrap(), id, &ids[..2], Some(ids[1]));
    assert_page(&read(2, Some(ids[1])).await.unwrap(), id, &ids[2..], None);
    assert_page(&read(3, None).await.unwrap(), id, &ids, None);
}

/// What is left out doesn't hold, so none is, however many there are.
pub async fn published_policies_are_oldest_first_and_all_of_them(world: &World) {
    let author = world.traveler().await.id;
    let policies: Vec<_> = (0..1_001).map(|_| world.ours.policy(author)).collect();
    world.apply(policies.iter().rev().map(|p| Change::Policy(Write::Insert(p.clone())))).await;
    let found = world.store.published_policies(world.ours.organization).await.unwrap();
    assert_eq!(values(&found), policies);
    assert_eq!(world.store.living_policies(world.ours.organization).await.unwrap(), 1_001);
}

/// Drafts and retired policies aren't published, and lists follow every change.
pub async fn a_policy_is_published_as_long_as_it_says_so(world: &World) {
    let (policies, author) = policies_in_each_state(world).await;
    let [draft, published, _] = &policies;
    let organization = world.ours.organization;
    let found = async || values(&world.store.published_policies(organization).await.unwrap());
    let living = async || world.store.living_policies(organization).await.unwrap();
    assert_eq!((found().await, living().await), (vec![published.clone()], 2));

    let put = draft.clone().publish(Fixture::now(), author).unwrap();
    world.apply([Change::Policy(Write::Update(put.clone(), 1))]).await;
    assert_eq!((found().await, living().await), (vec![put.clone(), published.clone()], 2));
    let taken = published.clone().retire(Fixture::now(), author).unwrap();
    world.apply([Change::Policy(Write::Update(taken, 1))]).await;
    assert_eq!((found().await, living().await), (vec![put], 1));
}

/// A draft, a published policy and a retired one, oldest first, and who made them.
async fn policies_in_each_state(world: &World) -> ([Policy; 3], PersonId) {
    let author = world.traveler().await.id;
    let (draft, published, retired) =
        (world.ours.policy(author), world.ours.policy(author), world.ours.policy(author));
    let draft = Policy { state: PolicyState::Draft, ..draft };
    let retired = retired.retire(Fixture::now(), author).unwrap();
    let policies = [draft, published, retired];
    world.apply(policies.iter().map(|p| Change::Policy(Write::Insert(p.clone())))).await;
    (policies, author)
}

/// Trips of the whole organization.
pub async fn trips_come_newest_first_page_by_page(world: &World) {
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(world.trip().await.id);
    }
    ids.reverse();
    let (organization, everybody) = (world.ours.organization, TripFilter::default());
    let read = |limit, after| world.store.trips(organization, everybody, page(limit, after));
    let id = |trip: &Stored<Trip>| trip.value.id;
    assert_page(&read(2, None).await.unwrap(), id, &ids[..2], Some(ids[1]));
    assert_page(&read(2, Some(ids[1])).await.unwrap(), id, &ids[2..], None);
    assert_page(&read(3, None).await.unwrap(), id, &ids, None);
}

/// Travelers and bookers, and nobody else.
pub async fn trips_of_a_person_are_those_they_take_or_booked(world: &World) {
    let (ana, ben, cem) =
        (world.traveler().await.id, world.traveler().await.id, world.traveler().await.id);
    let own = world.ours.trip(ana);
    let together = Trip { travelers: vec![ben, ana], ..world.ours.trip(ben) };
    let arranged = Trip { booked_by: ana, ..world.ours.trip(ben) };
    let bens = world.ours.trip(ben);
    let all = [&own, &together, &arranged, &bens];
    world.apply(all.map(|trip| Change::Trip(Write::Insert(trip.clone())))).await;
    let read = |person, limit, after| {
        let filter = TripFilter { person: Some(person) };
        world.store.trips(world.ours.organization, filter, page(limit, after))
    };
    let id = |trip: &Stored<Trip>| trip.value.id;
    let anas = [arranged.id, together.id, own.id];
    assert_page(&read(ana, 10, None).await.unwrap(), id, &anas, None);
    assert_page(&read(ana, 2, None).await.unwrap(), id, &anas[..2], Some(together.id));
    assert_page(&read(ana, 2, Some(together.id)).await.unwrap(), id, &anas[2..], None);
    let bens = [bens.id, arranged.id, together.id];
    assert_page(&read(ben, 10, None).await.unwrap(), id, &bens, None);
    assert_page(&read(cem, 10, None).await.unwrap(), id, &[], None);
}

/// Lists follow what a trip says now.
pub async fn a_trip_that_changes_hands_changes_lists(world: &World) {
    let (trip, other) = (world.trip().await, world.traveler().await.id);
    let handed = Trip { travelers: vec![other], ..trip.clone() };
    let former = trip.travelers[0];
    world.apply([Change::Trip(Write::Update(handed, 1))]).await;
    let given_up = Trip { travelers: vec![other], booked_by: other, ..trip.clone() };
    let count = |person| async move {
        let filter = TripFilter { person: Some(person) };
        let trips = world.store.trips(world.ours.organization, filter, PageRequest::first());
        trips.await.unwrap().items.len()
    };
    assert_eq!((count(former).await, count(other).await), (1, 1));
    world.apply([Change::Trip(Write::Update(given_up, 2))]).await;
    assert_eq!((count(former).await, count(other).await), (0, 1));
}

/// All of them, decided ones too.
pub async fn approvals_of_a_trip_are_oldest_first(world: &World) {
    let (trip, other) = (world.trip().await, world.trip().await);
    let boss = world.traveler().await.id;
    let first = world.ours.approval(&trip, &[boss]);
    let withdrawn = first.clone().withdraw("changed", Fixture::now()).unwrap();
    let second = world.ours.approval(&trip, &[boss]);
    let elsewhere = world.ours.approval(&other, &[boss]);
    for approval in [&second, &elsewhere, &withdrawn] {
        world.apply([Change::Approval(Write::Insert(approval.clone()))]).await;
    }
    let found = world.store.approvals_of_trip(world.ours.organization, trip.id).await.unwrap();
    assert_eq!(values(&found), [withdrawn, second]);
}

/// Only pending ones, and only for those who are asked; newest first.
pub async fn pending_approvals_wait_for_those_who_are_asked(world: &World) {
    let trip = world.trip().await;
    let (boss, deputy) = (world.traveler().await.id, world.traveler().await.id);
    let one = world.ours.approval(&trip, &[boss, deputy]);
    let two = world.ours.approval(&trip, &[boss]);
    let three = world.ours.approval(&trip, &[boss]);
    let all = [&one, &two, &three];
    world.apply(all.map(|approval| Change::Approval(Write::Insert(approval.clone())))).await;
    let read = |person, limit, after| {
        world.store.approvals_waiting_for(world.ours.organization, person, page(limit, after))
    };
    let id = |approval: &Stored<crate::approval::Approval>| approval.value.id;
    let bosss = [three.id, two.id, one.id];
    assert_page(&read(boss, 10, None).await.unwrap(), id, &bosss, None);
    assert_page(&read(boss, 2, None).await.unwrap(), id, &bosss[..2], Some(two.id));
    assert_page(&read(boss, 2, Some(two.id)).await.unwrap(), id, &bosss[2..], None);
    assert_page(&read(deputy, 10, None).await.unwrap(), id, &[one.id], None);
    assert_page(&read(trip.travelers[0], 10, None).await.unwrap(), id, &[], None);

    let decided = one.decide(deputy, Answer::Approve, None, Fixture::now()).unwrap();
    world.apply([Change::Approval(Write::Update(decided, 1))]).await;
    assert_page(&read(boss, 10, None).await.unwrap(), id, &bosss[..2], None);
    assert_page(&read(deputy, 10, None).await.unwrap(), id, &[], None);
}

/// All of them, whatever their state.
pub async fn orders_of_a_trip_are_oldest_first(world: &World) {
    let (trip, other) = (world.trip().await, world.trip().await);
    let planned = world.ours.order(&trip);
    let held = world.ours.held(world.ours.order(&trip), "ord_0001");
    let elsewhere = world.ours.order(&other);
    for order in [&held, &elsewhere, &planned] {
        world.apply([Change::Order(Write::Insert(order.clone()))]).await;
    }
    let found = world.store.orders_of_trip(world.ours.organization, trip.id).await.unwrap();
    assert_eq!(values(&found), [planned, held]);
}

/// A page of trips is one read: of each trip named, in the order they were planned, and of no
/// other.
pub async fn orders_of_several_trips_are_oldest_first(world: &World) {
    let trips = [world.trip().await, world.trip().await, world.trip().await];
    let [first, second, other] = &trips;
    let orders = [second, other, first, second].map(|trip| world.ours.order(trip));
    for order in &orders {
        world.apply([Change::Order(Write::Insert(order.clone()))]).await;
    }
    let [of_second, _, of_first, of_second_too] = orders;
    let organization = world.ours.organization;
    let found = world.store.orders_of_trips(organization, &[first.id, second.id]).await.unwrap();
    assert_eq!(values(&found), [of_second, of_first, of_second_too]);
    assert_eq!(world.store.orders_of_trips(organization, &[]).await.unwrap(), []);
}

/// A person works through the oldest first.
pub async fn orders_needing_a_person_are_oldest_first_and_at_most_a_hundred(world: &World) {
    let trip = world.trip().await;
    let waiting: Vec<_> =
        (0..101).map(|_| world.ours.needing_person(world.ours.order(&trip))).collect();
    let fine = world.ours.order(&trip);
    let all = waiting.iter().chain([&fine]);
    world.apply(all.map(|order| Change::Order(Write::Insert(order.clone())))).await;
    let organization = world.ours.organization;
    let found = world.store.orders_needing_person(organization).await.unwrap();
    assert_eq!(values(&found), waiting[..100]);
    let settled = waiting[0].clone().declare_absent(trip.booked_by, Fixture::now()).unwrap();
    world.apply([Change::Order(Write::Update(settled, 1))]).await;
    let found = world.store.orders_needing_person(organization).await.unwrap();
    assert_eq!(values(&found), waiting[1..]);
}

/// Both legs, in the order they moved.
pub async fn transfers_of_an_order_are_oldest_first(world: &World) {
    let trip = world.trip().await;
    let (order, other) = (world.ours.order(&trip), world.ours.order(&trip));
    let payment = world.ours.transfer(&order, Leg::Payment);
    let refund = world.ours.transfer(&order, Leg::Refund);
    let elsewhere = world.ours.transfer(&other, Leg::Payment);
    world.apply([&order, &other].map(|order| Change::Order(Write::Insert(order.clone())))).await;
    let transfers = vec![refund.clone(), elsewhere, payment.clone()];
    world.store.commit(Commit { transfers, ..world.ours.commit() }).await.unwrap();
    let found = world.store.transfers(world.ours.organization, order.id).await.unwrap();
    assert_eq!(found, [payment, refund]);
}

/// About everything or about one thing.
pub async fn audit_lines_come_newest_first_page_by_page(world: &World) {
    let by = world.ours.person().id;
    let trip = Subject::new(SubjectKind::Trip, "trip_1");
    // The same id as another kind of thing is another thing.
    let order = Subject::new(SubjectKind::Order, "trip_1");
    let about = |subject: &Subject| world.ours.audit_record(subject, by);
    let lines = [about(&trip), about(&order), about(&trip), about(&trip)];
    let audit = lines.to_vec();
    world.store.commit(Commit { audit, ..world.ours.commit() }).await.unwrap();
    let organization = world.ours.organization;
    let read = |subject, limit, after| world.store.audit(organization, subject, page(limit, after));
    let id = |line: &crate::audit::AuditRecord| line.id;
    let all = [lines[3].id, lines[2].id, lines[1].id, lines[0].id];
    assert_page(&read(None, 3, None).await.unwrap(), id, &all[..3], Some(all[2]));
    assert_page(&read(None, 3, Some(all[2])).await.unwrap(), id, &all[3..], None);
    let trips = [all[0], all[1], all[3]];
    assert_page(&read(Some(&trip), 10, None).await.unwrap(), id, &trips, None);
    assert_page(&read(Some(&trip), 2, None).await.unwrap(), id, &trips[..2], Some(trips[1]));
    assert_page(&read(Some(&trip), 2, Some(trips[1])).await.unwrap(), id, &trips[2..], None);
    assert_page(&read(Some(&order), 10, None).await.unwrap(), id, &all[2..3], None);
}

/// By the whole address and nothing less.
pub async fn people_are_found_by_address(world: &World) {
    let (ana, ben) = (world.traveler().await, world.traveler().await);
    let find = |email: String| async move {
        let found = world.store.person_by_email(world.ours.organization, &email).await.unwrap();
        found.map(|stored| stored.value.id)
    };
    assert_eq!(find(ana.email.clone()).await, Some(ana.id));
    assert_eq!(find(ben.email.clone()).await, Some(ben.id));
    assert_eq!(find(ana.email.to_uppercase()).await, None);
    assert_eq!(find(ana.email.replace("@example.com", "")).await, None);
    assert_eq!(find("%".into()).await, None);
}

/// Ended ones are in the list, other people's aren't.
pub async fn sessions_of_a_person_come_newest_first_page_by_page(world: &World) {
    let identity = world.ours.identity();
    world.apply([Change::Identity(Write::Insert(identity.clone()))]).await;
    let (ana, ben) = (world.traveler().await.id, world.traveler().await.id);
    let mut ids = Vec::new();
    for person in [ana, ben, ana, ana] {
        let session = world.ours.session(person, identity.id);
        ids.push(session.id);
        world.apply([Change::Session(Write::Insert(session))]).await;
    }
    let organization = world.ours.organization;
    let stored = world.store.session(organization, ids[3]).await.unwrap().unwrap();
    let over = stored.value.end(SessionEnd::PersonLeft, Fixture::now());
    world.apply([Change::Session(Write::Update(over, stored.version))]).await;
    let read = |limit, after| world.store.sessions(organization, ana, page(limit, after));
    let id = |session: &Stored<Session>| session.value.id;
    assert_page(&read(2, None).await.unwrap(), id, &[ids[3], ids[2]], Some(ids[2]));
    assert_page(&read(2, Some(ids[2])).await.unwrap(), id, &[ids[0]], None);
    assert!(!read(1, None).await.unwrap().items[0].value.is_active());
    let theirs = world.store.sessions(world.theirs.organization, ana, page(2, None));
    assert_page(&theirs.await.unwrap(), id, &[], None);
}
