//! Listens, answers, and stops without dropping anything.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower_service::Service as _;

use crate::app::App;

/// How long to wait after the machine refused a connection, mostly for want of file descriptors.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Serves `app` and runs its worker until `stop` is canceled. Then nothing new is accepted, and
/// running requests and begun work have the configured time to end.
///
/// Stopping later than that is harmless, too: everything is safe to be interrupted.
pub async fn serve(app: App, listener: TcpListener, stop: CancellationToken) {
    let worker = app.config().worker.then(|| tokio::spawn(app.worker().run(stop.clone())));
    let drain = app.config().drain;
    let connections = accept(&app, listener, stop).await;
    tracing::info!(seconds = drain.as_secs(), "stopping");
    let ended = async {
        connections.shutdown().await;
        if let Some(worker) = worker {
            let _ =
                worker.await.inspect_err(|error| tracing::error!(%error, "the worker panicked"));
        }
    };
    match tokio::time::timeout(drain, ended).await {
        Ok(()) => tracing::info!("stopped"),
        Err(_) => tracing::warn!("stopped with work left; it is resumed by the next process"),
    }
}

/// Accepts connections until `stop` is canceled.
async fn accept(app: &App, listener: TcpListener, stop: CancellationToken) -> GracefulShutdown {
    let connections = GracefulShutdown::new();
    let router = app.router();
    let mut http = http1::Builder::new();
    // A connection without a request, or with part of a head, is closed after this time.
    http.timer(TokioTimer::new()).header_read_timeout(app.config().read_timeout);
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return connections,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = http.serve_connection(io(stream), service(router.clone(), peer));
                let connection = connections.watch(connection);
                tokio::spawn(async move {
                    if let Err(error) = connection.await {
                        tracing::debug!(%error, "a connection broke");
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "can't accept a connection");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn io(stream: TcpStream) -> TokioIo<TcpStream> {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps waiting for full packets");
    }
    TokioIo::new(stream)
}

/// The router, told who the peer is.
fn service(
    router: Router,
    peer: SocketAddr,
) -> impl hyper::service::Service<
    Request<Incoming>,
    Response = Response<Body>,
    Error = Infallible,
    Future = impl Future<Output = Result<Response<Body>, Infallible>> + Send,
> {
    service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request.map(Body::new))
    })
}
