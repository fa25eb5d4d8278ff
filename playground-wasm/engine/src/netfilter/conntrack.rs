//! Connection tracking (net/netfilter/nf_conntrack_core.c, nf_conntrack_proto_tcp.c, …_udp.c, Linux 6.18, default
//! timeouts): which flow a packet belongs to, and how long the flow is remembered.
//!
//! Left out: the check of sequence numbers against windows, which never fails between two honest hosts but for some
//! late resets, and checksums.

use crate::ip::Packet;
use crate::tcp::segment::{Endpoint, Flags, Segment, Seq};
use crate::time::{SimTime, Span};

/// States as conntrack prints them, with their timeouts in seconds (`tcp_timeouts`).
const STATES: [(&str, u64); 10] = [
    ("NONE", 120),
    ("SYN_SENT", 120),
    ("SYN_RECV", 60),
    ("ESTABLISHED", 432_000),
    ("FIN_WAIT", 120),
    ("CLOSE_WAIT", 60),
    ("LAST_ACK", 30),
    ("TIME_WAIT", 120),
    ("CLOSE", 10),
    ("SYN_SENT2", 120),
];
const SR: u8 = 2;
const ES: u8 = 3;
const TW: u8 = 7;
/// `nf_conntrack_tcp_timeout_max_retrans` and `…_unacknowledged`.
const SHORT: u64 = 300;
/// `nf_conntrack_tcp_max_retrans`.
const MOST_RETRANS: u32 = 3;
/// Ignored, invalid.
const IG: u8 = 100;
const IV: u8 = 101;

/// `tcp_conntracks`: direction (original, reply), kind (SYN, SYN-ACK, FIN, ACK, RST), state before; the state after.
const NEXT: [[[u8; 10]; 5]; 2] = [
    [
        [1, 1, IG, IG, IG, IG, IG, 1, 1, 9],
        [IV, IV, 2, IV, IV, IV, IV, IV, IV, 2],
        [IV, IV, 4, 4, 6, 6, 6, 7, 8, IV],
        [3, IV, 3, 3, 5, 5, 7, 7, 8, IV],
        [IV, 8, 8, 8, 8, 8, 8, 8, 8, 8],
    ],
    [
        [IV, 9, IV, IV, IV, IV, IV, 1, IV, 9],
        [IV, 2, IG, IG, IG, IG, IG, IG, IG, 2],
        [IV, IV, 4, 4, 6, 6, 6, 7, 8, IV],
        [IV, IG, 2, 3, 5, 5, 7, 7, 8, IG],
        [IV, 8, 8, 8, 8, 8, 8, 8, 8, 8],
    ],
];

/// Timeouts that a box may have of its own, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// `nf_conntrack_tcp_timeout_established`.
    pub tcp_established: u64,
    /// `nf_conntrack_udp_timeout`.
    pub udp: u64,
    /// `nf_conntrack_udp_timeout_stream`: once both sides have spoken, two seconds after the first packet.
    pub udp_stream: u64,
}

impl Timeouts {
    /// Linux's.
    pub const LINUX: Timeouts = Timeouts { tcp_established: 432_000, udp: 30, udp_stream: 120 };
}

/// Both ends of one direction, as the packets of that direction carry them.
pub type Tuple = (Endpoint, Endpoint);

/// One tracked flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Protocol: 6 TCP, 17 UDP.
    pub protocol: u8,
    /// As its first packet had it.
    pub original: Tuple,
    /// As answers have it: another than the reverse of `original` if addresses are translated.
    pub reply: Tuple,
    state: u8,
    born: SimTime,
    /// When it is forgotten.
    pub expires: SimTime,
    /// An answer was seen.
    pub replied: bool,
    /// It is kept when the table is full.
    pub assured: bool,
    /// End of what each direction sent, and whether some of it is not acknowledged.
    sent: [(Option<Seq>, bool); 2],
    last: Option<(usize, Seq, Seq, Seq, u16)>,
    retrans: u32,
}

/// Whether a packet may pass, and what becomes of its flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// The entry stays.
    Kept,
    /// The entry is gone: a reset before any answer.
    Gone,
    /// A packet that such a flow cannot have.
    Invalid,
}

fn kind(s: &Segment) -> Option<usize> {
    if s.has(Flags::RST) {
        Some(4)
    } else if s.has(Flags::SYN) {
        Some(usize::from(s.has(Flags::ACK)))
    } else if s.has(Flags::FIN) {
        Some(2)
    } else {
        s.has(Flags::ACK).then_some(3)
    }
}

impl Entry {
    /// The entry that a packet begins, if it can begin one (`nf_conntrack_tcp_loose`: an ACK in the middle can).
    pub fn begin(at: SimTime, packet: &Packet, loose: bool) -> Option<Entry> {
        let (protocol, from, to) = packet.flow()?;
        if let Packet::Tcp(s) = packet {
            let kind = kind(s)?;
            if NEXT[0][kind][0] >= IG || (!loose && kind != 0) {
                return None;
            }
        }
        Some(Entry {
            protocol,
            original: (from, to),
            reply: (to, from),
            state: 0,
            born: at,
            expires: at,
            replied: false,
            assured: false,
            sent: [(None, false); 2],
            last: None,
            retrans: 0,
        })
    }

    /// A connection that is over and may begin anew with a SYN in the original direction.
    pub fn over(&self) -> bool {
        self.protocol == 6 && (TW..9).contains(&self.state)
    }

    /// Its state as conntrack prints it; nothing for UDP.
    pub fn state_name(&self) -> Option<&'static str> {
        (self.protocol == 6).then(|| STATES[usize::from(self.state)].0)
    }

    /// A packet of the flow passes: in direction 0, the original, or 1.
    pub fn pass(&mut self, at: SimTime, direction: usize, packet: &Packet, timeouts: Timeouts) -> Passed {
        let Packet::Tcp(s) = packet else {
            self.replied |= direction == 1;
            // nf_conntrack_udp_packet: a stream once it is two seconds old and answered.
            let stream = self.replied && at.since(self.born) > Span::secs(2);
            self.assured |= stream && direction == 0;
            self.expires = at + Span::secs(if stream { timeouts.udp_stream } else { timeouts.udp });
            return Passed::Kept;
        };
        let Some(kind) = kind(s) else { return Passed::Invalid };
        let next = NEXT[direction][kind][usize::from(self.state)];
        match next {
            IG => return Passed::Kept,
            IV => return Passed::Invalid,
            _ => {}
        }
        self.replied |= direction == 1;
        if s.has(Flags::RST) && !self.replied {
            return Passed::Gone;
        }
        self.track(direction, s);
        let now = (direction, s.seq, s.ack, s.end(), s.window);
        if kind == 3 {
            self.retrans = if self.last == Some(now) { self.retrans + 1 } else { 0 };
            self.last = Some(now);
        }
        if matches!(self.state, SR | ES) && next == ES && self.replied {
            self.assured = true;
        }
        self.state = next;
        let usual = if next == ES { timeouts.tcp_established } else { STATES[usize::from(next)].1 };
        let unacked = self.sent.iter().any(|s| s.1);
        let short = self.retrans >= MOST_RETRANS || unacked || (kind == 3 && s.window == 0);
        self.expires = at + Span::secs(if short { usual.min(SHORT) } else { usual });
        Passed::Kept
    }

    /// What is sent and not acknowledged (`tcp_in_window`).
    fn track(&mut self, direction: usize, s: &Segment) {
        let end = s.end();
        let ours = &mut self.sent[direction];
        match ours.0 {
            Some(known) if end.after(known) => *ours = (Some(end), true),
            Some(_) => {}
            None => ours.0 = Some(end),
        }
        let theirs = &mut self.sent[1 - direction];
        if s.has(Flags::ACK) && theirs.0 == Some(s.ack) {
            theirs.1 = false;
        }
    }
}
