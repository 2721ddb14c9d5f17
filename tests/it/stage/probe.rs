//! Every method of the facade that takes an id, called with ids of another organization.

use std::future::Future;
use std::pin::Pin;

use nestmap_core::access::Role;
use nestmap_core::approval::Answer;
use nestmap_core::digest::Digest;
use nestmap_core::event::{Subject, SubjectKind};
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::onboard::{NewInvitation, NewPerson};
use nestmap_core::flow::people::Placement;
use nestmap_core::flow::search::NewSearch;
use nestmap_core::id::PersonId;
use nestmap_core::page::PageRequest;
use nestmap_core::people::session::Presented;
use nestmap_core::port::flights::AttemptReference;
use nestmap_core::port::store::{Due, Membership};
use nestmap_core::{Call, Code, NestMap, Result};

use super::ids::{invitation_secret, refresh_token};
use super::{Company, Ids, Stage, Supplier, travel_policy};

type Asked<'a> = Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// One way to reach for something of another organization.
pub struct Probe {
    /// The facade's method.
    pub method: &'static str,
    /// What is foreign about the call.
    pub what: &'static str,
    /// How it must be refused; none where it succeeds, shows nothing and does nothing.
    pub refused: Option<Code>,
    pub ask: for<'a> fn(&'a NestMap, &'a Call, &'a Ids) -> Asked<'a>,
}

macro_rules! probes {
    ($($method:ident, $what:literal, $refused:expr,
        |$nestmap:ident, $call:ident, $ids:ident| $asked:expr;)*) => {
        pub const PROBES: &[Probe] = &[$(Probe {
            method: stringify!($method),
            what: $what,
            refused: $refused,
            ask: |$nestmap, $call, $ids| Box::pin(async move { $asked }),
        },)*];
    };
}

const NOT_FOUND: Option<Code> = Some(Code::NotFound);

probes! {
    person, "person", NOT_FOUND, |n, call, ids| n.person(call, ids.person).await.map(drop);
    update_profile, "person", NOT_FOUND, |n, call, ids|
        n.update_profile(call, ids.person, Default::default(), None).await.map(drop);
    place_person, "person", NOT_FOUND, |n, call, ids|
        n.place_person(call, ids.person, placement(None), None).await.map(drop);
    place_person, "manager", Some(Code::InvalidField), |n, call, ids|
        n.place_person(call, ids.own_person, placement(Some(ids.person)), None).await.map(drop);
    remove_person, "person", NOT_FOUND, |n, call, ids|
        n.remove_person(call, ids.person, None).await.map(drop);
    add_person, "manager", Some(Code::InvalidField), |n, call, ids|
        n.add_person(call, new_person(ids.person)).await.map(drop);
    invite, "manager", Some(Code::InvalidField), |n, call, ids|
        n.invite(call, invitation(ids.person), Digest::of("x", &1)).await.map(drop);
    open_invitation, "invitation", Some(Code::InvitationInvalid), |n, call, ids| {
        let (own, secret) = (call.actor.organization, invitation_secret());
        n.open_invitation(own, ids.invitation, secret).await.map(drop)
    };
    accept_invitation, "invitation", Some(Code::InvitationInvalid), |n, call, ids| {
        let (own, secret) = (call.actor.organization, invitation_secret());
        n.accept_invitation(own, ids.invitation, secret, None, None).await.map(drop)
    };

    actor, "person", Some(Code::Unauthenticated), |n, call, ids|
        n.actor(call.actor.organization, ids.person).await.map(drop);
    open_session, "person", Some(Code::Unauthenticated), |n, call, ids| {
        let membership = Membership { organization: call.actor.organization, person: ids.person };
        n.open_session(membership, ids.identity, Digest::of("x", &1), None).await.map(drop)
    };
    refresh_session, "session", Some(Code::SessionEnded), |n, call, ids| {
        let (own, token) = (call.actor.organization, refresh_token());
        let presented = Presented { digest: token, issued: true };
        n.refresh_session(own, ids.session, presented, token, None).await.map(drop)
    };
    active_session, "session", NOT_FOUND, |n, call, ids|
        n.active_session(call.actor.organization, ids.session).await.map(drop);
    end_session, "session", None, |n, call, ids|
        n.end_session(call.actor.organization, ids.session, None).await;

    policy, "policy", NOT_FOUND, |n, call, ids| n.policy(call, ids.policy).await.map(drop);
    revise_policy, "policy", NOT_FOUND, |n, call, ids|
        n.revise_policy(call, ids.policy, travel_policy(), None).await.map(drop);
    publish_policy, "policy", NOT_FOUND, |n, call, ids|
        n.publish_policy(call, ids.policy, None).await.map(drop);
    retire_policy, "policy", NOT_FOUND, |n, call, ids|
        n.retire_policy(call, ids.policy, None).await.map(drop);

    search, "traveler", NOT_FOUND, |n, call, ids| {
        let new = NewSearch { traveler: ids.person, request: ids.request.clone() };
        n.search(call, new).await.map(drop)
    };
    offers, "search", NOT_FOUND, |n, call, ids| n.offers(call, ids.offer_set).await.map(drop);

    draft_trip, "traveler", NOT_FOUND, |n, call, ids|
        n.draft_trip(call, new_trip(ids.person, None)).await.map(drop);
    draft_trip, "offer", NOT_FOUND, |n, call, ids|
        n.draft_trip(call, new_trip(ids.own_person, Some(ids))).await.map(drop);
    change_trip, "trip", NOT_FOUND, |n, call, ids|
        n.change_trip(call, ids.trip, new_trip(ids.own_person, None), None).await.map(drop);
    change_trip, "offer", NOT_FOUND, |n, call, ids|
        n.change_trip(call, ids.own_trip, new_trip(ids.own_person, Some(ids)), None).await.map(drop);
    submit_trip, "trip", NOT_FOUND, |n, call, ids|
        n.submit_trip(call, ids.trip, None).await.map(drop);
    cancel_trip, "trip", NOT_FOUND, |n, call, ids|
        n.cancel_trip(call, ids.trip, None).await.map(drop);
    trip, "trip", NOT_FOUND, |n, call, ids| n.trip(call, ids.trip).await.map(drop);
    itinerary, "trip", NOT_FOUND, |n, call, ids| n.itinerary(call, ids.trip).await.map(drop);

    calendar, "trip", NOT_FOUND, |n, call, ids| n.calendar(call, ids.trip).await.map(drop);

    approval, "approval", NOT_FOUND, |n, call, ids|
        n.approval(call, ids.approval).await.map(drop);
    decide, "approval", NOT_FOUND, |n, call, ids| {
        let yes = NewDecision { answer: Answer::Approve, comment: None, digest: ids.digest };
        n.decide(call, ids.approval, yes, None).await.map(drop)
    };

    order, "order", NOT_FOUND, |n, call, ids| n.order(call, ids.order).await.map(drop);
    quote_cancellation, "order", NOT_FOUND, |n, call, ids|
        n.quote_cancellation(call, ids.order).await.map(drop);
    confirm_cancellation, "order", NOT_FOUND, |n, call, ids|
        n.confirm_cancellation(call, ids.order, &ids.quote, None).await.map(drop);
    declare_absent, "order", NOT_FOUND, |n, call, ids|
        n.declare_absent(call, ids.order, None).await.map(drop);
    advance, "order", NOT_FOUND, |n, call, ids|
        n.advance(call.actor.organization, ids.order).await.map(drop);
    handle, "order", NOT_FOUND, |n, call, ids|
        n.handle(call.actor.organization, Due::Order(ids.order)).await;
    handle, "approval", None, |n, call, ids|
        n.handle(call.actor.organization, Due::Approval(ids.approval)).await;
    hint, "order", None, |n, call, ids| {
        let organization = call.actor.organization;
        n.hint(&AttemptReference { organization, ..ids.attempt }).await
    };

    audit, "subject", None, |n, call, ids| {
        let subject = Subject::new(SubjectKind::Trip, ids.trip);
        let lines = n.audit(call, Some(&subject), PageRequest::first()).await?;
        assert!(lines.items.is_empty(), "lines about another organization's trip");
        Ok(())
    };
}

/// Methods without a probe, with the reason.
pub const WITHOUT_IDS: &[(&str, &str)] = &[
    ("sign_up", "makes a new organization"),
    ("identity_by_email", "logins belong to no organization"),
    ("memberships", "logins belong to no organization"),
    ("organization", "the caller's own"),
    ("me", "the caller"),
    ("people", "a list of the caller's own; see `lists_hold_only_ones_own`"),
    ("policies", "a list of the caller's own; see `lists_hold_only_ones_own`"),
    ("trips", "a list of the caller's own; see `lists_hold_only_ones_own`"),
    ("approvals", "a list of the caller's own; see `lists_hold_only_ones_own`"),
    ("orders_needing_person", "a list of the caller's own; see `lists_hold_only_ones_own`"),
    ("draft_policy", "takes a document only"),
    ("tick", "for every organization, called by the host"),
    ("due", "for every organization, called by the host"),
    ("deliver", "for every organization, called by the host"),
    ("ping", "asks the store"),
];

/// `caller` reaches for everything of `owner`: every probe is refused as it must be, and what
/// `owner` has is as it was.
pub async fn reach_from_outside<S: Supplier>(stage: &Stage<S>, owner: &Company, caller: &Company) {
    let ids = Ids::of(stage, owner, caller).await;
    let powerful = caller.all_powerful();
    let before = seen(&stage.nestmap, owner, &ids).await;
    for probe in PROBES {
        let asked = (probe.ask)(&stage.nestmap, &powerful, &ids).await;
        let what = format!("{} with a foreign {}", probe.method, probe.what);
        assert_eq!(asked.err().map(|error| error.code), probe.refused, "{what}");
    }
    assert_eq!(seen(&stage.nestmap, owner, &ids).await, before, "nothing has changed");
}

/// The trip with its orders and approvals, and the newest line of the log.
async fn seen(nestmap: &NestMap, owner: &Company, ids: &Ids) -> String {
    let trip = nestmap.trip(&owner.traveler, ids.trip).await.expect("a traveler sees the trip");
    let newest = PageRequest::new(1, None).expect("one line is a page");
    let log = nestmap.audit(&owner.admin, None, newest).await.expect("the log is read");
    format!("{trip:?} {log:?}")
}

fn placement(manager: Option<PersonId>) -> Placement {
    Placement {
        roles: [Role::Member].into(),
        manager,
        department: None,
        grade: None,
        cost_center: None,
        groups: Default::default(),
        country: None,
    }
}

fn new_person(manager: PersonId) -> NewPerson {
    NewPerson {
        email: "new@example.com".into(),
        name: "New".into(),
        roles: [Role::Member].into(),
        manager: Some(manager),
        profile: Default::default(),
    }
}

fn invitation(manager: PersonId) -> NewInvitation {
    NewInvitation {
        email: "new@example.com".into(),
        name: "New".into(),
        roles: [Role::Member].into(),
        manager: Some(manager),
    }
}

fn new_trip(traveler: PersonId, offer: Option<&Ids>) -> NewTrip {
    let flight = |ids: &Ids| NewItem::Flight { offer_set: ids.offer_set, offer: ids.offer };
    NewTrip {
        title: "Elsewhere".into(),
        purpose: None,
        travelers: vec![traveler],
        items: offer.map(flight).into_iter().collect(),
        reason: None,
    }
}
