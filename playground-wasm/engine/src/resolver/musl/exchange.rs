//! musl's exchange (`src/network/res_msend.c`): every question to every server at once; the first answer that says yes or no
//! counts, SERVFAIL is asked again at once, other errors are waited out; all again every `timeout / attempts`.

use alloc::collections::VecDeque;
use alloc::string::ToString;
use alloc::vec::Vec;
use core::net::IpAddr;

use super::super::case::{Proto, Qtype};
use super::super::exchange::{Heard, Network, Question, Rcode, Reply};
use super::super::files::resolv_conf::Conf;
use super::super::trace::{Event, Rule, Trace, rule};
use super::super::version::Musl;
use super::super::wire::Name;
use crate::time::Span;

const SOURCE: &str = "musl src/network/res_msend.c";
const SEND: Rule = rule("musl.all-servers-at-once", SOURCE);
const RETRY: Rule = rule("musl.servfail-again", SOURCE);
const IGNORE: Rule = rule("musl.error-waited-out", SOURCE);

/// From the end of a sleep to the program's next look at the clock.
const WAKING: Span = Span::micros(50);

/// The servers and settings of a lookup.
pub(super) struct Exchange<'a> {
    pub(super) conf: &'a Conf,
    pub(super) version: Musl,
    pub(super) net: Network<'a>,
}

/// A question's slot.
#[derive(Clone)]
enum Slot {
    Open,
    /// Cut; the answer is awaited over TCP.
    Tcp,
    Done(Reply),
}

impl Exchange<'_> {
    /// One answer per type, `None` where none counted; `None` altogether when the name cannot be encoded. The error is the
    /// signal that a division by zero raises.
    pub(super) fn ask(
        &mut self,
        qname: &str,
        types: &[Qtype],
        trace: &mut Trace,
    ) -> Result<Option<Vec<Option<Reply>>>, &'static str> {
        let timeout = self.conf.timeout.as_millis();
        let attempts = match u64::from(self.conf.attempts) {
            0 if self.version.dies_of_no_attempts() => {
                // The query is made before the division.
                return if self.encode(qname).is_some() { Err("SIGFPE") } else { Ok(None) };
            }
            0 => 1,
            n => n,
        };
        let name = match self.encode(qname) {
            Some(Encoded::Good(name)) => name,
            Some(Encoded::Garbled) => {
                self.garbled(qname, timeout, trace);
                return Ok(Some(types.iter().map(|_| None).collect()));
            }
            None => return Ok(None),
        };
        let interval = timeout / attempts;
        let mut slots: Vec<Slot> = types.iter().map(|_| Slot::Open).collect();
        let mut slept = Span::ZERO;
        while slept.as_millis() < timeout && !self.net.exhausted() {
            let whole = self.round(&name, types, &mut slots, trace);
            if !whole || slots.iter().all(|s| matches!(s, Slot::Done(_))) {
                break;
            }
            // With an interval of 0 ms poll returns at once; the rounds then follow as fast as the machine can. Linux lets
            // poll oversleep by a thousandth (fs/select.c, select_estimate_accuracy) and waking up takes its time, so that
            // 333 + 333 + 333 ms are one second, and there is no fourth round.
            let step = Span::millis(interval.max(1)) + Span::micros(interval) + WAKING;
            let left = Span::millis(timeout) - slept;
            slept = slept + step.min(left);
            trace.wait(step.min(left));
        }
        let finished = slots.into_iter().map(|slot| match slot {
            Slot::Done(reply) => Some(reply),
            Slot::Open | Slot::Tcp => None,
        });
        Ok(Some(finished.collect()))
    }

    /// Sends what is open and takes what comes; false when a TCP error ends the exchange.
    fn round(&mut self, name: &Name, types: &[Qtype], slots: &mut [Slot], trace: &mut Trace) -> bool {
        // sendto fails without a route, and nobody looks.
        let routed = self.conf.servers.iter().copied().filter(|server| self.net.has_route(*server));
        let servers: Vec<IpAddr> = routed.collect();
        let mut waiting: VecDeque<(usize, IpAddr, Heard)> = VecDeque::new();
        for (i, &qtype) in types.iter().enumerate() {
            if !matches!(slots.get(i), Some(Slot::Open)) {
                continue;
            }
            for &server in &servers {
                let heard = self.query(Proto::Udp, name, qtype, server, trace, SEND);
                waiting.push_back((i, server, heard));
            }
        }
        let mut again = 2 * types.len();
        let mut streams = Vec::new();
        while let Some((i, server, heard)) = waiting.pop_front() {
            let (Some(slot), Some(&qtype)) = (slots.get_mut(i), types.get(i)) else { continue };
            // The socket is not connected: it never learns that a port is closed.
            let Heard::Reply(reply) = heard else { continue };
            // Answers count from the addresses that were asked only, and 0.0.0.0 answers as 127.0.0.1.
            if server.is_unspecified() {
                const OTHER: Rule = rule("musl.reply-from-another-address", SOURCE);
                trace.push(Event::IgnoreReply { server: server.to_string(), qtype: qtype.name() }, OTHER);
                continue;
            }
            if !matches!(slot, Slot::Open) {
                continue;
            }
            match reply.rcode {
                Rcode::NoError | Rcode::NxDomain => {
                    if reply.truncated && self.version.has_tcp() {
                        *slot = Slot::Tcp;
                        streams.push((i, server));
                    } else {
                        *slot = Slot::Done(reply);
                    }
                }
                Rcode::ServFail if again > 0 => {
                    again -= 1;
                    trace.push(Event::Resend { server: server.to_string(), qtype: qtype.name() }, RETRY);
                    let heard = self.query(Proto::Udp, name, qtype, server, trace, RETRY);
                    waiting.push_back((i, server, heard));
                }
                _ => trace.push(Event::IgnoreReply { server: server.to_string(), qtype: qtype.name() }, IGNORE),
            }
        }
        streams.into_iter().all(|(i, server)| self.stream(name, types, slots, i, server, trace))
    }

    /// A question that was answered in part, over a connection of its own.
    fn stream(
        &mut self,
        name: &Name,
        types: &[Qtype],
        slots: &mut [Slot],
        i: usize,
        server: IpAddr,
        trace: &mut Trace,
    ) -> bool {
        const TCP: Rule = rule("musl.tcp", "musl src/network/res_msend.c start_tcp");
        let (Some(slot), Some(&qtype)) = (slots.get_mut(i), types.get(i)) else { return true };
        trace.push(Event::FallbackTcp { server: server.to_string() }, TCP);
        if !self.net.connect(Proto::Tcp, server, trace, TCP) {
            return false;
        }
        match self.query(Proto::Tcp, name, qtype, server, trace, TCP) {
            Heard::Reply(reply) if matches!(reply.rcode, Rcode::NoError | Rcode::NxDomain) => {
                *slot = Slot::Done(reply);
                true
            }
            Heard::Reply(_) | Heard::Closed => false,
            Heard::Silence => true,
        }
    }

    fn query(
        &mut self,
        proto: Proto,
        name: &Name,
        qtype: Qtype,
        server: IpAddr,
        trace: &mut Trace,
        why: Rule,
    ) -> Heard {
        self.net.ask(Question { proto, server, name, qtype, edns: None, ad: false }, trace, why)
    }

    /// `__res_mkquery`; up to 1.2.3 a second final dot slips through and garbles the question.
    fn encode(&self, qname: &str) -> Option<Encoded> {
        let whole = qname.strip_suffix('.').unwrap_or(qname);
        match whole.strip_suffix('.') {
            Some(rest) if !self.version.checks_query_name() => Name::plain(rest).map(|_| Encoded::Garbled),
            Some(_) => None,
            None => Name::plain(whole).map(Encoded::Good),
        }
    }

    fn garbled(&mut self, qname: &str, timeout: u64, trace: &mut Trace) {
        const GARBLED: Rule = rule("musl.garbled-query", "musl 1.2.3 src/network/res_mkquery.c");
        for server in &self.conf.servers {
            trace.push(Event::SendMalformed { server: server.to_string(), qname: qname.into() }, GARBLED);
        }
        trace.wait(Span::millis(timeout));
    }
}

enum Encoded {
    Good(Name),
    Garbled,
}
