//! One of everything an organization can have.

use nestmap_core::NestMap;
use nestmap_core::access::Role;
use nestmap_core::digest::Digest;
use nestmap_core::flow::draft::NewTrip;
use nestmap_core::flow::onboard::NewInvitation;
use nestmap_core::id::{
    ApprovalId, IdentityId, InvitationId, OfferId, OfferSetId, OrderId, PersonId, PolicyId,
    SessionId, TripId,
};
use nestmap_core::page::PageRequest;
use nestmap_core::port::flights::AttemptReference;
use nestmap_core::port::store::Membership;
use nestmap_core::shopping::{SearchRequest, SupplierRef};

use super::{Company, Stage, Supplier};

/// Things of one organization, for another to reach for, and what the other has itself.
#[derive(Clone)]
pub struct Ids {
    pub person: PersonId,
    pub identity: IdentityId,
    pub invitation: InvitationId,
    pub session: SessionId,
    pub policy: PolicyId,
    pub offer_set: OfferSetId,
    pub offer: OfferId,
    pub trip: TripId,
    pub approval: ApprovalId,
    pub digest: Digest,
    pub order: OrderId,
    pub attempt: AttemptReference,
    pub quote: SupplierRef,
    pub request: SearchRequest,
    /// A person of the caller's own organization.
    pub own_person: PersonId,
    /// A draft of the caller's own organization.
    pub own_trip: TripId,
}

/// What the invitation's link carries.
pub fn invitation_secret() -> Digest {
    Digest::of("secret", &"invitation")
}

/// What the session can be refreshed with.
pub fn refresh_token() -> Digest {
    Digest::of("secret", &"refresh")
}

impl Ids {
    /// Makes one of everything for `owner`: a login with a session, an invitation, a trip that
    /// waits for approval with its seats held, a quote. `caller` gets a draft of its own.
    pub async fn of<S: Supplier>(stage: &Stage<S>, owner: &Company, caller: &Company) -> Self {
        let nestmap = &stage.nestmap;
        let request = stage.supplier.request();
        let trip = owner.trip_to_approve(nestmap, request.clone()).await.trip.value.id;
        stage.settle().await;
        let view = nestmap.trip(&owner.traveler, trip).await.expect("a traveler sees the trip");
        let order = &view.orders[0].value;
        assert_eq!(order.state_name(), "held");
        let quoted = nestmap.quote_cancellation(&owner.traveler, order.id).await;
        let (offer_set, offer) = view.trip.value.items[0].offer().expect("a flight");
        let approval = &view.approvals[0].value;
        Self {
            person: owner.traveler_id(),
            identity: login(nestmap, owner).await,
            invitation: invitation(nestmap, owner).await,
            session: session(nestmap, owner).await,
            policy: policy(nestmap, owner).await,
            offer_set,
            offer: offer.id,
            trip,
            approval: approval.id,
            digest: approval.binding.digest,
            order: order.id,
            attempt: order.reference(order.past[0].id),
            quote: quoted
                .expect("it is quoted")
                .value
                .cancellation
                .quote()
                .expect("here it is")
                .quote
                .clone(),
            request,
            own_person: caller.traveler_id(),
            own_trip: draft(nestmap, caller).await,
        }
    }
}

async fn draft(nestmap: &NestMap, company: &Company) -> TripId {
    let draft = NewTrip {
        title: "At home".into(),
        purpose: None,
        travelers: vec![company.traveler_id()],
        items: Vec::new(),
        reason: None,
    };
    let draft = nestmap.draft_trip(&company.traveler, draft).await.expect("a trip is drafted");
    draft.trip.value.id
}

async fn policy(nestmap: &NestMap, company: &Company) -> PolicyId {
    let policies = nestmap.policies(&company.admin, PageRequest::first()).await;
    policies.expect("policies").items[0].value.id
}

async fn login(nestmap: &NestMap, company: &Company) -> IdentityId {
    let admin = nestmap.me(&company.admin).await.expect("an administrator");
    admin.value.identity.expect("who signed up has a login")
}

async fn invitation(nestmap: &NestMap, company: &Company) -> InvitationId {
    let new = NewInvitation {
        email: "guest@example.com".into(),
        name: "Guest".into(),
        roles: [Role::Viewer].into(),
        manager: None,
    };
    let made = nestmap.invite(&company.admin, new, invitation_secret()).await;
    made.expect("an invitation").value.id
}

async fn session(nestmap: &NestMap, company: &Company) -> SessionId {
    let membership = Membership { organization: company.id, person: company.admin_id() };
    let identity = login(nestmap, company).await;
    let opened = nestmap.open_session(membership, identity, refresh_token(), None).await;
    opened.expect("a session").id
}
