//! Below the sockets of a host: the way out through address translation and neighbour table, the way in through
//! reassembly, ICMP and ARP, and the path MTUs that it learned.

use crate::map::Set;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::{Host, Sock};
use crate::errno::Errno;
use crate::ip::fragment::{Joined, Reassembly};
use crate::ip::icmp::{Limit, may_answer};
use crate::ip::neigh::{Table, Todo};
use crate::ip::{Arp, Body, Datagram, Icmp, Mac, Packet, Unreachable};
use crate::netfilter::{Chain, Nat, Verdict, boxed};
use crate::time::{SimTime, Span};
use crate::trace::{Refused, What};
use crate::udp::{Discover, PathMtus};

/// `net.ipv4.route.mtu_expires`.
const MTU_EXPIRES: Span = Span::secs(600);
/// `net.ipv4.route.min_pmtu`.
const MIN_PMTU: u32 = 552;

/// How a packet leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To this host itself, over `lo`.
    Loopback,
    /// Over the device; to whom on the segment, if that was resolved.
    Device(Option<Mac>),
}

/// What a host knows beside its sockets.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// UDP and ICMP that leaves.
    pub(crate) others: Vec<Packet>,
    /// What has left while timers ran.
    departed: Vec<(Way, Packet)>,
    reassembly: Reassembly,
    limit: Limit,
    mtus: PathMtus,
    /// The neighbour table, if the scenario has ARP.
    pub neighbours: Option<Table>,
    /// The Ethernet address of its device.
    pub mac: Mac,
    /// From there something was acknowledged: its neighbour is confirmed when the next packet goes there
    /// (`sk_dst_confirm`).
    pub(super) confirm: Set<u32>,
    /// Whether gratuitous ARP makes new entries (`arp_accept`).
    pub arp_accept: bool,
    /// Rules of the nat table, if it has any.
    pub nat: Option<Nat>,
    /// Answers to ARP probes of a program: address and who has it.
    pub heard: Vec<(u32, Mac)>,
    pub(super) ident: u16,
    /// What the trace is to be told.
    pub news: Vec<What>,
}

impl Network {
    /// The path MTU to an address, in bytes; that of the device unless a smaller one was learned.
    pub fn path_mtu(&self, now: SimTime, to: u32, device: u32) -> u32 {
        self.mtus.get(&to).filter(|m| m.1 > now).map_or(device, |m| m.0.min(device))
    }

    /// How much an event makes it look through.
    pub(super) fn burden(&self) -> usize {
        let neighbours = self.neighbours.as_ref().map_or(0, Table::len);
        neighbours + self.reassembly.len() + self.nat.as_ref().map_or(0, Nat::burden)
    }

    pub(super) fn next_timer(&self) -> Option<SimTime> {
        let neighbours = self.neighbours.as_ref().and_then(Table::next);
        neighbours.into_iter().chain(self.reassembly.next()).min()
    }

    fn tell_flows(&mut self) {
        if let Some(nat) = &mut self.nat {
            let news = core::mem::take(&mut nat.news);
            self.news
                .extend(news.into_iter().map(|(e, gone)| What::Tracked { entry: alloc::boxed::Box::new(e), gone }));
        }
    }
}

impl Host {
    /// The path MTU to an address, in bytes. Over `lo`, whose MTU is 65536, it is the most that an IPv4 packet can have.
    pub(crate) fn mtu_to(&self, now: SimTime, to: u32) -> u32 {
        if to >> 24 == 127 || to == self.addr { 65_535 } else { self.net.path_mtu(now, to, self.mtu) }
    }

    /// Everything that leaves now, through OUTPUT and POSTROUTING and the neighbour table.
    pub fn depart(&mut self, now: SimTime) -> Vec<(Way, Packet)> {
        let mut out = core::mem::take(&mut self.net.departed);
        loop {
            let segments = core::mem::take(&mut self.out).into_iter().map(|s| Packet::Tcp(Rc::new(s)));
            let packets: Vec<Packet> = segments.chain(core::mem::take(&mut self.net.others)).collect();
            for p in packets {
                self.depart_one(now, p, &mut out);
            }
            self.neighbour_news(now, &mut out);
            if self.out.is_empty() && self.net.others.is_empty() {
                return out;
            }
        }
    }

    fn depart_one(&mut self, now: SimTime, p: Packet, out: &mut Vec<(Way, Packet)>) {
        let p = match &mut self.net.nat {
            Some(nat) => match nat.pass(now, &p, &[Chain::Output, Chain::Postrouting]) {
                Verdict::Accept(p) => p,
                Verdict::Unknown => p,
            },
            None => p,
        };
        self.net.tell_flows();
        match (p.addresses(), &mut self.net.neighbours) {
            (Some((_, to)), _) if to >> 24 == 127 || to == self.addr => out.push((Way::Loopback, p)),
            (Some((_, to)), Some(table)) => {
                if self.net.confirm.remove(&to) {
                    table.confirm(now, to);
                }
                table.output(now, self.ticks, to, p);
            }
            (Some(_), None) => out.push((Way::Device(None), p)),
            (None, _) => {
                let Packet::Arp(a) = &p else { return };
                out.push((Way::Device(Some(a.to)), p));
            }
        }
    }

    /// What the neighbour table wants done.
    fn neighbour_news(&mut self, now: SimTime, out: &mut Vec<(Way, Packet)>) {
        let Some(table) = &mut self.net.neighbours else { return };
        for todo in core::mem::take(&mut table.todo) {
            match todo {
                Todo::Send(mac, p) => out.push((Way::Device(Some(mac)), p)),
                Todo::Ask(tpa, to) => {
                    let sha = self.net.mac;
                    let ask = Arp { reply: false, sha, spa: self.addr, tha: Mac::default(), tpa, to };
                    out.push((Way::Device(Some(to)), Packet::Arp(ask)));
                }
                // arp_error_report: the host tells itself.
                Todo::Unreachable(p) => {
                    self.net.news.extend(p.addresses().map(|(_, to)| What::Unreached { to }));
                    self.send_error(now, &p, |p| Icmp::Unreachable(Unreachable::Host, p));
                }
                Todo::Changed(addr, state, mac) => self.net.news.push(What::Neighbour { addr, state, mac }),
            }
        }
    }

    /// What arrives, after PREROUTING; what belongs to no flow stays as it is.
    pub fn admit(&mut self, now: SimTime, p: Packet) -> Packet {
        let Some(nat) = &mut self.net.nat else { return p };
        let verdict = nat.pass(now, &p, &[Chain::Prerouting]);
        self.net.tell_flows();
        match verdict {
            Verdict::Accept(p) => p,
            Verdict::Unknown => p,
        }
    }

    /// UDP, ICMP, a fragment or ARP arrives; the reason if it was refused.
    pub fn receive(&mut self, now: SimTime, p: &Packet) -> Option<Refused> {
        match p {
            Packet::Tcp(s) => self.input(now, s),
            Packet::Ip(d) => self.receive_datagram(now, d),
            Packet::Arp(a) => {
                let own = (self.addr, self.net.mac);
                if a.reply {
                    self.net.heard.push((a.spa, a.sha));
                }
                let accept = self.net.arp_accept;
                let answer = match &mut self.net.neighbours {
                    Some(table) => table.input(now, own, accept, a),
                    None => None,
                };
                self.net.others.extend(answer.map(Packet::Arp));
                None
            }
        }
    }

    fn receive_datagram(&mut self, now: SimTime, d: &Rc<Datagram>) -> Option<Refused> {
        if d.to != self.addr && d.to >> 24 != 127 {
            return Some(Refused::NotForUs);
        }
        if d.part.is_some() {
            self.stats.add("IpReasmReqds", 1);
        }
        let (whole, truesize) = match self.net.reassembly.add(now, d) {
            Joined::Waits => return None,
            Joined::Twice => return Some(Refused::OldData),
            Joined::Whole(whole, truesize) => (whole, truesize),
        };
        if d.part.is_some() {
            self.stats.add("IpReasmOKs", 1);
        }
        match &whole.body {
            Body::Udp { .. } => self.udp_input(now, &whole, truesize),
            Body::Icmp(icmp) => self.icmp_input(now, icmp),
        }
    }

    /// `icmp_send`: an error about a packet goes to whom it came from, unless there are too many.
    pub(crate) fn send_error(
        &mut self,
        now: SimTime,
        about: &Packet,
        make: impl FnOnce(alloc::boxed::Box<Packet>) -> Icmp,
    ) {
        let Some((to, _)) = about.addresses() else { return };
        let answers = match about {
            Packet::Ip(d) => may_answer(d),
            Packet::Tcp(_) => true,
            Packet::Arp(_) => false,
        };
        if !answers {
            return;
        }
        if to != self.addr && !self.net.limit.allow(now, to) {
            self.stats.add("IcmpOutRateLimitHost", 1);
            return;
        }
        let icmp = make(boxed(about));
        self.stats.add("IcmpOutMsgs", 1);
        let (name, by_type) = match icmp {
            Icmp::Unreachable(..) => ("IcmpOutDestUnreachs", "IcmpMsgOutType3"),
            Icmp::TimeExceeded(_) | Icmp::ReassemblyTimeExceeded(_) => ("IcmpOutTimeExcds", "IcmpMsgOutType11"),
        };
        self.stats.add(name, 1);
        self.stats.add(by_type, 1);
        self.net.ident = self.net.ident.wrapping_add(1);
        let (from, id) = (self.addr, self.net.ident);
        let d = Datagram { from, to, ttl: 64, id, df: false, part: None, body: Body::Icmp(icmp) };
        self.net.others.push(Packet::Ip(Rc::new(d)));
    }

    /// An ICMP error arrives (`icmp_unreach`).
    fn icmp_input(&mut self, now: SimTime, icmp: &Icmp) -> Option<Refused> {
        self.stats.add("IcmpInMsgs", 1);
        let (name, by_type) = match icmp {
            Icmp::Unreachable(..) => ("IcmpInDestUnreachs", "IcmpMsgInType3"),
            Icmp::TimeExceeded(_) | Icmp::ReassemblyTimeExceeded(_) => ("IcmpInTimeExcds", "IcmpMsgInType11"),
        };
        self.stats.add(name, 1);
        self.stats.add(by_type, 1);
        let Some((protocol, local, remote)) = icmp.flow() else { return Some(Refused::NoConnection) };
        let mtu = match icmp {
            Icmp::Unreachable(Unreachable::FragmentationNeeded(mtu), _) => Some((*mtu).max(MIN_PMTU)),
            Icmp::Unreachable(..) | Icmp::TimeExceeded(_) | Icmp::ReassemblyTimeExceeded(_) => None,
        };
        match (protocol, icmp.about()) {
            (6, Packet::Tcp(s)) => {
                let Some(id) = self.conns.get(&(local, remote)).copied() else { return Some(Refused::NoConnection) };
                if !self.tcb(id).is_some_and(|t| t.may_be_lost(s.seq)) {
                    self.stats.add("TcpExtOutOfWindowIcmps", 1);
                    return Some(Refused::AckOfUnsent);
                }
                if let Some(mtu) = mtu {
                    self.learn_mtu(now, remote.addr, mtu);
                    let mtu = self.net.path_mtu(now, remote.addr, self.mtu);
                    self.with(now, id, |t, cx| t.mtu_reduced(cx, mtu));
                } else if let Some((error, _)) = icmp.errno() {
                    self.with(now, id, |t, cx| t.unreachable(cx, error));
                }
                None
            }
            (17, _) => {
                if let Some(mtu) = mtu {
                    self.learn_mtu(now, remote.addr, mtu);
                }
                let id = self.socks.iter().find_map(|(id, s)| match s {
                    Sock::Udp(u) if u.local.port == local.port && u.remote.is_none_or(|r| r == remote) => Some(*id),
                    Sock::Udp(_) | Sock::Idle { .. } | Sock::Listen(_) | Sock::Conn(_) => None,
                });
                let Some(Sock::Udp(u)) = id.and_then(|id| self.socks.get_mut(&id)) else {
                    return Some(Refused::NoConnection);
                };
                let error = match icmp.errno() {
                    Some((error, fatal)) => fatal.then_some(error),
                    None => (u.discover != Discover::Dont).then_some(Errno::EMSGSIZE),
                };
                // Without IP_RECVERR only a connected socket is told (`__udp4_lib_err`).
                if let (Some(error), true) = (error, u.remote.is_some()) {
                    u.error = Some(error);
                    self.woken.extend(id);
                }
                None
            }
            _ => Some(Refused::NoConnection),
        }
    }

    fn learn_mtu(&mut self, now: SimTime, to: u32, mtu: u32) {
        let mtu = mtu.min(self.net.path_mtu(now, to, self.mtu));
        self.net.mtus.insert(to, (mtu, now + MTU_EXPIRES));
        self.net.news.push(What::PathMtu { to, mtu });
    }

    /// Fragments that waited in vain, neighbours that were not confirmed.
    pub(super) fn run_network_timers(&mut self, now: SimTime) {
        for first in self.net.reassembly.expire(now) {
            self.stats.add("IpReasmTimeout", 1);
            self.stats.add("IpReasmFails", 1);
            self.net.news.push(What::ReassemblyFailed);
            if let Some(d) = first {
                self.send_error(now, &Packet::Ip(d), Icmp::ReassemblyTimeExceeded);
            }
        }
        if self.net.neighbours.is_some() {
            // A SYN that goes again now still finds the first one waiting.
            self.net.departed = self.depart(now);
        }
        if let Some(table) = &mut self.net.neighbours {
            table.run_timers(now, self.ticks);
        }
    }
}
