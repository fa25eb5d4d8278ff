//! wrk: one run against one address, and what it said.

use std::net::SocketAddr;

use anyhow::{Context, Result, bail};

use super::CLIENT_CORE;
use super::server::pinned;
use crate::run::output;

/// What one run measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Run {
    /// Requests a second.
    pub rate: f64,
    /// Milliseconds.
    pub p50: f64,
    /// Milliseconds.
    pub p99: f64,
}

/// 32 connections from one thread on the core for clients, asking for brotli.
pub fn run(address: SocketAddr, path: &str, seconds: u32) -> Result<Run> {
    let mut wrk = pinned("wrk", Some(CLIENT_CORE));
    wrk.args(["-t1", "-c32", &format!("-d{seconds}s"), "--latency", "-H", "Accept-Encoding: br"]);
    let said = output(wrk.arg(format!("http://{address}{path}")))?;
    read(&said).with_context(|| format!("wrk said:\n{said}"))
}

/// Reads wrk's report. Answers that were errors make the run worthless.
fn read(said: &str) -> Result<Run> {
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        bail!("some requests failed");
    }
    let value = |name: &str| {
        let found = said.lines().find_map(|line| line.trim().strip_prefix(name));
        found.map(str::trim).with_context(|| format!("no `{name}` in what wrk said"))
    };
    Ok(Run { rate: value("Requests/sec:")?.parse()?, p50: millis(value("50%")?)?, p99: millis(value("99%")?)? })
}

/// `373.00us`, `2.10ms`, `1.02s`.
fn millis(text: &str) -> Result<f64> {
    let number =
        |unit: &str, factor: f64| text.strip_suffix(unit).and_then(|n| n.parse::<f64>().ok()).map(|n| n * factor);
    let known = number("us", 0.001)
        .or_else(|| number("ms", 1.0))
        .or_else(|| number("s", 1_000.0))
        .or_else(|| number("m", 60_000.0));
    known.with_context(|| format!("`{text}` is no time"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "\
Running 4s test @ http://127.0.0.1:8080/zh/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   512.11us  411.00us   9.51ms   95.11%
    Req/Sec    58.91k     2.00k   61.05k    80.00%
  Latency Distribution
     50%  373.00us
     75%  511.00us
     90%    0.88ms
     99%    2.10ms
  240293 requests in 4.10s, 1.21GB read
Requests/sec:  58608.05
Transfer/sec:    302.41MB
";

    #[test]
    fn reports_are_read() {
        let run = read(REPORT).unwrap();
        assert_eq!(run.rate, 58_608.05);
        assert!((run.p50 - 0.373).abs() < 1e-9 && (run.p99 - 2.1).abs() < 1e-9);
        assert!(read(&REPORT.replace("Transfer/sec", "Non-2xx or 3xx responses: 7\nTransfer/sec")).is_err());
        assert!(read("unable to connect").is_err());
    }
}
