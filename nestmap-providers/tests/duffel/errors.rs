//! What each error code means, row by row as Duffel's documentation and live answers have it.

use nestmap_providers::duffel::error::code::RULES;
use nestmap_providers::duffel::error::{Action, ApiError, Effect, Failure};
use nestmap_providers::http::{Lost, Response, TransportError, Unsent};

use crate::recorded;
use Action::{Fix, Reconcile, Refresh, Retry, Search, Stop, User, Wait};

fn read(status: u16, body: &str) -> ApiError {
    let headers = [("x-request-id", "req_1")].into_iter().collect();
    ApiError::read(&Response { status, headers, body: body.as_bytes().to_vec() })
}

fn refused(status: u16, kind: &str, code: &str) -> ApiError {
    read(
        status,
        &format!(r#"{{"errors":[{{"type":"{kind}","code":"{code}","title":"t","message":"m"}}]}}"#),
    )
}

/// Code, type, status, what to do when reading, what to do when booking.
const TABLE: &[(&str, &str, u16, Action, Action)] = &[
    ("missing_authorization_header", "authentication_error", 401, Fix, Fix),
    ("invalid_authorization_header", "authentication_error", 401, Fix, Fix),
    ("access_token_not_found", "authentication_error", 401, Fix, Fix),
    ("expired_access_token", "authentication_error", 401, Fix, Fix),
    ("insufficient_permissions", "authentication_error", 403, Fix, Fix),
    ("unavailable_feature", "invalid_request_error", 403, Stop, Stop),
    ("missing_version_header", "invalid_request_error", 400, Fix, Fix),
    ("invalid_version_header", "invalid_request_error", 400, Fix, Fix),
    ("unsupported_version", "invalid_request_error", 400, Fix, Fix),
    ("unavailable_in_version", "invalid_request_error", 400, Fix, Fix),
    ("missing_content_type_header", "invalid_request_error", 400, Fix, Fix),
    ("invalid_content_type_header", "invalid_request_error", 400, Fix, Fix),
    ("unsupported_format", "invalid_request_error", 406, Fix, Fix),
    ("missing_data_param", "invalid_request_error", 400, Fix, Fix),
    ("invalid_data_param", "invalid_request_error", 400, Fix, Fix),
    ("malformed_data_param", "invalid_request_error", 400, Fix, Fix),
    ("bad_request", "invalid_request_error", 400, Fix, Fix),
    ("not_found", "invalid_request_error", 404, Stop, Stop),
    ("not_found", "validation_error", 422, Refresh, Refresh),
    ("unsupported_action", "airline_error", 422, Stop, Stop),
    ("400", "invalid_request_error", 400, Stop, Stop),
    ("validation_required", "validation_error", 422, Fix, Fix),
    ("validation_format", "validation_error", 422, Fix, Fix),
    ("validation_inclusion", "validation_error", 422, Fix, Fix),
    ("validation_length", "validation_error", 422, Fix, Fix),
    ("validation_type", "validation_error", 422, Fix, Fix),
    ("validation_unique", "validation_error", 422, Fix, Fix),
    ("validation_checksum", "validation_error", 422, Fix, Fix),
    ("unsafe_unique", "validation_error", 422, Refresh, Refresh),
    ("no_match", "validation_error", 422, Refresh, Refresh),
    ("emails_not_unique", "invalid_state_error", 422, User, User),
    ("invalid_email_address", "airline_error", 422, User, User),
    ("invalid_phone_number", "validation_error", 422, User, User),
    ("invalid_passenger_name", "airline_error", 422, User, User),
    ("invalid_passenger_title", "validation_error", 422, User, User),
    ("duplicate_passenger_name", "airline_error", 422, User, User),
    ("duplicate_passenger_names", "airline_error", 422, User, User),
    ("invalid_loyalty_card", "airline_error", 422, User, User),
    ("invalid_field_sets", "validation_error", 422, Fix, Fix),
    ("invalid_order", "invalid_state_error", 422, Fix, Fix),
    ("order_passengers_incompatible_with_offer", "invalid_state_error", 422, Refresh, Refresh),
    ("not_valid_with_selected_offer", "validation_error", 422, Refresh, Refresh),
    ("invalid_order_create_type", "invalid_state_error", 422, Refresh, Refresh),
    ("invalid_order_create_type", "invalid_state_error", 400, Refresh, Refresh),
    ("payments_not_allowed_for_order_type", "validation_error", 422, Fix, Fix),
    ("services_not_allowed_for_order_type", "validation_error", 422, Fix, Fix),
    ("pay_later_order_no_payment_for_ancillaries", "validation_error", 422, Fix, Fix),
    ("offer_expired", "invalid_state_error", 422, Search, Search),
    ("offer_no_longer_available", "airline_error", 422, Search, Search),
    ("offer_request_already_booked", "validation_error", 422, Search, Search),
    ("price_changed", "airline_error", 422, Refresh, Refresh),
    ("schedule_changed", "airline_error", 422, Refresh, Refresh),
    ("ancillary_service_not_available", "airline_error", 422, Refresh, Refresh),
    ("order_creation_already_attempted", "invalid_state_error", 422, Refresh, Reconcile),
    ("duplicate_booking", "airline_error", 422, Refresh, Reconcile),
    ("booking_already_attempted", "invalid_state_error", 422, Refresh, Reconcile),
    ("order_not_created", "airline_error", 502, Search, Search),
    ("airline_internal", "airline_error", 500, Retry, Reconcile),
    ("airline_internal", "airline_error", 502, Retry, Reconcile),
    ("airline_unknown", "airline_error", 400, Retry, Reconcile),
    ("airline_unknown", "airline_error", 502, Retry, Reconcile),
    ("internal_server_error", "api_error", 500, Retry, Reconcile),
    ("bad_gateway", "api_error", 502, Retry, Reconcile),
    ("gateway_timeout_error", "api_error", 504, Retry, Reconcile),
    ("service_unavailable", "api_error", 503, Wait, Wait),
    ("rate_limit_exceeded", "rate_limit_error", 429, Wait, Wait),
    ("insufficient_balance", "invalid_state_error", 422, Stop, Stop),
    ("payment_declined", "validation_error", 422, User, User),
    ("invalid_card_expiration_date", "validation_error", 422, User, User),
    ("invalid_intended_card", "validation_error", 422, User, User),
    ("high_fraud_risk", "invalid_state_error", 422, User, User),
    ("three_d_secure_session_not_found", "validation_error", 422, User, User),
    ("three_d_secure_session_not_ready_for_payment", "invalid_state_error", 422, User, User),
    ("three_d_secure_session_expired", "invalid_state_error", 422, User, User),
    ("payment_amount_does_not_match_order_amount", "validation_error", 422, Refresh, Refresh),
    ("payment_currency_does_not_match_order_currency", "validation_error", 422, Refresh, Refresh),
    ("already_paid", "invalid_state_error", 422, Refresh, Refresh),
    ("already_cancelled", "invalid_state_error", 422, Refresh, Refresh),
    ("order_change_already_actioned", "invalid_state_error", 422, Refresh, Refresh),
    ("past_payment_required_by_date", "invalid_state_error", 422, Search, Search),
    ("order_type_not_eligible_for_payment", "invalid_state_error", 422, Fix, Fix),
    ("ineligible_airline_credit", "validation_error", 422, User, User),
    ("order_not_cancellable", "invalid_state_error", 422, Stop, Stop),
    ("order_not_changeable", "invalid_state_error", 422, Stop, Stop),
    ("order_not_changeable_yet", "invalid_state_error", 422, Wait, Wait),
    ("order_cancellation_stale", "invalid_state_error", 422, Refresh, Refresh),
    ("modified_externally", "invalid_state_error", 422, Refresh, Refresh),
    ("stale_airline_initiated_change_accept", "invalid_state_error", 422, Refresh, Refresh),
    ("stale_airline_initiated_change_update", "invalid_state_error", 422, Refresh, Refresh),
    ("webhook_client_error", "invalid_state_error", 422, Fix, Fix),
    // Codes nobody has seen: the type decides.
    ("brand_new", "validation_error", 422, Fix, Fix),
    ("brand_new", "invalid_request_error", 400, Fix, Fix),
    ("brand_new", "invalid_state_error", 422, Refresh, Refresh),
    ("brand_new", "airline_error", 422, Search, Reconcile),
    ("brand_new", "api_error", 500, Retry, Reconcile),
    ("brand_new", "api_error", 422, Retry, Reconcile),
    ("brand_new", "authentication_error", 401, Fix, Fix),
    ("brand_new", "rate_limit_error", 422, Wait, Wait),
    ("brand_new", "brand_new_error", 500, Retry, Reconcile),
    ("brand_new", "brand_new_error", 422, Fix, Fix),
    // Whatever the type, these two statuses of Duffel's say that nothing was begun.
    ("brand_new", "api_error", 503, Wait, Wait),
    ("brand_new", "airline_error", 429, Wait, Wait),
];

#[test]
fn every_code_asks_for_its_action() {
    for &(code, kind, status, reading, booking) in TABLE {
        let error = refused(status, kind, code);
        if (status, kind) != (503, "api_error") && (status, kind) != (429, "airline_error") {
            assert_eq!(error.action(), reading, "reading: {code} {kind} {status}");
        }
        assert_eq!(error.booking_action(), booking, "booking: {code} {kind} {status}");
    }
}

#[test]
fn every_row_of_the_rules_is_in_the_table() {
    for rule in RULES {
        let rows = TABLE.iter().filter(|row| row.0 == rule.code);
        let covered = |status: u16| rows.clone().any(|row| row.2 == status);
        assert!(
            rule.statuses.iter().copied().all(covered) && rows.clone().count() > 0,
            "{}",
            rule.code
        );
    }
}

#[test]
fn what_was_done_before_is_told_from_what_was_refused() {
    for code in ["already_paid", "already_cancelled", "order_change_already_actioned"] {
        assert_eq!(refused(422, "invalid_state_error", code).effect(), Effect::Already, "{code}");
    }
    assert_eq!(refused(422, "invalid_state_error", "offer_expired").effect(), Effect::Nothing);
}

#[test]
fn a_refusal_under_a_broken_status_is_not_believed() {
    assert_eq!(refused(500, "validation_error", "validation_required").effect(), Effect::Unknown);
    assert_eq!(refused(502, "airline_error", "order_not_created").effect(), Effect::Nothing);
    assert_eq!(refused(500, "airline_error", "order_not_created").effect(), Effect::Unknown);
    assert_eq!(refused(503, "invalid_state_error", "offer_expired").effect(), Effect::Unknown);
    assert_eq!(refused(503, "api_error", "service_unavailable").effect(), Effect::Later);
    assert_eq!(refused(500, "api_error", "service_unavailable").effect(), Effect::Unknown);
}

#[test]
fn bodies_that_are_no_errors_are_judged_by_their_status() {
    let html = "<html><head><title>502 Server Error</title></head></html>";
    let cases = [
        (502, html, Retry, Reconcile),
        (500, "", Retry, Reconcile),
        (504, "{\"errors\": [", Retry, Reconcile),
        (408, "", Retry, Reconcile),
        // A gateway's, not Duffel's: it may have lost the answer to what was done.
        (503, html, Wait, Reconcile),
        (503, "", Wait, Reconcile),
        (429, "", Wait, Wait),
        // A product that isn't enabled for the account answers in plain text.
        (403, "Forbidden", Stop, Stop),
        (404, "{}", Fix, Fix),
        (302, "", Fix, Reconcile),
    ];
    for (status, body, reading, booking) in cases {
        let error = read(status, body);
        assert_eq!((error.action(), error.booking_action()), (reading, booking), "{status} {body}");
        assert_eq!(error.code(), format!("http_{status}"));
        assert_eq!(error.request_id.as_deref(), Some("req_1"));
    }
}

#[test]
fn a_wrong_field_is_the_users_where_a_person_filled_it_in() {
    let with = |pointer: &str| {
        read(
            422,
            &format!(
                r#"{{"errors":[{{"type":"validation_error","code":"validation_format","source":{{"pointer":"{pointer}"}}}}]}}"#
            ),
        )
    };
    assert_eq!(with("/passengers/0/born_on").action(), User);
    assert_eq!(with("/slices/0/origin").action(), Fix);
}

#[test]
fn of_several_errors_the_most_cautious_counts() {
    let both = read(
        422,
        r#"{"errors":[{"type":"validation_error","code":"validation_required","title":"first"},
                      {"type":"airline_error","code":"duplicate_booking","title":"second"}],
            "meta":{"status":422,"request_id":"in_body"}}"#,
    );
    assert_eq!(both.effect(), Effect::Unknown);
    assert_eq!(both.code(), "duplicate_booking");
    let equal = read(
        422,
        r#"{"errors":[{"type":"validation_error","code":"validation_required","message":"a"},
                      {"type":"validation_error","code":"validation_format","message":"b"}]}"#,
    );
    assert_eq!(equal.code(), "validation_required");
    assert!(equal.has_code("validation_format"));
    assert_eq!(equal.to_string(), "Duffel answered 422 `validation_required`: a (request req_1)");
}

#[test]
fn what_never_went_out_is_told_from_what_may_have_arrived() {
    let not_sent = TransportError::NotSent { reason: Unsent::NoConnection, source: None };
    assert_eq!(Failure::Transport(not_sent).effect(), Effect::Later);
    for reason in [Lost::Timeout, Lost::Broken, Lost::TooLarge] {
        let lost = TransportError::MaybeSent { reason, source: None };
        assert_eq!(Failure::Transport(lost).effect(), Effect::Unknown, "{reason}");
    }
    let unreadable =
        Failure::Unreadable { status: 201, request_id: None, reason: "cut off".into() };
    assert_eq!(unreadable.effect(), Effect::Unknown);
}

#[test]
fn recorded_errors_ask_for_the_action_of_the_table() {
    let cases = [
        ("errors.400.airline_unknown.json", 400, Retry, Reconcile),
        ("errors.401.missing_authorization_header.json", 401, Fix, Fix),
        ("errors.404.not_found.json", 404, Stop, Stop),
        ("errors.422.validation_required_two_errors.json", 422, Fix, Fix),
        ("errors.422.webhook_client_error.json", 422, Fix, Fix),
        ("errors.429.rate_limit_exceeded.json", 429, Wait, Wait),
        ("errors.500.airline_internal.json", 500, Retry, Reconcile),
        ("errors.502.bad_gateway.html", 502, Retry, Reconcile),
        ("errors.504.gateway_timeout_error.json", 504, Retry, Reconcile),
    ];
    for (file, status, reading, booking) in cases {
        let Some(body) = recorded::body(file) else { return };
        let error = read(status, std::str::from_utf8(&body).unwrap());
        assert_eq!(error.booking_action(), booking, "{file}");
        match file {
            // Both of its fields are missing from the request, one of them is about passengers.
            "errors.422.validation_required_two_errors.json" => assert_eq!(error.problems.len(), 2),
            _ => assert_eq!(error.action(), reading, "{file}"),
        }
        assert_eq!(error.code().starts_with("http_"), file.ends_with("html"), "{file}");
    }
}
