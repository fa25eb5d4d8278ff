//! How each step of a program begins.

use alloc::format;
use alloc::rc::Rc;
use alloc::string::String;

use super::{Again, App, Then, Wait, fact, set_all, thread};
use crate::calls::{Call, Opt};
use crate::errno::Errno;
use crate::host::Host;
use crate::ip::{Arp, Mac, Packet};
use crate::map::Set;
use crate::scenario::Step;
use crate::tcp::segment::Endpoint;
use crate::tcp::send::SendFlags;
use crate::text::join;
use crate::time::SimTime;
use crate::trace::{Args, CallName};
use crate::view::ss;
use crate::view::tcpdump::{address, mac};

impl App {
    /// Begins a step; nothing if its socket does not exist.
    pub(super) fn take(&mut self, i: usize, now: SimTime, host: &mut Host, step: &Step) -> Option<()> {
        match step {
            Step::Sleep { time } => self.threads[i].wait = Wait::Until(now + *time),
            Step::Repeat { times: 0, .. } => {}
            Step::Repeat { steps, .. } if steps.is_empty() => {}
            Step::Repeat { times, steps } => self.enter(i, steps, Again::Times(*times)),
            Step::Loop { steps } => self.enter(i, steps, Again::Until),
            Step::Spawn { steps } => self.threads.push(thread(steps.clone(), now)),
            Step::Ss { note } => {
                let mut f = fact(now, i as u32, CallName::Ss);
                f.detail = Some(note.as_str().into());
                f.rows = ss::rows(host, now);
                self.facts.push(f);
            }
            Step::Listen { sock, backlog, port, opts } => {
                let id = host.socket();
                set_all(host, now, id, opts);
                let result = host.bind(id, *port).and_then(|()| host.listen(id, *backlog));
                self.name(sock, id);
                let mut f = fact(now, i as u32, CallName::Listen);
                f.sock = Some(sock.as_str().into());
                f.n = Some((*backlog).max(0) as u64);
                f.args = Some(Rc::new(Args::Open(*port, opts.as_slice().into())));
                f.result = Some(result.map(|()| 0));
                self.facts.push(f);
                if result.is_err() {
                    return None;
                }
                self.listening.get_or_insert(now);
            }
            Step::Accept { sock, from } => {
                let id = *self.socks.get(from)?;
                self.call(i, now, host, id, Call::Accept, CallName::Accept, sock, None, Then::Name(sock.clone()));
                self.note_args(i, Args::From(from.as_str().into()));
            }
            Step::Connect { sock, port, address, udp, opts } => {
                let known = self.socks.get(sock).copied().filter(|id| *udp && host.udp(*id).is_some());
                let id = known.unwrap_or_else(|| if *udp { host.udp_socket() } else { host.socket() });
                set_all(host, now, id, opts);
                if known.is_none() {
                    self.name(sock, id);
                }
                let remote = Endpoint { addr: address.unwrap_or(self.peer), port: *port };
                if *udp {
                    return self.udp_connect(i, now, host, sock, id, remote, opts);
                }
                match host.connect(now, id, remote) {
                    Ok(()) => {
                        self.call(i, now, host, id, Call::Connect, CallName::Connect, sock, None, Then::Next);
                        self.note_args(i, Args::Open(*port, opts.as_slice().into()));
                    }
                    Err(e) => {
                        let mut f = fact(now, i as u32, CallName::Connect);
                        f.args = Some(Rc::new(Args::Open(*port, opts.as_slice().into())));
                        f.sock = Some(sock.as_str().into());
                        f.result = Some(Err(e));
                        self.facts.push(f);
                        self.short(i);
                    }
                }
            }
            Step::Setopt { sock, opts, text } => {
                let id = *self.socks.get(sock)?;
                let mut tried = 0;
                let result = opts.iter().inspect(|_| tried += 1).try_for_each(|o| host.setopt(now, id, *o));
                self.told(i, now, host, CallName::Setopt, sock, id, Some(text), result);
                if let Some(f) = self.facts.last_mut() {
                    f.args = Some(Rc::new(Args::Set(opts[..tried].into())));
                }
            }
            Step::Send { sock, n, parts, more, dontwait } => {
                let id = *self.socks.get(sock)?;
                let flags = SendFlags { more: *more, dontwait: *dontwait, eor: false };
                let name = if parts.is_empty() { CallName::Send } else { CallName::Sendv };
                let call = Call::Send { left: *n, done: 0, flags, full: false };
                self.call(i, now, host, id, call, name, sock, Some(*n), Then::Next);
                self.note_args(i, Args::Send { more: *more, dontwait: *dontwait, parts: parts.clone() });
            }
            Step::Recv { sock, n } => self.recv(i, now, host, sock, *n, Then::Next)?,
            Step::Recvn { n: 0, .. } => {}
            Step::Recvn { sock, n } => self.recv(i, now, host, sock, *n, Then::Fill(*n))?,
            Step::Drain { sock, n } => self.recv(i, now, host, sock, *n, Then::Drain)?,
            Step::Shutdown { sock, how, read, write } => {
                let id = *self.socks.get(sock)?;
                let result = host.shutdown(now, id, *read, *write);
                self.told(i, now, host, CallName::Shutdown, sock, id, Some(how), result);
            }
            Step::Close { sock } => {
                let id = *self.socks.get(sock)?;
                let open = self.order.iter().any(|(_, o)| *o == id);
                self.order.retain(|(_, o)| *o != id);
                if !open || host.close(now, id, false).is_some() {
                    self.told(i, now, host, CallName::Close, sock, id, None, Ok(()));
                } else {
                    self.call(i, now, host, id, Call::Close, CallName::Close, sock, None, Then::Next);
                }
            }
            Step::Bind { .. }
            | Step::SendTo { .. }
            | Step::RecvFrom { .. }
            | Step::OriginalDst { .. }
            | Step::ArpAsk { .. }
            | Step::ArpTell { .. } => return self.take_other(i, now, host, step),
        }
        Some(())
    }

    fn recv(&mut self, i: usize, now: SimTime, host: &mut Host, sock: &str, n: u32, then: Then) -> Option<()> {
        let id = *self.socks.get(sock)?;
        self.call(i, now, host, id, Call::Recv { n, dontwait: false }, CallName::Recv, sock, Some(n), then);
        Some(())
    }

    #[expect(clippy::too_many_arguments, reason = "a call has that many parts")]
    fn udp_connect(
        &mut self,
        i: usize,
        now: SimTime,
        host: &mut Host,
        sock: &str,
        id: u32,
        end: Endpoint,
        opts: &[Opt],
    ) -> Option<()> {
        let result = host.udp_connect(id, end);
        self.udp_told(i, now, CallName::Connect, sock, result, end, opts);
        Some(())
    }

    #[expect(clippy::too_many_arguments, reason = "a call has that many parts")]
    fn udp_told(
        &mut self,
        i: usize,
        now: SimTime,
        call: CallName,
        sock: &str,
        result: Result<(), Errno>,
        end: Endpoint,
        opts: &[Opt],
    ) {
        let mut f = fact(now, i as u32, call);
        f.sock = Some(sock.into());
        f.args = Some(Rc::new(Args::Udp { end: Some(end), opts: opts.into(), dontwait: false }));
        f.result = Some(result.map(|()| 0));
        self.facts.push(f);
        if result.is_err() {
            self.short(i);
        }
    }

    /// The steps of UDP, ARP and address translation.
    fn take_other(&mut self, i: usize, now: SimTime, host: &mut Host, step: &Step) -> Option<()> {
        match step {
            Step::Bind { sock, port, opts } => {
                let id = host.udp_socket();
                set_all(host, now, id, opts);
                self.name(sock, id);
                let result = host.udp_bind(id, *port);
                let end = Endpoint { addr: 0, port: *port };
                self.udp_told(i, now, CallName::Bind, sock, result, end, opts);
                if result.is_ok() {
                    self.listening.get_or_insert(now);
                }
            }
            Step::SendTo { sock, n, port, address, dontwait } => {
                let id = *self.socks.get(sock)?;
                let sender = self.senders.get(&id).copied();
                let to = match port {
                    Some(port) => Some(Endpoint { addr: address.unwrap_or(self.peer), port: *port }),
                    None => sender.filter(|_| host.udp(id).is_some_and(|u| u.remote.is_none())),
                };
                let call = Call::SendTo { n: *n, to, dontwait: *dontwait };
                self.call(i, now, host, id, call, CallName::SendTo, sock, Some(*n), Then::Next);
                self.note_args(i, Args::Udp { end: to, opts: Rc::default(), dontwait: *dontwait });
            }
            Step::RecvFrom { sock, n, dontwait, peek, trunc } => {
                let id = *self.socks.get(sock)?;
                let call = Call::RecvFrom { n: *n, dontwait: *dontwait, peek: *peek, trunc: *trunc, got: None };
                self.call(i, now, host, id, call, CallName::RecvFrom, sock, Some(*n), Then::Next);
                let flags = [*peek, *trunc, *dontwait];
                self.note_args(i, Args::Datagram { from: Endpoint::default(), real: 0, flags });
            }
            Step::OriginalDst { sock } => {
                let id = *self.socks.get(sock)?;
                let ends = host.tcb(id).map(|t| (t.local, t.remote));
                let nat = host.net.nat.as_ref();
                let found = ends.and_then(|(local, remote)| nat.and_then(|n| n.original(local, remote)));
                let text = found.map(|e| format!("{}:{}", address(e.addr), e.port));
                // Without connection tracking there is no such option.
                let error = if nat.is_some() { Errno::ENOENT } else { Errno::ENOPROTOOPT };
                let result = if found.is_some() { Ok(()) } else { Err(error) };
                self.told(i, now, host, CallName::OriginalDst, sock, id, text.as_deref(), result);
            }
            Step::ArpAsk { address, probe, first } => {
                if *first {
                    host.net.heard.clear();
                }
                let spa = if *probe { 0 } else { host.addr };
                let tpa = address.unwrap_or(host.addr);
                let (sha, tha) = (host.net.mac, Mac::default());
                host.net.others.push(Packet::Arp(Arp { reply: false, sha, spa, tha, tpa, to: Mac::BROADCAST }));
            }
            Step::ArpTell { address } => {
                let all: Set<Mac> = host.net.heard.iter().filter(|h| h.0 == *address).map(|h| h.1).collect();
                let text: alloc::vec::Vec<String> = all.iter().map(|m| mac(*m)).collect();
                let mut f = fact(now, i as u32, CallName::Arping);
                f.detail = Some(join(&text, " ").as_str().into());
                f.result = Some(Ok(all.len() as i64));
                self.facts.push(f);
            }
            Step::Sleep { .. }
            | Step::Repeat { .. }
            | Step::Loop { .. }
            | Step::Spawn { .. }
            | Step::Ss { .. }
            | Step::Listen { .. }
            | Step::Accept { .. }
            | Step::Connect { .. }
            | Step::Setopt { .. }
            | Step::Send { .. }
            | Step::Recv { .. }
            | Step::Recvn { .. }
            | Step::Drain { .. }
            | Step::Shutdown { .. }
            | Step::Close { .. } => {}
        }
        Some(())
    }
}
