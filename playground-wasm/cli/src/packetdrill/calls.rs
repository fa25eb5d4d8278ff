//! The calls of a script, made on our host.

use netsim::calls::{Call, Opt};
use netsim::errno::Errno;
use netsim::tcp::send::SendFlags;

use super::epoll::watch;
use super::options::{getsockopt, setsockopt};
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

/// A number, decimal or hexadecimal, with or without brackets.
pub fn number(text: &str) -> Result<i64, String> {
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
            // Nothing is copied in any case; that it was done is told through the error queue only.
            "MSG_ZEROCOPY" => {}
            "MSG_DONTWAIT" => dontwait = true,
            other => return Err(format!("{other} is not supported")),
        }
    }
    f.dontwait = dontwait;
    Ok((f, dontwait))
}

/// The argument of that place.
pub fn arg(args: &[String], i: usize) -> Result<&str, String> {
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
        if args.get(1).is_some_and(|a| a.contains("SOCK_NONBLOCK")) {
            let _ = run.host.setopt(now, id, Opt::Nonblock(true));
        }
        run.fds.insert(want.number().ok_or("a socket needs a number")?, id);
        return Ok(None);
    }
    if name == "open" {
        let path = arg(args, 0)?.trim_matches('"');
        let size = *run.files.get(path).ok_or(format!("there is no {path}"))?;
        run.open.insert(want.number().ok_or("open needs a number")?, (size, 0));
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
        "sendfile" => {
            let (size, at) = *run.open.get(&number(arg(args, 1)?)?).ok_or("sendfile of what is not open")?;
            let from = if arg(args, 2)? == "NULL" { at } else { bytes(arg(args, 2)?)? };
            send(bytes(arg(args, 3)?)?.min(size.saturating_sub(from)), SendFlags::default())
        }
        "writev" => send(vector(arg(args, 1)?)?, SendFlags::default()),
        "close" => {
            run.fds.remove(&fd);
            for e in run.epolls.values_mut() {
                e.forget(fd);
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
    let before = run.host.tcb(id).map(|t| t.snd.write);
    let result = run.host.poll(now, id, &mut call, last);
    if let (Some(before), Call::Send { .. }) = (before, &call) {
        run.stamping.written(id, before, run.host.tcb(id).map_or(before, |t| t.snd.write));
    }
    match result {
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
    if args.get(2).is_some_and(|f| f.contains("MSG_ERRQUEUE")) {
        return run.stamping.told(id, text, want);
    }
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

/// `name=` in a structure of a script.
pub fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let key = format!("{name}=");
    let at = text.match_indices(&key).find(|(i, _)| !text[..*i].ends_with(|c: char| c.is_ascii_alphanumeric()))?.0;
    text.get(at + key.len()..)?.split([',', '}']).next().map(str::trim)
}
