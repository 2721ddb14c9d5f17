//! Runs every example and reads what it says.

use std::process::Command;

fn run(program: &str) -> String {
    let output = Command::new(program).output().expect("the example starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{program} failed: {errors}");
    String::from_utf8(output.stdout).expect("an example writes text")
}

/// Each line stands in the output, in this order.
fn assert_tells(output: &str, lines: &[&str]) {
    let mut rest = output;
    for line in lines {
        let at = rest.find(line).unwrap_or_else(|| panic!("`{line}` isn't said in:\n{output}"));
        rest = &rest[at + line.len()..];
    }
}

#[test]
fn axum_nested_answers_beside_the_app_around_it() {
    let output = run(env!("CARGO_BIN_EXE_axum_nested"));
    assert_tells(
        &output,
        &[
            "GET / → 200 OK",
            "Acme's intranet",
            "GET /travel/api/health → 200 OK",
            "POST /travel/api/v1/organizations → 201 Created",
            "GET /travel/api/v1/trips → 401 Unauthorized",
            "\"code\":\"unauthenticated\"",
        ],
    );
}

#[test]
fn embed_memory_books_what_was_approved() {
    let output = run(env!("CARGO_BIN_EXE_embed_memory"));
    assert_tells(
        &output,
        &[
            "480.00 EUR  economy   within",
            "2900.00 EUR  business  outside",
            "AwaitingApproval, to be decided by 2026-03-03T09:00:00Z",
            "because of PolicyWindow",
            "the order is held",
            "The trip is Ticketed.",
            "2900.00 EUR paid, SupplierBalance to TravelExpense",
        ],
    );
}

#[test]
fn embed_sqlite_survives_its_death() {
    let output = run(env!("CARGO_BIN_EXE_embed_sqlite"));
    assert_tells(
        &output,
        &[
            "killed: the sandbox has 1 order, and we don't know",
            "Booking, the order is purchasing",
            "the order is booked",
            "the sandbox has 1 order, paid 1 time",
        ],
    );
}

#[test]
fn policy_only_explains_and_derives_again() {
    let output = run(env!("CARGO_BIN_EXE_policy_only"));
    assert_tells(
        &output,
        &[
            "480.00 EUR  Within policy.",
            "2900.00 EUR  Outside of policy: somebody has to approve it.",
            "air-cabin: ",
            "air-price: ",
            "the nearest compliant offer costs 480.00 EUR",
            "510.00 EUR  Policy can't tell: somebody has to approve it.",
            "derived again from",
            "the same",
        ],
    );
}

#[test]
fn own_provider_flies_two_minutes() {
    let output = run(env!("CARGO_BIN_EXE_own_provider"));
    assert_tells(
        &output,
        &["Hopper 1 2026-03-16T09:20:00 to 2026-03-16T09:22:00, 21.00 EUR", "Ticketed as HOP000"],
    );
}
