//! UDP: boundaries, truncation, buffers, errors, sizes, fragments.

use netsim::errno::Errno;
use netsim::trace::{Args, CallName, Refused, What};
use netsim::view::{ss_text, strace};

use super::{calls, count, counter, results, run};

#[test]
fn a_datagram_is_one_read_and_what_does_not_fit_is_gone() {
    // Measured: recvmsg(1024) of 2000 bytes gives 1024 with MSG_TRUNC, the next read gives the next datagram, an empty
    // one is a read of 0, MSG_TRUNC as a flag returns the real length.
    let world = run(
        r#""client": [{"op": "bind"}, {"op": "sendto", "n": 2000, "port": 9000}, {"op": "sendto", "n": 0, "port": 9000},
            {"op": "sendto", "n": 6, "port": 9000}, {"op": "sendto", "n": 2000, "port": 9000}, {"op": "recvfrom"}],
        "server": [{"op": "bind", "port": 9000}, {"op": "recvfrom", "n": 1024}, {"op": "recvfrom", "n": 10},
            {"op": "recvfrom", "n": 2}, {"op": "recvfrom", "n": 10, "flags": ["peek", "trunc"]},
            {"op": "recvfrom", "n": 10, "flags": ["trunc"]}, {"op": "recvfrom", "flags": ["dontwait"]}, {"op": "sendto", "n": 3}]"#,
    );
    let read = results(&world, 1, CallName::RecvFrom);
    assert_eq!(read, [Ok(1024), Ok(0), Ok(2), Ok(2000), Ok(2000), Err(Errno::EAGAIN)]);
    let first = calls(&world, 1, CallName::RecvFrom)[0].args.clone().expect("arguments");
    assert!(matches!(&*first, Args::Datagram { real: 2000, .. }), "{first:?}");
    // Without an address the answer goes to the last sender.
    assert_eq!(results(&world, 0, CallName::RecvFrom), [Ok(3)]);
    assert_eq!((counter(&world, 1, "UdpInDatagrams"), counter(&world, 0, "UdpOutDatagrams")), (4, 4));
}

#[test]
fn a_full_receive_buffer_drops() {
    // Measured with 700 datagrams over veth: SO_RCVBUF as given, payload, how many could be read. UdpInErrors and
    // UdpRcvbufErrors counted the rest.
    for (rcvbuf, n, fit) in [
        (0, 1, 256),
        (0, 500, 166),
        (0, 1472, 92),
        (0, 3000, 39),
        (1, 1, 2),
        (1, 3000, 1),
        (2048, 500, 3),
        (8192, 1000, 7),
        (65_536, 100, 157),
    ] {
        let opts = if rcvbuf > 0 { format!(r#"{{"rcvbuf": {rcvbuf}}}"#) } else { "{}".into() };
        let world = run(&format!(
            r#""client": [{{"op": "bind"}}, {{"op": "repeat", "times": 700, "steps": [{{"op": "sendto", "n": {n}, "port": 9000}}]}}],
            "server": [{{"op": "bind", "port": 9000, "opts": {opts}}}, {{"op": "sleep", "ms": 500}},
                {{"op": "loop", "steps": [{{"op": "recvfrom", "flags": ["dontwait"]}}]}}]"#
        ));
        let read = results(&world, 1, CallName::RecvFrom).into_iter().filter(Result::is_ok).count();
        assert_eq!(read, fit, "{rcvbuf} {n}");
        let lost = 700 - fit as u64;
        assert_eq!(
            (counter(&world, 1, "UdpRcvbufErrors"), counter(&world, 1, "UdpInErrors")),
            (lost, lost),
            "{rcvbuf} {n}"
        );
        assert_eq!(count(&world, |_, w| matches!(w, What::Discarded { why: Refused::NoMemory, .. })), lost as usize);
    }
}

#[test]
fn only_a_connected_socket_hears_that_a_port_is_closed() {
    // Measured: send, ECONNREFUSED once at the next call, then nothing any more; an unconnected socket hears nothing.
    let world = run(
        r#""client": [{"op": "connect", "proto": "udp", "port": 9}, {"op": "send", "n": 1}, {"op": "sleep", "ms": 30},
            {"op": "send", "n": 1}, {"op": "recvfrom", "flags": ["dontwait"]}, {"op": "bind", "sock": "u"},
            {"op": "sendto", "sock": "u", "n": 1, "port": 9}, {"op": "sleep", "ms": 30}, {"op": "sendto", "sock": "u", "n": 1, "port": 9}],
        "server": [{"op": "bind", "port": 9000}]"#,
    );
    assert_eq!(results(&world, 0, CallName::Send), [Ok(1), Err(Errno::ECONNREFUSED)]);
    assert_eq!(results(&world, 0, CallName::RecvFrom), [Err(Errno::EAGAIN)]);
    assert_eq!(results(&world, 0, CallName::SendTo), [Ok(1), Ok(1)]);
    assert_eq!((counter(&world, 1, "UdpNoPorts"), counter(&world, 1, "IcmpOutDestUnreachs")), (3, 3));
    assert_eq!(counter(&world, 0, "IcmpMsgInType3"), 3);
}

#[test]
fn errors_are_sent_six_at_once_and_then_one_a_second() {
    // Measured: of 20 at once six are answered, of 30 in the next three seconds three; IcmpOutRateLimitHost counts the rest
    // (icmp_ratelimit 1000 ms, inet_peer_xrlim_allow).
    let world = run(
        r#""client": [{"op": "bind"}, {"op": "repeat", "times": 20, "steps": [{"op": "sendto", "n": 1, "port": 9}]},
            {"op": "repeat", "times": 30, "steps": [{"op": "sleep", "ms": 100}, {"op": "sendto", "n": 1, "port": 9}]}],
        "server": [{"op": "bind", "port": 9000}]"#,
    );
    assert_eq!(counter(&world, 1, "UdpNoPorts"), 50);
    assert_eq!((counter(&world, 1, "IcmpOutDestUnreachs"), counter(&world, 1, "IcmpOutRateLimitHost")), (9, 41));
}

#[test]
fn sizes_have_limits() {
    // Measured: 65507 leaves, 65508 is EMSGSIZE; with IP_PMTUDISC_DO 1472 leaves, 1473 is EMSGSIZE. send() without an
    // address: EDESTADDRREQ; port 0: EINVAL.
    let world = run(
        r#""client": [{"op": "bind", "opts": {"mtu_discover": 1}}, {"op": "sendto", "n": 65508, "port": 9000},
            {"op": "sendto", "n": 65507, "port": 9000}, {"op": "setopt", "opts": {"mtu_discover": 2}}, {"op": "sendto", "n": 1472, "port": 9000},
            {"op": "sendto", "n": 1473, "port": 9000}, {"op": "sendto", "n": 1}, {"op": "sendto", "n": 1, "port": 0}],
        "server": [{"op": "bind", "port": 9000}, {"op": "recvfrom"}, {"op": "recvfrom"}]"#,
    );
    let expected = [
        Err(Errno::EMSGSIZE),
        Ok(65_507),
        Ok(1472),
        Err(Errno::EMSGSIZE),
        Err(Errno::EDESTADDRREQ),
        Err(Errno::EINVAL),
    ];
    assert_eq!(results(&world, 0, CallName::SendTo), expected);
    assert_eq!(results(&world, 1, CallName::RecvFrom), [Ok(65_507), Ok(1472)]);
    assert_eq!((counter(&world, 0, "IpFragCreates"), counter(&world, 1, "IpReasmOKs")), (45, 1));
}

#[test]
fn a_lost_fragment_loses_the_datagram() {
    // net.ipv4.ipfrag_time: after 30 s IpReasmTimeout, IpReasmFails, and ICMP type 11 code 1 if the first had come.
    let fields = |nth: u32| {
        format!(
            r#""rules": [{{"what": "{}", "nth": [1]}}], "limit_ms": 60000,
            "client": [{{"op": "bind"}}, {{"op": "sendto", "n": 3000, "port": 9000}}, {{"op": "sleep", "ms": 35000}}],
            "server": [{{"op": "bind", "port": 9000}}, {{"op": "setopt", "opts": {{"rcvtimeo_ms": 1000}}}}, {{"op": "recvfrom"}}]"#,
            if nth == 0 { "udp" } else { "fragment" }
        )
    };
    let world = run(&fields(1));
    assert_eq!(results(&world, 1, CallName::RecvFrom), [Err(Errno::EAGAIN)]);
    let counted = ["IpReasmReqds", "IpReasmOKs", "IpReasmFails", "IpReasmTimeout"].map(|n| counter(&world, 1, n));
    assert_eq!(counted, [2, 0, 1, 1]);
    assert_eq!((counter(&world, 0, "IpFragCreates"), counter(&world, 0, "IcmpInTimeExcds")), (3, 1));
    let failed = world.trace().iter().find(|f| matches!(f.what, What::ReassemblyFailed)).expect("a failure");
    let arrived = world.trace().iter().find(|f| matches!(f.what, What::Arrived { .. })).expect("an arrival");
    assert_eq!(failed.at.since(arrived.at).as_millis(), 30_000);
    // Without the first fragment nobody is told.
    assert_eq!(counter(&run(&fields(0)), 0, "IcmpInTimeExcds"), 0);
}

#[test]
fn ss_shows_udp_sockets() {
    let world = run(
        r#""client": [{"op": "connect", "proto": "udp", "port": 9000}, {"op": "send", "n": 1000}, {"op": "sleep", "ms": 100}],
        "server": [{"op": "bind", "port": 9000}, {"op": "sleep", "ms": 100}, {"op": "recvfrom"}]"#,
    );
    let at = world.first_packet().expect("a packet") + netsim::time::Span::millis(50);
    // `ss -uan` of iproute2 6 on sockets of these states.
    let server = ss_text::render_udp(world.trace(), 1, at);
    let rows: Vec<&str> = server.lines().collect();
    assert_eq!(rows[1].split_whitespace().collect::<Vec<_>>(), ["UNCONN", "2304", "0", "0.0.0.0:9000", "0.0.0.0:*"]);
    let client = ss_text::render_udp(world.trace(), 0, at);
    assert!(client.contains("ESTAB 0      0           10.9.0.1:32768     10.9.0.2:9000"), "{client}");
}

#[test]
fn a_group_of_sockets_shares_a_port_by_hash() {
    // SO_REUSEPORT: all from one address and port meet one socket.
    let reader = |s: &str| {
        format!(
            r#"{{"op": "spawn", "steps": [{{"op": "bind", "sock": "{s}", "port": 9000, "opts": {{"reuseport": 1}}}}, {{"op": "loop", "steps": [{{"op": "recvfrom", "sock": "{s}"}}]}}]}}"#
        )
    };
    let sender = |s: usize| {
        format!(
            r#"{{"op": "bind", "sock": "s{s}"}}, {{"op": "sendto", "sock": "s{s}", "n": 1, "port": 9000}}, {{"op": "sendto", "sock": "s{s}", "n": 1, "port": 9000}}"#
        )
    };
    let senders: Vec<String> = (0..40).map(sender).collect();
    let world = run(&format!(
        r#""client": [{}], "server": [{}, {}, {}]"#,
        senders.join(", "),
        reader("a"),
        reader("b"),
        reader("c")
    ));
    let mut met: std::collections::BTreeMap<u16, Vec<String>> = std::collections::BTreeMap::new();
    for c in calls(&world, 1, CallName::RecvFrom) {
        if let Some(Args::Datagram { from, .. }) = c.args.as_deref() {
            met.entry(from.port).or_default().push(c.sock.as_deref().unwrap_or_default().to_string());
        }
    }
    assert_eq!(met.len(), 40);
    assert!(met.values().all(|s| s.len() == 2 && s[0] == s[1]), "{met:?}");
    for sock in ["a", "b", "c"] {
        let n = met.values().filter(|s| s[0] == sock).count();
        assert!((5..=25).contains(&n), "{sock} {n}");
    }
}

#[test]
fn strace_writes_the_calls_of_udp() {
    // strace 6 of a program that did the same.
    let world = run(
        r#""client": [{"op": "connect", "proto": "udp", "port": 9000}, {"op": "sendto", "n": 33}, {"op": "sendto", "n": 1, "port": 9000, "flags": ["dontwait"]}],
        "server": [{"op": "bind", "port": 9000, "opts": {"mtu_discover": 2}}, {"op": "recvfrom", "n": 100, "flags": ["dontwait"]},
            {"op": "recvfrom", "n": 5, "flags": ["peek", "trunc"]}, {"op": "recvfrom", "n": 500}]"#,
    );
    let server = strace::render(world.trace(), 1, world.now());
    let sender = r#"{sa_family=AF_INET, sin_port=htons(32768), sin_addr=inet_addr("10.9.0.1")}, [16]) = 33 <"#;
    for line in [
        "socket(AF_INET, SOCK_DGRAM, IPPROTO_IP) = 3 <",
        "setsockopt(3, SOL_IP, IP_MTU_DISCOVER, [2], 4) = 0 <",
        r#"bind(3, {sa_family=AF_INET, sin_port=htons(9000), sin_addr=inet_addr("0.0.0.0")}, 16) = 0 <"#,
        ", 100, MSG_DONTWAIT, 0x7ffe80f02590, [16]) = -1 EAGAIN (Resource temporarily unavailable) <",
        &format!(r#"recvfrom(3, "01234", 5, MSG_PEEK|MSG_TRUNC, {sender}"#),
        &format!(r#"recvfrom(3, "0123456789abcdefghijklmnopqrstuv"..., 500, 0, {sender}"#),
    ] {
        assert!(server.contains(line), "{line}\n{server}");
    }
    let client = strace::render(world.trace(), 0, world.now());
    let to = r#"{sa_family=AF_INET, sin_port=htons(9000), sin_addr=inet_addr("10.9.0.2")}, 16) = "#;
    assert!(client.contains(&format!("connect(3, {to}0 <")), "{client}");
    assert!(client.contains(r#"sendto(3, "0123456789abcdefghijklmnopqrstuv"..., 33, 0, NULL, 0) = 33 <"#), "{client}");
    assert!(client.contains(&format!(r#"sendto(3, "0", 1, MSG_DONTWAIT, {to}1 <"#)), "{client}");
}
