//! Our captures of UDP, ICMP, ARP and fragments, read by tcpdump and tshark.

use netsim::view::tcpdump::Numbers;
use netsim::view::{pcapng, tcpdump};

use super::run;
use super::tools::piped;

const SCENARIOS: [&str; 4] = [
    // Fragments, an empty datagram, a closed port, a fragment that never comes.
    r#""limit_ms": 60000, "rules": [{"what": "fragment", "nth": [3]}], "client": [{"op": "connect", "proto": "udp", "port": 9000},
        {"op": "send", "n": 3000}, {"op": "send", "n": 0}, {"op": "send", "n": 1472}, {"op": "send", "n": 1473}, {"op": "bind", "sock": "u"},
        {"op": "sendto", "sock": "u", "n": 3000, "port": 9}, {"op": "sleep", "ms": 32000}],
        "server": [{"op": "bind", "port": 9000}, {"op": "recvfrom"}]"#,
    // ARP, a conflict, a probe.
    r#""arp": true, "hosts": [{"name": "X", "address": "10.9.0.2", "delay_ms": 8}], "client": [{"op": "connect"}, {"op": "send", "n": 10},
        {"op": "arping", "address": "10.9.0.2", "probe": true, "count": 1}, {"op": "connect", "sock": "d", "address": "10.9.0.9"}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]"#,
    // A smaller MTU behind a relay, for TCP and UDP.
    r#""relay": {"mtu": 1400, "delay_ms": 5}, "client": [{"op": "connect", "port": 7000}, {"op": "send", "n": 5000}, {"op": "sleep", "ms": 500},
        {"op": "connect", "proto": "udp", "sock": "u", "port": 9000}, {"op": "send", "sock": "u", "n": 2000}],
        "server": [{"op": "listen", "port": 7000}, {"op": "accept"}, {"op": "drain"}]"#,
    // Every way to reject.
    r#""rules": [{"what": "syn", "nth": [1], "reject": "icmp-net-unreachable"}, {"what": "syn", "nth": [1], "reject": "icmp-host-unreachable"},
        {"what": "syn", "nth": [1], "reject": "icmp-proto-unreachable"}, {"what": "syn", "nth": [1], "reject": "icmp-port-unreachable"},
        {"what": "syn", "nth": [1], "reject": "icmp-host-prohibited"}, {"what": "syn", "nth": [1], "reject": "icmp-admin-prohibited"},
        {"what": "syn", "nth": [1], "reject": "ttl-exceeded"}, {"what": "syn", "nth": [1], "reject": "tcp-reset"}],
        "client": [{"op": "repeat", "times": 9, "steps": [{"op": "connect", "port": 7000}]}], "server": [{"op": "listen", "port": 7000}, {"op": "accept"}]"#,
];

#[test]
fn tcpdump_prints_them_as_we_do() {
    for (i, text) in SCENARIOS.iter().enumerate() {
        let world = run(text);
        for side in 0..=world.hosts().len() {
            let file = pcapng::render(world.trace(), side, world.now());
            let Some(real) = piped("tcpdump", &["-nn", "-r", "-"], &file) else { return };
            let ours = tcpdump::render(world.trace(), side, world.now(), Numbers::Relative);
            assert_eq!(real, ours, "scenario {i}, side {side}");
            assert!(side > 1 || ours.lines().count() > 3, "scenario {i}, side {side}");
        }
    }
}

#[test]
fn tshark_finds_every_checksum_right() {
    for (i, text) in SCENARIOS.iter().enumerate() {
        let world = run(text);
        for side in [0, 1] {
            let file = pcapng::render(world.trace(), side, world.now());
            // Of what an error quotes the end is missing, which tshark takes for a wrong checksum of TCP and UDP.
            let wrong = "_ws.malformed || ip.checksum.status==0 || icmp.checksum.status==0 || (!icmp && (tcp.checksum.status==0 || udp.checksum.status==0))";
            let args = [
                "-r",
                "-",
                "-o",
                "ip.check_checksum:TRUE",
                "-o",
                "udp.check_checksum:TRUE",
                "-o",
                "tcp.check_checksum:TRUE",
                "-o",
                "tcp.desegment_tcp_streams:FALSE",
            ];
            let Some(found) = piped("tshark", &[&args[..], &["-Y", wrong]].concat(), &file) else { return };
            assert_eq!(found, "", "scenario {i}, side {side}");
            let all = piped("tshark", &args, &file).unwrap_or_default();
            assert!(all.lines().count() > 3, "scenario {i}, side {side}");
        }
    }
}
