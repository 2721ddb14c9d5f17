//! What stands around the routes: unknown paths, headers, limits, load, stopping, embedding.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use nestmap_core::Money;
use nestmap_core::order::Refund;
use nestmap_core::port::flights::{
    CallOutcome, CancellationQuote, FlightProvider, OrderReference, Payment, Purchase,
    SupplierError, SupplierOrder,
};
use nestmap_core::shopping::{FlightOffer, SearchRequest, SupplierRef};
use nestmap_http::Config;
use nestmap_http::config::RateLimit;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::client::Ask;
use crate::server::{Server, config, search};

/// A supplier whose searches wait until they are let through, or panic.
struct Gate {
    open: Semaphore,
    waiting: Semaphore,
    panics: bool,
}

impl Gate {
    fn closed() -> Arc<Self> {
        Arc::new(Self { open: Semaphore::new(0), waiting: Semaphore::new(0), panics: false })
    }

    /// Returns when a search waits.
    async fn reached(&self) {
        self.waiting.acquire().await.unwrap().forget();
    }
}

#[async_trait]
impl FlightProvider for Gate {
    fn name(&self) -> &str {
        "gate"
    }

    async fn search(&self, _: &SearchRequest) -> Result<Vec<FlightOffer>, SupplierError> {
        assert!(!self.panics, "a defect");
        self.waiting.add_permits(1);
        self.open.acquire().await.unwrap().forget();
        Ok(Vec::new())
    }

    async fn look_up(&self, _: &SupplierRef) -> Result<Option<SupplierOrder>, SupplierError> {
        Ok(None)
    }

    async fn refresh(&self, _: &SupplierRef) -> Result<FlightOffer, SupplierError> {
        unreachable!("nothing is bought here")
    }

    async fn hold(&self, _: &Purchase) -> CallOutcome<SupplierOrder> {
        unreachable!("nothing is bought here")
    }

    async fn order(&self, _: &Purchase) -> CallOutcome<SupplierOrder> {
        unreachable!("nothing is bought here")
    }

    async fn pay(&self, _: &Payment) -> CallOutcome<SupplierOrder> {
        unreachable!("nothing is bought here")
    }

    async fn find(
        &self,
        _: &OrderReference,
        _: &SupplierRef,
    ) -> Result<Vec<SupplierOrder>, SupplierError> {
        unreachable!("nothing is bought here")
    }

    async fn price(&self, _: &SupplierRef) -> Result<Money, SupplierError> {
        unreachable!("nothing is bought here")
    }

    async fn quote_cancellation(
        &self,
        _: &SupplierRef,
    ) -> Result<CancellationQuote, SupplierError> {
        unreachable!("nothing is bought here")
    }

    async fn confirm_cancellation(&self, _: &SupplierRef) -> CallOutcome<Refund> {
        unreachable!("nothing is bought here")
    }
}

#[tokio::test]
async fn unknown_paths_and_methods_are_problems() {
    let server = Server::start().await;
    for path in ["/api", "/api/v1", "/api/v1/nothing", "/api/v2/trips", "/api/v1/trips/x/y/z"] {
        let reply = server.ask("GET", path).send().await;
        assert_eq!(reply.problem(404), "route-not-found", "{path}");
        assert_eq!(reply.text("/instance"), path);
    }
    let reply = server.ask("PATCH", "/api/v1/trips").send().await;
    assert_eq!(reply.problem(405), "method-not-allowed");
    assert_eq!(reply.header("allow"), "GET,HEAD,POST");
    let reply = server.ask("OPTIONS", "/api/v1/me").send().await;
    assert_eq!(reply.header("allow"), "GET,HEAD");
    let reply = server.ask("HEAD", "/api/health").send().await.expect(200);
    assert!(reply.bytes.is_empty());
}

#[tokio::test]
async fn every_code_has_a_page() {
    let server = Server::start().await;
    for code in nestmap_core::Code::ALL {
        let reply = server.ask("GET", &format!("/problems/{code}")).send().await.expect(200);
        let page = String::from_utf8(reply.bytes.to_vec()).unwrap();
        assert!(page.contains(code.action()), "{code}");
    }
    server.ask("GET", "/problems").send().await.expect(200);
    let reply = server.ask("GET", "/problems/%3Cscript%3E").send().await;
    assert_eq!(reply.problem(404), "not-found");
}

#[tokio::test]
async fn requests_have_ids_the_callers_where_it_is_plain() {
    let server = Server::start().await;
    let send = |id: &'static str| server.ask("GET", "/api/v1/me").header("x-request-id", id).send();
    let reply = send("my-request-1").await;
    assert_eq!(reply.header("x-request-id"), "my-request-1");
    assert_eq!(reply.text("/request_id"), "my-request-1");
    for id in ["short", "has space in it", "<script>alert</script>"] {
        assert_ne!(send(id).await.header("x-request-id"), id);
    }
    let admin = server.company("Acme").await;
    let ask = server.ask("POST", "/api/v1/trips").token(&admin.token).key("k");
    ask.header("x-request-id", "traced-request")
        .json(&json!({ "title": "X" }))
        .send()
        .await
        .expect(201);
    let audit = server.audit(&admin).await;
    assert!(audit.iter().any(|line| line["request"] == "traced-request"));
}

#[tokio::test]
async fn answers_tell_browsers_what_they_are_not_for() {
    let server = Server::start().await;
    for path in ["/api/health", "/api/v1/me", "/nothing", "/problems"] {
        let reply = server.ask("GET", path).send().await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff");
        assert_eq!(reply.header("x-frame-options"), "DENY");
        assert_eq!(reply.header("referrer-policy"), "no-referrer");
        assert_eq!(reply.header("cache-control"), "no-store");
        assert_eq!(reply.header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(reply.header("cross-origin-resource-policy"), "same-origin");
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; frame-ancestors 'none'"), "{policy}");
        assert!(reply.headers.get("strict-transport-security").is_none());
        assert!(reply.headers.get("access-control-allow-origin").is_none());
        assert!(reply.headers.get("server").is_none());
    }
    let secure = Server::with(Config { hsts: true, ..config() }).await;
    let reply = secure.ask("GET", "/api/health").send().await;
    assert!(reply.header("strict-transport-security").starts_with("max-age=63072000"));
}

#[tokio::test]
async fn who_opens_the_server_in_a_browser_lands_at_the_documentation() {
    let server = Server::start().await;
    let moved = server.ask("GET", "/").send().await.expect(307);
    assert_eq!(moved.header("location"), "/api/docs/");
    server.ask("GET", moved.header("location")).send().await.expect(200);
}

#[tokio::test]
async fn the_documentation_runs_without_anything_inline_or_from_elsewhere() {
    let server = Server::start().await;
    let moved = server.ask("GET", "/api/docs").send().await.expect(308);
    assert_eq!(moved.header("location"), "/api/docs/");
    let page = server.ask("GET", "/api/docs/").send().await.expect(200);
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'; style-src 'self'"), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    let html = String::from_utf8(page.bytes.to_vec()).unwrap();
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("<style"));
    for part in html.split("src=\"").chain(html.split("href=\"")).skip(1) {
        let file = part.split('"').next().unwrap().trim_start_matches("./");
        if file.ends_with(".js") || file.ends_with(".css") || file.ends_with(".png") {
            server.ask("GET", &format!("/api/docs/{file}")).send().await.expect(200);
        }
    }
    assert!(html.split("<script").skip(1).all(|tag| tag.contains("src=\"")), "{html}");
    let start = server.ask("GET", "/api/docs/swagger-initializer.js").send().await.expect(200);
    let start = String::from_utf8(start.bytes.to_vec()).unwrap();
    assert!(start.contains("\"../openapi.json\""), "{start}");
    let document = server.ask("GET", "/api/openapi.json").send().await.expect(200);
    assert_eq!(&document.body, crate::contract::description());
    let reply = server.ask("GET", "/api/docs/../../etc/passwd").send().await;
    assert_eq!(reply.problem(404), "route-not-found");
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_wants_it() {
    let server = Server::start().await;
    let ask = || server.ask("GET", "/api/docs/swagger-ui.css");
    let plain = ask().send().await.expect(200);
    assert!(plain.headers.get("content-encoding").is_none());
    let packed = ask().header("accept-encoding", "gzip").send().await.expect(200);
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.bytes.len() * 3 < plain.bytes.len());
    let off = Server::with(Config { compression: false, ..config() }).await;
    let ask = off.ask("GET", "/api/docs/swagger-ui.css").header("accept-encoding", "gzip");
    assert!(ask.send().await.headers.get("content-encoding").is_none());
}

#[tokio::test]
async fn only_listed_origins_may_call_from_a_browser() {
    let origins = vec!["https://app.example.com".to_owned()];
    let server = Server::with(Config { cors_origins: origins, ..config() }).await;
    let preflight = |origin: &'static str| {
        let ask = server.ask("OPTIONS", "/api/v1/trips").header("origin", origin);
        let ask = ask.header("access-control-request-method", "POST");
        ask.header("access-control-request-headers", "authorization,idempotency-key").send()
    };
    let good = preflight("https://app.example.com").await;
    assert_eq!(good.header("access-control-allow-origin"), "https://app.example.com");
    assert!(good.headers.get("access-control-allow-credentials").is_none());
    let bad = preflight("https://evil.example.com").await;
    assert!(bad.headers.get("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn a_client_that_asks_too_often_is_told_when_to_come_back() {
    let limit = RateLimit { max: 3, window: Duration::from_secs(60) };
    let server = Server::with(Config { rate_limit: Some(limit), ..config() }).await;
    for left in [2, 1, 0] {
        let reply = server.ask("GET", "/api/health").send().await.expect(200);
        assert_eq!(reply.header("ratelimit-policy"), "\"default\";q=3;w=60");
        assert!(reply.header("ratelimit").starts_with(&format!("\"default\";r={left};t=")));
    }
    let reply = server.ask("GET", "/api/health").send().await;
    assert_eq!(reply.problem(429), "rate-limited");
    assert_eq!(reply.header("retry-after"), "20");
    let ask = server.ask("GET", "/api/health").header("x-forwarded-for", "203.0.113.9");
    assert_eq!(ask.send().await.problem(429), "rate-limited", "only listed proxies are believed");
    server.clock.advance_seconds(20);
    server.ask("GET", "/api/health").send().await.expect(200);
}

#[tokio::test]
async fn more_than_the_server_takes_is_refused_at_once_and_liveness_is_not() {
    let gate = Gate::closed();
    let server = Server::supplied(Config { requests_max: 1, ..config() }, gate.clone()).await;
    let admin = server.company("Acme").await;
    let slow = tokio::spawn({
        let ask = server.ask("POST", "/api/v1/searches").token(&admin.token).key("k");
        ask.json(&search()).send()
    });
    gate.reached().await;
    let reply = server.get(&admin, "/me").await;
    assert_eq!(reply.problem(503), "overloaded");
    assert_eq!(reply.header("retry-after"), "1");
    server.ask("GET", "/api/health").send().await.expect(200);
    gate.open.add_permits(1);
    slow.await.unwrap().expect(201);
    server.get(&admin, "/me").await.expect(200);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_given_up() {
    let timeout = Duration::from_millis(200);
    let config = Config { request_timeout: timeout, ..config() };
    let server = Server::supplied(config, Gate::closed()).await;
    let admin = server.company("Acme").await;
    let reply = server.post(&admin, "/searches", search()).await;
    assert_eq!(reply.problem(503), "timeout");
}

#[tokio::test]
async fn a_defect_is_answered_without_its_details_and_the_server_lives_on() {
    let gate = Gate { open: Semaphore::new(0), waiting: Semaphore::new(0), panics: true };
    let server = Server::supplied(config(), Arc::new(gate)).await;
    let admin = server.company("Acme").await;
    let reply = server.post(&admin, "/searches", search()).await;
    assert_eq!(reply.problem(500), "internal");
    assert!(!reply.body.to_string().contains("a defect"));
    server.get(&admin, "/me").await.expect(200);
}

#[tokio::test]
async fn stopping_lets_running_requests_end_and_takes_no_new_ones() {
    let gate = Gate::closed();
    let server = Server::supplied(Config { worker: true, ..config() }, gate.clone()).await;
    let admin = server.company("Acme").await;
    let slow = tokio::spawn({
        let ask = server.ask("POST", "/api/v1/searches").token(&admin.token).key("k");
        ask.json(&search()).send()
    });
    gate.reached().await;
    server.stop.cancel();
    let refused = async { while TcpStream::connect(server.address).await.is_ok() {} };
    tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    assert!(!server.done.is_finished());
    gate.open.add_permits(1);
    slow.await.unwrap().expect(201);
    let done = async {
        while !server.done.is_finished() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), done).await.unwrap();
}

#[tokio::test]
async fn an_axum_app_nests_the_routes_under_a_path_of_its_own() {
    let server = Server::start().await;
    let admin = server.company("Acme").await;
    let nested = nestmap_http::router(server.nestmap.clone(), config());
    let app = axum::Router::new()
        .route("/", axum::routing::get(|| async { "the host's page" }))
        .nest("/acme/travel", nested);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = app.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });

    let ask = |method: &str, path: &str| Ask::new(address, method, &format!("/acme/travel{path}"));
    let body = json!({ "email": "admin@acme.example.com", "password": crate::server::PASSWORD });
    let login = ask("POST", "/api/v1/sessions").json(&body).send().await.expect(201);
    let token = login.text("/access_token");
    let made = ask("POST", "/api/v1/trips").token(&token).key("k").json(&json!({ "title": "X" }));
    let made = made.send().await.expect(201);
    let path = made.header("location").to_owned();
    assert!(path.starts_with("/acme/travel/api/v1/trips/trip_"), "{path}");
    Ask::new(address, "GET", &path).token(&token).send().await.expect(200);
    let reply = ask("GET", "/api/v1/nothing").token(&token).send().await;
    assert_eq!(reply.problem(404), "route-not-found");
    assert_eq!(reply.text("/instance"), "/acme/travel/api/v1/nothing");
    ask("GET", "/api/docs/").send().await.expect(200);
    let moved = ask("GET", "").send().await.expect(307);
    assert_eq!(moved.header("location"), "/acme/travel/api/docs/");
    let other = server.get(&admin, "/me").await.expect(200);
    assert_eq!(other.text("/email"), "admin@acme.example.com");
}

/// A connection that has sent these bytes and goes silent.
async fn silent(server: &Server, bytes: &str) -> TcpStream {
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    stream
}

/// What the server says before it closes the connection.
async fn last_words(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    tokio::time::timeout(Duration::from_secs(20), read).await.unwrap().unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

const PART_OF_A_BODY: &str = "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\n\
    content-type: application/json\r\ncontent-length: 100\r\n\r\n{";

#[tokio::test]
async fn a_body_that_does_not_arrive_is_not_waited_for() {
    let read_timeout = Duration::from_millis(200);
    let server = Server::with(Config { read_timeout, ..config() }).await;
    let answer = last_words(silent(&server, PART_OF_A_BODY).await).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("\"code\":\"body-too-slow\""), "{answer}");
}

#[tokio::test]
async fn a_connection_without_a_whole_head_is_closed() {
    let read_timeout = Duration::from_millis(200);
    let server = Server::with(Config { read_timeout, ..config() }).await;
    for head in ["", "GET /api/hea", "GET /api/health HTTP/1.1\r\nhost: x\r\nx-slow: "] {
        let answer = last_words(silent(&server, head).await).await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 408"), "{answer}");
    }
}

#[tokio::test]
async fn one_client_that_dribbles_bodies_leaves_the_server_to_the_others() {
    let server = Server::with(Config { requests_max: 16, ..config() }).await;
    let admin = server.company("Acme").await;
    let dribbling = [silent(&server, PART_OF_A_BODY).await, silent(&server, PART_OF_A_BODY).await];
    let refresh = || {
        let body = json!({ "refresh_token": "nmr_" });
        server.ask("POST", "/api/v1/sessions/refresh").json(&body).send()
    };
    // Both have a slot as soon as a third from the same address is refused.
    let refused = async {
        loop {
            let reply = refresh().await;
            if reply.status == 429 {
                return reply;
            }
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(20), refused).await.unwrap();
    assert_eq!(refused.problem(429), "rate-limited");
    assert_eq!(refused.header("retry-after"), "1");
    server.get(&admin, "/me").await.expect(200);
    drop(dribbling);
    let free = async { while refresh().await.status == 429 {} };
    tokio::time::timeout(Duration::from_secs(20), free).await.unwrap();
}

/// Sends raw bytes and reads until the server closes.
async fn raw(server: &Server, bytes: &str) -> String {
    last_words(silent(server, bytes).await).await
}

#[tokio::test]
async fn ambiguous_framing_and_broken_heads_are_refused() {
    let server = Server::start().await;
    let post = "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\nconnection: close\r\n";
    for head in [
        format!("{post}content-length: 5\r\ncontent-length: 6\r\n\r\n12345"),
        format!("{post}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n"),
        format!("{post}content-length: -1\r\n\r\n"),
        format!("{post}bad header: x\r\n\r\n"),
        "GET  / HTTP/1.1\r\n\r\n".to_owned(),
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", "a".repeat(1 << 20)),
        format!("GET / HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(1 << 20)),
    ] {
        let answer = raw(&server, &head).await;
        let first = answer.lines().next().unwrap_or("").to_owned();
        let refused = first.is_empty() || first.contains(" 4");
        assert!(refused, "{first}");
        assert!(answer.matches("HTTP/1.1").count() <= 1, "one request, one answer: {answer}");
    }
    let chunked = format!(
        "{post}content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        format!("{:x}\r\n{}\r\n", 1 << 16, "x".repeat(1 << 16)).repeat(20),
    );
    let answer = raw(&server, &chunked).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "a large body without a length: {answer}");
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_is_read() {
    let server = Server::with(Config { body_bytes_max: 2_048, ..config() }).await;
    let admin = server.company("Acme").await;
    let send = |length: usize| {
        let body = format!("{:<length$}", "{\"title\":\"X\"}");
        let ask = server.ask("POST", "/api/v1/trips").token(&admin.token).key(&server.fresh_key());
        ask.header("content-type", "application/json").bytes(body).send()
    };
    send(2_048).await.expect(201);
    assert_eq!(send(2_049).await.problem(413), "body-too-large");
}
