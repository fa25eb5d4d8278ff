//! The calls of UDP sockets, and which datagram goes to which (net/ipv4/udp.c).

use alloc::boxed::Box;
use alloc::rc::Rc;

use super::{Host, Sock};
use crate::calls::Call;
use crate::errno::Errno;
use crate::ip::fragment::cut;
use crate::ip::{Body, Datagram, Icmp, Packet, Unreachable};
use crate::rng::Rng;
use crate::tcp::segment::Endpoint;
use crate::time::SimTime;
use crate::trace::Refused;
use crate::udp::{Discover, Queued, UdpSock};

impl Host {
    /// `socket(AF_INET, SOCK_DGRAM, 0)`.
    pub fn udp_socket(&mut self) -> u32 {
        self.add(Sock::Udp(Box::default()))
    }

    /// `bind` to a port, 0 for one that is free; `EADDRINUSE` if another socket has it without `SO_REUSEPORT` on both.
    pub fn udp_bind(&mut self, id: u32, port: u16) -> Result<(), Errno> {
        let reuse = self.opts(id).is_some_and(|o| o.reuseport);
        let taken = |p: u16, reuse: bool| {
            self.socks.iter().any(|(other, s)| match s {
                Sock::Udp(u) => *other != id && u.local.port == p && !(reuse && u.opts.reuseport),
                Sock::Idle { .. } | Sock::Listen(_) | Sock::Conn(_) => false,
            })
        };
        let port = match port {
            0 => match self.free_udp_port() {
                0 => return Err(Errno::EADDRINUSE),
                p => p,
            },
            p if taken(p, reuse) => return Err(Errno::EADDRINUSE),
            p => p,
        };
        match self.socks.get_mut(&id) {
            Some(Sock::Udp(u)) if u.local.port == 0 => {
                u.local = Endpoint { addr: 0, port };
                u.ident = port.wrapping_mul(40_503);
                Ok(())
            }
            Some(_) => Err(Errno::EINVAL),
            None => Err(Errno::EBADF),
        }
    }

    /// The first port that no UDP socket has, 0 if there is none. Linux hands them out at random.
    fn free_udp_port(&self) -> u16 {
        let mut taken = alloc::vec![false; 1 << 16];
        for s in self.socks.values() {
            if let Sock::Udp(u) = s {
                taken[usize::from(u.local.port)] = true;
            }
        }
        (32_768..61_000).find(|p| !taken[usize::from(*p)]).unwrap_or(0)
    }

    /// `connect` of a UDP socket: nothing leaves.
    pub fn udp_connect(&mut self, id: u32, to: Endpoint) -> Result<(), Errno> {
        if self.udp(id).is_some_and(|u| u.local.port == 0) {
            self.udp_bind(id, 0)?;
        }
        let addr = self.addr;
        match self.socks.get_mut(&id) {
            Some(Sock::Udp(u)) => {
                u.remote = Some(to);
                u.local.addr = if to.addr >> 24 == 127 { to.addr } else { addr };
                Ok(())
            }
            Some(_) | None => Err(Errno::EBADF),
        }
    }

    /// The UDP socket of that number.
    pub fn udp(&self, id: u32) -> Option<&UdpSock> {
        match self.socks.get(&id) {
            Some(Sock::Udp(u)) => Some(u),
            Some(Sock::Idle { .. } | Sock::Listen(_) | Sock::Conn(_)) | None => None,
        }
    }

    /// `sendto`, or `send` without an address: one datagram, or an error and none.
    pub fn udp_send(&mut self, now: SimTime, id: u32, n: u32, to: Option<Endpoint>) -> Result<u32, Errno> {
        let remote = self.udp(id).and_then(|u| u.remote);
        let Some(to) = to.or(remote) else { return Err(Errno::EDESTADDRREQ) };
        if to.port == 0 {
            return Err(Errno::EINVAL);
        }
        if let Some(Sock::Udp(u)) = self.socks.get_mut(&id) {
            if u.shut[1] {
                return Err(Errno::EPIPE);
            }
            if n > crate::ip::UDP_MOST {
                return Err(Errno::EMSGSIZE);
            }
            if let Some(e) = u.error.take() {
                return Err(e);
            }
        }
        if self.udp(id).is_some_and(|u| u.local.port == 0) {
            self.udp_bind(id, 0)?;
        }
        let mtu = self.mtu_to(now, to.addr);
        self.net.ident = self.net.ident.wrapping_add(1);
        let shared = self.net.ident;
        let own = if to.addr >> 24 == 127 { to.addr } else { self.addr };
        let Some(Sock::Udp(u)) = self.socks.get_mut(&id) else { return Err(Errno::EBADF) };
        u.fits(n, mtu)?;
        let fits = n + 28 <= mtu;
        let df = u.discover == Discover::Do || (u.discover == Discover::Want && fits);
        let ident = if u.remote.is_some() {
            u.ident = u.ident.wrapping_add(1);
            u.ident
        } else if df {
            0
        } else {
            shared
        };
        let body = Body::Udp { from: u.local.port, to: to.port, len: n };
        let whole = Datagram { from: own, to: to.addr, ttl: 64, id: ident, df, part: None, body };
        self.stats.add("UdpOutDatagrams", 1);
        let parts = cut(&whole, mtu);
        if parts.len() > 1 {
            self.stats.add("IpFragOKs", 1);
            self.stats.add("IpFragCreates", parts.len() as u64);
        }
        self.net.others.extend(parts.into_iter().map(|d| Packet::Ip(Rc::new(d))));
        self.touched.insert(id);
        Ok(n)
    }

    /// `recvfrom`: the next datagram, if one is there; with `peek` it stays.
    pub fn udp_recv(&mut self, id: u32, peek: bool) -> Option<Result<Queued, Errno>> {
        self.touched.insert(id);
        let Some(Sock::Udp(u)) = self.socks.get_mut(&id) else { return Some(Err(Errno::EBADF)) };
        if let Some(e) = u.error.take() {
            return Some(Err(e));
        }
        let got = if peek { u.peek() } else { u.dequeue() };
        match got {
            Some(d) => {
                if !peek {
                    self.stats.add("UdpInDatagrams", 1);
                }
                Some(Ok(d))
            }
            None if u.shut[0] => Some(Ok(Queued { from: Endpoint::default(), len: 0, truesize: 0 })),
            None => None,
        }
    }

    /// The calls of a UDP socket; nothing if the socket is another, and nothing inside if the call has to wait.
    pub(crate) fn poll_udp(&mut self, now: SimTime, id: u32, call: &mut Call) -> Option<Option<Result<i64, Errno>>> {
        self.udp(id)?;
        Some(match call {
            Call::Connect => Some(Ok(0)),
            Call::Send { left, .. } => Some(self.udp_send(now, id, *left, None).map(i64::from)),
            Call::SendTo { n, to, .. } => Some(self.udp_send(now, id, *n, *to).map(i64::from)),
            Call::Recv { n, .. } => self.udp_recv(id, false).map(|r| r.map(|d| i64::from(d.len.min(*n)))),
            Call::RecvFrom { n, peek, trunc, got, .. } => self.udp_recv(id, *peek).map(|r| {
                r.map(|d| {
                    *got = Some((d.from, d.len));
                    i64::from(if *trunc { d.len } else { d.len.min(*n) })
                })
            }),
            Call::Accept => Some(Err(Errno::EOPNOTSUPP)),
            Call::Close => return None,
        })
    }

    /// A datagram arrives: the socket that fits best gets it; of several with `SO_REUSEPORT` the hash of the addresses
    /// chooses.
    pub(super) fn udp_input(&mut self, now: SimTime, d: &Rc<Datagram>, truesize: u32) -> Option<Refused> {
        let (Some(from), Some(to), Body::Udp { len, .. }) = (d.source(), d.destination(), &d.body) else { return None };
        let len = *len;
        let mut best = (0, alloc::vec::Vec::new());
        for (id, s) in &self.socks {
            let Sock::Udp(u) = s else { continue };
            let Some(score) = u.score(from, to) else { continue };
            if score > best.0 {
                best = (score, alloc::vec::Vec::new());
            }
            if score == best.0 {
                best.1.push(*id);
            }
        }
        let id = match best.1.as_slice() {
            [] => {
                self.stats.add("UdpNoPorts", 1);
                self.send_error(now, &Packet::Ip(d.clone()), |p| Icmp::Unreachable(Unreachable::Port, p));
                return Some(Refused::NoPort);
            }
            [one] => *one,
            many => {
                let mut hash = Rng::new(u64::from(from.addr) << 16 | u64::from(from.port), u64::from(to.port));
                many[hash.below(many.len() as u64) as usize]
            }
        };
        self.touched.insert(id);
        let Some(Sock::Udp(u)) = self.socks.get_mut(&id) else { return None };
        if !u.enqueue(Queued { from, len, truesize }) {
            self.stats.add("UdpInErrors", 1);
            self.stats.add("UdpRcvbufErrors", 1);
            return Some(Refused::NoMemory);
        }
        self.woken.insert(id);
        None
    }
}
