//! `bench search`: how long a query takes in the real library, on bad input, in 100,000 made-up cases, and in SQLite.
//! Measured by the server's own bench program (`server/benches/search`), which is linked with what is served; here the
//! figures are judged.

use std::process::Stdio;

use anyhow::{Context, Result, ensure};

use super::Targets;
use crate::run::cargo;

/// Starts it, prints, judges.
pub fn search() -> Result<()> {
    println!("building server/benches/search, release: some minutes the first time; then about 4 min of measuring");
    let mut bench = cargo();
    bench.args(["bench", "--quiet", "--package", "packet-clinic", "--bench", "search"]).stderr(Stdio::inherit());
    let ended = bench.output().context("cannot start cargo")?;
    ensure!(ended.status.success(), "the bench program failed");
    judge(&String::from_utf8_lossy(&ended.stdout))
}

fn judge(said: &str) -> Result<()> {
    let value = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<f64>().ok()).unwrap_or(f64::NAN)
    };
    let quantiles = |name: &str| ["p50", "p95", "p99"].map(|quantile| value(&format!("{name}_{quantile}")));
    for (name, what) in [
        ("real", "real library, labelled queries"),
        ("large", "100,000 cases"),
        ("unicode61", "SQLite FTS5, unicode61"),
        ("trigram", "SQLite FTS5, trigram"),
    ] {
        let [p50, p95, p99] = quantiles(name);
        println!("{what:<32} p50 {p50:8.3} ms  p95 {p95:8.3} ms  p99 {p99:8.3} ms");
    }
    let nothing = |name: &str| value(&format!("{name}_nothing")) * 100.0;
    println!(
        "queries without a result         {:.0} %; unicode61 {:.0} %, trigram {:.0} %",
        nothing("large"),
        nothing("unicode61"),
        nothing("trigram")
    );
    println!(
        "index of 100,000 cases           {:.1} s; unicode61 {:.1} s, trigram {:.1} s",
        value("build"),
        value("unicode61_build"),
        value("trigram_build")
    );
    for tokenizer in ["unicode61", "trigram"] {
        let ([p50, _, p99], [their_p50, _, their_p99]) = (quantiles("large"), quantiles(tokenizer));
        println!("ours / {tokenizer:<25} p50 {:.2}  p99 {:.2}", p50 / their_p50, p99 / their_p99);
    }
    let bad = |line: &str| Some((line.strip_prefix("bad ")?.split_once(' ')?.0.parse::<f64>().ok()?, line.to_owned()));
    let worst = said.lines().filter_map(bad).max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((f64::NAN, String::new()));
    println!("slowest bad input                {}\n", worst.1.trim_start_matches("bad "));

    let mut targets = Targets::default();
    targets.at_most("real library, p99", value("real_p99"), 1.0, " ms");
    targets.at_most("slowest bad input", worst.0, 50.0, " ms");
    targets.at_most("100,000 cases, index built", value("build"), 60.0, " s");
    targets.at_most("100,000 cases, p50", value("large_p50"), 2.0, " ms");
    targets.at_most("100,000 cases, p99", value("large_p99"), 20.0, " ms");
    targets.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_judged_and_a_missing_one_is_a_miss() {
        let mut said =
            "real_p99 0.5\nbad 1.0 one token\nbad 7.5 Han\nbuild 30\nlarge_p50 1.0\nlarge_p99 9\n".to_owned();
        judge(&said).unwrap();
        said = said.replace("bad 7.5", "bad 75").replace("build 30\n", "");
        let missed = judge(&said).unwrap_err().to_string();
        assert_eq!(missed, "missed: slowest bad input; 100,000 cases, index built");
    }
}
