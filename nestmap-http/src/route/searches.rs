//! Searching flights; every offer comes with its assessment.

use axum::Json;
use axum::extract::State;
use nestmap_core::error::Result;
use nestmap_core::flow::search::{AssessedOffer, AssessedOffers, NewSearch};
use nestmap_core::id::{OfferSetId, PersonId};
use nestmap_core::place::Terminus;
use nestmap_core::policy::{Assessment, Headline, Level};
use nestmap_core::shopping::{
    Cabin, Offer, PassengerKind, SearchPassenger, SearchRequest, SearchSlice,
};
use nestmap_core::time::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::answer::Created;
use crate::app::App;
use crate::extract::{Body, Caller, Here, Id, Writer, read, read_some};
use crate::openapi::values as schema;
use crate::problem::Answer;

/// A search on behalf of a traveler.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSearchBody {
    /// Whose policy holds; the caller when left out.
    #[serde(default)]
    #[schema(value_type = Option<schema::PersonId>)]
    traveler: Option<String>,
    /// The directions, in the order they are flown, 1 to 6.
    slices: Vec<NewSearchSliceBody>,
    /// Who flies, 1 to 9; one adult when left out.
    #[serde(default)]
    passengers: Option<Vec<NewSearchPassengerBody>>,
    /// The cabin wished for; offers of other cabins may come back.
    #[serde(default)]
    #[schema(value_type = Option<schema::Cabin>)]
    cabin: Option<Cabin>,
    /// Most plane changes in each direction: 0, 1 or 2; 1 when left out.
    #[serde(default)]
    max_connections: Option<i64>,
}

/// One direction of a search.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSearchSliceBody {
    /// Where to leave from.
    #[schema(value_type = schema::Terminus)]
    origin: String,
    /// Where to go to.
    #[schema(value_type = schema::Terminus)]
    destination: String,
    /// The day of departure at the origin.
    #[schema(value_type = schema::Date)]
    departure_date: String,
}

/// One passenger of a search.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewSearchPassengerBody {
    #[schema(value_type = schema::PassengerKind)]
    kind: PassengerKind,
    /// In years, on the last day of travel; required for children.
    #[serde(default)]
    age: Option<i64>,
}

impl NewSearchBody {
    fn read(self, caller: PersonId) -> Result<NewSearch> {
        let traveler = read_some("traveler", self.traveler.as_deref(), str::parse)?;
        let slices = self.slices.iter().enumerate().map(|(index, slice)| slice.read(index));
        let one_adult = || vec![NewSearchPassengerBody { kind: PassengerKind::Adult, age: None }];
        let passengers = self.passengers.unwrap_or_else(one_adult);
        let passengers =
            passengers.into_iter().map(|p| SearchPassenger { kind: p.kind, age: p.age });
        Ok(NewSearch {
            traveler: traveler.unwrap_or(caller),
            request: SearchRequest {
                slices: slices.collect::<Result<_>>()?,
                passengers: passengers.collect(),
                cabin: self.cabin,
                max_connections: self.max_connections,
            },
        })
    }
}

impl NewSearchSliceBody {
    fn read(&self, index: usize) -> Result<SearchSlice> {
        let field = |name: &str| format!("slices[{index}].{name}");
        Ok(SearchSlice {
            origin: read(&field("origin"), &self.origin, Terminus::parse)?,
            destination: read(&field("destination"), &self.destination, Terminus::parse)?,
            departure_date: read(&field("departure_date"), &self.departure_date, str::parse)?,
        })
    }
}

/// A search and what it found.
#[derive(Serialize, ToSchema)]
pub(super) struct OffersBody {
    #[schema(value_type = schema::OfferSetId)]
    id: OfferSetId,
    /// Whose policy held.
    #[schema(value_type = schema::PersonId)]
    traveler: PersonId,
    #[schema(value_type = schema::SearchRequest)]
    request: SearchRequest,
    /// When the supplier answered.
    #[schema(value_type = schema::Timestamp)]
    found_at: Timestamp,
    /// Whether an offer was booked; then the others can't be.
    used: bool,
    /// How many offers the policy hides.
    hidden: i64,
    /// Cheapest first.
    offers: Vec<AssessedOfferBody>,
}

/// An offer and what the policy makes of it.
#[derive(Serialize, ToSchema)]
pub(super) struct AssessedOfferBody {
    /// Within the policy, outside, or not known.
    #[schema(value_type = schema::Headline)]
    headline: Headline,
    /// What the policy asks for, in one word.
    #[schema(value_type = schema::Level)]
    level: Level,
    #[schema(value_type = schema::Offer)]
    offer: Offer,
    #[schema(value_type = schema::Assessment)]
    assessment: Assessment,
}

impl From<AssessedOffers> for OffersBody {
    fn from(found: AssessedOffers) -> Self {
        let AssessedOffers { id, traveler, request, found_at, used, hidden, offers } = found;
        let offers = offers.into_iter().map(AssessedOfferBody::from).collect();
        Self { id, traveler, request, found_at, used, hidden, offers }
    }
}

impl From<AssessedOffer> for AssessedOfferBody {
    fn from(AssessedOffer { offer, assessment }: AssessedOffer) -> Self {
        Self { headline: assessment.headline(), level: assessment.level(), offer, assessment }
    }
}

/// Search flights
#[utoipa::path(
    post, path = "/searches", tag = "searches",
    request_body = NewSearchBody,
    responses((status = 201, description = "Found.", body = OffersBody)),
)]
pub(super) async fn search(
    State(app): State<App>,
    Writer(call): Writer,
    here: Here,
    Body(body): Body<NewSearchBody>,
) -> Answer<Created<Json<OffersBody>>> {
    let new = body.read(call.actor.need_person()?)?;
    let found = app.nestmap().search(&call, new).await?;
    Ok(Created(here.member(found.id), Json(found.into())))
}

/// See the offers of a search
///
/// They are assessed anew by the policies that hold now.
#[utoipa::path(
    get, path = "/searches/{search}", tag = "searches",
    params(("search" = String, Path)),
    responses((status = 200, description = "The offers.", body = OffersBody)),
)]
pub(super) async fn offers(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(search): Id<OfferSetId>,
) -> Answer<Json<OffersBody>> {
    Ok(Json(app.nestmap().offers(&call, search).await?.into()))
}
