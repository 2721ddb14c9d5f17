//! Hostile text in every field that takes text: kept as it is, or refused with the field's name.

use nestmap_core::access::Role;
use nestmap_core::approval::Answer;
use nestmap_core::digest::Digest;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::onboard::{NewInvitation, NewPerson, SignUp};
use nestmap_core::flow::people::Placement;
use nestmap_core::people::TravelerProfile;
use nestmap_core::place::Terminus;
use nestmap_core::testing::fixture;
use nestmap_core::trip::{ItemKind, Reason, Stay};
use nestmap_core::{Currency, ErrorKind, Money, Result};

use super::named;
use crate::stage::Supplier;
use crate::stage::{Scene, ready};

fn hostile() -> Vec<String> {
    let mut texts: Vec<String> = [
        "'; drop table trips; --",
        "\" or 1=1 --",
        "a\r\nX-Injected: 1",
        "a\nb",
        "\0",
        "\u{1b}[31mred",
        "<script>alert(1)</script>",
        "{{7*7}} ${jndi:ldap://x} %s%n",
        "../../../etc/passwd",
        "\u{202e}gnp.exe",
        "\u{feff}",
        "e\u{301}\u{301}\u{301}",
        "👩‍👩‍👧‍👦",
        "",
        "   ",
        "-1",
        "=cmd|' /C calc'!A0",
    ]
    .map(String::from)
    .to_vec();
    texts.push("x".repeat(10_000));
    texts.push("ß".repeat(100));
    texts
}

/// Puts every hostile text into a field. It must come back as it was sent (but for spaces around
/// it), or be refused as wrong input that names `field`, with nothing written.
fn check(field: &str, attempt: impl Fn(&Scene, &str) -> Result<Option<String>>) {
    for text in hostile() {
        let scene = Scene::new();
        let before = scene.memory.contents();
        let shown: String = text.chars().take(40).collect();
        match attempt(&scene, &text) {
            Ok(Some(kept)) => assert_eq!(kept, text.trim(), "`{field}` changed {shown:?}"),
            Ok(None) => assert!(text.trim().is_empty(), "`{field}` lost {shown:?}"),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Invalid, "`{field}`, {shown:?}: {error:?}");
                assert_eq!(named(&error), field, "{shown:?}: {error:?}");
                assert!(scene.memory.contents() == before, "`{field}`, {shown:?} wrote something");
            }
        }
    }
}

fn new_person(email: &str, name: &str) -> NewPerson {
    NewPerson {
        email: email.into(),
        name: name.into(),
        roles: [Role::Member].into(),
        manager: None,
        profile: TravelerProfile::default(),
    }
}

#[test]
fn names_of_organizations() {
    check("organization", |scene, text| {
        let founder = SignUp {
            organization: text.into(),
            country: fixture::parse("DE"),
            currency: Currency::parse("EUR").expect("a currency"),
            name: "Rosa".into(),
            email: "rosa@new.example.com".into(),
            login: None,
        };
        let nestmap = &scene.memory.nestmap;
        let made = ready(nestmap.sign_up(founder, None, None))?;
        let actor = ready(nestmap.actor(made.organization, made.person))?;
        let call = nestmap_core::Call::by(actor);
        Ok(Some(ready(nestmap.organization(&call))?.value.name))
    });
}

#[test]
fn names_and_addresses_of_people() {
    check("name", |scene, text| {
        let new = new_person("new@example.com", text);
        let added = ready(scene.memory.nestmap.add_person(&scene.acme.admin, new))?;
        Ok(Some(added.value.name))
    });
    check("email", |scene, text| {
        let added =
            ready(scene.memory.nestmap.add_person(&scene.acme.admin, new_person(text, "New")))?;
        Ok(Some(added.value.email))
    });
}

#[test]
fn names_and_addresses_in_invitations() {
    let invite = |scene: &Scene, email: &str, name: &str| {
        let new = NewInvitation {
            email: email.into(),
            name: name.into(),
            roles: [Role::Member].into(),
            manager: None,
        };
        let secret = Digest::of("secret", &1);
        ready(scene.memory.nestmap.invite(&scene.acme.admin, new, secret))
    };
    check("name", |scene, text| Ok(Some(invite(scene, "new@example.com", text)?.value.name)));
    check("email", |scene, text| Ok(Some(invite(scene, text, "New")?.value.email)));
}

#[test]
fn labels_of_people() {
    let blank = || Placement {
        roles: [Role::Member].into(),
        manager: None,
        department: None,
        grade: None,
        cost_center: None,
        groups: Default::default(),
        country: None,
    };
    let place = |scene: &Scene, placement: Placement| {
        let person = scene.acme.traveler_id();
        let placed = scene.memory.nestmap.place_person(&scene.acme.admin, person, placement, None);
        ready(placed).map(|stored| stored.value)
    };
    check("department", |scene, text| {
        Ok(place(scene, Placement { department: Some(text.into()), ..blank() })?.department)
    });
    check("grade", |scene, text| {
        Ok(place(scene, Placement { grade: Some(text.into()), ..blank() })?.grade)
    });
    check("cost_center", |scene, text| {
        Ok(place(scene, Placement { cost_center: Some(text.into()), ..blank() })?.cost_center)
    });
    check("groups", |scene, text| {
        let placement = Placement { groups: [text.to_owned()].into(), ..blank() };
        Ok(place(scene, placement)?.groups.into_iter().next())
    });
}

#[test]
fn profiles_of_travelers() {
    let update = |scene: &Scene, profile: TravelerProfile| {
        let (nestmap, person) = (&scene.memory.nestmap, scene.acme.traveler_id());
        let updated = nestmap.update_profile(&scene.acme.traveler, person, profile, None);
        ready(updated).map(|stored| stored.value.profile)
    };
    let good = || fixture::profile("Ana", "Silva");
    check("profile.given_name", |scene, text| {
        Ok(update(scene, TravelerProfile { given_name: Some(text.into()), ..good() })?.given_name)
    });
    check("profile.family_name", |scene, text| {
        Ok(update(scene, TravelerProfile { family_name: Some(text.into()), ..good() })?.family_name)
    });
    check("profile.phone", |scene, text| {
        Ok(update(scene, TravelerProfile { phone: Some(text.into()), ..good() })?.phone)
    });
}

#[test]
fn texts_of_trips() {
    let draft = |scene: &Scene, change: &dyn Fn(&mut NewTrip)| {
        let mut new = NewTrip {
            title: "Kick-off".into(),
            purpose: None,
            travelers: vec![scene.acme.traveler_id()],
            items: Vec::new(),
            reason: None,
        };
        change(&mut new);
        ready(scene.memory.nestmap.draft_trip(&scene.acme.traveler, new))
            .map(|view| view.trip.value)
    };
    check("title", |scene, text| Ok(Some(draft(scene, &|new| new.title = text.into())?.title)));
    check("purpose", |scene, text| {
        Ok(draft(scene, &|new| new.purpose = Some(text.into()))?.purpose)
    });
    check("reason.code", |scene, text| {
        let reason = Reason { code: text.into(), text: None };
        let drafted = draft(scene, &|new| new.reason = Some(reason.clone()))?;
        Ok(drafted.reason.map(|reason| reason.code))
    });
    check("reason.text", |scene, text| {
        let reason = Reason { code: "medical".into(), text: Some(text.into()) };
        let drafted = draft(scene, &|new| new.reason = Some(reason.clone()))?;
        Ok(drafted.reason.and_then(|reason| reason.text))
    });
    check("items[0].stay.property", |scene, text| {
        let stay = Stay {
            property: text.into(),
            place: Terminus::parse("JFK")?,
            check_in: fixture::parse("2026-03-16"),
            check_out: fixture::parse("2026-03-18"),
            nightly: Money::parse("180.00", "EUR")?,
            nightly_tax: None,
            stars: None,
            refundable: None,
        };
        let drafted = draft(scene, &|new| new.items = vec![NewItem::Stay { stay: stay.clone() }])?;
        Ok(drafted.items.into_iter().find_map(|item| match item.kind {
            ItemKind::Stay { stay } => Some(stay.property),
            ItemKind::Flight { .. } => None,
        }))
    });
}

#[test]
fn comments_of_approvers() {
    for text in hostile() {
        let scene = Scene::new();
        let nestmap = &scene.memory.nestmap;
        let view = ready(scene.acme.trip_to_approve(nestmap, scene.memory.supplier.request()));
        let approval = &view.approvals[0].value;
        let comment = Some(text.clone());
        let digest = approval.binding.digest;
        let decision = NewDecision { answer: Answer::Reject, comment, digest };
        let before = scene.memory.contents();
        match ready(nestmap.decide(&scene.acme.approver, approval.id, decision, None)) {
            Ok(decided) => {
                let kept = decided.value.steps[0].decisions[0].comment.clone();
                assert_eq!(kept.unwrap_or_default().trim(), text.trim());
            }
            Err(error) => {
                assert_eq!((error.kind(), named(&error)), (ErrorKind::Invalid, "comment"));
                assert!(scene.memory.contents() == before);
            }
        }
    }
}
