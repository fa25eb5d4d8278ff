//! Routers between hosts: smaller MTUs, address translation with a memory, refusals; and rules on a host itself.

use netsim::errno::Errno;
use netsim::time::Span;
use netsim::trace::{CallName, LinkDrop, What};
use netsim::view::conntrack;
use netsim::view::packets::Device;
use netsim::view::tcpdump::{self, Numbers};

use super::{count, counter, results, run};

const BOTH: &str = r#""client": [{"op": "connect"}, {"op": "send", "n": 5000}, {"op": "sleep", "ms": 1000}],
    "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]"#;

#[test]
fn a_router_with_a_smaller_mtu_says_so() {
    // Measured with 1400 behind a router: each segment of 1448 bytes is answered by an error of 576 bytes, 1348 go
    // instead at once, and the next connection announces an MSS of 1360 (`ip route get`: cache expires 599sec mtu 1400).
    let world = run(
        r#""relay": {"mtu": 1400, "delay_ms": 5}, "client": [{"op": "connect"}, {"op": "send", "n": 5000}, {"op": "sleep", "ms": 1000},
            {"op": "connect", "sock": "d"}], "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]"#,
    );
    let text = tcpdump::render(world.trace(), 0, world.now(), Numbers::Relative);
    let error = "IP 10.9.0.254 > 10.9.0.1: ICMP 10.9.0.2 unreachable - need to frag (mtu 1400), length 556\n";
    assert_eq!(text.matches(error).count(), 3, "{text}");
    assert!(text.contains("seq 1:1349, ack 1,"), "{text}");
    assert!(text.contains("[mss 1360,sackOK"), "{text}");
    assert_eq!(results(&world, 1, CallName::Recv), [Ok(5000), Ok(0)]);
    assert_eq!(count(&world, |_, w| matches!(w, What::PathMtu { mtu: 1400, .. })), 3);
    assert_eq!(count(&world, |_, w| matches!(w, What::Lost { why: LinkDrop::TooBig, .. })), 3);
}

#[test]
fn a_silent_router_is_a_black_hole() {
    let world = run(&format!(r#""relay": {{"mtu": 1400, "icmp": false}}, "limit_ms": 10000, {BOTH}"#));
    assert_eq!(results(&world, 1, CallName::Recv), []);
    assert_eq!(counter(&world, 0, "IcmpInMsgs"), 0);
    let probing = r#""sysctl": {"net.ipv4.tcp_mtu_probing": 1}"#;
    let world = run(&format!(r#""relay": {{"mtu": 1400, "icmp": false}}, "limit_ms": 10000, {probing}, {BOTH}"#));
    assert!(results(&world, 1, CallName::Recv).iter().filter_map(|r| r.ok()).sum::<i64>() == 5000);
}

#[test]
fn a_udp_socket_learns_the_path_mtu() {
    // Measured: 1472 bytes leave with DF and come back as an error; the next send is EMSGSIZE (connected, so the pending
    // error), the one after leaves in two fragments. With IP_PMTUDISC_DO 1372 fit and 1373 do not. IP_PMTUDISC_DONT: the
    // router cuts.
    let world = run(
        r#""relay": {"mtu": 1400, "delay_ms": 5}, "client": [{"op": "connect", "proto": "udp", "port": 9000}, {"op": "send", "n": 1472},
            {"op": "sleep", "ms": 50}, {"op": "send", "n": 1472}, {"op": "send", "n": 1472}, {"op": "setopt", "opts": {"mtu_discover": 2}},
            {"op": "send", "n": 1372}, {"op": "send", "n": 1373}],
        "server": [{"op": "bind", "port": 9000}, {"op": "recvfrom"}, {"op": "recvfrom"}]"#,
    );
    let sent = [Ok(1472), Err(Errno::EMSGSIZE), Ok(1472), Ok(1372), Err(Errno::EMSGSIZE)];
    assert_eq!(results(&world, 0, CallName::Send), sent);
    assert_eq!(results(&world, 1, CallName::RecvFrom), [Ok(1472), Ok(1372)]);
    assert_eq!((counter(&world, 0, "IpFragCreates"), counter(&world, 1, "IpReasmOKs")), (2, 1));
    let cut = run(
        r#""relay": {"mtu": 1400, "delay_ms": 5}, "client": [{"op": "bind", "opts": {"mtu_discover": 0}}, {"op": "sendto", "n": 1472, "port": 9000}],
        "server": [{"op": "bind", "port": 9000}, {"op": "recvfrom"}]"#,
    );
    assert_eq!((counter(&cut, 0, "IpFragCreates"), counter(&cut, 1, "IpReasmReqds")), (0, 2));
    assert_eq!(results(&cut, 1, CallName::RecvFrom), [Ok(1472)]);
}

#[test]
fn what_a_refusal_does_to_an_attempt() {
    // Measured with REJECT in FORWARD and with a time to live of 1 (tcp(7), icmp_err_convert). On veth without delay the
    // first error meets a socket that its own call still holds; here, as on any real path, it ends the call. Connected UDP
    // sockets hear of fatal errors only.
    for (how, tcp, udp) in [
        ("icmp-net-unreachable", Errno::ENETUNREACH, None),
        ("icmp-host-unreachable", Errno::EHOSTUNREACH, None),
        ("icmp-proto-unreachable", Errno::ENOPROTOOPT, Some(Errno::ENOPROTOOPT)),
        ("icmp-port-unreachable", Errno::ECONNREFUSED, Some(Errno::ECONNREFUSED)),
        ("icmp-host-prohibited", Errno::EHOSTUNREACH, Some(Errno::EHOSTUNREACH)),
        ("icmp-admin-prohibited", Errno::EHOSTUNREACH, Some(Errno::EHOSTUNREACH)),
        ("ttl-exceeded", Errno::EHOSTUNREACH, None),
        ("tcp-reset", Errno::ECONNREFUSED, None),
    ] {
        let world = run(&format!(
            r#""rules": [{{"dir": "C", "reject": "{how}"}}], "client": [{{"op": "connect"}}, {{"op": "connect", "sock": "u", "proto": "udp", "port": 9}},
                {{"op": "send", "sock": "u", "n": 1}}, {{"op": "sleep", "ms": 50}}, {{"op": "recvfrom", "sock": "u", "flags": ["dontwait"]}}],
            "server": [{{"op": "listen"}}]"#
        ));
        assert_eq!(results(&world, 0, CallName::Connect)[0], Err(tcp), "{how}");
        assert_eq!(results(&world, 0, CallName::RecvFrom), [Err(udp.unwrap_or(Errno::EAGAIN))], "{how}");
    }
    // Later an error is only remembered, and told when the connection dies.
    let late = run(r#""rules": [{"dir": "C", "after_ms": 50, "reject": "icmp-host-unreachable"}], "limit_ms": 60000,
        "client": [{"op": "connect"}, {"op": "setopt", "opts": {"user_timeout": 3000}}, {"op": "sleep", "ms": 100}, {"op": "send", "n": 5}, {"op": "recv"}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]"#);
    assert_eq!(results(&late, 0, CallName::Recv), [Err(Errno::EHOSTUNREACH)]);
}

const NAT: &str = r#""nat": {"R": [{"chain": "POSTROUTING", "target": "MASQUERADE"}]}"#;

#[test]
fn masquerading_keeps_the_port_if_it_is_free() {
    // Measured: `conntrack -L` on the router, ESTABLISHED with 431999 s left, the reply tuple to the router and the same
    // port; the server sees the router. Two hosts with one port: the second gets another.
    let world = run(&format!(
        r#""relay": {{"delay_ms": 5}}, {NAT}, "hosts": [{{"name": "D", "address": "10.9.0.3", "delay_ms": 6, "program": [{{"op": "connect"}}, {{"op": "sleep", "ms": 1000}}]}}],
        "client": [{{"op": "connect"}}, {{"op": "sleep", "ms": 1000}}], "server": [{{"op": "listen"}}, {{"op": "accept"}}, {{"op": "accept", "sock": "d"}}, {{"op": "sleep", "ms": 1000}}]"#
    ));
    let at = world.first_packet().expect("a packet") + Span::millis(500);
    let relay = conntrack::render(world.trace(), world.hosts().len(), at);
    let line = "tcp      6 431999 ESTABLISHED src=10.9.0.1 dst=10.9.0.2 sport=32768 dport=80 src=10.9.0.2 dst=10.9.0.254 sport=80 dport=32768 [ASSURED] mark=0 use=1\n";
    assert!(relay.contains(line), "{relay}");
    let other = "ESTABLISHED src=10.9.0.3 dst=10.9.0.2 sport=32768 dport=80 src=10.9.0.2 dst=10.9.0.254 sport=80 dport=1024 [ASSURED]";
    assert!(relay.contains(other), "{relay}");
    let server = tcpdump::render(world.trace(), 1, at, Numbers::Relative);
    assert!(server.contains("10.9.0.254.32768 > 10.9.0.2.80: Flags [S]"), "{server}");
    assert!(server.contains("10.9.0.254.1024 > 10.9.0.2.80: Flags [S]"), "{server}");
}

#[test]
fn udp_flows_are_streams_after_two_seconds() {
    // Measured: 29 s left and [UNREPLIED], 29 s after an answer, 119 s and [ASSURED] once it is older than two seconds.
    let world = run(&format!(
        r#""relay": {{"delay_ms": 5}}, {NAT}, "client": [{{"op": "bind"}}, {{"op": "sendto", "n": 1, "port": 9000}}, {{"op": "recvfrom"}}, {{"op": "sleep", "ms": 2200}}, {{"op": "sendto", "n": 1, "port": 9000}}, {{"op": "sleep", "ms": 100}}],
        "server": [{{"op": "bind", "port": 9000}}, {{"op": "recvfrom"}}, {{"op": "sleep", "ms": 50}}, {{"op": "sendto", "n": 1}}, {{"op": "recvfrom"}}]"#
    ));
    let zero = world.first_packet().expect("a packet");
    let (there, back) =
        ("src=10.9.0.1 dst=10.9.0.2 sport=32768 dport=9000 ", "src=10.9.0.2 dst=10.9.0.254 sport=9000 dport=32768 ");
    for (ms, text) in [
        (20, format!("udp      17 29 {there}[UNREPLIED] {back}mark=0 use=1\n")),
        (100, format!("udp      17 29 {there}{back}mark=0 use=1\n")),
        (2_310, format!("udp      17 119 {there}{back}[ASSURED] mark=0 use=1\n")),
    ] {
        assert_eq!(conntrack::render(world.trace(), 2, zero + Span::millis(ms)), text, "{ms}");
    }
}

#[test]
fn an_idle_connection_is_forgotten_after_350_seconds() {
    let after = |ms: u64, forgotten: &str| {
        run(&format!(
            r#""relay": {{"delay_ms": 5, "tcp_idle_s": 350, "forgotten": "{forgotten}"}}, {NAT}, "limit_ms": 3000000,
            "client": [{{"op": "connect"}}, {{"op": "send", "n": 5}}, {{"op": "sleep", "ms": {ms}}}, {{"op": "send", "n": 5}}, {{"op": "recv"}}],
            "server": [{{"op": "listen"}}, {{"op": "accept"}}, {{"op": "recvn", "n": 10}}, {{"op": "send", "n": 1}}, {{"op": "drain"}}]"#
        ))
    };
    assert_eq!(results(&after(349_000, "drop"), 0, CallName::Recv), [Ok(1)]);
    let silent = after(351_000, "drop");
    assert_eq!(results(&silent, 0, CallName::Recv), [Err(Errno::ETIMEDOUT)]);
    assert!(count(&silent, |_, w| matches!(w, What::Lost { why: LinkDrop::NoMapping, .. })) >= 16);
    assert_eq!(count(&silent, |_, w| matches!(w, What::Tracked { gone: true, .. })), 1);
    // The server waits for ever: nobody told it.
    assert_eq!(results(&silent, 1, CallName::Recv), [Ok(5)]);
    assert_eq!(results(&after(351_000, "reset"), 0, CallName::Recv), [Err(Errno::ECONNRESET)]);
    // nf_conntrack_tcp_loose: a new entry with the same port, and nobody notices.
    assert_eq!(results(&after(351_000, "loose"), 0, CallName::Recv), [Ok(1)]);
}

#[test]
fn a_destination_is_translated_and_errors_find_their_way_back() {
    let world = run(r#""relay": {"mtu": 1300, "delay_ms": 5, "address": "203.0.113.1"},
        "nat": {"R": [{"chain": "PREROUTING", "proto": "tcp", "dst": "203.0.113.0/24", "dport": 80, "target": "DNAT", "to": "10.9.0.2:8080"},
            {"chain": "POSTROUTING", "target": "SNAT", "to": "203.0.113.1"}]},
        "client": [{"op": "connect", "address": "203.0.113.1"}, {"op": "send", "n": 3000}, {"op": "sleep", "ms": 300}],
        "server": [{"op": "listen", "port": 8080}, {"op": "accept"}, {"op": "drain"}]"#);
    assert_eq!(results(&world, 1, CallName::Recv), [Ok(3000), Ok(0)]);
    let client = tcpdump::render(world.trace(), 0, world.now(), Numbers::Relative);
    assert!(client.contains("ICMP 203.0.113.1 unreachable - need to frag (mtu 1300)"), "{client}");
    assert!(client.contains("203.0.113.1.80 > 10.9.0.1.32768: Flags [S.]") && !client.contains("10.9.0.2"), "{client}");
}

#[test]
fn a_redirect_on_the_host_itself() {
    // Measured: the program's peer is 10.9.0.2:85, the accepting one sees itself at 127.0.0.1:8080 and SO_ORIGINAL_DST
    // 10.9.0.2:85; on lo the SYN goes to 127.0.0.1.8080 and the answer comes from 10.9.0.2.85 with an MSS of 65495; nothing
    // passes eth0. With a mask of 32 (no prefix) and another address nothing is redirected.
    let scenario = |dst: &str| {
        run(&format!(
            r#""nat": {{"C": [{{"chain": "OUTPUT", "proto": "tcp", "dst": "{dst}", "dport": 85, "target": "REDIRECT", "to_port": 8080}}]}},
            "client": [{{"op": "listen", "port": 8080}}, {{"op": "spawn", "steps": [{{"op": "accept", "sock": "k"}}, {{"op": "recv", "sock": "k"}}, {{"op": "original_dst", "sock": "k"}}, {{"op": "sleep", "ms": 100}}]}},
                {{"op": "connect", "port": 85}}, {{"op": "send", "n": 2}}, {{"op": "sleep", "ms": 100}}],
            "server": [{{"op": "listen", "port": 85}}, {{"op": "accept"}}, {{"op": "recv"}}]"#
        ))
    };
    let world = scenario("10.9.0.0/16");
    let lo = tcpdump::render_on(world.trace(), 0, world.now(), Numbers::Relative, Device::Lo);
    let lines: Vec<&str> = lo.lines().filter_map(|l| l.split_once(" IP ")).map(|l| l.1).collect();
    assert!(lines[0].starts_with("10.9.0.1.32768 > 127.0.0.1.8080: Flags [S]"), "{lo}");
    assert!(
        lines[1].starts_with("10.9.0.2.85 > 10.9.0.1.32768: Flags [S.]")
            && lines[1].contains("win 65483, options [mss 65495,"),
        "{lo}"
    );
    assert_eq!(tcpdump::render(world.trace(), 0, world.now(), Numbers::Relative), "");
    let original = super::calls(&world, 0, CallName::OriginalDst);
    assert_eq!(original[0].detail.as_deref(), Some("10.9.0.2:85"));
    let at = original[0].began + Span::millis(50);
    let line = "tcp      6 431999 ESTABLISHED src=10.9.0.1 dst=10.9.0.2 sport=32768 dport=85 src=127.0.0.1 dst=10.9.0.1 sport=8080 dport=32768 [ASSURED] mark=0 use=1\n";
    assert_eq!(conntrack::render(world.trace(), 0, at), line);
    assert_eq!(results(&world, 1, CallName::Accept), []);
    assert_eq!(results(&scenario("10.9.0.0"), 1, CallName::Recv), [Ok(2)]);
}

#[test]
fn errors_from_behind_a_nat_name_the_inner_ends() {
    // nf_nat_icmp_reply_translation: what the error quotes is translated back too, or the socket would not be found.
    let world = run(&format!(
        r#""relay": {{"delay_ms": 5, "rules": [{{"what": "syn", "reject": "icmp-admin-prohibited"}}]}}, {NAT},
        "client": [{{"op": "connect", "proto": "udp", "sock": "u", "port": 9}}, {{"op": "send", "sock": "u", "n": 1}}, {{"op": "sleep", "ms": 50}},
            {{"op": "send", "sock": "u", "n": 1}}, {{"op": "connect"}}],
        "server": [{{"op": "listen"}}]"#
    ));
    assert_eq!(results(&world, 0, CallName::Send), [Ok(1), Err(Errno::ECONNREFUSED)]);
    assert_eq!(results(&world, 0, CallName::Connect), [Ok(0), Err(Errno::EHOSTUNREACH)]);
    let server = tcpdump::render(world.trace(), 1, world.now(), Numbers::Relative);
    assert!(server.contains("IP 10.9.0.2 > 10.9.0.254: ICMP 10.9.0.2 udp port 9 unreachable, length 37"), "{server}");
    let client = tcpdump::render(world.trace(), 0, world.now(), Numbers::Relative);
    assert!(client.contains("IP 10.9.0.2 > 10.9.0.1: ICMP 10.9.0.2 udp port 9 unreachable, length 37"), "{client}");
}
