//! The recorded bodies, chosen by the method and path their index gives.

use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::json::{amounts, differences};
use crate::wire::{Again, ERRORS, UNREAD, answer_to, body_of};

#[derive(Deserialize)]
struct Entry {
    file: String,
    method: String,
    path: String,
    direction: String,
}

/// Calls this adapter doesn't make, by the beginning of their path, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("/air/aircraft", "the offer names the aircraft"),
    ("/air/airline_initiated_changes", "changes by the airline aren't handled yet"),
    ("/air/order_change_offers", "changes aren't sold yet"),
    ("/air/order_change_requests", "changes aren't sold yet"),
    ("/air/order_changes", "changes aren't sold yet"),
    ("/air/orders/{id}/available_services", "services after booking aren't sold yet"),
    ("/air/orders/{id}/services", "services after booking aren't sold yet"),
    ("/air/seat_maps", "seats aren't sold yet"),
    ("/air/webhooks/deliveries", "deliveries are Duffel's own log"),
    ("/air/webhooks/{id}/actions/ping", "the answer has no body"),
    ("/cars/", "cars aren't sold yet"),
    ("/identity/", "Duffel's own users aren't used"),
    ("/payments/", "closed to new customers"),
    ("/stays/", "stays aren't sold yet"),
];

/// Files that a call of ours doesn't get, whatever their path says, and why.
const OTHER_SHAPES: &[(&str, &str)] = &[
    ("offer_requests.create.view_itineraries_split_ticket.json", "a view that isn't asked for"),
    ("partial_offer_requests.create.zz.json", "searching step by step isn't used"),
];

/// The folder of recorded Duffel bodies, or none, which is said.
pub fn folder() -> Option<PathBuf> {
    let folder = std::env::var_os("NESTMAP_RECORDED").map(|root| Path::new(&root).join("duffel"));
    if folder.is_none() {
        eprintln!("left out: all recorded bodies, because NESTMAP_RECORDED isn't set");
    }
    folder
}

/// A recorded body by file name.
pub fn body(file: &str) -> Option<Vec<u8>> {
    let path = folder()?.join(file);
    Some(fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn index(folder: &Path) -> Vec<Entry> {
    let text = fs::read_to_string(folder.join("index.json")).expect("the folder has an index");
    serde_json::from_str(&text).expect("the index is readable")
}

fn reader(entry: &Entry) -> Option<Again> {
    match (entry.path.as_str(), entry.direction.as_str()) {
        ("*", _) => Some(ERRORS),
        (path, "request") => body_of(&entry.method, path),
        (path, _) => answer_to(&entry.method, path),
    }
}

fn left_out(entry: &Entry) -> bool {
    OTHER_SHAPES.iter().any(|(file, _)| entry.file == *file)
        || LEFT_OUT.iter().any(|(path, _)| entry.path.starts_with(path))
}

#[test]
fn every_recorded_body_of_our_calls_comes_back() {
    let Some(folder) = folder() else { return };
    let (mut read, mut money, mut wrong) = (0, 0, Vec::new());
    for entry in index(&folder).iter().filter(|entry| !left_out(entry)) {
        let Some(again) = reader(entry) else {
            wrong.push(format!("{}: neither read nor left out", entry.file));
            continue;
        };
        let body = fs::read(folder.join(&entry.file)).expect("a file of the index exists");
        let original: Value = serde_json::from_slice(&body).expect("recorded bodies are JSON");
        match again(&body) {
            Err(error) => wrong.push(format!("{}: {error}", entry.file)),
            Ok(copy) => {
                let found = differences(&original, &copy, UNREAD);
                wrong
                    .extend(found.iter().map(|difference| format!("{}: {difference}", entry.file)));
                money += amounts(&copy);
            }
        }
        read += 1;
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} differences:\n{}", wrong.len(), wrong.join("\n"));
    assert!(read >= 50 && money > 1_000, "{read} bodies with {money} amounts are suspiciously few");
}
