//! Where the story plays: the sandbox, the database, the server that runs over both, the screen.

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use nestmap_core::NestMap;
use nestmap_core::error::Code;
use nestmap_core::flow::tick::TickReport;
use nestmap_core::id::{OrderId, OrganizationId};
use nestmap_core::order::Order;
use nestmap_core::port::clock::{Clock as _, Entropy};
use nestmap_core::port::store::{Store, Stored};
use nestmap_core::time::Timestamp;
use nestmap_providers::duffel::{Duffel, Settings};
use nestmap_providers::http::{HttpClient, Method, Request, Secret, Transport};
use nestmap_providers::sandbox::{DuffelSandbox, Inspection, SandboxConfig, SupplierOrder};
use nestmap_store::SqlStore;
use serde_json::Value;

use super::claims::Claims;
use super::clock::{StoryClock, StoryEntropy};
use super::{Place, Stop};
use crate::command::screen::{Screen, Tone};
use crate::command::table::Table;
use crate::command::when;

/// The Monday morning on which the story begins.
const BEGINNING: &str = "2026-03-02T08:00:00Z";
/// Any token opens the sandbox, except a live one.
const TOKEN: &str = "duffel_test_demo";
/// How long a sandbox on this machine may take to answer a plain request.
const PATIENCE: Duration = Duration::from_secs(30);
const INDENT: usize = 3;

/// Where the story plays.
pub(super) struct Stage {
    screen: Screen,
    claims: Claims,
    chapter: usize,
    quick: bool,
    pub(super) seed: u64,
    pub(super) clock: StoryClock,
    pub(super) sandbox: DuffelSandbox,
    database: PathBuf,
    entropy: Arc<StoryEntropy>,
    server: Option<Server>,
}

/// NestMap over the file: what a server's process holds.
pub(super) struct Server {
    pub(super) nestmap: NestMap,
    store: Arc<SqlStore>,
}

impl Server {
    /// Opens the file, and reaches the sandbox over `transport`.
    pub(super) async fn start(
        database: &Path,
        sandbox: &str,
        clock: &StoryClock,
        entropy: Arc<dyn Entropy>,
        transport: Arc<dyn Transport>,
    ) -> Result<Self, Stop> {
        let store = SqlStore::open_sqlite(database).await;
        let store =
            store.map_err(|error| Stop::Around(format!("`{}`: {error}", database.display())));
        let store = Arc::new(store?);
        let settings = Settings::new(Secret::new(TOKEN)).at(sandbox);
        let duffel = Duffel::over(settings, transport, Arc::new(clock.clone()));
        let duffel = duffel.map_err(|error| Stop::Around(error.to_string()))?;
        let nestmap =
            NestMap::new(store.clone(), Arc::new(duffel), Arc::new(clock.clone()), entropy);
        Ok(Self { nestmap, store })
    }
}

/// The HTTP client that the server reaches the sandbox with.
pub(super) fn http_client() -> Result<HttpClient, Stop> {
    HttpClient::loopback().map_err(|error| Stop::Around(error.to_string()))
}

impl Stage {
    pub(super) async fn open(
        screen: Screen,
        database: &Path,
        seed: u64,
        quick: bool,
    ) -> Result<Self, Stop> {
        let beginning: Timestamp = BEGINNING.parse().expect("the beginning is an instant");
        let clock = StoryClock::at(beginning);
        let config = SandboxConfig {
            clock: clock.of_sandbox(),
            seed,
            token: Some(TOKEN.to_owned()),
            seller_country: Some("DE".to_owned()),
            ..SandboxConfig::default()
        };
        let sandbox = DuffelSandbox::start(config).await;
        let sandbox = sandbox.map_err(|error| Stop::Around(error.to_string()))?;
        let mut stage = Self {
            screen,
            claims: Claims::default(),
            chapter: 0,
            quick,
            seed,
            clock,
            sandbox,
            database: database.to_owned(),
            entropy: Arc::new(StoryEntropy::new(seed, 0)),
            server: None,
        };
        stage.start_server().await?;
        Ok(stage)
    }

    /// Starts a server over the file, as a new process would.
    pub(super) async fn start_server(&mut self) -> Result<(), Stop> {
        let sandbox = self.sandbox.base_url();
        let transport = Arc::new(http_client()?);
        let entropy = self.entropy.clone();
        let server =
            Server::start(&self.database, &sandbox, &self.clock, entropy, transport).await?;
        self.server = Some(server);
        Ok(())
    }

    /// Stops the server and lets go of the file.
    pub(super) async fn stop_server(&mut self) {
        if let Some(server) = self.server.take() {
            server.store.close().await;
        }
    }

    /// Stops everything.
    pub(super) async fn close(mut self) -> Claims {
        self.stop_server().await;
        self.sandbox.shutdown().await;
        self.claims
    }

    /// NestMap as the running server has it.
    pub(super) fn nestmap(&self) -> NestMap {
        let server = self.server.as_ref().expect("chapters begin and end with a running server");
        server.nestmap.clone()
    }

    /// What is stored, past all flows.
    pub(super) fn store(&self) -> Arc<dyn Store> {
        self.nestmap().store().clone()
    }

    pub(super) fn database(&self) -> &Path {
        &self.database
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What the supplier has on its books.
    pub(super) fn books(&self) -> Inspection {
        self.sandbox.inspect()
    }

    /// The supplier's orders of an offer.
    pub(super) fn supplier_orders(&self, offer: &str) -> Vec<SupplierOrder> {
        self.books().orders.into_iter().filter(|order| order.offer_id == offer).collect()
    }

    /// What the sandbox answers to a plain request for `path`, past the adapter.
    pub(super) async fn ask(&self, path: &str) -> Result<Value, Stop> {
        let request = Request {
            method: Method::Get,
            url: format!("{}{path}", self.sandbox.base_url()),
            bearer: Secret::new(TOKEN),
            headers: vec![("duffel-version".to_owned(), "v2".to_owned())],
            body: None,
            timeout: PATIENCE,
        };
        let answer = http_client()?.send(&request).await;
        let answer = answer.map_err(|error| Stop::Around(error.to_string()))?;
        serde_json::from_slice(&answer.body).map_err(|error| Stop::Around(error.to_string()))
    }

    /// The order as it is stored.
    pub(super) async fn stored_order(
        &self,
        organization: OrganizationId,
        id: OrderId,
    ) -> Result<Stored<Order>, Stop> {
        let order = self.store().order(organization, id).await?;
        order.ok_or_else(|| Stop::Around(format!("order `{id}` isn't stored")))
    }

    /// Does what is due now; nothing of it may fail.
    pub(super) async fn tick(&mut self) -> Result<TickReport, Stop> {
        let report = self.nestmap().tick().await?;
        for (_, due, error) in &report.failed {
            self.claim("what is due can be done", false, &(due, error))?;
        }
        Ok(report)
    }

    /// Does what is due until nothing is.
    pub(super) async fn settle(&mut self) -> Result<(), Stop> {
        // More rounds than any chapter needs: a story that never settles is broken.
        for _ in 0..50 {
            if self.tick().await?.done == 0 {
                return Ok(());
            }
        }
        Err(Stop::Around("what is due is never done".to_owned()))
    }

    /// A claim, checked. `found` is printed when it doesn't hold.
    pub(super) fn claim(
        &mut self,
        claim: &str,
        holds: bool,
        found: &dyn Debug,
    ) -> Result<(), Stop> {
        let found = if holds { String::new() } else { format!("{found:?}") };
        let line = self.claims.check(claim, holds, &found);
        let tone = if holds { Tone::Good } else { Tone::Bad };
        Ok(self.screen.toned_paragraph(INDENT, tone, &line)?)
    }

    /// A claim that two values are equal.
    pub(super) fn claim_eq<T: PartialEq + Debug>(
        &mut self,
        claim: &str,
        found: &T,
        expected: &T,
    ) -> Result<(), Stop> {
        self.claim(claim, found == expected, &(found, "expected", expected))
    }

    /// A claim that a call is refused with a code.
    pub(super) fn claim_refused<T>(
        &mut self,
        claim: &str,
        outcome: Result<T, nestmap_core::Error>,
        code: Code,
    ) -> Result<(), Stop> {
        let found = outcome.err().map(|error| error.code);
        self.claim(&format!("{claim} ({code})"), found == Some(code), &found)
    }

    /// Begins a chapter.
    pub(super) fn chapter(&mut self, title: &str) -> Result<(), Stop> {
        self.chapter += 1;
        self.screen.blank()?;
        let title = format!("{}. {title}", self.chapter);
        Ok(self.screen.toned_paragraph(0, Tone::Strong, &title)?)
    }

    /// A piece of the story.
    pub(super) fn tell(&mut self, text: &str) -> Result<(), Stop> {
        if self.quick {
            return Ok(());
        }
        Ok(self.screen.paragraph(INDENT, text)?)
    }

    /// A table within the story.
    pub(super) fn show(&mut self, table: &Table) -> Result<(), Stop> {
        if self.quick {
            return Ok(());
        }
        self.screen.blank()?;
        table.print(&mut self.screen, INDENT)?;
        Ok(self.screen.blank()?)
    }

    pub(super) fn title(&mut self) -> Result<(), Stop> {
        let title = "NestMap demo, on a sandbox: nothing here is real, and nothing is bought";
        self.screen.toned_paragraph(0, Tone::Strong, title)?;
        let text = format!(
            "The supplier is Duffel's stand-in at {}, seed {}; the database is {}. The clock is \
             the story's own: it stands at {} and moves when the story says so. Flights have \
             local times, all else is UTC.",
            self.sandbox.base_url(),
            self.seed,
            self.database.display(),
            when::instant(self.now()),
        );
        self.aside(&text)
    }

    pub(super) fn end(&mut self, place: &Place) -> Result<(), Stop> {
        self.screen.blank()?;
        let made = self.claims.made();
        let (tone, verdict) = match self.claims.broken().len() {
            0 => (Tone::Good, format!("All {made} claims hold.")),
            broken => (Tone::Bad, format!("{broken} of {made} claims don't hold.")),
        };
        self.screen.toned_paragraph(0, tone, &verdict)?;
        let kept = match &place.folder {
            Some(folder) => format!("Delete {} when you have seen enough.", folder.display()),
            None => format!("The database stays at {}.", place.database.display()),
        };
        self.aside(&kept)
    }

    /// Something that belongs to no chapter.
    fn aside(&mut self, text: &str) -> Result<(), Stop> {
        if self.quick { Ok(()) } else { Ok(self.screen.paragraph(0, text)?) }
    }
}
