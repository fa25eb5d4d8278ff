//! `setsockopt`: what can be set, within which bounds, and what it does to a socket that is open.

use crate::errno::Errno;
use crate::host::{Host, Sock};
use crate::tcp::state::{Cx, SockOpts, Tcb};
use crate::time::SimTime;
use crate::udp::Discover;

/// `net.core.rmem_max` and `wmem_max`: what `SO_RCVBUF` and `SO_SNDBUF` take at most, before doubling.
const BUFFER_MAX: i64 = 212_992;
/// Least send and receive buffers (`SOCK_MIN_SNDBUF`, `SOCK_MIN_RCVBUF`).
const BUFFER_MIN: (i64, i64) = (4_608, 2_304);

/// An option of a socket, in the units of setsockopt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opt {
    /// `TCP_NODELAY`.
    Nodelay(bool),
    /// `TCP_CORK`.
    Cork(bool),
    /// `TCP_QUICKACK`.
    Quickack(bool),
    /// `TCP_MAXSEG`.
    Maxseg(i64),
    /// `TCP_SYNCNT`.
    Syncnt(i64),
    /// `TCP_USER_TIMEOUT`, milliseconds.
    UserTimeout(i64),
    /// `TCP_LINGER2`, seconds.
    Linger2(i64),
    /// `SO_RCVBUF`, bytes before doubling.
    Rcvbuf(i64),
    /// `SO_SNDBUF`.
    Sndbuf(i64),
    /// `SO_LINGER`.
    Linger(Option<u32>),
    /// `SO_KEEPALIVE`.
    Keepalive(bool),
    /// `TCP_KEEPIDLE`, seconds.
    Keepidle(i64),
    /// `TCP_KEEPINTVL`.
    Keepintvl(i64),
    /// `TCP_KEEPCNT`.
    Keepcnt(i64),
    /// `SO_RCVTIMEO`, microseconds.
    Rcvtimeo(u64),
    /// `SO_SNDTIMEO`.
    Sndtimeo(u64),
    /// `O_NONBLOCK`.
    Nonblock(bool),
    /// `SO_REUSEPORT`.
    Reuseport(bool),
    /// `TCP_NOTSENT_LOWAT`.
    NotsentLowat(i64),
    /// `TCP_WINDOW_CLAMP`.
    WindowClamp(i64),
    /// `SO_RCVLOWAT`.
    Rcvlowat(i64),
    /// `IP_MTU_DISCOVER`: 0 to 2.
    MtuDiscover(i64),
}

impl Host {
    /// `setsockopt`.
    pub fn setopt(&mut self, now: SimTime, id: u32, opt: Opt) -> Result<(), Errno> {
        check(opt)?;
        match self.socks.get_mut(&id) {
            Some(Sock::Idle { opts, .. }) => keep(opts, opt),
            Some(Sock::Listen(l)) => keep(&mut l.opts, opt),
            Some(Sock::Udp(u)) => {
                if let Opt::MtuDiscover(n) = opt {
                    u.discover = [Discover::Dont, Discover::Want, Discover::Do][n.clamp(0, 2) as usize];
                }
                keep(&mut u.opts, opt);
            }
            Some(Sock::Conn(_)) => {
                self.with(now, id, |t, cx| apply(t, cx, opt));
            }
            None => return Err(Errno::EBADF),
        }
        Ok(())
    }
}

fn within(n: i64, least: i64, most: i64) -> Result<(), Errno> {
    if (least..=most).contains(&n) { Ok(()) } else { Err(Errno::EINVAL) }
}

fn check(opt: Opt) -> Result<(), Errno> {
    match opt {
        Opt::Maxseg(n) if n != 0 => within(n, 88, 32_767),
        Opt::Syncnt(n) | Opt::Keepcnt(n) => within(n, 1, 127),
        Opt::Keepidle(n) | Opt::Keepintvl(n) => within(n, 1, 32_767),
        Opt::UserTimeout(n) => within(n, 0, i64::from(i32::MAX)),
        Opt::MtuDiscover(n) => within(n, 0, 2),
        Opt::Nodelay(_)
        | Opt::Cork(_)
        | Opt::Quickack(_)
        | Opt::Maxseg(_)
        | Opt::Linger2(_)
        | Opt::Rcvbuf(_)
        | Opt::Sndbuf(_)
        | Opt::Linger(_)
        | Opt::Keepalive(_)
        | Opt::Rcvtimeo(_)
        | Opt::Sndtimeo(_)
        | Opt::Nonblock(_)
        | Opt::Reuseport(_)
        | Opt::NotsentLowat(_)
        | Opt::WindowClamp(_)
        | Opt::Rcvlowat(_) => Ok(()),
    }
}

fn buffer(n: i64, least: i64) -> u32 {
    (n.clamp(0, BUFFER_MAX) * 2).max(least) as u32
}

fn keep(opts: &mut SockOpts, opt: Opt) {
    match opt {
        Opt::Nodelay(on) => opts.nodelay = on,
        Opt::Cork(on) => opts.cork = on,
        Opt::Quickack(on) => opts.interactive = !on,
        Opt::Maxseg(n) => opts.maxseg = n as u32,
        Opt::Syncnt(n) => opts.syncnt = n as u32,
        Opt::UserTimeout(n) => opts.user_timeout = n as u32,
        Opt::Linger2(n) => opts.linger2 = if n < 0 { -1 } else { n.min(120) },
        Opt::Rcvbuf(n) => opts.rcvbuf = buffer(n, BUFFER_MIN.1),
        Opt::Sndbuf(n) => opts.sndbuf = buffer(n, BUFFER_MIN.0),
        Opt::Linger(l) => opts.linger = l,
        Opt::Keepalive(on) => opts.keepalive = on,
        Opt::Keepidle(n) => opts.keepidle = n as u32,
        Opt::Keepintvl(n) => opts.keepintvl = n as u32,
        Opt::Keepcnt(n) => opts.keepcnt = n as u32,
        Opt::Rcvtimeo(us) => opts.rcvtimeo = us,
        Opt::Sndtimeo(us) => opts.sndtimeo = us,
        Opt::Nonblock(on) => opts.nonblock = on,
        Opt::Reuseport(on) => opts.reuseport = on,
        Opt::NotsentLowat(n) => opts.notsent_lowat = n.clamp(0, i64::from(u32::MAX)) as u32,
        Opt::WindowClamp(n) => opts.window_clamp = n.clamp(0, 1 << 30) as u32,
        Opt::Rcvlowat(n) => opts.rcvlowat = n.clamp(1, 1 << 30) as u32,
        // Of UDP sockets, which hold it themselves.
        Opt::MtuDiscover(_) => {}
    }
}

fn apply(t: &mut Tcb, cx: &mut Cx, opt: Opt) {
    match opt {
        Opt::Nodelay(on) => t.set_nodelay(cx, on),
        Opt::Cork(on) => t.set_cork(cx, on),
        Opt::Quickack(on) => t.set_quickack(cx, on),
        Opt::Keepalive(on) => t.set_keepalive(cx, on),
        Opt::Keepidle(n) => t.set_keepidle(cx, n as u32),
        Opt::Rcvbuf(n) => {
            keep(&mut t.opts, opt);
            t.rcv.rcvbuf = buffer(n, BUFFER_MIN.1);
            t.rcv.rcvbuf_locked = true;
        }
        Opt::Sndbuf(n) => {
            keep(&mut t.opts, opt);
            t.snd.sndbuf = buffer(n, BUFFER_MIN.0);
            t.snd.sndbuf_locked = true;
            t.snd_space_changed(cx);
        }
        Opt::Rcvlowat(n) => t.rcv.lowat = n.clamp(1, 1 << 30) as u32,
        Opt::WindowClamp(n) => {
            keep(&mut t.opts, opt);
            t.set_window_clamp(n.clamp(0, 1 << 30) as u32);
        }
        Opt::Maxseg(_)
        | Opt::Syncnt(_)
        | Opt::UserTimeout(_)
        | Opt::Linger2(_)
        | Opt::Linger(_)
        | Opt::Keepintvl(_)
        | Opt::Keepcnt(_)
        | Opt::Rcvtimeo(_)
        | Opt::Sndtimeo(_)
        | Opt::Nonblock(_)
        | Opt::Reuseport(_)
        | Opt::NotsentLowat(_)
        | Opt::MtuDiscover(_) => keep(&mut t.opts, opt),
    }
}
