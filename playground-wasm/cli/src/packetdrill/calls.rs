//! The calls of a script, made on our host.

use std::collections::BTreeMap;

use netsim::calls::{Call, Opt};
use netsim::errno::Errno;
use netsim::tcp::send::SendFlags;
use netsim::tcp::state::State;

use super::run::Run;

/// What a script says that a call returns.
#[derive(Debug, Clone)]
pub enum Answer {
    /// This number.
    Number(i64),
    /// This error.
    Error(Errno),
    /// Anything.
    Any,
}

impl Answer {
    /// Reads `= 0`, `= -1 EAGAIN (…)`.
    pub fn parse(result: &str, errno: Option<&str>) -> Result<Answer, String> {
        if let Some(name) = errno {
            return Errno::named(name).map(Answer::Error).ok_or(format!("{name} is not known"));
        }
        match result {
            "..." => Ok(Answer::Any),
            r => number(r).map(Answer::Number),
        }
    }

    /// The number, if it is one.
    pub fn number(&self) -> Option<i64> {
        match self {
            Answer::Number(n) => Some(*n),
            Answer::Error(_) | Answer::Any => None,
        }
    }

    /// Compares.
    pub fn check(&self, got: Result<i64, Errno>) -> Result<(), String> {
        match (self, got) {
            (Answer::Any, _) => Ok(()),
            (Answer::Number(n), Ok(m)) if *n == m => Ok(()),
            (Answer::Error(e), Err(f)) if *e == f => Ok(()),
            (_, Ok(m)) => Err(format!("returned {m}")),
            (_, Err(e)) => Err(format!("returned -1 {}", e.name())),
        }
    }
}

/// An epoll instance: what was asked of which socket, and what was told at an edge.
#[derive(Debug, Clone, Default)]
pub struct Epoll {
    watched: BTreeMap<i64, (u32, bool, u64)>,
}

fn number(text: &str) -> Result<i64, String> {
    let t = text.trim().trim_start_matches('[').trim_end_matches(']').trim();
    let n = match t.strip_prefix("0x") {
        Some(hex) => i64::from_str_radix(hex, 16),
        None => t.parse(),
    };
    n.map_err(|_| format!("{text} is no number"))
}

fn bytes(text: &str) -> Result<u32, String> {
    number(text).map(|n| n.clamp(0, 1 << 30) as u32)
}

/// Sizes in `[{..., 40}, {..., 20}]`.
fn vector(text: &str) -> Result<u32, String> {
    let start = text.find("=[").map_or(0, |i| i + 2);
    let list = text.get(start..).unwrap_or("");
    let list = list.split(']').next().unwrap_or("");
    let mut sum = 0u32;
    for item in list.split('{').skip(1) {
        let size = item.split(',').nth(1).unwrap_or("").trim().trim_end_matches(['}', ',', ' ']);
        sum = sum.saturating_add(bytes(size)?);
    }
    Ok(sum)
}

fn flags(text: Option<&String>) -> Result<(SendFlags, bool), String> {
    let (mut f, mut dontwait) = (SendFlags::default(), false);
    for word in text.map_or("0", |t| t.as_str()).split('|') {
        match word.trim() {
            "0" | "" | "MSG_NOSIGNAL" => {}
            "MSG_MORE" => f.more = true,
            "MSG_EOR" => f.eor = true,
            "MSG_DONTWAIT" => dontwait = true,
            other => return Err(format!("{other} is not supported")),
        }
    }
    f.dontwait = dontwait;
    Ok((f, dontwait))
}

fn arg(args: &[String], i: usize) -> Result<&str, String> {
    args.get(i).map(String::as_str).ok_or(format!("argument {} is missing", i + 1))
}

/// Makes a call. Gives it back if it has to wait.
pub fn make(
    run: &mut Run,
    name: &str,
    args: &[String],
    want: Answer,
    may_block: bool,
) -> Result<Option<(u32, Call)>, String> {
    let now = run.time();
    if name == "socket" {
        if args.get(1).is_none_or(|a| !a.contains("SOCK_STREAM")) {
            return Err("only SOCK_STREAM is supported".to_owned());
        }
        let id = run.host.socket();
        run.fds.insert(want.number().ok_or("a socket needs a number")?, id);
        return Ok(None);
    }
    if name.starts_with("epoll") || name == "poll" {
        return watch(run, name, args, &want).map(|()| None);
    }
    let fd = number(arg(args, 0)?)?;
    let id = *run.fds.get(&fd).ok_or(format!("{fd} is no socket"))?;
    if args.get(1).is_some_and(|a| a == "NULL")
        && matches!(name, "read" | "recv" | "recvfrom" | "write" | "send" | "sendto")
    {
        return want.check(Err(Errno::EFAULT)).map(|()| None);
    }
    let call = match name {
        "bind" => return want.check(run.host.bind(id, 8080).map(|()| 0)).map(|()| None),
        "listen" => return want.check(run.host.listen(id, number(arg(args, 1)?)?).map(|()| 0)).map(|()| None),
        "connect" => {
            if let Err(e) = run.host.connect(now, id, run.peer) {
                if e == Errno::EALREADY || e == Errno::EISCONN {
                    let got = match run.host.poll(now, id, &mut Call::Connect, true) {
                        Some(Ok(_)) => Err(Errno::EISCONN),
                        Some(Err(Errno::EINPROGRESS)) => Err(Errno::EALREADY),
                        Some(Err(e)) => Err(e),
                        None => Err(Errno::EALREADY),
                    };
                    return want.check(got).map(|()| None);
                }
                return want.check(Err(e)).map(|()| None);
            }
            Call::Connect
        }
        "accept" => Call::Accept,
        "read" => Call::Recv { n: bytes(arg(args, 2)?)?, dontwait: false },
        "recv" | "recvfrom" => Call::Recv { n: bytes(arg(args, 2)?)?, dontwait: flags(args.get(3))?.1 },
        "recvmsg" => return recvmsg(run, id, args, &want).map(|()| None),
        "write" => send(bytes(arg(args, 2)?)?, SendFlags::default()),
        "send" | "sendto" => send(bytes(arg(args, 2)?)?, flags(args.get(3))?.0),
        "sendmsg" => send(vector(arg(args, 1)?)?, flags(args.get(2))?.0),
        "writev" => send(vector(arg(args, 1)?)?, SendFlags::default()),
        "close" => {
            run.fds.remove(&fd);
            for e in run.epolls.values_mut() {
                e.watched.remove(&fd);
            }
            if run.host.close(now, id, false).is_some() {
                return want.check(Ok(0)).map(|()| None);
            }
            Call::Close
        }
        "shutdown" => {
            let (r, w) = match arg(args, 1)? {
                "SHUT_RD" => (true, false),
                "SHUT_WR" => (false, true),
                "SHUT_RDWR" => (true, true),
                other => return Err(format!("{other} is not known")),
            };
            return want.check(run.host.shutdown(now, id, r, w).map(|()| 0)).map(|()| None);
        }
        "fcntl" => {
            if arg(args, 1)? == "F_SETFL" {
                let on = arg(args, 2)?.contains("O_NONBLOCK");
                let _ = run.host.setopt(now, id, Opt::Nonblock(on));
                return want.check(Ok(0)).map(|()| None);
            }
            return Ok(None);
        }
        "ioctl" => {
            let waiting = run.host.tcb(id).map_or(0, |t| match arg(args, 1) {
                Ok("SIOCOUTQ") => i64::from(t.snd.write - t.snd.una),
                // A FIN at the end of what is read counts as nothing.
                _ => i64::from(t.readable()),
            });
            let expected = number(arg(args, 2)?)?;
            return if expected == waiting { Ok(None) } else { Err(format!("{waiting} bytes wait")) };
        }
        "setsockopt" => return setsockopt(run, id, args, &want).map(|()| None),
        "getsockopt" => return getsockopt(run, id, args).map(|()| None),
        other => return Err(format!("{other} is not supported")),
    };
    let mut call = call;
    let nonblocking = run.host.nonblocking(id, &call);
    let last = nonblocking || !may_block;
    match run.host.poll(now, id, &mut call, last) {
        None => Ok(Some((id, call))),
        Some(Ok(child)) if matches!(call, Call::Accept) => {
            run.fds.insert(want.number().ok_or("accept needs a number")?, child as u32);
            Ok(None)
        }
        Some(result) => want.check(result).map(|()| None),
    }
}

fn send(n: u32, flags: SendFlags) -> Call {
    Call::Send { left: n, done: 0, flags, full: false }
}

/// `recvmsg` with the number of bytes left to read as control data (`TCP_CM_INQ`).
fn recvmsg(run: &mut Run, id: u32, args: &[String], want: &Answer) -> Result<(), String> {
    let text = arg(args, 1)?;
    if text.contains("cmsg_type=") && !text.contains("TCP_CM_INQ") {
        return Err("control data other than TCP_CM_INQ is not supported".to_owned());
    }
    let now = run.time();
    let mut call = Call::Recv { n: vector(text)?, dontwait: false };
    match run.host.poll(now, id, &mut call, true) {
        Some(result) => want.check(result)?,
        None => return Err("recvmsg blocks".to_owned()),
    }
    if let Some(left) = field(text, "cmsg_data") {
        let left = number(left.trim_end_matches(']'))?;
        let inq = run.host.tcb(id).map_or(0, netsim::tcp::state::Tcb::inq);
        if i64::from(inq) != left {
            return Err(format!("{inq} bytes are left"));
        }
    }
    Ok(())
}

fn setsockopt(run: &mut Run, id: u32, args: &[String], want: &Answer) -> Result<(), String> {
    let now = run.time();
    let (name, value) = (arg(args, 2)?, arg(args, 3)?);
    let n = || number(value);
    let on = || number(value).map(|n| n != 0);
    let opt = match name {
        "SO_REUSEADDR" | "SO_ZEROCOPY" | "IP_MTU_DISCOVER" | "SO_TIMESTAMPING" | "SO_MAX_PACING_RATE"
        | "SO_PRIORITY" | "TCP_INQ" => match name {
            // Rebinding is always allowed here; how much is left to read is told when it is asked; there is no copy to save.
            "SO_REUSEADDR" | "TCP_INQ" => return want.check(Ok(0)),
            other => return Err(format!("{other} is not supported")),
        },
        "SO_REUSEPORT" => Opt::Reuseport(on()?),
        "TCP_NODELAY" => Opt::Nodelay(on()?),
        "TCP_CORK" => Opt::Cork(on()?),
        "TCP_QUICKACK" => Opt::Quickack(on()?),
        "TCP_MAXSEG" => Opt::Maxseg(n()?),
        "TCP_SYNCNT" => Opt::Syncnt(n()?),
        "TCP_USER_TIMEOUT" => Opt::UserTimeout(n()?),
        "TCP_LINGER2" => Opt::Linger2(n()?),
        "TCP_KEEPIDLE" => Opt::Keepidle(n()?),
        "TCP_KEEPINTVL" => Opt::Keepintvl(n()?),
        "TCP_KEEPCNT" => Opt::Keepcnt(n()?),
        "TCP_NOTSENT_LOWAT" => Opt::NotsentLowat(n()?),
        "TCP_WINDOW_CLAMP" => Opt::WindowClamp(n()?),
        "SO_KEEPALIVE" => Opt::Keepalive(on()?),
        "SO_RCVBUF" => Opt::Rcvbuf(n()?),
        "SO_SNDBUF" => Opt::Sndbuf(n()?),
        "SO_RCVLOWAT" => Opt::Rcvlowat(n()?),
        "SO_LINGER" => {
            let field = |k: &str| value.split(k).nth(1).and_then(|r| r.split([',', '}']).next()).map(str::trim);
            let on = field("onoff=").unwrap_or("0") != "0";
            let seconds = field("linger=").and_then(|s| s.parse().ok()).unwrap_or(0);
            Opt::Linger(on.then_some(seconds))
        }
        "SO_RCVTIMEO" | "SO_SNDTIMEO" => {
            let field = |k: &str| {
                value
                    .split(k)
                    .nth(1)
                    .and_then(|r| r.split([',', '}']).next())
                    .and_then(|s| s.trim().parse::<u64>().ok())
            };
            let us = field("tv_sec=").unwrap_or(0) * 1_000_000 + field("tv_usec=").unwrap_or(0);
            if name == "SO_RCVTIMEO" { Opt::Rcvtimeo(us) } else { Opt::Sndtimeo(us) }
        }
        other => return Err(format!("{other} is not supported")),
    };
    want.check(run.host.setopt(now, id, opt).map(|()| 0))
}

fn getsockopt(run: &mut Run, id: u32, args: &[String]) -> Result<(), String> {
    let (name, want) = (arg(args, 2)?, number(arg(args, 3)?)?);
    let error = if name == "SO_ERROR" { run.host.take_error(id) } else { None };
    let opts = run.host.opts(id).cloned().unwrap_or_default();
    let tcb = run.host.tcb(id);
    let sys = &run.host.sys;
    let got = match name {
        "SO_ERROR" => error.map_or(0, Errno::number),
        "TCP_MAXSEG" => match tcb {
            Some(t) if t.state != State::Closed => i64::from(t.snd.mss),
            Some(_) | None if opts.maxseg > 0 => i64::from(opts.maxseg),
            Some(_) | None => 536,
        },
        "TCP_NODELAY" => i64::from(opts.nodelay),
        "TCP_CORK" => i64::from(opts.cork),
        "SO_SNDBUF" => {
            tcb.map_or(if opts.sndbuf > 0 { i64::from(opts.sndbuf) } else { sys.wmem[1] }, |t| t.snd.sndbuf.into())
        }
        "SO_RCVBUF" => {
            tcb.map_or(if opts.rcvbuf > 0 { i64::from(opts.rcvbuf) } else { sys.rmem[1] }, |t| t.rcv.rcvbuf.into())
        }
        "TCP_NOTSENT_LOWAT" => i64::from(opts.notsent_lowat),
        "TCP_USER_TIMEOUT" => i64::from(opts.user_timeout),
        other => return Err(format!("{other} is not supported")),
    };
    if got == want { Ok(()) } else { Err(format!("{name} is {got}")) }
}

const IN: u64 = 1;
const OUT: u64 = 4;
const ERR: u64 = 8;
const HUP: u64 = 16;
const RDHUP: u64 = 0x2000;

/// What is ready at a socket (`tcp_poll`).
pub fn ready(run: &mut Run, fd: i64) -> u64 {
    let Some(id) = run.fds.get(&fd).copied() else { return 0 };
    run.host.ready(id)
}

fn events(text: &str) -> Result<u64, String> {
    let mut all = 0;
    for word in text.split('|') {
        all |= match word.trim() {
            "EPOLLIN" | "POLLIN" => IN,
            "EPOLLOUT" | "POLLOUT" => OUT,
            "EPOLLERR" | "POLLERR" => ERR,
            "EPOLLHUP" | "POLLHUP" => HUP,
            "EPOLLRDHUP" | "POLLRDHUP" => RDHUP,
            "EPOLLET" => 1 << 31,
            "0" => 0,
            other => return Err(format!("{other} is not supported")),
        };
    }
    Ok(all)
}

fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let key = format!("{name}=");
    let at = text.match_indices(&key).find(|(i, _)| !text[..*i].ends_with(|c: char| c.is_ascii_alphanumeric()))?.0;
    text.get(at + key.len()..)?.split([',', '}']).next().map(str::trim)
}

fn watch(run: &mut Run, name: &str, args: &[String], want: &Answer) -> Result<(), String> {
    match name {
        "epoll_create" => {
            run.epolls.insert(want.number().ok_or("epoll_create needs a number")?, Epoll::default());
            Ok(())
        }
        "epoll_ctl" => {
            let (ep, fd) = (number(arg(args, 0)?)?, number(arg(args, 2)?)?);
            let mask = events(field(arg(args, 3)?, "events").unwrap_or("0"))?;
            let edge = mask >> 31 == 1;
            let e = run.epolls.get_mut(&ep).ok_or("no such epoll")?;
            e.watched.insert(fd, ((mask & 0xffff) as u32, edge, 0));
            want.check(Ok(0))
        }
        "epoll_wait" => {
            let ep = number(arg(args, 0)?)?;
            let watched: Vec<(i64, (u32, bool, u64))> =
                run.epolls.get(&ep).ok_or("no such epoll")?.watched.iter().map(|(k, v)| (*k, *v)).collect();
            let (mut count, mut seen) = (0, 0);
            for (fd, (mask, edge, told)) in watched {
                let now = ready(run, fd) & (u64::from(mask) | ERR | HUP);
                let edges = run.fds.get(&fd).map_or(0, |id| run.host.edges(*id));
                if now != 0 && (!edge || edges != told) {
                    count += 1;
                    seen = now;
                }
                if let Some(e) = run.epolls.get_mut(&ep).and_then(|e| e.watched.get_mut(&fd)) {
                    e.2 = edges;
                }
                if let Some(id) = run.fds.get(&fd).copied()
                    && now & OUT == 0
                {
                    run.host.wants_space(id);
                }
            }
            want.check(Ok(count))?;
            let expected = events(field(arg(args, 1)?, "events").unwrap_or("0"))?;
            if count > 0 && expected != seen { Err(format!("events are {seen:#x}")) } else { Ok(()) }
        }
        "poll" => {
            let list = arg(args, 0)?;
            let fd = number(field(list, "fd").unwrap_or("-1"))?;
            let mask = events(field(list, "events").unwrap_or("0"))?;
            let expected = events(field(list, "revents").unwrap_or("0"))?;
            let now = ready(run, fd) & (mask | ERR | HUP);
            if let ((Some(due), line), 0) = (run.waiting, now) {
                run.polls.push(super::run::Polling { fd, mask: mask | ERR | HUP, expected, due, line });
                return Ok(());
            }
            if now == expected { Ok(()) } else { Err(format!("revents are {now:#x}")) }
        }
        other => Err(format!("{other} is not supported")),
    }
}
