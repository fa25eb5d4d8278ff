//! `bench engine`: how long a minute of two hosts takes to compute, natively and in Chromium, and what its trace holds.
//! The figures come from the engine's own bench program and from `e2e/engine.js`; here they are judged.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use super::Targets;
use crate::run::cargo;
use crate::{browser, wasm};

/// Starts both, prints, judges.
pub fn engine() -> Result<()> {
    ensure!(browser::npm(), "npm is missing; on Debian: apt-get install nodejs npm");
    let mut native = cargo();
    native.args(["bench", "--quiet", "--package", "netsim", "--bench", "minute"]);
    let native = said(&mut native)?;
    wasm::build()?;
    let chromium = browser::chromium().context("no Chromium, and none could be installed")?;
    let in_browser = said(browser::script("engine")?.env("PACKET_CLINIC_CHROMIUM", chromium))?;

    let value = |name: &str| {
        let line = native.lines().chain(in_browser.lines()).find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<f64>().ok()).unwrap_or(f64::NAN)
    };
    for (name, what) in [("plain", "packets and calls"), ("watched", "with every change of sockets")] {
        println!(
            "{what:<30} {:6.2} ms, {:9.0} events/s, trace {:.0} bytes a packet",
            value(&format!("{name}_ms")),
            value(&format!("{name}_events")),
            value(&format!("{name}_bytes"))
        );
    }
    println!("{:<30} {:6.1} ms\n", "the same in Chromium", value("chromium_ms"));

    let mut targets = Targets::default();
    targets.at_least("segments of data", value("plain_segments"), 10_000.0, "");
    targets.at_most("a minute, native", value("plain_ms"), 20.0, " ms");
    targets.at_least("events a second", value("plain_events"), 1_000_000.0, "");
    targets.at_most("a minute, Chromium", value("chromium_ms"), 60.0, " ms");
    targets.finish()
}

/// Runs a program that prints `name value` lines.
pub fn said(program: &mut Command) -> Result<String> {
    let ended = program.stderr(Stdio::inherit()).output().context("cannot start a bench program")?;
    ensure!(ended.status.success(), "a bench program failed");
    Ok(String::from_utf8_lossy(&ended.stdout).into_owned())
}
