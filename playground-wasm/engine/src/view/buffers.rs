//! What lies in the buffers of each connection of a side at a time. Needs a world that watches its sockets.

use crate::map::Map;
use alloc::format;
use alloc::string::String;

use super::tcpdump::address;
use crate::tcp::segment::Endpoint;
use crate::time::SimTime;
use crate::trace::{Fact, SocketView, What};

/// The buffers of one connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Buffers {
    /// Our end.
    pub local: Endpoint,
    /// The other.
    pub remote: Endpoint,
    /// Sent, not acknowledged: bytes, and segments.
    pub in_flight: (u32, u32),
    /// Written, not sent.
    pub unsent: u32,
    /// To be read.
    pub readable: u32,
    /// Held out of order: bytes, and ranges.
    pub early: (u32, u32),
    /// Receive buffer used and its size, send buffer used and its size, as the kernel counts them with overhead.
    pub memory: [u32; 4],
    /// The window that we offer, the one that the peer offers.
    pub windows: (u32, u32),
}

/// The connections of a side at that time, by socket number.
pub(super) fn sockets(trace: &[Fact], side: usize, at: SimTime) -> Map<u32, &SocketView> {
    let mut now = Map::new();
    for f in trace.iter().take_while(|f| f.at <= at).filter(|f| f.host == side) {
        match &f.what {
            What::Socket { id, view } => {
                now.insert(*id, &**view);
            }
            What::Gone { id } => {
                now.remove(id);
            }
            _ => {}
        }
    }
    now
}

/// The buffers of a side at that time.
pub fn at(trace: &[Fact], side: usize, at: SimTime) -> Map<u32, Buffers> {
    let of = |v: &SocketView| Buffers {
        local: v.local,
        remote: v.remote,
        in_flight: (v.send_q - v.unsent, v.out[0]),
        unsent: v.unsent,
        readable: v.recv_q,
        early: v.early,
        memory: v.memory,
        windows: (v.rcv_wnd, v.snd_wnd),
    };
    sockets(trace, side, at).into_iter().map(|(id, v)| (id, of(v))).collect()
}

/// The same as lines; no tool prints these, `ss -m` comes nearest.
pub fn render(trace: &[Fact], side: usize, time: SimTime) -> String {
    let mut out = String::new();
    for b in at(trace, side, time).values() {
        out.push_str(&format!(
            "{}:{} > {}:{} in_flight {} bytes {} segments, unsent {}, readable {}, early {} bytes {} ranges, \
             rmem {}/{}, wmem {}/{}, rcv_wnd {}, snd_wnd {}\n",
            address(b.local.addr),
            b.local.port,
            address(b.remote.addr),
            b.remote.port,
            b.in_flight.0,
            b.in_flight.1,
            b.unsent,
            b.readable,
            b.early.0,
            b.early.1,
            b.memory[0],
            b.memory[1],
            b.memory[2],
            b.memory[3],
            b.windows.0,
            b.windows.1,
        ));
    }
    out
}
