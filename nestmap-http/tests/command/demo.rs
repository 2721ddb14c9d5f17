//! `nestmap demo`.

use std::ffi::OsStr;
use std::path::Path;

use nestmap_core::ledger::Leg;
use nestmap_core::order::{OrderState, Paid};
use nestmap_core::page::PageRequest;
use nestmap_core::port::store::{OrderReads as _, TripFilter, TripReads as _, WorkReads as _};
use nestmap_core::time::Timestamp;
use nestmap_store::SqlStore;

use crate::nestmap::{Run, command, folder, run};

fn demo(database: &Path, more: &[&str]) -> Run {
    let mut command = command();
    command.args(["demo", "--database"]).arg(database);
    run(command.args(more.iter().map(OsStr::new)))
}

/// The text without what differs from run to run: the folder and the sandbox's port.
fn portable(run: &Run, folder: &Path) -> String {
    let text = run.out.replace(&folder.display().to_string(), "[folder]");
    let (before, after) = text.split_once("http://127.0.0.1:").unwrap();
    format!("{before}[sandbox]{}", after.trim_start_matches(|c: char| c.is_ascii_digit()))
}

#[test]
fn the_story_is_told_to_its_end() {
    let folder = folder("demo-story");
    let run = demo(&folder.join("demo.sqlite"), &[]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "{}", run.out);
    insta::assert_snapshot!("story", portable(&run, &folder));
}

#[test]
fn the_same_seed_tells_the_same_story_and_another_seed_another() {
    let tell = |name: &str, seed: &str| {
        let folder = folder(name);
        portable(&demo(&folder.join("demo.sqlite"), &["--seed", seed]), &folder)
    };
    let first = tell("demo-seed-a", "7");
    assert_eq!(first, tell("demo-seed-b", "7"));
    assert_ne!(first, tell("demo-seed-c", "8").replace("seed 8", "seed 7"));
}

#[test]
fn every_seed_has_a_story_in_which_all_claims_hold() {
    for seed in ["0", "2", "3", "20260302", "18446744073709551615"] {
        let run = demo(&folder("demo-seeds").join("demo.sqlite"), &["--quick", "--seed", seed]);
        assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "seed {seed}: {}", run.out);
        assert!(run.out.lines().last().unwrap().starts_with("All "), "{}", run.out);
    }
}

#[test]
fn a_quick_story_has_every_claim_and_nothing_else() {
    let full = demo(&folder("demo-full").join("demo.sqlite"), &[]);
    let quick = demo(&folder("demo-quick").join("demo.sqlite"), &["--quick"]);
    let claims = |run: &Run| {
        // A rule in a table has its mark, too, and a column behind its name.
        let claims = run.out.lines().filter(|line| line.starts_with("   ✓ "));
        let claims = claims.filter(|line| !line.trim().contains("  "));
        claims.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(claims(&quick), claims(&full));
    assert!(claims(&quick).len() > 50 && quick.out.lines().count() < 100, "{}", quick.out);
    for run in [&full, &quick] {
        assert!(run.out.lines().next().unwrap().contains("sandbox"), "{}", run.out);
    }
}

/// Read from the file it leaves, past the command: what the story says was bought.
#[tokio::test]
async fn the_database_holds_one_trip_paid_and_one_refunded() {
    let database = folder("demo-left").join("demo.sqlite");
    let run = demo(&database, &["--quick"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    let store = SqlStore::open_sqlite(&database).await.unwrap();
    let later: Timestamp = "2027-01-01T00:00:00Z".parse().unwrap();
    let organizations = store.organizations_with_work(later, None, 10).await.unwrap();
    assert_eq!(organizations.len(), 2, "both companies have events to deliver");
    let mut ended = Vec::new();
    for organization in organizations {
        let page = PageRequest::first();
        for trip in store.trips(organization, TripFilter::default(), page).await.unwrap().items {
            let orders = store.orders_of_trip(organization, trip.value.id).await.unwrap();
            assert_eq!(orders.len(), 1);
            let transfers = store.transfers(organization, orders[0].value.id).await.unwrap();
            let legs: Vec<_> = transfers.iter().map(|transfer| transfer.leg).collect();
            ended.push((orders[0].value.state_name(), legs));
            let is_over = matches!(
                orders[0].value.state,
                OrderState::Booked { .. } | OrderState::Canceled { paid: Paid::Amount(_), .. }
            );
            assert!(is_over);
        }
    }
    ended.sort();
    let expected = [("booked", vec![Leg::Payment]), ("canceled", vec![Leg::Payment, Leg::Refund])];
    assert_eq!(ended, expected);
    store.close().await;
}

#[test]
fn the_calendar_file_lies_beside_the_database() {
    let folder = folder("demo-calendar");
    let run = demo(&folder.join("demo.sqlite"), &[]);
    let file = folder.join("demo.ics");
    assert!(run.out.contains(&file.display().to_string()), "{}", run.out);
    let calendar = std::fs::read_to_string(file).unwrap();
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\n") && calendar.ends_with("END:VCALENDAR\r\n"));
}

#[test]
fn a_file_that_exists_is_refused_and_left_alone() {
    let database = folder("demo-exists").join("demo.sqlite");
    std::fs::write(&database, "precious").unwrap();
    let run = demo(&database, &[]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.err.contains("exists") && run.err.contains("demo.sqlite"), "{}", run.err);
    assert_eq!(std::fs::read_to_string(&database).unwrap(), "precious");
}

#[test]
fn a_folder_that_does_not_exist_is_named() {
    let run = demo(&folder("demo-nowhere").join("missing/demo.sqlite"), &[]);
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{run:?}");
    assert!(run.err.contains("demo-nowhere/missing"), "{}", run.err);
}

#[test]
fn without_a_file_a_temporary_one_is_made_and_named() {
    let temporary = folder("demo-temporary");
    let run = run(command().args(["demo"]).env("TMPDIR", &temporary));
    assert_eq!(run.code, Some(0), "{run:?}");
    let made: Vec<_> =
        std::fs::read_dir(&temporary).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    let last = run.out.lines().last().unwrap();
    assert!(last.contains(&made[0].display().to_string()), "{last}");
    assert!(made[0].join("nestmap.sqlite").exists() && made[0].join("itinerary.ics").exists());
}

#[test]
fn a_plain_story_is_ascii() {
    let run = demo(&folder("demo-plain").join("demo.sqlite"), &["--plain"]);
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.out.is_ascii(), "{}", run.out);
}

#[test]
fn wrong_arguments_are_refused_by_name() {
    for (arguments, named) in [(&["--seed", "x"][..], "x"), (&["--slow"], "--slow")] {
        let run = run(command().arg("demo").args(arguments));
        assert_eq!(run.code, Some(2), "{run:?}");
        assert!(run.err.contains(named), "{}", run.err);
    }
}
