//! `bench http`: requests a second of a case page, ours against nginx with the same bytes, each alone on one core.
//! Rounds are interleaved, so that what disturbs the machine disturbs both; medians of the rounds are compared.

use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::nginx::Nginx;
use super::server::{Options, Server};
use super::wrk::{self, Run};
use super::{CLIENT_CORE, PAGE, SERVER_CORE, Targets, client, median};

const ROUNDS: usize = 5;
const SECONDS: u32 = 4;

/// One contestant and its rounds.
struct Contestant {
    name: &'static str,
    address: SocketAddr,
    runs: Vec<Run>,
}

impl Contestant {
    fn run(&self, seconds: u32) -> Result<Run> {
        wrk::run(self.address, PAGE, seconds).context(self.name)
    }

    fn median(&self, value: impl Fn(&Run) -> f64) -> f64 {
        median(self.runs.iter().map(value).collect())
    }

    fn row(&self) -> String {
        let (rate, p50, p99) = (self.median(|run| run.rate), self.median(|run| run.p50), self.median(|run| run.p99));
        let rates: Vec<String> = self.runs.iter().map(|run| format!("{:.0}", run.rate)).collect();
        format!("{:<26} {rate:>8.0} {p50:>9.2} {p99:>9.2}   {}", self.name, rates.join(" "))
    }
}

/// Compares and judges.
pub fn http(program: &Path) -> Result<()> {
    let server = Server::start_ready(program, &Options { core: Some(SERVER_CORE), ..Options::default() })?;
    let page = client::get(server.address, PAGE, "br")?;
    ensure!(page.status == 200, "{PAGE} answered {}", page.status);
    ensure!(page.header("content-encoding") == Some("br"), "{PAGE} does not come as brotli");
    let nginx = Nginx::start(&page)?;
    println!("{PAGE}: {} bytes of brotli, {} headers", page.body.len(), page.headers.len());
    println!(
        "servers on core {SERVER_CORE}, wrk -t1 -c32 -d{SECONDS}s on core {CLIENT_CORE}, {ROUNDS} interleaved rounds, medians\n"
    );

    let contestant = |name, address| Contestant { name, address, runs: Vec::new() };
    let mut all = [
        contestant("packet-clinic", server.address),
        contestant("nginx, same headers", nginx.dressed),
        contestant("nginx, its own headers", nginx.bare),
    ];
    play(&mut all)?;
    println!("{:<26} {:>8} {:>9} {:>9}   req/s of each round", "", "req/s", "p50 ms", "p99 ms");
    for contestant in &all {
        println!("{}", contestant.row());
    }
    println!();
    judge(&all)
}

/// A second to warm up each, then the rounds; who begins changes from round to round.
fn play(all: &mut [Contestant; 3]) -> Result<()> {
    for contestant in all.iter() {
        contestant.run(1)?;
    }
    for round in 0..ROUNDS {
        for turn in 0..all.len() {
            let contestant = &mut all[(round + turn) % 3];
            let run = contestant.run(SECONDS)?;
            contestant.runs.push(run);
        }
    }
    Ok(())
}

fn judge([ours, dressed, bare]: &[Contestant; 3]) -> Result<()> {
    let rates = |other: &Contestant| ours.median(|run| run.rate) / other.median(|run| run.rate);
    let tails = |other: &Contestant| ours.median(|run| run.p99) / other.median(|run| run.p99);
    let mut targets = Targets::default();
    targets.at_least("requests/s, ours / nginx with the same headers", rates(dressed), 1.0, "");
    targets.at_most("p99, ours / nginx with the same headers", tails(dressed), 1.2, "");
    println!("info  ours / nginx with its own headers: requests/s {:.2}, p99 {:.2}", rates(bare), tails(bare));
    targets.finish()
}
