//! The process: listens, limits connections, reloads, stops gracefully.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::server::graceful::GracefulShutdown;
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Semaphore, mpsc};

use super::assets::Assets;
use super::front::Front;
use super::patience::{Connections, Progress, Watched};
use super::reload::{self, Refused, Source};
use super::router::router;
use super::search_log;
use super::state::AppState;
use crate::config::Config;
use crate::content::Problem;
use crate::store::{Store, StoreError};

/// Requests in flight get this long after SIGTERM.
const STOP_PATIENCE: Duration = Duration::from_secs(20);
/// Open files besides connections: the database, content, logs.
const OTHER_FILES: u64 = 256;
/// Out of files, accepting fails at once; trying again at once would burn a core.
const ACCEPT_PAUSE: Duration = Duration::from_millis(20);
/// Request line and headers together.
const LARGEST_HEADERS: usize = 32 * 1024;
const MOST_HEADERS: usize = 64;

/// Why the server did not start.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The content has problems; all of them.
    #[error("the content has {} problems", .0.len())]
    Content(Vec<Problem>),
    /// The content could not be read or indexed.
    #[error("the content cannot be served: {0}")]
    Source(String),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// Which.
        address: SocketAddr,
        /// Why.
        error: io::Error,
    },
    /// The database address is wrong.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The system refused something else.
    #[error(transparent)]
    System(#[from] io::Error),
}

/// Serves until SIGTERM or SIGINT.
pub async fn serve(config: Config) -> Result<(), ServeError> {
    // Each connection is a file; the default of 1,024 is for programs that read files.
    let files = rlimit::increase_nofile_limit(u64::from(config.max_connections) + OTHER_FILES);
    let most = room_for(config.max_connections, files.ok());
    let handle = metrics_recorder();
    let store = Store::open(&config.database)?;
    // Listening first: who comes while the library is read waits a moment instead of being refused.
    let listener = listen(config.listen).await?;
    let base = config.base(listener.local_addr()?);
    let source = Source {
        dir: config.content.clone(),
        assets: Arc::new(Assets::embedded()),
        base: base.clone(),
        tls: config.tls(),
    };
    // Watching and listening begin first, so that a change or a hangup right after the start is not missed.
    let watched = watched(&source, config.watch);
    let hangup = signal(SignalKind::hangup())?;
    let first = source.clone();
    let site = tokio::task::spawn_blocking(move || first.build()).await.map_err(io::Error::other)?;
    let site = site.map_err(|refused| match refused {
        Refused::Problems(problems) => ServeError::Content(problems),
        Refused::Failed(what) => ServeError::Source(what),
    })?;
    let cases = site.library.cases().len();
    let state = AppState::new(site, store, config.tls(), config.trust_proxy);
    let state = Arc::new(if config.no_search_log { state } else { state.with_search_log() });
    if let Some(address) = config.metrics {
        tokio::spawn(serve_metrics(listen(address).await?, handle));
    }
    tokio::spawn(migrate(state.clone()));
    tokio::spawn(reload_when_asked(state.clone(), source, watched, hangup));
    tokio::spawn(search_log::keep_writing(state.clone()));
    reload::warm_up(&state);
    tracing::info!(cases, "ready");
    println!("Packet Clinic / 网络诊所: {base} ({cases} cases). Stop with Ctrl+C.");
    accept(listener, state.clone(), most).await?;
    search_log::write_last(&state).await;
    Ok(())
}

/// How many connections fit under the limit of open files, if the system named one.
fn room_for(wanted: u32, files: Option<u64>) -> u32 {
    let fit = files.map_or(u64::from(wanted), |limit| limit.saturating_sub(OTHER_FILES).max(1));
    let most = u32::try_from(fit).unwrap_or(u32::MAX).min(wanted);
    if most < wanted {
        tracing::info!(most, wanted, "the limit of open files allows fewer connections; raise it (ulimit -n)");
    }
    most
}

async fn listen(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|error| ServeError::Listen { address, error })
}

async fn accept(listener: TcpListener, state: Arc<AppState>, most: u32) -> Result<(), ServeError> {
    let room = Arc::new(Semaphore::new(most as usize));
    let graceful = GracefulShutdown::new();
    let router = router(state.clone());
    let connections = Arc::new(Connections::default());
    tokio::spawn(connections.clone().keep_sweeping());
    let mut http = http1::Builder::new();
    http.max_headers(MOST_HEADERS).max_buf_size(LARGEST_HEADERS);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(connection) => connection,
                Err(error) => {
                    // Out of files, or the visitor is gone already: take a breath, not the process down.
                    tracing::warn!(%error, "accept failed");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            },
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
        };
        let Ok(place) = room.clone().try_acquire_owned() else {
            state.metrics.connections_refused.increment(1);
            tokio::spawn(refuse(stream));
            continue;
        };
        state.metrics.connections.increment(1);
        let _ = stream.set_nodelay(true);
        let progress = Arc::new(Progress::default());
        let front = Front::new(state.clone(), router.clone(), peer.ip(), progress.clone());
        let stream = Watched::new(TokioIo::new(stream), progress.clone());
        let connection = graceful.watch(http.serve_connection(stream, front));
        connections.watch(&progress);
        tokio::spawn(async move {
            tokio::select! {
                ended = connection => if let Err(error) = ended {
                    tracing::trace!(%error, "connection ended");
                },
                () = progress.given_up() => {}
            }
            drop(place);
        });
    }
    drop(listener);
    tracing::info!("stopping: requests in flight finish first");
    if tokio::time::timeout(STOP_PATIENCE, graceful.shutdown()).await.is_err() {
        tracing::warn!("some connections did not finish in time");
    }
    Ok(())
}

/// Full house: says so, and when to come back.
async fn refuse(mut stream: TcpStream) {
    const FULL: &[u8] =
        b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 5\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let _ = tokio::time::timeout(Duration::from_secs(1), stream.write_all(FULL)).await;
}

/// Brings the schema up to date; while the database is away, tries again.
async fn migrate(state: Arc<AppState>) {
    let mut pause = Duration::from_millis(500);
    while let Err(error) = state.store.migrate().await {
        tracing::warn!(%error, "the database is not ready, trying again; pages are served meanwhile");
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(Duration::from_secs(30));
    }
}

/// A watcher and its messages.
type Changes = (notify::RecommendedWatcher, mpsc::Receiver<()>);

fn watched(source: &Source, watch: bool) -> Option<Changes> {
    let dir = source.dir.as_ref().filter(|_| watch)?;
    reload::watch(dir)
        .inspect_err(|error| tracing::warn!(%error, "the content folder cannot be watched; SIGHUP still reloads"))
        .ok()
}

async fn reload_when_asked(state: Arc<AppState>, source: Source, watched: Option<Changes>, mut hangup: Signal) {
    let (_watcher, mut changes) = match watched {
        Some((watcher, changes)) => (Some(watcher), Some(changes)),
        None => (None, None),
    };
    loop {
        let changed = async {
            match &mut changes {
                Some(changes) => reload::settled(changes).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            _ = hangup.recv() => {}
            change = changed => if change.is_none() { changes = None; continue; },
        }
        reload::reload(&state, &source).await;
    }
}

/// Installs the recorder; a second server in one process (tests) shares the first one's.
fn metrics_recorder() -> PrometheusHandle {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _ = metrics::set_global_recorder(recorder);
    handle
}

/// `/metrics` and nothing else, on its own address.
async fn serve_metrics(listener: TcpListener, handle: PrometheusHandle) {
    let upkeep = handle.clone();
    tokio::spawn(async move {
        let mut every = tokio::time::interval(Duration::from_secs(5));
        loop {
            every.tick().await;
            upkeep.run_upkeep();
        }
    });
    loop {
        let Ok((mut stream, _)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_PAUSE).await;
            continue;
        };
        let handle = handle.clone();
        tokio::spawn(async move {
            let mut request = [0_u8; 1024];
            let read = tokio::time::timeout(Duration::from_secs(2), stream.read(&mut request)).await;
            let asked = matches!(read, Ok(Ok(n)) if request[..n].starts_with(b"GET /metrics"));
            let (status, body) = if asked { ("200 OK", handle.render()) } else { ("404 Not Found", String::new()) };
            let head = format!(
                "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                body.len()
            );
            let _ = stream.write_all(head.as_bytes()).await;
            let _ = stream.write_all(body.as_bytes()).await;
            let _ = stream.shutdown().await;
        });
    }
}
