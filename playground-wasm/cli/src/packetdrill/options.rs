//! Options of sockets, by the names that scripts use.

use netsim::calls::Opt;
use netsim::errno::Errno;
use netsim::tcp::state::State;

use super::calls::{Answer, arg, number};
use super::run::Run;

/// Sets one.
pub fn setsockopt(run: &mut Run, id: u32, args: &[String], want: &Answer) -> Result<(), String> {
    let now = run.time();
    let (name, value) = (arg(args, 2)?, arg(args, 3)?);
    let n = || number(value);
    let on = || number(value).map(|n| n != 0);
    let opt = match name {
        // Rebinding is always allowed here; how much is left to read is told when it is asked; there is no copy to save;
        // what is not in a segment (type of service, fragmentation, foreign addresses, priority) changes nothing.
        "SO_REUSEADDR" | "TCP_INQ" | "SO_ZEROCOPY" | "IP_MTU_DISCOVER" | "IP_TOS" | "IP_FREEBIND" | "SO_PRIORITY" => {
            return want.check(Ok(0));
        }
        "SO_TIMESTAMPING" => {
            let nxt =
                run.host.tcb(id).map(|t| t.snd.una).ok_or("SO_TIMESTAMPING without a connection is not supported")?;
            return run.stamping.set(id, value, nxt).and_then(|()| want.check(Ok(0)));
        }
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

/// Reads one and compares it.
pub fn getsockopt(run: &mut Run, id: u32, args: &[String]) -> Result<(), String> {
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
        "TCP_SYNCNT" if opts.syncnt > 0 => opts.syncnt.into(),
        "TCP_SYNCNT" => sys.syn_retries,
        "TCP_KEEPIDLE" if opts.keepidle > 0 => opts.keepidle.into(),
        "TCP_KEEPIDLE" => sys.keepalive_time,
        "TCP_KEEPINTVL" if opts.keepintvl > 0 => opts.keepintvl.into(),
        "TCP_KEEPINTVL" => sys.keepalive_intvl,
        "TCP_KEEPCNT" if opts.keepcnt > 0 => opts.keepcnt.into(),
        "TCP_KEEPCNT" => sys.keepalive_probes,
        "SO_KEEPALIVE" => i64::from(opts.keepalive),
        "SO_REUSEPORT" => i64::from(opts.reuseport),
        "SO_RCVLOWAT" => tcb.map_or(i64::from(opts.rcvlowat.max(1)), |t| t.rcv.lowat.into()),
        other => return Err(format!("{other} is not supported")),
    };
    if got == want { Ok(()) } else { Err(format!("{name} is {got}")) }
}
