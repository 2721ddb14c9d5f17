//! Handing a trip in: in policy it is cleared at once, out of policy somebody is asked.

use serde_json::json;

use super::judge::Bench;
use super::settle::Orders;
use super::{Call, Work, home};
use crate::access::{Permission, Role, Who};
use crate::approval::route::{Parties, route};
use crate::approval::{
    Approval, ApprovalState, Binding, Deadline, Step, Tolerance, binding::Covered,
};
use crate::error::{Code, Error, Result};
use crate::flow::trips::TripView;
use crate::id::{ApprovalId, OrderId, TripId};
use crate::nestmap::NestMap;
use crate::order::{Cancellation, Clearance, Order, OrderState};
use crate::people::Person;
use crate::policy::document::Silence;
use crate::policy::outcome::{ApprovalNeed, ApproverStep, Bookability, Evidence, Outcome};
use crate::policy::rule::Steps;
use crate::policy::{Assessment, PolicyInForce};
use crate::port::store::{Change, Version, Write};
use crate::shopping::FlightOffer;
use crate::trip::{Item, ItemKind, Trip};

/// How many characters a reason in words has at least.
const REASON_CHARACTERS_MIN: usize = 10;

impl NestMap {
    /// Hands a draft in.
    ///
    /// Every item is judged anew. What the policy refuses isn't handed in; what it lets pass is
    /// cleared, and its orders are due at once; for the rest, approval is asked for, and seats are
    /// held in the meantime where they can be.
    pub async fn submit_trip(
        &self,
        call: &Call,
        id: TripId,
        expected: Option<Version>,
    ) -> Result<TripView> {
        self.write(call, "submit_trip", &id, |work| async move {
            let work = self.decide_submission(call, work, id, expected).await?;
            Ok((work, ()))
        })
        .await?;
        self.trip(call, id).await
    }

    async fn decide_submission<'a>(
        &self,
        call: &Call,
        mut work: Work<'a>,
        id: TripId,
        expected: Option<Version>,
    ) -> Result<Work<'a>> {
        let now = work.now;
        let stored = self.trip_for(call, id, Permission::TripWrite).await?.expect(expected)?;
        stored.value.must_be_draft()?;
        let bench = self.bench(call, &stored.value.travelers, now).await?;
        let Judged { trip, total, outcome, policies } =
            self.judge_trip(&bench, stored.value).await?;
        check_bookable(call, &outcome)?;
        check_evidence(&trip, &outcome)?;
        bench.check_payment(&trip, &total)?;
        work.guard(bench.guard.0, bench.guard.1);

        let terms = Terms::of(&bench.policies);
        let binding = bind(&trip, &policies, terms.tolerance)?;
        let waits = outcome.approval >= ApprovalNeed::Soft;
        let may_hold = outcome.approval != ApprovalNeed::BeforeBooking;
        let mut trip = trip;
        for index in 0..trip.items.len() {
            let clearance = |offer: &FlightOffer| -> Result<Clearance> {
                let ceiling = terms.tolerance.ceiling(offer.total)?;
                Ok(if waits {
                    Clearance::Waiting { may_hold, ceiling }
                } else {
                    Clearance::Cleared { at: now, ceiling }
                })
            };
            let order =
                self.plan_order(&mut work, &trip, &trip.items[index], &bench, clearance).await?;
            trip.items[index].order = order.or(trip.items[index].order);
        }
        let facts = json!({
            "digest": binding.digest,
            "total": binding.total,
            "level": outcome.level(),
            "policies": policies,
        });
        if waits {
            let people = self.deciders(call).await?;
            let mut arranged = vec![trip.booked_by, call.actor.need_person()?];
            arranged.extend(trip.items.iter().map(|item| item.chosen_by));
            let parties =
                Parties { travelers: &bench.travelers, others: &arranged, deciders: &people };
            let wanted = terms.wanted(&outcome);
            let steps = route(&wanted, parties)?;
            let approval =
                self.request(call, &work, &trip, &outcome, binding, steps, &terms, may_hold)?;
            let trip = trip.submit(approval.id, now)?;
            work.record(Change::Trip(Write::Update(trip, stored.version)), "trip.submitted", facts);
            let asked = json!({
                "trip": id,
                "approvers": approval.approvers().collect::<Vec<_>>(),
                "deadline": approval.deadline,
            });
            work.record(Change::Approval(Write::Insert(approval)), "approval.asked", asked);
        } else {
            let trip = trip.clear(now)?;
            work.record(Change::Trip(Write::Update(trip, stored.version)), "trip.cleared", facts);
        }
        Ok(work)
    }

    async fn judge_trip(&self, bench: &Bench, mut trip: Trip) -> Result<Judged> {
        let candidates = self.candidates(&trip).await?;
        let mut assessments = bench.items(&trip, &candidates)?;
        let total = bench.total(&trip)?;
        let outcomes = assessments.iter().chain([&total]).map(|a| a.outcome.clone());
        let outcome = outcomes.fold(Outcome::ALLOW, Outcome::join);
        let mut policies: Vec<_> = assessments
            .iter()
            .chain([&total])
            .flat_map(|a: &Assessment| a.policies.clone())
            .collect();
        policies.sort();
        policies.dedup();
        for (item, assessment) in trip.items.iter_mut().zip(assessments.drain(..)) {
            item.assessment = Some(assessment);
        }
        Ok(Judged { trip, total: total.outcome, outcome, policies })
    }

    /// Plans the order of a flight that has none, and uses its search up.
    async fn plan_order(
        &self,
        work: &mut Work<'_>,
        trip: &Trip,
        item: &Item,
        bench: &Bench,
        clearance: impl Fn(&FlightOffer) -> Result<Clearance>,
    ) -> Result<Option<OrderId>> {
        let (ItemKind::Flight { offer_set, offer }, None) = (&item.kind, item.order) else {
            return Ok(None);
        };
        offer.flight.still_sold(work.now)?;
        let set = self.store.offer_set(trip.organization, *offer_set).await?;
        let set = super::found("search", set)?;
        let order = Order {
            id: OrderId::new(work.now, self.for_id()),
            organization: trip.organization,
            trip: trip.id,
            item: item.id,
            offer: offer.clone(),
            passengers: passengers(&bench.travelers, &offer.flight)?,
            clearance: clearance(&offer.flight)?,
            state: OrderState::Planned { not_before: work.now, tries: 0, hold_refused: false },
            cancellation: Cancellation::NotAsked,
            past: Vec::new(),
            created_at: work.now,
        };
        let used = set.value.used(order.id)?;
        work.change(Change::OfferSet(Write::Update(used, set.version)));
        let (id, facts) = (order.id, json!({ "trip": trip.id, "price": offer.flight.total }));
        work.record(Change::Order(Write::Insert(order)), "order.planned", facts);
        Ok(Some(id))
    }

    #[expect(clippy::too_many_arguments, reason = "an approval is made in one place")]
    fn request(
        &self,
        call: &Call,
        work: &Work<'_>,
        trip: &Trip,
        outcome: &Outcome,
        binding: Binding,
        steps: Vec<Step>,
        terms: &Terms,
        may_hold: bool,
    ) -> Result<Approval> {
        let offers = trip.items.iter().filter_map(Item::offer).map(|(_, offer)| &offer.flight);
        let silence = match outcome.approval {
            // "Soft" says by its name that silence is consent.
            ApprovalNeed::Soft => Silence::Approve,
            _ => terms.silence,
        };
        Ok(Approval {
            id: ApprovalId::new(work.now, self.for_id()),
            organization: trip.organization,
            trip: trip.id,
            travelers: trip.travelers.clone(),
            booked_by: trip.booked_by,
            chosen_by: trip.items.iter().map(|item| item.chosen_by).collect(),
            requested_by: call.actor.need_person()?,
            need: outcome.approval,
            binding,
            steps,
            deadline: Deadline::of(work.now, terms.window_hours, may_hold, offers)?,
            on_silence: silence,
            state: ApprovalState::Pending,
            requested_at: work.now,
        })
    }

    /// Everybody who may decide: approvers, managers and administrators, and people's managers.
    pub(super) async fn deciders(&self, call: &Call) -> Result<Vec<Person>> {
        let roles = [Role::Approver, Role::Manager, Role::Admin];
        let people = self.store.people_with_roles(home(call), &roles).await?;
        Ok(people.into_iter().map(|person| person.value).collect())
    }

    /// Gives a trip up that isn't booked: its approval is withdrawn, held seats are given back.
    ///
    /// What is paid must be canceled first, order by order, each on its quoted terms.
    pub async fn cancel_trip(
        &self,
        call: &Call,
        id: TripId,
        expected: Option<Version>,
    ) -> Result<TripView> {
        self.write(call, "cancel_trip", &id, |mut work| async move {
            let stored = self.trip_for(call, id, Permission::TripWrite).await?.expect(expected)?;
            let orders = Orders::of(self, stored.value.organization, id).await?;
            orders.withdraw_all(&mut work)?;
            self.withdraw_approval(&mut work, &stored.value, "the trip was canceled").await?;
            let trip = stored.value.cancel(work.now)?;
            let change = Change::Trip(Write::Update(trip, stored.version));
            work.record(change, "trip.canceled", json!({}));
            Ok((work, ()))
        })
        .await?;
        self.trip(call, id).await
    }
}

/// A trip as it was judged when it was handed in.
struct Judged {
    /// With fresh assessments of its items.
    trip: Trip,
    /// What the trip as a whole leads to.
    total: Outcome,
    /// What items and whole ask for together.
    outcome: Outcome,
    /// The policies behind it.
    policies: Vec<crate::policy::PolicyRef>,
}

/// What the policies in force say about how approval runs; where several say something, the
/// stricter holds.
struct Terms {
    window_hours: i64,
    silence: Silence,
    tolerance: Tolerance,
    approvers: Vec<ApproverStep>,
}

impl Terms {
    fn of(policies: &[PolicyInForce]) -> Self {
        let terms = || policies.iter().map(|policy| &policy.document.approvals);
        let approvers = terms().flat_map(|terms| match terms.steps {
            Steps::Any => vec![ApproverStep { any_of: terms.approvers.clone() }],
            Steps::All => terms
                .approvers
                .iter()
                .map(|approver| ApproverStep { any_of: [*approver].into() })
                .collect(),
        });
        Self {
            window_hours: terms().map(|terms| terms.window_hours).min().unwrap_or(24),
            silence: terms().map(|terms| terms.silence).max().unwrap_or(Silence::Deny),
            tolerance: Tolerance {
                percent: terms()
                    .map(|terms| terms.price_tolerance_percent)
                    .min()
                    .unwrap_or(0)
                    .into(),
            },
            approvers: approvers.collect(),
        }
    }

    /// The consents the violated rules name; where they name none, the documents' own.
    fn wanted(&self, outcome: &Outcome) -> std::collections::BTreeSet<ApproverStep> {
        if outcome.obligations.approvers.is_empty() {
            self.approvers.iter().cloned().collect()
        } else {
            outcome.obligations.approvers.clone()
        }
    }
}

fn bind(
    trip: &Trip,
    policies: &[crate::policy::PolicyRef],
    tolerance: Tolerance,
) -> Result<Binding> {
    let covered = trip
        .items
        .iter()
        .map(|item| match &item.kind {
            ItemKind::Flight { offer, .. } => Ok(Covered::flight(&offer.flight)),
            ItemKind::Stay { stay } => Ok(Covered { content: stay.digest(), price: stay.total()? }),
        })
        .collect::<Result<Vec<_>>>()?;
    Binding::new(&covered, &trip.travelers, policies, tolerance)
}

fn check_bookable(call: &Call, outcome: &Outcome) -> Result<()> {
    let denied = |message: &str| Err(Error::new(Code::PolicyDenied, message));
    match outcome.bookability {
        Bookability::Bookable => Ok(()),
        Bookability::AgentOnly if books_for_others(&call.actor.who) => Ok(()),
        Bookability::AgentOnly => denied("the travel policy lets only an arranger book this"),
        Bookability::NotBookable => denied("the travel policy doesn't allow this to be booked"),
    }
}

fn books_for_others(who: &Who) -> bool {
    let agents = [Role::Admin, Role::Manager, Role::Editor, Role::Arranger];
    match who {
        Who::Person { roles, .. } => agents.iter().any(|role| roles.contains(role)),
        Who::System => true,
    }
}

fn check_evidence(trip: &Trip, outcome: &Outcome) -> Result<()> {
    let allowed = &outcome.obligations.reasons;
    let missing = |field: &str, expected: String| {
        Err(Error::new(Code::EvidenceMissing, format!("the travel policy asks for {expected}"))
            .field(field)
            .expected(expected))
    };
    let code = trip.reason.as_ref().map(|reason| reason.code.as_str());
    let words = trip.reason.as_ref().and_then(|reason| reason.text.as_deref()).unwrap_or("");
    let known = code.is_some_and(|code| allowed.is_empty() || allowed.contains(code));
    match outcome.evidence {
        Evidence::None => Ok(()),
        _ if !known && allowed.is_empty() => missing("reason.code", "a reason code".into()),
        _ if !known => {
            let codes: Vec<_> = allowed.iter().map(String::as_str).collect();
            missing("reason.code", format!("one of {}", codes.join(", ")))
        }
        Evidence::ReasonCode => Ok(()),
        Evidence::CodeAndText if words.trim().chars().count() >= REASON_CHARACTERS_MIN => Ok(()),
        Evidence::CodeAndText => missing(
            "reason.text",
            format!("a reason of at least {REASON_CHARACTERS_MIN} characters"),
        ),
        // Attachments aren't kept yet, and what can't be shown isn't taken as shown.
        Evidence::Attachment => missing("reason.attachment", "an attachment".into()),
    }
}

fn passengers(travelers: &[Person], offer: &FlightOffer) -> Result<Vec<crate::people::Passenger>> {
    let last_day = offer.segments().last().map(|segment| segment.arrives.date());
    let last_day = last_day.ok_or_else(|| Error::not_found("segment"))?;
    travelers.iter().map(|person| person.passenger(offer.documents_required, last_day)).collect()
}

impl NestMap {
    /// Withdraws the trip's pending approval, where there is one.
    pub(crate) async fn withdraw_approval(
        &self,
        work: &mut Work<'_>,
        trip: &Trip,
        why: &str,
    ) -> Result<()> {
        let Some(id) = trip.approval() else { return Ok(()) };
        let Some(stored) = self.store.approval(trip.organization, id).await? else { return Ok(()) };
        if stored.value.is_pending() {
            let withdrawn = stored.value.withdraw(why, work.now)?;
            let change = Change::Approval(Write::Update(withdrawn, stored.version));
            work.record(change, "approval.withdrawn", json!({ "why": why }));
        }
        Ok(())
    }
}
