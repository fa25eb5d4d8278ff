//! pcapng of what a host sees: raw IPv4 packets with right checksums, times in microseconds. Payload is the letter x.

use alloc::vec::Vec;

use crate::tcp::segment::{Options, Segment};
use crate::time::SimTime;
use crate::trace::Fact;

/// LINKTYPE_RAW: packets begin with the IP header.
const RAW: u16 = 101;

/// The Internet checksum (RFC 1071).
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0u32;
    for part in parts {
        for pair in part.chunks(2) {
            sum += u32::from(pair[0]) << 8 | u32::from(*pair.get(1).unwrap_or(&0));
        }
    }
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// Options in the order and with the padding of Linux (`tcp_options_write`).
fn options(o: &Options) -> Vec<u8> {
    let mut b = Vec::new();
    if let Some(mss) = o.mss {
        b.extend([2, 4]);
        b.extend(mss.to_be_bytes());
    }
    match (o.stamp, o.sack_ok) {
        (Some(ts), sack) => {
            b.extend(if sack { [4, 2] } else { [1, 1] });
            b.extend([8, 10]);
            b.extend(ts.val.to_be_bytes());
            b.extend(ts.ecr.to_be_bytes());
        }
        (None, true) => b.extend([1, 1, 4, 2]),
        (None, false) => {}
    }
    if let Some(w) = o.wscale {
        b.extend([1, 3, 3, w]);
    }
    if !o.sack.is_empty() {
        b.extend([1, 1, 5, 2 + 8 * o.sack.len() as u8]);
        for block in &o.sack {
            b.extend(block.start.0.to_be_bytes());
            b.extend(block.end.0.to_be_bytes());
        }
    }
    b
}

/// The IPv4 packet that carries a segment.
pub fn packet(seg: &Segment, id: u16) -> Vec<u8> {
    let options = options(&seg.options);
    let payload = alloc::vec![b'x'; seg.len as usize];
    let total = (40 + options.len() + payload.len()).min(65_535) as u16;
    let mut ip = Vec::with_capacity(usize::from(total));
    ip.extend([0x45, seg.ecn & 3]);
    ip.extend(total.to_be_bytes());
    ip.extend(id.to_be_bytes());
    ip.extend([0x40, 0, 64, 6, 0, 0]);
    ip.extend(seg.from.addr.to_be_bytes());
    ip.extend(seg.to.addr.to_be_bytes());
    let sum = checksum(&[&ip]);
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    let mut tcp = Vec::new();
    tcp.extend(seg.from.port.to_be_bytes());
    tcp.extend(seg.to.port.to_be_bytes());
    tcp.extend(seg.seq.0.to_be_bytes());
    tcp.extend(seg.ack.0.to_be_bytes());
    tcp.push((((20 + options.len()) / 4) << 4) as u8);
    tcp.push(seg.flags.0 as u8);
    tcp.extend(seg.window.to_be_bytes());
    tcp.extend([0, 0, 0, 0]);
    tcp.extend(&options);
    let length = (tcp.len() + payload.len()) as u16;
    let mut pseudo = Vec::new();
    pseudo.extend(seg.from.addr.to_be_bytes());
    pseudo.extend(seg.to.addr.to_be_bytes());
    pseudo.extend([0, 6]);
    pseudo.extend(length.to_be_bytes());
    let sum = checksum(&[&pseudo, &tcp, &payload]);
    tcp[16..18].copy_from_slice(&sum.to_be_bytes());
    ip.extend(tcp);
    ip.extend(payload);
    ip
}

fn block(out: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padded = body.len().next_multiple_of(4);
    let total = (12 + padded) as u32;
    out.extend(kind.to_le_bytes());
    out.extend(total.to_le_bytes());
    out.extend(body);
    out.resize(out.len() + padded - body.len(), 0);
    out.extend(total.to_le_bytes());
}

/// A capture at one host up to a time.
pub fn render(facts: &[Fact], host: usize, until: SimTime) -> Vec<u8> {
    let mut out = Vec::new();
    let mut head = Vec::new();
    head.extend(0x1A2B_3C4D_u32.to_le_bytes());
    head.extend([1, 0, 0, 0]);
    head.extend(u64::MAX.to_le_bytes());
    block(&mut out, 0x0A0D_0D0A, &head);
    let mut device = Vec::new();
    device.extend(RAW.to_le_bytes());
    device.extend([0, 0]);
    device.extend(0u32.to_le_bytes());
    block(&mut out, 1, &device);
    for (i, (at, seg)) in super::tcpdump::seen(facts, host, until).enumerate() {
        let bytes = packet(seg, i as u16);
        let us = at.as_micros();
        let mut body = Vec::new();
        body.extend(0u32.to_le_bytes());
        body.extend(((us >> 32) as u32).to_le_bytes());
        body.extend((us as u32).to_le_bytes());
        body.extend((bytes.len() as u32).to_le_bytes());
        body.extend((bytes.len() as u32).to_le_bytes());
        body.extend(&bytes);
        block(&mut out, 6, &body);
    }
    out
}
