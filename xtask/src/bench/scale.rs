//! `bench scale`: a library of 10,000 cases. Time to ready, memory, and p99 of case pages against the small library.

use std::path::Path;

use anyhow::{Result, ensure};

use super::load::{self, Felt, Reading};
use super::server::{Options, Server, library_folder, pin_process};
use super::{CLIENT_CORE, SERVER_CORE, Targets, median};
use crate::generate;

const CASES: usize = 10_000;
const SEED: u64 = 1;

/// Pages that readers choose from, spread over the library.
const PAGES: usize = 2_000;

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 5;
const REQUESTS: usize = 8_000;

/// Prepares the library, measures, judges.
pub fn scale(program: &Path) -> Result<()> {
    let folder = library_folder(CASES);
    println!("library of {CASES} cases");
    generate::library(&folder, CASES, SEED)?;

    let mut large = Server::start(program, &Options { content: Some(&folder), core: None })?;
    let ready = large.wait_for("/readyz")?;
    let at_ready = large.resident()?;
    let small = Server::start_ready(program, &Options::default())?;

    // Loading may use the whole machine; answering is compared on one core each.
    large.pin(SERVER_CORE)?;
    small.pin(SERVER_CORE)?;
    pin_process(std::process::id(), CLIENT_CORE)?;
    let (many, few) = (spread(large.case_pages()?), small.case_pages()?);
    let cold = pass(&large, &many, many.len(), None)?;
    pass(&small, &few, few.len(), None)?;
    println!(
        "first visits to {} of {} pages, p50 {:.2} ms, p99 {:.2} ms",
        many.len(),
        CASES * 2,
        cold.quantile(0.5),
        cold.quantile(0.99)
    );

    let (mut of_large, mut of_small) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        of_large.push(pass(&large, &many, REQUESTS, Some(round))?.quantile(0.99));
        of_small.push(pass(&small, &few, REQUESTS, Some(round))?.quantile(0.99));
    }
    let (of_large, of_small) = (median(of_large), median(of_small));
    println!(
        "{CONNECTIONS} connections, {ROUNDS} interleaved rounds of {REQUESTS} requests, median p99: {of_large:.3} ms, small library {of_small:.3} ms\n"
    );

    let mut targets = Targets::default();
    targets.at_most("process start to ready", ready.as_secs_f64(), 15.0, " s");
    targets.at_most("resident when ready", at_ready, 700.0, " MB");
    targets.at_most("resident after reading", large.resident()?, 700.0, " MB");
    targets.at_most("p99 of a case page, large / small library", of_large / of_small, 1.5, "");
    targets.finish()
}

/// So many of a list, at even distances.
fn spread(pages: Vec<String>) -> Vec<String> {
    // An odd step, since the sitemap may name both languages of a case one after the other.
    let step = (pages.len() / PAGES).saturating_sub(1) | 1;
    pages.into_iter().step_by(step).take(PAGES).collect()
}

fn pass(server: &Server, pages: &[String], requests: usize, round: Option<usize>) -> Result<Felt> {
    let seed = round.map(|round| round as u64 + 1);
    let felt =
        load::read(server.address, &Reading { pages, encodings: &["br"], connections: CONNECTIONS, requests, seed });
    ensure!(
        felt.failures == 0,
        "{} of {requests} requests failed, the first: {}",
        felt.failures,
        felt.first_failure.unwrap_or_default()
    );
    Ok(felt)
}
