//! NestMap inside the program that calls it.

use async_trait::async_trait;
use nestmap_core::approval::Approval;
use nestmap_core::digest::Digest;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::NewTrip;
use nestmap_core::flow::onboard::{Login, NewInvitation, SignUp};
use nestmap_core::flow::search::{AssessedOffers, NewSearch};
use nestmap_core::flow::trips::TripView;
use nestmap_core::id::{ApprovalId, OrderId, TripId};
use nestmap_core::order::{Order, OrderState};
use nestmap_core::page::PageRequest;
use nestmap_core::people::TravelerProfile;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::shopping::{SearchRequest, SupplierRef};
use nestmap_core::testing::fixture;
use nestmap_core::trip::Itinerary;
use nestmap_core::{Call, Currency, NestMap, Result};

use super::{Answer, Caller, Colleague, Front, SeenLine, SeenOrder, SeenTrip};

/// The facade, called as it is.
pub struct Embedded(pub NestMap);

impl Embedded {
    async fn call(&self, who: &Caller) -> Call {
        let actor = self.0.actor(who.organization, who.person).await;
        Call::by(actor.expect("the caller belongs to the company"))
    }
}

fn told<T>(answer: Result<T>) -> Answer<T> {
    answer.map_err(|error| error.code.to_string())
}

fn order(stored: Stored<Order>) -> SeenOrder {
    let Stored { value, version } = stored;
    let (paid, refund) = match &value.state {
        OrderState::Booked { paid, .. } => (Some(*paid), None),
        OrderState::Canceled { paid, refund, .. } => (paid.amount(), Some(refund.clone())),
        _ => (None, None),
    };
    SeenOrder {
        id: value.id,
        version,
        state: value.state_name().to_owned(),
        booking: value.booking().cloned(),
        paid,
        refund,
        quote: value.cancellation.quote().cloned(),
        offer: value.offer,
    }
}

fn trip(view: TripView) -> SeenTrip {
    SeenTrip {
        id: view.trip.value.id,
        version: view.trip.version,
        status: view.status,
        available_actions: view.available_actions,
        orders: view.orders.into_iter().map(order).collect(),
        approvals: view.approvals,
    }
}

#[async_trait]
impl Front for Embedded {
    async fn sign_up(&self, company: &str) -> Caller {
        let email = format!("rosa@{}.example.com", company.to_lowercase());
        let founder = SignUp {
            organization: company.to_owned(),
            country: fixture::parse("DE"),
            currency: Currency::parse("EUR").expect("a currency"),
            name: "Rosa Boss".into(),
            email: email.clone(),
            login: Some(login()),
        };
        let made = self.0.sign_up(founder, None, None).await.expect("a company signs up");
        Caller { organization: made.organization, person: made.person, email }
    }

    async fn publish(&self, admin: &Caller, policy: PolicyDocument) {
        let call = self.call(admin).await;
        let draft = self.0.draft_policy(&call, policy).await.expect("a policy is kept");
        let published = self.0.publish_policy(&call, draft.value.id, Some(draft.version)).await;
        published.expect("a draft is published");
    }

    async fn bring_in(&self, admin: &Caller, colleague: Colleague) -> Caller {
        let Colleague { name, email, role, manager } = colleague;
        let secret = Digest::of("secret", &email);
        let new = NewInvitation {
            email: email.clone(),
            name: name.to_owned(),
            roles: [role].into(),
            manager,
        };
        let call = self.call(admin).await;
        let invited = self.0.invite(&call, new, secret).await.expect("an invitation").value.id;
        let joined = self
            .0
            .accept_invitation(admin.organization, invited, secret, Some(login()), None)
            .await;
        let joined = joined.expect("an invitation is taken up");
        Caller { organization: joined.organization, person: joined.person, email }
    }

    async fn complete_profile(&self, who: &Caller, profile: TravelerProfile) {
        let call = self.call(who).await;
        let saved = self.0.update_profile(&call, who.person, profile, None).await;
        saved.expect("a traveler completes the profile");
    }

    async fn search(&self, who: &Caller, request: SearchRequest) -> AssessedOffers {
        let new = NewSearch { traveler: who.person, request };
        self.0.search(&self.call(who).await, new).await.expect("a search brings offers")
    }

    async fn draft(&self, who: &Caller, new: NewTrip) -> Answer<SeenTrip> {
        told(self.0.draft_trip(&self.call(who).await, new).await).map(trip)
    }

    async fn change(
        &self,
        who: &Caller,
        id: TripId,
        new: NewTrip,
        version: Version,
    ) -> Answer<SeenTrip> {
        let changed = self.0.change_trip(&self.call(who).await, id, new, Some(version)).await;
        told(changed).map(trip)
    }

    async fn submit(&self, who: &Caller, id: TripId, version: Version) -> Answer<SeenTrip> {
        told(self.0.submit_trip(&self.call(who).await, id, Some(version)).await).map(trip)
    }

    async fn trip(&self, who: &Caller, id: TripId) -> Answer<SeenTrip> {
        told(self.0.trip(&self.call(who).await, id).await).map(trip)
    }

    async fn waiting(&self, who: &Caller) -> Vec<ApprovalId> {
        let page = self.0.approvals(&self.call(who).await, PageRequest::first()).await;
        let items = page.expect("a list").items;
        items.into_iter().map(|stored| stored.value.id).collect()
    }

    async fn decide(
        &self,
        who: &Caller,
        id: ApprovalId,
        decision: NewDecision,
        version: Version,
    ) -> Answer<Stored<Approval>> {
        told(self.0.decide(&self.call(who).await, id, decision, Some(version)).await)
    }

    async fn order(&self, who: &Caller, id: OrderId) -> Answer<SeenOrder> {
        told(self.0.order(&self.call(who).await, id).await).map(order)
    }

    async fn quote(&self, who: &Caller, id: OrderId) -> Answer<SeenOrder> {
        told(self.0.quote_cancellation(&self.call(who).await, id).await).map(order)
    }

    async fn confirm(
        &self,
        who: &Caller,
        id: OrderId,
        quote: SupplierRef,
        version: Version,
    ) -> Answer<SeenOrder> {
        let call = self.call(who).await;
        told(self.0.confirm_cancellation(&call, id, &quote, Some(version)).await).map(order)
    }

    async fn itinerary(&self, who: &Caller, id: TripId) -> Answer<Itinerary> {
        told(self.0.itinerary(&self.call(who).await, id).await)
    }

    async fn calendar(&self, who: &Caller, id: TripId) -> Answer<String> {
        told(self.0.calendar(&self.call(who).await, id).await)
    }

    async fn audit(&self, who: &Caller) -> Answer<Vec<SeenLine>> {
        let call = self.call(who).await;
        let (mut lines, mut after) = (Vec::new(), None);
        loop {
            let page = PageRequest::new(7, after).expect("seven lines are a page");
            let page = told(self.0.audit(&call, None, page).await)?;
            lines.extend(page.items.into_iter().map(|line| SeenLine {
                id: line.id,
                by: line.by,
                action: line.action,
                subject: line.subject,
            }));
            after = page.next;
            if after.is_none() {
                return Ok(lines);
            }
        }
    }
}

/// A login nobody uses: the library's host has checked who calls.
fn login() -> Login {
    Login::New { password_hash: "$argon2id$".into() }
}
