//! `bench playground`: what a reader feels on a playground, in Chromium: how long a changed knob takes to its picture, and
//! how evenly frames come while time is scrubbed. The figures come from `e2e/playground-bench.js`; here they are judged.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::Targets;
use super::engine::said;
use crate::browser;

/// Starts it with the server at that path, prints, judges.
pub fn playground(server: &Path) -> Result<()> {
    ensure!(browser::npm(), "npm is missing; on Debian: apt-get install nodejs npm");
    let chromium = browser::chromium().context("no Chromium, and none could be installed")?;
    let mut script = browser::script("playground-bench")?;
    let told = said(script.env("PACKET_CLINIC_CHROMIUM", chromium).env("PACKET_CLINIC_BIN", server))?;
    println!("{told}");
    let value = |name: &str| {
        let line = told.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<f64>().ok()).unwrap_or(f64::NAN)
    };
    let mut targets = Targets::default();
    targets.at_least("length of the longer run", value("run_ms"), 10_000.0, " ms");
    targets.at_least("its packets", value("run_packets"), 300.0, "");
    targets.at_most("a changed knob, p95", value("redraw_p95"), 50.0, " ms");
    targets.at_most("a frame of scrubbing, p95", value("scrub_p95"), 1000.0 / 60.0 + 2.0, " ms");
    targets.finish()
}
