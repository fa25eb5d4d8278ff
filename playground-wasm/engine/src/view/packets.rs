//! What a capture on the device of one side sees, and what bytes the packets carry. The engine moves numbers, no bytes:
//! here each byte is a function of its place in the stream, so a retransmission carries what the first one did.
//!
//! Packets are as on the wire. A capture on a sender with segmentation offload shows a burst as one packet larger than
//! the MTU; this one is as with `ethtool -K eth0 tso off gso off gro off`.

use crate::map::Map;
use alloc::vec::Vec;

use crate::tcp::segment::{Endpoint, Flags, Segment, Seq};
use crate::time::SimTime;
use crate::trace::{Fact, What};

/// One packet that passed the device.
#[derive(Debug, Clone, Copy)]
pub struct Captured<'a> {
    /// When it passed.
    pub at: SimTime,
    /// This side sent it.
    pub sent: bool,
    /// Its number in the trace.
    pub packet: u32,
    /// What it says.
    pub segment: &'a Segment,
    /// Place of its first byte in the stream, from 0.
    pub offset: u32,
}

/// The byte at a place of every stream.
pub fn byte(offset: u32) -> u8 {
    b"0123456789abcdefghijklmnopqrstuv"[(offset % 32) as usize]
}

/// What passed the device of a side until then, in order.
pub fn captured(trace: &[Fact], side: usize, until: SimTime) -> Vec<Captured<'_>> {
    let mut sent: Map<u32, (&Segment, u32)> = Map::new();
    let mut isn: Map<(Endpoint, Endpoint), Seq> = Map::new();
    let mut out = Vec::new();
    for f in trace.iter().take_while(|f| f.at <= until) {
        let (packet, ours) = match &f.what {
            What::Sent { packet, segment } => {
                let key = (segment.from, segment.to);
                if segment.has(Flags::SYN) {
                    isn.insert(key, segment.seq);
                }
                let first = isn.get(&key).map_or(Seq(0), |i| *i + 1);
                sent.insert(*packet, (segment, segment.seq - first));
                (*packet, true)
            }
            What::Arrived { packet } => (*packet, false),
            What::Lost { .. }
            | What::Discarded { .. }
            | What::Call(_)
            | What::Socket { .. }
            | What::Gone { .. }
            | What::Bare { .. }
            | What::Counted { .. }
            | What::Stopped { .. } => continue,
        };
        if f.host != side {
            continue;
        }
        if let Some((segment, offset)) = sent.get(&packet) {
            out.push(Captured { at: f.at, sent: ours, packet, segment, offset: *offset });
        }
    }
    out
}
