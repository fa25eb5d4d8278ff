//! The calls that programs make on sockets, with the results and the waiting of real ones.

mod options;

pub use options::Opt;

use alloc::boxed::Box;

use crate::errno::Errno;
use crate::host::{Host, Sock};
use crate::tcp::close::Closing;
use crate::tcp::listen::Listener;
use crate::tcp::segment::Endpoint;
use crate::tcp::send::SendFlags;
use crate::tcp::state::{Cx, SockOpts, State, Tcb};
use crate::time::SimTime;

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
    /// `sendto`: one datagram.
    SendTo {
        /// Payload bytes.
        n: u32,
        /// To whom; nothing on a connected socket.
        to: Option<Endpoint>,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
    },
    /// `recvfrom`.
    RecvFrom {
        /// At most.
        n: u32,
        /// `MSG_DONTWAIT`.
        dontwait: bool,
        /// `MSG_PEEK`.
        peek: bool,
        /// `MSG_TRUNC`: the real length is returned.
        trunc: bool,
        /// What came: the sender and the real length.
        got: Option<(Endpoint, u32)>,
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
            Some(Sock::Idle { opts, port }) => (*opts, *port),
            Some(Sock::Listen(l)) => {
                l.backlog = backlog;
                return Ok(());
            }
            Some(Sock::Conn(_)) => return Err(Errno::EINVAL),
            Some(Sock::Udp(_)) => return Err(Errno::EOPNOTSUPP),
            None => return Err(Errno::EBADF),
        };
        let taken = self.socks.values().any(|s| match s {
            Sock::Listen(l) => l.local.port == port && !(l.opts.reuseport && opts.reuseport),
            Sock::Idle { .. } | Sock::Conn(_) | Sock::Udp(_) => false,
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
            Some(Sock::Idle { opts, port }) => (*opts, *port),
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
            Some(Sock::Udp(_)) => return self.udp_connect(id, remote),
            None => return Err(Errno::EBADF),
        };
        let port = if bound == 0 { self.free_port(remote) } else { bound };
        let local = Endpoint { addr: self.addr, port };
        if self.conns.contains_key(&(local, remote)) {
            return Err(Errno::EADDRINUSE);
        }
        let random = self.rng.next();
        let offset = if self.sys.timestamps == 1 { (random >> 32) as u32 } else { 0 };
        let mtu = self.mtu_to(now, remote.addr);
        let mut cx = Cx {
            now,
            ticks: self.ticks,
            sys: &self.sys,
            out: &mut self.out,
            stats: &mut self.stats,
            time_wait: None,
            congested: self.congested,
            refused: None,
            mtu,
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
            Sock::Udp(u) => Some(&u.opts),
        }
    }

    /// How long a call may wait, microseconds; 0 for ever.
    pub fn timeout_of(&self, id: u32, call: &Call) -> u64 {
        let Some(opts) = self.opts(id) else { return 0 };
        match call {
            Call::Accept | Call::Recv { .. } | Call::RecvFrom { .. } => opts.rcvtimeo,
            Call::Connect | Call::Send { .. } | Call::SendTo { .. } => opts.sndtimeo,
            Call::Close => opts.linger.map_or(0, |s| u64::from(s) * 1_000_000),
        }
    }

    /// Whether a call returns at once in any case.
    pub fn nonblocking(&self, id: u32, call: &Call) -> bool {
        let forced = match call {
            Call::Send { flags, .. } => flags.dontwait,
            Call::Recv { dontwait, .. } | Call::SendTo { dontwait, .. } | Call::RecvFrom { dontwait, .. } => *dontwait,
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
        if let Some(r) = self.poll_udp(now, id, call) {
            return r.or_else(|| over(Errno::EAGAIN));
        }
        match call {
            Call::SendTo { .. } | Call::RecvFrom { .. } => Some(Err(Errno::EOPNOTSUPP)),
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
                        // A writer that does not wait leaves nothing behind (`sk_stream_wait_connect`).
                        t.write_pending = !last;
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
            Some(Sock::Idle { .. } | Sock::Udp(_)) | None => {
                self.touched.insert(id);
                self.socks.remove(&id);
                Some(())
            }
        }
    }

    /// `shutdown`.
    pub fn shutdown(&mut self, now: SimTime, id: u32, read: bool, write: bool) -> Result<(), Errno> {
        match self.socks.get_mut(&id) {
            Some(Sock::Conn(_)) => self.with(now, id, |t, cx| t.shutdown(cx, read, write)).unwrap_or(Err(Errno::EBADF)),
            Some(Sock::Listen(_)) if !read => Ok(()),
            Some(Sock::Listen(l)) => {
                let (opts, port) = (l.opts, l.local.port);
                self.close(now, id, true);
                self.socks.insert(id, Sock::Idle { opts, port });
                self.woken.insert(id);
                Ok(())
            }
            Some(Sock::Udp(u)) if u.remote.is_some() => {
                u.shut = [u.shut[0] || read, u.shut[1] || write];
                self.woken.insert(id);
                Ok(())
            }
            Some(Sock::Idle { .. } | Sock::Udp(_)) => Err(Errno::ENOTCONN),
            None => Err(Errno::EBADF),
        }
    }
}
