//! Ends connections that make no progress: half-open requests, idle keep-alive, readers that stopped reading.
//! One task looks at all connections now and then, so that a request costs no timer.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::rt::{Read, ReadBufCursor, Write};
use tokio::sync::Notify;

/// A connection without progress lives at least this long and at most twice as long.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What a connection has done so far. Bytes received are no progress: whoever drips headers makes none.
#[derive(Debug, Default)]
pub struct Progress {
    requests: AtomicU32,
    writes: AtomicU32,
    at_work: AtomicU32,
    given_up: Notify,
}

impl Progress {
    /// Waits until nobody waits for this connection any more.
    pub async fn given_up(&self) {
        self.given_up.notified().await;
    }

    /// A whole request has arrived.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// An answer is being made; while it is, waiting is our fault.
    pub fn work(self: &Arc<Self>) -> AtWork {
        self.at_work.fetch_add(1, Ordering::Relaxed);
        AtWork(self.clone())
    }

    fn so_far(&self) -> (u32, u32) {
        (self.requests.load(Ordering::Relaxed), self.writes.load(Ordering::Relaxed))
    }
}

/// Held while an answer is being made.
pub struct AtWork(Arc<Progress>);

impl Drop for AtWork {
    fn drop(&mut self) {
        self.0.at_work.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A stream that notes each write.
pub struct Watched<S> {
    stream: S,
    progress: Arc<Progress>,
}

impl<S> Watched<S> {
    /// Around a connection's stream.
    pub fn new(stream: S, progress: Arc<Progress>) -> Self {
        Watched { stream, progress }
    }

    fn note(&self, result: &Poll<io::Result<usize>>) {
        if matches!(result, Poll::Ready(Ok(_))) {
            self.progress.writes.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<S: Read + Unpin> Read for Watched<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: ReadBufCursor<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl<S: Write + Unpin> Write for Watched<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.note(&result);
        result
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.note(&result);
        result
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

struct Connection {
    progress: Weak<Progress>,
    /// What it had done at the last look; a new connection has not been looked at.
    seen: Option<(u32, u32)>,
}

/// All open connections.
#[derive(Default)]
pub struct Connections(Mutex<Vec<Connection>>);

impl Connections {
    /// Keeps an eye on one.
    pub fn watch(&self, progress: &Arc<Progress>) {
        let connection = Connection { progress: Arc::downgrade(progress), seen: None };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
    }

    /// Ends those that made no progress since the last call and forgets those that are gone.
    fn sweep(&self) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain_mut(|connection| {
            let Some(progress) = connection.progress.upgrade() else { return false };
            let now = Some(progress.so_far());
            if now == connection.seen && progress.at_work.load(Ordering::Relaxed) == 0 {
                progress.given_up.notify_one();
                return false;
            }
            connection.seen = now;
            true
        });
        // After a crowd has gone, its room goes too.
        if all.capacity() > 4 * all.len() {
            let room = 2 * all.len();
            all.shrink_to(room);
        }
    }

    /// Sweeps for ever.
    pub async fn keep_sweeping(self: Arc<Self>) {
        let mut every = tokio::time::interval(PATIENCE);
        loop {
            every.tick().await;
            self.sweep();
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[test]
    fn only_connections_without_progress_are_given_up() {
        let connections = Connections::default();
        let open = || {
            let progress = Arc::new(Progress::default());
            connections.watch(&progress);
            progress
        };
        let given_up = |progress: &Arc<Progress>| progress.given_up().now_or_never().is_some();
        let (idle, asking, working) = (open(), open(), open());
        let at_work = working.work();
        connections.sweep();
        assert!(!given_up(&idle), "whoever has just come is given time");
        asking.request();
        connections.sweep();
        assert!(given_up(&idle) && !given_up(&asking) && !given_up(&working));
        drop(at_work);
        connections.sweep();
        assert!(given_up(&asking) && given_up(&working));
    }

    #[test]
    fn ended_connections_leave_nothing() {
        let connections = Connections::default();
        for _ in 0..1_000 {
            connections.watch(&Arc::new(Progress::default()));
        }
        connections.sweep();
        let all = connections.0.lock().unwrap();
        assert!(all.is_empty() && all.capacity() < 1_000, "{}", all.capacity());
    }
}
