//! `nestmap demo`: the main story, played against a fresh SQLite file and the supplier sandbox.
//!
//! Everything is real but the supplier: the store, the adapter that speaks HTTP to the sandbox, the
//! process that is killed. Whatever is claimed on the way is checked against the store's state or
//! the sandbox's books, never against the answer of the call that made it so.

mod approval;
mod books;
mod cancellation;
mod choice;
mod claims;
mod clock;
mod company;
mod crash;
mod moments;
mod outside;
mod papers;
mod payment;
mod stage;
mod victim;
mod within;

use std::io;
use std::path::{Path, PathBuf};

use nestmap_core::time::Timestamp;

use super::screen::{Looks, Screen};
use super::{Exit, warn};
use stage::Stage;
use victim::Victim;

const ENDINGS: &str = "\
Exit codes:
  0  the story was told to its end and everything claimed in it holds
  1  something isn't as it must be; it is named
  2  the arguments can't be used

Nothing is bought: the supplier is a sandbox on this machine. The clock is the story's own, so
nothing waits, and the same seed tells the same story.";

/// How the story is told.
#[derive(Debug, clap::Args)]
#[command(after_help = ENDINGS)]
pub(crate) struct Arguments {
    /// The SQLite file to make, which must not exist; without it, one in a new temporary folder.
    #[arg(long, value_name = "FILE")]
    database: Option<PathBuf>,
    /// The sandbox's world: the same seed has the same flights and prices.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// Print what is claimed and checked, without the tables and the story around it.
    #[arg(long)]
    quick: bool,
    #[command(flatten)]
    looks: Looks,
    /// Be the server that gets killed: the sandbox to buy at.
    #[arg(long, hide = true, requires_all = ["database", "victim_now"])]
    victim_of: Option<String>,
    /// The story's time, for the server that gets killed.
    #[arg(long, hide = true)]
    victim_now: Option<Timestamp>,
}

/// Why the story ends early.
#[derive(Debug, thiserror::Error)]
enum Stop {
    /// Nobody can read it.
    #[error("the story can't be printed: {0}")]
    Unprinted(#[from] io::Error),
    /// A flow failed that must not.
    #[error("{} ({})", .0, .0.code)]
    Flow(#[from] nestmap_core::Error),
    /// The store failed a reading.
    #[error("{0}")]
    Store(#[from] nestmap_core::port::store::StoreError),
    /// Something around the story failed.
    #[error("{0}")]
    Around(String),
}

/// Tells the story.
pub(crate) fn run(arguments: &Arguments) -> Exit {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = match runtime {
        Ok(runtime) => runtime,
        Err(error) => return complain(Exit::Failed, &format!("no threads can be had: {error}")),
    };
    if let (Some(sandbox), Some(database), Some(now)) =
        (&arguments.victim_of, &arguments.database, arguments.victim_now)
    {
        let victim = Victim { sandbox, database, now, seed: arguments.seed };
        return runtime.block_on(victim.run());
    }
    let place = match Place::fresh(arguments.database.as_deref()) {
        Ok(place) => place,
        Err(problem) => return complain(Exit::Unusable, &problem),
    };
    runtime.block_on(tell(arguments, &place))
}

async fn tell(arguments: &Arguments, place: &Place) -> Exit {
    let screen = Screen::stdout(arguments.looks);
    let mut stage =
        match Stage::open(screen, &place.database, arguments.seed, arguments.quick).await {
            Ok(stage) => stage,
            Err(stop) => return complain(Exit::Failed, &stop.to_string()),
        };
    let told = story(&mut stage, place).await;
    let claims = stage.close().await;
    match told {
        Err(Stop::Unprinted(error)) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Fine,
        Err(stop) => complain(Exit::Failed, &format!("error: the story can't go on: {stop}")),
        Ok(()) if claims.broken().is_empty() => Exit::Fine,
        Ok(()) => complain(Exit::Failed, &claims.complaint()),
    }
}

/// The chapters, in the order they happen.
async fn story(stage: &mut Stage, place: &Place) -> Result<(), Stop> {
    stage.title()?;
    let company = company::founded(stage).await?;
    let first = within::booked(stage, &company).await?;
    let second = outside::submitted(stage, &company).await?;
    crash::survived(stage, &company, &second).await?;
    approval::given(stage, &company, &second).await?;
    payment::found_again(stage, &company, &second).await?;
    papers::handed_out(stage, &company, &second, &place.calendar).await?;
    cancellation::refunded(stage, &company, &second).await?;
    books::audited(stage, &company, &second).await?;
    books::closed_to_others(stage, &company, &second).await?;
    books::balanced(stage, &company, [&first, &second.bought]).await?;
    stage.end(place)
}

/// The files the story leaves behind.
struct Place {
    database: PathBuf,
    calendar: PathBuf,
    /// The folder, where it is one of our own making.
    folder: Option<PathBuf>,
}

impl Place {
    fn fresh(database: Option<&Path>) -> Result<Self, String> {
        let Some(database) = database else { return Self::temporary() };
        if database.exists() {
            return Err(format!(
                "error: `{}` exists, and the demo makes a fresh file; name another one",
                database.display()
            ));
        }
        let folder = database.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder.filter(|folder| !folder.is_dir()) {
            return Err(format!("error: `{}` is no folder to make a file in", folder.display()));
        }
        let calendar = database.with_extension("ics");
        Ok(Self { database: database.to_owned(), calendar, folder: None })
    }

    fn temporary() -> Result<Self, String> {
        let process = std::process::id();
        for attempt in 0..1_000 {
            let folder = std::env::temp_dir().join(format!("nestmap-demo-{process}-{attempt}"));
            match std::fs::create_dir(&folder) {
                Ok(()) => {
                    let (database, calendar) = ("nestmap.sqlite", "itinerary.ics");
                    let [database, calendar] = [database, calendar].map(|name| folder.join(name));
                    return Ok(Self { database, calendar, folder: Some(folder) });
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(format!("error: `{}` can't be made: {error}", folder.display()));
                }
            }
        }
        Err("error: no temporary folder is free; name a file with --database".to_owned())
    }
}

fn complain(exit: Exit, text: &str) -> Exit {
    warn(text);
    exit
}
