//! A host: its sockets and their timers. It knows no link and no program. Which segment belongs to which socket stands in
//! `input`, what is not TCP in `network` and `datagrams`.

mod datagrams;
mod input;
mod network;

use crate::map::{Map, Set};
use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::rng::Rng;
use crate::sysctl::Sysctls;
use crate::tcp::listen::{Asked, Listener};
use crate::tcp::segment::{Endpoint, Segment};
use crate::tcp::state::{Cx, SockOpts, State, Tcb};
use crate::tcp::time_wait::TimeWait;
use crate::time::{SimTime, Ticks};
use crate::trace::Refused;
use crate::udp::UdpSock;

pub use network::{Network, Way};

/// Counters, by the names that nstat prints.
#[derive(Debug, Clone, Default)]
pub struct Stats(Map<&'static str, u64>);

impl Stats {
    /// Counts.
    pub fn add(&mut self, name: &'static str, n: u64) {
        *self.0.get_or_insert_with(name, || 0) += n;
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
    /// UDP.
    Udp(Box<UdpSock>),
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
    /// What is not TCP: neighbours, fragments, path MTUs, address translation.
    pub net: Network,
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
            net: Network::default(),
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
            Some(Sock::Idle { .. } | Sock::Listen(_) | Sock::Udp(_)) | None => None,
        }
    }

    /// `SO_ERROR`: the pending error is told once.
    pub fn take_error(&mut self, id: u32) -> Option<crate::errno::Errno> {
        match self.socks.get_mut(&id) {
            Some(Sock::Conn(t)) => t.error.take(),
            Some(Sock::Udp(u)) => u.error.take(),
            Some(Sock::Idle { .. } | Sock::Listen(_)) | None => None,
        }
    }

    /// What `poll` would say of a socket: POLLIN 1, POLLOUT 4, POLLERR 8, POLLHUP 16, POLLRDHUP 0x2000 (`tcp_poll`).
    pub fn ready(&mut self, id: u32) -> u64 {
        match self.socks.get_mut(&id) {
            Some(Sock::Listen(l)) => u64::from(!l.queue.is_empty()),
            Some(Sock::Conn(t)) => t.poll(),
            Some(Sock::Udp(u)) => 4 | u64::from(u.waiting() > 0) | if u.error.is_some() { 8 } else { 0 },
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
            let mtu = self.mtu_to(now, self.tcb(id)?.remote.addr);
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
                mtu,
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
            *self.news.get_or_insert_with(id, || 0) += 1;
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

    fn asked(&mut self, now: SimTime, to: u32) -> (Asked<'_>, &mut Map<u32, Sock>) {
        let random = self.rng.next();
        let mtu = self.mtu_to(now, to);
        (Asked { now, ticks: self.ticks, sys: &self.sys, stats: &mut self.stats, mtu, random }, &mut self.socks)
    }

    /// How much an event makes it look through: sockets and what remains of them, neighbours, fragments, flows.
    pub fn burden(&self) -> usize {
        self.socks.len() + self.waits.len() + self.net.burden()
    }

    /// The earliest timer of all sockets.
    pub fn next_timer(&self) -> Option<SimTime> {
        let socks = self.socks.values().filter_map(|s| match s {
            Sock::Conn(t) => t.next_timer(),
            Sock::Listen(l) => l.next_timer(),
            Sock::Idle { .. } | Sock::Udp(_) => None,
        });
        let socks = socks.chain(self.net.next_timer());
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
                Sock::Idle { .. } | Sock::Udp(_) => false,
            })
            .map(|(id, _)| *id)
            .collect();
        for id in due {
            if matches!(self.socks.get(&id), Some(Sock::Listen(_))) {
                let (mut asked, socks) = self.asked(now, 0);
                if let Some(Sock::Listen(l)) = socks.get_mut(&id) {
                    let segs = l.run_timers(&mut asked);
                    self.out.extend(segs);
                }
            } else {
                self.with(now, id, |t, cx| t.run_timers(cx));
            }
        }
        self.run_network_timers(now);
    }
}
