//! ARP: who has an address, for how long that is believed, and what two hosts with one address do.

use netsim::errno::Errno;
use netsim::ip::neigh::Nud;
use netsim::ip::{Arp, Mac, Packet};
use netsim::time::Span;
use netsim::trace::{CallName, What};
use netsim::view::neigh;
use netsim::world::World;

use super::{calls, counter, results, run};

/// Requests and replies that left, in milliseconds after the first packet.
fn arps(world: &World) -> Vec<(u64, usize, Arp)> {
    let zero = world.first_packet().expect("a packet");
    let facts = world.trace().iter();
    facts
        .filter_map(|f| match &f.what {
            What::SentOther { frame: Packet::Arp(a), .. } => Some((f.at.since(zero).as_millis(), f.host, *a)),
            _ => None,
        })
        .collect()
}

fn states(world: &World, host: usize, of: u32) -> Vec<(u64, Nud)> {
    let zero = world.first_packet().expect("a packet");
    let facts = world.trace().iter().filter(|f| f.host == host);
    facts
        .filter_map(|f| match f.what {
            What::Neighbour { addr, state, .. } if addr == of => Some((f.at.since(zero).as_millis(), state)),
            _ => None,
        })
        .collect()
}

const SERVER: u32 = 0x0A09_0002;

#[test]
fn nobody_answers() {
    // Measured: three requests a little more than a second apart, connect fails with EHOSTUNREACH after 3.06 s, the entry
    // is FAILED; the segment left once, the host told itself by one ICMP error. A connected UDP socket hears nothing.
    let world = run(r#""arp": true, "client": [{"op": "connect", "address": "10.9.0.99"},
            {"op": "connect", "proto": "udp", "sock": "u", "port": 9, "address": "10.9.0.98"}, {"op": "send", "sock": "u", "n": 1},
            {"op": "sleep", "ms": 4000}, {"op": "send", "sock": "u", "n": 1}],
        "server": [{"op": "listen"}]"#);
    let connect = calls(&world, 0, CallName::Connect)[0];
    assert_eq!(connect.result, Some(Err(Errno::EHOSTUNREACH)));
    assert!((3_000..=3_100).contains(&connect.took.as_millis()), "{:?}", connect.took);
    let asked: Vec<u64> = arps(&world).iter().filter(|a| a.2.tpa == 0x0A09_0063).map(|a| a.0).collect();
    assert_eq!(asked.len(), 3, "{asked:?}");
    assert!(asked.windows(2).all(|w| (1_000..1_030).contains(&(w[1] - w[0]))), "{asked:?}");
    assert_eq!(results(&world, 0, CallName::Send), [Ok(1), Ok(1)]);
    assert_eq!((counter(&world, 0, "TcpExtTCPTimeouts"), counter(&world, 0, "TcpAttemptFails")), (3, 1));
    let unreached = |to: u32| super::count(&world, |_, w| matches!(w, What::Unreached { to: t } if *t == to));
    assert_eq!((unreached(0x0A09_0063), unreached(0x0A09_0062)), (1, 1));
    let table = neigh::render(world.trace(), 0, world.now());
    assert!(table.contains("10.9.0.99 dev eth0 FAILED \n"), "{table}");
}

#[test]
fn an_entry_lives_and_is_asked_again() {
    // Measured with UDP to a router: REACHABLE, STALE after 16 s (the kernel draws from 15 to 45, here the mean of 30),
    // at the next send DELAY, five seconds later a request to the old address, REACHABLE again.
    let world =
        run(r#""arp": true, "limit_ms": 80000, "client": [{"op": "bind"}, {"op": "sendto", "n": 1, "port": 9000},
            {"op": "sleep", "ms": 50000}, {"op": "sendto", "n": 1, "port": 9000}, {"op": "sleep", "ms": 10000}],
        "server": [{"op": "bind", "port": 9000}, {"op": "recvfrom"}, {"op": "recvfrom"}]"#);
    let seen = states(&world, 0, SERVER);
    let names: Vec<Nud> = seen.iter().map(|s| s.1).collect();
    let expected = [Nud::Incomplete, Nud::Reachable, Nud::Stale, Nud::Delay, Nud::Probe, Nud::Reachable];
    assert_eq!(names, expected, "{seen:?}");
    assert_eq!(seen[2].0 / 100, 300);
    assert_eq!(seen[3].0, 50_000);
    assert!((55_000..55_200).contains(&seen[4].0), "{seen:?}");
    let probe = arps(&world).into_iter().find(|a| a.1 == 0 && a.0 > 50_000).expect("a probe");
    assert_eq!(probe.2.to, Mac::of(1));
}

#[test]
fn acknowledgments_confirm_a_neighbour() {
    // sk_dst_confirm: what TCP learns by an ACK, the neighbour learns with the next segment. No probe is sent.
    let world = run(
        r#""arp": true, "limit_ms": 80000, "client": [{"op": "connect"}, {"op": "send", "n": 1}, {"op": "sleep", "ms": 50000},
            {"op": "send", "n": 1}, {"op": "sleep", "ms": 1000}, {"op": "send", "n": 1}, {"op": "sleep", "ms": 9000}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]"#,
    );
    let names: Vec<Nud> = states(&world, 0, SERVER).into_iter().map(|s| s.1).collect();
    assert_eq!(names, [Nud::Incomplete, Nud::Reachable, Nud::Stale, Nud::Delay, Nud::Reachable]);
}

#[test]
fn two_hosts_with_one_address() {
    // Measured on a bridge: both answer the request; the first reply is believed, the second within a second is not
    // (locktime); the SYN meets whoever was first, and its closed port.
    let conflict = |first: &str, who: u32| {
        run(&format!(
            r#""arp": true, "hosts": [{{"name": "X", "address": "10.9.0.2", "delay_ms": {first}}}],
            "client": [{{"op": "connect"}}, {{"op": "arping", "address": "10.9.0.2", "probe": true, "count": 1}},
                {{"op": "arping", "address": "10.9.0.77", "probe": true, "count": 1}}],
            "server": [{{"op": "listen"}}, {{"op": "sleep", "ms": {who}}}, {{"op": "arping", "address": "10.9.0.2", "probe": true, "count": 1}}]"#
        ))
    };
    let (lost, won) = (conflict("3", 3000), conflict("8", 3000));
    assert_eq!(results(&lost, 0, CallName::Connect), [Err(Errno::ECONNREFUSED)]);
    assert_eq!(results(&won, 0, CallName::Connect), [Ok(0)]);
    let answers = arps(&lost).into_iter().filter(|a| a.2.reply && a.2.tpa == 0x0A09_0001 && a.0 < 100).count();
    assert_eq!(answers, 2);
    // Asked by a third host both answer, asked by one owner the other does; a free address is silent.
    assert_eq!(results(&lost, 0, CallName::Arping), [Ok(2), Ok(0)]);
    assert_eq!(results(&lost, 1, CallName::Arping), [Ok(1)]);
    let at = lost.first_packet().expect("a packet") + Span::millis(50);
    assert_eq!(neigh::render(lost.trace(), 0, at), "10.9.0.2 dev eth0 lladdr 02:00:0a:09:00:03 REACHABLE \n");
}

#[test]
fn a_gratuitous_request_takes_over() {
    // Measured: an entry that exists follows each gratuitous ARP at once and is STALE; without an entry none is made,
    // unless arp_accept is 1.
    let world = run(
        r#""arp": true, "hosts": [{"name": "X", "address": "10.9.0.2", "delay_ms": 6, "program": [{"op": "sleep", "ms": 100}, {"op": "garp"}]},
            {"name": "Y", "address": "10.9.0.3", "delay_ms": 6, "arp_accept": true}, {"name": "Z", "address": "10.9.0.4", "delay_ms": 6}],
        "client": [{"op": "connect"}, {"op": "sleep", "ms": 500}], "server": [{"op": "listen"}, {"op": "accept"}]"#,
    );
    assert_eq!(results(&world, 0, CallName::Connect), [Ok(0)]);
    let x = "10.9.0.2 dev eth0 lladdr 02:00:0a:09:00:03 STALE \n";
    let at = world.first_packet().expect("a packet") + Span::millis(150);
    for (host, table) in [(0, x), (3, x), (4, "")] {
        assert_eq!(neigh::render(world.trace(), host, at), table, "{host}");
    }
}
