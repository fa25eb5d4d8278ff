//! Whatever segment arrives, in whatever state: no panic, no timer in the past, and answers that are answers to it.
//! `fuzz_segments` is the function of a fuzz target: bytes in, segments at a host with a listener and a connection.

use netsim::host::Host;
use netsim::rng::Rng;
use netsim::sysctl::Sysctls;
use netsim::tcp::segment::{Block, Endpoint, Flags, Options, Segment, Seq, Stamp};
use netsim::time::{SimTime, Span, Ticks};

const HERE: Endpoint = Endpoint { addr: 0x0A09_0002, port: 80 };
const THERE: Endpoint = Endpoint { addr: 0x0A09_0001, port: 40_000 };

/// Bytes as numbers; what is missing is 0.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn short(&mut self) -> u16 {
        u16::from(self.byte()) << 8 | u16::from(self.byte())
    }

    /// A number near one of the host's, or anything.
    fn near(&mut self, of: &[u32]) -> Seq {
        let choice = usize::from(self.byte());
        let off = i32::from(self.short() as i16);
        let base = of.get(choice % (of.len() + 1)).copied().unwrap_or(u32::from(self.short()) << 16);
        Seq(base.wrapping_add(if choice % 3 == 0 { 0 } else { off as u32 }))
    }
}

/// What the peer knows of the host: its last numbers.
#[derive(Default)]
struct Peer {
    seq: u32,
    ack: u32,
    stamp: u32,
}

fn segment(b: &mut Bytes, peer: &Peer, to: Endpoint) -> Segment {
    let usual =
        [Flags::SYN, Flags::ACK, Flags::ACK | Flags::PSH, Flags::ACK | Flags::FIN, Flags::RST | Flags::ACK, Flags::RST];
    let choice = b.byte();
    let flags = usual.get(usize::from(choice % 8)).copied().unwrap_or(Flags(u16::from(b.byte())));
    let syn = flags.has(Flags::SYN);
    let bits = b.byte();
    let mut options = Options {
        mss: (syn && bits & 1 == 0).then(|| b.short()),
        wscale: (syn && bits & 2 == 0).then(|| b.byte() % 20),
        sack_ok: syn && bits & 4 == 0,
        stamp: (bits & 8 == 0).then(|| Stamp { val: peer.stamp.wrapping_add(u32::from(bits)), ecr: peer.stamp }),
        ..Options::default()
    };
    for _ in 0..(bits >> 6) {
        let start = b.near(&[peer.ack]);
        options.sack.push(Block { start, end: start + u32::from(b.short()) });
    }
    Segment {
        from: if bits & 16 == 0 { THERE } else { Endpoint { port: THERE.port + 1, ..THERE } },
        to,
        seq: b.near(&[peer.seq, peer.seq]),
        ack: b.near(&[peer.ack, peer.ack]),
        flags,
        window: b.short(),
        len: if bits & 32 == 0 { 0 } else { u32::from(b.short()) % 3_000 },
        options,
        ecn: bits & 3,
        ..Segment::default()
    }
}

/// Feeds segments made of bytes to a host that listens and, if the first byte says so, connects.
fn fuzz_segments(bytes: &[u8]) {
    let mut b = Bytes(bytes.iter());
    let first = b.byte();
    let mut sys = Sysctls::LINUX;
    sys.syncookies = i64::from(first >> 6);
    sys.timestamps = i64::from(first & 1);
    sys.sack = i64::from(first >> 1 & 1);
    let mut host = Host::new(HERE.addr, sys, Ticks::HZ250, 1_500, Rng::new(u64::from(first), 3));
    let listener = host.socket();
    assert!(host.bind(listener, HERE.port).is_ok() && host.listen(listener, i64::from(first % 3)).is_ok());
    let mut now = SimTime::from_micros(1_000_000);
    let mut to = HERE;
    if first & 4 != 0 {
        let id = host.socket();
        assert!(host.connect(now, id, THERE).is_ok());
    }
    let mut peer = Peer::default();
    for _ in 0..64 {
        if b.0.len() == 0 {
            break;
        }
        for s in std::mem::take(&mut host.out) {
            if s.from.port != HERE.port {
                to = s.from;
            }
            let end = s.end();
            peer = Peer { seq: s.ack.0, ack: end.0, stamp: s.options.stamp.map_or(peer.stamp, |t| t.val) };
        }
        let wait = u64::from(b.byte());
        now = now + Span::micros(if wait > 200 { (wait - 200) * 1_000_000 } else { wait * 1_000 });
        for _ in 0..200 {
            match host.next_timer() {
                Some(due) if due <= now => host.run_timers(now),
                Some(_) | None => break,
            }
        }
        if let Some(due) = host.next_timer() {
            assert!(due > now, "a timer that does not go away");
        }
        host.input(now, &segment(&mut b, &peer, to));
        for s in &host.out {
            assert!(s.from.addr == HERE.addr && s.to.addr == THERE.addr, "{s:?}");
            assert!(s.wire_len() <= 65_535, "{s:?}");
        }
    }
}

#[test]
fn no_segment_upsets_a_host() {
    let cases: u64 = std::env::var("NETSIM_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(20_000);
    for case in 0..cases {
        let mut rng = Rng::new(case, 94);
        let bytes: Vec<u8> = (0..rng.below(600)).map(|_| rng.next() as u8).collect();
        if std::panic::catch_unwind(|| fuzz_segments(&bytes)).is_err() {
            panic!("case {case}");
        }
    }
}
