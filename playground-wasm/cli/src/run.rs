//! `netsim run`: a scenario in, its trace out.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, ValueEnum};
use netsim::scenario::Scenario;
use netsim::view::golden;
use netsim::world::World;

/// Which form the output has.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One JSON object: packets and calls
    Trace,
}

/// Arguments of `netsim run`.
#[derive(ClapArgs)]
pub struct Args {
    /// A scenario as JSON
    scenario: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value = "trace")]
    format: Format,
    /// Seed of what is left to chance
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs it.
pub fn run(args: &Args) -> ExitCode {
    match output(args) {
        Ok(bytes) => match std::io::stdout().write_all(&bytes) {
            Ok(()) => ExitCode::SUCCESS,
            Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            Err(e) => fail(&e.to_string()),
        },
        Err(e) => fail(&e),
    }
}

fn fail(why: &str) -> ExitCode {
    eprintln!("netsim: {why}");
    ExitCode::FAILURE
}

fn output(args: &Args) -> Result<Vec<u8>, String> {
    let path = args.scenario.display();
    let text = std::fs::read_to_string(&args.scenario).map_err(|e| format!("{path}: {e}"))?;
    let scenario = Scenario::parse(&text).map_err(|e| format!("{path}: {e}"))?;
    let mut world = World::new(&scenario, args.seed).map_err(|e| format!("{path}: {e}"))?;
    world.run();
    match args.format {
        Format::Trace => Ok(golden::render(&world).into_bytes()),
    }
}
