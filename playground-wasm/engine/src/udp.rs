//! UDP sockets (RFC 768, RFC 1122 4.1; net/ipv4/udp.c): datagrams in a queue that has a size, and errors of connected ones.

use crate::map::Map;
use alloc::collections::VecDeque;

use crate::errno::Errno;
use crate::ip::UDP_MOST;
use crate::tcp::segment::Endpoint;
use crate::tcp::state::SockOpts;

/// `net.core.rmem_default`.
pub const BUFFER: u32 = 212_992;

/// `IP_MTU_DISCOVER` (ip(7)).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Discover {
    /// 0: never set DF; routers may cut.
    Dont,
    /// 1, the default: DF unless the datagram is larger than the path MTU; then cut here.
    #[default]
    Want,
    /// 2: DF always; what is larger than the path MTU is refused.
    Do,
}

/// A datagram in a socket's queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Queued {
    /// Who sent it.
    pub from: Endpoint,
    /// Payload bytes.
    pub len: u32,
    /// Bytes that it takes of the receive buffer.
    pub truesize: u32,
}

/// A UDP socket.
#[derive(Debug, Clone, Default)]
pub struct UdpSock {
    /// Options.
    pub opts: SockOpts,
    /// Our end; port 0 before the first send or bind.
    pub local: Endpoint,
    /// The other end, if it is connected.
    pub remote: Option<Endpoint>,
    /// The pending error (`SO_ERROR`).
    pub error: Option<Errno>,
    /// `IP_MTU_DISCOVER`.
    pub discover: Discover,
    /// Datagrams that a reader took over at once, and have not been read.
    reader: VecDeque<Queued>,
    queue: VecDeque<Queued>,
    /// Bytes of the receive buffer in use (`sk_rmem_alloc`).
    pub rmem: u32,
    deficit: u32,
    /// Datagrams that found the buffer full (`sk_drops`).
    pub drops: u32,
    /// `shutdown` for reading, for writing.
    pub shut: [bool; 2],
    /// IP identification of the next packet, of a connected socket.
    pub ident: u16,
}

impl UdpSock {
    /// Size of the receive buffer in bytes, as the kernel counts: twice what `SO_RCVBUF` was given.
    pub fn rcvbuf(&self) -> u32 {
        if self.opts.rcvbuf > 0 { self.opts.rcvbuf } else { BUFFER }
    }

    /// A datagram arrives; false if there is no room (`__udp_enqueue_schedule_skb`): an empty queue takes any.
    pub fn enqueue(&mut self, d: Queued) -> bool {
        if self.rmem > 0 && self.rmem + d.truesize > self.rcvbuf() {
            self.drops += 1;
            return false;
        }
        self.rmem += d.truesize;
        self.queue.push_back(d);
        true
    }

    /// The next datagram, without taking it.
    pub fn peek(&self) -> Option<Queued> {
        self.reader.front().or_else(|| self.queue.front()).copied()
    }

    /// The next datagram. The room it took comes back later, a quarter of the buffer at a time (`udp_rmem_release`).
    pub fn dequeue(&mut self) -> Option<Queued> {
        if self.reader.is_empty() {
            self.reader = core::mem::take(&mut self.queue);
        }
        let d = self.reader.pop_front()?;
        self.deficit += d.truesize;
        if self.deficit >= self.rcvbuf() >> 2 || self.reader.is_empty() {
            self.rmem -= core::mem::take(&mut self.deficit);
            self.reader.append(&mut self.queue);
        }
        Some(d)
    }

    /// Bytes of the next datagram's... of all that wait, as `ss` counts Recv-Q: what they take of the buffer.
    pub fn recv_q(&self) -> u32 {
        self.rmem - self.deficit
    }

    /// Datagrams that wait.
    pub fn waiting(&self) -> usize {
        self.reader.len() + self.queue.len()
    }

    /// Whether it takes what comes from there, and how well it fits (`compute_score`).
    pub fn score(&self, from: Endpoint, to: Endpoint) -> Option<u32> {
        if self.local.port != to.port || self.local.port == 0 {
            return None;
        }
        match self.remote {
            Some(r) if r == from => Some(2),
            Some(_) => None,
            None => Some(1),
        }
    }

    /// Whether a payload can be sent at all: `EMSGSIZE` above 65507 bytes, or above the path MTU where it must not be cut.
    pub fn fits(&self, len: u32, mtu: u32) -> Result<(), Errno> {
        let too_big = self.discover == Discover::Do && len + 28 > mtu;
        if len > UDP_MOST || too_big { Err(Errno::EMSGSIZE) } else { Ok(()) }
    }
}

/// Path MTU of each destination, learned from ICMP, and until when (`ip_rt_mtu_expires`, 600 s).
pub type PathMtus = Map<u32, (u32, crate::time::SimTime)>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_comes_back_in_steps() {
        // SO_MEMINFO on Linux 6.18.44: SO_RCVBUF 65536, 40 datagrams of 1000 bytes over veth, read one by one.
        let opts = SockOpts { rcvbuf: 131_072, ..SockOpts::default() };
        let mut s = UdpSock { opts, ..UdpSock::default() };
        let d = Queued { from: Endpoint::default(), len: 1000, truesize: 2304 };
        assert!((0..40).all(|_| s.enqueue(d)));
        let mut seen = alloc::vec![s.rmem];
        while s.dequeue().is_some() {
            seen.push(s.rmem);
        }
        let steps = [(92_160, 15), (57_600, 15), (23_040, 10), (0, 1)];
        let expected: alloc::vec::Vec<u32> =
            steps.iter().flat_map(|(n, times)| core::iter::repeat_n(*n, *times)).collect();
        assert_eq!(seen, expected);
    }

    #[test]
    fn so_many_datagrams_fit() {
        // The same kernel: SO_RCVBUF as given, payload, datagrams that were there to be read; the rest were dropped.
        for (rcvbuf, truesize, fit) in [
            (212_992, 832, 256),
            (212_992, 2304, 92),
            (2304, 832, 2),
            (2304, 5440, 1),
            (4096, 1280, 3),
            (16_384, 5440, 3),
            (131_072, 2304, 56),
            (425_984, 832, 512),
        ] {
            let opts = SockOpts { rcvbuf, ..SockOpts::default() };
            let mut s = UdpSock { opts, ..UdpSock::default() };
            let d = Queued { from: Endpoint::default(), len: 1, truesize };
            assert_eq!((0..700).filter(|_| s.enqueue(d)).count(), fit, "{rcvbuf} {truesize}");
        }
    }
}
