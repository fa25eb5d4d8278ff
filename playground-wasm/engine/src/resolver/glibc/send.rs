//! Sending (`resolv/res_send.c`): both questions over one socket before either answer; server after server, round after
//! round; over TCP once an answer was cut.

use alloc::collections::VecDeque;
use alloc::string::ToString;
use core::net::IpAddr;

use super::super::case::{Proto, Qtype};
use super::super::exchange::{Heard, Question, Rcode, Reply};
use super::super::trace::{Event, Rule, rule};
use super::super::wire::Name;
use super::search::Answers;
use super::{Errno, Thread};
use crate::time::Span;

const SOURCE: &str = "glibc resolv/res_send.c";
const SEND: Rule = rule("glibc.send", "glibc resolv/res_send.c send_dg");
const TCP: Rule = rule("glibc.tcp", "glibc resolv/res_send.c send_vc");
const NEXT: Rule = rule("glibc.next-server", "glibc resolv/res_send.c __res_context_send");
/// `RESOLV_EDNS_BUFFER_SIZE`.
const EDNS_SIZE: u16 = 1200;
/// The program has no timeout for TCP; the servers of this simulation close an idle connection after this.
const IDLE_CLOSE: Span = Span::secs(8);

/// How an attempt at one server ends.
enum Attempt {
    Next,
    UseTcp,
    Answers(Answers),
}

/// An answer that another server should be asked for.
fn is_error(reply: &Reply) -> bool {
    matches!(reply.rcode, Rcode::ServFail | Rcode::NotImp | Rcode::Refused)
}

impl Thread<'_> {
    /// `__res_context_send`: answers, or `None` with errno set.
    pub(super) fn send(&mut self, name: &Name, types: &[Qtype]) -> Option<Answers> {
        const ROTATE: Rule = rule("glibc.rotate", "glibc resolv/res_send.c nameserver_offset");
        let servers = self.conf.servers.clone();
        if self.conf.rotate && servers.len() > 1 {
            self.trace.push_random(Event::Rotate { start: 0 }, ROTATE);
        }
        let mut circuit = self.conf.use_tcp;
        let mut heard_any = false;
        self.errno = Errno::Other;
        for _round in 0..self.conf.attempts {
            for (ns, &server) in servers.iter().enumerate() {
                if self.net.exhausted() {
                    return None;
                }
                if !circuit {
                    match self.send_udp(name, types, server, ns, servers.len(), &mut heard_any) {
                        Attempt::Answers(answers) => return Some(answers),
                        Attempt::UseTcp => circuit = true,
                        Attempt::Next => {}
                    }
                    if !circuit {
                        self.trace.push(Event::NextServer { from: server.to_string() }, NEXT);
                        continue;
                    }
                }
                if let Some(answers) = self.send_tcp(name, types, server) {
                    return Some(answers);
                }
                self.trace.push(Event::NextServer { from: server.to_string() }, NEXT);
            }
            // At most one round over TCP; errno is that of the last connection.
            if circuit {
                return None;
            }
        }
        self.errno = if heard_any || circuit { Errno::TimedOut } else { Errno::ConnRefused };
        None
    }

    fn ask(&mut self, proto: Proto, name: &Name, qtype: Qtype, server: IpAddr) -> Heard {
        let edns = self.conf.edns.then_some(EDNS_SIZE);
        let question = Question { proto, server, name, qtype, edns, ad: self.conf.trust_ad };
        self.net.ask(question, &mut self.trace, if proto == Proto::Udp { SEND } else { TCP })
    }

    /// `retrans << ns`, shared among the servers, at least a second.
    fn patience(&self, ns: usize, count: usize) -> Span {
        let seconds = (self.conf.timeout.as_millis() / 1_000) << ns.min(8);
        let share = if ns > 0 { seconds / u64::try_from(count).unwrap_or(1).max(1) } else { seconds };
        Span::secs(share.max(1))
    }

    /// `send_dg`.
    fn send_udp(
        &mut self,
        name: &Name,
        types: &[Qtype],
        server: IpAddr,
        ns: usize,
        count: usize,
        heard_any: &mut bool,
    ) -> Attempt {
        const SINGLE: Rule = rule("glibc.single-request-fallback", SOURCE);
        if !self.net.connect(Proto::Udp, server, &mut self.trace, SEND) {
            return Attempt::Next;
        }
        let patience = self.patience(ns, count);
        let before = *heard_any;
        let pair = types.len() > 1;
        let mut first: Option<Reply> = None;
        loop {
            let single = self.conf.single_request || self.conf.single_reopen;
            match self.one_try(name, types, server, single, &mut first, heard_any) {
                Try::Done(attempt) => return attempt,
                Try::TimedOut { got_one } => {
                    self.trace.wait(patience);
                    for qtype in types {
                        self.trace.push(Event::Timeout { server: server.to_string(), qtype: qtype.name() }, SEND);
                    }
                    if !(pair && got_one && first.is_some()) {
                        *heard_any = true;
                        return Attempt::Next;
                    }
                    // One of two answers came: some servers cannot do two questions at a time.
                    *heard_any = before;
                    if !single {
                        self.conf.single_request = true;
                        self.trace.push(Event::SwitchToSingleRequest { reopen: false }, SINGLE);
                    } else if !self.conf.single_reopen {
                        self.conf.single_reopen = true;
                        self.trace.push(Event::SwitchToSingleRequest { reopen: true }, SINGLE);
                    } else {
                        return Attempt::Answers((first, None));
                    }
                }
            }
        }
    }

    /// One pass of sending and listening. `first` keeps what an earlier pass received.
    fn one_try(
        &mut self,
        name: &Name,
        types: &[Qtype],
        server: IpAddr,
        single: bool,
        first: &mut Option<Reply>,
        heard_any: &mut bool,
    ) -> Try {
        const PARALLEL: Rule = rule("glibc.types-together", SOURCE);
        const ERROR: Rule = rule("glibc.error-reply", SOURCE);
        let pair = types.len() > 1;
        let mut waiting: VecDeque<(usize, Heard)> = VecDeque::new();
        let at_once = if single { 1 } else { types.len() };
        if at_once > 1 {
            self.trace.push(Event::InParallel { how: "one socket" }, PARALLEL);
        }
        for (i, &qtype) in types.iter().take(at_once).enumerate() {
            let heard = self.ask(Proto::Udp, name, qtype, server);
            waiting.push_back((i, heard));
        }
        let mut received = [false, !pair];
        let mut second: Option<Reply> = None;
        while let Some((which, heard)) = waiting.pop_front() {
            let reply = match heard {
                Heard::Closed => return Try::Done(Attempt::Next),
                Heard::Silence => continue,
                Heard::Reply(reply) => reply,
            };
            *heard_any = true;
            let is_first_buffer = received == [false, !pair];
            let got_one = pair && (received[0] || received[1]);
            if is_first_buffer {
                self.last_rcode = reply.rcode;
            }
            if is_error(&reply) || reply.lame {
                let qtype = types.get(which).map_or("A", |t| t.name());
                self.trace.push(Event::IgnoreReply { server: server.to_string(), qtype }, ERROR);
                if !self.conf.strict_error {
                    if got_one {
                        return Try::Done(if first.is_some() {
                            Attempt::Answers((first.take(), None))
                        } else {
                            Attempt::Next
                        });
                    }
                    if pair && (!single || self.version.waits_after_single_error()) {
                        *first = None;
                        received[which] = true;
                        continue;
                    }
                }
                return Try::Done(Attempt::Next);
            }
            if reply.truncated {
                const CUT: Rule = rule("glibc.truncated", SOURCE);
                self.trace.push(Event::FallbackTcp { server: server.to_string() }, CUT);
                return Try::Done(Attempt::UseTcp);
            }
            if is_first_buffer {
                *first = Some(reply);
            } else {
                second = Some(reply);
            }
            received[which] = true;
            if received == [true, true] {
                return Try::Done(Attempt::Answers((first.take(), second)));
            }
            if single && let Some(&qtype) = types.get(1) {
                let heard = self.ask(Proto::Udp, name, qtype, server);
                waiting.push_back((1, heard));
            }
        }
        Try::TimedOut { got_one: received[0] || (pair && received[1]) }
    }

    /// `send_vc`: both questions on one connection, every answer taken as it is, and no timeout.
    fn send_tcp(&mut self, name: &Name, types: &[Qtype], server: IpAddr) -> Option<Answers> {
        if !self.net.connect(Proto::Tcp, server, &mut self.trace, TCP) {
            self.errno = Errno::ConnRefused;
            return None;
        }
        self.errno = Errno::Other;
        let mut replies = VecDeque::new();
        for &qtype in types {
            match self.ask(Proto::Tcp, name, qtype, server) {
                Heard::Reply(reply) => replies.push_back(reply),
                Heard::Closed | Heard::Silence => {}
            }
        }
        if let Some(reply) = replies.front() {
            self.last_rcode = reply.rcode;
        }
        if replies.len() < types.len() {
            const NO_TIMEOUT: Rule = rule("glibc.tcp-without-timeout", SOURCE);
            self.trace.wait(IDLE_CLOSE);
            self.trace.push(Event::ConnectFailed { server: server.to_string() }, NO_TIMEOUT);
            return None;
        }
        let first = replies.pop_front();
        Some((first, replies.pop_front()))
    }
}

/// How a pass ends.
enum Try {
    Done(Attempt),
    TimedOut { got_one: bool },
}
