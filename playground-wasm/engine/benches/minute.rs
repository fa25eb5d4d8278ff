//! How fast a minute of two hosts is computed: 10,000 segments of data over 60 seconds, and the events of a second of
//! computing. Prints what it measured and ends with an error on a miss; `--quick` is one short round without judgement,
//! so that `cargo test --benches` stays quick.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use netsim::scenario::Scenario;
use netsim::tcp::segment::{Block, Segment};
use netsim::trace::{Args, BareSocket, CallFact, Fact, Row, SocketView, What};
use netsim::world::World;

/// Ten thousand segments in a minute: bursts of ten full ones every 60 ms.
const SCENARIO: &str = r#"{"name": "minute", "delay_ms": 10, "limit_ms": 60000,
    "client": [{"op": "connect", "opts": {"nodelay": 1}}, {"op": "repeat", "times": 1000, "steps":
        [{"op": "send", "n": 14480}, {"op": "sleep", "ms": 59.9}]}],
    "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]}"#;
/// What a minute may take.
const MINUTE: Duration = Duration::from_millis(20);
/// Events in a second at least.
const EVENTS: u64 = 1_000_000;
/// Rounds; the middle one counts.
const ROUNDS: usize = 41;

fn main() -> ExitCode {
    let quick = std::env::args().any(|a| a == "--quick" || a == "--test");
    let scenario = match Scenario::parse(SCENARIO) {
        Ok(s) => s,
        Err(e) => {
            eprintln!("{e}");
            return ExitCode::FAILURE;
        }
    };
    let mut good = true;
    for watch in [false, true] {
        let Some((took, world)) = middle(&scenario, watch, if quick { 1 } else { ROUNDS }) else {
            return ExitCode::FAILURE;
        };
        good &= report(&world, took, watch);
    }
    if good || quick { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// The middle of several rounds, and one of the worlds.
fn middle(scenario: &Scenario, watch: bool, rounds: usize) -> Option<(Duration, World)> {
    let mut times = Vec::new();
    let mut last = None;
    for _ in 0..rounds {
        let start = Instant::now();
        let mut world = World::new(scenario, 1).ok()?;
        if watch {
            world.watch_sockets();
        }
        world.run();
        times.push(start.elapsed());
        last = Some(world);
    }
    times.sort();
    Some((times[times.len() / 2], last?))
}

fn report(world: &World, took: Duration, watch: bool) -> bool {
    let data =
        world.trace().iter().filter(|f| matches!(&f.what, What::Sent { segment, .. } if segment.len > 0)).count();
    let packets = world.trace().iter().filter(|f| matches!(f.what, What::Sent { .. })).count();
    let per_second = (world.events() as f64 / took.as_secs_f64()) as u64;
    let facts = world.trace().len();
    println!("{}:", if watch { "sockets watched" } else { "packets and calls" });
    println!("  {data} segments of data, {packets} packets, {} events, {facts} facts", world.events());
    let (time, events) = (took <= MINUTE, per_second >= EVENTS);
    println!("  60 s computed in {:.2} ms (at most {}): {}", took.as_secs_f64() * 1e3, MINUTE.as_millis(), word(time));
    println!("  {per_second} events a second (at least {EVENTS}): {}", word(events));
    let bytes = memory(world.trace());
    println!("  trace holds {bytes} bytes, {} a packet", bytes / packets.max(1));
    watch || time && events
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

fn word(good: bool) -> &'static str {
    if good { "pass" } else { "MISS" }
}
