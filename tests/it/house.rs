//! What the shape of the house promises, read from its sources.

mod errors_md;
mod readme;
mod shape;

use std::path::{Path, PathBuf};

/// The checkout.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of a file of the checkout.
pub fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every Rust file below a folder of the checkout, with its path from the checkout, sorted.
pub fn sources(folder: &str) -> Vec<(String, String)> {
    let mut files = Vec::new();
    let mut open = vec![PathBuf::from(folder)];
    while let Some(folder) = open.pop() {
        let entries = std::fs::read_dir(root().join(&folder)).expect("the folder is there");
        for entry in entries {
            let path = folder.join(entry.expect("an entry").file_name());
            if root().join(&path).is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push((path.display().to_string(), read(&path)));
            }
        }
    }
    files.sort();
    files
}

/// The same without files that are compiled for tests only.
pub fn plain_sources(folder: &str) -> Vec<(String, String)> {
    let files = sources(folder);
    let for_tests: Vec<String> =
        files.iter().flat_map(|(path, text)| test_modules(path, text)).collect();
    let is_test = |path: &str| {
        let rest = |module: &String| path.strip_prefix(module).map(str::to_owned);
        for_tests.iter().filter_map(rest).any(|rest| rest.starts_with(['.', '/']))
    };
    files.into_iter().filter(|(path, _)| !is_test(path)).collect()
}

/// The modules behind `#[cfg(test)] mod name;`, as paths without their ending.
fn test_modules(path: &str, text: &str) -> Vec<String> {
    let folder = path.trim_end_matches(".rs").trim_end_matches("/lib");
    let modules = text.split("#[cfg(test)]\n").skip(1).filter_map(|rest| {
        let line = rest.lines().next()?.strip_suffix(';')?;
        line.split_once("mod ").map(|(_, name)| name)
    });
    modules.map(|name| format!("{folder}/{name}")).collect()
}

/// The names of all public async methods of the facade.
pub fn public_flows() -> Vec<String> {
    let mut files = sources("nestmap-core/src/flow");
    files.push(("nestmap.rs".into(), read("nestmap-core/src/nestmap.rs")));
    let mut names = Vec::new();
    for (_, text) in files {
        let methods = text.lines().filter_map(|line| line.strip_prefix("    pub async fn "));
        names.extend(methods.filter_map(|rest| rest.split(['(', '<']).next()).map(str::to_owned));
    }
    names
}
