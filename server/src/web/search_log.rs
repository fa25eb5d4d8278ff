//! Counts what is searched for and whether it led anywhere: in memory, written each minute and when the server stops.
//! A database that is away never keeps a visitor waiting.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use http::{HeaderMap, Method};

use super::referrer::{self, Results};
use super::site::Site;
use super::state::{AppState, MOST_AT_WORK};
use super::work::search_site;
use crate::domain::{Lang, SearchCounts, Searched, Words};
use crate::search::{Understood, part_read, paste};

/// Different words remembered between two writes; more are not counted.
const MOST_COUNTED: usize = 4096;
/// Rows in the database; beyond, what was searched for once is forgotten first.
const MOST_ROWS: i64 = 50_000;
/// What nobody searched for again in so many days is forgotten; the page about the site says so.
const LONGEST_KEPT: i64 = 400;
const BETWEEN_WRITES: Duration = Duration::from_secs(60);
/// How long the last write may hold up a stop.
const LAST_WRITE: Duration = Duration::from_secs(5);

/// What was counted since the last write.
#[derive(Default)]
pub struct SearchLog {
    unwritten: Mutex<Unwritten>,
}

#[derive(Default)]
struct Unwritten {
    counts: BTreeMap<(Lang, Words), SearchCounts>,
    dropped: u64,
}

impl Unwritten {
    fn add(&mut self, key: (Lang, Words), counts: SearchCounts) {
        let full = self.counts.len() >= MOST_COUNTED;
        match self.counts.entry(key) {
            Entry::Occupied(known) => known.into_mut().add(counts),
            Entry::Vacant(new) if !full => drop(new.insert(counts)),
            Entry::Vacant(_) => self.dropped += 1,
        }
    }
}

impl SearchLog {
    fn lock(&self) -> MutexGuard<'_, Unwritten> {
        self.unwritten.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn count(&self, lang: Lang, words: Words, counts: SearchCounts) {
        self.lock().add((lang, words), SearchCounts { last_day: today(), ..counts });
    }
}

/// A results page that is being made, and what decides whether it counts.
pub struct ResultsPage {
    log: Option<Arc<SearchLog>>,
    came_from: Option<Results>,
    /// Its address holds the query, so that it is known what is followed from it.
    in_address: bool,
}

impl ResultsPage {
    /// A page at an address with this query string; `None` for the answer to a form.
    pub fn new(state: &AppState, method: &Method, headers: &HeaderMap, address: Option<&str>) -> ResultsPage {
        let log = state.search_log.clone().filter(|_| *method != Method::HEAD && !referrer::is_ahead(headers));
        let came_from = log.as_ref().and_then(|_| referrer::results(headers, &state.site.load().frame.base));
        ResultsPage { log, came_from, in_address: address.is_some_and(|query| query.len() <= referrer::LONGEST) }
    }

    /// Counts a search for all cases. One that comes from results of the same words is still the same search; one that
    /// found something counts only when it will be known what is followed.
    pub fn count(self, lang: Lang, query: &str, understood: &Understood, found: usize) {
        let Some(log) = self.log else { return };
        let again = self.came_from.is_some_and(|from| !from.instant && from.query == query);
        if query.is_empty() || again || found > 0 && !self.in_address {
            return;
        }
        let words = question(query).unwrap_or_else(|| output(understood, lang));
        log.count(
            lang,
            words,
            SearchCounts { searches: 1, without_result: i64::from(found == 0), ..SearchCounts::default() },
        );
    }
}

/// Counts a page as followed when it is a case and the visitor comes from results. What was typed on the home page is
/// known to be whole only now, so it counts as a search too.
pub fn followed(state: &Arc<AppState>, site: &Arc<Site>, method: &Method, path: &str, headers: &HeaderMap) {
    let Some(log) = &state.search_log else { return };
    let Some(Results { lang, query, instant }) = referrer::results(headers, &site.frame.base) else { return };
    if *method != Method::GET || !site.is_case(path) || referrer::is_ahead(headers) {
        return;
    }
    let counts = SearchCounts { searches: i64::from(instant), followed: 1, ..SearchCounts::default() };
    if let Some(words) = question(&query) {
        return log.count(lang, words, counts);
    }
    // Output has to be read as a search reads it. When all places at work are taken, searches matter more.
    let Ok(room) = state.work.clone().try_acquire_owned() else { return };
    let (log, site) = (log.clone(), site.clone());
    tokio::task::spawn_blocking(move || {
        if let Ok(read) = search_site(&site, &query, &[], 0) {
            log.count(lang, output(&read.understood, lang), counts);
        }
        drop(room);
    });
}

/// The words of a question; `None` for output and for what is too long for a question.
fn question(query: &str) -> Option<Words> {
    let reading = paste::read(part_read(query));
    if reading.pasted { None } else { Words::of_question(&reading.text) }
}

fn output(understood: &Understood, lang: Lang) -> Words {
    Words::of_output(understood.concepts.iter().map(|concept| concept.label.get(lang).as_str()))
}

/// Writes what was counted, each minute.
pub async fn keep_writing(state: Arc<AppState>) {
    loop {
        tokio::time::sleep(BETWEEN_WRITES).await;
        write(&state).await;
    }
}

/// Writes what was counted before the process ends.
pub async fn write_last(state: &AppState) {
    let last = async {
        // Clicks on results of pasted output may still be at work.
        let _idle = state.work.acquire_many(MOST_AT_WORK as u32).await;
        write(state).await;
    };
    if tokio::time::timeout(LAST_WRITE, last).await.is_err() {
        tracing::warn!("the last searches could not be counted in time");
    }
}

/// What cannot be written stays for the next time, as far as there is room.
async fn write(state: &AppState) {
    let Some(log) = &state.search_log else { return };
    let Unwritten { counts, dropped } = std::mem::take(&mut *log.lock());
    if dropped > 0 {
        tracing::warn!(dropped, "too many different searches: some were not counted");
    }
    if counts.is_empty() {
        return;
    }
    let rows: Vec<Searched> =
        counts.into_iter().map(|((lang, words), counts)| Searched { lang, words, counts }).collect();
    if let Err(error) = state.store.count_searches(&rows).await {
        tracing::warn!(%error, "searches could not be counted, trying again in a minute");
        let mut unwritten = log.lock();
        rows.into_iter().for_each(|row| unwritten.add((row.lang, row.words), row.counts));
        return;
    }
    if let Err(error) = state.store.forget_searches(today() - LONGEST_KEPT, MOST_ROWS).await {
        tracing::warn!(%error, "old searches could not be forgotten");
    }
}

/// Days since 1970-01-01.
fn today() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| i64::try_from(d.as_secs() / 86_400).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::content::{self, Files};
    use crate::store::Store;
    use crate::web::assets::Assets;

    fn words(text: &str) -> Words {
        Words::of_question(text).unwrap()
    }

    fn miss() -> SearchCounts {
        SearchCounts { searches: 1, without_result: 1, ..SearchCounts::default() }
    }

    #[tokio::test]
    async fn what_could_not_be_written_is_written_the_next_time() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("not-yet");
        let store = Store::open(&format!("sqlite:{}", place.join("log.sqlite").display())).unwrap();
        let library = content::load(&Files::embedded()).unwrap();
        let site = Site::new(library, Arc::new(Assets::embedded()), "http://x", false).unwrap();
        let state = AppState::new(site, store, false, false).with_search_log();
        let log = state.search_log.clone().unwrap();

        log.count(Lang::En, words("before"), miss());
        write(&state).await;
        log.count(Lang::En, words("before"), miss());
        std::fs::create_dir(&place).unwrap();
        write_last(&state).await;
        write(&state).await;
        let kept = state.store.missed_searches(0, 10).await.unwrap();
        let counts = SearchCounts { searches: 2, without_result: 2, followed: 0, last_day: today() };
        assert_eq!(kept, [Searched { lang: Lang::En, words: words("before"), counts }], "once, with nothing lost");
    }

    #[test]
    fn a_line_of_a_log_typed_as_a_question_is_kept_without_names() {
        for (line, kept) in [
            (
                "connect() failed (111: Connection refused), client: 203.0.113.7, server: shop.acme.io",
                Some("connect() failed (111: connection refused), client: …"),
            ),
            (
                "dial tcp: lookup orders.acme on 10.96.0.10:53: no such host",
                Some("dial tcp: lookup … on dns no such host"),
            ),
            (
                "write tcp 10.0.0.1:443->10.0.0.2:51234: write: broken pipe",
                Some("write tcp …:443->…:51234: write: broken pipe"),
            ),
            ("FATAL: password authentication failed for user \"alice\"", None),
            ("从北京机房10.1.2.3到10.1.2.4丢包", Some("从北京机房…到…丢包")),
            ("X-Api-Key: abcdefgh timeouts", None),
            ("postgres://alice:hunter@db/orders", None),
            ("one line\nand another of a log", None),
            ("tcp   0   0 10.0.0.1:80   10.0.0.2:5000   ESTABLISHED alice", None),
        ] {
            assert_eq!(question(line).map(|words| words.to_string()).as_deref(), kept, "{line}");
        }
    }

    #[test]
    fn memory_is_bounded_and_known_words_still_count() {
        let log = SearchLog::default();
        for n in 0..MOST_COUNTED + 7 {
            log.count(Lang::En, words(&format!("words {n}")), miss());
        }
        log.count(Lang::En, words("words 1"), miss());
        let unwritten = log.lock();
        assert_eq!((unwritten.counts.len(), unwritten.dropped), (MOST_COUNTED, 7));
        assert_eq!(unwritten.counts[&(Lang::En, words("words 1"))].searches, 2);
    }
}
