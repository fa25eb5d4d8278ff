//! How packets travel: from a host onto its link or `lo`, through the relay, into a host.

use alloc::rc::Rc;
use alloc::vec::Vec;

use super::{ADDRESSES, Event, Over, World};
use crate::host::Way;
use crate::ip::{Arp, Body, Datagram, Icmp, Mac, Packet};
use crate::link::{ROUTER, Reject};
use crate::relay::Outcome;
use crate::tcp::transmit::reset_for;
use crate::time::Span;
use crate::trace::{Fact, LinkDrop, What};

/// How long a packet takes over `lo`.
const LOOPBACK: Span = Span::micros(20);

impl World {
    /// The link that a node is at; the relay is at both.
    fn link_of(&self, node: usize) -> usize {
        if self.relay.is_none() {
            return 0;
        }
        match node {
            0 => 0,
            1 => 1,
            i => self.scenario.hosts.get(i - 2).map_or(0, |h| h.side),
        }
    }

    fn fact(&mut self, host: usize, what: What) {
        self.facts.push(Fact { at: self.now, host, what });
    }

    /// A number for a packet that leaves, and the fact.
    fn sent(&mut self, host: usize, frame: &Packet, loopback: bool) -> u32 {
        self.packets += 1;
        let packet = self.packets;
        let what = match frame {
            _ if loopback => What::Looped { packet, frame: frame.clone() },
            Packet::Tcp(segment) => What::Sent { packet, segment: segment.clone() },
            Packet::Ip(_) | Packet::Arp(_) => What::SentOther { packet, frame: frame.clone() },
        };
        self.fact(host, what);
        packet
    }

    /// All that a host has to send leaves.
    pub(super) fn leave(&mut self, host: usize) {
        let many = self.hosts[host].out.len() > 1;
        let departures = self.hosts[host].depart(self.now);
        for what in core::mem::take(&mut self.hosts[host].net.news) {
            self.fact(host, what);
        }
        for (way, frame) in departures {
            let many = many && matches!(frame, Packet::Tcp(_));
            match way {
                Way::Loopback => {
                    let packet = self.sent(host, &frame, true);
                    let event = Event::Arrive { node: host, packet, frame, over: Over::Loopback };
                    self.push(self.now + LOOPBACK, event);
                }
                Way::Device(mac) => {
                    let packet = self.sent(host, &frame, false);
                    let link = self.link_of(host);
                    self.carry(host, link, host, packet, frame, mac, many);
                }
            }
        }
    }

    /// Who on a link a packet is for.
    fn receivers(&self, from: usize, link: usize, frame: &Packet, mac: Option<Mac>) -> Vec<usize> {
        let hosts = (0..self.hosts.len()).filter(|i| self.link_of(*i) == link && *i != from);
        let relay = self.relay.as_ref().map(|_| self.hosts.len()).filter(|r| *r != from);
        match (mac, frame.addresses()) {
            (Some(Mac::BROADCAST), _) => hosts.chain(relay).collect(),
            (Some(mac), _) => hosts.chain(relay).filter(|i| Mac::of(*i) == mac).collect(),
            (None, Some((_, to))) => hosts.filter(|i| self.hosts[*i].addr == to).chain(relay).take(1).collect(),
            (None, None) => Vec::new(),
        }
    }

    /// A packet goes onto a link, in the lane of its sender.
    #[expect(clippy::too_many_arguments, reason = "a packet has that many circumstances")]
    fn carry(
        &mut self,
        from: usize,
        link: usize,
        lane: usize,
        packet: u32,
        frame: Packet,
        mac: Option<Mac>,
        many: bool,
    ) {
        self.looked += self.links[link].burden() as u64;
        let fate = self.links[link].carry(self.now, lane, &frame, many);
        let to = self.receivers(from, link, &frame, mac);
        match fate {
            Ok(_) if to.is_empty() => self.fact(from, What::Lost { packet, why: LinkDrop::NoRoute }),
            Ok((at, twice)) => {
                for node in to {
                    let event = Event::Arrive { node, packet, frame: frame.clone(), over: Over::Link(link) };
                    if let Some(twice) = twice {
                        self.push(twice, event.clone());
                    }
                    self.push(at, event);
                }
            }
            Err(why) => {
                self.fact(from, What::Lost { packet, why });
                if let LinkDrop::Rejected(rule) = why {
                    self.reject(from, link, lane, rule, &frame);
                }
            }
        }
    }

    /// A rule refused a packet: whoever stands half way says so.
    fn reject(&mut self, from: usize, link: usize, lane: usize, rule: u16, frame: &Packet) {
        let Some(how) = self.links[link].reject_of(rule) else { return };
        let about = alloc::boxed::Box::new(frame.clone());
        let answer = match (how, frame) {
            (Reject::TcpReset, Packet::Tcp(s)) => reset_for(s).map(|s| Packet::Tcp(Rc::new(s))),
            (Reject::TcpReset, _) => None,
            (Reject::Unreachable(why), _) => self.error(frame, Icmp::Unreachable(why, about)),
            (Reject::TimeExceeded, _) => self.error(frame, Icmp::TimeExceeded(about)),
        };
        let Some(frame) = answer else { return };
        let router = self.hosts.len();
        let packet = self.sent(router, &frame, false);
        let at = self.now + self.links[link].lanes[lane].delay;
        self.push(at, Event::Arrive { node: from, packet, frame, over: Over::Link(link) });
    }

    /// An ICMP error of the router.
    fn error(&self, about: &Packet, icmp: Icmp) -> Option<Packet> {
        let (to, _) = about.addresses()?;
        let from = self.relay.as_ref().map_or(ROUTER, |r| r.addr);
        let d = Datagram { from, to, ttl: 64, id: self.packets as u16, df: false, part: None, body: Body::Icmp(icmp) };
        Some(Packet::Ip(Rc::new(d)))
    }

    /// A packet is there.
    pub(super) fn arrive(&mut self, node: usize, packet: u32, frame: Packet, over: Over) {
        if node >= self.hosts.len() {
            return self.pass(packet, &frame, over);
        }
        let frame = if over == Over::Loopback { frame } else { self.hosts[node].admit(self.now, frame) };
        match frame {
            Packet::Tcp(segment) if self.now < self.held_until[node] => {
                if self.backlog[node].is_empty() {
                    self.push(self.held_until[node], Event::Released { host: node });
                }
                self.backlog[node].push((packet, segment));
            }
            frame => {
                self.fact(node, What::Arrived { packet });
                if let Some(why) = self.hosts[node].receive(self.now, &frame) {
                    self.fact(node, What::Discarded { packet, why });
                }
                self.settle(node);
            }
        }
    }

    /// A packet is at the relay and goes on, or not.
    fn pass(&mut self, packet: u32, frame: &Packet, over: Over) {
        let (me, Over::Link(link)) = (self.hosts.len(), over) else { return };
        self.fact(me, What::Arrived { packet });
        if let Packet::Arp(a) = frame {
            return self.proxy_arp(link, a);
        }
        let sides: Vec<(u32, usize)> = (0..me).map(|i| (self.hosts[i].addr, self.link_of(i))).collect();
        let Some(relay) = &mut self.relay else { return };
        self.looked += relay.burden() as u64;
        let outcome = relay.pass(self.now, link, frame, &sides);
        let news: Vec<What> = relay.news();
        for what in news {
            self.fact(me, what);
        }
        match outcome {
            Outcome::Forward(side, packets) => {
                for frame in packets {
                    let packet = self.sent(me, &frame, false);
                    let lane = usize::from(side == 0);
                    let mac = self.scenario.arp.then(|| self.mac_of(&frame));
                    self.carry(me, side, lane, packet, frame, mac, false);
                }
            }
            Outcome::Drop(why, answer) => {
                self.fact(me, What::Lost { packet, why });
                if let Some(frame) = answer {
                    let packet = self.sent(me, &frame, false);
                    let mac = self.scenario.arp.then(|| self.mac_of(&frame));
                    self.carry(me, link, usize::from(link == 0), packet, frame, mac, false);
                }
            }
        }
    }

    /// The relay knows its neighbours.
    fn mac_of(&self, frame: &Packet) -> Mac {
        let to = frame.addresses().map_or(ADDRESSES[1], |a| a.1);
        Mac::of((0..self.hosts.len()).find(|i| self.hosts[*i].addr == to).unwrap_or(1))
    }

    /// The relay answers for all that are behind it (`proxy_arp`).
    fn proxy_arp(&mut self, link: usize, a: &Arp) {
        let me = self.hosts.len();
        let there = (0..me).any(|i| self.hosts[i].addr == a.tpa && self.link_of(i) == link);
        if a.reply || there || a.spa == 0 {
            return;
        }
        let reply = Arp { reply: true, sha: Mac::of(me), spa: a.tpa, tha: a.sha, tpa: a.spa, to: a.sha };
        let frame = Packet::Arp(reply);
        let packet = self.sent(me, &frame, false);
        self.carry(me, link, usize::from(link == 0), packet, frame, Some(a.sha), false);
    }
}
