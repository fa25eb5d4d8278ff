//! Go's DNS client (`net/dnsclient_unix.go`): a goroutine per type, each server in turn, as often as `attempts` says; the
//! names of the search list one after the other, whatever became of the one before.

use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::super::case::{Case, Family, Proto, Qtype};
use super::super::exchange::{Heard, Network, Question, Rcode, Reply};
use super::super::files::resolv_conf::{self, Conf};
use super::super::names;
use super::super::outcome::GoError;
use super::super::trace::{Event, Rule, Trace, rule};
use super::super::version::Go;
use super::super::wire::Name;
use super::order;
use crate::order::sort_by_key;
use crate::time::Span;

const SOURCE: &str = "Go net/dnsclient_unix.go";
const ASK: Rule = rule("go.dns", "Go net/dnsclient_unix.go goLookupIPCNAMEOrder");
const TRY: Rule = rule("go.name-list", "Go net/dnsclient_unix.go nameList");
const SEND: Rule = rule("go.exchange", "Go net/dnsclient_unix.go exchange");
const NEXT: Rule = rule("go.next-server", "Go net/dnsclient_unix.go tryOneName");
const PARALLEL: Rule =
    rule("go.types-race", "Go net/dnsclient_unix.go goLookupIPCNAMEOrder: A and AAAA from two goroutines");
const ROTATE: Rule = rule("go.rotate", "Go net/dnsconfig.go serverOffset: each type of each name begins one further");
/// DNS flag day 2020, `maxDNSPacketSize`.
const EDNS_SIZE: u16 = 1232;

/// What DNS gave.
pub struct Answer {
    /// Addresses in the order the answers came.
    pub addresses: Vec<IpAddr>,
    /// The error that counts when there are none.
    pub error: Option<GoError>,
}

/// One type of one name on its way through the servers.
struct Task {
    qtype: Qtype,
    offset: usize,
    attempt: u32,
    server: usize,
    at: Span,
    /// Exchanges so far: they cost no virtual time, and yet the one with fewer ends first.
    exchanges: u32,
    result: Option<Result<Reply, GoError>>,
}

/// Asks DNS for a name and its suffixed forms.
pub fn lookup(case: &Case, version: Go, trace: &mut Trace) -> Answer {
    trace.push(Event::AskSource { source: "dns".into() }, ASK);
    // The choice of the order has read this file before, and kept the notes.
    let mut noted = Trace::default();
    let conf = resolv_conf::go(case.files.resolv.as_deref(), &case.own_name, version, &mut noted);
    let types: &[Qtype] = match case.family {
        Family::Any => &[Qtype::A, Qtype::Aaaa],
        Family::V4 => &[Qtype::A],
        Family::V6 => &[Qtype::Aaaa],
    };
    let off = version.has_netedns0().then(|| {
        let godebug = case.env.get("GODEBUG").map_or("", |text| text.as_str());
        order::godebug(godebug, "netedns0", version)
    });
    let edns = match off.flatten() {
        Some(value) => value != "0",
        None => version.edns_by_default(),
    };
    let mut client =
        Client { conf: &conf, version, edns: edns.then_some(EDNS_SIZE), net: Network::new(case), rotation: 0 };
    let bare = alloc::format!("{}.", case.name);
    let mut answer = Answer { addresses: Vec::new(), error: None };
    for (qname, why) in names::go(&case.name, &conf, version) {
        if client.net.exhausted() {
            break;
        }
        trace.push(Event::TryName { qname: qname.clone(), why }, TRY);
        for result in client.ask(&qname, types, trace) {
            match result {
                Ok(reply) => answer.addresses.extend(reply.addresses()),
                // The error of the name as it was given is preferred.
                Err(error) if answer.error.is_none() || qname == bare => answer.error = Some(error),
                Err(_) => {}
            }
        }
        if !answer.addresses.is_empty() {
            break;
        }
    }
    answer
}

struct Client<'a> {
    conf: &'a Conf,
    version: Go,
    edns: Option<u16>,
    net: Network<'a>,
    /// `soffset`: with `rotate` every question of a type begins one server further.
    rotation: usize,
}

impl Client<'_> {
    /// All types of one name, in the order in which they end.
    fn ask(&mut self, qname: &str, types: &[Qtype], trace: &mut Trace) -> Vec<Result<Reply, GoError>> {
        let name = Name::plain(qname);
        let start = trace.now;
        let mut tasks = Vec::new();
        if self.conf.rotate && self.conf.servers.len() > 1 {
            trace.push_random(Event::Rotate { start: self.rotation % self.conf.servers.len() }, ROTATE);
        }
        for &qtype in types {
            let offset = if self.conf.rotate { self.rotation } else { 0 };
            self.rotation += 1;
            tasks.push(Task { qtype, offset, attempt: 0, server: 0, at: start, exchanges: 0, result: None });
        }
        if self.conf.single_request {
            for task in &mut tasks {
                task.at = trace.now;
                while task.result.is_none() {
                    self.step(task, name.as_ref(), trace);
                }
                trace.now = task.at;
            }
        } else {
            if types.len() > 1 {
                trace.push_random(Event::InParallel { how: "goroutines" }, PARALLEL);
            }
            // The earliest goes on. At the same time Go leaves it to chance; the scheduler favours the goroutine that was
            // started last (runnext), so that AAAA is usually first.
            tasks.reverse();
            while let Some(task) = tasks.iter_mut().filter(|t| t.result.is_none()).min_by_key(|t| (t.at, t.exchanges)) {
                trace.now = task.at;
                self.step(task, name.as_ref(), trace);
            }
            sort_by_key(&mut tasks, |t| t.at.as_micros() << 20 | u64::from(t.exchanges) << 4 | t.qtype as u64);
            trace.now = tasks.iter().map(|t| t.at).max().unwrap_or(start);
        }
        tasks.into_iter().filter_map(|t| t.result).collect()
    }

    /// One exchange of `tryOneName`.
    fn step(&mut self, task: &mut Task, name: Option<&Name>, trace: &mut Trace) {
        let count = self.conf.servers.len().max(1);
        let Some(&server) = self.conf.servers.get((task.offset + task.server) % count) else {
            task.result = Some(Err(GoError::plain("no answer from DNS server", None)));
            return;
        };
        trace.now = task.at;
        task.exchanges += 1;
        let outcome = match name {
            Some(name) => self.exchange(name, task.qtype, server, trace),
            None => Err(GoError::plain("cannot marshal DNS message", Some(server))),
        };
        task.at = trace.now;
        let error = match outcome.and_then(|reply| self.judge(reply, task.qtype, server)) {
            Ok(reply) => {
                task.result = Some(Ok(reply));
                return;
            }
            Err(error) if error.not_found => {
                task.result = Some(Err(error));
                return;
            }
            Err(error) => error,
        };
        task.server += 1;
        if task.server == self.conf.servers.len() {
            task.server = 0;
            task.attempt += 1;
        }
        if task.attempt >= self.conf.attempts || self.net.exhausted() {
            task.result = Some(Err(error));
        } else {
            trace.push(Event::NextServer { from: server.to_string() }, NEXT);
        }
    }

    /// UDP, then TCP if the answer was cut; each with the whole timeout.
    fn exchange(&mut self, name: &Name, qtype: Qtype, server: IpAddr, trace: &mut Trace) -> Result<Reply, GoError> {
        let protos: &[Proto] = if self.conf.use_tcp { &[Proto::Tcp] } else { &[Proto::Udp, Proto::Tcp] };
        for &proto in protos {
            let refused = GoError { temporary: true, ..GoError::plain("cannot connect", Some(server)) };
            if !self.net.connect(proto, server, trace, SEND) {
                return Err(refused);
            }
            let question = Question { proto, server, name, qtype, edns: self.edns, ad: self.conf.trust_ad };
            match self.net.ask(question, trace, SEND) {
                Heard::Closed => return Err(refused),
                Heard::Silence => {
                    trace.wait(self.conf.timeout);
                    trace.push(Event::Timeout { server: server.to_string(), qtype: qtype.name() }, SEND);
                    return Err(GoError {
                        text: "i/o timeout".into(),
                        server: Some(server),
                        not_found: false,
                        timeout: true,
                        temporary: true,
                    });
                }
                Heard::Reply(reply) if !reply.truncated => return Ok(reply),
                Heard::Reply(_) if proto == Proto::Udp => {
                    const CUT: Rule = rule("go.truncated", SOURCE);
                    trace.push(Event::FallbackTcp { server: server.to_string() }, CUT);
                }
                Heard::Reply(reply) if self.version.takes_truncated_tcp() => return Ok(reply),
                Heard::Reply(_) => {}
            }
        }
        Err(GoError::plain("no answer from DNS server", Some(server)))
    }

    /// `checkHeader` and `skipToAnswer`.
    fn judge(&self, reply: Reply, qtype: Qtype, server: IpAddr) -> Result<Reply, GoError> {
        match reply.rcode {
            Rcode::NxDomain => return Err(GoError::no_such_host(Some(server))),
            Rcode::NoError if reply.lame => return Err(GoError::plain("lame referral", Some(server))),
            Rcode::NoError => {}
            Rcode::ServFail => {
                return Err(GoError { temporary: true, ..GoError::plain("server misbehaving", Some(server)) });
            }
            Rcode::FormErr | Rcode::NotImp | Rcode::Refused => {
                return Err(GoError::plain("server misbehaving", Some(server)));
            }
        }
        let has = reply.addresses().any(|ip| ip.is_ipv4() == (qtype == Qtype::A));
        if has { Ok(reply) } else { Err(GoError::no_such_host(Some(server))) }
    }
}
