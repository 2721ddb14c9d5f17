//! Values come back exactly as they went in.

use super::World;
use super::everything::Everything;
use super::fixture::Fixture;
use crate::audit::AuditRecord;
use crate::event::{Event, Subject, SubjectKind};
use crate::ledger::{Leg, Transfer};
use crate::money::{Currency, Money};
use crate::order::{Order, OrderState};
use crate::page::PageRequest;
use crate::people::{Identity, Person};
use crate::port::store::{Change, Commit, IdempotencyKey, Once, Write};
use crate::time::Timestamp;
use crate::trip::Trip;

/// Text that somebody might hope does something.
const HOSTILE: [&str; 14] = [
    "'; drop table trips; --",
    "\" or \"\"=\"",
    "$1 $2 ${jndi:ldap://x} {{7*7}} %s %n",
    "a\\b\\\\c\\u0000d\\n",
    "a\0b",
    "\u{1}\u{7f}\u{85}\u{feff}\u{202e}\u{fffd}",
    "line\r\nSet-Cookie: a=b\ttab",
    "😀 𝔘𝔫𝔦𝔠𝔬𝔡𝔢 e\u{301} é \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "<script>alert(1)</script>&amp;",
    "{\"json\": [1, null]}",
    "_%*?[a-z]",
    "NULL",
    "",
    "  spaces  ",
];

/// Instants are kept to the microsecond, before and after 1970 and 2000.
pub async fn microseconds_survive(world: &World) {
    for micros in
        [1, -1, 999_999, 946_684_800_000_001, 1_772_443_800_123_457, -62_135_596_800_000_000]
    {
        let at = Timestamp::from_micros(micros).unwrap();
        let everything = Everything::of(&world.ours);
        let mut commit = everything.commit(&world.ours);
        let person = Person { joined_at: at, left_at: Some(at), ..world.ours.person() };
        let mut order = world.ours.order(&everything.trip);
        order.state = OrderState::Planned { not_before: at, tries: 0, hold_refused: true };
        let transfer = Transfer { at, ..world.ours.transfer(&order, Leg::Refund) };
        let line = AuditRecord { at, ..everything.audit.clone() };
        commit.changes.push(Change::Person(Write::Insert(person.clone())));
        commit.changes.push(Change::Order(Write::Insert(order.clone())));
        commit.changes.retain(|change| !is_booked(change));
        commit.transfers = vec![transfer.clone()];
        commit.audit = vec![line.clone()];
        world.store.commit(commit).await.unwrap();

        let (store, organization) = (&world.store, world.ours.organization);
        let stored = store.person(organization, person.id).await.unwrap().unwrap();
        assert_eq!(stored.value, person);
        let stored = store.order(organization, order.id).await.unwrap().unwrap();
        assert_eq!(stored.value, order);
        assert_eq!(store.transfers(organization, order.id).await.unwrap(), [transfer]);
        let page = PageRequest::first();
        let lines = store.audit(organization, Some(&line.subject), page).await.unwrap();
        assert_eq!(lines.items, [line]);
        // Due at that microsecond and not one earlier.
        let due = crate::port::store::Due::Order(order.id);
        assert!(store.due(organization, at, 100).await.unwrap().contains(&due));
        let earlier = Timestamp::from_micros(micros - 1).unwrap();
        assert!(!store.due(organization, earlier, 100).await.unwrap().contains(&due));
    }
}

/// The booked order of [`Everything`] would be a duplicate in the second round.
fn is_booked(change: &Change) -> bool {
    matches!(change, Change::Order(write) if write.value().booking().is_some())
}

/// Text is text, in every place that takes it.
pub async fn hostile_text_survives(world: &World) {
    for (n, text) in HOSTILE.into_iter().enumerate() {
        let text = text.to_owned();
        let person = Person {
            name: text.clone(),
            department: Some(text.clone()),
            groups: [text.clone()].into(),
            ..world.ours.person()
        };
        let trip = Trip { title: text.clone(), ..world.ours.trip(person.id) };
        let supplier_order = format!("{n}{text}");
        let mut order: Order = world.ours.held(world.ours.order(&trip), &supplier_order);
        order.offer.flight.carrier_name = text.clone();
        let subject = Subject { kind: SubjectKind::Trip, id: supplier_order };
        let event =
            Event { data: serde_json::json!({ text.clone(): text }), ..world.ours.event(&subject) };
        let line = AuditRecord {
            action: text.clone(),
            request: Some(text.clone()),
            details: serde_json::json!([{ text.clone(): text }]),
            ..world.ours.audit_record(&subject, person.id)
        };
        let once = Once {
            key: IdempotencyKey::parse(&format!("key-{n}")).unwrap(),
            scope: text.clone(),
            reply: serde_json::json!(text),
            ..world.ours.once("key")
        };
        let commit = Commit {
            once: Some(once.clone()),
            changes: vec![
                Change::Person(Write::Insert(person.clone())),
                Change::Trip(Write::Insert(trip.clone())),
                Change::Order(Write::Insert(order.clone())),
            ],
            events: vec![event.clone()],
            audit: vec![line.clone()],
            ..world.ours.commit()
        };
        world.store.commit(commit).await.unwrap();

        let (store, organization) = (&world.store, world.ours.organization);
        let stored = store.person(organization, person.id).await.unwrap().unwrap();
        assert_eq!(stored.value, person);
        assert_eq!(store.trip(organization, trip.id).await.unwrap().unwrap().value, trip);
        assert_eq!(store.order(organization, order.id).await.unwrap().unwrap().value, order);
        let page = PageRequest::first();
        let lines = store.audit(organization, Some(&subject), page).await.unwrap();
        assert_eq!(lines.items, [line]);
        let reply = store.reply(organization, &text, &once.key).await.unwrap().unwrap();
        assert_eq!(reply.reply, once.reply);
        let lease = Fixture::now().plus_minutes(1);
        let claims = store.claim_events(organization, Fixture::now(), lease, 10).await.unwrap();
        assert_eq!(claims.into_iter().map(|claim| claim.event).collect::<Vec<_>>(), [event]);
    }
}

/// What somebody looks for is compared, never run, and never a pattern.
pub async fn text_that_is_looked_up_is_only_text(world: &World) {
    let identity = world.ours.identity();
    let person = Person { identity: Some(identity.id), ..world.ours.person() };
    world
        .apply([
            Change::Identity(Write::Insert(identity.clone())),
            Change::Person(Write::Insert(person)),
        ])
        .await;
    let (store, organization) = (&world.store, world.ours.organization);
    let key = IdempotencyKey::parse("key").unwrap();
    for text in HOSTILE {
        assert_eq!(store.identity_by_email(text).await.unwrap(), None, "{text:?}");
        assert_eq!(store.person_by_email(organization, text).await.unwrap(), None, "{text:?}");
        assert_eq!(store.reply(organization, text, &key).await.unwrap(), None, "{text:?}");
        let subject = Subject { kind: SubjectKind::Trip, id: text.into() };
        let lines = store.audit(organization, Some(&subject), PageRequest::first()).await.unwrap();
        assert_eq!(lines.items, [], "{text:?}");
    }
    let found = store.identity_by_email(&identity.email).await.unwrap();
    assert_eq!(found.map(|stored| stored.value), Some(identity));
}

/// The ends of what amounts and instants can be.
pub async fn extreme_amounts_and_instants_survive(world: &World) {
    let trip = world.trip().await;
    for (n, code) in ["EUR", "JPY", "BHD"].into_iter().enumerate() {
        let currency = Currency::parse(code).unwrap();
        let most = Money::new(i64::MAX - i64::try_from(n).unwrap(), currency);
        let mut order = world.ours.order(&trip);
        order.offer.flight.total = most;
        order.offer.flight.tax = Some(Money::new(i64::MIN, currency));
        // The last second of the year 9999, as far as instants go.
        let at: Timestamp = "9999-12-30T21:59:59.999999Z".parse().unwrap();
        order.state = OrderState::Planned { not_before: at, tries: i64::MAX, hold_refused: false };
        let transfer = Transfer { amount: most, ..world.ours.transfer(&order, Leg::Payment) };
        let commit = Commit {
            changes: vec![Change::Order(Write::Insert(order.clone()))],
            transfers: vec![transfer.clone()],
            ..world.ours.commit()
        };
        world.store.commit(commit).await.unwrap();
        let stored = world.store.order(world.ours.organization, order.id).await.unwrap().unwrap();
        assert_eq!(stored.value, order);
        let moved = world.store.transfers(world.ours.organization, order.id).await.unwrap();
        assert_eq!(moved, [transfer]);
    }
}

/// Details are any JSON, numbers beyond 2^53 included.
pub async fn details_of_any_shape_survive(world: &World) {
    let by = world.ours.person().id;
    let subject = world.ours.subject();
    let deep = (0..100).fold(serde_json::json!(1), |inner, _| serde_json::json!([inner]));
    let shapes = [
        serde_json::json!(null),
        serde_json::json!({"z": 1, "a": {"b": []}, "": ""}),
        serde_json::json!([i64::MAX, i64::MIN, u64::MAX, 0]),
        serde_json::json!("x".repeat(100_000)),
        deep,
    ];
    let mut expected = Vec::new();
    for details in shapes {
        let line = AuditRecord { details, ..world.ours.audit_record(&subject, by) };
        let identity = Identity { password_hash: "x".repeat(10_000), ..world.ours.identity() };
        let commit = Commit {
            changes: vec![Change::Identity(Write::Insert(identity.clone()))],
            audit: vec![line.clone()],
            ..world.ours.commit()
        };
        world.store.commit(commit).await.unwrap();
        let stored = world.store.identity_by_email(&identity.email).await.unwrap().unwrap();
        assert_eq!(stored.value, identity);
        expected.insert(0, line);
    }
    let organization = world.ours.organization;
    let lines = world.store.audit(organization, Some(&subject), PageRequest::first()).await;
    assert_eq!(lines.unwrap().items, expected);
}
