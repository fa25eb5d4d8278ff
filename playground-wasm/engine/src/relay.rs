//! A router between client and server: a next link with an MTU of its own, address translation with a memory, ICMP or
//! silence. What it does with a packet depends on the packet and on what it remembers; links and time are the world's.

use alloc::rc::Rc;
use alloc::vec::Vec;

use crate::ip::fragment::cut;
use crate::ip::icmp::{Limit, may_answer};
use crate::ip::{Body, Datagram, Icmp, Packet, Unreachable};
use crate::link::{Lane, Rule};
use crate::netfilter::conntrack::Timeouts;
use crate::netfilter::{Chain, Nat, NatRule, Verdict, boxed};
use crate::tcp::transmit::reset_for;
use crate::time::SimTime;
use crate::trace::{LinkDrop, What};

/// What a relay does with a TCP packet in the middle of a connection that it does not remember.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Forgotten {
    /// Nothing: it is lost.
    #[default]
    Drop,
    /// It answers with a reset, as load balancers do.
    Reset,
    /// It begins a new entry, as Linux does (`nf_conntrack_tcp_loose`).
    Loose,
}

/// A relay as a scenario declares it.
#[derive(Debug, Clone)]
pub struct Setup {
    /// Its address: where its errors come from, and what masquerading writes.
    pub addr: u32,
    /// MTU of the link to the server, in bytes.
    pub mtu: u32,
    /// Whether it says what it drops.
    pub icmp: bool,
    /// Its link to the server: towards the server, from the server.
    pub lanes: [Lane; 2],
    /// Rules of that link.
    pub rules: Vec<Rule>,
    /// Its nat table; without rules and without timeouts it remembers nothing.
    pub nat: Option<(Vec<NatRule>, Timeouts, Forgotten)>,
}

/// A relay at work.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Its address.
    pub addr: u32,
    mtu: u32,
    icmp: bool,
    forgotten: Forgotten,
    /// Flows that it remembers, if it does.
    pub nat: Option<Nat>,
    limit: Limit,
    ident: u16,
}

/// What becomes of a packet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// These go on, over the link of that number.
    Forward(usize, Vec<Packet>),
    /// It is lost for this reason, perhaps with an answer to whom it came from.
    Drop(LinkDrop, Option<Packet>),
}

impl Relay {
    /// A relay that has seen nothing yet.
    pub fn new(s: &Setup) -> Relay {
        let nat = s.nat.clone().map(|(rules, timeouts, f)| Nat::new(s.addr, rules, timeouts, f == Forgotten::Loose));
        let forgotten = s.nat.as_ref().map_or(Forgotten::Drop, |n| n.2);
        let (addr, mtu, icmp) = (s.addr, s.mtu, s.icmp);
        Relay { addr, mtu, icmp, forgotten, nat, limit: Limit::default(), ident: 0 }
    }

    /// How much a packet makes it look through.
    pub fn burden(&self) -> usize {
        self.nat.as_ref().map_or(0, Nat::burden)
    }

    /// What the trace is to be told of its flows.
    pub fn news(&mut self) -> Vec<What> {
        let news = self.nat.as_mut().map(|n| core::mem::take(&mut n.news)).unwrap_or_default();
        news.into_iter().map(|(e, gone)| What::Tracked { entry: alloc::boxed::Box::new(e), gone }).collect()
    }

    /// A packet came over the link `from`; `sides` says over which link each host is reached.
    pub fn pass(&mut self, now: SimTime, from: usize, frame: &Packet, sides: &[(u32, usize)]) -> Outcome {
        let verdict = match &mut self.nat {
            Some(nat) => nat.pass(now, frame, &[Chain::Prerouting, Chain::Postrouting]),
            None => Verdict::Accept(frame.clone()),
        };
        let p = match (verdict, frame) {
            (Verdict::Accept(p), _) => p,
            (Verdict::Unknown, Packet::Tcp(s)) if self.forgotten == Forgotten::Reset => {
                return Outcome::Drop(LinkDrop::NoMapping, reset_for(s).map(|s| Packet::Tcp(Rc::new(s))));
            }
            (Verdict::Unknown, _) => return Outcome::Drop(LinkDrop::NoMapping, None),
        };
        let to = p.addresses().map_or(0, |a| a.1);
        let Some(side) = sides.iter().find(|s| s.0 == to).map(|s| s.1) else {
            let why = if to == self.addr { LinkDrop::NoMapping } else { LinkDrop::NoRoute };
            return Outcome::Drop(why, self.error(now, frame, |p| Icmp::Unreachable(Unreachable::Host, p)));
        };
        if side == from {
            return Outcome::Forward(side, alloc::vec![p]);
        }
        if let Packet::Ip(d) = &p
            && d.ttl <= 1
        {
            return Outcome::Drop(LinkDrop::TimeToLive, self.error(now, frame, Icmp::TimeExceeded));
        }
        let mtu = if side == 1 { self.mtu } else { u32::MAX };
        match p {
            Packet::Ip(d) if d.wire_len() <= mtu || !d.df => {
                let d = Datagram { ttl: d.ttl - 1, ..(*d).clone() };
                Outcome::Forward(side, cut(&d, mtu).into_iter().map(|d| Packet::Ip(Rc::new(d))).collect())
            }
            p if p.wire_len() <= mtu => Outcome::Forward(side, alloc::vec![p]),
            _ => {
                let why = Unreachable::FragmentationNeeded(mtu);
                Outcome::Drop(LinkDrop::TooBig, self.error(now, frame, |p| Icmp::Unreachable(why, p)))
            }
        }
    }

    /// An error about a packet as it came, unless the relay is silent or has said too much. Of packets that are too large
    /// it always says so (`icmpv4_mask_allow`).
    fn error(
        &mut self,
        now: SimTime,
        about: &Packet,
        make: impl FnOnce(alloc::boxed::Box<Packet>) -> Icmp,
    ) -> Option<Packet> {
        let (to, _) = about.addresses()?;
        let answers = match about {
            Packet::Ip(d) => may_answer(d),
            Packet::Tcp(_) => true,
            Packet::Arp(_) => false,
        };
        if !self.icmp || !answers {
            return None;
        }
        let icmp = make(boxed(about));
        let always = matches!(icmp, Icmp::Unreachable(Unreachable::FragmentationNeeded(_), _));
        if !always && !self.limit.allow(now, to) {
            return None;
        }
        self.ident = self.ident.wrapping_add(1);
        let (from, id) = (self.addr, self.ident);
        let d = Datagram { from, to, ttl: 64, id, df: false, part: None, body: Body::Icmp(icmp) };
        Some(Packet::Ip(Rc::new(d)))
    }
}
