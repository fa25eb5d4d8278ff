//! `conntrack -L` on the host of a side: what its connection tracking makes of the packets that pass its device
//! (net/netfilter/nf_conntrack_proto_tcp.c, Linux 6.18, default timeouts, nf_conntrack_tcp_loose=1). The world has no
//! box in the middle, so there is none to ask.
//!
//! Left out: the check of sequence numbers against windows, which never fails between two honest hosts but for some
//! late resets, and checksums.

use crate::map::Map;
use alloc::format;
use alloc::string::String;

use super::packets::captured;
use super::tcpdump::address;
use crate::tcp::segment::{Endpoint, Flags, Segment, Seq};
use crate::time::{SimTime, Span};
use crate::trace::Fact;

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

/// One tracked connection.
#[derive(Debug, Clone)]
struct Entry {
    state: u8,
    expires: SimTime,
    replied: bool,
    assured: bool,
    /// End of what each direction sent, and whether some of it is not acknowledged.
    sent: [(Option<Seq>, bool); 2],
    last: Option<(usize, Seq, Seq, Seq, u16)>,
    retrans: u32,
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
    /// Whether the entry survives the packet.
    fn pass(&mut self, at: SimTime, direction: usize, kind: usize, s: &Segment) -> bool {
        let next = NEXT[direction][kind][usize::from(self.state)];
        if next == IG || next == IV {
            return true;
        }
        self.replied |= direction == 1;
        if s.has(Flags::RST) && !self.replied {
            return false;
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
        let usual = STATES[usize::from(next)].1;
        let unacked = self.sent.iter().any(|s| s.1);
        let short = self.retrans >= MOST_RETRANS || unacked || (kind == 3 && s.window == 0);
        self.expires = at + Span::secs(if short { usual.min(SHORT) } else { usual });
        true
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

/// What `conntrack -L` prints at that time, without its closing line.
pub fn render(trace: &[Fact], side: usize, at: SimTime) -> String {
    let mut table: Map<(Endpoint, Endpoint), Entry> = Map::new();
    for p in captured(trace, side, at) {
        let s = p.segment;
        let Some(kind) = kind(s) else { continue };
        table.retain(|_, e| e.expires > p.at);
        let reply = table.contains_key(&(s.to, s.from));
        let (key, direction) = if reply { ((s.to, s.from), 1) } else { ((s.from, s.to), 0) };
        let over = table.get(&key).is_some_and(|e| e.state >= TW && e.state < 9);
        if over && kind == 0 {
            table.remove(&key);
        }
        let (key, direction) = if over && kind == 0 { ((s.from, s.to), 0) } else { (key, direction) };
        let fresh = Entry {
            state: 0,
            expires: p.at,
            replied: false,
            assured: false,
            sent: [(None, false); 2],
            last: None,
            retrans: 0,
        };
        if !table.contains_key(&key) && NEXT[0][kind][0] >= IG {
            continue;
        }
        if !table.entry(key).or_insert(fresh).pass(p.at, direction, kind, s) {
            table.remove(&key);
        }
    }
    let mut out = String::new();
    for ((from, to), e) in table.iter().filter(|(_, e)| e.expires > at) {
        let tuple = |a: &Endpoint, b: &Endpoint| {
            format!("src={} dst={} sport={} dport={} ", address(a.addr), address(b.addr), a.port, b.port)
        };
        out.push_str(&format!(
            "tcp      6 {} {} {}{}{}{}mark=0 use=1\n",
            e.expires.since(at).as_millis() / 1_000,
            STATES[usize::from(e.state)].0,
            tuple(from, to),
            if e.replied { "" } else { "[UNREPLIED] " },
            tuple(to, from),
            if e.assured { "[ASSURED] " } else { "" },
        ));
    }
    out
}
