//! The transport over reqwest.

use std::error::Error as StdError;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use reqwest::{redirect, retry};
use rustls::{ClientConfig, RootCertStore, crypto::ring};
use rustls_platform_verifier::BuilderVerifierExt as _;

use super::{
    BODY_BYTES_MAX, Headers, Lost, Method, Request, Response, Transport, TransportError, Unsent,
};

/// Connecting must fail well before the shortest exchange does, so that it is known to be the
/// connecting that failed.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Idle connections are given up before the supplier's load balancer closes them: a request that
/// meets the closing is lost in a way that can't be told from one that arrived.
const IDLE_TIMEOUT: Duration = Duration::from_secs(20);

/// Sends requests with reqwest: HTTP/1.1, gzip, rustls, one connection pool.
#[derive(Clone, Debug)]
pub struct HttpClient {
    inner: reqwest::Client,
    body_bytes_max: usize,
}

/// An HTTP client can't be built on this machine.
#[derive(Debug, thiserror::Error)]
#[error("no HTTP client can be built here: {reason}")]
pub struct HttpClientError {
    reason: String,
}

impl HttpClient {
    /// A client for suppliers on the internet: the platform's certificates, and the proxy the
    /// environment names.
    pub fn new() -> Result<Self, HttpClientError> {
        let tls = tls()?.with_platform_verifier().map_err(unbuildable)?.with_no_client_auth();
        Self::build(reqwest::Client::builder().tls_backend_preconfigured(tls))
    }

    /// A client for a supplier on this machine: plain HTTP, no proxy, no certificate store.
    pub fn loopback() -> Result<Self, HttpClientError> {
        let tls = tls()?.with_root_certificates(RootCertStore::empty()).with_no_client_auth();
        Self::build(reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls))
    }

    /// The same client, reading answers up to `bytes` instead of [`BODY_BYTES_MAX`].
    pub fn with_body_bytes_max(mut self, bytes: usize) -> Self {
        self.body_bytes_max = bytes;
        self
    }

    fn build(builder: reqwest::ClientBuilder) -> Result<Self, HttpClientError> {
        let inner = builder
            .connect_timeout(CONNECT_TIMEOUT)
            .pool_idle_timeout(IDLE_TIMEOUT)
            // A POST must go out at most once; both would send it again.
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .build()
            .map_err(unbuildable)?;
        Ok(Self { inner, body_bytes_max: BODY_BYTES_MAX })
    }

    async fn exchange(&self, request: &Request) -> Result<Response, TransportError> {
        let mut builder = self
            .inner
            .request(method(request.method), &request.url)
            .timeout(request.timeout)
            .bearer_auth(request.bearer.expose());
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some(body) = &request.body {
            builder = builder.body(body.clone());
        }
        let mut answer = builder.send().await.map_err(why_no_answer)?;
        let status = answer.status().as_u16();
        let headers = headers(answer.headers());
        let body = self.read_body(&mut answer).await?;
        Ok(Response { status, headers, body })
    }

    async fn read_body(&self, answer: &mut reqwest::Response) -> Result<Vec<u8>, TransportError> {
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(lost)? {
            if body.len() + chunk.len() > self.body_bytes_max {
                return Err(TransportError::MaybeSent { reason: Lost::TooLarge, source: None });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }
}

#[async_trait]
impl Transport for HttpClient {
    async fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let start = Instant::now();
        let outcome = self.exchange(request).await;
        log(request, &outcome, start.elapsed());
        outcome
    }
}

/// One line per exchange: what was asked, what came, how long it took. The query is left out, it
/// may hold what a person typed; bodies and tokens are never logged.
fn log(request: &Request, outcome: &Result<Response, TransportError>, took: Duration) {
    let method = request.method.as_str();
    let address = request.url.split('?').next().unwrap_or_default();
    let millis = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    match outcome {
        Ok(response) => tracing::info!(
            method,
            address,
            status = response.status,
            request_id = response.headers.get("x-request-id").unwrap_or("-"),
            bytes = response.body.len(),
            millis,
            "supplier answered"
        ),
        Err(error) => tracing::warn!(
            method,
            address,
            millis,
            cause = error.source().map(ToString::to_string),
            "supplier did not answer: {error}"
        ),
    }
}

fn tls() -> Result<rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier>, HttpClientError> {
    // The provider is passed in, not installed, so that an embedder's own choice stands.
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(unbuildable)
}

fn unbuildable(cause: impl std::fmt::Display) -> HttpClientError {
    HttpClientError { reason: cause.to_string() }
}

fn method(method: Method) -> reqwest::Method {
    match method {
        Method::Get => reqwest::Method::GET,
        Method::Post => reqwest::Method::POST,
        Method::Put => reqwest::Method::PUT,
        Method::Patch => reqwest::Method::PATCH,
        Method::Delete => reqwest::Method::DELETE,
    }
}

fn headers(map: &reqwest::header::HeaderMap) -> Headers {
    map.iter().filter_map(|(name, value)| Some((name, value.to_str().ok()?))).collect()
}

/// Sorts reqwest's errors by the one question that matters: can the request have arrived?
fn why_no_answer(error: reqwest::Error) -> TransportError {
    if error.is_builder() {
        TransportError::NotSent { reason: Unsent::Malformed, source: cause(error) }
    } else if error.is_connect() {
        TransportError::NotSent { reason: Unsent::NoConnection, source: cause(error) }
    } else {
        lost(error)
    }
}

fn lost(error: reqwest::Error) -> TransportError {
    let reason = if error.is_timeout() { Lost::Timeout } else { Lost::Broken };
    TransportError::MaybeSent { reason, source: cause(error) }
}

fn cause(error: reqwest::Error) -> Option<Box<dyn StdError + Send + Sync>> {
    Some(Box::new(error.without_url()))
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::{TcpListener, TcpStream};

    use super::*;
    use crate::http::Secret;

    /// 5,000 times the letter `a`, compressed by an independent tool.
    const GZIPPED: [u8; 41] = [
        31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 49, 1, 0, 0, 0, 194, 160, 172, 235, 95, 194, 20,
        126, 64, 1, 0, 0, 0, 0, 111, 3, 118, 89, 244, 76, 136, 19, 0, 0,
    ];

    fn request(address: &str) -> Request {
        Request {
            method: Method::Post,
            url: format!("http://{address}/air/orders?x=1"),
            bearer: Secret::new("token-abc"),
            headers: vec![("duffel-version".into(), "v2".into())],
            body: Some(b"{}".to_vec()),
            timeout: Duration::from_secs(30),
        }
    }

    /// What one connection received, after `reply` was written to it and it was closed.
    async fn serve_once(listener: TcpListener, reply: Vec<u8>) -> String {
        let (mut stream, _) = listener.accept().await.unwrap();
        let received = read_request(&mut stream).await;
        stream.write_all(&reply).await.unwrap();
        stream.shutdown().await.unwrap();
        received
    }

    async fn read_request(stream: &mut TcpStream) -> String {
        let mut received = Vec::new();
        while !received.ends_with(b"{}") {
            let mut buffer = [0; 4096];
            let count = stream.read(&mut buffer).await.unwrap();
            assert!(count > 0, "closed within the request");
            received.extend_from_slice(&buffer[..count]);
        }
        String::from_utf8(received).unwrap()
    }

    async fn listen() -> (TcpListener, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        (listener, address)
    }

    /// Sends one request to a server that writes `reply`; gives the outcome and what arrived.
    async fn exchange(
        client: HttpClient,
        reply: &[u8],
    ) -> (Result<Response, TransportError>, String) {
        let (listener, address) = listen().await;
        let server = tokio::spawn(serve_once(listener, reply.to_vec()));
        let outcome = client.send(&request(&address)).await;
        (outcome, server.await.unwrap())
    }

    fn gzipped() -> Vec<u8> {
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n",
            GZIPPED.len()
        );
        [head.as_bytes(), &GZIPPED].concat()
    }

    fn lost(outcome: Result<Response, TransportError>) -> Lost {
        match outcome {
            Err(TransportError::MaybeSent { reason, .. }) => reason,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn the_request_arrives_as_it_was_built() {
        let reply = b"HTTP/1.1 201 Created\r\nX-Request-Id: F1\r\ncontent-length: 4\r\n\r\nbody";
        let (outcome, received) = exchange(HttpClient::loopback().unwrap(), reply).await;
        let response = outcome.unwrap();
        assert_eq!((response.status, response.body.as_slice()), (201, b"body".as_slice()));
        assert_eq!(response.headers.get("x-request-id"), Some("F1"));
        let received = received.to_lowercase();
        assert!(received.starts_with("post /air/orders?x=1 http/1.1\r\n"), "{received}");
        for line in
            ["authorization: bearer token-abc", "duffel-version: v2", "accept-encoding: gzip"]
        {
            assert!(received.contains(&format!("\r\n{line}\r\n")), "{line} in {received}");
        }
    }

    #[tokio::test]
    async fn a_redirect_is_an_answer_and_is_not_followed() {
        let (listener, address) = listen().await;
        let reply = format!(
            "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://{address}/again\r\ncontent-length: 0\r\n\r\n"
        );
        let server = tokio::spawn(serve_once(listener, reply.into_bytes()));
        let response = HttpClient::loopback().unwrap().send(&request(&address)).await.unwrap();
        server.await.unwrap();
        assert_eq!(response.status, 307);
    }

    #[tokio::test]
    async fn nobody_listening_means_not_sent() {
        let (listener, address) = listen().await;
        drop(listener);
        let outcome = HttpClient::loopback().unwrap().send(&request(&address)).await;
        let unsent = |outcome| match outcome {
            Err(TransportError::NotSent { reason, .. }) => reason,
            other => panic!("{other:?}"),
        };
        assert_eq!(unsent(outcome), Unsent::NoConnection);
        let mut malformed = request(&address);
        malformed.headers.push(("x".into(), "line\r\nbreak".into()));
        let outcome = HttpClient::loopback().unwrap().send(&malformed).await;
        assert_eq!(unsent(outcome), Unsent::Malformed);
    }

    #[tokio::test]
    async fn a_failed_handshake_means_not_sent() {
        let (listener, address) = listen().await;
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
        });
        let mut over_tls = request(&address);
        over_tls.url = over_tls.url.replace("http://", "https://");
        let outcome = HttpClient::loopback().unwrap().send(&over_tls).await;
        assert!(
            matches!(outcome, Err(TransportError::NotSent { reason: Unsent::NoConnection, .. })),
            "{outcome:?}"
        );
        server.await.unwrap();
    }

    #[tokio::test]
    async fn a_connection_that_closes_means_maybe_sent() {
        let (outcome, received) = exchange(HttpClient::loopback().unwrap(), b"").await;
        assert!(received.ends_with("{}"), "the request had arrived");
        assert_eq!(lost(outcome), Lost::Broken);
        let cut = b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"data\"";
        let (outcome, _) = exchange(HttpClient::loopback().unwrap(), cut).await;
        assert_eq!(lost(outcome), Lost::Broken);
    }

    #[tokio::test]
    async fn silence_means_maybe_sent() {
        let (listener, address) = listen().await;
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            read_request(&mut stream).await;
            // Held open until the client has given up and closed it.
            stream.read(&mut [0; 1]).await
        });
        let hasty = Request { timeout: Duration::from_millis(200), ..request(&address) };
        let outcome = HttpClient::loopback().unwrap().send(&hasty).await;
        assert_eq!(lost(outcome), Lost::Timeout);
        assert!(server.await.unwrap().is_ok_and(|count| count == 0));
    }

    #[tokio::test]
    async fn answers_are_decompressed_up_to_a_limit() {
        let client = HttpClient::loopback().unwrap();
        let (outcome, _) = exchange(client.clone(), &gzipped()).await;
        assert_eq!(outcome.unwrap().body, vec![b'a'; 5_000]);
        let small = client.with_body_bytes_max(4_999);
        let (outcome, _) = exchange(small, &gzipped()).await;
        assert_eq!(lost(outcome), Lost::TooLarge);
    }

    #[test]
    fn a_client_for_the_internet_is_built_where_certificates_are() {
        match HttpClient::new() {
            Ok(_) => {}
            Err(error) => assert!(error.to_string().contains("certificates"), "{error}"),
        }
    }
}
