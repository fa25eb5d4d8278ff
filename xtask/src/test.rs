//! `cargo xtask test`: everything CI runs, in the order in which mistakes are cheapest to find. Stops at the first.

use std::time::Instant;

use anyhow::{Context, Result, anyhow, bail};

use crate::postgres::{self, Postgres};
use crate::progress::took;
use crate::run::{cache_dir, cargo, command, find, in_ci, output, run, target_dir};
use crate::{browser, fuzz, generate, layers, serve, wasm};

/// How a step ended that did not fail.
enum Outcome {
    Passed,
    /// What it needs is not here. CI counts this as a failure.
    Skipped(String),
    /// What it needs is not here, and nobody has to have it.
    LeftOut(String),
}

use Outcome::{LeftOut, Passed, Skipped};

/// One thing that is checked.
struct Step {
    name: &'static str,
    /// What it does, and how long when that is worth knowing; the times are those of a first run on 2 cores.
    about: &'static str,
    /// Left out by `--fast`.
    slow: bool,
    work: fn() -> Result<Outcome>,
}

const STEPS: &[Step] = &[
    Step { name: "fmt", about: "cargo fmt --all --check", slow: false, work: fmt },
    Step { name: "layers", about: "which layer of the server uses which", slow: false, work: check_layers },
    Step { name: "wasm", about: "build for browsers, size budget; about 2 min", slow: false, work: build_wasm },
    Step { name: "clippy", about: "whole workspace, warnings are errors; about 4 min", slow: false, work: clippy },
    Step { name: "rustdoc", about: "whole workspace, warnings are errors; about 2 min", slow: false, work: rustdoc },
    Step { name: "tests", about: "cargo test --workspace, on SQLite; about 7 min", slow: false, work: tests },
    Step {
        name: "fuzz",
        about: "20 s of made-up input for each reader of strangers' bytes; about 4 min",
        slow: true,
        work: fuzz_briefly,
    },
    Step {
        name: "store on PostgreSQL",
        about: "the store story again, on a throw-away server",
        slow: true,
        work: store_on_postgres,
    },
    Step {
        name: "content",
        about: "packet-clinic check, of the library and of a generated one",
        slow: false,
        work: content,
    },
    Step { name: "deny", about: "licences, advisories and sources of dependencies", slow: false, work: deny },
    Step { name: "types", about: "tsc over static/js", slow: false, work: types },
    Step { name: "release build", about: "the server that the browser tests; about 9 min", slow: true, work: release },
    Step { name: "e2e", about: "Playwright in Chromium", slow: true, work: e2e },
];

/// Runs the steps and sums them up.
pub fn test(args: &[String]) -> Result<()> {
    let fast = match args {
        [] => false,
        [arg] if arg == "--fast" => true,
        _ => bail!("`test` takes nothing but --fast"),
    };
    let steps: Vec<&Step> = STEPS.iter().filter(|step| !(fast && step.slow)).collect();
    let start = Instant::now();
    let (mut passed, mut skipped) = (0, Vec::new());
    for (index, step) in steps.iter().enumerate() {
        println!("{}/{} {}: {}", index + 1, steps.len(), step.name, step.about);
        let began = Instant::now();
        match outcome(step) {
            Ok(Passed) => {
                passed += 1;
                println!("    passed in {}", took(began.elapsed()));
            }
            Ok(Skipped(why) | LeftOut(why)) => {
                println!("    SKIPPED: {why}");
                skipped.push(step.name);
            }
            Err(error) => {
                println!("    FAILED after {}: {error:#}", took(began.elapsed()));
                println!("{}", summary(passed, 1, &skipped));
                bail!("the step `{}` failed; what it said stands above", step.name);
            }
        }
    }
    println!(
        "\nall of it in {}{}",
        took(start.elapsed()),
        if fast { ", without fuzzing, PostgreSQL and the browser" } else { "" }
    );
    println!("{}", summary(passed, 0, &skipped));
    Ok(())
}

/// In CI a step that cannot be run has failed: a green run must mean that everything was looked at.
fn outcome(step: &Step) -> Result<Outcome> {
    match (step.work)()? {
        Skipped(why) if in_ci() => Err(anyhow!("{why}; CI leaves nothing out")),
        outcome => Ok(outcome),
    }
}

/// `11 passed, 0 failed`, and what was skipped.
fn summary(passed: usize, failed: usize, skipped: &[&str]) -> String {
    let counts = format!("{passed} passed, {failed} failed");
    if skipped.is_empty() { counts } else { format!("{counts}, {} skipped: {}", skipped.len(), skipped.join(", ")) }
}

fn fmt() -> Result<Outcome> {
    component("rustfmt", "fmt")?;
    run(cargo().args(["fmt", "--all", "--check"])).context("`cargo fmt --all` sets it right")?;
    Ok(Passed)
}

/// Adds a part of the toolchain that a minimal rustup lacks.
fn component(name: &str, subcommand: &str) -> Result<()> {
    if output(cargo().args([subcommand, "--version"])).is_ok() {
        return Ok(());
    }
    run(command("rustup").args(["component", "add", name]))
}

fn check_layers() -> Result<Outcome> {
    layers::layers().map(|()| Passed)
}

fn build_wasm() -> Result<Outcome> {
    wasm::wasm().map(|()| Passed)
}

fn clippy() -> Result<Outcome> {
    component("clippy", "clippy")?;
    run(cargo().args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])).map(|()| Passed)
}

fn rustdoc() -> Result<Outcome> {
    run(cargo().env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--workspace", "--no-deps"])).map(|()| Passed)
}

fn tests() -> Result<Outcome> {
    run(cargo().args(["test", "--workspace"])).map(|()| Passed)
}

fn fuzz_briefly() -> Result<Outcome> {
    if !fuzz::has_compiler() {
        return Ok(Skipped("no C++ compiler, which libFuzzer needs; `apt-get install g++` brings one".to_owned()));
    }
    fuzz::each_for(20).map(|()| Passed)
}

fn store_on_postgres() -> Result<Outcome> {
    let Some(programs) = postgres::programs() else {
        return Ok(Skipped(
            "no PostgreSQL programs here and none could be installed; `apt-get install postgresql` brings them"
                .to_owned(),
        ));
    };
    let server = Postgres::start(programs)?;
    // All packages are named again, so that dependencies keep the features they were just built with.
    let store = &mut cargo();
    run(store.env("PACKET_CLINIC_TEST_POSTGRES", server.url()).args(["test", "--workspace", "--test", "store"]))
        .map(|()| Passed)
}

fn content() -> Result<Outcome> {
    // `cargo test` has just built it for the HTTP tests.
    let program = target_dir().join("debug").join(format!("packet-clinic{}", std::env::consts::EXE_SUFFIX));
    run(command(&program).args(["check", "content"]))?;
    // `bench scale` wants cases that can be loaded: the format may have moved on without the generator.
    let generated = cache_dir().join("generated");
    generate::library(&generated, 20, 1)?;
    run(command(&program).arg("check").arg(generated)).map(|()| Passed)
}

fn deny() -> Result<Outcome> {
    if find("cargo-deny").is_none() {
        return Ok(LeftOut(
            "cargo-deny is not installed; `cargo install cargo-deny --locked` brings it, in some minutes".to_owned(),
        ));
    }
    run(cargo().args(["deny", "check"])).map(|()| Passed)
}

fn types() -> Result<Outcome> {
    if !browser::npm() {
        return Ok(Skipped("no npm here and it could not be installed".to_owned()));
    }
    run(&mut browser::script("types")?).map(|()| Passed)
}

fn release() -> Result<Outcome> {
    serve::build_server().map(|()| Passed)
}

fn e2e() -> Result<Outcome> {
    if !browser::npm() {
        return Ok(Skipped("no npm here and it could not be installed".to_owned()));
    }
    let Some(chromium) = browser::chromium() else {
        return Ok(Skipped(
            "no Chromium here and it could not be installed; PACKET_CLINIC_CHROMIUM may name one".to_owned(),
        ));
    };
    let mut script = browser::script("test")?;
    run(script.env("PACKET_CLINIC_BIN", serve::server()).env("PACKET_CLINIC_CHROMIUM", chromium)).map(|()| Passed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts() {
        assert_eq!(summary(12, 0, &[]), "12 passed, 0 failed");
        assert_eq!(summary(3, 1, &["deny"]), "3 passed, 1 failed, 1 skipped: deny");
    }

    #[test]
    fn arguments_are_checked_before_anything_runs() {
        assert!(test(&["--quick".to_owned()]).is_err());
    }
}
