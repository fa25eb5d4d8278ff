//! `netsim packetdrill`: scripts, and whether our TCP does what they say.

use std::path::PathBuf;
use std::process::ExitCode;

use netsim_cli::packetdrill::play;

/// Arguments of `netsim packetdrill`.
#[derive(clap::Args)]
pub struct Args {
    /// Scripts
    #[arg(required = true)]
    files: Vec<PathBuf>,
}

/// Plays each and says PASS, or FAIL with the first difference.
pub fn run(args: &Args) -> ExitCode {
    let mut failed = 0;
    for file in &args.files {
        match std::fs::read_to_string(file).map_err(|e| e.to_string()).and_then(|text| play(&text)) {
            Ok(()) => println!("PASS {}", file.display()),
            Err(why) => {
                failed += 1;
                println!("FAIL {}: {why}", file.display());
            }
        }
    }
    println!("{} passed, {failed} failed", args.files.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
