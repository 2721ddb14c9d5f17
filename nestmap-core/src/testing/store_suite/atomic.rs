//! All of a commit or none of it.

use super::everything::Everything;
use super::fixture::Fixture;
use super::{World, assert_duplicate, is_conflict};
use crate::page::PageRequest;
use crate::port::store::{Change, Commit, StoreError, Write};

/// Everything, an idempotent reply included, is taken back when the last part fails.
pub async fn a_commit_that_fails_at_its_end_leaves_nothing(world: &World) {
    let first = world.ours.audit_record(&world.ours.subject(), world.ours.person().id);
    let before = Commit { audit: vec![first.clone()], ..world.ours.commit() };
    world.store.commit(before).await.unwrap();

    let everything = Everything::of(&world.ours);
    let mut commit = everything.commit(&world.ours);
    commit.once = Some(world.ours.once("key-1"));
    let mut failing = commit.clone();
    failing.audit.push(first);
    assert_duplicate(&world.refusal_of(failing).await, ("audit_record", "id"));

    let (store, organization) = (&world.store, world.ours.organization);
    assert_eq!(store.trip(organization, everything.trip.id).await.unwrap(), None);
    assert_eq!(store.transfers(organization, everything.order.id).await.unwrap(), []);
    assert_eq!(store.memberships(everything.identity.id).await.unwrap(), []);
    assert_eq!(store.due(organization, Fixture::now().plus_hours(999), 10).await.unwrap(), []);
    let lines = store.audit(organization, None, PageRequest::first()).await.unwrap();
    assert_eq!(lines.items.len(), 1);
    let lease = Fixture::now().plus_minutes(1);
    let claims = store.claim_events(organization, Fixture::now(), lease, 10).await.unwrap();
    assert_eq!(claims, []);
    // The proof that nothing is left: the same commit without its mistake is applied.
    store.commit(commit).await.unwrap();
    everything.assert_stored(&**store, &world.ours, 1).await;
}

/// One stale version among many changes refuses all of them.
pub async fn a_conflict_among_many_changes_leaves_nothing(world: &World) {
    let stale = world.traveler().await;
    let (one, two) = (world.ours.person(), world.ours.person());
    let error = world
        .refusal([
            Change::Person(Write::Insert(one.clone())),
            Change::Person(Write::Update(stale, 7)),
            Change::Person(Write::Insert(two.clone())),
        ])
        .await;
    assert!(is_conflict(&error, "person"), "{error:?}");
    for id in [one.id, two.id] {
        assert_eq!(world.store.person(world.ours.organization, id).await.unwrap(), None);
    }
}

/// Commits that arrive together succeed and fail each for itself.
pub async fn a_failed_commit_does_not_disturb_its_neighbors(world: &World) {
    let stale = world.traveler().await;
    let people: Vec<_> = (0..20).map(|_| world.ours.person()).collect();
    let commits = people.iter().enumerate().map(|(n, person)| {
        let mut changes = vec![Change::Person(Write::Insert(person.clone()))];
        if n % 2 == 1 {
            changes.push(Change::Person(Write::Update(stale.clone(), 7)));
        }
        world.store.commit(world.ours.commit_of(changes))
    });
    let results = super::join_all(commits).await;
    for (n, (person, result)) in people.iter().zip(results).enumerate() {
        let found = world.store.person(world.ours.organization, person.id).await.unwrap();
        assert_eq!(result.is_ok(), n % 2 == 0, "{result:?}");
        assert_eq!(found.is_some(), n % 2 == 0);
    }
}

/// A commit may name a child before its parent.
pub async fn parents_and_children_may_come_in_any_order(world: &World) {
    let everything = Everything::of(&world.ours);
    let mut commit = everything.commit(&world.ours);
    commit.changes.reverse();
    world.store.commit(commit).await.unwrap();
    everything.assert_stored(&*world.store, &world.ours, 1).await;
}

/// Nothing refers to what isn't there: a person to the organization, an order to its trip.
pub async fn a_thing_without_its_parent_is_refused(world: &World) {
    let everything = Everything::of(&world.ours);
    for orphan in [
        Change::Session(Write::Insert(everything.session.clone())),
        Change::Approval(Write::Insert(everything.approval.clone())),
        Change::Order(Write::Insert(everything.order.clone())),
    ] {
        let expected = orphan.key().kind();
        let error = world.refusal([orphan]).await;
        assert!(matches!(error, StoreError::Orphan { kind } if kind == expected), "{error:?}");
    }
    let transfers = vec![everything.transfer.clone()];
    let error = world.refusal_of(Commit { transfers, ..world.ours.commit() }).await;
    assert!(matches!(error, StoreError::Orphan { kind: "transfer" }), "{error:?}");

    // An organization that never signed up.
    let mut bits = world.ours.organization.uuid().as_u128();
    bits ^= 0xffff;
    let nobody = Fixture::new(crate::id::OrganizationId::from_uuid(uuid::Uuid::from_u128(bits)));
    let everything = Everything::of(&nobody);
    for orphan in [
        Change::Person(Write::Insert(everything.person.clone())),
        Change::Invitation(Write::Insert(everything.invitation.clone())),
        Change::Policy(Write::Insert(everything.policy.clone())),
        Change::OfferSet(Write::Insert(everything.offer_set.clone())),
        Change::Trip(Write::Insert(everything.trip.clone())),
    ] {
        let expected = orphan.key().kind();
        let error = world.refusal_of(nobody.commit_of([orphan])).await;
        assert!(matches!(error, StoreError::Orphan { kind } if kind == expected), "{error:?}");
    }
}

/// A commit writes in the one organization it names.
pub async fn things_of_another_organization_are_refused(world: &World) {
    let everything = Everything::of(&world.theirs);
    let commit = everything.commit(&world.ours);
    let misplaced = |commit: Commit| async {
        let error = world.refusal_of(commit).await;
        let StoreError::Misplaced { kind } = error else { panic!("{error:?}") };
        kind
    };
    for change in everything.inserts().into_iter().skip(1) {
        let expected = change.key().kind();
        assert_eq!(misplaced(world.ours.commit_of([change])).await, expected);
    }
    let organization = Change::Organization(Write::Update(world.theirs.organization(), 1));
    assert_eq!(misplaced(world.ours.commit_of([organization])).await, "organization");
    let transfers = Commit { transfers: commit.transfers, ..world.ours.commit() };
    assert_eq!(misplaced(transfers).await, "transfer");
    let events = Commit { events: commit.events, ..world.ours.commit() };
    assert_eq!(misplaced(events).await, "event");
    let audit = Commit { audit: commit.audit, ..world.ours.commit() };
    assert_eq!(misplaced(audit).await, "audit_record");
}

/// A commit can't say two things about one.
pub async fn a_thing_changed_twice_is_refused(world: &World) {
    let person = world.traveler().await;
    let update = || Change::Person(Write::Update(person.clone(), 1));
    assert_duplicate(&world.refusal([update(), update()]).await, ("person", "id"));
    let new = world.ours.person();
    let insert = Change::Person(Write::Insert(new.clone()));
    let then = Change::Person(Write::Update(new, 1));
    assert_duplicate(&world.refusal([insert, then]).await, ("person", "id"));
    let stored = world.store.person(world.ours.organization, person.id).await.unwrap().unwrap();
    assert_eq!(stored.version, 1);
}

/// Large commits are whole as well.
pub async fn a_thousand_changes_are_one_commit(world: &World) {
    let people: Vec<_> = (0..1_000).map(|_| world.ours.person()).collect();
    let inserts = people.iter().map(|person| Change::Person(Write::Insert(person.clone())));
    let mut commit = world.ours.commit_of(inserts);
    commit.changes.push(Change::Person(Write::Insert(people[500].clone())));
    assert_duplicate(&world.refusal_of(commit.clone()).await, ("person", "id"));
    let first = world.store.person(world.ours.organization, people[0].id).await.unwrap();
    assert_eq!(first, None);

    commit.changes.pop();
    world.store.commit(commit).await.unwrap();
    let last = world.store.person(world.ours.organization, people[999].id).await.unwrap();
    assert_eq!(last.map(|stored| stored.value), people.last().cloned());
}
