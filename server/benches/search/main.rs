//! How long a search takes: the real library, bad input, 100,000 made-up cases, and SQLite on the same. One thread.
//! Prints a figure a line, `name value`; `cargo xtask bench search` starts it and judges. `--quick` leaves SQLite out,
//! `--answers` prints what the labelled queries find, to compare two builds.

#[path = "../../tests/common/bad_input.rs"]
mod bad_input;
mod documents;
#[path = "../../../xtask/src/generate/random.rs"]
#[expect(dead_code, unused_imports, reason = "it belongs to the generator, which uses more of it and tests it")]
mod random;
mod sqlite;

use std::fs;
use std::hint::black_box;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use packet_clinic::content::{self, Files};
use packet_clinic::domain::Library;
use packet_clinic::search::SearchIndex;
use serde::Deserialize;

use documents::Words;
use sqlite::Sqlite;

const CASES: usize = 100_000;
/// Made-up queries of the large library; as many labelled ones are added.
const QUERIES: usize = 250;
/// Results of a page.
const LIMIT: usize = 10;
/// Times that each query of the real library is asked; the middle one counts.
const ROUNDS: usize = 9;

fn main() -> Result<()> {
    let asked_for = |flag: &str| std::env::args().any(|arg| arg == flag);
    let real = content::load(&Files::embedded()).map_err(|found| anyhow!("{found:?}"))?;
    let index = SearchIndex::build(&real)?;
    let labelled = labelled()?;
    if asked_for("--answers") {
        return answers(&real, &index, &labelled);
    }

    let mut times = Vec::new();
    for query in &labelled {
        let mut each =
            (0..ROUNDS).map(|_| timed(|| index.search(&real, query, LIMIT))).collect::<Result<Vec<f64>>>()?;
        each.sort_by(f64::total_cmp);
        times.push(each[ROUNDS / 2]);
    }
    print_quantiles("real", times);
    for (what, query) in bad_input::all() {
        let slowest = (0..3).map(|_| timed(|| index.search(&real, &query, LIMIT))).collect::<Result<Vec<f64>>>()?;
        println!("bad {:.3} {what}", slowest.into_iter().fold(0.0, f64::max));
    }

    let words = Words::new(&real);
    let start = Instant::now();
    let library = words.library(&real, CASES);
    eprintln!("{} cases made in {:.0} s", library.cases().len(), start.elapsed().as_secs_f64());
    let start = Instant::now();
    let index = SearchIndex::build(&library)?;
    println!("build {:.1}", start.elapsed().as_secs_f64());
    let mut queries = words.queries(QUERIES);
    queries.extend(labelled.iter().step_by(labelled.len().div_ceil(QUERIES)).cloned());
    let asked: Vec<&str> = queries.iter().map(String::as_str).collect();
    let ours = ask_all("large", &asked, |query| Ok(index.search(&library, query, LIMIT)?.hits.len()))?;
    if asked_for("--slowest") {
        for (time, query) in &ours {
            eprintln!("{time:.3} {query:?}");
        }
    }
    if asked_for("--quick") {
        return Ok(());
    }
    for tokenizer in ["unicode61", "trigram"] {
        let start = Instant::now();
        let sqlite = Sqlite::build(&library, tokenizer)?;
        println!("{tokenizer}_build {:.1}", start.elapsed().as_secs_f64());
        ask_all(tokenizer, &asked, |query| Ok(sqlite.search(query)?.len()))?;
    }
    Ok(())
}

/// Milliseconds that it took.
fn timed<T, E: Into<anyhow::Error>>(work: impl FnOnce() -> Result<T, E>) -> Result<f64> {
    let start = Instant::now();
    black_box(work().map_err(Into::into)?);
    Ok(start.elapsed().as_secs_f64() * 1_000.0)
}

/// Asks every query twice, counts the second time, and prints quantiles and how many found nothing.
fn ask_all<'q>(name: &str, queries: &[&'q str], search: impl Fn(&str) -> Result<usize>) -> Result<Vec<(f64, &'q str)>> {
    let mut times = Vec::new();
    let mut nothing = 0;
    for query in queries {
        nothing += usize::from(search(query)? == 0);
        times.push((timed(|| search(query))?, *query));
    }
    times.sort_by(|a, b| b.0.total_cmp(&a.0));
    println!("{name}_nothing {}", nothing as f64 / queries.len() as f64);
    print_quantiles(name, times.iter().map(|(time, _)| *time).collect());
    Ok(times)
}

fn print_quantiles(name: &str, mut times: Vec<f64>) {
    times.sort_by(f64::total_cmp);
    for (quantile, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        let place = ((times.len() as f64 * share).ceil() as usize).clamp(1, times.len()) - 1;
        println!("{name}_{quantile} {:.3}", times[place]);
    }
}

#[derive(Deserialize)]
struct Labelled {
    q: String,
}

fn labelled() -> Result<Vec<String>> {
    let mut queries = Vec::new();
    for file in ["given", "own"] {
        let path = format!("{}/tests/labelled/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
        for line in fs::read_to_string(&path).with_context(|| path.clone())?.lines() {
            queries.push(serde_json::from_str::<Labelled>(line)?.q);
        }
    }
    Ok(queries)
}

/// Every bit of what is found.
fn answers(library: &Library, index: &SearchIndex, queries: &[String]) -> Result<()> {
    for query in queries {
        println!("{query:?}");
        for hit in index.search(library, query, 50)?.hits {
            let (score, coverage) = (hit.score.to_bits(), hit.coverage.to_bits());
            println!("  {} {score:08x} {coverage:08x} {:?} {:?}", hit.slug, hit.matched, hit.fields);
        }
    }
    Ok(())
}
