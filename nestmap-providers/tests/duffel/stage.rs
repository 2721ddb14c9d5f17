//! A sandbox and an adapter that talks to it over real HTTP on the loopback. Waiting moves the
//! sandbox's clock instead of taking time.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;
use nestmap_core::shopping::request::SearchRequest;
use nestmap_providers::duffel::{Duffel, Settings};
use nestmap_providers::http::{HttpClient, Secret, Timer};
use nestmap_providers::sandbox::{DuffelSandbox, Fault, FaultRule, SandboxClock, SandboxConfig};
use serde_json::json;

struct SandboxTimer(SandboxClock);

#[async_trait]
impl Timer for SandboxTimer {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    async fn sleep(&self, span: Duration) {
        self.0.advance_seconds(i64::try_from(span.as_secs()).unwrap() + 1);
    }
}

pub struct Stage {
    pub sandbox: DuffelSandbox,
    pub duffel: Duffel,
}

impl Stage {
    pub async fn set() -> Self {
        let clock = SandboxClock::fixed("2026-03-02T09:30:00Z".parse().unwrap());
        let config = SandboxConfig { clock: clock.clone(), seed: 7, ..SandboxConfig::default() };
        let sandbox = DuffelSandbox::start(config).await.unwrap();
        let settings = Settings::new(Secret::new("duffel_test_1")).at(sandbox.base_url());
        let transport = Arc::new(HttpClient::loopback().unwrap());
        let duffel = Duffel::over(settings, transport, Arc::new(SandboxTimer(clock))).unwrap();
        Self { sandbox, duffel }
    }

    pub fn next(&self, method: &str, path: &str, fault: Fault) {
        self.sandbox.inject(FaultRule::next(method, path, fault));
    }
}

/// One adult, one way, a few weeks ahead.
pub fn request(origin: &str, destination: &str) -> SearchRequest {
    let slice =
        json!({"origin": origin, "destination": destination, "departure_date": "2026-03-20"});
    serde_json::from_value(json!({"slices": [slice], "passengers": [{"kind": "adult"}]})).unwrap()
}
