//! What holds for every scenario and seed: all bytes arrive in order, the same seed gives the same trace, time never
//! goes back, nothing panics, and a scenario that makes no sense is refused with the place of the mistake.
//!
//! Own seeded loops instead of a crate: the engine's generator is at hand, and a failure names its seed. More with
//! `NETSIM_CASES=10000`.

use netsim::rng::Rng;
use netsim::scenario::Scenario;
use netsim::time::{SimTime, Span};
use netsim::trace::{CallName, Fact, What};
use netsim::view::{buffers, conntrack, golden, nstat, pcapng, ss_text, strace, tcpdump};
use netsim::world::World;

/// How many seeds each property tries.
fn cases(usual: u64) -> u64 {
    std::env::var("NETSIM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(usual)
}

/// A number from `least` to `most`.
fn among(rng: &mut Rng, least: u64, most: u64) -> u64 {
    least + rng.below(most - least + 1)
}

fn pick<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.below(of.len() as u64) as usize]
}

/// A transfer of several writes over a bad link; both sides end properly.
fn transfer(rng: &mut Rng) -> (Scenario, u64) {
    let sizes: Vec<u64> = (0..among(rng, 1, 8)).map(|_| among(rng, 1, 30_000)).collect();
    let sends: Vec<String> = sizes
        .iter()
        .map(|n| {
            let pause = among(rng, 0, 40);
            format!(r#"{{"op": "send", "n": {n}}}, {{"op": "sleep", "ms": {pause}}}"#)
        })
        .collect();
    let opts = pick(
        rng,
        &[
            "{}",
            r#"{"nodelay": 1}"#,
            r#"{"cork": 1}"#,
            r#"{"quickack": 1}"#,
            r#"{"sndbuf": 8000}"#,
            r#"{"maxseg": 600}"#,
        ],
    );
    let listen = pick(rng, &["{}", r#"{"rcvbuf": 4096}"#, r#"{"rcvbuf": 20000}"#, r#"{"quickack": 1}"#]);
    let sysctl = pick(
        rng,
        &[
            "",
            r#""net.ipv4.tcp_sack": 0"#,
            r#""net.ipv4.tcp_timestamps": 0"#,
            r#""net.ipv4.tcp_window_scaling": 0"#,
            r#""net.ipv4.tcp_recovery": 0"#,
            r#""net.ipv4.tcp_mtu_probing": 2"#,
            r#""net.ipv4.tcp_congestion_control": "reno""#,
            r#""net.ipv4.tcp_early_retrans": 0"#,
        ],
    );
    let text = format!(
        r#"{{"name": "any", "delay_ms": {}, "mtu": {}, "limit_ms": 86000000, "sysctl": {{{sysctl}}},
        "client": [{{"op": "connect", "opts": {opts}}}, {}, {{"op": "shutdown", "how": "WR"}}, {{"op": "drain"}}],
        "server": [{{"op": "listen", "opts": {listen}}}, {{"op": "accept"}}, {{"op": "drain", "n": {}}}]}}"#,
        among(rng, 0, 200),
        among(rng, 300, 9_000),
        sends.join(", "),
        pick(rng, &["1", "100", "65536"]).parse::<u64>().expect("a number").max(if sizes.iter().sum::<u64>() > 5_000 {
            100
        } else {
            1
        }),
    );
    let mut scenario = Scenario::parse(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    for lane in &mut scenario.lanes {
        lane.loss = among(rng, 0, 200_000) as u32;
        lane.duplicate = among(rng, 0, 100_000) as u32;
        lane.reorder = (among(rng, 0, 200_000) as u32, Span::millis(among(rng, 0, 60)));
    }
    (scenario, sizes.iter().sum())
}

fn ran(scenario: &Scenario, seed: u64) -> World {
    let mut world = World::new(scenario, seed).expect("a world");
    world.run();
    world
}

/// Bytes that calls of that name moved.
fn moved(trace: &[Fact], host: usize, call: CallName) -> i64 {
    let of = |f: &Fact| match &f.what {
        What::Call(c) if f.host == host && c.call == call => c.result.and_then(Result::ok).unwrap_or(0),
        _ => 0,
    };
    trace.iter().map(of).sum()
}

#[test]
fn what_is_written_is_read_whatever_the_link_does() {
    let mut finished = 0;
    let cases = cases(120);
    for seed in 0..cases {
        let (scenario, total) = transfer(&mut Rng::new(seed, 99));
        let world = ran(&scenario, seed);
        let trace = world.trace();
        let (sent, read) = (moved(trace, 0, CallName::Send), moved(trace, 1, CallName::Recv));
        let failed = trace.iter().any(|f| matches!(&f.what, What::Call(c) if matches!(c.result, Some(Err(_)))));
        if failed {
            // A connection may give up under so much loss; what was read then is a part of what was written.
            assert!(read <= sent, "seed {seed}: {read} of {sent}");
            continue;
        }
        assert_eq!((sent, read), (total as i64, total as i64), "seed {seed}");
        finished += 1;
    }
    assert!(finished * 10 >= cases * 9, "{finished} of {cases}");
}

#[test]
fn time_never_goes_back_and_packets_arrive_after_they_left() {
    for seed in 0..cases(60) {
        let (scenario, _) = transfer(&mut Rng::new(seed, 98));
        let mut world = World::new(&scenario, seed).expect("a world");
        let mut now = SimTime::ZERO;
        while let Some(next) = world.next_at() {
            assert!(next >= now, "seed {seed}: a timer in the past");
            now = next;
            world.run_until(now);
            assert!(world.now() == now, "seed {seed}");
        }
        let mut left = std::collections::BTreeMap::new();
        let mut before = SimTime::ZERO;
        for f in world.trace() {
            assert!(f.at >= before, "seed {seed}: {f:?} after {before:?}");
            before = f.at;
            match &f.what {
                What::Sent { packet, .. } => assert!(left.insert(*packet, f.at).is_none()),
                What::Arrived { packet } => assert!(left.get(packet).is_some_and(|t| *t <= f.at), "seed {seed}"),
                _ => {}
            }
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_trace_however_it_is_stepped() {
    for seed in 0..cases(20) {
        let (scenario, _) = transfer(&mut Rng::new(seed, 97));
        let one = golden::render(&ran(&scenario, seed));
        let mut stepped = World::new(&scenario, seed).expect("a world");
        let mut t = SimTime::ZERO;
        while stepped.next_at().is_some() {
            t = t + Span::micros(7_777);
            stepped.run_until(t.max(stepped.next_at().unwrap_or(t)));
        }
        let end = stepped.end().unwrap_or(t);
        stepped.run_until(end);
        assert!(one == golden::render(&stepped), "seed {seed}");
        let mut watched = World::new(&scenario, seed).expect("a world");
        watched.watch_sockets();
        watched.run();
        assert!(one == golden::render(&watched), "seed {seed}: watching changed something");
    }
}

#[test]
fn another_seed_gives_other_sequence_numbers_and_the_same_trace_without_chance() {
    let text = include_str!("golden/scenarios/fast_retransmit.json");
    let scenario = Scenario::parse(text).expect("a scenario");
    let first = golden::render(&ran(&scenario, 1));
    for seed in 2..10 {
        assert_eq!(first, golden::render(&ran(&scenario, seed)), "seed {seed}");
    }
}

#[test]
fn sequence_numbers_may_wrap() {
    // Seeds whose client starts within 900,000 bytes of 2^32, found by looking at the first SYN.
    let mut wrapped = 0;
    let text = r#"{"name": "wrap", "delay_ms": 10, "rules": [{"dir": "C", "what": "data", "nth": [3, 20, 21, 60]}],
        "client": [{"op": "connect"}, {"op": "send", "n": 1000000}, {"op": "shutdown", "how": "WR"}, {"op": "drain"}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]}"#;
    let scenario = Scenario::parse(text).expect("a scenario");
    let reference = golden::render(&ran(&scenario, 0));
    for seed in 0.. {
        let mut world = World::new(&scenario, seed).expect("a world");
        world.run_until(SimTime::from_micros(20_000));
        let isn = world.trace().iter().find_map(|f| match &f.what {
            What::Sent { segment, .. } => Some(segment.seq.0),
            _ => None,
        });
        if isn.is_none_or(|i| i < u32::MAX - 900_000) {
            continue;
        }
        world.run();
        assert_eq!(moved(world.trace(), 1, CallName::Recv), 1_000_000, "seed {seed}");
        assert!(golden::render(&world) == reference, "seed {seed}: the wrap changed something");
        wrapped += 1;
        if wrapped == 3 {
            break;
        }
    }
}

#[test]
fn views_hold_at_every_time() {
    for seed in 0..cases(12) {
        let (scenario, _) = transfer(&mut Rng::new(seed, 96));
        let mut world = World::new(&scenario, seed).expect("a world");
        world.watch_sockets();
        world.run();
        let (trace, end) = (world.trace(), world.now().as_micros());
        for part in 0..=4 {
            let t = SimTime::from_micros(end / 4 * part);
            for side in [0, 1] {
                let full = tcpdump::render(trace, side, world.now(), tcpdump::Numbers::Relative);
                assert!(full.starts_with(&tcpdump::render(trace, side, t, tcpdump::Numbers::Relative)), "seed {seed}");
                let file = pcapng::render(trace, side, world.now());
                assert!(file.starts_with(&pcapng::render(trace, side, t)), "seed {seed}");
                strace::render(trace, side, t);
                ss_text::render(trace, side, t);
                conntrack::render(trace, side, t);
                buffers::render(trace, side, t);
                nstat::render(trace, side, None, t);
            }
        }
    }
}

#[test]
fn a_scenario_without_sense_is_refused_with_the_place_of_the_mistake() {
    let table = include_str!("refused/table.txt");
    let mut n = 0;
    for line in table.lines().filter(|l| !l.is_empty() && !l.starts_with('#')) {
        let (field, text) = line.split_once(" | ").expect("a field and a scenario");
        let text = text
            .replace("$ok", r#""name": "x", "delay_ms": 1"#)
            .replace("$c", r#""client": [], "server": [{"op": "listen"}]"#);
        match Scenario::parse(&text) {
            Ok(_) => panic!("accepted: {text}"),
            Err(e) => assert_eq!(e.field, field, "{e}: {text}"),
        }
        n += 1;
    }
    assert!(n >= 30, "{n}");
}

/// The function of a fuzz target: whatever the bytes, reading ends with a scenario or a refusal, and a scenario runs
/// to its end or to a limit.
fn fuzz_scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let Ok(scenario) = Scenario::parse(text) else { return };
    let Ok(mut world) = World::new(&scenario, 1) else { return };
    for _ in 0..20_000 {
        let Some(next) = world.next_at() else { return };
        world.run_until(next);
    }
}

#[test]
fn spoiled_scenarios_are_refused_or_run() {
    let seeds = [
        include_str!("golden/scenarios/accept_q_abort.json"),
        include_str!("golden/scenarios/keepalive_dead.json"),
        include_str!("golden/scenarios/pmtu_blackhole_probing.json"),
        include_str!("golden/scenarios/wwr_quickack.json"),
    ];
    let words = ["0", "-1", "1e9", "4294967296", "null", "[]", "{}", "\"C\"", "true", "0.0001", "99999", "\"\""];
    for case in 0..cases(1_500) {
        let mut rng = Rng::new(case, 95);
        let mut text = pick(&mut rng, &seeds).as_bytes().to_vec();
        for _ in 0..among(&mut rng, 1, 3) {
            if rng.chance(500_000) {
                // A number becomes something else.
                let digits: Vec<usize> = (0..text.len()).filter(|i| text[*i].is_ascii_digit()).collect();
                if let Some(at) = digits.get(rng.below(digits.len() as u64) as usize) {
                    let end = (*at..text.len()).find(|i| !text[*i].is_ascii_digit()).unwrap_or(text.len());
                    text.splice(*at..end, pick(&mut rng, &words).bytes());
                }
            } else {
                let at = rng.below(text.len() as u64) as usize;
                text[at] = among(&mut rng, 32, 126) as u8;
            }
        }
        fuzz_scenario(&text);
    }
}
