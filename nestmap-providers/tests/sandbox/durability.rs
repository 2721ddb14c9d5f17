use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use nestmap_providers::sandbox::{DuffelSandbox, Fault, FaultRule, SandboxConfig, StartError};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::client::{Caller, Desk, NOW, config, instant_order, text};

/// A file of this test's own, removed at the end.
struct StateFile(PathBuf);

impl StateFile {
    fn new(name: &str) -> Self {
        let file = format!("nestmap-sandbox-{}-{name}.jsonl", std::process::id());
        let path = std::env::temp_dir().join(file);
        drop(std::fs::remove_file(&path));
        Self(path)
    }

    fn config(&self) -> SandboxConfig {
        SandboxConfig { state_file: Some(self.0.clone()), ..config() }
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        drop(std::fs::remove_file(&self.0));
    }
}

fn append(path: &Path, text: &str) {
    let mut content = std::fs::read_to_string(path).expect("the file is there");
    content.push_str(text);
    std::fs::write(path, content).expect("the file can be written");
}

#[tokio::test]
async fn a_killed_sandbox_keeps_what_it_answered() {
    let file = StateFile::new("killed");
    let desk = Desk::with(file.config()).await;
    let bought = desk.buy(&desk.offer_of("ZZ", "LHR", "JFK").await).await.data();
    let held = desk.hold(&desk.offer_of("ZZ", "CDG", "FRA").await).await;
    let open_offer = desk.offer_of("ZZ", "AMS", "MAD").await;
    let books = desk.sandbox.inspect();
    // Dropping is what a kill does: no goodbye, no last write.
    drop(desk);

    let desk = Desk::with(file.config()).await;
    assert_eq!(desk.sandbox.inspect(), books);
    let read = desk.get(&format!("/air/orders/{}", text(&bought["id"]))).await.data();
    assert_eq!(read, bought);
    assert_eq!(desk.pay(&held).await.status, 201);
    let read = desk.get(&format!("/air/offers/{}", text(&open_offer["id"]))).await.data();
    assert_eq!(read, open_offer, "offers are found again");
    assert_eq!(desk.buy(&open_offer).await.status, 201);
    let ids: std::collections::BTreeSet<String> =
        desk.sandbox.inspect().orders.into_iter().map(|order| order.id).collect();
    assert_eq!(ids.len(), 3, "new ids don't repeat old ones");
}

/// A sandbox in a process of its own.
struct Process {
    child: Child,
    desk: Caller,
}

impl Process {
    fn start(file: &StateFile) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_duffel-sandbox"))
            .args(["--seed", "7", "--country", "GB", "--now", NOW, "--state"])
            .arg(&file.0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the sandbox starts");
        let mut url = String::new();
        let out = child.stdout.take().expect("its output is ours");
        BufReader::new(out).read_line(&mut url).expect("it says where it is");
        Self { child, desk: Caller::of(url.trim()) }
    }

    /// The end that no program can prepare for.
    fn kill(mut self) {
        self.child.kill().expect("it was running");
        self.child.wait().expect("it is gone");
    }
}

#[tokio::test]
async fn a_process_killed_in_the_middle_of_its_work_keeps_what_it_answered() {
    let file = StateFile::new("process");
    let process = Process::start(&file);
    let mut offers = Vec::new();
    for _ in 0..8 {
        offers.push(process.desk.offer_of("ZZ", "LHR", "JFK").await);
    }
    let mut calls = JoinSet::new();
    for offer in offers.clone() {
        let desk = process.desk.clone();
        let body = json!({ "data": instant_order(&offer) });
        calls.spawn(async move { desk.send("POST", "/air/orders", Some(body)).await });
    }
    let first = calls.join_next().await.expect("eight calls").expect("no panic");
    process.kill();
    let mut answers = vec![first];
    answers.extend(calls.join_all().await);
    let bought: Vec<Value> = answers.into_iter().flatten().map(|answer| answer.data()).collect();
    assert!(!bought.is_empty(), "one was answered before the kill");

    let process = Process::start(&file);
    for order in &bought {
        let read = process.desk.get(&format!("/air/orders/{}", text(&order["id"]))).await.data();
        assert_eq!(read, *order);
    }
    for offer in &offers {
        let path = format!("/air/orders?offer_id={}", text(&offer["id"]));
        let found = process.desk.get(&path).await.data();
        let answered = bought.iter().filter(|order| order["offer_id"] == offer["id"]).count();
        let orders = found.as_array().map(Vec::len).expect("a list");
        assert!((answered..=1).contains(&orders), "{answered} answered, {orders} found");
    }
    process.kill();
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_survives_the_kill() {
    let file = StateFile::new("lost");
    let desk = Desk::with(file.config()).await;
    let offer = desk.offer_of("ZZ", "LHR", "JFK").await;
    desk.sandbox.inject(FaultRule::next("POST", "/air/orders", Fault::DropAfter));
    let body = json!({ "data": instant_order(&offer) });
    assert!(desk.send("POST", "/air/orders", Some(body)).await.is_err());
    drop(desk);
    let desk = Desk::with(file.config()).await;
    let path = format!("/air/orders?offer_id={}", text(&offer["id"]));
    assert_eq!(desk.get(&path).await.data().as_array().map(Vec::len), Some(1));
    assert_eq!(desk.buy(&offer).await.code(), "order_creation_already_attempted");
}

#[tokio::test]
async fn an_accepted_order_is_decided_after_a_restart() {
    let file = StateFile::new("accepted");
    let desk = Desk::with(file.config()).await;
    assert_eq!(desk.buy(&desk.offer_of("ZZ", "SEN", "STN").await).await.status, 202);
    drop(desk);
    let desk = Desk::with(file.config()).await;
    assert_eq!(desk.sandbox.inspect().pending, 1);
    desk.sandbox.clock().advance_seconds(5);
    assert_eq!(desk.sandbox.inspect().orders.len(), 1);
}

#[tokio::test]
async fn a_torn_last_line_is_dropped_and_writing_goes_on() {
    let file = StateFile::new("torn");
    let desk = Desk::with(file.config()).await;
    desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    drop(desk);
    append(&file.0, "{\"ids\":99,\"changes\":[{\"tab");
    let desk = Desk::with(file.config()).await;
    desk.hold(&desk.offer_of("ZZ", "LHR", "JFK").await).await;
    drop(desk);
    let desk = Desk::with(file.config()).await;
    assert_eq!(desk.sandbox.inspect().orders.len(), 2);
}

#[tokio::test]
async fn a_damaged_file_or_that_of_another_world_is_refused() {
    let file = StateFile::new("damaged");
    drop(Desk::with(file.config()).await);
    let other = SandboxConfig { seed: 8, ..file.config() };
    let refused = DuffelSandbox::start(other).await.expect_err("another seed");
    assert!(matches!(refused, StartError::OtherSandbox { .. }), "{refused}");
    append(&file.0, "not json\n{\"ids\":1,\"changes\":[]}\n");
    let refused = DuffelSandbox::start(file.config()).await.expect_err("damage");
    assert!(matches!(refused, StartError::DamagedState { line: 2 }), "{refused}");
    assert_eq!(refused.to_string(), "line 2 of the state file is damaged");
}

#[tokio::test]
async fn a_shut_down_sandbox_gives_its_port_back() {
    let desk = Desk::open().await;
    let url = desk.sandbox.base_url();
    desk.sandbox.shutdown().await;
    let address = url.strip_prefix("http://").expect("plain http").parse().expect("an address");
    let again = SandboxConfig { bind: address, ..config() };
    assert_eq!(Desk::with(again).await.sandbox.base_url(), url);
}
