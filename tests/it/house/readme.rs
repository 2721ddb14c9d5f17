//! The README is the core's crate page, whose example is compiled and run.

use super::read;

/// The front page has one section more, for whoever has the whole checkout.
#[test]
fn the_front_page_is_the_crate_page_with_how_to_run_it() {
    let (front, page) = (read("README.md"), read("nestmap-core/README.md"));
    let start = front.find("## Run it\n").expect("the front page says how to run it");
    let end = front[start + 3..].find("\n## ").expect("other sections follow") + start + 4;
    let run_it = &front[start..end];
    assert!(format!("{}{}", &front[..start], &front[end..]) == page, "the two pages differ");
    assert!(run_it.contains("make run") && run_it.contains("make test"));
}

/// Files and folders that pages for readers name are there.
#[test]
fn pages_name_what_is_there() {
    for page in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md"] {
        for named in paths(&read(page)) {
            assert!(super::root().join(&named).exists(), "{page} names {named}, which isn't there");
        }
    }
}

/// What stands in backticks and looks like a path of the checkout.
fn paths(text: &str) -> Vec<String> {
    let quoted = text.split('`').skip(1).step_by(2);
    let folders = ["nestmap-", "docs/", "examples/", "tests/", "scripts/", "changelog.d/"];
    quoted
        .filter(|word| folders.iter().any(|folder| word.starts_with(folder)) && word.contains('/'))
        .filter(|word| word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c)))
        .map(str::to_owned)
        .collect()
}
