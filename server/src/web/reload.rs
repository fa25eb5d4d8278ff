//! New content beside the old: built aside, swapped in only without a problem. On SIGHUP, and on changes with `--watch`.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use notify::{RecursiveMode, Watcher};
use tokio::sync::mpsc;

use super::assets::Assets;
use super::site::Site;
use super::state::AppState;
use crate::content::{self, Files, Problem, Problems};
use crate::domain::Library;

/// Editors write a file in several steps: wait until it has been quiet this long.
const QUIET: Duration = Duration::from_millis(300);

/// Where content comes from and what a site needs besides.
#[derive(Clone)]
pub struct Source {
    /// A folder, or the library in the binary.
    pub dir: Option<PathBuf>,
    /// Assets do not change while the process lives.
    pub assets: Arc<Assets>,
    /// Scheme and host that visitors use.
    pub base: String,
    /// Visitors come over TLS.
    pub tls: bool,
}

/// Why there is no new site.
#[derive(Debug)]
pub enum Refused {
    /// The content has problems.
    Problems(Vec<Problem>),
    /// The folder cannot be read, or the index not built.
    Failed(String),
}

impl Source {
    /// Reads, checks and indexes. Takes from milliseconds to seconds of work.
    pub fn build(&self) -> Result<Site, Refused> {
        let library = self.library()?;
        Site::new(library, self.assets.clone(), &self.base, self.tls).map_err(|e| Refused::Failed(e.to_string()))
    }

    fn library(&self) -> Result<Library, Refused> {
        let mut problems = Problems::default();
        let files = match &self.dir {
            None => Files::embedded(),
            Some(dir) => {
                Files::from_dir(dir, &mut problems).map_err(|e| Refused::Failed(format!("{}: {e}", dir.display())))?
            }
        };
        content::load_after(&files, problems).map_err(Refused::Problems)
    }
}

/// Makes pages ahead on a thread of its own, until a newer site replaces this one.
pub fn warm_up(state: &Arc<AppState>) {
    static GENERATION: AtomicU64 = AtomicU64::new(0);
    let mine = GENERATION.fetch_add(1, Ordering::Relaxed) + 1;
    let site = state.site.load_full();
    let work = move || site.warm_up(|| GENERATION.load(Ordering::Relaxed) != mine);
    if let Err(error) = std::thread::Builder::new().name("warm-up".to_owned()).spawn(work) {
        tracing::warn!(%error, "no warm-up; pages are made on first use");
    }
}

/// Reloads once.
pub async fn reload(state: &Arc<AppState>, source: &Source) {
    let from = source.clone();
    let built = tokio::task::spawn_blocking(move || from.build()).await;
    let refused = match built {
        Ok(Ok(site)) => {
            tracing::info!(cases = site.library.cases().len(), "content reloaded");
            state.site.store(Arc::new(site));
            state.metrics.reloads.increment(1);
            warm_up(state);
            Vec::new()
        }
        Ok(Err(Refused::Problems(problems))) => {
            for problem in problems.iter().take(50) {
                tracing::warn!(%problem, "content problem");
            }
            tracing::warn!(problems = problems.len(), "reload refused, the old content stays");
            problems
        }
        Ok(Err(Refused::Failed(what))) => refused_for(&what),
        Err(error) => refused_for(&error.to_string()),
    };
    if !refused.is_empty() {
        state.metrics.reloads_refused.increment(1);
    }
    *state.refused.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = refused;
}

fn refused_for(what: &str) -> Vec<Problem> {
    tracing::warn!(what, "reload refused, the old content stays");
    vec![Problem { path: ".".to_owned(), line: 1, what: what.to_owned() }]
}

/// Watches a folder; each message says that something changed. The watcher lives as long as the receiver is kept beside it.
pub fn watch(dir: &Path) -> notify::Result<(notify::RecommendedWatcher, mpsc::Receiver<()>)> {
    let (sender, receiver) = mpsc::channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let changes = event.is_ok_and(|e| !e.kind.is_access());
        if changes {
            // A full channel already says so.
            let _ = sender.try_send(());
        }
    })?;
    watcher.watch(dir, RecursiveMode::Recursive)?;
    Ok((watcher, receiver))
}

/// Waits for a change and for the quiet after it.
pub async fn settled(changes: &mut mpsc::Receiver<()>) -> Option<()> {
    changes.recv().await?;
    while tokio::time::timeout(QUIET, changes.recv()).await.is_ok_and(|more| more.is_some()) {}
    Some(())
}
