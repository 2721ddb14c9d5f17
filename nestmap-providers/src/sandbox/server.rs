//! A small HTTP/1.1 server that can also hang up, which ordinary servers take care not to do.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Request, Response};
use hyper::body::{Frame, Incoming, SizeHint};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use tower_service::Service as _;

/// Put into a response's extensions, it makes the server close the connection instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HangUp;

impl fmt::Display for HangUp {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("the sandbox was told to close this connection")
    }
}

impl std::error::Error for HangUp {}

/// Serves until `closing` is notified; open connections are cut then.
pub(crate) async fn serve(listener: TcpListener, router: Router, closing: Arc<Notify>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = closing.notified() => break,
            Some(_) = connections.join_next() => {}
            accepted = listener.accept() => {
                // A failed accept concerns one caller, who sees it; the next one may succeed.
                let Ok((stream, _)) = accepted else { continue };
                connections.spawn(connection(stream, router.clone()));
            }
        }
    }
}

async fn connection(stream: TcpStream, router: Router) {
    let service = service_fn(move |request: Request<Incoming>| {
        let mut router = router.clone();
        async move {
            let answer: Result<Response<Body>, Infallible> =
                router.call(request.map(Body::new)).await;
            match answer {
                Ok(response) if response.extensions().get::<HangUp>().is_some() => Err(HangUp),
                Ok(response) => Ok(response),
                Err(never) => match never {},
            }
        }
    });
    // The error is the hang-up we were asked for, or a caller that went away.
    drop(
        hyper::server::conn::http1::Builder::new()
            .serve_connection(TokioIo::new(stream), service)
            .await,
    );
}

/// A body that announces its full length and breaks off half way.
pub(crate) struct BrokenBody {
    half: Option<Bytes>,
    announced: u64,
}

impl BrokenBody {
    pub(crate) fn of(whole: &Bytes) -> Self {
        let announced = u64::try_from(whole.len()).expect("a body length fits");
        Self { half: Some(whole.slice(..whole.len() / 2)), announced }
    }
}

impl HttpBody for BrokenBody {
    type Data = Bytes;
    type Error = HangUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HangUp>>> {
        Poll::Ready(Some(self.half.take().map(Frame::data).ok_or(HangUp)))
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.announced)
    }
}
