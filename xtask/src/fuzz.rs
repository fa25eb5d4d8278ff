//! `cargo xtask fuzz [TARGET…] [--seconds N]`: inputs that libFuzzer makes up, guided by what of our code they reach.
//!
//! `cargo-fuzz` wants a nightly compiler for its sanitizers, which find little in a project without `unsafe`. The
//! coverage that guides the engine needs none: `-C passes=sancov-module` and its arguments are stable options. Only our
//! own packages are built with them, by standing between cargo and rustc, so that dependencies stay as `cargo test` has
//! built them. What the engine does not see is therefore which way an input takes inside a dependency.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;

use anyhow::{Context, Result, bail, ensure};

use crate::run::{cache_dir, cargo, command, find, output, run, target_dir};

/// Tells this program that cargo calls it in place of rustc.
const WRAPS: &str = "PACKET_CLINIC_XTASK_WRAPS_RUSTC";

/// Ours, whose ways are counted.
const COUNTED: &[&str] = &["packet_clinic", "netsim", "netsim_cli", "fuzz"];

/// Counters at every edge, values that are compared, and enough speed to try hundreds of inputs a second. Optimised
/// code has no assertions and no checks of overflow unless they are asked for, and those are what is looked for.
const COUNTING: &[&str] = &[
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "-Copt-level=1",
    "-Cdebug-assertions=yes",
    "-Coverflow-checks=yes",
];

/// Longer inputs are slower, and say the same.
const LONGEST_INPUT: usize = 4096;

/// Seconds that one input may take: far more than it does, since machines are busy.
const PATIENCE: u64 = 10;

/// One target, as the fuzzing program names it.
struct Target {
    name: String,
    seeds: PathBuf,
    failing: PathBuf,
}

/// Reads `[TARGET…] [--seconds N]` and tries inputs for so long, on each target.
pub fn fuzz(args: &[String]) -> Result<()> {
    let (mut names, mut seconds, mut args) = (Vec::new(), 60, args.iter());
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--seconds" => {
                let number = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
                seconds = number.context("--seconds needs a number above 0")?;
            }
            other if other.starts_with('-') => bail!("`{other}` is not understood: fuzz [TARGET…] [--seconds N]"),
            name => names.push(name),
        }
    }
    ensure!(has_compiler(), "no C++ compiler, which libFuzzer needs; on Debian: apt-get install g++");
    let program = build()?;
    let mut targets = targets(&program)?;
    if let Some(name) = names.iter().find(|name| !targets.iter().any(|target| target.name == **name)) {
        let known: Vec<&str> = targets.iter().map(|target| target.name.as_str()).collect();
        bail!("no target `{name}`; there are {}", known.join(", "));
    }
    targets.retain(|target| names.is_empty() || names.contains(&target.name.as_str()));
    targets.iter().try_for_each(|target| run_target(&program, target, seconds))
}

/// All targets for so many seconds each, as many at once as there are cores.
pub fn each_for(seconds: u64) -> Result<()> {
    let program = build()?;
    let targets = targets(&program)?;
    let cores = thread::available_parallelism().map_or(1, usize::from);
    targets.chunks(cores).try_for_each(|together| {
        thread::scope(|scope| {
            let run = |target| run_target(&program, target, seconds);
            let runs: Vec<_> = together.iter().map(|target| scope.spawn(move || run(target))).collect();
            // All of them are waited for: each says what it found.
            let ended = runs.into_iter().map(|run| run.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
            ended.collect::<Vec<_>>().into_iter().collect()
        })
    })
}

/// libFuzzer is C++.
pub fn has_compiler() -> bool {
    env::var_os("CXX").is_some() || find("c++").is_some()
}

fn build() -> Result<PathBuf> {
    let ourselves = env::current_exe().context("where is this program?")?;
    let mut build = cargo();
    build.env("RUSTC_WORKSPACE_WRAPPER", ourselves).env(WRAPS, "1");
    run(build.args(["build", "--workspace", "--features", "fuzz/engine", "--bin", "fuzz"]))?;
    Ok(target_dir().join("debug").join(format!("fuzz{}", env::consts::EXE_SUFFIX)))
}

fn targets(program: &Path) -> Result<Vec<Target>> {
    let list = output(command(program).env("PACKET_CLINIC_FUZZ", "list"))?;
    let target = |line: &str| {
        let [name, seeds, failing] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
        Some(Target { name: name.to_owned(), seeds: seeds.into(), failing: failing.into() })
    };
    let targets: Vec<Target> = list.lines().filter_map(target).collect();
    ensure!(!targets.is_empty(), "the fuzzing program names no targets");
    Ok(targets)
}

/// New ways are kept beside the build, to begin there the next time; what fails is kept in the repository.
fn run_target(program: &Path, target: &Target, seconds: u64) -> Result<()> {
    let found = cache_dir().join("fuzz").join(&target.name);
    fs::create_dir_all(&found).with_context(|| format!("cannot make {}", found.display()))?;
    fs::create_dir_all(&target.failing)?;
    let before = files(&target.failing);
    let log = cache_dir().join("fuzz").join(format!("{}.log", target.name));
    let mut engine = command(program);
    engine
        .env("PACKET_CLINIC_FUZZ", &target.name)
        .arg(format!("-max_total_time={seconds}"))
        .arg(format!("-max_len={LONGEST_INPUT}"))
        .arg(format!("-timeout={PATIENCE}"))
        .arg(format!("-artifact_prefix={}/", target.failing.display()))
        .args(["-use_value_profile=1", "-print_final_stats=1"])
        .args([&found, &target.seeds, &target.failing])
        .stdout(fs::File::create(&log)?)
        .stderr(fs::OpenOptions::new().append(true).open(&log)?);
    let status = engine.status().context("cannot start the fuzzing program")?;
    let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    if status.success() {
        // An empty folder would not come with the repository.
        let _ = fs::remove_dir(&target.failing);
        println!("    {}: {}", target.name, summary(&said));
        return Ok(());
    }
    let tail: Vec<&str> = said.lines().collect();
    println!("{}", tail[tail.len().saturating_sub(60)..].join("\n"));
    for file in files(&target.failing).into_iter().filter(|file| !before.contains(file)) {
        let bytes = fs::read(&file)?;
        println!("\nfailed on {}, {} bytes:\n{}", file.display(), bytes.len(), bytes.escape_ascii());
    }
    bail!(
        "target `{}` failed; put it right and commit the input, which `cargo test -p fuzz` then tries each time; \
         all that was said: {}",
        target.name,
        log.display()
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()).collect()
}

/// `123456 inputs, 9876 a second; 5432 edges and values, 678 inputs kept`.
fn summary(said: &str) -> String {
    let stat = |name: &str| said.lines().rev().find_map(|line| line.strip_prefix(name)).map_or("?", str::trim);
    let last = said.lines().rev().find(|line| line.contains(" cov: ") && line.contains(" ft: ")).unwrap_or("");
    let after = |key: &str| last.split_once(key).and_then(|(_, rest)| rest.split_whitespace().next()).unwrap_or("?");
    format!(
        "{} inputs, {} a second; {} edges, {} edges and values, {} inputs worth keeping; nothing failed",
        stat("stat::number_of_executed_units:"),
        stat("stat::average_exec_per_sec:"),
        after(" cov: "),
        after(" ft: "),
        after(" corp: "),
    )
}

/// When cargo calls this program in place of rustc: calls rustc, and has it count in our own packages.
pub fn as_rustc() -> Option<Result<()>> {
    env::var_os(WRAPS)?;
    let mut args = env::args_os().skip(1);
    let rustc = args.next()?;
    let args: Vec<OsString> = args.collect();
    let name = args.windows(2).find(|pair| pair[0] == "--crate-name").map(|pair| pair[1].clone());
    let counted = name.is_some_and(|name| COUNTED.iter().any(|ours| name == *ours));
    let mut rustc = Command::new(rustc);
    rustc.args(args).env_remove(WRAPS);
    if counted {
        rustc.args(COUNTING);
    }
    // What rustc says goes through; its code is ours.
    Some(match rustc.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => Err(error.into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_engine_says_is_summed_up() {
        let said = "#2\tINITED cov: 5 ft: 6 corp: 2/3b exec/s: 0\n#90\tDONE   cov: 812 ft: 3456 corp: 78/9Kb lim: 90\n\
                    Done 90 runs in 2 second(s)\nstat::number_of_executed_units: 90\nstat::average_exec_per_sec:     45\n";
        assert_eq!(
            summary(said),
            "90 inputs, 45 a second; 812 edges, 3456 edges and values, 78/9Kb inputs worth keeping; nothing failed"
        );
    }

    #[test]
    fn arguments_are_checked() {
        for args in [&["--seconds"][..], &["--seconds", "0"], &["--seconds", "soon"], &["--fast"]] {
            let args: Vec<String> = args.iter().map(|a| (*a).to_owned()).collect();
            assert!(fuzz(&args).is_err(), "{args:?}");
        }
    }
}
