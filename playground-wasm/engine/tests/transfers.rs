//! What must hold whatever happens, under seeds: bytes in are bytes out, sequence numbers wrap, time does not run
//! backwards, the same seed gives the same trace, and no file makes the reader panic.

use netsim::link::{Kind, Lane};
use netsim::rng::Rng;
use netsim::scenario::Scenario;
use netsim::tcp::congestion::Algorithm;
use netsim::time::{SimTime, Span};
use netsim::trace::{CallName, What};
use netsim::view::golden;
use netsim::world::World;

fn transfer(bytes: u64, delay: u64, opts: &str) -> Scenario {
    let text = format!(
        r#"{{"name": "t", "delay_ms": {delay}, "limit_ms": 80000000,
            "client": [{{"op": "connect", "opts": {opts}}}, {{"op": "send", "n": {bytes}}}, {{"op": "shutdown", "how": "WR"}},
                       {{"op": "recv"}}, {{"op": "close"}}],
            "server": [{{"op": "listen", "opts": {opts}}}, {{"op": "accept"}}, {{"op": "drain"}}, {{"op": "close"}}]}}"#
    );
    Scenario::parse(&text).unwrap()
}

/// Bytes that a side's reads returned.
fn read(world: &World, host: usize) -> i64 {
    world
        .trace()
        .iter()
        .filter(|f| f.host == host)
        .filter_map(|f| match &f.what {
            What::Call(c) if c.call == CallName::Recv => c.result?.ok(),
            _ => None,
        })
        .sum()
}

#[test]
fn bytes_in_are_bytes_out_under_any_loss() {
    for seed in 0..150 {
        let mut rng = Rng::new(seed, 99);
        let bytes = rng.below(120_000) + 1;
        let mut scenario = transfer(bytes, rng.below(80) + 1, "{}");
        let chance = |rng: &mut Rng, most: u64| rng.below(most) as u32;
        for lane in &mut scenario.lanes {
            let delay = lane.delay;
            *lane = Lane {
                delay,
                loss: chance(&mut rng, 300_000),
                duplicate: chance(&mut rng, 50_000),
                reorder: (chance(&mut rng, 200_000), Span::millis(rng.below(60))),
                ..Lane::default()
            };
        }
        // With and without the options that recovery is made of.
        for sys in &mut scenario.sysctls {
            sys.sack = i64::from(rng.chance(700_000));
            sys.timestamps = i64::from(rng.chance(700_000));
            sys.window_scaling = i64::from(rng.chance(800_000));
            sys.mtu_probing = rng.below(3) as i64;
            sys.early_retrans = 3 * i64::from(rng.chance(800_000));
            sys.frto = 2 * i64::from(rng.chance(800_000));
            // Without timestamps a back-off lasts long (Karn); the program is patient.
            sys.retries2 = 100;
            if rng.chance(300_000) {
                sys.congestion = Algorithm::Reno;
            }
        }
        let mut world = World::new(&scenario, seed).unwrap();
        world.run();
        assert_eq!(read(&world, 1), bytes as i64, "seed {seed}");
    }
}

#[test]
fn small_buffers_only_make_it_slow() {
    for (i, opts) in
        [r#"{"rcvbuf": 2304}"#, r#"{"sndbuf": 2304}"#, r#"{"rcvbuf": 4096, "sndbuf": 4608}"#].iter().enumerate()
    {
        let mut world = World::new(&transfer(50_000, 5, opts), i as u64).unwrap();
        world.run();
        assert_eq!(read(&world, 1), 50_000, "{opts}");
    }
}

#[test]
fn sequence_numbers_wrap() {
    // A seed whose client starts so high that 3 MB pass the end of the sequence space.
    let scenario = transfer(3_000_000, 1, "{}");
    let mut wrapped = 0;
    for seed in 0..20_000 {
        let mut world = World::new(&scenario, seed).unwrap();
        world.run_until(SimTime::from_micros(30_000));
        let high = world.trace().iter().any(|f| match &f.what {
            What::Sent { segment, .. } => f.host == 0 && segment.seq.0 > u32::MAX - 2_500_000,
            _ => false,
        });
        if high {
            world.run();
            assert_eq!(read(&world, 1), 3_000_000, "seed {seed}");
            wrapped += 1;
            if wrapped == 3 {
                return;
            }
        }
    }
    panic!("only {wrapped} seeds begin so high");
}

#[test]
fn the_same_seed_gives_the_same_trace_and_time_does_not_run_back() {
    for seed in [1, 7, 4_242] {
        let mut scenario = transfer(60_000, 20, "{}");
        scenario.lanes[0].loss = 50_000;
        let run = || {
            let mut world = World::new(&scenario, seed).unwrap();
            world.run();
            assert!(world.trace().windows(2).all(|w| w[0].at <= w[1].at));
            golden::render(&world)
        };
        assert_eq!(run(), run());
    }
}

#[test]
fn running_in_steps_is_running_at_once() {
    let mut scenario = transfer(60_000, 20, "{}");
    scenario.lanes[0].loss = 50_000;
    let mut whole = World::new(&scenario, 3).unwrap();
    whole.run();
    let mut steps = World::new(&scenario, 3).unwrap();
    while let Some(at) = steps.next_at() {
        assert!(at >= steps.now(), "a timer in the past");
        steps.run_until(at);
    }
    assert_eq!(golden::render(&whole), golden::render(&steps));
}

#[test]
fn no_file_makes_the_reader_panic() {
    let good =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/scenarios/accept_q_abort.json"))
            .unwrap();
    let mut rng = Rng::new(5, 5);
    for _ in 0..2_000 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..rng.below(6) + 1 {
            let at = rng.below(bytes.len().max(1) as u64) as usize;
            if bytes.is_empty() {
                break;
            }
            match rng.below(3) {
                0 => bytes[at] = b"{}[]\",:0129ax-"[rng.below(14) as usize],
                1 => {
                    bytes.remove(at);
                }
                _ => bytes.truncate(at.max(1)),
            }
        }
        let Ok(text) = String::from_utf8(bytes) else { continue };
        if let Ok(scenario) = Scenario::parse(&text) {
            let mut world = World::new(&scenario, 1).unwrap();
            world.run_until(SimTime::from_micros(30_000_000));
        }
    }
}

#[test]
fn a_scenario_that_makes_no_sense_is_refused_by_field() {
    let refused = |text: &str| Scenario::parse(text).unwrap_err().field;
    let with = |what: &str| format!(r#"{{"name": "x", "delay_ms": 1, "client": [], "server": []{what}}}"#);
    assert_eq!(refused(&with(r#", "mtu": 5"#)), "mtu");
    assert_eq!(refused(&with(r#", "sysctl": {"net.ipv4.tcp_sak": 0}"#)), "sysctl.net.ipv4.tcp_sak");
    assert_eq!(refused(&with(r#", "sysctl": {"net.ipv4.tcp_sack": {"X": 0}}"#)), "sysctl.net.ipv4.tcp_sack.X");
    assert_eq!(refused(&with(r#", "rules": [{"what": "syns"}]"#)), "rules[0].what");
    let client = |steps: &str| format!(r#"{{"name": "x", "delay_ms": 1, "client": [{steps}], "server": []}}"#);
    assert_eq!(refused(&client(r#"{"op": "fly"}"#)), "client[0].op");
    assert_eq!(refused(&client(r#"{"op": "send"}"#)), "client[0].n");
    assert_eq!(refused(&client(r#"{"op": "close", "now": 1}"#)), "client[0].now");
    assert_eq!(refused(&client(r#"{"op": "connect", "opts": {"nodelya": 1}}"#)), "client[0].opts.nodelya");
    assert_eq!(
        refused(&client(r#"{"op": "repeat", "times": 2, "steps": [{"op": "sleep"}]}"#)),
        "client[0].steps[0].ms"
    );
}

#[test]
fn limits_stop_a_run_and_say_so() {
    // A loop whose calls never wait and never come up short.
    let text = r#"{"name": "x", "delay_ms": 1, "client": [], "server": [{"op": "listen"}, {"op": "loop", "steps": [{"op": "ss"}]}]}"#;
    let mut world = World::new(&Scenario::parse(text).unwrap(), 1).unwrap();
    world.run();
    assert!(world.trace().iter().any(|f| matches!(f.what, What::Stopped { .. })));
}

#[test]
fn kinds_are_told_apart() {
    use netsim::tcp::segment::{Flags, Segment};
    let kind = |flags, len| Kind::of(&Segment { flags, len, ..Segment::default() });
    assert_eq!(kind(Flags::SYN, 0), Kind::Syn);
    assert_eq!(kind(Flags::SYN | Flags::ACK, 0), Kind::SynAck);
    assert_eq!(kind(Flags::FIN | Flags::ACK, 10), Kind::Fin);
    assert_eq!(kind(Flags::ACK, 10), Kind::Data);
    assert_eq!(kind(Flags::ACK, 0), Kind::Ack);
    assert_eq!(kind(Flags::RST | Flags::ACK, 0), Kind::Rst);
}

/// Plays a scenario whose fields beside name and delay are given.
fn play(fields: &str) -> World {
    let text = format!(r#"{{"name": "x", "delay_ms": 20, {fields}}}"#);
    let mut world = World::new(&Scenario::parse(&text).unwrap(), 1).unwrap();
    world.run();
    world
}

/// How many segments host 0 or 1 sent of which that is true.
fn sent(world: &World, host: usize, is: impl Fn(&netsim::tcp::segment::Segment) -> bool) -> usize {
    let of = |f: &&netsim::trace::Fact| f.host == host && matches!(&f.what, What::Sent { segment, .. } if is(segment));
    world.trace().iter().filter(of).count()
}

#[test]
fn hostile_scenarios_come_to_an_end() {
    let udp = r#""server": [{"op": "bind", "sock": "u", "port": 9}, {"op": "sleep", "ms": 1000}]"#;
    let many = r#"{"op": "repeat", "times": 3, "steps": [{"op": "repeat", "times": 6000, "steps":
        [{"op": "sendto", "sock": "u", "n": 1, "port": 9}]}, {"op": "sleep", "ms": 1}]}"#;
    for fields in [
        // Nothing, a million times a million times.
        r#""client": [{"op": "repeat", "times": 1000000, "steps": [{"op": "repeat", "times": 1000000, "steps": []}]}],
            "server": [{"op": "listen"}]"#
            .to_string(),
        // A free port among thousands of taken ones.
        r#""client": [], "server": [{"op": "repeat", "times": 5000, "steps": [{"op": "bind", "sock": "a"}]}]"#.to_string(),
        // A queue that never empties, a rule with a long list.
        format!(r#""rate_kbit": 1, "client": [{{"op": "bind", "sock": "u"}}, {many}], {udp}"#),
        format!(r#""rules": [{{"nth": [{}1]}}], "client": [{{"op": "bind", "sock": "u"}}, {many}], {udp}"#, "9,".repeat(50_000)),
        // Rows upon rows.
        r#""client": [], "server": [{"op": "repeat", "times": 3000, "steps": [{"op": "listen", "opts": {"reuseport": 1}}]},
            {"op": "repeat", "times": 90000, "steps": [{"op": "ss"}]}]"#
            .to_string(),
        // Thousands of sockets to look through for each datagram.
        format!(r#""client": [{{"op": "bind", "sock": "u"}}, {many}], "server": [{{"op": "repeat", "times": 6000, "steps":
            [{{"op": "bind", "sock": "a", "port": 9, "opts": {{"reuseport": 1}}}}]}}, {{"op": "sleep", "ms": 1000}}]"#),
    ] {
        let world = play(&fields);
        assert!(world.end().is_some(), "{fields}");
    }
}

#[test]
fn a_send_that_does_not_wait_holds_no_ack_back() {
    // Linux 6.18.44: only a writer asleep in `sk_stream_wait_connect` makes the handshake's last ACK a delayed one.
    let world = play(
        r#""client": [{"op": "connect", "opts": {"nonblock": 1}}, {"op": "send", "n": 10}, {"op": "sleep", "ms": 500}],
            "server": [{"op": "listen"}, {"op": "accept"}, {"op": "sleep", "ms": 100}]"#,
    );
    let ack = world.trace().iter().find(|f| {
        f.host == 0 && matches!(&f.what, What::Sent { segment, .. } if !segment.has(netsim::tcp::segment::Flags::SYN))
    });
    let first = world.first_packet().unwrap();
    assert!(ack.unwrap().at.since(first) < Span::millis(45));
}

#[test]
fn a_syn_queue_holds_backlog_plus_one() {
    // `inet_csk_reqsk_queue_is_full`; seen on Linux 6.18.44 with backlogs of 1 and 3.
    use netsim::tcp::segment::Flags;
    for backlog in [0, 1, 3] {
        let connect = r#"{"op": "connect", "opts": {"nonblock": 1}},"#.repeat(backlog + 3);
        let world = play(&format!(
            r#""sysctl": {{"net.ipv4.tcp_syncookies": 0}}, "limit_ms": 500, "client": [{connect} {{"op": "sleep", "ms": 400}}],
            "server": [{{"op": "listen", "backlog": {backlog}}}, {{"op": "sleep", "ms": 400}}]"#
        ));
        assert_eq!(sent(&world, 1, |s| s.has(Flags::SYN)), backlog + 1);
    }
}

#[test]
fn rack_does_not_take_for_lost_again_what_was_undone() {
    // Two segments are overtaken by a third; the first goes again, and its original's ACK undoes that. Linux 6.18.44 sends
    // the second no second time (TcpRetransSegs 1, TCPPartialUndo 1).
    let world = play(
        r#""rules": [{"dir": "C", "what": "data", "nth": [1, 2], "extra_ms": 35}],
            "client": [{"op": "connect"}, {"op": "sleep", "ms": 200.5}, {"op": "send", "n": 4344}, {"op": "sleep", "ms": 900.5}],
            "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}, {"op": "close"}]"#,
    );
    assert_eq!(sent(&world, 0, |s| s.len > 0), 4);
}
