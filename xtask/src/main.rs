//! `cargo xtask`: everything that is done to this project. Each command has its own file; this one only finds it.
#![warn(clippy::unwrap_used)]

mod bench;
mod browser;
mod fuzz;
mod generate;
mod layers;
mod postgres;
mod progress;
mod run;
mod serve;
mod test;
mod wasm;

use std::env;
use std::process::ExitCode;

use anyhow::{Result, bail};

const COMMANDS: &str = "\
Usage: cargo xtask COMMAND

  serve [ARGS…]               build the site and serve it on http://127.0.0.1:8080; ARGS go to `packet-clinic serve`
  test [--fast]               everything CI runs; --fast leaves out fuzzing, PostgreSQL and the browser
  wasm                        build the WASM for browsers and check its size
  layers                      check which layer of the server uses which
  generate DIR --cases N      write a library of N made-up cases [--seed S]
  fuzz [TARGET…] [--seconds N] made-up inputs for whatever reads bytes of strangers, 60 s each unless told
  bench http                  requests a second against nginx, both on one core
  bench start                 from process start to the first page; memory after 10,000 requests
  bench scale                 10,000 cases: time to ready, memory, p99 against the small library
  bench hold                  2,000 half-open requests and 10,000 idle connections: what others feel
  bench search                how long a query takes: real library, bad input, 100,000 cases, SQLite beside it

Benches want a quiet machine; docs/benchmarks.md says what each measures.
";

fn main() -> ExitCode {
    let args = || env::args().skip(1).collect::<Vec<String>>();
    match fuzz::as_rustc().unwrap_or_else(|| command(&args())) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(args: &[String]) -> Result<()> {
    let Some((name, rest)) = args.split_first() else {
        print!("{COMMANDS}");
        return Ok(());
    };
    match name.as_str() {
        "serve" => serve::serve(rest),
        "test" => test::test(rest),
        "wasm" => no_more(rest).and_then(|()| wasm::wasm()),
        "layers" => no_more(rest).and_then(|()| layers::layers()),
        "generate" => generate::generate(rest),
        "fuzz" => fuzz::fuzz(rest),
        "bench" => bench::bench(rest),
        "help" | "-h" | "--help" => {
            print!("{COMMANDS}");
            Ok(())
        }
        other => bail!("no command `{other}`; `cargo xtask` alone lists them"),
    }
}

/// For commands without arguments: says so instead of ignoring one.
fn no_more(rest: &[String]) -> Result<()> {
    match rest.first() {
        None => Ok(()),
        Some(extra) => bail!("`{extra}` is more than this command takes; `cargo xtask` alone lists the commands"),
    }
}
