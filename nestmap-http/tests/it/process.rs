//! The `nestmap` command as a process: it starts with nothing set, says what it is, and stops when
//! it is told to.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::client::Ask;

/// A folder of its own, gone when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn nestmap(folder: &Folder, arguments: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nestmap"));
    command.args(arguments).current_dir(&folder.0).env_clear();
    command.envs(variables.iter().copied());
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// Ends the process if a test fails before it has.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
    }
}

#[tokio::test]
async fn a_server_starts_with_nothing_set_and_stops_when_told() {
    let folder = Folder::new("serve");
    let child = nestmap(&folder, &["serve"], &[("PORT", "0"), ("LOG_FORMAT", "json")]).spawn();
    let mut running = Running(child.unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let mut line = || lines.next().unwrap().unwrap();
    let first = line();
    let address = first.split("http://").nth(1).unwrap().split(',').next().unwrap();
    let address = address.parse().unwrap();
    assert!(line().starts_with("SANDBOX: only play flights"));
    let welcome = format!("{} {}", line(), line());
    assert!(welcome.contains("ada@play.example"), "{welcome}");
    let password = welcome.rsplit(' ').next().unwrap();

    let body = json!({ "email": "tess@play.example", "password": password });
    let login = Ask::new(address, "POST", "/api/v1/sessions").json(&body).send().await.expect(201);
    let me = Ask::new(address, "GET", "/api/v1/me").token(&login.text("/access_token"));
    assert_eq!(me.send().await.expect(200).text("/profile/given_name"), "Tess");

    let pid = running.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let output = running.0.wait().unwrap();
    assert!(output.success(), "{output}");
    let log: Vec<String> =
        BufReader::new(running.0.stderr.take().unwrap()).lines().map(Result::unwrap).collect();
    assert!(log.iter().any(|line| line.contains("`JWT_SECRET` isn't set")), "{log:#?}");
    for line in &log {
        let entry: serde_json::Value = serde_json::from_str(line).unwrap();
        assert!(entry["level"].is_string() && entry["timestamp"].is_string(), "{line}");
        assert!(!line.contains(password) && !line.contains(&login.text("/access_token")));
        assert!(!line.contains("nmr_"), "{line}");
    }
}

#[test]
fn production_refuses_to_start_with_weak_secrets_and_does_not_repeat_them() {
    let folder = Folder::new("production");
    let weak = "your-256-bit-secret-key-that-everybody-knows";
    let variables = [("NESTMAP_ENV", "production"), ("JWT_SECRET", weak), ("PORT", "many")];
    let output = nestmap(&folder, &["serve"], &variables).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    for part in
        ["`PORT` must be", "`JWT_SECRET` looks like a placeholder", "`SESSION_SECRET` isn't"]
    {
        assert!(told.contains(part), "{told}");
    }
    assert!(!told.contains(weak), "{told}");
    assert!(!folder.0.join(".nestmap").exists(), "nothing was opened");
}

/// Starts the server and returns what it says first.
fn first_line(folder: &Folder, variables: &[(&str, &str)]) -> (Running, String) {
    let mut running = Running(nestmap(folder, &["serve"], variables).spawn().unwrap());
    let mut lines = BufReader::new(running.0.stdout.take().unwrap()).lines();
    let line = lines.next().unwrap().unwrap();
    (running, line)
}

/// The password of the play company stands in the sources.
#[test]
fn production_refuses_a_database_with_the_play_company_in_it() {
    let folder = Folder::new("play");
    let child = nestmap(&folder, &["serve"], &[("PORT", "0")]).spawn();
    let mut running = Running(child.unwrap());
    let lines = BufReader::new(running.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.take(3).any(|line| line.contains("ada@play.example")));
    running.0.kill().unwrap();
    running.0.wait().unwrap();

    let production = [
        ("PORT", "0"),
        ("NESTMAP_ENV", "production"),
        ("JWT_SECRET", "Zk3v9Qm1Yt7Rb5Xc8Wd2Hf6Jg4Ln0PsU"),
        ("SESSION_SECRET", "mN4bV7cX2zL9kJ6hG1fD8sA5pO3iU0yT"),
    ];
    let output = nestmap(&folder, &["serve"], &production).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("the play company's login `ada@play.example`"), "{told}");
    let live = [("PORT", "0"), ("DUFFEL_API_KEY", "duffel_live_nothing")];
    let output = nestmap(&folder, &["serve"], &live).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "real flights aren't for it either");

    let (_running, line) = first_line(&Folder::new("no-play"), &production);
    assert!(line.starts_with("NestMap listens"), "{line}");
}

#[test]
fn a_database_url_that_is_none_is_refused_without_being_repeated() {
    let folder = Folder::new("url");
    for command in ["serve", "migrate"] {
        let variables = [("DATABASE_URL", "mysql://me:hunter2@host/db")];
        let output = nestmap(&folder, &[command], &variables).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.contains("must begin with") && !told.contains("hunter2"), "{told}");
    }
}

#[test]
fn migrating_twice_is_harmless() {
    let folder = Folder::new("migrate");
    let run = || {
        let output = nestmap(&folder, &["migrate"], &[]).output().unwrap();
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(run().starts_with("applied 1, 2"));
    assert!(run().starts_with("the database is up to date"));
}

#[test]
fn the_description_is_printed_as_it_is_committed() {
    let folder = Folder::new("openapi");
    let output = nestmap(&folder, &["openapi"], &[]).output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), include_str!("../../openapi.json"));
}
