//! Running the program, and reading what it says.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run of the program came to.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// Runs `nestmap` with these arguments, in a locale with Unicode, piped.
pub fn nestmap<I, S>(arguments: I) -> Run
where
    I: IntoIterator<Item = S>,
    S: AsRef<std::ffi::OsStr>,
{
    run(command().args(arguments))
}

/// The program in an environment that is the same everywhere.
pub fn command() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nestmap"));
    command.env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR").env_remove("TERM");
    command
}

pub fn run(command: &mut Command) -> Run {
    let output = command.output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Run { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

/// A file of this crate's tests.
pub fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/command").join(name)
}

/// A body of our own writing that has the supplier's shape.
pub fn body(name: &str) -> PathBuf {
    let providers = "../nestmap-providers/tests/duffel/bodies";
    Path::new(env!("CARGO_MANIFEST_DIR")).join(providers).join(name)
}

/// A new folder of this test's own.
pub fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}
