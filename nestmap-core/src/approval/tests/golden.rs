//! Stored approvals keep their form.

use super::*;
use crate::trip::sample::assert_golden;

fn stored() -> Vec<Approval> {
    let mut stored = one_in_each_state();
    stored[0].steps.push(step(StepRule::All, &[8, 9]));
    stored[0].binding.tolerance = Tolerance { percent: "2.5".parse().unwrap() };
    let needs = [
        ApprovalNeed::Hard,
        ApprovalNeed::Soft,
        ApprovalNeed::BeforeBooking,
        ApprovalNeed::Notify,
        ApprovalNeed::None,
    ];
    let reasons = [
        DeadlineReason::PolicyWindow,
        DeadlineReason::OfferExpiry,
        DeadlineReason::PriceGuarantee,
        DeadlineReason::HoldPayment,
        DeadlineReason::Departure,
    ];
    for ((approval, need), reason) in stored.iter_mut().zip(needs).zip(reasons) {
        approval.need = need;
        approval.deadline.reason = reason;
    }
    stored
}

#[test]
fn stored_approvals_keep_their_form() {
    assert_golden(include_str!("../../../tests/golden/approvals.json"), &stored());
}
