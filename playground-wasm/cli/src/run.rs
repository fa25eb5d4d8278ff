//! `netsim run`: a scenario in, its trace or a tool's view of it out.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, ValueEnum};
use netsim::scenario::Scenario;
use netsim::time::{SimTime, Span};
use netsim::view::packets::Device;
use netsim::view::tcpdump::Numbers;
use netsim::view::{buffers, conntrack, golden, neigh, nstat, pcapng, ss_text, strace, tcpdump};
use netsim::world::World;

/// Which form the output has.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One JSON object: packets and calls
    Trace,
    /// As tcpdump -nn prints it
    Tcpdump,
    /// As ss -tanoi prints it
    Ss,
    /// A pcapng file
    Pcap,
    /// As strace -f -ttt -T prints it
    Strace,
    /// As nstat -a prints it
    Nstat,
    /// As conntrack -L prints it
    Conntrack,
    /// As ss -uan prints it
    SsUdp,
    /// As ip neigh prints it
    Neigh,
    /// What lies in the buffers
    Buffers,
}

/// Whose view.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Side {
    /// The client
    #[value(name = "C")]
    C,
    /// The server
    #[value(name = "S")]
    S,
    /// The relay
    #[value(name = "R")]
    R,
}

/// Arguments of `netsim run`.
#[derive(ClapArgs)]
pub struct Args {
    /// A scenario as JSON
    scenario: PathBuf,
    /// Form of the output
    #[arg(long, value_enum, default_value = "trace")]
    format: Format,
    /// Whose view; the trace has both
    #[arg(long, value_enum, default_value = "C", ignore_case = true)]
    side: Side,
    /// The view at so many milliseconds after the first packet; the end if not given
    #[arg(long, value_name = "MS")]
    at: Option<u64>,
    /// Sequence numbers as on the wire
    #[arg(long, short = 'S')]
    absolute: bool,
    /// What passes the loopback device, instead of the other
    #[arg(long)]
    lo: bool,
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
    if matches!(args.format, Format::Ss | Format::SsUdp | Format::Nstat | Format::Buffers) {
        world.watch_sockets();
    }
    world.run();
    let trace = world.trace();
    let side = match args.side {
        Side::C => 0,
        Side::S => 1,
        Side::R => world.hosts().len(),
    };
    let device = if args.lo { Device::Lo } else { Device::Eth0 };
    let zero = world.first_packet().unwrap_or(SimTime::ZERO);
    let until = args.at.map_or(world.now(), |ms| zero + Span::millis(ms));
    let numbers = if args.absolute { Numbers::Absolute } else { Numbers::Relative };
    Ok(match args.format {
        Format::Trace => golden::render(&world).into_bytes(),
        Format::Tcpdump => tcpdump::render_on(trace, side, until, numbers, device).into_bytes(),
        Format::Ss => ss_text::render(trace, side, until).into_bytes(),
        Format::Pcap => pcapng::render_on(trace, side, until, device),
        Format::SsUdp => ss_text::render_udp(trace, side, until).into_bytes(),
        Format::Neigh => neigh::render(trace, side, until).into_bytes(),
        Format::Strace => strace::render(trace, side, until).into_bytes(),
        Format::Nstat => nstat::render(trace, side, None, until).into_bytes(),
        Format::Conntrack => conntrack::render(trace, side, until).into_bytes(),
        Format::Buffers => buffers::render(trace, side, until).into_bytes(),
    })
}
