//! A scenario played to its end, and whether checks hold of what happened in it.

use std::collections::BTreeMap;

use netsim::ip::{Body, Packet};
use netsim::scenario::Scenario;
use netsim::tcp::segment::{Endpoint, Flags, Segment, Seq};
use netsim::time::SimTime;
use netsim::trace::{CallFact, Fact, Limit, What};
use netsim::view::{nstat, ss};
use netsim::world::World;

use super::preset_claims::{ms, took, within};
use crate::domain::claim::{CallCheck, Check, CounterCheck, Event, PacketWhat, PacketsCheck, SocketCheck};

/// A scenario that has been run.
pub struct Run {
    world: World,
    packets: Vec<Sent>,
}

/// A packet that left.
struct Sent {
    host: usize,
    at: SimTime,
    /// Place in the trace: what happens in one instant has an order too.
    place: usize,
    arrived: Option<(SimTime, usize)>,
    lost: bool,
    lo: bool,
    kind: PacketWhat,
    again: bool,
    no_window: bool,
    len: u32,
}

impl Run {
    /// Plays a scenario.
    pub fn new(config: &str, seed: u64) -> Result<Run, String> {
        let scenario = Scenario::parse(config).map_err(|bad| bad.to_string())?;
        let mut world = World::new(&scenario, seed).map_err(|bad| bad.to_string())?;
        world.watch_sockets();
        world.run();
        let packets = packets(world.trace());
        Ok(Run { world, packets })
    }

    /// What stopped it early, unless that is its own `limit_ms`.
    pub fn stopped(&self) -> Option<&'static str> {
        self.world.trace().iter().find_map(|fact| match &fact.what {
            What::Stopped { limit: Limit::Events } => Some("events"),
            What::Stopped { limit: Limit::Memory } => Some("facts"),
            _ => None,
        })
    }

    /// When it was over, since the first packet.
    pub fn end_us(&self) -> u64 {
        self.since(self.world.now())
    }

    /// Whether a check holds; `Err` says what was seen instead.
    pub fn holds(&self, check: &Check) -> Result<(), String> {
        match check {
            Check::Call(check) => self.call(check),
            Check::Packets(check) => self.packets(check),
            Check::Socket(check) => self.socket(check),
            Check::Counter(check) => self.counter(check),
            Check::Order([first, second]) => {
                let (a, b) = (self.event(first)?, self.event(second)?);
                let at = |e: (SimTime, usize)| ms(self.since(e.0));
                if a < b { Ok(()) } else { Err(format!("the first is at {} ms, the second at {} ms", at(a), at(b))) }
            }
            Check::Names(_) | Check::Stream(_) => Err("the check is of another kind of preset".to_owned()),
        }
    }

    /// Microseconds since the first packet; 0 for what happened before.
    fn since(&self, at: SimTime) -> u64 {
        let zero = self.world.first_packet().unwrap_or(SimTime::ZERO);
        at.as_micros().saturating_sub(zero.as_micros())
    }

    fn host(&self, side: &str) -> Result<usize, String> {
        let hosts = self.world.hosts().len();
        (0..=hosts).find(|host| self.world.name(*host) == side).ok_or_else(|| {
            let names: Vec<_> = (0..hosts).map(|host| self.world.name(host)).collect();
            format!("nobody is called `{side}`, use one of {}", names.join(" "))
        })
    }

    /// The calls of a name that a host made, in the order in which they returned, with their places in the trace.
    fn calls(&self, side: &str, name: &str) -> Result<Vec<(usize, &CallFact)>, String> {
        let host = self.host(side)?;
        let calls = self.world.trace().iter().enumerate().filter(|(_, fact)| fact.host == host);
        Ok(calls
            .filter_map(|(place, fact)| match &fact.what {
                What::Call(call) if call.call.name() == name => Some((place, &**call)),
                _ => None,
            })
            .collect())
    }

    fn call(&self, check: &CallCheck) -> Result<(), String> {
        let mut calls = self.calls(&check.side, &check.name)?;
        calls.retain(|(_, call)| check.sock.is_none() || call.sock.as_deref() == check.sock.as_deref());
        if let Some(sock) = check.sock.as_deref().filter(|sock| !self.has_socket(sock)) {
            return Err(format!("no call is on a socket called `{sock}`"));
        }
        if let Some(count) = check.count {
            let fit = calls.iter().filter(|(_, call)| self.is_as(call, check).is_ok()).count();
            return within("count", fit, Some(count));
        }
        let index = match check.nth.unwrap_or(1) {
            nth @ 1.. => usize::try_from(nth - 1).ok(),
            nth => usize::try_from(nth.unsigned_abs()).ok().and_then(|back| calls.len().checked_sub(back)),
        };
        match index.and_then(|index| calls.get(index)) {
            Some((_, call)) => self.is_as(call, check),
            None => Err(format!("{} {} returned {} times", check.side, check.name, calls.len())),
        }
    }

    fn has_socket(&self, name: &str) -> bool {
        let mut facts = self.world.trace().iter();
        facts.any(|fact| matches!(&fact.what, What::Call(call) if call.sock.as_deref() == Some(name)))
    }

    fn is_as(&self, call: &CallFact, check: &CallCheck) -> Result<(), String> {
        let error = call.result.and_then(Result::err).map(|errno| errno.name());
        let returned = call.result.and_then(Result::ok);
        if check.err.is_some() && check.err.as_deref() != error {
            return Err(format!("err is {}", error.unwrap_or("none")));
        }
        if check.ret.is_some_and(|wanted| !returned.is_some_and(|got| wanted.holds(got))) {
            return Err(format!(
                "ret is {}",
                returned.map_or(error.unwrap_or("none").to_owned(), |got| got.to_string())
            ));
        }
        let began = self.since(call.began);
        if check.at_ms.is_some_and(|wanted| !wanted.hold(began)) {
            return Err(format!("at_ms is {}", ms(began)));
        }
        took(call.took.as_micros(), check.took_ms)
    }

    fn packets(&self, check: &PacketsCheck) -> Result<(), String> {
        let host = self.host(&check.side)?;
        let counted = self.packets.iter().filter(|packet| {
            let at = self.since(packet.at);
            packet.host == host
                && packet.is(check.what)
                && packet.lo == check.lo
                && check.len.is_none_or(|len| len.holds(packet.len))
                && check.after_ms.is_none_or(|after| at >= after.0)
                && check.before_ms.is_none_or(|before| at < before.0)
                && check.lost.is_none_or(|lost| packet.lost == lost)
        });
        within("count", counted.count(), Some(check.count))
    }

    fn socket(&self, check: &SocketCheck) -> Result<(), String> {
        let host = self.host(&check.side)?;
        let rows = self.rows(host, check.at_ms.map(|at| at.0));
        let of_state: Vec<_> = rows.iter().filter(|row| row.0 == check.state).collect();
        for (_, recv_q, send_q) in &of_state {
            within("recv_q", *recv_q as usize, check.recv_q)?;
            within("send_q", *send_q as usize, check.send_q)?;
        }
        within("count", of_state.len(), Some(check.count)).map_err(|seen| {
            let states: Vec<_> = rows.iter().map(|row| row.0).collect();
            format!("{seen}, the sockets are [{}]", states.join(" "))
        })
    }

    /// State, Recv-Q and Send-Q of all sockets of a host at a time, the end if there is none.
    fn rows(&self, host: usize, at_us: Option<u64>) -> Vec<(&'static str, u32, u32)> {
        let mut connections = BTreeMap::new();
        let mut bare = Vec::new();
        let until = |fact: &&Fact| at_us.is_none_or(|at| self.since(fact.at) <= at);
        for fact in self.world.trace().iter().take_while(until).filter(|fact| fact.host == host) {
            match &fact.what {
                What::Socket { id, view } => {
                    connections.insert(*id, (ss::state_name(view.state), view.recv_q, view.send_q));
                }
                What::Gone { id } => drop(connections.remove(id)),
                What::Bare { rows } => bare = rows.iter().map(|row| (row.state, row.recv_q, row.send_q)).collect(),
                _ => {}
            }
        }
        bare.into_iter().chain(connections.into_values()).collect()
    }

    fn counter(&self, check: &CounterCheck) -> Result<(), String> {
        let host = self.host(&check.side)?;
        let all = nstat::deltas(self.world.trace(), host, None, self.world.now());
        let value = all.iter().find(|(name, _)| *name == check.name).map_or(0, |(_, n)| *n);
        let fits = check.at_least.is_none_or(|least| value >= least) && check.equals.is_none_or(|n| value == n);
        if fits { Ok(()) } else { Err(format!("{} is {value}", check.name)) }
    }

    /// When an event happens, and its place among those of the same instant.
    fn event(&self, event: &Event) -> Result<(SimTime, usize), String> {
        let missing = || format!("{} does not do that {} times", event.side, event.nth);
        if let Some(name) = &event.call {
            let calls = self.calls(&event.side, name)?;
            let (place, call) = calls.get(event.nth - 1).ok_or_else(missing)?;
            return Ok((if event.returns { call.began + call.took } else { call.began }, *place));
        }
        let host = self.host(&event.side)?;
        let mut like = self.packets.iter().filter(|p| p.host == host && event.packet.is_some_and(|what| p.is(what)));
        let packet = like.nth(event.nth - 1).ok_or_else(missing)?;
        if event.arrives {
            return packet.arrived.ok_or_else(|| "that packet never arrives".to_owned());
        }
        Ok((packet.at, packet.place))
    }
}

impl Sent {
    fn is(&self, what: PacketWhat) -> bool {
        match what {
            PacketWhat::Retransmission => self.again,
            PacketWhat::ZeroWindow => self.no_window,
            kind => self.kind == kind,
        }
    }
}

/// Everything that left, with its fate.
fn packets(trace: &[Fact]) -> Vec<Sent> {
    let mut all: Vec<Sent> = Vec::new();
    let mut index: BTreeMap<u32, usize> = BTreeMap::new();
    let mut highest: BTreeMap<(Endpoint, Endpoint), Seq> = BTreeMap::new();
    for (place, fact) in trace.iter().enumerate() {
        match &fact.what {
            What::Sent { packet, segment } => {
                index.insert(*packet, all.len());
                let again = sent_before(&mut highest, segment);
                all.push(Sent { again, ..tcp(fact, place, segment) });
            }
            What::SentOther { packet, frame } => {
                index.insert(*packet, all.len());
                all.push(other(fact, place, frame));
            }
            What::Looped { packet, frame } => {
                index.insert(*packet, all.len());
                all.push(Sent { lo: true, ..other(fact, place, frame) });
            }
            What::Lost { packet, .. } => {
                if let Some(sent) = index.get(packet).and_then(|i| all.get_mut(*i)) {
                    sent.lost = true;
                }
            }
            What::Arrived { packet } => {
                if let Some(sent) = index.get(packet).and_then(|i| all.get_mut(*i)) {
                    sent.arrived = sent.arrived.or(Some((fact.at, place)));
                }
            }
            _ => {}
        }
    }
    all
}

/// Whether a part of a segment was sent before; from now on all of it was.
fn sent_before(highest: &mut BTreeMap<(Endpoint, Endpoint), Seq>, segment: &Segment) -> bool {
    let (start, end) = (segment.seq, segment.end());
    if end == start {
        return false;
    }
    let known = highest.entry((segment.from, segment.to)).or_insert(start);
    let again = known.after(start);
    if end.after(*known) {
        *known = end;
    }
    again
}

fn tcp(fact: &Fact, place: usize, s: &Segment) -> Sent {
    let kind = if s.has(Flags::RST) {
        PacketWhat::Rst
    } else if s.has(Flags::SYN) {
        if s.has(Flags::ACK) { PacketWhat::Synack } else { PacketWhat::Syn }
    } else if s.has(Flags::FIN) {
        PacketWhat::Fin
    } else if s.len > 0 {
        PacketWhat::Data
    } else {
        PacketWhat::Ack
    };
    let no_window = s.window == 0 && !s.has(Flags::SYN) && !s.has(Flags::RST);
    Sent { kind, no_window, len: s.len, ..blank(fact, place) }
}

fn other(fact: &Fact, place: usize, frame: &Packet) -> Sent {
    let (kind, len) = match frame {
        Packet::Tcp(segment) => return tcp(fact, place, segment),
        Packet::Arp(_) => (PacketWhat::Arp, 0),
        Packet::Ip(d) if d.part.is_some_and(|part| part.offset > 0) => (PacketWhat::Fragment, 0),
        Packet::Ip(d) => match d.body {
            Body::Udp { len, .. } => (PacketWhat::Udp, len),
            Body::Icmp(_) => (PacketWhat::Icmp, 0),
        },
    };
    Sent { kind, len, ..blank(fact, place) }
}

fn blank(fact: &Fact, place: usize) -> Sent {
    Sent {
        host: fact.host,
        at: fact.at,
        place,
        arrived: None,
        lost: false,
        lo: false,
        kind: PacketWhat::Ack,
        again: false,
        no_window: false,
        len: 0,
    }
}
