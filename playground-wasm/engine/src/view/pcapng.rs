//! A capture file of either side (draft-ietf-opsawg-pcapng): one section, one interface of raw IPv4, or of Ethernet
//! where there is ARP, with microseconds,
//! one enhanced packet block a packet. Headers and checksums are those of RFC 791, 768, 792, 826 and 9293.
//!
//! The trace knows no IP identification: a socket counts its own here from a number made of its ports, and 0 stands
//! where Linux writes 0 (SYN-ACK and resets without a socket, `ip_select_ident_segs`).

use crate::map::Map;
use alloc::vec::Vec;

use super::packets::{Device, Passed, byte, passed};
use crate::ip::{Body, Datagram, Icmp, Packet, Unreachable};
use crate::tcp::segment::{Endpoint, Flags, Options, Segment};
use crate::time::SimTime;
use crate::trace::Fact;

/// `LINKTYPE_RAW`: packets begin with the IP header.
const LINKTYPE_RAW: u16 = 101;
/// `LINKTYPE_ETHERNET`.
const LINKTYPE_ETHERNET: u16 = 1;
const SNAPLEN: u32 = 262_144;

/// The file of a capture on the device of a side, until then: with Ethernet headers if the scenario has ARP.
pub fn render(trace: &[Fact], side: usize, until: SimTime) -> Vec<u8> {
    render_on(trace, side, until, Device::Eth0)
}

/// The same on a device of that side.
pub fn render_on(trace: &[Fact], side: usize, until: SimTime, device: Device) -> Vec<u8> {
    let packets = passed(trace, side, until, device);
    let ethernet = packets.iter().any(|p| matches!(p.frame, Packet::Arp(_)));
    let mut file = Vec::new();
    let mut section = 0x1A2B_3C4D_u32.to_le_bytes().to_vec();
    section.extend([1, 0, 0, 0]);
    section.extend([0xFF; 8]);
    block(&mut file, 0x0A0D_0D0A, &section);
    let mut interface = if ethernet { LINKTYPE_ETHERNET } else { LINKTYPE_RAW }.to_le_bytes().to_vec();
    interface.extend([0, 0]);
    interface.extend(SNAPLEN.to_le_bytes());
    // if_name, if_tsresol of 10^-6 s, end of options.
    interface.extend([2, 0, 4, 0]);
    interface.extend(if device == Device::Lo { b"lo\0\0" } else { b"eth0" });
    interface.extend([9, 0, 1, 0, 6, 0, 0, 0]);
    interface.extend([0; 4]);
    block(&mut file, 1, &interface);
    let mut idents = Map::new();
    for p in &packets {
        let data = frame(p, ethernet, &mut idents);
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

fn frame(p: &Passed, ethernet: bool, idents: &mut Map<(Endpoint, Endpoint), u16>) -> Vec<u8> {
    let mut out = Vec::new();
    if ethernet {
        out.extend(p.macs[1].0);
        out.extend(p.macs[0].0);
        out.extend(if matches!(p.frame, Packet::Arp(_)) { [8, 6] } else { [8, 0] });
    }
    match &p.frame {
        Packet::Arp(a) => {
            // Ethernet, IPv4, lengths 6 and 4 (RFC 826).
            out.extend([0, 1, 8, 0, 6, 4, 0, if a.reply { 2 } else { 1 }]);
            out.extend(a.sha.0);
            out.extend(a.spa.to_be_bytes());
            out.extend(a.tha.0);
            out.extend(a.tpa.to_be_bytes());
        }
        Packet::Tcp(s) => out.extend(segment(s, p.offset, ident(s, idents))),
        Packet::Ip(d) => out.extend(datagram(d, p.offset)),
    }
    out
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
    let id = next.get_or_insert_with((s.from, s.to), || first);
    *id = id.wrapping_add(1);
    *id
}

/// An IPv4 packet with its header's checksum. `place` is the field of flags and fragment offset.
fn ipv4(tos: u8, id: u16, place: u16, ttl: u8, protocol: u8, ends: (u32, u32), body: &[u8]) -> Vec<u8> {
    let mut ip = Vec::with_capacity(20 + body.len());
    ip.extend([0x45, tos]);
    ip.extend((20 + body.len() as u16).to_be_bytes());
    ip.extend(id.to_be_bytes());
    ip.extend(place.to_be_bytes());
    ip.extend([ttl, protocol, 0, 0]);
    ip.extend(ends.0.to_be_bytes());
    ip.extend(ends.1.to_be_bytes());
    let sum = checksum(&[&ip]);
    ip[10..12].copy_from_slice(&sum.to_be_bytes());
    ip.extend(body);
    ip
}

/// A TCP segment; DF is set, the time to live is 64.
fn segment(s: &Segment, offset: u32, ident: u16) -> Vec<u8> {
    ipv4(s.ecn & 3, ident, 0x4000, 64, 6, (s.from.addr, s.to.addr), &tcp(s, offset))
}

/// UDP or ICMP, whole or a fragment.
fn datagram(d: &Datagram, offset: u32) -> Vec<u8> {
    let body = match &d.body {
        Body::Udp { from, to, len } => udp(d, *from, *to, *len),
        Body::Icmp(i) => icmp(i, offset),
    };
    let (protocol, tos) = if matches!(d.body, Body::Icmp(_)) { (1, 0xC0) } else { (17, 0) };
    let part = d.part.map_or(0..body.len(), |p| p.offset as usize..(p.offset + p.len) as usize);
    let place = d.part.map_or(0, |p| (p.offset / 8) as u16 | if p.more { 0x2000 } else { 0 });
    let place = place | if d.df { 0x4000 } else { 0 };
    ipv4(tos, d.id, place, d.ttl, protocol, (d.from, d.to), body.get(part).unwrap_or_default())
}

fn udp(d: &Datagram, from: u16, to: u16, len: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(8 + len as usize);
    out.extend(from.to_be_bytes());
    out.extend(to.to_be_bytes());
    out.extend((8 + len as u16).to_be_bytes());
    out.extend([0, 0]);
    out.extend((0..len).map(byte));
    // 0 would say that there is no checksum (RFC 768).
    let sum = match checksum(&[&pseudo(d.from, d.to, 17, out.len()), &out]) {
        0 => 0xFFFF,
        sum => sum,
    };
    out[6..8].copy_from_slice(&sum.to_be_bytes());
    out
}

/// An error with as much of the packet as it quotes.
fn icmp(i: &Icmp, offset: u32) -> Vec<u8> {
    let (kind, code) = i.code();
    let mut out = alloc::vec![kind, code, 0, 0, 0, 0];
    let mtu = match i {
        Icmp::Unreachable(Unreachable::FragmentationNeeded(mtu), _) => *mtu as u16,
        Icmp::Unreachable(..) | Icmp::TimeExceeded(_) | Icmp::ReassemblyTimeExceeded(_) => 0,
    };
    out.extend(mtu.to_be_bytes());
    let about = match i.about() {
        Packet::Tcp(s) => segment(s, offset, 0),
        Packet::Ip(d) => datagram(d, offset),
        Packet::Arp(_) => Vec::new(),
    };
    out.extend(about.iter().take(i.len() as usize - 8));
    let sum = checksum(&[&out]);
    out[2..4].copy_from_slice(&sum.to_be_bytes());
    out
}

/// What TCP and UDP checksums cover beside the packet itself (RFC 9293, 3.1; RFC 768).
fn pseudo(from: u32, to: u32, protocol: u8, len: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(12);
    out.extend(from.to_be_bytes());
    out.extend(to.to_be_bytes());
    out.extend([0, protocol]);
    out.extend((len as u16).to_be_bytes());
    out
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
    let sum = checksum(&[&pseudo(s.from.addr, s.to.addr, 6, out.len()), &out]);
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
