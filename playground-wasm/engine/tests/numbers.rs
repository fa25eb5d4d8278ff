//! Every number that a page quotes, with its source.

use netsim::scenario::Scenario;
use netsim::tcp::segment::{Flags, Segment};
use netsim::trace::{CallName, What};
use netsim::world::World;

fn run(text: &str) -> World {
    let mut world = World::new(&Scenario::parse(text).unwrap(), 1).unwrap();
    world.run();
    world
}

/// Milliseconds from the first packet at which a host sent segments like these.
fn sent(world: &World, host: usize, like: impl Fn(&Segment) -> bool) -> Vec<f64> {
    let zero = world.first_packet().unwrap();
    world
        .trace()
        .iter()
        .filter(|f| f.host == host)
        .filter_map(|f| match &f.what {
            What::Sent { segment, .. } if like(segment) => Some(f.at.since(zero).as_micros() as f64 / 1e3),
            _ => None,
        })
        .collect()
}

/// How long the first call of that name blocked, ms, and its error.
fn blocked(world: &World, host: usize, call: CallName) -> (f64, Option<&'static str>) {
    world
        .trace()
        .iter()
        .filter(|f| f.host == host)
        .find_map(|f| match &f.what {
            What::Call(c) if c.call == call => {
                Some((c.took.as_micros() as f64 / 1e3, c.result.and_then(|r| r.err()).map(|e| e.name())))
            }
            _ => None,
        })
        .unwrap()
}

fn assert_near(got: &[f64], want: &[f64], share: f64) {
    assert_eq!(got.len(), want.len(), "{got:?}");
    for (g, w) in got.iter().zip(want) {
        assert!((g - w).abs() <= (w * share).max(3.0), "{got:?} is not {want:?}");
    }
}

#[test]
fn syns_at_0_1_2_3_4_5_7_11_19_35_69_s_and_timeout_at_134_6_s() {
    // Measured on Linux 6.18: tcp_syn_linear_timeouts=4 since 6.5, tcp_syn_retries=6.
    let w = run(r#"{"name": "x", "delay_ms": 25, "limit_ms": 200000, "rules": [{"what": "syn"}],
        "client": [{"op": "connect"}], "server": [{"op": "listen"}, {"op": "sleep", "ms": 190000}]}"#);
    let at = sent(&w, 0, |s| s.has(Flags::SYN));
    assert_near(&at, &[0.0, 1e3, 2e3, 3e3, 4e3, 5e3, 7e3, 11e3, 19.4e3, 35.5e3, 69e3], 0.05);
    let (ms, error) = blocked(&w, 0, CallName::Connect);
    assert_eq!(error, Some("ETIMEDOUT"));
    assert!((ms - 134_600.0).abs() < 134_600.0 * 0.02, "{ms}");
}

#[test]
fn the_stall_of_nagle_and_delayed_ack_is_40_ms() {
    // Measured on Linux 6.18: write-write-read at RTT 1 ms: 2.7 ms the first time, then 44 ms; with NODELAY none.
    let text = |opts: &str| {
        format!(
            r#"{{"name": "x", "delay_ms": 0.5, "client": [{{"op": "connect", "opts": {opts}}}, {{"op": "repeat", "times": 4, "steps": [
                {{"op": "send", "n": 20}}, {{"op": "send", "n": 80}}, {{"op": "recvn", "n": 100}}]}}, {{"op": "close"}}],
            "server": [{{"op": "listen"}}, {{"op": "accept"}}, {{"op": "loop", "steps": [{{"op": "recvn", "n": 100}}, {{"op": "send", "n": 100}}]}}]}}"#
        )
    };
    let waits = |opts: &str| -> Vec<f64> {
        run(&text(opts))
            .trace()
            .iter()
            .filter_map(|f| match &f.what {
                What::Call(c) if f.host == 0 && c.call == CallName::Recv => Some(c.took.as_micros() as f64 / 1e3),
                _ => None,
            })
            .collect()
    };
    let nagle = waits("{}");
    assert!(nagle[0] < 5.0, "{nagle:?}");
    assert!(nagle[1..].iter().all(|w| (40.0..=46.0).contains(w)), "{nagle:?}");
    assert!(waits(r#"{"nodelay": 1}"#).iter().all(|w| *w < 5.0));
}

#[test]
fn the_accept_queue_holds_one_more_than_backlog() {
    // Measured on Linux 6.18: listen(1) holds 2; the next SYN is dropped without a word.
    for backlog in [0, 1, 3] {
        let connects: Vec<String> = (0..6)
            .map(|i| {
                format!(
                    r#"{{"op": "connect", "sock": "c{i}", "opts": {{"nonblock": 1}}}}, {{"op": "sleep", "ms": 100}}"#
                )
            })
            .collect();
        let w = run(&format!(
            r#"{{"name": "x", "delay_ms": 10, "limit_ms": 900, "client": [{}],
                "server": [{{"op": "listen", "backlog": {backlog}}}, {{"op": "sleep", "ms": 800}}, {{"op": "ss"}}]}}"#,
            connects.join(",")
        ));
        let waiting = w.trace().iter().find_map(|f| match &f.what {
            What::Call(c) if c.call == CallName::Ss => Some(c.rows[0].recv_q),
            _ => None,
        });
        assert_eq!(waiting, Some(backlog + 1));
        assert_eq!(w.hosts()[1].stats.iter().find(|s| s.0 == "TcpPassiveOpens").unwrap().1, u64::from(backlog) + 1);
    }
}

#[test]
fn time_wait_is_60_s_whatever_tcp_fin_timeout_says() {
    // TCP_TIMEWAIT_LEN, include/net/tcp.h; measured with tcp_fin_timeout=2: `ss` shows 59 s.
    let w = run(r#"{"name": "x", "delay_ms": 5, "limit_ms": 90000, "sysctl": {"net.ipv4.tcp_fin_timeout": 2},
        "client": [{"op": "connect"}, {"op": "close"}, {"op": "sleep", "ms": 1000}, {"op": "ss"}, {"op": "sleep", "ms": 57000}, {"op": "ss"},
                   {"op": "sleep", "ms": 4500}, {"op": "ss"}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "recv"}, {"op": "close"}]}"#);
    let states: Vec<Vec<(&str, u64)>> = w
        .trace()
        .iter()
        .filter_map(|f| match &f.what {
            What::Call(c) if c.call == CallName::Ss => {
                Some(c.rows.iter().map(|r| (r.state, r.timer.map_or(0, |t| t.1))).collect())
            }
            _ => None,
        })
        .collect();
    assert_eq!(states[0].len(), 1);
    assert!(states[0][0].0 == "TIME-WAIT" && (58_000..=60_000).contains(&states[0][0].1), "{states:?}");
    assert_eq!(states[1].len(), 1);
    assert_eq!(states[2], []);
}

#[test]
fn the_first_windows_are_64240_and_65160() {
    // Measured on Linux 6.18: tcp_rmem 131072, MSS 1460, timestamps.
    let w = run(
        r#"{"name": "x", "delay_ms": 5, "client": [{"op": "connect"}], "server": [{"op": "listen"}, {"op": "accept"}]}"#,
    );
    let syns: Vec<(u16, Option<u8>, Option<u16>)> = w
        .trace()
        .iter()
        .filter_map(|f| match &f.what {
            What::Sent { segment: s, .. } if s.has(Flags::SYN) => Some((s.window, s.options.wscale, s.options.mss)),
            _ => None,
        })
        .collect();
    assert_eq!(syns, [(64_240, Some(7), Some(1460)), (65_160, Some(7), Some(1460))]);
}

#[test]
fn ten_segments_leave_at_once() {
    // RFC 6928; 1448 bytes each with timestamps.
    let w = run(
        r#"{"name": "x", "delay_ms": 50, "client": [{"op": "connect"}, {"op": "send", "n": 30000}, {"op": "close"}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]}"#,
    );
    let first = sent(&w, 0, |s| s.len == 1448);
    assert_eq!(first.iter().filter(|t| **t < first[0] + 10.0).count(), 10);
}

#[test]
fn a_black_hole_answers_with_two_equal_gaps_then_doubles() {
    // Measured on Linux 6.18, RTT 50 ms: 273, 256, 512, 1024, 2048 ms: a tail loss probe, then the RTO backs off.
    let w = run(r#"{"name": "x", "delay_ms": 25, "limit_ms": 6000, "rules": [{"after_ms": 200}],
        "client": [{"op": "connect"}, {"op": "sleep", "ms": 300}, {"op": "send", "n": 100}, {"op": "recv"}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "recv"}]}"#);
    let at = sent(&w, 0, |s| s.len == 100);
    let gaps: Vec<f64> = at.windows(2).map(|w| w[1] - w[0]).collect();
    assert_near(&gaps[..5], &[273.0, 256.0, 512.0, 1024.0, 2048.0], 0.125);
}

#[test]
fn a_corked_rest_leaves_after_one_rto() {
    // Measured on Linux 6.18, RTT 50 ms: 257 ms, not 200.
    let w = run(
        r#"{"name": "x", "delay_ms": 25, "client": [{"op": "connect", "opts": {"cork": 1}}, {"op": "sleep", "ms": 100},
        {"op": "send", "n": 40}, {"op": "sleep", "ms": 500}], "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]}"#,
    );
    let at = sent(&w, 0, |s| s.len == 40);
    assert_near(&at, &[150.0 + 257.0], 0.1);
}

#[test]
fn keepalive_2_1_3_gives_up_after_5_s() {
    // Measured on Linux 6.18: probes 2.0, 3.0, 4.1 s after the last segment, RST and ETIMEDOUT at 5.07 s.
    let w = run(r#"{"name": "x", "delay_ms": 25, "limit_ms": 9000, "rules": [{"after_ms": 500}],
        "client": [{"op": "connect", "opts": {"keepalive": [2, 1, 3]}}, {"op": "recv"}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "recv"}]}"#);
    let probes = sent(&w, 0, |s| s.len == 0 && s.flags == Flags::ACK);
    assert_near(&probes[1..], &[2_050.0, 3_050.0, 4_100.0], 0.1);
    assert_eq!(sent(&w, 0, |s| s.has(Flags::RST)).len(), 1);
    assert_eq!(blocked(&w, 0, CallName::Recv).1, Some("ETIMEDOUT"));
}
