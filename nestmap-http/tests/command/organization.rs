//! `nestmap organization create`.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::nestmap::{Run, command, folder, nestmap, run};

const PASSWORD: &str = "correct horse battery";

fn create(folder: &Path, more: &[&str]) -> Command {
    let mut command = command();
    command.current_dir(folder).env_remove("NESTMAP_ADMIN_PASSWORD").stdin(Stdio::null());
    command.env("DATABASE_URL", "sqlite:nestmap.sqlite");
    command.args(["organization", "create", "--country", "DE", "--currency", "EUR"]);
    command.args(["--name", "Acme", "--admin-name", "Ada", "--admin-email"]);
    // Arguments given again count instead.
    command.arg("ada@acme.example.com").args(more);
    command
}

fn with(mut command: Command, password: &str) -> Run {
    run(command.env("NESTMAP_ADMIN_PASSWORD", password))
}

#[test]
fn an_organization_is_made_once_and_its_ids_are_printed() {
    let folder = folder("organization");
    let first = with(create(&folder, &[]), PASSWORD);
    assert_eq!(first.code, Some(0), "{first:?}");
    let lines: Vec<_> = first.out.lines().collect();
    assert!(lines[0].starts_with("organization org_"), "{first:?}");
    assert!(lines[1].starts_with("administrator per_"), "{first:?}");
    let again = with(create(&folder, &[]), PASSWORD);
    assert_eq!((again.code, &again.out), (Some(0), &first.out), "{again:?}");

    let differs = with(create(&folder, &["--country", "FR"]), PASSWORD);
    assert_eq!((differs.code, differs.out.as_str()), (Some(2), ""), "{differs:?}");
    assert!(differs.err.contains("exists and differs"), "{differs:?}");
    let other = with(create(&folder, &["--name", "Other"]), PASSWORD);
    assert_eq!(other.code, Some(0), "the login is used with its password: {other:?}");
    assert_ne!(other.out, first.out);
    let wrong = with(create(&folder, &["--name", "Third"]), "another password 42x");
    assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""), "{wrong:?}");
    assert!(wrong.err.contains("this isn't its password"), "{wrong:?}");
}

#[test]
fn the_password_comes_from_standard_input_or_the_environment_and_is_shown_nowhere() {
    let folder = folder("organization-password");
    let none = run(&mut create(&folder, &[]));
    assert_eq!(none.code, Some(2), "{none:?}");
    assert!(none.err.contains("NESTMAP_ADMIN_PASSWORD"), "{none:?}");
    assert!(!folder.join("nestmap.sqlite").exists(), "nothing was opened");
    let weak = with(create(&folder, &[]), "short");
    assert_eq!(weak.code, Some(2), "{weak:?}");
    assert!(!weak.err.contains("short\n") && weak.err.contains("at least 12"), "{weak:?}");

    let mut piped = create(&folder, &[]);
    piped.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    writeln!(child.stdin.take().unwrap(), "{PASSWORD}").unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let same = with(create(&folder, &[]), PASSWORD);
    assert_eq!(same.code, Some(0), "the line without its end was the password: {same:?}");
    assert_eq!(same.out.as_bytes(), output.stdout);
    let argument = run(create(&folder, &[]).args(["--password", PASSWORD]));
    assert_eq!(argument.code, Some(2), "{argument:?}");
}

#[test]
fn what_cannot_be_an_organization_is_refused() {
    let folder = folder("organization-refused");
    for (arguments, named) in [
        (["--country", "XX"], "XX"),
        (["--currency", "euro"], "euro"),
        (["--name", " "], "`organization`"),
        (["--admin-name", ""], "`name`"),
        (["--admin-email", "ada"], "`ada`"),
    ] {
        let refused = with(create(&folder, &arguments), PASSWORD);
        assert_eq!((refused.code, refused.out.as_str()), (Some(2), ""), "{refused:?}");
        assert!(refused.err.contains(named), "{refused:?}");
    }
    let mut elsewhere = create(&folder, &[]);
    elsewhere.env("DATABASE_URL", "mysql://me:hunter2@host/db");
    let failed = with(elsewhere, PASSWORD);
    assert_eq!(failed.code, Some(1), "{failed:?}");
    assert!(!failed.err.contains("hunter2"), "{failed:?}");
}

#[test]
fn help_documents_the_exit_codes() {
    let run = nestmap(["organization", "create", "--help"]);
    assert_eq!(run.code, Some(0));
    for code in ["0  ", "1  ", "2  "] {
        assert!(run.out.lines().any(|line| line.trim_start().starts_with(code)), "{}", run.out);
    }
}
