//! `netsim run`: a scenario in, its trace out.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, ValueEnum};
use netsim::scenario::Scenario;
use netsim::time::{SimTime, Span};
use netsim::view::{golden, nstat, pcap, ss, strace, tcpdump};
use netsim::world::World;

/// Which form the output has.
#[derive(Clone, Copy, ValueEnum)]
enum Format {
    /// One JSON object: packets and calls
    Trace,
    /// Lines of tcpdump
    Tcpdump,
    /// Connections as ss -tino shows them, at the end or at --at
    Ss,
    /// Calls as strace shows them
    Strace,
    /// Counters of the kernel
    Nstat,
    /// pcapng
    Pcap,
}

/// One of the two hosts.
#[derive(Clone, Copy, ValueEnum)]
enum Side {
    /// The client
    C,
    /// The server
    S,
}

/// Arguments of `netsim run`.
#[derive(ClapArgs)]
pub struct Args {
    /// A scenario as JSON
    scenario: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value = "trace")]
    format: Format,
    /// Whose view: C or S
    #[arg(long, value_enum, default_value = "C", ignore_case = true)]
    side: Side,
    /// Milliseconds from the first packet up to which is shown
    #[arg(long)]
    at: Option<u64>,
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
    if matches!(args.format, Format::Ss) {
        world.watch_sockets();
    }
    world.run();
    let host = match args.side {
        Side::C => 0,
        Side::S => 1,
    };
    let zero = world.first_packet().unwrap_or(SimTime::ZERO);
    let until = args.at.map_or(world.now(), |ms| zero + Span::millis(ms));
    let facts = world.trace();
    Ok(match args.format {
        Format::Trace => golden::render(&world).into_bytes(),
        Format::Tcpdump => tcpdump::render(facts, host, until).into_bytes(),
        Format::Ss => ss::render(facts, host, until).into_bytes(),
        Format::Strace => strace::render(facts, host, until).into_bytes(),
        Format::Nstat => nstat::render(&world.hosts()[host]).into_bytes(),
        Format::Pcap => pcap::render(facts, host, until),
    })
}
