//! The first to see a request: answers pages made ahead, hands everything else to the router.
//! A page at hand costs a copy of its headers; a page to be made waits for its turn on another thread.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, IF_NONE_MATCH, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use tower::ServiceExt;

use super::answer::{Answer, Encoding};
use super::headers;
use super::patience::Progress;
use super::search_log;
use super::site::Found;
use super::state::AppState;

/// A body that is at hand, or one of the router's.
pub enum Body {
    /// One piece of memory.
    Ready(Option<Bytes>),
    /// Whatever axum makes.
    Routed(axum::body::Body),
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        match self.get_mut() {
            Body::Ready(bytes) => Poll::Ready(bytes.take().map(|b| Ok(Frame::data(b)))),
            Body::Routed(body) => Pin::new(body).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Body::Ready(bytes) => bytes.is_none(),
            Body::Routed(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Body::Ready(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |b| b.len() as u64)),
            Body::Routed(body) => body.size_hint(),
        }
    }
}

/// Where a request comes from, for throttling only.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(pub IpAddr);

/// The service of one connection.
#[derive(Clone)]
pub struct Front {
    state: Arc<AppState>,
    router: axum::Router,
    peer: IpAddr,
    progress: Arc<Progress>,
}

type Answered = Result<Response<Body>, Infallible>;

/// An answer at hand, or one on its way.
pub enum Answering {
    /// At hand.
    Now(Option<Response<Body>>),
    /// On its way.
    Later(Pin<Box<dyn Future<Output = Answered> + Send>>),
}

impl Future for Answering {
    type Output = Answered;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Answered> {
        match self.get_mut() {
            Answering::Now(response) => match response.take() {
                Some(response) => Poll::Ready(Ok(response)),
                None => Poll::Pending,
            },
            Answering::Later(future) => future.as_mut().poll(cx),
        }
    }
}

impl Front {
    /// For one connection.
    pub(super) fn new(state: Arc<AppState>, router: axum::Router, peer: IpAddr, progress: Arc<Progress>) -> Front {
        Front { state, router, peer, progress }
    }

    /// Pages made ahead; `None` sends the request to the router.
    fn page(&self, request: &Request<Incoming>) -> Option<Answering> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let (uri, site) = (request.uri(), self.state.site.load());
        // Links that others shared often carry a query string of theirs, which changes nothing here.
        if !reads || uri.query().is_some_and(|query| site.minds_query(uri.path(), query)) {
            return None;
        }
        let encoding = Encoding::accepted(request.headers());
        let found = site.find(uri.path(), encoding)?;
        search_log::followed(&self.state, &site, request.method(), uri.path(), request.headers());
        match found {
            Found::Ready(answer) => Some(Answering::Now(Some(self.respond(&answer, request.headers())))),
            Found::ToMake => {
                let Ok(place) = self.state.waiting.clone().try_acquire_owned() else {
                    self.state.metrics.shed.increment(1);
                    return Some(Answering::Now(Some(self.failed(StatusCode::SERVICE_UNAVAILABLE))));
                };
                let (front, site, headers) = (self.clone(), site.clone(), request.headers().clone());
                let path = uri.path().to_owned();
                let at_work = self.progress.work();
                Some(Answering::Later(Box::pin(async move {
                    front.state.metrics.made.increment(1);
                    // The turn goes with the work: who hangs up meanwhile does not let another begin beside it.
                    let turn = front.state.makers.clone().acquire_owned().await;
                    let made = tokio::task::spawn_blocking(move || {
                        let answer = site.make(&path, encoding);
                        drop((turn, place));
                        answer
                    });
                    let made = made.await;
                    drop(at_work);
                    Ok(match made {
                        Ok(Some(answer)) => front.respond(&answer, &headers),
                        problem => {
                            tracing::error!(?problem, "a page could not be made");
                            front.failed(StatusCode::INTERNAL_SERVER_ERROR)
                        }
                    })
                })))
            }
        }
    }

    /// When even the page that says so cannot be made: a line in both languages.
    fn failed(&self, status: StatusCode) -> Response<Body> {
        const WORDS: &[u8] = "现在忙，请稍后再试。\nBusy now, please try again in a moment.\n".as_bytes();
        let mut response = Response::new(Body::Ready(Some(Bytes::from_static(WORDS))));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.extend(headers::common("/", self.state.tls));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(RETRY_AFTER, HeaderValue::from_static("2"));
        response
    }

    fn respond(&self, answer: &Answer, asked: &HeaderMap) -> Response<Body> {
        let mut headers = answer.headers();
        let known = asked.get(IF_NONE_MATCH).is_some_and(|tags| names(tags, &answer.etag));
        let (status, body) = if known {
            self.state.metrics.not_modified.increment(1);
            headers.remove(CONTENT_ENCODING);
            (StatusCode::NOT_MODIFIED, None)
        } else {
            self.state.metrics.pages.increment(1);
            (StatusCode::OK, Some(answer.body.clone()))
        };
        let mut response = Response::new(Body::Ready(body));
        *response.status_mut() = status;
        *response.headers_mut() = headers;
        response
    }
}

impl hyper::service::Service<Request<Incoming>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Answering;

    fn call(&self, mut request: Request<Incoming>) -> Answering {
        self.progress.request();
        if let Some(answering) = self.page(&request) {
            return answering;
        }
        request.extensions_mut().insert(Peer(self.peer));
        let (router, at_work) = (self.router.clone(), self.progress.work());
        Answering::Later(Box::pin(async move {
            let request = request.map(axum::body::Body::new);
            let Ok(response) = router.oneshot(request).await;
            drop(at_work);
            Ok(response.map(Body::Routed))
        }))
    }
}

/// Whether `If-None-Match` holds a tag (RFC 9110, 13.1.2: weak comparison).
fn names(header: &HeaderValue, etag: &HeaderValue) -> bool {
    let (Ok(tags), Ok(etag)) = (header.to_str(), etag.to_str()) else { return false };
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    tags.trim() == "*" || tags.split(',').any(|tag| opaque(tag) == opaque(etag))
}
