//! What a capture on the device of one side sees, and what bytes the packets carry. The engine moves numbers, no bytes:
//! here each byte is a function of its place in the stream, so a retransmission carries what the first one did.
//!
//! Packets are as on the wire. A capture on a sender with segmentation offload shows a burst as one packet larger than
//! the MTU; this one is as with `ethtool -K eth0 tso off gso off gro off`.

use crate::map::Map;
use alloc::vec::Vec;

use crate::ip::{Body, Mac, Packet};
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

/// Which device is watched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The one that leads to others.
    Eth0,
    /// The loopback device.
    Lo,
}

/// Anything that passed a device.
#[derive(Debug, Clone)]
pub struct Passed {
    /// When it passed.
    pub at: SimTime,
    /// This side sent it.
    pub sent: bool,
    /// What it says.
    pub frame: Packet,
    /// Place in its stream of the first byte of the segment, or of the one that an error quotes, from 0.
    pub offset: u32,
    /// Source and destination on the segment, as far as ARP tells.
    pub macs: [Mac; 2],
}

/// TCP segments that passed the device of a side until then, in order.
pub fn captured(trace: &[Fact], side: usize, until: SimTime) -> Vec<Captured<'_>> {
    let mut sent: Map<u32, (&Segment, u32)> = Map::new();
    let mut isn: Map<(Endpoint, Endpoint), Seq> = Map::new();
    let mut out = Vec::new();
    for f in trace.iter().take_while(|f| f.at <= until) {
        let (packet, ours) = match &f.what {
            What::Sent { packet, segment } => {
                sent.insert(*packet, (segment, place(&mut isn, segment)));
                (*packet, true)
            }
            What::Arrived { packet } => (*packet, false),
            _ => continue,
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

fn place(isn: &mut Map<(Endpoint, Endpoint), Seq>, s: &Segment) -> u32 {
    let key = (s.from, s.to);
    if s.has(Flags::SYN) {
        isn.insert(key, s.seq);
    }
    s.seq - isn.get(&key).map_or(Seq(0), |i| *i + 1)
}

/// The segment that a packet is, or that it quotes.
fn stream(p: &Packet) -> Option<&Segment> {
    match p {
        Packet::Tcp(s) => Some(s),
        Packet::Ip(d) => match &d.body {
            Body::Icmp(i) => stream(i.about()),
            Body::Udp { .. } => None,
        },
        Packet::Arp(_) => None,
    }
}

/// Everything that passed a device of a side until then, in order.
pub fn passed(trace: &[Fact], side: usize, until: SimTime, device: Device) -> Vec<Passed> {
    let mut sent: Map<u32, (Packet, u32, [Mac; 2])> = Map::new();
    let mut isn = Map::new();
    let mut neighbours: Map<(usize, u32), Mac> = Map::new();
    let mut told: Map<u32, Mac> = Map::new();
    let mut out = Vec::new();
    for f in trace.iter().take_while(|f| f.at <= until) {
        let (packet, frame) = match &f.what {
            What::Sent { packet, segment } => (*packet, Some(Packet::Tcp(segment.clone()))),
            What::SentOther { packet, frame } => (*packet, Some(frame.clone())),
            What::Looped { packet, frame } => (*packet, Some(frame.clone())),
            What::Arrived { packet } => (*packet, None),
            What::Neighbour { addr, mac: Some(mac), .. } => {
                neighbours.insert((f.host, *addr), *mac);
                continue;
            }
            _ => continue,
        };
        let looped = matches!(f.what, What::Looped { .. });
        let ours = frame.is_some();
        if let Some(frame) = frame {
            let offset = stream(&frame).map_or(0, |s| place(&mut isn, s));
            let to = match &frame {
                Packet::Arp(a) => {
                    told.insert(a.spa, a.sha);
                    a.to
                }
                Packet::Tcp(_) | Packet::Ip(_) => {
                    let to = frame.addresses().map_or(0, |a| a.1);
                    neighbours.get(&(f.host, to)).or_else(|| told.get(&to)).copied().unwrap_or_default()
                }
            };
            // What is sent over lo is seen once, by the one who sends.
            if !looped || device == Device::Lo {
                sent.insert(packet, (frame, offset, [Mac::of(f.host), to]));
            }
        }
        let wanted = f.host == side && looped == (device == Device::Lo);
        if let Some((frame, offset, macs)) = sent.get(&packet).filter(|_| wanted) {
            out.push(Passed { at: f.at, sent: ours, frame: frame.clone(), offset: *offset, macs: *macs });
        }
    }
    out
}
