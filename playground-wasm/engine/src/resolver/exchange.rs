//! The name servers of a case and the virtual clock. A question is answered at once or never; how often, whom and how many
//! at a time to ask is the affair of each implementation.

use crate::text::join;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::case::{Action, Case, Data, Proto, Qtype};
use super::trace::{Event, Rule, Trace, rule};
use super::wire::Name;

/// After so many questions of one lookup the simulation stops: configurations can ask for millions.
pub const MOST_QUERIES: u32 = 2_000;

/// Response codes of RFC 1035 section 4.1.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rcode {
    /// 0.
    NoError,
    /// 1.
    FormErr,
    /// 2.
    ServFail,
    /// 3.
    NxDomain,
    /// 4.
    NotImp,
    /// 5.
    Refused,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// Response code.
    pub rcode: Rcode,
    /// TC: it was cut.
    pub truncated: bool,
    /// Neither AA nor RA, nor additional records, and empty.
    pub lame: bool,
    /// Records in the answer section.
    pub answers: Vec<Data>,
}

impl Reply {
    /// The addresses in it, in order.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> + '_ {
        self.answers.iter().filter_map(|data| match data {
            Data::A(v4) => Some(IpAddr::V4(*v4)),
            Data::Aaaa(v6) => Some(IpAddr::V6(*v6)),
            Data::Cname(_) | Data::Other => None,
        })
    }

    /// The last alias in it.
    pub fn canonical(&self) -> Option<&str> {
        self.answers.iter().rev().find_map(|data| match data {
            Data::Cname(target) => Some(target.as_str()),
            _ => None,
        })
    }
}

/// What comes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// An answer, at once.
    Reply(Reply),
    /// Nothing.
    Silence,
    /// The port is closed (ICMP, or RST for TCP).
    Closed,
}

/// A question.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// How it travels.
    pub proto: Proto,
    /// To whom.
    pub server: IpAddr,
    /// For what.
    pub name: &'a Name,
    /// Which type.
    pub qtype: Qtype,
    /// The payload size of its OPT record.
    pub edns: Option<u16>,
    /// The AD bit.
    pub ad: bool,
}

/// The servers of a case, with their counters.
pub struct Network<'a> {
    case: &'a Case,
    matched: Vec<u32>,
    sent: u32,
}

const SENT: Rule = rule("dns.send", "RFC 1035 section 4.2");
const LIMIT: Rule = rule("sim.limit", "netsim resolver/exchange.rs MOST_QUERIES");

impl<'a> Network<'a> {
    /// Nothing asked yet.
    pub fn new(case: &'a Case) -> Network<'a> {
        Network { case, matched: case.dns.rules.iter().map(|_| 0).collect(), sent: 0 }
    }

    /// True once the simulation has had enough.
    pub fn exhausted(&self) -> bool {
        self.sent >= MOST_QUERIES
    }

    /// Whether the machine has a route to a server.
    pub fn has_route(&self, server: IpAddr) -> bool {
        self.case.net.source(server).is_some()
    }

    /// connect(2): for UDP it only needs a route, for TCP somebody who listens.
    pub fn connect(&mut self, proto: Proto, server: IpAddr, trace: &mut Trace, why: Rule) -> bool {
        let closed = proto == Proto::Tcp && self.default_of(server) == Some(Action::Closed);
        let open = self.has_route(server) && !closed;
        if !open {
            trace.push(Event::ConnectFailed { server: server.to_string() }, why);
        }
        open
    }

    /// Sends a question and says what comes of it. The clock does not move: waiting is up to the caller.
    pub fn ask(&mut self, q: Question<'_>, trace: &mut Trace, why: Rule) -> Heard {
        if self.exhausted() {
            if self.sent == MOST_QUERIES {
                self.sent += 1;
                trace.push(Event::Cut { limit: MOST_QUERIES }, LIMIT);
            }
            return Heard::Closed;
        }
        self.sent += 1;
        let (server, qtype) = (q.server.to_canonical().to_string(), q.qtype.name());
        let (proto, qname) = (q.proto.name(), q.name.shown());
        trace.push(Event::Send { proto, server: server.clone(), qname, qtype, edns: q.edns, ad: q.ad }, why);
        let heard = self.answer(&q);
        match &heard {
            Heard::Reply(reply) => trace.push(Event::Reply { server, qtype, what: shown(reply, q.qtype) }, SENT),
            Heard::Closed => trace.push(Event::Closed { server, qtype }, SENT),
            Heard::Silence => {}
        }
        heard
    }

    /// The server's own behaviour; an address that nobody listens at is a closed port on this machine, silence elsewhere.
    fn default_of(&self, server: IpAddr) -> Option<Action> {
        let server = reached(server);
        match self.case.dns.servers.get(&server) {
            Some(action) => Some(*action),
            None if server.is_loopback() => Some(Action::Closed),
            None => None,
        }
    }

    fn answer(&mut self, q: &Question<'_>) -> Heard {
        let Some(default) = self.default_of(q.server) else { return Heard::Silence };
        if default == Action::Closed {
            return Heard::Closed;
        }
        let action = self.exception(q).unwrap_or(default);
        let empty = |rcode| Heard::Reply(Reply { rcode, truncated: false, lame: false, answers: Vec::new() });
        match action {
            Action::Zone => self.zone(q),
            Action::FormerrEdns if q.edns.is_some() => empty(Rcode::FormErr),
            Action::FormerrEdns => self.zone(q),
            Action::Servfail => empty(Rcode::ServFail),
            Action::Refused => empty(Rcode::Refused),
            Action::Formerr => empty(Rcode::FormErr),
            Action::Notimp => empty(Rcode::NotImp),
            Action::Nxdomain => empty(Rcode::NxDomain),
            Action::Nodata => empty(Rcode::NoError),
            Action::Drop => Heard::Silence,
            Action::Closed => Heard::Closed,
            Action::Truncate => {
                Heard::Reply(Reply { rcode: Rcode::NoError, truncated: true, lame: false, answers: Vec::new() })
            }
            Action::Lame => {
                Heard::Reply(Reply { rcode: Rcode::NoError, truncated: false, lame: true, answers: Vec::new() })
            }
        }
    }

    fn exception(&mut self, q: &Question<'_>) -> Option<Action> {
        let name = plain(q.name);
        for (i, e) in self.case.dns.rules.iter().enumerate() {
            let fits = e.server.is_none_or(|s| s == reached(q.server))
                && e.name.as_ref().is_none_or(|n| n.eq_ignore_ascii_case(&name))
                && e.qtype.is_none_or(|t| t == q.qtype)
                && e.proto.is_none_or(|p| p == q.proto);
            if !fits {
                continue;
            }
            if let Some(most) = e.first_n {
                let Some(count) = self.matched.get_mut(i) else { continue };
                if *count >= most {
                    continue;
                }
                *count += 1;
            }
            return Some(e.action);
        }
        None
    }

    /// Follows CNAMEs; a name that exists without the type is NODATA, one that does not is NXDOMAIN, aliases before it kept.
    fn zone(&self, q: &Question<'_>) -> Heard {
        let mut owner = plain(q.name);
        let mut answers = Vec::new();
        let mut rcode = Rcode::NoError;
        for _ in 0..16 {
            let found = self.at(&owner);
            if found.is_empty() {
                rcode = Rcode::NxDomain;
                break;
            }
            let alias = found.iter().find_map(|data| match data {
                Data::Cname(target) => Some(target.clone()),
                _ => None,
            });
            match alias {
                Some(target) => {
                    answers.push(Data::Cname(target.clone()));
                    owner = target;
                }
                None => {
                    answers.extend(found.into_iter().filter(|data| is(data, q.qtype)).cloned());
                    break;
                }
            }
        }
        Heard::Reply(Reply { rcode, truncated: false, lame: false, answers })
    }

    fn at(&self, owner: &str) -> Vec<&'a Data> {
        let named = |name: &str| -> Vec<&'a Data> {
            let records = self.case.dns.records.iter();
            records.filter(|r| r.name.eq_ignore_ascii_case(name)).map(|r| &r.data).collect()
        };
        let exact = named(owner);
        if !exact.is_empty() {
            return exact;
        }
        let mut rest = owner;
        while let Some((_, parent)) = rest.split_once('.') {
            let wild = named(&alloc::format!("*.{parent}"));
            if !wild.is_empty() {
                return wild;
            }
            rest = parent;
        }
        Vec::new()
    }
}

/// Whom a packet to an address reaches: Linux takes the unspecified address for its own loopback, and an IPv4 address
/// inside IPv6 is that address on the wire.
fn reached(server: IpAddr) -> IpAddr {
    match server.to_canonical() {
        IpAddr::V4(v4) if v4.is_unspecified() => OWN_SERVER,
        IpAddr::V6(v6) if v6.is_unspecified() => OWN_SERVER_V6,
        other => other,
    }
}

fn is(data: &Data, qtype: Qtype) -> bool {
    matches!((data, qtype), (Data::A(_), Qtype::A) | (Data::Aaaa(_), Qtype::Aaaa))
}

fn plain(name: &Name) -> String {
    let mut shown = name.shown();
    shown.pop();
    shown
}

fn shown(reply: &Reply, qtype: Qtype) -> String {
    if reply.truncated {
        return "TRUNCATED".into();
    }
    if reply.lame {
        return "LAME (empty NOERROR, RA=0)".into();
    }
    match reply.rcode {
        Rcode::FormErr => "FORMERR".into(),
        Rcode::ServFail => "SERVFAIL".into(),
        Rcode::NxDomain => "NXDOMAIN".into(),
        Rcode::NotImp => "NOTIMP".into(),
        Rcode::Refused => "REFUSED".into(),
        Rcode::NoError => {
            let texts: Vec<String> = reply.addresses().map(|ip| ip.to_string()).collect();
            if texts.is_empty() || qtype == Qtype::Soa {
                "NODATA".into()
            } else {
                "ANSWER ".to_string() + &join(&texts, ",")
            }
        }
    }
}

/// Loopback of either family: whom implementations ask when resolv.conf names nobody.
pub const OWN_SERVER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
/// The same for IPv6; only Go asks it.
pub const OWN_SERVER_V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);
