//! Address translation by rules, as iptables' nat table does it (iptables-extensions(8); net/netfilter/nf_nat_core.c):
//! the first packet of a flow is asked of the rules, all others follow the entry in the connection tracking.

pub mod conntrack;

use alloc::boxed::Box;
use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::ip::{Body, Datagram, Packet};
use crate::tcp::segment::Endpoint;
use crate::time::SimTime;

use conntrack::{Entry, Passed, Timeouts, Tuple};

/// Where in its way through a host a packet is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chain {
    /// It has come in.
    Prerouting,
    /// A program here sends it.
    Output,
    /// It is about to leave.
    Postrouting,
}

/// What a rule does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// To this host itself: 127.0.0.1 for what is sent here, else the address it came in at; to another port, if given.
    Redirect(Option<u16>),
    /// To another address, and port, if given.
    Dnat(u32, Option<u16>),
    /// From another address; the port stays if it is free.
    Snat(u32),
    /// From this host's own address.
    Masquerade,
}

/// One rule of the nat table. What it does not name, it does not ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NatRule {
    /// The chain it stands in.
    pub chain: Chain,
    /// Protocol number: 6 TCP, 17 UDP.
    pub protocol: Option<u8>,
    /// Source: network and mask.
    pub src: Option<(u32, u32)>,
    /// Destination: network and mask.
    pub dst: Option<(u32, u32)>,
    /// Destination port.
    pub dport: Option<u16>,
    /// What it does.
    pub target: Target,
}

impl NatRule {
    fn applies(&self, chain: Chain, protocol: u8, (from, to): Tuple) -> bool {
        let within = |net: Option<(u32, u32)>, a: u32| net.is_none_or(|(n, mask)| a & mask == n & mask);
        self.chain == chain
            && self.protocol.is_none_or(|p| p == protocol)
            && within(self.src, from.addr)
            && within(self.dst, to.addr)
            && self.dport.is_none_or(|p| p == to.port)
    }
}

/// What becomes of a packet that passes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It goes on, perhaps as another.
    Accept(Packet),
    /// It belongs to no flow that is remembered, and can begin none.
    Unknown,
}

/// The nat table of a host or a relay, and the flows that it remembers.
#[derive(Debug, Clone)]
pub struct Nat {
    /// Rules in their order.
    pub rules: Vec<NatRule>,
    /// How long flows are remembered.
    pub timeouts: Timeouts,
    /// A TCP packet in the middle of a connection that is not known begins an entry (`nf_conntrack_tcp_loose`).
    pub loose: bool,
    own: u32,
    flows: Vec<Entry>,
    /// Entries that are new or changed, for the trace; the second tells those that are gone.
    pub news: Vec<(Entry, bool)>,
}

impl Nat {
    /// A table without flows on a host of that address.
    pub fn new(own: u32, rules: Vec<NatRule>, timeouts: Timeouts, loose: bool) -> Nat {
        Nat { rules, timeouts, loose, own, flows: Vec::new(), news: Vec::new() }
    }

    /// Flows that are over are forgotten.
    fn forget(&mut self, now: SimTime) {
        let (news, flows) = (&mut self.news, &mut self.flows);
        flows.retain(|e| {
            let stays = e.expires > now;
            if !stays {
                news.push((e.clone(), true));
            }
            stays
        });
    }

    fn find(&self, protocol: u8, tuple: Tuple) -> Option<(usize, usize)> {
        let of = |t: fn(&Entry) -> Tuple| self.flows.iter().position(|e| e.protocol == protocol && t(e) == tuple);
        of(|e| e.original).map(|i| (i, 0)).or_else(|| of(|e| e.reply).map(|i| (i, 1)))
    }

    /// A packet passes the chains in this order, all of one host.
    pub fn pass(&mut self, now: SimTime, packet: &Packet, chains: &[Chain]) -> Verdict {
        self.forget(now);
        if let Packet::Ip(d) = packet
            && let Body::Icmp(icmp) = &d.body
        {
            return Verdict::Accept(self.error(d, icmp));
        }
        let Some((protocol, from, to)) = packet.flow() else { return Verdict::Accept(packet.clone()) };
        let mut found = self.find(protocol, (from, to));
        if let Some((i, 0)) = found
            && self.flows[i].over()
            && Entry::begin(now, packet, false).is_some()
        {
            self.flows.remove(i);
            found = None;
        }
        let (i, direction) = match found {
            Some(at) => at,
            None => {
                let Some(mut entry) = Entry::begin(now, packet, self.loose) else { return Verdict::Unknown };
                for chain in chains {
                    self.translate(&mut entry, *chain);
                }
                self.flows.push(entry);
                (self.flows.len() - 1, 0)
            }
        };
        let e = &mut self.flows[i];
        match e.pass(now, direction, packet, self.timeouts) {
            Passed::Kept => self.news.push((e.clone(), false)),
            Passed::Gone => {
                let e = self.flows.remove(i);
                self.news.push((e.clone(), true));
                return Verdict::Accept(follow(&e, direction, packet));
            }
            Passed::Invalid => return Verdict::Unknown,
        }
        Verdict::Accept(follow(&self.flows[i], direction, packet))
    }

    /// The first rule of a chain that applies says how answers will look.
    fn translate(&self, e: &mut Entry, chain: Chain) {
        // What the chains before made of it.
        let now = (e.reply.1, e.reply.0);
        let Some(rule) = self.rules.iter().find(|r| r.applies(chain, e.protocol, now)) else { return };
        match rule.target {
            Target::Redirect(port) => {
                let addr = if chain == Chain::Output { 0x7F00_0001 } else { self.own };
                e.reply.0 = Endpoint { addr, port: port.unwrap_or(now.1.port) };
            }
            Target::Dnat(addr, port) => e.reply.0 = Endpoint { addr, port: port.unwrap_or(now.1.port) },
            Target::Snat(addr) => e.reply.1 = self.free(e, addr),
            Target::Masquerade => e.reply.1 = self.free(e, self.own),
        }
    }

    /// The port stays if no other flow has it; else the next that is free from 1024 on (`nf_nat_l4proto_unique_tuple`,
    /// which begins anywhere).
    fn free(&self, e: &Entry, addr: u32) -> Endpoint {
        let same = |f: &&Entry| f.protocol == e.protocol && f.reply.0 == e.reply.0 && f.reply.1.addr == addr;
        let mut taken = alloc::vec![false; 1 << 16];
        self.flows.iter().filter(same).for_each(|f| taken[usize::from(f.reply.1.port)] = true);
        let free = |p: &u16| !taken[usize::from(*p)];
        let port = Some(e.original.0.port).filter(free).or_else(|| (1024..=u16::MAX).find(free));
        Endpoint { addr, port: port.unwrap_or(e.original.0.port) }
    }

    /// An ICMP error goes to whom the packet came from that it is about (`nf_nat_icmp_reply_translation`).
    fn error(&self, d: &Rc<Datagram>, icmp: &crate::ip::Icmp) -> Packet {
        let unchanged = Packet::Ip(d.clone());
        let Some((protocol, from, to)) = icmp.flow() else { return unchanged };
        // The packet inside went the other way: it looks like the reverse of what comes in that direction.
        let Some((i, direction)) = self.find(protocol, (to, from)) else { return unchanged };
        let e = &self.flows[i];
        let (from, to) = if direction == 1 { e.original } else { e.reply };
        let inner = icmp.about().between(from, to);
        Packet::Ip(Rc::new(Datagram { to: from.addr, body: Body::Icmp(icmp.with(inner)), ..(**d).clone() }))
    }

    /// Where a connection wanted to go before it was redirected here (`SO_ORIGINAL_DST`), by its ends as it is here.
    pub fn original(&self, local: Endpoint, remote: Endpoint) -> Option<Endpoint> {
        self.flows.iter().find(|e| e.protocol == 6 && e.reply == (local, remote)).map(|e| e.original.1)
    }

    /// How much a packet makes it look through.
    pub fn burden(&self) -> usize {
        self.rules.len() + self.flows.len()
    }

    /// The flows that it remembers.
    pub fn flows(&self) -> &[Entry] {
        &self.flows
    }
}

/// The packet as it is on the other side.
fn follow(e: &Entry, direction: usize, packet: &Packet) -> Packet {
    let (from, to) = if direction == 0 { e.reply } else { e.original };
    let here = if direction == 0 { e.original } else { e.reply };
    // Packets of the other direction have these ends the other way round.
    if (to, from) == here { packet.clone() } else { packet.between(to, from) }
}

/// A packet inside an error.
pub fn boxed(p: &Packet) -> Box<Packet> {
    Box::new(p.clone())
}
