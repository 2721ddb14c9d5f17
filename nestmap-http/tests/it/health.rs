//! Health is found out by trying.

use nestmap_core::port::flights::{FlightProvider, SupplierErrorKind};
use nestmap_http::Config;

use crate::server::{Server, config};

#[tokio::test]
async fn a_healthy_server_says_so() {
    let server = Server::start().await;
    let reply = server.ask("GET", "/api/health").send().await.expect(200);
    assert_eq!(reply.text("/status"), "ok");
    let reply = server.ask("GET", "/api/health/detailed").send().await.expect(200);
    assert_eq!(reply.text("/store/status"), "ok");
    assert_eq!(reply.text("/supplier/status"), "ok");
    assert_eq!(reply.text("/worker/status"), "off");
    assert_eq!(reply.body["supplier"]["sandbox"], true);
}

#[tokio::test]
async fn a_supplier_that_cannot_be_reached_is_told_and_leaves_the_rest_healthy() {
    let server = Server::start().await;
    server.flights.set_unreachable(true);
    let nothing = nestmap_core::shopping::SupplierRef { supplier: "x".into(), id: "x".into() };
    let error = server.flights.look_up(&nothing).await.unwrap_err();
    assert_eq!(error.kind, SupplierErrorKind::Unavailable, "the check would mean nothing");
    let reply = server.ask("GET", "/api/health/detailed").send().await.expect(200);
    assert_eq!(reply.text("/supplier/status"), "down");
    assert_eq!(reply.text("/status"), "ok");
}

#[tokio::test]
async fn a_running_worker_is_alive_and_a_stuck_one_is_not() {
    let server = Server::with(Config { worker: true, ..config() }).await;
    // The worker looks for work at its start; until then it isn't healthy.
    let healthy = async {
        loop {
            let reply = server.ask("GET", "/api/health/detailed").send().await;
            if reply.status == 200 {
                return reply;
            }
            tokio::task::yield_now().await;
        }
    };
    let reply = tokio::time::timeout(std::time::Duration::from_secs(20), healthy).await.unwrap();
    assert_eq!(reply.text("/worker/status"), "ok");
    server.stop.cancel();
    let nestmap = server.nestmap.clone();
    let app = nestmap_http::App::new(nestmap, Config { worker: true, ..config() });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    // A process that should run a worker and doesn't.
    let router = app.router();
    tokio::spawn(async move { axum::serve(listener, router).await });
    let reply = crate::client::Ask::new(address, "GET", "/api/health/detailed").send().await;
    assert_eq!(reply.expect(503).text("/worker/status"), "down");
}
