//! A host: its sockets, which segment belongs to which, and its timers. It knows no link and no program.

use crate::map::{Map, Set};
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::rng::Rng;
use crate::sysctl::Sysctls;
use crate::tcp::listen::{Asked, Listener, Verdict};
use crate::tcp::segment::{Endpoint, Flags, Segment, Seq};
use crate::tcp::state::{Cx, SockOpts, State, Tcb};
use crate::tcp::time_wait::{Outcome, TimeWait};
use crate::tcp::transmit::reset_for;
use crate::time::{SimTime, Ticks};
use crate::trace::Refused;

/// Counters, by the names that nstat prints.
#[derive(Debug, Clone, Default)]
pub struct Stats(Map<&'static str, u64>);

impl Stats {
    /// Counts.
    pub fn add(&mut self, name: &'static str, n: u64) {
        *self.0.entry(name).or_default() += n;
    }

    /// All that are not zero, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(k, v)| (*k, *v))
    }
}

/// A socket.
#[derive(Debug, Clone)]
pub enum Sock {
    /// Neither listening nor connected.
    Idle {
        /// Its options.
        opts: SockOpts,
        /// Its port, 0 if none.
        port: u16,
    },
    /// Listening.
    Listen(Box<Listener>),
    /// A connection.
    Conn(Box<Tcb>),
}

/// A host.
#[derive(Debug, Clone)]
pub struct Host {
    /// Its address.
    pub addr: u32,
    /// Settings.
    pub sys: Sysctls,
    /// Its clock.
    pub ticks: Ticks,
    /// MTU of its device.
    pub mtu: u32,
    /// Counters.
    pub stats: Stats,
    /// What leaves; the world takes it.
    pub out: Vec<Segment>,
    /// Sockets at which something happened.
    pub woken: Set<u32>,
    /// Sockets that changed since the trace last looked.
    pub touched: Set<u32>,
    /// The device's queue drops everything.
    pub congested: bool,
    /// The initial window of its route.
    pub init_cwnd: u32,
    pub(crate) socks: Map<u32, Sock>,
    pub(crate) conns: Map<(Endpoint, Endpoint), u32>,
    pub(crate) waits: Map<(Endpoint, Endpoint), TimeWait>,
    pub(crate) rng: Rng,
    last_refused: Option<Refused>,
    news: Map<u32, u64>,
    next_id: u32,
    next_port: u16,
}

impl Host {
    /// A host with no sockets.
    pub fn new(addr: u32, sys: Sysctls, ticks: Ticks, mtu: u32, rng: Rng) -> Host {
        Host {
            addr,
            sys,
            ticks,
            mtu,
            stats: Stats::default(),
            out: Vec::new(),
            woken: Set::new(),
            touched: Set::new(),
            congested: false,
            init_cwnd: crate::tcp::congestion::INITIAL_WINDOW,
            socks: Map::new(),
            conns: Map::new(),
            waits: Map::new(),
            rng,
            last_refused: None,
            news: Map::new(),
            next_id: 0,
            next_port: 32_768,
        }
    }

    /// A new socket.
    pub(crate) fn add(&mut self, sock: Sock) -> u32 {
        self.next_id += 1;
        self.socks.insert(self.next_id, sock);
        self.next_id
    }

    /// A port that is not in use. Linux hands them out at random; here they ascend.
    pub(crate) fn free_port(&mut self, remote: Endpoint) -> u16 {
        for _ in 0..28_000 {
            let port = self.next_port;
            self.next_port = if port >= 60_998 { 32_768 } else { port + 2 };
            let local = Endpoint { addr: self.addr, port };
            if !self.conns.contains_key(&(local, remote)) && !self.waits.contains_key(&(local, remote)) {
                return port;
            }
        }
        0
    }

    /// The connection of that number.
    pub fn tcb(&self, id: u32) -> Option<&Tcb> {
        match self.socks.get(&id) {
            Some(Sock::Conn(t)) => Some(t),
            Some(Sock::Idle { .. } | Sock::Listen(_)) | None => None,
        }
    }

    /// `SO_ERROR`: the pending error is told once.
    pub fn take_error(&mut self, id: u32) -> Option<crate::errno::Errno> {
        match self.socks.get_mut(&id) {
            Some(Sock::Conn(t)) => t.error.take(),
            Some(Sock::Idle { .. } | Sock::Listen(_)) | None => None,
        }
    }

    /// What `poll` would say of a socket: POLLIN 1, POLLOUT 4, POLLERR 8, POLLHUP 16, POLLRDHUP 0x2000 (`tcp_poll`).
    pub fn ready(&mut self, id: u32) -> u64 {
        match self.socks.get_mut(&id) {
            Some(Sock::Listen(l)) => u64::from(!l.queue.is_empty()),
            Some(Sock::Conn(t)) => t.poll(),
            Some(Sock::Idle { .. }) => 4 | 16,
            None => 0,
        }
    }

    /// Someone waits until a socket can be written.
    pub fn wants_space(&mut self, id: u32) {
        if let Some(Sock::Conn(t)) = self.socks.get_mut(&id) {
            t.snd.nospace = true;
        }
    }

    /// How often a socket had news, for edge-triggered waiting.
    pub fn edges(&self, id: u32) -> u64 {
        self.news.get(&id).copied().unwrap_or(0)
    }

    /// All sockets.
    pub fn sockets(&self) -> impl Iterator<Item = (u32, &Sock)> {
        self.socks.iter().map(|(k, v)| (*k, v))
    }

    /// What remains of closed connections.
    pub fn remains(&self) -> impl Iterator<Item = &TimeWait> {
        self.waits.values()
    }

    /// Does something with a connection and sees to what follows from it.
    pub(crate) fn with<R>(&mut self, now: SimTime, id: u32, f: impl FnOnce(&mut Tcb, &mut Cx) -> R) -> Option<R> {
        let (r, wait, refused) = {
            let Some(Sock::Conn(tcb)) = self.socks.get_mut(&id) else { return None };
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
            let r = f(tcb, &mut cx);
            (r, cx.time_wait, cx.refused)
        };
        self.last_refused = refused;
        self.settle(id, wait);
        Some(r)
    }

    fn settle(&mut self, id: u32, wait: Option<TimeWait>) {
        self.touched.insert(id);
        let Some(Sock::Conn(tcb)) = self.socks.get_mut(&id) else { return };
        if core::mem::take(&mut tcb.woken) {
            *self.news.entry(id).or_default() += 1;
            self.woken.insert(id);
        }
        let key = (tcb.local, tcb.remote);
        let (closed, orphan) = (tcb.state == State::Closed, tcb.orphan);
        if closed && self.conns.get(&key) == Some(&id) {
            self.conns.remove(&key);
        }
        if let Some(wait) = wait {
            self.waits.insert(key, wait);
        }
        if closed && orphan {
            self.socks.remove(&id);
            self.news.remove(&id);
        }
    }

    fn asked(&mut self, now: SimTime) -> (Asked<'_>, &mut Map<u32, Sock>) {
        let random = self.rng.next();
        (
            Asked { now, ticks: self.ticks, sys: &self.sys, stats: &mut self.stats, mtu: self.mtu, random },
            &mut self.socks,
        )
    }

    /// A segment arrives; the reason if it was refused.
    pub fn input(&mut self, now: SimTime, seg: &Segment) -> Option<Refused> {
        self.stats.add("TcpInSegs", 1);
        if seg.options.md5 {
            return Some(Refused::Signed);
        }
        let key = (seg.to, seg.from);
        if let Some(id) = self.conns.get(&key).copied() {
            self.with(now, id, |t, cx| t.input(cx, seg));
            return self.last_refused;
        }
        let mut forced = None;
        let listens = self.listener(seg.to, seg.from).is_some();
        if let Some(wait) = self.waits.get_mut(&key) {
            match wait.input(now, self.ticks, &self.sys, seg) {
                Outcome::Nothing => return Some(Refused::TimeWait),
                Outcome::Ack => {
                    let ack = wait.ack(now);
                    self.emit(ack);
                    return Some(Refused::TimeWait);
                }
                Outcome::Reset => {
                    self.waits.remove(&key);
                    return self.refuse(seg);
                }
                Outcome::Gone => {
                    self.waits.remove(&key);
                    return Some(Refused::TimeWait);
                }
                Outcome::NewSyn(iss) => {
                    if !listens {
                        let ack = wait.ack(now);
                        self.emit(ack);
                        return Some(Refused::TimeWait);
                    }
                    self.waits.remove(&key);
                    forced = Some(iss);
                }
            }
        }
        match self.listener(seg.to, seg.from) {
            Some(id) => self.listen_input(now, id, seg, forced),
            None => self.refuse(seg),
        }
    }

    fn emit(&mut self, seg: Segment) {
        self.stats.add("TcpOutSegs", 1);
        self.out.push(seg);
    }

    fn refuse(&mut self, seg: &Segment) -> Option<Refused> {
        if let Some(rst) = reset_for(seg) {
            self.stats.add("TcpOutRsts", 1);
            self.emit(rst);
        }
        Some(Refused::NoConnection)
    }

    /// The listener of a port; of several with `SO_REUSEPORT`, the hash of the addresses chooses one.
    fn listener(&self, local: Endpoint, remote: Endpoint) -> Option<u32> {
        let all: Vec<u32> = self
            .socks
            .iter()
            .filter_map(|(id, s)| match s {
                Sock::Listen(l) if l.local.port == local.port => Some(*id),
                Sock::Listen(_) | Sock::Idle { .. } | Sock::Conn(_) => None,
            })
            .collect();
        match all.len() {
            0 => None,
            1 => Some(all[0]),
            n => {
                let mut hash = Rng::new(u64::from(remote.addr) << 16 | u64::from(remote.port), u64::from(local.port));
                Some(all[hash.below(n as u64) as usize])
            }
        }
    }

    fn listen_input(&mut self, now: SimTime, id: u32, seg: &Segment, forced: Option<Seq>) -> Option<Refused> {
        let (mut asked, socks) = self.asked(now);
        let Some(Sock::Listen(l)) = socks.get_mut(&id) else { return None };
        let fresh = seg.has(Flags::SYN) && !seg.has(Flags::ACK) && !seg.has(Flags::RST);
        let verdict = if fresh && !l.requests.contains_key(&seg.from) {
            if seg.has(Flags::FIN) { Verdict::Drop(Refused::NoFlags) } else { l.syn(&mut asked, seg, forced) }
        } else {
            l.check(&mut asked, seg)
        };
        match verdict {
            Verdict::Drop(why) => Some(why),
            Verdict::Answer(answer) => {
                self.out.push(answer);
                None
            }
            Verdict::Reset => self.refuse(seg).map(|_| Refused::NoConnection),
            Verdict::Complete(req) => {
                let opts = SockOpts { nonblock: false, ..l.opts.clone() };
                let mut child = {
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
                    Tcb::accept(&mut cx, &req, &opts)
                };
                child.snd.init_cwnd = self.init_cwnd;
                let key = (child.local, child.remote);
                let child = self.add(Sock::Conn(Box::new(child)));
                self.conns.insert(key, child);
                if let Some(Sock::Listen(l)) = self.socks.get_mut(&id) {
                    l.queue.push_back(child);
                }
                self.with(now, child, |t, cx| t.input(cx, seg));
                self.woken.insert(id);
                self.last_refused
            }
        }
    }

    /// Segments that came while a process held their socket are taken in one after the other, and one ACK answers them
    /// (`__release_sock`, `tcp_backlog_ack_defer`). Gives the reasons of those that were refused.
    pub fn input_backlog(&mut self, now: SimTime, segs: &[alloc::rc::Rc<Segment>]) -> Vec<Option<Refused>> {
        let mut held = Set::new();
        let mut reasons = Vec::new();
        for seg in segs {
            let id = self.conns.get(&(seg.to, seg.from)).copied();
            if let Some(Sock::Conn(t)) = id.and_then(|id| self.socks.get_mut(&id)) {
                t.held = true;
            }
            held.extend(id);
            reasons.push(self.input(now, seg));
        }
        for id in held {
            self.with(now, id, |t, cx| t.release(cx));
        }
        reasons
    }

    /// The earliest timer of all sockets.
    pub fn next_timer(&self) -> Option<SimTime> {
        let socks = self.socks.values().filter_map(|s| match s {
            Sock::Conn(t) => t.next_timer(),
            Sock::Listen(l) => l.next_timer(),
            Sock::Idle { .. } => None,
        });
        socks.chain(self.waits.values().map(|w| w.expires)).min()
    }

    /// Runs all timers that are due.
    pub fn run_timers(&mut self, now: SimTime) {
        self.waits.retain(|_, w| w.expires > now);
        let due: Vec<u32> = self
            .socks
            .iter()
            .filter(|(_, s)| match s {
                Sock::Conn(t) => t.next_timer().is_some_and(|t| t <= now),
                Sock::Listen(l) => l.next_timer().is_some_and(|t| t <= now),
                Sock::Idle { .. } => false,
            })
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if matches!(self.socks.get(&id), Some(Sock::Listen(_))) {
                let (mut asked, socks) = self.asked(now);
                if let Some(Sock::Listen(l)) = socks.get_mut(&id) {
                    let segs = l.run_timers(&mut asked);
                    self.out.extend(segs);
                }
            } else {
                self.with(now, id, |t, cx| t.run_timers(cx));
            }
        }
    }
}
