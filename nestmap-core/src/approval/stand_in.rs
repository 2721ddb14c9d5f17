//! Who decides in the place of somebody who can't any more.

use std::collections::BTreeSet;

use super::{Answer, Approval, ApprovalState, Step};
use crate::access::Role;
use crate::error::Error;
use crate::id::PersonId;
use crate::people::Person;
use crate::time::Timestamp;

impl Approval {
    /// No longer waits for `person`.
    ///
    /// A consent they gave stands. Of the others, those who are asked beside them decide; where
    /// nobody is, any approver of `deciders` stands in, then any administrator, parties to the trip
    /// left out. Where there is none either, the request is withdrawn: it would wait in vain.
    pub fn without(
        mut self,
        person: PersonId,
        deciders: &[Person],
        now: Timestamp,
    ) -> Result<Self, Error> {
        let stand_ins = self.stand_ins(person, deciders);
        let waits = |step: &&mut Step| {
            step.approvers.contains(&person) && step.answer_of(person) != Some(Answer::Approve)
        };
        for step in self.steps.iter_mut().filter(waits) {
            step.approvers.remove(&person);
            if step.approvers.is_empty() {
                step.approvers.clone_from(&stand_ins);
            }
        }
        if self.steps.iter().any(|step| step.approvers.is_empty()) {
            return self.withdraw("nobody is left who may decide", now);
        }
        if self.is_pending() && self.steps.iter().all(Step::is_satisfied) {
            self.state = ApprovalState::Approved { at: now };
        }
        Ok(self)
    }

    /// Any approver, or else any administrator, who isn't `person` nor a party to the trip.
    fn stand_ins(&self, person: PersonId, deciders: &[Person]) -> BTreeSet<PersonId> {
        let with = |role: Role| {
            let decides = move |p: &&Person| p.is_active() && p.roles.contains(&role);
            let others = deciders.iter().filter(decides).map(|p| p.id);
            others.filter(|id| *id != person && !self.is_party(*id)).collect::<BTreeSet<_>>()
        };
        let approvers = with(Role::Approver);
        if approvers.is_empty() { with(Role::Admin) } else { approvers }
    }
}
