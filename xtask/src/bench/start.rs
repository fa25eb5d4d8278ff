//! `bench start`: from process start to the first answered page, then resident memory after 10,000 requests.

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};

use super::load::{self, Reading};
use super::server::{Options, Server};
use super::{PAGE, Targets, median};

const STARTS: usize = 10;
const REQUESTS: usize = 10_000;

/// What browsers, crawlers and curl send.
const ENCODINGS: &[&str] = &["gzip, deflate, br, zstd", "gzip", "identity"];

/// Starts ten times, reads much once.
pub fn start(program: &Path) -> Result<()> {
    let (mut first, mut case) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        // Each start has a database to make, as on a new machine.
        let mut server = Server::start(program, &Options::default())?;
        first.push(millis(server.wait_for("/zh/")?));
        case.push(millis(server.wait_for(PAGE)?));
    }
    println!("{STARTS} starts, ms until /zh/ answered: {}", shown(&first));
    let server = Server::start_ready(program, &Options::default())?;
    // The warm-up compresses every page as well as it can, which takes seconds and memory that is given back.
    server.wait_until_idle()?;
    let idle = server.resident()?;
    let pages = server.pages()?;
    let felt = load::read(
        server.address,
        &Reading { pages: &pages, encodings: ENCODINGS, connections: 8, requests: REQUESTS, seed: None },
    );
    ensure!(
        felt.failures == 0,
        "{} of {REQUESTS} requests failed, the first: {}",
        felt.failures,
        felt.first_failure.unwrap_or_default()
    );
    println!(
        "{} pages, each in turn, as br, gzip and plain; resident before: {idle:.1} MB, at most: {:.1} MB\n",
        pages.len(),
        server.peak()?
    );

    let mut targets = Targets::default();
    targets.at_most("start to the first page /zh/, median", median(first), 300.0, " ms");
    targets.at_most("start to a case page, median", median(case), 300.0, " ms");
    targets.at_most("resident after 10,000 requests", server.resident()?, 80.0, " MB");
    targets.finish()
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn shown(values: &[f64]) -> String {
    values.iter().map(|value| format!("{value:.0}")).collect::<Vec<_>>().join(" ")
}
