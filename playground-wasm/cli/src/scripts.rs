//! `netsim packetdrill`: scripts, and whether our TCP does what they say.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use netsim_cli::packetdrill::{play, refused};

/// Arguments of `netsim packetdrill`.
#[derive(clap::Args)]
pub struct Args {
    /// Scripts, and folders of them
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// All outcomes as a Markdown table
    #[arg(long)]
    table: bool,
}

/// Plays each and says PASS, or FAIL with the first difference.
pub fn run(args: &Args) -> ExitCode {
    let told = match scripts(&args.files) {
        Ok(all) if args.table => table(&all),
        Ok(all) => lines(&all),
        Err(e) => Err(e),
    };
    match told {
        Ok(0) => ExitCode::SUCCESS,
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(e) => {
            eprintln!("netsim: {e}");
            ExitCode::FAILURE
        }
    }
}

/// A script: what it is called, and where it lies.
struct Script {
    name: String,
    path: PathBuf,
}

fn scripts(paths: &[PathBuf]) -> io::Result<Vec<Script>> {
    let mut all = Vec::new();
    for path in paths {
        if path.is_dir() {
            gather(path, path, &mut all)?;
        } else {
            all.push(Script { name: path.display().to_string(), path: path.clone() });
        }
    }
    Ok(all)
}

fn gather(root: &Path, folder: &Path, all: &mut Vec<Script>) -> io::Result<()> {
    let mut inside = fs::read_dir(folder)?.map(|e| e.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    inside.sort();
    for path in inside {
        if path.is_dir() {
            gather(root, &path, all)?;
        } else if path.extension().is_some_and(|e| e == "pkt") {
            let name = path.strip_prefix(root).unwrap_or(&path).display().to_string();
            all.push(Script { name, path });
        }
    }
    Ok(())
}

fn outcome(script: &Script) -> Result<(), String> {
    play(&fs::read_to_string(&script.path).map_err(|e| e.to_string())?)
}

fn lines(all: &[Script]) -> io::Result<usize> {
    let (mut out, mut failed) = (io::stdout().lock(), 0);
    for script in all {
        match outcome(script) {
            Ok(()) => writeln!(out, "PASS {}", script.name)?,
            Err(why) => {
                failed += 1;
                writeln!(out, "FAIL {}: {why}", script.name)?;
            }
        }
    }
    writeln!(out, "{} passed, {failed} failed", all.len() - failed)?;
    Ok(failed)
}

fn table(all: &[Script]) -> io::Result<usize> {
    let (mut out, mut failed, mut not_read) = (io::stdout().lock(), 0, 0);
    writeln!(out, "| script | outcome |\n|---|---|")?;
    for script in all {
        let name = script.name.trim_end_matches(".pkt");
        match outcome(script) {
            Ok(()) => writeln!(out, "| `{name}` | passes |")?,
            Err(why) => {
                let word = if refused(&why) { "refused" } else { "fails" };
                not_read += usize::from(refused(&why));
                failed += usize::from(!refused(&why));
                let why = why.lines().next().unwrap_or("").replace('|', "\\|");
                writeln!(out, "| `{name}` | {word}: {why} |")?;
            }
        }
    }
    let passed = all.len() - failed - not_read;
    writeln!(out, "\n{} scripts: {passed} pass, {failed} fail, {not_read} are refused.", all.len())?;
    Ok(failed + not_read)
}
