//! Duffel's error codes, one row each.

use super::Action::{self, Fix, Refresh, Retry, Search, Stop, User, Wait};
use super::Effect::{self, Already, Later, Nothing, Unknown};

/// What is known about a code.
#[derive(Debug)]
pub struct Rule {
    /// The code.
    pub code: &'static str,
    /// Under which statuses it is documented or was seen; none when nobody wrote it down. A code
    /// with several rows has one per status.
    pub statuses: &'static [u16],
    /// What to do about it when nothing was bought.
    pub action: Action,
    /// What a call that buys, pays or cancels has done.
    pub effect: Effect,
}

/// The row for `code` under `status`: the one that names the status, else the first.
pub fn rule(code: &str, status: u16) -> Option<&'static Rule> {
    let rows = || RULES.iter().filter(|rule| rule.code == code);
    rows().find(|rule| rule.statuses.contains(&status)).or_else(|| rows().next())
}

const fn row(code: &'static str, statuses: &'static [u16], action: Action, effect: Effect) -> Rule {
    Rule { code, statuses, action, effect }
}

/// Every code that is known.
pub const RULES: &[Rule] = &[
    // Our credentials.
    row("missing_authorization_header", &[401], Fix, Nothing),
    row("invalid_authorization_header", &[401], Fix, Nothing),
    row("access_token_not_found", &[401], Fix, Nothing),
    row("expired_access_token", &[401], Fix, Nothing),
    row("insufficient_permissions", &[403], Fix, Nothing),
    row("unavailable_feature", &[403], Stop, Nothing),
    // Our requests.
    row("missing_version_header", &[400], Fix, Nothing),
    row("invalid_version_header", &[400], Fix, Nothing),
    row("unsupported_version", &[400], Fix, Nothing),
    row("unavailable_in_version", &[400], Fix, Nothing),
    row("missing_content_type_header", &[400], Fix, Nothing),
    row("invalid_content_type_header", &[400], Fix, Nothing),
    row("unsupported_format", &[406], Fix, Nothing),
    row("missing_data_param", &[400], Fix, Nothing),
    row("invalid_data_param", &[400], Fix, Nothing),
    row("malformed_data_param", &[400], Fix, Nothing),
    row("bad_request", &[400], Fix, Nothing),
    // Things that aren't there, and things an airline doesn't do.
    row("not_found", &[404], Stop, Nothing),
    row("not_found", &[422], Refresh, Nothing),
    row("unsupported_action", &[422], Stop, Nothing),
    row("400", &[400], Stop, Nothing),
    // Fields.
    row("validation_required", &[422], Fix, Nothing),
    row("validation_format", &[422], Fix, Nothing),
    row("validation_inclusion", &[422], Fix, Nothing),
    row("validation_length", &[422], Fix, Nothing),
    row("validation_type", &[422], Fix, Nothing),
    row("validation_unique", &[422], Fix, Nothing),
    row("validation_checksum", &[422], Fix, Nothing),
    row("unsafe_unique", &[422], Refresh, Nothing),
    row("no_match", &[422], Refresh, Nothing),
    row("emails_not_unique", &[], User, Nothing),
    row("invalid_email_address", &[], User, Nothing),
    row("invalid_phone_number", &[], User, Nothing),
    row("invalid_passenger_name", &[], User, Nothing),
    row("invalid_passenger_title", &[], User, Nothing),
    row("duplicate_passenger_name", &[], User, Nothing),
    row("duplicate_passenger_names", &[], User, Nothing),
    row("invalid_loyalty_card", &[], User, Nothing),
    row("invalid_field_sets", &[], Fix, Nothing),
    row("invalid_order", &[], Fix, Nothing),
    row("order_passengers_incompatible_with_offer", &[], Refresh, Nothing),
    row("not_valid_with_selected_offer", &[], Refresh, Nothing),
    row("invalid_order_create_type", &[400, 422], Refresh, Nothing),
    row("payments_not_allowed_for_order_type", &[], Fix, Nothing),
    row("services_not_allowed_for_order_type", &[], Fix, Nothing),
    row("pay_later_order_no_payment_for_ancillaries", &[], Fix, Nothing),
    // Offers that ended.
    row("offer_expired", &[422], Search, Nothing),
    row("offer_no_longer_available", &[422], Search, Nothing),
    row("offer_request_already_booked", &[422], Search, Nothing),
    row("price_changed", &[422], Refresh, Nothing),
    row("schedule_changed", &[], Refresh, Nothing),
    row("ancillary_service_not_available", &[], Refresh, Nothing),
    // Bookings that may exist.
    row("order_creation_already_attempted", &[422], Refresh, Unknown),
    row("duplicate_booking", &[422], Refresh, Unknown),
    row("booking_already_attempted", &[422], Refresh, Unknown),
    // The airline or Duffel broke.
    row("order_not_created", &[502], Search, Nothing),
    row("airline_internal", &[500, 502], Retry, Unknown),
    row("airline_unknown", &[400, 502], Retry, Unknown),
    row("internal_server_error", &[500], Retry, Unknown),
    row("bad_gateway", &[502], Retry, Unknown),
    row("gateway_timeout_error", &[504], Retry, Unknown),
    row("service_unavailable", &[503], Wait, Later),
    row("rate_limit_exceeded", &[429], Wait, Later),
    // Payments.
    row("insufficient_balance", &[422], Stop, Nothing),
    row("payment_declined", &[], User, Nothing),
    row("invalid_card_expiration_date", &[], User, Nothing),
    row("invalid_intended_card", &[], User, Nothing),
    row("high_fraud_risk", &[], User, Nothing),
    row("three_d_secure_session_not_found", &[], User, Nothing),
    row("three_d_secure_session_not_ready_for_payment", &[], User, Nothing),
    row("three_d_secure_session_expired", &[], User, Nothing),
    row("payment_amount_does_not_match_order_amount", &[422], Refresh, Nothing),
    row("payment_currency_does_not_match_order_currency", &[422], Refresh, Nothing),
    row("already_paid", &[422], Refresh, Already),
    row("already_cancelled", &[422], Refresh, Already),
    row("order_change_already_actioned", &[422], Refresh, Already),
    row("past_payment_required_by_date", &[], Search, Nothing),
    row("order_type_not_eligible_for_payment", &[], Fix, Nothing),
    row("ineligible_airline_credit", &[], User, Nothing),
    // Changing and canceling.
    row("order_not_cancellable", &[422], Stop, Nothing),
    row("order_not_changeable", &[422], Stop, Nothing),
    row("order_not_changeable_yet", &[], Wait, Later),
    row("order_cancellation_stale", &[], Refresh, Nothing),
    row("modified_externally", &[], Refresh, Nothing),
    row("stale_airline_initiated_change_accept", &[], Refresh, Nothing),
    row("stale_airline_initiated_change_update", &[], Refresh, Nothing),
    row("webhook_client_error", &[422], Fix, Nothing),
];
