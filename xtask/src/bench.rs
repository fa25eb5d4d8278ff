//! `cargo xtask bench …`: what the site must reach, measured on this machine. Never part of `test`: it wants quiet.
//! Every bench prints the machine, the figures, pass or MISS for each target, and ends with an error on a miss.

mod client;
mod engine;
mod hold;
mod http;
mod load;
mod nginx;
mod playground;
mod scale;
mod search;
mod server;
mod start;
mod wrk;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;

use anyhow::{Result, bail};

use crate::progress::Steps;
use crate::run::{command, find, output};
use crate::serve;

/// The core that serves.
const SERVER_CORE: usize = 0;

/// The core that asks.
const CLIENT_CORE: usize = 1;

/// The page that is measured where one page is enough.
const PAGE: &str = "/zh/cases/close-wait-limitlistener";

/// One bench.
struct Bench {
    name: &'static str,
    /// Programs that must be installed.
    needs: &'static [&'static str],
    work: Work,
}

/// What is measured.
enum Work {
    /// The server at that path.
    Server(fn(&Path) -> Result<()>),
    /// A program of its own.
    Alone(fn() -> Result<()>),
}

const BENCHES: &[Bench] = &[
    Bench { name: "http", needs: &["nginx", "wrk", "taskset"], work: Work::Server(http::http) },
    Bench { name: "start", needs: &[], work: Work::Server(start::start) },
    Bench { name: "scale", needs: &["taskset"], work: Work::Server(scale::scale) },
    Bench { name: "hold", needs: &["taskset"], work: Work::Server(hold::hold) },
    Bench { name: "engine", needs: &[], work: Work::Alone(engine::engine) },
    Bench { name: "playground", needs: &[], work: Work::Server(playground::playground) },
    Bench { name: "search", needs: &[], work: Work::Alone(search::search) },
];

/// Runs the bench of that name.
pub fn bench(args: &[String]) -> Result<()> {
    let [name] = args else { bail!("name one bench: http, start, scale, hold, engine, playground or search") };
    let Some(bench) = BENCHES.iter().find(|bench| bench.name == name) else {
        bail!("no bench `{name}`; there are http, start, scale, hold, engine, playground and search");
    };
    if let Some(missing) = bench.needs.iter().find(|program| find(program).is_none()) {
        bail!("{missing} is missing; on Debian: apt-get install nginx libnginx-mod-http-brotli-static wrk util-linux");
    }
    if bench.needs.contains(&"taskset") && thread::available_parallelism().map_or(1, usize::from) < 2 {
        bail!("this bench needs two cores, one to serve and one to ask");
    }
    let title = || println!("\ncargo xtask bench {name}\n{}", machine());
    match bench.work {
        Work::Server(work) => {
            let server = server_program()?;
            title();
            work(&server)
        }
        Work::Alone(work) => {
            title();
            work()
        }
    }
}

/// `PACKET_CLINIC_BIN`, to compare builds; otherwise the release build, brought up to date.
fn server_program() -> Result<PathBuf> {
    match env::var_os("PACKET_CLINIC_BIN") {
        Some(program) => Ok(program.into()),
        None => serve::build(&mut Steps::new(2)),
    }
}

/// Cores, processor, kernel and how busy they are already.
fn machine() -> String {
    let cores = thread::available_parallelism().map_or(0, usize::from);
    let kernel = output(command("uname").arg("-sr")).unwrap_or_default();
    let processors = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = processors
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("unknown processor", |rest| rest.trim_start_matches([' ', '\t', ':']));
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or("0");
    let busy = load.parse().is_ok_and(|load: f64| load > 0.7);
    let warning = if busy { "; something else is running, so figures will be worse than they are" } else { "" };
    format!("{cores} cores, {model}, {}, load {load}{warning}\n", kernel.trim())
}

/// The targets of one bench, as they are looked at.
#[derive(Default)]
struct Targets {
    missed: Vec<String>,
}

impl Targets {
    /// A value that must not be above a limit.
    fn at_most(&mut self, what: &str, value: f64, limit: f64, unit: &str) {
        self.note(what, value, limit, unit, "≤", value <= limit);
    }

    /// A value that must not be below a limit.
    fn at_least(&mut self, what: &str, value: f64, limit: f64, unit: &str) {
        self.note(what, value, limit, unit, "≥", value >= limit);
    }

    fn note(&mut self, what: &str, value: f64, limit: f64, unit: &str, sign: &str, reached: bool) {
        let verdict = if reached { "pass" } else { "MISS" };
        println!("{verdict}  {what}: {value:.2}{unit} (target {sign} {limit}{unit})");
        if !reached {
            self.missed.push(what.to_owned());
        }
    }

    /// An error that names what was missed.
    fn finish(self) -> Result<()> {
        if self.missed.is_empty() {
            return Ok(());
        }
        bail!("missed: {}", self.missed.join("; "))
    }
}

/// The middle one.
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => f64::NAN,
        n if n % 2 == 1 => values[n / 2],
        n => f64::midpoint(values[n / 2 - 1], values[n / 2]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn a_miss_is_an_error_that_names_it() {
        let mut targets = Targets::default();
        targets.at_most("p99", 1.0, 1.2, " ms");
        targets.at_least("ratio", 1.0, 1.0, "");
        targets.at_most("memory", f64::NAN, 80.0, " MB");
        assert_eq!(targets.finish().unwrap_err().to_string(), "missed: memory");
    }
}
