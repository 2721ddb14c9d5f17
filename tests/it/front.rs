//! How a story reaches NestMap: in Rust, or over HTTP. Answers are told in the same terms, so that
//! one story can be played both ways.

mod embedded;
mod http;

pub use embedded::Embedded;
pub use http::Http;

use async_trait::async_trait;
use nestmap_core::Money;
use nestmap_core::access::{Role, Who};
use nestmap_core::approval::Approval;
use nestmap_core::event::Subject;
use nestmap_core::flow::approve::NewDecision;
use nestmap_core::flow::draft::NewTrip;
use nestmap_core::flow::search::AssessedOffers;
use nestmap_core::id::{ApprovalId, AuditId, OrderId, OrganizationId, PersonId, TripId};
use nestmap_core::order::{Booking, Refund};
use nestmap_core::people::TravelerProfile;
use nestmap_core::policy::PolicyDocument;
use nestmap_core::port::flights::CancellationQuote;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::shopping::{Offer, SearchRequest, SupplierRef};
use nestmap_core::trip::{Itinerary, TripAction, TripStatus};
use serde::Deserialize;

/// Somebody who may call.
#[derive(Clone, Debug)]
pub struct Caller {
    pub organization: OrganizationId,
    pub person: PersonId,
    pub email: String,
}

/// A colleague to bring in.
pub struct Colleague {
    pub name: &'static str,
    pub email: String,
    pub role: Role,
    pub manager: Option<PersonId>,
}

/// What was answered, or the code of the refusal.
pub type Answer<T> = Result<T, String>;

/// A trip as every front shows it.
#[derive(Debug, Deserialize)]
pub struct SeenTrip {
    pub id: TripId,
    pub version: Version,
    pub status: TripStatus,
    pub available_actions: Vec<TripAction>,
    pub orders: Vec<SeenOrder>,
    pub approvals: Vec<Stored<Approval>>,
}

/// An order as every front shows it.
#[derive(Debug, Deserialize)]
pub struct SeenOrder {
    pub id: OrderId,
    pub version: Version,
    pub state: String,
    pub offer: Offer,
    pub booking: Option<Booking>,
    pub paid: Option<Money>,
    pub refund: Option<Refund>,
    pub quote: Option<CancellationQuote>,
}

/// A line of the log as every front shows it.
#[derive(Debug, Deserialize)]
pub struct SeenLine {
    pub id: AuditId,
    pub by: Who,
    pub action: String,
    pub subject: Subject,
}

/// The flows of the main job.
#[async_trait]
pub trait Front: Send + Sync {
    /// A company signs up; answers its administrator.
    async fn sign_up(&self, company: &str) -> Caller;

    async fn publish(&self, admin: &Caller, policy: PolicyDocument);

    /// Invites somebody, who joins.
    async fn bring_in(&self, admin: &Caller, colleague: Colleague) -> Caller;

    async fn complete_profile(&self, who: &Caller, profile: TravelerProfile);

    async fn search(&self, who: &Caller, request: SearchRequest) -> AssessedOffers;

    async fn draft(&self, who: &Caller, new: NewTrip) -> Answer<SeenTrip>;

    async fn change(
        &self,
        who: &Caller,
        id: TripId,
        new: NewTrip,
        version: Version,
    ) -> Answer<SeenTrip>;

    async fn submit(&self, who: &Caller, id: TripId, version: Version) -> Answer<SeenTrip>;

    async fn trip(&self, who: &Caller, id: TripId) -> Answer<SeenTrip>;

    /// Whether somebody waits for the caller's decision, and about what.
    async fn waiting(&self, who: &Caller) -> Vec<ApprovalId>;

    async fn decide(
        &self,
        who: &Caller,
        id: ApprovalId,
        decision: NewDecision,
        version: Version,
    ) -> Answer<Stored<Approval>>;

    async fn order(&self, who: &Caller, id: OrderId) -> Answer<SeenOrder>;

    async fn quote(&self, who: &Caller, id: OrderId) -> Answer<SeenOrder>;

    async fn confirm(
        &self,
        who: &Caller,
        id: OrderId,
        quote: SupplierRef,
        version: Version,
    ) -> Answer<SeenOrder>;

    async fn itinerary(&self, who: &Caller, id: TripId) -> Answer<Itinerary>;

    async fn calendar(&self, who: &Caller, id: TripId) -> Answer<String>;

    /// The whole log, newest first, read page by page.
    async fn audit(&self, who: &Caller) -> Answer<Vec<SeenLine>>;
}
