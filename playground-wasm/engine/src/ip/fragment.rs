//! Fragmentation and reassembly (RFC 791, 3.2; net/ipv4/ip_output.c, ip_fragment.c).

use crate::map::Map;
use alloc::rc::Rc;
use alloc::vec::Vec;

use super::{Datagram, Fragment, IP_HEADER};
use crate::time::{SimTime, Span};

/// `net.ipv4.ipfrag_time`: how long fragments wait for the others.
const WAIT: Span = Span::secs(30);

/// Cuts a packet for a link of that MTU in bytes (`ip_do_fragment`): each but the last as large as fits, in units of 8.
/// A packet that fits comes back as it is.
pub fn cut(d: &Datagram, mtu: u32) -> Vec<Datagram> {
    if d.wire_len() <= mtu {
        return alloc::vec![d.clone()];
    }
    let whole = d.part.unwrap_or(Fragment { offset: 0, len: d.body_len(), more: false });
    let most = (mtu.saturating_sub(IP_HEADER) & !7).max(8);
    let (mut out, mut at) = (Vec::new(), 0);
    while at < whole.len {
        let len = most.min(whole.len - at);
        let more = whole.more || at + len < whole.len;
        out.push(Datagram { part: Some(Fragment { offset: whole.offset + at, len, more }), ..d.clone() });
        at += len;
    }
    out
}

/// Bytes that a received packet costs its socket (`skb->truesize`), by the size of what lies behind the IP header.
/// Measured on Linux 6.18.44 over veth: 8 bytes of UDP header, up to 197 of payload cost 832, up to 645 cost 1280, up to
/// 1669 cost 2304, up to 3717 cost 4352: `struct sk_buff` takes 256, the rest is a power of two or 576 that also holds 320
/// of `struct skb_shared_info` and 59 of headers.
pub fn truesize(behind_ip: u32) -> u32 {
    let needs = behind_ip + 51 + 320;
    let head = if needs <= 576 { 576 } else { needs.next_power_of_two().max(1024) };
    head + 256
}

/// Fragments that wait for each other, by source, destination and identification.
#[derive(Debug, Clone, Default)]
pub struct Reassembly(Map<(u32, u32, u16), Waiting>);

#[derive(Debug, Clone)]
struct Waiting {
    parts: Map<u32, u32>,
    total: Option<u32>,
    first: Option<Rc<Datagram>>,
    expires: SimTime,
}

/// What became of a fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Joined {
    /// Others are missing.
    Waits,
    /// It was there already.
    Twice,
    /// The packet is whole; bytes that it costs a socket.
    Whole(Rc<Datagram>, u32),
}

impl Reassembly {
    /// A fragment arrives.
    pub fn add(&mut self, now: SimTime, d: &Rc<Datagram>) -> Joined {
        let Some(part) = d.part else { return Joined::Whole(d.clone(), truesize(d.body_len())) };
        let key = (d.from, d.to, d.id);
        let w = self.0.get_or_insert_with(key, || Waiting {
            parts: Map::new(),
            total: None,
            first: None,
            expires: now + WAIT,
        });
        if w.parts.contains_key(&part.offset) {
            return Joined::Twice;
        }
        w.parts.insert(part.offset, part.len);
        if !part.more {
            w.total = Some(part.offset + part.len);
        }
        if part.offset == 0 {
            w.first = Some(d.clone());
        }
        let mut at = 0;
        for (offset, len) in &w.parts {
            if *offset != at {
                return Joined::Waits;
            }
            at += len;
        }
        if w.total != Some(at) {
            return Joined::Waits;
        }
        let cost = cost(w.parts.values().copied());
        self.0.remove(&key);
        Joined::Whole(Rc::new(Datagram { part: None, ..(**d).clone() }), cost)
    }

    /// Packets that are not whole.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// When the first packet is given up.
    pub fn next(&self) -> Option<SimTime> {
        self.0.values().map(|w| w.expires).min()
    }

    /// Packets that are given up now (`ip_expire`); of each its first fragment, if that came.
    pub fn expire(&mut self, now: SimTime) -> Vec<Option<Rc<Datagram>>> {
        let due: Vec<_> = self.0.iter().filter(|(_, w)| w.expires <= now).map(|(k, _)| *k).collect();
        due.into_iter().filter_map(|k| self.0.remove(&k)).map(|w| w.first).collect()
    }
}

/// Bytes that a packet of these fragments costs: all that they cost, but for a second one that fits behind the first
/// (`skb_try_coalesce`; with MTU 1500 up to 212 bytes, measured as [`truesize`]).
fn cost(parts: impl Iterator<Item = u32>) -> u32 {
    let mut sum = 0;
    let mut room = 0;
    for (i, len) in parts.enumerate() {
        let own = truesize(len);
        match i {
            0 => {
                sum = own;
                room = own - 256 - 320 - 16 - IP_HEADER - len.min(own - 256 - 320 - 16 - IP_HEADER);
            }
            1 if len <= room => {}
            _ => sum += own,
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::Body;
    use super::*;

    fn udp(len: u32) -> Datagram {
        Datagram { from: 1, to: 2, ttl: 64, id: 7, df: false, part: None, body: Body::Udp { from: 1, to: 2, len } }
    }

    #[test]
    fn a_datagram_costs_what_linux_6_18_charged() {
        // SO_MEMINFO of a socket that held one datagram of that payload, over veth with MTU 1500.
        for (n, cost) in [
            (0, 832),
            (197, 832),
            (198, 1280),
            (645, 1280),
            (646, 2304),
            (1472, 2304),
            (1473, 2304),
            (1684, 2304),
            (1685, 3584),
            (2125, 3584),
            (2126, 4608),
            (2952, 4608),
            (2953, 5440),
            (5000, 8192),
            (8972, 14_656),
            (20_000, 32_256),
            (40_000, 63_040),
            (65_507, 102_656),
        ] {
            let mut r = Reassembly::default();
            let last = cut(&udp(n), 1500).into_iter().map(|d| r.add(SimTime::ZERO, &Rc::new(d))).last();
            assert!(matches!(last, Some(Joined::Whole(d, c)) if c == cost && d.part.is_none()), "{n} {cost}");
        }
        // With MTU 9000.
        for (n, cost) in [(1669, 2304), (1670, 4352), (3717, 4352), (3718, 8448), (8972, 16_640)] {
            assert_eq!(truesize(n + 8), cost, "{n}");
        }
    }

    #[test]
    fn fragments_are_cut_at_multiples_of_eight() {
        let parts: Vec<_> =
            cut(&udp(3000), 1500).iter().filter_map(|d| d.part).map(|p| (p.offset, p.len, p.more)).collect();
        assert_eq!(parts, [(0, 1480, true), (1480, 1480, true), (2960, 48, false)]);
        let again: u32 =
            cut(&udp(3000), 1500).iter().flat_map(|d| cut(d, 1400)).filter_map(|d| d.part).map(|p| p.len).sum();
        assert_eq!(again, 3008);
    }
}
