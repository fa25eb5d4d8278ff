//! How fast a minute of two hosts is computed: 10,000 segments of data over 60 seconds, the events of a second of
//! computing, and what the trace holds. Prints a line a figure, `name value`; `cargo xtask bench engine` judges them.
//! With `--test` it is one short round, so that `cargo test --benches` stays quick.

use std::process::ExitCode;
use std::time::Instant;

use netsim::scenario::Scenario;
use netsim::tcp::segment::{Block, Segment};
use netsim::trace::{Args, BareSocket, CallFact, Fact, Row, SocketView, What};
use netsim::world::World;

/// Shared with the measurement in a browser.
const SCENARIO: &str = include_str!("minute.json");
/// Rounds; the middle one counts.
const ROUNDS: usize = 41;

fn main() -> ExitCode {
    let rounds = if std::env::args().any(|a| a == "--test") { 1 } else { ROUNDS };
    match Scenario::parse(SCENARIO) {
        Ok(scenario) => {
            [("plain", false), ("watched", true)].iter().for_each(|(name, watch)| {
                report(name, &scenario, *watch, rounds);
            });
            ExitCode::SUCCESS
        }
        Err(e) => {
            eprintln!("{e}");
            ExitCode::FAILURE
        }
    }
}

/// Several rounds; the middle time in milliseconds.
fn report(name: &str, scenario: &Scenario, watch: bool, rounds: usize) {
    let mut times = Vec::new();
    for round in 1..=rounds {
        let start = Instant::now();
        let Ok(mut world) = World::new(scenario, 1) else { continue };
        if watch {
            world.watch_sockets();
        }
        world.run();
        times.push(start.elapsed().as_secs_f64());
        if round == rounds {
            times.sort_by(f64::total_cmp);
            tell(name, &world, times[times.len() / 2]);
        }
    }
}

fn tell(name: &str, world: &World, took: f64) {
    let sent = |f: &&Fact| matches!(f.what, What::Sent { .. });
    let data = |f: &&Fact| matches!(&f.what, What::Sent { segment, .. } if segment.len > 0);
    let packets = world.trace().iter().filter(sent).count();
    println!("{name}_segments {}", world.trace().iter().filter(data).count());
    println!("{name}_ms {:.2}", took * 1e3);
    println!("{name}_events {:.0}", world.events() as f64 / took);
    println!("{name}_bytes {}", memory(world.trace()) / packets.max(1));
}

/// Bytes of a trace: its facts, and what they own.
fn memory(trace: &[Fact]) -> usize {
    let owned = |f: &Fact| match &f.what {
        What::Sent { segment, .. } => 16 + size_of::<Segment>() + segment.options.sack.len() * size_of::<Block>(),
        What::Call(c) => {
            size_of::<CallFact>()
                + c.rows.len() * size_of::<Row>()
                + if c.args.is_some() { 16 + size_of::<Args>() } else { 0 }
        }
        What::Socket { .. } => size_of::<SocketView>(),
        What::Bare { rows } => 16 + rows.len() * size_of::<BareSocket>(),
        What::Counted { by } => 16 + by.len() * size_of::<(&str, u64)>(),
        What::SentOther { .. }
        | What::Looped { .. }
        | What::Neighbour { .. }
        | What::Unreached { .. }
        | What::PathMtu { .. }
        | What::ReassemblyFailed
        | What::Tracked { .. }
        | What::Lost { .. }
        | What::Arrived { .. }
        | What::Discarded { .. }
        | What::Gone { .. }
        | What::Stopped { .. } => 0,
    };
    trace.iter().map(|f| size_of::<Fact>() + owned(f)).sum()
}
