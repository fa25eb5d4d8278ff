//! Random networks: nothing panics, every view can be asked of every host, what arrives has left, and datagrams are
//! neither made nor broken on the way. More with `NETSIM_CASES=10000`.

use std::collections::BTreeSet;

use netsim::rng::Rng;
use netsim::scenario::Scenario;
use netsim::trace::{CallName, What};
use netsim::view::packets::Device;
use netsim::view::tcpdump::Numbers;
use netsim::view::{buffers, conntrack, golden, neigh, nstat, pcapng, ss_text, strace, tcpdump};
use netsim::world::World;

use super::{counter, results};

fn pick<'a>(rng: &mut Rng, of: &[&'a str]) -> &'a str {
    of[rng.below(of.len() as u64) as usize]
}

fn scenario(rng: &mut Rng) -> String {
    let links = [
        "",
        r#""loss_percent": 10,"#,
        r#""rate_kbit": 2000, "queue_packets": 20,"#,
        r#""duplicate_percent": 20, "reorder_percent": 20, "reorder_ms": 9,"#,
    ];
    let relays = [
        "",
        r#""relay": {"delay_ms": 2, "mtu": 900},"#,
        r#""relay": {"mtu": 600, "icmp": false, "loss_percent": 5}, "#,
        r#""relay": {"tcp_idle_s": 1, "udp_idle_s": 1, "forgotten": "reset"}, "nat": {"R": [{"chain": "POSTROUTING", "target": "MASQUERADE"}]},"#,
        r#""relay": {"forgotten": "loose"}, "nat": {"R": [{"chain": "PREROUTING", "dport": 80, "target": "REDIRECT", "to_port": 9}], "C": [{"chain": "OUTPUT", "proto": "udp", "target": "REDIRECT", "to_port": 9000}]},"#,
    ];
    let hosts = [
        "",
        r#""hosts": [{"name": "X", "address": "10.9.0.2", "delay_ms": 4}],"#,
        r#""hosts": [{"name": "D", "address": "10.9.0.3", "delay_ms": 2, "program": [{"op": "connect"}, {"op": "send", "n": 3000}, {"op": "sleep", "ms": 1500}, {"op": "send", "n": 9}]}],"#,
    ];
    let rules = [
        "",
        r#""rules": [{"what": "fragment", "nth": [1, 4]}, {"what": "arp", "nth": [2]}, {"what": "icmp", "extra_ms": 30}],"#,
        r#""rules": [{"nth": [3, 7, 9], "reject": "icmp-host-unreachable"}, {"nth": [5], "reject": "tcp-reset"}],"#,
    ];
    let arp = pick(rng, &["true", "false"]);
    format!(
        r#"{{"name": "any", "delay_ms": {}, "mtu": {}, "arp": {arp}, "limit_ms": 20000, {} {} {} {}
        "client": [{{"op": "connect", "opts": {{"sndtimeo_ms": 4000}}}}, {{"op": "send", "n": {}}}, {{"op": "bind", "sock": "u", "opts": {{"mtu_discover": {}}}}},
            {{"op": "repeat", "times": 20, "steps": [{{"op": "sendto", "sock": "u", "n": {}, "port": {}}}, {{"op": "sleep", "ms": {}}}]}},
            {{"op": "sleep", "ms": 1500}}, {{"op": "send", "n": 100}}],
        "server": [{{"op": "bind", "sock": "u", "port": 9000, "opts": {{"rcvbuf": 9000, "rcvtimeo_ms": 3000}}}}, {{"op": "listen"}},
            {{"op": "spawn", "steps": [{{"op": "loop", "steps": [{{"op": "accept"}}, {{"op": "recv", "n": 100}}]}}]}},
            {{"op": "loop", "steps": [{{"op": "recvfrom", "sock": "u", "n": 500}}, {{"op": "sendto", "sock": "u", "n": 10}}]}}]}}"#,
        rng.below(30),
        700 + rng.below(2000),
        pick(rng, &links),
        pick(rng, &relays),
        pick(rng, &hosts),
        pick(rng, &rules),
        1 + rng.below(9000),
        rng.below(3),
        rng.below(4000),
        pick(rng, &["9", "9000", "9000", "9000"]),
        rng.below(200),
    )
}

#[test]
fn random_networks_hold_together() {
    let cases = std::env::var("NETSIM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(150);
    let mut read = 0;
    for seed in 0..cases {
        let text = scenario(&mut Rng::new(seed, 77));
        let parsed = Scenario::parse(&text).unwrap_or_else(|e| panic!("{seed}: {e}: {text}"));
        let mut world = World::new(&parsed, seed).expect("a world");
        world.watch_sockets();
        world.run();
        let mut left = BTreeSet::new();
        let mut before = netsim::time::SimTime::ZERO;
        for f in world.trace() {
            assert!(f.at >= before, "{seed}");
            before = f.at;
            match &f.what {
                What::Sent { packet, .. } | What::SentOther { packet, .. } | What::Looped { packet, .. } => {
                    assert!(left.insert(*packet), "{seed}");
                }
                What::Arrived { packet } | What::Lost { packet, .. } => assert!(left.contains(packet), "{seed}"),
                _ => {}
            }
        }
        let (trace, now) = (world.trace(), world.now());
        for side in 0..=world.hosts().len() {
            for device in [Device::Eth0, Device::Lo] {
                tcpdump::render_on(trace, side, now, Numbers::Relative, device);
                pcapng::render_on(trace, side, now, device);
            }
            let _ = (ss_text::render(trace, side, now), ss_text::render_udp(trace, side, now));
            let _ = (strace::render(trace, side, now), nstat::render(trace, side, None, now));
            let _ = (
                conntrack::render(trace, side, now),
                buffers::render(trace, side, now),
                neigh::render(trace, side, now),
            );
        }
        let json: serde_json::Value = serde_json::from_str(&golden::render(&world)).expect("JSON");
        assert!(json["app"].is_array(), "{seed}");
        let got = results(&world, 1, CallName::RecvFrom).into_iter().filter(Result::is_ok).count() as u64;
        assert_eq!(got, counter(&world, 1, "UdpInDatagrams"), "{seed}");
        read += got;
    }
    assert!(read > cases, "{read}");
}
