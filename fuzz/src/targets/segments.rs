//! Segments of a peer that means harm, at a host that listens, connects, talks or closes.

use netsim::calls::{Call, Opt};
use netsim::host::Host;
use netsim::rng::Rng;
use netsim::sysctl::Sysctls;
use netsim::tcp::segment::{Block, Endpoint, Flags, Options, Segment, Seq, Stamp};
use netsim::tcp::send::SendFlags;
use netsim::time::{SimTime, Span, Ticks};

const HERE: Endpoint = Endpoint { addr: 0x0A09_0002, port: 80 };
const THERE: Endpoint = Endpoint { addr: 0x0A09_0001, port: 40_000 };
/// Steps of one run.
const MOST_STEPS: usize = 256;
/// Timers that may fire between two steps.
const MOST_TIMERS: usize = 2_000;

/// Bytes as numbers; what is missing is 0.
struct Bytes<'a>(std::slice::Iter<'a, u8>);

impl Bytes<'_> {
    fn byte(&mut self) -> u8 {
        self.0.next().copied().unwrap_or(0)
    }

    fn short(&mut self) -> u16 {
        u16::from(self.byte()) << 8 | u16::from(self.byte())
    }

    /// A number near one that the host knows, or any.
    fn near(&mut self, base: u32) -> Seq {
        match self.byte() {
            0..=127 => Seq(base),
            128..=191 => Seq(base.wrapping_add(u32::from(self.byte()))),
            192..=223 => Seq(base.wrapping_add((self.short() as i16) as u32)),
            _ => Seq(u32::from(self.short()) << 16 | u32::from(self.short())),
        }
    }
}

/// What the peer saw last.
#[derive(Default)]
struct Peer {
    seq: u32,
    ack: u32,
    stamp: u32,
}

struct Play {
    host: Host,
    now: SimTime,
    listener: u32,
    sock: Option<u32>,
    to: Endpoint,
    peer: Peer,
}

/// No panic, no timer in the past, no answer that is not one; queues stay within their bounds; the same again.
pub fn check(bytes: &[u8]) {
    assert_eq!(run(bytes), run(bytes), "the same segments were answered otherwise");
}

fn run(bytes: &[u8]) -> u64 {
    let mut b = Bytes(bytes.iter());
    let Some(mut p) = open(&mut b) else { return 0 };
    for _ in 0..MOST_STEPS {
        if b.0.len() == 0 {
            break;
        }
        p.step(&mut b);
        p.look();
    }
    p.host.stats.iter().map(|(_, n)| n).sum()
}

/// A host with a listener; the first bytes say what it is like and how far its connection is.
fn open(b: &mut Bytes) -> Option<Play> {
    let (first, state) = (b.byte(), b.byte());
    let mut sys = Sysctls::LINUX;
    sys.syncookies = i64::from(first >> 6);
    sys.timestamps = i64::from(first & 1);
    sys.sack = i64::from(first >> 1 & 1);
    sys.ecn = i64::from(first >> 2 & 3);
    sys.shrink_window = i64::from(first >> 4 & 1);
    sys.mtu_probing = i64::from(first >> 5 & 1) * 2;
    let mut host = Host::new(HERE.addr, sys, Ticks::HZ250, 1_500, Rng::new(u64::from(first), 3));
    let now = SimTime::from_micros(1_000_000);
    let listener = host.socket();
    host.bind(listener, HERE.port).ok()?;
    host.listen(listener, i64::from(state >> 6)).ok()?;
    let mut p = Play { host, now, listener, sock: None, to: HERE, peer: Peer::default() };
    match state & 3 {
        0 => {}
        1 => {
            let id = p.host.socket();
            p.host.connect(now, id, THERE).ok()?;
            p.sock = Some(id);
        }
        _ => p.shake(state),
    }
    Some(p)
}

impl Play {
    /// A handshake as it should be; then, if the state says so, we close first or half.
    fn shake(&mut self, state: u8) {
        let stamp = (state & 8 != 0).then_some(Stamp { val: 1, ecr: 0 });
        let options =
            Options { mss: Some(1_460), wscale: Some(7), sack_ok: state & 4 != 0, stamp, ..Options::default() };
        let syn = Segment { from: THERE, to: HERE, flags: Flags::SYN, window: 65_535, options, ..Segment::default() };
        self.host.input(self.now, &syn);
        self.hear();
        let stamp = stamp.map(|_| Stamp { val: 2, ecr: self.peer.stamp });
        let (seq, ack) = (Seq(1), Seq(self.peer.ack));
        let options = Options { stamp, ..Options::default() };
        let last =
            Segment { from: THERE, to: HERE, seq, ack, flags: Flags::ACK, window: 500, options, ..Segment::default() };
        self.host.input(self.now, &last);
        self.accept();
        self.peer.seq = 1;
        if let Some(id) = self.sock {
            match state >> 4 & 3 {
                1 => drop(self.host.shutdown(self.now, id, false, true)),
                2 => drop(self.host.close(self.now, id, false)),
                _ => {}
            }
        }
    }

    fn accept(&mut self) {
        if let Some(Ok(id)) = self.host.poll(self.now, self.listener, &mut Call::Accept, true) {
            self.sock = Some(id as u32);
        }
    }

    /// What left tells the peer where the host is.
    fn hear(&mut self) {
        for s in std::mem::take(&mut self.host.out) {
            assert!(s.from.addr == HERE.addr && s.to.addr == THERE.addr, "{s:?}");
            assert!(s.wire_len() <= 65_535, "{s:?}");
            if s.from.port != HERE.port {
                self.to = s.from;
            }
            let seen = s.options.stamp.map_or(self.peer.stamp, |t| t.val);
            self.peer = Peer { seq: s.ack.0, ack: s.end().0, stamp: seen };
        }
    }

    fn step(&mut self, b: &mut Bytes) {
        let wait = u64::from(b.byte());
        self.now = self.now + Span::micros(if wait > 200 { (wait - 200) * 1_000_000 } else { wait * 500 });
        for _ in 0..MOST_TIMERS {
            match self.host.next_timer() {
                Some(due) if due <= self.now => self.host.run_timers(self.now),
                Some(_) | None => break,
            }
        }
        if let Some(due) = self.host.next_timer() {
            assert!(due > self.now, "a timer that does not go away");
        }
        match b.byte() {
            0..=199 => {
                let seg = self.segment(b);
                self.host.input(self.now, &seg);
            }
            n => self.call(n, b),
        }
        self.hear();
    }

    fn call(&mut self, n: u8, b: &mut Bytes) {
        self.accept();
        let Some(id) = self.sock else { return };
        let (now, amount) = (self.now, u32::from(b.short()));
        let send = |flags| Call::Send { left: amount, done: 0, flags, full: false };
        let mut call = match n % 8 {
            0 => send(SendFlags::default()),
            1 => send(SendFlags { more: true, ..SendFlags::default() }),
            2 => send(SendFlags { eor: true, ..SendFlags::default() }),
            3 | 4 => Call::Recv { n: amount, dontwait: true },
            5 => {
                let opts = [Opt::Nodelay(true), Opt::Cork(amount & 1 == 0), Opt::Quickack(amount & 1 == 0)];
                let opt = opts.get(amount as usize % 5).copied().unwrap_or(Opt::Rcvbuf(i64::from(amount)));
                let _ = self.host.setopt(now, id, opt);
                return;
            }
            6 => {
                let _ = self.host.shutdown(now, id, amount & 1 == 0, amount & 2 == 0);
                return;
            }
            _ => {
                let _ = self.host.close(now, id, amount & 1 == 0);
                return;
            }
        };
        let _ = self.host.poll(now, id, &mut call, true);
    }

    fn segment(&self, b: &mut Bytes) -> Segment {
        let ack = Flags::ACK;
        let usual =
            [ack, ack | Flags::PSH, ack | Flags::FIN, Flags::SYN, Flags::SYN | ack, Flags::RST | ack, Flags::RST];
        let flags = usual.get(usize::from(b.byte() % 9)).copied().unwrap_or(Flags(u16::from(b.byte())));
        let (syn, bits) = (flags.has(Flags::SYN), b.byte());
        let mut options = Options {
            mss: (syn && bits & 1 == 0).then(|| b.short()),
            wscale: (syn && bits & 2 == 0).then(|| b.byte() % 20),
            sack_ok: syn && bits & 4 == 0,
            stamp: (bits & 8 == 0).then(|| Stamp { val: u32::from(b.byte()), ecr: b.near(self.peer.stamp).0 }),
            ..Options::default()
        };
        for _ in 0..(bits >> 6) {
            let start = b.near(self.peer.ack.wrapping_sub(2_000));
            options.sack.push(Block { start, end: start + u32::from(b.short()) });
        }
        let len = if bits & 32 == 0 { 0 } else { u32::from(b.short()) };
        Segment {
            from: if bits & 16 == 0 { THERE } else { Endpoint { port: THERE.port + 1, ..THERE } },
            to: self.to,
            seq: b.near(self.peer.seq),
            ack: b.near(self.peer.ack),
            flags,
            window: b.short(),
            len,
            options,
            ecn: bits & 3,
            gso: if len > 1_460 { 1_460 } else { 0 },
            ..Segment::default()
        }
    }

    /// What must hold of a connection at any time.
    fn look(&self) {
        let Some(t) = self.sock.and_then(|id| self.host.tcb(id)) else { return };
        assert!(!t.snd.nxt.before(t.snd.una) && !t.snd.write.before(t.snd.nxt), "una, nxt, write out of order");
        assert_eq!(t.snd.packets_out as usize, t.snd.rtx.len(), "packets_out");
        assert!(t.cc.cwnd >= 1, "an empty congestion window");
        assert!(t.rec.sacked_out + t.rec.lost_out <= t.snd.packets_out || !t.sack_ok, "more is marked than is out");
    }
}
