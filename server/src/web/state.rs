//! What handlers share: the current site, the store, settings, limits.

use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
use tokio::sync::Semaphore;

use super::metrics::Metrics;
use super::search_log::SearchLog;
use super::site::Site;
use super::throttle::Throttle;
use crate::content::Problem;
use crate::store::Store;

/// Requests that need work (search, forms) at once; one more is told to try again in a moment.
pub const MOST_AT_WORK: usize = 128;
/// Bodies on their way at once, of a quarter of a megabyte at most; pages have none, so slow senders keep nobody from reading.
const MOST_BODIES: usize = 256;
/// Visitors who wait for a page to be made; one more is told to try again in a moment.
const MOST_WAITING: usize = 512;

/// Shared by all connections.
pub struct AppState {
    /// The site as it is now; a reload swaps it.
    pub site: ArcSwap<Site>,
    /// User data.
    pub store: Store,
    /// What is searched for, unless that is not counted.
    pub(super) search_log: Option<Arc<SearchLog>>,
    /// Who may post how often.
    pub(super) throttle: Throttle,
    /// Counters.
    pub(super) metrics: Metrics,
    /// Room for requests that need work.
    pub(super) work: Arc<Semaphore>,
    /// Room for bodies on their way.
    pub(super) bodies: Semaphore,
    /// As many pages are made at a time as there are cores: more would only take more memory.
    pub(super) makers: Arc<Semaphore>,
    /// Room to wait for one of them.
    pub(super) waiting: Arc<Semaphore>,
    /// Why the newest content was refused, if it was.
    pub(super) refused: Mutex<Vec<Problem>>,
    /// The proxy in front names the visitor.
    pub(super) trust_proxy: bool,
    /// Visitors come over TLS.
    pub(super) tls: bool,
}

impl AppState {
    /// For a site and a store.
    pub fn new(site: Site, store: Store, tls: bool, trust_proxy: bool) -> AppState {
        AppState {
            site: ArcSwap::from_pointee(site),
            store,
            search_log: None,
            throttle: Throttle::new(),
            metrics: Metrics::new(),
            work: Arc::new(Semaphore::new(MOST_AT_WORK)),
            bodies: Semaphore::new(MOST_BODIES),
            makers: Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, usize::from))),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            refused: Mutex::default(),
            trust_proxy,
            tls,
        }
    }

    /// The same, counting what is searched for.
    pub fn with_search_log(self) -> AppState {
        AppState { search_log: Some(Arc::default()), ..self }
    }
}
