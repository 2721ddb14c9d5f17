//! `docs/errors.md` says the same as the list of codes.

use nestmap_core::Code;
use nestmap_http::problem::status;

use super::{read, root};

/// With `UPDATE=1` the file is written anew.
#[test]
fn the_documented_errors_are_those_of_the_code() {
    let expected = document();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(root().join("docs/errors.md"), &expected).expect("the file is written");
    }
    let found = read("docs/errors.md");
    assert!(
        found == expected,
        "docs/errors.md is out of date; write it anew with \
         `UPDATE=1 cargo test -p nestmap-tests the_documented_errors`"
    );
}

fn document() -> String {
    let mut text = String::from(
        "# Errors\n\n\
         One list for Rust, HTTP and the bindings: `Error { kind, code, message, details }`. Branch \
         on the code; it never changes its meaning. The message is for people. `details.field` names \
         the field at fault where there is one, `details.expected` what was expected there. Over HTTP \
         an error is a problem document (RFC 9457).\n\n\
         This page is written from `nestmap-core/src/error.rs`, and a test keeps it equal.\n\n\
         | code | kind | HTTP status | meaning | what the caller does |\n\
         |---|---|---|---|---|\n",
    );
    for code in Code::ALL {
        let (kind, status) = (kind(*code), status(*code).as_u16());
        let (meaning, action) = (code.meaning(), code.action());
        text.push_str(&format!("| `{code}` | {kind} | {status} | {meaning} | {action} |\n"));
    }
    text
}

fn kind(code: Code) -> String {
    let word = serde_json::to_value(code.kind()).expect("a kind is a word");
    word.as_str().expect("a kind is a word").replace('_', " ")
}
