//! The calls that programs make on sockets, with the results and the waiting of real ones.

use alloc::boxed::Box;

use crate::errno::Errno;
use crate::host::{Host, Sock};
use crate::tcp::close::Closing;
use crate::tcp::listen::Listener;
use crate::tcp::segment::Endpoint;
use crate::tcp::send::SendFlags;
use crate::tcp::state::{Cx, SockOpts, State, Tcb};
use crate::time::SimTime;

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
}

/// A call that may have to wait. It is made again and again until it returns.
#[derive(Debug, Clone)]
pub enum Call {
    /// `accept`.
    Accept,
    /// `connect`.
    Connect,
    /// `send` of so many bytes.
    Send {
        /// Bytes still to copy.
        left: u32,
        /// Bytes copied.
        done: u32,
        /// Flags.
        flags: SendFlags,
        /// It found the buffer full and waits to be told that there is room.
        full: bool,
    },
    /// `recv` of at most so many bytes.
    Recv {
        /// At most.
        n: u32,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
    },
    /// `close` that lingers.
    Close,
}

impl Host {
    /// `socket(AF_INET, SOCK_STREAM, 0)`.
    pub fn socket(&mut self) -> u32 {
        self.add(Sock::Idle { opts: SockOpts::default(), port: 0 })
    }

    /// `bind` to a port.
    pub fn bind(&mut self, id: u32, to: u16) -> Result<(), Errno> {
        match self.socks.get_mut(&id) {
            Some(Sock::Idle { port, .. }) if *port == 0 => {
                *port = to;
                Ok(())
            }
            Some(_) => Err(Errno::EINVAL),
            None => Err(Errno::EBADF),
        }
    }

    /// `listen`.
    pub fn listen(&mut self, id: u32, backlog: i64) -> Result<(), Errno> {
        let most = self.sys.somaxconn;
        // The kernel compares as unsigned: a negative backlog is the most there is.
        let backlog = if backlog < 0 { most } else { backlog.min(most) } as u32;
        let addr = self.addr;
        let (opts, port) = match self.socks.get_mut(&id) {
            Some(Sock::Idle { opts, port }) => (opts.clone(), *port),
            Some(Sock::Listen(l)) => {
                l.backlog = backlog;
                return Ok(());
            }
            Some(Sock::Conn(_)) => return Err(Errno::EINVAL),
            None => return Err(Errno::EBADF),
        };
        let taken = self.socks.values().any(|s| match s {
            Sock::Listen(l) => l.local.port == port && !(l.opts.reuseport && opts.reuseport),
            Sock::Idle { .. } | Sock::Conn(_) => false,
        });
        if taken {
            return Err(Errno::EADDRINUSE);
        }
        let l = Listener::new(Endpoint { addr, port }, backlog, opts);
        self.socks.insert(id, Sock::Listen(Box::new(l)));
        Ok(())
    }

    /// `connect`: the SYN leaves. What comes of it is told by [`Host::poll`].
    pub fn connect(&mut self, now: SimTime, id: u32, remote: Endpoint) -> Result<(), Errno> {
        let (opts, bound) = match self.socks.get(&id) {
            Some(Sock::Idle { opts, port }) => (opts.clone(), *port),
            Some(Sock::Conn(t)) => {
                return Err(match t.state {
                    State::SynSent | State::SynReceived => Errno::EALREADY,
                    State::Closed
                    | State::Established
                    | State::FinWait1
                    | State::FinWait2
                    | State::CloseWait
                    | State::Closing
                    | State::LastAck => Errno::EISCONN,
                });
            }
            Some(Sock::Listen(_)) => return Err(Errno::EINVAL),
            None => return Err(Errno::EBADF),
        };
        let port = if bound == 0 { self.free_port(remote) } else { bound };
        let local = Endpoint { addr: self.addr, port };
        if self.conns.contains_key(&(local, remote)) {
            return Err(Errno::EADDRINUSE);
        }
        let random = self.rng.next();
        let offset = if self.sys.timestamps == 1 { (random >> 32) as u32 } else { 0 };
        let mut cx = Cx {
            now,
            ticks: self.ticks,
            sys: &self.sys,
            out: &mut self.out,
            stats: &mut self.stats,
            time_wait: None,
            congested: self.congested,
            refused: None,
            mtu: self.mtu,
        };
        let iss = crate::tcp::segment::Seq(random as u32);
        let mut tcb = Tcb::connect(&mut cx, local, remote, &opts, iss, offset);
        tcb.snd.init_cwnd = self.init_cwnd;
        self.socks.insert(id, Sock::Conn(Box::new(tcb)));
        self.conns.insert((local, remote), id);
        self.touched.insert(id);
        Ok(())
    }

    /// Options as they stand.
    pub fn opts(&self, id: u32) -> Option<&SockOpts> {
        match self.socks.get(&id)? {
            Sock::Idle { opts, .. } => Some(opts),
            Sock::Listen(l) => Some(&l.opts),
            Sock::Conn(t) => Some(&t.opts),
        }
    }

    /// How long a call may wait, microseconds; 0 for ever.
    pub fn timeout_of(&self, id: u32, call: &Call) -> u64 {
        let Some(opts) = self.opts(id) else { return 0 };
        match call {
            Call::Accept | Call::Recv { .. } => opts.rcvtimeo,
            Call::Connect | Call::Send { .. } => opts.sndtimeo,
            Call::Close => opts.linger.map_or(0, |s| u64::from(s) * 1_000_000),
        }
    }

    /// Whether a call returns at once in any case.
    pub fn nonblocking(&self, id: u32, call: &Call) -> bool {
        let forced = match call {
            Call::Send { flags, .. } => flags.dontwait,
            Call::Recv { dontwait, .. } => *dontwait,
            Call::Accept | Call::Connect | Call::Close => false,
        };
        forced || self.opts(id).is_some_and(|o| o.nonblock)
    }

    /// Makes a call; `None` if it has to wait. With `last`, the time to wait is over.
    pub fn poll(&mut self, now: SimTime, id: u32, call: &mut Call, last: bool) -> Option<Result<i64, Errno>> {
        if !self.socks.contains_key(&id) && !matches!(call, Call::Close) {
            return Some(Err(Errno::EBADF));
        }
        let over = |e: Errno| if last { Some(Err(e)) } else { None };
        match call {
            Call::Accept => {
                let Some(Sock::Listen(l)) = self.socks.get_mut(&id) else { return Some(Err(Errno::EINVAL)) };
                match l.queue.pop_front() {
                    Some(child) => {
                        if let Some(Sock::Conn(t)) = self.socks.get_mut(&child) {
                            t.owned = true;
                        }
                        Some(Ok(i64::from(child)))
                    }
                    None => over(Errno::EAGAIN),
                }
            }
            Call::Connect => {
                let Some(Sock::Conn(t)) = self.socks.get_mut(&id) else { return Some(Err(Errno::EINVAL)) };
                match t.state {
                    State::SynSent | State::SynReceived => over(Errno::EINPROGRESS),
                    State::Closed if !t.connected => {
                        let e = t.error.take().unwrap_or(Errno::ECONNABORTED);
                        t.rcv_shutdown = false;
                        t.send_shutdown = false;
                        Some(Err(e))
                    }
                    State::Closed
                    | State::Established
                    | State::FinWait1
                    | State::FinWait2
                    | State::CloseWait
                    | State::Closing
                    | State::LastAck => Some(Ok(0)),
                }
            }
            Call::Send { left, done, flags, full } => {
                let flags = *flags;
                let (l, d, waits) = (*left, *done, *full);
                if matches!(self.socks.get(&id), Some(Sock::Idle { .. } | Sock::Listen(_))) {
                    return Some(Err(Errno::EPIPE));
                }
                let r = self.with(now, id, |t, cx| {
                    let waiting = matches!(t.state, State::SynSent | State::SynReceived);
                    if waiting && t.error.is_none() {
                        t.write_pending = true;
                        return Ok((0, true));
                    }
                    t.write_pending = false;
                    t.may_write()?;
                    if waits && t.snd.nospace {
                        return Ok((0, true));
                    }
                    Ok(t.write(cx, l, flags))
                })?;
                match r {
                    Ok((n, wait)) => {
                        *left -= n;
                        *done += n;
                        *full = wait;
                        match (wait, last) {
                            (false, _) => Some(Ok(i64::from(*done))),
                            (true, false) => None,
                            (true, true) if *done > 0 => Some(Ok(i64::from(*done))),
                            (true, true) => Some(Err(Errno::EAGAIN)),
                        }
                    }
                    Err(_) if d > 0 => Some(Ok(i64::from(d))),
                    Err(e) => Some(Err(e)),
                }
            }
            Call::Recv { n, .. } => {
                let n = *n;
                if matches!(self.socks.get(&id), Some(Sock::Idle { .. } | Sock::Listen(_))) {
                    return Some(Err(Errno::ENOTCONN));
                }
                let r = self.with(now, id, |t, cx| {
                    let r = t.read(cx, n);
                    if r.is_none() && !last {
                        t.cleanup_rbuf(cx, 0);
                    }
                    r
                })?;
                match r {
                    Some(r) => Some(r.map(i64::from)),
                    None => over(Errno::EAGAIN),
                }
            }
            Call::Close => {
                let lingers = self.tcb(id).is_some_and(Tcb::in_closing_state);
                if lingers && !last {
                    return None;
                }
                self.with(now, id, |t, cx| t.orphaned(cx));
                self.touched.insert(id);
                Some(Ok(0))
            }
        }
    }

    /// `close`; `None` if it lingers. With `exiting` nothing lingers.
    pub fn close(&mut self, now: SimTime, id: u32, exiting: bool) -> Option<()> {
        match self.socks.get(&id) {
            Some(Sock::Conn(_)) => match self.with(now, id, |t, cx| t.close(cx, exiting)) {
                Some(Closing::Linger) => None,
                Some(Closing::Done) | None => Some(()),
            },
            Some(Sock::Listen(_)) => {
                if let Some(Sock::Listen(l)) = self.socks.remove(&id) {
                    for child in l.queue {
                        self.with(now, child, |t, cx| {
                            t.disconnect(cx);
                            t.orphan = true;
                        });
                    }
                }
                Some(())
            }
            Some(Sock::Idle { .. }) | None => {
                self.socks.remove(&id);
                Some(())
            }
        }
    }

    /// `shutdown`.
    pub fn shutdown(&mut self, now: SimTime, id: u32, read: bool, write: bool) -> Result<(), Errno> {
        match self.socks.get(&id) {
            Some(Sock::Conn(_)) => self.with(now, id, |t, cx| t.shutdown(cx, read, write)).unwrap_or(Err(Errno::EBADF)),
            Some(Sock::Listen(_)) if !read => Ok(()),
            Some(Sock::Listen(l)) => {
                let (opts, port) = (l.opts.clone(), l.local.port);
                self.close(now, id, true);
                self.socks.insert(id, Sock::Idle { opts, port });
                self.woken.insert(id);
                Ok(())
            }
            Some(Sock::Idle { .. }) => Err(Errno::ENOTCONN),
            None => Err(Errno::EBADF),
        }
    }

    /// `setsockopt`.
    pub fn setopt(&mut self, now: SimTime, id: u32, opt: Opt) -> Result<(), Errno> {
        check(opt)?;
        match self.socks.get_mut(&id) {
            Some(Sock::Idle { opts, .. }) => keep(opts, opt),
            Some(Sock::Listen(l)) => keep(&mut l.opts, opt),
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
        | Opt::NotsentLowat(_) => keep(&mut t.opts, opt),
    }
}
