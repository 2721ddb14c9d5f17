//! Import directions, and who may wait.

use std::process::Command;

use super::{plain_sources, read, root};

/// The core decides; it doesn't know how anything is run, stored or sent.
#[test]
fn the_core_depends_on_no_runtime_database_or_network() {
    let tree = Command::new(env!("CARGO"))
        .args(["tree", "--offline", "--locked", "--package", "nestmap-core", "--all-features"])
        .args(["--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let tree = String::from_utf8(tree.stdout).expect("cargo writes text");
    let names: Vec<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"serde"), "the tree is read: {names:?}");
    for forbidden in ["tokio", "sqlx", "reqwest", "hyper", "axum", "rand", "getrandom", "tracing"] {
        assert!(!names.contains(&forbidden), "the core depends on {forbidden}");
    }
}

/// A decision that awaits something isn't a decision any more.
#[test]
fn only_ports_flows_and_what_runs_them_are_async() {
    let may_wait = ["port", "flow", "testing", "memory", "nestmap"];
    for (path, text) in plain_sources("nestmap-core/src") {
        let module = module_of(&path);
        if may_wait.contains(&module) {
            continue;
        }
        for (number, line) in code(&text) {
            let waits = line.contains("async ") || line.contains(".await");
            assert!(!waits, "{path}:{number} waits: {line}");
        }
    }
}

/// Flows use the nouns; no noun knows the stories it is in.
#[test]
fn no_noun_of_the_core_uses_a_flow_or_the_facade() {
    let may_use = ["flow", "nestmap", "testing", "lib"];
    let mut nouns = 0;
    for (path, text) in plain_sources("nestmap-core/src") {
        if may_use.contains(&module_of(&path)) {
            continue;
        }
        nouns += 1;
        for (number, line) in code(&text) {
            for forbidden in ["crate::flow", "crate::nestmap", "crate::memory", "crate::testing"] {
                assert!(!line.contains(forbidden), "{path}:{number} uses {forbidden}: {line}");
            }
        }
    }
    assert!(nouns > 50, "the nouns are found");
}

/// Values know nothing of what is made of them.
#[test]
fn values_use_only_values() {
    let values = ["error", "id", "money", "time", "place", "digest", "page"];
    for (path, text) in plain_sources("nestmap-core/src") {
        if !values.contains(&module_of(&path)) {
            continue;
        }
        for (number, line) in code(&text) {
            let Some((_, used)) = line.split_once("crate::") else { continue };
            let used = used.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next();
            let used = used.unwrap_or_default();
            let roots = ["Error", "Result", "Code", "Money", "Currency", ""];
            assert!(
                values.contains(&used) || roots.contains(&used),
                "{path}:{number} uses `{used}`: {line}"
            );
        }
    }
}

/// The sandbox stands for somebody else's system: of the core it shares places and tables alone.
#[test]
fn the_sandbox_shares_only_tables_with_the_core() {
    for (path, text) in plain_sources("nestmap-providers/src") {
        if !path.contains("/sandbox") {
            continue;
        }
        for (number, line) in code(&text) {
            let Some((_, used)) = line.split_once("nestmap_core::") else { continue };
            let is_table = used.starts_with("place::") || used.contains("_TSV");
            assert!(is_table, "{path}:{number} uses the core: {line}");
        }
    }
}

/// Arrows point inwards: stores, providers and servers know the core and not each other.
#[test]
fn adapters_do_not_know_each_other() {
    let crates = ["nestmap-core", "nestmap-store", "nestmap-providers", "nestmap-http"];
    let allowed: [&[&str]; 4] = [
        &[],
        &["nestmap-core"],
        &["nestmap-core"],
        &["nestmap-core", "nestmap-store", "nestmap-providers"],
    ];
    for (name, allowed) in crates.iter().zip(allowed) {
        let manifest = read(format!("{name}/Cargo.toml"));
        for used in dependencies(&manifest).iter().filter(|used| used.starts_with("nestmap")) {
            assert!(allowed.contains(&used.as_str()), "{name} knows {used}");
        }
    }
}

/// Names under `[dependencies]`, without those for tests.
fn dependencies(manifest: &str) -> Vec<String> {
    let section = manifest.split("\n[").find(|section| section.starts_with("dependencies]"));
    let lines = section.unwrap_or_default().lines().skip(1);
    let names = lines.filter_map(|line| line.split(['.', ' ', '=']).next());
    names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The first part of a path inside a crate's `src`, without its ending.
fn module_of(path: &str) -> &str {
    let inside = path.split_once("/src/").map_or(path, |(_, inside)| inside);
    inside.split(['/', '.']).next().unwrap_or(inside)
}

/// Lines that are neither comments nor tests at the end of a file, numbered from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let end = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let numbered = text[..end].lines().enumerate().map(|(number, line)| (number + 1, line));
    numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
}
