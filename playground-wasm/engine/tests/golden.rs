//! Every golden scenario, run in the engine, gives what the kernel gave.

mod compare;

use std::fs;
use std::path::{Path, PathBuf};

use compare::Trace;
use netsim::scenario::Scenario;
use netsim::view::{golden, nstat};
use netsim::world::World;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn names() -> Vec<String> {
    let mut all: Vec<String> = fs::read_dir(folder("scenarios"))
        .expect("scenarios")
        .map(|e| e.expect("an entry").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect();
    all.sort();
    all
}

fn kernel(name: &str) -> Trace {
    serde_json::from_str(&read(&folder("traces").join(format!("{name}.json")))).expect("a trace of the kernel")
}

fn engine(name: &str) -> Trace {
    let scenario = Scenario::parse(&read(&folder("scenarios").join(format!("{name}.json")))).expect("a scenario");
    let mut world = World::new(&scenario, 1).expect("a world");
    world.run();
    serde_json::from_str(&golden::render(&world)).expect("a trace of the engine")
}

#[test]
fn the_engine_does_what_linux_6_18_did() {
    let names = names();
    assert_eq!(names.len(), 29);
    let mut failed = Vec::new();
    for name in names {
        if let Some((_, first)) = compare::compare(kernel(&name), engine(&name)).first() {
            failed.push(format!("{name}: {first}"));
        }
    }
    assert!(failed.is_empty(), "{} of 29 differ:\n{}", failed.len(), failed.join("\n"));
}

/// Spoils each trace of the kernel in one way and asks whether that is noticed.
fn noticed(how: impl Fn(&mut Trace) -> bool) -> (usize, usize) {
    let (mut spoiled, mut seen) = (0, 0);
    for name in names() {
        let mut other = kernel(&name);
        if how(&mut other) {
            spoiled += 1;
            seen += usize::from(!compare::compare(kernel(&name), other).is_empty());
        }
    }
    (spoiled, seen)
}

#[test]
fn the_kernel_agrees_with_itself() {
    let (spoiled, seen) = noticed(|_| true);
    assert_eq!((spoiled, seen), (29, 0));
}

#[test]
fn a_spoiled_trace_is_noticed() {
    let middle = |t: &Trace| t.packets.iter().position(|p| p.len > 0 && p.seq > 1);
    // One spoilt packet may lie so near the end of a capture that it proves nothing.
    let all = |(spoiled, seen): (usize, usize)| assert!(spoiled > 10 && seen + 1 >= spoiled, "{seen} of {spoiled}");
    all(noticed(|t| middle(t).map(|i| t.packets[i].seq += 1).is_some()));
    all(noticed(|t| middle(t).map(|i| t.packets[i].len += 1).is_some()));
    all(noticed(|t| middle(t).map(|i| t.packets[i].fl.push('F')).is_some()));
    all(noticed(|t| {
        let i = t.app.iter().position(|a| a.ret == Some(0) && a.call == "close");
        i.map(|i| t.app[i].ret = Some(1)).is_some()
    }));
    all(noticed(|t| t.app.iter().position(|a| a.call == "exit").map(|i| t.app.remove(i)).is_some()));
    all(noticed(|t| {
        t.packets.iter_mut().filter(|p| p.f == "S").for_each(|p| p.t += 70.0);
        true
    }));
}

/// What the engine counts otherwise than the kernel did, and why.
fn excused(scenario: &str, counter: &str) -> bool {
    match (scenario, counter) {
        // Both sides' timers of one second meet: which side is first is chance, as the trace's head says.
        ("synack_lost", _) => true,
        // The corked bytes leave as a probe, which the kernel counts as data.
        ("cork_200ms", "TcpExtTCPOrigDataSent" | "TcpExtTCPWinProbe") => true,
        // How many ACKs a bulk transfer draws, and so how its last segments are cut, is a race of the reader.
        (
            "bulk_ack_every_2" | "autocork_nodelay",
            "TcpInSegs" | "TcpOutSegs" | "TcpExtTCPOrigDataSent" | "TcpExtTCPOFOQueue",
        ) => true,
        (_, _) => false,
    }
}

#[test]
fn counters_are_those_of_nstat() {
    let mut equal = 0;
    let mut failed = Vec::new();
    for name in names() {
        let trace = kernel(&name);
        let text = read(&folder("scenarios").join(format!("{name}.json")));
        let mut world = World::new(&Scenario::parse(&text).expect("a scenario"), 1).expect("a world");
        world.watch_sockets();
        world.run();
        for (side, letter) in [(0, "C"), (1, "S")] {
            let real = trace.counters.get(letter).cloned().unwrap_or_default();
            for (counter, n) in nstat::deltas(world.trace(), side, None, world.now()) {
                let line = format!("{counter} {n}");
                if real.contains(&line) {
                    equal += 1;
                } else if !excused(&name, counter) {
                    failed.push(format!("{name} {letter}: {line}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{equal} equal, but\n{}", failed.join("\n"));
    assert!(equal > 200, "{equal}");
}
