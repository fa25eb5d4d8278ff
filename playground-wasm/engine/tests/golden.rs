//! The engine against recorded traces of Linux 6.18 (`golden/README.md`): what is sent, what calls return, which states
//! sockets have, and when. Exact but for times, which have the kernel's own tolerances.

use std::collections::BTreeMap;
use std::path::Path;

use netsim::scenario::Scenario;
use netsim::view::golden;
use netsim::world::World;
use serde_json::Value;

fn simulate(text: &str) -> Value {
    let scenario = Scenario::parse(text).unwrap();
    let mut world = World::new(&scenario, 1).unwrap();
    world.run();
    serde_json::from_str(&golden::render(&world)).unwrap()
}

fn ms(v: &Value) -> f64 {
    v.as_f64().unwrap_or(0.0)
}

fn list(v: &Value) -> &[Value] {
    v.as_array().map_or(&[], Vec::as_slice)
}

/// Flags without PSH: where a burst is pushed depends on how the kernel cut it.
fn flags(p: &Value) -> String {
    p["fl"].as_str().unwrap_or("").replace('P', "")
}

/// What must agree of a packet.
fn key(p: &Value) -> String {
    let zero = p["win"] == 0 && !flags(p).contains('R');
    let sack = if p["sack"].is_null() { "[]".to_owned() } else { p["sack"].to_string() };
    format!("{} {}+{} ack {} sack {sack} drop {} zero {zero}", flags(p), p["seq"], p["len"], p["ack"], p["drop"] == 1)
}

fn connection(p: &Value) -> (i64, String) {
    (p["c"].as_i64().unwrap_or(0), p["f"].as_str().unwrap_or("").to_owned())
}

/// Packets of each connection and side, without pure ACKs if more than ten segments flow one way.
fn packets(trace: &Value) -> BTreeMap<(i64, String), Vec<Value>> {
    let all = list(&trace["packets"]);
    let mut seqs: BTreeMap<(i64, String), std::collections::BTreeSet<i64>> = BTreeMap::new();
    for p in all.iter().filter(|p| p["len"] != 0) {
        seqs.entry(connection(p)).or_default().insert(p["seq"].as_i64().unwrap());
    }
    let bulk = seqs.values().any(|s| s.len() > 10);
    let (mut out, mut next) = (BTreeMap::<_, Vec<Value>>::new(), BTreeMap::<_, i64>::new());
    for p in all {
        let seq = p["seq"].as_i64().unwrap();
        let expected = next.entry(connection(p)).or_default();
        let probe = seq < *expected;
        if !flags(p).contains('R') {
            let end = seq
                + p["len"].as_i64().unwrap()
                + i64::from(flags(p).contains('S'))
                + i64::from(flags(p).contains('F'));
            *expected = (*expected).max(end);
        }
        let pure = flags(p) == "." && p["len"] == 0 && !probe;
        if !(bulk && pure) {
            out.entry(connection(p)).or_default().push(p.clone());
        }
    }
    out
}

/// Timers of the kernel fire up to an eighth late; everything else is near.
fn near(kernel: f64, ours: f64) -> bool {
    (kernel - ours).abs() <= (0.125 * kernel.abs()).max(40.0)
}

fn compare_packets(name: &str, kernel: &Value, ours: &Value) {
    let until = kernel["head"]["stable"]["data_until"].as_f64().unwrap_or(f64::INFINITY);
    let end = ms(&kernel["head"]["end_ms"]);
    let (k, o) = (packets(kernel), packets(ours));
    for (conn, theirs) in &k {
        let mine = o.get(conn).map_or(&[][..], Vec::as_slice);
        for (i, p) in theirs.iter().enumerate() {
            if ms(&p["t"]) >= until || end - ms(&p["t"]) < 30.0 {
                break;
            }
            let Some(q) = mine.get(i) else { panic!("{name}: {conn:?}: no packet {}", key(p)) };
            assert_eq!(key(p), key(q), "{name}: {conn:?} at {} ms", p["t"]);
            assert!(near(ms(&p["t"]), ms(&q["t"])), "{name}: {conn:?}: {} at {} ms, kernel {}", key(p), q["t"], p["t"]);
        }
    }
}

/// Calls in order, consecutive reads of one socket joined: how many segments of a burst a reader finds is a race.
fn calls(trace: &Value, side: &str) -> Vec<String> {
    let mut out: Vec<(String, i64)> = Vec::new();
    for a in list(&trace["app"]).iter().filter(|a| a["f"] == side) {
        let ret = a["ret"].as_i64();
        let what = format!("{} {} {}", a["th"], a["call"], a["sock"]);
        match (a["call"].as_str(), ret) {
            (Some("recv"), Some(n)) if n > 0 => match out.last_mut() {
                Some((last, sum)) if *last == what => *sum += n,
                _ => out.push((what, n)),
            },
            (Some("ss"), _) => {
                let mut rows: Vec<String> =
                    list(&a["rows"]).iter().map(|r| format!("{} {}", r["c"], r["st"])).collect();
                rows.sort();
                out.push((format!("ss {rows:?}"), 0));
            }
            _ => out.push((format!("{what} {}", a["err"]), ret.unwrap_or(-1))),
        }
    }
    out.into_iter().map(|(w, n)| format!("{w} = {n}")).collect()
}

#[test]
fn every_recorded_trace_is_reproduced() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .filter_map(|e| e.unwrap().file_name().to_str()?.strip_suffix(".scenario.json").map(str::to_owned))
        .collect();
    names.sort();
    assert_eq!(names.len(), 29);
    for name in names {
        let kernel = std::fs::read_to_string(folder.join(format!("{name}.trace.json"))).unwrap();
        let kernel: Value = serde_json::from_str(&kernel).unwrap();
        let ours = simulate(&std::fs::read_to_string(folder.join(format!("{name}.scenario.json"))).unwrap());
        compare_packets(&name, &kernel, &ours);
        for side in ["C", "S"] {
            assert_eq!(calls(&kernel, side), calls(&ours, side), "{name}: calls of {side}");
        }
    }
}
