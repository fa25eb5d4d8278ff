//! Networks beyond TCP over one link: UDP, fragments, ICMP, ARP, relays, address translation, links with a rate. Numbers
//! that were measured come from Linux 6.18.44: network namespaces joined by veth, or by a bridge where there are three.

mod captures;
mod datagrams;
mod links;
mod neighbours;
mod random;
mod relays;
#[path = "../common/tools.rs"]
mod tools;

use netsim::errno::Errno;
use netsim::scenario::Scenario;
use netsim::trace::{CallFact, CallName, What};
use netsim::view::nstat;
use netsim::world::World;

/// Runs a scenario whose fields beside name and delay are given.
pub fn run(fields: &str) -> World {
    let text = format!(r#"{{"name": "test", "delay_ms": 5, {fields}}}"#);
    let scenario = Scenario::parse(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let mut world = World::new(&scenario, 1).expect("a world");
    world.watch_sockets();
    world.run();
    world
}

/// Calls of a host by that name.
pub fn calls(world: &World, host: usize, name: CallName) -> Vec<&CallFact> {
    let of = |f: &'_ netsim::trace::Fact| f.host == host;
    let facts = world.trace().iter().filter(|f| of(f));
    facts
        .filter_map(|f| match &f.what {
            What::Call(c) if c.call == name => Some(&**c),
            _ => None,
        })
        .collect()
}

/// What they returned.
pub fn results(world: &World, host: usize, name: CallName) -> Vec<Result<i64, Errno>> {
    calls(world, host, name).into_iter().filter_map(|c| c.result).collect()
}

/// A counter of a host, 0 if it was never counted.
pub fn counter(world: &World, host: usize, name: &str) -> u64 {
    let all = nstat::deltas(world.trace(), host, None, world.now());
    all.into_iter().find(|c| c.0 == name).map_or(0, |c| c.1)
}

/// How many facts are such.
pub fn count(world: &World, is: impl Fn(usize, &What) -> bool) -> usize {
    world.trace().iter().filter(|f| is(f.host, &f.what)).count()
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let text = r#""loss_percent": 10, "duplicate_percent": 5, "reorder_percent": 10, "reorder_ms": 7, "arp": true,
        "relay": {"mtu": 1200, "delay_ms": 3, "loss_percent": 5, "tcp_idle_s": 350},
        "nat": {"R": [{"chain": "POSTROUTING", "target": "MASQUERADE"}]}, "limit_ms": 60000,
        "hosts": [{"name": "D", "address": "10.9.0.3", "delay_ms": 2, "program": [{"op": "connect"}, {"op": "send", "n": 9000}]}],
        "client": [{"op": "connect"}, {"op": "send", "n": 50000}, {"op": "bind", "sock": "u"},
            {"op": "repeat", "times": 50, "steps": [{"op": "sendto", "sock": "u", "n": 3000, "port": 9000}, {"op": "sleep", "ms": 3}]}],
        "server": [{"op": "bind", "sock": "u", "port": 9000}, {"op": "listen"},
            {"op": "spawn", "steps": [{"op": "accept", "sock": "a"}, {"op": "drain", "sock": "a"}]}, {"op": "accept"}, {"op": "drain"}]"#;
    let (one, two) = (run(text), run(text));
    assert_eq!(format!("{:?}", one.trace()), format!("{:?}", two.trace()));
    assert!(one.trace().len() > 500, "{}", one.trace().len());
}
