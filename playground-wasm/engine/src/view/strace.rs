//! `strace -f -ttt -T -o file -e trace=network,close,fcntl` of the program of one side (strace 6).
//!
//! The program is the one a scenario describes, in C: `accept(3, NULL, NULL)`, sockets without flags, descriptors from 3
//! up, the lowest that is free. Its first thread has number 1000. Calls cost no time here, so `<0.000000>` is how long
//! one blocked. Sleeping and the making of threads are no network calls; a call that never returns is not in the trace.

use crate::map::Map;
use crate::order::sort_by_key;
use crate::text::join;
use alloc::format;
use alloc::rc::Rc;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::packets::byte;
use super::strace_words::{flags, message, option, received, sockaddr, syscall};
use crate::calls::Opt;
use crate::errno::Errno;
use crate::time::{SimTime, Span};
use crate::trace::{Args, CallFact, CallName, Fact, What};
use crate::world::ADDRESSES;

/// The first thread's number.
const PID: u32 = 1_000;
/// Where strace puts the result (`-a 40`).
const COLUMN: usize = 40;
/// Bytes of a buffer that it shows (`-s 32`).
const SHOWN: u64 = 32;

/// A descriptor: how far its streams were written and read.
#[derive(Debug, Clone, Default)]
struct Open {
    written: u32,
    read: u32,
}

struct Tracer {
    side: usize,
    out: String,
    /// The thread whose line has no end yet.
    unfinished: Option<u32>,
    open: Map<u32, Open>,
    names: Map<Rc<str>, u32>,
    /// The descriptor of each call that blocks, by the place of its fact.
    calls: Map<usize, u32>,
}

/// When, after what else of that instant, and where in the trace; whether it returns; its fact.
type Event<'a> = ((SimTime, bool, usize), bool, usize, &'a CallFact);

/// The lines until then; a call that blocks at that time is the last of its thread.
pub fn render(trace: &[Fact], side: usize, until: SimTime) -> String {
    // At one instant what ends comes before what begins and blocks.
    let mut events: Vec<Event> = Vec::new();
    for (i, f) in trace.iter().enumerate().filter(|(_, f)| f.host == side) {
        let What::Call(c) = &f.what else { continue };
        if c.began > until || c.call == CallName::Ss {
            continue;
        }
        if c.took > Span::ZERO {
            events.push(((c.began, true, i), false, i, c));
        }
        if f.at <= until {
            events.push(((f.at, false, i), true, i, c));
        }
    }
    sort_by_key(&mut events, |(at, ..)| at.0.as_micros() << 1 | u64::from(at.1));
    let mut t =
        Tracer { side, out: String::new(), unfinished: None, open: Map::new(), names: Map::new(), calls: Map::new() };
    for ((at, ..), ends, i, c) in events {
        if c.took == Span::ZERO || !ends {
            t.begin(at, i, c);
        }
        if ends {
            t.end(at, i, c);
        }
    }
    if t.unfinished.is_some() {
        t.out.push_str(" <unfinished ...>\n");
    }
    t.out
}

impl Tracer {
    fn prefix(&mut self, at: SimTime, thread: u32) {
        if self.unfinished.take().is_some() {
            self.out.push_str(" <unfinished ...>\n");
        }
        let us = at.as_micros();
        self.out.push_str(&format!("{:<5} {}.{:06} ", PID + thread, us / 1_000_000, us % 1_000_000));
    }

    /// A call that returns at once.
    fn quick(&mut self, at: SimTime, thread: u32, call: &str, result: Result<i64, Errno>) {
        self.prefix(at, thread);
        self.out.push_str(call);
        self.result(Some(result), Span::ZERO);
    }

    fn result(&mut self, result: Option<Result<i64, Errno>>, took: Span) {
        self.out.push_str(") ");
        let line = self.out.rfind('\n').map_or(0, |i| i + 1);
        let missing = COLUMN.saturating_sub(self.out.len() - line);
        self.out.extend(core::iter::repeat_n(' ', missing));
        match result {
            Some(Ok(n)) => self.out.push_str(&format!("= {n}")),
            Some(Err(e)) => self.out.push_str(&format!("= -1 {} ({})", e.name(), message(e))),
            None => self.out.push_str("= ?"),
        }
        if result.is_some() {
            let us = took.as_micros();
            self.out.push_str(&format!(" <{}.{:06}>", us / 1_000_000, us % 1_000_000));
        }
        self.out.push('\n');
    }

    fn new_fd(&mut self) -> u32 {
        let fd = (3..).find(|fd| !self.open.contains_key(fd)).unwrap_or(3);
        self.open.insert(fd, Open::default());
        fd
    }

    fn fd(&self, c: &CallFact) -> u32 {
        let name: &str = c.sock.as_deref().unwrap_or("c");
        self.names.get(name).copied().unwrap_or(3)
    }

    fn socket(&mut self, at: SimTime, c: &CallFact, opts: &[Opt]) -> u32 {
        let fd = self.new_fd();
        if let Some(name) = &c.sock {
            self.names.insert(name.clone(), fd);
        }
        let udp = matches!(c.args.as_deref(), Some(Args::Udp { .. }));
        let kind = if udp { "DGRAM" } else { "STREAM" };
        self.quick(at, c.thread, &format!("socket(AF_INET, SOCK_{kind}, IPPROTO_IP"), Ok(fd.into()));
        for o in opts {
            self.quick(at, c.thread, &option(fd, *o), Ok(0));
        }
        fd
    }

    /// The call is made: its line as far as strace prints it before the result is known.
    fn begin(&mut self, at: SimTime, i: usize, c: &CallFact) {
        let n = c.n.unwrap_or(0);
        let (fd, text) = match c.call {
            CallName::Listen => {
                let Some(Args::Open(port, opts)) = c.args.as_deref() else { return };
                let fd = self.socket(at, c, opts);
                self.quick(at, c.thread, &format!("bind({fd}, {}", sockaddr(0, *port)), Ok(0));
                (fd, format!("listen({fd}, {n}"))
            }
            CallName::Bind | CallName::Connect if matches!(c.args.as_deref(), Some(Args::Udp { .. })) => {
                let Some(Args::Udp { end: Some(end), opts, .. }) = c.args.as_deref() else { return };
                let known = c.sock.as_ref().and_then(|s| self.names.get(s)).copied();
                let fd = known.filter(|_| c.call == CallName::Connect).unwrap_or_else(|| self.socket(at, c, opts));
                (fd, format!("{}({fd}, {}", c.call.name(), sockaddr(end.addr, end.port)))
            }
            CallName::SendTo => {
                let fd = self.fd(c);
                let Some(Args::Udp { end, dontwait, .. }) = c.args.as_deref() else { return };
                let flags = if *dontwait { "MSG_DONTWAIT" } else { "0" };
                let to = end.map_or_else(|| "NULL, 0".to_string(), |e| sockaddr(e.addr, e.port));
                (fd, format!("sendto({fd}, {}, {n}, {flags}, {to}", self.datagram(n)))
            }
            CallName::RecvFrom => {
                let fd = self.fd(c);
                (fd, format!("recvfrom({fd}, "))
            }
            CallName::OriginalDst => {
                let fd = self.fd(c);
                (fd, format!("getsockopt({fd}, SOL_IP, 0x50 /* IP_??? */, "))
            }
            CallName::Bind | CallName::Arping => return,
            CallName::Connect => {
                let Some(Args::Open(port, opts)) = c.args.as_deref() else { return };
                let fd = self.socket(at, c, opts);
                (fd, format!("connect({fd}, {}", sockaddr(ADDRESSES[usize::from(self.side != 1)], *port)))
            }
            CallName::Accept => {
                let Some(Args::From(listener)) = c.args.as_deref() else { return };
                let fd = self.names.get(listener).copied().unwrap_or(3);
                (fd, format!("accept({fd}, "))
            }
            CallName::Setopt => {
                let fd = self.fd(c);
                let Some(Args::Set(opts)) = c.args.as_deref() else { return };
                let Some((last, first)) = opts.split_last() else { return };
                for o in first {
                    self.quick(at, c.thread, &option(fd, *o), Ok(0));
                }
                (fd, option(fd, *last))
            }
            CallName::Send => {
                let fd = self.fd(c);
                let data = self.content(fd, true, n, 0);
                (fd, format!("sendto({fd}, {data}, {n}, {}, NULL, 0", flags(c.args.as_deref())))
            }
            CallName::Sendv => {
                let fd = self.fd(c);
                let Some(Args::Send { parts, .. }) = c.args.as_deref() else { return };
                (fd, self.sendmsg(fd, parts, &flags(c.args.as_deref())))
            }
            CallName::Recv => {
                let fd = self.fd(c);
                (fd, format!("recvfrom({fd}, "))
            }
            CallName::Shutdown => {
                let fd = self.fd(c);
                (fd, format!("shutdown({fd}, SHUT_{}", c.detail.as_deref().unwrap_or("RDWR")))
            }
            CallName::Close => {
                let fd = self.fd(c);
                (fd, format!("close({fd}"))
            }
            CallName::Exit => (0, "exit_group(0".to_string()),
            CallName::Ss => return,
        };
        self.calls.insert(i, fd);
        self.prefix(at, c.thread);
        self.out.push_str(&text);
        self.unfinished = Some(c.thread);
    }

    fn end(&mut self, at: SimTime, i: usize, c: &CallFact) {
        let Some(fd) = self.calls.remove(&i) else { return };
        if self.unfinished == Some(c.thread) {
            self.unfinished = None;
        } else {
            self.prefix(at, c.thread);
            self.out.push_str(&format!("<... {} resumed>", syscall(c.call)));
        }
        let mut result = c.result;
        match (c.call, c.result) {
            (CallName::Accept, Some(Ok(_))) => {
                let new = self.new_fd();
                if let Some(name) = &c.sock {
                    self.names.insert(name.clone(), new);
                }
                result = Some(Ok(new.into()));
                self.out.push_str("NULL, NULL");
            }
            (CallName::Accept, _) => self.out.push_str("NULL, NULL"),
            (CallName::Recv, Some(Ok(got))) => {
                let data = self.content(fd, false, got as u64, 0);
                self.out.push_str(&format!("{data}, {}, 0, NULL, NULL", c.n.unwrap_or(0)));
                self.moved(fd, |o| o.read = o.read.wrapping_add(got as u32));
            }
            (CallName::Recv, _) => {
                self.out.push_str(&format!("0x7ffe80f025a0, {}, 0, NULL, NULL", c.n.unwrap_or(0)));
            }
            (CallName::RecvFrom, r) => {
                let Some(Args::Datagram { from, real, flags: [peek, trunc, dontwait] }) = c.args.as_deref() else {
                    return;
                };
                let n = c.n.unwrap_or(0);
                let set = received(*peek, *trunc, *dontwait);
                match r {
                    Some(Ok(_)) => {
                        let data = self.datagram(n.min(u64::from(*real)));
                        let from = sockaddr(from.addr, from.port);
                        // The length is a pointer's here.
                        let from = from.strip_suffix("16").unwrap_or(&from);
                        self.out.push_str(&format!("{data}, {n}, {set}, {from}[16]"));
                    }
                    Some(Err(_)) | None => {
                        self.out.push_str(&format!("0x7ffe80f025a0, {n}, {set}, 0x7ffe80f02590, [16]"))
                    }
                }
            }
            (CallName::OriginalDst, _) => self.out.push_str("0x7ffe80f02590, [16]"),
            (CallName::Send | CallName::Sendv, Some(Ok(n))) => {
                self.moved(fd, |o| o.written = o.written.wrapping_add(n as u32));
            }
            (CallName::Close, _) => {
                self.open.remove(&fd);
            }
            (_, _) => {}
        }
        self.result(result, c.took);
        if c.call == CallName::Exit {
            self.prefix(at, c.thread);
            self.out.push_str("+++ exited with 0 +++\n");
        }
    }

    fn moved(&mut self, fd: u32, f: impl FnOnce(&mut Open)) {
        if let Some(o) = self.open.get_mut(&fd) {
            f(o);
        }
    }

    /// A buffer as strace shows it, `skip` bytes further in the stream.
    fn content(&self, fd: u32, written: bool, n: u64, skip: u32) -> String {
        let open = self.open.get(&fd).cloned().unwrap_or_default();
        let from = (if written { open.written } else { open.read }).wrapping_add(skip);
        let text: String = (0..n.min(SHOWN) as u32).map(|i| char::from(byte(from.wrapping_add(i)))).collect();
        format!("\"{text}\"{}", if n > SHOWN { "..." } else { "" })
    }

    /// The content of a datagram.
    fn datagram(&self, n: u64) -> String {
        let text: String = (0..n.min(SHOWN) as u32).map(|i| char::from(byte(i))).collect();
        format!("\"{text}\"{}", if n > SHOWN { "..." } else { "" })
    }

    fn sendmsg(&self, fd: u32, parts: &[u32], flags: &str) -> String {
        let mut at = 0;
        let mut iov = Vec::new();
        for n in parts {
            iov.push(format!("{{iov_base={}, iov_len={n}}}", self.content(fd, true, (*n).into(), at)));
            at += n;
        }
        format!(
            "sendmsg({fd}, {{msg_name=NULL, msg_namelen=0, msg_iov=[{}], msg_iovlen={}, msg_controllen=0, msg_flags=0}}, \
             {flags}",
            join(&iov, ", "),
            parts.len()
        )
    }
}
