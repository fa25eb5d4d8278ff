//! A capture file of either side (draft-ietf-opsawg-pcapng): one section, one interface of raw IPv4 with microseconds,
//! one enhanced packet block a packet. Headers and checksums are those of RFC 791 and RFC 9293.
//!
//! The trace knows no IP identification: a socket counts its own here from a number made of its ports, and 0 stands
//! where Linux writes 0 (SYN-ACK and resets without a socket, `ip_select_ident_segs`).

use crate::map::Map;
use alloc::vec::Vec;

use super::packets::{Captured, byte, captured};
use crate::tcp::segment::{Endpoint, Flags, Options, Segment};
use crate::time::SimTime;
use crate::trace::Fact;

/// `LINKTYPE_RAW`: packets begin with the IP header.
const LINKTYPE_RAW: u16 = 101;
const SNAPLEN: u32 = 262_144;

/// The file of a capture on the device of a side, until then.
pub fn render(trace: &[Fact], side: usize, until: SimTime) -> Vec<u8> {
    let mut file = Vec::new();
    let mut section = 0x1A2B_3C4D_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0]);
    section.extend([0xFF; 8]);
    block(&mut file, 0x0A0D_0D0A, &section);
    let mut interface = LINKTYPE_RAW.to_le_bytes().to_vec();
    interface.extend([0, 0]);
    interface.extend(SNAPLEN.to_le_bytes());
    // if_name, if_tsresol of 10^-6 s, end of options.
    interface.extend([2, 0, 4, 0]);
    interface.extend(b"eth0");
    interface.extend([9, 0, 1, 0, 6, 0, 0, 0]);
    interface.extend([0; 4]);
    block(&mut file, 1, &interface);
    let mut idents = Map::new();
    for p in captured(trace, side, until) {
        let data = packet(&p, ident(p.segment, &mut idents));
        let us = p.at.as_micros();
        let mut body = alloc::vec![0; 4];
        body.extend(((us >> 32) as u32).to_le_bytes());
        body.extend((us as u32).to_le_bytes());
        body.extend((data.len() as u32).to_le_bytes());
        body.extend((data.len() as u32).to_le_bytes());
        body.extend(&data);
        block(&mut file, 6, &body);
    }
    file
}

fn block(file: &mut Vec<u8>, kind: u32, body: &[u8]) {
    let padding = body.len().wrapping_neg() % 4;
    let len = (12 + body.len() + padding) as u32;
    file.extend(kind.to_le_bytes());
    file.extend(len.to_le_bytes());
    file.extend(body);
    file.extend(core::iter::repeat_n(0, padding));
    file.extend(len.to_le_bytes());
}

fn ident(s: &Segment, next: &mut Map<(Endpoint, Endpoint), u16>) -> u16 {
    if (s.has(Flags::SYN) && s.has(Flags::ACK)) || (s.has(Flags::RST) && !s.has(Flags::ACK)) {
        return 0;
    }
    let first = (s.from.port ^ s.to.port.rotate_left(8)).wrapping_mul(40_503);
    let id = next.entry((s.from, s.to)).or_insert(first);
    *id = id.wrapping_add(1);
    *id
}

/// One IPv4 packet.
fn packet(p: &Captured, ident: u16) -> Vec<u8> {
    let s = p.segment;
    let tcp = tcp(s, p.offset);
    let mut ip = Vec::with_capacity(20 + tcp.len());
    ip.extend([0x45, s.ecn & 3]);
    ip.extend((20 + tcp.len() as u16).to_be_bytes());
    ip.extend(ident.to_be_bytes());
    // Don't fragment; TTL 64; TCP.
    ip.extend([0x40, 0, 64, 6, 0, 0]);
    ip.extend(s.from.addr.to_be_bytes());
    ip.extend(s.to.addr.to_be_bytes());
    let sum = checksum(&[&ip]);
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    ip.extend(tcp);
    ip
}

fn tcp(s: &Segment, offset: u32) -> Vec<u8> {
    let options = options(&s.options);
    let header = 20 + options.len();
    let mut out = Vec::with_capacity(header + s.len as usize);
    out.extend(s.from.port.to_be_bytes());
    out.extend(s.to.port.to_be_bytes());
    out.extend(s.seq.0.to_be_bytes());
    out.extend(s.ack.0.to_be_bytes());
    out.extend([(header as u8 / 4) << 4, s.flags.0 as u8]);
    out.extend(s.window.to_be_bytes());
    out.extend([0; 4]);
    out.extend(options);
    out.extend((0..s.len).map(|i| byte(offset.wrapping_add(i))));
    let mut pseudo = Vec::with_capacity(12);
    pseudo.extend(s.from.addr.to_be_bytes());
    pseudo.extend(s.to.addr.to_be_bytes());
    pseudo.extend([0, 6]);
    pseudo.extend((out.len() as u16).to_be_bytes());
    let sum = checksum(&[&pseudo, &out]);
    out[16..18].copy_from_slice(&sum.to_be_bytes());
    out
}

/// Options in the order and with the padding of `tcp_options_write`.
fn options(o: &Options) -> Vec<u8> {
    let mut out = Vec::new();
    if o.md5 {
        out.extend([1, 1, 19, 18]);
        out.extend([0; 16]);
    }
    if let Some(mss) = o.mss {
        out.extend([2, 4]);
        out.extend(mss.to_be_bytes());
    }
    match (o.stamp.is_some(), o.sack_ok) {
        (true, true) => out.extend([4, 2]),
        (true, false) => out.extend([1, 1]),
        (false, true) => out.extend([1, 1, 4, 2]),
        (false, false) => {}
    }
    if let Some(t) = o.stamp {
        out.extend([8, 10]);
        out.extend(t.val.to_be_bytes());
        out.extend(t.ecr.to_be_bytes());
    }
    if let Some(scale) = o.wscale {
        out.extend([1, 3, 3, scale]);
    }
    if !o.sack.is_empty() {
        out.extend([1, 1, 5, 2 + 8 * o.sack.len() as u8]);
        for b in &o.sack {
            out.extend(b.start.0.to_be_bytes());
            out.extend(b.end.0.to_be_bytes());
        }
    }
    out
}

/// The internet checksum (RFC 1071) of parts of even length, but for the last.
fn checksum(parts: &[&[u8]]) -> u16 {
    let mut sum = 0u64;
    for pair in parts.iter().flat_map(|p| p.chunks(2)) {
        sum += u64::from(pair[0]) << 8 | u64::from(pair.get(1).copied().unwrap_or(0));
    }
    while sum >> 16 != 0 {
        sum = (sum & 0xFFFF) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_of_the_example_in_rfc_1071() {
        // RFC 1071, section 3: the words sum up to ddf2.
        assert_eq!(checksum(&[&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]]), !0xddf2);
    }
}
