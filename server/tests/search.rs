//! How good search is: labelled queries scored as in information retrieval, and every title and spelling of a signal
//! finding what it names. See `labelled/README.md`.

#[path = "common/bad_input.rs"]
mod bad_input;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::sync::LazyLock;

use packet_clinic::content::{self, Files};
use packet_clinic::domain::Library;
use packet_clinic::search::{Kind, SearchIndex};
use serde::Deserialize;

/// A score may fall by this much: below it, ties that fall out otherwise make the difference.
const SLACK: f64 = 0.005;

static LIBRARY: LazyLock<Library> = LazyLock::new(|| content::load(&Files::embedded()).unwrap());
static INDEX: LazyLock<SearchIndex> = LazyLock::new(|| SearchIndex::build(&LIBRARY).unwrap());

/// The best cases for a query, best first.
fn best(query: &str) -> Vec<&'static str> {
    let hits = INDEX.search(&LIBRARY, query, 10).unwrap().hits;
    hits.iter().map(|hit| LIBRARY.case(&hit.slug).unwrap().slug.as_str()).collect()
}

#[derive(Deserialize)]
struct Labelled {
    q: String,
    rel: BTreeMap<String, u8>,
}

#[derive(Debug, Default, Clone, Copy, Deserialize)]
struct Scores {
    /// Normalised discounted cumulative gain of the first ten, gain 2^grade - 1; a mean over answerable queries.
    ndcg: f64,
    /// The share of answerable queries whose first result has their top grade.
    first: f64,
    /// The share of answerable queries without any result.
    nothing: f64,
    /// The share of unanswerable queries with a result.
    noise: f64,
}

fn gain(grade: u8) -> f64 {
    f64::from((1_u32 << grade) - 1)
}

fn discounted(grades: impl Iterator<Item = u8>) -> f64 {
    grades.take(10).zip(2..).map(|(grade, rank)| gain(grade) / f64::from(rank).log2()).sum()
}

fn scores(file: &str) -> Scores {
    let path = format!("{}/tests/labelled/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
    let (mut sum, mut answerable, mut unanswerable) = (Scores::default(), 0.0, 0.0);
    for line in fs::read_to_string(path).unwrap().lines() {
        let query: Labelled = serde_json::from_str(line).unwrap();
        let found = best(&query.q);
        let Some(top) = query.rel.values().max() else {
            unanswerable += 1.0;
            sum.noise += f64::from(!found.is_empty());
            continue;
        };
        answerable += 1.0;
        let grade = |slug: &&str| query.rel.get(*slug).copied().unwrap_or(0);
        let mut ideal: Vec<u8> = query.rel.values().copied().collect();
        ideal.sort_unstable_by(|a, b| b.cmp(a));
        sum.ndcg += discounted(found.iter().map(grade)) / discounted(ideal.into_iter());
        sum.first += f64::from(found.first().is_some_and(|slug| grade(slug) == *top));
        sum.nothing += f64::from(found.is_empty());
    }
    Scores {
        ndcg: sum.ndcg / answerable,
        first: sum.first / answerable,
        nothing: sum.nothing / answerable,
        noise: sum.noise / unanswerable,
    }
}

#[test]
fn scores_do_not_fall() {
    let accepted: BTreeMap<String, Scores> = toml::from_str(include_str!("labelled/accepted.toml")).unwrap();
    let mut worse = String::new();
    for (file, accepted) in &accepted {
        let now = scores(file);
        println!(
            "[{file}]\nndcg = {:.4}\nfirst = {:.4}\nnothing = {:.4}\nnoise = {:.4}",
            now.ndcg, now.first, now.nothing, now.noise
        );
        for (what, now, accepted) in [
            ("ndcg", now.ndcg, accepted.ndcg),
            ("first", now.first, accepted.first),
            ("nothing", 1.0 - now.nothing, 1.0 - accepted.nothing),
            ("noise", 1.0 - now.noise, 1.0 - accepted.noise),
        ] {
            if now < accepted - SLACK {
                let _ = writeln!(worse, "{file}: {what} fell by {:.4}", accepted - now);
            }
        }
    }
    assert_eq!(accepted.len(), 2);
    assert!(worse.is_empty(), "{worse}");
}

#[test]
fn every_title_finds_its_own_case_first() {
    for case in LIBRARY.cases() {
        for (lang, text) in case.text.iter() {
            let found = best(&text.title);
            assert_eq!(found.first(), Some(&case.slug.as_str()), "{lang}: {}: {found:?}", text.title);
        }
    }
}

#[test]
fn whatever_is_typed_is_answered_with_bounded_work() {
    let names = LIBRARY.glossary.len() + LIBRARY.signals().len() + LIBRARY.wordings.len();
    for (what, query) in bad_input::all() {
        let read = INDEX.search(&LIBRARY, &query, 10).unwrap().understood;
        let plain = read.asked.iter().filter(|a| !matches!(a.token.kind, Kind::Concept | Kind::Wording)).count();
        let (asked, corrected) = (read.asked.len(), read.corrected.len());
        assert!(plain <= 200 && asked - plain <= names && corrected <= 12, "{what}: {asked} tokens, {corrected} slips");
        assert!(read.asked.iter().map(|a| a.token.text.len()).sum::<usize>() < 200 * 1024, "{what}");
    }
}

#[test]
fn every_spelling_of_a_signal_finds_a_case_that_shows_it() {
    let mut lost = String::new();
    for signal in LIBRARY.signals() {
        let showing: Vec<&str> = LIBRARY.cases_with(&signal.id).map(|case| case.slug.as_str()).collect();
        if showing.is_empty() {
            continue;
        }
        let names = [&signal.name.zh, &signal.name.en, &signal.short.zh, &signal.short.en];
        for wording in names.into_iter().chain(&signal.spellings) {
            let found = best(wording);
            if !found.first().is_some_and(|slug| showing.contains(slug)) {
                let _ = writeln!(lost, "{}: {wording:?} finds {found:?}, not {showing:?}", signal.id);
            }
        }
    }
    assert!(lost.is_empty(), "{} wordings\n{lost}", lost.lines().count());
}
