//! Views against the tools they imitate: tcpdump and tshark read our captures, and lines that real tools printed are
//! found again.

#[path = "common/tools.rs"]
mod tools;

use std::fs;

use std::path::Path;

use netsim::scenario::Scenario;
use netsim::time::{SimTime, Span};
use netsim::view::tcpdump::Numbers;
use netsim::view::{buffers, conntrack, pcapng, ss_text, strace, tcpdump};
use netsim::world::World;
use tools::piped;

const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/scenarios");

fn run(text: &str) -> World {
    let mut world = World::new(&Scenario::parse(text).expect("a scenario"), 1).expect("a world");
    world.watch_sockets();
    world.run();
    world
}

fn golden(name: &str) -> World {
    run(&fs::read_to_string(Path::new(SCENARIOS).join(format!("{name}.json"))).expect("a golden scenario"))
}

/// So many milliseconds after the first packet.
fn after(world: &World, ms: u64) -> SimTime {
    world.first_packet().expect("a packet") + Span::millis(ms)
}

fn each_side(mut check: impl FnMut(&str, &World, usize)) {
    let mut seen = 0;
    for entry in fs::read_dir(SCENARIOS).expect("scenarios") {
        let path = entry.expect("an entry").path();
        let world = run(&fs::read_to_string(&path).expect("a scenario"));
        for side in [0, 1] {
            check(&path.file_stem().expect("a name").to_string_lossy(), &world, side);
            seen += 1;
        }
    }
    assert_eq!(seen, 58);
}

#[test]
fn tcpdump_prints_our_captures_as_we_do() {
    each_side(|name, world, side| {
        let file = pcapng::render(world.trace(), side, world.now());
        for (numbers, flags) in [(Numbers::Relative, "-nn"), (Numbers::Absolute, "-nnS")] {
            let Some(real) = piped("tcpdump", &[flags, "-r", "-"], &file) else { return };
            let ours = tcpdump::render(world.trace(), side, world.now(), numbers);
            assert!(real.lines().eq(ours.lines()), "{name} {side} {flags}\n{real}\n{ours}");
        }
    });
}

#[test]
fn tshark_finds_every_checksum_right_and_nothing_malformed() {
    each_side(|name, world, side| {
        let file = pcapng::render(world.trace(), side, world.now());
        let fields = ["ip.checksum.status", "tcp.checksum.status", "tcp.len", "frame.time_epoch", "_ws.malformed"];
        let mut args = vec![
            "-r",
            "-",
            "-o",
            "tcp.desegment_tcp_streams:FALSE",
            "-o",
            "ip.check_checksum:TRUE",
            "-o",
            "tcp.check_checksum:TRUE",
            "-T",
            "fields",
        ];
        args.extend(fields.iter().flat_map(|f| ["-e", f]));
        let Some(out) = piped("tshark", &args, &file) else { return };
        let packets = netsim::view::packets::captured(world.trace(), side, world.now());
        assert_eq!(out.lines().count(), packets.len(), "{name} {side}");
        for (line, p) in out.lines().zip(packets) {
            let [ip, tcp, len, time, bad] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
            assert_eq!((ip, tcp, bad), ("1", "1", ""), "{name} {side}: {line}");
            assert_eq!(len, p.segment.len.to_string(), "{name} {side}: {line}");
            let us = p.at.as_micros();
            let exact = format!("{}.{:06}", us / 1_000_000, us % 1_000_000);
            assert!(time.starts_with(&exact) || time.contains(&exact), "{name} {side}: {line}, not {exact}");
        }
    });
}

#[test]
fn strace_shows_the_calls_of_head_of_line_blocking() {
    let world = golden("hol_messages");
    let text = strace::render(world.trace(), 1, world.now());
    // Reading: 200 bytes, then a thousand in one call (the kernel: 199.95 ms and 70.18 ms), then the end.
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "1000  0.000000 socket(AF_INET, SOCK_STREAM, IPPROTO_IP) = 3 <0.000000>");
    let bind = r#"bind(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr("0.0.0.0")}, 16) = 0 <0.000000>"#;
    assert_eq!(lines[1], format!("1000  0.000000 {bind}"));
    assert_eq!(lines[2], "1000  0.000000 listen(3, 16)            = 0 <0.000000>");
    assert!(lines[3].starts_with("1000  0.000000 accept(3, NULL, NULL)    = 4 <0.09"), "{}", lines[3]);
    let read = r#"recvfrom(4, "89abcdefghijklmnopqrstuv01234567"..., 65536, 0, NULL, NULL) = 1000 <0.07"#;
    assert!(lines[5].contains(read), "{}", lines[5]);
    assert!(lines[6].contains(r#"recvfrom(4, "", 65536, 0, NULL, NULL) = 0 <0.9"#), "{}", lines[6]);
    assert_eq!(lines[lines.len() - 2].get(15..), Some("exit_group(0)            = ?"));
    let blocked = strace::render(world.trace(), 1, after(&world, 100));
    assert!(blocked.ends_with("recvfrom(4,  <unfinished ...>\n"), "{blocked}");
}

#[test]
fn strace_interrupts_a_line_where_another_thread_speaks() {
    // strace -f printed of such a program: `recvfrom(5,  <unfinished ...>`, then
    // `<... recvfrom resumed>"hi", 100, 0, NULL, NULL) = 2`.
    let world = run(r#"{"name": "threads", "delay_ms": 5,
        "client": [{"op": "connect"}, {"op": "sleep", "ms": 50}, {"op": "send", "n": 2}, {"op": "sleep", "ms": 50}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "spawn", "steps": [{"op": "recv", "n": 100}]},
                   {"op": "sleep", "ms": 20}, {"op": "setopt", "opts": {"nodelay": 1}}]}"#);
    let text = strace::render(world.trace(), 1, world.now());
    assert!(text.contains("recvfrom(4,  <unfinished ...>\n1000  "), "{text}");
    assert!(text.contains("setsockopt(4, SOL_TCP, TCP_NODELAY, [1], 4) = 0 <0.000000>\n1001  "), "{text}");
    assert!(text.contains("<... recvfrom resumed>\"01\", 100, 0, NULL, NULL) = 2 <"), "{text}");
}

#[test]
fn strace_shows_errors_and_buffers() {
    let world = golden("linger0");
    let text = strace::render(world.trace(), 1, world.now());
    let reset = "65536, 0, NULL, NULL) = -1 ECONNRESET (Connection reset by peer) <0.";
    assert!(text.contains(reset), "{text}");
    assert!(text.contains("sendto(4, \"a\", 1, MSG_NOSIGNAL, NULL, 0) = -1 EPIPE (Broken pipe) <"), "{text}");
    let world = run(r#"{"name": "vector", "delay_ms": 5,
        "client": [{"op": "connect", "opts": {"linger": [1, 5]}}, {"op": "sendv", "n": [33, 3], "flags": ["more"]}],
        "server": [{"op": "listen"}, {"op": "accept"}, {"op": "drain"}]}"#);
    let text = strace::render(world.trace(), 0, world.now());
    let call = r#"sendmsg(3, {msg_name=NULL, msg_namelen=0, msg_iov=[{iov_base="0123456789abcdefghijklmnopqrstuv"..., iov_len=33}, {iov_base="123", iov_len=3}], msg_iovlen=2, msg_controllen=0, msg_flags=0}, MSG_NOSIGNAL|MSG_MORE) = 36 <"#;
    assert!(text.contains(call), "{text}");
    assert!(text.contains("setsockopt(3, SOL_SOCKET, SO_LINGER, {l_onoff=1, l_linger=5}, 8) = 0 <"), "{text}");
}

#[test]
fn ss_shows_states_queues_and_timers() {
    let world = golden("hol_messages");
    // In the form that ss of iproute2 6 printed for sockets of these states.
    let end = ss_text::render(world.trace(), 0, world.now());
    let expected = "State     Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess\n\
                    TIME-WAIT 0      0           10.9.0.1:32768     10.9.0.2:80   timer:(timewait,59sec,0)\n\t\n";
    assert_eq!(end, expected);
    let server = ss_text::render(world.trace(), 1, after(&world, 300));
    let rows: Vec<&str> = server.lines().collect();
    assert_eq!(rows[0], "State  Recv-Q Send-Q Local Address:Port Peer Address:Port Process");
    assert_eq!(rows[1], "LISTEN 0      16           0.0.0.0:80        0.0.0.0:*");
    assert_eq!(rows[2], "\t cubic cwnd:10");
    assert_eq!(rows[3], "ESTAB  0      0           10.9.0.2:80       10.9.0.1:32768");
    assert!(rows[4].starts_with("\t ts sack cubic wscale:7,7 rto:252 rtt:50"), "{}", rows[4]);
    let then = " ato:40 mss:1448 pmtu:1500 rcvmss:536 advmss:1448 cwnd:10 bytes_received:200 segs_out:5 segs_in:6 ";
    assert!(rows[4].contains(then), "{}", rows[4]);
    let client = ss_text::render(world.trace(), 0, after(&world, 300));
    let expected = "ESTAB 0      1200        10.9.0.1:32768     10.9.0.2:80   timer:(on,0";
    assert!(client.contains(expected), "{client}");
    assert!(client.contains(" bytes_sent:1200 bytes_acked:1 segs_out:8 segs_in:1 data_segs_out:6 "), "{client}");
}

#[test]
fn a_full_accept_queue_is_one_more_than_the_backlog() {
    // listen(0): one waits, Recv-Q 1 and Send-Q 0 (sk_acceptq_is_full compares with `>`).
    let world = golden("accept_q_zero");
    let text = ss_text::render(world.trace(), 1, after(&world, 600));
    assert!(text.contains("LISTEN 1      0            0.0.0.0:80        0.0.0.0:*\n"), "{text}");
}

#[test]
fn buffers_hold_what_came_too_early() {
    let world = golden("hol_messages");
    let server = buffers::at(world.trace(), 1, after(&world, 310));
    let b = server.values().next().expect("a connection");
    assert_eq!((b.readable, b.early), (0, (800, 4)));
    let client = buffers::at(world.trace(), 0, after(&world, 310));
    let b = client.values().next().expect("a connection");
    assert_eq!((b.in_flight.1, b.unsent), (5, 0));
}

#[test]
fn conntrack_follows_a_connection() {
    let world = golden("hol_messages");
    let tuples = "src=10.9.0.1 dst=10.9.0.2 sport=32768 dport=80 ";
    let back = "src=10.9.0.2 dst=10.9.0.1 sport=80 dport=32768 ";
    for (ms, text) in [
        (10, format!("tcp      6 119 SYN_SENT {tuples}[UNREPLIED] {back}mark=0 use=1\n")),
        (60, format!("tcp      6 431999 ESTABLISHED {tuples}{back}[ASSURED] mark=0 use=1\n")),
        // Data that nobody acknowledged yet: nf_conntrack_tcp_timeout_unacknowledged.
        (260, format!("tcp      6 299 ESTABLISHED {tuples}{back}[ASSURED] mark=0 use=1\n")),
        (1_340, format!("tcp      6 119 TIME_WAIT {tuples}{back}[ASSURED] mark=0 use=1\n")),
    ] {
        assert_eq!(conntrack::render(world.trace(), 0, after(&world, ms)), text, "{ms}");
    }
}
