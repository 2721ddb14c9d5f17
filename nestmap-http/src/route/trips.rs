//! Trips: drafted, changed, submitted, canceled; their itinerary.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, header};
use nestmap_core::error::Result;
use nestmap_core::flow::draft::{NewItem, NewTrip};
use nestmap_core::flow::trips::{TripLine, TripView};
use nestmap_core::id::{OrganizationId, PersonId, TripId};
use nestmap_core::place::Terminus;
use nestmap_core::port::store::{Stored, Version};
use nestmap_core::time::Timestamp;
use nestmap_core::trip::itinerary::Entry;
use nestmap_core::trip::{
    Item, Itinerary, Lint, Reason, Stay, Trip, TripAction, TripState, TripStatus,
};
use nestmap_core::{Code, Error, Money};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::approvals::ApprovalBody;
use super::orders::OrderBody;
use crate::answer::{Created, Versioned};
use crate::app::App;
use crate::extract::{Asked, Body, Caller, Expected, Here, Id, Writer, read};
use crate::openapi::values as schema;
use crate::page::{List, PageBody, Paging};
use crate::problem::Answer;

/// A trip as its traveler or arranger describes it. A change replaces everything.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct NewTripBody {
    /// What people call it.
    title: String,
    /// Why it is made, by the organization's own name.
    #[serde(default)]
    purpose: Option<String>,
    /// Who travels, in the order of the offers' passengers; the caller when left out.
    #[serde(default)]
    #[schema(value_type = Option<Vec<schema::PersonId>>)]
    travelers: Option<Vec<String>>,
    /// What is to be bought, at most 20 things.
    #[serde(default)]
    #[schema(value_type = Vec<schema::NewItem>)]
    items: Vec<NewItemBody>,
    /// What the traveler says where the policy asks for a reason.
    #[serde(default)]
    #[schema(value_type = Option<schema::Reason>)]
    reason: Option<Reason>,
}

/// An item of a new trip. Read field by field, so that a mistake is told with its path.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewItemBody {
    kind: NewItemKind,
    #[serde(default)]
    offer_set: Option<String>,
    #[serde(default)]
    offer: Option<String>,
    #[serde(default)]
    stay: Option<NewStayBody>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum NewItemKind {
    Flight,
    Stay,
}

/// A planned hotel stay.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NewStayBody {
    property: String,
    place: String,
    check_in: String,
    check_out: String,
    nightly: MoneyBody,
    #[serde(default)]
    nightly_tax: Option<MoneyBody>,
    #[serde(default)]
    stars: Option<i64>,
    #[serde(default)]
    refundable: Option<bool>,
}

/// An exact amount.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct MoneyBody {
    amount: String,
    currency: String,
}

impl NewTripBody {
    fn read(self, caller: PersonId) -> Result<NewTrip> {
        let travelers = match self.travelers {
            None => vec![caller],
            Some(ids) => ids
                .iter()
                .enumerate()
                .map(|(index, id)| read(&format!("travelers[{index}]"), id, str::parse))
                .collect::<Result<_>>()?,
        };
        let items = self.items.into_iter().enumerate().map(|(index, item)| item.read(index));
        let items = items.collect::<Result<_>>()?;
        let Self { title, purpose, reason, .. } = self;
        Ok(NewTrip { title, purpose, travelers, items, reason })
    }
}

impl NewItemBody {
    fn read(self, index: usize) -> Result<NewItem> {
        let field = |name: &str| format!("items[{index}].{name}");
        let missing = |name: &str| {
            let field = field(name);
            Error::new(Code::InvalidField, format!("`{field}` is missing")).field(field)
        };
        let foreign = |name: &str| {
            let field = field(name);
            Error::new(Code::InvalidField, format!("this kind of item has no `{field}`"))
                .field(field)
        };
        match (self.kind, self.offer_set, self.offer, self.stay) {
            (NewItemKind::Flight, Some(set), Some(offer), None) => Ok(NewItem::Flight {
                offer_set: read(&field("offer_set"), &set, str::parse)?,
                offer: read(&field("offer"), &offer, str::parse)?,
            }),
            (NewItemKind::Flight, _, _, Some(_)) => Err(foreign("stay")),
            (NewItemKind::Flight, None, ..) => Err(missing("offer_set")),
            (NewItemKind::Flight, _, None, _) => Err(missing("offer")),
            (NewItemKind::Stay, None, None, Some(stay)) => {
                Ok(NewItem::Stay { stay: stay.read(&field("stay"))? })
            }
            (NewItemKind::Stay, Some(_), ..) => Err(foreign("offer_set")),
            (NewItemKind::Stay, _, Some(_), _) => Err(foreign("offer")),
            (NewItemKind::Stay, .., None) => Err(missing("stay")),
        }
    }
}

impl NewStayBody {
    fn read(self, at: &str) -> Result<Stay> {
        let field = |name: &str| format!("{at}.{name}");
        let nightly = self.nightly.read(&field("nightly"))?;
        let nightly_tax =
            self.nightly_tax.map(|tax| tax.read(&field("nightly_tax"))).transpose()?;
        if let Some(tax) = nightly_tax {
            nightly.plus(tax).map_err(|error| error.field(field("nightly_tax")))?;
        }
        Ok(Stay {
            place: read(&field("place"), &self.place, Terminus::parse)?,
            check_in: read(&field("check_in"), &self.check_in, str::parse)?,
            check_out: read(&field("check_out"), &self.check_out, str::parse)?,
            nightly,
            nightly_tax,
            property: self.property,
            stars: self.stars,
            refundable: self.refundable,
        })
    }
}

impl MoneyBody {
    fn read(&self, at: &str) -> Result<Money> {
        Money::parse(&self.amount, &self.currency).map_err(|error| {
            let part = if error.code == Code::UnknownCurrency { "currency" } else { "amount" };
            error.field(format!("{at}.{part}"))
        })
    }
}

/// A trip with what it has come to.
#[derive(Serialize, ToSchema)]
pub(super) struct TripBody {
    #[schema(value_type = schema::TripId)]
    id: TripId,
    version: Version,
    title: String,
    #[schema(required)]
    purpose: Option<String>,
    /// Who travels.
    #[schema(value_type = Vec<schema::PersonId>)]
    travelers: Vec<PersonId>,
    /// Who drafted it.
    #[schema(value_type = schema::PersonId)]
    booked_by: PersonId,
    /// What it has come to.
    #[schema(value_type = schema::TripStatus)]
    status: TripStatus,
    /// What can be done with it now; whether the caller may is another question.
    #[schema(value_type = Vec<schema::TripAction>)]
    available_actions: Vec<TripAction>,
    #[schema(value_type = schema::TripState)]
    state: TripState,
    #[schema(value_type = Vec<schema::Item>)]
    items: Vec<Item>,
    #[schema(required, value_type = Option<schema::Reason>)]
    reason: Option<Reason>,
    /// Everything ordered for it, oldest first.
    orders: Vec<OrderBody>,
    /// Every request for its approval, oldest first.
    approvals: Vec<ApprovalBody>,
    /// What a careful colleague would notice about it.
    #[schema(value_type = Vec<schema::Lint>)]
    lints: Vec<LintBody>,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
}

impl TripBody {
    fn versioned(view: TripView) -> Versioned<Self> {
        let TripView { trip: Stored { value, version }, status, available_actions, .. } = view;
        let Trip {
            id, title, purpose, travelers, booked_by, items, reason, state, created_at, ..
        } = value;
        let orders = view.orders.into_iter().map(OrderBody::of).collect();
        let approvals = view.approvals.into_iter().map(ApprovalBody::of).collect();
        let lints = view.lints.into_iter().map(LintBody::of).collect();
        let body = Self {
            id,
            version,
            title,
            purpose,
            travelers,
            booked_by,
            status,
            available_actions,
            state,
            items,
            reason,
            orders,
            approvals,
            lints,
            created_at,
        };
        Versioned(version, body)
    }
}

/// Something to notice, with a sentence for people.
#[derive(Serialize)]
struct LintBody {
    #[serde(flatten)]
    lint: Lint,
    sentence: String,
}

impl LintBody {
    fn of(lint: Lint) -> Self {
        Self { sentence: lint.sentence(), lint }
    }
}

/// A line in a list of trips.
#[derive(Serialize, ToSchema)]
pub(super) struct TripLineBody {
    #[schema(value_type = schema::TripId)]
    id: TripId,
    version: Version,
    title: String,
    #[schema(required)]
    purpose: Option<String>,
    #[schema(value_type = Vec<schema::PersonId>)]
    travelers: Vec<PersonId>,
    #[schema(value_type = schema::PersonId)]
    booked_by: PersonId,
    #[schema(value_type = schema::TripStatus)]
    status: TripStatus,
    /// How many things are to be bought.
    items: usize,
    /// The first departure; null without a flight.
    #[schema(required, value_type = Option<schema::Timestamp>)]
    departs_at: Option<Timestamp>,
    #[schema(value_type = schema::Timestamp)]
    created_at: Timestamp,
}

impl TripLineBody {
    fn of(TripLine { trip: Stored { value, version }, status }: TripLine) -> Self {
        let offers = value.items.iter().filter_map(Item::offer);
        let departs_at = offers.filter_map(|(_, offer)| offer.flight.departs_at()).min();
        let items = value.items.len();
        let Trip { id, title, purpose, travelers, booked_by, created_at, .. } = value;
        Self {
            id,
            version,
            title,
            purpose,
            travelers,
            booked_by,
            status,
            items,
            departs_at,
            created_at,
        }
    }
}

/// A trip as the traveler carries it.
#[derive(Serialize, ToSchema)]
pub(super) struct ItineraryBody {
    /// The trip's title.
    title: String,
    /// Flights and stays in the order they begin.
    #[schema(value_type = Vec<schema::ItineraryEntry>)]
    entries: Vec<Entry>,
}

/// List trips
///
/// Everybody's for those who may see them, else one's own.
#[utoipa::path(
    get, path = "/trips", tag = "trips", params(Paging),
    responses((status = 200, description = "Trips, newest first.", body = PageBody<TripLineBody>)),
)]
pub(super) async fn trips(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Asked(paging): Asked<Paging>,
) -> Answer<Json<PageBody<TripLineBody>>> {
    let list = list(call.actor.organization);
    let page = app.nestmap().trips(&call, app.cursors().request(list, &paging)?).await?;
    Ok(Json(app.cursors().answer(list, page, TripLineBody::of)))
}

fn list(organization: OrganizationId) -> List<'static> {
    List { organization, name: "trips", filter: "" }
}

/// Draft a trip
///
/// Every item is judged by the policy.
#[utoipa::path(
    post, path = "/trips", tag = "trips",
    request_body = NewTripBody,
    responses((status = 201, description = "Drafted.", body = TripBody)),
)]
pub(super) async fn draft_trip(
    State(app): State<App>,
    Writer(call): Writer,
    here: Here,
    Body(body): Body<NewTripBody>,
) -> Answer<Created<Versioned<TripBody>>> {
    let new = body.read(call.actor.need_person()?)?;
    let view = app.nestmap().draft_trip(&call, new).await?;
    Ok(Created(here.member(view.trip.value.id), TripBody::versioned(view)))
}

/// See a trip
#[utoipa::path(
    get, path = "/trips/{trip}", tag = "trips",
    params(("trip" = String, Path)),
    responses((status = 200, description = "The trip.", body = TripBody)),
)]
pub(super) async fn trip(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(trip): Id<TripId>,
) -> Answer<Versioned<TripBody>> {
    Ok(TripBody::versioned(app.nestmap().trip(&call, trip).await?))
}

/// Replace a draft
///
/// Items that are bought already stay, and with them the travelers they were bought for.
#[utoipa::path(
    put, path = "/trips/{trip}", tag = "trips",
    params(("trip" = String, Path)),
    request_body = NewTripBody,
    responses((status = 200, description = "Replaced.", body = TripBody)),
)]
pub(super) async fn change_trip(
    State(app): State<App>,
    Writer(call): Writer,
    Id(trip): Id<TripId>,
    Expected(version): Expected,
    Body(body): Body<NewTripBody>,
) -> Answer<Versioned<TripBody>> {
    let new = body.read(call.actor.need_person()?)?;
    Ok(TripBody::versioned(app.nestmap().change_trip(&call, trip, new, version).await?))
}

/// Submit a draft
///
/// In policy it is bought; out of policy somebody is asked first, and seats are held meanwhile
/// where they can be. The trip's status tells which.
#[utoipa::path(
    post, path = "/trips/{trip}/submit", tag = "trips",
    params(("trip" = String, Path)),
    responses((status = 200, description = "Submitted.", body = TripBody)),
)]
pub(super) async fn submit_trip(
    State(app): State<App>,
    Writer(call): Writer,
    Id(trip): Id<TripId>,
    Expected(version): Expected,
) -> Answer<Versioned<TripBody>> {
    Ok(TripBody::versioned(app.nestmap().submit_trip(&call, trip, version).await?))
}

/// Give a trip up
///
/// Its approval is withdrawn and held seats are given back. What is paid must be canceled first,
/// order by order.
#[utoipa::path(
    post, path = "/trips/{trip}/cancel", tag = "trips",
    params(("trip" = String, Path)),
    responses((status = 200, description = "Given up.", body = TripBody)),
)]
pub(super) async fn cancel_trip(
    State(app): State<App>,
    Writer(call): Writer,
    Id(trip): Id<TripId>,
    Expected(version): Expected,
) -> Answer<Versioned<TripBody>> {
    Ok(TripBody::versioned(app.nestmap().cancel_trip(&call, trip, version).await?))
}

/// See a trip's itinerary
#[utoipa::path(
    get, path = "/trips/{trip}/itinerary", tag = "trips",
    params(("trip" = String, Path)),
    responses((status = 200, description = "The itinerary.", body = ItineraryBody)),
)]
pub(super) async fn itinerary(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(trip): Id<TripId>,
) -> Answer<Json<ItineraryBody>> {
    let Itinerary { title, entries } = app.nestmap().itinerary(&call, trip).await?;
    Ok(Json(ItineraryBody { title, entries }))
}

/// Get a trip's itinerary as a calendar file
#[utoipa::path(
    get, path = "/trips/{trip}/itinerary.ics", tag = "trips",
    params(("trip" = String, Path)),
    responses((
        status = 200, description = "The calendar file (RFC 5545).",
        body = String, content_type = "text/calendar",
    )),
)]
pub(super) async fn calendar(
    State(app): State<App>,
    Caller { call, .. }: Caller,
    Id(trip): Id<TripId>,
) -> Answer<([(HeaderName, &'static str); 2], String)> {
    let calendar = app.nestmap().calendar(&call, trip).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"itinerary.ics\""),
    ];
    Ok((headers, calendar))
}
