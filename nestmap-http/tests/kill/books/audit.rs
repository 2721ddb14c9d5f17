//! The audit log: a line for each thing that was done, and no line for what wasn't.

use std::collections::BTreeMap;

use nestmap_core::audit::AuditRecord;
use nestmap_core::event::SubjectKind;
use nestmap_core::order::OrderState;
use nestmap_core::port::store::Version;

use super::Found;
use super::ours::Ours;
use crate::company::Promised;

/// The line of a person's agreement to terms; what follows from it has its own.
const AGREED: &str = "order.cancellation_confirmed";

/// How often each thing was done to each subject.
pub(super) struct Lines(BTreeMap<(SubjectKind, String), BTreeMap<String, usize>>);

impl Lines {
    pub(super) fn of(records: &[AuditRecord]) -> Self {
        let mut lines: BTreeMap<_, BTreeMap<String, usize>> = BTreeMap::new();
        for record in records {
            let subject = (record.subject.kind, record.subject.id.clone());
            *lines.entry(subject).or_default().entry(record.action.clone()).or_default() += 1;
        }
        Self(lines)
    }

    pub(super) fn compare(&self, ours: &Ours, promised: &Promised, found: &mut Found) {
        for (kind, id, version) in stored(ours) {
            self.one_for_each_version(kind, &id, version, found);
        }
        self.no_strangers(ours, found);
        self.promises(promised, found);
        for order in ours.orders.iter().map(|order| &order.value) {
            let booked = matches!(order.state, OrderState::Booked { .. });
            let told = self.count(SubjectKind::Order, &order.id.to_string(), "order.booked") > 0;
            found.need(!booked || told, || format!("the audit log has no booking of {}", order.id));
        }
    }

    fn count(&self, kind: SubjectKind, id: &str, action: &str) -> usize {
        let actions = self.0.get(&(kind, id.to_owned()));
        actions.and_then(|actions| actions.get(action)).copied().unwrap_or(0)
    }

    /// A version is a write, and every write has its line.
    fn one_for_each_version(
        &self,
        kind: SubjectKind,
        id: &str,
        version: Version,
        found: &mut Found,
    ) {
        let actions = self.0.get(&(kind, id.to_owned()));
        let lines = actions.into_iter().flatten().filter(|(action, _)| *action != AGREED);
        let lines: usize = lines.map(|(_, times)| times).sum();
        found.need(i64::try_from(lines) == Ok(version), || {
            format!("{id} was written {version} times, and the audit log has {lines} lines of it")
        });
    }

    /// Every line is about something that is there.
    fn no_strangers(&self, ours: &Ours, found: &mut Found) {
        let stored: Vec<_> = stored(ours).map(|(kind, id, _)| (kind, id)).collect();
        let travels =
            |kind| matches!(kind, SubjectKind::Trip | SubjectKind::Order | SubjectKind::Approval);
        for subject in self.0.keys().filter(|(kind, _)| travels(*kind)) {
            let there = stored.contains(subject);
            found.need(there, || format!("the audit log tells of {subject:?}, which isn't there"));
        }
    }

    /// What clients were promised was done once.
    fn promises(&self, promised: &Promised, found: &mut Found) {
        let mut once = |kind, id: &str, action: &str| {
            let times = self.count(kind, id, action);
            found
                .need(times == 1, || format!("the audit log has `{action}` of {id} {times} times"));
        };
        for (trip, _) in &promised.drafted {
            once(SubjectKind::Trip, trip, "trip.drafted");
        }
        for trip in &promised.given_up {
            once(SubjectKind::Trip, trip, "trip.canceled");
        }
        for approval in &promised.decided {
            once(SubjectKind::Approval, approval, "approval.decided");
        }
        for order in &promised.canceled {
            once(SubjectKind::Order, order, AGREED);
        }
        for trip in &promised.submitted {
            // In policy it is cleared at once; else it is submitted, and cleared by a decision.
            let handed_in = ["trip.submitted", "trip.cleared"]
                .iter()
                .any(|action| self.count(SubjectKind::Trip, trip, action) == 1);
            found.need(handed_in, || format!("the audit log doesn't know {trip} was handed in"));
        }
    }
}

/// What is written with a line each time, with the times it was written.
fn stored(ours: &Ours) -> impl Iterator<Item = (SubjectKind, String, Version)> {
    let trips = ours.trips.iter().map(|t| (SubjectKind::Trip, t.value.id.to_string(), t.version));
    let orders =
        ours.orders.iter().map(|o| (SubjectKind::Order, o.value.id.to_string(), o.version));
    let approvals =
        ours.approvals.iter().map(|a| (SubjectKind::Approval, a.value.id.to_string(), a.version));
    trips.chain(orders).chain(approvals)
}
