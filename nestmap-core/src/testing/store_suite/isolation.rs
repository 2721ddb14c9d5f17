//! Organizations know nothing of each other.

use super::World;
use super::everything::Everything;
use super::fixture::Fixture;
use crate::access::Role;
use crate::event::Subject;
use crate::page::PageRequest;
use crate::people::Person;
use crate::port::store::{Change, Membership, TripFilter, Write};

/// Things with the same ids in two organizations are different things.
pub async fn the_same_ids_in_two_organizations_stay_apart(world: &World) {
    let ours = Everything::of(&world.ours);
    let theirs = ours.moved_to(&world.theirs);
    world.store.commit(ours.commit(&world.ours)).await.unwrap();
    world.store.commit(theirs.commit(&world.theirs)).await.unwrap();
    ours.assert_stored(&*world.store, &world.ours, 1).await;
    theirs.assert_stored(&*world.store, &world.theirs, 1).await;

    world.store.commit(world.theirs.commit_of(theirs.updates(1))).await.unwrap();
    ours.assert_stored(&*world.store, &world.ours, 1).await;
    theirs.assert_stored(&*world.store, &world.theirs, 2).await;
    for fixture in [&world.ours, &world.theirs] {
        assert_lists(world, fixture, &ours, 1).await;
    }
}

/// No read finds what another organization has.
pub async fn nothing_of_another_organization_is_read(world: &World) {
    let everything = Everything::of(&world.theirs);
    let mut commit = everything.commit(&world.theirs);
    commit.once = Some(world.theirs.once("key-1"));
    world.store.commit(commit).await.unwrap();
    let (store, organization) = (&world.store, world.ours.organization);
    assert_eq!(store.person(organization, everything.person.id).await.unwrap(), None);
    let by_email = store.person_by_email(organization, &everything.person.email).await.unwrap();
    assert_eq!(by_email, None);
    assert_eq!(store.invitation(organization, everything.invitation.id).await.unwrap(), None);
    assert_eq!(store.session(organization, everything.session.id).await.unwrap(), None);
    assert_eq!(store.policy(organization, everything.policy.id).await.unwrap(), None);
    assert_eq!(store.offer_set(organization, everything.offer_set.id).await.unwrap(), None);
    assert_eq!(store.trip(organization, everything.trip.id).await.unwrap(), None);
    assert_eq!(store.approval(organization, everything.approval.id).await.unwrap(), None);
    assert_eq!(store.order(organization, everything.order.id).await.unwrap(), None);
    let once = world.theirs.once("key-1");
    assert_eq!(store.reply(organization, &once.scope, &once.key).await.unwrap(), None);
    assert_lists(world, &world.ours, &everything, 0).await;
}

/// How many things each list of `fixture`'s organization has, asked for with the ids of `known`.
async fn assert_lists(world: &World, fixture: &Fixture, known: &Everything, count: usize) {
    let (store, organization) = (&world.store, fixture.organization);
    let (trip, person) = (known.trip.id, known.person.id);
    let later = Fixture::now().plus_hours(999);
    assert_eq!(store.people(organization, PageRequest::first()).await.unwrap().items.len(), count);
    let with_roles = store.people_with_roles(organization, &Role::ALL);
    assert_eq!(with_roles.await.unwrap().len(), count);
    let policies = store.policies(organization, PageRequest::first()).await.unwrap();
    assert_eq!(policies.items.len(), count);
    assert_eq!(store.published_policies(organization).await.unwrap().len(), count);
    let living = store.living_policies(organization).await.unwrap();
    assert_eq!(usize::try_from(living).unwrap(), count);
    for filter in [TripFilter::default(), TripFilter { person: Some(person) }] {
        let trips = store.trips(organization, filter, PageRequest::first()).await.unwrap();
        assert_eq!(trips.items.len(), count);
    }
    assert_eq!(store.approvals_of_trip(organization, trip).await.unwrap().len(), count);
    let waiting = store.approvals_waiting_for(organization, person, PageRequest::first());
    assert_eq!(waiting.await.unwrap().items.len(), count);
    assert_eq!(store.orders_of_trip(organization, trip).await.unwrap().len(), count);
    assert_eq!(store.transfers(organization, known.order.id).await.unwrap().len(), count);
    for subject in [None, Some(&known.audit.subject)] {
        let lines = store.audit(organization, subject, PageRequest::first()).await.unwrap();
        assert_eq!(lines.items.len(), count);
    }
    assert_eq!(store.due(organization, later, 10).await.unwrap().len(), count);
}

/// No commit changes what another organization has, whatever ids it names.
pub async fn nothing_of_another_organization_is_written(world: &World) {
    let theirs = Everything::of(&world.theirs);
    world.store.commit(theirs.commit(&world.theirs)).await.unwrap();
    let claimed = theirs.moved_to(&world.ours);
    // The organization itself and the login, which is ours, aren't of interest here.
    for update in claimed.updates(1).into_iter().skip(2) {
        let kind = update.key().kind();
        let error = world.refusal([update]).await;
        assert!(super::is_conflict(&error, kind), "{kind}: {error:?}");
    }
    theirs.assert_stored(&*world.store, &world.theirs, 1).await;
}

/// Whoever logs in can be found in every organization they belong to, oldest first.
pub async fn a_login_leads_to_each_of_its_organizations(world: &World) {
    let identity = world.ours.identity();
    let id = identity.id;
    world.apply([Change::Identity(Write::Insert(identity))]).await;
    let mut expected = Vec::new();
    for fixture in [&world.theirs, &world.ours] {
        let person = Person { identity: Some(id), ..fixture.person() };
        expected.push(Membership { organization: fixture.organization, person: person.id });
        let insert = Change::Person(Write::Insert(person));
        world.store.commit(fixture.commit_of([insert])).await.unwrap();
    }
    expected.sort_by_key(|membership| membership.organization);
    assert_eq!(world.store.memberships(id).await.unwrap(), expected);
    // Another thing of the same organization isn't about them.
    let stranger = world.ours.identity();
    assert_eq!(world.store.memberships(stranger.id).await.unwrap(), []);
    let subject = Subject::new(crate::event::SubjectKind::Person, expected[0].person);
    let lines = world.store.audit(world.ours.organization, Some(&subject), PageRequest::first());
    assert_eq!(lines.await.unwrap().items, []);
}

/// Leaving gives the login up there, and nowhere else; coming back takes it again.
pub async fn a_login_does_not_lead_to_where_somebody_left(world: &World) {
    let identity = world.ours.identity();
    let id = identity.id;
    world.apply([Change::Identity(Write::Insert(identity))]).await;
    let member =
        |fixture: &Fixture| Person { identity: Some(id), ..fixture.person_with(Role::ALL) };
    let (here, there) = (member(&world.ours), member(&world.theirs));
    world.apply([Change::Person(Write::Insert(here.clone()))]).await;
    let insert = Change::Person(Write::Insert(there.clone()));
    world.store.commit(world.theirs.commit_of([insert])).await.unwrap();
    let left = here.clone().leave(Fixture::now());
    world.apply([Change::Person(Write::Update(left, 1))]).await;
    let elsewhere = Membership { organization: world.theirs.organization, person: there.id };
    assert_eq!(world.store.memberships(id).await.unwrap(), [elsewhere]);
    let with_roles = world.store.people_with_roles(world.ours.organization, &Role::ALL);
    assert_eq!(with_roles.await.unwrap(), []);
    world.apply([Change::Person(Write::Update(here, 2))]).await;
    assert_eq!(world.store.memberships(id).await.unwrap().len(), 2);
}
