//! What lies between hosts: a delay, a rate, a queue and chance for each direction, and rules that decide about single packets. Rules compose:
//! the first that applies decides.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use crate::ip::{Body, Packet, Unreachable};
use crate::rng::Rng;
use crate::tcp::segment::{Flags, Segment};
use crate::time::{SimTime, Span};
use crate::trace::LinkDrop;

/// Kinds of packets that a rule can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// SYN without ACK.
    Syn,
    /// SYN with ACK.
    SynAck,
    /// RST.
    Rst,
    /// FIN.
    Fin,
    /// Payload.
    Data,
    /// Every other TCP segment.
    Ack,
    /// UDP: a whole datagram or its first fragment.
    Udp,
    /// ICMP.
    Icmp,
    /// A fragment other than the first.
    Fragment,
    /// ARP.
    Arp,
}

impl Kind {
    /// Which kind a packet is.
    pub fn of_packet(p: &Packet) -> Kind {
        match p {
            Packet::Tcp(s) => Kind::of(s),
            Packet::Ip(d) if d.part.is_some_and(|p| p.offset > 0) => Kind::Fragment,
            Packet::Ip(d) => match d.body {
                Body::Udp { .. } => Kind::Udp,
                Body::Icmp(_) => Kind::Icmp,
            },
            Packet::Arp(_) => Kind::Arp,
        }
    }

    /// Which kind a segment is.
    pub fn of(seg: &Segment) -> Kind {
        if seg.has(Flags::RST) {
            Kind::Rst
        } else if seg.has(Flags::SYN) {
            if seg.has(Flags::ACK) { Kind::SynAck } else { Kind::Syn }
        } else if seg.has(Flags::FIN) {
            Kind::Fin
        } else if seg.len > 0 {
            Kind::Data
        } else {
            Kind::Ack
        }
    }
}

/// One rule. What it does not name, it does not ask.
#[derive(Debug, Clone, Default)]
pub struct Rule {
    /// Which host sent it.
    pub from: Option<usize>,
    /// What it is.
    pub kind: Option<Kind>,
    /// Least length of the IP packet.
    pub min_wire: u32,
    /// Not before this time after the first packet.
    pub after: Span,
    /// Before this time.
    pub before: Option<Span>,
    /// Only these of the packets that it applies to, counted from 1, in order.
    pub nth: Option<Vec<u64>>,
    /// Delivered this much later instead of dropped.
    pub extra: Option<Span>,
    /// The sender is told, as by `REJECT` of a firewall half way.
    pub reject: Option<Reject>,
}

/// How a firewall refuses (iptables-extensions(8), `--reject-with`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reject {
    /// With a TCP reset in the name of the destination.
    TcpReset,
    /// With an ICMP error.
    Unreachable(Unreachable),
    /// As a router does when the time to live is over.
    TimeExceeded,
}

/// The address of whoever rejects where there is no relay: 10.9.0.254.
pub const ROUTER: u32 = 0x0A09_00FE;

/// Time between segments that a host sends at once, as a kernel hands them to its device.
const SPACING: Span = Span::micros(15);

/// What a burst or a handshake takes longer than a segment alone. RACK compares round trips with the least one, so this
/// tenth of a millisecond decides whether the answer to a lone probe is taken for that of the original.
const BATCH: Span = Span::micros(100);

/// One direction.
#[derive(Debug, Clone, Default)]
pub struct Lane {
    /// One-way delay.
    pub delay: Span,
    /// Bytes a second, 0 without limit.
    pub rate: u64,
    /// Packets that may wait when the rate is limited, 0 without limit.
    pub queue: usize,
    /// Bytes that may wait when the rate is limited, 0 without limit.
    pub queue_bytes: u64,
    /// Everything is lost.
    pub black_hole: bool,
    /// Lost by chance, in a million.
    pub loss: u32,
    /// Delivered twice, in a million.
    pub duplicate: u32,
    /// Delivered later by chance, in a million, and by how much.
    pub reorder: (u32, Span),
}

/// What a direction remembers.
#[derive(Debug, Clone, Default)]
struct Flow {
    last: SimTime,
    arrived: SimTime,
    any: bool,
    free_at: SimTime,
    /// When each of those that wait will have left, and its bytes.
    waiting: VecDeque<(SimTime, u64)>,
    /// All their bytes.
    held: u64,
}

/// A link between two hosts.
#[derive(Debug, Clone)]
pub struct Link {
    /// From the client's side, from the server's, from each further host.
    pub lanes: Vec<Lane>,
    flows: Vec<Flow>,
    rules: Vec<Rule>,
    /// How many packets each rule applied to.
    seen: Vec<u64>,
    rng: Vec<Rng>,
    first: Option<SimTime>,
}

/// When a packet arrives: once, twice or, for a reason, never.
pub type Fate = Result<(SimTime, Option<SimTime>), LinkDrop>;

impl Link {
    /// A link with these lanes and rules; chance in lane i is the seed's stream `stream + i`.
    pub fn new(lanes: Vec<Lane>, rules: Vec<Rule>, seed: u64, stream: u64) -> Link {
        let seen = alloc::vec![0; rules.len()];
        let flows = lanes.iter().map(|_| Flow::default()).collect();
        let rng = (0..lanes.len() as u64).map(|i| Rng::new(seed, stream + i)).collect();
        Link { lanes, flows, rules, seen, rng, first: None }
    }

    /// When the first packet left; the trace's zero.
    pub fn first(&self) -> Option<SimTime> {
        self.first
    }

    /// How much a packet makes it look through.
    pub fn burden(&self) -> usize {
        self.rules.len()
    }

    /// How a rule refuses.
    pub fn reject_of(&self, rule: u16) -> Option<Reject> {
        self.rules.get(usize::from(rule)).and_then(|r| r.reject)
    }

    /// Decides about a packet that is sent now in the lane `from`, alone or as one of `many`.
    pub fn carry(&mut self, now: SimTime, from: usize, packet: &Packet, many: bool) -> Fate {
        let first = *self.first.get_or_insert(now);
        let extra = self.verdict(now.since(first), from, packet)?;
        let (lane, flow, rng) = (&self.lanes[from], &mut self.flows[from], &mut self.rng[from]);
        if lane.black_hole {
            return Err(LinkDrop::BlackHole);
        }
        if rng.chance(lane.loss) {
            return Err(LinkDrop::Chance);
        }
        // Segments of one burst leave one after the other.
        let mut leaves = if flow.last + SPACING > now && flow.any { flow.last + SPACING } else { now };
        flow.any = true;
        flow.last = leaves;
        if lane.rate > 0 {
            let bytes = u64::from(packet.wire_len());
            while let Some((_, left)) = flow.waiting.pop_front_if(|w| w.0 <= now) {
                flow.held -= left;
            }
            if (lane.queue > 0 && flow.waiting.len() >= lane.queue)
                || (lane.queue_bytes > 0 && flow.held + bytes > lane.queue_bytes)
            {
                return Err(LinkDrop::QueueFull);
            }
            let takes = (bytes * 1_000_000).div_ceil(lane.rate);
            leaves = flow.free_at.max(now) + Span::micros(takes);
            flow.free_at = leaves;
            flow.waiting.push_back((leaves, bytes));
            flow.held += bytes;
        }
        let mut at = leaves + lane.delay + extra;
        if many || matches!(packet, Packet::Tcp(s) if s.has(Flags::SYN)) {
            at = at + BATCH;
        }
        if extra == Span::ZERO {
            // Nothing overtakes unless a rule or chance says so.
            at = at.max(flow.arrived);
            flow.arrived = at;
        }
        if rng.chance(lane.reorder.0) {
            at = at + lane.reorder.1;
        }
        let twice = rng.chance(lane.duplicate).then_some(at);
        Ok((at, twice))
    }

    fn verdict(&mut self, t: Span, from: usize, packet: &Packet) -> Result<Span, LinkDrop> {
        let kind = Kind::of_packet(packet);
        for (i, (r, seen)) in self.rules.iter().zip(&mut self.seen).enumerate() {
            let applies = r.from.is_none_or(|f| f == from.min(1))
                && r.kind.is_none_or(|k| k == kind)
                && packet.wire_len() >= r.min_wire
                && t >= r.after
                && r.before.is_none_or(|b| t < b);
            if !applies {
                continue;
            }
            *seen += 1;
            if r.nth.as_ref().is_some_and(|nth| nth.binary_search(seen).is_err()) {
                continue;
            }
            if r.reject.is_some() {
                return Err(LinkDrop::Rejected(i as u16));
            }
            return r.extra.ok_or(LinkDrop::Rule(i as u16));
        }
        Ok(Span::ZERO)
    }
}
