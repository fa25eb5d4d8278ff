//! Links: rate, queue, chance, each direction for itself; and groups of listeners.

use std::collections::BTreeMap;

use netsim::trace::{CallName, LinkDrop, What};

use super::{calls, count, results, run};

const BURST: &str = r#""client": [{"op": "bind"}, {"op": "repeat", "times": 100, "steps": [{"op": "sendto", "n": 972, "port": 9000}]}],
    "server": [{"op": "bind", "port": 9000, "opts": {"rcvbuf": 200000, "rcvtimeo_ms": 3000}}, {"op": "loop", "steps": [{"op": "recvfrom"}]}]"#;

fn received(fields: &str) -> usize {
    let world = run(&format!("{fields}, {BURST}"));
    results(&world, 1, CallName::RecvFrom).into_iter().filter(Result::is_ok).count()
}

#[test]
fn a_rate_takes_its_time() {
    // 100 packets of 1000 bytes at 800 kbit/s: one every 10 ms.
    let world = run(&format!(r#""rate_kbit": 800, {BURST}"#));
    let times: Vec<u64> =
        world.trace().iter().filter(|f| matches!(f.what, What::Arrived { .. })).map(|f| f.at.as_micros()).collect();
    assert_eq!(times.len(), 100);
    assert!(times.windows(2).all(|w| w[1] - w[0] == 10_000), "{times:?}");
    // Only the client's direction.
    let world = run(&format!(r#""rate_kbit": {{"C": 0, "S": 8}}, {BURST}"#));
    assert_eq!(count(&world, |_, w| matches!(w, What::Arrived { .. })), 100);
}

#[test]
fn a_queue_has_an_end() {
    let full = |fields: &str| {
        let world = run(&format!("{fields}, {BURST}"));
        count(&world, |_, w| matches!(w, What::Lost { why: LinkDrop::QueueFull, .. }))
    };
    assert_eq!(full(r#""rate_kbit": 800, "queue_packets": 10"#), 90);
    assert_eq!(full(r#""rate_kbit": 800, "queue_bytes": 20500"#), 80);
    assert_eq!(full(r#""queue_packets": 10"#), 0);
    assert_eq!(received(r#""rate_kbit": 800, "queue_packets": 10"#), 10);
}

#[test]
fn chance_is_counted_in_percent() {
    assert_eq!(received(r#""loss_percent": 100"#), 0);
    assert_eq!(received(r#""loss_percent": {"C": 0, "S": 100}"#), 100);
    assert!((10..=45).contains(&received(r#""loss_percent": 72.5"#)));
    assert_eq!(received(r#""duplicate_percent": 100"#), 200);
    assert_eq!(received(r#""black_hole": {"C": true, "S": false}"#), 0);
    let world = run(&format!(r#""black_hole": true, {BURST}"#));
    assert_eq!(count(&world, |_, w| matches!(w, What::Lost { why: LinkDrop::BlackHole, .. })), 100);
}

#[test]
fn what_is_reordered_comes_later() {
    let world = run(&format!(r#""reorder_percent": 30, "reorder_ms": 20, {BURST}"#));
    let order: Vec<u32> = world
        .trace()
        .iter()
        .filter_map(|f| if let What::Arrived { packet } = f.what { Some(packet) } else { None })
        .collect();
    let late = order.windows(2).filter(|w| w[1] < w[0]).count();
    assert!(order.len() == 100 && late > 0, "{order:?}");
}

#[test]
fn a_chosen_datagram_is_lost_or_late() {
    let lost = run(&format!(r#""rules": [{{"what": "udp", "nth": [3, 5]}}], {BURST}"#));
    let gone: Vec<u32> = lost
        .trace()
        .iter()
        .filter_map(|f| match f.what {
            What::Lost { packet, why: LinkDrop::Rule(0) } => Some(packet),
            _ => None,
        })
        .collect();
    assert_eq!(gone, [3, 5]);
    let late = run(&format!(r#""rules": [{{"what": "udp", "nth": [1], "extra_ms": 50}}], {BURST}"#));
    let first =
        late.trace().iter().find_map(|f| if let What::Arrived { packet } = f.what { Some(packet) } else { None });
    assert_eq!(first, Some(2));
}

#[test]
fn connections_spread_over_a_group_of_listeners() {
    // SO_REUSEPORT: a hash of the addresses chooses. A listener that closes takes its queue with it: those are reset.
    let accepts = |s: &str| {
        format!(
            r#"{{"op": "spawn", "steps": [{{"op": "listen", "sock": "{s}", "backlog": 100, "opts": {{"reuseport": 1}}}}, {{"op": "loop", "steps": [{{"op": "accept", "sock": "x{s}", "from": "{s}"}}]}}]}}"#
        )
    };
    let connects: Vec<String> = (0..60).map(|i| format!(r#"{{"op": "connect", "sock": "c{i}"}}"#)).collect();
    let text = format!(
        r#""client": [{}], "server": [{}, {}, {}]"#,
        connects.join(", "),
        accepts("a"),
        accepts("b"),
        accepts("c")
    );
    let spread = |world: &netsim::world::World| {
        let mut met: BTreeMap<u16, String> = BTreeMap::new();
        for c in calls(world, 1, CallName::Accept) {
            if let (Some(client), Some(sock)) = (c.client, &c.sock) {
                assert!(met.insert(client.port, sock.to_string()).is_none());
            }
        }
        met
    };
    let world = run(&text);
    let met = spread(&world);
    assert_eq!(met.len(), 60);
    for sock in ["xa", "xb", "xc"] {
        let n = met.values().filter(|s| *s == sock).count();
        assert!((8..=35).contains(&n), "{sock} {n}");
    }
    // The same ends meet the same listener in every run.
    assert_eq!(spread(&run(&text)), met);
    let listens = |s: &str| format!(r#"{{"op": "listen", "sock": "{s}", "backlog": 100, "opts": {{"reuseport": 1}}}}"#);
    let text = format!(
        r#""client": [{}, {{"op": "sleep", "ms": 3000}}], "server": [{}, {}, {{"op": "sleep", "ms": 2000}}, {{"op": "close", "sock": "a"}},
            {{"op": "setopt", "sock": "b", "opts": {{"rcvtimeo_ms": 500}}}}, {{"op": "loop", "steps": [{{"op": "accept", "from": "b"}}]}}]"#,
        connects.join(", "),
        listens("a"),
        listens("b")
    );
    let world = run(&text);
    let accepted = results(&world, 1, CallName::Accept).into_iter().filter(Result::is_ok).count();
    let reset = super::counter(&world, 1, "TcpOutRsts") as usize;
    assert!(accepted > 10 && accepted < 50, "{accepted}");
    assert_eq!(accepted + reset, 60);
}
